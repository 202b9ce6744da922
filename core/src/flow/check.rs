//! The proofs. Each takes a flow whose every reference resolves and reports what it cannot prove.
//!
//! Backward ways are bounded where they are resolved, and all others lead ahead; what remains to be proved looks at the whole graph.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::{FaultKind, Faults, Span};
use super::graph::{
    Act, Arm, Case, Condition, Flow, FlowId, GiveUp, Jump, Ladder, Program, Prompt, PromptId, Segment, SlotId, StepId, Subject,
};
use super::resolve::{Mark, Marks};

mod defined;

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
    }
    if !cyclic && whole.iter().all(|whole| *whole) {
        defined::every_said_slot_is_filled(program, places, faults);
    }
}

/// A call cycle would nest without end.
fn calls_end(program: &Program, whole: &[bool], places: &Places, faults: &mut Faults) -> bool {
    let mut cyclic = false;
    for (nth, flow) in program.flows.iter().enumerate().filter(|(nth, _)| whole[*nth]) {
        let id = FlowId(nth as u16);
        for (at, step) in flow.steps.iter().enumerate() {
            let again = callee(&step.act).filter(|callee| *callee == id || called_from(program, *callee).contains(&id));
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
        let found = program.flows[usize::from(flow.0)].steps.iter().filter_map(|step| callee(&step.act));
        todo.extend(found.filter(|callee| seen.insert(*callee)).collect::<Vec<_>>());
    }
    seen
}

/// One flow enters another by a call, or by giving up.
fn callee(act: &Act) -> Option<FlowId> {
    if let Act::Call { flow, .. } = act {
        return Some(*flow);
    }
    match &ladder(act)?.give_up {
        GiveUp::Flow(flow) => Some(*flow),
        GiveUp::Step(_) => None,
    }
}

fn ladder(act: &Act) -> Option<&Ladder> {
    match act {
        Act::Ask(ask) => Some(&ask.ladder),
        Act::Menu(menu) => Some(&menu.ladder),
        Act::Confirm(confirm) => Some(&confirm.ladder),
        Act::Say { .. }
        | Act::Lookup(_)
        | Act::If { .. }
        | Act::Switch { .. }
        | Act::Set(_)
        | Act::Clear(_)
        | Act::Goto(_)
        | Act::Call { .. }
        | Act::Return(_)
        | Act::End { .. }
        | Act::Language(_) => None,
    }
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
    let silent = |step: StepId| !listens(program, &flow.steps[usize::from(step.0)].act);
    for (at, step) in flow.steps.iter().enumerate() {
        let at = StepId(at as u16);
        for (to, _) in ways(at, flow.steps.len(), &step.act).into_iter().filter(|(to, _)| *to <= at) {
            if silent(at) && silent(to) && reach(flow, to, silent).contains(&at) {
                let name = flow.steps[usize::from(to.0)].id.clone();
                places.report((id, at, Mark::Jump(to)), FaultKind::LoopWithoutTurn { to: name }, faults);
            }
        }
    }
}

/// Whether the caller has a turn in this step, or in a flow that it calls.
fn listens(program: &Program, act: &Act) -> bool {
    let asks = |flow: FlowId| program.flows[usize::from(flow.0)].steps.iter().any(|step| ladder(&step.act).is_some());
    ladder(act).is_some() || callee(act).is_some_and(|flow| asks(flow) || called_from(program, flow).into_iter().any(asks))
}

/// The steps that a walk from `start` comes to, going on only from steps that `pass`.
fn reach(flow: &Flow, start: StepId, pass: impl Fn(StepId) -> bool) -> BTreeSet<StepId> {
    let mut reached = BTreeSet::from([start]);
    let mut todo = vec![start];
    while let Some(at) = todo.pop() {
        let Some(step) = flow.steps.get(usize::from(at.0)).filter(|_| pass(at)) else { continue };
        todo.extend(ways(at, flow.steps.len(), &step.act).into_iter().map(|(to, _)| to).filter(|to| reached.insert(*to)));
    }
    reached
}

/// What a way out of a step says about slots, for the proof that follows them.
#[derive(Clone, Copy)]
enum Way<'a> {
    /// By this arm, which finds this slot filled.
    Arm { arm: Option<&'a Arm>, fills: Option<SlotId> },
    /// Of a looked-up answer.
    Fields(&'a super::graph::OutcomeArm),
}

/// Every arm of a step, with what it fills.
fn arms(act: &Act) -> Vec<Way<'_>> {
    let arm = |arm, fills| Way::Arm { arm: Some(arm), fills };
    match act {
        Act::Ask(ask) => ask.alternatives.iter().map(|alternative| arm(&alternative.arm, Some(alternative.slot))).collect(),
        Act::Menu(menu) => menu.choices.iter().map(|choice| arm(&choice.arm, None)).collect(),
        Act::Confirm(confirm) => vec![arm(&confirm.yes, None), arm(&confirm.no, None)],
        Act::Lookup(lookup) => lookup.outcomes.values().map(Way::Fields).chain([arm(&lookup.unavailable, None)]).collect(),
        Act::If { when, then, otherwise } => vec![arm(then, filled_by(when)), arm(otherwise, None)],
        Act::Switch { on, arms } => arms.iter().map(|(case, way)| arm(way, filled_in(on, case, arms))).collect(),
        Act::Say { .. }
        | Act::Set(_)
        | Act::Clear(_)
        | Act::Goto(_)
        | Act::Call { .. }
        | Act::Return(_)
        | Act::End { .. }
        | Act::Language(_) => vec![Way::Arm { arm: None, fills: None }],
    }
}

fn filled_by(when: &Condition) -> Option<SlotId> {
    match when {
        Condition::LanguageKnown => None,
        Condition::Filled(slot) | Condition::Is(slot, _) | Condition::AtLeast(slot, _) => Some(*slot),
    }
}

fn filled_in(on: &Subject, case: &Case, arms: &[(Case, Arm)]) -> Option<SlotId> {
    let Subject::Slot(slot) = on else { return None };
    let empty_is_elsewhere = arms.iter().any(|(case, _)| *case == Case::Empty);
    match case {
        Case::Value(_) => Some(*slot),
        Case::Else => empty_is_elsewhere.then_some(*slot),
        Case::Empty | Case::Lang(_) | Case::LangUnknown => None,
    }
}

/// Where a step may lead within its flow, and by which of its arms; a ladder that is given up leads on by none.
fn ways(at: StepId, steps: usize, act: &Act) -> Vec<(StepId, Option<Way<'_>>)> {
    let mut found = Vec::new();
    for way in arms(act) {
        let arm = match way {
            Way::Arm { arm, .. } => arm,
            Way::Fields(outcome) => Some(&outcome.arm),
        };
        let jump = match (act, arm) {
            (Act::Goto(jump), _) => jump,
            (Act::Return(_) | Act::End { .. }, _) => continue,
            (_, Some(arm)) => &arm.then,
            (_, None) => &Jump::Next,
        };
        found.extend(targets(jump, at).into_iter().map(|to| (to, Some(way))));
    }
    if let Some(GiveUp::Step(to)) = ladder(act).map(|ladder| &ladder.give_up) {
        found.push((*to, None));
    }
    found.retain(|(to, _)| usize::from(to.0) < steps);
    found
}

fn targets(jump: &Jump, at: StepId) -> Vec<StepId> {
    match jump {
        Jump::Next => vec![StepId(at.0 + 1)],
        Jump::Goto(to) => vec![*to],
        Jump::AtMost { to, otherwise, .. } => vec![*to, *otherwise],
        Jump::End { .. } => Vec::new(),
    }
}

/// The slots that a prompt says.
fn said_slots(prompt: &Prompt) -> BTreeSet<SlotId> {
    let both = prompt.escalations.iter().flat_map(|texts| texts.kk.iter().chain(&texts.ru));
    let slot = |segment: &Segment| match segment {
        Segment::Slot { slot, .. } => Some(*slot),
        Segment::Clip(_) => None,
    };
    both.filter_map(slot).collect()
}
