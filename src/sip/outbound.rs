//! A call that goes out: INVITE with our offer, and a dialog from its 2xx; CANCEL while there is none.

use std::net::IpAddr;

use dauys_core::media::{Leg, Session};
use rsipstack::dialog::DialogId;
use rsipstack::sip::{Header, Method, Param, Request, Response, Scheme, SipMessage, StatusCodeKind, Uri, typed};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::{Transaction, make_tag};
use rsipstack::transport::SipAddr;
use tokio::sync::oneshot;

use super::address::Address;
use super::dialog::{self, Dialog, Peer, Start};
use super::endpoint::Shared;
use super::message::{self, SDP};
use super::sdp::{Local, Remote};
use super::session_timer::{self, Agreed, Policy};
use super::{Error, LocalMedia, body};

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
    /// [`Error::Refused`], [`Error::Cancelled`], [`Error::Media`], [`Error::Route`], or [`Error::Stack`] when the target has no address or the INVITE could not be sent.
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
        let answer = async { Attempt::new(shared, target, &from, media).await?.run(cancel).await };
        // A call given up meanwhile drops the dialog here, which hangs up.
        let _ = answer_sender.send(answer.await);
    });
    Ok(Outgoing { answer: Some(answer), cancel: Some(cancel_sender) })
}

fn request(stack: &EndpointInnerRef, own: Address, target: Uri, from: &str, offer: String, timer: Policy) -> Result<Request, Error> {
    let uri = Uri::try_from(format!("sip:{from}@{own}")).map_err(|_| Error::Target)?;
    let from_header = typed::From { display_name: None, uri, params: vec![Param::Tag(make_tag())] };
    let to = typed::To { display_name: None, uri: target.clone(), params: Vec::new() };
    let mut request = stack.make_request(Method::Invite, target, own.via(stack)?, from_header, to, 1, None);
    request.headers.extend(message::session_headers(&own.contact(from)));
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
    /// Its number.
    seq: u32,
    local: Local,
    leg: Leg,
}

impl Attempt {
    /// Finds the target, and by the way to it the address that we give.
    async fn new(shared: Shared, target: Uri, from: &str, media: LocalMedia) -> Result<Self, Error> {
        let (_, destination) = shared.stack.transport_layer.lookup(&SipAddr::try_from(&target)?, None).await?;
        let signalling = destination.get_socketaddr()?.ip();
        let own = shared.toward(signalling)?;
        let mut local = Local::new(own.rtp(media.rtp_port), shared.session_id());
        let request = request(&shared.stack, own, target, from, local.offer(), shared.timers())?;
        Ok(Self { shared, destination, signalling, own, contact: own.contact(from), request, seq: 1, local, leg: media.leg })
    }

    async fn run(mut self, mut cancel: oneshot::Receiver<()>) -> Answer {
        let mut tx = self.send().await?;
        let (mut ringing, mut unwanted) = (false, false);
        loop {
            let message = tokio::select! {
                message = tx.receive() => message,
                _ = &mut cancel, if !unwanted => {
                    unwanted = true;
                    self.cancel_if(ringing);
                    continue;
                }
            };
            let Some(response) = message.map(response) else { return Err(Error::Refused { status: 408 }) };
            let Some(response) = response else { continue };
            match response.status_code.kind() {
                StatusCodeKind::Provisional => {
                    self.cancel_if(unwanted && !ringing);
                    ringing = true;
                }
                StatusCodeKind::Successful => return self.up(&response, unwanted),
                StatusCodeKind::RequestFailure if !unwanted && self.lengthen(&response)? => {
                    (tx, ringing) = (self.send().await?, false);
                }
                StatusCodeKind::Redirection
                | StatusCodeKind::RequestFailure
                | StatusCodeKind::ServerFailure
                | StatusCodeKind::GlobalFailure
                | StatusCodeKind::Other => return Err(refused(response.status_code.code(), unwanted)),
            }
        }
    }

    async fn send(&self) -> Result<Transaction, Error> {
        let key = TransactionKey::from_request(&self.request, TransactionRole::Client)?;
        let mut tx = Transaction::new_client(key, self.request.clone(), self.shared.stack.clone(), None);
        tx.destination = Some(self.destination.clone());
        tx.send().await?;
        Ok(tx)
    }

    /// Makes the INVITE one for a longer session, when that is what this refusal wants: the next of the same call (RFC 4028, section 7.3). Once is enough; who wants more each time wants no call.
    ///
    /// # Errors
    /// [`Error::Stack`].
    fn lengthen(&mut self, refusal: &Response) -> Result<bool, Error> {
        let Some(min_s) = session_timer::wanted(refusal).filter(|_| self.seq == 1 && refusal.status_code.code() == 422) else {
            return Ok(false);
        };
        self.seq += 1;
        let headers = &mut self.request.headers;
        headers.retain(|header| !matches!(header, Header::SessionExpires(_) | Header::MinSE(_)));
        headers.unique_push(Header::Via(self.own.via(&self.shared.stack)?.into()));
        headers.unique_push(Header::CSeq(typed::CSeq { seq: self.seq, method: Method::Invite }.into()));
        headers.extend(self.shared.timers().offer(min_s));
        Ok(true)
    }

    /// CANCEL is a transaction of its own, with the INVITE's branch (RFC 3261, section 9.1).
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
        cancel.headers.push(Header::CSeq(typed::CSeq { seq: self.seq, method: Method::Cancel }.into()));
        tokio::spawn(message::request(self.shared.stack.clone(), cancel));
    }

    /// The stack has sent the ACK already.
    fn up(self, answer: &Response, unwanted: bool) -> Answer {
        let Self { shared, signalling, own, contact, request, local, leg, .. } = self;
        let peer = Peer::of_response(&request, answer, contact).ok_or_else(|| Error::Stack("2xx without a usable Contact".to_owned()))?;
        let id = DialogId::try_from((answer, TransactionRole::Client))?;
        let text = body::description(&answer.headers, &answer.body).ok().flatten().unwrap_or_default();
        let session = Remote::parse(text).map(|remote| remote.session(signalling));
        let slot = shared.registry.admit(usize::MAX).ok_or(Error::Cancelled)?;
        let (entry, requests) = shared.registry.enter(id, slot);
        let policy = shared.timers();
        let timer = (policy, Agreed::of_response(answer, policy));
        let start = Start { stack: shared.stack, peer, leg, signalling, own, local, entry, requests, timer };
        match session {
            Ok(session) if !unwanted => Ok((dialog::established(start, session), session)),
            Ok(_) => Err(dialog::unwanted(start, Error::Cancelled)),
            Err(_) => Err(dialog::unwanted(start, Error::Media)),
        }
    }
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
