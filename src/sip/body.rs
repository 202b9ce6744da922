//! Bodies: which part of a message is the session description, and what of it we cannot read (RFC 3261, section 8.2.3; RFC 5621).
//!
//! It finds parts and never looks into a description.

use rsipstack::sip::{Header, Headers};

use super::message::{self, Rejection, SDP};

/// Parts of one multipart body that are looked at.
const PARTS_MAX: usize = 16;
/// Multiparts within multiparts.
const DEPTH_MAX: usize = 3;

/// The SDP of a message: `None` without a body, or with none but such as may be ignored.
///
/// # Errors
/// 415 when the body is something else, or has an encoding that we do not know; 400 for a multipart without its boundary.
pub(super) fn description<'b>(headers: &Headers, body: &'b [u8]) -> Result<Option<&'b [u8]>, Rejection> {
    if body.is_empty() {
        return Ok(None);
    }
    check_encoding(headers)?;
    let part = Part { kind: content_type(headers).to_owned(), disposition: disposition(headers), body };
    match part.description(DEPTH_MAX)? {
        Found::Description(body) => Ok(Some(body)),
        Found::Ignored => Ok(None),
        Found::Unknown => Err(Rejection::media_type(SDP)),
    }
}

/// The body's media type in small letters, without parameters; `None` without a body.
pub(super) fn kind(headers: &Headers, body: &[u8]) -> Option<String> {
    (!body.is_empty()).then(|| main(content_type(headers)))
}

/// # Errors
/// 415 with Accept-Encoding: nothing that is compressed is read.
pub(super) fn check_encoding(headers: &Headers) -> Result<(), Rejection> {
    let encodings = headers.iter().filter_map(|header| match header {
        Header::ContentEncoding(value) => Some(value.value()),
        _ => None,
    });
    let plain = encodings.flat_map(|value| value.split(',')).all(|encoding| encoding.trim().eq_ignore_ascii_case("identity"));
    if plain { Ok(()) } else { Err(Rejection::with(415, Header::AcceptEncoding("identity".into()))) }
}

/// # Errors
/// 406 when the peer says what it takes, and session descriptions are not among it (RFC 3261, section 20.1).
pub(super) fn check_accepts_sdp(headers: &Headers) -> Result<(), Rejection> {
    let said = headers.iter().filter_map(|header| match header {
        Header::Accept(ranges) => Some(ranges.value()),
        _ => None,
    });
    let mut said = said.peekable();
    if said.peek().is_none() || said.any(|ranges| ranges.split(',').any(takes_sdp)) { Ok(()) } else { Err(Rejection::new(406)) }
}

fn takes_sdp(range: &str) -> bool {
    let refused = parameter(range, "q").is_some_and(|q| q.parse() == Ok(0.0));
    !refused && [SDP, "application/*", "*/*"].contains(&main(range).as_str())
}

/// A body or a part of one.
struct Part<'b> {
    kind: String,
    disposition: String,
    body: &'b [u8],
}

/// What a part is to us.
enum Found<'b> {
    Description(&'b [u8]),
    /// Nothing, and it may be left aside.
    Ignored,
    /// Nothing, and it may not.
    Unknown,
}

impl<'b> Part<'b> {
    fn description(&self, depth: usize) -> Result<Found<'b>, Rejection> {
        let kind = main(&self.kind);
        let ours = ["", "session"].contains(&main(&self.disposition).as_str());
        if kind == SDP && ours {
            return Ok(Found::Description(self.body));
        }
        if kind.starts_with("multipart/") && depth > 0 {
            return self.within(depth - 1);
        }
        let optional = parameter(&self.disposition, "handling").is_some_and(|handling| handling.eq_ignore_ascii_case("optional"));
        Ok(if optional { Found::Ignored } else { Found::Unknown })
    }

    /// The first description among the parts. Beside one, a part counts only when it says itself that it is required: gateways add theirs without saying anything.
    fn within(&self, depth: usize) -> Result<Found<'b>, Rejection> {
        let boundary = parameter(&self.kind, "boundary").filter(|boundary| !boundary.is_empty()).ok_or_else(|| Rejection::new(400))?;
        let (mut found, mut all_ignored) = (None, true);
        for part in parts(self.body, &boundary) {
            match part.description(depth)? {
                Found::Description(body) => found = found.or(Some(body)),
                Found::Ignored => {}
                Found::Unknown if part.is_required() => return Ok(Found::Unknown),
                Found::Unknown => all_ignored = false,
            }
        }
        Ok(match found {
            Some(body) => Found::Description(body),
            None if all_ignored => Found::Ignored,
            None => Found::Unknown,
        })
    }

    fn is_required(&self) -> bool {
        parameter(&self.disposition, "handling").is_some_and(|handling| handling.eq_ignore_ascii_case("required"))
    }

    /// A part of a multipart: its headers, an empty line, its body.
    fn parse(text: &'b [u8]) -> Self {
        let (head, body) = match (find(text, b"\r\n\r\n"), text.strip_prefix(b"\r\n")) {
            (_, Some(body)) => (&[][..], body),
            (Some(end), None) => (&text[..end], &text[end + 4..]),
            (None, None) => (text, &[][..]),
        };
        let head = String::from_utf8_lossy(head);
        let line = |names: [&str; 2]| {
            let lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
            let found = { lines }.find(|(name, _)| names.iter().any(|wanted| name.trim().eq_ignore_ascii_case(wanted)));
            found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let encoded = !["", "7bit", "8bit", "binary"].contains(&line(["content-transfer-encoding"; 2]).to_ascii_lowercase().as_str());
        // What would have to be decoded first is of no kind that we know.
        let kind = if encoded { String::new() } else { line(["content-type", "c"]) };
        Self { kind, disposition: line(["content-disposition"; 2]), body }
    }
}

/// The parts between the boundaries (RFC 2046, section 5.1.1).
fn parts<'b>(body: &'b [u8], boundary: &str) -> Vec<Part<'b>> {
    let delimiter = format!("--{boundary}");
    let mut found = Vec::new();
    let mut rest = match body.strip_prefix(delimiter.as_bytes()) {
        Some(rest) => Some(rest),
        None => after(body, &format!("\r\n{delimiter}")),
    };
    while let Some(text) = rest.filter(|text| !text.starts_with(b"--") && found.len() < PARTS_MAX) {
        let Some(start) = find(text, b"\r\n") else { break };
        let text = &text[start + 2..];
        let line = format!("\r\n{delimiter}");
        let end = find(text, line.as_bytes());
        found.push(Part::parse(&text[..end.unwrap_or(text.len())]));
        rest = end.map(|end| &text[end + line.len()..]);
    }
    found
}

fn after<'b>(body: &'b [u8], mark: &str) -> Option<&'b [u8]> {
    find(body, mark.as_bytes()).map(|at| &body[at + mark.len()..])
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn content_type(headers: &Headers) -> &str {
    let said = headers.iter().find_map(|header| match header {
        Header::ContentType(kind) => Some(kind.value()),
        _ => None,
    });
    said.unwrap_or_default()
}

fn disposition(headers: &Headers) -> String {
    let said = headers.iter().find_map(|header| match header {
        Header::ContentDisposition(value) => Some(value.value()),
        _ => None,
    });
    said.unwrap_or_default().to_owned()
}

/// What stands before the parameters, in small letters.
fn main(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The value of a parameter, without its quotes.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let pairs = message::split_quoted(value, ';').skip(1).filter_map(|pair| pair.split_once('='));
    let (_, found) = { pairs }.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))?;
    let found = found.trim();
    let quoted = found.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    Some(quoted.unwrap_or(found).to_owned())
}

#[cfg(test)]
mod tests {
    use rsipstack::sip::Request;

    use super::*;

    /// Of a request with these headers, `|` between them, and this body: the description, `none`, or the status of the rejection.
    fn found(headers: &str, body: &str) -> String {
        let headers: String = headers.split('|').filter(|header| !header.is_empty()).map(|header| format!("{header}\r\n")).collect();
        let text = format!("INVITE sip:a@h SIP/2.0\r\nCall-ID: c\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
        let request = Request::try_from(text.as_str()).unwrap();
        match description(&request.headers, &request.body) {
            Ok(found) => found.map_or("none".to_owned(), |body| String::from_utf8_lossy(body).into_owned()),
            Err(rejection) => rejection.status.to_string(),
        }
    }

    #[test]
    fn the_description_is_found_in_whatever_it_is_wrapped() {
        let part = |headers: &str, body: &str| format!("--b\r\n{headers}\r\n\r\n{body}\r\n");
        let sdp = part("Content-Type: application/sdp", "v=0");
        let isup = part("Content-Type: application/ISUP;version=x\r\nContent-Disposition: signal;handling=optional", "\u{1}");
        let plain = part("Content-Type: text/plain", "hi");
        let strict = part("content-type: text/plain\r\nContent-Disposition: render; handling=required", "hi");
        let inner = part("Content-Type: multipart/alternative; boundary=i", "--i\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--i--");
        let base64 = part("Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64", "dj0w");
        let early = part("Content-Type: application/sdp\r\nContent-Disposition: early-session", "v=1");
        let mixed = "Content-Type: multipart/mixed;boundary=b";
        let cases = [
            ("", String::new(), "none"),
            ("Content-Type: application/sdp", "v=0".into(), "v=0"),
            ("Content-Type: application/SDP ; charset=utf-8", "v=0".into(), "v=0"),
            ("Content-Type: application/sdp|Content-Disposition: session;handling=optional", "v=0".into(), "v=0"),
            ("Content-Type: application/sdp|Content-Disposition: render", "v=0".into(), "415"),
            ("Content-Type: application/sdp|Content-Encoding: gzip", "v=0".into(), "415"),
            ("Content-Type: application/sdp|Content-Encoding: identity", "v=0".into(), "v=0"),
            ("Content-Type: text/plain", "hi".into(), "415"),
            ("Content-Type: text/plain|Content-Disposition: render;handling=optional", "hi".into(), "none"),
            ("", "hi".into(), "415"),
            (mixed, sdp.clone() + "--b--", "v=0"),
            ("Content-Type: multipart/mixed; boundary=\"b\"", sdp.clone() + "--b--\r\n", "v=0"),
            ("Content-Type: multipart/mixed; x=\"a;boundary=c\"; boundary=b", sdp.clone() + "--b--", "v=0"),
            (mixed, format!("a preamble\r\n{sdp}--b--"), "v=0"),
            (mixed, isup.clone() + &sdp + "--b--", "v=0"),
            (mixed, sdp.clone() + &plain + "--b--", "v=0"),
            (mixed, sdp.clone() + &strict + "--b--", "415"),
            (mixed, inner + "--b--", "v=0"),
            (mixed, plain.clone() + "--b--", "415"),
            (mixed, isup + "--b--", "none"),
            (mixed, base64 + "--b--", "415"),
            (mixed, early + "--b--", "415"),
            (mixed, sdp.trim_end().to_owned(), "v=0"),
            ("Content-Type: multipart/mixed", sdp, "400"),
            ("Content-Type: multipart/mixed;boundary=other", plain, "none"),
        ];
        for (headers, body, expected) in cases {
            assert_eq!(found(headers, &body), expected, "{headers} {body:?}");
        }
    }

    #[test]
    fn multiparts_within_multiparts_end() {
        let mut body = "v=0".to_owned();
        for depth in 0..DEPTH_MAX + 3 {
            let kind = if depth == 0 { "application/sdp".to_owned() } else { format!("multipart/mixed;boundary=b{}", depth - 1) };
            body = format!("--b{depth}\r\nContent-Type: {kind}\r\n\r\n{body}\r\n--b{depth}--");
        }
        assert_eq!(found(&format!("Content-Type: multipart/mixed;boundary=b{}", DEPTH_MAX + 2), &body), "415");
    }

    #[test]
    fn who_takes_no_descriptions_is_told_so() {
        let cases = [
            ("", true),
            ("Accept: application/sdp|", true),
            ("Accept: text/html, Application/SDP;level=1|", true),
            ("Accept: text/html|Accept: */*|", true),
            ("Accept: application/*;q=0.2|", true),
            ("Accept: text/html|", false),
            ("Accept: application/sdp;q=0.0|", false),
            ("Accept: |", false),
        ];
        for (headers, expected) in cases {
            let text = format!("INVITE sip:a@h SIP/2.0\r\nCall-ID: c\r\n{}\r\n", headers.replace('|', "\r\n"));
            let request = Request::try_from(text.as_str()).unwrap();
            assert_eq!(check_accepts_sdp(&request.headers).is_ok(), expected, "{headers}");
        }
    }
}
