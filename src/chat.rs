//! The flows in the terminal: the same `Control` as a live call, typed keys and words instead of a telephone, and time that passes only when somebody waits.
//!
//! Speech takes as long as its clips; services are asked for real, and what a caller submits is carried out as in a live call. It prints nothing: what is to be shown comes out as [`Shown`].

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use dauys_core::call::{Action, Control, HangUpCause, Input, Note, Opening, Outcome, Output, SipEvent};
use dauys_core::citizen::CallerKind;
use dauys_core::flow::graph::{ClipSpec, Ending, Program};
use dauys_core::heard::Heard;
use dauys_core::interpreter::{Answer, Expects, RequestId, Wanted as Errand};
use dauys_core::key::Key;
use dauys_core::lang::Lang;
use dauys_core::media::{Command, KeyMethod, Leg, PlayEnd, PlayId, Session, Signal};
use dauys_core::simulation::Tape;
use dauys_core::time::{CallTime, TICK, Tick};
use dauys_core::utterance::{MessageId, Piece, Pieces, TONE};
use jiff::{SignedDuration, Timestamp};

use crate::bundle::Bundle;
use crate::callbacks::{Callbacks, Wish};
use crate::config::Messages;
use crate::services::{self, Asker, CallSubmissions, Reply, Request, Services, Submissions, Wanted};
use crate::store::Store;

/// Between two keys of a row.
const BETWEEN_KEYS: Duration = Duration::from_millis(200);

/// How long a typed message is spoken.
const A_MESSAGE: Duration = Duration::from_secs(5);

/// Something to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The robot said this.
    Said {
        /// In which language.
        lang: Lang,
        /// What.
        text: String,
    },
    /// It asks a service.
    Asked {
        /// Which.
        service: String,
    },
    /// It keeps the language for the next call.
    Remembered(Lang),
    /// A message was spoken; nothing is recorded here.
    Kept(MessageId),
    /// A mark was noted.
    Marked {
        /// The survey's name.
        survey: String,
        /// From 1 to 5.
        mark: u8,
    },
    /// A step was entered.
    Step {
        /// The flow's name.
        flow: String,
        /// The step's.
        step: String,
    },
    /// The call is over.
    Ended(Outcome),
}

/// A talk with the flows.
pub struct Chat {
    control: Control,
    bundle: Arc<Bundle>,
    services: Services,
    submissions: Submissions,
    /// Its name in the store.
    call: String,
    /// What this call submits; `None` once it is over.
    submitted: Option<CallSubmissions>,
    answered_at: Timestamp,
    trusted: bool,
    now: CallTime,
    speaking: Option<(PlayId, CallTime)>,
    tape: Tape,
    /// What is to be shown before the speech at hand, and when that began.
    begun: (usize, CallTime),
    asked: Vec<(RequestId, String, Request, u64)>,
    errands: Vec<(RequestId, Errand)>,
    /// Where calls back are booked; `None`: nobody calls back.
    callbacks: Option<Callbacks>,
    /// Answers to what was submitted.
    wanted: Vec<(RequestId, Reply<'static>)>,
    shown: Vec<Shown>,
}

impl Chat {
    /// A caller at the door; with a language, one who is remembered, and so calls from a trusted number. Intents go to `store`, under keys made of time and `seed`: no two
    /// chats may have both alike.
    pub fn new(bundle: Arc<Bundle>, services: Services, store: Store, lang: Option<Lang>, answered_at: Timestamp, seed: u64) -> Self {
        let opening = Opening {
            answered_at_ms: answered_at.as_millisecond(),
            called: "1414".to_owned(),
            trusted: lang.is_some(),
            lang,
            seed,
            bundle: String::new(),
            recording: None,
            caller: CallerKind::Unknown,
        };
        let control = Control::new(Arc::clone(&bundle.program), &opening);
        let submissions = Submissions::new(services.clone(), store, &Messages::default());
        let call = format!("chat-{seed:016x}");
        Self {
            control,
            bundle,
            services,
            submitted: Some(submissions.of_call(&call)),
            submissions,
            call,
            answered_at,
            trusted: opening.trusted,
            now: CallTime::START,
            speaking: None,
            tape: Tape::default(),
            begun: (0, CallTime::START),
            asked: Vec::new(),
            errands: Vec::new(),
            callbacks: None,
            wanted: Vec::new(),
            shown: Vec::new(),
        }
    }

    /// The same, with calls back that are booked.
    pub fn booking(self, callbacks: Callbacks) -> Self {
        Self { callbacks: Some(callbacks), ..self }
    }

    /// The call is answered; what the robot says until it listens.
    pub async fn begin(&mut self) -> Vec<Shown> {
        self.handle(Input::Sip(SipEvent::Answered { leg: Leg::A, session: TERMINAL }));
        self.run(None).await
    }

    /// The caller presses keys, one after another; what follows until the robot listens again.
    pub async fn press(&mut self, keys: &[Key]) -> Vec<Shown> {
        for key in keys {
            self.now = self.now + BETWEEN_KEYS;
            let tick = Tick(self.now.millis() / 20);
            self.handle(Input::Media(Signal::Key { leg: Leg::A, tick, key: *key, by: KeyMethod::Event }));
            if let Some(over) = self.tape.key(self.now) {
                self.handle(Input::Media(over));
            }
        }
        self.run(None).await
    }

    /// The caller says a sentence; what follows until the robot listens again.
    pub async fn say(&mut self, text: &str) -> Vec<Shown> {
        self.now = self.now + BETWEEN_KEYS;
        if self.control.expects() == Expects::Message {
            self.tape.speak(self.now, A_MESSAGE);
            return self.run(None).await;
        }
        self.handle(Input::Heard { leg: Leg::A, heard: Heard::typed(text) });
        self.run(None).await
    }

    /// The caller says nothing for a while.
    pub async fn wait(&mut self, span: Duration) -> Vec<Shown> {
        self.run(Some(self.now + span)).await
    }

    /// The caller hangs up.
    pub async fn hang_up(&mut self) -> Vec<Shown> {
        self.handle(Input::Sip(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
        self.run(None).await
    }

    /// Whether the call is over.
    pub fn is_over(&self) -> bool {
        self.control.is_over()
    }

    /// Lets happen what happens: until the robot has nothing left to say or ask, or until a time.
    async fn run(&mut self, until: Option<CallTime>) -> Vec<Shown> {
        loop {
            if let Some((id, service, request, deadline_ms)) = self.asked.pop() {
                let asker = Asker { trusted: self.trusted, now: self.timestamp() };
                let answer = self.services.lookup(&service, request, asker, services::patience(deadline_ms)).await;
                self.handle(Input::Reply { id, answer });
                continue;
            }
            if let Some((id, wanted)) = self.errands.pop() {
                let answer = Answer::Errand(self.run_errand(id, wanted).await);
                self.handle(Input::Reply { id, answer });
                continue;
            }
            if let Some((id, answer)) = self.wanted.pop() {
                let answer = answer.await;
                self.handle(Input::Reply { id, answer });
                continue;
            }
            let spoken = self.tape.due().filter(|at| self.tape.is_spoken_to() || until.is_some_and(|until| *at <= until));
            if let Some(at) = spoken {
                self.now = self.now.max(at);
                if let Some(told) = self.tape.tell(at) {
                    self.handle(Input::Media(told));
                }
                continue;
            }
            let ends = self.speaking.map(|(_, at)| at);
            let wakes = self.control.deadline().filter(|at| self.control.is_parting() || until.is_some_and(|until| *at <= until));
            match (ends, wakes) {
                (Some(ends), wakes) if wakes.is_none_or(|at| ends <= at) && until.is_none_or(|until| ends <= until) => self.said(),
                (_, Some(at)) => {
                    self.now = at;
                    self.control.handle_deadline(at);
                    self.obey();
                }
                (_, None) => break,
            }
        }
        self.now = until.map_or(self.now, |until| until.max(self.now));
        if self.is_over() {
            self.submitted.take().into_iter().for_each(CallSubmissions::over);
            self.submissions.finished().await;
        }
        std::mem::take(&mut self.shown)
    }

    fn timestamp(&self) -> Timestamp {
        self.answered_at.saturating_add(SignedDuration::from_millis(self.now.millis().cast_signed())).unwrap_or(Timestamp::MAX)
    }

    /// Nobody knows from where a chat calls, and nothing that is spoken in it is kept.
    async fn run_errand(&self, id: RequestId, wanted: Errand) -> Ending {
        let nobody = wanted.nobody();
        match (&self.callbacks, wanted) {
            (Some(callbacks), Errand::Callback { number, topic, message: _ }) => {
                let wish = Wish { key: format!("{}-{}", self.call, id.0), number, lang: self.control.lang(), topic, message: None };
                callbacks.book(wish, &self.bundle.program.hours, self.timestamp()).await
            }
            (Some(_), Errand::Sms { .. } | Errand::Transfer { .. }) | (None, _) => nobody,
        }
    }

    fn said(&mut self) {
        if let Some((id, at)) = self.speaking.take() {
            self.now = self.now.max(at);
            self.ended(id, PlayEnd::Finished);
        }
    }

    fn ended(&mut self, id: PlayId, why: PlayEnd) {
        self.handle(Input::Media(Signal::PlayEnded { leg: Leg::A, tick: Tick(self.now.millis() / 20), id, why }));
    }

    fn handle(&mut self, input: Input) {
        self.control.handle(self.now, input);
        self.obey();
    }

    fn obey(&mut self) {
        while let Some((_, output)) = self.control.poll() {
            match output {
                Output::Command(Command::Play { id, pieces, .. }) => self.play(id, &pieces),
                Output::Command(Command::Stop { id, .. }) => {
                    if self.speaking.take_if(|(at_it, _)| *at_it == id).is_some() {
                        self.forget_unheard();
                        self.ended(id, PlayEnd::Stopped);
                    }
                }
                Output::Command(Command::Record { message, silence_ms, max_ms, .. }) => {
                    self.tape.begin(self.now, message, silence_ms, max_ms)
                }
                Output::Command(Command::Listen { .. } | Command::Deafen { .. }) => {} // its words are typed
                Output::Command(Command::StopRecord { message, .. }) => drop(self.tape.stop(self.now, message)),
                Output::Command(
                    Command::Session { .. } | Command::Prosody { .. } | Command::OutOfBandKey { .. } | Command::SendKey { .. },
                ) => {}
                Output::Action(Action::Lookup { id, service, request, deadline_ms }) => {
                    self.shown.push(Shown::Asked { service: service.clone() });
                    self.asked.push((id, service, request, deadline_ms));
                }
                Output::Action(Action::Submit { id, service, request, key, deadline_ms, undo, telling: _ }) => {
                    self.shown.push(Shown::Asked { service: service.clone() });
                    let now = self.timestamp();
                    if let Some(submitted) = &mut self.submitted {
                        let wanted = Wanted { service, request, key, deadline_ms, telling: None }; // nobody knows from where a chat calls
                        self.wanted.push((id, Box::pin(submitted.submit(id, wanted, undo, now))));
                    }
                }
                Output::Action(Action::Errand { id, wanted }) => self.errands.push((id, wanted)),
                Output::Action(Action::Undo { of, service, request, unless }) => {
                    self.shown.push(Shown::Asked { service: service.clone() });
                    let now = self.timestamp();
                    if let Some(submitted) = &mut self.submitted {
                        submitted.undo(of, service, request, &unless, now);
                    }
                }
                Output::Action(Action::RememberLanguage(lang)) => self.shown.push(Shown::Remembered(lang)),
                Output::Action(Action::Keep(message)) => self.shown.push(Shown::Kept(message)),
                Output::Action(Action::Mark { survey, mark }) => self.shown.push(Shown::Marked { survey, mark }),
                Output::Action(Action::Tell { .. } | Action::HangUp(_) | Action::Redact { .. } | Action::Tape { .. }) => {}
                Output::Action(Action::Finish(outcome)) => {
                    self.speaking = None;
                    self.shown.push(Shown::Ended(outcome));
                }
                Output::Note(Note::Step { flow, step }) => self.shown.push(Shown::Step { flow, step }),
                Output::Note(
                    Note::Trouble(_)
                    | Note::StalePlay(_)
                    | Note::StaleReply(_)
                    | Note::Command { .. }
                    | Note::Unheard(_)
                    | Note::Way { .. }
                    | Note::Language(_),
                ) => {}
            }
        }
    }

    fn play(&mut self, id: PlayId, pieces: &Pieces) {
        let ticks: u64 = pieces.iter().map(|piece| self.ticks(*piece)).sum();
        self.speaking = Some((id, self.now + TICK * u32::try_from(ticks).unwrap_or(u32::MAX)));
        self.begun = (self.shown.len(), self.now);
        self.shown.extend(lines(&self.bundle.program, pieces));
    }

    /// Speech that a key cuts as it begins (the `#` after a full row) has not been heard.
    fn forget_unheard(&mut self) {
        let (shown, at) = self.begun;
        if self.now - at <= BETWEEN_KEYS {
            self.shown.truncate(shown);
        }
    }

    fn ticks(&self, piece: Piece) -> u64 {
        match piece {
            Piece::Clip(clip) | Piece::Private(clip) => self.bundle.clips.length(clip).unwrap_or(0),
            Piece::Pause(ms) => Tick::covering(Duration::from_millis(ms.into())),
            Piece::Tone => Tick::covering(TONE),
        }
    }
}

/// The words of an utterance.
pub(crate) fn text(program: &Program, pieces: &[Piece]) -> String {
    let words = lines(program, pieces).into_iter().filter_map(|line| if let Shown::Said { text, .. } = line { Some(text) } else { None });
    words.collect::<Vec<_>>().join(" ")
}

/// The words of an utterance, a line a language.
fn lines(program: &Program, pieces: &[Piece]) -> Vec<Shown> {
    let mut lines: Vec<(Lang, Vec<String>)> = Vec::new();
    let mut before = Written::Sentence;
    for piece in pieces {
        let spec = match piece {
            Piece::Clip(clip) | Piece::Private(clip) => program.clips.get(clip.0 as usize),
            Piece::Pause(_) | Piece::Tone => None,
        };
        let Some(spec) = spec else {
            if let (Written::Value, Some((_, words))) = (before, lines.last_mut())
                && words.last().is_some_and(|word| !word.ends_with('.'))
            {
                words.push(",".to_owned());
            }
            continue;
        };
        before = Written::of(spec);
        let words = before.words(&spec.text);
        match lines.last_mut() {
            Some((lang, line)) if *lang == spec.lang => line.push(words),
            Some(_) | None => lines.push((spec.lang, vec![words])),
        }
    }
    lines.into_iter().map(|(lang, words)| Shown::Said { lang, text: sentence(&words) }).collect()
}

/// Where a clip's text comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// A prompt, as its author wrote it.
    Sentence,
    /// A word of a value: the comma after it is for the voice only.
    Value,
}

impl Written {
    fn of(spec: &ClipSpec) -> Self {
        if spec.name.starts_with("words/") { Self::Value } else { Self::Sentence }
    }

    fn words(self, text: &str) -> String {
        match self {
            Self::Sentence => text.to_owned(),
            Self::Value => text.trim_end_matches(',').to_owned(),
        }
    }
}

/// The words of clips as one would write them: what begins with a stop or a comma follows without a space, and once.
fn sentence(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        if word.starts_with(['.', ',', '!', '?', ';']) {
            text.truncate(text.trim_end_matches(['.', ',']).len());
        } else if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// There is no network under a chat; `Control` hands this on and never looks.
pub(crate) const TERMINAL: Session =
    Session { rtp: None, telephone_event: None, ..Session::plain(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)) };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_are_written_as_sentences() {
        let cases = [
            (vec!["Номер:", "семь,", "восемь.", ". Верно?"], "Номер: семь, восемь. Верно?"),
            (vec!["Документ:", "паспорт", ". Место:", "город Алматы"], "Документ: паспорт. Место: город Алматы"),
            (
                vec!["Күні:", "бірінші", "желтоқсан", ",", "сейсенбі күні.", "! Дұрыс па?"],
                "Күні: бірінші желтоқсан, сейсенбі күні! Дұрыс па?",
            ),
            (vec![], ""),
        ];
        for (words, text) in cases {
            assert_eq!(sentence(&words.into_iter().map(str::to_owned).collect::<Vec<_>>()), text);
        }
        assert_eq!(Written::Value.words("үш,"), "үш");
        assert_eq!(Written::Value.words("үш."), "үш.");
        assert_eq!(Written::Sentence.words("Нөмір,"), "Нөмір,");
    }
}
