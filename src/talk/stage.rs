//! One call at virtual time: the same `Control` as a live call, services that answer as the talk says, and speech that takes as long as its clips.
//!
//! It does what the caller does, and keeps what the robot has said and done meanwhile as a [`Turn`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dauys_core::call::{self, Action, Control, HangUpCause, Input, Note, Outcome, Output, SipEvent, Trail};
use dauys_core::flow::coverage::Coverage;
use dauys_core::flow::graph::{ClipSpec, Program, Value};
use dauys_core::interpreter::{Answer, Expects, RequestId, Wanted};
use dauys_core::lang::Lang;
use dauys_core::media::{Command, KeyMethod, Leg, PlayEnd, PlayId, Signal};
use dauys_core::simulation::Tape;
use dauys_core::time::{CallTime, TICK, Tick};
use dauys_core::utterance::{ClipId, Piece, TONE};

use super::script::{Act, Answers, Deed, Errand, Opening, Planned};
use crate::bundle::Bundle;
use crate::chat;

/// Between what the robot says and what the caller does, and between two keys. What is cut short before has not been heard.
const REACTION: Duration = Duration::from_millis(200);
/// A clip that has not been made is said as fast as people read aloud: this long for each letter.
const LETTER: Duration = Duration::from_millis(70);
/// The most that may happen in one talk.
const EVENTS_MAX: u32 = 20_000;

/// One prompt as it was said, with the values in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Saying {
    /// The prompt's whole name; none where a value is said by itself.
    pub(super) prompt: Option<String>,
    /// In which language.
    pub(super) lang: Lang,
    /// Its words.
    pub(super) text: String,
}

/// What the robot has said and done since the caller did something.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Turn {
    /// What it has said, or begun to.
    pub(super) said: Vec<Saying>,
    /// Which services it asked, and what.
    pub(super) asked: Vec<(String, BTreeMap<String, Value>)>,
    /// Which commands it heard.
    pub(super) commands: Vec<String>,
    /// Which language it keeps for the next call.
    pub(super) remembered: Option<Lang>,
    /// Services that were asked more often than the talk has answers for.
    pub(super) unanswered: Vec<String>,
}

/// A call that is under way.
pub(super) struct Stage<'a> {
    bundle: &'a Bundle,
    control: Control,
    now: CallTime,
    speaking: Option<Speech>,
    tape: Tape,
    replies: Vec<(CallTime, RequestId, Answer)>,
    services: BTreeMap<String, (Answers, usize)>,
    errands: BTreeMap<Errand, (Answers, usize)>,
    turn: Turn,
    step: (String, String),
    ended: Option<Outcome>,
    trail: Trail,
    coverage: &'a mut Coverage,
    events: u32,
}

/// What is being said.
struct Speech {
    id: PlayId,
    since: CallTime,
    until: CallTime,
    /// Each with the time at which it begins.
    sayings: Vec<(CallTime, Saying)>,
}

impl<'a> Stage<'a> {
    /// The call is answered, and nothing has been said.
    pub(super) fn new(
        bundle: &'a Bundle,
        opening: &Opening,
        services: BTreeMap<String, Answers>,
        errands: BTreeMap<Errand, Answers>,
        coverage: &'a mut Coverage,
    ) -> Self {
        let opening = call::Opening {
            answered_at_ms: opening.start_ms,
            called: opening.called.clone(),
            trusted: true,
            lang: opening.lang,
            seed: 0,
            bundle: String::new(),
            recording: None,
            caller: opening.caller,
        };
        let mut stage = Self {
            bundle,
            control: Control::new(Arc::clone(&bundle.program), &opening),
            now: CallTime::START,
            speaking: None,
            tape: Tape::default(),
            replies: Vec::new(),
            services: services.into_iter().map(|(name, answers)| (name, (answers, 0))).collect(),
            errands: errands.into_iter().map(|(errand, answers)| (errand, (answers, 0))).collect(),
            turn: Turn::default(),
            step: (String::new(), String::new()),
            ended: None,
            trail: Trail::new(&opening),
            coverage,
            events: 0,
        };
        stage.handle(Input::Sip(SipEvent::Answered { leg: Leg::A, session: chat::TERMINAL }));
        stage
    }

    /// Lets the robot speak until `next` is done, and takes its turn.
    pub(super) fn turn_before(&mut self, next: Option<&Act>) -> Turn {
        match next {
            Some(Act::Interrupts(after, _)) => self.run(Some(self.now + *after)),
            Some(Act::Then(_) | Act::Silence | Act::Wait(_)) | None => self.run(None),
        }
        if let Some(speech) = &self.speaking {
            let begun = speech.sayings.iter().filter(|(at, _)| *at < self.now);
            self.turn.said.extend(begun.map(|(_, saying)| saying.clone()));
        }
        if let Some(speech) = &mut self.speaking {
            speech.sayings.retain(|(at, _)| *at >= self.now);
        }
        std::mem::take(&mut self.turn)
    }

    /// The caller does it.
    pub(super) fn act(&mut self, act: &Act) {
        match act {
            Act::Then(deed) => {
                self.run(Some(self.now + REACTION));
                self.does(deed);
            }
            Act::Interrupts(_, deed) => self.does(deed),
            Act::Silence => {
                if let Some(patience) = self.tape.due().or_else(|| self.control.deadline()) {
                    self.run(Some(patience));
                }
            }
            Act::Wait(span) => self.run(Some(self.now + *span)),
        }
    }

    /// How the call ended.
    pub(super) const fn ended(&self) -> Option<&Outcome> {
        self.ended.as_ref()
    }

    /// The flow and the step that were entered last.
    pub(super) const fn step(&self) -> &(String, String) {
        &self.step
    }

    /// The language of the call.
    pub(super) fn lang(&self) -> Option<Lang> {
        self.control.lang()
    }

    /// What a slot holds.
    pub(super) fn slot(&self, name: &str) -> Option<&Value> {
        self.control.slot(name)
    }

    fn does(&mut self, deed: &Deed) {
        match deed {
            Deed::Says(heard) => self.handle(Input::Heard { leg: Leg::A, heard: heard.clone() }),
            Deed::Presses(keys) => {
                for (nth, key) in keys.iter().enumerate() {
                    if nth > 0 {
                        self.run(Some(self.now + REACTION));
                    }
                    self.handle(Input::Media(Signal::Key { leg: Leg::A, tick: self.tick(), key: *key, by: KeyMethod::Event }));
                    self.over(|tape, now| tape.key(now));
                }
            }
            Deed::Speaks(span) => {
                self.tape.speak(self.now, *span);
                self.run(Some(self.now + *span));
            }
            Deed::HangsUp => self.handle(Input::Sip(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye })),
        }
    }

    /// Lets happen what happens: up to a time, or until the robot is silent and waits for the caller.
    fn run(&mut self, until: Option<CallTime>) {
        while self.ended.is_none() && self.events < EVENTS_MAX {
            if until.is_none() && self.is_waiting() {
                return;
            }
            let reply = self.replies.iter().map(|(at, ..)| *at).min();
            let spoken = self.speaking.as_ref().map(|speech| speech.until);
            let Some(at) = [spoken, reply, self.tape.due(), self.control.deadline()].into_iter().flatten().min() else { break };
            if until.is_some_and(|until| at > until) {
                break;
            }
            self.now = self.now.max(at);
            self.events += 1;
            self.happen(at, spoken, reply);
        }
        self.now = until.map_or(self.now, |until| until.max(self.now));
    }

    fn happen(&mut self, at: CallTime, spoken: Option<CallTime>, reply: Option<CallTime>) {
        if spoken == Some(at) {
            self.spoken();
        } else if self.tape.due() == Some(at) {
            self.over(|tape, now| tape.tell(now));
        } else if reply == Some(at) {
            self.answered(at);
        } else {
            self.control.handle_deadline(at);
            self.obey();
        }
    }

    fn is_waiting(&self) -> bool {
        self.speaking.is_none() && !self.tape.is_spoken_to() && !self.control.is_parting() && self.control.expects() != Expects::Nothing
    }

    fn spoken(&mut self) {
        if let Some(speech) = self.speaking.take() {
            self.turn.said.extend(speech.sayings.into_iter().map(|(_, saying)| saying));
            self.play_ended(speech.id, PlayEnd::Finished);
        }
    }

    fn answered(&mut self, at: CallTime) {
        if let Some(place) = self.replies.iter().position(|(due, ..)| *due == at) {
            let (_, id, answer) = self.replies.remove(place);
            self.handle(Input::Reply { id, answer });
        }
    }

    /// What the port tells of a message.
    fn over(&mut self, told: impl FnOnce(&mut Tape, CallTime) -> Option<Signal>) {
        if let Some(told) = told(&mut self.tape, self.now) {
            self.handle(Input::Media(told));
        }
    }

    fn play_ended(&mut self, id: PlayId, why: PlayEnd) {
        self.handle(Input::Media(Signal::PlayEnded { leg: Leg::A, tick: self.tick(), id, why }));
    }

    fn tick(&self) -> Tick {
        Tick(self.now.millis() / 20)
    }

    fn handle(&mut self, input: Input) {
        self.control.handle(self.now, input);
        self.obey();
    }

    fn obey(&mut self) {
        while let Some((_, output)) = self.control.poll() {
            self.trail.follow(&output, self.coverage);
            match output {
                Output::Command(Command::Play { id, pieces, .. }) => self.play(id, &pieces),
                Output::Command(Command::Stop { id, .. }) => self.stop(id),
                Output::Command(Command::Record { message, silence_ms, max_ms, .. }) => {
                    self.tape.begin(self.now, message, silence_ms, max_ms)
                }
                Output::Command(Command::Listen { .. } | Command::Deafen { .. }) => {} // its words are written
                Output::Command(Command::StopRecord { message, .. }) => drop(self.tape.stop(self.now, message)),
                Output::Command(
                    Command::Session { .. } | Command::Prosody { .. } | Command::OutOfBandKey { .. } | Command::SendKey { .. },
                ) => {}
                Output::Action(Action::Lookup { id, service, request, .. } | Action::Submit { id, service, request, .. }) => {
                    self.ask(id, service, request);
                }
                Output::Action(Action::Errand { id, wanted }) => self.run_errand(id, &wanted),
                Output::Action(Action::Tape { id, .. }) => drop(self.end_errand(id, Errand::Record)),
                Output::Action(Action::Undo { .. } | Action::Tell { .. }) => {}
                Output::Action(Action::RememberLanguage(lang)) => self.turn.remembered = Some(lang),
                Output::Action(Action::HangUp(_) | Action::Redact { .. } | Action::Keep(_) | Action::Mark { .. }) => {}
                Output::Action(Action::Finish(outcome)) => self.ended = Some(outcome),
                Output::Note(Note::Step { flow, step }) => self.step = (flow, step),
                Output::Note(Note::Command { name }) => self.turn.commands.push(name),
                Output::Note(Note::Way { .. } | Note::Language(_) | Note::Trouble(_) | Note::Unheard(_)) => {}
                Output::Note(Note::StalePlay(_) | Note::StaleReply(_)) => {}
            }
        }
    }

    fn play(&mut self, id: PlayId, pieces: &[Piece]) {
        let mut until = self.now;
        let mut begun: Vec<(CallTime, &[Piece])> = Vec::new();
        for group in sayings(&self.bundle.program, pieces) {
            begun.push((until, group));
            until = group.iter().fold(until, |at, piece| at + self.length(*piece));
        }
        let sayings = begun.into_iter().filter_map(|(at, group)| Some((at, saying(&self.bundle.program, group)?))).collect();
        self.speaking = Some(Speech { id, since: self.now, until, sayings });
    }

    /// What had begun was heard, unless it was all cut at once, as a `#` after a full row does.
    fn stop(&mut self, id: PlayId) {
        let now = self.now;
        let Some(speech) = self.speaking.take_if(|speech| speech.id == id) else { return };
        if now - speech.since > REACTION {
            self.turn.said.extend(speech.sayings.into_iter().filter(|(at, _)| *at < now).map(|(_, saying)| saying));
        }
        self.play_ended(id, PlayEnd::Stopped);
    }

    fn length(&self, piece: Piece) -> Duration {
        match piece {
            Piece::Pause(ms) => Duration::from_millis(ms.into()),
            Piece::Tone => TONE,
            Piece::Clip(clip) | Piece::Private(clip) => match self.bundle.clips.length(clip) {
                Some(ticks @ 1..) => TICK * u32::try_from(ticks).unwrap_or(u32::MAX),
                Some(0) | None => LETTER * spec(&self.bundle.program, clip).map_or(0, |spec| spec.text.chars().count() as u32),
            },
        }
    }

    /// Runs an errand: it ends as the talk says, else as wanted.
    fn run_errand(&mut self, id: RequestId, wanted: &Wanted) {
        let errand = match wanted {
            Wanted::Sms { .. } => Errand::Sms,
            Wanted::Transfer { .. } => Errand::Transfer,
            Wanted::Callback { .. } => Errand::Callback,
        };
        if !self.end_errand(id, errand)
            && let Some(ending) = errand.endings().first()
        {
            self.replies.push((self.now, id, Answer::Errand(*ending)));
        }
    }

    /// Ends it as the talk says, or never; or the talk says nothing.
    fn end_errand(&mut self, id: RequestId, errand: Errand) -> bool {
        let planned = self.errands.get_mut(&errand).and_then(|(answers, asked)| next(answers, asked));
        if let Some(Planned { answer: Some(answer), after }) = &planned {
            self.replies.push((self.now + *after, id, answer.clone()));
        }
        planned.is_some()
    }

    /// Asks a service of the talk. One that it does not name never answers.
    fn ask(&mut self, id: RequestId, service: String, request: BTreeMap<String, Value>) {
        let planned = self.services.get_mut(&service).and_then(|(answers, asked)| next(answers, asked));
        match planned {
            Some(Planned { answer: Some(answer), after }) => self.replies.push((self.now + after, id, answer)),
            Some(Planned { answer: None, .. }) => {}
            None => self.turn.unanswered.push(service.clone()),
        }
        self.turn.asked.push((service, request));
    }
}

fn next(answers: &Answers, asked: &mut usize) -> Option<Planned> {
    match answers {
        Answers::Always(planned) => Some(planned.clone()),
        Answers::Each(each) => {
            *asked += 1;
            each.get(*asked - 1).cloned()
        }
    }
}

fn spec(program: &Program, clip: ClipId) -> Option<&ClipSpec> {
    program.clips.get(clip.0 as usize)
}

fn clip(program: &Program, piece: Piece) -> Option<&ClipSpec> {
    match piece {
        Piece::Clip(clip) | Piece::Private(clip) => spec(program, clip),
        Piece::Pause(_) | Piece::Tone => None,
    }
}

/// The prompt that a clip belongs to; none for a word of a value.
fn prompt(spec: &ClipSpec) -> Option<&str> {
    let name = spec.name.strip_prefix("prompts/")?;
    Some(name.split_once('.').map_or(name, |(prompt, _)| prompt))
}

/// The pieces, cut where another prompt begins, or the same one anew. A value belongs to the prompt around it.
fn sayings<'p>(program: &Program, pieces: &'p [Piece]) -> Vec<&'p [Piece]> {
    let mut cuts = vec![0];
    let mut at: Option<(&str, Lang)> = None;
    let mut seen: Vec<&str> = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        let Some(spec) = clip(program, *piece) else { continue };
        let Some(prompt) = prompt(spec) else { continue };
        if at.is_some_and(|at| at != (prompt, spec.lang)) || seen.contains(&spec.name.as_str()) {
            cuts.push(place);
            seen.clear();
        }
        at = Some((prompt, spec.lang));
        seen.push(&spec.name);
    }
    let ends = cuts.iter().skip(1).copied().chain([pieces.len()]);
    cuts.iter().zip(ends).map(|(start, end)| &pieces[*start..end]).collect()
}

fn saying(program: &Program, pieces: &[Piece]) -> Option<Saying> {
    let specs = || pieces.iter().filter_map(|piece| clip(program, *piece));
    let first = specs().next()?;
    let prompt = specs().find_map(prompt).map(str::to_owned);
    Some(Saying { prompt, lang: first.lang, text: chat::text(program, pieces) })
}
