//! How often a caller who says nothing is asked, at the very most, before a human takes over or the call ends.
//!
//! Such a caller's walk knows no answers: questions are given up, whatever is asked of services and operators ends in any way but with a human, an `if` goes either way. The longest
//! walk is the bound, and it is sound wherever the silence begins: fewer ways back left are fewer walks.

use std::collections::BTreeMap;

use super::super::graph::{Act, Doing, Flow, FlowId, GiveUp, Jump, Program, StepId, Way};
use super::longest::{Edge, Graph, To, Walks};

/// The most questions from each step on, by flow and step: until a human comes or the call ends, also where the flow returns to another, or to a question that a command interrupted.
pub fn turns_to_human(program: &Program) -> Vec<Vec<u32>> {
    let mut house = House { program, walks: BTreeMap::new(), order: Vec::new() };
    for nth in 0..program.flows.len() {
        house.walks(FlowId(nth as u16));
    }
    let commands = &program.commands;
    let entry = [(program.entry, 0)];
    let asked = house.totals(&entry);
    let again = house.questions(&asked).max().unwrap_or(0);
    let totals = house.totals(&entry.into_iter().chain(commands.flows().map(|flow| (flow, again))).collect::<Vec<_>>());
    totals.into_iter().map(|flow| flow.steps).collect()
}

/// What is known of the flows.
struct House<'a> {
    program: &'a Program,
    walks: BTreeMap<FlowId, Vec<Walks>>,
    /// Each flow after those that it calls.
    order: Vec<FlowId>,
}

/// A flow that is reached, or would be.
struct Totals {
    is_reached: bool,
    steps: Vec<u32>,
}

impl House<'_> {
    /// From each step of a flow on. A flow that calls itself is no checked one, and its inner run counts nothing.
    fn walks(&mut self, id: FlowId) -> Vec<Walks> {
        if let Some(known) = self.walks.get(&id) {
            return known.clone();
        }
        let flow = &self.program.flows[usize::from(id.0)];
        self.walks.insert(id, vec![Walks::END; flow.steps.len()]);
        let steps: Vec<_> = (0..flow.steps.len()).map(|at| self.edges(flow, StepId(at as u16))).collect();
        let walks = Graph { bounds: bounds(flow), steps }.walks();
        self.walks.insert(id, walks.clone());
        self.order.push(id);
        walks
    }

    fn of_flow(&mut self, id: FlowId) -> Walks {
        self.walks(id).first().copied().unwrap_or(Walks::RETURN)
    }

    fn edges(&mut self, flow: &Flow, at: StepId) -> Vec<Edge> {
        let act = &flow.steps[usize::from(at.0)].act;
        let tries = act.ladders().map(|ladder| u32::from(ladder.tries)).max().unwrap_or(u32::from(act.is_record()));
        let mut edges = Vec::new();
        let mut inside = Walks::RETURN;
        let called = act.called().into_iter().map(|callee| self.of_flow(callee)).fold(Walks::default(), Walks::or);
        if let Act::Call { .. } = act {
            inside = called; // who says nothing comes to no topic
            edges.extend(inside.ends.map(|turns| Edge { cost: turns, to: To::End }));
        }
        if let Some(GiveUp::Flow(callee)) = act.ladder().map(|ladder| &ladder.give_up) {
            let turns = tries.saturating_add(self.of_flow(*callee).total(0)); // when it returns, the call ends
            edges.push(Edge { cost: turns, to: To::End });
        }
        for way in flow.ways(at) {
            let turns = match way.doing {
                Doing::Caller if !way.may_be_unasked(act) => continue,
                Doing::Human => {
                    edges.push(Edge { cost: 0, to: To::End });
                    continue;
                }
                Doing::Silence => tries,
                Doing::Flow if matches!(act, Act::Survey(_)) => tries,
                Doing::Caller | Doing::Flow | Doing::Served | Doing::Failed | Doing::Nobody => inside.returns.unwrap_or(0),
            };
            if inside.returns.is_some() {
                edges.extend(ways_on(act, &way, at).into_iter().map(|to| Edge { cost: turns, to }));
            }
        }
        edges
    }

    /// The most questions from each step on, where calls and commands begin with these flows and so many questions follow their return.
    fn totals(&self, roots: &[(FlowId, u32)]) -> Vec<Totals> {
        let mut after: BTreeMap<FlowId, u32> = BTreeMap::new();
        let follow = |after: &mut BTreeMap<FlowId, u32>, flow: FlowId, turns: u32| {
            let known = after.entry(flow).or_default();
            *known = (*known).max(turns);
        };
        roots.iter().for_each(|(flow, turns)| follow(&mut after, *flow, *turns));
        let mut totals: BTreeMap<FlowId, Totals> = BTreeMap::new();
        for id in self.order.iter().rev() {
            let (is_reached, returned) = (after.contains_key(id), after.get(id).copied().unwrap_or(0));
            let steps: Vec<u32> = self.walks[id].iter().map(|walks| walks.total(returned)).collect();
            let flow = &self.program.flows[usize::from(id.0)];
            for (at, step) in flow.steps.iter().enumerate().filter(|_| is_reached) {
                if let Some(GiveUp::Flow(callee)) = step.act.ladder().map(|ladder| &ladder.give_up) {
                    follow(&mut after, *callee, 0);
                }
                for callee in step.act.called() {
                    follow(&mut after, callee, steps.get(at + 1).copied().unwrap_or(returned));
                }
            }
            totals.insert(*id, Totals { is_reached, steps });
        }
        totals.into_values().collect()
    }

    /// The questions of the flows that are reached.
    fn questions<'t>(&'t self, totals: &'t [Totals]) -> impl Iterator<Item = u32> + 't {
        let each = self.program.flows.iter().zip(totals).filter(|(_, totals)| totals.is_reached);
        each.flat_map(|(flow, totals)| {
            let asks = flow.steps.iter().map(|step| step.act.is_turn());
            asks.zip(&totals.steps).filter(|(asks, _)| *asks).map(|(_, turns)| *turns)
        })
    }
}

/// Where a way leads a caller who does nothing.
pub(super) fn ways_on(act: &Act, way: &Way<'_>, at: StepId) -> Vec<To> {
    let jump = if let Act::Goto(jump) = act { Some(jump) } else { way.arm.map(|arm| &arm.then) };
    match jump {
        Some(Jump::End { .. }) => vec![To::End],
        Some(Jump::AtMost { to, counter, otherwise, .. }) => {
            vec![To::Back { to: to.0.into(), bound: counter.0.into() }, To::Ahead(otherwise.0.into())]
        }
        Some(Jump::Next | Jump::Goto(_)) | None if matches!(act, Act::End { .. }) => vec![To::End],
        Some(Jump::Next | Jump::Goto(_)) | None if way.to.is_empty() => vec![To::Return],
        Some(Jump::Next | Jump::Goto(_)) | None => way.to.iter().filter(|to| **to > at).map(|to| To::Ahead(to.0.into())).collect(),
    }
}

/// How often each way back of a flow may be gone.
pub(super) fn bounds(flow: &Flow) -> Vec<u8> {
    let mut bounds = vec![0; usize::from(flow.counters)];
    for at in (0..flow.steps.len()).map(|at| StepId(at as u16)) {
        let arms = flow.ways(at).into_iter().filter_map(|way| way.arm.map(|arm| &arm.then));
        let goto = if let Act::Goto(jump) = &flow.steps[usize::from(at.0)].act { Some(jump) } else { None };
        for jump in arms.chain(goto) {
            if let Jump::AtMost { times, counter, .. } = jump
                && let Some(bound) = bounds.get_mut(usize::from(counter.0))
            {
                *bound = *times;
            }
        }
    }
    bounds
}
