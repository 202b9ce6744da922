//! A response made of the request alone, without state (RFC 3261, section 8.2.7): the same request gets the same answer.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;

use super::grammar::{self, Via};
use super::head::{Head, Name};
use crate::sip::message::ALLOW;

/// The whole response: the headers that a response repeats (RFC 3261, section 8.2.6.2), once each but for Via, and what the status wants.
pub(super) fn response(head: &Head, via: &Via, from: SocketAddr, status: u16, retry_after_s: Option<u32>) -> Vec<u8> {
    let mut text = format!("SIP/2.0 {status} {}\r\nVia: {}\r\n", reason(status), via.stamped(from));
    // Under the name that they came by: the response may not grow with them.
    for field in head.fields.iter().filter(|field| field.name == Name::Via).skip(1) {
        text.extend([&field.written, ": ", &field.value, "\r\n"]);
    }
    for (name, written) in [(Name::From, "From"), (Name::To, "To"), (Name::CallId, "Call-ID"), (Name::CSeq, "CSeq")] {
        let Some(value) = head.first(name) else { continue };
        text.extend([written, ": ", value]);
        if name == Name::To && !has_tag(value) {
            text.push_str(&format!(";tag={}", tag(head)));
        }
        text.push_str("\r\n");
    }
    if status == 501 {
        text.push_str(&format!("Allow: {ALLOW}\r\n"));
    }
    if let Some(seconds) = retry_after_s {
        text.push_str(&format!("Retry-After: {seconds}\r\n"));
    }
    text.push_str("Content-Length: 0\r\n\r\n");
    text.into_bytes()
}

fn has_tag(to: &str) -> bool {
    grammar::name_addr(to).map_or_else(|| to.to_ascii_lowercase().contains(";tag"), |to| to.tag.is_some())
}

/// The same for a request that is sent again.
fn tag(head: &Head) -> String {
    let mut hasher = DefaultHasher::new();
    for name in [Name::Via, Name::From, Name::CallId, Name::CSeq] {
        head.first(name).hash(&mut hasher);
    }
    format!("g{:016x}", hasher.finish())
}

fn reason(status: u16) -> &'static str {
    match status {
        413 => "Request Entity Too Large",
        416 => "Unsupported URI Scheme",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        _ => "Bad Request",
    }
}
