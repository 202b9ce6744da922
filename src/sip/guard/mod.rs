//! What every message passes before the stack sees it: [`judge`] reads its head and lets it pass in a normal form, answers it, or drops it.
//!
//! It is pure: no socket, no clock, no state about a sender. It never answers an ACK or a response, and an answer of it is a copy of headers of the request with a status line and a few fixed headers.
//!
//! What it takes beyond the letter of RFC 3261: a bare LF ends a line, Max-Forwards may be missing, and Max-Forwards 0 is as good as any, since the request has arrived.

mod answer;
mod grammar;
mod head;
mod rate;

use std::net::SocketAddr;

use rsipstack::sip::{Method, Request, SipMessage};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};

use grammar::{Scheme, Via};
use head::{Head, Name, Start};

pub(super) use head::{Framing, frame};
pub(super) use rate::{Class, Grant, Rates};

/// The longest message that is read, in bytes.
pub(super) const MESSAGE_MAX: usize = 32 * 1024;
/// The longest body that is read, in bytes; more is 413.
pub(super) const BODY_MAX: usize = 16 * 1024;

/// What a message came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// Whole in one datagram.
    Udp,
    /// From a stream, cut out of it by its Content-Length.
    Tcp,
}

/// What becomes of a message.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The stack may have it.
    Pass(Box<SipMessage>),
    /// The sender is told what is wrong with it.
    Answer {
        /// The status.
        status: u16,
        /// The whole response.
        response: Vec<u8>,
        /// Where the response goes (RFC 3261, section 18.2.2; RFC 3581).
        to: SocketAddr,
        /// What is wrong, for a log.
        why: &'static str,
    },
    /// Nobody hears of it; the reason, for a log.
    Drop(&'static str),
}

/// What is wrong with a request, and the status that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fault {
    status: u16,
    why: &'static str,
}

impl Fault {
    const fn new(status: u16, why: &'static str) -> Self {
        Self { status, why }
    }

    const fn bad(why: &'static str) -> Self {
        Self::new(400, why)
    }
}

/// Judges one message from `from`.
pub(super) fn judge(message: &[u8], from: SocketAddr, wire: Wire) -> Verdict {
    let Some(head) = Head::read(message) else { return Verdict::Drop("not SIP") };
    match head.start {
        Start::Response => judge_response(&head, wire),
        Start::Request { method, uri, version } => judge_request(&head, Line { method, uri, version }, from, wire),
    }
}

/// How a request counts against its sender's rate; `None` for what is never answered. A tag alone proves nothing: `is_known` says whether a request is of a dialog that there is.
pub(super) fn class(verdict: &Verdict, is_known: impl Fn(&Request) -> bool) -> Option<Class> {
    match verdict {
        Verdict::Pass(message) => match message.as_ref() {
            SipMessage::Request(request) if request.method == Method::Ack => None,
            SipMessage::Request(request) if is_known(request) => Some(Class::Within),
            SipMessage::Request(_) => Some(Class::Outside),
            SipMessage::Response(_) => None,
        },
        Verdict::Answer { .. } => Some(Class::Outside),
        Verdict::Drop(_) => None,
    }
}

/// A 503 for a request that passed, made without state (RFC 3261, section 21.5.4).
pub(super) fn busy(message: &[u8], from: SocketAddr, retry_after_s: u32) -> Option<(Vec<u8>, SocketAddr)> {
    let head = Head::read(message)?;
    let via = Via::read(head.first(Name::Via)?)?;
    Some((answer::response(&head, &via, from, 503, Some(retry_after_s)), via.destination(from)))
}

struct Line<'m> {
    method: &'m str,
    uri: &'m str,
    version: &'m str,
}

fn judge_request(head: &Head, line: Line, from: SocketAddr, wire: Wire) -> Verdict {
    let Some(via) = head.first(Name::Via).and_then(Via::read) else { return Verdict::Drop("no Via that an answer could follow") };
    match checked(head, &line, &via, wire).and_then(|()| passed(head, &line, &via, from)) {
        Ok(message) => Verdict::Pass(Box::new(message)),
        Err(Fault { why, .. }) if line.method == "ACK" => Verdict::Drop(why),
        Err(Fault { status, why }) => {
            Verdict::Answer { status, response: answer::response(head, &via, from, status, None), to: via.destination(from), why }
        }
    }
}

/// Everything that can be said of a request by its head, the version first: another version may have another grammar.
fn checked(head: &Head, line: &Line, via: &Via, wire: Wire) -> Result<(), Fault> {
    version(line.version)?;
    if let Some(fault) = head.fault {
        return Err(fault);
    }
    via.check()?;
    counted(head)?;
    length(head, wire)?;
    cseq(head, line.method)?;
    if !known(line.method) {
        return Err(Fault::new(501, "unknown method"));
    }
    request_uri(line.uri)?;
    names(head)?;
    if line.method != "ACK" && line.method != "CANCEL" {
        contacts(head)?;
    }
    max_forwards(head)
}

fn version(version: &str) -> Result<(), Fault> {
    let digits = version.get(4..).and_then(|digits| digits.split_once('.'));
    let number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits {
        Some(("2", "0")) => Ok(()),
        Some((major, minor)) if number(major) && number(minor) => Err(Fault::new(505, "another version of SIP")),
        Some(_) | None => Err(Fault::bad("a version that is no number")),
    }
}

/// Headers that must be there, and those that may be there once (RFC 3261, sections 7.3.1 and 8.1.1).
fn counted(head: &Head) -> Result<(), Fault> {
    const MANDATORY: [(Name, &str); 4] =
        [(Name::From, "no From"), (Name::To, "no To"), (Name::CallId, "no Call-ID"), (Name::CSeq, "no CSeq")];
    const SINGLE: [(Name, &str); 7] = [
        (Name::From, "two From"),
        (Name::To, "two To"),
        (Name::CallId, "two Call-ID"),
        (Name::CSeq, "two CSeq"),
        (Name::MaxForwards, "two Max-Forwards"),
        (Name::ContentLength, "two Content-Length"),
        (Name::ContentType, "two Content-Type"),
    ];
    for (name, why) in SINGLE {
        if head.count(name) > 1 {
            return Err(Fault::bad(why));
        }
    }
    for (name, why) in MANDATORY {
        if head.count(name) == 0 {
            return Err(Fault::bad(why));
        }
    }
    let call_id = head.first(Name::CallId).unwrap_or_default();
    if grammar::is_call_id(call_id) { Ok(()) } else { Err(Fault::bad("Call-ID is not word[@word]")) }
}

/// The length of the body, which a stream must say and a datagram may (RFC 3261, sections 18.3 and 20.14).
fn length(head: &Head, wire: Wire) -> Result<(), Fault> {
    let present = head.body.len();
    let said = head.content_length().map_err(|()| Fault::bad("Content-Length is no number"))?;
    match (said, wire) {
        (None, Wire::Tcp) => Err(Fault::bad("no Content-Length in a stream")),
        (Some(said), Wire::Tcp) if said > BODY_MAX => Err(Fault::new(413, "body too large")),
        (Some(said), Wire::Tcp) if said > present && said + head.length > MESSAGE_MAX => Err(Fault::new(513, "message too large")),
        (Some(said), Wire::Udp | Wire::Tcp) if said > present => Err(Fault::bad("the body is shorter than Content-Length")),
        (Some(_) | None, Wire::Udp | Wire::Tcp) if head.length > MESSAGE_MAX => Err(Fault::new(513, "message too large")),
        (said, Wire::Udp | Wire::Tcp) if said.unwrap_or(present) > BODY_MAX => Err(Fault::new(413, "body too large")),
        (Some(_) | None, Wire::Udp | Wire::Tcp) => Ok(()),
    }
}

fn cseq(head: &Head, method: &str) -> Result<(), Fault> {
    let value = head.first(Name::CSeq).unwrap_or_default();
    match grammar::cseq(value) {
        None => Err(Fault::bad("CSeq is no number below 2^31 with a method")),
        Some(named) if named != method => Err(Fault::bad("CSeq names another method")),
        Some(_) => Ok(()),
    }
}

/// Methods are compared to the letter (RFC 3261, section 7.1); the stack does not.
fn known(method: &str) -> bool {
    method.parse::<Method>().is_ok_and(|known| known.to_string() == method)
}

fn request_uri(uri: &str) -> Result<(), Fault> {
    match grammar::uri(uri) {
        Some(Scheme::Sip { headers: false } | Scheme::Tel) => Ok(()),
        Some(Scheme::Sip { headers: true }) => Err(Fault::bad("a Request-URI with headers")),
        Some(Scheme::Other) => Err(Fault::new(416, "unknown scheme")),
        None => Err(Fault::bad("Request-URI is no URI")),
    }
}

/// From and To, whose addresses may be of any scheme.
fn names(head: &Head) -> Result<(), Fault> {
    let from = head.first(Name::From).and_then(grammar::name_addr).ok_or(Fault::bad("From is no address"))?;
    let to = head.first(Name::To).and_then(grammar::name_addr).ok_or(Fault::bad("To is no address"))?;
    from.tag.ok_or(Fault::bad("From has no tag"))?;
    if [from.tag, to.tag].into_iter().flatten().any(str::is_empty) { Err(Fault::bad("an empty tag")) } else { Ok(()) }
}

/// What a dialog takes its target and route from.
fn contacts(head: &Head) -> Result<(), Fault> {
    let broken = |name| head.all(name).any(|value| !grammar::all_name_addrs(value));
    if head.all(Name::Contact).any(|value| value.trim() != "*" && !grammar::all_name_addrs(value)) {
        return Err(Fault::bad("Contact is no address"));
    }
    if broken(Name::Route) || broken(Name::RecordRoute) { Err(Fault::bad("a route is no address")) } else { Ok(()) }
}

fn max_forwards(head: &Head) -> Result<(), Fault> {
    let Some(value) = head.first(Name::MaxForwards) else { return Ok(()) };
    let number = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse::<u8>().ok()).flatten();
    number.map(|_| ()).ok_or(Fault::bad("Max-Forwards is no number up to 255"))
}

/// The normal form, read by the stack. What that cannot read, or find a transaction for, is refused here: it would drop it unanswered.
fn passed(head: &Head, line: &Line, via: &Via, from: SocketAddr) -> Result<SipMessage, Fault> {
    let start = format!("{} {} SIP/2.0", line.method, line.uri);
    let unread = Fault::bad("the stack cannot read it");
    let message = SipMessage::try_from(head.normal(&start, &via.stamped(from)).as_slice()).map_err(|_| unread)?;
    match &message {
        SipMessage::Request(request) if TransactionKey::from_request(request, TransactionRole::Server).is_ok() => Ok(message),
        SipMessage::Request(_) | SipMessage::Response(_) => Err(unread),
    }
}

/// A response passes when the stack can find its transaction.
fn judge_response(head: &Head, wire: Wire) -> Verdict {
    let Some(via) = head.first(Name::Via) else { return Verdict::Drop("a response without Via") };
    if head.fault.is_some() || counted(head).is_err() || length(head, wire).is_err() {
        return Verdict::Drop("a broken response");
    }
    match SipMessage::try_from(head.normal(head.line, via).as_slice()) {
        Ok(SipMessage::Response(response)) if TransactionKey::from_response(&response, TransactionRole::Client).is_ok() => {
            Verdict::Pass(Box::new(SipMessage::Response(response)))
        }
        Ok(_) | Err(_) => Verdict::Drop("a broken response"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str, extra: &str) -> Verdict {
        let method = line.split(' ').next().unwrap();
        let text = format!(
            "{line}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nv: SIP/2.0/UDP far\r\nFrom: <sip:b@h>;tag=b\r\nt: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\nSubject: private\r\n{extra}\r\n"
        );
        judge(text.as_bytes(), "192.0.2.1:4000".parse().unwrap(), Wire::Udp)
    }

    fn answer(verdict: Verdict) -> String {
        match verdict {
            Verdict::Answer { response, .. } => String::from_utf8(response).unwrap(),
            Verdict::Pass(_) | Verdict::Drop(_) => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn an_answer_repeats_what_it_must_and_is_the_same_each_time() {
        let text = answer(request("DANCE sip:a@h SIP/2.0", ""));
        let tag = text.split("<sip:a@h>;tag=").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
        let expected = format!(
            "SIP/2.0 501 Not Implemented\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1;received=192.0.2.1;rport=4000\r\nv: SIP/2.0/UDP far\r\nFrom: <sip:b@h>;tag=b\r\n\
             To: <sip:a@h>;tag={tag}\r\nCall-ID: c\r\nCSeq: 1 DANCE\r\nAllow: {}\r\nContent-Length: 0\r\n\r\n",
            crate::sip::message::ALLOW
        );
        assert_eq!(text, expected);
        assert_eq!(text, answer(request("DANCE sip:a@h SIP/2.0", "")));
        assert_ne!(text, answer(request("PRANCE sip:a@h SIP/2.0", "")));
    }

    /// A stack that overflows takes the whole process with it.
    #[test]
    fn no_message_is_too_deep_for_a_small_stack() {
        let judged = || {
            for run in ["\"\"", "\"", "<", "<>", ";", ";a=\"\"", ",", "<sip:a@h>,", "(", "\\", "%", "[", "@", ":", "=", " \t", "a.", "/"] {
                for name in
                    ["Via", "From", "To", "Contact", "Route", "Record-Route", "Call-ID", "CSeq", "Content-Type", "Accept", "Require"]
                {
                    let many = run.repeat(30_000 / run.len());
                    for value in [many.clone(), format!("<sip:a@h>;x={many}"), format!("SIP/2.0/UDP h;branch=z9hG4bKx;x={many}")] {
                        request("OPTIONS sip:a@h SIP/2.0", &format!("{name}: {value}\r\n"));
                        let text = format!(
                            "OPTIONS sip:a@h SIP/2.0\r\n{name}: {value}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:b@h>;tag=b\r\nTo: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
                        );
                        judge(text.as_bytes(), "192.0.2.1:4000".parse().unwrap(), Wire::Udp);
                    }
                }
            }
        };
        std::thread::Builder::new().stack_size(128 * 1024).spawn(judged).unwrap().join().unwrap();
    }

    #[test]
    fn an_ack_and_a_response_are_never_answered_whatever_is_wrong() {
        for extra in ["Call-ID: d\r\n", "rubbish\r\n", "Content-Length: 9\r\n", "Max-Forwards: x\r\n", "To: <\r\n"] {
            assert!(matches!(request("ACK sip:a@h SIP/2.0", extra), Verdict::Drop(_)), "{extra}");
            assert!(matches!(request("SIP/2.0 200 OK", extra), Verdict::Drop(_)), "{extra}");
            assert!(answer(request("BYE sip:a@h SIP/2.0", extra)).starts_with("SIP/2.0 400 "), "{extra}");
        }
    }
}
