//! `confirm`: yes, no, and what a no may change.

use super::super::super::fault::FaultKind;
use super::super::super::graph::{Act, Change, Changing, Confirm, CounterId, SlotId, StepId};
use super::super::super::read::{self, Fields};
use super::super::super::source::Node;
use super::super::outline::{self, StepSource};
use super::Bench;

/// The most things that a no may change: `9` is for none of them.
const CHANGES_MAX: usize = 8;

/// So many changes, where a step does not say otherwise.
const CHANGES_TIMES: u8 = 3;

impl Bench<'_, '_> {
    pub(super) fn confirm(&mut self, step: &StepSource) -> Option<Act> {
        let fields = self.fields(step.body, "confirm", &["id", "prompt", "barge_in", "change", "at_most", "on", "ladder", "help"])?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let names = ["yes", "no"].map(String::from);
        let mut arms = self.arms(fields.find("on"), step.body, &names, &names);
        let change = match fields.find("change") {
            Some(node) => Some(self.changing(node, step, &fields)?),
            None => None,
        };
        if let (None, Some(bound)) = (&change, fields.find("at_most")) {
            self.house.faults.report(FaultKind::MissingKey { key: "change".to_owned(), of: "a confirm that bounds it" }, &bound.span);
        }
        let ladder = self.ladder(&fields)?;
        let (yes, no) = (arms.remove("yes").unwrap_or_default(), arms.remove("no").unwrap_or_default());
        Some(Act::Confirm(Confirm { prompt: prompt?, barge_in, yes, no, change, ladder }))
    }

    fn changing(&mut self, node: &Node, step: &StepSource, fields: &Fields) -> Option<Changing> {
        let slots = read::list(node, self.house.faults)?;
        if slots.is_empty() || slots.len() > CHANGES_MAX {
            self.house.faults.report(FaultKind::WrongShape { expected: "one to eight slots", came: "none, or more" }, &node.span);
        }
        let changes = slots.iter().take(CHANGES_MAX).filter_map(|slot| self.change(slot)).collect();
        let times = fields.find("at_most").map_or(Some(CHANGES_TIMES), |node| read::times(node, self.house.faults))?;
        self.need_choosing(step, slots.len().min(CHANGES_MAX) as u16);
        let counter = CounterId(self.counters);
        self.counters += 1;
        Some(Changing { changes, times, counter })
    }

    /// A slot that was asked before, called what the prompt `label_<slot>` calls it.
    fn change(&mut self, node: &Node) -> Option<Change> {
        let name = read::text(node, self.house.faults)?;
        let slot = self.slot(node)?;
        let label = Node { kind: super::super::super::source::Kind::Scalar(format!("label_{}", name.replace('.', "_"))), ..node.clone() };
        let label = self.prompt(&label);
        let before = self.outline.steps[..self.at].iter().enumerate().rev();
        let Some((to, _)) = before.into_iter().find(|(_, step)| self.fills(step, slot)) else {
            self.house.faults.report(FaultKind::NeverAsked { slot: name.to_owned() }, &node.span);
            return None;
        };
        Some(Change { name: name.to_owned(), label: label?, to: StepId(to as u16), clears: vec![slot] })
    }

    /// Whether the caller fills this slot at this step.
    fn fills(&self, step: &StepSource, slot: SlotId) -> bool {
        let name = &self.outline.slots[usize::from(slot.0)].name;
        match step.kind {
            "ask" => outline::asked_slots(step.body).contains(&name.as_str()),
            "form" => outline::form_slots(step.body).contains(&name.as_str()),
            "choose" => name.strip_prefix(step.id).is_some_and(|field| field.starts_with('.')),
            _ => false, // no other kind asks for a value
        }
    }
}
