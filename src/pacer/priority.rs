//! Real-time priority: asked for once by each media thread, and told in words when refused.

use std::fmt;

use super::sys;

/// Above what is ordinary, below the kernel's own threads.
const PRIORITY: i32 = 50;

/// Which priority the media threads run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Realtime {
    /// SCHED_FIFO.
    Granted,
    /// The system refused.
    Refused {
        /// What it said, and what to do.
        why: String,
    },
    /// The configuration did not ask.
    NotAsked,
}

impl Realtime {
    /// Asks for the calling thread.
    pub(super) fn request(asked: bool) -> Self {
        if !asked {
            return Self::NotAsked;
        }
        match sys::request_fifo(PRIORITY) {
            Ok(()) => Self::Granted,
            Err(error) => Self::Refused {
                why: format!("{error}; give the process CAP_SYS_NICE or RLIMIT_RTPRIO {PRIORITY} (systemd: LimitRTPRIO={PRIORITY})"),
            },
        }
    }

    /// Of two threads the one that is worse off.
    pub(super) fn and(self, other: Self) -> Self {
        match self {
            Self::Granted => other,
            Self::Refused { .. } | Self::NotAsked => self,
        }
    }
}

impl fmt::Display for Realtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted => f.write_str("granted"),
            Self::Refused { why } => write!(f, "refused: {why}"),
            Self::NotAsked => f.write_str("not asked for"),
        }
    }
}
