//! What is wrong with the file of a talk: facts, and their words in both languages of those who edit it.

use std::ops::Range;

use dauys_core::flow::fault::{Fault, Locale, Told};
use miette::{LabeledSpan, MietteDiagnostic};

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// What.
    pub kind: SlipKind,
    /// Where, in bytes.
    pub span: Range<usize>,
}

/// Everything that can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the sentence of each case stands below, with its fields in place")]
pub enum SlipKind {
    Yaml(Fault),
    Shape { expected: Told<&'static str>, came: &'static str },
    UnknownKey { key: String, nearest: Option<String>, known: String },
    MissingKey { key: String },
    Value { expected: Told<&'static str>, came: String },
    Unknown { what: Told<&'static str>, name: String, nearest: Option<String>, known: String },
    NothingDone,
    BranchesNotLast,
    TooMany { what: Told<&'static str>, most: usize },
}

impl Slip {
    /// `E0901` and so on: beside the codes of the flows.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            SlipKind::Yaml(fault) => fault.kind.code(),
            SlipKind::Shape { .. } => "E0901",
            SlipKind::UnknownKey { .. } => "E0902",
            SlipKind::MissingKey { .. } => "E0903",
            SlipKind::Value { .. } => "E0904",
            SlipKind::Unknown { .. } => "E0905",
            SlipKind::NothingDone => "E0906",
            SlipKind::BranchesNotLast => "E0907",
            SlipKind::TooMany { .. } => "E0908",
        }
    }

    /// What was expected and what came; then what to do.
    pub fn words(&self, locale: Locale) -> (String, String) {
        let Told { en, ru } = told(&self.kind);
        match locale {
            Locale::En => en,
            Locale::Ru => ru,
        }
    }

    /// As a compiler shows it.
    pub fn diagnostic(&self, locale: Locale) -> MietteDiagnostic {
        let (message, help) = self.words(locale);
        let here = LabeledSpan::new_primary_with_span(
            Some(Told { en: "here", ru: "здесь" }.choose(locale).to_owned()),
            (self.span.start, self.span.len()),
        );
        MietteDiagnostic::new(message).with_code(self.code()).with_help(help).with_labels([here])
    }
}

fn told(kind: &SlipKind) -> Told<(String, String)> {
    match kind {
        SlipKind::Yaml(fault) => {
            let words = |locale| (fault.message(locale), fault.help(locale));
            Told { en: words(Locale::En), ru: words(Locale::Ru) }
        }
        SlipKind::Shape { expected, came } => Told {
            en: (format!("expected {}, came {came}", expected.en), "see docs/talks.md".to_owned()),
            ru: (format!("здесь нужно другое: {}", expected.ru), "примеры есть в docs/talks.md".to_owned()),
        },
        SlipKind::UnknownKey { key, nearest, known } => Told {
            en: (format!("`{key}` means nothing here"), meant(nearest.as_deref(), known).en),
            ru: (format!("ключ `{key}` здесь ничего не значит"), meant(nearest.as_deref(), known).ru),
        },
        SlipKind::MissingKey { key } => Told {
            en: (format!("`{key}` is missing"), format!("add `{key}:`")),
            ru: (format!("не хватает ключа `{key}`"), format!("допишите `{key}:`")),
        },
        SlipKind::Value { expected, came } => Told {
            en: (format!("expected {}, came `{came}`", expected.en), format!("write {}", expected.en)),
            ru: (format!("значение `{came}` не подходит"), format!("напишите {}", expected.ru)),
        },
        SlipKind::Unknown { what, name, nearest, known } => Told {
            en: (format!("there is no {} `{name}`", what.en), meant(nearest.as_deref(), known).en),
            ru: (format!("нет такого: {} `{name}`", what.ru), meant(nearest.as_deref(), known).ru),
        },
        SlipKind::NothingDone => Told {
            en: ("a talk without steps".to_owned(), "write what the robot and the caller say: `- robot: …`, `- caller: …`".to_owned()),
            ru: (
                "в разговоре нет ни одного шага".to_owned(),
                "напишите, что говорят робот и абонент: `- robot: …`, `- caller: …`".to_owned(),
            ),
        },
        SlipKind::BranchesNotLast => Told {
            en: ("steps after `branches`".to_owned(), "put what follows into each branch: `branches` is the last step".to_owned()),
            ru: (
                "после `branches` есть ещё шаги".to_owned(),
                "перенесите продолжение в каждую ветку: `branches` стоит последним".to_owned(),
            ),
        },
        SlipKind::TooMany { what, most } => Told {
            en: (format!("more than {most} {}", what.en), "split the talk into several files".to_owned()),
            ru: (format!("слишком много: {}, можно не больше {most}", what.ru), "разделите разговор на несколько файлов".to_owned()),
        },
    }
}

fn meant(nearest: Option<&str>, known: &str) -> Told<String> {
    match nearest {
        Some(nearest) => Told { en: format!("did you mean `{nearest}`?"), ru: format!("может быть, `{nearest}`?") },
        None => Told { en: format!("there are: {known}"), ru: format!("есть: {known}") },
    }
}
