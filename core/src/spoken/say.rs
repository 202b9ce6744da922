//! Each kind of value as a phrase, in either language.

use super::kazakh;
use super::money::Money;
use super::phrase::{Phrase, digits as digit_words};
use super::russian::adjective::Adjective;
use super::russian::cardinal::cardinal as russian_cardinal;
use super::russian::noun::{Noun, declined};
use super::russian::ordinal::ordinal as russian_ordinal;
use super::russian::{self, Case, Gender};
use crate::calendar::{Date, Time};
use crate::citizen::Phone;
use crate::lang::Lang;

/// The greatest number that has words here.
pub const NUMBER_MAX: u64 = 999_999_999_999;

/// The form of a number: what the sentence around it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inflection {
    /// In Kazakh.
    Kk(kazakh::Case),
    /// In Russian, where it agrees in gender too.
    Ru(Case, Gender),
}

impl Inflection {
    /// As a number stands alone.
    pub const fn plain(lang: Lang) -> Self {
        match lang {
            Lang::Kk => Self::Kk(kazakh::Case::Nominative),
            Lang::Ru => Self::Ru(Case::Nominative, Gender::Masculine),
        }
    }

    /// Its language.
    pub const fn lang(self) -> Lang {
        match self {
            Self::Kk(_) => Lang::Kk,
            Self::Ru(..) => Lang::Ru,
        }
    }
}

/// A number; what is greater than [`NUMBER_MAX`] is said digit by digit.
pub fn cardinal(number: u64, form: Inflection) -> Phrase {
    if number > NUMBER_MAX {
        return digits(form.lang(), &number.to_string());
    }
    Phrase::of(match form {
        Inflection::Kk(case) => kazakh::cardinal_in(number, case),
        Inflection::Ru(case, gender) => russian_cardinal(number, case, gender),
    })
}

/// An ordinal; what is greater than [`NUMBER_MAX`] is said digit by digit.
pub fn ordinal(number: u64, form: Inflection) -> Phrase {
    if number > NUMBER_MAX {
        return digits(form.lang(), &number.to_string());
    }
    Phrase::of(match form {
        Inflection::Kk(case) => kazakh::with_last(kazakh::ordinal(number), |word| kazakh::inflected(word, case)),
        Inflection::Ru(case, gender) => russian_ordinal(number, case, gender),
    })
}

/// A number of things that have a Kazakh name: it has no plural after a number.
pub(super) fn counted_kk(number: u64, noun: &str) -> Phrase {
    cardinal(number, Inflection::plain(Lang::Kk)).then(Phrase::of([noun.to_owned()]))
}

/// A number of things in Russian, `двух рабочих дней`, in a case.
pub(super) fn counted_ru(number: u64, case: Case, adjectives: &[Adjective], noun: &Noun) -> Phrase {
    let adjectives = adjectives.iter().map(|adjective| adjective.counted(number, case, noun.gender));
    let words: Vec<String> = adjectives.chain([noun.counted(number, case).to_owned()]).collect();
    cardinal(number, Inflection::Ru(case, noun.gender)).then(Phrase::of(words))
}

/// A number of things with a regular Russian name, or one of the lexicon.
fn counted_regular(number: u64, case: Case, lemma: &str, gender: Gender) -> Phrase {
    counted_ru(number, case, &[], &declined(lemma, gender))
}

/// A row of digits, one by one, with a pause after each three that nothing shows; what is no digit is passed over.
pub fn digits(lang: Lang, row: &str) -> Phrase {
    Phrase::paced(threes(lang, row))
}

/// The same with a comma after each three: how an IIN is read out.
pub fn grouped_digits(lang: Lang, row: &str) -> Phrase {
    Phrase::listed(threes(lang, row))
}

/// So many digits are said in one breath.
const GROUP: usize = 3;

fn threes(lang: Lang, row: &str) -> Vec<Phrase> {
    let values: Vec<usize> = row.bytes().filter(u8::is_ascii_digit).map(|b| usize::from(b - b'0')).collect();
    values.chunks(GROUP).map(|group| Phrase::of(group.iter().map(|digit| digit_words(lang)[*digit]))).collect()
}

/// A telephone number: of Kazakhstan in groups as people say them, `+7 701 234 05 06`, any other digit by digit.
pub fn phone(lang: Lang, phone: &Phone) -> Phrase {
    const PLUS: &str = "плюс";
    let number = phone.e164().trim_start_matches('+');
    if number.len() != 11 || !number.starts_with('7') {
        return grouped_digits(lang, number).after(PLUS);
    }
    let groups = [&number[..1], &number[1..4], &number[4..7], &number[7..9], &number[9..]];
    let mut groups = groups.map(|group| group_of_phone(lang, group));
    groups[0] = Phrase::of([PLUS]).then(groups[0].clone());
    Phrase::listed(groups)
}

/// Leading zeros one by one, then the rest as a number.
fn group_of_phone(lang: Lang, group: &str) -> Phrase {
    let rest = group.trim_start_matches('0');
    let zeros = Phrase::of(vec![digit_words(lang)[0]; group.len() - rest.len()]);
    rest.parse().map_or(zeros.clone(), |number| zeros.then(cardinal(number, Inflection::plain(lang))))
}

/// Whole per cent.
pub fn percent(lang: Lang, number: u64) -> Phrase {
    match lang {
        Lang::Kk => counted_kk(number, "пайыз"),
        Lang::Ru => counted_regular(number, Case::Nominative, "процент", Gender::Masculine),
    }
}

/// A sum: tenge, and tiyn when there are any.
pub fn money(lang: Lang, sum: Money) -> Phrase {
    let counted = |number, kk: &str, ru| match lang {
        Lang::Kk => counted_kk(number, kk),
        Lang::Ru => counted_regular(number, Case::Nominative, ru, Gender::Masculine),
    };
    let tenge = counted(sum.tenge(), "теңге", "тенге");
    let tiyn = counted(sum.tiyn(), "тиын", "тиын");
    match (sum.tenge(), sum.tiyn()) {
        (_, 0) => tenge,
        (0, _) => tiyn,
        (_, _) => tenge.then(tiyn),
    }
}

/// How much of a date is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Year {
    /// The day and the month.
    Unsaid,
    /// The year too.
    Said,
}

/// A date. Kazakh has the year first and the ending on the month; Russian declines the day, the month and the year are always in the genitive. The gender is not looked at.
pub fn date(date: Date, year: Year, form: Inflection) -> Phrase {
    let day = u64::from(date.day());
    let month = usize::from(date.month() - 1);
    match form {
        Inflection::Kk(case) => {
            let month = Phrase::of([kazakh::inflected(kazakh::MONTHS[month], case)]);
            let day = Phrase::of(kazakh::ordinal(day)).then(month);
            match year {
                Year::Unsaid => day,
                Year::Said => Phrase::of(kazakh::ordinal(date.year().into())).then(Phrase::of(["жылғы"])).then(day),
            }
        }
        Inflection::Ru(case, _) => {
            let day = Phrase::of(russian_ordinal(day, case, Gender::Neuter)).then(Phrase::of([russian::MONTHS[month]]));
            match year {
                Year::Unsaid => day,
                Year::Said => {
                    let year = russian_ordinal(date.year().into(), Case::Genitive, Gender::Masculine);
                    day.then(Phrase::of(year)).then(Phrase::of(["года"]))
                }
            }
        }
    }
}

/// The form in which a date answers "when".
pub const fn when(lang: Lang) -> Inflection {
    match lang {
        Lang::Kk => Inflection::Kk(kazakh::Case::Nominative),
        Lang::Ru => Inflection::Ru(Case::Genitive, Gender::Neuter),
    }
}

/// A date and its day of the week, as an answer to "when": `во вторник, двадцать четвёртого ноября`; Kazakh has the date first.
pub fn weekday_date(lang: Lang, day: Date, year: Year) -> Phrase {
    let phrase = date(day, year, when(lang));
    match lang {
        Lang::Kk => Phrase::listed([phrase, weekday(lang, day)]),
        Lang::Ru => Phrase::listed([weekday(lang, day), phrase]),
    }
}

/// The day of the week as an answer to "when": `во вторник`, `сейсенбі күні`.
pub fn weekday(lang: Lang, day: Date) -> Phrase {
    let names = match lang {
        Lang::Kk => kazakh::ON_WEEKDAYS,
        Lang::Ru => russian::ON_WEEKDAYS,
    };
    Phrase::of([names[day.weekday() as usize]])
}

/// A year with its word: `екі мың жиырма алтыншы жыл`, `две тысячи двадцать шестой год`; in the Russian prepositional as it stands after `в`.
pub fn year(year: u64, form: Inflection) -> Phrase {
    match form {
        Inflection::Kk(case) => ordinal(year, Inflection::plain(Lang::Kk)).then(Phrase::of([kazakh::inflected("жыл", case)])),
        Inflection::Ru(case, _) => {
            let word = match case {
                Case::Prepositional => "году".to_owned(),
                Case::Nominative | Case::Genitive | Case::Dative | Case::Accusative | Case::Instrumental => {
                    declined("год", Gender::Masculine).singular(case).to_owned()
                }
            };
            ordinal(year, Inflection::Ru(case, Gender::Masculine)).then(Phrase::of([word]))
        }
    }
}

/// A time of day as an answer to "when": `сағат тоғыз он бесте`, `в девять часов пятнадцать минут`.
pub fn time(lang: Lang, time: Time) -> Phrase {
    match lang {
        Lang::Kk => Phrase::of(["сағат"]).then(clock_kk(time, kazakh::Case::Locative)),
        Lang::Ru => clock_ru(time, Case::Accusative).after("в"),
    }
}

/// Opening hours: `сағат тоғыздан жиырма бірге дейін`, `с девяти до двадцати одного часа`. The first full hour has no word of its own in Russian.
pub fn range(lang: Lang, from: Time, to: Time) -> Phrase {
    match lang {
        Lang::Kk => Phrase::of(["сағат"])
            .then(clock_kk(from, kazakh::Case::Ablative))
            .then(clock_kk(to, kazakh::Case::Dative))
            .then(Phrase::of(["дейін"])),
        Lang::Ru => {
            let start = match from.minute() {
                0 => cardinal(from.hour().into(), Inflection::Ru(Case::Genitive, Gender::Masculine)),
                _ => clock_ru(from, Case::Genitive),
            };
            start.after("с").then(clock_ru(to, Case::Genitive).after("до"))
        }
    }
}

/// Hours and minutes as a clock shows them: only the last word has the ending, and minutes below ten have their zero.
fn clock_kk(time: Time, case: kazakh::Case) -> Phrase {
    let [hour, minute] = [time.hour(), time.minute()].map(u64::from);
    if minute == 0 {
        return cardinal(hour, Inflection::Kk(case));
    }
    let hour = cardinal(hour, Inflection::plain(Lang::Kk));
    let zero = if minute < 10 { digits(Lang::Kk, "0") } else { Phrase::default() };
    hour.then(zero).then(cardinal(minute, Inflection::Kk(case)))
}

fn clock_ru(time: Time, case: Case) -> Phrase {
    let hour = counted_regular(time.hour().into(), case, "час", Gender::Masculine);
    match time.minute() {
        0 => hour,
        minute => hour.then(counted_regular(minute.into(), case, "минута", Gender::Feminine)),
    }
}

/// How long something takes: hours when there are any, and minutes.
pub fn duration(lang: Lang, minutes: u64) -> Phrase {
    let counted = |number, kk, ru, gender| match lang {
        Lang::Kk => counted_kk(number, kk),
        Lang::Ru => counted_regular(number, Case::Accusative, ru, gender),
    };
    let whole = counted(minutes / 60, "сағат", "час", Gender::Masculine);
    let over = counted(minutes % 60, "минут", "минута", Gender::Feminine);
    match (minutes / 60, minutes % 60) {
        (0, _) => over,
        (_, 0) => whole,
        (_, _) => whole.then(over),
    }
}
