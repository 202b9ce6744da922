//! How a talk failed: what was written, what came, and where it is written.

use dauys_core::flow::fault::{Locale, Told, told};
use miette::{LabeledSpan, MietteDiagnostic};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::script::Span;

/// One thing that was not as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What.
    pub kind: FailureKind,
    /// Where it is written, in bytes.
    pub span: Span,
    /// Along which branches, from the outside in.
    pub way: Vec<String>,
}

/// What was not as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The robot says something else, or nothing.
    Said {
        /// As it is written.
        written: String,
        /// As it was said.
        said: String,
    },
    /// After all that is written the robot says more.
    SaidMore {
        /// What.
        said: String,
    },
    /// Something that is expected does not hold.
    Expected {
        /// Of what.
        what: String,
        /// As it is written.
        written: String,
        /// As it is.
        came: String,
    },
    /// The call is over, and the caller still has something to do.
    OverBefore {
        /// How it ended.
        outcome: String,
    },
    /// The call ended otherwise.
    Outcome {
        /// As it is written.
        written: String,
        /// As it came.
        came: String,
    },
    /// The call is not over.
    NotOver {
        /// Where it stands.
        step: String,
    },
    /// A service was asked that has no answer in the talk.
    Unanswered {
        /// Which.
        service: String,
    },
}

impl FailureKind {
    /// `T0901` and so on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Said { .. } => "T0911",
            Self::SaidMore { .. } => "T0912",
            Self::Expected { .. } => "T0913",
            Self::OverBefore { .. } => "T0914",
            Self::Outcome { .. } => "T0915",
            Self::NotOver { .. } => "T0916",
            Self::Unanswered { .. } => "T0917",
        }
    }

    /// What happened.
    pub fn message(&self, locale: Locale) -> String {
        let words = match self {
            Self::Said { said, .. } if said.is_empty() => owned("the robot does not say it", "робот этого не говорит"),
            Self::Said { .. } => owned("the robot says something else", "робот говорит другое"),
            Self::SaidMore { .. } => owned("the robot says more than is written", "робот говорит больше, чем написано"),
            Self::Expected { what, .. } => {
                Told { en: format!("{what} is not as written"), ru: format!("{what}: не то, что написано") }
            }
            Self::OverBefore { .. } => owned("the call is over before this", "звонок закончился раньше этого шага"),
            Self::Outcome { .. } => owned("the call ends otherwise", "звонок закончился иначе"),
            Self::NotOver { .. } => owned("the call is not over", "звонок не закончился"),
            Self::Unanswered { service } => Told {
                en: format!("`{service}` is asked, and the talk has no answer for it"),
                ru: format!("робот спрашивает сервис `{service}`, а ответа в разговоре нет"),
            },
        };
        words.choose(locale)
    }

    /// What was written and what came; what to do.
    pub fn help(&self, locale: Locale, diff: impl Fn(&[Piece]) -> String) -> String {
        let [written, said, came] =
            [("written", "написано"), ("said", "сказано"), ("came", "вышло")].map(|(en, ru)| told(en, ru).choose(locale));
        let bless = told(
            "if that is right, `dauys test --bless` writes it into the file",
            "если так и надо, `dauys test --bless` впишет это в файл",
        )
        .choose(locale);
        match self {
            Self::Said { written: text, said: heard } => {
                let (left, right) = sides(text, heard);
                let heard = if heard.is_empty() { told("nothing", "ничего").choose(locale).to_owned() } else { diff(&right) };
                format!("{written}: {}\n{said}: {heard}\n{bless}", diff(&left))
            }
            Self::SaidMore { said: heard } => format!("{said}: {heard}\n{bless}"),
            Self::Expected { written: text, came: other, .. } | Self::Outcome { written: text, came: other } => {
                format!("{written}: {text}\n{came}: {other}")
            }
            Self::OverBefore { outcome } => format!("{came}: {outcome}"),
            Self::NotOver { step } => Told { en: format!("it is at {step}"), ru: format!("он на шаге {step}") }.choose(locale),
            Self::Unanswered { service } => Told {
                en: format!("write its answer: `services: {{{service}: unavailable}}`"),
                ru: format!("впишите ответ: `services: {{{service}: unavailable}}`"),
            }
            .choose(locale),
        }
    }

    /// What was written, and what came, for programs.
    pub fn sides(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Said { written, said } => (Some(written), Some(said)),
            Self::SaidMore { said } => (None, Some(said)),
            Self::Expected { written, came, .. } | Self::Outcome { written, came } => (Some(written), Some(came)),
            Self::OverBefore { outcome } => (None, Some(outcome)),
            Self::NotOver { step } => (None, Some(step)),
            Self::Unanswered { service } => (None, Some(service)),
        }
    }
}

impl Failure {
    /// As a compiler shows it; `diff` paints the words that are not on both sides.
    pub fn diagnostic(&self, locale: Locale, diff: impl Fn(&[Piece]) -> String) -> MietteDiagnostic {
        let here = match self.way.is_empty() {
            true => told("written here", "написано здесь").choose(locale).to_owned(),
            false => format!("{} {}", told("written here, in the branch", "написано здесь, ветка").choose(locale), self.way.join(" / ")),
        };
        let label = LabeledSpan::new_primary_with_span(Some(here), (self.span.start, self.span.len()));
        let diagnostic = MietteDiagnostic::new(self.kind.message(locale)).with_code(self.kind.code());
        diagnostic.with_help(self.kind.help(locale, diff)).with_labels([label])
    }
}

/// A run of words of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// On both.
    Same(String),
    /// On this side only.
    Only(String),
}

/// Both texts, cut where they part.
fn sides(written: &str, said: &str) -> (Vec<Piece>, Vec<Piece>) {
    let [left, right] = [written, said].map(|text| text.split_whitespace().collect::<Vec<_>>());
    let (plain_left, plain_right) = (plain_words(&left), plain_words(&right));
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    for op in capture_diff_slices(Algorithm::Myers, &plain_left, &plain_right) {
        let (old, new) = (left[op.old_range()].join(" "), right[op.new_range()].join(" "));
        if let DiffOp::Equal { .. } = op {
            lefts.push(Piece::Same(old));
            rights.push(Piece::Same(new));
        } else {
            lefts.extend(Some(old).filter(|text| !text.is_empty()).map(Piece::Only));
            rights.extend(Some(new).filter(|text| !text.is_empty()).map(Piece::Only));
        }
    }
    (lefts, rights)
}

fn plain_words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| plain(word)).collect()
}

/// A word as it is compared: its letters and digits, in small letters.
pub(super) fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn owned(en: &str, ru: &str) -> Told<String> {
    Told { en: en.to_owned(), ru: ru.to_owned() }
}
