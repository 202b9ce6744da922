//! What submits hold: used up by a later submit that names it, or taken back once, unless those did use it of which the call never learnt.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Breach, Invariant, Seen};
use crate::call::{Action, Input, Output};
use crate::flow::graph::Value;
use crate::interpreter::{Answer, RequestId, Undoing};
use crate::time::CallTime;

/// What is held, and by which submit.
#[derive(Default)]
pub(super) struct Holds {
    submits: BTreeMap<RequestId, Submitted>,
    /// Until when the answers of submits count that have none yet.
    awaited: BTreeMap<RequestId, CallTime>,
    finished: bool,
    pub(super) found: Vec<Breach>,
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

impl Holds {
    pub(super) fn see(&mut self, at: CallTime, seen: Seen<'_>) {
        match seen {
            Seen::In(Input::Reply { id, answer }) if !self.finished => {
                let counts = self.awaited.remove(id).is_some_and(|until| at < until);
                self.submit_answered(*id, answer, counts);
            }
            Seen::Out(Output::Action(Action::Submit { id, request, undo, deadline_ms, .. })) => {
                self.awaited.insert(*id, at + Duration::from_millis(*deadline_ms));
                self.submitted(at, *id, request, undo.as_ref());
            }
            Seen::Out(Output::Action(Action::Undo { of, unless, .. })) => self.undone(at, *of, unless),
            Seen::Out(Output::Action(Action::Finish(_))) => self.finished = true,
            Seen::Told(_) | Seen::Given(_) | Seen::In(_) | Seen::Out(_) => {}
        }
    }

    fn submitted(&mut self, at: CallTime, id: RequestId, request: &BTreeMap<String, Value>, undo: Option<&Undoing>) {
        let mut gone = false;
        for other in self.submits.values_mut().filter(|other| other.names.iter().any(|name| request.values().any(|value| value == name))) {
            other.used_by.push(id);
            gone |= other.undone;
        }
        self.require(!gone, at, || format!("question {} names what was taken back", id.0));
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
        self.require(once, at, || format!("question {} was taken back, and not once, or may be used up", of.0));
    }

    pub(super) fn end(&mut self, at: CallTime) {
        let left = |own: &Submitted| (own.open || !own.names.is_empty()) && !own.undone && !own.used;
        let held: Vec<_> = self.submits.iter().filter(|(_, own)| left(own)).map(|(id, _)| id.0).collect();
        self.require(held.is_empty() || !self.finished, at, || format!("what {held:?} hold is nobody's"));
    }

    fn require(&mut self, holds: bool, at: CallTime, what: impl FnOnce() -> String) {
        if !holds {
            self.found.push(Breach { invariant: Invariant::EveryHold, at, what: what() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Outcome;
    use crate::call::invariant::breaches;
    use crate::call::pair::Event;

    const SILENCE: Duration = Duration::from_secs(6);

    fn submit(id: u32, request: &[(&str, &str)], undo: bool) -> Event {
        let undo = undo.then(|| Undoing { service: "release".into(), given: BTreeMap::new(), answered: vec!["ref".into()] });
        let request = request.iter().map(|(name, digits)| ((*name).to_owned(), Value::Digits((*digits).to_owned()))).collect();
        let (service, key) = ("book".to_owned(), id.to_string());
        Event::Out(Output::Action(Action::Submit { id: RequestId(id), service, request, key, deadline_ms: 5000, undo, telling: None }))
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
