//! The threads on which utterances are recognised: a fixed number, a bounded queue, a deadline. Whatever an engine does (crash, hang, be slow), who asked is answered in time.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use dauys_core::calendar::Date;
use dauys_core::flow::graph::Program;
use dauys_core::grammar::Context;
use dauys_core::heard::Heard;
use dauys_core::interpreter::Attention;
use tokio::sync::oneshot;

use super::recognizer::{Listener, Recognizer};

/// Utterances that may wait for each thread.
const QUEUE_PER_THREAD: usize = 32;
/// So many questions are kept ready.
const READY_MAX: usize = 512;
/// A thread that has been with one utterance for so long hangs: another takes its place.
const HANGS: Duration = Duration::from_secs(5);
/// So often that is done for each thread; then the engine is given up.
const REPLACED_MAX: usize = 4;

/// What is asked, and where its sentences come from.
#[derive(Clone, Debug)]
pub struct Question {
    /// The bundle's hash.
    pub bundle: Arc<str>,
    /// The bundle.
    pub program: Arc<Program>,
    /// What is listened for.
    pub attention: Attention,
    /// What the caller takes for granted.
    pub context: Context,
}

/// Equal where the same sentences are listened for.
type Name = (Arc<str>, Attention, Date);

/// Why an utterance was not recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// It waited, or the engine thought, for too long.
    Late,
    /// Too many waited.
    Flooded,
    /// The engine has crashed.
    Crashed,
}

impl Missed {
    /// As metrics name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Flooded => "flooded",
            Self::Crashed => "crashed",
        }
    }
}

/// What is heard of an utterance, by its deadline.
#[derive(Debug)]
pub struct Hearing {
    answer: oneshot::Receiver<Result<Heard, Missed>>,
    /// Until then.
    deadline: tokio::time::Instant,
}

impl Hearing {
    /// What was heard.
    pub async fn heard(&mut self) -> Result<Heard, Missed> {
        match tokio::time::timeout_at(self.deadline, &mut self.answer).await {
            Ok(Ok(heard)) => heard,
            Ok(Err(_)) => Err(Missed::Crashed),
            Err(_) => Err(Missed::Late),
        }
    }
}

/// The threads. Dropping it lets them end.
pub struct Pool {
    jobs: SyncSender<Job>,
    deadline: Duration,
    shared: Arc<Shared>,
    workers: Mutex<Vec<Arc<Worker>>>,
}

struct Shared {
    engine: Box<dyn Recognizer>,
    jobs: Mutex<Receiver<Job>>,
    ready: Mutex<BTreeMap<Name, Arc<dyn Listener>>>,
    replaced: AtomicUsize,
}

/// A thread, seen from outside.
#[derive(Default)]
struct Worker {
    since: Mutex<Option<Instant>>,
    /// Nobody counts on it any more.
    gone: AtomicBool,
}

type Answer = oneshot::Sender<Result<Heard, Missed>>;

struct Job {
    question: Question,
    /// `None`: it is only to be ready.
    utterance: Option<(Vec<i16>, Answer)>,
    expires: Instant,
}

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start(engine: Box<dyn Recognizer>, threads: usize, deadline: Duration) -> io::Result<Self> {
        let threads = threads.max(1);
        let (jobs, taken) = sync_channel(threads * QUEUE_PER_THREAD);
        let shared = Shared { engine, jobs: Mutex::new(taken), ready: Mutex::default(), replaced: AtomicUsize::new(0) };
        let pool = Self { jobs, deadline, shared: Arc::new(shared), workers: Mutex::default() };
        for _ in 0..threads {
            locked(&pool.workers).push(pool.worker()?);
        }
        Ok(pool)
    }

    fn worker(&self) -> io::Result<Arc<Worker>> {
        let (worker, shared) = (Arc::<Worker>::default(), Arc::clone(&self.shared));
        let seen = Arc::clone(&worker);
        thread::Builder::new().name("hearing".to_owned()).spawn(move || shared.work(&seen))?;
        Ok(worker)
    }

    /// Gets ready for a question that is asked now, if there is room: nobody waits for it.
    pub fn prepare(&self, question: Question) {
        if !locked(&self.shared.ready).contains_key(&question.name()) {
            let _ = self.jobs.try_send(Job { question, utterance: None, expires: Instant::now() + self.deadline });
        }
    }

    /// Has an utterance recognised.
    pub fn hear(&self, question: Question, samples: Vec<i16>) -> Hearing {
        self.replace_hanging();
        let (told, answer) = oneshot::channel();
        let expires = Instant::now() + self.deadline;
        match self.jobs.try_send(Job { question, utterance: Some((samples, told)), expires }) {
            Ok(()) => {}
            Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => job.answer(Err(Missed::Flooded)),
        }
        Hearing { answer, deadline: expires.into() }
    }

    fn replace_hanging(&self) {
        let mut workers = locked(&self.workers);
        let threads = workers.len();
        for place in workers.iter_mut() {
            let hangs = locked(&place.since).is_some_and(|since| since.elapsed() > HANGS);
            if hangs && self.shared.replaced.fetch_add(1, Ordering::Relaxed) < threads * REPLACED_MAX {
                tracing::error!("the recogniser hangs: a thread of it is given up, and another takes its place");
                metrics::counter!("dauys_hearing_replaced_total").increment(1);
                if let Ok(other) = self.worker() {
                    std::mem::replace(place, other).gone.store(true, Ordering::Relaxed);
                }
            }
        }
    }
}

impl Shared {
    fn work(&self, worker: &Worker) {
        while !worker.gone.load(Ordering::Relaxed) {
            let Ok(job) = locked(&self.jobs).recv() else { return };
            *locked(&worker.since) = Some(Instant::now());
            self.see_to(job);
            *locked(&worker.since) = None;
        }
    }

    fn see_to(&self, mut job: Job) {
        if job.expires <= Instant::now() {
            return job.answer(Err(Missed::Late));
        }
        let samples = job.utterance.as_mut().map(|(samples, _)| std::mem::take(samples));
        let heard = catch_unwind(AssertUnwindSafe(|| {
            let listener = self.listener(&job.question);
            samples.map(|samples| listener.hear(&samples))
        }));
        match heard {
            Ok(Some(heard)) => job.answer(Ok(heard)),
            Ok(None) => {}
            Err(_) => job.answer(Err(Missed::Crashed)),
        }
    }

    /// The engine, ready for this question. Two threads may make the same one; nobody waits for another.
    fn listener(&self, question: &Question) -> Arc<dyn Listener> {
        let name = question.name();
        if let Some(ready) = locked(&self.ready).get(&name) {
            return Arc::clone(ready);
        }
        let made: Arc<dyn Listener> = self.engine.ready(question.attention.asked(&question.program, question.context)).into();
        let mut ready = locked(&self.ready);
        if ready.len() >= READY_MAX {
            ready.clear(); // days and bundles go by
        }
        ready.insert(name, Arc::clone(&made));
        made
    }
}

impl Question {
    fn name(&self) -> Name {
        (Arc::clone(&self.bundle), self.attention, self.context.today)
    }
}

impl Job {
    fn answer(self, heard: Result<Heard, Missed>) {
        if let Some((_, told)) = self.utterance {
            let _ = told.send(heard); // who asked may have gone on
        }
    }
}

/// Nobody panics while they hold one of these.
fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
