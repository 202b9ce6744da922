//! Looking up: the question to a service, what is said meanwhile, and its answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::machine::{Interpreter, State};
use super::speech::Part;
use super::timer::Timer;
use super::{Answer, Effect, RequestId, answer};
use crate::flow::coverage::By;
use crate::flow::graph::{Lookup, OutcomeArm, SlotId, Value};
use crate::utterance::BargeIn;

/// A filler is not said more often than this, whatever the flow wants.
const FILLER_EVERY_MIN: Duration = Duration::from_secs(1);

/// A question that a service has not answered yet.
pub(super) struct Pending {
    id: RequestId,
}

impl Interpreter {
    pub(super) fn look_up(&mut self, lookup: &Lookup) {
        let id = RequestId(self.requests);
        self.requests += 1;
        let with = lookup.with.iter();
        let request = with.filter_map(|(field, operand)| Some((field.clone(), self.frame().value(operand)?))).collect();
        let service = self.program.contracts[usize::from(lookup.service.0)].name.clone();
        self.emit(Effect::Lookup { id, service, request, deadline: lookup.deadline });
        self.timers.set(Timer::Request, self.now + lookup.deadline);
        if let Some(filler) = &lookup.filler {
            self.timers.set(Timer::Filler, self.now + filler.after);
        }
        self.state = State::Looking(Pending { id });
    }

    /// The question whose answer still matters.
    pub(crate) fn awaited(&self) -> Option<RequestId> {
        match &self.state {
            State::Looking(pending) => Some(pending.id),
            State::Idle | State::Walking | State::Listening(_) | State::Ended => None,
        }
    }

    /// The service is slow. Speech that is still playing fills the time by itself.
    pub(super) fn fill(&mut self) {
        let program = Arc::clone(&self.program);
        let Some(filler) = self.current_lookup(&program).and_then(|lookup| lookup.filler.as_ref()) else { return };
        self.timers.set(Timer::Filler, self.now + filler.every.max(FILLER_EVERY_MIN));
        if !self.is_speaking() {
            self.say(&[Part::Prompt(filler.prompt, 0)], BargeIn::default());
        }
    }

    /// Takes an answer to the pending question; any other is too late to matter.
    pub(super) fn answered(&mut self, id: RequestId, answer: Answer) {
        if self.awaited() != Some(id) {
            return;
        }
        let program = Arc::clone(&self.program);
        let Some(lookup) = self.current_lookup(&program) else { return };
        let contract = &program.contracts[usize::from(lookup.service.0)];
        let accepted = answer::accepted(answer, contract, &program.lexicon);
        match accepted.and_then(|(outcome, fields)| Some((lookup.outcomes.get_key_value(&outcome)?, fields))) {
            Some(((name, outcome), fields)) => {
                self.took_by(By::Service, name);
                self.known(lookup, outcome, fields);
            }
            None => self.unavailable(),
        }
    }

    fn known(&mut self, lookup: &Lookup, outcome: &OutcomeArm, mut fields: BTreeMap<String, Value>) {
        self.forget(lookup);
        for (field, slot) in &outcome.fields {
            self.frame_mut().put(*slot, fields.remove(field));
        }
        self.follow(&outcome.arm);
    }

    /// No valid answer came, or none in time.
    pub(super) fn unavailable(&mut self) {
        let program = Arc::clone(&self.program);
        if let Some(lookup) = self.current_lookup(&program) {
            self.forget(lookup);
            self.took_by(By::Service, "unavailable");
            self.follow(&lookup.unavailable);
        }
    }

    /// Stops waiting, and empties what an earlier answer left behind.
    fn forget(&mut self, lookup: &Lookup) {
        self.timers.stop(&[Timer::Request, Timer::Filler]);
        let fields = lookup.outcomes.values().flat_map(|outcome| &outcome.fields);
        let slots: Vec<SlotId> = fields.map(|(_, slot)| *slot).collect();
        self.frame_mut().clear(&slots);
    }
}
