//! The `services` part of `dauys.yaml`: who answers for each service of `flows/contracts.yaml`.
//!
//! What stands here is only read; whether it can keep the contract is proved by `services::http`, which blames the places that are kept here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::Deserializer;
use serde_saphyr::Spanned;

use super::Fault;

/// Who answers for which service.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Connectors {
    /// By the names of `flows/contracts.yaml`. A service that is not named is the demo's.
    pub by_name: BTreeMap<String, At<Connector>>,
    #[serde(skip)]
    file: File,
}

/// Who answers for a service.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connector {
    /// What dauys brings along, with made-up data.
    Demo,
    /// A server.
    Http(Box<Http>),
}

/// How a server is asked, and what its answers mean.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The method.
    pub method: Method,
    /// Where; a template in its path and its query.
    pub url: At<String>,
    /// Whether `http:` will do, on this machine or in a private network.
    #[serde(default)]
    pub plain_http: bool,
    /// Headers; templates.
    #[serde(default)]
    pub headers: BTreeMap<String, At<String>>,
    /// What is sent.
    #[serde(default)]
    pub body: Option<At<Body>>,
    /// A file that holds a bearer token; relative to the configuration file.
    #[serde(default)]
    pub token_file: Option<At<PathBuf>>,
    /// A file of certificates (PEM) that are trusted instead of the system's.
    #[serde(default)]
    pub ca_file: Option<At<PathBuf>>,
    /// Our certificate (PEM), with those between it and its authority.
    #[serde(default)]
    pub cert_file: Option<At<PathBuf>>,
    /// Its key (PEM).
    #[serde(default)]
    pub key_file: Option<At<PathBuf>>,
    /// The longest that a connection may take.
    #[serde(default = "connect_ms")]
    pub connect_ms: At<u32>,
    /// The longest that one attempt may take.
    #[serde(default = "attempt_ms")]
    pub attempt_ms: At<u32>,
    /// The longest that all of them may take.
    #[serde(default = "total_ms")]
    pub total_ms: At<u32>,
    /// How often it is tried again.
    #[serde(default)]
    pub retries: Option<At<u32>>,
    /// The header of the key under which a change is made once.
    #[serde(default)]
    pub idempotency_header: Option<At<String>>,
    /// When the server is left alone for a while.
    #[serde(default)]
    pub breaker: Breaker,
    /// Their codes in our words: table → code → item.
    #[serde(default)]
    pub tables: BTreeMap<String, BTreeMap<String, At<String>>>,
    /// What answers mean; the first that fits.
    pub answers: At<Vec<At<Rule>>>,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Whatever the server makes of it.
    Post,
    /// Puts in place.
    Put,
    /// Changes a part.
    Patch,
    /// Removes.
    Delete,
}

/// What is sent; templates.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// JSON, of which each string is a template.
    Json(String),
    /// XML, of which texts and attributes are templates.
    Xml(String),
    /// Names and values of a form.
    Form(BTreeMap<String, String>),
}

/// When a server is left alone for a while.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Breaker {
    /// After so many failures in a row.
    pub failures: At<u32>,
    /// For so long.
    pub open_s: At<u32>,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { failures: At::nowhere(5), open_s: At::nowhere(30) }
    }
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which answers.
    #[serde(default)]
    pub when: When,
    /// The contract's outcome, or `unavailable`: surely not done.
    pub outcome: At<String>,
    /// Where each field of the outcome comes from.
    #[serde(default)]
    pub fields: BTreeMap<String, At<Source>>,
}

/// Which answers a rule is for. All that is written must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The status; without it any from 200 to 299.
    pub status: Option<At<u32>>,
    /// A place in JSON (RFC 6901) that is there.
    pub pointer: Option<At<String>>,
    /// A place in XML that is there.
    pub xpath: Option<At<String>>,
    /// The text at that place.
    pub equals: Option<At<String>>,
}

/// Where a value comes from: one of a pointer, an xpath and a text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A place in JSON.
    #[serde(default)]
    pub pointer: Option<At<String>>,
    /// A place in XML.
    #[serde(default)]
    pub xpath: Option<At<String>>,
    /// Always this.
    #[serde(default)]
    pub value: Option<At<String>>,
    /// The table that turns their code into our word.
    #[serde(default)]
    pub table: Option<At<String>>,
    /// Of a list: where each item's fields come from, seen from the item.
    #[serde(default)]
    pub items: Option<BTreeMap<String, At<Source>>>,
}

fn connect_ms() -> At<u32> {
    At::nowhere(1000)
}

fn attempt_ms() -> At<u32> {
    At::nowhere(3000)
}

fn total_ms() -> At<u32> {
    At::nowhere(6000)
}

impl Connectors {
    /// Faults are faults of this file.
    pub(super) fn read_from(&mut self, name: &str, text: &str) {
        self.file = File { name: name.into(), text: text.into() };
    }

    /// A mistake that only shows beside the contracts.
    pub fn fault(&self, wrong: Wrong) -> Fault {
        let Wrong { place: Place { line, column }, message, help } = wrong;
        Fault::at(&self.file.name, &self.file.text, (line, column), message, help)
    }

    /// Their files are relative to this folder.
    pub(super) fn based_at(&mut self, folder: &Path) {
        for connector in self.by_name.values_mut() {
            if let Connector::Http(http) = &mut connector.value {
                let files = [&mut http.token_file, &mut http.ca_file, &mut http.cert_file, &mut http.key_file];
                for file in files.into_iter().flatten() {
                    file.value = folder.join(&file.value);
                }
            }
        }
    }
}

impl fmt::Debug for Connectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.by_name.fmt(f)
    }
}

/// What the places are in. Two configurations that say the same are equal, wherever they were read.
#[derive(Clone, Default)]
struct File {
    name: Arc<str>,
    text: Arc<str>,
}

impl PartialEq for File {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    line: usize,
    column: usize,
}

/// What is wrong in a place of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where.
    pub place: Place,
    /// What was expected and what came.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// A value and its place. Equal where the values are.
#[derive(Clone, Copy)]
pub struct At<T> {
    /// What.
    pub value: T,
    /// Where.
    pub place: Place,
}

impl<T> At<T> {
    /// What nobody wrote.
    pub fn nowhere(value: T) -> Self {
        Self { value, place: Place { line: 1, column: 1 } }
    }

    /// A mistake here.
    pub fn wrong(&self, message: impl Into<String>) -> Wrong {
        Wrong { place: self.place, message: message.into(), help: None }
    }
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: fmt::Debug> fmt::Debug for At<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, .. } = Spanned::deserialize(from)?;
        let place = Place { line: referenced.line() as usize, column: referenced.column() as usize };
        Ok(Self { value, place })
    }
}
