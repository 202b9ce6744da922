//! A silent or failing caller reaches a human, soon, and is never left in a long silence.
//!
//! The walk takes every way of every step and remembers three things: whether the caller has been *left alone* since the last answer (a question was given up, a service failed),
//! whether the last request was *answered*, and whether the caller was *turned away*: a human was wanted, and none came. A call may end for a caller who is alone only with an outcome
//! of `robot: human`, or after an answered request; for one who was turned away, only with an outcome of `robot: nobody`, which says so.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::fault::{FaultKind, Faults};
use super::super::graph::{Act, Doing, Flow, FlowId, GiveUp, Jump, Program, StepId, Way, What};
use super::super::resolve::Mark;
use super::Places;
use super::turns::turns_to_human;

/// A caller thinks no longer than this.
const CALLER_SILENCE_MAX: Duration = Duration::from_secs(15);

/// How it stands with the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Mood {
    /// Nothing has come of the caller since a question was given up or a service failed.
    alone: bool,
    /// The last request was answered.
    answered: bool,
    /// A human was wanted, and none came.
    turned_away: bool,
}

impl Mood {
    /// Only a human, or the caller's own choice, makes up for nobody's coming.
    fn after(self, doing: Doing) -> Self {
        match doing {
            Doing::Flow => self,
            Doing::Human => Self { answered: true, ..Self::default() },
            Doing::Nobody => Self { alone: true, answered: false, turned_away: true },
            Doing::Caller => Self { alone: false, turned_away: false, ..self },
            Doing::Silence => Self { alone: true, ..self },
            Doing::Served => Self { answered: true, ..self },
            Doing::Failed => Self { alone: true, answered: false, ..self },
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

    /// The ways out of a step, and how it stands with the caller on each. What runs other flows has one for each way back from there.
    fn ways(&mut self, flow: &'a Flow, at: StepId, mood: Mood) -> Vec<(Way<'a>, Mood)> {
        let called = flow.steps[usize::from(at.0)].act.called();
        let mut ways = Vec::new();
        for way in flow.ways(at) {
            let mood = mood.after(way.doing);
            let moods: BTreeSet<Mood> = match way.doing {
                Doing::Flow | Doing::Caller if !called.is_empty() => called.iter().flat_map(|callee| self.run(*callee, mood)).collect(),
                Doing::Flow | Doing::Caller | Doing::Silence | Doing::Served | Doing::Failed | Doing::Human | Doing::Nobody => {
                    [mood].into()
                }
            };
            ways.extend(moods.into_iter().map(|mood| (way.clone(), mood)));
        }
        ways
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
        let (humans, nobody) = (&self.program.humans, &self.program.nobody);
        let kind = if mood.turned_away && !nobody.contains(outcome) {
            FaultKind::TurnedAway { outcome: outcome.to_owned() }
        } else if mood.alone && !mood.turned_away && !mood.answered && !humans.contains(outcome) {
            FaultKind::LeftAlone { outcome: outcome.to_owned() }
        } else {
            return;
        };
        self.places.report((flow, step, Mark::Step), kind, self.faults);
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
    let most = program.limits.turns_to_human;
    for (id, turns) in turns_to_human(program).into_iter().enumerate() {
        let worst = turns.iter().enumerate().filter(|(_, turns)| **turns > u32::from(most)).max_by_key(|(_, turns)| **turns);
        if let Some((at, turns)) = worst {
            places.report((FlowId(id as u16), StepId(at as u16), Mark::Step), FaultKind::FarFromHuman { turns: *turns, most }, faults);
        }
    }
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
    let message = if let Act::Record(record) = act { Some(record.silence) } else { None };
    act.ladders().map(|ladder| ladder.noinput_after).chain(message).max().unwrap_or(Duration::ZERO)
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
        Act::Return(_) | Act::End { .. } | Act::Language(_) | Act::Route(_) | Act::Record(_) | Act::Survey(_) => Duration::ZERO,
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
