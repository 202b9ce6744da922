//! A call that comes in: every check that SIP itself can make has passed, and it waits to be answered or rejected.

use std::net::IpAddr;

use dauys_core::media::Session;
use rsipstack::dialog::DialogId;
use rsipstack::sip::{Header, HeadersExt, Request};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::make_tag;
use rsipstack::transaction::transaction::Transaction;

use super::address::Address;
use super::dialog::{self, Dialog, Peer, Start};
use super::endpoint::Shared;
use super::identity::Caller;
use super::message::{self, Rejection, SDP};
use super::registry::Slot;
use super::sdp::{Local, Remote};
use super::session_timer::Agreed;
use super::transport::Way;
use super::{Error, LocalMedia};

/// An INVITE: from a peer that may send it, for a number of ours, requiring nothing that we lack, with no offer or one that we can take. Dropping it rejects it with 480.
#[derive(Debug)]
pub struct Incoming {
    called: String,
    caller: Caller,
    call_id: String,
    pending: Option<Pending>,
}

/// What an answer needs.
pub(super) struct Pending {
    pub(super) shared: Shared,
    pub(super) invite: Transaction,
    pub(super) offer: Option<Remote>,
    pub(super) signalling: IpAddr,
    pub(super) own: Address,
    pub(super) slot: Slot,
    /// What our 2xx says of the session timer.
    pub(super) timer: Option<Agreed>,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("signalling", &self.signalling).finish_non_exhaustive()
    }
}

impl Incoming {
    pub(super) fn new(called: &str, caller: Caller, pending: Pending) -> Self {
        let call_id = pending.invite.original.call_id_header().map(|id| id.value().to_owned()).unwrap_or_default();
        Self { called: called.to_owned(), caller, call_id, pending: Some(pending) }
    }

    /// The number that was dialled, as the configuration writes it.
    pub fn called(&self) -> &str {
        &self.called
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Answers with 200. The session is there at once when the INVITE had an offer, else it comes with the ACK; the dialog tells of `Answered` then.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when a CANCEL came first, [`Error::Stack`] when the response could not be made.
    pub async fn answer(mut self, media: LocalMedia) -> Result<(Dialog, Option<Session>), Error> {
        let pending = self.pending.take().ok_or(Error::Cancelled)?;
        pending.answer(&self.called, media).await
    }

    /// Rejects with `status`, which is 300 or above; `retry_after_s` says when another try may do better.
    pub fn reject(mut self, status: u16, retry_after_s: Option<u32>) {
        if let Some(pending) = self.pending.take() {
            let headers = retry_after_s.map(message::retry_after).into_iter().collect();
            message::reject(pending.invite, Rejection { status, headers });
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take() {
            message::reject(pending.invite, Rejection::new(480));
        }
    }
}

impl Pending {
    async fn answer(mut self, called: &str, media: LocalMedia) -> Result<(Dialog, Option<Session>), Error> {
        if cancelled(&mut self.invite).await {
            message::reject(self.invite, Rejection::new(487));
            return Err(Error::Cancelled);
        }
        let contact = self.own.contact(called);
        tag(&mut self.invite.original)?;
        let peer = Peer::of_request(&self.invite.original, contact.clone())
            .ok_or_else(|| Error::Stack("INVITE without a usable Contact".to_owned()))?;
        let id = DialogId::try_from((&self.invite.original, TransactionRole::Server))?;
        let mut local = Local::new(self.own.rtp(media.rtp_port), self.shared.codecs(), self.shared.session_id());
        let (body, session) = match &self.offer {
            Some(offer) => (local.answer(offer), Some(offer.session(self.signalling))),
            None => (local.offer(), None),
        };
        // Entered before the answer leaves: the peer's next request may overtake this task.
        let (entry, requests) = self.shared.registry.enter(id, self.slot);
        let mut headers = answer_headers(&self.invite.original, &contact);
        headers.extend(self.timer.into_iter().flat_map(Agreed::headers));
        message::respond(&mut self.invite, 200, headers, Some(body)).await;
        let (stack, leg) = (self.shared.stack.clone(), media.leg);
        let credentials = self.shared.outward.accounts.from(self.signalling, called);
        let start = Start {
            stack,
            peer,
            leg,
            signalling: self.signalling,
            own: self.own,
            way: Way::of(&self.shared.flows, &self.invite),
            local,
            entry,
            requests,
            credentials,
            expectation: None,
            timer: (self.shared.timers(), self.timer),
        };
        Ok((dialog::answered(start, self.invite, session), session))
    }
}

fn answer_headers(invite: &Request, contact: &Header) -> Vec<Header> {
    let routes = invite.headers.iter().filter(|header| matches!(header, Header::RecordRoute(_))).cloned();
    routes.chain(message::session_headers(contact)).chain([message::content_type(SDP)]).collect()
}

/// Puts our tag on the To, so that every response and the dialog share it.
fn tag(invite: &mut Request) -> Result<(), Error> {
    let tagged = invite.to_header().map_err(rsipstack::Error::from)?.with_tag(make_tag());
    invite.headers.unique_push(tagged.into());
    Ok(())
}

/// Whether a CANCEL lies in the transaction's queue; only a CANCEL is handed up before a final response.
async fn cancelled(invite: &mut Transaction) -> bool {
    tokio::select! {
        biased;
        message = invite.receive() => message.is_some(),
        () = std::future::ready(()) => false,
    }
}
