//! What must hold of every call, whatever the caller does and however long a message between the two machines is under way.
//!
//! They are judged from outside, over what a [`super::Pair`] or a simulation sees pass, so that no mistake in `Control` or `Port` can hide itself.

mod conduct;
mod hold;
mod queue;
mod rules;
mod voice;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::conduct::Conduct;
use self::hold::Holds;
use self::queue::Queues;
use self::voice::Voice;
use super::pair::Event;
use super::{Input, Output};
use crate::lang::Lang;
use crate::media::{Command, Signal};
use crate::time::CallTime;

pub use rules::Rules;

/// An invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Invariant {
    /// A port is never given a Play while it is at another: no two prompts at once.
    OneVoice,
    /// Every key that the port told reaches the call, once and in order: no lost first digit.
    EveryKey,
    /// A silence of the caller counts only from the end of all speech and of the last key: no timer is re-armed by a late end of a Play.
    TrueSilence,
    /// Every Play that the port was given ends, and ends once.
    OneEnd,
    /// Every question to a service is answered once or given up, and an answer that comes too late, or to a question not asked, moves nothing.
    OneAnswer,
    /// What a submit holds is used up by a later submit that names it, or taken back, once: unless those did use it of which the call never learnt. What was taken back is named
    /// by none.
    EveryHold,
    /// Nothing is wanted after the end.
    LastWord,
    /// A call ends, within its limit of time and a bound of turns.
    Ends,
    /// Nobody is trapped: who wants a person is handed over at once, who is silent or fails within the limit of turns.
    WayOut,
    /// A caller may hang up at any moment: the call is over in that instant, and nothing of it is left to wake up for.
    Released,
    /// The robot is never silent for longer than its flows allow, while it owes words or waits for the caller.
    NoDeadAir,
    /// What is said is in the language of the call; while there is none, it is said in both.
    OneLanguage,
    /// Spans that are private begin and end in turn, and do not outlive the question that they are for.
    PrivateSpans,
    /// The call comes to what its flows declare, or to what happened to it.
    KnownOutcome,
    /// No Play has the name of another.
    FreshIds,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::OneVoice,
        Self::EveryKey,
        Self::TrueSilence,
        Self::OneEnd,
        Self::OneAnswer,
        Self::EveryHold,
        Self::LastWord,
        Self::Ends,
        Self::WayOut,
        Self::Released,
        Self::NoDeadAir,
        Self::OneLanguage,
        Self::PrivateSpans,
        Self::KnownOutcome,
        Self::FreshIds,
    ];
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Breach {
    /// Which.
    pub invariant: Invariant,
    /// When.
    pub at: CallTime,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is broken at {} ms: {}", self.invariant, self.at.millis(), self.what)
    }
}

/// What passes, as [`Event`] keeps it.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// The port told this.
    Told(&'a Signal),
    /// The port was given this.
    Given(&'a Command),
    /// The call took this in.
    In(&'a Input),
    /// The call wanted this.
    Out(&'a Output),
}

impl<'a> From<&'a Event> for Seen<'a> {
    fn from(event: &'a Event) -> Self {
        match event {
            Event::Told(signal) => Self::Told(signal),
            Event::Given(command) => Self::Given(command),
            Event::In(input) => Self::In(input),
            Event::Out(output) => Self::Out(output),
        }
    }
}

/// Judges the trace of a whole call by what the queues may break. `silence` is the shortest `noinput_after` of its flows.
pub fn breaches(trace: &[(CallTime, Event)], silence: Duration) -> Vec<Breach> {
    let (mut queues, mut holds) = (Queues::new(silence), Holds::default());
    for (at, event) in trace {
        queues.see(*at, event.into());
        holds.see(*at, event.into());
    }
    let end = trace.last().map_or(CallTime::START, |(at, _)| *at);
    holds.end(end);
    queues.end(end);
    holds.found.append(&mut queues.found);
    holds.found
}

/// Judges a call while it runs, by everything.
pub struct Judge<'r> {
    queues: Queues,
    holds: Holds,
    voice: Voice<'r>,
    conduct: Conduct<'r>,
}

impl<'r> Judge<'r> {
    /// Of a call that has just been answered.
    pub fn new(rules: &'r Rules) -> Self {
        Self { queues: Queues::new(rules.silence), holds: Holds::default(), voice: Voice::new(rules), conduct: Conduct::new(rules) }
    }

    /// The language in which the call is from now on.
    pub fn speaks(&mut self, lang: Option<Lang>) {
        self.voice.speaks(lang);
    }

    /// The caller has plainly wished for a person: a person must come before anything else does.
    pub fn wishes(&mut self, at: CallTime) {
        self.conduct.wishes(at);
    }

    /// Something passed.
    pub fn see(&mut self, at: CallTime, seen: Seen<'_>) {
        self.queues.see(at, seen);
        self.holds.see(at, seen);
        self.voice.see(at, seen);
        self.conduct.see(at, seen);
    }

    /// The call is over, or is given up; `deadline` is when its machine wants to wake up next.
    pub fn close(mut self, at: CallTime, deadline: Option<CallTime>) -> Vec<Breach> {
        self.queues.end(at);
        self.holds.end(at);
        self.conduct.end(at, deadline);
        let mut found = self.queues.found;
        found.append(&mut self.holds.found);
        found.append(&mut self.voice.found);
        found.append(&mut self.conduct.found);
        found.sort_by_key(|breach| (breach.at, breach.invariant));
        found
    }
}
