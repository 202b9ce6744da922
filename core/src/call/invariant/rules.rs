//! What a program says of itself, as far as a judge needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::flow::graph::{Act, Arm, Flow, FlowId, GiveUp, Jump, Ladder, Lookup, Program, StepId};
use crate::flow::turns_to_human;
use crate::lang::Lang;

/// A filler is not said more often than this, whatever the flow wants.
const FILLER_EVERY_MIN: Duration = Duration::from_secs(1);
/// The last words may take so long.
const FAREWELL_MAX: Duration = Duration::from_secs(61);
/// Outcomes that no flow declares.
const COMMON_OUTCOMES: [&str; 4] = ["completed", "given_up", "call_limit", "goodbye"];

/// The bounds and names of a program.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The shortest silence that counts.
    pub(super) silence: Duration,
    /// The longest that the robot waits for the caller.
    pub(super) patience: Duration,
    /// How long it may be silent while this service is asked.
    pub(super) looking: BTreeMap<String, Duration>,
    /// The longest call.
    pub(super) longest: Duration,
    /// In so many silences a caller who says nothing is with a person.
    pub(super) silences: u32,
    pub(super) outcomes: BTreeSet<String>,
    /// The longest that an errand takes: a transfer rings meanwhile.
    pub(super) errands: Duration,
    /// Flow → step → what it is to the caller.
    pub(super) steps: BTreeMap<String, BTreeMap<String, Kind>>,
    /// The flows that hand over to a person, and those that they call.
    pub(super) human: BTreeSet<String>,
    /// The language of each clip.
    pub(super) clips: Vec<Lang>,
}

/// What a step is to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It waits for the caller.
    Question,
    /// A person is at its other end.
    Human,
    /// Neither.
    Other,
}

impl Rules {
    /// Of a program.
    pub fn of(program: &Program) -> Self {
        let ladders: Vec<&Ladder> = acts(program).flat_map(Act::ladders).collect();
        let lookups = acts(program).filter_map(Act::asks_service);
        let flows_of = |ladder: &&Ladder| match ladder.give_up {
            GiveUp::Flow(flow) => Some(flow),
            GiveUp::Step(_) | GiveUp::Skip => None,
        };
        let human = ladders.iter().filter_map(flows_of).chain([program.commands.operator]).chain(program.commands.callback);
        Self {
            silence: ladders.iter().map(|ladder| ladder.noinput_after).min().unwrap_or_default(),
            patience: patience(&ladders, program.commands.wait_for),
            looking: looking(lookups, program),
            longest: program.limits.call + FAREWELL_MAX,
            silences: turns_to_human(program).into_iter().flatten().max().unwrap_or(0),
            outcomes: outcomes(program),
            errands: acts(program)
                .filter_map(|act| if let Act::Errand(errand) = act { Some(errand.deadline) } else { None })
                .max()
                .unwrap_or_default(),
            steps: program.flows.iter().map(|flow| (flow.name.clone(), kinds(flow))).collect(),
            human: with_called(program, human.collect()).into_iter().map(|flow| program.flows[usize::from(flow.0)].name.clone()).collect(),
            clips: program.clips.iter().map(|clip| clip.lang).collect(),
        }
    }
}

impl Rules {
    /// The longest that a call may last.
    pub const fn longest(&self) -> Duration {
        self.longest
    }

    pub(super) fn kind(&self, flow: &str, step: &str) -> Kind {
        self.steps.get(flow).and_then(|steps| steps.get(step)).copied().unwrap_or(Kind::Other)
    }

    /// Whether a step hands over to a person.
    pub(super) fn is_human(&self, flow: &str, step: &str) -> bool {
        self.human.contains(flow) || self.kind(flow, step) == Kind::Human
    }

    /// The shortest silence of a caller that counts.
    pub const fn silence(&self) -> Duration {
        self.silence
    }
}

fn acts(program: &Program) -> impl Iterator<Item = &Act> {
    program.flows.iter().flat_map(|flow| &flow.steps).map(|step| &step.act)
}

fn patience(ladders: &[&Ladder], wait_for: Duration) -> Duration {
    let each = ladders.iter().flat_map(|ladder| [ladder.noinput_after, ladder.interdigit]);
    each.max().unwrap_or_default().max(wait_for)
}

fn looking<'a>(lookups: impl Iterator<Item = &'a Lookup>, program: &Program) -> BTreeMap<String, Duration> {
    let mut looking: BTreeMap<String, Duration> = BTreeMap::new();
    for lookup in lookups {
        let silent = lookup.filler.as_ref().map_or(lookup.deadline, |filler| filler.after.max(filler.every.max(FILLER_EVERY_MIN)));
        let known = looking.entry(program.contracts[usize::from(lookup.service.0)].name.clone()).or_default();
        *known = (*known).max(silent.min(lookup.deadline));
    }
    looking
}

/// Flows, and those that they call in their turn.
fn with_called(program: &Program, mut todo: Vec<FlowId>) -> BTreeSet<FlowId> {
    let mut found = BTreeSet::new();
    while let Some(flow) = todo.pop() {
        if found.insert(flow) {
            todo.extend(program.flows[usize::from(flow.0)].steps.iter().flat_map(|step| step.act.callees()));
        }
    }
    found
}

fn outcomes(program: &Program) -> BTreeSet<String> {
    let ends = acts(program).filter_map(|act| if let Act::End { outcome } = act { Some(outcome.clone()) } else { None });
    let arms = program.flows.iter().flat_map(|flow| {
        let steps = (0..flow.steps.len()).map(|at| StepId(at as u16));
        steps.flat_map(|at| flow.ways(at)).filter_map(|way| way.arm.and_then(ending)).collect::<Vec<_>>()
    });
    let gotos = acts(program).filter_map(|act| if let Act::Goto(Jump::End { outcome }) = act { Some(outcome.clone()) } else { None });
    ends.chain(arms).chain(gotos).chain(COMMON_OUTCOMES.map(str::to_owned)).collect()
}

fn ending(arm: &Arm) -> Option<String> {
    match &arm.then {
        Jump::End { outcome } => Some(outcome.clone()),
        Jump::Next | Jump::Goto(_) | Jump::AtMost { .. } => None,
    }
}

fn kinds(flow: &Flow) -> BTreeMap<String, Kind> {
    flow.steps.iter().map(|step| (step.id.clone(), kind(&step.act))).collect()
}

fn kind(act: &Act) -> Kind {
    if matches!(act, Act::Errand(errand) if errand.what.is_human()) {
        return Kind::Human;
    }
    if act.ladder().is_some() { Kind::Question } else { Kind::Other }
}
