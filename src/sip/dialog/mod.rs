//! One dialog (RFC 3261, section 12): a task that answers its requests at once, and the handle by which a call hears of it.
//!
//! The task ends when the peer or we have hung up, and always when the handle is gone; what the dialog holds elsewhere goes with it. It never decides anything of the conversation.

pub(super) mod info;
mod offer;
mod peer;
mod refresh;

use std::net::IpAddr;

use dauys_core::call::{HangUpCause, SipEvent};
use dauys_core::media::{Leg, Session};
use rsipstack::sip::{Header, Method, Request, Response};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Error;
use super::address::Address;
use super::digest::Credentials;
use super::expected::Expectation;
use super::message::{self, Rejection, SDP};
use super::registry::Entry;
use super::sdp::Local;
use super::session_timer::{Agreed, Policy, SessionTimer};
use super::transport::Way;

pub(super) use peer::{Peer, contact_uri};

/// Events that a call has not looked at yet; a call that leaves more lying has stopped.
const EVENTS_MAX: usize = 64;

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
    /// How requests reach the peer.
    pub(super) way: Way,
    pub(super) local: Local,
    pub(super) entry: Entry,
    pub(super) requests: mpsc::Receiver<Transaction>,
    /// For challenges to requests of ours.
    pub(super) credentials: Credentials,
    /// Lets the peer in, where we called it.
    pub(super) expectation: Option<Expectation>,
    /// What we want of session timers, and what the first INVITE and its 2xx have settled.
    pub(super) timer: (Policy, Option<Agreed>),
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
    /// The ACK of an INVITE that we answered; `None` when it never came.
    Ack { ack: Option<Request>, offered: bool },
    /// The final response to a refresh of ours; `None` when it could not be sent.
    Refresh { method: Method, response: Option<Response> },
    /// Our BYE has its final response, or was given up.
    Bye,
}

struct Task {
    stack: EndpointInnerRef,
    peer: Peer,
    leg: Leg,
    signalling: IpAddr,
    own: Address,
    way: Way,
    local: Local,
    _entry: Entry,
    _expectation: Option<Expectation>,
    credentials: Credentials,
    requests: mpsc::Receiver<Transaction>,
    /// Its server transactions and its BYE, which end with it: nobody repeats the answer to a call that is over.
    transactions: JoinSet<Outcome>,
    /// Its refreshes, which outlive it: a final response that comes late still gets its ACK.
    refreshes: JoinSet<Outcome>,
    events: mpsc::Sender<SipEvent>,
    leave: oneshot::Receiver<()>,
    stage: Stage,
    /// The first ACK has come, or was sent by us.
    confirmed: bool,
    /// INVITEs that we have answered and whose ACK is still to come.
    unacknowledged: usize,
    /// An offer of ours waits for its answer.
    offer_pending: bool,
    session: Option<Session>,
    timer: SessionTimer,
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
    let Start { stack, peer, leg, signalling, own, way, local, entry, requests, credentials, expectation, timer: (policy, agreed) } = start;
    let (event_sender, events) = mpsc::channel(EVENTS_MAX);
    let (leave_sender, leave) = oneshot::channel();
    let dialog = Dialog { call_id: peer.call_id().to_owned(), events, leave: Some(leave_sender) };
    let mut timer = SessionTimer::new(policy);
    timer.start(Instant::now(), agreed);
    let task = Task {
        stack,
        peer,
        leg,
        signalling,
        own,
        way,
        local,
        _entry: entry,
        _expectation: expectation,
        credentials,
        requests,
        transactions: JoinSet::new(),
        refreshes: JoinSet::new(),
        events: event_sender,
        leave,
        stage: Stage::Up,
        confirmed: false,
        unacknowledged: 0,
        offer_pending: false,
        session: None,
        timer,
    };
    (task, dialog)
}

impl Task {
    async fn run(mut self) {
        while self.stage != Stage::Over {
            let due = self.timer.deadline();
            tokio::select! {
                Some(tx) = self.requests.recv() => self.on_request(tx).await,
                Some(Ok(outcome)) = self.transactions.join_next() => self.on_outcome(outcome),
                Some(Ok(outcome)) = self.refreshes.join_next() => self.on_outcome(outcome),
                () = sleep_until(due) => self.on_due(),
                _ = &mut self.leave, if self.stage == Stage::Up => self.on_leave(),
            }
        }
        self.refreshes.detach_all();
    }

    async fn on_request(&mut self, tx: Transaction) {
        if !self.peer.advance(&tx.original) {
            return message::reject(tx, Rejection::new(500));
        }
        if let Err(rejection) = message::check_required(&tx.original) {
            return message::reject(tx, rejection);
        }
        match tx.original.method {
            Method::Bye => self.on_bye(tx).await,
            Method::Invite | Method::Update if self.stage == Stage::ByeSent => message::reject(tx, Rejection::new(481)),
            Method::Invite | Method::Update => self.on_offer(tx).await,
            Method::Info => self.on_info(tx).await,
            Method::Options => ok(tx, vec![message::allow(), Header::Accept(SDP.into()), message::supported()]).await,
            // We send no reliable provisional responses that one could acknowledge (RFC 3262, section 3).
            Method::PRack => message::reject(tx, Rejection::new(481)),
            Method::Ack
            | Method::Cancel
            | Method::Message
            | Method::Notify
            | Method::Publish
            | Method::Refer
            | Method::Register
            | Method::Subscribe => message::reject(tx, Rejection::method()),
        }
    }

    async fn on_bye(&mut self, tx: Transaction) {
        ok(tx, Vec::new()).await;
        self.gone(HangUpCause::Bye);
        self.stage = Stage::Over;
    }

    async fn on_info(&mut self, tx: Transaction) {
        match info::pressed(&tx.original) {
            Ok(key) => {
                ok(tx, Vec::new()).await;
                if let Some(key) = key {
                    self.tell(SipEvent::Info { leg: self.leg, key });
                }
            }
            Err(rejection) => message::reject(tx, rejection),
        }
    }

    fn on_outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ack { ack, offered } => self.on_ack(ack, offered),
            Outcome::Refresh { method, response } => self.on_refreshed(method, response),
            Outcome::Bye => self.stage = Stage::Over,
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

    /// The peer does not answer as it must: the session ends with a BYE (RFC 3261, section 13.3.1.4; RFC 4028, section 10).
    fn lose(&mut self) {
        if matches!(self.stage, Stage::Up | Stage::Leaving) {
            self.gone(HangUpCause::Lost);
            self.send_bye();
        }
    }

    fn send_bye(&mut self) {
        self.timer.stop();
        let own = self.address();
        let Ok(via) = own.via(&self.stack) else {
            self.stage = Stage::Over;
            return;
        };
        let mut bye = self.peer.request(Method::Bye, via, &self.stack.user_agent);
        let (stack, sequence) = (self.stack.clone(), self.peer.sequence.clone());
        let (way, mut credentials) = (self.way.clone(), self.credentials.clone());
        self.stage = Stage::ByeSent;
        self.transactions.spawn(async move {
            let response = message::ask(&stack, own, &mut bye, Some(&way), None, &mut credentials, &sequence).await;
            tracing::debug!(status = ?response.map(|response| response.status_code.code()), "BYE done");
            Outcome::Bye
        });
    }

    /// Our address in a request to the peer.
    fn address(&self) -> Address {
        self.own.over(self.way.transport(self.peer.next()))
    }

    fn gone(&mut self, cause: HangUpCause) {
        self.tell(SipEvent::HungUp { leg: self.leg, cause });
    }

    /// To the call; one that has stopped listening is about to hang up.
    fn tell(&mut self, event: SipEvent) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.events.try_send(event) {
            tracing::warn!(call_id = self.peer.call_id(), "the call does not read its SIP events: one dropped");
        }
    }
}

async fn ok(mut tx: Transaction, headers: Vec<Header>) {
    message::respond(&mut tx, 200, headers, None).await;
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
