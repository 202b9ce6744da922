//! Every slot that a prompt says is filled on every way that leads there.
//!
//! A forward analysis: what is surely filled before a step is what is surely filled after all ways into it. A flow begins with what all give who enter it: a route its topic, a call its
//! literals. What else it takes may be absent.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fault::{FaultKind, Faults, Label};
use super::super::graph::{Act, Flow, FlowId, Form, GiveUp, Operand, Program, PromptId, SlotId, StepId, Way};
use super::super::resolve::Mark;
use super::{Places, said_slots};

type Filled = BTreeSet<SlotId>;

pub(super) fn every_said_slot_is_filled(program: &Program, places: &Places, faults: &mut Faults) {
    let given = given(program);
    for (nth, (flow, given)) in program.flows.iter().zip(given).enumerate() {
        for (at, before) in before_steps(flow, given) {
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
        let said = places.values.get(&(prompt, *slot)).map(|span| (span.clone(), Label::SaidHere));
        if let Some(span) = places.marks.get(&(flow, step, Mark::Prompt(prompt))) {
            faults.report_with(FaultKind::UndefinedSlot { slot: name }, span, said.into_iter().collect());
        }
    }
}

/// What is surely filled when each flow begins.
fn given(program: &Program) -> Vec<Filled> {
    let mut given: Vec<Option<Filled>> = vec![None; program.flows.len()];
    let mut enter = |flow: FlowId, gives: Filled| {
        if let Some(known) = given.get_mut(usize::from(flow.0)) {
            *known = Some(known.take().map_or(gives.clone(), |known| known.intersection(&gives).copied().collect()));
        }
    };
    let commands = &program.commands;
    for flow in [Some(program.entry), Some(commands.operator), commands.callback, commands.sms].into_iter().flatten() {
        enter(flow, Filled::new());
    }
    for act in program.flows.iter().flat_map(|flow| &flow.steps).map(|step| &step.act) {
        for (flow, gives) in entered(act) {
            enter(flow, gives);
        }
    }
    given.into_iter().map(Option::unwrap_or_default).collect()
}

/// The flows that a step may enter, each with what it surely gives.
fn entered(act: &Act) -> Vec<(FlowId, Filled)> {
    let literals =
        |with: &[(SlotId, Operand)]| with.iter().filter(|(_, given)| matches!(given, Operand::Value(_))).map(|(slot, _)| *slot).collect();
    let called = if let Act::Call { flow, with, .. } = act { Some((*flow, literals(with))) } else { None };
    let seers = if let Act::Route(route) = act { route.seers.as_slice() } else { &[] };
    let seen_to = seers.iter().map(|seer| (seer.flow, seer.topic.into_iter().collect()));
    let given_up =
        act.ladders().filter_map(|ladder| if let GiveUp::Flow(flow) = ladder.give_up { Some((flow, Filled::new())) } else { None });
    called.into_iter().chain(seen_to).chain(given_up).collect()
}

/// What is surely filled before each step that is reached.
fn before_steps(flow: &Flow, given: Filled) -> BTreeMap<StepId, Filled> {
    let mut before = BTreeMap::from([(StepId(0), given)]);
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
    empty(&mut filled, &way.clears);
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
    let item = act_item(act).map(|(prompt, fields)| (prompt, before.iter().copied().chain(fields).collect()));
    own.into_iter().chain(item).chain(flow.ways(at).iter().filter_map(said)).collect()
}

/// What says one item of a list, with the slots that are filled for it.
fn act_item(act: &Act) -> Option<(PromptId, Vec<SlotId>)> {
    let Act::Choose(choose) = act else { return None };
    Some((choose.item, choose.fields.iter().map(|(_, slot)| *slot).collect()))
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
