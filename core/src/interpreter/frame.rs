//! One run of a flow: where it stands and what it holds.

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
    slots: Vec<Option<Value>>,
    taken: Vec<u8>,
}

impl Frame {
    pub(super) fn new(id: FlowId, flow: &Flow, back: Back) -> Self {
        Self { flow: id, at: StepId(0), back, slots: vec![None; flow.slots.len()], taken: vec![0; usize::from(flow.counters)] }
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
