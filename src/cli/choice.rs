//! What several commands let one choose: how their findings are shown, and in which language.

use clap::ValueEnum;
use dauys_core::flow::fault::Locale;

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one object.
    Json,
}

/// A language of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
}

impl From<Language> for Locale {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Ru => Self::Ru,
        }
    }
}

/// The language of messages: as a flag says, else as the system does.
pub(super) fn locale(asked: Option<Language>) -> Locale {
    asked.map_or_else(|| locale_of(|name| std::env::var(name).ok()), Locale::from)
}

/// The language that the system's locale asks for: the first of the three that is set (POSIX, 8.2).
pub fn locale_of(variable: impl Fn(&str) -> Option<String>) -> Locale {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    set.map_or(Locale::En, |value| Locale::of_system(&value))
}
