//! A silent or failing caller reaches a human, soon, and is never left in a long silence.
//!
//! The walk takes every way of every step and remembers two things: whether the caller has been *left alone* since the last answer (a question was given up, a service failed), and
//! whether the last request was *answered*. A call may end for a caller who is alone only with an outcome of `robot: human`, or after an answered request. A transfer and a call
//! back end the walk: their own arms say what follows when nobody is there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::fault::{FaultKind, Faults};
use super::super::graph::{Act, Doing, Flow, FlowId, GiveUp, Jump, Program, SKIPPED, StepId, Way, What};
use super::super::resolve::Mark;
use super::Places;

/// A caller thinks no longer than this.
const CALLER_SILENCE_MAX: Duration = Duration::from_secs(15);

/// How it stands with the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Mood {
    /// Nothing has come of the caller since a question was given up or a service failed.
    alone: bool,
    /// The last request was answered.
    answered: bool,
}

impl Mood {
    fn after(self, doing: Doing) -> Self {
        match doing {
            Doing::Flow | Doing::Human => self,
            Doing::Caller => Self { alone: false, ..self },
            Doing::Silence => Self { alone: true, ..self },
            Doing::Served => Self { answered: true, ..self },
            Doing::Failed => Self { alone: true, answered: false },
        }
    }
}

/// Proves a program whose flows call in no circle.
pub(super) fn nobody_is_left_alone(program: &Program, places: &Places, faults: &mut Faults) {
    let mut walk = Walk { program, places, faults, known: BTreeMap::new() };
    walk.run(program.entry, Mood::default());
    let commands = &program.commands;
    for flow in [commands.operator].into_iter().chain(commands.callback).chain(commands.sms) {
        walk.run(flow, Mood::default());
    }
    every_human_is_near(program, places, faults);
    every_silence_is_short(program, places, faults);
}

struct Walk<'a, 'f> {
    program: &'a Program,
    places: &'a Places<'a>,
    faults: &'f mut Faults,
    /// How callers come back from flows.
    known: BTreeMap<(FlowId, Mood), BTreeSet<Mood>>,
}

impl<'a> Walk<'a, '_> {
    /// How a caller may come back from a flow that began so.
    fn run(&mut self, id: FlowId, mood: Mood) -> BTreeSet<Mood> {
        if let Some(known) = self.known.get(&(id, mood)) {
            return known.clone();
        }
        let program = self.program;
        let flow = &program.flows[usize::from(id.0)];
        let mut back = BTreeSet::new();
        let mut seen = BTreeSet::from([(StepId(0), mood)]);
        let mut todo = vec![(StepId(0), mood)];
        while let Some((at, mood)) = todo.pop() {
            for (way, mood) in self.ways(flow, at, mood) {
                match leaves(flow, at, &way) {
                    Some(Some(outcome)) => self.ends((id, at), outcome, mood),
                    Some(None) if id == program.entry => self.ends((id, at), "completed", mood),
                    Some(None) => drop(back.insert(mood)),
                    None => todo.extend(way.to.iter().map(|to| (*to, mood)).filter(|next| seen.insert(*next))),
                }
            }
            self.given_up(id, at, mood);
        }
        self.known.insert((id, mood), back.clone());
        back
    }

    /// The ways out of a step, and how it stands with the caller on each. What calls another flow has one for each way back from there.
    fn ways(&mut self, flow: &'a Flow, at: StepId, mood: Mood) -> Vec<(Way<'a>, Mood)> {
        match &flow.steps[usize::from(at.0)].act {
            Act::Errand(errand) if errand.what.is_human() => return Vec::new(),
            Act::Call { flow: callee, .. } => {
                let moods = self.run(*callee, mood);
                return moods.into_iter().flat_map(|mood| flow.ways(at).into_iter().map(move |way| (way, mood))).collect();
            }
            Act::Say { .. } | Act::Ask(_) | Act::Form(_) | Act::Menu(_) | Act::Confirm(_) | Act::Choose(_) => {}
            Act::Lookup(_) | Act::Submit(_) | Act::Record(_) | Act::Survey(_) => {}
            Act::Errand(_) | Act::If { .. } | Act::Switch { .. } | Act::Set(_) | Act::Clear(_) | Act::Goto(_) => {}
            Act::Return(_) | Act::End { .. } | Act::Language(_) => {}
        }
        let after = |way: Way<'a>| {
            let mood = mood.after(way.doing);
            (way, mood)
        };
        flow.ways(at).into_iter().map(after).collect()
    }

    /// The flow that takes over from a question that was given up; when it returns, the call ends.
    fn given_up(&mut self, id: FlowId, at: StepId, mood: Mood) {
        let act = &self.program.flows[usize::from(id.0)].steps[usize::from(at.0)].act;
        let Some(GiveUp::Flow(flow)) = act.ladder().map(|ladder| ladder.give_up.clone()) else { return };
        for mood in self.run(flow, mood.after(Doing::Silence)) {
            self.ends((id, at), "given_up", mood);
        }
    }

    fn ends(&mut self, (flow, step): (FlowId, StepId), outcome: &str, mood: Mood) {
        if mood.alone && !mood.answered && !self.program.humans.contains(outcome) {
            let kind = FaultKind::LeftAlone { outcome: outcome.to_owned() };
            self.places.report((flow, step, Mark::Step), kind, self.faults);
        }
    }
}

/// Whether a way leaves the flow: `Some(Some)` with the call's end, `Some(None)` back to where it was called.
fn leaves<'a>(flow: &'a Flow, at: StepId, way: &Way<'a>) -> Option<Option<&'a str>> {
    match (way.arm.map(|arm| &arm.then), &flow.steps[usize::from(at.0)].act) {
        (Some(Jump::End { outcome }), _) | (None, Act::End { outcome }) => Some(Some(outcome)),
        (_, _) => way.to.is_empty().then_some(None),
    }
}

/// However silent a caller is and whatever fails: no more turns to a human than the limit.
fn every_human_is_near(program: &Program, places: &Places, faults: &mut Faults) {
    let mut turns = Turns { program, known: BTreeMap::new() };
    let most = program.limits.turns_to_human;
    for id in (0..program.flows.len()).map(|nth| FlowId(nth as u16)) {
        let costs = turns.of_steps(id);
        let worst = costs.iter().enumerate().filter(|(_, turns)| **turns > u32::from(most)).max_by_key(|(_, turns)| **turns);
        if let Some((at, turns)) = worst {
            places.report((id, StepId(at as u16), Mark::Step), FaultKind::FarFromHuman { turns: *turns, most }, faults);
        }
    }
}

/// The turns in which a caller who says nothing, and whose services fail, is asked before a human comes.
struct Turns<'a> {
    program: &'a Program,
    known: BTreeMap<FlowId, Vec<u32>>,
}

impl Turns<'_> {
    /// From each step of a flow on. A first pass takes no way back, a second one all of them as often as their bounds allow.
    fn of_steps(&mut self, id: FlowId) -> Vec<u32> {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let flow = &self.program.flows[usize::from(id.0)];
        let mut once = vec![0; flow.steps.len()];
        for at in (0..flow.steps.len()).rev() {
            once[at] = self.of_step(flow, at, &once, None);
        }
        let mut all = once.clone();
        for at in (0..flow.steps.len()).rev() {
            all[at] = self.of_step(flow, at, &all, Some(&once));
        }
        self.known.insert(id, all.clone());
        all
    }

    fn of_flow(&mut self, id: FlowId) -> u32 {
        self.of_steps(id).first().copied().unwrap_or(0)
    }

    fn of_step(&mut self, flow: &Flow, at: usize, ahead: &[u32], back: Option<&[u32]>) -> u32 {
        let act = &flow.steps[at].act;
        if let Some(ladder) = act.ladder() {
            let then = match &ladder.give_up {
                GiveUp::Step(to) => ahead.get(usize::from(to.0)).copied().unwrap_or(0),
                GiveUp::Skip => self.of_ways(flow, at, ahead, back, |way| way.name == SKIPPED),
                GiveUp::Flow(flow) => self.of_flow(*flow),
            };
            return u32::from(ladder.tries).saturating_add(then);
        }
        if matches!(act, Act::Errand(errand) if errand.what.is_human()) {
            return 0;
        }
        let inside = act.callee().map_or(u32::from(act.is_record()), |flow| self.of_flow(flow));
        let fails = act.asks_service().is_some();
        inside.saturating_add(self.of_ways(flow, at, ahead, back, |way| !fails || way.doing == Doing::Failed))
    }

    fn of_ways(&self, flow: &Flow, at: usize, ahead: &[u32], back: Option<&[u32]>, may: impl Fn(&Way) -> bool) -> u32 {
        let ways = flow.ways(StepId(at as u16)).into_iter().filter(|way| may(way));
        ways.map(|way| of_way(&way, at, ahead, back)).max().unwrap_or(0)
    }
}

fn of_way(way: &Way, at: usize, ahead: &[u32], back: Option<&[u32]>) -> u32 {
    let from = |turns: &[u32], to: StepId| turns.get(usize::from(to.0)).copied().unwrap_or(0);
    let forward = way.to.iter().filter(|to| usize::from(to.0) > at).map(|to| from(ahead, *to)).max().unwrap_or(0);
    let Some(Jump::AtMost { to, times, .. }) = way.arm.map(|arm| &arm.then) else { return forward };
    forward.saturating_add(back.map_or(0, |once| from(once, *to).saturating_mul((*times).into())))
}

/// The robot is never silent for longer than its limit, and waits for nobody for ever.
fn every_silence_is_short(program: &Program, places: &Places, faults: &mut Faults) {
    let most = program.limits.silence;
    for (nth, flow) in program.flows.iter().enumerate() {
        for (at, step) in flow.steps.iter().enumerate() {
            let mut report = |silence: Duration, most: Duration| {
                if silence > most {
                    let kind = FaultKind::LongSilence { ms: millis(silence), most_ms: millis(most) };
                    places.report((FlowId(nth as u16), StepId(at as u16), Mark::Step), kind, faults);
                }
            };
            report(robots_silence(&step.act), most);
            report(callers_silence(&step.act), CALLER_SILENCE_MAX);
        }
    }
}

/// The longest that a step waits for the caller; a field of a form may be more patient than its form.
fn callers_silence(act: &Act) -> Duration {
    let fields = if let Act::Form(form) = act { form.fields.as_slice() } else { &[] };
    let ladders = fields.iter().map(|field| &field.ask.ladder).chain(act.ladder());
    let message = if let Act::Record(record) = act { Some(record.silence) } else { None };
    ladders.map(|ladder| ladder.noinput_after).chain(message).max().unwrap_or(Duration::ZERO)
}

/// The longest that the robot may say nothing at a step.
fn robots_silence(act: &Act) -> Duration {
    match act {
        Act::Lookup(lookup) | Act::Submit(super::super::graph::Submit { lookup, .. }) => match &lookup.filler {
            Some(filler) => lookup.deadline.min(filler.after.max(filler.every)),
            None => lookup.deadline,
        },
        Act::Errand(errand) => match errand.what {
            What::Transfer { .. } => Duration::ZERO, // it rings
            What::Sms { .. } | What::Callback { .. } => errand.deadline,
        },
        Act::Form(_) | Act::Say { .. } | Act::Ask(_) | Act::Menu(_) | Act::Confirm(_) | Act::Choose(_) | Act::If { .. } => Duration::ZERO,
        Act::Switch { .. } | Act::Set(_) | Act::Clear(_) | Act::Goto(_) | Act::Call { .. } => Duration::ZERO,
        Act::Return(_) | Act::End { .. } | Act::Language(_) | Act::Record(_) | Act::Survey(_) => Duration::ZERO,
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
