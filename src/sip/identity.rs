//! Who calls whom: numbers out of URIs, and how far the caller's number can be believed.
//!
//! Only a trusted trunk's P-Asserted-Identity makes a caller known (RFC 3325); From alone is a claim, and a claim opens nothing. It never logs a number.

use dauys_core::citizen::Phone;
use rsipstack::sip::{Header, HeadersExt, Request, Uri};

/// Who calls, and how far that may be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Asserted by a trunk that we trust.
    Trusted {
        /// The number.
        phone: Phone,
    },
    /// Written by the caller itself: no memory of the language and no status by number for it.
    Claimed {
        /// The number.
        phone: Phone,
    },
    /// Withheld, or no telephone number at all.
    Withheld,
}

/// A number that the robot answers, in whatever form it is dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    text: String,
    dialled: Dialled,
}

impl Number {
    /// As an operator writes it: `1414`, `+77172906984`, `8 7172 906984`.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), dialled: Dialled::parse(text) }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// What was dialled, in a form that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Dialled {
    Subscriber(Phone),
    /// A short code, or a name.
    Code(String),
}

impl Dialled {
    fn parse(text: &str) -> Self {
        match Phone::parse(text) {
            Ok(phone) => Self::Subscriber(phone),
            Err(_) => Self::Code(code(text)),
        }
    }
}

/// Without the visual separators of RFC 3966.
fn code(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect()
}

/// The one of our numbers that the Request-URI names.
pub(super) fn called<'n>(numbers: &'n [Number], uri: &Uri) -> Option<&'n Number> {
    let dialled = Dialled::parse(&user(uri)?);
    numbers.iter().find(|number| number.dialled == dialled)
}

/// Who sends this INVITE; `trusted` says whether its trunk's assertions count.
pub(super) fn caller(invite: &Request, trusted: bool) -> Caller {
    if withheld(invite) {
        return Caller::Withheld;
    }
    if let Some(phone) = asserted(invite).filter(|_| trusted) {
        return Caller::Trusted { phone };
    }
    let from = invite.from_header().ok().and_then(|from| from.uri().ok());
    from.and_then(|uri| phone(&uri)).map_or(Caller::Withheld, |phone| Caller::Claimed { phone })
}

/// Privacy asked for (RFC 3323), or an anonymous From.
fn withheld(invite: &Request) -> bool {
    let asked = invite.privacy_header().is_some_and(|privacy| {
        let mut values = privacy.value().split([';', ',']).map(str::trim);
        values.any(|value| ["id", "user", "header"].iter().any(|kind| value.eq_ignore_ascii_case(kind)))
    });
    let from = invite.from_header().ok().and_then(|from| from.uri().ok());
    asked || from.is_some_and(|uri| anonymous(&uri))
}

fn anonymous(uri: &Uri) -> bool {
    let user = uri.user().is_some_and(|user| user.eq_ignore_ascii_case("anonymous"));
    user || uri.host().to_string().to_ascii_lowercase().ends_with("anonymous.invalid")
}

/// The first telephone number of P-Asserted-Identity, which may stand twice: `sip:` and `tel:`.
fn asserted(invite: &Request) -> Option<Phone> {
    let values = invite.headers.iter().filter_map(|header| match header {
        Header::PAssertedIdentity(value) => Some(value.value()),
        _ => None,
    });
    values.flat_map(|value| value.split(',')).find_map(|value| phone(&address(value)?))
}

/// The URI of a name-addr or an addr-spec (RFC 3261, section 20.10).
fn address(value: &str) -> Option<Uri> {
    let inside = value.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(value, |(uri, _)| uri);
    Uri::try_from(inside.trim()).ok()
}

fn phone(uri: &Uri) -> Option<Phone> {
    Phone::parse(&user(uri)?).ok()
}

/// The user part, unescaped and without its parameters; for `tel:` the number.
fn user(uri: &Uri) -> Option<String> {
    let raw = match uri.user() {
        Some(user) => user.to_owned(),
        None if is_tel(uri) => uri.host().to_string(),
        None => return None,
    };
    let bare = unescape(&raw)?;
    Some(bare.split(';').next().unwrap_or_default().to_owned())
}

fn is_tel(uri: &Uri) -> bool {
    uri.scheme.as_ref().is_some_and(|scheme| scheme.to_string().eq_ignore_ascii_case("tel"))
}

/// `%31%34` is `14` (RFC 3261, section 19.1.2); `None` for a broken escape.
fn unescape(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(piece.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
