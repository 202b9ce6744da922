//! The machine of one call: interpreter on one side, legs and world on the other.
//!
//! It hands speech to the port one Play at a time, so no two prompts ever sound at once; it knows which Plays and questions are awaited, so a late answer moves nothing.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Action, HangUpCause, Input, Note, Opening, Outcome, Output, SipEvent};
use crate::flow::graph::{Program, Value};
use crate::grammar::Listened;
use crate::heard::Heard;
use crate::interpreter::{Answer, Attention, Effect, Event, Expects, Gist, Interpreter, RequestId};
use crate::lang::{Both, Lang};
use crate::media::{Command, Leg, LineTone, ListenId, PlayEnd, PlayId, Signal};
use crate::time::CallTime;
use crate::utterance::{BargeIn, Pieces};

/// The last words may take so long; a port that never ends them holds no call up.
const FAREWELL_MAX: Duration = Duration::from_secs(60);

/// Between the end of the last words and the BYE: what is still in the far end's jitter buffer is heard.
const LINGER: Duration = Duration::from_millis(400);

/// One call.
pub struct Control {
    interpreter: Interpreter,
    trusted: bool,
    /// What no other call has: with the question's number it names an intent.
    name: String,
    phase: Phase,
    queue: VecDeque<Utterance>,
    playing: Option<(PlayId, BargeIn)>,
    plays: u32,
    /// Who listens, and for what.
    listening: Option<(ListenId, Attention)>,
    listens: u32,
    outputs: VecDeque<(CallTime, Output)>,
}

/// How far the call is.
enum Phase {
    /// It runs.
    Up,
    /// The flow has ended; the last words are still being said.
    Parting { outcome: String, until: CallTime },
    /// It is over.
    Over,
}

struct Utterance {
    pieces: Pieces,
    barge_in: BargeIn,
    in_each: Box<Both<Pieces>>,
}

impl Utterance {
    fn spoken_in(self, lang: Option<Lang>) -> (Pieces, BargeIn) {
        let pieces = lang.map_or(self.pieces, |lang| self.in_each[lang].clone());
        (pieces, self.barge_in)
    }
}

/// Where it stands, and nothing that the caller said.
impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("interpreter", &self.interpreter).field("playing", &self.playing).finish_non_exhaustive()
    }
}

impl Control {
    /// A call that has just been answered.
    pub fn new(program: Arc<Program>, opening: &Opening) -> Self {
        Self {
            interpreter: Interpreter::new(program, opening.setting()),
            trusted: opening.trusted,
            name: format!("{:x}-{:016x}", opening.answered_at_ms, opening.seed),
            phase: Phase::Up,
            queue: VecDeque::new(),
            playing: None,
            plays: 0,
            listening: None,
            listens: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Takes what happened. Deadlines up to `now` fire first, at their own times.
    pub fn handle(&mut self, now: CallTime, input: Input) {
        self.handle_deadline(now);
        match input {
            Input::Sip(event) => self.handle_sip(now, event),
            Input::Media(signal) => self.handle_signal(now, signal),
            Input::Reply { id, answer } => self.handle_reply(now, id, answer),
            Input::Heard { leg: _, heard } => self.tell(now, Event::Heard(heard)),
            Input::MediaGone => self.leave(now, Outcome::MediaLost),
            Input::Drain => self.leave(now, Outcome::Drained),
        }
    }

    /// Fires every deadline up to `now`, each at its own time: waking up late changes nothing.
    pub fn handle_deadline(&mut self, now: CallTime) {
        match &self.phase {
            Phase::Up => {
                self.interpreter.handle_deadline(now);
                self.obey();
            }
            Phase::Parting { outcome, until } if *until <= now => {
                let (outcome, until) = (outcome.clone(), *until);
                self.leave(until, Outcome::Flow(outcome));
            }
            Phase::Parting { .. } | Phase::Over => {}
        }
    }

    /// When [`Self::handle_deadline`] is wanted next.
    pub fn deadline(&self) -> Option<CallTime> {
        match &self.phase {
            Phase::Up => self.interpreter.deadline(),
            Phase::Parting { until, .. } => Some(*until),
            Phase::Over => None,
        }
    }

    /// What is wanted next, with the time at which it was caused.
    pub fn poll(&mut self) -> Option<(CallTime, Output)> {
        self.outputs.pop_front()
    }

    /// Whether the call is over.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Whether the flow has ended and only its last words keep the call up.
    pub fn is_parting(&self) -> bool {
        matches!(self.phase, Phase::Parting { .. })
    }

    /// The language of the call, once it is known.
    pub fn lang(&self) -> Option<Lang> {
        self.interpreter.lang()
    }

    /// What a slot of the running flow holds, or of a flow that called it.
    pub fn slot(&self, name: &str) -> Option<&Value> {
        self.interpreter.slot(name)
    }

    /// What the next key would answer.
    pub fn expects(&self) -> Expects {
        match self.phase {
            Phase::Up => self.interpreter.expects(),
            Phase::Parting { .. } | Phase::Over => Expects::OneOf(Vec::new()),
        }
    }

    /// What an utterance would come to now, without the private values in it.
    pub fn gist(&self, heard: &Heard) -> Gist {
        self.interpreter.gist(heard)
    }

    /// What words would answer.
    pub fn listens_for(&self) -> Listened {
        self.interpreter.listens_for()
    }

    /// Who listens to the caller, if anybody, and for what: the last [`Command::Listen`].
    pub fn listening(&self) -> Option<(ListenId, Attention)> {
        self.listening
    }

    fn handle_sip(&mut self, now: CallTime, event: SipEvent) {
        match event {
            SipEvent::Answered { leg, session } => {
                self.command(now, Command::Session { leg, session });
                self.tell(now, Event::Started);
            }
            SipEvent::Session { leg, session } => self.command(now, Command::Session { leg, session }),
            SipEvent::Info { leg, key } => self.command(now, Command::OutOfBandKey { leg, key }),
            SipEvent::HungUp { leg: _, cause } => self.finish(
                now,
                match cause {
                    HangUpCause::Bye => Outcome::HungUp,
                    HangUpCause::Cancel => Outcome::Cancelled,
                    HangUpCause::Lost => Outcome::SignallingLost,
                },
            ),
        }
    }

    fn handle_signal(&mut self, now: CallTime, signal: Signal) {
        match signal {
            Signal::Key { key, .. } => self.tell(now, Event::Key(key)),
            Signal::PlayEnded { id, why, .. } => self.play_ended(now, id, why),
            Signal::Speech { listen, .. } => self.speaks(now, listen),
            Signal::Tone { tone, .. } => self.line_tone(now, tone),
            Signal::Spoke { message, .. } => self.tell(now, Event::Spoke(message)),
            Signal::Recorded { message, enough, .. } => self.tell(now, Event::Recorded { message, enough }),
            Signal::MediaTimeout { .. } => self.leave(now, Outcome::MediaLost),
        }
    }

    /// Nobody is there to be spoken with. What the flow had come to before stays its outcome.
    fn line_tone(&mut self, now: CallTime, tone: LineTone) {
        let outcome = match (&self.phase, tone) {
            (Phase::Parting { outcome, .. }, _) => Outcome::Flow(outcome.clone()),
            (Phase::Up | Phase::Over, LineTone::Fax) => Outcome::Fax,
            (Phase::Up | Phase::Over, LineTone::Busy) => Outcome::Busy,
        };
        self.leave(now, outcome);
    }

    fn handle_reply(&mut self, now: CallTime, id: RequestId, answer: Answer) {
        if self.interpreter.awaited() == Some(id) && matches!(self.phase, Phase::Up) {
            self.tell(now, Event::Answered { id, answer });
        } else {
            self.note(now, Note::StaleReply(id));
        }
    }

    /// Who began at a question that is over speaks to nobody.
    fn speaks(&mut self, now: CallTime, listen: ListenId) {
        if self.listening.is_some_and(|(id, _)| id == listen) {
            self.tell(now, Event::Speaks);
        }
    }

    fn play_ended(&mut self, now: CallTime, ended: PlayId, why: PlayEnd) {
        let Some((_, barge_in)) = self.playing.take_if(|(id, _)| *id == ended) else {
            return self.note(now, Note::StalePlay(ended));
        };
        if why == PlayEnd::Speech {
            self.tell(now, Event::Interrupted);
        }
        self.speak(now);
        match self.playing {
            None => self.said(now),
            Some(_) if barge_in == BargeIn::Off && !self.has_notice() => self.tell(now, Event::NoticeSaid),
            Some(_) => {}
        }
    }

    /// Whether something that may not be interrupted is still to be heard.
    fn has_notice(&self) -> bool {
        let playing = self.playing.is_some_and(|(_, barge_in)| barge_in == BargeIn::Off);
        playing || self.queue.iter().any(|utterance| utterance.barge_in == BargeIn::Off)
    }

    fn said(&mut self, now: CallTime) {
        match &mut self.phase {
            Phase::Up => self.tell(now, Event::Said),
            Phase::Parting { until, .. } => *until = (*until).min(now + LINGER),
            Phase::Over => {}
        }
    }

    fn tell(&mut self, now: CallTime, event: Event) {
        if matches!(self.phase, Phase::Up) {
            self.interpreter.handle(now, event);
            self.obey();
        }
    }

    /// Does what the interpreter wants.
    fn obey(&mut self) {
        while let Some((at, effect)) = self.interpreter.poll() {
            match effect {
                Effect::Say { pieces, barge_in, in_each } => {
                    self.queue.push_back(Utterance { pieces, barge_in, in_each });
                    self.speak(at);
                }
                Effect::Hush => self.hush(at),
                Effect::Lookup { id, service, request, deadline } => {
                    let deadline_ms = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
                    self.action(at, Action::Lookup { id, service, request, deadline_ms });
                }
                Effect::Submit { id, service, request, deadline, undo, telling } => {
                    let (deadline_ms, key) = (u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX), self.intent(id));
                    self.action(at, Action::Submit { id, service, request, key, deadline_ms, undo, telling });
                }
                Effect::Tell { of } => self.action(at, Action::Tell { of }),
                Effect::Errand { id, wanted } => self.action(at, Action::Errand { id, wanted }),
                Effect::Tape { id, message } => self.action(at, Action::Tape { id, message }),
                Effect::Record { message, silence, max } => {
                    let [silence_ms, max_ms] = [silence, max].map(|span| u32::try_from(span.as_millis()).unwrap_or(u32::MAX));
                    self.command(at, Command::Record { leg: Leg::A, message, silence_ms, max_ms });
                }
                Effect::StopRecord(message) => self.command(at, Command::StopRecord { leg: Leg::A, message }),
                Effect::Keep(message) => self.action(at, Action::Keep(message)),
                Effect::Mark { survey, mark } => self.action(at, Action::Mark { survey, mark }),
                Effect::Undo { of, service, request, unless } => self.action(at, Action::Undo { of, service, request, unless }),
                Effect::Language(lang) => {
                    self.note(at, Note::Language(lang));
                    if self.trusted {
                        self.action(at, Action::RememberLanguage(lang));
                    }
                }
                Effect::Listen(attention) => self.listen(at, attention),
                Effect::Redact(on) => self.action(at, Action::Redact { leg: Leg::A, on }),
                Effect::Command { name } => self.note(at, Note::Command { name: name.to_owned() }),
                Effect::Unheard(why) => self.note(at, Note::Unheard(why)),
                Effect::Prosody(prosody) => self.command(at, Command::Prosody { leg: Leg::A, prosody }),
                Effect::Trouble(trouble) => self.note(at, Note::Trouble(trouble)),
                Effect::Step { flow, step } => self.note(at, Note::Step { flow, step }),
                Effect::Way { flow, step, kind, way, by } => self.note(at, Note::Way { flow, step, kind, way, by }),
                Effect::End { outcome } => self.part(at, outcome),
            }
        }
    }

    fn listen(&mut self, at: CallTime, attention: Option<Attention>) {
        self.listening = attention.map(|attention| {
            self.listens += 1;
            (ListenId(self.listens), attention)
        });
        self.command(at, self.listening.map_or(Command::Deafen { leg: Leg::A }, |(id, _)| Command::Listen { leg: Leg::A, id }));
    }

    /// The idempotency key of a submit: the same in a replay, and never another call's.
    fn intent(&self, id: RequestId) -> String {
        format!("{}-{}", self.name, id.0)
    }

    /// Begins the next utterance, unless one is being said: in the language that the call has by now.
    fn speak(&mut self, now: CallTime) {
        if self.playing.is_some() {
            return;
        }
        let lang = self.interpreter.lang();
        let mut waiting = std::iter::from_fn(|| self.queue.pop_front().map(|utterance| utterance.spoken_in(lang)));
        if let Some((pieces, barge_in)) = waiting.find(|(pieces, _)| !pieces.is_empty()) {
            self.plays += 1;
            let id = PlayId(self.plays);
            self.playing = Some((id, barge_in));
            self.command(now, Command::Play { leg: Leg::A, id, pieces, barge_in });
        }
    }

    /// Stops what a key may stop and drops what waits behind it; a legal notice stays. The stopped Play is awaited no longer.
    fn hush(&mut self, now: CallTime) {
        self.queue.retain(|utterance| utterance.barge_in == BargeIn::Off);
        if let Some((id, _)) = self.playing.take_if(|(_, barge_in)| *barge_in != BargeIn::Off) {
            self.command(now, Command::Stop { leg: Leg::A, id });
        }
        self.speak(now);
    }

    /// The flow is over: the last words are said, then the leg is hung up.
    fn part(&mut self, now: CallTime, outcome: String) {
        self.phase = Phase::Parting { outcome, until: now + FAREWELL_MAX };
        if self.playing.is_none() {
            self.said(now);
        }
    }

    /// Hangs up.
    fn leave(&mut self, now: CallTime, outcome: Outcome) {
        if !self.is_over() {
            self.action(now, Action::HangUp(Leg::A));
            self.finish(now, outcome);
        }
    }

    fn finish(&mut self, now: CallTime, outcome: Outcome) {
        if self.is_over() {
            return;
        }
        self.interpreter.abandon(now);
        self.obey();
        self.phase = Phase::Over;
        self.queue.clear();
        self.playing = None;
        self.action(now, Action::Finish(outcome));
    }

    fn command(&mut self, at: CallTime, command: Command) {
        if !self.is_over() {
            self.outputs.push_back((at, Output::Command(command)));
        }
    }

    fn action(&mut self, at: CallTime, action: Action) {
        self.outputs.push_back((at, Output::Action(action)));
    }

    fn note(&mut self, at: CallTime, note: Note) {
        if !self.is_over() {
            self.outputs.push_back((at, Output::Note(note)));
        }
    }
}
