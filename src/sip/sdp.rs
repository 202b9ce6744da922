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
mod tests {
    use super::*;

    const SIGNALLING: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 9));

    /// A description with `c=` 192.0.2.1 and these further lines.
    fn offer(lines: &[&str]) -> String {
        let head = ["v=0", "o=- 7 7 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"];
        head.iter().chain(lines).map(|line| format!("{line}\r\n")).collect()
    }

    fn local() -> Local {
        Local::new(SocketAddr::from(([192, 0, 2, 100], 30000)), &Codec::ALL, 42)
    }

    fn session(lines: &[&str]) -> Result<Session, Refusal> {
        Remote::parse(offer(lines).as_bytes(), &Codec::ALL).map(|remote| remote.session(SIGNALLING))
    }

    /// The m-lines of our answer and the attributes below them.
    fn answered(lines: &[&str]) -> Vec<String> {
        let remote = local().read_offer(offer(lines).as_bytes()).unwrap();
        let text = local().answer(&remote);
        text.lines().skip_while(|line| !line.starts_with("m=")).map(str::to_owned).collect()
    }

    fn settled(codec: Codec, payload_type: u8, telephone_event: Option<u8>, ptime_ms: u8) -> Session {
        let at = |port| Some(SocketAddr::from(([192, 0, 2, 1], port)));
        let direction = Direction::SendRecv;
        let (rtp, rtcp, signalling, offered) = (at(4000), at(4001), SIGNALLING, None);
        Session { rtp, rtcp, signalling, codec, payload_type, telephone_event, offered, ptime_ms, direction }
    }

    #[test]
    fn formats_are_taken_ours_first_and_by_name() {
        let cases: &[(&[&str], Session)] = &[
            (&["m=audio 4000 RTP/AVP 0 8"], settled(Codec::Pcma, 8, None, 20)),
            (&["m=audio 4000 RTP/AVP 18 0"], settled(Codec::Pcmu, 0, None, 20)),
            (&["m=audio 4000 RTP/AVP 0 97", "a=rtpmap:97 pcma/8000"], settled(Codec::Pcma, 97, None, 20)),
            (&["m=audio 4000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000/1"], settled(Codec::Pcma, 8, None, 20)),
            (&["m=audio 4000 RTP/AVP 96 0", "a=rtpmap:96 PCMA/16000"], settled(Codec::Pcmu, 0, None, 20)),
            (&["m=audio 4000 RTP/AVP 8 0", "a=rtpmap:8 G722/8000"], settled(Codec::Pcmu, 0, None, 20)),
            (&["m=audio 4000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"], settled(Codec::Pcma, 8, Some(101), 20)),
            (&["m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 TELEPHONE-EVENT/8000"], settled(Codec::Pcma, 8, Some(96), 20)),
            (
                &["m=audio 4000 RTP/AVP 8 96 97", "a=rtpmap:96 telephone-event/48000", "a=rtpmap:97 telephone-event/8000"],
                settled(Codec::Pcma, 8, Some(97), 20),
            ),
            (&["m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/16000"], settled(Codec::Pcma, 8, None, 20)),
            (&["m=audio 4000 RTP/AVP 8 101"], settled(Codec::Pcma, 8, None, 20)),
            (&["m=audio 4000 RTP/AVP 18 9"], settled(Codec::G722, 9, None, 20)),
            (&["m=audio 4000 RTP/AVP 9 97", "a=rtpmap:97 g722/8000", "a=rtpmap:9 L16/44100"], settled(Codec::G722, 97, None, 20)),
            (&["m=audio 4000 RTP/AVP 9 0", "a=rtpmap:9 G722/16000"], settled(Codec::Pcmu, 0, None, 20)),
            (&["m=audio 4000 RTP/AVP 111 9", "a=rtpmap:111 OPUS/48000/2"], settled(Codec::G722, 9, None, 20)),
            (
                &["m=audio 4000 RTP/AVP 111", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"],
                settled(Codec::Opus, 111, None, 20),
            ),
            (&["m=audio 4000 RTP/AVP 111 8", "a=rtpmap:111 opus/8000"], settled(Codec::Pcma, 8, None, 20)),
            (&["m=audio 4000 RTP/AVP 96 0", "a=rtpmap:96 opus/48000/6"], settled(Codec::Pcmu, 0, None, 20)),
            (
                &[
                    "m=audio 4000 RTP/AVP 111 110 126",
                    "a=rtpmap:111 opus/48000/2",
                    "a=rtpmap:126 telephone-event/8000",
                    "a=rtpmap:110 telephone-event/48000",
                ],
                settled(Codec::Opus, 111, Some(110), 20),
            ),
            (
                &["m=audio 4000 RTP/AVP 111 126", "a=rtpmap:111 opus/48000/2", "a=rtpmap:126 telephone-event/8000"],
                settled(Codec::Opus, 111, Some(126), 20),
            ),
            (
                &["m=audio 4000 RTP/AVP 9 110 126", "a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000"],
                settled(Codec::G722, 9, Some(126), 20),
            ),
        ];
        for (lines, expected) in cases {
            assert_eq!(session(lines), Ok(*expected), "{lines:?}");
        }
    }

    #[test]
    fn packet_times_are_whole_tens_from_10_to_60() {
        let cases = [
            ("a=ptime:30", 30),
            ("a=ptime:10", 10),
            ("a=ptime:25", 20),
            ("a=ptime:20.0", 20),
            ("a=ptime:5", 10),
            ("a=ptime:100", 60),
            ("a=ptime:4294967296", 20),
            ("a=ptime:1000", 60),
            ("a=ptime:0", 20),
            ("a=ptime:-1", 20),
            ("a=ptime:long", 20),
            ("a=maxptime:10", 10),
            ("a=maxptime:150", 20),
        ];
        for (line, expected) in cases {
            assert_eq!(session(&["m=audio 4000 RTP/AVP 8", line]).unwrap().ptime_ms, expected, "{line}");
            assert_eq!(session(&[line, "m=audio 4000 RTP/AVP 8"]).unwrap().ptime_ms, expected, "{line} of the session");
        }
        assert_eq!(session(&["m=audio 4000 RTP/AVP 8", "a=ptime:60", "a=maxptime:40"]).unwrap().ptime_ms, 40);
    }

    #[test]
    fn opus_has_fewer_packet_times() {
        for (line, expected) in [("a=ptime:10", 10), ("a=ptime:30", 20), ("a=ptime:50", 40), ("a=ptime:60", 60), ("a=maxptime:30", 20)] {
            let lines = ["m=audio 4000 RTP/AVP 111", "a=rtpmap:111 opus/48000/2", line];
            assert_eq!(session(&lines).unwrap().ptime_ms, expected, "{line}");
            assert!(answered(&lines).contains(&format!("a=ptime:{expected}")), "{line}");
        }
    }

    #[test]
    fn our_order_decides_and_what_is_not_in_it_is_refused() {
        let all = offer(&["m=audio 4000 RTP/AVP 0 8 9 111", "a=rtpmap:111 opus/48000/2"]);
        let cases: &[(&[Codec], Codec)] = &[
            (&Codec::ALL, Codec::Pcma),
            (&[Codec::Opus, Codec::Pcma], Codec::Opus),
            (&[Codec::G722, Codec::Opus], Codec::G722),
            (&[Codec::Pcmu], Codec::Pcmu),
        ];
        for (codecs, expected) in cases {
            assert_eq!(Remote::parse(all.as_bytes(), codecs).unwrap().stream.codec, *expected, "{codecs:?}");
        }
        let only = offer(&["m=audio 4000 RTP/AVP 8 0"]);
        assert_eq!(Remote::parse(only.as_bytes(), &[Codec::Opus]).err(), Some(Refusal::NotAcceptable));
    }

    #[test]
    fn addresses_are_the_streams_else_the_sessions() {
        let at = |ip: [u8; 4], port| Some(SocketAddr::from((ip, port)));
        let v6 = |ip: &str, port| Some(SocketAddr::new(ip.parse().unwrap(), port));
        let cases: &[(&[&str], Option<SocketAddr>, Option<SocketAddr>)] = &[
            (&["m=audio 4000 RTP/AVP 8"], at([192, 0, 2, 1], 4000), at([192, 0, 2, 1], 4001)),
            (&["m=audio 4000 RTP/AVP 8", "c=IN IP4 192.0.2.7"], at([192, 0, 2, 7], 4000), at([192, 0, 2, 7], 4001)),
            (&["m=audio 4000 RTP/AVP 8", "a=rtcp:5005"], at([192, 0, 2, 1], 4000), at([192, 0, 2, 1], 5005)),
            (&["m=audio 4000 RTP/AVP 8", "a=rtcp:5005 IN IP4 192.0.2.8"], at([192, 0, 2, 1], 4000), at([192, 0, 2, 8], 5005)),
            (&["m=audio 4000 RTP/AVP 8", "c=IN IP4 media.example.kz"], None, None),
            (&["m=audio 65535 RTP/AVP 8"], at([192, 0, 2, 1], 65535), None),
            (&["m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::7"], v6("2001:db8::7", 4000), v6("2001:db8::7", 4001)),
            (
                &["m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::7", "a=rtcp:5005 IN IP6 2001:db8::8"],
                v6("2001:db8::7", 4000),
                v6("2001:db8::8", 5005),
            ),
            (&["m=audio 4000 RTP/AVP 8", "c=IN IP6 ::ffff:192.0.2.7"], at([192, 0, 2, 7], 4000), at([192, 0, 2, 7], 4001)),
        ];
        for (lines, rtp, rtcp) in cases {
            let session = session(lines).unwrap();
            assert_eq!((session.rtp, session.rtcp), (*rtp, *rtcp), "{lines:?}");
        }
    }

    #[test]
    fn an_offer_of_the_other_family_is_not_ours_to_answer() {
        let cases = [
            ("c=IN IP4 192.0.2.7", true),
            ("c=IN IP6 2001:db8::7", false),
            ("c=IN IP6 ::ffff:192.0.2.7", true),
            ("c=IN IP6 ::", true),
            ("c=IN IP4 h", true),
        ];
        for (line, taken) in cases {
            let read = local().read_offer(offer(&["m=audio 4000 RTP/AVP 8", line]).as_bytes());
            assert_eq!(read.is_ok(), taken, "{line}");
        }
    }

    #[test]
    fn hold_and_resume_are_seen_and_mirrored() {
        let cases: &[(&[&str], Direction, &str, bool)] = &[
            (&[], Direction::SendRecv, "a=sendrecv", true),
            (&["a=sendonly"], Direction::RecvOnly, "a=recvonly", true),
            (&["a=recvonly"], Direction::SendOnly, "a=sendonly", true),
            (&["a=inactive"], Direction::Inactive, "a=inactive", true),
            (&["c=IN IP4 0.0.0.0"], Direction::RecvOnly, "a=recvonly", false),
            (&["c=IN IP4 0.0.0.0", "a=sendonly"], Direction::RecvOnly, "a=recvonly", false),
            (&["c=IN IP4 0.0.0.0", "a=recvonly"], Direction::Inactive, "a=inactive", false),
            (&["c=IN IP6 ::"], Direction::RecvOnly, "a=recvonly", false),
        ];
        for (below, direction, said, reachable) in cases {
            let lines: Vec<_> = ["m=audio 4000 RTP/AVP 8"].iter().chain(*below).copied().collect();
            let session = session(&lines).unwrap();
            assert_eq!((session.direction, session.rtp.is_some()), (*direction, *reachable), "{below:?}");
            assert!(answered(&lines).iter().any(|line| line == said), "{below:?}");
        }
        assert_eq!(session(&["a=sendonly", "m=audio 4000 RTP/AVP 8"]).unwrap().direction, Direction::RecvOnly);
        assert_eq!(session(&["a=sendonly", "m=audio 4000 RTP/AVP 8", "a=sendrecv"]).unwrap().direction, Direction::SendRecv);
    }

    #[test]
    fn an_answer_lists_what_was_taken_and_nothing_else() {
        let lines =
            answered(&["m=audio 4000 RTP/AVP 0 97 18 96", "a=rtpmap:97 PCMA/8000", "a=rtpmap:96 telephone-event/8000", "a=ptime:30"]);
        let expected = [
            "m=audio 30000 RTP/AVP 97 96",
            "a=rtpmap:97 PCMA/8000",
            "a=rtpmap:96 telephone-event/8000",
            "a=fmtp:96 0-15",
            "a=ptime:30",
            "a=sendrecv",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn an_answer_with_opus_says_what_we_hear_of_it() {
        let lines = answered(&[
            "m=audio 4000 RTP/AVP 107 100 101",
            "a=rtpmap:107 opus/48000/2",
            "a=fmtp:107 stereo=1;usedtx=1",
            "a=rtpmap:100 telephone-event/48000",
            "a=rtpmap:101 telephone-event/8000",
        ]);
        let expected = [
            "m=audio 30000 RTP/AVP 107 100",
            "a=rtpmap:107 opus/48000/2",
            "a=fmtp:107 maxplaybackrate=8000;sprop-maxcapturerate=8000;useinbandfec=1",
            "a=rtpmap:100 telephone-event/48000",
            "a=fmtp:100 0-15",
            "a=ptime:20",
            "a=sendrecv",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn refused_lines_keep_their_place() {
        let lines = answered(&[
            "m=video 5000 RTP/AVP 96",
            "a=rtpmap:96 H264/90000",
            "m=audio 4100 RTP/SAVP 8",
            "m=audio 4000 RTP/AVP 8",
            "m=audio 4200 RTP/AVP 0",
            "m=application 9 UDP/BFCP *",
            "m=image 6000 udptl t38",
        ]);
        let lines: Vec<_> = lines.iter().filter(|line| line.starts_with("m=")).map(String::as_str).collect();
        let expected = [
            "m=video 0 RTP/AVP 96",
            "m=audio 0 RTP/SAVP 8",
            "m=audio 30000 RTP/AVP 8",
            "m=audio 0 RTP/AVP 0",
            "m=application 0 UDP/BFCP *",
            "m=image 0 udptl t38",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let many = vec!["m=audio 4000 RTP/AVP 8"; LINES_MAX + 1];
        let cases: &[&[&str]] = &[
            &[],
            &["m=audio 4000 RTP/AVP 18 4"],
            &["m=audio 0 RTP/AVP 8"],
            &["m=audio 4000 RTP/SAVP 8"],
            &["m=video 4000 RTP/AVP 8"],
            &["m=audio 4000 RTP/AVP 136"],
            &["m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"],
            &["m=audio 4000 RTP/AVP 8", "c=IN IP4 224.2.1.1/127"],
            &["m=audio 4000 RTP/AVP 8", "c=IN IP6 ff15::101"],
            &many,
        ];
        for lines in cases {
            assert_eq!(session(lines), Err(Refusal::NotAcceptable), "{lines:?}");
        }
        let without_address = offer(&["m=audio 4000 RTP/AVP 8"]).replace("c=IN IP4 192.0.2.1\r\n", "");
        assert_eq!(local().read_offer(without_address.as_bytes()).err(), Some(Refusal::NotAcceptable));
        for text in ["", "hello", "v=1\r\n", "v=0\r\nm=audio", "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 70000 RTP/AVP 8\r\n"] {
            assert_eq!(local().read_offer(text.as_bytes()).err(), Some(Refusal::Malformed), "{text:?}");
        }
    }

    #[test]
    fn an_offer_of_ours_has_every_codec_and_keys_in_each_clock() {
        let text = local().offer();
        let expected = "v=0\r\no=- 42 1 IN IP4 192.0.2.100\r\ns=-\r\nc=IN IP4 192.0.2.100\r\nt=0 0\r\n\
            m=audio 30000 RTP/AVP 8 0 9 96 101 102\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/8000\r\n\
            a=rtpmap:96 opus/48000/2\r\na=fmtp:96 maxplaybackrate=8000;sprop-maxcapturerate=8000;useinbandfec=1\r\n\
            a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtpmap:102 telephone-event/48000\r\na=fmtp:102 0-15\r\n\
            a=ptime:20\r\na=sendrecv\r\n";
        assert_eq!(text, expected);
        let mut g711 = Local::new(SocketAddr::from(([192, 0, 2, 100], 30000)), &[Codec::Pcmu, Codec::Pcma], 42);
        assert!(g711.offer().contains("m=audio 30000 RTP/AVP 0 8 101\r\n"));
    }

    /// What is settled when our offer is answered so.
    fn settled_by_answer(local: &mut Local, lines: &[&str]) -> Session {
        local.offer();
        local.read_answer(offer(lines).as_bytes()).unwrap().session(SIGNALLING)
    }

    #[test]
    fn an_answer_to_our_offer_may_call_the_formats_otherwise() {
        let same = settled_by_answer(&mut local(), &["m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000"]);
        assert_eq!(same, settled(Codec::Pcmu, 0, Some(101), 20));
        let other = ["m=audio 4000 RTP/AVP 120 121", "a=rtpmap:120 opus/48000/2", "a=rtpmap:121 telephone-event/48000"];
        let offered = Some(PayloadTypes { voice: 96, telephone_event: Some(102) });
        assert_eq!(settled_by_answer(&mut local(), &other), Session { offered, ..settled(Codec::Opus, 120, Some(121), 20) });
    }

    #[test]
    fn a_number_keeps_its_meaning_for_the_life_of_a_dialog() {
        let mut local = local();
        let theirs = [
            "m=audio 4000 RTP/AVP 8 96 101 107",
            "a=rtpmap:96 iLBC/8000",
            "a=rtpmap:101 opus/48000/2",
            "a=rtpmap:107 telephone-event/8000",
        ];
        let remote = local.read_offer(offer(&theirs).as_bytes()).unwrap();
        local.answer(&remote);
        let ours = local.offer();
        for line in ["m=audio 30000 RTP/AVP 8 0 9 101 107 102", "a=rtpmap:101 opus/48000/2", "a=rtpmap:107 telephone-event/8000"] {
            assert!(ours.contains(line), "expected {line} in {ours}");
        }
    }

    #[test]
    fn the_version_grows_with_each_change_and_only_then() {
        let plain = local().read_offer(offer(&["m=audio 4000 RTP/AVP 8"]).as_bytes()).unwrap();
        let hold = local().read_offer(offer(&["m=audio 4000 RTP/AVP 8", "a=sendonly"]).as_bytes()).unwrap();
        let mut local = local();
        let versions: Vec<_> = [&plain, &plain, &hold, &hold, &plain].map(|offer| origin(&local.answer(offer))).into();
        assert_eq!(versions, ["42 1", "42 1", "42 2", "42 2", "42 3"]);
        assert_eq!(origin(&local.offer()), "42 4");
    }

    /// Session id and version.
    fn origin(text: &str) -> String {
        let line = text.lines().find_map(|line| line.strip_prefix("o=- ")).unwrap();
        line.split(" IN ").next().unwrap().to_owned()
    }

    #[test]
    fn a_later_offer_keeps_every_line_in_its_place() {
        let video_first = offer(&["m=video 5000 RTP/AVP 96", "m=audio 4000 RTP/AVP 8", "m=audio 4002 RTP/AVP 0"]);
        let mut local = local();
        local.answer(&local.read_offer(video_first.as_bytes()).unwrap());
        let text = local.offer();
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(lines, ["m=video 0 RTP/AVP 96", "m=audio 30000 RTP/AVP 8 0 9 96 101 102", "m=audio 0 RTP/AVP 0"]);
        assert_eq!(origin(&text), "42 2");
    }

    #[test]
    fn what_is_repeated_is_what_was_said() {
        let mut local = local();
        assert_eq!(local.repeat(), None);
        let hold = local.answer(&local.read_offer(offer(&["m=audio 4000 RTP/AVP 8", "a=sendonly"]).as_bytes()).unwrap());
        assert_eq!(local.repeat(), Some(hold.clone()));
        assert_eq!(local.repeat(), Some(hold));
    }

    #[test]
    fn a_stream_is_taken_away_and_added_again_elsewhere() {
        let mut local = local();
        let parsed = |lines: &[&str]| Remote::parse(offer(lines).as_bytes(), &Codec::ALL).unwrap();
        local.answer(&parsed(&["m=audio 4000 RTP/AVP 8"]));
        let removal = Removal::parse(offer(&["m=audio 0 RTP/AVP 8"]).as_bytes()).unwrap();
        let text = local.remove(&removal);
        assert!(text.ends_with("m=audio 0 RTP/AVP 8\r\n") && origin(&text) == "42 2", "{text}");
        let text = local.answer(&parsed(&["m=audio 0 RTP/AVP 8", "m=audio 4000 RTP/AVP 0"]));
        assert!(text.contains("m=audio 0 RTP/AVP 8\r\nm=audio 30000 RTP/AVP 0\r\n") && origin(&text) == "42 3", "{text}");
        for other in [&["m=audio 4000 RTP/AVP 8"][..], &["m=video 0 RTP/AVP 96"], &["m=audio 0 RTP/AVP 8", "m=image 6000 udptl t38"], &[]] {
            assert!(Removal::parse(offer(other).as_bytes()).is_none(), "{other:?}");
        }
    }

    #[test]
    fn the_times_of_an_offer_are_repeated() {
        let text = offer(&["m=audio 4000 RTP/AVP 8"]).replace("t=0 0", "t=2873397496 2873404696");
        let remote = local().read_offer(text.as_bytes()).unwrap();
        assert!(local().answer(&remote).contains("\r\nt=2873397496 2873404696\r\n"));
    }
}
