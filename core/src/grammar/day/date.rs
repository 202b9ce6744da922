//! Days, as callers name them: one, a range of them, a wish.

use super::Day;
use super::bound::{self, Bound};
use super::line::{Found, Line, scan};
use super::month::next_numbered;
use super::point::{Named, Point, bare, point};
use super::stretch::{part_of, weekend, whole_month, whole_week, within};
use super::wish;
use crate::calendar::{Date, Weekday};
use crate::grammar::{Context, Reading, Sure};
use crate::spoken::kazakh::Case as Kk;

/// Every day that is named in a line.
pub(super) fn dates(line: &Line<'_>, context: &Context) -> Vec<Reading<Day>> {
    scan(line, |at| longest([single(line, at, context), range(line, at, context), bound(line, at, context), vague(line, at, context)]))
}

fn longest<T, const N: usize>(found: [Option<Found<T>>; N]) -> Option<Found<T>> {
    found.into_iter().flatten().reduce(|best, next| if next.end > best.end { next } else { best })
}

/// One day, which may be named twice: `во вторник, двадцать четвёртого`.
fn single(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Day>> {
    let mut point = point(line, bare(line, at), context)?;
    while let Some(joined) = super::point::point(line, bare(line, point.end), context).and_then(|next| joined(point, next)) {
        point = joined;
    }
    let values = point.day.into_iter().map(|(day, sure)| (Day::On(day), sure)).collect();
    Some(Found { values, end: point.end })
}

/// Two names of one day. Where the day of the week is another, the rest is believed, and to be confirmed.
fn joined(first: Point, second: Point) -> Option<Point> {
    let whole = |of: Point, weekday: Weekday| {
        let day = of.day.map(|(day, sure)| (day, if day.weekday() == weekday { sure } else { Sure::Doubtfully }));
        Some(Point { day, named: of.named, end: second.end })
    };
    match (first.named, second.named) {
        (Named::Weekday(_), Named::Weekday(_)) => None,
        (Named::Weekday(weekday), Named::Number(_) | Named::Whole) => whole(second, weekday),
        (Named::Number(_) | Named::Whole, Named::Weekday(weekday)) => whole(first, weekday),
        (Named::Number(_) | Named::Whole, Named::Number(_) | Named::Whole) => {
            let (one, other) = (first.day?, second.day?);
            (one.0 == other.0).then_some(Point { day: Some((one.0, one.1.min(other.1))), named: Named::Whole, end: second.end })
        }
    }
}

/// `с понедельника по среду`, `жиырма бесінен отызына дейін`.
fn range(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Day>> {
    let opened = line.is(at, &["с", "со", "от"]);
    let first = point(line, at + usize::from(opened), context)?;
    let (second, end) = if opened {
        let second = point(line, first.end + 1, context).filter(|_| line.is(first.end, &["по", "до"]))?;
        (second, second.end)
    } else {
        let second = point(line, first.end, context).filter(|_| line.stands_in(first.end - 1, Kk::Ablative))?;
        let (_, end) = closed(line, second.end).filter(|(bound, _)| *bound == Bound::Until)?;
        (second, end)
    };
    let days = first_and_last(first, second).filter(|(first, last)| first <= last);
    Some(Found { values: days.into_iter().map(|(first, last)| (Day::Between(first, last), Sure::Plainly)).collect(), end })
}

/// The days of a range: `с двадцать пятого по двадцать восьмое ноября` are of one month.
fn first_and_last(first: Point, second: Point) -> Option<(Date, Date)> {
    let last = second.day?.0;
    let start = match (first.named, second.named) {
        (Named::Number(number), Named::Whole) => Date::new(last.year(), last.month(), number).ok()?,
        (Named::Number(_), Named::Number(_) | Named::Weekday(_)) | (Named::Weekday(_) | Named::Whole, _) => first.day?.0,
    };
    if last < start { Some((start, later_than(start, second.named)?)) } else { Some((start, last)) }
}

/// `с пятницы по среду`: the Wednesday after that Friday.
fn later_than(start: Date, named: Named) -> Option<Date> {
    match named {
        Named::Weekday(weekday) => start.next(weekday),
        Named::Number(number) => next_numbered(start, number),
        Named::Whole => None,
    }
}

/// A bound after the word before this one.
fn closed(line: &Line<'_>, at: usize) -> Option<(Bound, usize)> {
    bound::closed(line, at, |case| line.stands_in(at - 1, case))
}

/// One end only: `до пятницы`, `жұмадан кейін`. What comes after a day is a week long.
fn bound(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Day>> {
    let opened = bound::opened(line, at);
    let point = point(line, opened.map_or(at, |(_, end)| end), context)?;
    let (bound, end) = opened.map(|(bound, _)| (bound, point.end)).or_else(|| closed(line, point.end))?;
    let days = point.day.and_then(|(day, _)| match bound {
        Bound::Until => Some((context.today, day)),
        Bound::From => Some((day, day.plus_days(6)?)),
        Bound::After => Some((day.plus_days(1)?, day.plus_days(7)?)),
    });
    let days = days.filter(|(first, last)| first <= last);
    Some(Found { values: days.into_iter().map(|(first, last)| (Day::Between(first, last), Sure::Plainly)).collect(), end })
}

/// What names no single day: a part of a month, a week, a month, any day.
fn vague(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Day>> {
    let start = bare(line, at);
    let today = context.today;
    let stretch = [
        part_of(line, start, today),
        weekend(line, start, today),
        within(line, start, today),
        whole_week(line, start, today),
        whole_month(line, at, start, today),
    ];
    let stretch = stretch.into_iter().flatten().max_by_key(|(_, end)| *end);
    let stretch = stretch.map(|((from, to), end)| Found::plainly(Day::Between(from.max(today), to), end));
    longest([stretch, wished(line, at).or_else(|| wished(line, start))])
}

fn wished(line: &Line<'_>, at: usize) -> Option<Found<Day>> {
    let (wish, end) = wish::at(line, at).filter(|(wish, _)| wish.of_day)?;
    Some(Found::plainly(if wish.kind == wish::Kind::Any { Day::Any } else { Day::Earliest }, end))
}
