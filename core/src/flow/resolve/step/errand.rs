//! `sms`, `transfer`, `callback`: what somebody else does for the caller.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::super::fault::FaultKind;
use super::super::super::graph::{Act, Arm, Ending, Errand, Recipient, Type, What};
use super::super::super::read::{self, Fields};
use super::super::super::shape;
use super::super::super::source::Node;
use super::Bench;

/// How long a message or a booking may take to be taken over, where a step does not say otherwise.
const TAKEN_OVER: Duration = Duration::from_secs(5);

/// How long a transfer may ring.
const RINGS: Duration = Duration::from_secs(60);

impl Bench<'_, '_> {
    pub(super) fn sms(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::SMS)?;
        let to = fields.need("to", self.house.faults).and_then(|node| self.recipient(node));
        let text = fields.need("text", self.house.faults).and_then(|node| self.message(node));
        let text = text.zip(to).map(|(text, to)| What::Sms { to, text });
        self.errand(text?, &fields, body, TAKEN_OVER)
    }

    pub(super) fn transfer(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::TRANSFER)?;
        let group = fields.need("group", self.house.faults).and_then(|node| read::text(node, self.house.faults))?;
        self.errand(What::Transfer { group: group.to_owned() }, &fields, body, RINGS)
    }

    pub(super) fn callback(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::CALLBACK)?;
        let number = fields.need("number", self.house.faults).and_then(|node| self.recipient(node))?;
        let topic = fields.find("topic").and_then(|node| read::text(node, self.house.faults)).map(str::to_owned);
        self.errand(What::Callback { number, topic }, &fields, body, TAKEN_OVER)
    }

    fn errand(&mut self, what: What, fields: &Fields, body: &Node, otherwise: Duration) -> Option<Act> {
        let names: Vec<_> = what.endings().iter().map(|ending| ending.name().to_owned()).collect();
        let mut arms: BTreeMap<String, Arm> = self.arms(fields.find("on"), body, &names, &names);
        let arm = |ending: &Ending| (*ending, arms.remove(ending.name()).unwrap_or_default());
        let arms = what.endings().iter().map(arm).collect();
        let deadline = fields.find("deadline").map_or(Some(otherwise), |node| read::duration(node, self.house.faults))?;
        Some(Act::Errand(Errand { what, deadline, arms }))
    }

    /// `caller`, or a slot with a telephone number.
    pub(super) fn recipient(&mut self, node: &Node) -> Option<Recipient> {
        if read::is(node, "caller") {
            return Some(Recipient::Caller);
        }
        let slot = self.slot(node)?;
        let declared = &self.outline.slots[usize::from(slot.0)];
        if declared.ty != Type::Phone {
            let kind = FaultKind::WrongSlotType { slot: declared.name.clone(), is: declared.ty.clone(), expected: Type::Phone };
            self.house.faults.report(kind, &node.span);
        }
        Some(Recipient::Slot(slot))
    }
}
