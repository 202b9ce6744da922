//! The languages of those who edit flows: English and Russian. What the robot speaks is `lang`, and no matter of this file.

/// A language of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Locale {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// The ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// What a system calls a locale, `ru_RU.UTF-8`, `C`: what is not Russian is English.
    pub fn of_system(name: &str) -> Self {
        let language = name.split(['_', '.', '@', '-']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ru") { Self::Ru } else { Self::En }
    }
}

/// One thing told in both languages. There is no way to tell it in one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<T> {
    /// In English.
    pub en: T,
    /// In Russian.
    pub ru: T,
}

impl<T> Told<T> {
    /// The one in a language.
    pub fn choose(self, locale: Locale) -> T {
        match locale {
            Locale::En => self.en,
            Locale::Ru => self.ru,
        }
    }
}

/// The same words side by side.
pub const fn told(en: &'static str, ru: &'static str) -> Told<&'static str> {
    Told { en, ru }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_russian_when_its_locale_begins_so() {
        let cases =
            [("ru_RU.UTF-8", "ru"), ("ru", "ru"), ("RU-kz", "ru"), ("rue_UA", "en"), ("kk_KZ.UTF-8", "en"), ("C", "en"), ("", "en")];
        for (name, code) in cases {
            assert_eq!(Locale::of_system(name).code(), code, "{name}");
        }
    }
}
