//! Days by the week: `жұма күні`, `в следующую пятницу`, `келесі аптада сәрсенбіде`.

use super::lexicon::Unit;
use super::line::Line;
use super::point::{Named, Point, bare, span};
use crate::calendar::{Date, Weekday};
use crate::grammar::Sure;

/// Which of several is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    This,
    Next,
    Nearest,
}

pub(super) fn which(line: &Line<'_>, at: usize) -> Option<Which> {
    let word = line.word(at);
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| word.starts_with(beginning));
    if line.is(at, &["осы", "бұл", "мына", "эту", "этот", "этого", "этой", "эта", "этом"]) || begins(&["текущ"])
    {
        Some(Which::This)
    } else if line.is(at, &["келесі", "келер", "ендігі"]) || begins(&["следующ", "будущ"]) {
        Some(Which::Next)
    } else if line.is(at, &["алдағы", "жақын", "таяу", "таяудағы"]) || begins(&["ближайш", "наступающ"])
    {
        Some(Which::Nearest)
    } else {
        None
    }
}

/// `жұма күні`, `в следующую пятницу`, `келесі аптада сәрсенбіде`, `в среду на следующей неделе`.
pub(super) fn of_week(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
    if let Some((weeks, end)) = week(line, at) {
        let at = bare(line, end);
        let weekday = line.weekday(at)?;
        return Some(Point { day: in_week(today, weeks, weekday), named: Named::Whole, end: past_kuni(line, at + 1) });
    }
    let which = which(line, at);
    let at = at + usize::from(which.is_some());
    let weekday = line.weekday(at)?;
    let end = past_kuni(line, at + 1);
    if let Some((weeks, end)) = week(line, bare(line, end)).filter(|_| which.is_none()) {
        return Some(Point { day: in_week(today, weeks, weekday), named: Named::Whole, end });
    }
    let named = if which.is_some() { Named::Whole } else { Named::Weekday(weekday) };
    Some(Point { day: on_weekday(today, weekday, which), named, end })
}

/// Past the `күні` after a weekday or an ordinal.
pub(super) fn past_kuni(line: &Line<'_>, at: usize) -> usize {
    at + usize::from(line.word(at).starts_with("күн") && line.counts(at, Unit::Day))
}

/// How many weeks ahead: `на следующей неделе`, `осы аптада`, `через две недели`.
pub(super) fn week(line: &Line<'_>, at: usize) -> Option<(i32, usize)> {
    if let Some((count, Unit::Week, _, end)) = span(line, at) {
        return Some((count.into(), end));
    }
    let which = which(line, at).filter(|_| line.counts(at + 1, Unit::Week))?;
    Some((i32::from(which == Which::Next), at + 2))
}

/// The day of a week; one that is over this week is taken to be of the next.
fn in_week(today: Date, weeks: i32, weekday: Weekday) -> Option<(Date, Sure)> {
    let day = today.monday()?.plus_days(weeks * 7 + weekday as i32)?;
    if day < today { Some((day.plus_days(7)?, Sure::Doubtfully)) } else { Some((day, Sure::Plainly)) }
}

/// On a Monday "Monday" is the next one, and "next Friday" the one after the coming: both are to be confirmed.
fn on_weekday(today: Date, weekday: Weekday, which: Option<Which>) -> Option<(Date, Sure)> {
    let coming = today.next(weekday)?;
    let doubtful = |doubt: bool| if doubt { Sure::Doubtfully } else { Sure::Plainly };
    match which {
        None => Some((coming, doubtful(today.weekday() == weekday))),
        Some(Which::Nearest) => Some((coming, Sure::Plainly)),
        Some(Which::This) if today.weekday() == weekday => Some((today, Sure::Doubtfully)),
        Some(Which::This) => Some((coming, doubtful(weekday < today.weekday()))),
        Some(Which::Next) => {
            let day = in_week(today, 1, weekday)?.0;
            Some((day, doubtful(day != coming)))
        }
    }
}
