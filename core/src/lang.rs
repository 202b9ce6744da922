//! The two languages, and what must exist in both.

use std::fmt;
use std::ops::Index;

use serde::{Deserialize, Serialize};

/// A language the robot speaks and understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Kazakh.
    Kk,
    /// Russian.
    Ru,
}

impl Lang {
    /// Both, in the order in which a bilingual prompt is spoken.
    pub const ALL: [Self; 2] = [Self::Kk, Self::Ru];

    /// The ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Kk => "kk",
            Self::Ru => "ru",
        }
    }
}

/// Whether a letter, small or capital, is of the nine that the Kazakh alphabet has and the Russian has not.
pub const fn is_kazakh_letter(c: char) -> bool {
    matches!(c, 'ә' | 'ғ' | 'қ' | 'ң' | 'ө' | 'ұ' | 'ү' | 'һ' | 'і' | 'Ә' | 'Ғ' | 'Қ' | 'Ң' | 'Ө' | 'Ұ' | 'Ү' | 'Һ' | 'І')
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One thing in both languages. There is no way to have it in one only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Both<T> {
    /// In Kazakh.
    pub kk: T,
    /// In Russian.
    pub ru: T,
}

/// Words in both languages.
pub type Text = Both<String>;

impl<T> Both<T> {
    /// The same thing made for each language.
    pub fn each(mut make: impl FnMut(Lang) -> T) -> Self {
        Self { kk: make(Lang::Kk), ru: make(Lang::Ru) }
    }
}

impl<T> Index<Lang> for Both<T> {
    type Output = T;

    fn index(&self, lang: Lang) -> &T {
        match lang {
            Lang::Kk => &self.kk,
            Lang::Ru => &self.ru,
        }
    }
}
