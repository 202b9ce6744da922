//! The `sip` part of `dauys.yaml`: where the robot is reached, by whom, at which numbers, and where it registers.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use dauys_core::citizen::Phone;
use dauys_core::media::Codec;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::files;

/// Signalling.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// Where requests are received, over UDP and TCP at one port; port 0 takes a free one. `[::]` is IPv4 too.
    pub listen: SocketAddr,
    /// The address that Contact, Via and SDP show to peers of its family, where they reach us by another than our own (address translation). Without it, the one that we send to the peer from.
    pub advertised: Option<Advertised>,
    /// The address that SDP shows to peers of its family, where media come in by another one than signalling.
    pub advertised_media: Option<IpAddr>,
    /// The numbers that are answered, short codes and subscriber numbers; any other is 404.
    pub numbers: Vec<Number>,
    /// Who may send requests; others get no answer. Empty: this machine and private networks, untrusted.
    pub trunks: Vec<Trunk>,
    /// The codecs that are offered and taken, the best first.
    #[serde(deserialize_with = "codecs")]
    pub codecs: Vec<Codec>,
    /// Where we register, so that calls come to us (RFC 3261, section 10).
    pub registrations: Vec<Registration>,
    /// Calls at once; one more is answered 503.
    pub calls_max: NonZeroU32,
    /// Retry-After of that 503 and of a drain's, in seconds.
    pub retry_after_s: u32,
    /// T1 of RFC 3261, section 17.1.1.1, the estimate of a round trip, 10 to 4000 milliseconds. A 2xx without ACK is given up after 64 of them.
    #[serde(deserialize_with = "t1_ms")]
    pub t1_ms: u64,
    /// Requests outside dialogs that one IPv4 /24 or IPv6 /64 may send per second, for a burst twice as many. The next are answered 503, those beyond not at all; requests within dialogs may be ten times as many.
    pub source_requests_per_s: NonZeroU32,
    /// TCP connections at once; one more is closed.
    pub tcp_connections_max: NonZeroU32,
    /// TCP connections of one address at once; one more is closed.
    pub tcp_connections_per_source_max: NonZeroU32,
    /// A TCP connection on which nothing comes for so long is closed, in seconds.
    pub tcp_idle_s: NonZeroU32,
    /// How long a session lasts without a refresh (RFC 4028), in seconds, when the other side names no time. Never less than `min_se_s`.
    pub session_expires_s: NonZeroU32,
    /// The shortest time that the other side may name, in seconds; less is answered 422. RFC 4028 wants 90 or more.
    pub min_se_s: NonZeroU32,
}

impl Default for Sip {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 5060)),
            advertised: None,
            advertised_media: None,
            numbers: vec![Number::new("1414"), Number::new("+77172906984")],
            trunks: Vec::new(),
            codecs: Codec::ALL.to_vec(),
            registrations: Vec::new(),
            calls_max: const { NonZeroU32::new(1000).unwrap() },
            retry_after_s: 5,
            t1_ms: 500,
            source_requests_per_s: const { NonZeroU32::new(500).unwrap() },
            tcp_connections_max: const { NonZeroU32::new(1024).unwrap() },
            tcp_connections_per_source_max: const { NonZeroU32::new(256).unwrap() },
            tcp_idle_s: const { NonZeroU32::new(900).unwrap() },
            session_expires_s: const { NonZeroU32::new(1800).unwrap() },
            min_se_s: const { NonZeroU32::new(90).unwrap() },
        }
    }
}

impl Sip {
    /// Whether requests from this address are taken.
    pub fn admits(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        if self.trunks.is_empty() { is_near(from) } else { self.trunks.iter().any(|trunk| trunk.address.contains(from)) }
    }

    /// Whether P-Asserted-Identity counts in requests from this address (RFC 3325).
    pub fn trusts(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        self.trunks.iter().any(|trunk| trunk.trusted && trunk.address.contains(from))
    }

    /// The one of our numbers that this is, in whatever form it was dialled.
    pub fn number(&self, dialled: &str) -> Option<&Number> {
        let dialled = Dialled::parse(dialled);
        self.numbers.iter().find(|number| number.dialled == dialled)
    }
}

fn is_near(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

fn codecs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Codec>, D::Error> {
    let codecs = Vec::<Codec>::deserialize(from)?;
    let twice = codecs.iter().enumerate().any(|(at, codec)| codecs[..at].contains(codec));
    let wrong = || Error::custom("expected one or more of pcma, pcmu, g722 and opus, each once, the best first");
    if codecs.is_empty() || twice { Err(wrong()) } else { Ok(codecs) }
}

fn t1_ms<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let ms = u64::deserialize(from)?;
    let wrong = || Error::custom(format_args!("expected 10 to 4000 milliseconds, not {ms}"));
    if (10..=4000).contains(&ms) { Ok(ms) } else { Err(wrong()) }
}

/// An address of ours as others see it: `203.0.113.5`, `203.0.113.5:5080`, `2001:db8::5` or `[2001:db8::5]:5080`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Advertised {
    /// The address.
    pub ip: IpAddr,
    /// The port of SIP, where it is another than the one we listen on.
    pub port: Option<u16>,
}

impl From<[u8; 4]> for Advertised {
    fn from(ip: [u8; 4]) -> Self {
        Self { ip: ip.into(), port: None }
    }
}

impl From<SocketAddr> for Advertised {
    fn from(address: SocketAddr) -> Self {
        Self { ip: address.ip(), port: Some(address.port()) }
    }
}

impl TryFrom<String> for Advertised {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("expected an address such as 203.0.113.5 or \"203.0.113.5:5080\", not `{text}`");
        let bare = text.parse().map(|ip| Self { ip, port: None });
        bare.or_else(|_| text.parse::<SocketAddr>().map(Self::from)).ok().filter(|at| at.port != Some(0)).ok_or_else(wrong)
    }
}

/// An account at a registrar (RFC 3261, section 10). Exactly one of `password` and `password_file` is given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Where we register: `sip:trunk.example.kz`. Its address may send us requests while we are registered there.
    pub registrar: Registrar,
    /// The user of our address there.
    #[serde(deserialize_with = "user")]
    pub user: String,
    /// Who we are in answers to challenges, where it is not `user`.
    #[serde(default)]
    pub auth_user: Option<String>,
    /// The password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// A file whose first line is the password; relative to the configuration file.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// The number that calls by way of the registrar are for; without it, the first of `numbers`.
    #[serde(default)]
    pub number: Option<Number>,
    /// How long we ask to be registered for, 60 to 86400 seconds. It is renewed before that.
    #[serde(default = "expires_s", deserialize_with = "expiry_s")]
    pub expires_s: u32,
}

fn expires_s() -> u32 {
    3600
}

fn expiry_s<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let s = u32::deserialize(from)?;
    let wrong = || Error::custom(format_args!("expected 60 to 86400 seconds, not {s}"));
    if (60..=86_400).contains(&s) { Ok(s) } else { Err(wrong()) }
}

fn user<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let user = String::deserialize(from)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'()&=+$,".contains(c);
    let wrong = || Error::custom(format_args!("expected the user part of a SIP URI, letters, digits and -_.!~*'()&=+$, not `{user}`"));
    if !user.is_empty() && user.chars().all(plain) { Ok(user) } else { Err(wrong()) }
}

/// The URI of a registrar: `sip:HOST` or `sip:HOST:PORT`, and `;transport=tcp` for TCP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Registrar(String);

impl Registrar {
    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Registrar {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("expected a registrar such as sip:trunk.example.kz or \"sip:192.0.2.1:5080;transport=tcp\", not `{text}`");
        let at = text.strip_prefix("sip:").ok_or_else(wrong)?;
        let at = at.strip_suffix(";transport=tcp").or_else(|| at.strip_suffix(";transport=udp")).unwrap_or(at);
        if is_host_and_port(at) { Ok(Self(text)) } else { Err(wrong()) }
    }
}

/// `name`, `192.0.2.1` or `[2001:db8::1]`, each with a port or without (RFC 3261, section 25.1, hostport).
fn is_host_and_port(text: &str) -> bool {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host_is_good, rest) = match bracketed {
        Some((ip, rest)) => (ip.parse::<std::net::Ipv6Addr>().is_ok(), rest),
        None => {
            let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
            let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            (host.len() <= 253 && host.trim_end_matches('.').split('.').all(label), rest)
        }
    };
    let port_is_good = rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    host_is_good && port_is_good
}

/// The longest file that is read for a password.
const SECRET_FILE_MAX: u64 = 4096;

/// A password. It shows itself nowhere but to [`Secret::reveal`].
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A password.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The first line of a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no text of a password's length.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = files::read_text(path, SECRET_FILE_MAX)?;
        Ok(Self::new(text.lines().next().unwrap_or_default()))
    }

    /// What it is.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A number that is answered, in whatever form it is dialled: `8 7172 906984` is `+77172906984`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
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

    /// Whether it is this subscriber's, however it is written. A short code is nobody's.
    pub fn is(&self, phone: &Phone) -> bool {
        match &self.dialled {
            Dialled::Subscriber(own) => own == phone,
            Dialled::Code(_) => false,
        }
    }
}

impl TryFrom<String> for Number {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("expected a number such as 1414 or \"+77172906984\", not `{text}`");
        if text.chars().any(|c| c.is_ascii_digit()) { Ok(Self::new(&text)) } else { Err(wrong()) }
    }
}

/// What was dialled, in a form that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Dialled {
    Subscriber(Phone),
    Code(String),
}

impl Dialled {
    fn parse(text: &str) -> Self {
        Phone::parse(text).map_or_else(|_| Self::Code(code(text)), Self::Subscriber)
    }
}

/// Without the visual separators of RFC 3966.
fn code(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect()
}

/// A neighbour that may send us calls. Written as an address or a network, and is then not trusted, or as `{address: 10.1.0.0/16, trusted: true}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// Where its requests come from.
    pub address: Network,
    /// Whether its P-Asserted-Identity is believed (RFC 3325).
    pub trusted: bool,
}

impl<'de> Deserialize<'de> for Trunk {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TrunkForms)
    }
}

/// Both ways to write a trunk.
struct TrunkForms;

impl<'de> Visitor<'de> for TrunkForms {
    type Value = Trunk;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a network such as 10.1.0.0/16, or {address: 10.1.0.0/16, trusted: true}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Trunk, E> {
        Ok(Trunk { address: text.parse().map_err(E::custom)?, trusted: false })
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Trunk, M::Error> {
        let TrunkMap { address, trusted } = TrunkMap::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Trunk { address, trusted })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrunkMap {
    address: Network,
    #[serde(default)]
    trusted: bool,
}

/// An address, or all that share its first bits: `10.1.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether the address is in it. IPv4 and IPv6 never match each other.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let shared = match (self.address, ip) {
            (IpAddr::V4(own), IpAddr::V4(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros(),
            (IpAddr::V6(own), IpAddr::V6(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros(),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        shared >= u32::from(self.prefix)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected an address or a network such as 10.1.2.3 or 10.1.0.0/16, not `{text}`");
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(bits), str::parse).map_err(|_| wrong())?;
        if prefix <= bits { Ok(Self { address, prefix }) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
