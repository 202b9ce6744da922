//! Who calls whom: numbers out of URIs, and how far the caller's number can be believed.
//!
//! Only a trusted trunk's P-Asserted-Identity makes a caller known (RFC 3325); From alone is a claim, and a claim opens nothing. It never logs a number.

use dauys_core::citizen::Phone;
use rsipstack::sip::{Auth, Header, HeadersExt, Request, Uri};

use super::message;
use crate::config::{Number, Sip};

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

/// The one of our numbers that the Request-URI names.
pub(super) fn called<'c>(config: &'c Sip, uri: &Uri) -> Option<&'c Number> {
    config.number(&user(uri)?)
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
    values.flat_map(|value| message::split_quoted(value, ',')).find_map(|value| phone(&address(value)?))
}

/// The URI of a name-addr or an addr-spec (RFC 3261, section 20.10). A display name is the caller's own to choose: a URI in its quotes is none.
fn address(value: &str) -> Option<Uri> {
    let mut pieces = message::split_quoted(value, '<');
    let bare = pieces.next()?;
    let inside = pieces.next().map_or(bare, |rest| rest.split('>').next().unwrap_or_default());
    Uri::try_from(inside.trim()).ok()
}

fn phone(uri: &Uri) -> Option<Phone> {
    Phone::parse(&user(uri)?).ok()
}

/// The same URI with parameters in its user part told from its own: the stack ends the user part at the first `;`, so that `sip:+7701;npdi@h` gets the host `+7701`.
pub(super) fn whole(uri: Uri) -> Uri {
    if uri.auth.is_some() {
        return uri;
    }
    let text = uri.to_string();
    let parts = text.rsplit_once('@').and_then(|(before, host)| Some((before.split_once(':')?, host)));
    let Some(((scheme, user), host)) = parts else { return uri };
    let auth = Some(Auth { user: user.to_owned(), password: None });
    Uri::try_from(format!("{scheme}:{host}")).map_or(uri, |rest| Uri { auth, ..rest })
}

/// The user part, unescaped and without its parameters; for `tel:` the number.
pub(super) fn user(uri: &Uri) -> Option<String> {
    let uri = whole(uri.clone());
    let raw = match uri.user() {
        Some(user) => user.to_owned(),
        None if is_tel(&uri) => uri.host().to_string(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_numbers_are_known_in_every_form() {
        let config = Sip::default();
        let cases = [
            ("sip:1414@h", Some("1414")),
            ("sip:%31414@h", Some("1414")),
            ("sip:1414;phone-context=+7@h;user=phone", Some("1414")),
            ("sip:1414;npdi@h:5070", Some("1414")),
            ("sip:14-14@h:5070", Some("1414")),
            ("tel:1414;phone-context=+7", Some("1414")),
            ("sip:+77172906984@h", Some("+77172906984")),
            ("sip:%2B77172906984@h", Some("+77172906984")),
            ("sip:87172906984@h", Some("+77172906984")),
            ("sip:8%207172%20906984@h", Some("+77172906984")),
            ("sip:77172906984@h;transport=udp", Some("+77172906984")),
            ("tel:+7-7172-906-984", Some("+77172906984")),
            ("sip:1415@h", None),
            ("sip:01414@h", None),
            ("sip:141@h", None),
            ("sip:1414%@h", None),
            ("sip:1414%zz@h", None),
            ("sip:%ff@h", None),
            ("sip:1414", None),
            ("sip:h", None),
        ];
        for (uri, expected) in cases {
            let found = Uri::try_from(uri).ok().and_then(|uri| called(&config, &uri).map(Number::as_str));
            assert_eq!(found, expected, "{uri}");
        }
    }

    #[test]
    fn only_a_trusted_trunk_makes_a_caller_known() {
        let phone = || Phone::parse("+77012340506").unwrap();
        let (trusted, claimed) = (Caller::Trusted { phone: phone() }, Caller::Claimed { phone: phone() });
        let from = "From: \"A\" <sip:87012340506@h>;tag=a";
        let other = "From: <sip:+77000000000@h>;tag=a";
        let cases: &[(&[&str], bool, Caller)] = &[
            (&[from], false, claimed.clone()),
            (&[from], true, claimed.clone()),
            (&["From: <sip:87012340506;phone-context=+7@h;user=phone>;tag=a"], true, claimed.clone()),
            (&["From: <tel:+77012340506>;tag=a"], true, claimed.clone()),
            (&["From: sip:+77012340506@h;tag=a"], true, claimed.clone()),
            (&[other, "P-Asserted-Identity: <sip:+77012340506@h;user=phone>"], true, trusted.clone()),
            (&[other, "P-Asserted-Identity: \"A, B\" <sip:77012340506@h>, <tel:+77012340506>"], true, trusted.clone()),
            (&[other, "P-Asserted-Identity: <sip:boss@h>", "P-Asserted-Identity: <tel:87012340506>"], true, trusted.clone()),
            (&[other, "P-Asserted-Identity: \"<sip:+77000000000@h>\" <sip:+77012340506@h>"], true, trusted.clone()),
            (&[from, "P-Asserted-Identity: \", <tel:+77000000000>, \" <sip:boss@h>"], true, claimed.clone()),
            (&[from, "P-Asserted-Identity: <sip:+77000000000@h>"], false, claimed.clone()),
            (&[from, "P-Preferred-Identity: <sip:+77000000000@h>"], true, claimed.clone()),
            (&[from, "P-Asserted-Identity: <sip:1414@h>"], true, claimed.clone()),
            (&[from, "P-Asserted-Identity: <sip:+77012340506@h>", "Privacy: id"], true, Caller::Withheld),
            (&[from, "Privacy: header;ID"], false, Caller::Withheld),
            (&[from, "Privacy: none"], false, claimed.clone()),
            (&["From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=a"], true, Caller::Withheld),
            (&["From: <sip:+77012340506@anonymous.invalid>;tag=a"], false, Caller::Withheld),
            (&["From: <sip:alice@h>;tag=a"], false, Caller::Withheld),
            (&["From: <sip:h>;tag=a"], false, Caller::Withheld),
            (&["From: ;;;"], false, Caller::Withheld),
        ];
        for (headers, trust, expected) in cases {
            let text = format!("INVITE sip:1414@h SIP/2.0\r\n{}\r\n\r\n", headers.join("\r\n"));
            let invite = Request::try_from(text.as_str()).unwrap();
            assert_eq!(caller(&invite, *trust), *expected, "{headers:?} trusted: {trust}");
        }
    }

    #[test]
    fn a_uri_keeps_its_host_behind_parameters_of_the_user() {
        for (text, host) in
            [("sip:1414;npdi@192.0.2.1:5070;lr", "192.0.2.1"), ("sip:1414@192.0.2.1;lr", "192.0.2.1"), ("sip:192.0.2.1;lr", "192.0.2.1")]
        {
            let uri = whole(Uri::try_from(text).unwrap());
            assert_eq!((uri.host().to_string().as_str(), uri.to_string().as_str()), (host, text));
        }
    }

    #[test]
    fn debug_of_a_caller_hides_the_number() {
        let caller = Caller::Trusted { phone: Phone::parse("+77012340506").unwrap() };
        assert!(!format!("{caller:?}").contains("7701234"));
    }
}
