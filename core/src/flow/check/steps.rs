//! How many steps are walked between two questions, at the very most.
//!
//! No circle lies between two questions, which is proved before, so each way back is gone at most once there. A flow that is called is walked through, up to its first question, or from
//! its last one on.

use std::collections::BTreeMap;

use super::super::graph::{Act, FAILED, Flow, FlowId, Program, StepId, Way};
use super::human::leaves;
use super::longest::{Edge, Graph, To, Walks};
use super::turns::{bounds, ways_on};

/// In each flow the longest walk from a question, or from its beginning, to the next question or the end of the call: its steps, and where it begins.
pub(super) fn longest_silent_walks(program: &Program) -> Vec<(StepId, u32)> {
    let mut house = House { program, known: BTreeMap::new() };
    (0..program.flows.len()).map(|flow| house.silent(FlowId(flow as u16)).longest).collect()
}

/// A flow between its questions.
#[derive(Clone, Debug)]
struct Silent {
    /// From its beginning on.
    entered: Walks,
    /// From the last question in it to its return; `None` where it never returns after a question.
    left: Option<u32>,
    longest: (StepId, u32),
}

struct House<'a> {
    program: &'a Program,
    known: BTreeMap<FlowId, Silent>,
}

impl House<'_> {
    fn silent(&mut self, id: FlowId) -> Silent {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        self.known.insert(id, Silent { entered: Walks::END, left: None, longest: (StepId(0), 0) }); // a checked flow does not call itself
        let flow = &self.program.flows[usize::from(id.0)];
        let (mut steps, mut turns) = (Vec::new(), Vec::new());
        for at in (0..flow.steps.len()).map(|at| StepId(at as u16)) {
            let act = &flow.steps[usize::from(at.0)].act;
            let called: Vec<Silent> = act.called().into_iter().map(|flow| self.silent(flow)).collect();
            steps.push(edges(flow, at, &called));
            turns.extend(after_turns(flow, at, &called).into_iter().map(|after| (at, after)));
        }
        let bounds = bounds(flow).into_iter().map(|bound| bound.min(1)).collect();
        let walks = Graph { steps, bounds }.walks();
        let from = |to: Option<StepId>| to.map_or(Walks::RETURN, |to| walks.get(usize::from(to.0)).copied().unwrap_or_default());
        let entered = from(Some(StepId(0)));
        let turns = turns.into_iter().map(|(at, (cost, to))| (at, from(to).after(cost))).collect::<Vec<_>>();
        let longest = turns.iter().chain([&(StepId(0), entered)]).map(|(at, walks)| (*at, walks.total(0))).max_by_key(|(_, steps)| *steps);
        let silent =
            Silent { entered, left: turns.iter().filter_map(|(_, walks)| walks.returns).max(), longest: longest.unwrap_or((StepId(0), 0)) };
        self.known.insert(id, silent.clone());
        silent
    }
}

/// The ways out of a step on which nothing is asked, and the step itself where it asks.
fn edges(flow: &Flow, at: StepId, called: &[Silent]) -> Vec<Edge> {
    let act = &flow.steps[usize::from(at.0)].act;
    let is_call = matches!(act, Act::Call { .. });
    let within = called.iter().filter(|_| is_call).map(|silent| silent.entered).reduce(Walks::or).unwrap_or(Walks::RETURN);
    let ends = if act.is_turn() { Some(0) } else { within.ends };
    let ways = flow.ways(at);
    let is_passed = |way: &&Way<'_>| !act.is_turn() || way.may_be_unasked(act) || act.is_record() && way.name == FAILED; // no more messages
    let passed = ways.iter().filter(is_passed).flat_map(|way| ways_on(act, way, at));
    let passed = within.returns.into_iter().flat_map(|through| passed.clone().map(move |to| Edge { cost: through + 1, to }));
    ends.into_iter().map(|cost| Edge { cost: cost + 1, to: To::End }).chain(passed).collect()
}

/// Where a walk begins once a question of this step, or of a flow that it calls, is answered: what is walked before, and the next step; `None` where the flow returns.
fn after_turns(flow: &Flow, at: StepId, called: &[Silent]) -> Vec<(u32, Option<StepId>)> {
    let act = &flow.steps[usize::from(at.0)].act;
    let within = called.iter().map(|silent| silent.left).max().flatten();
    let through = if act.is_turn() { called.iter().map(|silent| silent.entered.returns).max().unwrap_or(Some(0)) } else { None };
    let cost = within.max(through);
    let next = flow.ways(at).into_iter().flat_map(|way| match leaves(flow, at, &way) {
        Some(Some(_)) => Vec::new(),
        Some(None) => vec![None],
        None => way.to.into_iter().map(Some).collect(),
    });
    cost.into_iter().flat_map(|cost| next.clone().map(move |to| (cost, to))).collect()
}
