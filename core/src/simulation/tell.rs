//! A simulated call as a talk, for people. Its callers and their numbers are made up.

use std::fmt::Write;

use super::Stage;
use super::call::lived_again;
use super::company::Script;
use super::machine::Machine;
use crate::call::invariant::Seen;
use crate::call::{Action, Input, Note, Opening, Output, SipEvent};
use crate::heard::Heard;
use crate::interpreter::Answer;
use crate::media::{Command, Signal};
use crate::utterance::{Piece, Pieces};

/// The call of a script as a talk, and what it breaks.
pub fn told<M: Machine>(stage: &Stage, seed: u64, script: &Script, make: impl FnOnce(&Opening) -> M) -> String {
    let mut talk = String::new();
    let lived = lived_again(stage, seed, script, make, &mut |at, seen| {
        if let Some(line) = line(stage, seen) {
            let _ = writeln!(talk, "{:>9.2}  {line}", at.millis() as f64 / 1000.0);
        }
    });
    for breach in &lived.breaches {
        let _ = writeln!(talk, "{breach}");
    }
    talk
}

fn line(stage: &Stage, seen: Seen<'_>) -> Option<String> {
    match seen {
        Seen::In(input) => happened(input),
        Seen::Out(output) => wanted(stage, output),
        Seen::Told(_) | Seen::Given(_) => None,
    }
}

fn happened(input: &Input) -> Option<String> {
    Some(match input {
        Input::Sip(SipEvent::HungUp { .. }) => "caller   hangs up".to_owned(),
        Input::Sip(_) | Input::Media(Signal::PlayEnded { .. }) => return None,
        Input::Media(Signal::Key { key, .. }) => format!("caller   presses {}", key.char()),
        Input::Media(Signal::Speech { .. } | Signal::Spoke { .. }) => return None,
        Input::Media(Signal::Recorded { message, enough, why, .. }) => {
            format!("caller   has spoken message {}: {why:?}{}", message.0, if *enough { "" } else { ", too little" })
        }
        Input::Media(Signal::Tone { tone, .. }) => format!("line     {tone:?}"),
        Input::Media(Signal::MediaTimeout { .. }) => "line     is silent".to_owned(),
        Input::Heard { heard, .. } => format!("caller   {}", words(heard)),
        Input::Reply { id, answer: Answer::Outcome { outcome, .. } } => format!("service  answers {}: {outcome}", id.0),
        Input::Reply { id, answer: Answer::Unavailable } => format!("service  answers {}: unavailable", id.0),
        Input::Reply { id, answer: Answer::Unknown } => format!("service  answers {}: unknown", id.0),
        Input::Reply { id, answer: Answer::Errand(ending) } => format!("errand   {} ends: {}", id.0, ending.name()),
        Input::MediaGone => "machine  has no media".to_owned(),
        Input::Drain => "machine  is being stopped".to_owned(),
    })
}

fn words(heard: &Heard) -> String {
    let each = heard.hypotheses().iter().map(|hypothesis| format!("\"{}\" ({})", hypothesis.text, hypothesis.confidence));
    let all = each.collect::<Vec<_>>().join(" or ");
    if all.is_empty() { "says something that nobody understands".to_owned() } else { format!("says {all}") }
}

fn wanted(stage: &Stage, output: &Output) -> Option<String> {
    Some(match output {
        Output::Command(Command::Play { id, pieces, .. }) => format!("robot    [{}] {}", id.0, text(stage, pieces)),
        Output::Command(Command::Stop { id, .. }) => format!("robot    stops {}", id.0),
        Output::Command(_) => return None,
        Output::Action(Action::Lookup { id, service, .. } | Action::Submit { id, service, .. }) => {
            format!("robot    asks {service} as {}", id.0)
        }
        Output::Action(Action::Finish(outcome)) => format!("over     {outcome}"),
        Output::Action(action) => format!("robot    wants {action:?}"),
        Output::Note(Note::Step { flow, step }) => format!("step     {flow}: {step}"),
        Output::Note(note) => format!("note     {note:?}"),
    })
}

fn text(stage: &Stage, pieces: &Pieces) -> String {
    let clips = pieces.iter().filter_map(|piece| match piece {
        Piece::Clip(clip) | Piece::Private(clip) => stage.program.clips.get(clip.0 as usize),
        Piece::Pause(_) | Piece::Tone => None,
    });
    clips.map(|clip| clip.text.as_str()).collect::<Vec<_>>().join(" ")
}
