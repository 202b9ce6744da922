//! The way to the far end of a call (RFC 3261, section 18): the TCP connection by which it last said where it is, while that is up, else what its URI names.
//!
//! For a caller behind address translation the connection that it opened is the only way back. A way belongs to one call: nobody can claim another's. It sends nothing.

use std::sync::Arc;

use rsipstack::sip::uri::ParamsExt;
use rsipstack::sip::{HeadersExt, Host, Param, Request, Transport, Uri, prelude::ToTypedHeader};
use rsipstack::transaction::TransactionType;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::{SipAddr, SipConnection};

use super::tcp::{Flows, Use, address};

/// How a call's requests travel.
#[derive(Clone)]
pub(in crate::sip) struct Way {
    flows: Arc<Flows>,
    /// By this, where a URI does not say.
    transport: Transport,
    flow: Option<Use>,
    /// What the far end calls itself, which need not be the address that we see.
    named: Option<Host>,
}

impl Way {
    /// By which the request came, or ours went.
    pub(in crate::sip) fn of(flows: &Arc<Flows>, tx: &Transaction) -> Self {
        let mut way = Self { flows: flows.clone(), transport: Transport::Udp, flow: None, named: None };
        way.renew(tx);
        way
    }

    /// A request that refreshes the peer's target came; from now on its way is the call's.
    pub(in crate::sip) fn renew(&mut self, tx: &Transaction) {
        self.transport = transport(tx);
        let peer = tx.connection.as_ref().filter(|_| self.transport == Transport::Tcp).and_then(SipConnection::get_remote_addr);
        self.flow = peer.and_then(|peer| self.flows.in_use(peer.get_socketaddr().ok()?));
        self.named = match tx.transaction_type {
            TransactionType::ServerInvite | TransactionType::ServerNonInvite => sent_by(&tx.original),
            TransactionType::ClientInvite | TransactionType::ClientNonInvite => None,
        };
    }

    /// What a request to this URI goes by.
    pub(in crate::sip) fn transport(&self, next: &Uri) -> Transport {
        next.transport().copied().unwrap_or(self.transport)
    }

    /// Where the request goes: along the call's own connection to the one at its other end, and else to the first Route or the target, by a connection that is made now if need be.
    /// What cannot be reached may be an address behind a translation, so the call's own connection is the last resort, too.
    ///
    /// # Errors
    /// When there is no way.
    pub(in crate::sip) async fn to(&self, request: &Request) -> rsipstack::Result<SipAddr> {
        let mut next = request.destination();
        if self.transport(&next) != Transport::Tcp {
            return self.flows.locate(&next).await;
        }
        if let Some(flow) = self.flow().filter(|flow| self.is_at(flow, &next.host_with_port.host)) {
            return Ok(flow);
        }
        if next.transport().is_none() {
            next.params.push(Param::Transport(Transport::Tcp));
        }
        match self.flows.locate(&next).await {
            Err(error) => self.flow().ok_or(error),
            located => located,
        }
    }

    /// The call's connection, while it is up.
    fn flow(&self) -> Option<SipAddr> {
        self.flow.as_ref().filter(|flow| self.flows.is_up(flow)).map(|flow| address(flow.peer))
    }

    fn is_at(&self, flow: &SipAddr, host: &Host) -> bool {
        flow.addr.host == *host || self.named.as_ref() == Some(host)
    }
}

/// What a request came by, or ours went by.
pub(in crate::sip) fn transport(tx: &Transaction) -> Transport {
    match tx.connection {
        Some(SipConnection::Channel(_)) => Transport::Tcp,
        _ => Transport::Udp,
    }
}

/// The host of the topmost Via.
fn sent_by(request: &Request) -> Option<Host> {
    Some(request.top_via_header().ok()?.typed().ok()?.sent_by().host.clone())
}
