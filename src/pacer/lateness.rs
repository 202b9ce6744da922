//! How late the media threads begin their slots: a histogram that they write and anybody reads, without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Four buckets for each power of two of microseconds, up to over an hour.
const BUCKETS: usize = 128;

/// The histogram as the threads write it.
#[derive(Clone, Debug)]
pub(super) struct Shared(Arc<[AtomicU64; BUCKETS]>);

impl Default for Shared {
    fn default() -> Self {
        Self(Arc::new(std::array::from_fn(|_| AtomicU64::new(0))))
    }
}

impl Shared {
    pub(super) fn note(&self, late: Duration) {
        self.0[bucket(late)].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Lateness {
        Lateness { counts: std::array::from_fn(|at| self.0[at].load(Ordering::Relaxed)) }
    }
}

/// A reading of the histogram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lateness {
    counts: [u64; BUCKETS],
}

impl Lateness {
    /// What came after an earlier reading: admission looks at the last seconds only.
    pub fn since(&self, earlier: &Self) -> Self {
        Self { counts: std::array::from_fn(|at| self.counts[at].saturating_sub(earlier.counts[at])) }
    }

    /// How many slots were measured.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many slots began less late than this; exact where it is a power of two of microseconds, 4 µs or more.
    pub fn within(&self, late: Duration) -> u64 {
        self.counts.iter().enumerate().take_while(|(bucket, _)| edge(*bucket) <= late).map(|(_, count)| count).sum()
    }

    /// Half of the slots began less late than this.
    pub fn p50(&self) -> Duration {
        self.quantile(500)
    }

    /// 99 % of the slots began less late than this.
    pub fn p99(&self) -> Duration {
        self.quantile(990)
    }

    /// 99.9 % of the slots began less late than this.
    pub fn p999(&self) -> Duration {
        self.quantile(999)
    }

    /// The upper edge of the bucket in which this share lies, in thousandths; zero when nothing was measured.
    fn quantile(&self, thousandths: u64) -> Duration {
        let wanted = (self.count() * thousandths).div_ceil(1000);
        let mut seen = 0;
        let reaches = |count: &u64| {
            seen += count;
            wanted > 0 && seen >= wanted
        };
        self.counts.iter().position(reaches).map_or(Duration::ZERO, edge)
    }
}

fn bucket(late: Duration) -> usize {
    let micros = u32::try_from(late.as_micros()).unwrap_or(u32::MAX);
    if micros < 4 {
        return micros as usize;
    }
    let power = micros.ilog2();
    let quarter = (micros >> (power - 2)) & 3;
    ((power - 1) * 4 + quarter) as usize
}

/// The first microsecond that is no longer in the bucket.
fn edge(bucket: usize) -> Duration {
    let next = bucket as u64 + 1;
    let micros = if next < 4 { next } else { (4 + next % 4) << (next / 4 - 1) };
    Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lateness_lies_just_below_the_edge_of_its_bucket() {
        for micros in (0..5000).chain([70_000, 1_000_000, 3_000_000_000]) {
            let late = Duration::from_micros(micros);
            let edge = edge(bucket(late));
            assert!(late < edge && edge <= late.mul_f64(1.26) + Duration::from_micros(1), "{late:?} {edge:?}");
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_noted() {
        let shared = Shared::default();
        (1..=1000).for_each(|n| shared.note(Duration::from_micros(n)));
        let read = shared.read();
        let micros = [read.p50(), read.p99(), read.p999()].map(|late| late.as_micros());
        assert!((500..=640).contains(&micros[0]) && (990..=1250).contains(&micros[1]) && (999..=1250).contains(&micros[2]), "{micros:?}");
        assert_eq!(read.since(&read).p99(), Duration::ZERO);
        let within = [4, 256, 1024, 1_000_000].map(|micros| read.within(Duration::from_micros(micros)));
        assert_eq!(within, [3, 255, 1000, 1000], "a slot that is late by an edge lies above it");
    }
}
