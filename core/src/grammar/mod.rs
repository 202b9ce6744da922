//! What was keyed in or said -> what is meant.
//!
//! A grammar yields every reading or none, never a guess; which of several is meant is the interpreter's to ask.

pub mod day;
mod disguise;
mod falsify;
pub mod graph;
pub mod navigation;
pub mod number;
pub mod phrase;
pub mod place;
mod said;
pub mod table;
mod words;

pub use disguise::{Listened, disguised};
pub use falsify::{falsified, falsified_alike};
pub use place::Among;
pub use said::{Lists, said};
pub use words::{Reading, Sure, WORDS_MAX, words};

use crate::calendar::{Date, Time};
use crate::citizen::{ApplicationNumber, Iin, Phone};
use crate::spoken::Money;
use crate::utterance::MessageId;

/// A value in a slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// An IIN.
    Iin(Iin),
    /// The number of an application.
    Application(ApplicationNumber),
    /// Digits.
    Digits(String),
    /// A whole number.
    Count(u32),
    /// Yes or no.
    Flag(bool),
    /// An item of a closed list.
    Item(String),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A sum of money.
    Money(Money),
    /// What a caller may choose from: items with the same fields.
    List(Vec<std::collections::BTreeMap<String, Value>>),
    /// A telephone number.
    Phone(Phone),
    /// A city or a district, by its name in `grammar::place`.
    Place(String),
    /// What the caller has spoken, by its name.
    Message(MessageId),
}

/// What a caller takes for granted: the day and hour of the call, and when people are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The day of the call.
    pub today: Date,
    /// Its time of day.
    pub now: Time,
    /// When service begins: three o'clock is the one within.
    pub opens: Time,
    /// When it ends.
    pub closes: Time,
}

/// Which answers a question takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// An IIN with a valid check digit.
    Iin,
    /// The number of an application.
    Application,
    /// So many digits.
    Digits {
        /// The fewest.
        min: u8,
        /// The most.
        max: u8,
    },
    /// A telephone number.
    Phone,
    /// A whole number.
    Number {
        /// The least.
        min: u32,
        /// The greatest.
        max: u32,
    },
    /// A day from today on.
    Date {
        /// So many days ahead at most.
        days: u16,
    },
    /// A time of day.
    Time,
    /// Yes or no.
    YesNo,
    /// A place.
    Place {
        /// Of these.
        among: Among,
    },
    /// An item of a list of the lexicon.
    Item {
        /// The list's name.
        list: String,
    },
}

/// What `digits` mean to this grammar; `None` when they do not fit. A day is keyed in as day and month, `2411`, a time as `0930`.
pub fn readings(digits: &str, grammar: &Grammar, context: &Context) -> Option<Value> {
    match grammar {
        Grammar::Iin => Iin::parse(digits).ok().map(Value::Iin),
        Grammar::Application => ApplicationNumber::parse(digits).ok().map(Value::Application),
        Grammar::Digits { min, max } => fits(digits, *min, *max).then(|| Value::Digits(digits.to_owned())),
        Grammar::Phone => Phone::parse(digits).ok().map(Value::Phone),
        Grammar::Number { min, max } => digits.parse().ok().filter(|number| (min..=max).contains(&number)).map(Value::Count),
        Grammar::Time => keyed_time(digits).map(Value::Time),
        Grammar::YesNo => matches!(digits, "1" | "2").then(|| Value::Flag(digits == "1")),
        Grammar::Date { days } => keyed_day(digits, context).filter(|date| said::within(*date, *days, context)).map(Value::Date),
        Grammar::Place { .. } | Grammar::Item { .. } => None,
    }
}

/// Whether a further digit may follow. By length alone: a caller who is already wrong at the third digit is still heard out, lest the other nine answer the next question.
pub fn could_grow(prefix: &str, grammar: &Grammar) -> bool {
    let longest = match grammar {
        Grammar::Iin | Grammar::Application => 12,
        Grammar::Digits { min: _, max } => usize::from(*max),
        Grammar::Phone => 11,
        Grammar::Number { min: _, max } => max.to_string().len(),
        Grammar::Date { .. } | Grammar::Time => 4,
        Grammar::YesNo | Grammar::Place { .. } | Grammar::Item { .. } => 1,
    };
    prefix.len() < longest
}

/// Day and month, in the year in which they come next.
fn keyed_day(digits: &str, context: &Context) -> Option<Date> {
    let (day, month) = digits.split_at_checked(2).filter(|_| fits(digits, 4, 4))?;
    let (day, month): (u8, u8) = (day.parse().ok()?, month.parse().ok()?);
    let years = [context.today.year(), context.today.year() + 1];
    years.into_iter().filter_map(|year| Date::new(year, month, day).ok()).find(|date| *date >= context.today)
}

/// Four digits, as a clock shows them.
fn keyed_time(digits: &str) -> Option<Time> {
    let (hour, minute) = digits.split_at_checked(2).filter(|_| fits(digits, 4, 4))?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?).ok()
}

impl Grammar {
    /// Whether its answers name a person or a person's matter.
    pub fn is_private(&self) -> bool {
        match self {
            Self::Iin | Self::Application | Self::Digits { .. } | Self::Phone => true,
            Self::Number { .. } | Self::Date { .. } | Self::Time | Self::YesNo | Self::Place { .. } | Self::Item { .. } => false,
        }
    }
}

fn fits(digits: &str, min: u8, max: u8) -> bool {
    (usize::from(min)..=usize::from(max)).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 23 November 2026, at ten.
    pub(super) fn context() -> Context {
        let time = |text| Time::parse(text).unwrap();
        Context { today: Date::parse("2026-11-23").unwrap(), now: time("10:00"), opens: time("09:00"), closes: time("20:00") }
    }

    #[test]
    fn days_times_and_numbers_can_be_keyed_in() {
        let date = |text| Some(Value::Date(Date::parse(text).unwrap()));
        let number = Grammar::Number { min: 2, max: 20 };
        let cases = [
            ("2311", Grammar::Date { days: 14 }, date("2026-11-23")),
            ("0712", Grammar::Date { days: 14 }, date("2026-12-07")),
            ("0812", Grammar::Date { days: 14 }, None),
            ("2211", Grammar::Date { days: 400 }, date("2027-11-22")),
            ("3002", Grammar::Date { days: 400 }, None),
            ("0930", Grammar::Time, Some(Value::Time(Time::parse("09:30").unwrap()))),
            ("2400", Grammar::Time, None),
            ("930", Grammar::Time, None),
            ("20", number.clone(), Some(Value::Count(20))),
            ("1", number, None),
            ("2", Grammar::YesNo, Some(Value::Flag(false))),
            ("87012340506", Grammar::Phone, Some(Value::Phone(Phone::parse("87012340506").unwrap()))),
        ];
        for (digits, grammar, value) in cases {
            assert_eq!(readings(digits, &grammar, &context()), value, "{digits} {grammar:?}");
        }
    }

    #[test]
    fn digits_mean_what_their_grammar_says() {
        let some = Grammar::Digits { min: 2, max: 4 };
        let cases = [
            ("850412100429", &Grammar::Iin, true),
            ("850412100428", &Grammar::Iin, false),
            ("850412100428", &Grammar::Application, true),
            ("85041210042", &Grammar::Application, false),
            ("1", &some, false),
            ("12", &some, true),
            ("1234", &some, true),
            ("12345", &some, false),
            ("1a", &some, false),
        ];
        for (digits, grammar, fits) in cases {
            assert_eq!(readings(digits, grammar, &context()).is_some(), fits, "{digits} {grammar:?}");
        }
    }

    #[test]
    fn a_row_grows_up_to_its_full_length() {
        assert!(could_grow("99999999999", &Grammar::Iin));
        assert!(!could_grow("999999999999", &Grammar::Iin));
        assert!(could_grow("123", &Grammar::Digits { min: 2, max: 4 }));
        assert!(!could_grow("1234", &Grammar::Digits { min: 2, max: 4 }));
    }
}
