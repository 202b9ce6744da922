//! Stretches of days: a part of a month or of a week, or all of it.

use std::sync::LazyLock;

use super::lexicon::Unit;
use super::line::{Line, Phrases};
use super::month::{month_ahead, past_ai};
use super::week::{Which, week, which};
use crate::calendar::{Date, Weekday};
use crate::spoken::kazakh::Case as Kk;

/// The first day, the last one, and the word after.
pub(super) type Stretch = ((Date, Date), usize);

/// A part of a month or a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Beginning,
    Middle,
    End,
}

static PARTS: LazyLock<Phrases<Part>> = LazyLock::new(|| {
    Phrases::new(&[
        (Part::Beginning, &["начале|начало|началу|начала", "первых числах", "первые числа", "басында|басы|басына|басындағы"]),
        (Part::Middle, &["середине|середину|середина|середины", "ортасында|ортасы|ортасына|ортасындағы"]),
        (Part::End, &["конце|конец|концу|конца", "аяғында|аяғы|аяғына|соңында|соңы|соңына|соңындағы|аяғындағы ?қарай"]),
    ])
});

/// `в конце месяца`, `желтоқсанның басында`, `в середине следующей недели`, `до конца недели`.
pub(super) fn part_of(line: &Line<'_>, at: usize, today: Date) -> Option<Stretch> {
    if line.is(at, &["до"]) && line.is(at + 1, &["конца"]) {
        let (of, end) = whole(line, at + 2, today)?;
        let last = match of {
            Whole::Month { first, moves: _ } => first.last_of_month(),
            Whole::Week(monday) => monday.plus_days(6)?,
        };
        return Some(((today, last), end));
    }
    let ru = PARTS.at(line, at).and_then(|(part, next)| Some((*part, whole(line, next, today)?)));
    let kk = || {
        let whole = whole(line, at, today)?;
        let (part, end) = PARTS.at(line, whole.1)?;
        Some((*part, (whole.0, end)))
    };
    let (part, (of, end)) = ru.or_else(kk)?;
    let days = match of {
        Whole::Month { first, moves } => {
            part_of_month(first, part).filter(|(_, last)| *last >= today).or_else(|| part_of_month(moves?, part))
        }
        Whole::Week(monday) => {
            part_of_week(monday, part).filter(|(_, last)| *last >= today).or_else(|| part_of_week(monday.plus_days(7)?, part))
        }
    };
    Some((days?, end))
}

/// Of what something is a part.
enum Whole {
    /// A month by its first day, and the one to take when that part is over.
    Month { first: Date, moves: Option<Date> },
    /// A week by its Monday.
    Week(Date),
}

fn whole(line: &Line<'_>, at: usize, today: Date) -> Option<(Whole, usize)> {
    let this = today.first_of_month();
    if let Some((weeks, end)) = week(line, at).or_else(|| line.counts(at, Unit::Week).then_some((0, at + 1))) {
        return Some((Whole::Week(today.monday()?.plus_days(weeks * 7)?), end));
    }
    if let Some(month) = line.month(at) {
        let year = today.year() + u16::from(month < today.month());
        let first = Date::new(year, month, 1).ok()?;
        return Some((Whole::Month { first, moves: first.plus_months(12) }, past_ai(line, at + 1)));
    }
    let (which, end) = month_ahead(line, at).or_else(|| line.is(at, &["ай"]).then_some((None, at + 1)))?;
    let first = this.plus_months(u16::from(which == Some(Which::Next)))?;
    Some((Whole::Month { first, moves: first.plus_months(1) }, end))
}

/// Five days: the first, the middle or the last ones.
fn part_of_month(first: Date, part: Part) -> Option<(Date, Date)> {
    let last = first.last_of_month();
    match part {
        Part::Beginning => Some((first, first.plus_days(4)?)),
        Part::Middle => Some((first.plus_days(12)?, first.plus_days(16)?)),
        Part::End => Some((last.plus_days(-4)?, last)),
    }
}

fn part_of_week(monday: Date, part: Part) -> Option<(Date, Date)> {
    let (from, to) = match part {
        Part::Beginning => (0, 1),
        Part::Middle => (2, 3),
        Part::End => (4, 6),
    };
    Some((monday.plus_days(from)?, monday.plus_days(to)?))
}

/// `на выходных`, `келесі демалыста`.
pub(super) fn weekend(line: &Line<'_>, at: usize, today: Date) -> Option<Stretch> {
    let which = which(line, at);
    let at = at + usize::from(which.is_some());
    let pair = |first, second| line.weekday(at) == Some(first) && line.weekday(at + 1) == Some(second);
    let end = match line.word(at) {
        "выходные" | "выходных" | "выходным" => at + 1,
        "демалыс" if line.counts(at + 1, Unit::Day) || line.word(at + 1).starts_with("күн") => at + 2,
        "демалыста" | "демалысқа" => at + 1,
        _ if pair(Weekday::Saturday, Weekday::Sunday) => at + 2,
        _ => return None,
    };
    let monday = today.monday()?.plus_days(if which == Some(Which::Next) { 7 } else { 0 })?;
    Some(((monday.plus_days(5)?, monday.plus_days(6)?), end))
}

/// `в течение недели`, `үш күн ішінде`.
pub(super) fn within(line: &Line<'_>, at: usize, today: Date) -> Option<Stretch> {
    let russian = line.is(at, &["течение"]);
    let start = at + usize::from(russian);
    let number = line.numeral(start).filter(|number| !number.ordinal);
    let (count, at) = number.map_or((1, start), |number| (number.value, number.end));
    let end = if russian { at + 1 } else { at + 2 };
    let days = match line.unit(at).filter(|_| russian || line.is(at + 1, &["ішінде", "бойында", "көлемінде"]))? {
        Unit::Day if number.is_some() => i32::from(count),
        Unit::Week => i32::from(count) * 7,
        Unit::Month => today.days_until(today.plus_months(count)?),
        Unit::Day | Unit::Minute | Unit::Hour | Unit::Year => return None,
    };
    Some(((today, today.plus_days(days)?), end))
}

/// `келесі аптада`, `на этой неделе`.
pub(super) fn whole_week(line: &Line<'_>, at: usize, today: Date) -> Option<Stretch> {
    let which = which(line, at).filter(|_| line.counts(at + 1, Unit::Week))?;
    let monday = today.monday()?.plus_days(if which == Which::Next { 7 } else { 0 })?;
    Some(((monday, monday.plus_days(6)?), at + 2))
}

/// `в следующем месяце`, `в декабре`, `желтоқсанда`.
pub(super) fn whole_month(line: &Line<'_>, from: usize, at: usize, today: Date) -> Option<Stretch> {
    let in_month = (from < at && line.word(at).ends_with('е')) || line.stands_in(at, Kk::Locative) || line.is(at + 1, &["айында"]);
    let (first, end) = match (line.month(at).filter(|_| in_month), which(line, at).filter(|_| line.counts(at + 1, Unit::Month))) {
        (Some(month), _) => (Date::new(today.year() + u16::from(month < today.month()), month, 1).ok()?, past_ai(line, at + 1)),
        (None, Some(which)) => (today.first_of_month().plus_months(u16::from(which == Which::Next))?, at + 2),
        (None, None) => return None,
    };
    Some(((first, first.last_of_month()), end))
}
