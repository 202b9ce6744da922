//! What many calls come to. Reports are added up in any order and come to the same.

use std::collections::BTreeMap;

use serde::Serialize;

use super::call::Lived;
use super::caller::Manner;
use crate::call::invariant::{Invariant, Seen};
use crate::call::{Action, Note, Output};
use crate::interpreter::Trouble;
use crate::media::Command;

/// What happened in a call, or in many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Milliseconds of virtual time.
    pub virtual_ms: u64,
    /// Utterances of the robot.
    pub turns: u64,
    /// Steps that were walked.
    pub steps: u64,
    /// Keys that were pressed.
    pub keys: u64,
    /// Utterances of the caller.
    pub utterances: u64,
    /// Questions to services.
    pub questions: u64,
    /// Answers that came too late, or twice.
    pub stale_answers: u64,
    /// Prompts that a key cut.
    pub interruptions: u64,
    /// Silences of the caller.
    pub silences: u64,
    /// Answers that fit nothing.
    pub misunderstandings: u64,
    /// Commands that were said.
    pub commands: u64,
}

impl Counts {
    pub(super) fn see(&mut self, seen: Seen<'_>) {
        let Seen::Out(output) = seen else { return };
        let count = match output {
            Output::Command(Command::Play { .. }) => &mut self.turns,
            Output::Action(Action::Lookup { .. } | Action::Submit { .. }) => &mut self.questions,
            Output::Note(Note::Step { .. }) => &mut self.steps,
            Output::Note(Note::Trouble(Trouble::NoInput)) => &mut self.silences,
            Output::Note(Note::Trouble(Trouble::NoMatch)) => &mut self.misunderstandings,
            Output::Note(Note::Command { .. }) => &mut self.commands,
            Output::Note(Note::StaleReply(_)) => &mut self.stale_answers,
            Output::Command(_) | Output::Action(_) | Output::Note(_) => return,
        };
        *count += 1;
    }

    fn add(&mut self, other: &Self) {
        self.virtual_ms += other.virtual_ms;
        self.turns += other.turns;
        self.steps += other.steps;
        self.keys += other.keys;
        self.utterances += other.utterances;
        self.questions += other.questions;
        self.stale_answers += other.stale_answers;
        self.interruptions += other.interruptions;
        self.silences += other.silences;
        self.misunderstandings += other.misunderstandings;
        self.commands += other.commands;
    }
}

/// An invariant that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// In how many calls.
    pub calls: u64,
    /// The seed of the first.
    pub first_seed: u64,
    /// When, in milliseconds of that call, and what was seen.
    pub at_ms: u64,
    /// What was seen.
    pub what: String,
}

/// What many calls come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many.
    pub calls: u64,
    /// All that happened in them.
    #[serde(flatten)]
    pub counts: Counts,
    /// What they came to.
    pub outcomes: BTreeMap<String, u64>,
    /// What their callers were like.
    pub manners: BTreeMap<Manner, u64>,
    /// What was broken.
    pub broken: BTreeMap<Invariant, Broken>,
}

impl Report {
    /// One more call.
    pub fn add(&mut self, call: &Lived) {
        self.calls += 1;
        self.counts.add(&call.counts);
        *self.outcomes.entry(call.outcome.clone()).or_default() += 1;
        if let Some(manner) = call.manner {
            *self.manners.entry(manner).or_default() += 1;
        }
        for invariant in Invariant::ALL {
            if let Some(breach) = call.breaches.iter().find(|breach| breach.invariant == invariant) {
                let (at_ms, what) = (breach.at.millis(), breach.what.clone());
                self.broke(invariant, Broken { calls: 1, first_seed: call.seed, at_ms, what });
            }
        }
    }

    /// Those of another report, too.
    pub fn join(&mut self, other: Self) {
        self.calls += other.calls;
        self.counts.add(&other.counts);
        other.outcomes.into_iter().for_each(|(outcome, calls)| *self.outcomes.entry(outcome).or_default() += calls);
        other.manners.into_iter().for_each(|(manner, calls)| *self.manners.entry(manner).or_default() += calls);
        other.broken.into_iter().for_each(|(invariant, broken)| self.broke(invariant, broken));
    }

    fn broke(&mut self, invariant: Invariant, broken: Broken) {
        match self.broken.get_mut(&invariant) {
            Some(known) if known.first_seed <= broken.first_seed => known.calls += broken.calls,
            Some(known) => *known = Broken { calls: known.calls + broken.calls, ..broken },
            None => {
                self.broken.insert(invariant, broken);
            }
        }
    }
}
