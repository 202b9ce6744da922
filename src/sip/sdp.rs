//! Offers and answers (RFC 3264) for one stream of voice, as pure functions over SDP text (RFC 8866).
//!
//! It never touches a socket or a dialog, never dials a name from a `c=` line, and never lists in an answer what the offer did not have.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use dauys_core::media::{Codec, Direction, PayloadTypes, Session};
use sdp_types as sdp;
use thiserror::Error;

/// The dynamic payload types (RFC 3551, section 6).
const DYNAMIC: std::ops::RangeInclusive<u8> = 96..=127;
/// More m-lines than this is no telephone call.
const LINES_MAX: usize = 16;
const PTIME_MS: u8 = 20;
const PTIME_MAX_MS: u8 = 60;
/// The clock of the telephone's own formats.
const CLOCK_HZ: u32 = 8000;

/// Why a description cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    /// It cannot be read: 400.
    #[error("expected an SDP description (RFC 8866), got something else")]
    Malformed,
    /// It can be read, and has nothing for us: 488.
    #[error("expected an audio stream over RTP/AVP with one of our codecs, got none; see `sip.codecs`")]
    NotAcceptable,
}

/// What the peer described, with the one stream that we take found.
#[derive(Debug)]
pub(super) struct Remote {
    described: sdp::Session,
    line: usize,
    stream: Stream,
    /// What our offer called the formats, when this is an answer that calls them otherwise.
    offered: Option<PayloadTypes>,
}

/// The stream that we take.
#[derive(Clone, Copy, Debug)]
struct Stream {
    codec: Codec,
    payload_type: u8,
    telephone_event: Option<Events>,
    ptime_ms: u8,
    direction: Direction,
    rtp: Option<SocketAddr>,
    rtcp: Option<SocketAddr>,
}

/// Telephone events under one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Events {
    payload_type: u8,
    clock_hz: u32,
}

impl Remote {
    /// An offer; of its codecs the first of ours is taken.
    ///
    /// # Errors
    /// [`Refusal`]: unreadable, or without a stream for us.
    pub(super) fn parse(text: &[u8], codecs: &[Codec]) -> Result<Self, Refusal> {
        let described = sdp::Session::parse(text).map_err(|_| Refusal::Malformed)?;
        if described.medias.len() > LINES_MAX {
            return Err(Refusal::NotAcceptable);
        }
        let found = described.medias.iter().enumerate().find_map(|(line, media)| Some((line, stream(&described, media, codecs)?)));
        let (line, stream) = found.ok_or(Refusal::NotAcceptable)?;
        Ok(Self { described, line, stream, offered: None })
    }

    /// Where its media come from, when that is an address: ours must be of the same family.
    pub(super) fn media(&self) -> Option<IpAddr> {
        self.stream.rtp.map(|rtp| rtp.ip())
    }

    /// What is settled once this offer is answered, or once this answers our offer; `signalling` is who sent it.
    pub(super) fn session(&self, signalling: IpAddr) -> Session {
        let Stream { codec, payload_type, ptime_ms, direction, rtp, rtcp, .. } = self.stream;
        let telephone_event = self.stream.telephone_event.map(|events| events.payload_type);
        Session { rtp, rtcp, signalling, codec, payload_type, telephone_event, offered: self.offered, ptime_ms, direction }
    }
}

/// A description that takes every stream away (RFC 3264, section 8.2): all of its m-lines have port 0, and one of them is audio.
#[derive(Debug)]
pub(super) struct Removal(sdp::Session);

impl Removal {
    /// `None` for any other description.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let described = sdp::Session::parse(text).ok()?;
        let lines = &described.medias;
        let removes = lines.len() <= LINES_MAX && lines.iter().all(|line| line.port == 0) && lines.iter().any(|line| line.media == "audio");
        removes.then_some(Self(described))
    }
}

/// Our side of a dialog's descriptions: one session id for its life, and a version that grows with each change (RFC 3264, section 8).
#[derive(Debug)]
pub(super) struct Local {
    rtp: SocketAddr,
    codecs: Vec<Codec>,
    id: u64,
    version: u64,
    numbers: Numbers,
    said: Option<sdp::Session>,
    /// Which m-line of what was said is our stream.
    line: usize,
}

impl Local {
    /// Media at `rtp`, in these codecs, the best first; `id` is unlike that of any other session of this host.
    pub(super) fn new(rtp: SocketAddr, codecs: &[Codec], id: u64) -> Self {
        Self { rtp, codecs: codecs.to_vec(), id, version: 1, numbers: Numbers::default(), said: None, line: 0 }
    }

    /// Reads an offer made to us.
    ///
    /// # Errors
    /// As [`Remote::parse`]; and [`Refusal::NotAcceptable`] when its media are of the other address family, since those of the answer must be of the same (RFC 6157,
    /// section 3.1).
    pub(super) fn read_offer(&self, text: &[u8]) -> Result<Remote, Refusal> {
        let offer = Remote::parse(text, &self.codecs)?;
        if offer.media().is_none_or(|ip| ip.is_ipv4() == self.rtp.is_ipv4()) { Ok(offer) } else { Err(Refusal::NotAcceptable) }
    }

    /// Reads the answer to our last offer.
    ///
    /// # Errors
    /// As [`Remote::parse`].
    pub(super) fn read_answer(&self, text: &[u8]) -> Result<Remote, Refusal> {
        let remote = Remote::parse(text, &self.codecs)?;
        let Stream { codec, payload_type, telephone_event, .. } = remote.stream;
        let ours = |format, theirs| self.numbers.known(format).unwrap_or(theirs);
        let event = |events: Events| ours(Format::TelephoneEvent { clock_hz: events.clock_hz }, events.payload_type);
        let offered = PayloadTypes { voice: ours(Format::Voice(codec), payload_type), telephone_event: telephone_event.map(event) };
        let answered = PayloadTypes { voice: payload_type, telephone_event: telephone_event.map(|events| events.payload_type) };
        Ok(Remote { offered: (offered != answered).then_some(offered), ..remote })
    }

    /// Everything we can, to send and receive. Lines that were there keep their places, refused as they were (RFC 3264, section 8).
    pub(super) fn offer(&mut self) -> String {
        let voices = self.codecs.clone().into_iter().map(Format::Voice);
        let mut clocks: Vec<_> = self.codecs.iter().map(|codec| codec.format().clock_hz).collect();
        clocks.sort_unstable();
        clocks.dedup();
        let formats = voices.chain(clocks.into_iter().map(|clock_hz| Format::TelephoneEvent { clock_hz }));
        let attributes: Vec<_> = formats.filter_map(|format| Some(attributes(format, self.numbers.of(format)?))).flatten().collect();
        let audio = self.audio(&attributes, PTIME_MS, Direction::SendRecv);
        let before = self.said.iter().flat_map(|said| &said.medias);
        let mut lines: Vec<_> = before.map(refused).collect();
        match lines.get_mut(self.line) {
            Some(line) => *line = audio,
            None => lines.push(audio),
        }
        self.describe(lines, Vec::new())
    }

    /// What was said last, as it was said, version and all: an offer that changes nothing (RFC 4028, section 7.4).
    pub(super) fn repeat(&self) -> Option<String> {
        self.said.as_ref().map(written)
    }

    /// The answer to an offer that takes every stream away.
    pub(super) fn remove(&mut self, offer: &Removal) -> String {
        let lines = offer.0.medias.iter().map(refused).collect();
        self.describe(lines, offer.0.times.clone())
    }

    /// The answer: as many m-lines as the offer, in its order, all but one with port 0.
    pub(super) fn answer(&mut self, offer: &Remote) -> String {
        let Stream { codec, payload_type, telephone_event, ptime_ms, direction, .. } = offer.stream;
        let mut formats = attributes(Format::Voice(codec), payload_type);
        let events = |events: Events| attributes(Format::TelephoneEvent { clock_hz: events.clock_hz }, events.payload_type);
        formats.extend(telephone_event.into_iter().flat_map(events));
        let audio = self.audio(&formats, ptime_ms, direction);
        let mut lines: Vec<_> = offer.described.medias.iter().map(refused).collect();
        self.line = offer.line;
        if let Some((line, media)) = lines.get_mut(offer.line).zip(offer.described.medias.get(offer.line)) {
            self.numbers.learn(media);
            *line = audio;
        }
        self.describe(lines, offer.described.times.clone())
    }

    fn audio(&self, formats: &[Attribute], ptime_ms: u8, direction: Direction) -> sdp::Media {
        let numbers: Vec<_> = formats.iter().filter(|a| a.name == "rtpmap").map(|a| a.payload_type.to_string()).collect();
        let mut media = sdp::Media::new(sdp::MediaType::Audio, self.rtp.port(), sdp::TransportProto::RtpAvp, numbers.join(" "));
        for format in formats {
            media.add_attribute_with_value(format.name, format!("{} {}", format.payload_type, format.value));
        }
        media.add_attribute_with_value("ptime", ptime_ms);
        media.add_attribute_from_str(direction_name(direction));
        media
    }

    fn describe(&mut self, medias: Vec<sdp::Media>, times: Vec<sdp::Time>) -> String {
        let origin = sdp::Origin::with_ip_addr(self.id, self.version, self.rtp.ip());
        let mut session = sdp::Session::new(origin, "-");
        session.set_connection(sdp::Connection::from_ip_addr(self.rtp.ip()));
        session.times = times;
        session.medias = medias;
        if self.said.as_ref().is_some_and(|said| *said != session) {
            self.version += 1;
            session.origin.sess_version = self.version;
        }
        let text = written(&session);
        self.said = Some(session);
        text
    }
}

/// What the payload types of a dialog stand for: once used, a number keeps its meaning (RFC 3264, section 8.3.2). `None` is a format that is none of ours.
#[derive(Debug, Default)]
struct Numbers(BTreeMap<u8, Option<Format>>);

impl Numbers {
    /// Takes note of what an offer calls its formats.
    fn learn(&mut self, media: &sdp::Media) {
        self.0.extend(payload_types(media).map(|number| (number, format(media, number))));
    }

    fn known(&self, format: Format) -> Option<u8> {
        self.0.iter().find(|(_, known)| **known == Some(format)).map(|(number, _)| *number)
    }

    /// The number of a format in our offers; `None` when all are taken.
    fn of(&mut self, format: Format) -> Option<u8> {
        let free = || std::iter::once(format.wonted()).chain(DYNAMIC).find(|number| !self.0.contains_key(number));
        let number = self.known(format).or_else(free)?;
        self.0.insert(number, Some(format));
        Some(number)
    }
}

fn written(session: &sdp::Session) -> String {
    let mut text = Vec::new();
    // Writing into memory cannot fail; an empty body would be refused by the peer, never by us.
    let _ = session.write(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// One `a=` line of a format.
struct Attribute {
    name: &'static str,
    payload_type: u8,
    value: String,
}

fn attributes(format: Format, payload_type: u8) -> Vec<Attribute> {
    let line = |name, value| Attribute { name, payload_type, value };
    match format {
        Format::Voice(codec) => {
            let row = codec.format();
            let channels = if row.channels > 1 { format!("/{}", row.channels) } else { String::new() };
            let rtpmap = line("rtpmap", format!("{}/{}{channels}", row.name, row.clock_hz));
            std::iter::once(rtpmap).chain(row.fmtp.map(|said| line("fmtp", said.to_owned()))).collect()
        }
        Format::TelephoneEvent { clock_hz } => {
            vec![line("rtpmap", format!("telephone-event/{clock_hz}")), line("fmtp", "0-15".to_owned())]
        }
    }
}

/// The same m-line with port 0 and nothing below it (RFC 3264, section 6).
fn refused(offered: &sdp::Media) -> sdp::Media {
    sdp::Media {
        media: offered.media.clone(),
        port: 0,
        num_ports: None,
        proto: offered.proto.clone(),
        fmt: offered.fmt.clone(),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}

/// The m-line read as a stream for us, when it is one.
fn stream(described: &sdp::Session, media: &sdp::Media, codecs: &[Codec]) -> Option<Stream> {
    if media.media != "audio" || media.proto != "RTP/AVP" || media.port == 0 {
        return None;
    }
    let (codec, payload_type) = codecs.iter().find_map(|codec| Some((*codec, payload_type(media, Format::Voice(*codec))?)))?;
    let address = Address::of(described, media)?;
    let offered = direction(described, media);
    Some(Stream {
        codec,
        payload_type,
        telephone_event: events(media, codec),
        ptime_ms: codec.ptime_ms(ptime_ms(described, media)),
        direction: address.limit(offered),
        rtp: address.socket(media.port),
        rtcp: rtcp(media, address),
    })
}

/// What a payload type stands for, as far as we know any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Voice(Codec),
    TelephoneEvent { clock_hz: u32 },
}

impl Format {
    /// Its number in our offers, unless the dialog has another for it.
    fn wonted(self) -> u8 {
        match self {
            Self::Voice(codec) => codec.format().static_payload_type.unwrap_or(96),
            Self::TelephoneEvent { clock_hz: CLOCK_HZ } => 101,
            Self::TelephoneEvent { .. } => 102,
        }
    }
}

fn payload_types(media: &sdp::Media) -> impl Iterator<Item = u8> {
    media.fmt.split_ascii_whitespace().filter_map(|number| number.parse().ok()).filter(|number| *number < 128)
}

/// The first payload type of the m-line that stands for `wanted`.
fn payload_type(media: &sdp::Media, wanted: Format) -> Option<u8> {
    payload_types(media).find(|number| format(media, *number) == Some(wanted))
}

/// Telephone events tick with the voice's clock (RFC 4733, section 2.1), so those of another clock are for another codec. But many that speak Opus offer only
/// the telephone's own, and keys are worth more than the length of their packets.
fn events(media: &sdp::Media, codec: Codec) -> Option<Events> {
    let at = |clock_hz| Some(Events { payload_type: payload_type(media, Format::TelephoneEvent { clock_hz })?, clock_hz });
    at(codec.format().clock_hz).or_else(|| at(CLOCK_HZ))
}

/// By its rtpmap; without one, by the static numbers of RFC 3551.
fn format(media: &sdp::Media, payload_type: u8) -> Option<Format> {
    let maps = media.attributes_typed::<sdp::RtpMap>().flatten();
    let is_static = |codec: &Codec| codec.format().static_payload_type == Some(payload_type);
    match { maps }.find(|map| map.payload_type == payload_type) {
        Some(map) => mapped(&map),
        None => Codec::ALL.into_iter().find(is_static).map(Format::Voice),
    }
}

/// Names are compared without case (RFC 4855, section 3). Opus always says two channels; one that says less is believed to mean the same.
fn mapped(map: &sdp::RtpMap) -> Option<Format> {
    let channels = map.encoding_params.as_deref().map_or(Ok(1), str::parse::<u8>).ok()?;
    let is_meant = |name: &str| map.encoding_name.eq_ignore_ascii_case(name);
    let voice = Codec::ALL.into_iter().find(|codec| {
        let row = codec.format();
        is_meant(row.name) && map.clock_rate == row.clock_hz && (1..=row.channels).contains(&channels)
    });
    let events = || (is_meant("telephone-event") && channels == 1).then_some(Format::TelephoneEvent { clock_hz: map.clock_rate });
    voice.map(Format::Voice).or_else(events)
}

/// Where a peer is, by its `c=` line.
#[derive(Clone, Copy)]
enum Address {
    Ip(IpAddr),
    /// 0.0.0.0 or ::: hold in the old way (RFC 3264, section 8.4).
    Nowhere,
    /// A name: we never resolve it, its packets will show where it is.
    Named,
}

impl Address {
    /// `None` where no packet of ours could go: no `c=` at all, or multicast.
    fn of(described: &sdp::Session, media: &sdp::Media) -> Option<Self> {
        let connection = media.connections.first().or(described.connection.as_ref())?;
        match connection.try_address().map(|address| address.ip) {
            Ok(ip) if ip.is_unspecified() => Some(Self::Nowhere),
            Ok(ip) if ip.is_multicast() => None,
            Ok(ip) => Some(Self::Ip(ip.to_canonical())),
            Err(_) => Some(Self::Named),
        }
    }

    fn socket(self, port: u16) -> Option<SocketAddr> {
        match self {
            Self::Ip(ip) => Some(SocketAddr::new(ip, port)),
            Self::Nowhere | Self::Named => None,
        }
    }

    /// Who may send, seen from us.
    fn limit(self, seen_from_us: Direction) -> Direction {
        match (self, seen_from_us) {
            (Self::Ip(_) | Self::Named, direction) => direction,
            (Self::Nowhere, Direction::SendRecv | Direction::RecvOnly) => Direction::RecvOnly,
            (Self::Nowhere, Direction::SendOnly | Direction::Inactive) => Direction::Inactive,
        }
    }
}

/// RFC 3605, else the port after RTP's.
fn rtcp(media: &sdp::Media, address: Address) -> Option<SocketAddr> {
    let Some(Ok(said)) = media.get_first_attribute_typed::<sdp::Rtcp>() else {
        return address.socket(media.port.checked_add(1)?);
    };
    match said.try_address() {
        Some(Ok(other)) if !other.ip.is_multicast() => Some(SocketAddr::new(other.ip.to_canonical(), said.port)),
        Some(_) => None,
        None => address.socket(said.port),
    }
}

/// The direction attribute seen from us: the m-line's, else the session's, else both ways.
fn direction(described: &sdp::Session, media: &sdp::Media) -> Direction {
    const SEEN_FROM_US: [(&str, Direction); 4] = [
        ("sendrecv", Direction::SendRecv),
        ("sendonly", Direction::RecvOnly),
        ("recvonly", Direction::SendOnly),
        ("inactive", Direction::Inactive),
    ];
    let of = |has: &dyn Fn(&str) -> bool| SEEN_FROM_US.iter().find(|(name, _)| has(name)).map(|(_, direction)| *direction);
    of(&|name| media.has_attribute(name)).or_else(|| of(&|name| described.has_attribute(name))).unwrap_or(Direction::SendRecv)
}

fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::SendRecv => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::RecvOnly => "recvonly",
        Direction::Inactive => "inactive",
    }
}

/// What the peer would like to receive, within 10 to 60 ms, its maximum, and whole tens.
fn ptime_ms(described: &sdp::Session, media: &sdp::Media) -> u8 {
    let of =
        |name| media.get_first_attribute_value(name).or_else(|| described.get_first_attribute_value(name)).flatten().and_then(milliseconds);
    let longest = of("maxptime").unwrap_or(PTIME_MAX_MS);
    let wanted = of("ptime").unwrap_or(PTIME_MS).min(longest).clamp(10, PTIME_MAX_MS);
    wanted / 10 * 10
}

/// Some write `20.0`; what is no number counts as unsaid.
fn milliseconds(text: &str) -> Option<u8> {
    let whole = text.trim().split('.').next()?;
    whole.parse::<u32>().ok().filter(|ms| *ms > 0).map(|ms| u8::try_from(ms).unwrap_or(PTIME_MAX_MS))
}

#[cfg(test)]
mod tests;
