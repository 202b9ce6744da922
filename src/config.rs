//! The configuration: one YAML file, units in names, every limit of an installation in one place.
//!
//! It reads a file and nothing else: no environment, no network. A mistake is shown as a compiler shows it, with line and column.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU8, NonZeroU32};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use thiserror::Error;

/// The longest configuration file that is read, in bytes.
pub const FILE_MAX: u64 = 64 * 1024;

/// All that an installation may choose. `Config::default()` serves without any file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Signalling.
    pub sip: Sip,
    /// Media.
    pub media: Media,
    /// Health and metrics.
    pub console: Console,
    /// Where the database, the event logs and the bundles are.
    pub data: PathBuf,
    /// What holds `flows/`, `prompts/` and `audio/`.
    pub root: PathBuf,
    /// What is logged, as `tracing_subscriber::EnvFilter` reads it.
    pub log: String,
    /// How long calls may go on after SIGTERM, in seconds.
    pub drain_s: u32,
}

/// Signalling.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// Where requests are received (UDP).
    pub listen: SocketAddr,
    /// The address that Contact and SDP show, when it is not the one we listen on.
    pub advertised: Option<IpAddr>,
    /// The numbers that are answered; any other is 404.
    pub numbers: Vec<String>,
    /// Who may send requests. Empty: loopback and private networks.
    pub trunks: Vec<Network>,
    /// Calls at once; one more is answered 503.
    pub calls_max: NonZeroU32,
    /// Retry-After of that 503, in seconds.
    pub retry_after_s: u32,
}

/// Media.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// Ports of RTP (even) and RTCP (odd).
    pub ports: Ports,
    /// Media threads.
    pub threads: NonZeroU8,
    /// Whether real-time priority is asked for.
    pub realtime: bool,
    /// Neither RTP nor RTCP for so long ends a call, in seconds.
    pub media_timeout_s: NonZeroU32,
}

/// Health and metrics.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Console {
    /// Where they are served.
    pub listen: Listen,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sip: Sip::default(),
            media: Media::default(),
            console: Console::default(),
            data: PathBuf::from("data"),
            root: PathBuf::from("."),
            log: "info,rsipstack=warn".to_owned(),
            drain_s: 30,
        }
    }
}

impl Default for Sip {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 5060)),
            advertised: None,
            numbers: vec!["1414".to_owned(), "+77172906984".to_owned()],
            trunks: Vec::new(),
            calls_max: const { NonZeroU32::new(1000).unwrap() },
            retry_after_s: 5,
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            ports: Ports { first: 20_000, last: 29_999 },
            threads: NonZeroU8::MIN,
            realtime: true,
            media_timeout_s: const { NonZeroU32::new(30).unwrap() },
        }
    }
}

impl Default for Console {
    fn default() -> Self {
        Self { listen: Listen::At(SocketAddr::from(([127, 0, 0, 1], 8014))) }
    }
}

impl Config {
    /// Reads `path`; the paths within are relative to its folder.
    ///
    /// # Errors
    /// When the file cannot be read, is longer than [`FILE_MAX`], or says something wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
        if bytes > FILE_MAX {
            return Err(ConfigError::TooLong { path: path.to_owned(), bytes });
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let config = Self::parse(&path.display().to_string(), &text)?;
        Ok(config.based_at(path.parent().unwrap_or(Path::new(""))))
    }

    /// Reads the text of a configuration file called `name`.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        let config: Self = serde_saphyr::from_str_with_options(text, options).map_err(|error| Fault::of_yaml(name, text, &error))?;
        match config.contradiction() {
            Some((key, message)) => Err(Fault::at_key(name, text, key, message).into()),
            None => Ok(config),
        }
    }

    fn based_at(mut self, folder: &Path) -> Self {
        self.data = folder.join(&self.data);
        self.root = folder.join(&self.root);
        self
    }

    /// A value that is right alone and wrong beside the others: the key to blame, and why.
    fn contradiction(&self) -> Option<(&'static str, String)> {
        let (calls, legs) = (self.sip.calls_max.get(), self.media.ports.pairs());
        if calls > legs {
            return Some((
                "calls_max",
                format!("{calls} calls need {calls} pairs of ports, but media.ports {} holds {legs}", self.media.ports),
            ));
        }
        if self.sip.numbers.is_empty() {
            return Some(("numbers", "no number is answered: expected at least one".to_owned()));
        }
        None
    }
}

impl Sip {
    /// Whether requests from this address are taken.
    pub fn trusts(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        if self.trunks.is_empty() { from.is_loopback() || is_private(from) } else { self.trunks.iter().any(|trunk| trunk.contains(from)) }
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// A range of UDP ports, both ends included: `20000-29999`. Starts even, ends odd, so that it holds whole pairs (RFC 3550, section 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Ports {
    /// The lowest, even.
    pub first: u16,
    /// The highest, odd.
    pub last: u16,
}

impl Ports {
    /// How many pairs of RTP and RTCP it holds.
    pub fn pairs(self) -> u32 {
        (u32::from(self.last) + 1 - u32::from(self.first)) / 2
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl TryFrom<String> for Ports {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("expected ports as 20000-29999, from an even one of 1024 or more to an odd one, not `{text}`");
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let (Ok(first), Ok(last)) = (first.trim().parse::<u16>(), last.trim().parse::<u16>()) else { return Err(wrong()) };
        if first >= 1024 && first < last && first % 2 == 0 && last % 2 == 1 { Ok(Self { first, last }) } else { Err(wrong()) }
    }
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
        let (size, network, ip) = match (self.address, ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => (32, u128::from(network.to_bits()), u128::from(ip.to_bits())),
            (IpAddr::V6(network), IpAddr::V6(ip)) => (128, network.to_bits(), ip.to_bits()),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        let shared = u32::from(size - self.prefix);
        (network ^ ip).checked_shr(shared).unwrap_or(0) == 0
    }

    const fn bits(address: IpAddr) -> u8 {
        if address.is_ipv4() { 32 } else { 128 }
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("expected an address or a network such as 10.1.2.3 or 10.1.0.0/16, not `{text}`");
        let (address, prefix) = text.split_once('/').map_or((text.as_str(), None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let prefix = prefix.map_or(Ok(Self::bits(address)), str::parse).map_err(|_| wrong())?;
        if prefix <= Self::bits(address) { Ok(Self { address, prefix }) } else { Err(wrong()) }
    }
}

/// An address to listen on, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Listen {
    /// Served here.
    At(SocketAddr),
    /// Not served.
    Off,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            _ => text
                .parse()
                .map(Self::At)
                .map_err(|_| format!("expected an address with a port such as 127.0.0.1:8014, or off, not `{text}`")),
        }
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Why there is no configuration.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// The file is missing or closed to us.
    #[error("cannot read the configuration {}", path.display())]
    #[diagnostic(help("check the path, or leave --config out: dauys runs on its defaults"))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No configuration is that long.
    #[error("{} has {bytes} bytes: expected a configuration of {FILE_MAX} at most", path.display())]
    TooLong {
        /// Which file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// The file says something wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Fault(Box<Fault>),
}

impl From<Fault> for ConfigError {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// One mistake in the file, and where it is.
#[derive(Debug, Error, Diagnostic)]
#[error("{file}:{line}:{column}: {message}")]
pub struct Fault {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What was expected and what came.
    pub message: String,
    /// What to do.
    #[help]
    pub help: Option<String>,
    #[source_code]
    text: NamedSource<String>,
    #[label("here")]
    span: SourceSpan,
}

impl Fault {
    fn of_yaml(name: &str, text: &str, error: &serde_saphyr::Error) -> Self {
        let error = error.without_snippet();
        let place = error.location();
        let (line, column) = place.map_or((1, 1), |place| (place.line() as usize, place.column() as usize));
        let (message, help) = match error {
            serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => {
                (format!("unknown key `{field}`: expected one of {}", expected.join(", ")), nearest(field, expected))
            }
            serde_saphyr::Error::Message { msg, .. } => (msg.clone(), None),
            // Foreign and open: every other variant already says what it expected.
            other => (without_place(&other.to_string()), None),
        };
        Self::at(name, text, (line, column), message, help)
    }

    fn at_key(name: &str, text: &str, key: &str, message: String) -> Self {
        let found = text.lines().enumerate().find_map(|(line, words)| Some((line + 1, words.find(&format!("{key}:"))? + 1)));
        Self::at(name, text, found.unwrap_or((1, 1)), message, None)
    }

    fn at(name: &str, text: &str, (line, column): (usize, usize), message: String, help: Option<String>) -> Self {
        let (line, column) = (line.max(1), column.max(1));
        let span = word_at(text, line, column);
        let text = NamedSource::new(name, text.to_owned()).with_language("yaml");
        Self { file: name.to_owned(), line, column, message, help, text, span }
    }
}

/// The parser appends the place, which stands before the message already.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message).to_owned()
}

fn nearest(key: &str, known: &[&str]) -> Option<String> {
    let close = |other: &&&str| strsim::damerau_levenshtein(key, other);
    let best = known.iter().min_by_key(close)?;
    (strsim::damerau_levenshtein(key, best) <= 1 + key.len() / 3).then(|| format!("did you mean `{best}`?"))
}

/// The bytes of the word that begins at a line and column, both from 1.
fn word_at(text: &str, line: usize, column: usize) -> SourceSpan {
    let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let start = rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at);
    let word = rest[start..].find(|c: char| c.is_whitespace() || c == ':').unwrap_or(rest.len() - start);
    (before + start, word).into()
}
