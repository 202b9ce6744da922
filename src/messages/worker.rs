//! Carries the outbox away: takes jobs as long as the way is open, and a part at a time commits, submits, commits.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::{Outgoing, Sent, Way, reference};
use crate::store::{Job, Kind, MessageState, OpenMessage, PartOf, PartState, Store, StoreError};

/// How often it is looked for messages.
const LOOK: Duration = Duration::from_millis(500);
/// How often old ones are forgotten, and all are counted.
const TIDY: Duration = Duration::from_secs(60);
/// A worker that is silent for so long is dead: longer than any part takes.
const LEASE: Duration = Duration::from_secs(300);
/// How long a stopped worker waits for what is under way.
const LAST_MAX: Duration = Duration::from_secs(5);

/// The worker of a process.
pub struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Sends by this way, until it is stopped.
    pub fn start(way: Way, store: Store, keep_days: u16) -> Self {
        let (stop, stopped) = watch::channel(false);
        let carrier = Arc::new(Carrier { way, store });
        let keep = SignedDuration::from_hours(24 * i64::from(keep_days));
        Self { stop, task: tokio::spawn(work(carrier, keep, stopped)) }
    }

    /// Takes no more messages, and waits a little for those that are under way; what has no answer by then is unknown.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

async fn work(carrier: Arc<Carrier>, keep: SignedDuration, mut stopped: watch::Receiver<bool>) {
    let (mut looks, mut tidies) = (tokio::time::interval(LOOK), tokio::time::interval(TIDY));
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            _ = looks.tick() => carrier.take(&mut under_way).await,
            _ = tidies.tick() => carrier.tidy(keep).await,
            Some(done) = under_way.join_next() => ended(done),
            () = async { let _ = stopped.wait_for(|stopped| *stopped).await; } => break,
        }
    }
    let finished = async {
        while let Some(done) = under_way.join_next().await {
            ended(done);
        }
    };
    let _ = tokio::time::timeout(LAST_MAX, finished).await;
}

/// A job whose database failed has its lease to run out; then another takes it.
fn ended(done: Result<Result<(), StoreError>, tokio::task::JoinError>) {
    match done {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the outbox is not written; the message is taken up again after its lease"),
        Err(error) => tracing::error!(%error, "a message's task failed: a fault of dauys, please report it"),
    }
}

/// What sends.
struct Carrier {
    way: Way,
    store: Store,
}

impl Carrier {
    async fn take(self: &Arc<Self>, under_way: &mut JoinSet<Result<(), StoreError>>) {
        let room = usize::from(self.way.window()).saturating_sub(under_way.len());
        if room == 0 || !self.way.is_open() {
            return;
        }
        match self.store.take_jobs(Kind::Sms, u16::try_from(room).unwrap_or(1), Timestamp::now(), LEASE).await {
            Ok(jobs) => jobs.into_iter().for_each(|job| {
                let carrier = Arc::clone(self);
                under_way.spawn(async move { carrier.carry(job).await });
            }),
            Err(error) => tracing::warn!(%error, "no messages are taken from the outbox"),
        }
    }

    /// A message, as far as it goes now.
    async fn carry(&self, job: Job) -> Result<(), StoreError> {
        let Some(message) = self.store.open_message(&job.key).await? else { return self.over(&job, None).await };
        let count = self.way.parts(&message.text);
        if message.parts != 0 && message.parts != count {
            return self.over(&job, Some(MessageState::Unknown)).await; // half of it went by another way
        }
        for (nth, _) in message.begun.iter().filter(|(_, state)| *state == PartState::Begun) {
            self.store.settle_part(PartOf { key: &job.key, nth: *nth }, PartState::Unknown, None, Timestamp::now()).await?;
        }
        for nth in (0..count).filter(|nth| message.begun.iter().all(|(begun, _)| begun != nth)) {
            match self.part(&job, &message, nth, count).await? {
                Went::On => {}
                Went::Away => return Ok(()),
                Went::Over(end) => return self.over(&job, end).await,
            }
        }
        self.over(&job, None).await
    }

    async fn part(&self, job: &Job, message: &OpenMessage, nth: usize, of: usize) -> Result<Went, StoreError> {
        let now = Timestamp::now();
        let Ok(valid) = Duration::try_from(message.valid_until.duration_since(now)) else {
            return Ok(Went::Over(Some(MessageState::Expired)));
        };
        if !self.store.begin_part(job, nth, of, reference(&job.key, nth), now, LEASE).await? {
            return Ok(Went::Away);
        }
        let sent = self.way.send(&Outgoing { key: &job.key, to: &message.to, text: &message.text, nth, valid }).await;
        let now = Timestamp::now();
        let part = PartOf { key: &job.key, nth };
        match sent {
            Sent::Accepted { id } => self.store.settle_part(part, PartState::Sent, id.as_deref(), now).await?,
            Sent::Unknown => self.store.settle_part(part, PartState::Unknown, None, now).await?,
            Sent::Refused { why } => {
                tracing::warn!(message = job.key, why, "a message is refused");
                self.store.settle_part(part, PartState::Failed, None, now).await?;
                return Ok(Went::Over(None));
            }
            Sent::Again { why } => {
                let Some(pause) = job.pause() else {
                    self.store.settle_part(part, PartState::Failed, None, now).await?;
                    return Ok(Went::Over(None));
                };
                tracing::info!(message = job.key, why, retry_s = pause.as_secs(), "a message is not taken yet");
                let due = now.checked_add(pause).unwrap_or(now).min(message.valid_until);
                self.store.put_back_part(job, nth, due).await?;
                return Ok(Went::Away);
            }
        }
        Ok(Went::On)
    }

    async fn over(&self, job: &Job, end: Option<MessageState>) -> Result<(), StoreError> {
        if let Some(state) = self.store.finish_message(job, end, Timestamp::now()).await? {
            metrics::counter!("dauys_messages_total", "state" => state.name()).increment(1);
            tracing::info!(message = job.key, state = state.name(), "a message is over");
        }
        Ok(())
    }

    async fn tidy(&self, keep: SignedDuration) {
        if let Err(error) = self.store.tidy_messages(keep, Timestamp::now()).await {
            tracing::warn!(%error, "old messages are not forgotten");
        }
        if let Ok(counts) = self.store.count_messages().await {
            for state in MessageState::ALL {
                let count = counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count);
                metrics::gauge!("dauys_messages", "state" => state.name()).set(count as f64);
            }
        }
    }
}

/// Where a part left its message.
enum Went {
    /// To the next one.
    On,
    /// With another, or for later.
    Away,
    /// At its end.
    Over(Option<MessageState>),
}
