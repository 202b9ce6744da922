//! The `sip` part of `dauys.yaml`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

use super::identity::Number;

/// Where the robot is reached, by whom, and at which numbers.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The UDP address to listen at; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address that peers reach us at, when it is not the one we listen at (address translation, 0.0.0.0).
    pub advertise: Option<SocketAddr>,
    /// The numbers that the robot answers, as dialled: short codes and subscriber numbers. All others get 404.
    pub numbers: Vec<Number>,
    /// Who may send us requests; others get no answer. With none: this machine and private networks, untrusted.
    pub trunks: Vec<Trunk>,
    /// Calls at one time; more get 503 with Retry-After.
    pub calls_max: usize,
    /// What Retry-After says when there are too many calls, or none are taken any more.
    pub retry_after_s: u32,
    /// T1 of RFC 3261, section 17.1.1.1: the estimate of a round trip. A 2xx without ACK is given up after 64 of them.
    pub t1_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 5060)),
            advertise: None,
            numbers: vec![Number::new("1414")],
            trunks: Vec::new(),
            calls_max: 1000,
            retry_after_s: 5,
            t1_ms: 500,
        }
    }
}

/// A neighbour that may send us calls.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    /// One address, or a network such as 10.1.0.0/16.
    pub address: Network,
    /// Whether its P-Asserted-Identity is believed (RFC 3325).
    #[serde(default)]
    pub trusted: bool,
}

impl Trunk {
    /// Whether this address is the trunk's.
    pub(super) fn holds(&self, ip: IpAddr) -> bool {
        self.address.holds(ip.to_canonical())
    }
}

/// An IP network, written `address/prefix`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    fn holds(&self, ip: IpAddr) -> bool {
        match (self.address, ip) {
            (IpAddr::V4(own), IpAddr::V4(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros() >= u32::from(self.prefix),
            (IpAddr::V6(own), IpAddr::V6(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros() >= u32::from(self.prefix),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected an IP address or a network such as 10.1.0.0/16, got `{text}`");
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), str::parse::<u8>).map_err(|_| wrong())?;
        if prefix > widest { Err(wrong()) } else { Ok(Self { address, prefix }) }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NumberText)
    }
}

/// A number may stand in YAML with quotes or without.
struct NumberText;

impl Visitor<'_> for NumberText {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a telephone number such as 1414 or \"+77172906984\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
        Ok(Number::new(text))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Number, E> {
        Ok(Number::new(&number.to_string()))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Number, E> {
        Ok(Number::new(&number.to_string()))
    }
}
