//! Time inside a call. Nothing here reads a clock: the shell says what time it is.

use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since the call's `Control` was made. Wall time is the call's `answered_at` plus this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallTime(u64);

impl CallTime {
    /// The moment the call's `Control` was made.
    pub const START: Self = Self(0);

    /// `ms` milliseconds after the start.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the start.
    pub const fn millis(self) -> u64 {
        self.0
    }
}

impl Add<Duration> for CallTime {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(later.as_millis()).unwrap_or(u64::MAX)))
    }
}

impl Sub for CallTime {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// The media clock of a leg: how many steps of [`TICK`] its `Port` has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tick(pub u64);

/// One step of the media clock.
pub const TICK: Duration = Duration::from_millis(20);

impl Tick {
    /// How many ticks cover `span`, rounded up.
    pub const fn covering(span: Duration) -> u64 {
        (span.as_millis() as u64).div_ceil(TICK.as_millis() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_covered_by_whole_ticks() {
        let ticks = [0, 1, 20, 21, 800].map(|ms| Tick::covering(Duration::from_millis(ms)));
        assert_eq!(ticks, [0, 1, 1, 2, 40]);
    }

    #[test]
    fn time_neither_wraps_nor_runs_backwards() {
        let late = CallTime::from_millis(u64::MAX);
        assert_eq!(late + Duration::from_secs(1), late);
        assert_eq!(CallTime::START - late, Duration::ZERO);
    }
}
