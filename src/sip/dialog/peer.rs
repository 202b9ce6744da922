//! The far end of a dialog, and the requests that go to it (RFC 3261, section 12).
//!
//! It sends nothing.

use rsipstack::sip::{self, Header, Headers, HeadersExt, Method, Request, Response, Scheme, Uri, typed};

use super::super::message::Sequence;
use super::super::{identity, message};

/// The far end, and what requests to it need.
#[derive(Debug)]
pub(in crate::sip) struct Peer {
    call_id: sip::CallId,
    local: sip::From,
    remote: sip::To,
    /// Of our requests.
    pub(super) sequence: Sequence,
    remote_seq: Option<u32>,
    target: Uri,
    routes: Vec<Uri>,
    contact: Header,
    /// The Call-ID is ours: we called (RFC 3261, section 14.1).
    pub(super) owns_call_id: bool,
    /// It has said that it takes UPDATE (RFC 3311).
    pub(super) takes_update: bool,
}

impl Peer {
    /// From an INVITE that we answer, its To tagged; `contact` is ours (RFC 3261, section 12.1.1). `None` when a header that it takes is missing or broken.
    pub(in crate::sip) fn of_request(invite: &Request, contact: Header) -> Option<Self> {
        Some(Self {
            call_id: invite.call_id_header().ok()?.clone(),
            local: sip::From::new(invite.to_header().ok()?.value()),
            remote: sip::To::new(invite.from_header().ok()?.value()),
            sequence: Sequence::after(0),
            remote_seq: Some(invite.cseq_header().ok()?.seq().ok()?),
            target: contact_uri(&invite.headers)?,
            routes: record_routes(&invite.headers),
            contact,
            owns_call_id: false,
            takes_update: takes_update(&invite.headers).unwrap_or(false),
        })
    }

    /// From the 2xx to an INVITE of ours (RFC 3261, section 12.1.2).
    pub(in crate::sip) fn of_response(invite: &Request, answer: &Response, contact: Header) -> Option<Self> {
        let mut routes = record_routes(&answer.headers);
        routes.reverse();
        Some(Self {
            call_id: answer.call_id_header().ok()?.clone(),
            local: answer.from_header().ok()?.clone(),
            remote: answer.to_header().ok()?.clone(),
            sequence: Sequence::after(invite.cseq_header().ok()?.seq().ok()?),
            remote_seq: None,
            target: contact_uri(&answer.headers)?,
            routes,
            contact,
            owns_call_id: true,
            takes_update: takes_update(&answer.headers).unwrap_or(false),
        })
    }

    pub(super) fn call_id(&self) -> &str {
        self.call_id.value()
    }

    /// What every 2xx to an INVITE or UPDATE carries, and every INVITE or UPDATE of ours.
    pub(super) fn session_headers(&self) -> Vec<Header> {
        message::session_headers(&self.contact)
    }

    /// Takes what a message that refreshes the target says of the peer (RFC 3261, section 12.2): where it is, and what it takes.
    pub(super) fn refresh(&mut self, headers: &Headers) {
        if let Some(target) = contact_uri(headers) {
            self.target = target;
        }
        self.takes_update = takes_update(headers).unwrap_or(self.takes_update);
    }

    /// Where a request to it goes first (RFC 3261, section 12.2.1.1).
    pub(super) fn next(&self) -> &Uri {
        self.routes.first().unwrap_or(&self.target)
    }

    /// The next request within the dialog.
    pub(super) fn request(&self, method: Method, via: typed::Via, agent: &str) -> Request {
        self.numbered(self.sequence.next(), method, via, agent)
    }

    /// The ACK of the 2xx to an INVITE (RFC 3261, section 13.2.2.4), whose number who sends it knows: [`message::ask`].
    pub(super) fn ack(&self, via: typed::Via, agent: &str) -> Request {
        self.numbered(0, Method::Ack, via, agent)
    }

    fn numbered(&self, seq: u32, method: Method, via: typed::Via, agent: &str) -> Request {
        let mut headers = vec![
            Header::Via(via.into()),
            Header::MaxForwards(70.into()),
            Header::From(self.local.clone()),
            Header::To(self.remote.clone()),
            Header::CallId(self.call_id.clone()),
            Header::CSeq(typed::CSeq { seq, method }.into()),
            Header::UserAgent(agent.into()),
        ];
        headers.extend(self.routes.iter().map(|route| Header::Route(format!("<{route}>").into())));
        Request { method, uri: self.target.clone(), version: sip::Version::V2, headers: headers.into(), body: Vec::new() }
    }

    /// Whether a request is newer than those before it (RFC 3261, section 12.2.2).
    pub(super) fn advance(&mut self, request: &Request) -> bool {
        let Some(seq) = request.cseq_header().and_then(|cseq| cseq.seq()).ok() else { return false };
        let newer = self.remote_seq.is_none_or(|last| seq > last);
        if newer {
            self.remote_seq = Some(seq);
        }
        newer
    }
}

fn takes_update(headers: &Headers) -> Option<bool> {
    message::allows(headers, Method::Update)
}

/// The remote target: a SIP URI (RFC 3261, section 8.1.1.8).
pub(in crate::sip) fn contact_uri(headers: &Headers) -> Option<Uri> {
    let contact = headers.iter().find_map(|header| match header {
        Header::Contact(contact) => Some(contact.value()),
        _ => None,
    });
    let uri = typed::Contact::parse(contact?).ok().map(|contact| identity::whole(contact.uri));
    uri.filter(|uri| matches!(uri.scheme, Some(Scheme::Sip | Scheme::Sips)))
}

fn record_routes(headers: &Headers) -> Vec<Uri> {
    let values = headers.iter().filter_map(|header| match header {
        Header::RecordRoute(value) => Some(value.value()),
        _ => None,
    });
    let parsed = values.filter_map(|value| typed::RecordRoute::parse_header_list(value).ok());
    parsed.flatten().map(|route| identity::whole(route.uri)).collect()
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
    fn check(peer: Peer, from: &str, to: &str, seq: u32, routes: [&str; 3]) {
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
    fn a_contact_that_no_request_can_go_to_is_none() {
        for (value, expected) in [
            ("<sip:a@h>;q=1", Some("sip:a@h")),
            ("sip:a@h", Some("sip:a@h")),
            ("<sip:a@h>, <sip:b@h>", Some("sip:a@h")),
            ("*", None),
            ("<tel:+77010000000>", None),
            ("<http://h/>", None),
        ] {
            let headers = Headers::from(vec![Header::Contact(value.into())]);
            assert_eq!(contact_uri(&headers).map(|uri| uri.to_string()).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn without_a_contact_there_is_no_dialog() {
        let invite =
            Request::try_from("INVITE sip:b@h SIP/2.0\r\nFrom: <sip:a@h>;tag=a\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\r\n")
                .unwrap();
        assert!(Peer::of_request(&invite, contact()).is_none());
    }
}
