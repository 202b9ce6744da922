//! Call records on their way to the database: those of calls that end within a moment of each other share one commit.
//!
//! A call never waits for it. A crash of the machine may lose the records of the last moment; the event logs have those calls too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::store::{CallRecord, Store};

/// Records that may wait for the database; more are lost and counted.
const QUEUE_MAX: usize = 8192;
/// Records of one commit.
const BATCH_MAX: usize = 512;
/// How long the first record of a commit waits for others.
const GATHER: Duration = Duration::from_millis(250);

/// The way to the database.
#[derive(Debug)]
pub struct Calls {
    records: mpsc::Sender<CallRecord>,
    lost: Arc<AtomicU64>,
    writer: JoinHandle<()>,
}

impl Calls {
    /// Starts the writer, on the runtime at hand.
    pub fn start(store: Store) -> Self {
        let (records, queue) = mpsc::channel(QUEUE_MAX);
        let lost = Arc::default();
        Self { records, writer: tokio::spawn(write(store, queue, Arc::clone(&lost))), lost }
    }

    /// Queues one record. Never waits.
    pub fn record(&self, call: CallRecord) {
        if self.records.try_send(call).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Records that did not reach the database.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Returns when everything queued has been written, or could not be.
    pub async fn finish(self) {
        drop(self.records);
        let _ = self.writer.await; // a panic in it was printed where it happened
    }
}

async fn write(store: Store, mut queue: mpsc::Receiver<CallRecord>, lost: Arc<AtomicU64>) {
    let mut batch = Vec::new();
    while queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let more = async { while batch.len() < BATCH_MAX && queue.recv_many(&mut batch, BATCH_MAX).await > 0 {} };
        let _ = tokio::time::timeout(GATHER, more).await;
        if let Err(error) = store.record_calls(&batch).await {
            tracing::warn!(%error, calls = batch.len(), "calls are not in the database");
            lost.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
        batch.clear();
    }
}
