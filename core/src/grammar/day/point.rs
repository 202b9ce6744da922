//! One day by one of its names: from today, by the week, by the month.

use std::sync::LazyLock;

use super::lexicon::Unit;
use super::line::{Line, Phrases};
use super::month::{by_numbers, last_of_month, number_alone, of_month, typed};
use super::week::of_week;
use crate::calendar::{Date, Weekday};
use crate::grammar::{Context, Sure};
use crate::spoken::kazakh::Case as Kk;

/// What may stand before a day and changes nothing.
pub(super) const BEFORE_A_DAY: [&str; 8] = ["в", "во", "на", "к", "ко", "с", "со", "за"];

pub(super) fn bare(line: &Line<'_>, at: usize) -> usize {
    line.past(at, &BEFORE_A_DAY, 2)
}

/// One day, as it was named.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// The day; `None` when there is none such.
    pub(super) day: Option<(Date, Sure)>,
    /// By what.
    pub(super) named: Named,
    /// The word after it.
    pub(super) end: usize,
}

/// By what a day was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Only the day of the week.
    Weekday(Weekday),
    /// Only the day of the month.
    Number(u8),
    /// Fully.
    Whole,
}

/// The longest name of one day that begins here.
pub(super) fn point(line: &Line<'_>, at: usize, context: &Context) -> Option<Point> {
    let today = context.today;
    let points = [
        from_today(line, at, today),
        later(line, at, today),
        of_week(line, at, today),
        of_month(line, at, today),
        by_numbers(line, at, today),
        typed(line, at, today),
        last_of_month(line, at, today),
        number_alone(line, at, today),
    ];
    points.into_iter().flatten().reduce(|best, next| if next.end > best.end { next } else { best })
}

/// `ертең`, `арғы күні`, `на завтрашний день`.
fn from_today(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
    let (days, end) = phrase_ahead(line, at).or_else(|| line.ahead(at).map(|days| (days, at + 1)))?;
    let end = if line.counts(end, Unit::Day) { end + 1 } else { end };
    Some(Point { day: today.plus_days(days.into()).map(|day| (day, Sure::Plainly)), named: Named::Whole, end })
}

fn phrase_ahead(line: &Line<'_>, at: usize) -> Option<(u8, usize)> {
    static AHEAD: LazyLock<Phrases<u8>> = LazyLock::new(|| {
        Phrases::new(&[
            (2, &["арғы күні|күнге|күн|күнгі", "после завтра~", "ертеңнен кейінгі ?күн~"]),
            (3, &["после после завтра~", "после послезавтра~"]),
        ])
    });
    AHEAD.at(line, at).map(|(days, end)| (*days, end))
}

/// `через два дня`, `екі аптадан кейін`, `дней через пять`.
fn later(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
    let (count, unit, sure, end) = span(line, at)?;
    let day = match unit {
        Unit::Day => today.plus_days(count.into()),
        Unit::Week => today.plus_days(i32::from(count) * 7),
        Unit::Month => today.plus_months(count),
        Unit::Year => today.plus_months(count * 12),
        Unit::Minute | Unit::Hour => return None,
    };
    Some(Point { day: day.map(|day| (day, sure)), named: Named::Whole, end })
}

/// No appointment is further away than so many days, weeks, months or years.
const COUNT_MAX: u16 = 366;

/// How long from now: the count, its unit, the word after.
pub(super) fn span(line: &Line<'_>, at: usize) -> Option<(u16, Unit, Sure, usize)> {
    span_ru(line, at).or_else(|| span_kk(line, at)).filter(|(count, _, _, _)| (1..=COUNT_MAX).contains(count))
}

const THROUGH: [&str; 2] = ["через", "спустя"];

fn span_ru(line: &Line<'_>, at: usize) -> Option<(u16, Unit, Sure, usize)> {
    if let Some(unit) = line.unit(at).filter(|_| line.is(at + 1, &THROUGH)) {
        return line.numeral(at + 2).map(|count| (count.value, unit, Sure::Roughly, count.end));
    }
    if !line.is(at, &THROUGH) {
        return None;
    }
    if line.is(at + 1, &["пару"]) {
        return line.unit(at + 2).map(|unit| (2, unit, Sure::Roughly, at + 3));
    }
    match line.numeral(at + 1) {
        Some(count) => line.unit(count.end).map(|unit| (count.value, unit, Sure::Plainly, count.end + 1)),
        None if line.is(at + 1, &["день"]) => Some((2, Unit::Day, Sure::Doubtfully, at + 2)), // every other day: a day lies between
        None => line.unit(at + 1).map(|unit| (1, unit, Sure::Plainly, at + 2)),
    }
}

fn span_kk(line: &Line<'_>, at: usize) -> Option<(u16, Unit, Sure, usize)> {
    let (count, end) = line.numeral(at).map_or((1, at), |count| (count.value, count.end));
    let unit = line.unit(end)?;
    let after = |at: usize| line.is(at, &["кейін", "кейінгі", "соң", "соңғы", "кейінге"]);
    match line.stands_in(end, Kk::Ablative) {
        true if after(end + 1) => Some((count, unit, Sure::Plainly, end + 2)),
        false if end > at && line.is(end + 1, &["өткен", "өткеннен"]) && after(end + 2) => {
            Some((count, unit, Sure::Plainly, end + 3))
        }
        true | false => None,
    }
}
