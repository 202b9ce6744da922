//! What must hold of every call, whatever the caller does and however long a message between the two machines is under way.
//!
//! They are judged from outside, over the trace of a [`super::Pair`], so that no mistake in `Control` or `Port` can hide itself.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::pair::Event;
use super::{Action, Input, Note, Output};
use crate::flow::graph::Value;
use crate::interpreter::{Answer, RequestId, Trouble, Undoing};
use crate::key::Key;
use crate::media::{Command, PlayEnd, PlayId, Signal};
use crate::time::CallTime;

/// An invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::OneVoice, Self::EveryKey, Self::TrueSilence, Self::OneEnd, Self::OneAnswer, Self::EveryHold, Self::LastWord];
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq)]
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

/// Judges the trace of a whole call. `silence` is the shortest `noinput_after` of its flows.
pub fn breaches(trace: &[(CallTime, Event)], silence: Duration) -> Vec<Breach> {
    let mut judge = Judge { silence, ..Judge::default() };
    for (at, event) in trace {
        judge.see(*at, event);
    }
    judge.end(trace.last().map_or(CallTime::START, |(at, _)| *at));
    judge.found
}

#[derive(Default)]
struct Judge {
    silence: Duration,
    plays: BTreeMap<PlayId, Life>,
    /// Keys that the port told and the call has not taken in yet.
    keys: Vec<Key>,
    /// When the last Play that was wanted ended or was stopped, or the last key came in.
    quiet_since: CallTime,
    /// The same before the last words came in: those that answer nothing are no end of a silence.
    quiet_before: CallTime,
    asked: BTreeMap<RequestId, Asked>,
    submits: BTreeMap<RequestId, Submitted>,
    finished: bool,
    found: Vec<Breach>,
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

/// A submit that can be taken back.
struct Submitted {
    undo: Undoing,
    /// What it answered that names it, as far as it holds something.
    names: Vec<Value>,
    /// Its answer is not known.
    open: bool,
    undone: bool,
    /// The submits that name it and were not refused.
    used_by: Vec<RequestId>,
    /// One of them was done.
    used: bool,
}

impl Judge {
    fn see(&mut self, at: CallTime, event: &Event) {
        match event {
            Event::Told(signal) => self.told(at, signal),
            Event::Given(command) => self.given(at, command),
            Event::In(input) => self.took(at, input),
            Event::Out(output) => self.wanted(at, output),
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
            Input::Reply { id, answer } => {
                let asked = self.asked.entry(*id).or_default();
                asked.answered(at);
                let counts = asked.answers == 1 && asked.late == 0;
                self.submit_answered(*id, answer, counts);
            }
            Input::Media(Signal::Tone { .. } | Signal::MediaTimeout { .. }) | Input::Sip(_) | Input::MediaGone | Input::Drain => {}
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
                if let Output::Action(Action::Submit { request, undo, .. }) = output {
                    self.submitted(at, *id, request, undo.as_ref());
                }
            }
            Output::Action(Action::Undo { of, unless, .. }) => self.undone(at, *of, unless),
            Output::Action(Action::Finish(_)) => self.finished = true,
            Output::Command(_) | Output::Note(_) | Output::Action(_) => {}
        }
    }

    fn submitted(&mut self, at: CallTime, id: RequestId, request: &BTreeMap<String, Value>, undo: Option<&Undoing>) {
        let mut gone = false;
        for other in self.submits.values_mut().filter(|other| other.names.iter().any(|name| request.values().any(|value| value == name))) {
            other.used_by.push(id);
            gone |= other.undone;
        }
        self.require(!gone, Invariant::EveryHold, at, || format!("question {} names what was taken back", id.0));
        let fresh = |undo: &Undoing| Submitted {
            undo: undo.clone(),
            names: Vec::new(),
            open: true,
            undone: false,
            used_by: Vec::new(),
            used: false,
        };
        let own = undo.map(fresh);
        self.submits.extend(own.map(|own| (id, own)));
    }

    /// An answer that came too late names nothing: what it was to was given up, and is taken back unseen. Nor does it tell the call (`counts`) what became of a hold.
    fn submit_answered(&mut self, id: RequestId, answer: &Answer, counts: bool) {
        for other in self.submits.values_mut().filter(|other| counts && other.used_by.contains(&id)) {
            match answer {
                Answer::Unavailable => other.used_by.retain(|user| *user != id),
                Answer::Outcome { .. } => other.used = true,
                Answer::Unknown | Answer::Errand(_) => {}
            }
        }
        if let Some(own) = self.submits.get_mut(&id).filter(|own| own.open && !own.undone) {
            let fields = answer.fields().filter(|fields| own.undo.request(fields).is_some());
            own.names =
                fields.map_or_else(Vec::new, |fields| own.undo.answered.iter().filter_map(|name| fields.get(name).cloned()).collect());
            own.open = *answer == Answer::Unknown;
        }
    }

    fn undone(&mut self, at: CallTime, of: RequestId, unless: &[RequestId]) {
        let once = self.submits.get_mut(&of).is_some_and(|own| !std::mem::replace(&mut own.undone, true) && own.used_by == unless);
        self.require(once, Invariant::EveryHold, at, || format!("question {} was taken back, and not once, or may be used up", of.0));
    }

    fn silent(&mut self, at: CallTime) {
        let (since, silence) = (self.quiet_since, self.silence);
        self.require(at - since >= silence, Invariant::TrueSilence, at, || {
            format!("silence was counted {} ms after the last sound", (at - since).as_millis())
        });
        let speaking = self.plays.values().any(|life| *life == Life::Given);
        self.require(!speaking, Invariant::TrueSilence, at, || "silence was counted while the robot spoke".into());
    }

    fn end(&mut self, at: CallTime) {
        let lost = self.keys.len();
        self.require(lost == 0 || self.finished, Invariant::EveryKey, at, || format!("{lost} keys never came in"));
        let endless = self.plays.values().filter(|life| **life == Life::Given).count();
        self.require(endless <= 1, Invariant::OneEnd, at, || format!("{endless} Plays never ended")); // the last may be cut by the end of the call
        let wrong: Vec<_> = self.asked.iter().filter(|(_, asked)| asked.answers > 1 || asked.late > 0).map(|(id, _)| id.0).collect();
        self.require(wrong.is_empty(), Invariant::OneAnswer, at, || format!("questions {wrong:?} were answered twice or too late"));
        let left = |own: &Submitted| (own.open || !own.names.is_empty()) && !own.undone && !own.used;
        let held: Vec<_> = self.submits.iter().filter(|(_, own)| left(own)).map(|(id, _)| id.0).collect();
        self.require(held.is_empty() || !self.finished, Invariant::EveryHold, at, || format!("what {held:?} hold is nobody's"));
        self.require(self.finished, Invariant::LastWord, at, || "the call never ended".into());
    }

    fn require(&mut self, holds: bool, invariant: Invariant, at: CallTime, what: impl FnOnce() -> String) {
        if !holds {
            self.found.push(Breach { invariant, at, what: what() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Outcome;

    const SILENCE: Duration = Duration::from_secs(6);

    fn submit(id: u32, request: &[(&str, &str)], undo: bool) -> Event {
        let undo = undo.then(|| Undoing { service: "release".into(), given: BTreeMap::new(), answered: vec!["ref".into()] });
        let request = request.iter().map(|(name, digits)| ((*name).to_owned(), Value::Digits((*digits).to_owned()))).collect();
        let (service, key) = ("book".to_owned(), id.to_string());
        Event::Out(Output::Action(Action::Submit { id: RequestId(id), service, request, key, deadline_ms: 5000, undo }))
    }

    fn held(id: u32) -> Event {
        let fields = BTreeMap::from([("ref".to_owned(), Value::Digits("55".into()))]);
        Event::In(Input::Reply { id: RequestId(id), answer: Answer::Outcome { outcome: "held".into(), fields } })
    }

    fn said(id: u32, answer: Answer) -> Event {
        Event::In(Input::Reply { id: RequestId(id), answer })
    }

    fn undo(of: u32) -> Event {
        undo_unless(of, &[])
    }

    fn undo_unless(of: u32, used: &[u32]) -> Event {
        let unless = used.iter().map(|id| RequestId(*id)).collect();
        Event::Out(Output::Action(Action::Undo { of: RequestId(of), service: "release".into(), request: None, unless }))
    }

    fn check(events: Vec<Event>, expected: &[Invariant]) {
        let end = Event::Out(Output::Action(Action::Finish(Outcome::HungUp)));
        let trace: Vec<_> = events.into_iter().chain([end]).map(|event| (CallTime::START, event)).collect();
        assert_eq!(breaches(&trace, SILENCE).iter().map(|breach| breach.invariant).collect::<Vec<_>>(), expected, "{trace:?}");
    }

    #[test]
    fn a_hold_is_taken_back_once_or_used_up() {
        let book = || submit(1, &[("hold", "55")], false);
        let done = |id| said(id, Answer::Outcome { outcome: "booked".into(), fields: BTreeMap::new() });
        check(vec![submit(0, &[], true), held(0), undo(0)], &[]);
        check(vec![submit(0, &[], true), held(0), book(), done(1)], &[]);
        check(vec![submit(0, &[], true), held(0), book(), undo_unless(0, &[1])], &[]); // hung up while it was under way
        check(vec![submit(0, &[], true), held(0), book(), said(1, Answer::Unknown), undo_unless(0, &[1])], &[]);
        check(vec![submit(0, &[], true), undo(0)], &[]);
        check(vec![submit(0, &[], true), said(0, Answer::Unavailable)], &[]);
        check(vec![submit(0, &[], true), held(0), book(), said(1, Answer::Unavailable), undo(0)], &[]);
        let broken = [
            vec![submit(0, &[], true), held(0)],
            vec![submit(0, &[], true)],
            vec![submit(0, &[], true), said(0, Answer::Unknown)],
            vec![submit(0, &[], true), held(0), undo(0), undo(0)],
            vec![submit(0, &[], true), held(0), book(), done(1), undo(0)],
            vec![submit(0, &[], true), held(0), book(), said(1, Answer::Unavailable)],
            vec![submit(0, &[], true), held(0), book(), said(1, Answer::Unavailable), undo_unless(0, &[1])],
            vec![submit(0, &[], true), held(0), book()],
            vec![submit(0, &[], true), held(0), book(), undo(0)],
            vec![submit(0, &[], true), held(0), book(), said(1, Answer::Unknown)],
            vec![submit(0, &[], true), held(0), undo(0), book()],
            vec![undo(7)],
        ];
        for events in broken {
            check(events, &[Invariant::EveryHold]);
        }
    }
}
