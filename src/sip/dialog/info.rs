//! Keys that come in INFO, in the two ways that there are.

use dauys_core::key::Key;
use rsipstack::sip::{Header, Request};

use super::super::body;
use super::super::message::Rejection;

/// Bodies of INFO that we read as keys.
const KEY_BODIES: &str = "application/dtmf-relay, application/dtmf";
/// Names the package of an INFO; we receive none.
const PACKAGE: &str = "Info-Package";

/// The key of an INFO; `None` without a body, which some peers send as a sign of life.
///
/// # Errors
/// 469 for an INFO of a package (RFC 6086, section 4.2.2), 415 for other bodies, 400 for a body without a key.
pub(in crate::sip) fn pressed(info: &Request) -> Result<Option<Key>, Rejection> {
    if info.headers.iter().any(|header| header.name().eq_ignore_ascii_case(PACKAGE)) {
        return Err(Rejection::with(469, Header::Other("Recv-Info".to_owned(), String::new())));
    }
    let Some(kind) = body::kind(&info.headers, &info.body) else { return Ok(None) };
    body::check_encoding(&info.headers)?;
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
