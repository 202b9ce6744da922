//! The forms in which a prompt may say a value, and the clips that all of them together need.

use std::collections::BTreeMap;

use super::kazakh::Case as Kk;
use super::money::Money;
use super::phrase::{Ending, Phrase};
use super::russian::{Case as Ru, Gender};
use super::say::{self, Inflection, Year};
use crate::calendar::{Date, Time};
use crate::lang::Lang;

/// How a prompt says a value (SSML `say-as`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Digit by digit, in groups of three.
    Digits,
    /// `двадцать одна`.
    Cardinal(Inflection),
    /// `двадцать первая`.
    Ordinal(Inflection),
    /// `двадцать один процент`.
    Percent,
    /// `двадцать четвёртого ноября`, with the year or without.
    Date(Inflection, Year),
    /// `во вторник, двадцать четвёртого ноября`.
    WeekdayDate,
    /// `в девять часов пятнадцать минут`.
    Time,
    /// `двадцать один тенге`.
    Money,
}

/// A value that is to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// A row of digits.
    Row(&'a str),
    /// A whole number.
    Number(u64),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A sum.
    Money(Money),
}

/// The phrase of a value in a form; `None` when the form is of another kind of value.
pub fn say(lang: Lang, value: Said<'_>, form: Form) -> Option<Phrase> {
    match (form, value) {
        (Form::Digits, Said::Row(row)) => Some(say::digits(lang, row)),
        (Form::Cardinal(inflection), Said::Number(number)) => Some(say::cardinal(number, inflection)),
        (Form::Ordinal(inflection), Said::Number(number)) => Some(say::ordinal(number, inflection)),
        (Form::Percent, Said::Number(number)) => Some(say::percent(lang, number)),
        (Form::Date(inflection, year), Said::Date(day)) => Some(say::date(day, year, inflection)),
        (Form::WeekdayDate, Said::Date(day)) => Some(say::weekday_date(lang, day, Year::Unsaid)),
        (Form::Time, Said::Time(time)) => Some(say::time(lang, time)),
        (Form::Money, Said::Money(sum)) => Some(say::money(lang, sum)),
        (
            Form::Digits
            | Form::Cardinal(_)
            | Form::Ordinal(_)
            | Form::Percent
            | Form::Date(..)
            | Form::WeekdayDate
            | Form::Time
            | Form::Money,
            Said::Row(_) | Said::Number(_) | Said::Date(_) | Said::Time(_) | Said::Money(_),
        ) => None,
    }
}

impl Form {
    /// The most pieces that a value is said in: the words of [`say::NUMBER_MAX`] in Kazakh; for a row sixteen digits with the pauses between their groups. A service may give a
    /// longer row: then a prompt may become several Plays.
    pub const fn pieces_max(self) -> usize {
        match self {
            Self::Digits => 22,
            Self::Cardinal(_) | Self::Ordinal(_) => 19,
            Self::Percent => 20,
            Self::Date(_, Year::Unsaid) => 3,
            Self::Date(_, Year::Said) => 10,
            Self::WeekdayDate => 5,
            Self::Time => 6,
            Self::Money => 23,
        }
    }

    /// All forms that a prompt of a language may ask for: those of which every clip exists.
    pub fn offered(lang: Lang) -> Vec<Self> {
        let cardinals = cardinals(lang).into_iter().map(Self::Cardinal);
        let ordinals = ordinals(lang).into_iter().map(Self::Ordinal);
        let dates = dates(lang).into_iter().flat_map(|inflection| [Year::Unsaid, Year::Said].map(|year| Self::Date(inflection, year)));
        let others = [Self::Digits, Self::Percent, Self::WeekdayDate, Self::Time, Self::Money];
        cardinals.chain(ordinals).chain(dates).chain(others).collect()
    }
}

fn cardinals(lang: Lang) -> Vec<Inflection> {
    match lang {
        Lang::Kk => [Kk::Nominative, Kk::Dative, Kk::Locative, Kk::Ablative].map(Inflection::Kk).into(),
        Lang::Ru => [Ru::Nominative, Ru::Genitive, Ru::Accusative].into_iter().flat_map(in_all_genders).collect(),
    }
}

fn ordinals(lang: Lang) -> Vec<Inflection> {
    match lang {
        Lang::Kk => vec![Inflection::Kk(Kk::Nominative)],
        Lang::Ru => in_all_genders(Ru::Nominative).into(),
    }
}

fn dates(lang: Lang) -> [Inflection; 2] {
    match lang {
        Lang::Kk => [Kk::Nominative, Kk::Locative].map(Inflection::Kk),
        Lang::Ru => [Ru::Genitive, Ru::Nominative].map(|case| Inflection::Ru(case, Gender::Neuter)),
    }
}

fn in_all_genders(case: Ru) -> [Inflection; 3] {
    Gender::ALL.map(|gender| Inflection::Ru(case, gender))
}

/// Every clip that a prompt may need for a value: (name, the words that a voice is given). A voice hears in the comma that more follows, in the full stop that nothing does.
///
/// Numbers are covered to [`say::NUMBER_MAX`], ordinals but for round thousands above nine thousand, and every day and minute.
pub fn inventory(lang: Lang) -> Vec<(String, String)> {
    let mut clips = BTreeMap::new();
    for form in Form::offered(lang) {
        for phrase in covering(form, lang) {
            clips.extend([Ending::Open, Ending::Falling].into_iter().flat_map(|ending| phrase.clips(lang, ending)));
        }
    }
    clips.into_iter().collect()
}

/// Phrases that hold every word of a form: the words of a number do not depend on each other, but for the scale after them.
fn covering(form: Form, lang: Lang) -> Vec<Phrase> {
    let numbers = |scales: &[u64]| -> Vec<u64> { scales.iter().flat_map(|scale| roots().map(move |root| root * scale)).collect() };
    let all = |values: Vec<Said<'_>>| values.into_iter().filter_map(|value| say(lang, value, form)).collect();
    match form {
        Form::Digits => all(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"].map(Said::Row).into()),
        Form::Cardinal(_) => all(numbers(&[1, 1000, 1_000_000, 1_000_000_000]).into_iter().map(Said::Number).collect()),
        Form::Ordinal(_) => all(roots().chain(thousands()).chain([1_000_000, 1_000_000_000]).map(Said::Number).collect()),
        Form::Percent => all(roots().map(Said::Number).collect()),
        Form::Date(_, Year::Unsaid) | Form::WeekdayDate => all(days().map(Said::Date).collect()),
        Form::Date(_, Year::Said) => all(days().chain(years()).map(Said::Date).collect()),
        Form::Time => all(times().map(Said::Time).collect()),
        Form::Money => {
            let sums = numbers(&[1, 1000, 1_000_000, 1_000_000_000]).into_iter().map(|tenge| tenge * 100).chain(1..100);
            all(sums.filter_map(Money::from_tiyn).map(Said::Money).collect())
        }
    }
}

/// The numbers that are one word.
fn roots() -> impl Iterator<Item = u64> + Clone {
    (0..=20).chain((30..100).step_by(10)).chain((100..1000).step_by(100))
}

fn thousands() -> impl Iterator<Item = u64> {
    (1..10).map(|thousands| thousands * 1000)
}

/// Every day of a leap year.
fn days() -> impl Iterator<Item = Date> {
    (1..=12).flat_map(|month| (1..=31).map(move |day| Date::new(2028, month, day))).flatten()
}

/// A day of each year that is one word, and of each that is round.
fn years() -> impl Iterator<Item = Date> {
    roots().chain(thousands()).filter_map(|year| Date::new(year as u16, 1, 1).ok())
}

/// Every full hour, the half hours, and the minutes of an hour.
fn times() -> impl Iterator<Item = Time> {
    let hours = (0..24).flat_map(|hour| [Time::new(hour, 0), Time::new(hour, 30)]);
    hours.chain((0..60).map(|minute| Time::new(9, minute))).flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hash::{DefaultHasher, Hash, Hasher};

    use super::*;
    use crate::spoken::phrase::Sound;

    /// Says all values in a form: each has words, all clips exist, and no two sound the same.
    fn check<'a>(lang: Lang, form: Form, values: impl IntoIterator<Item = Said<'a>>) {
        let clips: BTreeSet<String> = inventory(lang).into_iter().map(|(name, _)| name).collect();
        let mut texts = BTreeSet::new();
        for value in values {
            let phrase = say(lang, value, form).unwrap();
            for ending in [Ending::Open, Ending::Falling] {
                let sounds = phrase.sounds(lang, ending);
                assert!((1..=form.pieces_max()).contains(&sounds.len()), "{form:?} {value:?}");
                for sound in sounds {
                    let Sound::Clip(name) = sound else { continue };
                    assert!(clips.contains(&name), "{form:?} {value:?} needs {name}");
                }
            }
            let mut hasher = DefaultHasher::new(); // a million texts would fill memory
            phrase.text().hash(&mut hasher);
            assert!(texts.insert(hasher.finish()), "{form:?} {value:?} sounds like another: {}", phrase.text());
        }
    }

    #[test]
    fn every_number_to_a_million_is_said_in_its_own_words() {
        for lang in Lang::ALL {
            check(lang, Form::Cardinal(Inflection::plain(lang)), (0..1_000_000).map(Said::Number));
        }
    }

    #[test]
    fn every_form_of_a_number_is_in_the_inventory() {
        for lang in Lang::ALL {
            for form in Form::offered(lang) {
                match form {
                    Form::Cardinal(_) | Form::Percent => {
                        let wide = (0..2000)
                            .chain((2000..1_000_000).step_by(997))
                            .chain((1_000_000..1_000_000_000_000).step_by(1_234_567_891))
                            .chain([say::NUMBER_MAX]);
                        check(lang, form, wide.map(Said::Number));
                    }
                    Form::Ordinal(_) => check(lang, form, (0..10_000).chain((10_001..1_000_000).step_by(998)).map(Said::Number)),
                    Form::Money => {
                        let sums = (0..20_000).chain((20_000..100_000_000).step_by(54_321)).chain([say::NUMBER_MAX * 100 + 99]);
                        check(lang, form, sums.filter_map(Money::from_tiyn).map(Said::Money));
                    }
                    Form::Digits => {
                        let rows: Vec<String> = (0..2000).map(|row| format!("{row:06}")).collect();
                        check(lang, form, rows.iter().map(|row| Said::Row(row)));
                    }
                    Form::Date(..) | Form::WeekdayDate | Form::Time => {}
                }
            }
        }
    }

    #[test]
    fn every_day_of_three_years_and_every_minute_are_said_in_their_own_words() {
        for lang in Lang::ALL {
            for year in 2026..=2028 {
                let days = || (1..=12).flat_map(|month| (1..=31).map(move |day| Date::new(year, month, day))).flatten();
                for form in Form::offered(lang).into_iter().filter(|form| matches!(form, Form::Date(..) | Form::WeekdayDate)) {
                    check(lang, form, days().map(Said::Date));
                }
            }
            let years = (1..=9999).filter_map(|year| Date::new(year, 3, 8).ok());
            check(lang, Form::Date(say::when(lang), Year::Said), years.map(Said::Date));
            let minutes = (0..24).flat_map(|hour| (0..60).map(move |minute| Time::new(hour, minute))).flatten();
            check(lang, Form::Time, minutes.map(Said::Time));
        }
    }

    #[test]
    fn the_inventory_names_each_clip_once_in_ascii() {
        for lang in Lang::ALL {
            let clips = inventory(lang);
            let words: BTreeSet<&String> = clips.iter().map(|(_, text)| text).collect();
            assert_eq!(words.len(), clips.len(), "two words share a name, or a word has two");
            for (name, text) in &clips {
                assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{name}");
                assert_eq!(name.ends_with("_end"), text.ends_with('.'), "{name}");
            }
            let expected = match lang {
                Lang::Kk => 300,
                Lang::Ru => 591,
            };
            assert_eq!(clips.len(), expected, "somebody has to record them");
        }
    }

    #[test]
    fn a_form_of_another_kind_of_value_says_nothing() {
        assert_eq!(say(Lang::Kk, Said::Number(5), Form::WeekdayDate), None);
        assert_eq!(say(Lang::Ru, Said::Row("5"), Form::Percent), None);
    }
}
