//! A log lived through again: the same machine, the same inputs at the same times; what it wants now against what it wanted then.
//!
//! [`against`] runs its caller on another bundle instead, and [`story`] tells what was decided.

mod against;
mod asked;
mod course;
mod decision;
mod recorded;
mod redact;

use std::sync::Arc;

use super::log::{self, Line, Log};
use super::record::shape;
use super::{Control, Input, Said, SipEvent, Truth};
use crate::flow::graph::Program;
use crate::media::Signal;
use crate::time::CallTime;

pub use against::{On, Rerun, Unanswered, against};
pub use asked::{Asked, Whom, asked};
pub use course::Place;
pub use decision::{Decision, Fork, Told, fork, story};
pub use redact::{RedactError, redacted};

/// What a replay came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The log as it would be written now.
    pub lines: Vec<Line>,
    /// The first place where the two part; from there on the log cannot answer for the call. `None`: the same decisions.
    pub diverged: Option<Divergence>,
}

/// Where a replay parts from its log.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The line after the opening, counted from 1.
    pub line: usize,
    /// What the log says.
    pub then: Option<Line>,
    /// What is wanted now.
    pub now: Option<Line>,
}

/// Replays a log on a program.
pub fn replay(program: Arc<Program>, log: &Log) -> Replay {
    let mut control = Control::new(program, &log.opening);
    let mut lines = Vec::new();
    for line in &log.lines {
        match line {
            Line::In { at, input } => {
                control.handle_deadline(*at);
                wanted(&mut control, &mut lines);
                lines.push(line.clone());
                control.handle(*at, input.clone());
                wanted(&mut control, &mut lines);
            }
            Line::Out { .. } | Line::Opening { .. } | Line::Unfaithful | Line::Incomplete { .. } => {}
        }
    }
    control.handle_deadline(end(log));
    wanted(&mut control, &mut lines);
    let comparable = |line: &Line| log::comparable(log.version, line);
    let then: Vec<Line> = log.lines.iter().filter(|line| **line != Line::Unfaithful).filter_map(comparable).collect();
    let now: Vec<Line> = lines.iter().filter_map(comparable).collect();
    Replay { diverged: divergence(&then, &now), lines }
}

/// Replays a log with what was keyed in and said. Values differ; that the path is the same is for this to say.
pub fn unsealed(program: Arc<Program>, log: &Log, truths: &[Truth]) -> Replay {
    let mut restored = log.clone();
    let mut inputs: Vec<&mut Input> =
        restored.lines.iter_mut().filter_map(|line| if let Line::In { input, .. } = line { Some(input) } else { None }).collect();
    for truth in truths {
        let input = usize::try_from(truth.input).ok().and_then(|place| inputs.get_mut(place));
        match (input, &truth.said) {
            (Some(Input::Media(Signal::Key { key, .. }) | Input::Sip(SipEvent::Info { key, .. })), Said::Key(true_key)) => *key = *true_key,
            (Some(Input::Heard { heard, .. }), Said::Heard(true_words)) => *heard = true_words.clone(),
            (Some(_) | None, Said::Key(_) | Said::Heard(_)) => {}
        }
    }
    let lines = replay(program, &restored).lines;
    let then: Vec<Line> = log.lines.iter().filter(|line| **line != Line::Unfaithful).cloned().collect();
    Replay { diverged: parting(&then, &lines), lines }
}

/// Where two traces take different paths, whatever the values in them.
fn parting(then: &[Line], now: &[Line]) -> Option<Divergence> {
    let other = |at: &usize| !matches!((then.get(*at), now.get(*at)), (Some(then), Some(now)) if is_alike(then, now));
    let at = (0..then.len().max(now.len())).find(other)?;
    Some(Divergence { line: at + 1, then: then.get(at).cloned(), now: now.get(at).cloned() })
}

/// Whether two lines are the same but for the values in them.
fn is_alike(then: &Line, now: &Line) -> bool {
    match (then, now) {
        (Line::In { at: then, .. }, Line::In { at: now, .. }) => then == now,
        (Line::Out { at: then, output: wanted }, Line::Out { at: now, output }) => then == now && shape(wanted) == shape(output),
        (then, now) => then == now,
    }
}

fn wanted(control: &mut Control, lines: &mut Vec<Line>) {
    while let Some((at, output)) = control.poll() {
        lines.push(Line::Out { at, output });
    }
}

/// The last time in the log: timers that fired after the last input fire up to here.
fn end(log: &Log) -> CallTime {
    let times = log.lines.iter().map(|line| match line {
        Line::In { at, .. } | Line::Out { at, .. } => *at,
        Line::Opening { .. } | Line::Unfaithful | Line::Incomplete { .. } => CallTime::START,
    });
    times.max().unwrap_or_default()
}

fn divergence(then: &[Line], now: &[Line]) -> Option<Divergence> {
    let at = (0..then.len().max(now.len())).find(|at| then.get(*at) != now.get(*at))?;
    Some(Divergence { line: at + 1, then: then.get(at).cloned(), now: now.get(at).cloned() })
}
