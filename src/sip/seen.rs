//! SIP of a call that others had, as a capture has it: what a message says of the call's media. It answers nothing and keeps nothing.

use std::net::SocketAddr;

use dauys_core::key::Key;
use dauys_core::media::{Codec, Session};
use rsipstack::sip::{HeadersExt, Method, SipMessage};

use super::guard::{self, Verdict, Wire};
use super::sdp::Remote;
use super::{body, dialog, identity};

/// A message of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The call's Call-ID.
    pub call_id: String,
    /// What it says.
    pub says: Says,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Says {
    /// A call, or in one: other media.
    Invite {
        /// The user part of the Request-URI; empty where it has none.
        called: String,
        /// What it offers, if it offers anything to us.
        offer: Option<Session>,
    },
    /// An INVITE was accepted with this.
    Accepted(Session),
    /// The acceptance was acknowledged.
    Ack,
    /// A key.
    Info(Key),
    /// One side hangs up.
    Bye,
}

/// Reads a datagram; `None` for what is no SIP, and for what tells nothing of media.
pub fn seen(bytes: &[u8], from: SocketAddr) -> Option<Seen> {
    let Verdict::Pass(message) = guard::judge(bytes, from, Wire::Udp) else { return None };
    let session = |headers, body: &[u8]| {
        let description = body::description(headers, body).ok()??;
        Some(Remote::parse(description, &Codec::ALL).ok()?.session(from.ip()))
    };
    let (call_id, says) = match &*message {
        SipMessage::Request(request) => (
            request.call_id_header(),
            match request.method {
                Method::Invite => Says::Invite {
                    called: identity::user(&request.uri).unwrap_or_default(),
                    offer: session(&request.headers, &request.body),
                },
                Method::Ack => Says::Ack,
                Method::Info => Says::Info(dialog::info::pressed(request).ok()??),
                Method::Bye => Says::Bye,
                _ => return None, // the stack's enum of all methods there are
            },
        ),
        SipMessage::Response(response) => {
            let accepts = (200..300).contains(&response.status_code.code());
            let of_invite = response.cseq_header().ok()?.method().ok()? == Method::Invite;
            let accepted = session(&response.headers, &response.body).filter(|_| accepts && of_invite)?;
            (response.call_id_header(), Says::Accepted(accepted))
        }
    };
    Some(Seen { call_id: call_id.ok()?.value().to_owned(), says })
}
