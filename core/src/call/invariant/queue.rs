//! What the queues between the machines may break: keys and Plays lost, doubled or out of order, answers that come when nobody awaits them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Breach, Invariant, Seen};
use crate::call::{Action, Input, Note, Output};
use crate::interpreter::{RequestId, Trouble};
use crate::key::Key;
use crate::media::{Command, PlayEnd, PlayId, Signal};
use crate::time::CallTime;

#[derive(Default)]
pub(super) struct Queues {
    /// The shortest silence that counts.
    silence: Duration,
    plays: BTreeMap<PlayId, Life>,
    /// Keys that the port told and the call has not taken in yet.
    keys: Vec<Key>,
    /// When the last Play that was wanted ended or was stopped, or the last key came in.
    quiet_since: CallTime,
    /// The same before the last words came in: those that answer nothing are no end of a silence.
    quiet_before: CallTime,
    asked: BTreeMap<RequestId, Asked>,
    finished: bool,
    pub(super) found: Vec<Breach>,
}

/// How far a Play is: wanted by the call, given to the port, over.
#[derive(Clone, Copy, PartialEq)]
enum Life {
    Wanted,
    Given,
    Over,
}

/// A question to a service.
#[derive(Default)]
struct Asked {
    /// Until when its answer is awaited; `None` for a question that was never asked.
    until: Option<CallTime>,
    /// Answers that moved something.
    answers: u32,
    /// Those of them that came after their time.
    late: u32,
}

impl Asked {
    fn answered(&mut self, at: CallTime) {
        self.answers += 1;
        self.late += u32::from(self.until.is_some_and(|until| at >= until));
    }

    /// The last answer moved nothing.
    fn stale(&mut self) {
        self.answers = self.answers.saturating_sub(1);
        self.late = self.late.saturating_sub(1);
    }
}

impl Queues {
    pub(super) fn new(silence: Duration) -> Self {
        Self { silence, ..Self::default() }
    }

    pub(super) fn see(&mut self, at: CallTime, event: Seen<'_>) {
        match event {
            Seen::Told(signal) => self.told(at, signal),
            Seen::Given(command) => self.given(at, command),
            Seen::In(input) => self.took(at, input),
            Seen::Out(output) => self.wanted(at, output),
        }
    }

    fn told(&mut self, at: CallTime, signal: &Signal) {
        match signal {
            Signal::Key { key, .. } => self.keys.push(*key),
            Signal::PlayEnded { id, why, .. } => {
                self.require(*why != PlayEnd::Replaced, Invariant::OneVoice, at, || format!("Play {} was cut by another", id.0));
                let before = self.plays.insert(*id, Life::Over);
                self.require(before == Some(Life::Given), Invariant::OneEnd, at, || format!("Play {} ended again", id.0));
            }
            Signal::Speech { .. } | Signal::Spoke { .. } | Signal::Recorded { .. } => {}
            Signal::Tone { .. } | Signal::MediaTimeout { .. } => {}
        }
    }

    fn given(&mut self, at: CallTime, command: &Command) {
        if let Command::Play { id, .. } = command {
            let other = self.plays.values().any(|life| *life == Life::Given);
            let before = self.plays.insert(*id, Life::Given);
            self.require(!other, Invariant::OneVoice, at, || format!("Play {} was given while another played", id.0));
            self.require(before == Some(Life::Wanted), Invariant::OneEnd, at, || format!("Play {} was given twice", id.0));
        }
    }

    fn took(&mut self, at: CallTime, input: &Input) {
        match input {
            Input::Media(Signal::Key { key, .. }) => {
                let expected = (!self.keys.is_empty()).then(|| self.keys.remove(0));
                self.require(expected == Some(*key), Invariant::EveryKey, at, || "a key came in that was not the next one told".into());
                if *key != Key::POUND {
                    self.quiet_since = at; // `#` where nothing was typed is no answer, and no end of a silence
                }
            }
            Input::Media(Signal::PlayEnded { .. }) => self.quiet_since = at,
            Input::Reply { .. } if self.finished => {} // nobody takes it
            Input::Reply { id, .. } => self.asked.entry(*id).or_default().answered(at),
            Input::Media(Signal::Speech { .. } | Signal::Recorded { .. }) => self.quiet_since = at,
            Input::Media(Signal::Spoke { .. } | Signal::Tone { .. } | Signal::MediaTimeout { .. })
            | Input::Sip(_)
            | Input::MediaGone
            | Input::Drain => {}
            Input::Heard { .. } => (self.quiet_before, self.quiet_since) = (self.quiet_since, at),
        }
    }

    fn wanted(&mut self, at: CallTime, output: &Output) {
        self.require(!self.finished, Invariant::LastWord, at, || format!("{output:?} after the end"));
        match output {
            Output::Command(Command::Play { id, .. }) => {
                self.plays.insert(*id, Life::Wanted);
            }
            Output::Note(Note::Trouble(Trouble::NoInput)) => self.silent(at),
            Output::Note(Note::Unheard(_)) => self.quiet_since = self.quiet_before,
            Output::Note(Note::StaleReply(id)) => {
                self.asked.entry(*id).and_modify(Asked::stale);
            }
            Output::Action(Action::Lookup { id, deadline_ms, .. } | Action::Submit { id, deadline_ms, .. }) => {
                let until = Some(at + Duration::from_millis(*deadline_ms));
                let before = self.asked.insert(*id, Asked { until, ..Asked::default() });
                self.require(before.is_none(), Invariant::OneAnswer, at, || format!("question {} was asked twice", id.0));
            }
            Output::Action(Action::Errand { id, .. }) => {
                let before = self.asked.insert(*id, Asked::default());
                self.require(before.is_none(), Invariant::OneAnswer, at, || format!("errand {} was run twice", id.0));
            }
            Output::Action(Action::Finish(_)) => self.finished = true,
            Output::Command(_) | Output::Note(_) | Output::Action(_) => {}
        }
    }

    fn silent(&mut self, at: CallTime) {
        let (since, silence) = (self.quiet_since, self.silence);
        self.require(at - since >= silence, Invariant::TrueSilence, at, || {
            format!("silence was counted {} ms after the last sound", (at - since).as_millis())
        });
        let speaking = self.plays.values().any(|life| *life == Life::Given);
        self.require(!speaking, Invariant::TrueSilence, at, || "silence was counted while the robot spoke".into());
    }

    pub(super) fn end(&mut self, at: CallTime) {
        let lost = self.keys.len();
        self.require(lost == 0 || self.finished, Invariant::EveryKey, at, || format!("{lost} keys never came in"));
        let endless = self.plays.values().filter(|life| **life == Life::Given).count();
        self.require(endless <= 1, Invariant::OneEnd, at, || format!("{endless} Plays never ended")); // the last may be cut by the end of the call
        let wrong: Vec<_> = self.asked.iter().filter(|(_, asked)| asked.answers > 1 || asked.late > 0).map(|(id, _)| id.0).collect();
        self.require(wrong.is_empty(), Invariant::OneAnswer, at, || format!("questions {wrong:?} were answered twice or too late"));
        self.require(self.finished, Invariant::LastWord, at, || "the call never ended".into());
    }

    fn require(&mut self, holds: bool, invariant: Invariant, at: CallTime, what: impl FnOnce() -> String) {
        if !holds {
            self.found.push(Breach { invariant, at, what: what() });
        }
    }
}
