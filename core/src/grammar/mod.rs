//! What was keyed in or said -> what is meant.
//!
//! A grammar yields every reading or none, never a guess; which of several is meant is the interpreter's to ask.

pub mod day;
mod falsify;
pub mod navigation;
pub mod number;
pub mod table;
mod words;

pub use falsify::falsified;
pub use words::{Reading, Sure, WORDS_MAX, words};

use crate::calendar::{Date, Time};
use crate::citizen::{ApplicationNumber, Iin};
use crate::spoken::Money;

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
}

/// What `digits` mean to this grammar; `None` when they do not fit.
pub fn readings(digits: &str, grammar: &Grammar) -> Option<Value> {
    match grammar {
        Grammar::Iin => Iin::parse(digits).ok().map(Value::Iin),
        Grammar::Application => ApplicationNumber::parse(digits).ok().map(Value::Application),
        Grammar::Digits { min, max } => fits(digits, *min, *max).then(|| Value::Digits(digits.to_owned())),
    }
}

/// Whether a further digit may follow. By length alone: a caller who is already wrong at the third digit is still heard out, lest the other nine answer the next question.
pub fn could_grow(prefix: &str, grammar: &Grammar) -> bool {
    let longest = match grammar {
        Grammar::Iin | Grammar::Application => 12,
        Grammar::Digits { min: _, max } => usize::from(*max),
    };
    prefix.len() < longest
}

fn fits(digits: &str, min: u8, max: u8) -> bool {
    (usize::from(min)..=usize::from(max)).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(readings(digits, grammar).is_some(), fits, "{digits} {grammar:?}");
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
