//! One dialog (RFC 3261, section 12): a task that answers its requests at once, and the handle by which a call hears of it.
//!
//! The task ends when the peer or we have hung up, and always when the handle is gone; what the dialog holds elsewhere goes with it.

use std::net::IpAddr;

use dauys_core::call::{HangUpCause, SipEvent};
use dauys_core::key::Key;
use dauys_core::media::{Leg, Session};
use rsipstack::sip::{self, Header, Headers, HeadersExt, Method, Request, Response, Uri, typed};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::Error;
use super::address::Address;
use super::digest::Credentials;
use super::expected::Expectation;
use super::identity;
use super::message::{self, Rejection, SDP};
use super::registry::Entry;
use super::sdp::Local;

/// Events that a call has not looked at yet; a call that leaves more lying has stopped.
const EVENTS_MAX: usize = 64;
/// Bodies of INFO that we read as keys.
const KEY_BODIES: &str = "application/dtmf-relay, application/dtmf";

/// The dialog of one leg. Dropping it hangs up.
#[derive(Debug)]
pub struct Dialog {
    call_id: String,
    events: mpsc::Receiver<SipEvent>,
    leave: Option<oneshot::Sender<()>>,
}

impl Dialog {
    /// What happens on the leg; `None` once the dialog is over. Cancel-safe.
    pub async fn next(&mut self) -> Option<SipEvent> {
        self.events.recv().await
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Hangs up: BYE, after the ACK if that is still to come (RFC 3261, section 15). Returns when the peer has answered it or never will, 128*T1 at most; events until then are dropped.
    pub async fn hang_up(&mut self) {
        self.leave = None;
        while self.events.recv().await.is_some() {}
    }
}

/// What a dialog starts from.
pub(super) struct Start {
    pub(super) stack: EndpointInnerRef,
    pub(super) peer: Peer,
    pub(super) leg: Leg,
    /// Who sends the peer's SIP.
    pub(super) signalling: IpAddr,
    /// Our address, as the peer sees it.
    pub(super) own: Address,
    pub(super) local: Local,
    pub(super) entry: Entry,
    pub(super) requests: mpsc::Receiver<Transaction>,
    /// For challenges to requests of ours.
    pub(super) credentials: Credentials,
    /// Lets the peer in, where we called it.
    pub(super) expectation: Option<Expectation>,
}

/// The far end, and what requests to it need.
#[derive(Debug)]
pub(super) struct Peer {
    call_id: sip::CallId,
    local: sip::From,
    remote: sip::To,
    local_seq: u32,
    remote_seq: Option<u32>,
    target: Uri,
    routes: Vec<Uri>,
    contact: Header,
}

impl Peer {
    /// From an INVITE that we answer, its To tagged; `contact` is ours (RFC 3261, section 12.1.1). `None` when a header that it takes is missing or broken.
    pub(super) fn of_request(invite: &Request, contact: Header) -> Option<Self> {
        Some(Self {
            call_id: invite.call_id_header().ok()?.clone(),
            local: sip::From::new(invite.to_header().ok()?.value()),
            remote: sip::To::new(invite.from_header().ok()?.value()),
            local_seq: 0,
            remote_seq: Some(invite.cseq_header().ok()?.seq().ok()?),
            target: contact_uri(&invite.headers)?,
            routes: record_routes(&invite.headers),
            contact,
        })
    }

    /// From the 2xx to an INVITE of ours (RFC 3261, section 12.1.2).
    pub(super) fn of_response(invite: &Request, answer: &Response, contact: Header) -> Option<Self> {
        let mut routes = record_routes(&answer.headers);
        routes.reverse();
        Some(Self {
            call_id: answer.call_id_header().ok()?.clone(),
            local: answer.from_header().ok()?.clone(),
            remote: answer.to_header().ok()?.clone(),
            local_seq: invite.cseq_header().ok()?.seq().ok()?,
            remote_seq: None,
            target: contact_uri(&answer.headers)?,
            routes,
            contact,
        })
    }

    fn request(&mut self, method: Method, via: typed::Via, agent: &str) -> Request {
        self.local_seq += 1;
        let mut headers = vec![
            Header::Via(via.into()),
            Header::MaxForwards(70.into()),
            Header::From(self.local.clone()),
            Header::To(self.remote.clone()),
            Header::CallId(self.call_id.clone()),
            Header::CSeq(typed::CSeq { seq: self.local_seq, method }.into()),
            Header::UserAgent(agent.into()),
        ];
        headers.extend(self.routes.iter().map(|route| Header::Route(format!("<{route}>").into())));
        Request { method, uri: self.target.clone(), version: sip::Version::V2, headers: headers.into(), body: Vec::new() }
    }

    /// Whether a request is newer than those before it (RFC 3261, section 12.2.2).
    fn advance(&mut self, request: &Request) -> bool {
        let Some(seq) = request.cseq_header().and_then(|cseq| cseq.seq()).ok() else { return false };
        let newer = self.remote_seq.is_none_or(|last| seq > last);
        if newer {
            self.remote_seq = Some(seq);
        }
        newer
    }
}

/// The remote target.
pub(super) fn contact_uri(headers: &Headers) -> Option<Uri> {
    let contact = headers.iter().find_map(|header| match header {
        Header::Contact(contact) => Some(contact.value()),
        _ => None,
    });
    typed::Contact::parse(contact?).ok().map(|contact| identity::whole(contact.uri))
}

fn record_routes(headers: &Headers) -> Vec<Uri> {
    let values = headers.iter().filter_map(|header| match header {
        Header::RecordRoute(value) => Some(value.value()),
        _ => None,
    });
    let parsed = values.filter_map(|value| typed::RecordRoute::parse_header_list(value).ok());
    parsed.flatten().map(|route| route.uri).collect()
}

/// How far a dialog is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Neither side has hung up.
    Up,
    /// We want to hang up and wait for the ACK.
    Leaving,
    /// Our BYE is out.
    ByeSent,
    /// Nothing more will come.
    Over,
}

/// What the dialog's own transactions came to.
enum Outcome {
    /// The ACK of an INVITE that we answered, by its body; `None` when it never came.
    Ack { body: Option<Vec<u8>>, offered: bool },
    /// Our BYE has its final response, or was given up.
    Bye,
}

struct Task {
    stack: EndpointInnerRef,
    peer: Peer,
    leg: Leg,
    signalling: IpAddr,
    own: Address,
    local: Local,
    _entry: Entry,
    _expectation: Option<Expectation>,
    credentials: Credentials,
    requests: mpsc::Receiver<Transaction>,
    /// Its own transactions, which end with it: nobody repeats the answer to a call that is over.
    transactions: JoinSet<Outcome>,
    events: mpsc::Sender<SipEvent>,
    leave: oneshot::Receiver<()>,
    stage: Stage,
    /// The first ACK has come, or was sent by us.
    confirmed: bool,
    /// An offer of ours waits for its answer.
    offer_pending: bool,
    session: Option<Session>,
}

/// Starts the dialog of an INVITE that has just got its 2xx; `session` is what that settled, `None` when it carried our offer.
pub(super) fn answered(start: Start, invite: Transaction, session: Option<Session>) -> Dialog {
    let (mut task, dialog) = task(start);
    task.session = session;
    task.await_ack(invite, session.is_none());
    tokio::spawn(task.run());
    dialog
}

/// Starts the dialog of an INVITE of ours whose 2xx settled `session`.
pub(super) fn established(start: Start, session: Session) -> Dialog {
    let (mut task, dialog) = task(start);
    task.session = Some(session);
    task.confirm();
    tokio::spawn(task.run());
    dialog
}

/// Ends at once the dialog of an INVITE of ours whose 2xx we do not want, for this reason.
pub(super) fn unwanted(start: Start, why: Error) -> Error {
    let (mut task, _) = task(start);
    task.send_bye();
    tokio::spawn(task.run());
    why
}

fn task(start: Start) -> (Task, Dialog) {
    let Start { stack, peer, leg, signalling, own, local, entry, requests, credentials, expectation } = start;
    let (event_sender, events) = mpsc::channel(EVENTS_MAX);
    let (leave_sender, leave) = oneshot::channel();
    let dialog = Dialog { call_id: peer.call_id.value().to_owned(), events, leave: Some(leave_sender) };
    let task = Task {
        stack,
        peer,
        leg,
        signalling,
        own,
        local,
        _entry: entry,
        _expectation: expectation,
        credentials,
        requests,
        transactions: JoinSet::new(),
        events: event_sender,
        leave,
        stage: Stage::Up,
        confirmed: false,
        offer_pending: false,
        session: None,
    };
    (task, dialog)
}

impl Task {
    async fn run(mut self) {
        while self.stage != Stage::Over {
            tokio::select! {
                Some(tx) = self.requests.recv() => self.on_request(tx).await,
                Some(Ok(outcome)) = self.transactions.join_next() => self.on_outcome(outcome),
                _ = &mut self.leave, if self.stage == Stage::Up => self.on_leave(),
            }
        }
    }

    async fn on_request(&mut self, tx: Transaction) {
        if !self.peer.advance(&tx.original) {
            return message::reject(tx, Rejection::new(500)).await;
        }
        if let Err(rejection) = message::check_required(&tx.original) {
            return message::reject(tx, rejection).await;
        }
        match tx.original.method {
            Method::Bye => self.on_bye(tx).await,
            Method::Invite | Method::Update if self.stage == Stage::ByeSent => message::reject(tx, Rejection::new(481)).await,
            Method::Invite | Method::Update => self.on_offer(tx).await,
            Method::Info => self.on_info(tx).await,
            Method::Options => ok(tx, vec![message::allow(), Header::Accept(SDP.into()), message::supported()]).await,
            Method::Ack
            | Method::Cancel
            | Method::Message
            | Method::Notify
            | Method::PRack
            | Method::Publish
            | Method::Refer
            | Method::Register
            | Method::Subscribe => message::reject(tx, Rejection::method()).await,
        }
    }

    async fn on_bye(&mut self, tx: Transaction) {
        ok(tx, Vec::new()).await;
        self.gone(HangUpCause::Bye);
        self.stage = Stage::Over;
    }

    /// A re-INVITE or an UPDATE: hold, resume, another address or codec, or only a sign of life.
    async fn on_offer(&mut self, tx: Transaction) {
        match self.renegotiated(&tx.original) {
            Ok(agreement) => self.agree(tx, agreement).await,
            Err(rejection) => message::reject(tx, rejection).await,
        }
    }

    fn renegotiated(&mut self, request: &Request) -> Result<Agreement, Rejection> {
        let described = message::description(request)?;
        if self.offer_pending && (described.is_some() || request.method == Method::Invite) {
            return Err(Rejection::new(491));
        }
        let Some(text) = described else {
            let offers = request.method == Method::Invite;
            return Ok(if offers { Agreement::Offer(self.local.offer()) } else { Agreement::Nothing });
        };
        let offer = self.local.read_offer(text)?;
        Ok(Agreement::Answer(self.local.answer(&offer), offer.session(self.signalling)))
    }

    async fn agree(&mut self, mut tx: Transaction, agreement: Agreement) {
        if let Some(target) = contact_uri(&tx.original.headers) {
            self.peer.target = target;
        }
        let (body, session, offered) = match agreement {
            Agreement::Nothing => (None, None, false),
            Agreement::Offer(offer) => (Some(offer), None, true),
            Agreement::Answer(answer, session) => (Some(answer), Some(session), false),
        };
        let mut headers = message::session_headers(&self.peer.contact);
        headers.extend(body.is_some().then(|| message::content_type(SDP)));
        message::respond(&mut tx, 200, headers, body).await;
        if tx.original.method == Method::Invite {
            self.await_ack(tx, offered);
        }
        if let Some(session) = session {
            self.settle(session);
        }
    }

    async fn on_info(&mut self, tx: Transaction) {
        match pressed(&tx.original) {
            Ok(key) => {
                ok(tx, Vec::new()).await;
                if let Some(key) = key {
                    self.tell(SipEvent::Info { leg: self.leg, key });
                }
            }
            Err(rejection) => message::reject(tx, rejection).await,
        }
    }

    fn on_outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ack { body: Some(body), offered } => self.on_ack(&body, offered),
            Outcome::Ack { body: None, .. } => self.lose(),
            Outcome::Bye => self.stage = Stage::Over,
        }
    }

    fn on_ack(&mut self, body: &[u8], offered: bool) {
        if offered {
            self.offer_pending = false;
            match self.local.read_answer(body) {
                Ok(answer) if self.confirmed => self.settle(answer.session(self.signalling)),
                Ok(answer) => self.session = Some(answer.session(self.signalling)),
                Err(refusal) => {
                    tracing::debug!(%refusal, "no usable answer in the ACK");
                    return self.lose();
                }
            }
        }
        self.confirm();
        if self.stage == Stage::Leaving {
            self.send_bye();
        }
    }

    fn on_leave(&mut self) {
        if self.confirmed {
            self.send_bye();
        } else {
            self.stage = Stage::Leaving;
        }
    }

    /// The first ACK: the leg is answered.
    fn confirm(&mut self) {
        if let Some(session) = self.session.filter(|_| !self.confirmed) {
            self.confirmed = true;
            self.tell(SipEvent::Answered { leg: self.leg, session });
        }
    }

    /// Settled anew, which media must hear even when nothing looks changed: a peer behind address translation may send from elsewhere now. Before the first ACK it is what that will confirm.
    fn settle(&mut self, session: Session) {
        self.session = Some(session);
        if self.confirmed {
            self.tell(SipEvent::Session { leg: self.leg, session });
        }
    }

    /// No ACK came, or none that we could use: the session ends with a BYE (RFC 3261, section 13.3.1.4).
    fn lose(&mut self) {
        if matches!(self.stage, Stage::Up | Stage::Leaving) {
            self.gone(HangUpCause::Lost);
            self.send_bye();
        }
    }

    fn send_bye(&mut self) {
        let Ok(via) = self.own.via(&self.stack) else {
            self.stage = Stage::Over;
            return;
        };
        let mut bye = self.peer.request(Method::Bye, via, &self.stack.user_agent);
        let (stack, own, mut credentials) = (self.stack.clone(), self.own, self.credentials.clone());
        self.stage = Stage::ByeSent;
        self.transactions.spawn(async move {
            let response = message::ask(&stack, own, &mut bye, None, &mut credentials, |_| {}).await;
            tracing::debug!(status = ?response.map(|response| response.status_code.code()), "BYE done");
            Outcome::Bye
        });
    }

    fn await_ack(&mut self, invite: Transaction, offered: bool) {
        self.offer_pending |= offered;
        self.transactions.spawn(async move { Outcome::Ack { body: message::acknowledged(invite).await, offered } });
    }

    fn gone(&mut self, cause: HangUpCause) {
        self.tell(SipEvent::HungUp { leg: self.leg, cause });
    }

    /// To the call; one that has stopped listening is about to hang up.
    fn tell(&mut self, event: SipEvent) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.events.try_send(event) {
            tracing::warn!(call_id = self.peer.call_id.value(), "the call does not read its SIP events: one dropped");
        }
    }
}

/// What the 2xx to an INVITE or UPDATE carries.
enum Agreement {
    /// No description, as none came.
    Nothing,
    /// Ours, to be answered in the ACK.
    Offer(String),
    /// The answer, and what it settles.
    Answer(String, Session),
}

async fn ok(mut tx: Transaction, headers: Vec<Header>) {
    message::respond(&mut tx, 200, headers, None).await;
}

/// The key of an INFO; `None` without a body, which some peers send as a sign of life.
///
/// # Errors
/// 415 for other bodies, 400 for a body without a key.
fn pressed(info: &Request) -> Result<Option<Key>, Rejection> {
    let Some(kind) = message::body_type(info) else { return Ok(None) };
    let body = String::from_utf8_lossy(&info.body);
    let key = match kind.as_str() {
        "application/dtmf-relay" => relayed_key(&body),
        "application/dtmf" => key(&body),
        _ => return Err(Rejection::media_type(KEY_BODIES)),
    };
    key.map(Some).ok_or_else(|| Rejection::new(400))
}

/// The `Signal=` line of an application/dtmf-relay body.
fn relayed_key(body: &str) -> Option<Key> {
    let pairs = body.lines().filter_map(|line| line.split_once('='));
    let (_, signal) = { pairs }.find(|(name, _)| name.trim().eq_ignore_ascii_case("signal"))?;
    key(signal)
}

/// A key as itself, or from 10 on by its event code: some write `*` as 10.
fn key(text: &str) -> Option<Key> {
    let text = text.trim();
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => Key::from_char(only),
        (Some(_), Some(_)) => text.parse().ok().and_then(Key::from_event),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &str = "Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2;lr>\r\nRecord-Route: <sip:192.0.2.3;lr>\r\n";
    const NAMES: &str = "From: <sip:a@h>;tag=a\r\nTo: <sip:b@h>;tag=b\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\nContact: \"B\" <sip:+7701;npdi@192.0.2.9:5070;ob>;q=1\r\n\r\n";

    fn contact() -> Header {
        Header::Contact("<sip:us@h>".into())
    }

    /// What every request to the peer must say.
    fn check(mut peer: Peer, from: &str, to: &str, seq: u32, routes: [&str; 3]) {
        let via = typed::Via::parse("SIP/2.0/UDP h;branch=z9hG4bK1").unwrap();
        let bye = peer.request(Method::Bye, via, "test");
        assert_eq!(bye.uri.to_string(), "sip:+7701;npdi@192.0.2.9:5070;ob");
        assert_eq!((bye.from_header().unwrap().value(), bye.to_header().unwrap().value()), (from, to));
        assert_eq!(bye.cseq_header().unwrap().value(), format!("{seq} BYE"));
        let found: Vec<_> = bye.route_headers().iter().map(|route| route.value()).collect();
        assert_eq!(found, routes.map(|host| format!("<sip:{host};lr>")));
    }

    #[test]
    fn requests_of_the_called_side_go_along_the_recorded_route() {
        let invite = Request::try_from(format!("INVITE sip:b@h SIP/2.0\r\n{ROUTES}{NAMES}").as_str()).unwrap();
        let peer = Peer::of_request(&invite, contact()).unwrap();
        check(peer, "<sip:b@h>;tag=b", "<sip:a@h>;tag=a", 1, ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
    }

    #[test]
    fn requests_of_the_calling_side_go_along_it_from_the_other_end() {
        let invite = Request::try_from(format!("INVITE sip:b@h SIP/2.0\r\n{NAMES}").as_str()).unwrap();
        let answer = Response::try_from(format!("SIP/2.0 200 OK\r\n{ROUTES}{NAMES}").as_str()).unwrap();
        let peer = Peer::of_response(&invite, &answer, contact()).unwrap();
        check(peer, "<sip:a@h>;tag=a", "<sip:b@h>;tag=b", 8, ["192.0.2.3", "192.0.2.2", "192.0.2.1"]);
    }

    #[test]
    fn without_a_contact_there_is_no_dialog() {
        let invite =
            Request::try_from("INVITE sip:b@h SIP/2.0\r\nFrom: <sip:a@h>;tag=a\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\r\n")
                .unwrap();
        assert!(Peer::of_request(&invite, contact()).is_none());
    }
}
