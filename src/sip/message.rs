//! Headers we write and read, responses, and requests of our own to their final response.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rsipstack::sip::{Header, Headers, HeadersExt, Method, Request, Response, SipMessage, StatusCode, StatusCodeKind, typed};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipAddr;

use super::address::Address;
use super::digest::Credentials;
use super::sdp::Refusal;
use super::session_timer::TIMER;
use super::transport::Way;

/// The methods that we answer.
pub(super) const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE";
/// The one kind of session description.
pub(super) const SDP: &str = "application/sdp";
/// Option tags that a request may require. We send no provisional response but 100, so 100rel asks nothing of us (RFC 3262, section 3).
const REQUIRE: [&str; 2] = ["100rel", TIMER];
/// What a 488 says of the cause (RFC 3261, section 20.43).
const NO_STREAM: &str = "305 dauys \"no audio stream that we could take\"";

/// A request of ours that is challenged again and again is sent so often.
pub(super) const TRIES_MAX: u32 = 4;

/// A final response other than 2xx.
#[derive(Debug)]
pub(super) struct Rejection {
    pub(super) status: u16,
    pub(super) headers: Vec<Header>,
}

impl Rejection {
    pub(super) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new() }
    }

    pub(super) fn with(status: u16, header: Header) -> Self {
        Self { status, headers: vec![header] }
    }

    /// 405: a method that we know and do not do here.
    pub(super) fn method() -> Self {
        Self::with(405, allow())
    }

    /// 415: a body that we do not read.
    pub(super) fn media_type(accepted: &str) -> Self {
        Self::with(415, Header::Accept(accepted.into()))
    }

    /// 503: not now.
    pub(super) fn busy(retry_after_s: u32) -> Self {
        Self::with(503, retry_after(retry_after_s))
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed => Self::new(400),
            Refusal::NotAcceptable => Self::with(488, Header::Warning(NO_STREAM.into())),
        }
    }
}

pub(super) fn allow() -> Header {
    Header::Allow(ALLOW.into())
}

/// The option tags that we support.
pub(super) fn supported() -> Header {
    Header::Supported(TIMER.into())
}

pub(super) fn retry_after(seconds: u32) -> Header {
    Header::RetryAfter(seconds.to_string().into())
}

pub(super) fn content_type(kind: &str) -> Header {
    Header::ContentType(kind.into())
}

/// What every 2xx to an INVITE or UPDATE carries.
pub(super) fn session_headers(contact: &Header) -> Vec<Header> {
    vec![contact.clone(), allow(), supported()]
}

/// # Errors
/// 420 naming the required option tags that we do not know (RFC 3261, section 8.2.2.3).
pub(super) fn check_required(request: &Request) -> Result<(), Rejection> {
    let required = request.headers.iter().filter_map(|header| match header {
        Header::Require(tags) => Some(tags.value()),
        _ => None,
    });
    let unknown: Vec<_> = required.flat_map(listed).filter(|tag| !REQUIRE.iter().any(|known| known.eq_ignore_ascii_case(tag))).collect();
    if unknown.is_empty() { Ok(()) } else { Err(Rejection::with(420, Header::Unsupported(unknown.join(", ").into()))) }
}

/// Whether the peer knows this option.
pub(super) fn supports(headers: &Headers, option: &str) -> bool {
    let mut said = headers.iter().filter_map(|header| match header {
        Header::Supported(tags) => Some(tags.value()),
        Header::Require(tags) => Some(tags.value()),
        _ => None,
    });
    said.any(|tags| listed(tags).any(|tag| tag.eq_ignore_ascii_case(option)))
}

/// Whether the peer takes requests of this method; `None` when it does not say.
pub(super) fn allows(headers: &Headers, method: Method) -> Option<bool> {
    let said = headers.iter().filter_map(|header| match header {
        Header::Allow(methods) => Some(methods.value()),
        _ => None,
    });
    let mut said = said.peekable();
    said.peek()?;
    Some(said.any(|methods| listed(methods).any(|name| name.parse() == Ok(method))))
}

/// The seconds of a Retry-After (RFC 3261, section 20.33).
pub(super) fn retry_after_of(headers: &Headers) -> Option<u32> {
    let said = headers.iter().find_map(|header| match header {
        Header::RetryAfter(value) => Some(value.value()),
        _ => None,
    });
    said?.split([';', '(']).next()?.trim().parse().ok()
}

fn listed(values: &str) -> impl Iterator<Item = &str> {
    values.split(',').map(str::trim).filter(|value| !value.is_empty())
}

/// The pieces between the separators that stand outside quotes.
pub(super) fn split_quoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let outside = !quoted && c == separator;
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        outside
    })
}

pub(super) fn has_to_tag(request: &Request) -> bool {
    request.to_header().and_then(|to| to.tag()).is_ok_and(|tag| tag.is_some())
}

/// A final response; one that cannot be sent is the network's loss, and the peer will ask again.
pub(super) async fn respond(tx: &mut Transaction, status: u16, headers: Vec<Header>, body: Option<String>) {
    let sent = tx.reply_with(StatusCode::from(status), headers, body.map(String::into_bytes)).await;
    if let Err(error) = sent {
        tracing::debug!(status, %error, "response not sent");
    }
}

/// A rejection; that of an INVITE is repeated until its ACK comes (RFC 3261, section 17.2.1). Nobody waits for it: a peer that reads nothing from its connection would hold them up.
pub(super) fn reject(mut tx: Transaction, Rejection { status, headers }: Rejection) {
    tokio::spawn(async move {
        respond(&mut tx, status, headers, None).await;
        if tx.original.method == Method::Invite {
            acknowledged(tx).await;
        }
    });
}

/// Drives an answered INVITE to its ACK; `None` when none came in 64*T1.
pub(super) async fn acknowledged(mut tx: Transaction) -> Option<Request> {
    while let Some(message) = tx.receive().await {
        match message {
            SipMessage::Request(request) if request.method == Method::Ack => return Some(request),
            SipMessage::Request(_) | SipMessage::Response(_) => {}
        }
    }
    None
}

/// The CSeq numbers of our requests in one dialog or to one registrar. Clones count together: while a request is challenged and sent again, another may go out.
#[derive(Clone, Debug)]
pub(super) struct Sequence(Arc<AtomicU32>);

impl Sequence {
    /// Goes on behind this number.
    pub(super) fn after(last: u32) -> Self {
        Self(Arc::new(AtomicU32::new(last)))
    }

    /// A number that no request has had.
    pub(super) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }
}

/// Sends a request of ours and answers the challenges that it meets; its final response, `None` when it could not be sent or had none.
/// Each try finds its way anew, that of its call if it has one, and has a branch and, from the sequence, a CSeq of its own (RFC 3261, section 22.2). `ack` is that of an INVITE, see [`exchange`].
pub(super) async fn ask(
    stack: &EndpointInnerRef,
    own: Address,
    request: &mut Request,
    way: Option<&Way>,
    ack: Option<&Request>,
    credentials: &mut Credentials,
    sequence: &Sequence,
) -> Option<Response> {
    credentials.begin();
    let mut tries = 1;
    loop {
        credentials.sign(request);
        let seq = request.cseq_header().ok()?.seq().ok()?;
        let ack = ack.map(|ack| numbered(ack, seq));
        let destination = match way {
            Some(way) => Some(way.to(request).await.inspect_err(|error| tracing::debug!(%error, "no way for a request")).ok()?),
            None => None,
        };
        let response = exchange(stack.clone(), request.clone(), destination, ack).await?;
        if tries == TRIES_MAX || !credentials.challenged(&response) {
            return Some(response);
        }
        tries += 1;
        again(request, own.via(stack).ok()?, sequence.next());
    }
}

/// Makes the request another try of itself, with this CSeq.
pub(super) fn again(request: &mut Request, via: typed::Via, seq: u32) {
    for header in request.headers.iter_mut() {
        match header {
            Header::Via(_) => *header = Header::Via(via.clone().into()),
            Header::CSeq(_) => *header = Header::CSeq(typed::CSeq { seq, method: request.method }.into()),
            _ => {}
        }
    }
}

/// The same under another CSeq.
fn numbered(request: &Request, seq: u32) -> Request {
    let mut request = request.clone();
    request.headers.unique_push(Header::CSeq(typed::CSeq { seq, method: request.method }.into()));
    request
}

/// Sends a request of ours; its final response, a 408 of the stack's own when none came in time, `None` when it could not be sent.
/// The stack acknowledges a 2xx to an INVITE at its Contact; one without a Contact gets `ack`, each time that it comes.
pub(super) async fn exchange(
    stack: EndpointInnerRef,
    request: Request,
    destination: Option<SipAddr>,
    ack: Option<Request>,
) -> Option<Response> {
    let key = TransactionKey::from_request(&request, TransactionRole::Client).ok()?;
    let mut tx = Transaction::new_client(key, request, stack, None);
    tx.destination = destination;
    tx.send().await.ok()?;
    while let Some(message) = tx.receive().await {
        match message {
            SipMessage::Response(response) if response.status_code.kind() != StatusCodeKind::Provisional => {
                let succeeded = response.status_code.kind() == StatusCodeKind::Successful;
                if let Some(ack) = ack.filter(|_| succeeded && response.contact_header().is_err()) {
                    acknowledge(&mut tx, ack).await;
                }
                return Some(response);
            }
            SipMessage::Request(_) | SipMessage::Response(_) => {}
        }
    }
    None
}

async fn acknowledge(tx: &mut Transaction, ack: Request) {
    tx.last_ack = Some(ack);
    let connection = tx.connection.clone();
    if let Err(error) = tx.send_ack(connection).await {
        tracing::debug!(%error, "ACK not sent");
    }
}
