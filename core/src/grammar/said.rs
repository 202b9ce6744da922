//! What words mean to a grammar: one door to the rooms of numbers, days, places and phrases.

use std::collections::BTreeMap;
use std::ops::Range;

use super::day::{self, Clock, Day};
use super::navigation::{self, Answer};
use super::phrase::Phrases;
use super::{Context, Grammar, Reading, Sure, Value, number, place};
use crate::calendar::Date;

/// The closed lists of the lexicon, as callers say their items: list name → item.
pub type Lists = BTreeMap<String, Phrases<String>>;

/// So many readings of one grammar are looked at. More is a babble that no question can sort out.
const READINGS_MAX: usize = 16;

/// Every reading of the words by a grammar, the likeliest first; none when nothing fits.
///
/// A day that does not lie within its bounds, a number out of its range and an item of another list fit nothing.
pub fn said(words: &[String], grammar: &Grammar, context: &Context, lists: &Lists) -> Vec<Reading<Value>> {
    let mut readings = every(words, grammar, context, lists);
    if !grammar.is_private() {
        let rows = long_rows(words);
        readings.retain(|reading| rows.iter().all(|row| !cuts(&reading.words, row)));
    }
    readings.truncate(READINGS_MAX);
    readings
}

/// So many digits in a row are a row, and no part of them is a day or a number of things.
const ROW_DIGITS: usize = 6;

/// The stretches of numbers that are rows of digits.
fn long_rows(words: &[String]) -> Vec<Range<usize>> {
    let mut stretches: Vec<(Range<usize>, usize)> = Vec::new();
    for one in number::written_down(words) {
        match stretches.last_mut() {
            Some((stretch, digits)) if stretch.end == one.words.start => {
                (stretch.end, *digits) = (one.words.end, *digits + one.digits.len())
            }
            Some(_) | None => stretches.push((one.words.clone(), one.digits.len())),
        }
    }
    stretches.into_iter().filter(|(_, digits)| *digits >= ROW_DIGITS).map(|(stretch, _)| stretch).collect()
}

/// Whether a reading takes some of a row and leaves some.
fn cuts(reading: &Range<usize>, row: &Range<usize>) -> bool {
    let touches = reading.start < row.end && row.start < reading.end;
    touches && !(reading.start <= row.start && row.end <= reading.end)
}

fn every(words: &[String], grammar: &Grammar, context: &Context, lists: &Lists) -> Vec<Reading<Value>> {
    match grammar {
        Grammar::Iin => each(number::iins(words), |iin| Some(Value::Iin(iin))),
        Grammar::Application => each(number::applications(words), |number| Some(Value::Application(number))),
        Grammar::Phone => each(number::phones(words), |phone| Some(Value::Phone(phone))),
        Grammar::Digits { min, max } => each(number::rows(words, (*min).into(), (*max).into()), |row| Some(Value::Digits(row))),
        Grammar::Number { min, max } => each(number::cardinals(words), |number| whole(number, *min, *max)),
        Grammar::Date { days } => each(day::dates(words, context), |day| on(day, *days, context)),
        Grammar::Time => each(day::times(words, context), |clock| at(clock, context)),
        Grammar::YesNo => yes_or_no(words).into_iter().collect(),
        Grammar::Place { among } => each(place::named(words, *among), |place| Some(Value::Place(place.id.to_owned()))),
        Grammar::Item { list } => {
            lists.get(list).map_or_else(Vec::new, |phrases| each(phrases.find(words), |item| Some(Value::Item(item))))
        }
    }
}

fn each<T>(readings: Vec<Reading<T>>, value: impl Fn(T) -> Option<Value>) -> Vec<Reading<Value>> {
    let meant = readings.into_iter().filter_map(|Reading { value: said, words, sure }| Some(Reading { value: value(said)?, words, sure }));
    meant.collect()
}

fn whole(number: u64, min: u32, max: u32) -> Option<Value> {
    u32::try_from(number).ok().filter(|number| (min..=max).contains(number)).map(Value::Count)
}

/// A single day. Of several only the next is one: "as early as possible" is today, a stretch of days is none.
fn on(day: Day, days: u16, context: &Context) -> Option<Value> {
    match day {
        Day::On(date) => within(date, days, context).then_some(Value::Date(date)),
        Day::Earliest => Some(Value::Date(context.today)),
        Day::Between(..) | Day::Any => None,
    }
}

/// Whether a day lies between today and so many days ahead.
pub(super) fn within(date: Date, days: u16, context: &Context) -> bool {
    (0..=i32::from(days)).contains(&context.today.days_until(date))
}

fn at(clock: Clock, context: &Context) -> Option<Value> {
    match clock {
        Clock::At(time) => Some(Value::Time(time)),
        Clock::Earliest => Some(Value::Time(context.opens)),
        Clock::Between(..) | Clock::Any => None,
    }
}

fn yes_or_no(words: &[String]) -> Option<Reading<Value>> {
    let value = match navigation::yes_no(words)? {
        Answer::Yes => Value::Flag(true),
        Answer::No => Value::Flag(false),
        Answer::Unsure => return None,
    };
    Some(Reading { value, words: Range { start: 0, end: words.len() }, sure: Sure::Plainly })
}
