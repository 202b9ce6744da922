//! A message cut into its start line, its headers and its body (RFC 3261, section 7), and a stream cut into messages (section 18.3).
//!
//! It never fails on bad bytes: what is wrong is noted, so that the rest can still be answered.

use super::{BODY_MAX, Fault, MESSAGE_MAX};

/// More header lines than this are no telephone call.
const FIELDS_MAX: usize = 200;
/// A longer Content-Length is no number that anyone means.
const LENGTH_DIGITS_MAX: usize = 10;

/// The headers that are looked at. The others pass as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Where the answer goes.
    Via,
    /// Who asks.
    From,
    /// Who is asked.
    To,
    /// The call.
    CallId,
    /// The place in the call.
    CSeq,
    /// Hops left.
    MaxForwards,
    /// Bytes of body.
    ContentLength,
    /// What the body is.
    ContentType,
    /// Where the next requests go.
    Contact,
    /// What this request goes along.
    Route,
    /// What the next requests go along.
    RecordRoute,
    /// Any other.
    Other,
}

impl Name {
    /// By its full or its compact form (RFC 3261, section 7.3.3).
    fn of(text: &str) -> Self {
        const NAMES: [(&str, &str, Name); 11] = [
            ("via", "v", Name::Via),
            ("from", "f", Name::From),
            ("to", "t", Name::To),
            ("call-id", "i", Name::CallId),
            ("cseq", "", Name::CSeq),
            ("max-forwards", "", Name::MaxForwards),
            ("content-length", "l", Name::ContentLength),
            ("content-type", "c", Name::ContentType),
            ("contact", "m", Name::Contact),
            ("route", "", Name::Route),
            ("record-route", "", Name::RecordRoute),
        ];
        let found = NAMES.iter().find(|(long, short, _)| text.eq_ignore_ascii_case(long) || text.eq_ignore_ascii_case(short));
        found.map_or(Self::Other, |(_, _, name)| *name)
    }
}

/// A header, unfolded.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: Name,
    /// The name as it was written.
    pub(super) written: String,
    pub(super) value: String,
}

/// The start line, cut at its spaces.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start<'m> {
    /// `METHOD uri SIP/x.y`.
    Request {
        /// A token, unless [`Head::fault`] says otherwise.
        method: &'m str,
        /// Anything.
        uri: &'m str,
        /// `SIP/` and more.
        version: &'m str,
    },
    /// `SIP/2.0 200 OK`.
    Response,
}

/// A message as far as it was understood.
#[derive(Debug)]
pub(super) struct Head<'m> {
    pub(super) start: Start<'m>,
    pub(super) line: &'m str,
    pub(super) fields: Vec<Field>,
    pub(super) body: &'m [u8],
    /// Bytes of the whole message.
    pub(super) length: usize,
    /// The first thing found wrong.
    pub(super) fault: Option<Fault>,
}

impl<'m> Head<'m> {
    /// `None` when this is no SIP at all: nothing before the first line's end reads as a start line.
    pub(super) fn read(message: &'m [u8]) -> Option<Self> {
        let message = without_blank_lines(message);
        let end = head_end(message);
        let (head, body) = message.split_at(end.unwrap_or(message.len()));
        let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let line = std::str::from_utf8(lines.next()?).ok()?;
        let (start, start_fault) = start(line)?;
        let mut fields = Fields::default();
        lines.filter(|line| !line.is_empty()).for_each(|line| fields.take(line));
        let endless =
            if message.len() > MESSAGE_MAX { Fault::new(513, "message too large") } else { Fault::bad("the headers have no end") };
        let fault = start_fault.or(fields.fault).or(end.is_none().then_some(endless));
        Some(Self { start, line, fields: fields.fields, body, length: message.len(), fault })
    }

    /// The first of a name.
    pub(super) fn first(&self, name: Name) -> Option<&str> {
        self.all(name).next()
    }

    pub(super) fn all(&self, name: Name) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |field| field.name == name).map(|field| field.value.as_str())
    }

    pub(super) fn count(&self, name: Name) -> usize {
        self.all(name).count()
    }

    /// What Content-Length says.
    ///
    /// # Errors
    /// When it is no number.
    pub(super) fn content_length(&self) -> Result<Option<usize>, ()> {
        let Some(value) = self.first(Name::ContentLength) else { return Ok(None) };
        let number = !value.is_empty() && value.len() <= LENGTH_DIGITS_MAX && value.bytes().all(|byte| byte.is_ascii_digit());
        if number { value.parse().map(Some).map_err(|_| ()) } else { Err(()) }
    }

    /// The message as the stack shall read it: a line a header, this topmost Via value, the true length, and no byte behind the body.
    pub(super) fn normal(&self, start: &str, via: &str) -> Vec<u8> {
        let length = self.content_length().ok().flatten().unwrap_or(self.body.len());
        let body = self.body.get(..length).unwrap_or(self.body);
        let mut text = format!("{start}\r\n");
        let mut top = Some(via);
        for field in self.fields.iter().filter(|field| field.name != Name::ContentLength) {
            let value = match field.name {
                Name::Via => top.take().unwrap_or(&field.value).to_owned(),
                // The stack wants one space there.
                Name::CSeq => field.value.split_ascii_whitespace().collect::<Vec<_>>().join(" "),
                Name::From | Name::To | Name::Contact | Name::Route | Name::RecordRoute => super::grammar::readable(&field.value),
                Name::CallId | Name::MaxForwards | Name::ContentLength | Name::ContentType | Name::Other => field.value.clone(),
            };
            text.extend([&field.written, ": ", &value, "\r\n"]);
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut normal = text.into_bytes();
        normal.extend_from_slice(body);
        normal
    }
}

/// The headers while they are read.
#[derive(Default)]
struct Fields {
    fields: Vec<Field>,
    fault: Option<Fault>,
}

impl Fields {
    fn take(&mut self, line: &[u8]) {
        let text = self.text(line);
        let folded = text.starts_with([' ', '\t']);
        match self.fields.last_mut() {
            Some(field) if folded => {
                if !field.value.is_empty() {
                    field.value.push(' ');
                }
                field.value.push_str(text.trim());
            }
            Some(_) | None => self.field(&text),
        }
    }

    fn field(&mut self, text: &str) {
        if self.fields.len() == FIELDS_MAX {
            return self.note(Fault::new(513, "too many headers"));
        }
        match text.split_once(':').map(|(name, value)| (name.trim_end_matches([' ', '\t']), value)) {
            Some((name, value)) if super::grammar::is_token(name) => {
                self.fields.push(Field { name: Name::of(name), written: name.to_owned(), value: value.trim().to_owned() });
            }
            Some(_) | None => self.note(Fault::bad("a line that is no header")),
        }
    }

    /// Bytes that may not stand in a header become `?`, and are noted.
    fn text(&mut self, line: &[u8]) -> String {
        let clean = |byte: u8| byte == b'\t' || byte >= b' ' && byte != 0x7f;
        match std::str::from_utf8(line) {
            Ok(text) if text.bytes().all(clean) => text.to_owned(),
            Ok(_) | Err(_) => {
                self.note(Fault::bad("a byte that may not stand in a header"));
                line.iter().map(|byte| if clean(*byte) && byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
            }
        }
    }

    fn note(&mut self, fault: Fault) {
        self.fault = self.fault.or(Some(fault));
    }
}

/// What kind of message a line starts, and what is wrong with the line.
fn start(line: &str) -> Option<(Start<'_>, Option<Fault>)> {
    if is_version(line) {
        return status_line(line).then_some((Start::Response, None));
    }
    let trimmed = line.trim_end_matches([' ', '\t']);
    let (method, rest) = trimmed.split_once([' ', '\t'])?;
    let (uri, version) = rest.rsplit_once([' ', '\t'])?;
    if !is_version(version) || method.is_empty() {
        return None;
    }
    let bad = if trimmed != line || line.contains('\t') || uri.contains(' ') || uri.is_empty() {
        Some("white space in the request line")
    } else if !super::grammar::is_token(method) {
        Some("the method is no token")
    } else {
        None
    };
    Some((Start::Request { method, uri, version }, bad.map(Fault::bad)))
}

/// The version is compared without regard to case (RFC 3261, section 7.1).
fn is_version(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/"))
}

fn status_line(line: &str) -> bool {
    let mut parts = line.splitn(3, ' ');
    let version = parts.next().is_some_and(|version| version.eq_ignore_ascii_case("SIP/2.0"));
    let code = parts.next().is_some_and(|code| code.len() == 3 && matches!(code.parse::<u16>(), Ok(100..=699)));
    version && code
}

/// Empty lines before a start line are passed over (RFC 3261, section 7.5).
fn without_blank_lines(message: &[u8]) -> &[u8] {
    let start = message.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(message.len());
    &message[start..]
}

/// The index behind the empty line that ends the headers.
fn head_end(message: &[u8]) -> Option<usize> {
    let ends = message.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
    { ends }.find_map(|at| match message.get(at + 1..)? {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

/// What a stream has ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sip) enum Framing {
    /// Not enough yet.
    More,
    /// So many bytes of empty lines.
    Blank(usize),
    /// A message of so many bytes.
    Whole(usize),
    /// A head of so many bytes after which nobody can say where the next message starts.
    Lost(usize),
}

/// Looks for a message at the start of a stream. Never asks for more than a message may be long.
pub(in crate::sip) fn frame(stream: &[u8]) -> Framing {
    let blank = stream.len() - without_blank_lines(stream).len();
    if blank > 0 {
        return Framing::Blank(blank);
    }
    let Some(end) = head_end(stream) else {
        return if stream.len() > MESSAGE_MAX { Framing::Lost(stream.len()) } else { Framing::More };
    };
    let length = Head::read(&stream[..end]).filter(|head| head.count(Name::ContentLength) == 1).map(|head| head.content_length());
    match length {
        Some(Ok(Some(body))) if body <= BODY_MAX && end + body <= MESSAGE_MAX => {
            if stream.len() >= end + body {
                Framing::Whole(end + body)
            } else {
                Framing::More
            }
        }
        Some(Ok(_) | Err(())) | None => Framing::Lost(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_at_content_length() {
        let cases: &[(&[u8], Framing)] = &[
            (b"", Framing::More),
            (b"\r\n\r\nA", Framing::Blank(4)),
            (b"A b SIP/2.0\r\nl: 3\r\n", Framing::More),
            (b"A b SIP/2.0\r\nl: 3\r\n\r\nab", Framing::More),
            (b"A b SIP/2.0\r\nl: 3\r\n\r\nabcA", Framing::Whole(24)),
            (b"A b SIP/2.0\nContent-Length : 0\n\nA", Framing::Whole(32)),
            (b"A b SIP/2.0\r\nl:\r\n 1\r\n\r\nabcA", Framing::Whole(24)),
            (b"A b SIP/2.0\r\n\r\nabc", Framing::Lost(15)),
            (b"A b SIP/2.0\r\nl: -1\r\n\r\nabc", Framing::Lost(22)),
            (b"A b SIP/2.0\r\nl: 1\r\nl: 1\r\n\r\nabc", Framing::Lost(27)),
            (b"A b SIP/2.0\r\nl: 99999999999999999999\r\n\r\n", Framing::Lost(40)),
            (b"A b SIP/2.0\r\nl: 4000000000\r\n\r\n", Framing::Lost(30)),
            (b"rubbish\r\n\r\n", Framing::Lost(11)),
        ];
        for (stream, expected) in cases {
            assert_eq!(frame(stream), *expected, "{}", String::from_utf8_lossy(stream));
        }
        assert_eq!(frame(&[b'a'; MESSAGE_MAX + 1]), Framing::Lost(MESSAGE_MAX + 1), "an endless line is not waited for");
    }

    #[test]
    fn the_normal_form_has_a_line_a_header_and_the_true_length() {
        let message = b"\r\nA b SIP/2.0\nv:one\r\nSubject : x\r\n\ty\r\n   \r\nv: two\r\nl: 2\r\n\r\nbody";
        let head = Head::read(message).unwrap();
        assert_eq!(head.fault, None);
        let normal = String::from_utf8(head.normal("A b SIP/2.0", "top")).unwrap();
        assert_eq!(normal, "A b SIP/2.0\r\nv: top\r\nSubject: x y \r\nv: two\r\nContent-Length: 2\r\n\r\nbo");
    }
}
