//! What nobody settled: an answer that did not come, a process that died. The service is asked again under the same key until it says what became of it; what nobody needs any
//! more is taken back.
//!
//! It asks nothing that was not asked before, and tells nobody anything that is not committed.

use std::time::Duration;

use dauys_core::interpreter::Answer;
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::telling::Teller;
use super::{Request, Services};
use crate::config::Messages;
use crate::store::{Intent, Job, Kind, Open, Settled, State, Store, StoreError};

/// How long a service may take. Nobody waits for it.
const ASKED_MAX: Duration = Duration::from_secs(30);
/// A job is another's after this: two questions and what is written about them.
const LEASE: Duration = Duration::from_secs(120);
/// Jobs that are worked on at once.
const AT_ONCE: u16 = 16;
/// How often it looks for jobs.
const EVERY: Duration = Duration::from_secs(1);
/// How often this process says that it lives, in rounds.
const ALIVE_EVERY: u32 = 20;

/// Works off the reconcile jobs. Several may, in one process or in many.
#[derive(Clone)]
pub struct Reconciler {
    services: Services,
    store: Store,
    teller: Teller,
}

/// What a look at one intent came to.
enum Found {
    /// It is written.
    Settled,
    /// Not yet: why.
    Later(&'static str),
}

impl Reconciler {
    /// Asks these services about intents in this store; callers are told of them by messages as these go.
    pub fn new(services: Services, store: Store, messages: &Messages) -> Self {
        Self { services, store, teller: Teller::new(messages) }
    }

    /// Works until it is dropped.
    pub async fn run(self) {
        let mut rounds = tokio::time::interval(EVERY);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for round in 0_u32.. {
            rounds.tick().await;
            let now = Timestamp::now();
            let alive = if round % ALIVE_EVERY == 0 { self.store.keep_held(now).await } else { Ok(()) };
            if let Err(error) = alive {
                tracing::warn!(%error, "what calls hold may be reconciled before they end");
            }
            self.round(now).await;
            if round % ALIVE_EVERY == 0 {
                self.show().await;
            }
        }
    }

    /// For the metrics: what waits, and what waits for a person.
    async fn show(&self) {
        for kind in Kind::ALL {
            if let Ok((waiting, dead)) = self.store.count_jobs(kind).await {
                metrics::gauge!("dauys_jobs", "kind" => kind.name(), "state" => "waiting").set(waiting as f64);
                metrics::gauge!("dauys_jobs", "kind" => kind.name(), "state" => "dead").set(dead as f64);
            }
        }
    }

    /// Works off what is due; how many that were.
    pub async fn round(&self, now: Timestamp) -> usize {
        let taken = self.store.take_jobs(Kind::Reconcile, AT_ONCE, now, LEASE).await;
        let jobs = taken.unwrap_or_else(|error| {
            tracing::warn!(%error, "no jobs can be taken");
            Vec::new()
        });
        let count = jobs.len();
        let work = jobs.into_iter().map(|job| {
            let this = self.clone();
            async move { this.work_off(&job, now).await }
        });
        work.collect::<JoinSet<()>>().join_all().await;
        count
    }

    async fn work_off(&self, job: &Job, now: Timestamp) {
        let ended = match self.look(job, now).await {
            Ok(Found::Settled) => Ok(true),
            Ok(Found::Later(why)) => self.store.retry_job(job, why, now).await,
            Err(StoreError::Unreadable(why)) => self.store.give_up_job(job, &why).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(true) => {}
            Ok(false) => tracing::warn!(key = job.key, "a job took longer than its lease, and is another's now"),
            Err(error) => tracing::warn!(key = job.key, %error, "a job is left to its lease"),
        }
    }

    async fn look(&self, job: &Job, now: Timestamp) -> Result<Found, StoreError> {
        let Some(open) = self.store.open_intent(&job.key).await? else { return self.over(job).await };
        match (open.state, open.used_by) {
            // whoever lives settles or keeps what is his: this one's process is dead
            (State::Asked, _) | (State::Held, None) => {
                self.store.orphan_call(&open.intent.call).await?;
                Ok(Found::Later("its process died"))
            }
            (State::Held, Some(State::Done | State::Held)) => self.write(job, Settled::to(State::Done), now).await,
            (State::Held, Some(State::Refused | State::Undone)) => self.take_back(job, &open, now).await,
            (State::Held, Some(State::Asked | State::Unknown | State::UndoWanted)) => {
                Ok(Found::Later("what may have used it is not known yet"))
            }
            (State::Unknown, _) => self.ask(job, &open, now).await,
            (State::UndoWanted, _) => self.take_back(job, &open, now).await,
            (State::Done | State::Refused | State::Undone, _) => self.over(job).await,
        }
    }

    /// What became of it? Unavailable says only that nothing was changed by asking now.
    async fn ask(&self, job: &Job, open: &Open, now: Timestamp) -> Result<Found, StoreError> {
        let Intent { service, request, undo, telling, .. } = &open.intent;
        let Some((outcome, fields)) = self.answer(service, job.key.clone(), request, now).await else {
            return Ok(Found::Later("its service does not say what became of it"));
        };
        let undo_request = undo.as_ref().and_then(|undo| undo.request(&fields));
        let state = if undo_request.is_some() { State::Held } else { State::Done }; // while its call is up, that may still take it back
        let answer = Answer::Outcome { outcome: outcome.clone(), fields };
        let told = telling.as_ref().and_then(|telling| self.teller.told(&job.key, telling, &answer, now));
        let settled = Settled { state, outcome: Some(&outcome), undo_request: undo_request.as_ref(), told: told.as_ref() };
        self.write(job, settled, now).await
    }

    async fn take_back(&self, job: &Job, open: &Open, now: Timestamp) -> Result<Found, StoreError> {
        let Some(undo) = &open.intent.undo else { return self.write(job, Settled::to(State::Done), now).await };
        let request = match &open.undo_request {
            Some(request) => request.clone(),
            None => {
                let Some((outcome, fields)) = self.answer(&open.intent.service, job.key.clone(), &open.intent.request, now).await else {
                    return Ok(Found::Later("its service does not say what is held"));
                };
                match undo.request(&fields) {
                    Some(request) => request,
                    None => return self.write(job, Settled { outcome: Some(&outcome), ..Settled::to(State::Done) }, now).await, // nothing is held
                }
            }
        };
        match self.answer(&undo.service, format!("{}-undo", job.key), &request, now).await {
            Some(_) => self.write(job, Settled::to(State::Undone), now).await,
            None => Ok(Found::Later("it is not taken back yet")),
        }
    }

    async fn answer(&self, service: &str, key: String, request: &Request, now: Timestamp) -> Option<(String, Request)> {
        match self.services.submit(service, key, request.clone(), now, ASKED_MAX).await {
            Answer::Outcome { outcome, fields } => Some((outcome, fields)),
            Answer::Unavailable | Answer::Unknown | Answer::Errand(_) => None,
        }
    }

    async fn write(&self, job: &Job, settled: Settled<'_>, now: Timestamp) -> Result<Found, StoreError> {
        if !self.store.reconciled(job, &settled, now).await? {
            tracing::info!(key = job.key, "another settled it meanwhile");
        }
        Ok(Found::Settled)
    }

    async fn over(&self, job: &Job) -> Result<Found, StoreError> {
        self.store.finish_job(job).await?;
        Ok(Found::Settled)
    }
}
