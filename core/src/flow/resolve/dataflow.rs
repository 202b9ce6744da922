//! What was filled from what: which slots a change empties, and which a submit was made from.

use std::collections::BTreeSet;

use super::super::graph::{Act, Flow, Operand, SlotId};

/// Fills in what needs the whole flow: the inputs of its submits, and what its changes empty.
pub(super) fn trace(flow: &mut Flow) {
    let pairs = pairs(flow);
    for step in &mut flow.steps {
        match &mut step.act {
            Act::Submit(submit) => {
                let own = submit.lookup.with.iter().filter_map(|(_, operand)| slot(operand)).collect();
                submit.inputs = closure(own, &pairs, |(from, to)| (to, from));
            }
            Act::Confirm(confirm) => {
                for change in confirm.change.iter_mut().flat_map(|changing| &mut changing.changes) {
                    change.clears = closure(change.clears.iter().copied().collect(), &pairs, |pair| pair);
                }
            }
            Act::Form(_)
            | Act::Say { .. }
            | Act::Ask(_)
            | Act::Menu(_)
            | Act::Choose(_)
            | Act::Lookup(_)
            | Act::If { .. }
            | Act::Switch { .. } => {}
            Act::Errand(_)
            | Act::Route(_)
            | Act::Record(_)
            | Act::Survey(_)
            | Act::Set(_)
            | Act::Clear(_)
            | Act::Goto(_)
            | Act::Call { .. }
            | Act::Return(_)
            | Act::End { .. }
            | Act::Language(_) => {}
        }
    }
}

/// (slot, slot that is filled from it), step by step.
fn pairs(flow: &Flow) -> Vec<(SlotId, SlotId)> {
    let mut pairs = Vec::new();
    for (at, step) in flow.steps.iter().enumerate() {
        let (from, to) = made(&step.act);
        pairs.extend(from.iter().flat_map(|from| to.iter().map(|to| (*from, *to))));
        let ways = flow.ways(super::super::graph::StepId(at as u16));
        let sets = ways.iter().filter_map(|way| way.arm).flat_map(|arm| &arm.set);
        let own = if let Act::Set(set) = &step.act { set.as_slice() } else { &[] };
        pairs.extend(sets.chain(own).filter_map(|(to, operand)| Some((slot(operand)?, *to))));
    }
    pairs
}

fn made(act: &Act) -> (Vec<SlotId>, Vec<SlotId>) {
    if let Some(lookup) = act.asks_service() {
        return (lookup.with.iter().filter_map(|(_, operand)| slot(operand)).collect(), lookup.fields().collect());
    }
    match act {
        Act::Choose(choose) => (vec![choose.from], choose.fields.iter().map(|(_, slot)| *slot).collect()),
        Act::Call { with, result, .. } => {
            (with.iter().filter_map(|(_, operand)| slot(operand)).collect(), result.iter().copied().collect())
        }
        Act::Form(_) | Act::Say { .. } | Act::Ask(_) | Act::Menu(_) | Act::Confirm(_) | Act::Lookup(_) | Act::Submit(_) => {
            Default::default()
        }
        Act::If { .. } | Act::Switch { .. } | Act::Set(_) | Act::Clear(_) | Act::Goto(_) => Default::default(),
        Act::Route(_) | Act::Record(_) | Act::Survey(_) => Default::default(),
        Act::Errand(_) | Act::Return(_) | Act::End { .. } | Act::Language(_) => Default::default(),
    }
}

fn closure(start: BTreeSet<SlotId>, pairs: &[(SlotId, SlotId)], along: impl Fn((SlotId, SlotId)) -> (SlotId, SlotId)) -> Vec<SlotId> {
    let mut found = start;
    loop {
        let before = found.len();
        found.extend(pairs.iter().map(|pair| along(*pair)).filter(|(from, _)| found.contains(from)).map(|(_, to)| to).collect::<Vec<_>>());
        if found.len() == before {
            return found.into_iter().collect();
        }
    }
}

fn slot(operand: &Operand) -> Option<SlotId> {
    match operand {
        Operand::Slot(slot) => Some(*slot),
        Operand::Value(_) => None,
    }
}
