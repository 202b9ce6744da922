//! SIP over UDP and TCP: the robot's [`Endpoint`], what comes in ([`Incoming`]), what goes out ([`Outgoing`]), the [`Dialog`] of a leg, and our registrations.
//!
//! The only place that names the SIP stack. The stack (`rsipstack`) gives us messages and transactions (RFC 3261, section 17); dialogs, offers and answers,
//! numbers and identity are ours. Nothing here decides what a conversation does next, opens a media port, or logs a number.
//!
//! The stack logs whole messages, callers' numbers included, at `info`: whoever sets up logging must keep `rsipstack` at `warn`.

mod address;
mod body;
mod dialog;
mod digest;
mod endpoint;
mod expected;
pub mod fuzz;
mod guard;
mod identity;
mod inbound;
mod message;
mod outbound;
mod registration;
mod registry;
mod replaces;
mod resolver;
mod sdp;
pub mod seen;
mod session_timer;
mod transport;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use dauys_core::media::Leg;
use thiserror::Error;

pub use dialog::Dialog;
pub use endpoint::Endpoint;
pub use identity::Caller;
pub use inbound::Incoming;
pub use outbound::Outgoing;

/// Where the media of a leg lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalMedia {
    /// Which leg of its call the dialog is.
    pub leg: Leg,
    /// Our port of RTP. Its address is what `sip.advertised_media` says, else that of the signalling: what `sip.advertised` says, else where the peer reaches us.
    pub rtp_port: u16,
}

/// Why something asked of SIP did not happen.
#[derive(Debug, Error)]
pub enum Error {
    /// The address to listen at cannot be had.
    #[error("cannot listen for SIP at {address}: {source}; free the address or set another `sip.listen`")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// No datagram of ours can go to a peer.
    #[error("no route to {peer}: {source}; check the network, or set `sip.advertised`")]
    Route {
        /// The peer.
        peer: IpAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The stack refused; a fault of ours or of the machine.
    #[error("the SIP stack failed: {0}")]
    Stack(String),
    /// A name leads to no address.
    #[error(
        "no address was found for `{name}` that we can reach; check the name, the name servers, and the address family of `sip.listen`"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A registration's password cannot be read.
    #[error("cannot read the password in {path}: {source}; see `sip.registrations`")]
    Password {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Who was to be called cannot be read as a SIP URI.
    #[error("expected a SIP URI such as sip:1414@127.0.0.1:5060")]
    Target,
    /// The call was cancelled before it was answered.
    #[error("the call was cancelled")]
    Cancelled,
    /// The other side said no.
    #[error("the call was refused with {status}")]
    Refused {
        /// The final response.
        status: u16,
    },
    /// The other side answered with media that we cannot use; it was hung up on.
    #[error("the call was answered without a stream in one of our codecs")]
    Media,
}

impl From<rsipstack::Error> for Error {
    fn from(error: rsipstack::Error) -> Self {
        Self::Stack(error.to_string())
    }
}
