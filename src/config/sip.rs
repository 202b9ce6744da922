//! The `sip` part of `dauys.yaml`: where the robot is reached, by whom, and at which numbers.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::str::FromStr;

use dauys_core::citizen::Phone;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// Signalling.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// Where requests are received (UDP); port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address that Contact, Via and SDP show, where peers reach us by another than our own (address translation). Without it, the one that we send to the peer from.
    pub advertised: Option<IpAddr>,
    /// The numbers that are answered, short codes and subscriber numbers; any other is 404.
    pub numbers: Vec<Number>,
    /// Who may send requests; others get no answer. Empty: this machine and private networks, untrusted.
    pub trunks: Vec<Trunk>,
    /// Calls at once; one more is answered 503.
    pub calls_max: NonZeroU32,
    /// Retry-After of that 503 and of a drain's, in seconds.
    pub retry_after_s: u32,
    /// T1 of RFC 3261, section 17.1.1.1, the estimate of a round trip, 10 to 4000 milliseconds. A 2xx without ACK is given up after 64 of them.
    #[serde(deserialize_with = "t1_ms")]
    pub t1_ms: u64,
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
            numbers: vec![Number::new("1414"), Number::new("+77172906984")],
            trunks: Vec::new(),
            calls_max: const { NonZeroU32::new(1000).unwrap() },
            retry_after_s: 5,
            t1_ms: 500,
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

fn t1_ms<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let ms = u64::deserialize(from)?;
    let wrong = || Error::custom(format_args!("expected 10 to 4000 milliseconds, not {ms}"));
    if (10..=4000).contains(&ms) { Ok(ms) } else { Err(wrong()) }
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
