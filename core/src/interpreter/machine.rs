//! The machine: what it is waiting for, and what each event and each timer does to it.
//!
//! It walks ahead while speech plays, until it needs the caller or a service. So a key always meets the question that comes next, also while a legal notice
//! before it is still being heard: the notice plays on, the answer counts.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use super::frame::Frame;
use super::lookup::Pending;
use super::meaning::Understood;
use super::question::Question;
use super::record::Taking;
use super::speech::{Part, Voice};
use super::submit::Hold;
use super::timer::{Timer, Timers};
use super::{Attention, Effect, Event, Setting};
use crate::calendar::hours::Span;
use crate::calendar::{self, Date, Time};
use crate::flow::coverage::By;
use crate::flow::graph::{Act, Flow, Program, Value};
use crate::grammar::{Context, navigation};
use crate::key::Key;
use crate::lang::{Both, Lang};
use crate::time::CallTime;
use crate::utterance::{BargeIn, PIECES_MAX, Piece, Pieces, Prosody};

/// So many keys are kept ahead of the questions they answer; further ones are refused, since a row without its beginning means something else.
pub const KEYS_MAX: usize = 64;

/// An hour without a part of the day is the one within these, where the calendar does not say for which desk callers are given appointments.
const DAYTIME: Span = Span { from: Time::on_the_hour(9), to: Time::on_the_hour(20) };

/// Walks one caller through a program.
pub struct Interpreter {
    pub(super) program: Arc<Program>,
    pub(super) setting: Setting,
    pub(super) lang: Option<Lang>,
    pub(super) frames: Vec<Frame>,
    pub(super) state: State,
    pub(super) timers: Timers,
    pub(super) now: CallTime,
    /// Steps walked since the last question.
    pub(super) steps: u16,
    pub(super) requests: u32,
    /// What the caller did last.
    pub(super) by: By,
    /// When the last question was left.
    pub(super) left: Option<CallTime>,
    /// What the caller wants of everywhere, said while nothing was asked.
    pub(super) wanted: Option<navigation::Command>,
    /// What the next step, a route, was asked at a menu.
    pub(super) put: Option<Understood>,
    /// What the entry flow held when it last came to the main menu.
    pub(super) main_menu: Option<Vec<Option<Value>>>,
    /// How it speaks.
    pub(super) prosody: Prosody,
    keys: VecDeque<Key>,
    /// Messages that the caller was asked for.
    pub(super) messages: u16,
    /// Surveys that were asked, by their names.
    pub(super) surveyed: BTreeSet<String>,
    /// What was done in the world and can still be taken back.
    pub(super) holds: Vec<Hold>,
    /// The last [`Effect::Redact`].
    redacted: bool,
    /// The last [`Effect::Listen`].
    attention: Option<Attention>,
    /// It has had its utterance: the next is listened for anew.
    has_heard: bool,
    /// The caller speaks, and what was said is known by then.
    pub(super) speaking: Option<CallTime>,
    speech: Speech,
    effects: VecDeque<(CallTime, Effect)>,
}

/// What it is waiting for.
pub(super) enum State {
    /// The call is not up yet.
    Idle,
    /// Nothing: the next step is to be walked.
    Walking,
    /// The caller.
    Listening(Question),
    /// A service.
    Looking(Pending),
    /// What the caller speaks.
    Recording(Taking),
    /// Nothing any more.
    Ended,
}

/// What of the speech that was asked for has not been heard yet.
#[derive(Default)]
struct Speech {
    /// Some that a key cuts.
    interruptible: bool,
    /// Some that is heard to its end.
    protected: bool,
    /// Some that speech does not stop.
    over_speech: bool,
    /// What a key cuts, to be said again where the key means nothing.
    cut: Vec<(Pieces, BargeIn, Both<Pieces>)>,
    /// How many of these come before the last that is heard to its end.
    before_protected: usize,
}

/// Where it stands, and nothing that the caller keyed in.
impl fmt::Debug for Interpreter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interpreter")
            .field("now", &self.now)
            .field("lang", &self.lang)
            .field("frames", &self.frames.len())
            .finish_non_exhaustive()
    }
}

impl Interpreter {
    /// A caller at the door.
    pub fn new(program: Arc<Program>, setting: Setting) -> Self {
        Self {
            program,
            setting,
            lang: setting.lang,
            frames: Vec::new(),
            state: State::Idle,
            timers: Timers::default(),
            now: CallTime::START,
            steps: 0,
            requests: 0,
            by: By::Silence,
            left: None,
            wanted: None,
            put: None,
            main_menu: None,
            prosody: Prosody::default(),
            keys: VecDeque::new(),
            messages: 0,
            surveyed: BTreeSet::new(),
            holds: Vec::new(),
            redacted: false,
            attention: None,
            has_heard: false,
            speaking: None,
            speech: Speech::default(),
            effects: VecDeque::new(),
        }
    }

    /// Takes an event. Deadlines up to `now` fire first.
    pub fn handle(&mut self, now: CallTime, event: Event) {
        self.handle_deadline(now);
        self.now = self.now.max(now);
        match event {
            Event::Started => self.start(),
            Event::Said => self.said(),
            Event::NoticeSaid => {
                self.speech.protected = false;
                self.speech.cut.drain(..std::mem::take(&mut self.speech.before_protected));
            }
            Event::Key(key) => self.keep(key),
            Event::Speaks => self.speaks(),
            Event::Interrupted => self.interrupted(),
            Event::Heard(heard) => {
                self.by = By::Word;
                self.has_heard = true;
                self.hear(&heard);
            }
            Event::Spoke(message) => self.spoke(message),
            Event::Recorded { message, enough } => self.recorded(message, enough),
            Event::Answered { id, answer } => self.answered(id, answer),
        }
        self.settle();
    }

    /// Fires every deadline up to `now` in order, each at its own nominal time: a late wake-up changes nothing.
    pub fn handle_deadline(&mut self, now: CallTime) {
        while let Some((at, timer)) = self.timers.take_due(now) {
            self.now = self.now.max(at);
            self.fire(timer);
            self.settle();
        }
    }

    /// When [`Self::handle_deadline`] is wanted next.
    pub fn deadline(&self) -> Option<CallTime> {
        self.timers.next().map(|(at, _)| at)
    }

    /// The next effect, with the time at which it was caused.
    pub fn poll(&mut self) -> Option<(CallTime, Effect)> {
        self.effects.pop_front()
    }

    /// The language of the call, once it is known.
    pub fn lang(&self) -> Option<Lang> {
        self.lang
    }

    /// The caller is gone, whatever was under way: what can be taken back is.
    pub fn abandon(&mut self, now: CallTime) {
        if !matches!(self.state, State::Ended) {
            self.now = self.now.max(now);
            self.stop_recording();
            self.undo_all();
            self.timers.stop_all();
            self.state = State::Ended;
        }
    }

    /// What a slot of the running flow holds, or of a flow that called it.
    pub fn slot(&self, name: &str) -> Option<&Value> {
        self.frames.iter().rev().find_map(|frame| {
            let declared = &self.program.flows[usize::from(frame.flow.0)].slots;
            let at = declared.iter().position(|slot| slot.name == name)?;
            frame.slots().get(at)?.as_ref()
        })
    }

    /// What calendars and clocks show to the caller now.
    pub(super) fn local(&self) -> (Date, Time) {
        calendar::local(self.setting.answered_at_ms.saturating_add_unsigned(self.now.millis()))
    }

    /// What a day or an hour is seen from.
    pub(super) fn context(&self) -> Context {
        let (today, now) = self.local();
        let served = self.program.hours.served().unwrap_or(DAYTIME);
        Context { today, now, opens: served.from, closes: served.to }
    }

    fn start(&mut self) {
        if matches!(self.state, State::Idle) {
            self.timers.set(Timer::CallLimit, self.now + self.program.limits.call);
            self.enter_entry();
        }
    }

    /// Only the end of speech that is awaited counts: a second or late one must not start the silence anew.
    fn said(&mut self) {
        let awaited = self.is_speaking();
        self.speech = Speech::default();
        match &self.state {
            State::Recording(_) if awaited => self.go_on_recording(),
            State::Idle | State::Walking | State::Listening(_) | State::Looking(_) | State::Ended if awaited => self.await_input(),
            State::Idle | State::Walking | State::Listening(_) | State::Looking(_) | State::Recording(_) | State::Ended => {}
        }
    }

    fn keep(&mut self, key: Key) {
        if !matches!(self.state, State::Ended) && self.keys.len() < KEYS_MAX {
            self.keys.push_back(key);
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::CallLimit => self.call_limit(),
            Timer::Request => self.unanswered(),
            Timer::Filler => self.fill(),
            Timer::InterDigit => {
                self.by = By::Key;
                self.row_ended();
            }
            Timer::NoInput => {
                self.by = By::Silence;
                self.no_input();
            }
        }
    }

    /// Goes on until the caller, a service or nobody is needed.
    fn settle(&mut self) {
        self.go_on();
        if !matches!(self.state, State::Ended) {
            self.redact(self.hears_private());
            self.attend();
        }
    }

    fn attend(&mut self) {
        let (attention, has_heard) = (self.attention_due(), std::mem::take(&mut self.has_heard));
        if std::mem::replace(&mut self.attention, attention) != attention || has_heard && attention.is_some() {
            self.emit(Effect::Listen(attention));
        }
    }

    fn redact(&mut self, private: bool) {
        if std::mem::replace(&mut self.redacted, private) != private {
            self.emit(Effect::Redact(private));
        }
    }

    fn go_on(&mut self) {
        loop {
            match &self.state {
                State::Walking => self.walk(),
                State::Listening(_) => match self.keys.pop_front() {
                    Some(key) => {
                        self.by = By::Key;
                        self.press(key);
                    }
                    None if self.wanted.is_some() => {
                        self.by = By::Word;
                        self.obey_wanted();
                    }
                    None => return self.speak_due(),
                },
                State::Recording(_) => match self.keys.pop_front() {
                    Some(key) => {
                        self.by = By::Key;
                        self.press_recording(key);
                    }
                    None => return,
                },
                State::Idle | State::Looking(_) | State::Ended => return,
            }
        }
    }

    /// Whether keys are kept for a question that has not been asked yet.
    pub(super) fn has_keys_ahead(&self) -> bool {
        !self.keys.is_empty()
    }

    fn call_limit(&mut self) {
        self.hush();
        let prompt = self.program.limits.call_ended;
        self.say(&[Part::Prompt(prompt, 0)], BargeIn::Off);
        self.end("call_limit");
    }

    /// The last effect. A row that the end breaks off may still be keyed in during the last words, so that span stays open; any other is over.
    pub(super) fn end(&mut self, outcome: &str) {
        self.redact(self.hears_private());
        if self.attention.take().is_some() {
            self.emit(Effect::Listen(None));
        }
        self.stop_recording();
        self.undo_all();
        self.emit(Effect::End { outcome: outcome.to_owned() });
        self.timers.stop_all();
        self.keys.clear();
        self.state = State::Ended;
    }

    pub(super) fn switch_language(&mut self, lang: Lang) {
        self.lang = Some(lang);
        self.emit(Effect::Language(lang));
    }

    pub(super) fn flow(&self) -> &Flow {
        &self.program.flows[usize::from(self.frame().flow.0)]
    }

    /// The running flow's frame. There is one from the start of the call to its end.
    pub(super) fn frame(&self) -> &Frame {
        &self.frames[self.frames.len() - 1]
    }

    pub(super) fn frame_mut(&mut self) -> &mut Frame {
        let top = self.frames.len() - 1;
        &mut self.frames[top]
    }

    /// Queues an utterance; one too long for a Play becomes several.
    pub(super) fn say(&mut self, parts: &[Part], barge_in: BargeIn) {
        let flow = self.flow();
        let act = flow.steps.get(usize::from(self.frame().at.0)).map(|step| &step.act);
        let offers = if let Some(Act::Choose(choose)) = act { Some(choose) } else { None };
        let voice = Voice { program: &self.program, lang: self.lang, declared: &flow.slots, slots: self.frame().slots(), offers };
        let pieces = voice.pieces(parts);
        let each = Both::each(|lang| Voice { lang: Some(lang), ..voice }.pieces(parts));
        let plays = |pieces: &[Piece]| pieces.len().div_ceil(PIECES_MAX);
        for nth in 0..plays(&pieces).max(plays(&each.kk)).max(plays(&each.ru)) {
            let in_each = Both::each(|lang| nth_play(&each[lang], nth).iter().copied().collect());
            self.say_pieces(nth_play(&pieces, nth).iter().copied().collect(), barge_in, in_each);
        }
    }

    /// Whether there are words for it.
    pub(super) fn voices(&self, parts: &[Part]) -> bool {
        let flow = self.flow();
        let act = flow.steps.get(usize::from(self.frame().at.0)).map(|step| &step.act);
        let offers = if let Some(Act::Choose(choose)) = act { Some(choose) } else { None };
        let voice = Voice { program: &self.program, lang: self.lang, declared: &flow.slots, slots: self.frame().slots(), offers };
        voice.pieces(parts).iter().any(|piece| matches!(piece, Piece::Clip(_) | Piece::Private(_)))
    }

    fn say_pieces(&mut self, pieces: Pieces, barge_in: BargeIn, in_each: Both<Pieces>) {
        self.speech.over_speech |= matches!(barge_in, BargeIn::Off | BargeIn::KeysOnly);
        match barge_in {
            BargeIn::Off => {
                self.speech.protected = true;
                self.speech.before_protected = self.speech.cut.len();
            }
            BargeIn::AtOnce | BargeIn::After(_) | BargeIn::KeysOnly => {
                self.speech.interruptible = true;
                self.speech.cut.push((pieces.clone(), barge_in, in_each.clone()));
            }
        }
        self.emit(Effect::Say { pieces, barge_in, in_each: Box::new(in_each) });
    }

    /// Stops what a key may stop; a legal notice plays on.
    pub(super) fn hush(&mut self) {
        self.yields();
        self.speech.cut.clear();
        self.speech.before_protected = 0;
    }

    /// Speech has stopped a part of what was being said: the rest is not said either, but all of it is kept until it is known what the caller wants.
    pub(super) fn interrupted(&mut self) {
        self.yields();
    }

    fn yields(&mut self) {
        if self.speech.interruptible {
            self.speech.interruptible = false;
            self.speech.over_speech = self.speech.protected;
            self.emit(Effect::Hush);
        }
    }

    /// Whether something was cut that would have been heard to its end.
    pub(super) fn is_cut(&self) -> bool {
        !self.speech.interruptible && !self.speech.cut.is_empty()
    }

    /// A key that means nothing has stopped speech all the same (a `#` after a row that was complete without it): all that it may have cut is said again.
    pub(super) fn resume(&mut self) {
        let cut = std::mem::take(&mut self.speech.cut);
        self.hush();
        for (pieces, barge_in, in_each) in cut {
            self.say_pieces(pieces, barge_in, in_each);
        }
    }

    /// Whether it says something that speech does not stop.
    pub(super) fn speaks_over(&self) -> bool {
        self.speech.over_speech
    }

    pub(super) fn is_speaking(&self) -> bool {
        self.speech.interruptible || self.speech.protected
    }

    pub(super) fn emit(&mut self, effect: Effect) {
        self.effects.push_back((self.now, effect));
    }
}

/// What the Play of this number says, counted from 0, of an utterance that takes several; nothing when it has fewer.
fn nth_play(pieces: &[Piece], nth: usize) -> &[Piece] {
    pieces.chunks(PIECES_MAX).nth(nth).unwrap_or_default()
}
