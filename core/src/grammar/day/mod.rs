//! Days and times of day, as callers name them, in Kazakh, in Russian and in both at once.
//!
//! Rules read a line from left to right, and the longest wins; what is denied (`не в пятницу`, `ертең емес`) is not read. A day without a year is the next one, an hour without a part of the day
//! the one within opening hours; where another day is as near, the reading is doubtful. What names a day that no calendar has means nothing, not even in part. Knows nothing of holidays: whether a
//! day can be had is the service's to say.

mod bound;
mod date;
mod face;
mod lexicon;
mod line;
mod month;
mod point;
mod sentence;
mod stretch;
#[cfg(test)]
mod tests;
mod time;
mod week;
mod window;
mod wish;

use line::Line;
pub(super) use sentence::{date_sentences, time_sentences};

use super::{Context, Reading, Sure, words};
use crate::calendar::{Date, Time};

/// Which day is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Day {
    /// This one.
    On(Date),
    /// One from the first to the second.
    Between(Date, Date),
    /// Any will do.
    Any,
    /// The sooner the better.
    Earliest,
}

/// Which time of day is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// This one.
    At(Time),
    /// One from the first to the second.
    Between(Time, Time),
    /// Any will do.
    Any,
    /// The sooner the better.
    Earliest,
}

/// Every day that is named, from left to right.
pub fn dates(words: &[String], context: &Context) -> Vec<Reading<Day>> {
    date::dates(&Line::new(words), context)
}

/// Every time of day that is named, from left to right. What could be of either half of the day has two readings of the same words when service is open in both.
pub fn times(words: &[String], context: &Context) -> Vec<Reading<Clock>> {
    time::times(&Line::new(words), context)
}

/// Days and times of one utterance, no word in both: `ертеңге сағат онға`.
///
/// A wish that answers either (`как можно раньше`) is of the day, unless another day is named.
pub fn days_and_times(words: &[String], context: &Context) -> (Vec<Reading<Day>>, Vec<Reading<Clock>>) {
    let line = Line::new(words);
    let mut days = date::dates(&line, context);
    let named = |reading: &Reading<Day>| matches!(reading.value, Day::On(_) | Day::Between(..));
    if days.iter().any(named) {
        days.retain(named);
    }
    let times = time::times(&line.without(days.iter().map(|day| day.words.clone())), context);
    (days, times)
}

/// What a row of a table means.
pub(super) fn row(kind: &str, input: &str, context: &Context) -> Option<String> {
    let words = words(input);
    match kind {
        "date" => spelled(dates(&words, context), |day| match day {
            Day::On(day) => day.to_string(),
            Day::Between(from, to) => format!("?range:{from}..{to}"),
            Day::Any => "?any".to_owned(),
            Day::Earliest => "?earliest".to_owned(),
        }),
        "time" => spelled(times(&words, context), |time| match time {
            Clock::At(time) => time.to_string(),
            Clock::Between(from, to) => format!("?window:{from}-{to}"),
            Clock::Any => "?any".to_owned(),
            Clock::Earliest => "?earliest".to_owned(),
        }),
        _ => None,
    }
}

/// One value as a table spells it; several are a question.
fn spelled<T>(readings: Vec<Reading<T>>, spell: impl Fn(T) -> String) -> Option<String> {
    let values: Vec<String> = readings
        .into_iter()
        .map(|reading| match reading.sure {
            Sure::Plainly | Sure::Doubtfully => spell(reading.value),
            Sure::Roughly => format!("~{}", spell(reading.value)),
        })
        .collect();
    match values.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("?{}", several.join("|"))),
    }
}
