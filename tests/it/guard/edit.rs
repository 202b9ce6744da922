//! Good messages, and the edits that make them bad: the language of `tests/sip/bad.tsv`.

use super::wire::Wire;

const OFFER: &str = "v=0\r\no=t 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

/// What a message starts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Invite,
    Options,
    Bye,
    Ack,
    Cancel,
    Register,
    Info,
    Response,
    /// Nothing.
    Raw,
}

impl Base {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "INVITE" => Self::Invite,
            "OPTIONS" => Self::Options,
            "BYE" => Self::Bye,
            "ACK" => Self::Ack,
            "CANCEL" => Self::Cancel,
            "REGISTER" => Self::Register,
            "INFO" => Self::Info,
            "RESPONSE" => Self::Response,
            "raw" => Self::Raw,
            _ => panic!("no base {name}"),
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Invite => "INVITE",
            Self::Options | Self::Response | Self::Raw => "OPTIONS",
            Self::Bye => "BYE",
            Self::Ack => "ACK",
            Self::Cancel => "CANCEL",
            Self::Register => "REGISTER",
            Self::Info => "INFO",
        }
    }

    fn line(self) -> String {
        match self {
            Self::Response => "SIP/2.0 200 OK".to_owned(),
            Self::Options | Self::Register => format!("{} sip:127.0.0.1 SIP/2.0", self.method()),
            Self::Invite | Self::Bye | Self::Ack | Self::Cancel | Self::Info | Self::Raw => {
                format!("{} sip:1414@127.0.0.1 SIP/2.0", self.method())
            }
        }
    }
}

/// Where a message is sent from, and what it is known by.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) wire: Wire,
    /// Address and port as a Via writes them.
    pub(super) sent_by: String,
    pub(super) port: u16,
    pub(super) id: String,
}

/// The message of a base after all edits.
pub(super) fn message(base: Base, place: Place, edits: &[&str]) -> Vec<u8> {
    let mut draft = Draft::new(base, &place);
    for edit in edits {
        draft.edit(edit);
    }
    draft.bytes(base, &place)
}

/// A message that is still text; bytes that are no text stand in it as escapes.
struct Draft {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
    /// What Content-Length says, if not the truth.
    length: Option<String>,
    no_length: bool,
    head: String,
    tail: String,
    substitutions: Vec<(String, String)>,
    cut: Option<isize>,
    raw: Option<String>,
}

impl Draft {
    fn new(base: Base, place: &Place) -> Self {
        let method = base.method();
        let header = |name: &str, value: String| (name.to_owned(), value);
        let Place { sent_by, .. } = place;
        // A CANCEL and an ACK of an error have the branch of their INVITE; these stand alone.
        let mut headers = vec![
            header("Via", format!("SIP/2.0/{{WIRE}} {sent_by};branch=z9hG4bK{{id}}{method};rport")),
            header("Max-Forwards", "70".to_owned()),
            header("From", "\"Tester\" <sip:tester@127.0.0.1>;tag=f{id}".to_owned()),
            header("To", "<sip:1414@127.0.0.1>".to_owned()),
            header("Call-ID", "{id}@test".to_owned()),
            header("CSeq", format!("1 {method}")),
            header("Contact", format!("<sip:t@{sent_by}>")),
        ];
        if base == Base::Invite {
            headers.push(header("Content-Type", "application/sdp".to_owned()));
        }
        Self {
            line: base.line(),
            headers,
            body: if base == Base::Invite { OFFER.replace("\r\n", "\\r\\n") } else { String::new() },
            length: None,
            no_length: false,
            head: String::new(),
            tail: String::new(),
            substitutions: Vec::new(),
            cut: None,
            raw: None,
        }
    }

    fn edit(&mut self, edit: &str) {
        let keyword = |name: &str| edit.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')).map(str::to_owned);
        if let Some(line) = keyword("line") {
            self.line = line;
        } else if let Some(body) = keyword("body") {
            self.body = body;
        } else if let Some(head) = keyword("head") {
            self.head = head;
        } else if let Some(tail) = keyword("tail") {
            self.tail = tail;
        } else if let Some(raw) = keyword("raw") {
            self.raw = Some(raw);
        } else if let Some(bytes) = keyword("cut") {
            self.cut = Some(bytes.parse().unwrap());
        } else if let Some(pad) = keyword("pad") {
            let (name, length) = pad.split_once('*').unwrap();
            self.headers.push((name.to_owned(), "x".repeat(length.parse().unwrap())));
        } else if let Some(many) = keyword("many") {
            let (header, count) = many.rsplit_once('*').unwrap();
            let (name, value) = header.split_once(": ").unwrap();
            (0..count.parse::<usize>().unwrap()).for_each(|_| self.headers.push((name.to_owned(), value.to_owned())));
        } else if let Some(substitution) = edit.strip_prefix("s/") {
            let parts: Vec<_> = substitution.replace("\\/", "\u{1}").split('/').map(|part| part.replace('\u{1}', "/")).collect();
            self.substitutions.push((parts[0].clone(), parts[1].clone()));
        } else if let Some(header) = edit.strip_prefix('+') {
            // Without a colon it is a line that is no header.
            let (name, value) = header.split_once(':').map_or((header, None), |(name, value)| (name, Some(value)));
            let value = value.map_or_else(|| "\u{2}".to_owned(), |value| value.strip_prefix(' ').unwrap_or(value).to_owned());
            self.headers.push((name.to_owned(), value));
        } else if edit == "-Content-Length" {
            self.no_length = true;
        } else if let Some(name) = edit.strip_prefix('-') {
            self.headers.retain(|(found, _)| found != name);
        } else {
            let (name, value) = edit.split_once(':').unwrap_or_else(|| panic!("no edit: {edit}"));
            self.set(name, value.strip_prefix(' ').unwrap_or(value));
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        match self.headers.iter_mut().find(|(found, _)| found == name) {
            _ if name == "Content-Length" => self.length = Some(value.to_owned()),
            Some((_, found)) => *found = value.to_owned(),
            None => self.headers.push((name.to_owned(), value.to_owned())),
        }
    }

    fn bytes(self, base: Base, place: &Place) -> Vec<u8> {
        let fill = |text: &str| {
            let wire = if place.wire == Wire::Udp { "UDP" } else { "TCP" };
            let text = text.replace("{WIRE}", wire).replace("{wire}", &wire.to_lowercase());
            unescaped(&repeated(&text.replace("{id}", &place.id).replace("{port}", &place.port.to_string())))
        };
        if let Some(raw) = self.raw {
            return fill(&raw);
        }
        assert_ne!(base, Base::Raw, "raw= is wanted");
        let body = fill(&self.body);
        let length = self.length.unwrap_or_else(|| body.len().to_string());
        let mut text = format!("{}{}\\r\\n", self.head, self.line);
        for (name, value) in &self.headers {
            text += &if value == "\u{2}" { format!("{name}\\r\\n") } else { format!("{name}: {value}\\r\\n") };
        }
        if !self.no_length {
            text += &format!("Content-Length: {length}\\r\\n");
        }
        text += "\\r\\n";
        for (from, to) in &self.substitutions {
            text = text.replace(from, to);
        }
        let mut bytes = fill(&text);
        bytes.extend(body);
        bytes.extend(fill(&self.tail));
        match self.cut {
            Some(cut) if cut < 0 => bytes.truncate(bytes.len().saturating_sub(cut.unsigned_abs())),
            Some(cut) => bytes.truncate(cut.unsigned_abs()),
            None => {}
        }
        bytes
    }
}

/// `{x*100}` is a hundred times x.
fn repeated(text: &str) -> String {
    let Some((before, rest)) = text.split_once("{x*") else { return text.to_owned() };
    let (count, after) = rest.split_once('}').unwrap();
    format!("{before}{}{}", "x".repeat(count.parse().unwrap()), repeated(after))
}

/// `\r \n \t \0 \\ \" \xHH` are bytes; any other letter stands for itself.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next().unwrap() {
            b'r' => bytes.push(b'\r'),
            b'n' => bytes.push(b'\n'),
            b't' => bytes.push(b'\t'),
            b'0' => bytes.push(0),
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            other => bytes.push(other),
        }
    }
    bytes
}
