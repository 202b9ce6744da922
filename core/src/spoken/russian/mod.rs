//! Russian: numbers in every case and gender, ordinals, and the nouns that are counted.

pub(super) mod adjective;
pub(super) mod cardinal;
mod lexicon;
pub(super) mod noun;
pub(super) mod ordinal;

pub use noun::gender_of;

/// The cases of a Russian word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// Именительный.
    Nominative,
    /// Родительный.
    Genitive,
    /// Дательный.
    Dative,
    /// Винительный, of things.
    Accusative,
    /// Творительный.
    Instrumental,
    /// Предложный.
    Prepositional,
}

impl Case {
    /// All six.
    pub const ALL: [Self; 6] = [Self::Nominative, Self::Genitive, Self::Dative, Self::Accusative, Self::Instrumental, Self::Prepositional];

    /// Its name in flows and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nominative => "nominative",
            Self::Genitive => "genitive",
            Self::Dative => "dative",
            Self::Accusative => "accusative",
            Self::Instrumental => "instrumental",
            Self::Prepositional => "prepositional",
        }
    }
}

/// The genders of a Russian noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gender {
    /// Мужской.
    Masculine,
    /// Женский.
    Feminine,
    /// Средний.
    Neuter,
}

impl Gender {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Masculine, Self::Feminine, Self::Neuter];

    /// Its name in flows and tables: `m`, `f`, `n`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Masculine => "m",
            Self::Feminine => "f",
            Self::Neuter => "n",
        }
    }
}

/// Which form of a noun a number asks for (CLDR plural categories).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plural {
    /// 1, 21, 101: `заявка`.
    One,
    /// 2 to 4, 22: `заявки`.
    Few,
    /// 0, 5 to 20, 25: `заявок`.
    Many,
}

impl Plural {
    /// What a whole number asks for.
    pub const fn of(number: u64) -> Self {
        match (number % 10, number % 100) {
            (_, 11..=14) => Self::Many,
            (1, _) => Self::One,
            (2..=4, _) => Self::Few,
            (_, _) => Self::Many,
        }
    }
}

/// The twelve months, from January, in the genitive: a date has them in no other.
pub(super) const MONTHS: [&str; 12] =
    ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"];

/// `on Monday`, from Monday.
pub(super) const ON_WEEKDAYS: [&str; 7] =
    ["в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье"];

/// The ending of a text taken off, when it is there and something is left.
fn without<'a>(word: &'a str, endings: &[&str]) -> Option<&'a str> {
    endings.iter().find_map(|ending| word.strip_suffix(ending)).filter(|stem| !stem.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_asks_for_one_of_three_forms() {
        let numbers = |plural| (0..=130).filter(|number| Plural::of(*number) == plural).collect::<Vec<_>>();
        assert_eq!(numbers(Plural::One), [1, 21, 31, 41, 51, 61, 71, 81, 91, 101, 121]);
        let few = [2, 3, 4].map(|ones| [0, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120].map(|tens| tens + ones)).concat();
        assert!(few.iter().all(|number| Plural::of(*number) == Plural::Few));
        assert_eq!(numbers(Plural::Few).len(), few.len());
    }
}
