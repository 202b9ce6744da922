//! Days by the month: with its name, by two numbers, in digits, by the number of the day alone.

use super::lexicon::Unit;
use super::line::Line;
use super::point::{BEFORE_A_DAY, Named, Point, bare};
use super::week::{Which, past_kuni, which};
use crate::calendar::{Date, Time};
use crate::grammar::Sure;
use crate::spoken::kazakh::Case as Kk;
use crate::spoken::russian::Case as Ru;

/// The day within a month, as a number: the number, what it was read from, the word after.
#[derive(Clone, Copy, Debug)]
struct DayNumber {
    value: u16,
    /// It can be nothing but a day: `числа`, `жұлдызы`.
    marked: bool,
    /// `он бесі`, `он бесінші`, `пятнадцатого`.
    belongs: bool,
    end: usize,
}

fn day_number(line: &Line<'_>, at: usize) -> Option<DayNumber> {
    let number = line.numeral(at)?;
    let marked = line.is(number.end, &["числа", "число", "числу", "числе", "күні", "күнге", "күніне"])
        || line.word(number.end).starts_with("жұлдыз");
    let end = number.end + usize::from(marked);
    let belongs = number.ordinal || number.form.owned;
    let fits = marked || belongs || number.typed || (number.direct && matches!(number.form.case, Kk::Nominative | Kk::Genitive));
    fits.then_some(DayNumber { value: number.value, marked, belongs, end })
}

/// `он бесінші наурызға`, `15 марта 2027`, `наурыздың он бесінде`, `екі мың жиырма жетінші жылғы бесінші қаңтар`.
pub(super) fn of_month(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
    let before = year(line, at, today);
    let start = before.map_or(at, |(_, end)| end);
    let (day, month, end) = day_month(line, start).or_else(|| month_day(line, start))?;
    let after = if before.is_none() { year(line, bare(line, end), today).or_else(|| year_alone(line, end)) } else { None };
    let end = after.map_or(end, |(_, end)| end);
    let year = before.or(after).map(|(year, _)| year);
    Some(Point { day: on_date(today, year, month, day), named: Named::Whole, end })
}

fn day_month(line: &Line<'_>, at: usize) -> Option<(u16, u8, usize)> {
    let day = day_number(line, at)?;
    let month = line.month(day.end)?;
    Some((day.value, month, past_kuni(line, past_ai(line, day.end + 1))))
}

fn month_day(line: &Line<'_>, at: usize) -> Option<(u16, u8, usize)> {
    let month = line.month(at)?;
    let genitive = line.stands_in(at, Kk::Genitive);
    let next = past_ai(line, at + 1);
    let day = day_number(line, next)?;
    let typed = line.numeral(next).is_some_and(|number| number.typed);
    let belongs = day.belongs || day.marked || typed || genitive || next > at + 1;
    belongs.then_some((day.value, month, past_kuni(line, day.end)))
}

/// Past `айының` in `наурыз айының`.
pub(super) fn past_ai(line: &Line<'_>, at: usize) -> usize {
    at + usize::from(line.is(at, &["айы", "айының", "айында", "айына"]))
}

/// A year with its word, or by its place: `2027 года`, `екі мың жиырма жетінші жылғы`, `следующего года`, `биылғы`.
fn year(line: &Line<'_>, at: usize, today: Date) -> Option<(u16, usize)> {
    if line.is(at, &["биыл", "биылғы"]) {
        return Some((today.year(), at + 1));
    }
    let is_year = |at| line.counts(at, Unit::Year) || line.is(at, &["г"]);
    if let Some(which) = which(line, at).filter(|_| is_year(at + 1)) {
        return Some((today.year() + u16::from(which == Which::Next), at + 2));
    }
    let number = line.numeral(at).filter(|number| is_year(number.end))?;
    let value = match number.value {
        short @ 0..=99 if number.ordinal || number.typed => 2000 + short,
        value => value,
    };
    YEARS.contains(&value).then_some((value, number.end + 1))
}

/// The years that a caller can mean.
const YEARS: std::ops::RangeInclusive<u16> = 1900..=2199;

/// A year without its word.
fn year_alone(line: &Line<'_>, at: usize) -> Option<(u16, usize)> {
    line.numeral(at).filter(|number| YEARS.contains(&number.value)).map(|number| (number.value, number.end))
}

/// The day of the year that is said, else the next such day from today on; the 29th of February may be years away.
fn on_date(today: Date, year: Option<u16>, month: u8, day: u16) -> Option<(Date, Sure)> {
    let day = u8::try_from(day).ok()?;
    let of = |year: u16| Date::new(year, month, day).ok();
    let day = match year {
        Some(year) => of(year),
        None => (today.year()..=today.year() + 8).filter_map(of).find(|day| *day >= today),
    };
    day.map(|day| (day, Sure::Plainly))
}

/// `второго двенадцатого`, `пятое ноль первое`.
pub(super) fn by_numbers(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
    let day = line.numeral(at).filter(|day| day.ordinal && (1..=31).contains(&day.value))?;
    let zero = line.numeral(day.end).filter(|zero| zero.value == 0 && !zero.ordinal);
    let month = line.numeral(zero.map_or(day.end, |zero| zero.end)).filter(|month| month.ordinal && (1..=12).contains(&month.value))?;
    let short =
        |at| line.numeral(at).filter(|year| year.ordinal && (20..=99).contains(&year.value)).map(|year| (2000 + year.value, year.end));
    let year = year(line, month.end, today).or_else(|| year_alone(line, month.end)).or_else(|| short(month.end));
    let end = year.map_or(month.end, |(_, end)| end);
    Some(Point { day: on_date(today, year.map(|(year, _)| year), month.value as u8, day.value), named: Named::Whole, end })
}

/// `24.11`, `24.11.2026`, `24/11/26`, and `2026-11-24`, whose hyphens are gone by now.
pub(super) fn typed(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
    let named = Named::Whole;
    if let Some((year, month, day)) = iso(line, at) {
        return Some(Point { day: Date::new(year, month, day).ok().map(|day| (day, Sure::Plainly)), named, end: at + 3 });
    }
    let word = line.word(at);
    let parts: Vec<Option<u16>> = word.split(['.', '/']).take(4).map(|part| part.parse().ok()).collect();
    let (day, month, year) = match parts.as_slice() {
        [Some(day), Some(month)] if !is_clock(line, at, word) => (*day, *month, None),
        [Some(day), Some(month), Some(year)] => (*day, *month, Some(if *year < 100 { 2000 + year } else { *year })),
        _ => return None,
    };
    let month = u8::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
    Some(Point { day: on_date(today, year, month, day), named, end: at + 1 })
}

fn iso(line: &Line<'_>, at: usize) -> Option<(u16, u8, u8)> {
    let part = |at, width: std::ops::RangeInclusive<usize>| -> Option<u16> {
        let word = line.word(at);
        word.parse().ok().filter(|_| width.contains(&word.len()))
    };
    let (year, month, day) = match (part(at, 4..=4), part(at, 1..=2)) {
        (Some(year), _) => (year, part(at + 1, 1..=2)?, part(at + 2, 1..=2)?),
        (None, Some(day)) => (part(at + 2, 4..=4)?, part(at + 1, 1..=2)?, day),
        (None, None) => return None,
    };
    Some((year, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

/// `в 10.30` is an hour, and so may `в 10.11` be.
fn is_clock(line: &Line<'_>, at: usize, word: &str) -> bool {
    let clock = word
        .split_once('.')
        .and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok().filter(|_| minute.len() == 2)?).ok());
    clock.is_some() && line.follows(at, &["в", "к", "до", "с", "после", "около", "сағат"])
}

/// Which month, and the word after: `следующего месяца`, `келесі айдың`, `айдың`.
pub(super) fn month_ahead(line: &Line<'_>, at: usize) -> Option<(Option<Which>, usize)> {
    if let Some(which) = which(line, at) {
        return line.counts(at + 1, Unit::Month).then_some((Some(which), at + 2));
    }
    line.is(at, &["айдың", "месяца"]).then_some((None, at + 1))
}

/// `двадцать пятого`, `жиырма бесі`, `келесі айдың бірінде`, `первого числа следующего месяца`.
pub(super) fn number_alone(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
    let before = month_ahead(line, at);
    let start = before.map_or(at, |(_, end)| end);
    let day = day_number(line, start)?;
    let after = month_ahead(line, day.end).filter(|_| before.is_none());
    let of_month = before.or(after);
    if of_month.is_none() && !day.marked && !stands_alone(line, start, &day) {
        return None;
    }
    if day.marked && of_month.is_none() && !day.belongs && line.word(day.end - 1).starts_with("күн") {
        return None; // `он күні` is nobody's tenth
    }
    let number = u8::try_from(day.value).unwrap_or(u8::MAX);
    let first = match of_month.and_then(|(which, _)| which) {
        Some(Which::Next) => today.first_of_month().plus_months(1)?,
        Some(Which::This | Which::Nearest) | None => today,
    };
    let end = after.map_or(day.end, |(_, end)| end);
    Some(Point { day: next_numbered(first, number).map(|day| (day, Sure::Plainly)), named: Named::Number(number), end })
}

/// The first day with this number from a day on: a month that has none is passed over.
pub(super) fn next_numbered(from: Date, number: u8) -> Option<Date> {
    let months = (0..=2).filter_map(|months| from.first_of_month().plus_months(months));
    months.filter_map(|month| Date::new(month.year(), month.month(), number).ok()).find(|day| *day >= from)
}

/// Whether a number without `числа` names a day. Ordinals order other things too: `бірінші топ`, `второго этажа`, `четверть пятого`.
fn stands_alone(line: &Line<'_>, at: usize, day: &DayNumber) -> bool {
    const HOURS: [&str; 11] =
        ["минут", "минуты", "минуту", "половина", "половине", "половину", "четверть", "четверти", "пол", "начале", "конце"];
    const THINGS: [&str; 22] = [
        "раза",
        "раз",
        "этажа",
        "класса",
        "окна",
        "кабинета",
        "ребенка",
        "номера",
        "района",
        "микрорайона",
        "курса",
        "подъезда",
        "дома",
        "пункта",
        "рет",
        "рота",
        "вопроса",
        "числом",
        "часа",
        "участка",
        "степени",
        "типа",
    ];
    let Some(number) = line.numeral(at).filter(|_| day.belongs) else { return false };
    let last = number.end - 1;
    let ru = line.orders_in(last, &[Ru::Nominative, Ru::Genitive, Ru::Dative, Ru::Accusative]);
    let owned =
        number.form.owned && (number.end > at + 1 || !line.is(last, &["бірі", "біріне", "бірінде", "оны", "онына", "онында", "екісі"]));
    let inflected = number.ordinal && number.form.case != Kk::Nominative;
    let ordered = number.typed && number.ordinal || owned || inflected || ru;
    let idiom = line.follows(at, &HOURS) || line.is(number.end, &THINGS);
    let adverbial = line.orders_in(last, &[Ru::Prepositional, Ru::Instrumental]); // `в третьем`
    (ordered && !idiom) || (number.ordinal && !ru && !adverbial && ends_the_answer(line, number.end))
}

/// A Kazakh ordinal without an ending describes the noun after it, so none may follow.
fn ends_the_answer(line: &Line<'_>, at: usize) -> bool {
    const CLOSING: [&str; 14] = [
        "болсын",
        "болады",
        "болса",
        "бола",
        "ма",
        "ме",
        "жаз",
        "жазыңыз",
        "жазыңызшы",
        "жазып",
        "запишите",
        "запиши",
        "пожалуйста",
        "сағат",
    ];
    at >= line.len() || line.is(at, &CLOSING) || line.is(at, &BEFORE_A_DAY)
}

/// `айдың соңғы күні`, `последний день месяца`.
pub(super) fn last_of_month(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
    let last_day = |at| (line.is(at, &["соңғы", "последний", "последнего"]) && line.counts(at + 1, Unit::Day)).then_some(at + 2);
    let (which, end) = match month_ahead(line, at) {
        Some((which, end)) => (which, last_day(end)?),
        None => month_ahead(line, last_day(at)?)?,
    };
    let month = today.first_of_month().plus_months(u16::from(which == Some(Which::Next)))?;
    Some(Point { day: Some((month.last_of_month(), Sure::Plainly)), named: Named::Whole, end })
}
