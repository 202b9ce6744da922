//! A call that goes out: INVITE with our offer, and a dialog from its first 2xx; CANCEL while there is none. A redirection is a refusal: we call whom we were told to call, and nobody else.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;

use dauys_core::media::{Leg, Session};
use rsipstack::dialog::DialogId;
use rsipstack::sip::{Auth, Header, HeadersExt, Method, Param, Request, Response, Scheme, SipMessage, StatusCodeKind, Uri, typed};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::{Transaction, make_tag};
use rsipstack::transport::SipAddr;
use tokio::sync::oneshot;

use super::address::Address;
use super::dialog::{self, Dialog, Peer, Start};
use super::digest::Credentials;
use super::endpoint::Shared;
use super::expected::Expectation;
use super::message::{self, SDP, Sequence, TRIES_MAX};
use super::sdp::Local;
use super::session_timer::{self, Agreed, Policy};
use super::transport::Way;
use super::{Error, LocalMedia, body};

/// Further answers to one INVITE that are hung up on; more are acknowledged and run out by themselves.
const FORKS_MAX: usize = 16;
/// The CSeq of a first INVITE.
const FIRST_SEQ: u32 = 1;

type Answer = Result<(Dialog, Session), Error>;

/// A call of ours that is not answered yet. Dropping it cancels it.
#[derive(Debug)]
pub struct Outgoing {
    answer: Option<oneshot::Receiver<Answer>>,
    cancel: Option<oneshot::Sender<()>>,
}

impl Outgoing {
    /// The other side's answer; its dialog tells of `Answered` too. Cancel-safe; a second answer there is none, which reads as cancelled.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Cancelled`], [`Error::Media`], [`Error::Name`], [`Error::Route`], or [`Error::Stack`] when the INVITE could not be sent.
    pub async fn answered(&mut self) -> Answer {
        let Some(answer) = &mut self.answer else { return Err(Error::Cancelled) };
        let result = answer.await.unwrap_or(Err(Error::Cancelled));
        self.answer = None;
        result
    }

    /// Gives the call up: CANCEL once it rings (RFC 3261, section 9.1), BYE if the answer was faster.
    pub fn cancel(&mut self) {
        self.cancel = None;
    }
}

/// Starts the call.
///
/// # Errors
/// [`Error::Target`].
pub(super) fn invite(shared: Shared, target: &str, from: &str, media: LocalMedia) -> Result<Outgoing, Error> {
    let target = Uri::try_from(target).ok().filter(|uri| uri.scheme == Some(Scheme::Sip)).ok_or(Error::Target)?;
    let from = user_part(from).ok_or(Error::Target)?.to_owned();
    let (answer_sender, answer) = oneshot::channel();
    let (cancel_sender, cancel) = oneshot::channel();
    tokio::spawn(async move {
        let answer = async {
            let (attempt, local) = Attempt::new(shared, target, &from, media).await?;
            attempt.run(local, cancel).await
        };
        // A call given up meanwhile drops the dialog here, which hangs up.
        let _ = answer_sender.send(answer.await);
    });
    Ok(Outgoing { answer: Some(answer), cancel: Some(cancel_sender) })
}

fn request(
    stack: &EndpointInnerRef,
    own: Address,
    (target, identity): (Uri, Uri),
    contact: &Header,
    offer: String,
    timer: Policy,
) -> Result<Request, Error> {
    let from = typed::From { display_name: None, uri: identity, params: vec![Param::Tag(make_tag())] };
    let to = typed::To { display_name: None, uri: target.clone(), params: Vec::new() };
    let mut request = stack.make_request(Method::Invite, target, own.via(stack)?, from, to, FIRST_SEQ, None);
    request.headers.extend(message::session_headers(contact));
    request.headers.extend(timer.offer(0));
    request.headers.push(message::content_type(SDP));
    request.body = offer.into_bytes();
    Ok(request)
}

/// What can stand before the `@` without an escape.
fn user_part(text: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | '*');
    (!text.is_empty() && text.chars().all(plain)).then_some(text)
}

/// An INVITE of ours on its way.
struct Attempt {
    shared: Shared,
    destination: SipAddr,
    /// Its IP address: a media source from there is preferred.
    signalling: IpAddr,
    own: Address,
    contact: Header,
    request: Request,
    media: SocketAddr,
    /// A 422 has been obeyed.
    lengthened: bool,
    leg: Leg,
    credentials: Credentials,
    expectation: Expectation,
}

impl Attempt {
    /// Finds the target, and by the way to it the address that we give. Where we have an account we call as somebody of that domain.
    async fn new(shared: Shared, target: Uri, from: &str, media: LocalMedia) -> Result<(Self, Local), Error> {
        let destination = shared.way_to(&target).await?;
        let signalling = destination.get_socketaddr()?.ip();
        let own = shared.toward(signalling)?.over(destination.r#type.unwrap_or_default());
        let enrolled = shared.outward.accounts.toward(&target.host_with_port.host, signalling, from);
        let credentials = enrolled.map(|enrolled| enrolled.credentials()).unwrap_or_default();
        let identity = match enrolled {
            Some(enrolled) => Uri { auth: Some(Auth { user: from.to_owned(), password: None }), ..enrolled.address() },
            None => Uri::try_from(format!("sip:{from}@{own}")).map_err(|_| Error::Target)?,
        };
        let expectation = shared.outward.expected.from(signalling);
        let (contact, leg, media) = (own.contact(from), media.leg, own.rtp(media.rtp_port));
        let mut local = Local::new(media, shared.codecs(), shared.session_id());
        let request = request(&shared.stack, own, (target, identity), &contact, local.offer(), shared.timers())?;
        Ok((
            Self { shared, destination, signalling, own, contact, request, media, lengthened: false, leg, credentials, expectation },
            local,
        ))
    }

    async fn run(mut self, local: Local, mut cancel: oneshot::Receiver<()>) -> Answer {
        let mut unwanted = false;
        let sequence = Sequence::after(FIRST_SEQ);
        for _ in 0..TRIES_MAX {
            let (tx, response) = self.once(&mut cancel, &mut unwanted).await?;
            if response.status_code.kind() == StatusCodeKind::Successful {
                return self.up(tx, &response, local, unwanted);
            }
            if unwanted || !(self.credentials.challenged(&response) || self.lengthen(&response)) {
                return Err(refused(response.status_code.code(), unwanted));
            }
            message::again(&mut self.request, self.own.via(&self.shared.stack)?, sequence.next());
        }
        Err(Error::Refused { status: 401 })
    }

    /// One INVITE to its first final response.
    async fn once(&mut self, cancel: &mut oneshot::Receiver<()>, unwanted: &mut bool) -> Result<(Transaction, Response), Error> {
        self.credentials.sign(&mut self.request);
        let key = TransactionKey::from_request(&self.request, TransactionRole::Client)?;
        let mut tx = Transaction::new_client(key, self.request.clone(), self.shared.stack.clone(), None);
        tx.destination = Some(self.destination.clone());
        tx.send().await?;
        let mut ringing = false;
        loop {
            let message = self.received(&mut tx, cancel, unwanted, ringing).await;
            let Some(response) = message.map(response) else { return Err(refused(408, *unwanted)) };
            let Some(response) = response else { continue };
            if response.status_code.kind() != StatusCodeKind::Provisional {
                return Ok((tx, response));
            }
            self.cancel_if(*unwanted && !ringing);
            ringing = true;
        }
    }

    /// The next message; a wish to cancel is heeded meanwhile. What the transaction has begun is never broken off.
    async fn received(
        &self,
        tx: &mut Transaction,
        cancel: &mut oneshot::Receiver<()>,
        unwanted: &mut bool,
        ringing: bool,
    ) -> Option<SipMessage> {
        let mut receive = pin!(tx.receive());
        loop {
            tokio::select! {
                message = &mut receive => return message,
                _ = &mut *cancel, if !*unwanted => {
                    *unwanted = true;
                    self.cancel_if(ringing);
                }
            }
        }
    }

    /// Makes the INVITE one for a longer session, when that is what this refusal wants (RFC 4028, section 7.3). Once is enough; who wants more each time wants no call.
    fn lengthen(&mut self, refusal: &Response) -> bool {
        let due = refusal.status_code.code() == 422 && !self.lengthened;
        let Some(min_s) = session_timer::wanted(refusal).filter(|_| due) else { return false };
        self.lengthened = true;
        let headers = &mut self.request.headers;
        headers.retain(|header| !matches!(header, Header::SessionExpires(_) | Header::MinSE(_)));
        headers.extend(self.shared.timers().offer(min_s));
        true
    }

    /// CANCEL is a transaction of its own, with the INVITE's branch and number (RFC 3261, section 9.1).
    fn cancel_if(&self, due: bool) {
        if !due {
            return;
        }
        let mut cancel = self.request.clone();
        cancel.method = Method::Cancel;
        cancel.body = Vec::new();
        cancel.headers.retain(|header| {
            matches!(
                header,
                Header::Via(_) | Header::From(_) | Header::To(_) | Header::CallId(_) | Header::MaxForwards(_) | Header::Route(_)
            )
        });
        let seq = self.request.cseq_header().and_then(|cseq| cseq.seq()).unwrap_or(1);
        cancel.headers.push(Header::CSeq(typed::CSeq { seq, method: Method::Cancel }.into()));
        let (stack, destination) = (self.shared.stack.clone(), self.destination.clone());
        tokio::spawn(async move { message::exchange(stack, cancel, Some(destination), None).await });
    }

    /// The stack has sent the ACK already. Whoever else answers is hung up on.
    fn up(self, tx: Transaction, answer: &Response, local: Local, unwanted: bool) -> Answer {
        let text = body::description(&answer.headers, &answer.body).ok().flatten().unwrap_or_default();
        let session = local.read_answer(text).map(|remote| remote.session(self.signalling));
        let start = self.start(&tx, answer, local)?;
        let result = match session {
            Ok(session) if !unwanted => Ok((dialog::established(start, session), session)),
            Ok(_) => Err(dialog::unwanted(start, Error::Cancelled)),
            Err(_) => Err(dialog::unwanted(start, Error::Media)),
        };
        let tag = to_tag(answer);
        tokio::spawn(async move {
            let for_long = self.shared.stack.option.t1x64;
            let _ = tokio::time::timeout(for_long, self.hang_up_on_others(tx, tag)).await; // then no more answers come
        });
        result
    }

    fn start(&self, tx: &Transaction, answer: &Response, local: Local) -> Result<Start, Error> {
        let contact = self.contact.clone();
        let peer =
            Peer::of_response(&self.request, answer, contact).ok_or_else(|| Error::Stack("2xx without a usable Contact".to_owned()))?;
        let id = DialogId::try_from((answer, TransactionRole::Client))?;
        let slot = self.shared.registry.admit(usize::MAX).ok_or(Error::Cancelled)?;
        let (entry, requests) = self.shared.registry.enter(id, slot);
        let policy = self.shared.timers();
        Ok(Start {
            stack: self.shared.stack.clone(),
            peer,
            leg: self.leg,
            signalling: self.signalling,
            own: self.own,
            way: Way::of(&self.shared.flows, tx),
            local,
            entry,
            requests,
            credentials: self.credentials.clone(),
            expectation: Some(self.expectation.again()),
            timer: (policy, Agreed::of_response(answer, policy)),
        })
    }

    /// A proxy may have asked several phones, and more than one may have answered: each is a dialog of its own, which the stack has acknowledged (RFC 3261, section 13.2.2.4).
    async fn hang_up_on_others(&self, mut tx: Transaction, first: String) {
        let mut known = vec![first];
        while let Some(message) = tx.receive().await {
            let answer = response(message).filter(|response| response.status_code.kind() == StatusCodeKind::Successful);
            let Some(answer) = answer else { continue };
            let tag = to_tag(&answer);
            if known.len() > FORKS_MAX || known.contains(&tag) {
                continue;
            }
            known.push(tag);
            match self.start(&tx, &answer, Local::new(self.media, self.shared.codecs(), self.shared.session_id())) {
                Ok(start) => drop(dialog::unwanted(start, Error::Cancelled)),
                Err(error) => tracing::debug!(%error, "a second answer cannot be hung up on"),
            }
        }
    }
}

fn to_tag(response: &Response) -> String {
    let tag = response.to_header().and_then(|to| to.tag()).ok().flatten();
    tag.map(|tag| tag.value().to_owned()).unwrap_or_default()
}

fn refused(status: u16, unwanted: bool) -> Error {
    if unwanted { Error::Cancelled } else { Error::Refused { status } }
}

fn response(message: SipMessage) -> Option<Response> {
    match message {
        SipMessage::Response(response) => Some(response),
        SipMessage::Request(_) => None,
    }
}
