//! The longest walks through a flow whose ways back are bounded.
//!
//! Each way back is gone at most as often as its bound says, so the walks are those of a finite graph without circles: of steps, each with what is left of the bounds. A step keeps only
//! the bounds that a walk from it can still come to, so the states of loops one after another add up, and only those of loops within loops multiply. Where they are more than the budget,
//! every way back counts as often as it may be gone with the longest stretch after it: never too few.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The most states of one flow, times its bounds.
const BUDGET: usize = 400_000;

/// The longest walks from a place, by what is counted: those that end, and those on which the flow returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Walks {
    pub(super) ends: Option<u32>,
    pub(super) returns: Option<u32>,
}

impl Walks {
    pub(super) const END: Self = Self { ends: Some(0), returns: None };
    pub(super) const RETURN: Self = Self { ends: None, returns: Some(0) };

    pub(super) fn or(self, other: Self) -> Self {
        Self { ends: self.ends.max(other.ends), returns: self.returns.max(other.returns) }
    }

    /// With so much before them.
    pub(super) fn after(self, cost: u32) -> Self {
        let add = |walk: Option<u32>| walk.map(|walk| walk.saturating_add(cost));
        Self { ends: add(self.ends), returns: add(self.returns) }
    }

    /// The longest of all, where a return is followed by so much.
    pub(super) fn total(self, after: u32) -> u32 {
        self.ends.max(self.returns.map(|returns| returns.saturating_add(after))).unwrap_or(0)
    }
}

/// A flow, as it is walked.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    /// The ways out of each step.
    pub(super) steps: Vec<Vec<Edge>>,
    /// How often each bounded way back may be gone.
    pub(super) bounds: Vec<u8>,
}

/// A way, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) cost: u32,
    pub(super) to: To,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// Where the walk ends.
    End,
    /// Out of the flow.
    Return,
    /// A step ahead.
    Ahead(usize),
    /// A step, as often as this bound says.
    Back { to: usize, bound: usize },
}

/// A step with what is left of the bounds. In this order every state stands after those that a walk comes to from it.
type State = (u32, Reverse<usize>, Vec<u8>);

impl Graph {
    /// The longest walks from each step on.
    pub(super) fn walks(&self) -> Vec<Walks> {
        self.longest(BUDGET).unwrap_or_else(|| self.estimate())
    }

    /// Exactly; `None` where there are too many states to look at.
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
                To::End => Walks::END.after(edge.cost),
                To::Return => Walks::RETURN.after(edge.cost),
                To::Ahead(_) | To::Back { .. } => along(edge.to, &here.2, &kept)
                    .and_then(|next| known.get(&next))
                    .map_or(Walks::default(), |walks| walks.after(edge.cost)),
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
                    To::End => out[at] = out[at].or(Walks::END.after(edge.cost)),
                    To::Return => out[at] = out[at].or(Walks::RETURN.after(edge.cost)),
                    To::Ahead(to) => {
                        out[at] = out[at].or(out[to].after(edge.cost));
                        to_back[at] = to_back[at].max(to_back[to].map(|cost| cost.saturating_add(edge.cost)));
                    }
                    To::Back { to, bound } => {
                        to_back[at] = to_back[at].max(Some(edge.cost));
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
        let rounds = self.bounds.iter().zip(stretches).map(|(times, cost)| cost.saturating_mul((*times).into()));
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

    const fn ahead(cost: u32, to: usize) -> Edge {
        Edge { cost, to: To::Ahead(to) }
    }

    const fn back(to: usize, bound: usize) -> Edge {
        Edge { cost: 0, to: To::Back { to, bound } }
    }

    const fn out(cost: u32, to: To) -> Edge {
        Edge { cost, to }
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
        let steps = (0..40).map(|at| vec![Edge { cost: 1, to: To::Ahead(at + 1) }, back(0, at)]).chain([vec![out(0, To::End)]]).collect();
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
            best = best.or(walks.after(edge.cost));
        }
        best
    }

    fn graphs() -> impl Strategy<Value = Graph> {
        let step = |at: usize, steps: usize| {
            let edge = (0..4_u32, 0..8_usize, 0..steps).prop_map(move |(cost, kind, other)| {
                let to = match kind {
                    0 => To::End,
                    1 => To::Return,
                    2 | 3 => To::Back { to: other.min(at), bound: at % 3 },
                    _ if at + 1 < steps => To::Ahead((at + 1).max(other)),
                    _ => To::End,
                };
                Edge { cost, to }
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
