//! What is wrong with a bundle, where, and what to do about it.
//!
//! A fault holds facts, not sentences: its words are in `catalogue`, so a second language is a second file. Pictures of the offending lines are the
//! shell's; this file only gives them what they need.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use serde::Serialize;

use super::{Sources, catalogue};
use crate::lang::Lang;

pub use super::locale::{Locale, Told, told};

/// A stretch of one file, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The file's path, relative to the root.
    pub file: Arc<str>,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Span {
    /// A whole file, for what is missing from it.
    pub(super) fn whole(file: &Arc<str>) -> Self {
        Self { file: file.clone(), start: 0, end: 0 }
    }

    /// The same file, other bytes.
    pub(super) fn within(&self, bytes: Range<usize>) -> Self {
        Self { file: self.file.clone(), start: bytes.start, end: bytes.end }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing loads.
    Error,
    /// It loads, and somebody should look.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// Where.
    pub span: Span,
    /// Other places of the same file that explain it, each with a word.
    pub labels: Vec<(Span, String)>,
}

/// Everything that can be wrong with a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the sentence of each case is in the catalogue, with its fields in place")]
pub enum FaultKind {
    FileTooLarge { bytes: usize },
    TooManyFiles { files: usize },
    NotYaml { why: String },
    TooDeep,
    TooManyNodes,
    DuplicateKey { key: String },
    AnchorOrTag,
    ManyDocuments,
    ControlCharacter { code: u32 },

    WrongShape { expected: &'static str, came: &'static str },
    UnknownKey { key: String, of: &'static str, nearest: Option<String>, known: String },
    MissingKey { key: String, of: &'static str },
    BadValue { expected: &'static str, came: String },
    UnknownStepKind { came: String, nearest: Option<String> },
    Contradiction { one: &'static str, other: &'static str },

    MissingFile { file: String },
    WrongFlowName { expected: String, came: String },
    NoSteps,
    DuplicateStep { id: String },
    Unknown { what: &'static str, name: String, nearest: Option<String> },
    NoPressWords { key: char },

    WrongSlotType { slot: String, is: String, expected: String },
    SlotOfTwoTypes { slot: String, one: String, other: String },
    MissingArm { arm: String },
    UnknownArm { arm: String, nearest: Option<String> },
    KeyTwice { key: char },
    ReservedKey { key: char },

    MissingLanguage { lang: Lang },
    EmptyText { lang: Lang },
    BadTemplate { why: &'static str },
    DifferentVariables { only: String, lang: Lang },
    LookalikeLetters { word: String, letters: String },
    PromptTooLong { pieces: usize, most: usize },
    FilterMisfit { filter: &'static str, slot: String, is: String },

    UnreachableStep { id: String },
    UnboundedLoop { to: String },
    NeedlessBound { to: String },
    UndefinedSlot { slot: String },
    LoopWithoutTurn { to: String },
    CallCycle { through: String },

    UnusedPrompt { name: String },
}

impl Fault {
    /// An error unless its code begins with `W`.
    pub fn severity(&self) -> Severity {
        if self.kind.code().starts_with('W') { Severity::Warning } else { Severity::Error }
    }

    /// The sentence that says what was expected and what came.
    pub fn message(&self) -> String {
        catalogue::english(&self.kind).0
    }

    /// What to do.
    pub fn help(&self) -> String {
        catalogue::english(&self.kind).1
    }

    /// Line and column, from 1, the column in characters.
    pub fn position(&self, sources: &Sources) -> (usize, usize) {
        position(sources.text(&self.span.file), self.span.start)
    }

    /// As one line of JSON output.
    pub fn to_json(&self, sources: &Sources) -> Json {
        let (line, column) = self.position(sources);
        Json {
            code: self.kind.code(),
            severity: self.severity(),
            file: self.span.file.to_string(),
            line,
            column,
            message: self.message(),
            help: self.help(),
        }
    }

    /// As a diagnostic that carries its source, for a renderer of the shell.
    pub fn in_source(&self, sources: &Sources) -> InSource {
        let text = sources.text(&self.span.file).to_owned();
        InSource { fault: self.clone(), source: NamedSource::new(&self.span.file, text) }
    }

    /// Plain text: `file:line:column: error[E0104]: …`, then the help and the other places.
    pub fn to_plain(&self, sources: &Sources) -> String {
        let (line, column) = self.position(sources);
        let severity = match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut plain =
            format!("{}:{line}:{column}: {severity}[{}]: {}\n  help: {}\n", self.span.file, self.kind.code(), self.message(), self.help());
        for (span, word) in &self.labels {
            let (line, column) = position(sources.text(&span.file), span.start);
            plain.push_str(&format!("  {}:{line}:{column}: {word}\n", span.file));
        }
        plain
    }
}

/// A fault as machines read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Json {
    /// `E0104`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// Relative to the root.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What was expected and what came.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A fault with its file's text: what miette draws.
#[derive(Debug)]
pub struct InSource {
    fault: Fault,
    source: NamedSource<String>,
}

impl fmt::Display for InSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault.message())
    }
}

impl std::error::Error for InSource {}

impl Diagnostic for InSource {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.fault.kind.code()))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.fault.severity() {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.fault.help()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = &self.fault.span;
        let here = LabeledSpan::new_primary_with_span(Some("here".to_owned()), (span.start, span.end - span.start));
        let others = self.fault.labels.iter().filter(|(other, _)| other.file == span.file);
        let others = others.map(|(other, word)| LabeledSpan::new(Some(word.clone()), other.start, other.end - other.start));
        Some(Box::new(std::iter::once(here).chain(others)))
    }
}

/// Where faults are gathered. Nothing stops at the first.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<Fault>,
}

/// The most faults that one run reports: a file of rubbish is not worth more.
const FAULTS_MAX: usize = 500;

impl Faults {
    pub(super) fn report(&mut self, kind: FaultKind, span: &Span) {
        self.report_with(kind, span, Vec::new());
    }

    pub(super) fn report_with(&mut self, kind: FaultKind, span: &Span, labels: Vec<(Span, String)>) {
        let fault = Fault { kind, span: span.clone(), labels };
        if self.found.len() < FAULTS_MAX && !self.found.contains(&fault) {
            self.found.push(fault);
        }
    }

    pub(super) fn errors(&self) -> usize {
        self.found.iter().filter(|fault| fault.severity() == Severity::Error).count()
    }

    /// Warnings about what nobody says, while some of those who would say it could not be read.
    pub(super) fn drop_unused(&mut self) {
        self.found.retain(|fault| !matches!(fault.kind, FaultKind::UnusedPrompt { .. }));
    }

    /// In the order of the files, and of the lines within each.
    pub(super) fn into_sorted(mut self) -> Vec<Fault> {
        self.found.sort_by(|a, b| (&a.span, a.kind.code()).cmp(&(&b.span, b.kind.code())));
        self.found
    }
}

/// A name longer than this is no slip of the pen, and comparing it would cost.
const SLIP_BYTES_MAX: usize = 80;

/// The nearest of the known names, when it is near enough to be a slip.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if name.len() > SLIP_BYTES_MAX {
        return None;
    }
    let close = |other: &&str| other.len() <= SLIP_BYTES_MAX && strsim::damerau_levenshtein(name, other) <= 1 + name.chars().count() / 4;
    known.into_iter().filter(close).min_by_key(|other| strsim::damerau_levenshtein(name, other)).map(str::to_owned)
}

fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].trim_start_matches('\u{feff}').chars().count() + 1)
}
