//! Every slot that a prompt says is filled on every way that leads there.
//!
//! A forward analysis: what is surely filled before a step is what is surely filled after all ways into it. A flow begins with what all give who enter it: a route its topic, a call its
//! literals. What else it takes may be absent.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use super::super::fault::{FaultKind, Faults, Label};
use super::super::graph::{Act, Ending, Field, Flow, FlowId, Form, GiveUp, Operand, Program, PromptId, SlotId, Step, StepId, Way};
use super::super::resolve::Mark;
use super::human::leaves;
use super::{Places, join, reach, said_slots};

type Filled = BTreeSet<SlotId>;

pub(super) fn every_said_slot_is_filled(program: &Program, places: &Places, faults: &mut Faults) {
    let losses = Losses { program, handed: handed_over(program) };
    for (nth, (flow, given)) in program.flows.iter().zip(given(program)).enumerate() {
        let id = FlowId(nth as u16);
        for (at, before) in losses.before_steps(id, flow, given) {
            let act = &flow.steps[usize::from(at.0)].act;
            for (prompt, filled) in sayings(flow, at, act, &before) {
                report_empty(program, (id, at, prompt), &filled, places, faults);
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
    for flow in iter::once(program.entry).chain(program.commands.flows()) {
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

/// The flows that may return after a transfer has connected: whatever the call held has been given back, also what their callers held.
fn handed_over(program: &Program) -> BTreeSet<FlowId> {
    let mut handed = BTreeSet::new();
    loop {
        let before = handed.len();
        for (nth, flow) in program.flows.iter().enumerate() {
            let hands_over = |(at, step): (usize, &Step)| {
                let at = StepId(at as u16);
                let within = !step.act.called().is_disjoint(&handed);
                flow.ways(at).iter().any(|way| (within || connects(&step.act, way)) && comes_back(flow, at, way))
            };
            if flow.steps.iter().enumerate().any(hands_over) {
                handed.insert(FlowId(nth as u16));
            }
        }
        if handed.len() == before {
            return handed;
        }
    }
}

fn connects(act: &Act, way: &Way) -> bool {
    matches!(act, Act::Errand(_)) && way.name == Ending::Connected.name()
}

/// Whether a way out of a step leads to where the flow was called.
fn comes_back(flow: &Flow, at: StepId, way: &Way) -> bool {
    let leads_back = |at: StepId| flow.ways(at).iter().any(|way| leaves(flow, at, way) == Some(None));
    match leaves(flow, at, way) {
        Some(outcome) => outcome.is_none(),
        None => way.to.iter().any(|to| reach(flow, *to, |_| true).into_iter().any(leads_back)),
    }
}

/// What empties slots although no step of their flow does.
struct Losses<'a> {
    program: &'a Program,
    handed: BTreeSet<FlowId>,
}

impl Losses<'_> {
    /// What is surely filled before each step that is reached, where this much is given to the flow.
    fn before_steps(&self, id: FlowId, flow: &Flow, given: Filled) -> BTreeMap<StepId, Filled> {
        let held = flow.held();
        let mut before = BTreeMap::from([(StepId(0), given)]);
        let mut todo = vec![StepId(0)];
        while let Some(at) = todo.pop() {
            let Some(step) = flow.steps.get(usize::from(at.0)) else { continue };
            let filled = before.get(&at).cloned().unwrap_or_default();
            for way in flow.ways(at) {
                let after = after_way(&way, &step.act, &filled);
                let handed = !step.act.called().is_disjoint(&self.handed);
                for to in &way.to {
                    let mut after = after.clone();
                    if handed || self.may_come_back_with_nothing_held(id, flow, *to) {
                        empty(&mut after, &held);
                    }
                    if join(&mut before, *to, after) {
                        todo.push(*to);
                    }
                }
            }
        }
        before
    }

    /// Whether a caller may be at this step again, with all taken back: at the main menu, and at a question that a command interrupted whose flow hands over.
    fn may_come_back_with_nothing_held(&self, id: FlowId, flow: &Flow, at: StepId) -> bool {
        let commands = &self.program.commands;
        let asks = flow.steps.get(usize::from(at.0)).is_some_and(|step| step.act.is_turn());
        let is_menu = id == self.program.entry && commands.main_menu == Some(at);
        is_menu || asks && commands.flows().any(|flow| self.handed.contains(&flow))
    }
}

/// What an arm may say: after the answer's own values are in place, before the arm sets and clears.
fn within_way(way: &Way, before: &Filled) -> Filled {
    let mut filled = before.clone();
    empty(&mut filled, &way.empties);
    filled.extend(&way.fills);
    filled
}

fn after_way(way: &Way, act: &Act, before: &Filled) -> Filled {
    let mut filled = within_way(way, before);
    match (way.arm, act) {
        (Some(arm), _) => {
            put(&mut filled, &arm.set);
            empty(&mut filled, &arm.clear);
        }
        (None, Act::Set(set)) => put(&mut filled, set),
        (None, _) => {}
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
    let said = |way: &Way| Some((way.arm?.say?, within_way(way, before)));
    let item = act_item(act).map(|(prompt, fields)| (prompt, before.iter().copied().chain(fields).collect()));
    let written = act.messages().into_iter().map(|(prompt, fields)| {
        let mut filled = before.clone();
        empty(&mut filled, &act.empties());
        filled.extend(fields);
        (prompt, filled)
    });
    own.into_iter().chain(item).chain(written).chain(flow.ways(at).iter().filter_map(said)).collect()
}

/// What says one item of a list, with the slots that are filled for it.
fn act_item(act: &Act) -> Option<(PromptId, Vec<SlotId>)> {
    let Act::Choose(choose) = act else { return None };
    Some((choose.item, choose.fields.iter().map(|(_, slot)| *slot).collect()))
}

/// A field is asked once all before it are filled, and read back once it is filled itself.
fn in_form(form: &Form, before: &Filled) -> Vec<(PromptId, Filled)> {
    let mut filled = before.clone();
    let refused: Vec<SlotId> = form.fields.iter().filter(|field| field.read_back.is_some()).filter_map(Field::slot).collect();
    empty(&mut filled, &refused); // when it was read back, whatever had filled it before
    let mut said = Vec::new();
    for field in &form.fields {
        said.extend([field.ask.prompt].into_iter().chain(field.ask.ladder.prompts()).map(|prompt| (prompt, filled.clone())));
        filled.extend(field.slot());
        said.extend(field.read_back.map(|prompt| (prompt, filled.clone())));
    }
    said
}
