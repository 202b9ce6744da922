//! What the console shows: counts, the health of the media threads, and whether new calls are admitted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::House;
use crate::console::{Health, Readings, Status};

/// Media threads whose 99th percentile is later than this, over a second, take no more calls: the calls that run come first.
const LATENESS_MAX: Duration = Duration::from_millis(20);
/// How often the media threads are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Signs of life that calls write and the console reads.
#[derive(Debug)]
pub(super) struct Vitals {
    pub(super) calls: AtomicU32,
    pub(super) draining: AtomicBool,
    pub(super) late: AtomicBool,
    started: Instant,
}

impl Default for Vitals {
    fn default() -> Self {
        Self { calls: AtomicU32::new(0), draining: AtomicBool::new(false), late: AtomicBool::new(false), started: Instant::now() }
    }
}

/// What the console reads.
pub(super) struct Console {
    pub(super) vitals: Arc<Vitals>,
    pub(super) bundle: String,
}

impl Readings for Console {
    fn health(&self) -> Health {
        let status = match (self.vitals.draining.load(Ordering::Relaxed), self.vitals.late.load(Ordering::Relaxed)) {
            (true, _) => Status::Draining,
            (false, true) => Status::Late,
            (false, false) => Status::Ok,
        };
        Health {
            status,
            calls: self.vitals.calls.load(Ordering::Relaxed),
            uptime_s: self.vitals.started.elapsed().as_secs(),
            version: env!("CARGO_PKG_VERSION"),
            bundle: self.bundle.clone(),
        }
    }
}

/// Looks at the media threads every second, for admission and for the metrics.
pub(super) async fn watch(house: Arc<House>) {
    metrics::gauge!("dauys_media_realtime").set(if house.pacer.realtime().is_granted() { 1.0 } else { 0.0 });
    let mut ticks = tokio::time::interval(EVERY);
    let mut before = house.pacer.lateness();
    loop {
        ticks.tick().await;
        let lateness = house.pacer.lateness();
        let second = lateness.since(&before);
        before = lateness;
        if second.count() > 0 {
            let late = second.p99() > LATENESS_MAX;
            if house.vitals.late.swap(late, Ordering::Relaxed) != late {
                tracing::warn!(late, p99_ms = second.p99().as_millis(), "media threads: admission changed");
            }
            for (quantile, value) in [("0.5", second.p50()), ("0.99", second.p99()), ("0.999", second.p999())] {
                metrics::gauge!("dauys_media_lateness_seconds", "quantile" => quantile).set(value.as_secs_f64());
            }
        } else {
            house.vitals.late.store(false, Ordering::Relaxed);
        }
    }
}
