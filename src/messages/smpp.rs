//! Messages to an SMS centre: SMPP 3.4, one session, bound as a transceiver.
//!
//! The session is held by a task of its own: connects, binds, asks whether the other side is there, hears receipts, and when it ends begins another after a growing pause.
//! SMPP has no idempotency: whatever was submitted when a session ended without an answer is *unknown*. A receipt is answered only once it is committed, so that
//! the centre repeats what a crash would have lost.

mod pdu;

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dauys_core::sms::Parts;
use futures_util::StreamExt;
use jiff::Timestamp;
use rusmpp::pdus::{DeliverSmResp, SubmitSm};
use rusmpp::{Command, CommandStatus, Pdu};
use rusmppc::error::Error as SmppError;
use rusmppc::{Client, ConnectionBuilder, Event};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::{Outgoing, Sent};
use crate::config::{self, Secret};
use crate::store::Store;

/// How long a connection may take to be there.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// The pauses before a session is begun again: the first, and the longest. Each is twice the one before, until a session has lasted for the longest.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// The pauses that a centre is given that says it has too much to do.
const THROTTLED: Duration = Duration::from_secs(1);
const THROTTLED_MAX: Duration = Duration::from_secs(30);
/// How often a part is submitted to a centre that is busy before it waits its turn in the outbox.
const TRIES: u32 = 3;
/// The longest command that a centre may send us.
const COMMAND_MAX: usize = 4096;
/// Receipts that are being committed at once; then nothing more is read.
const RECEIPTS_MAX: usize = 32;
/// Answers that the centre has not read; one more, and the session ends.
const ANSWERS_MAX: usize = 256;

/// A way to an SMS centre.
pub struct Smpp {
    session: watch::Receiver<Option<Client>>,
    holder: JoinHandle<()>,
    places: Semaphore,
    window: u16,
    pace: Mutex<Pace>,
    sender: pdu::Sender,
    longest: Duration,
}

/// When the next may be submitted.
struct Pace {
    each: Duration,
    next: Instant,
    throttled: Duration,
}

/// The centre has too much to do: it took nothing.
struct Busy;

/// Why there is no session.
#[derive(Debug, Error)]
enum NoSession {
    #[error("no connection: {0}")]
    Connect(#[from] std::io::Error),
    #[error("no answer in time")]
    Late,
    #[error("the bind was refused with {0:?}")]
    Refused(CommandStatus),
    #[error("the bind failed")]
    Failed,
    #[error("it has ended")]
    Ended,
    #[error("it takes no answers")]
    Deaf,
    #[error("system_id, password or system_type is too long, or not ASCII")]
    Account,
}

impl Smpp {
    pub(super) fn start(config: &config::Smpp, password: &Secret, sender: &str, store: Store) -> Self {
        let (tell, session) = watch::channel(None);
        let longest = Duration::from_secs(config.response_s.get().into());
        let holder = tokio::spawn(hold(config.clone(), password.clone(), store, tell));
        let window = u16::from(config.window.get());
        let each = Duration::from_secs(1) / u32::from(config.per_second.get());
        let pace = Mutex::new(Pace { each, next: Instant::now(), throttled: THROTTLED });
        let sender = pdu::Sender::new(sender, config.sender_ton_npi);
        Self { session, holder, places: Semaphore::new(window.into()), window, pace, sender, longest }
    }

    pub(super) const fn window(&self) -> u16 {
        self.window
    }

    pub(super) fn is_open(&self) -> bool {
        self.session.borrow().as_ref().is_some_and(Client::is_active)
    }

    pub(super) async fn send(&self, part: &Outgoing<'_>) -> Sent {
        let Some(submit) = pdu::submit(part, &Parts::of(part.text), &self.sender) else {
            return Sent::Refused { why: "it has no place in SMPP".to_owned() };
        };
        let Ok(_place) = self.places.acquire().await else { return Sent::Again { why: "the window is closed".to_owned() } };
        for _ in 1..TRIES {
            match self.submit(submit.clone()).await {
                Err(Busy) => {} // its turn is later now
                Ok(sent) => return sent,
            }
        }
        self.submit(submit).await.unwrap_or_else(|Busy| Sent::Again { why: "the SMS centre has too much to do".to_owned() })
    }

    async fn submit(&self, submit: SubmitSm) -> Result<Sent, Busy> {
        let turn = self.pace().turn();
        tokio::time::sleep_until(turn).await;
        let session = self.session.borrow().clone().filter(Client::is_active);
        let Some(session) = session else { return Ok(Sent::Again { why: "no session with the SMS centre".to_owned() }) };
        // its own limit begins only when the request is written, and a centre that reads nothing lets nobody write
        let answer = tokio::time::timeout(2 * self.longest, session.submit_sm(submit)).await;
        match answer {
            Ok(Ok(answer)) => {
                self.pace().throttled = THROTTLED;
                Ok(Sent::Accepted { id: pdu::text(answer.message_id()) })
            }
            Ok(Err(SmppError::UnexpectedResponse { response })) if pdu::is_busy(&response) => {
                self.pace().slow_down();
                Err(Busy)
            }
            Ok(Err(SmppError::UnexpectedResponse { response })) => Ok(pdu::refusal(&response)),
            Ok(Err(_)) | Err(_) => Ok(Sent::Unknown),
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Smpp {
    fn drop(&mut self) {
        self.holder.abort();
    }
}

impl Pace {
    /// The moment of the next one, which is taken.
    fn turn(&mut self) -> Instant {
        let turn = self.next.max(Instant::now());
        self.next = turn + self.each;
        turn
    }

    /// For all of them: the centre counts what it gets from us, not who of us sends it.
    fn slow_down(&mut self) {
        self.next = self.next.max(Instant::now() + self.throttled);
        self.throttled = (2 * self.throttled).min(THROTTLED_MAX);
    }
}

/// Sessions, one after another, for ever.
async fn hold(config: config::Smpp, password: Secret, store: Store, tell: watch::Sender<Option<Client>>) {
    let mut pause = PAUSE;
    loop {
        let begun = Instant::now();
        let Err(error) = session(&config, &password, &store, &tell).await;
        tracing::warn!(%error, retry_s = pause.as_secs(), "no session with the SMS centre");
        tell.send_replace(None);
        metrics::gauge!("dauys_sms_centre_bound").set(0.0);
        if begun.elapsed() >= PAUSE_MAX {
            pause = PAUSE;
        }
        tokio::time::sleep(pause).await;
        pause = (2 * pause).min(PAUSE_MAX);
    }
}

/// One session, to its end.
async fn session(
    config: &config::Smpp,
    password: &Secret,
    store: &Store,
    tell: &watch::Sender<Option<Client>>,
) -> Result<Infallible, NoSession> {
    let longest = Duration::from_secs(config.response_s.get().into());
    let bind = pdu::bind(config, password).ok_or(NoSession::Account)?;
    let stream = tokio::time::timeout(CONNECT_MAX, TcpStream::connect(&config.address)).await.map_err(|_| NoSession::Late)??;
    let _ = stream.set_nodelay(true);
    let (client, mut events, connection) = ConnectionBuilder::new()
        .max_command_length(COMMAND_MAX)
        .enquire_link_interval(Duration::from_secs(config.enquire_link_s.get().into()))
        .enquire_link_response_timeout(longest)
        .response_timeout(longest)
        .disable_interface_version_check() // it speaks 5.0 unless told otherwise
        .no_spawn()
        .connected(stream);
    let mut connection = std::pin::pin!(connection);
    let bound = tokio::select! {
        bound = tokio::time::timeout(2 * longest, client.bind_transceiver(bind)) => bound,
        () = &mut connection => return Err(NoSession::Failed),
    };
    match bound {
        Ok(Ok(_)) => {}
        Ok(Err(SmppError::UnexpectedResponse { response })) => return Err(NoSession::Refused(response.status())),
        Ok(Err(SmppError::ResponseTimeout { .. })) | Err(_) => return Err(NoSession::Late),
        Ok(Err(_)) => return Err(NoSession::Failed),
    }
    tracing::info!("bound to the SMS centre");
    metrics::gauge!("dauys_sms_centre_bound").set(1.0);
    tell.send_replace(Some(client.clone()));
    let (mut understanding, mut answering) = (JoinSet::new(), JoinSet::new());
    // The library's queue of events has no bound. It is filled only while the connection is polled, so it is emptied before each time, and while receipts wait nothing is read.
    loop {
        let has_room = understanding.len() < RECEIPTS_MAX;
        tokio::select! {
            biased;
            Some(answer) = understanding.join_next() => drop(answer.map(|answer| answering.spawn(say(client.clone(), answer)))),
            Some(_) = answering.join_next() => {}
            event = events.next(), if has_room => match event {
                Some(Event::Incoming(command)) => drop(understanding.spawn(understood(store.clone(), command))),
                Some(Event::Error(_)) | None => return Err(NoSession::Ended),
            },
            () = &mut connection, if has_room => return Err(NoSession::Ended),
        }
        if answering.len() > ANSWERS_MAX {
            return Err(NoSession::Deaf);
        }
    }
}

/// What is said to what the centre said.
enum Answer {
    /// To a `deliver_sm`.
    Delivered(u32, CommandStatus),
    /// To an `unbind`.
    Unbound(u32),
    /// To what we do not know.
    Unknown(u32),
    /// To a response that nobody waits for any more.
    Nothing,
}

async fn understood(store: Store, command: Command) -> Answer {
    let number = command.sequence_number();
    match command.pdu() {
        Some(Pdu::DeliverSm(delivered)) => match pdu::receipt(delivered) {
            Some(receipt) => Answer::Delivered(number, kept(&store, &receipt).await),
            None => Answer::Delivered(number, CommandStatus::EsmeRok), // a message to us, which nobody reads, or news of no end
        },
        Some(Pdu::Unbind) => Answer::Unbound(number),
        Some(_) | None if command.id().is_response() => Answer::Nothing,
        Some(_) | None => Answer::Unknown(number),
    }
}

async fn say(client: Client, answer: Answer) {
    let said = match answer {
        Answer::Delivered(number, status) => client.status(status).deliver_sm_resp(number, DeliverSmResp::default()).await,
        Answer::Unbound(number) => match client.unbind_resp(number).await {
            Ok(()) => client.close().await,
            Err(error) => Err(error),
        },
        Answer::Unknown(number) => client.status(CommandStatus::EsmeRinvcmdid).generic_nack(number).await,
        Answer::Nothing => Ok(()),
    };
    if said.is_err() {
        tracing::debug!("the SMS centre gets no answer");
    }
}

/// Committed, or to be told again later.
async fn kept(store: &Store, receipt: &super::Receipt) -> CommandStatus {
    match store
        .keep_receipt(&receipt.id, receipt.known_by.as_ref().map(|(reference, from)| (*reference, from)), receipt.state, Timestamp::now())
        .await
    {
        Ok(()) => CommandStatus::EsmeRok,
        Err(error) => {
            tracing::warn!(%error, "a receipt is not committed; the SMS centre is asked to repeat it");
            CommandStatus::EsmeRxTAppn
        }
    }
}
