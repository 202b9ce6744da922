//! A silent or failing caller reaches a human, soon, and is never left in a long silence.
//!
//! The walk takes every way of every step and remembers three things: whether the caller has been *left alone* since the last answer (a question was given up, a service failed),
//! whether the last request was *answered*, and whether the caller was *turned away*: a human was wanted, and none came. At every question commands lead into flows of their own, and
//! how it stands when these come back is how the question is asked again. A call may end for a caller who is alone only with an outcome of `robot: human`, or after an answered
//! request; for one who was turned away, only with an outcome of `robot: nobody`, which says so.

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
    walk.run(program.entry, Mood::default(), &Within::default());
    every_human_is_near(program, places, faults);
    every_silence_is_short(program, places, faults);
}

struct Walk<'a, 'f> {
    program: &'a Program,
    places: &'a Places<'a>,
    faults: &'f mut Faults,
    known: BTreeMap<(FlowId, Mood, Within), Left>,
}

/// What the run of a flow is within.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Within {
    /// This flow took over from a question that was given up; giving up once more ends the call.
    given_up: bool,
    /// A command's flow interrupted a question. Who wants a person now leaves it for the operator's.
    visit: bool,
    /// The flows of commands that are under way: they are not entered again.
    commands: BTreeSet<FlowId>,
}

/// How it stands with callers who leave a flow.
#[derive(Clone, Default)]
struct Left {
    /// It returns.
    back: BTreeSet<Mood>,
    /// They are asked something in it, or in what it runs, and may want a person instead.
    asked: BTreeSet<Mood>,
}

impl<'a> Walk<'a, '_> {
    /// How callers may leave a flow that began so.
    fn run(&mut self, id: FlowId, mood: Mood, within: &Within) -> Left {
        let program = self.program;
        let mut within = within.clone();
        within.commands.extend(program.commands.flows().filter(|command| *command == id));
        let key = (id, mood, within);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let (flow, within) = (&program.flows[usize::from(id.0)], &key.2);
        let mut left = Left::default();
        let mut seen = BTreeSet::from([(StepId(0), mood)]);
        let mut todo = vec![(StepId(0), mood)];
        while let Some((at, mood)) = todo.pop() {
            for (way, mood) in self.ways(flow, at, mood, within, &mut left.asked) {
                match leaves(flow, at, &way) {
                    Some(Some(outcome)) => self.ends((id, at), outcome, mood),
                    Some(None) if id == program.entry => self.ends((id, at), "completed", mood),
                    Some(None) => drop(left.back.insert(mood)),
                    None => todo.extend(way.to.iter().map(|to| (*to, mood)).filter(|next| seen.insert(*next))),
                }
            }
            let act = &flow.steps[usize::from(at.0)].act;
            if act.is_turn() {
                left.asked.insert(mood);
                let again = self.interrupted(mood, within, &mut left.asked);
                todo.extend(again.into_iter().map(|mood| (at, mood)).filter(|next| seen.insert(*next)));
            }
            self.given_up((id, at), mood, within, &mut left.asked);
        }
        self.known.insert(key, left.clone());
        left
    }

    /// The ways out of a step, and how it stands with the caller on each. What runs other flows has one for each way back from there.
    fn ways(&mut self, flow: &'a Flow, at: StepId, mood: Mood, within: &Within, asked: &mut BTreeSet<Mood>) -> Vec<(Way<'a>, Mood)> {
        let called = flow.steps[usize::from(at.0)].act.called();
        let mut ways = Vec::new();
        for way in flow.ways(at) {
            let mood = mood.after(way.doing);
            let runs = matches!(way.doing, Doing::Flow | Doing::Caller) && !called.is_empty();
            let mut moods = BTreeSet::new();
            for callee in called.iter().filter(|_| runs) {
                let left = self.run(*callee, mood, within);
                moods.extend(left.back);
                asked.extend(left.asked);
            }
            if !runs {
                moods.insert(mood);
            }
            ways.extend(moods.into_iter().map(|mood| (way.clone(), mood)));
        }
        ways
    }

    /// How it stands with the caller when the flow of a command has returned, and the question that it interrupted is asked again.
    fn interrupted(&mut self, mood: Mood, within: &Within, asked: &mut BTreeSet<Mood>) -> BTreeSet<Mood> {
        let program = self.program;
        let operator = program.commands.operator;
        let inside = Within { visit: true, ..within.clone() };
        let mut again = BTreeSet::new();
        let mut wanted = BTreeSet::from([mood]);
        for flow in program.commands.flows().filter(|flow| *flow != operator && !within.commands.contains(flow)) {
            let left = self.run(flow, mood, &inside);
            again.extend(left.back);
            wanted.extend(left.asked);
        }
        asked.extend(&wanted);
        if !within.visit && !within.commands.contains(&operator) {
            wanted.into_iter().for_each(|mood| again.extend(self.run(operator, mood, &inside).back));
        }
        again
    }

    /// The flow that takes over from a question that was given up; when it returns, the call ends.
    fn given_up(&mut self, (id, at): (FlowId, StepId), mood: Mood, within: &Within, asked: &mut BTreeSet<Mood>) {
        let act = &self.program.flows[usize::from(id.0)].steps[usize::from(at.0)].act;
        let Some(GiveUp::Flow(flow)) = act.ladder().map(|ladder| ladder.give_up.clone()) else { return };
        let alone = mood.after(Doing::Silence);
        if within.given_up {
            return self.ends((id, at), "given_up", alone);
        }
        let left = self.run(flow, alone, &Within { given_up: true, ..within.clone() });
        asked.extend(left.asked);
        for mood in left.back {
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
pub(super) fn leaves<'a>(flow: &'a Flow, at: StepId, way: &Way<'a>) -> Option<Option<&'a str>> {
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

/// The longest that a step waits for the caller; a field of a form may be more patient than its form. Only rows have a next key to wait for.
fn callers_silence(act: &Act) -> Duration {
    let message = if let Act::Record(record) = act { Some(record.silence) } else { None };
    let has_rows = matches!(act, Act::Ask(_) | Act::Form(_));
    let keys = act.ladders().filter(|_| has_rows).map(|ladder| ladder.interdigit);
    act.ladders().map(|ladder| ladder.noinput_after).chain(keys).chain(message).max().unwrap_or(Duration::ZERO)
}

/// The longest that the robot may say nothing at a step.
fn robots_silence(act: &Act) -> Duration {
    match act {
        Act::Lookup(lookup) | Act::Submit(super::super::graph::Submit { lookup, .. }) => match &lookup.filler {
            Some(filler) => {
                let first = lookup.deadline.min(filler.after);
                first.max(filler.every.min(lookup.deadline.saturating_sub(first)))
            }
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
