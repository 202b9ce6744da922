//! Looking up: the question to a service, what is said meanwhile, and its answer.

use std::sync::Arc;
use std::time::Duration;

use super::machine::{Interpreter, State};
use super::speech::Part;
use super::timer::Timer;
use super::{Answer, Effect, Request, RequestId, Undoing, answer};
use crate::flow::coverage::By;
use crate::flow::graph::{Act, Lookup, OutcomeArm, Program, SlotId, Submit};
use crate::utterance::BargeIn;

/// A filler is not said more often than this, whatever the flow wants.
const FILLER_EVERY_MIN: Duration = Duration::from_secs(1);

/// A question that a service has not answered yet.
pub(super) struct Pending {
    pub(super) id: RequestId,
    /// How it is taken back, when it changes the world and can be.
    pub(super) undo: Option<Undoing>,
    /// How it ends is sent to whoever does not hear it.
    pub(super) tells: bool,
    /// How often the caller has been told to wait.
    fillers: usize,
}

impl Pending {
    pub(super) const fn new(id: RequestId, undo: Option<Undoing>) -> Self {
        Self { id, undo, tells: false, fillers: 0 }
    }
}

/// A step that waits for a service.
#[derive(Clone, Copy)]
pub(super) enum Asking<'a> {
    Lookup(&'a Lookup),
    Submit(&'a Submit),
}

impl<'a> Asking<'a> {
    fn lookup(self) -> &'a Lookup {
        match self {
            Self::Lookup(lookup) => lookup,
            Self::Submit(submit) => &submit.lookup,
        }
    }
}

impl Interpreter {
    pub(super) fn look_up(&mut self, lookup: &Lookup) {
        let (id, service, request) = self.request(lookup);
        self.emit(Effect::Lookup { id, service, request, deadline: lookup.deadline });
        self.await_answer(lookup, Pending::new(id, None));
    }

    pub(super) fn request(&mut self, lookup: &Lookup) -> (RequestId, String, Request) {
        let id = RequestId(self.requests);
        self.requests += 1;
        let with = lookup.with.iter();
        let request = with.filter_map(|(field, operand)| Some((field.clone(), self.frame().value(operand)?))).collect();
        (id, self.program.contracts[usize::from(lookup.service.0)].name.clone(), request)
    }

    pub(super) fn await_answer(&mut self, lookup: &Lookup, pending: Pending) {
        self.timers.set(Timer::Request, self.now + lookup.deadline);
        if let Some(filler) = &lookup.filler {
            self.timers.set(Timer::Filler, self.now + filler.after);
        }
        self.state = State::Looking(pending);
    }

    /// The question whose answer still matters.
    pub(crate) fn awaited(&self) -> Option<RequestId> {
        match &self.state {
            State::Looking(pending) => Some(pending.id),
            State::Recording(taking) => Some(taking.id),
            State::Idle | State::Walking | State::Listening(_) | State::Ended => None,
        }
    }

    /// The service is slow. Speech that is still playing fills the time by itself.
    pub(super) fn fill(&mut self) {
        let program = Arc::clone(&self.program);
        let Some(filler) = self.current_asking(&program).and_then(|asking| asking.lookup().filler.as_ref()) else { return };
        self.timers.set(Timer::Filler, self.now + filler.every.max(FILLER_EVERY_MIN));
        if self.is_speaking() {
            return;
        }
        let State::Looking(pending) = &mut self.state else { return };
        let nth = pending.fillers;
        pending.fillers += 1;
        self.say(&[Part::Prompt(filler.prompt, nth)], BargeIn::default());
    }

    /// Takes an answer to the pending question; any other is too late to matter.
    pub(super) fn answered(&mut self, id: RequestId, answer: Answer) {
        if self.awaited() != Some(id) {
            return;
        }
        if let State::Recording(_) = &self.state {
            return self.not_recorded(); // that is all that is ever answered
        }
        let program = Arc::clone(&self.program);
        if let Some(errand) = self.current_errand(&program) {
            let ending = if let Answer::Errand(ending) = answer { Some(ending) } else { None };
            return self.errand_over(errand, ending);
        }
        let Some(asking) = self.current_asking(&program) else { return };
        let lookup = asking.lookup();
        let refused = answer == Answer::Unavailable;
        let contract = &program.contracts[usize::from(lookup.service.0)];
        let accepted = answer::accepted(answer, contract, &program.lexicon);
        match accepted.and_then(|(outcome, fields)| Some((lookup.outcomes.get_key_value(&outcome)?, fields))) {
            Some(((name, outcome), fields)) => {
                self.took_by(By::Service, name);
                self.known(asking, outcome, fields);
            }
            None => self.failed(asking, refused),
        }
    }

    fn known(&mut self, asking: Asking<'_>, outcome: &OutcomeArm, mut fields: Request) {
        let pending = self.forget(asking.lookup());
        if let (Asking::Submit(submit), Some(pending)) = (asking, pending) {
            self.submitted(submit, pending, &fields);
        }
        for (field, slot) in &outcome.fields {
            self.frame_mut().put(*slot, fields.remove(field));
        }
        self.follow(&outcome.arm);
    }

    /// None came in time.
    pub(super) fn unanswered(&mut self) {
        if let State::Recording(_) = &self.state {
            return self.not_recorded();
        }
        let program = Arc::clone(&self.program);
        if let Some(errand) = self.current_errand(&program) {
            self.errand_over(errand, None);
        } else if let Some(asking) = self.current_asking(&program) {
            self.failed(asking, false);
        }
    }

    /// No valid answer came. What was `refused` was surely not done.
    fn failed(&mut self, asking: Asking<'_>, refused: bool) {
        let pending = self.forget(asking.lookup());
        match (asking, pending) {
            (Asking::Submit(submit), Some(pending)) if refused => {
                self.not_submitted(pending.id);
                self.took_by(By::Service, "unavailable");
                self.follow(&submit.lookup.unavailable);
            }
            (Asking::Submit(submit), Some(pending)) => {
                self.doubtful(pending);
                self.took_by(By::Service, "unknown");
                self.follow(&submit.unknown);
            }
            (Asking::Submit(_), None) => {}
            (Asking::Lookup(lookup), _) => {
                self.took_by(By::Service, "unavailable");
                self.follow(&lookup.unavailable);
            }
        }
    }

    fn current_asking<'a>(&self, program: &'a Program) -> Option<Asking<'a>> {
        match (&self.state, self.current_act(program)?) {
            (State::Looking(_), Act::Lookup(lookup)) => Some(Asking::Lookup(lookup)),
            (State::Looking(_), Act::Submit(submit)) => Some(Asking::Submit(submit)),
            (_, _) => None,
        }
    }

    /// Stops waiting, and empties what an earlier answer left behind.
    fn forget(&mut self, lookup: &Lookup) -> Option<Pending> {
        self.timers.stop(&[Timer::Request, Timer::Filler]);
        let slots: Vec<SlotId> = lookup.fields().collect();
        self.frame_mut().clear(&slots);
        match std::mem::replace(&mut self.state, State::Walking) {
            State::Looking(pending) => Some(pending),
            State::Idle | State::Walking | State::Listening(_) | State::Recording(_) | State::Ended => None,
        }
    }
}
