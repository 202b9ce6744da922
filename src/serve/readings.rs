//! What the console shows: counts, the health of the media threads, and whether new calls are admitted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use dauys_core::media::Leg;

use super::House;
use super::flows::Flows;
use crate::console::{Health, Readings, Status};
use crate::pacer::{Lateness, Line, Realtime};

/// Media threads whose 99th percentile is later than this take no more calls: the calls that run come first.
const LATENESS_MAX: Duration = Duration::from_millis(20);
/// So many seconds in a row must say the same before admission changes: with few calls one hiccup of the machine is the 99th percentile.
const SECONDS_ALIKE: u32 = 3;
/// Edges of the histogram, in seconds as Prometheus writes them and in microseconds.
const LATENESS_EDGES: [(&str, u64); 7] = [
    ("0.000064", 64),
    ("0.000256", 256),
    ("0.001024", 1024),
    ("0.004096", 4096),
    ("0.016384", 16_384),
    ("0.065536", 65_536),
    ("0.262144", 262_144),
];
/// How often the media threads are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Signs of life that calls write and the console reads.
#[derive(Debug)]
pub(super) struct Vitals {
    pub(super) calls: AtomicU32,
    pub(super) draining: AtomicBool,
    pub(super) late: AtomicBool,
    pub(super) media_dead: AtomicBool,
    started: Instant,
}

impl Default for Vitals {
    fn default() -> Self {
        Self {
            calls: AtomicU32::new(0),
            draining: AtomicBool::new(false),
            late: AtomicBool::new(false),
            media_dead: AtomicBool::new(false),
            started: Instant::now(),
        }
    }
}

/// What the console reads.
pub(super) struct Console {
    pub(super) vitals: Arc<Vitals>,
    pub(super) flows: Arc<Flows>,
}

impl Readings for Console {
    fn health(&self) -> Health {
        let is = |sign: &AtomicBool| sign.load(Ordering::Relaxed);
        let reason = self.flows.alarm();
        let signs = [
            (is(&self.vitals.media_dead), Status::MediaDead),
            (is(&self.vitals.draining), Status::Draining),
            (is(&self.vitals.late), Status::Late),
            (reason.is_some(), Status::Degraded),
        ];
        let status = signs.into_iter().find_map(|(so, status)| so.then_some(status)).unwrap_or(Status::Ok);
        Health {
            status,
            calls: self.vitals.calls.load(Ordering::Relaxed),
            uptime_s: self.vitals.started.elapsed().as_secs(),
            version: env!("CARGO_PKG_VERSION"),
            bundle: self.flows.now().hash.to_string(),
            reason,
        }
    }
}

/// Looks at the media threads every second, for admission and for the metrics.
pub(super) async fn watch(house: Arc<House>) {
    metrics::gauge!("dauys_media_realtime").set(f64::from(*house.pacer.realtime() == Realtime::Granted));
    let mut ticks = tokio::time::interval(EVERY);
    let mut before = house.pacer.lateness();
    let mut admission = Admission::default();
    loop {
        ticks.tick().await;
        let lateness = house.pacer.lateness();
        let second = lateness.since(&before);
        before = lateness.clone();
        for (quantile, value) in [("0.5", second.p50()), ("0.99", second.p99()), ("0.999", second.p999())] {
            metrics::gauge!("dauys_media_lateness_seconds", "quantile" => quantile).set(value.as_secs_f64());
        }
        show_histogram(&lateness);
        metrics::counter!("dauys_call_records_lost_total").absolute(house.calls.lost());
        if !house.pacer.is_alive() && !house.vitals.media_dead.swap(true, Ordering::Relaxed) {
            tracing::error!("a media thread has died: its calls are lost and no more are taken; start the robot again");
        }
        if let Some(late) = admission.after(second.count() > 0 && second.p99() > LATENESS_MAX) {
            tracing::warn!(late, p99_ms = second.p99().as_millis(), "admission of calls changed");
            house.vitals.late.store(late, Ordering::Relaxed);
        }
    }
}

/// The lateness since the start as Prometheus counts it: slots at most so late, for `histogram_quantile` over any time.
fn show_histogram(lateness: &Lateness) {
    for (le, micros) in LATENESS_EDGES {
        metrics::counter!("dauys_media_slots_late_bucket", "le" => le).absolute(lateness.within(Duration::from_micros(micros)));
    }
    metrics::counter!("dauys_media_slots_late_bucket", "le" => "+Inf").absolute(lateness.count());
}

/// What the port of a call's leg has counted, added up over all calls when each ends.
pub(super) fn count_media(line: &Line, leg: Leg) {
    for (name, value) in line.counters(leg) {
        match name {
            "jitter_ms" => metrics::histogram!("dauys_rtp_jitter_seconds").record(Duration::from_millis(value).as_secs_f64()),
            "remote_fraction_lost" => metrics::histogram!("dauys_rtp_remote_loss_ratio").record(value as f64 / 256.0),
            packets => metrics::counter!("dauys_rtp_total", "what" => packets).increment(value),
        }
    }
    metrics::counter!("dauys_rtp_total", "what" => "sends_failed").increment(line.sends_failed());
}

/// Whether the media threads are late, as far as one may believe it.
#[derive(Debug, Default)]
struct Admission {
    late: bool,
    /// Seconds in a row that said otherwise.
    otherwise: u32,
}

impl Admission {
    /// What has changed after one more second.
    fn after(&mut self, late: bool) -> Option<bool> {
        self.otherwise = if late == self.late { 0 } else { self.otherwise + 1 };
        (self.otherwise >= SECONDS_ALIKE).then(|| {
            self.otherwise = 0;
            self.late = late;
            late
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_late_second_changes_nothing() {
        let mut admission = Admission::default();
        let changes = [true, true, false, true, true, true, true, false, true, false, false, false].map(|late| admission.after(late));
        assert_eq!(changes.iter().flatten().collect::<Vec<_>>(), [&true, &false]);
        assert_eq!((changes[5], changes[11]), (Some(true), Some(false)));
    }
}
