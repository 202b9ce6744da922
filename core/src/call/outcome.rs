//! One word for why a call ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The flow came to an end of its own; its word for how.
    Flow(String),
    /// The caller hung up first.
    HungUp,
    /// The caller cancelled before the call was up.
    Cancelled,
    /// The signalling was lost.
    SignallingLost,
    /// No media came any more.
    MediaLost,
    /// A fax was at the other end.
    Fax,
    /// The other end had gone: its exchange sounded busy.
    Busy,
    /// The robot was stopped.
    Drained,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flow(word) => word,
            Self::HungUp => "hung_up",
            Self::Cancelled => "cancelled",
            Self::SignallingLost => "signalling_lost",
            Self::MediaLost => "media_lost",
            Self::Fax => "fax",
            Self::Busy => "busy",
            Self::Drained => "drained",
        })
    }
}
