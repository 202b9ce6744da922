//! One call, one task: it carries what happens to `Control` and what `Control` wants to the world, and decides nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dauys_core::call::{Action, Control, HangUpCause, Input, Opening, Outcome, Output, Recorder, SipEvent};
use dauys_core::citizen::{CallerKind, Phone};
use dauys_core::flow::graph::{Ending, Program, Value};
use dauys_core::heard::Heard;
use dauys_core::interpreter::{Answer, RequestId, Telling, Wanted as Errand};
use dauys_core::lang::Lang;
use dauys_core::media::{Clips, Command, Leg, Port, PortConfig};
use dauys_core::time::CallTime;
use dauys_core::utterance::MessageId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::House;
use super::clock::Clock;
use super::ear::Ear;
use super::flows::Serving;
use super::readings::{self, Vitals};
use crate::callbacks::{Callbacks, Wish};
use crate::messages::{Asked, Outbox};
use crate::pacer::{Line, LineConfig, Tap};
use crate::records::journal::CallJournal;
use crate::records::recording::{self, Files, Moment};
use crate::records::seal::CallSeal;
use crate::services::{self, Asker, CallSubmissions, Wanted};
use crate::sip::{Caller, Dialog, Incoming, LocalMedia};
use crate::store::CallRecord;

/// The database may take so long to remember a caller's language; then the caller is asked.
const MEMORY_MAX: Duration = Duration::from_millis(300);
/// How many dice a call needs: its name, its seed and what RFC 3550 wants random.
const DICE: usize = 48;

/// A call that is up.
struct Call {
    house: Arc<House>,
    id: String,
    clock: Clock,
    program: Arc<Program>,
    clips: Arc<Clips>,
    control: Control,
    recorder: Recorder,
    journal: Option<CallJournal>,
    seal: Option<CallSeal>,
    line: Line,
    /// `None`: this robot has keys only.
    ear: Option<Ear>,
    dialog: Option<Dialog>,
    phone: Option<Phone>,
    called: String,
    replies: JoinSet<Input>,
    submissions: CallSubmissions,
    outcome: Option<Outcome>,
    /// What the caller speaks into a message is written.
    taped: bool,
    /// The marks that the caller gave, by the names of the surveys.
    marks: Vec<(String, u8)>,
    media_gone: bool,
}

/// Answers the call and lives through it. `hurry` turns true when the robot waits no longer.
pub(super) async fn run(house: Arc<House>, incoming: Incoming, mut hurry: watch::Receiver<bool>) {
    let _counted = Counted::new(&house.vitals);
    if let Some(mut call) = Call::answer(house, incoming).await {
        call.live(&mut hurry).await;
        call.end();
    }
}

/// One of the calls that are up, however it ends.
struct Counted(Arc<Vitals>);

impl Counted {
    fn new(vitals: &Arc<Vitals>) -> Self {
        vitals.calls.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("dauys_calls").increment(1.0);
        Self(Arc::clone(vitals))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("dauys_calls").decrement(1.0);
    }
}

impl Call {
    async fn answer(house: Arc<House>, incoming: Incoming) -> Option<Self> {
        let Ok(dice) = Dice::throw() else {
            super::refuse(&house, incoming, "no_randomness");
            return None;
        };
        let phone = match incoming.caller() {
            Caller::Trusted { phone } => Some(phone.clone()),
            Caller::Claimed { .. } | Caller::Withheld => None,
        };
        let kind = match incoming.caller() {
            Caller::Trusted { phone } => CallerKind::of(phone),
            Caller::Claimed { .. } => CallerKind::Unknown, // flows ask for a number rather than offer one that opens nothing
            Caller::Withheld => CallerKind::Withheld,
        };
        let lang = remembered(&house, phone.as_ref()).await;
        let serving = house.flows.now();
        let Ok(mut line) = open_line(&house, &dice, &serving) else {
            super::refuse(&house, incoming, "no_media");
            return None;
        };
        let rtp_port = line.local(Leg::A)?.port();
        let called = incoming.called().to_owned();
        let (dialog, _) = match incoming.answer(LocalMedia { leg: Leg::A, rtp_port }).await {
            Ok(answered) => answered,
            Err(error) => {
                metrics::counter!("dauys_calls_total", "outcome" => "unanswered").increment(1);
                tracing::info!(%error, "a call ended before it was answered");
                return None;
            }
        };
        let clock = Clock::start();
        let opening = Opening {
            answered_at_ms: clock.answered_at().as_millisecond(),
            called: called.clone(),
            trusted: phone.is_some(),
            lang,
            seed: dice.seed(),
            bundle: serving.hash.to_string(),
            recording: house.config.recording.enabled.then(|| line.tick()),
            caller: kind,
        };
        let id = dice.name();
        let day = clock.answered_at().to_zoned(almaty()).date();
        let journal = house.journal.open(&id, day).inspect_err(|error| tracing::warn!(%error, "a call has no event log")).ok();
        let taped = match (&journal, line.take_tap()) {
            (Some(journal), Some(tap)) => {
                let call = house.config.recording.enabled.then(|| journal.path().with_extension("wav"));
                house.recordings.begin(Files { call, stem: journal.path().to_owned() }, CallerTap(tap))
            }
            (Some(_), None) | (None, _) => false,
        };
        let seal = house.seal.as_ref().zip(journal.as_ref()).map(|(key, journal)| CallSeal::new(key, &opening, journal.beside("sealed")));
        let program = Arc::clone(&serving.bundle.program);
        let ear = house
            .hearing
            .as_ref()
            .zip(line.take_ear())
            .map(|(pool, ticks)| Ear::new(ticks, Arc::clone(pool), serving.hash.to_string().into(), Arc::clone(&program)));
        let submissions = house.submissions.of_call(&id);
        Some(Self {
            control: Control::new(Arc::clone(&program), &opening),
            recorder: Recorder::new(Arc::clone(&program), &opening),
            program,
            clips: Arc::clone(&serving.bundle.clips),
            house,
            id,
            clock,
            journal,
            seal,
            line,
            ear,
            dialog: Some(dialog),
            phone,
            called,
            replies: JoinSet::new(),
            submissions,
            outcome: None,
            taped,
            marks: Vec::new(),
            media_gone: false,
        })
    }

    /// The one place where a call waits.
    async fn live(&mut self, hurry: &mut watch::Receiver<bool>) {
        while self.outcome.is_none() {
            let deadline = self.control.deadline().map(|at| self.clock.instant(at));
            let input = tokio::select! {
                event = next(&mut self.dialog) => Some(Input::Sip(event)),
                signal = self.line.signal() => Some(signal.map_or(Input::MediaGone, Input::Media)),
                heard = heard(&mut self.ear) => Some(Input::Heard { leg: Leg::A, heard }),
                Some(reply) = self.replies.join_next() => reply.ok(),
                () = async { let _ = hurry.wait_for(|hurry| *hurry).await; } => Some(Input::Drain),
                () = sleep_until(deadline) => None,
            };
            self.take(input);
            if std::mem::take(&mut self.media_gone) {
                tracing::warn!(call = self.id, "the media thread takes no commands; the call ends");
                self.take(Some(Input::MediaGone));
            }
        }
    }

    fn take(&mut self, input: Option<Input>) {
        let now = self.clock.now();
        self.control.handle_deadline(now);
        self.settle(now);
        if let Some(input) = input {
            self.recorder.before(now, &input, &self.control);
            self.control.handle(now, input);
            self.settle(now);
        }
    }

    /// Carries out what is wanted, and writes the log.
    fn settle(&mut self, now: CallTime) {
        while let Some((at, output)) = self.control.poll() {
            self.recorder.output(at, &output);
            self.carry_out(output);
        }
        self.recorder.after(now, &self.control);
        while let Some(line) = self.recorder.poll() {
            if let Some(journal) = &self.journal {
                journal.line(&line);
            }
        }
        let truths = self.recorder.truths();
        if let Some(seal) = &mut self.seal {
            seal.keep(&truths);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Command(Command::Listen { .. } | Command::Deafen { .. }) if self.ear.is_none() => {}
            Output::Command(command) => {
                self.clips.prepare(&command);
                if let (Command::Listen { .. } | Command::Deafen { .. }, Some(ear)) = (&command, &mut self.ear) {
                    ear.listen(self.control.listening(), self.control.listens_for().context);
                }
                self.media_gone |= self.line.command(command).is_err();
            }
            Output::Action(Action::Lookup { id, service, request, deadline_ms }) => self.ask(id, service, request, deadline_ms),
            Output::Action(Action::Submit { id, service, request, key, deadline_ms, undo, telling }) => {
                let telling =
                    telling.map(|telling| Telling { to: self.or_own(telling.to), ..telling }).filter(|telling| telling.to.is_some());
                let wanted = Wanted { service, request, key, deadline_ms, telling };
                let answer = self.submissions.submit(id, wanted, undo, self.clock.timestamp());
                self.replies.spawn(async move { Input::Reply { id, answer: answer.await } });
            }
            Output::Action(Action::Tell { of }) => self.submissions.tell(of, self.clock.timestamp()),
            Output::Action(Action::Errand { id, wanted }) => self.errand(id, wanted),
            Output::Action(Action::Tape { id, .. }) => self.tape(id),
            Output::Action(Action::Keep(message)) => tracing::info!(call = self.id, message = message.0, "a message is kept"),
            Output::Action(Action::Mark { survey, mark }) => self.mark(survey, mark),
            Output::Action(Action::Undo { of, service, request, unless }) => {
                self.submissions.undo(of, service, request, &unless, self.clock.timestamp());
            }
            Output::Action(Action::RememberLanguage(lang)) => self.remember(lang),
            Output::Action(Action::Redact { leg, on }) => self.line.redact(leg, on),
            Output::Action(Action::HangUp(_)) => self.hang_up(),
            Output::Action(Action::Finish(outcome)) => self.outcome = Some(outcome),
            Output::Note(note) => tracing::debug!(call = self.id, ?note),
        }
    }

    fn ask(&mut self, id: RequestId, service: String, request: BTreeMap<String, Value>, deadline_ms: u64) {
        let services = self.house.services.clone();
        let (asker, longest) = (Asker { trusted: self.phone.is_some(), now: self.clock.timestamp() }, services::patience(deadline_ms));
        self.replies.spawn(async move { Input::Reply { id, answer: services.lookup(&service, request, asker, longest).await } });
    }

    /// Nobody is asked to speak into a machine that does not run.
    fn tape(&mut self, id: RequestId) {
        if !self.taped || !self.house.recordings.is_well() {
            tracing::warn!(call = self.id, "a message cannot be recorded");
            self.replies.spawn(async move { Input::Reply { id, answer: Answer::Errand(Ending::Failed) } });
        }
    }

    fn mark(&mut self, survey: String, mark: u8) {
        metrics::counter!("dauys_survey_marks_total", "survey" => survey.clone(), "mark" => mark.to_string()).increment(1);
        self.marks.push((survey, mark));
    }

    /// Each in a task of its own: whoever hangs up now has still asked for it. Nobody carries out transfers yet, and the caller is told so at once.
    fn errand(&mut self, id: RequestId, wanted: Errand) {
        let (nobody, key, now) = (wanted.nobody(), format!("{}-{}", self.id, id.0), self.clock.timestamp());
        let done = match wanted {
            Errand::Sms { to, text } => tokio::spawn(send(self.house.outbox.clone(), key, self.or_own(to), text, now)),
            Errand::Callback { number, topic, message } => {
                let (number, lang) = (self.or_own(number), self.control.lang());
                let wish = Wish { key, number, lang, topic, message: message.and_then(|message| self.file_of(message)) };
                tokio::spawn(call_back(self.house.callbacks.clone(), wish, Arc::clone(&self.program), now))
            }
            Errand::Transfer { .. } => tokio::spawn(std::future::ready(nobody)),
        };
        self.replies.spawn(async move { Input::Reply { id, answer: Answer::Errand(done.await.unwrap_or(nobody)) } });
    }

    /// The caller's own number where no other is given. One that is only claimed is anybody's: nothing is sent there, and nobody called.
    fn or_own(&self, number: Option<Phone>) -> Option<Phone> {
        number.or_else(|| self.phone.clone())
    }

    /// The file of a message, below the data folder.
    fn file_of(&self, message: MessageId) -> Option<String> {
        let file = recording::message_file(self.journal.as_ref()?.path(), message);
        file.strip_prefix(&self.house.config.data).ok()?.to_str().map(str::to_owned)
    }

    fn remember(&self, lang: Lang) {
        let Some(phone) = self.phone.clone() else { return };
        let (store, now) = (self.house.store.clone(), self.clock.answered_at());
        tokio::spawn(async move {
            if let Err(error) = store.remember_language(&phone, lang, now).await {
                tracing::warn!(%error, "a caller's language is not remembered");
            }
        });
    }

    fn hang_up(&mut self) {
        if let Some(mut dialog) = self.dialog.take() {
            tokio::spawn(async move { dialog.hang_up().await });
        }
    }

    fn end(mut self) {
        self.hang_up();
        if let Some(seal) = self.seal.take() {
            seal.finish();
        }
        let outcome = self.outcome.take().unwrap_or(Outcome::MediaLost).to_string();
        let seconds = u32::try_from(self.clock.now().millis() / 1000).unwrap_or(u32::MAX);
        metrics::counter!("dauys_calls_total", "outcome" => outcome.clone()).increment(1);
        tracing::info!(call = self.id, outcome, seconds, lost_lines = self.journal.as_ref().map(CallJournal::lost), "call ended");
        readings::count_media(&self.line, Leg::A);
        if self.line.signals_lost() > 0 {
            tracing::warn!(call = self.id, lost = self.line.signals_lost(), "signals of the media were lost; the call's task was too slow");
        }
        let started = self.clock.answered_at();
        let record = CallRecord {
            id: self.id.clone(),
            started,
            called: self.called.clone(),
            lang: self.control.lang(),
            outcome,
            seconds,
            marks: self.marks,
        };
        self.house.calls.record(record);
        self.submissions.over();
    }
}

async fn send(outbox: Outbox, key: String, to: Option<Phone>, text: String, now: Timestamp) -> Ending {
    let Some(to) = to else { return Ending::Unavailable };
    if outbox.queue(key, to, text, Asked::JustNow, now).await { Ending::Queued } else { Ending::Unavailable }
}

async fn call_back(callbacks: Callbacks, wish: Wish, program: Arc<Program>, now: Timestamp) -> Ending {
    callbacks.book(wish, &program.hours, now).await
}

/// The caller's leg, as recordings read it.
struct CallerTap(Tap);

impl recording::Tap for CallerTap {
    fn next(&mut self) -> Option<Moment> {
        std::iter::from_fn(|| self.0.next_frame()).find(|frame| frame.leg == Leg::A).map(|frame| Moment {
            tick: frame.tick,
            heard: frame.heard,
            said: frame.said,
            private: frame.private,
            taped: frame.taped,
        })
    }

    fn is_over(&self) -> bool {
        self.0.is_over()
    }

    fn lost(&self) -> u64 {
        self.0.lost()
    }
}

/// What random bytes a call is given. The core has none of its own, so that a replay has the same.
struct Dice([u8; DICE]);

impl Dice {
    fn throw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; DICE];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    fn name(&self) -> String {
        self.0[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn number<const N: usize>(&self, from: usize) -> [u8; N] {
        std::array::from_fn(|at| self.0[from + at])
    }

    fn seed(&self) -> u64 {
        u64::from_le_bytes(self.number(16))
    }

    fn port(&self, media_timeout: Duration) -> PortConfig {
        PortConfig {
            leg: Leg::A,
            ssrc: u32::from_le_bytes(self.number(24)),
            sequence: u16::from_le_bytes(self.number(28)),
            timestamp: u32::from_le_bytes(self.number(30)),
            cname: self.number::<16>(32).map(|byte| b'a' + byte % 26),
            seed: self.seed(),
            media_timeout,
        }
    }
}

fn open_line(house: &House, dice: &Dice, serving: &Serving) -> Result<Line, ()> {
    let media = &house.config.media;
    let port = Port::new(dice.port(Duration::from_secs(media.media_timeout_s.get().into())), Arc::clone(&serving.bundle.clips));
    let (ports, tap) = (media.ports.first..=media.ports.last, house.config.recording.enabled || serving.bundle.program.records());
    let line = LineConfig { ip: house.config.sip.listen.ip(), ports, legs: vec![port], tap, ear: house.hearing.is_some() };
    house.pacer.open(line).map_err(|error| tracing::warn!(%error, "a call is refused"))
}

async fn remembered(house: &House, phone: Option<&Phone>) -> Option<Lang> {
    let lang = tokio::time::timeout(MEMORY_MAX, house.store.language_of(phone?)).await.ok()?;
    lang.inspect_err(|error| tracing::warn!(%error, "a caller's language is not known")).ok()?
}

/// The next event of the dialog; one that is over without a word is lost, and one that we hung up never says anything.
async fn next(dialog: &mut Option<Dialog>) -> SipEvent {
    match dialog {
        Some(dialog) => dialog.next().await.unwrap_or(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Lost }),
        None => std::future::pending().await,
    }
}

async fn heard(ear: &mut Option<Ear>) -> Heard {
    match ear {
        Some(ear) => ear.heard().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Days of event logs are days of Kazakhstan: UTC+5 throughout since 2024-03-01.
pub(super) fn almaty() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(5))
}
