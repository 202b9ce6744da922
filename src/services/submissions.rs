//! Changes of the world, carried out: the intent is committed, then the service is asked, once, then what became of it is committed.
//!
//! A submission outlives its call: whoever hangs up while it is under way leaves a task behind that settles it, and takes it back when that is wanted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dauys_core::interpreter::{Answer, RequestId, Undoing};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::{IN_FLIGHT_MAX, Request, Services, patience};
use crate::store::{Intent, State, Store, StoreError};

/// How long an undo may take. Nobody waits for it.
const UNDO_MAX: Duration = Duration::from_secs(30);

/// What all calls submit.
#[derive(Clone)]
pub struct Submissions {
    services: Services,
    store: Store,
    /// A place for each that is under way.
    places: Arc<Semaphore>,
}

/// What one call submits.
pub struct CallSubmissions {
    all: Submissions,
    call: String,
    /// What can be taken back.
    open: BTreeMap<RequestId, Open>,
}

struct Open {
    key: String,
    undo: Undoing,
    answer: watch::Receiver<Option<Answer>>,
}

impl Submissions {
    /// To these services, with intents in this store.
    pub fn new(services: Services, store: Store) -> Self {
        Self { services, store, places: Arc::new(Semaphore::new(IN_FLIGHT_MAX)) }
    }

    /// Those of a call.
    pub fn of_call(&self, call: &str) -> CallSubmissions {
        CallSubmissions { all: self.clone(), call: call.to_owned(), open: BTreeMap::new() }
    }

    /// Once none is under way. No call may submit any more.
    pub async fn finished(&self) {
        let _ = self.places.acquire_many(IN_FLIGHT_MAX as u32).await;
    }

    /// A place from now on, so that nobody who waits for all to be finished misses it. What takes back and settles goes on without one, too.
    fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    async fn carry_out(&self, intent: Intent, undo: Option<Undoing>, longest: Duration, now: Timestamp) -> Answer {
        match self.store.intend(&intent, now).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!(key = intent.key, "an intent came twice; its service is not asked again");
                return Answer::Unknown;
            }
            Err(error) => {
                tracing::warn!(%error, service = intent.service, "an intent is not committed, and its service not asked");
                return Answer::Unavailable;
            }
        }
        let answer = self.services.submit(&intent.service, intent.key.clone(), intent.request, longest).await;
        let held = undo.and_then(|undo| undo.request(answer.fields()?));
        let state = match (&answer, &held) {
            (Answer::Outcome { .. }, Some(_)) => State::Held,
            (Answer::Outcome { .. }, None) => State::Done,
            (Answer::Unavailable, _) => State::Refused,
            (Answer::Unknown | Answer::Errand(_), _) => State::Unknown,
        };
        settled(&intent.key, self.store.settle(&intent.key, state, held.as_ref()).await);
        answer
    }

    async fn take_back(&self, key: &str, service: &str, request: Request) {
        settled(key, self.store.settle(key, State::UndoWanted, None).await);
        match self.services.submit(service, format!("{key}-undo"), request, UNDO_MAX).await {
            Answer::Outcome { .. } => settled(key, self.store.settle(key, State::Undone, None).await),
            Answer::Unavailable | Answer::Unknown | Answer::Errand(_) => {
                tracing::warn!(key, service, "not taken back yet; it is left to be reconciled")
            }
        }
    }
}

impl CallSubmissions {
    /// Submits, whether or not the answer is waited for.
    pub fn submit(&mut self, id: RequestId, wanted: Wanted, undo: Option<Undoing>, now: Timestamp) -> impl Future<Output = Answer> + use<> {
        let (tell, answer) = watch::channel(None);
        if let Some(undo) = undo.clone() {
            self.open.insert(id, Open { key: wanted.key.clone(), undo, answer: answer.clone() });
        }
        let longest = patience(wanted.deadline_ms);
        let undo_service = undo.as_ref().map(|undo| undo.service.clone());
        let Wanted { service, request, key, .. } = wanted;
        let intent = Intent { key, call: self.call.clone(), service, request, undo: undo_service };
        let all = self.all.clone();
        match all.place() {
            Some(place) => drop(tokio::spawn(async move {
                let _place: OwnedSemaphorePermit = place;
                tell.send_replace(Some(all.carry_out(intent, undo, longest, now).await));
            })),
            None => {
                tracing::warn!(service = intent.service, max = IN_FLIGHT_MAX, "too many submissions at once");
                tell.send_replace(Some(Answer::Unavailable));
            }
        }
        known(answer)
    }

    /// Takes back what was submitted, as soon as its answer is known; once.
    pub fn undo(&mut self, of: RequestId, service: String, request: Option<Request>) {
        let Some(open) = self.open.remove(&of) else { return };
        let (all, place) = (self.all.clone(), self.all.place());
        tokio::spawn(async move {
            let _place = place;
            let answer = known(open.answer).await;
            match request.or_else(|| open.undo.request(answer.fields()?)) {
                Some(request) => all.take_back(&open.key, &service, request).await,
                None if answer == Answer::Unknown => settled(&open.key, all.store.settle(&open.key, State::UndoWanted, None).await),
                None => {} // nothing is held
            }
        });
    }

    /// The call is over: what it held and was not asked to take back, it used.
    pub fn over(self) {
        let place = self.all.place();
        tokio::spawn(async move {
            let _place = place;
            settled(&self.call, self.all.store.settle_call(&self.call).await);
        });
    }
}

/// What a call wants changed.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The service.
    pub service: String,
    /// What it is asked.
    pub request: Request,
    /// The idempotency key.
    pub key: String,
    /// How long the call waits.
    pub deadline_ms: u64,
}

/// The answer, once it is there; a task that died leaves none.
async fn known(mut answer: watch::Receiver<Option<Answer>>) -> Answer {
    let answer = answer.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone());
    answer.unwrap_or(Answer::Unknown)
}

fn settled(key: &str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::warn!(key, %error, "what became of an intent is not written; it is left to be reconciled");
    }
}
