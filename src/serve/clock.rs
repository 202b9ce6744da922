//! The one reader of the clock: everything in a call is told what time it is.

use std::time::{Duration, Instant};

use dauys_core::time::CallTime;
use jiff::Timestamp;

/// The clock of one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
    answered_at: Timestamp,
}

impl Clock {
    /// Starts now.
    pub(super) fn start() -> Self {
        Self { start: Instant::now(), answered_at: Timestamp::now() }
    }

    /// When it was started.
    pub(super) fn answered_at(&self) -> Timestamp {
        self.answered_at
    }

    /// What time it is.
    pub(super) fn timestamp(&self) -> Timestamp {
        self.answered_at.checked_add(self.start.elapsed()).unwrap_or(self.answered_at)
    }

    /// The time in the call.
    pub(super) fn now(&self) -> CallTime {
        CallTime::START + self.start.elapsed()
    }

    /// When the runtime must wake the call up.
    pub(super) fn instant(&self, at: CallTime) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.start + Duration::from_millis(at.millis()))
    }
}
