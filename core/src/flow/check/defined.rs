//! Every slot that a prompt says is filled on every way that leads there.
//!
//! A forward analysis: what is surely filled before a step is what is surely filled after all ways into it. A called flow begins with nothing: what it takes may be absent.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fault::{FaultKind, Faults, Label};
use super::super::graph::{Act, Flow, FlowId, Operand, Program, PromptId, SlotId, StepId};
use super::super::resolve::Mark;
use super::{Places, Way, ladder, said_slots, ways};

type Filled = BTreeSet<SlotId>;

pub(super) fn every_said_slot_is_filled(program: &Program, places: &Places, faults: &mut Faults) {
    for (nth, flow) in program.flows.iter().enumerate() {
        for (at, before) in before_steps(flow) {
            let act = &flow.steps[usize::from(at.0)].act;
            for (prompt, filled) in sayings(act, &before) {
                report_empty(program, (FlowId(nth as u16), at, prompt), &filled, places, faults);
            }
        }
    }
}

fn report_empty(program: &Program, at: (FlowId, StepId, PromptId), filled: &Filled, places: &Places, faults: &mut Faults) {
    let (flow, step, prompt) = at;
    for slot in said_slots(&program.prompts[usize::from(prompt.0)]).difference(filled) {
        let name = program.flows[usize::from(flow.0)].slots[usize::from(slot.0)].name.clone();
        let said = places.values.get(&(prompt, *slot)).map(|span| (span.clone(), Label::SaidHere));
        if let Some(span) = places.marks.get(&(flow, step, Mark::Prompt(prompt))) {
            faults.report_with(FaultKind::UndefinedSlot { slot: name }, span, said.into_iter().collect());
        }
    }
}

/// What is surely filled before each step that is reached.
fn before_steps(flow: &Flow) -> BTreeMap<StepId, Filled> {
    let mut before = BTreeMap::from([(StepId(0), Filled::new())]);
    let mut todo = vec![StepId(0)];
    while let Some(at) = todo.pop() {
        let Some(step) = flow.steps.get(usize::from(at.0)) else { continue };
        let filled = before.get(&at).cloned().unwrap_or_default();
        for (to, way) in ways(at, flow.steps.len(), &step.act) {
            let after = way.map_or_else(|| filled.clone(), |way| after_way(way, &step.act, &filled));
            let known = before.get(&to);
            let joined: Filled = known.map_or_else(|| after.clone(), |known| known.intersection(&after).copied().collect());
            if known != Some(&joined) {
                before.insert(to, joined);
                todo.push(to);
            }
        }
    }
    before
}

/// What an arm may say: after the answer's own values are in place, before the arm sets and clears.
fn within_way(way: Way, act: &Act, before: &Filled) -> Filled {
    let mut filled = before.clone();
    if let Act::Ask(ask) = act {
        empty(&mut filled, ask.alternatives.iter().map(|alternative| &alternative.slot));
    }
    if let Act::Lookup(lookup) = act {
        empty(&mut filled, lookup.outcomes.values().flat_map(|outcome| &outcome.fields).map(|(_, slot)| slot));
    }
    match way {
        Way::Arm { fills, .. } => filled.extend(fills),
        Way::Fields(outcome) => filled.extend(outcome.fields.iter().map(|(_, slot)| *slot)),
    }
    filled
}

fn after_way(way: Way, act: &Act, before: &Filled) -> Filled {
    let mut filled = within_way(way, act, before);
    let arm = match way {
        Way::Arm { arm, .. } => arm,
        Way::Fields(outcome) => Some(&outcome.arm),
    };
    if let Some(arm) = arm {
        put(&mut filled, &arm.set);
        empty(&mut filled, &arm.clear);
    }
    match act {
        Act::Set(set) => put(&mut filled, set),
        Act::Clear(slots) => empty(&mut filled, slots),
        Act::Call { result: Some(slot), .. } => empty(&mut filled, [slot]), // a flow may return nothing
        Act::Say { .. }
        | Act::Ask(_)
        | Act::Menu(_)
        | Act::Confirm(_)
        | Act::Lookup(_)
        | Act::If { .. }
        | Act::Switch { .. }
        | Act::Goto(_)
        | Act::Call { result: None, .. }
        | Act::Return(_)
        | Act::End { .. }
        | Act::Language(_) => {}
    }
    filled
}

fn empty<'s>(filled: &mut Filled, slots: impl IntoIterator<Item = &'s SlotId>) {
    for slot in slots {
        filled.remove(slot);
    }
}

fn put(filled: &mut Filled, set: &[(SlotId, Operand)]) {
    for (slot, operand) in set {
        let has_value = match operand {
            Operand::Slot(from) => filled.contains(from),
            Operand::Value(_) => true,
        };
        if has_value {
            filled.insert(*slot);
        } else {
            filled.remove(slot);
        }
    }
}

/// Every prompt of a step with what is surely filled when it is said.
fn sayings(act: &Act, before: &Filled) -> Vec<(PromptId, Filled)> {
    let mut prompts = Vec::new();
    match act {
        Act::Say { prompt, .. } => prompts.push(*prompt),
        Act::Ask(ask) => prompts.extend([Some(ask.prompt), ask.which].into_iter().flatten()),
        Act::Menu(menu) => prompts.extend([menu.prompt].into_iter().chain(menu.choices.iter().filter_map(|choice| choice.label))),
        Act::Confirm(confirm) => prompts.push(confirm.prompt),
        Act::Lookup(lookup) => prompts.extend(lookup.filler.iter().map(|filler| filler.prompt)),
        Act::If { .. }
        | Act::Switch { .. }
        | Act::Set(_)
        | Act::Clear(_)
        | Act::Goto(_)
        | Act::Call { .. }
        | Act::Return(_)
        | Act::End { .. }
        | Act::Language(_) => {}
    }
    prompts.extend(ladder(act).into_iter().flat_map(|ladder| [ladder.noinput, ladder.nomatch]));
    let mut found: Vec<_> = prompts.into_iter().map(|prompt| (prompt, before.clone())).collect();
    for way in super::arms(act) {
        let say = match way {
            Way::Arm { arm, .. } => arm.and_then(|arm| arm.say),
            Way::Fields(outcome) => outcome.arm.say,
        };
        found.extend(say.map(|prompt| (prompt, within_way(way, act, before))));
    }
    found
}
