//! How often a caller who says nothing is asked, at the very most, before a human takes over or the call ends.
//!
//! Such a caller's walk knows no answers: questions are given up, whatever is asked of services and operators ends in any way but with a human, an `if` goes either way. Each way
//! back is gone at most as often as its bound says, so the walks are those of a finite graph without circles: of steps, each with what is left of the bounds. Its longest walk is the
//! bound, and it is sound wherever the silence begins: fewer ways back left are fewer walks. A step keeps only the bounds that a walk from it can still come to, so the states of loops
//! one after another add up, and only those of loops within loops multiply. Where they are more than the budget, every way back counts as often as it may be gone with the longest
//! stretch after it: never too few.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::graph::{Act, Doing, Flow, FlowId, GiveUp, Jump, Program, StepId, Way};

/// The most states of one flow, times its bounds.
const BUDGET: usize = 400_000;

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

/// The longest walks from a place, in questions: those on which the call ends or a human comes, and those on which the flow returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Walks {
    ends: Option<u32>,
    returns: Option<u32>,
}

impl Walks {
    const END: Self = Self { ends: Some(0), returns: None };
    const RETURN: Self = Self { ends: None, returns: Some(0) };

    fn or(self, other: Self) -> Self {
        Self { ends: self.ends.max(other.ends), returns: self.returns.max(other.returns) }
    }

    /// With so many questions before them.
    fn after(self, turns: u32) -> Self {
        let add = |walk: Option<u32>| walk.map(|walk| walk.saturating_add(turns));
        Self { ends: add(self.ends), returns: add(self.returns) }
    }

    /// The longest of all, where a return is followed by so many questions.
    fn total(self, after: u32) -> u32 {
        self.ends.max(self.returns.map(|returns| returns.saturating_add(after))).unwrap_or(0)
    }
}

/// A flow as a silent caller walks it.
#[derive(Clone, Debug, Default)]
struct Graph {
    /// The ways out of each step.
    steps: Vec<Vec<Edge>>,
    /// How often each bounded way back may be gone.
    bounds: Vec<u8>,
}

/// A way, and how many questions are asked on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edge {
    turns: u32,
    to: To,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    End,
    Return,
    /// A step ahead.
    Ahead(usize),
    /// A step, as often as this bound says.
    Back {
        to: usize,
        bound: usize,
    },
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
        let graph = Graph { bounds: bounds(flow, &steps), steps };
        let walks = graph.longest(BUDGET).unwrap_or_else(|| graph.estimate());
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
            edges.extend(inside.ends.map(|turns| Edge { turns, to: To::End }));
        }
        if let Some(GiveUp::Flow(callee)) = act.ladder().map(|ladder| &ladder.give_up) {
            let turns = tries.saturating_add(self.of_flow(*callee).total(0)); // when it returns, the call ends
            edges.push(Edge { turns, to: To::End });
        }
        for way in flow.ways(at) {
            let turns = match way.doing {
                Doing::Caller if !way.may_be_unasked(act) => continue,
                Doing::Human => {
                    edges.push(Edge { turns: 0, to: To::End });
                    continue;
                }
                Doing::Silence => tries,
                Doing::Flow if matches!(act, Act::Survey(_)) => tries,
                Doing::Caller | Doing::Flow | Doing::Served | Doing::Failed | Doing::Nobody => inside.returns.unwrap_or(0),
            };
            if inside.returns.is_some() {
                edges.extend(ways_on(act, &way, at).into_iter().map(|to| Edge { turns, to }));
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
            let asks = flow.steps.iter().map(|step| step.act.ladder().is_some() || step.act.is_record());
            asks.zip(&totals.steps).filter(|(asks, _)| *asks).map(|(_, turns)| *turns)
        })
    }
}

fn ways_on(act: &Act, way: &Way<'_>, at: StepId) -> Vec<To> {
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

fn bounds(flow: &Flow, steps: &[Vec<Edge>]) -> Vec<u8> {
    let mut bounds = vec![0; usize::from(flow.counters)];
    for at in (0..steps.len()).map(|at| StepId(at as u16)) {
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

/// A step with what is left of the bounds. In this order every state stands after those that a walk comes to from it.
type State = (u32, Reverse<usize>, Vec<u8>);

impl Graph {
    /// The longest walks from each step on; `None` where there are too many states to look at.
    fn longest(&self, budget: usize) -> Option<Vec<Walks>> {
        let width = self.bounds.len().max(1);
        if self.steps.len().saturating_mul(width) > budget {
            return None;
        }
        let kept = self.bounds_ahead();
        let starts: Vec<State> = (0..self.steps.len()).map(|at| state(at, &self.bounds, &kept)).collect();
        let mut states = BTreeSet::new();
        let mut todo = starts.clone();
        while let Some(next) = todo.pop() {
            if states.contains(&next) {
                continue;
            }
            todo.extend(self.steps[next.1.0].iter().filter_map(|edge| along(edge.to, &next.2, &kept)));
            states.insert(next);
            if states.len().saturating_mul(width) > budget {
                return None;
            }
        }
        let mut known: BTreeMap<State, Walks> = BTreeMap::new();
        for here in states {
            let walks = self.steps[here.1.0].iter().map(|edge| match edge.to {
                To::End => Walks::END.after(edge.turns),
                To::Return => Walks::RETURN.after(edge.turns),
                To::Ahead(_) | To::Back { .. } => along(edge.to, &here.2, &kept)
                    .and_then(|next| known.get(&next))
                    .map_or(Walks::default(), |walks| walks.after(edge.turns)),
            });
            let walks = walks.fold(Walks::default(), Walks::or);
            known.insert(here, walks);
        }
        Some(starts.iter().map(|start| known.get(start).copied().unwrap_or_default()).collect())
    }

    /// Which bounds a walk from each step can come to.
    fn bounds_ahead(&self) -> Vec<Vec<bool>> {
        let mut ahead = vec![vec![false; self.bounds.len()]; self.steps.len()];
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for at in (0..self.steps.len()).rev() {
                for edge in &self.steps[at] {
                    let (to, own) = match edge.to {
                        To::End | To::Return => continue,
                        To::Ahead(to) => (to, None),
                        To::Back { to, bound } => (to, Some(bound)),
                    };
                    let there = ahead[to].clone();
                    for (bound, comes) in there.into_iter().enumerate() {
                        let new = (comes || own == Some(bound)) && !ahead[at][bound];
                        ahead[at][bound] |= new;
                        changed |= new;
                    }
                }
            }
        }
        ahead
    }

    /// Each way back as often as it may be gone, each time with the longest stretch to another, and the longest way out after the last.
    fn estimate(&self) -> Vec<Walks> {
        let mut out = vec![Walks::default(); self.steps.len()];
        let mut to_back: Vec<Option<u32>> = vec![None; self.steps.len()];
        let mut backs = BTreeSet::new();
        for at in (0..self.steps.len()).rev() {
            for edge in &self.steps[at] {
                match edge.to {
                    To::End => out[at] = out[at].or(Walks::END.after(edge.turns)),
                    To::Return => out[at] = out[at].or(Walks::RETURN.after(edge.turns)),
                    To::Ahead(to) => {
                        out[at] = out[at].or(out[to].after(edge.turns));
                        to_back[at] = to_back[at].max(to_back[to].map(|turns| turns.saturating_add(edge.turns)));
                    }
                    To::Back { to, bound } => {
                        to_back[at] = to_back[at].max(Some(edge.turns));
                        backs.insert((bound, to));
                    }
                }
            }
        }
        let mut stretches = vec![0; self.bounds.len()];
        let mut last = Walks::default();
        for (bound, to) in backs {
            stretches[bound] = to_back[to].unwrap_or(0).max(stretches[bound]);
            last = last.or(out[to]);
        }
        let rounds = self.bounds.iter().zip(stretches).map(|(times, turns)| turns.saturating_mul((*times).into()));
        let rounds = rounds.fold(0, u32::saturating_add);
        let from =
            |(out, first): (&Walks, &Option<u32>)| out.or(first.map_or(Walks::default(), |first| last.after(first.saturating_add(rounds))));
        out.iter().zip(&to_back).map(from).collect()
    }
}

fn state(at: usize, left: &[u8], kept: &[Vec<bool>]) -> State {
    let left: Vec<u8> = left.iter().zip(&kept[at]).map(|(left, kept)| if *kept { *left } else { 0 }).collect();
    (left.iter().map(|left| u32::from(*left)).sum(), Reverse(at), left)
}

/// Where a way leads with this left of the bounds; `None` out of the flow, or nowhere any more.
fn along(to: To, left: &[u8], kept: &[Vec<bool>]) -> Option<State> {
    match to {
        To::End | To::Return => None,
        To::Ahead(to) => Some(state(to, left, kept)),
        To::Back { to, bound } => {
            let mut left = left.to_vec();
            left[bound] = left[bound].checked_sub(1)?;
            Some(state(to, &left, kept))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn ahead(turns: u32, to: usize) -> Edge {
        Edge { turns, to: To::Ahead(to) }
    }

    const fn back(to: usize, bound: usize) -> Edge {
        Edge { turns: 0, to: To::Back { to, bound } }
    }

    const fn out(turns: u32, to: To) -> Edge {
        Edge { turns, to }
    }

    /// From the first step on: in all, by the exact walk and by the estimate.
    fn check(bounds: &[u8], steps: Vec<Vec<Edge>>, exact: u32, estimate: u32) {
        let graph = Graph { steps, bounds: bounds.to_vec() };
        let first = |walks: Option<Vec<Walks>>| walks.map(|walks| walks[0].total(0));
        assert_eq!((first(graph.longest(BUDGET)), first(Some(graph.estimate()))), (Some(exact), Some(estimate)), "{graph:?}");
    }

    #[test]
    fn a_loop_counts_as_often_as_it_is_gone_and_once_more() {
        check(&[2], vec![vec![ahead(3, 1)], vec![back(0, 0), ahead(0, 2)], vec![out(5, To::End)]], 3 * 3 + 5, 3 + 2 * 3 + 3 + 5);
    }

    #[test]
    fn loops_one_after_another_and_loops_within_loops_add_up() {
        let after = vec![vec![ahead(1, 1)], vec![back(0, 0), ahead(0, 2)], vec![ahead(1, 3)], vec![back(2, 1), out(0, To::End)]];
        check(&[2, 3], after, 3 + 4, 2 + (2 * 2 + 3) + 2);
        let within = vec![vec![ahead(1, 1)], vec![ahead(1, 2)], vec![back(1, 0), ahead(0, 3)], vec![back(0, 1), out(0, To::Return)]];
        check(&[2, 3], within, 2 + 3 * 2 + 2, 2 + (2 + 3 * 2) + 2);
    }

    #[test]
    fn what_has_more_states_than_the_budget_is_estimated() {
        let steps = (0..40).map(|at| vec![Edge { turns: 1, to: To::Ahead(at + 1) }, back(0, at)]).chain([vec![out(0, To::End)]]).collect();
        let graph = Graph { steps, bounds: vec![20; 40] };
        assert_eq!(graph.longest(BUDGET), None);
        assert!(graph.estimate()[0].total(0) >= 40 * 20);
    }

    /// Every walk there is, by trying.
    fn tried(graph: &Graph, at: usize, left: &mut Vec<u8>) -> Walks {
        let mut best = Walks::default();
        for edge in &graph.steps[at] {
            let walks = match edge.to {
                To::End => Walks::END,
                To::Return => Walks::RETURN,
                To::Ahead(to) => tried(graph, to, left),
                To::Back { bound, .. } if left[bound] == 0 => continue,
                To::Back { to, bound } => {
                    left[bound] -= 1;
                    let walks = tried(graph, to, left);
                    left[bound] += 1;
                    walks
                }
            };
            best = best.or(walks.after(edge.turns));
        }
        best
    }

    fn graphs() -> impl Strategy<Value = Graph> {
        let step = |at: usize, steps: usize| {
            let edge = (0..4_u32, 0..8_usize, 0..steps).prop_map(move |(turns, kind, other)| {
                let to = match kind {
                    0 => To::End,
                    1 => To::Return,
                    2 | 3 => To::Back { to: other.min(at), bound: at % 3 },
                    _ if at + 1 < steps => To::Ahead((at + 1).max(other)),
                    _ => To::End,
                };
                Edge { turns, to }
            });
            proptest::collection::vec(edge, 1..3)
        };
        let graph = move |steps: usize| (0..steps).map(|at| step(at, steps)).collect::<Vec<_>>();
        (2..6_usize).prop_flat_map(graph).prop_flat_map(|steps| {
            let bounds = proptest::collection::vec(0..3_u8, 3);
            (Just(steps), bounds).prop_map(|(steps, bounds)| Graph { steps, bounds })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        /// The walk of states is the longest there is, and the estimate is no shorter.
        #[test]
        fn no_walk_is_longer_and_one_is_as_long(graph in graphs()) {
            let (exact, estimate) = (graph.longest(BUDGET).unwrap(), graph.estimate());
            for (at, exact) in exact.iter().enumerate() {
                prop_assert_eq!(*exact, tried(&graph, at, &mut graph.bounds.clone()));
                prop_assert!(estimate[at].ends >= exact.ends && estimate[at].returns >= exact.returns);
            }
        }
    }
}
