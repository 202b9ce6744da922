//! Offers and answers within a dialog (RFC 3264, RFC 3311, RFC 6337): hold, resume, another address or codec, streams that come and go.
//!
//! One offer is on its way at a time; a renegotiation that fails leaves what was settled before in force.

use dauys_core::call::SipEvent;
use dauys_core::media::{Direction, Session};
use rsipstack::sip::{Method, Request};
use rsipstack::transaction::transaction::Transaction;
use tokio::time::Instant;

use super::super::body;
use super::super::message::{self, Rejection, SDP};
use super::super::sdp::Removal;
use super::super::session_timer::Agreed;
use super::{Outcome, Stage, Task};

/// What the 2xx to an INVITE or UPDATE carries.
enum Agreement {
    /// No description, as none came.
    Nothing,
    /// Ours, to be answered in the ACK.
    Offer(String),
    /// The answer, and what it settles.
    Answer(String, Session),
}

impl Task {
    /// A re-INVITE or an UPDATE: a new offer, or only a sign of life.
    pub(super) async fn on_offer(&mut self, tx: Transaction) {
        let renegotiated =
            Agreed::of_request(&tx.original, self.timer.policy()).and_then(|timer| Ok((self.renegotiated(&tx.original)?, timer)));
        match renegotiated {
            Ok((agreement, timer)) => self.agree(tx, agreement, timer).await,
            Err(rejection) => message::reject(tx, rejection),
        }
    }

    fn renegotiated(&mut self, request: &Request) -> Result<Agreement, Rejection> {
        let described = body::description(&request.headers, &request.body)?;
        let invites = request.method == Method::Invite;
        if self.offer_pending && (described.is_some() || invites) {
            return Err(Rejection::new(491));
        }
        if described.is_some() || invites {
            body::check_accepts_sdp(&request.headers)?;
        }
        match described {
            Some(text) => self.answer(text),
            None if invites => Ok(Agreement::Offer(self.local.offer())),
            None => Ok(Agreement::Nothing),
        }
    }

    fn answer(&mut self, text: &[u8]) -> Result<Agreement, Rejection> {
        if let Some((removal, before)) = Removal::parse(text).zip(self.session) {
            let session = Session { rtp: None, rtcp: None, direction: Direction::Inactive, ..before };
            return Ok(Agreement::Answer(self.local.remove(&removal), session));
        }
        let offer = self.local.read_offer(text)?;
        Ok(Agreement::Answer(self.local.answer(&offer), offer.session(self.signalling)))
    }

    async fn agree(&mut self, mut tx: Transaction, agreement: Agreement, timer: Option<Agreed>) {
        self.peer.refresh(&tx.original.headers);
        self.way.renew(&tx);
        let (body, session, offered) = match agreement {
            Agreement::Nothing => (None, None, false),
            Agreement::Offer(offer) => (Some(offer), None, true),
            Agreement::Answer(answer, session) => (Some(answer), Some(session), false),
        };
        let mut headers = self.peer.session_headers();
        headers.extend(timer.into_iter().flat_map(Agreed::headers));
        headers.extend(body.is_some().then(|| message::content_type(SDP)));
        message::respond(&mut tx, 200, headers, body).await;
        if self.stage == Stage::Up {
            self.timer.start(Instant::now(), timer);
        }
        if tx.original.method == Method::Invite {
            self.await_ack(tx, offered);
        }
        if let Some(session) = session {
            self.settle(session);
        }
    }

    pub(super) fn await_ack(&mut self, invite: Transaction, offered: bool) {
        self.offer_pending |= offered;
        self.unacknowledged += 1;
        self.transactions.spawn(async move { Outcome::Ack { ack: message::acknowledged(invite).await, offered } });
    }

    pub(super) fn on_ack(&mut self, ack: Option<Request>, offered: bool) {
        self.unacknowledged -= 1;
        let Some(ack) = ack else { return self.lose() };
        if offered {
            self.offer_pending = false;
            self.on_answer(&ack);
        }
        if self.session.is_none() {
            return self.lose();
        }
        self.confirm();
        if self.stage == Stage::Leaving {
            self.send_bye();
        }
    }

    /// The answer to our offer, in an ACK. Without one that can be used, what was settled before holds on, if anything was.
    fn on_answer(&mut self, ack: &Request) {
        let answer = body::description(&ack.headers, &ack.body).ok().flatten().map(|text| self.local.read_answer(text));
        match answer {
            Some(Ok(answer)) => self.settle(answer.session(self.signalling)),
            Some(Err(refusal)) => tracing::debug!(%refusal, "no usable answer in the ACK"),
            None => tracing::debug!("no answer in the ACK"),
        }
    }

    /// Settled anew, which media must hear even when nothing looks changed: a peer behind address translation may send from elsewhere now. Before the first ACK it is what that will confirm.
    pub(super) fn settle(&mut self, session: Session) {
        self.session = Some(session);
        if self.confirmed {
            self.tell(SipEvent::Session { leg: self.leg, session });
        }
    }
}
