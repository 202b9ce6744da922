//! The configuration: one YAML file, units in names, every limit of an installation in one place.
//!
//! It reads a file and nothing else: no environment, no network. A mistake is shown as a compiler shows it, with line and column.

mod database;
mod disclosure;
mod fault;
mod messages;
pub mod services;
mod shape;
mod sip;

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU8, NonZeroU32};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use crate::files;

pub use database::{Database, Postgres};
pub use disclosure::{Disclosure, Given};
pub use fault::{ConfigError, Fault};
pub use messages::{Gateway, GatewayAnswer, Messages, Quiet, Sender, Smpp, Way};
pub use shape::schema;
pub use sip::{Advertised, Network, Number, Registrar, Registration, Secret, Sip, Trunk};

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
    /// Which flows serve.
    pub flows: Flows,
    /// Text messages.
    pub messages: Messages,
    /// Calls back.
    pub callbacks: Callbacks,
    /// Recordings of calls.
    pub recording: Recording,
    /// What callers say.
    pub recognition: Recognition,
    /// What is kept of calls.
    pub records: Records,
    /// Who answers for the services that flows call.
    pub services: services::Connectors,
    /// What callers are told of themselves.
    pub disclosure: Disclosure,
    /// Health and metrics.
    pub console: Console,
    /// The database.
    pub store: Database,
    /// Where the database (SQLite), the keys, the event logs and the bundles are.
    pub data: PathBuf,
    /// What holds `flows/`, `prompts/` and `audio/`.
    pub root: PathBuf,
    /// What is logged, as `tracing_subscriber::EnvFilter` reads it.
    pub log: String,
    /// How long calls may go on after SIGTERM, in seconds.
    pub drain_s: u32,
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

/// Which flows serve.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Flows {
    /// Where they come from.
    pub source: Source,
}

/// Where the flows that serve come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The publication, where there is one; else the draft.
    #[default]
    Auto,
    /// The publication; without one the robot does not start.
    Published,
    /// The files below `root`, whatever is published.
    Draft,
}

/// Calls back.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Callbacks {
    /// How many are booked for the hours of one day; 0: none.
    pub capacity: u32,
}

/// Recordings of calls.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recording {
    /// Whether calls are recorded.
    pub enabled: bool,
    /// With less free on the disk nothing is recorded, in MB (10^6 bytes).
    pub disk_free_min_mb: u64,
}

/// The recogniser of what callers say.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recognition {
    /// The folder of its model; `None`: the one below `root`. Without a model callers can only press keys.
    pub model: Option<PathBuf>,
    /// Its threads; `None`: as many as there are cores, less one.
    pub threads: Option<NonZeroU8>,
    /// So long after an utterance it is known what was said, or it counts as not understood, in milliseconds.
    pub deadline_ms: NonZeroU32,
}

/// Where the recogniser's model is, below the root.
pub const MODEL: &str = "models/kkru-8k-v1";

/// What is kept of calls.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Records {
    /// Event logs and recordings are kept for so many whole days after the day of the call; 0: for ever.
    pub keep_days: u16,
    /// The true values of private rows are kept, sealed, for so many; 0: not at all.
    pub sealed_keep_days: u16,
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
            flows: Flows::default(),
            messages: Messages::default(),
            callbacks: Callbacks::default(),
            recording: Recording::default(),
            recognition: Recognition::default(),
            records: Records::default(),
            services: services::Connectors::default(),
            disclosure: Disclosure::default(),
            console: Console::default(),
            store: Database::Sqlite,
            data: PathBuf::from("data"),
            root: PathBuf::from("."),
            log: "info,rsipstack=warn".to_owned(),
            drain_s: 30,
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

impl Default for Callbacks {
    fn default() -> Self {
        Self { capacity: 100 }
    }
}

impl Default for Recording {
    fn default() -> Self {
        Self { enabled: true, disk_free_min_mb: 1000 }
    }
}

impl Default for Recognition {
    fn default() -> Self {
        Self { model: None, threads: None, deadline_ms: const { NonZeroU32::new(800).unwrap() } }
    }
}

impl Default for Records {
    fn default() -> Self {
        Self { keep_days: 90, sealed_keep_days: 14 }
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
        let text = match files::read_text(path, FILE_MAX) {
            Err(long) if long.kind() == ErrorKind::FileTooLarge => return Err(ConfigError::TooLong { path: path.to_owned() }),
            text => text.map_err(unreadable)?,
        };
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
        let mut config: Self = serde_saphyr::from_str_with_options(text, options).map_err(|error| Fault::of_yaml(name, text, &error))?;
        config.services.read_from(name, text);
        match config.contradiction() {
            Some((key, message)) => Err(Fault::at_key(name, text, key, message).into()),
            None => Ok(config),
        }
    }

    /// The folder of the recogniser's model.
    pub fn model(&self) -> PathBuf {
        self.recognition.model.clone().unwrap_or_else(|| self.root.join(MODEL))
    }

    fn based_at(mut self, folder: &Path) -> Self {
        self.data = folder.join(&self.data);
        self.root = folder.join(&self.root);
        if let Database::Postgres(Postgres { password_file: Some(file), .. }) = &mut self.store {
            *file = folder.join(&*file);
        }
        self.recognition.model = self.recognition.model.map(|model| folder.join(model));
        self.services.based_at(folder);
        for file in self.sip.registrations.iter_mut().filter_map(|registration| registration.password_file.as_mut()) {
            *file = folder.join(&*file);
        }
        self.messages.based_at(folder);
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
        for (key, ip) in [("advertised", self.sip.advertised.map(|at| at.ip)), ("advertised_media", self.sip.advertised_media)] {
            if let Some(everywhere) = ip.filter(IpAddr::is_unspecified) {
                return Some((key, format!("nobody reaches us at {everywhere}: expected an address of ours, or null")));
            }
        }
        if self.sip.numbers.is_empty() {
            return Some(("numbers", "no number is answered: expected at least one".to_owned()));
        }
        if self.sip.registrations.iter().any(|at| at.password.is_some() == at.password_file.is_some()) {
            return Some(("registrations", "expected for each either `password` or `password_file`".to_owned()));
        }
        let unanswered =
            self.sip.registrations.iter().filter_map(|at| at.number.as_ref()).find(|number| self.sip.number(number.as_str()).is_none());
        if let Some(number) = unanswered {
            return Some(("registrations", format!("calls for {} would be refused: expected one of `numbers`", number.as_str())));
        }
        self.messages.contradiction()
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
