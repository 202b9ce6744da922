//! How a call goes: that it ends, that it lets go, and that nobody is trapped in it.

use super::{Breach, Invariant, Rules, Seen};
use crate::call::{Action, HangUpCause, Input, Note, Outcome, Output, SipEvent};
use crate::grammar::navigation::Command;
use crate::interpreter::Trouble;
use crate::media::{self, LineTone, Signal};
use crate::time::CallTime;

/// A call of more turns than this goes round in circles.
const TURNS_MAX: u32 = 2_000;
/// A caller who fails in more than one way meets so many ladders at one question: silence and misunderstanding, each for the question and for which of several is meant.
const LADDERS: u32 = 4;

/// Commands that bring a person.
const WISHES: [&str; 2] = [Command::Operator.name(), Command::Anger.name()];

/// How far the call is.
pub(super) struct Conduct<'r> {
    rules: &'r Rules,
    turns: u32,
    /// What happened that may end a call, and what the call may come to by it.
    causes: Vec<Outcome>,
    /// A call that must be over in this instant.
    leaving: Option<CallTime>,
    wished: Option<CallTime>,
    /// With a person, or on the way to one.
    with_human: bool,
    /// Silences since the caller last did something.
    silences: u32,
    /// Silences and misunderstandings since the call last went on.
    failures: u32,
    /// When the caller last did something, unless it was misunderstood.
    acted: Option<CallTime>,
    /// When an answer last came: what follows it is not the caller's doing.
    replied: Option<CallTime>,
    finished: bool,
    overdue: bool,
    pub(super) found: Vec<Breach>,
}

impl<'r> Conduct<'r> {
    pub(super) const fn new(rules: &'r Rules) -> Self {
        Self {
            rules,
            turns: 0,
            causes: Vec::new(),
            leaving: None,
            wished: None,
            with_human: false,
            silences: 0,
            failures: 0,
            acted: None,
            replied: None,
            finished: false,
            overdue: false,
            found: Vec::new(),
        }
    }

    pub(super) const fn wishes(&mut self, at: CallTime) {
        if !self.with_human && !self.finished {
            self.wished = Some(at);
        }
    }

    pub(super) fn see(&mut self, at: CallTime, seen: Seen<'_>) {
        self.pass(at);
        match seen {
            Seen::In(input) => self.took(at, input),
            Seen::Out(output) => self.wanted(at, output),
            Seen::Told(_) | Seen::Given(_) => {}
        }
    }

    /// What had to happen in an instant has happened, or never does.
    fn pass(&mut self, at: CallTime) {
        if self.wished.take_if(|wished| *wished < at).is_some() {
            self.broken(Invariant::WayOut, at, "a person was wished for, and none came".to_owned());
        }
        if self.leaving.take_if(|left| *left < at).is_some() {
            self.broken(Invariant::Released, at, "the call went on after its end".to_owned());
        }
        let lasts = at - CallTime::START;
        if !self.overdue && !self.finished && (lasts > self.rules.longest || self.turns > TURNS_MAX) {
            self.overdue = true;
            self.broken(Invariant::Ends, at, format!("still up after {} ms and {} turns", lasts.as_millis(), self.turns));
        }
    }

    fn took(&mut self, at: CallTime, input: &Input) {
        match input {
            Input::Sip(SipEvent::HungUp { cause, .. }) => self.must_end(
                at,
                match cause {
                    HangUpCause::Bye => Outcome::HungUp,
                    HangUpCause::Cancel => Outcome::Cancelled,
                    HangUpCause::Lost => Outcome::SignallingLost,
                },
            ),
            Input::MediaGone | Input::Media(Signal::MediaTimeout { .. }) => self.must_end(at, Outcome::MediaLost),
            Input::Drain => self.must_end(at, Outcome::Drained),
            Input::Media(Signal::Tone { tone, .. }) => self.must_end(
                at,
                match tone {
                    LineTone::Fax => Outcome::Fax,
                    LineTone::Busy => Outcome::Busy,
                },
            ),
            Input::Media(Signal::Key { .. }) | Input::Heard { .. } => {
                self.acted = Some(at);
                self.silences = 0;
            }
            Input::Reply { .. } => self.replied = Some(at),
            Input::Media(Signal::Recorded { enough: true, .. }) => (self.acted, self.silences) = (Some(at), 0),
            Input::Media(Signal::PlayEnded { .. } | Signal::Speech { .. } | Signal::Spoke { .. } | Signal::Recorded { .. })
            | Input::Sip(_) => {}
        }
    }

    fn must_end(&mut self, at: CallTime, outcome: Outcome) {
        if !self.finished {
            self.leaving = Some(at);
            self.causes.push(outcome);
        }
    }

    fn wanted(&mut self, at: CallTime, output: &Output) {
        match output {
            Output::Command(media::Command::Play { .. }) => self.turns += 1,
            Output::Command(_) => {}
            Output::Note(Note::Step { flow, step }) => self.step(at, flow, step),
            Output::Note(Note::Trouble(trouble)) => self.trouble(at, *trouble),
            Output::Note(Note::Command { name }) if WISHES.contains(&name.as_str()) => self.wishes(at),
            Output::Note(_) => {}
            Output::Action(Action::Finish(outcome)) => self.finish(at, outcome),
            Output::Action(_) => {}
        }
    }

    fn step(&mut self, at: CallTime, flow: &str, step: &str) {
        if self.rules.is_human(flow, step) {
            (self.wished, self.with_human) = (None, true);
            (self.silences, self.failures) = (0, 0);
            return;
        }
        self.with_human = false;
        if self.acted == Some(at) && self.replied != Some(at) {
            self.failures = 0;
        }
    }

    fn trouble(&mut self, at: CallTime, trouble: Trouble) {
        self.acted = None;
        self.failures += 1;
        self.silences += u32::from(trouble == Trouble::NoInput);
        let silent = self.silences > self.rules.silences;
        if silent || self.failures > self.rules.silences * LADDERS {
            let what = format!("{} silences and {} failures, and no person", self.silences, self.failures);
            (self.silences, self.failures) = (0, 0);
            self.broken(Invariant::WayOut, at, what);
        }
    }

    fn finish(&mut self, at: CallTime, outcome: &Outcome) {
        (self.finished, self.leaving, self.wished) = (true, None, None);
        let known = match outcome {
            Outcome::Flow(word) => self.rules.outcomes.contains(word),
            other => self.causes.contains(other),
        };
        if !known {
            self.broken(
                Invariant::KnownOutcome,
                at,
                format!("`{outcome}` is no outcome of these flows, and nothing happened that leads to it"),
            );
        }
    }

    pub(super) fn end(&mut self, at: CallTime, deadline: Option<CallTime>) {
        self.pass(at + std::time::Duration::from_millis(1));
        if let Some(deadline) = deadline.filter(|_| self.finished) {
            self.broken(Invariant::Released, at, format!("the call is over and wants to wake up at {} ms", deadline.millis()));
        }
    }

    fn broken(&mut self, invariant: Invariant, at: CallTime, what: String) {
        self.found.push(Breach { invariant, at, what });
    }
}
