//! Every slot that a prompt says is filled on every way that leads there.
//!
//! A forward analysis: what is surely filled before a step is what is surely filled after all ways into it. A called flow begins with nothing: what it takes may be absent.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fault::{FaultKind, Faults};
use super::super::graph::{Act, Flow, FlowId, Form, Operand, Program, PromptId, SlotId, StepId, Way};
use super::super::resolve::Mark;
use super::{Places, said_slots};

type Filled = BTreeSet<SlotId>;

pub(super) fn every_said_slot_is_filled(program: &Program, places: &Places, faults: &mut Faults) {
    for (nth, flow) in program.flows.iter().enumerate() {
        for (at, before) in before_steps(flow) {
            let act = &flow.steps[usize::from(at.0)].act;
            for (prompt, filled) in sayings(flow, at, act, &before) {
                report_empty(program, (FlowId(nth as u16), at, prompt), &filled, places, faults);
            }
        }
    }
}

fn report_empty(program: &Program, at: (FlowId, StepId, PromptId), filled: &Filled, places: &Places, faults: &mut Faults) {
    let (flow, step, prompt) = at;
    for slot in said_slots(&program.prompts[usize::from(prompt.0)]).difference(filled) {
        let name = program.flows[usize::from(flow.0)].slots[usize::from(slot.0)].name.clone();
        let said = places.values.get(&(prompt, *slot)).map(|span| (span.clone(), "said here".to_owned()));
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
        for way in flow.ways(at) {
            let after = after_way(&way, &step.act, &filled);
            for to in &way.to {
                let known = before.get(to);
                let joined: Filled = known.map_or_else(|| after.clone(), |known| known.intersection(&after).copied().collect());
                if known != Some(&joined) {
                    before.insert(*to, joined);
                    todo.push(*to);
                }
            }
        }
    }
    before
}

/// What an arm may say: after the answer's own values are in place, before the arm sets and clears.
fn within_way(way: &Way, act: &Act, before: &Filled) -> Filled {
    let mut filled = before.clone();
    if way.arm.is_some() {
        empty(&mut filled, &act.empties());
    }
    filled.extend(&way.fills);
    filled
}

fn after_way(way: &Way, act: &Act, before: &Filled) -> Filled {
    let mut filled = within_way(way, act, before);
    match (way.arm, act) {
        (Some(arm), _) => {
            put(&mut filled, &arm.set);
            empty(&mut filled, &arm.clear);
        }
        (None, Act::Set(set)) => put(&mut filled, set),
        (None, _) if act.ladder().is_none() => empty(&mut filled, &act.empties()),
        (None, _) => {} // given up: nothing was answered
    }
    filled
}

fn empty(filled: &mut Filled, slots: &[SlotId]) {
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
fn sayings(flow: &Flow, at: StepId, act: &Act, before: &Filled) -> Vec<(PromptId, Filled)> {
    let own = match act {
        Act::Form(form) => in_form(form, before),
        _ => act.prompts().into_iter().map(|prompt| (prompt, before.clone())).collect(),
    };
    let said = |way: &Way| Some((way.arm?.say?, within_way(way, act, before)));
    own.into_iter().chain(flow.ways(at).iter().filter_map(said)).collect()
}

/// A field is asked once all before it are filled, and read back once it is filled itself.
fn in_form(form: &Form, before: &Filled) -> Vec<(PromptId, Filled)> {
    let mut filled = before.clone();
    let mut said = Vec::new();
    for field in &form.fields {
        said.extend([field.ask.prompt].into_iter().chain(field.ask.ladder.prompts()).map(|prompt| (prompt, filled.clone())));
        filled.extend(field.slot());
        said.extend(field.read_back.map(|prompt| (prompt, filled.clone())));
    }
    said
}
