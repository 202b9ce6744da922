//! What is wrong with a bundle, where, and what to do about it.
//!
//! A fault holds facts, not sentences: its words are in `catalogue` and `phrase`, in both languages. Pictures of the offending lines are the shell's;
//! this file only gives them what they need.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use serde::Serialize;

use super::graph::Type;
use super::{Sources, catalogue};
use crate::lang::Lang;

pub use super::catalogue::{Code, Example, Page, Times};
pub use super::locale::{Locale, Told, told};
pub use super::phrase::{Came, Expected, Label, Rivals, TemplateSlip, Thing, YamlSlip};

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

impl Severity {
    const fn words(self) -> Told<&'static str> {
        match self {
            Self::Error => told("error", "ошибка"),
            Self::Warning => told("warning", "предупреждение"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// Where.
    pub span: Span,
    /// Other places of the same file that explain it, each with a word.
    pub labels: Vec<(Span, Label)>,
}

/// Everything that can be wrong with a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the sentence of each case is in the catalogue, with its fields in place")]
pub enum FaultKind {
    FileTooLarge { bytes: usize },
    TooManyFiles { files: usize },
    NotYaml { slip: YamlSlip },
    TooDeep,
    TooManyNodes,
    DuplicateKey { key: String },
    AnchorOrTag,
    ManyDocuments,
    ControlCharacter { code: u32 },

    WrongShape { expected: Expected, came: Came },
    UnknownKey { key: String, of: Told<&'static str>, nearest: Option<String>, known: String },
    MissingKey { key: String, of: Told<&'static str> },
    BadValue { expected: Expected, came: String },
    UnknownStepKind { came: String, nearest: Option<String> },
    Contradiction { pair: Rivals },

    MissingFile { file: String },
    WrongFlowName { expected: String, came: String },
    WrongTopicName { expected: String, came: String },
    TopicUnanswered { topic: String },
    IntentTwice { topic: String },
    NothingToRoute,
    NoSteps,
    DuplicateStep { id: String },
    Unknown { what: Thing, name: String, nearest: Option<String> },
    NoPressWords { key: char },

    WrongSlotType { slot: String, is: Type, expected: Type },
    SlotOfTwoTypes { slot: String, one: Type, other: Type },
    MissingArm { arm: String },
    UnknownArm { arm: String, nearest: Option<String> },
    DayTwice { day: String },
    WrongStepForService { service: String, step: &'static str },
    UndoUnfilled { service: String, field: String },
    UndoOfNothing { service: String },
    NeverAsked { slot: String },
    NoRoute { step: String },
    Untold { outcome: String },
    PhrasesCollide { one: String, other: String },
    PhraseTaken { phrase: String, command: &'static str },
    ChoiceTwice { id: String },
    SlotTwice { slot: String },
    TooManyPhrases { phrases: usize, most: usize },
    KeyTwice { key: char },
    ReservedKey { key: char },
    MessageSpan { key: &'static str, ms: u64, least_ms: u64, most_ms: u64 },

    MissingLanguage { lang: Lang },
    EmptyText { lang: Lang },
    BadTemplate { slip: TemplateSlip },
    DifferentVariables { only: String, lang: Lang },
    LookalikeLetters { word: String, letters: String },
    PromptTooLong { pieces: usize, most: usize },
    SpokenTooLong { lang: Lang, seconds: usize, most: usize },
    DocumentsDiffer { kk: usize, ru: usize },
    DocumentsSpoken,
    MessageTooLong { lang: Lang, parts: usize, most: usize },
    FilterMisfit { filter: &'static str, slot: String, is: Type },

    UnreachableStep { id: String },
    UnboundedLoop { to: String },
    NeedlessBound { to: String },
    UndefinedSlot { slot: String },
    LoopWithoutTurn { to: String },
    CallCycle { through: String },

    LeftAlone { outcome: String },
    TurnedAway { outcome: String },
    FarFromHuman { turns: u32, most: u16 },
    LongSilence { ms: u64, most_ms: u64 },
    LongWalk { steps: u32, most: u16 },

    NoSource,
    FeeSpoken { amount: String, lang: Lang },
    FactExpired { until: String },
    FactTooOld { date: String, months: u16 },

    UnusedPrompt { name: String },
    ForeignLetters { word: String, letters: String, lang: Lang },
    Numerals { digits: String, lang: Lang },
    Markup { mark: String, lang: Lang },
    LongMessage { lang: Lang, parts: usize, most: usize },
    FactExpiresSoon { until: String },
    FactOld { date: String, months: u16 },
    FactUnverified,
}

impl Fault {
    /// An error unless its code begins with `W`.
    pub fn severity(&self) -> Severity {
        if self.kind.code().starts_with('W') { Severity::Warning } else { Severity::Error }
    }

    /// The sentence that says what was expected and what came.
    pub fn message(&self, locale: Locale) -> String {
        catalogue::said(&self.kind).choose(locale).message
    }

    /// What to do.
    pub fn help(&self, locale: Locale) -> String {
        catalogue::said(&self.kind).choose(locale).help
    }

    /// Line and column, from 1, the column in characters.
    pub fn position(&self, sources: &Sources) -> (usize, usize) {
        position(sources.text(&self.span.file), self.span.start)
    }

    /// As one object of JSON output.
    pub fn to_json(&self, sources: &Sources, locale: Locale) -> Json {
        let place = Place::of(&self.span, sources);
        let label =
            |(span, label): &(Span, Label)| JsonLabel { place: Place::of(span, sources), text: label.words().choose(locale).to_owned() };
        Json {
            code: self.kind.code(),
            severity: self.severity(),
            place,
            message: self.message(locale),
            help: self.help(locale),
            labels: self.labels.iter().map(label).collect(),
            lang: locale.code(),
        }
    }

    /// As a diagnostic that carries its source, for a renderer of the shell.
    pub fn in_source(&self, sources: &Sources, locale: Locale) -> InSource {
        let text = sources.text(&self.span.file).to_owned();
        InSource { fault: self.clone(), locale, source: NamedSource::new(&self.span.file, text) }
    }

    /// Plain text in English, for logs and tests.
    pub fn to_plain(&self, sources: &Sources) -> String {
        self.plain_in(sources, Locale::En)
    }

    /// Plain text: `file:line:column: error[E0104]: …`, then the help and the other places.
    pub fn plain_in(&self, sources: &Sources, locale: Locale) -> String {
        let (line, column) = self.position(sources);
        let severity = self.severity().words().choose(locale);
        let (code, help) = (self.kind.code(), told("help", "что делать").choose(locale));
        let mut plain = format!("{}:{line}:{column}: {severity}[{code}]: {}\n", self.span.file, self.message(locale));
        plain += &format!("  {help}: {}\n", self.help(locale));
        for (span, label) in &self.labels {
            let (line, column) = position(sources.text(&span.file), span.start);
            plain += &format!("  {}:{line}:{column}: {}\n", span.file, label.words().choose(locale));
        }
        plain
    }
}

/// A stretch of a file as machines read it: lines and columns from 1, columns in characters, the end one past the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Relative to the root.
    pub file: String,
    /// Of the first character.
    pub line: usize,
    /// Of the first character.
    pub column: usize,
    /// After the last character.
    pub end_line: usize,
    /// After the last character.
    pub end_column: usize,
}

impl Place {
    fn of(span: &Span, sources: &Sources) -> Self {
        let text = sources.text(&span.file);
        let ((line, column), (end_line, end_column)) = (position(text, span.start), position(text, span.end.max(span.start)));
        Self { file: span.file.to_string(), line, column, end_line, end_column }
    }

    /// A file that has no lines, or none that matter.
    pub const fn whole(file: String) -> Self {
        Self { file, line: 1, column: 1, end_line: 1, end_column: 1 }
    }
}

/// A fault as machines read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Json {
    /// `E0104`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What was expected and what came.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Other places that explain it.
    pub labels: Vec<JsonLabel>,
    /// The language of the words: `en` or `ru`.
    pub lang: &'static str,
}

/// A word on another place, as machines read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JsonLabel {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What it has to do with the fault.
    pub text: String,
}

/// A fault with its file's text: what miette draws.
#[derive(Debug)]
pub struct InSource {
    fault: Fault,
    locale: Locale,
    source: NamedSource<String>,
}

impl fmt::Display for InSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault.message(self.locale))
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
        Some(Box::new(self.fault.help(self.locale)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = &self.fault.span;
        let words = |label: Label| Some(label.words().choose(self.locale).to_owned());
        let here = LabeledSpan::new_primary_with_span(words(Label::Here), (span.start, span.end - span.start));
        let others = self.fault.labels.iter().filter(|(other, _)| other.file == span.file);
        let others = others.map(move |(other, label)| LabeledSpan::new(words(*label), other.start, other.end - other.start));
        Some(Box::new(std::iter::once(here).chain(others)))
    }
}

/// Where faults are gathered. Nothing stops at the first.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<Fault>,
    /// Told or not: what is wrong stays wrong when there is no room to tell it.
    errors: usize,
}

/// The most errors that one run tells, and the most warnings: a file of rubbish is not worth more, and a row of warnings may hide no error.
const FAULTS_MAX: usize = 500;

impl Faults {
    pub(super) fn report(&mut self, kind: FaultKind, span: &Span) {
        self.report_with(kind, span, Vec::new());
    }

    pub(super) fn report_with(&mut self, kind: FaultKind, span: &Span, labels: Vec<(Span, Label)>) {
        let fault = Fault { kind, span: span.clone(), labels };
        self.errors += usize::from(fault.severity() == Severity::Error);
        if self.told(fault.severity()) < FAULTS_MAX && !self.found.contains(&fault) {
            self.found.push(fault);
        }
    }

    fn told(&self, severity: Severity) -> usize {
        self.found.iter().filter(|fault| fault.severity() == severity).count()
    }

    /// Whether no more errors will be told.
    pub(super) fn is_full(&self) -> bool {
        self.told(Severity::Error) >= FAULTS_MAX
    }

    /// How many there were, told or not; one that was told before counts again.
    pub(super) const fn errors(&self) -> usize {
        self.errors
    }

    /// Warnings about what nobody says, while some of those who would say it could not be read.
    pub(super) fn drop_unused(&mut self) {
        self.found.retain(|fault| !matches!(fault.kind, FaultKind::UnusedPrompt { .. }));
    }

    /// In the order of the files, and of the lines within each.
    pub(super) fn into_sorted(mut self) -> Vec<Fault> {
        sort(&mut self.found);
        self.found
    }
}

/// By file and line.
pub(super) fn sort(faults: &mut [Fault]) {
    faults.sort_by(|a, b| (&a.span, a.kind.code()).cmp(&(&b.span, b.kind.code())));
}

/// A name longer than this is no slip of the pen, and comparing it would cost.
const SLIP_BYTES_MAX: usize = 80;
/// The most names that one is compared with: no house has more of a kind.
const COMPARED_MAX: usize = 2_000;

/// The nearest of the known names, when it is near enough to be a slip.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if name.len() > SLIP_BYTES_MAX {
        return None;
    }
    let slips_max = 1 + name.chars().count() / 4;
    let alike = |other: &&str| other.len().abs_diff(name.len()) <= 4 * slips_max; // a letter has at most four bytes, and comparing costs
    let close = |other: &&str| strsim::damerau_levenshtein(name, other) <= slips_max;
    known
        .into_iter()
        .filter(alike)
        .take(COMPARED_MAX)
        .filter(close)
        .min_by_key(|other| strsim::damerau_levenshtein(name, other))
        .map(str::to_owned)
}

fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].trim_start_matches('\u{feff}').chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_warnings_hides_no_error_and_what_is_not_told_is_counted() {
        let span = |nth: usize| Span { file: Arc::from("x"), start: nth, end: nth };
        let mut faults = Faults::default();
        for nth in 0..2 * FAULTS_MAX {
            faults.report(FaultKind::UnusedPrompt { name: String::new() }, &span(nth));
        }
        for nth in 0..2 * FAULTS_MAX {
            faults.report(FaultKind::NoSteps, &span(nth));
        }
        assert_eq!((faults.errors(), faults.is_full()), (2 * FAULTS_MAX, true));
        let told = faults.into_sorted();
        let errors = told.iter().filter(|fault| fault.severity() == Severity::Error).count();
        assert_eq!((errors, told.len() - errors), (FAULTS_MAX, FAULTS_MAX));
    }
}
