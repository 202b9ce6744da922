//! One run of a flow: where it stands and what it holds.

use std::collections::BTreeSet;

use crate::flow::graph::{CounterId, Flow, FlowId, Jump, Operand, SlotId, StepId, Value};

/// What happens when a run of a flow is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// It is the entry flow: the call ends.
    Completes,
    /// The flow that called goes on at its next step, with the value in this slot.
    GoesOn(Option<SlotId>),
    /// The question that the operator interrupted is asked again.
    AsksAgain,
    /// A question was given up: the call ends.
    GivesUp,
}

/// One run of a flow.
pub(super) struct Frame {
    pub(super) flow: FlowId,
    pub(super) at: StepId,
    pub(super) back: Back,
    /// The caller has asked for a person although this flow leads to one.
    pub(super) insisted: bool,
    slots: Vec<Option<Value>>,
    taken: Vec<u8>,
    asked: Vec<Asked>,
    /// Fields of a form whose value has not been read back yet, by step and place.
    unconfirmed: BTreeSet<(StepId, usize)>,
}

/// So many questions of one run can be gone back over.
const ASKED_MAX: usize = 32;

/// A question of this run, and what it held when it was asked.
struct Asked {
    at: StepId,
    field: usize,
    slots: Vec<Option<Value>>,
}

impl Frame {
    pub(super) fn new(id: FlowId, flow: &Flow, back: Back) -> Self {
        Self {
            flow: id,
            at: StepId(0),
            back,
            insisted: false,
            slots: vec![None; flow.slots.len()],
            taken: vec![0; usize::from(flow.counters)],
            asked: Vec::new(),
            unconfirmed: BTreeSet::new(),
        }
    }

    /// Whether the value of a field of the form at hand waits to be read back.
    pub(super) fn is_unconfirmed(&self, place: usize) -> bool {
        self.unconfirmed.contains(&(self.at, place))
    }

    /// A field's value is right, or is to be read back.
    pub(super) fn confirm(&mut self, place: usize, right: bool) {
        if right {
            self.unconfirmed.remove(&(self.at, place));
        } else {
            self.unconfirmed.insert((self.at, place));
        }
    }

    /// Keeps how things stand as the question at hand is asked; what came after an earlier asking of it is forgotten.
    pub(super) fn remember(&mut self, field: usize) {
        let again = self.asked.iter().position(|asked| (asked.at, asked.field) == (self.at, field));
        self.asked.truncate(again.unwrap_or(self.asked.len()));
        if self.asked.len() == ASKED_MAX {
            self.asked.remove(0);
        }
        self.asked.push(Asked { at: self.at, field, slots: self.slots.clone() });
    }

    /// The last question is to be gone back from.
    pub(super) fn leave_last(&mut self) {
        self.asked.pop();
    }

    /// Whether there is a question to go back to.
    pub(super) fn has_asked(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Goes to the last question asked, as things stood then.
    pub(super) fn stand_at_last(&mut self) {
        if let Some(asked) = self.asked.last() {
            (self.at, self.slots) = (asked.at, asked.slots.clone());
        }
    }

    /// What these slots named is no more: no question that is gone back to names it.
    pub(super) fn forget_names(&mut self, slots: &[SlotId]) {
        for asked in &mut self.asked {
            slots.iter().for_each(|slot| asked.slots[usize::from(slot.0)] = None);
        }
    }

    /// Something was done for good: nobody goes back past it.
    pub(super) fn forget_asked(&mut self) {
        self.asked.clear();
    }

    /// Goes to a step, as things stood when it was walked.
    pub(super) fn stand_at(&mut self, at: StepId, slots: Vec<Option<Value>>) {
        (self.at, self.slots) = (at, slots);
        self.asked.clear();
    }

    pub(super) fn slots(&self) -> &[Option<Value>] {
        &self.slots
    }

    pub(super) fn slot(&self, slot: SlotId) -> Option<&Value> {
        self.slots[usize::from(slot.0)].as_ref()
    }

    /// How often a bound has been used.
    pub(super) fn taken(&self, counter: CounterId) -> u8 {
        self.taken[usize::from(counter.0)]
    }

    pub(super) fn take(&mut self, counter: CounterId) {
        let taken = &mut self.taken[usize::from(counter.0)];
        *taken = taken.saturating_add(1);
    }

    pub(super) fn put(&mut self, slot: SlotId, value: Option<Value>) {
        self.slots[usize::from(slot.0)] = value;
    }

    pub(super) fn clear(&mut self, slots: &[SlotId]) {
        for slot in slots {
            self.put(*slot, None);
        }
    }

    pub(super) fn set(&mut self, assignments: &[(SlotId, Operand)]) {
        for (slot, operand) in assignments {
            self.put(*slot, self.value(operand));
        }
    }

    /// What an operand stands for; `None` when its slot is empty.
    pub(super) fn value(&self, operand: &Operand) -> Option<Value> {
        match operand {
            Operand::Slot(slot) => self.slot(*slot).cloned(),
            Operand::Value(value) => Some(value.clone()),
        }
    }

    /// Moves on; `Err` with the outcome when the jump ends the call.
    pub(super) fn jump<'a>(&mut self, jump: &'a Jump) -> Result<(), &'a str> {
        match jump {
            Jump::Next => self.at = StepId(self.at.0.saturating_add(1)),
            Jump::Goto(step) => self.at = *step,
            Jump::AtMost { to, times, counter, otherwise } => {
                let taken = &mut self.taken[usize::from(counter.0)];
                self.at = if *taken < *times { *to } else { *otherwise };
                *taken = taken.saturating_add(1);
            }
            Jump::End { outcome } => return Err(outcome),
        }
        Ok(())
    }
}
