//! One call: the machine that joins the interpreter to the legs.

use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::media::{Leg, Session};

/// What the signalling tells the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipEvent {
    /// The leg's first offer and answer are settled and the dialog is confirmed (ACK).
    Answered {
        /// The leg.
        leg: Leg,
        /// What was settled.
        session: Session,
    },
    /// A re-INVITE or an UPDATE was answered: hold, resume, another address or codec, possibly unchanged; media learns its peer anew.
    Session {
        /// The leg.
        leg: Leg,
        /// What was settled.
        session: Session,
    },
    /// A key in an INFO (`application/dtmf-relay` or `application/dtmf`).
    Info {
        /// The leg.
        leg: Leg,
        /// The key.
        key: Key,
    },
    /// The leg is gone.
    HungUp {
        /// The leg.
        leg: Leg,
        /// Why.
        cause: HangUpCause,
    },
}

/// Why a leg is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HangUpCause {
    /// The other side sent BYE.
    Bye,
    /// The other side cancelled before the answer was acknowledged.
    Cancel,
    /// No ACK came for our answer, or a request of ours within the dialog timed out.
    Lost,
}
