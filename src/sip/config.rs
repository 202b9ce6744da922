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
    /// T1 of RFC 3261, section 17.1.1.1: the estimate of a round trip, 10 to 4000. A 2xx without ACK is given up after 64 of them.
    #[serde(deserialize_with = "t1_ms")]
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

fn t1_ms<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let ms = u64::deserialize(from)?;
    let wrong = || serde::de::Error::custom(format_args!("expected 10 to 4000 milliseconds, got {ms}"));
    if (10..=4000).contains(&ms) { Ok(ms) } else { Err(wrong()) }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn config(yaml: &str) -> Result<Config, String> {
        serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_stand_with_quotes_or_without() {
        let config = config("numbers: [1414, \"+77172906984\", 8 7172 906984]").unwrap();
        let texts: Vec<_> = config.numbers.iter().map(Number::as_str).collect();
        assert_eq!(texts, ["1414", "+77172906984", "8 7172 906984"]);
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let config = config("listen: 127.0.0.1:5070\ntrunks: [{address: 10.1.0.0/16, trusted: true}, {address: 192.0.2.7}]").unwrap();
        assert_eq!((config.listen.port(), config.calls_max, config.t1_ms), (5070, 1000, 500));
        assert_eq!(config.trunks.iter().map(|trunk| trunk.trusted).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_wrong_value_is_named() {
        let cases = [
            ("port: 5060", "port"),
            ("trunks: [{address: 10.1.0.0/33}]", "10.1.0.0/33"),
            ("trunks: [{address: sbc.example.kz}]", "sbc.example.kz"),
            ("trunks: [{address: 10.1.0.1, trust: true}]", "trust"),
            ("t1_ms: 0", "10 to 4000"),
            ("numbers: [[1]]", "telephone number"),
        ];
        for (yaml, named) in cases {
            let error = config(yaml).unwrap_err();
            assert!(error.contains(named), "{yaml}: {error}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses() {
        let cases = [
            ("10.1.0.0/16", "10.1.255.255", true),
            ("10.1.0.0/16", "10.2.0.0", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.2", false),
            ("10.1.2.2/31", "10.1.2.3", true),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ];
        for (network, ip, expected) in cases {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.holds(ip.parse().unwrap()), expected, "{network:?} {ip}");
        }
    }
}
