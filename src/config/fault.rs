//! What is wrong with a configuration file, shown as a compiler shows it: the place, what was expected, the nearest key.

use std::path::PathBuf;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

use super::FILE_MAX;

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
    #[error("{}: expected a configuration of at most {FILE_MAX} bytes", path.display())]
    TooLong {
        /// Which file.
        path: PathBuf,
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
    pub(super) fn of_yaml(name: &str, text: &str, error: &serde_saphyr::Error) -> Self {
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

    pub(super) fn at_key(name: &str, text: &str, key: &str, message: String) -> Self {
        let said = text.lines().map(|line| line.split('#').next().unwrap_or_default());
        let found = said.enumerate().find_map(|(line, words)| Some((line + 1, words.find(&format!("{key}:"))? + 1)));
        Self::at(name, text, found.unwrap_or((1, 1)), message, None)
    }

    pub(super) fn at(name: &str, text: &str, (line, column): (usize, usize), message: String, help: Option<String>) -> Self {
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
