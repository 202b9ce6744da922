//! Changes of the world, carried out: the intent is committed, then the service is asked, once, then what became of it is committed.
//!
//! A submission outlives its call: whoever hangs up while it is under way leaves a task behind that settles it, and takes it back when that is wanted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dauys_core::interpreter::{Answer, RequestId, Telling, Undoing};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

use super::telling::Teller;
use super::{IN_FLIGHT_MAX, Request, Services, patience};
use crate::config::Messages;
use crate::store::{Intent, State, Store, StoreError};

/// How long an undo may take. Nobody waits for it.
const UNDO_MAX: Duration = Duration::from_secs(30);

/// What all calls submit.
#[derive(Clone)]
pub struct Submissions {
    services: Services,
    store: Store,
    teller: Teller,
    /// A place for each that is under way.
    places: Arc<Semaphore>,
}

/// What one call submits.
pub struct CallSubmissions {
    all: Submissions,
    call: String,
    /// All that it submitted.
    sent: BTreeMap<RequestId, Sent>,
    /// What can be taken back.
    open: BTreeMap<RequestId, Undoing>,
    /// What is being taken back.
    undone: Vec<JoinHandle<()>>,
}

#[derive(Clone)]
struct Sent {
    key: String,
    answer: watch::Receiver<Option<Answer>>,
    /// The call does not hear the answer any more.
    unheard: Arc<AtomicBool>,
    telling: Option<Telling>,
}

/// What became of a hold that other submits may have used up.
enum Use {
    /// None of them was done.
    Free,
    /// One was.
    Used,
    /// Nobody knows of this one.
    Unknown {
        /// Its key.
        by: String,
    },
}

impl Submissions {
    /// To these services, with intents in this store, and messages as these go.
    pub fn new(services: Services, store: Store, messages: &Messages) -> Self {
        Self { services, store, teller: Teller::new(messages), places: Arc::new(Semaphore::new(IN_FLIGHT_MAX)) }
    }

    /// Those of a call.
    pub fn of_call(&self, call: &str) -> CallSubmissions {
        CallSubmissions { all: self.clone(), call: call.to_owned(), sent: BTreeMap::new(), open: BTreeMap::new(), undone: Vec::new() }
    }

    /// Once none is under way. No call may submit any more.
    pub async fn finished(&self) {
        let _ = self.places.acquire_many(IN_FLIGHT_MAX as u32).await;
    }

    /// A place from now on, so that nobody who waits for all to be finished misses it. What takes back and settles goes on without one, too.
    fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    async fn carry_out(&self, intent: Intent, undo: Option<Undoing>, longest: Duration, unheard: &AtomicBool, now: Timestamp) -> Answer {
        match self.store.intend(&intent, now).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!(key = intent.key, "an intent came twice; its service is not asked again");
                return Answer::Unknown;
            }
            Err(StoreError::Unsure) => {
                tracing::warn!(service = intent.service, "it is not known whether an intent is committed; its service is not asked now");
                return Answer::Unknown; // should it be, it is reconciled
            }
            Err(error) => {
                tracing::warn!(%error, service = intent.service, "an intent is not committed, and its service not asked");
                return Answer::Unavailable;
            }
        }
        let answer = self.services.submit(&intent.service, intent.key.clone(), intent.request, now, longest).await;
        let held = undo.and_then(|undo| undo.request(answer.fields()?));
        match &intent.telling {
            Some(telling) if unheard.load(Ordering::Relaxed) && answer != Answer::Unknown => {
                self.settle_and_tell(&intent.key, telling, &answer, now).await;
            }
            Some(_) | None => {
                let state = if held.is_some() { State::Held } else { ended(&answer) };
                settled(&intent.key, self.store.settle(&intent.key, state, held.as_ref()).await);
            }
        }
        answer
    }

    /// An answer that came when its caller had been told that nobody knows, or had gone.
    async fn settle_and_tell(&self, key: &str, telling: &Telling, answer: &Answer, now: Timestamp) {
        let done = match self.teller.told(key, telling, answer, now) {
            Some(told) => self.store.settle_and_tell(key, ended(answer), &told, now).await,
            None => self.store.settle(key, ended(answer), None).await,
        };
        settled(key, done);
    }

    /// Takes back what a call holds, unless it is used up.
    async fn take_back_unused(&self, key: &str, service: &str, request: Request, users: Vec<Sent>, now: Timestamp) {
        for user in &users {
            settled(key, self.store.may_be_used(key, &user.key).await); // should we die while we wait
        }
        match used(users).await {
            Use::Free => self.take_back(key, service, request, now).await,
            Use::Used => settled(key, self.store.settle(key, State::Done, None).await),
            Use::Unknown { by } => settled(key, self.store.may_be_used(key, &by).await),
        }
    }

    async fn take_back(&self, key: &str, service: &str, request: Request, now: Timestamp) {
        settled(key, self.store.settle(key, State::UndoWanted, None).await);
        match self.services.submit(service, format!("{key}-undo"), request, now, UNDO_MAX).await {
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
        let longest = patience(wanted.deadline_ms);
        let Wanted { service, request, key, telling, .. } = wanted;
        let unheard = Arc::<AtomicBool>::default();
        self.sent.insert(id, Sent { key: key.clone(), answer: answer.clone(), unheard: Arc::clone(&unheard), telling: telling.clone() });
        self.open.extend(undo.clone().map(|undo| (id, undo)));
        let intent = Intent { key, call: self.call.clone(), service, request, undo: undo.clone(), telling };
        let all = self.all.clone();
        match all.place() {
            Some(place) => drop(tokio::spawn(async move {
                let _place: OwnedSemaphorePermit = place;
                tell.send_replace(Some(all.carry_out(intent, undo, longest, &unheard, now).await));
            })),
            None => {
                tracing::warn!(service = intent.service, max = IN_FLIGHT_MAX, "too many submissions at once");
                tell.send_replace(Some(Answer::Unavailable));
            }
        }
        known(answer)
    }

    /// Takes back what was submitted, as soon as its answer is known and those that may have used it up were not done; once.
    pub fn undo(&mut self, of: RequestId, service: String, request: Option<Request>, unless: &[RequestId], now: Timestamp) {
        let (Some(undo), Some(sent)) = (self.open.remove(&of), self.sent.get(&of).cloned()) else { return };
        let users = unless.iter().filter_map(|id| self.sent.get(id).cloned()).collect();
        let (all, place) = (self.all.clone(), self.all.place());
        self.undone.push(tokio::spawn(async move {
            let _place = place;
            let answer = known(sent.answer).await;
            match request.or_else(|| undo.request(answer.fields()?)) {
                Some(request) => all.take_back_unused(&sent.key, &service, request, users, now).await,
                None if answer == Answer::Unknown => settled(&sent.key, all.store.settle(&sent.key, State::UndoWanted, None).await),
                None => {} // nothing is held
            }
        }));
    }

    /// The call does not hear how this ended: its caller is sent it once it is known, where anything is to be sent. What stays unknown the reconcile job tells.
    pub fn tell(&mut self, of: RequestId, now: Timestamp) {
        let Some(Sent { key, answer, unheard, telling: Some(telling) }) = self.sent.get(&of).cloned() else { return };
        unheard.store(true, Ordering::Relaxed);
        let (all, place) = (self.all.clone(), self.all.place());
        tokio::spawn(async move {
            let _place = place;
            let answer = known(answer).await;
            if answer != Answer::Unknown {
                all.settle_and_tell(&key, &telling, &answer, now).await; // where it was being settled at this very moment; else it is told already
            }
        });
    }

    /// The call is over: what it held and was not asked to take back, it used.
    pub fn over(self) {
        let place = self.all.place();
        tokio::spawn(async move {
            let _place = place;
            for undone in self.undone {
                let _ = undone.await; // one that died has settled what it could
            }
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
    /// What is sent to its caller, should he not hear how it ended.
    pub telling: Option<Telling>,
}

/// How far an answer brings an intent that holds nothing.
const fn ended(answer: &Answer) -> State {
    match answer {
        Answer::Outcome { .. } => State::Done,
        Answer::Unavailable => State::Refused,
        Answer::Unknown | Answer::Errand(_) => State::Unknown,
    }
}

async fn used(users: Vec<Sent>) -> Use {
    let mut found = Use::Free;
    for user in users {
        match known(user.answer).await {
            Answer::Outcome { .. } => return Use::Used,
            Answer::Unavailable => {}
            Answer::Unknown | Answer::Errand(_) => found = Use::Unknown { by: user.key },
        }
    }
    found
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
