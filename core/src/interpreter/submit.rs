//! Submitting: what changes the world, what is left to take back, and taking it back, once.
//!
//! A hold is what a submit with an `undo` came to. It ends in one of two ways: a later submit names what it answered and is not refused, or it is taken back: with the run of
//! the flow that made it, with an input of it, with the step that makes another, with the call. Where the call does not learn whether that later submit was done, it is taken
//! back *unless* it was: whoever learns that decides.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::frame::Frame;
use super::lookup::Pending;
use super::machine::{Interpreter, State};
use super::{Answer, Effect, Request, RequestId};
use crate::flow::graph::{Operand, SlotId, StepId, Submit, Value};

/// The most that one call holds at once; a submit that would hold more is not sent.
const HOLDS_MAX: usize = 16;

/// How a submit is taken back, as far as it is known before its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoing {
    /// The service that does it.
    pub service: String,
    /// What it is asked, as far as the submit was asked the same.
    pub given: BTreeMap<String, Value>,
    /// What else it is asked: fields of the submit's answer. An answer without them holds nothing.
    pub answered: Vec<String>,
}

impl Undoing {
    /// What the service is asked; `None` when these fields of an answer hold nothing.
    pub fn request(&self, fields: &BTreeMap<String, Value>) -> Option<BTreeMap<String, Value>> {
        let answered = self.answered.iter().map(|name| Some((name.clone(), fields.get(name)?.clone())));
        answered.chain(self.given.clone().into_iter().map(Some)).collect()
    }
}

/// What can be taken back.
pub(super) struct Hold {
    id: RequestId,
    /// The run of a flow that made it, by its depth.
    depth: usize,
    step: StepId,
    service: String,
    request: Request,
    /// The slots with what it answered.
    fields: Vec<SlotId>,
    /// The slots that it was made from.
    inputs: Vec<SlotId>,
    /// The submits that use it up unless they are refused: at most one is under way, the others nobody knows of.
    used_by: Vec<RequestId>,
}

impl Hold {
    fn is_named(&self, frame: &Frame) -> bool {
        self.fields.iter().any(|slot| frame.slot(*slot).is_some())
    }
}

impl Interpreter {
    pub(super) fn submit(&mut self, submit: &Submit) {
        let (depth, step) = (self.frames.len(), self.frame().at);
        self.take_back(|hold| hold.depth == depth && hold.step == step);
        if submit.undo.is_some() && self.holds.len() >= HOLDS_MAX {
            return self.follow(&submit.lookup.unavailable);
        }
        let (id, service, request) = self.request(&submit.lookup);
        self.use_up(submit, id);
        let undo = self.undoing(submit, &request);
        let telling = self.telling(submit);
        let mut pending = Pending::new(id, undo.clone());
        pending.tells = telling.is_some();
        self.emit(Effect::Submit { id, service, request, deadline: submit.lookup.deadline, undo, telling });
        self.await_answer(&submit.lookup, pending);
    }

    fn undoing(&self, submit: &Submit, request: &Request) -> Option<Undoing> {
        let undo = submit.undo.as_ref()?;
        let given = undo.given.iter().filter_map(|name| Some((name.clone(), request.get(name)?.clone()))).collect();
        let service = self.program.contracts[usize::from(undo.service.0)].name.clone();
        Some(Undoing { service, given, answered: undo.answered.clone() })
    }

    /// What the request names is used by it.
    fn use_up(&mut self, submit: &Submit, id: RequestId) {
        let depth = self.frames.len();
        let named = |slot: &SlotId| submit.lookup.with.iter().any(|(_, operand)| *operand == Operand::Slot(*slot));
        for hold in self.holds.iter_mut().filter(|hold| hold.depth == depth && hold.fields.iter().any(named)) {
            hold.used_by.push(id);
        }
    }

    /// A submit has an outcome: what it used is used up, and it may hold something itself. What nothing takes back is done for good.
    pub(super) fn submitted(&mut self, submit: &Submit, pending: Pending, fields: &Request) {
        if submit.undo.is_none() {
            self.bar_back();
        }
        for used in self.holds.extract_if(.., |hold| hold.used_by.contains(&pending.id)).collect::<Vec<_>>() {
            self.forget_names(&used);
        }
        let undo = pending.undo.and_then(|undo| Some((undo.request(fields)?, undo.service)));
        if let Some((request, service)) = undo {
            self.holds.push(Hold {
                id: pending.id,
                depth: self.frames.len(),
                step: self.frame().at,
                service,
                request,
                fields: submit.lookup.fields().collect(),
                inputs: submit.inputs.clone(),
                used_by: Vec::new(),
            });
        }
    }

    /// A submit was refused: what it would have used is held still.
    pub(super) fn not_submitted(&mut self, id: RequestId) {
        for hold in &mut self.holds {
            hold.used_by.retain(|submit| *submit != id);
        }
    }

    /// A submit may have been done: what it holds is taken back as soon as that is known. What it used stays, and is later taken back unless it was.
    pub(super) fn doubtful(&mut self, pending: Pending) {
        if pending.tells {
            self.emit(Effect::Tell { of: pending.id });
        }
        match pending.undo {
            Some(undo) => self.emit(Effect::Undo { of: pending.id, service: undo.service, request: None, unless: Vec::new() }),
            None => self.bar_back(),
        }
    }

    /// Empties slots, and takes back what was made from them.
    pub(super) fn clear(&mut self, slots: &[SlotId]) {
        let depth = self.frames.len();
        self.take_back(|hold| hold.depth == depth && hold.inputs.iter().chain(&hold.fields).any(|slot| slots.contains(slot)));
        self.frame_mut().clear(slots);
    }

    /// The run of this flow is over, or has lost its caller.
    pub(super) fn undo_here(&mut self) {
        let depth = self.frames.len();
        self.take_back(|hold| hold.depth == depth);
    }

    /// The caller went back to how things stood before: what was done since is taken back.
    pub(super) fn undo_unnamed(&mut self) {
        let (depth, frame) = (self.frames.len(), self.frame());
        let unnamed: Vec<RequestId> =
            self.holds.iter().filter(|hold| hold.depth == depth && !hold.is_named(frame)).map(|hold| hold.id).collect();
        self.take_back(|hold| unnamed.contains(&hold.id) || hold.depth > depth);
    }

    /// The call is over for its flows.
    pub(super) fn undo_all(&mut self) {
        if let State::Looking(pending) = &mut self.state {
            let (id, tells) = (pending.id, std::mem::take(&mut pending.tells));
            if let Some(undo) = pending.undo.take() {
                self.emit(Effect::Undo { of: id, service: undo.service, request: None, unless: Vec::new() });
            }
            if tells {
                self.emit(Effect::Tell { of: id });
            }
        }
        self.take_back(|_| true);
    }

    /// What was held is taken back, or used up by what may be taken back itself: who returns to how things stood before finds no name of it.
    fn forget_names(&mut self, hold: &Hold) {
        if let Some(frame) = hold.depth.checked_sub(1).and_then(|at| self.frames.get_mut(at)) {
            frame.forget_names(&hold.fields);
        }
        if let (1, Some(slots)) = (hold.depth, &mut self.main_menu) {
            hold.fields.iter().for_each(|slot| slots[usize::from(slot.0)] = None);
        }
    }

    /// Takes back what is held; what is being used up, unless that is done. Its fields are emptied, so that no later submit can name them.
    fn take_back(&mut self, which: impl FnMut(&Hold) -> bool) {
        let (back, kept) = std::mem::take(&mut self.holds).into_iter().partition(which);
        self.holds = kept;
        let back: Vec<Hold> = back;
        for hold in back {
            if let Some(frame) = hold.depth.checked_sub(1).and_then(|at| self.frames.get_mut(at)) {
                frame.clear(&hold.fields);
            }
            self.forget_names(&hold);
            self.emit(Effect::Undo { of: hold.id, service: hold.service, request: Some(hold.request), unless: hold.used_by });
        }
    }
}

impl Answer {
    /// The fields of its outcome.
    pub fn fields(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Self::Outcome { fields, .. } => Some(fields),
            Self::Unavailable | Self::Unknown | Self::Errand(_) => None,
        }
    }
}
