//! The proofs. Each takes a flow whose every reference resolves and reports what it cannot prove.
//!
//! Backward ways are bounded where they are resolved, and all others lead ahead; what remains to be proved looks at the whole graph.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::{FaultKind, Faults, Span};
use super::graph::{Act, Field, Flow, FlowId, Program, Prompt, PromptId, Segment, SlotId, StepId, Way};
use super::resolve::{Mark, Marks};

mod defined;
mod human;
mod longest;
mod message;
mod steps;
mod turns;

pub use turns::turns_to_human;

/// Where things are written.
pub(super) struct Places<'a> {
    pub(super) marks: &'a Marks,
    pub(super) values: &'a BTreeMap<(PromptId, SlotId), Span>,
}

impl Places<'_> {
    fn report(&self, at: (FlowId, StepId, Mark), kind: FaultKind, faults: &mut Faults) {
        if let Some(span) = self.marks.get(&at).or_else(|| self.marks.get(&(at.0, at.1, Mark::Step))) {
            faults.report(kind, span);
        }
    }
}

/// Proves every flow that resolved whole.
pub(super) fn prove(program: &Program, whole: &[bool], places: &Places, faults: &mut Faults) {
    let cyclic = calls_end(program, whole, places, faults);
    for (nth, flow) in program.flows.iter().enumerate().filter(|(nth, _)| whole[*nth]) {
        let id = FlowId(nth as u16);
        every_step_is_reachable(id, flow, places, faults);
        every_loop_listens(program, id, flow, places, faults);
        message::every_message_is_short(program, id, flow, places, faults);
    }
    if !cyclic && whole.iter().all(|whole| *whole) {
        defined::every_said_slot_is_filled(program, places, faults);
        human::nobody_is_left_alone(program, places, faults);
        every_walk_is_short(program, places, faults);
    }
}

/// A call cycle would nest without end.
fn calls_end(program: &Program, whole: &[bool], places: &Places, faults: &mut Faults) -> bool {
    let mut cyclic = false;
    for (nth, flow) in program.flows.iter().enumerate().filter(|(nth, _)| whole[*nth]) {
        let id = FlowId(nth as u16);
        for (at, step) in flow.steps.iter().enumerate() {
            let again = step.act.callees().into_iter().find(|callee| *callee == id || called_from(program, *callee).contains(&id));
            if let Some(callee) = again {
                cyclic = true;
                let through = format!("{} → {} → {}", flow.name, program.flows[usize::from(callee.0)].name, flow.name);
                places.report((id, StepId(at as u16), Mark::Step), FaultKind::CallCycle { through }, faults);
            }
        }
    }
    cyclic
}

fn called_from(program: &Program, start: FlowId) -> BTreeSet<FlowId> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![start];
    while let Some(flow) = todo.pop() {
        let found = program.flows[usize::from(flow.0)].steps.iter().flat_map(|step| step.act.callees());
        todo.extend(found.filter(|callee| seen.insert(*callee)).collect::<Vec<_>>());
    }
    seen
}

fn every_step_is_reachable(id: FlowId, flow: &Flow, places: &Places, faults: &mut Faults) {
    let reached = reach(flow, StepId(0), |_| true);
    for (at, step) in flow.steps.iter().enumerate() {
        let at = StepId(at as u16);
        if !reached.contains(&at) {
            places.report((id, at, Mark::Step), FaultKind::UnreachableStep { id: step.id.clone() }, faults);
        }
    }
}

/// A round that asks nothing would run its bound down without the caller.
fn every_loop_listens(program: &Program, id: FlowId, flow: &Flow, places: &Places, faults: &mut Faults) {
    for at in (0..flow.steps.len()).map(|at| StepId(at as u16)) {
        let act = &flow.steps[usize::from(at.0)].act;
        for way in flow.ways(at) {
            for to in way.to.iter().filter(|to| **to <= at) {
                let round = silent_walk(program, flow, *to, emptied(&way, act, &BTreeSet::new()));
                if round.get(&at).is_some_and(|empty| is_silent(program, act, &way, empty)) {
                    let name = flow.steps[usize::from(to.0)].id.clone();
                    places.report((id, at, Mark::Jump(*to)), FaultKind::LoopWithoutTurn { to: name }, faults);
                }
            }
        }
    }
}

/// No more steps between two questions than the limit, at which the interpreter gives up.
fn every_walk_is_short(program: &Program, places: &Places, faults: &mut Faults) {
    let most = program.limits.steps_between_turns;
    for (flow, (from, steps)) in (0..).zip(steps::longest_silent_walks(program)) {
        if steps > u32::from(most) {
            places.report((FlowId(flow), from, Mark::Step), FaultKind::LongWalk { steps, most }, faults);
        }
    }
}

/// The steps that a walk from `start` comes to before the caller is asked, and what is surely empty before each.
fn silent_walk(program: &Program, flow: &Flow, start: StepId, empty: BTreeSet<SlotId>) -> BTreeMap<StepId, BTreeSet<SlotId>> {
    let mut before = BTreeMap::from([(start, empty)]);
    let mut todo = vec![start];
    while let Some(at) = todo.pop() {
        let (act, empty) = (&flow.steps[usize::from(at.0)].act, before.get(&at).cloned().unwrap_or_default());
        for way in flow.ways(at).iter().filter(|way| is_silent(program, act, way, &empty)) {
            todo.extend(way.to.iter().filter(|to| join(&mut before, **to, emptied(way, act, &empty))));
        }
    }
    before
}

/// Whether a way may be gone without the caller, where these slots are empty: of a form that asks for one of them it is not.
fn is_silent(program: &Program, act: &Act, way: &Way, empty: &BTreeSet<SlotId>) -> bool {
    let mut fields = if let Act::Form(form) = act { form.fields.as_slice() } else { &[] }.iter().filter_map(Field::slot);
    if way.may_be_unasked(act) { !fields.any(|slot| empty.contains(&slot)) } else { !listens(program, act) }
}

/// What is surely empty after a way.
fn emptied(way: &Way, act: &Act, before: &BTreeSet<SlotId>) -> BTreeSet<SlotId> {
    let mut empty = before.clone();
    empty.extend(&way.empties);
    let returned = if let Act::Call { result, .. } = act { *result } else { None }; // it may return something
    let own = if let Act::Set(set) = act { set.as_slice() } else { &[] };
    let set = way.arm.iter().flat_map(|arm| &arm.set).chain(own).map(|(slot, _)| slot);
    let filled: BTreeSet<SlotId> = way.fills.iter().chain(set).copied().chain(returned).collect();
    empty.retain(|slot| !filled.contains(slot));
    empty.extend(way.arm.iter().flat_map(|arm| &arm.clear).chain(&way.clears));
    empty
}

/// What is known before a step, where another way leads to it: what holds on both. Whether that is news.
fn join(before: &mut BTreeMap<StepId, BTreeSet<SlotId>>, to: StepId, after: BTreeSet<SlotId>) -> bool {
    let known = before.get(&to);
    let joined = known.map_or_else(|| after.clone(), |known| known.intersection(&after).copied().collect());
    let is_news = known != Some(&joined);
    before.insert(to, joined);
    is_news
}

/// Whether the caller has a turn in this step, or in a flow that it calls.
fn listens(program: &Program, act: &Act) -> bool {
    let asks = |flow: FlowId| program.flows[usize::from(flow.0)].steps.iter().any(|step| step.act.is_turn());
    act.is_turn() || act.callees().into_iter().any(|flow| asks(flow) || called_from(program, flow).into_iter().any(asks))
}

/// The steps that a walk from `start` comes to, going on only from steps that `pass`.
fn reach(flow: &Flow, start: StepId, pass: impl Fn(StepId) -> bool) -> BTreeSet<StepId> {
    let mut reached = BTreeSet::from([start]);
    let mut todo = vec![start];
    while let Some(at) = todo.pop() {
        if pass(at) {
            todo.extend(targets(flow, at).into_iter().filter(|to| reached.insert(*to)));
        }
    }
    reached
}

/// The steps that come after one, by any of its ways.
fn targets(flow: &Flow, at: StepId) -> Vec<StepId> {
    flow.ways(at).into_iter().flat_map(|way| way.to).collect()
}

/// The slots that a prompt says.
fn said_slots(prompt: &Prompt) -> BTreeSet<SlotId> {
    let both = prompt.escalations.iter().flat_map(|texts| texts.kk.iter().chain(&texts.ru));
    let slot = |segment: &Segment| match segment {
        Segment::Slot { slot, .. } => Some(*slot),
        Segment::Clip(_) | Segment::Text(_) => None,
    };
    both.filter_map(slot).collect()
}
