//! What services answer in a replay of sound: the answers of a log, or a table in YAML.
//!
//! ```yaml
//! - service: {name: document_status, outcome: ready, fields: {document: {item: passport}}, after_ms: 400}
//! - service: {name: document_status, with: {application: {application: "002512345678"}}, outcome: not_found}
//! - sms: {ending: queued}
//! ```
//!
//! Values are written as a log has them. `unavailable` and `unknown` are outcomes of every service.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use dauys_core::call::Input;
use dauys_core::call::log::{Line, Log};
use dauys_core::call::replay::{Asked, Whom, asked};
use dauys_core::flow::graph::{Ending, Value};
use dauys_core::interpreter::Answer;
use serde::Deserialize;
use thiserror::Error;

use super::ReplayError;
use crate::files;

/// The longest table, in bytes.
const BYTES_MAX: u64 = 1024 * 1024;
/// The longest that an answer is awaited.
const AFTER_MS_MAX: u64 = 10 * 60 * 1000;
const TICK_MS: u64 = 20;

/// Why there are no replies.
#[derive(Debug, Error)]
pub enum RepliesError {
    /// The log.
    #[error(transparent)]
    Log(#[from] ReplayError),
    /// The table's file.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is in the table.
    #[error("{path}: {why}")]
    Table {
        /// Which.
        path: PathBuf,
        /// What is wrong, and where.
        why: String,
    },
}

/// What services answer.
#[derive(Clone, Debug, Default)]
pub struct Replies(VecDeque<Reply>);

/// An answer on its way.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    whom: Whom,
    to: To,
    pub(super) after_ticks: u64,
    pub(super) answer: Answer,
}

/// Which requests it answers.
#[derive(Clone, Debug)]
enum To {
    /// Whatever is asked.
    Any,
    /// This one.
    Equal(BTreeMap<String, Value>),
    /// This one, or another with these fields: a log has false values where the sound has true ones.
    Alike(BTreeMap<String, Value>),
}

/// A row of the table.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Row {
    Service(OfService),
    Sms(OfErrand),
    Transfer(OfErrand),
    Callback(OfErrand),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfService {
    name: String,
    with: Option<BTreeMap<String, Value>>,
    outcome: String,
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    #[serde(default)]
    after_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfErrand {
    ending: Ending,
    #[serde(default)]
    after_ms: u64,
}

impl Replies {
    /// Those of this file: a table by its ending `.yaml`, else an event log.
    ///
    /// # Errors
    /// When it cannot be read, or is none of both.
    pub fn read(path: &Path) -> Result<Self, RepliesError> {
        if !path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            return Ok(Self::of(&super::read(path)?));
        }
        let text = files::read_text(path, BYTES_MAX).map_err(|source| RepliesError::Read { path: path.to_owned(), source })?;
        Self::table(&text).map_err(|why| RepliesError::Table { path: path.to_owned(), why })
    }

    /// Those of a table.
    ///
    /// # Errors
    /// What is wrong in it, and where.
    pub fn table(text: &str) -> Result<Self, String> {
        let options = serde_saphyr::options! { strict_booleans: true };
        let rows: Vec<Row> = serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())?;
        rows.into_iter().zip(1..).map(|(row, place)| Reply::of(row).map_err(|why| format!("reply {place}: {why}"))).collect()
    }

    /// Those of a log, each after as long as then.
    pub fn of(log: &Log) -> Self {
        let mut open = BTreeMap::new();
        let mut replies = VecDeque::new();
        for line in &log.lines {
            match line {
                Line::Out { at, output } => open.extend(asked(output).map(|(id, asked)| (id, (*at, asked)))),
                Line::In { at, input: Input::Reply { id, answer } } => {
                    if let Some((since, Asked { whom, request })) = open.remove(id) {
                        let after_ticks = at.millis().saturating_sub(since.millis()) / TICK_MS;
                        replies.push_back(Reply { whom, to: To::Alike(request), after_ticks, answer: answer.clone() });
                    }
                }
                Line::In { .. } | Line::Opening { .. } | Line::Unfaithful | Line::Incomplete { .. } => {}
            }
        }
        Self(replies)
    }

    /// The answer to this request: the first to an equal one, else the next that may answer it.
    pub(super) fn take(&mut self, asked: &Asked) -> Option<Reply> {
        let equal = self.0.iter().position(|reply| reply.is_to(asked));
        self.0.remove(equal.or_else(|| self.0.iter().position(|reply| reply.may_be_to(asked)))?)
    }
}

impl FromIterator<Reply> for Replies {
    fn from_iter<I: IntoIterator<Item = Reply>>(replies: I) -> Self {
        Self(replies.into_iter().collect())
    }
}

impl Reply {
    fn of(row: Row) -> Result<Self, String> {
        let errand = |whom, OfErrand { ending, after_ms }| (whom, To::Any, after_ms, Answer::Errand(ending));
        let (whom, to, after_ms, answer) = match row {
            Row::Service(OfService { name, with, outcome, fields, after_ms }) => {
                (Whom::Service(name), with.map_or(To::Any, To::Equal), after_ms, answer(outcome, fields)?)
            }
            Row::Sms(row) => errand(Whom::Sms, row),
            Row::Transfer(row) => errand(Whom::Transfer, row),
            Row::Callback(row) => errand(Whom::Callback, row),
        };
        if after_ms > AFTER_MS_MAX {
            return Err(format!("expected `after_ms` of at most {AFTER_MS_MAX}, came {after_ms}"));
        }
        Ok(Self { whom, to, after_ticks: after_ms / TICK_MS, answer })
    }

    fn is_to(&self, asked: &Asked) -> bool {
        match &self.to {
            To::Equal(request) | To::Alike(request) => self.whom == asked.whom && *request == asked.request,
            To::Any => false,
        }
    }

    fn may_be_to(&self, asked: &Asked) -> bool {
        self.whom == asked.whom
            && match &self.to {
                To::Any => true,
                To::Equal(_) => false,
                To::Alike(request) => request.keys().eq(asked.request.keys()),
            }
    }
}

fn answer(outcome: String, fields: BTreeMap<String, Value>) -> Result<Answer, String> {
    match (outcome.as_str(), fields.is_empty()) {
        ("unavailable", true) => Ok(Answer::Unavailable),
        ("unknown", true) => Ok(Answer::Unknown),
        ("unavailable" | "unknown", false) => Err(format!("expected no fields with the outcome `{outcome}`")),
        (_, _) => Ok(Answer::Outcome { outcome, fields }),
    }
}
