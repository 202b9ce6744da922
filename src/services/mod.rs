//! What a `lookup` or a `submit` step may call. A service may be slow, hang, panic or be missing: the call gets an [`Answer`] in time.
//!
//! One file a service. Nothing here decides what the caller hears, but for what a caller who has given too little is not told ([`Services::disclosing`]).

pub mod demo;
mod disclosure;
pub mod http;
mod reconcile;
mod submissions;
mod telling;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use dauys_core::calendar::hours::Hours;
use dauys_core::flow::graph::{Program, Value};
use dauys_core::interpreter::Answer;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};

use crate::config::services::{Connector, Connectors};
use crate::config::{self, Disclosure, Messages};
use crate::store::Store;

pub use reconcile::Reconciler;
pub use submissions::{CallSubmissions, Submissions, Wanted};

/// The most questions that wait for an answer at once; one more is unavailable at once.
pub const IN_FLIGHT_MAX: usize = 512;

/// How much longer than the flow waits for an answer its service may run: the call itself gives up first, at its own time.
const GRACE: Duration = Duration::from_secs(1);

/// How long a service may run whose answer a flow awaits so long.
pub fn patience(deadline_ms: u64) -> Duration {
    Duration::from_millis(deadline_ms).saturating_add(GRACE)
}

/// The fields of a question.
pub type Request = BTreeMap<String, Value>;

/// An answer to come.
pub type Reply<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Who asks: what the robot knows beside the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Whether the caller's number is vouched for by a trusted trunk.
    pub trusted: bool,
    /// When.
    pub now: Timestamp,
}

/// Answers questions of one kind, or does deeds of one kind. What it is not for is unavailable.
pub trait Service: Send + Sync + 'static {
    /// Reads; changes nothing. May be dropped at any await.
    fn lookup<'a>(&'a self, request: &'a Request, now: Timestamp) -> Reply<'a> {
        let (_, _) = (request, now);
        Box::pin(async { Answer::Unavailable })
    }

    /// Changes the world, once however often it is asked under one key. [`Answer::Unavailable`] says that nothing was changed; whoever does not know says [`Answer::Unknown`].
    fn submit<'a>(&'a self, key: &'a str, request: &'a Request, now: Timestamp) -> Reply<'a> {
        let (_, _, _) = (key, request, now);
        Box::pin(async { Answer::Unavailable })
    }
}

/// All services, by the names that flows use.
#[derive(Clone)]
pub struct Services {
    by_name: BTreeMap<String, Arc<dyn Service>>,
    disclosure: Disclosure,
    in_flight: Arc<Semaphore>,
}

impl Default for Services {
    fn default() -> Self {
        Self { by_name: BTreeMap::new(), disclosure: Disclosure::default(), in_flight: Arc::new(Semaphore::new(IN_FLIGHT_MAX)) }
    }
}

impl Services {
    /// What the shipped flows call: the demo, which keeps what it has in this store, works in these hours, and sends letters as these messages go.
    pub fn shipped(store: &Store, hours: &Hours, messages: &Messages) -> Self {
        demo::all(store, hours, messages)
    }

    /// The same, to callers of whom no less than this is wanted.
    #[must_use]
    pub fn disclosing(self, disclosure: Disclosure) -> Self {
        Self { disclosure, ..self }
    }

    /// The same, asked where the configuration says. `seed` is for the pauses between attempts.
    ///
    /// # Errors
    /// All that is wrong with the configuration beside the contracts of these flows.
    pub fn connected(mut self, connectors: &Connectors, program: &Program, seed: u64) -> Result<Self, Vec<config::Fault>> {
        let demos = connectors.by_name.iter().filter(|(_, connector)| connector.value == Connector::Demo);
        let missing = demos.filter(|(name, _)| !self.by_name.contains_key(*name));
        let missing = missing.map(|(name, at)| connectors.fault(at.wrong(format!("there is no demo of `{name}`: expected http"))));
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        for (name, service) in http::Http::all(connectors, program, seed)? {
            self = self.with(&name, service);
        }
        Ok(self)
    }

    /// The same and one more; a second one of a name takes its place.
    #[must_use]
    pub fn with(mut self, name: &str, service: impl Service) -> Self {
        self.by_name.insert(name.to_owned(), Arc::new(service));
        self
    }

    /// Asks, and answers within `deadline` whatever the service does. Dropping the future abandons the question.
    pub async fn lookup(&self, name: &str, request: Request, asker: Asker, deadline: Duration) -> Answer {
        if let Some(withheld) = disclosure::withheld(self.disclosure, name, asker) {
            return withheld;
        }
        let Some((service, _place)) = self.find(name) else { return Answer::Unavailable };
        let asked = async move { service.lookup(&request, asker.now).await };
        in_time(name, asked, deadline).await.unwrap_or(Answer::Unavailable)
    }

    /// Changes the world, or says within `deadline` that it is not known whether it did.
    pub async fn submit(&self, name: &str, key: String, request: Request, now: Timestamp, deadline: Duration) -> Answer {
        let Some((service, _place)) = self.find(name) else { return Answer::Unavailable };
        let asked = async move { service.submit(&key, &request, now).await };
        in_time(name, asked, deadline).await.unwrap_or(Answer::Unknown)
    }

    /// A service, and a place among those that wait.
    fn find(&self, name: &str) -> Option<(Arc<dyn Service>, OwnedSemaphorePermit)> {
        let Some(service) = self.by_name.get(name).cloned() else {
            tracing::warn!(service = name, "no such service");
            return None;
        };
        let Ok(place) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            tracing::warn!(service = name, max = IN_FLIGHT_MAX, "too many questions at once");
            return None;
        };
        Some((service, place))
    }
}

/// An answer, or none in time. A task of its own, so that a panic ends there; a set, so that dropping it stops the task.
async fn in_time(name: &str, asked: impl Future<Output = Answer> + Send + 'static, deadline: Duration) -> Option<Answer> {
    let mut task = JoinSet::new();
    task.spawn(asked);
    match tokio::time::timeout(deadline, task.join_next()).await {
        Ok(Some(finished)) => finished.map_err(|error| failed(name, &error)).ok(),
        Ok(None) | Err(_) => {
            tracing::warn!(service = name, deadline_ms = deadline.as_millis(), "no answer in time");
            None
        }
    }
}

/// What a service panicked with may hold personal data: it is not logged.
fn failed(name: &str, error: &JoinError) {
    tracing::warn!(service = name, panicked = error.is_panic(), "the service failed");
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Fake {
        Answers,
        Hangs,
        Panics,
        Takes(Duration),
    }

    impl Service for Fake {
        fn lookup<'a>(&'a self, request: &'a Request, _: Timestamp) -> Reply<'a> {
            Box::pin(async move {
                match self {
                    Self::Answers => {}
                    Self::Hangs => std::future::pending().await,
                    Self::Panics => panic!("a service that panics"),
                    Self::Takes(time) => tokio::time::sleep(*time).await,
                }
                Answer::Outcome { outcome: "found".to_owned(), fields: request.clone() }
            })
        }
    }

    const DEADLINE: Duration = Duration::from_secs(8);

    /// What a service's question comes to, and after how long.
    async fn asked(services: &Services, name: &str) -> (bool, Duration) {
        let start = tokio::time::Instant::now();
        let answer = services.lookup(name, Request::new(), Asker { trusted: false, now: Timestamp::UNIX_EPOCH }, DEADLINE).await;
        (answer != Answer::Unavailable, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_a_service_does_there_is_an_answer_in_time() {
        let slow = |ms| Fake::Takes(Duration::from_millis(ms));
        let services = Services::default().with("good", Fake::Answers).with("hangs", Fake::Hangs).with("panics", Fake::Panics);
        let services = services.with("slow", slow(7_900)).with("late", slow(8_100));
        let cases = [
            ("good", true, 0),
            ("hangs", false, 8_000),
            ("panics", false, 0),
            ("slow", true, 7_900),
            ("late", false, 8_000),
            ("missing", false, 0),
        ];
        for (name, answered, ms) in cases {
            let (came, after) = asked(&services, name).await;
            assert_eq!(came, answered, "{name}");
            assert!(after.as_millis().abs_diff(ms) <= 2, "{name} after {after:?}");
        }
        assert!(asked(&services, "good").await.0, "the others go on");
    }

    #[tokio::test(start_paused = true)]
    async fn hanging_questions_are_bounded_and_give_their_places_back() {
        let services = Services::default().with("hangs", Fake::Hangs).with("good", Fake::Answers);
        let mut hanging = JoinSet::new();
        for _ in 0..IN_FLIGHT_MAX {
            let services = services.clone();
            hanging.spawn(async move { asked(&services, "hangs").await });
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!asked(&services, "good").await.0, "all places are taken");
        hanging.shutdown().await;
        assert!(asked(&services, "good").await.0, "a call that hangs up gives its place back");
    }
}
