//! The live robot: starts, admits calls, drains. Each call is one task (`call`); what a call does next is decided in the core.

mod call;
mod clock;
mod ear;
mod eye;
mod flows;
pub mod publish;
mod readings;
mod sweep;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{JoinError, JoinSet};

use crate::bundle::{self, LoadError};
use crate::callbacks::Callbacks;
use crate::config::{Config, Fault, Listen};
use crate::console;
use crate::messages::{self, MessagesError, Outbox, Worker};
use crate::pacer::{self, Pacer, PacerConfig, Realtime};
use crate::records::bundles::BundleHash;
use crate::records::calls::Calls;
use crate::records::journal::{Journal, JournalError};
use crate::records::recording::Recordings;
use crate::records::seal::{SealError, SealKey};
use crate::services::{Reconciler, Services, Submissions};
use crate::sip::{self, Endpoint, Incoming};
use crate::speech::embedded::Embedded;
use crate::speech::embedded::model::{Model, ModelError};
use crate::speech::pool::Pool;
use crate::store::{Store, StoreError};
use eye::Eye;
use flows::Flows;
pub use flows::{Looked, Origin, Refusal, Taken};
use publish::PublishError;
use readings::Vitals;

/// A BYE that nobody answers, and a disk that does not return, hold the end up no longer than this.
const LAST_MAX: Duration = Duration::from_secs(5);

/// Why the robot cannot run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The flows do not load.
    #[error(transparent)]
    Load(LoadError),
    /// What should serve cannot.
    #[error(transparent)]
    Flows(Refusal),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Text messages.
    #[error(transparent)]
    Messages(#[from] MessagesError),
    /// Services as they are configured.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Services(Vec<Fault>),
    /// The event logs.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The key of sealed values.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The writer of recordings does not start.
    #[error("the writer of recordings does not start: {0}")]
    Recordings(std::io::Error),
    /// SIP.
    #[error(transparent)]
    Sip(#[from] sip::Error),
    /// The media threads do not start.
    #[error("the media threads do not start: {0}")]
    Media(std::io::Error),
    /// The console's address.
    #[error("cannot listen for the console at {address}: {source}; free the address, set another `console.listen`, or `--console off`")]
    Console {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// SIGTERM cannot be waited for.
    #[error("cannot wait for SIGTERM: {0}")]
    Signal(std::io::Error),
    /// The metrics recorder.
    #[error("metrics do not start: {0}")]
    Metrics(#[from] BuildError),
    /// A folder of the configuration.
    #[error("cannot make the folder {folder}: {source}; set another `data`")]
    Data {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<Refusal> for ServeError {
    fn from(why: Refusal) -> Self {
        match why {
            Refusal::Unfit(PublishError::Load(why)) => Self::Load(why),
            why => Self::Flows(why),
        }
    }
}

/// What a person at the terminal should hear of.
#[derive(Debug)]
pub enum News {
    /// It takes calls.
    Ready(Box<Ready>),
    /// Flows were saved or published, or SIGHUP came.
    Looked(Looked),
}

/// What is worth saying when the robot is ready.
#[derive(Debug)]
pub struct Ready {
    /// Where SIP is received.
    pub sip: SocketAddr,
    /// Where the console is.
    pub console: Option<SocketAddr>,
    /// Whether the media threads have real-time priority.
    pub realtime: Realtime,
    /// Clips that are missing, out of date or damaged.
    pub clip_problems: usize,
    /// Facts that hold no longer.
    pub facts_outdated: usize,
    /// Flows that were loaded.
    pub flows: usize,
    /// The bundle that they are.
    pub bundle: BundleHash,
    /// Where it came from.
    pub origin: Origin,
    /// Why a newer one does not serve.
    pub refusal: Option<Refusal>,
    /// Why callers can only press keys.
    pub deafness: Option<Deafness>,
}

/// Why callers are not heard.
#[derive(Debug, Error)]
pub enum Deafness {
    /// There is no model that can be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The threads do not start.
    #[error("the threads of the recogniser do not start: {0}")]
    Threads(std::io::Error),
}

/// What the robot is asked to do about its end; it only ever goes on in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Nothing: it serves.
    No,
    /// Take no more calls, and end when those that run have ended or the drain's time is over.
    Drain,
    /// Hang up what still runs.
    Now,
}

/// What all calls share.
struct House {
    config: Config,
    flows: Arc<Flows>,
    pacer: Pacer,
    /// `None`: keys only.
    hearing: Option<Arc<Pool>>,
    store: Store,
    services: Services,
    submissions: Submissions,
    outbox: Outbox,
    callbacks: Callbacks,
    worker: Worker,
    journal: Journal,
    /// `None`: true values are not kept.
    seal: Option<SealKey>,
    calls: Calls,
    /// `None`: calls are not recorded.
    recordings: Recordings,
    vitals: Arc<Vitals>,
}

/// Runs until `stop` says [`Stop::Drain`]: then running calls may end within `drain_s`, or until it says [`Stop::Now`], and new ones are refused. Whoever wakes `look` has it
/// look for newer flows.
///
/// # Errors
/// When something that it needs is not there; nothing is left running then.
pub async fn run(
    config: Config,
    mut stop: watch::Receiver<Stop>,
    look: Arc<Notify>,
    told: impl Fn(News) + Send + 'static,
) -> Result<(), ServeError> {
    std::fs::create_dir_all(&config.data).map_err(|source| ServeError::Data { folder: config.data.clone(), source })?;
    let eye = Eye::begin(&config, &look);
    let (house, refusal, deafness) = House::opened(config).await?;
    let house = Arc::new(house);
    let (mut endpoint, incoming) = Endpoint::bind(&house.config.sip).await?;
    let (stopped, console_stop) = watch::channel(false);
    let (console, console_task) = open_console(&house, console_stop).await?;
    endpoint.register();
    let watching = tokio::spawn(readings::watch(Arc::clone(&house)));
    let sweeping =
        tokio::spawn(sweep::every_hour(house.config.data.clone(), house.config.records, Arc::clone(&house.flows), house.store.clone()));
    let reconciling = tokio::spawn(Reconciler::new(house.services.clone(), house.store.clone(), &house.config.messages).run());
    let counting = tokio::spawn(house.callbacks.clone().watch());
    told(News::Ready(Box::new(house.ready(&endpoint, console, refusal, deafness))));
    let keeping_up = tokio::spawn(flows::keep_up(Arc::clone(&house.flows), look, eye, move |looked| told(News::Looked(looked))));
    admit_and_drain(&house, &endpoint, incoming, &mut stop).await;
    keeping_up.abort();
    sweeping.abort();
    reconciling.abort();
    counting.abort();
    watching.abort();
    let _ = watching.await;
    let _ = stopped.send(true);
    if let Some(task) = console_task {
        let _ = tokio::time::timeout(LAST_MAX, task).await;
    }
    let _ = tokio::time::timeout(LAST_MAX, farewells(&endpoint)).await;
    endpoint.close().await;
    finish(house).await;
    Ok(())
}

impl House {
    /// Opens it where files may be read without hurry. There its future need not be `Send`, which the compiler cannot see of the database's (rust-lang/rust#102211).
    async fn opened(config: Config) -> Result<(Self, Option<Refusal>, Option<Deafness>), ServeError> {
        let runtime = Handle::current();
        match tokio::task::spawn_blocking(move || runtime.block_on(Self::open(config))).await {
            Ok(opened) => opened,
            Err(died) => std::panic::resume_unwind(died.into_panic()), // never cancelled
        }
    }

    async fn open(config: Config) -> Result<(Self, Option<Refusal>, Option<Deafness>), ServeError> {
        let (flows, refusal) = Flows::open(&config)?;
        let store = Store::connect(&config.data, &config.store).await?;
        store.seed_demo().await?;
        if store.is_alone() {
            let orphans = store.settle_orphans().await?; // beside other robots, each one's lease must run out first
            if orphans > 0 {
                tracing::warn!(orphans, "what calls of an earlier run wanted changed is not settled yet; the reconcile job sees to it");
            }
        }
        let seed = getrandom::u64().unwrap_or_default(); // only spreads the pauses between attempts
        let program = Arc::clone(&flows.now().bundle.program);
        let services = Services::shipped(&store, &program.hours, &config.messages).disclosing(config.disclosure);
        let services = services.connected(&config.services, &program, seed).map_err(ServeError::Services)?;
        let submissions = Submissions::new(services.clone(), store.clone(), &config.messages);
        let journal = Journal::start(&config.data)?;
        let seal = (config.records.sealed_keep_days > 0).then(|| SealKey::of_installation(&config.data)).transpose()?;
        let outbox = Outbox::new(&config.messages, store.clone());
        let callbacks = Callbacks::new(&config.callbacks, &config.sip.numbers, store.clone());
        let way = messages::Way::open(&config.messages, &config.data, &store)?;
        let worker = Worker::start(way, store.clone(), config.messages.keep_days);
        let calls = Calls::start(store.clone());
        let recordings = Recordings::start(&config.data, config.recording.disk_free_min_mb).map_err(ServeError::Recordings)?;
        if let Err(error) = pacer::raise_open_files() {
            tracing::warn!(%error, "the limit of open files stays as it is; a call takes two");
        }
        let threads = usize::from(config.media.threads.get());
        let pacer = Pacer::start(&PacerConfig { threads, realtime: config.media.realtime }).map_err(ServeError::Media)?;
        let (hearing, deafness) = hear(&config);
        let flows = Arc::new(flows);
        let vitals = Arc::default();
        Ok((
            Self {
                config,
                flows,
                pacer,
                hearing,
                store,
                services,
                submissions,
                outbox,
                callbacks,
                worker,
                journal,
                seal,
                calls,
                recordings,
                vitals,
            },
            refusal,
            deafness,
        ))
    }

    fn ready(&self, endpoint: &Endpoint, console: Option<SocketAddr>, refusal: Option<Refusal>, deafness: Option<Deafness>) -> Ready {
        let serving = self.flows.now();
        Ready {
            sip: endpoint.local_addr(),
            console,
            realtime: self.pacer.realtime().clone(),
            clip_problems: serving.bundle.problems.len(),
            facts_outdated: serving.bundle.outdated(bundle::today()).len(),
            flows: serving.bundle.program.flows.len(),
            bundle: serving.hash.clone(),
            origin: serving.origin,
            refusal,
            deafness,
        }
    }
}

/// The recogniser, or why there is none: calls are taken all the same, and answered by keys.
fn hear(config: &Config) -> (Option<Arc<Pool>>, Option<Deafness>) {
    let recognition = &config.recognition;
    let threads = recognition.threads.map_or_else(spare_cores, |threads| usize::from(threads.get()));
    let deadline = Duration::from_millis(recognition.deadline_ms.get().into());
    let pool = Model::open(&config.model()).map_err(Deafness::from).and_then(|model| {
        let engine: Arc<Embedded> = Arc::new(Embedded::new(model));
        Pool::start(Box::new(engine), threads, deadline).map_err(Deafness::Threads)
    });
    match pool {
        Ok(pool) => (Some(Arc::new(pool)), None),
        Err(why) => (None, Some(why)),
    }
}

/// One core is left to the media.
fn spare_cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

async fn open_console(
    house: &House,
    mut stop: watch::Receiver<bool>,
) -> Result<(Option<SocketAddr>, Option<tokio::task::JoinHandle<std::io::Result<()>>>), ServeError> {
    let Listen::At(address) = house.config.console.listen else { return Ok((None, None)) };
    let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Console { address, source })?;
    let local = listener.local_addr().map_err(|source| ServeError::Console { address, source })?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let readings = readings::Console { vitals: Arc::clone(&house.vitals), flows: Arc::clone(&house.flows) };
    let stopped = async move {
        let _ = stop.wait_for(|stopped| *stopped).await;
    };
    Ok((Some(local), Some(tokio::spawn(console::serve(listener, Arc::new(readings), metrics, stopped)))))
}

/// One task a call, until the robot is stopped; then the calls that run may end in their own time, up to the limit.
async fn admit_and_drain(
    house: &Arc<House>,
    endpoint: &Endpoint,
    mut incoming: mpsc::Receiver<Incoming>,
    stop: &mut watch::Receiver<Stop>,
) {
    let (hurry, hurried) = watch::channel(false);
    let mut calls = JoinSet::new();
    loop {
        tokio::select! {
            Some(call) = incoming.recv() => admit(house, &mut calls, call, &hurried),
            Some(ended) = calls.join_next() => ended_well(ended),
            () = asked(stop, Stop::Drain) => break,
        }
    }
    tracing::info!(calls = calls.len(), "draining");
    house.vitals.draining.store(true, Ordering::Relaxed);
    endpoint.stop_accepting();
    incoming.close();
    while let Some(call) = incoming.recv().await {
        refuse(house, call, "draining");
    }
    let limit = tokio::time::sleep(Duration::from_secs(house.config.drain_s.into()));
    let in_time = tokio::select! {
        () = until_empty(&mut calls) => true,
        () = limit => false,
        () = asked(stop, Stop::Now) => false,
    };
    if !in_time {
        tracing::warn!(calls = calls.len(), "calls that still run are hung up");
        let _ = hurry.send(true);
        let _ = tokio::time::timeout(LAST_MAX, until_empty(&mut calls)).await;
    }
    calls.shutdown().await;
}

/// Returns once the robot is asked for as much as this. Whoever could ask may be gone: then nobody does.
async fn asked(stop: &mut watch::Receiver<Stop>, what: Stop) {
    if stop.wait_for(|stop| *stop >= what).await.is_err() {
        std::future::pending().await
    }
}

fn admit(house: &Arc<House>, calls: &mut JoinSet<()>, call: Incoming, hurried: &watch::Receiver<bool>) {
    if house.vitals.late.load(Ordering::Relaxed) {
        refuse(house, call, "late");
    } else {
        calls.spawn(call::run(Arc::clone(house), call, hurried.clone()));
    }
}

/// Every BYE has its answer.
async fn farewells(endpoint: &Endpoint) {
    while endpoint.calls() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn refuse(house: &House, call: Incoming, why: &'static str) {
    metrics::counter!("dauys_calls_refused_total", "why" => why).increment(1);
    call.reject(503, Some(house.config.sip.retry_after_s));
}

/// A task that panicked takes its own call down and no other; it must not do so unseen.
fn ended_well(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        metrics::counter!("dauys_calls_total", "outcome" => "panicked").increment(1);
        tracing::error!(%error, "a call's task failed: a fault of dauys, please report it");
    }
}

async fn until_empty(calls: &mut JoinSet<()>) {
    while let Some(ended) = calls.join_next().await {
        ended_well(ended);
    }
}

/// The last lines of the logs and the last words of recordings reach the disk, unless the disk does not return.
async fn finish(house: Arc<House>) {
    let Some(house) = Arc::into_inner(house) else {
        return tracing::warn!("something still holds the house; the last lines of its logs may be lost");
    };
    let (journal, recordings) = (house.journal, house.recordings);
    let written = tokio::task::spawn_blocking(move || {
        journal.finish();
        recordings.finish();
    });
    if tokio::time::timeout(LAST_MAX, written).await.is_err() {
        tracing::warn!("the disk does not return; the last lines of event logs and recordings may be lost");
    }
    if tokio::time::timeout(LAST_MAX, house.submissions.finished()).await.is_err() {
        tracing::warn!("changes are still under way; they are left to be reconciled");
    }
    house.worker.stop().await;
    if tokio::time::timeout(LAST_MAX, house.calls.finish()).await.is_err() {
        tracing::warn!("the database does not return; the records of the last calls may be lost");
    }
    let _ = tokio::time::timeout(LAST_MAX, house.store.close()).await;
}
