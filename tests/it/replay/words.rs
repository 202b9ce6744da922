//! A caller who speaks: the words are replayed, compared on other flows, sealed, and redacted.

use std::sync::Arc;

use dauys_core::call::log::{Line, Log, VERSION};
use dauys_core::call::replay::{On, Told, against, fork, redacted, replay, story, unsealed};
use dauys_core::call::{Action, Control, Input, Output, Recorder, SipEvent, Truth};
use dauys_core::flow::graph::Value;
use dauys_core::heard::Heard;
use dauys_core::interpreter::{Answer, Expects, RequestId};
use dauys_core::media::{Command, Leg, PlayEnd, PlayId, Session, Signal};
use dauys_core::time::{CallTime, TICK, Tick};
use dauys_core::utterance::{ClipId, Piece, Pieces};

use crate::seam::{BUNDLE, opening};

/// What the caller says at each question.
const SAID: [&str; 5] = [
    "русский",
    "меня зовут Айгуль Сериковна готов ли документ",
    "ноль ноль два пять один два три четыре пять шесть семь восемь",
    "да",
    "нет",
];
const ROW: &str = "один два три четыре пять шесть семь восемь";

fn ticks(clip: ClipId) -> u64 {
    BUNDLE.clips.length(clip).unwrap_or(0)
}

fn length(pieces: &Pieces) -> std::time::Duration {
    let ticks = pieces.iter().map(|piece| match piece {
        Piece::Clip(clip) | Piece::Private(clip) => ticks(*clip),
        Piece::Pause(ms) => u64::from(*ms) / 20,
        Piece::Tone => 12,
    });
    TICK * u32::try_from(ticks.sum::<u64>()).unwrap()
}

/// Whoever lives through the call: what is being said to them, and what was asked for them.
struct Caller {
    control: Control,
    recorder: Recorder,
    now: CallTime,
    playing: Option<(CallTime, PlayId)>,
    asked: Option<(CallTime, RequestId)>,
    silent_since: CallTime,
    truths: Vec<Truth>,
}

impl Caller {
    fn take(&mut self, input: &Input) {
        self.control.handle_deadline(self.now);
        self.settle();
        self.recorder.before(self.now, input, &self.control);
        self.control.handle(self.now, input.clone());
        self.settle();
    }

    fn settle(&mut self) {
        while let Some((at, output)) = self.control.poll() {
            self.recorder.output(at, &output);
            match &output {
                Output::Command(Command::Play { id, pieces, .. }) => self.playing = Some((at + length(pieces) + TICK * 2, *id)),
                Output::Command(Command::Stop { .. }) => self.playing = None,
                Output::Action(Action::Lookup { id, .. }) => self.asked = Some((at + TICK * 20, *id)),
                Output::Command(_) | Output::Action(_) | Output::Note(_) => {}
            }
            self.silent_since = at;
        }
        self.recorder.after(self.now, &self.control);
        self.truths.extend(self.recorder.truths());
    }

    fn tick(&mut self, said: &mut impl Iterator<Item = &'static str>) {
        self.now = self.now + TICK;
        if let Some((_, id)) = self.playing.take_if(|(at, _)| *at <= self.now) {
            let tick = Tick(self.now.millis() / 20);
            return self.take(&Input::Media(Signal::PlayEnded { leg: Leg::A, tick, id, why: PlayEnd::Finished }));
        }
        if let Some((_, id)) = self.asked.take_if(|(at, _)| *at <= self.now) {
            let fields = [("document", "passport"), ("branch", "astana_esil")].map(|(name, item)| (name.into(), Value::Item(item.into())));
            return self.take(&Input::Reply { id, answer: Answer::Outcome { outcome: "ready".into(), fields: fields.into() } });
        }
        let still = self.playing.is_none() && self.now - self.silent_since > TICK * 50;
        let listens = still && self.asked.is_none() && self.control.expects() != Expects::Nothing && !self.control.is_parting();
        if let Some(text) = listens.then(|| said.next()).flatten() {
            return self.take(&Input::Heard { leg: Leg::A, heard: Heard::typed(text) });
        }
        self.control.handle_deadline(self.now);
        self.settle();
    }
}

fn call() -> (Log, Vec<Truth>) {
    let opening = opening(1414);
    let control = Control::new(Arc::clone(&BUNDLE.program), &opening);
    let recorder = Recorder::new(Arc::clone(&BUNDLE.program), &opening);
    let (now, truths) = (CallTime::START, Vec::new());
    let mut caller = Caller { control, recorder, now, playing: None, asked: None, silent_since: now, truths };
    let session = Session::plain("192.0.2.1:30000".parse().unwrap());
    caller.take(&Input::Sip(SipEvent::Answered { leg: Leg::A, session }));
    let mut said = SAID.into_iter();
    for _ in 0..20_000 {
        if !caller.control.is_over() {
            caller.tick(&mut said);
        }
    }
    let lines = std::iter::from_fn(|| caller.recorder.poll()).filter(|line| !matches!(line, Line::Opening { .. })).collect();
    (Log { version: VERSION, opening, lines }, caller.truths)
}

fn heard(lines: &[Line]) -> Vec<String> {
    let told = story(&BUNDLE.program, lines).into_iter();
    told.filter_map(|told| if let Told::Heard(words) = told { Some(words) } else { None }).collect()
}

fn names(lines: &[Line]) -> Vec<String> {
    story(&BUNDLE.program, lines)
        .iter()
        .filter_map(Told::decision)
        .map(ToString::to_string)
        .filter(|name| name.starts_with("step"))
        .collect()
}

#[test]
fn a_spoken_call_replays_and_is_the_same_on_its_own_flows() {
    let (log, _) = call();
    assert!(!log.lines.contains(&Line::Unfaithful));
    assert!(names(&log.lines).contains(&"step      main/goodbye".to_owned()), "{:#?}", story(&BUNDLE.program, &log.lines));
    assert_eq!(replay(Arc::clone(&BUNDLE.program), &log).diverged, None);
    let on = On { program: Arc::clone(&BUNDLE.program), ticks: &ticks };
    let rerun = against(&on, &log, &on);
    assert_eq!((rerun.unanswered, rerun.unused), (None, 0));
    let [then, now] = [&log.lines, &rerun.lines].map(|lines| story(&BUNDLE.program, lines));
    assert_eq!(fork(&then, &now), None);
    assert_eq!(heard(&rerun.lines), heard(&log.lines));
}

#[test]
fn other_words_go_another_way() {
    let (log, _) = call();
    let mut other = log.clone();
    for line in &mut other.lines {
        if let Line::In { input: Input::Heard { heard, .. }, .. } = line
            && heard.hypotheses()[0].text == "да"
        {
            *heard = Heard::typed("нет");
        }
    }
    assert_ne!(log, other);
    assert!(replay(Arc::clone(&BUNDLE.program), &other).diverged.is_some());
}

#[test]
fn a_spoken_row_is_false_in_the_log_and_comes_back_with_the_seal() {
    let (log, truths) = call();
    assert!(!heard(&log.lines).iter().any(|words| words.contains(ROW)), "{:?}", heard(&log.lines));
    assert_eq!(truths.len(), 1, "{truths:?}");
    let again = unsealed(Arc::clone(&BUNDLE.program), &log, &truths);
    assert_eq!(again.diverged, None);
    assert!(heard(&again.lines).iter().any(|words| words.contains(ROW)));
}

#[test]
fn a_redacted_call_keeps_only_the_words_on_which_its_path_hangs() {
    let (log, _) = call();
    let nobody = redacted(&BUNDLE.program, &log).unwrap();
    assert_eq!(names(&nobody.lines), names(&log.lines));
    let (before, after) = (heard(&log.lines), heard(&nobody.lines));
    assert!(before[1].contains("айгуль") || before[1].contains("Айгуль"), "the log has it: {before:?}");
    assert!(!after.iter().any(|words| words.to_lowercase().contains("айгуль")), "{after:?}");
    assert_eq!(after.len(), before.len());
    assert!(!after.contains(&before[2]), "another false row");
}
