//! Days, as callers name them: from today, by the week, by the month, by a stretch of it.

use std::sync::LazyLock;

use super::Day;
use super::lexicon::Unit;
use super::line::{Found, Line, Phrases, scan};
use super::wish;
use crate::calendar::{Date, Time, Weekday};
use crate::grammar::{Context, Reading, Sure};
use crate::spoken::kazakh::Case as Kk;
use crate::spoken::russian::Case as Ru;

/// Every day that is named in a line.
pub(super) fn dates(line: &Line<'_>, context: &Context) -> Vec<Reading<Day>> {
    scan(line, |at| longest([single(line, at, context), range(line, at, context), bound(line, at, context), vague(line, at, context)]))
}

fn longest<T, const N: usize>(found: [Option<Found<T>>; N]) -> Option<Found<T>> {
    found.into_iter().flatten().reduce(|best, next| if next.end > best.end { next } else { best })
}

/// What may stand before a day and changes nothing.
const BEFORE_A_DAY: [&str; 8] = ["в", "во", "на", "к", "ко", "с", "со", "за"];

fn bare(line: &Line<'_>, at: usize) -> usize {
    line.past(at, &BEFORE_A_DAY, 2)
}

/// One day, as it was named.
#[derive(Clone, Copy, Debug)]
struct Point {
    /// The day; `None` when there is none such.
    day: Option<(Date, Sure)>,
    named: Named,
    end: usize,
}

/// By what a day was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// Only the day of the week.
    Weekday(Weekday),
    /// Only the day of the month.
    Number(u8),
    /// Fully.
    Whole,
}

impl Point {
    fn found(self) -> Found<Day> {
        Found { values: self.day.into_iter().map(|(day, sure)| (Day::On(day), sure)).collect(), end: self.end }
    }
}

/// One day, which may be named twice: `во вторник, двадцать четвёртого`.
fn single(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Day>> {
    let mut point = point(line, bare(line, at), context)?;
    while let Some(joined) = self::point(line, bare(line, point.end), context).and_then(|next| joined(point, next)) {
        point = joined;
    }
    Some(point.found())
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

fn point(line: &Line<'_>, at: usize, context: &Context) -> Option<Point> {
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
fn span(line: &Line<'_>, at: usize) -> Option<(u16, Unit, Sure, usize)> {
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

/// Which of several is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    This,
    Next,
    Nearest,
}

fn which(line: &Line<'_>, at: usize) -> Option<Which> {
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
fn of_week(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
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
fn past_kuni(line: &Line<'_>, at: usize) -> usize {
    at + usize::from(line.word(at).starts_with("күн") && line.counts(at, Unit::Day))
}

/// How many weeks ahead: `на следующей неделе`, `осы аптада`, `через две недели`.
fn week(line: &Line<'_>, at: usize) -> Option<(i32, usize)> {
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
fn of_month(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
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
    let belongs = day.belongs || day.marked || genitive || next > at + 1;
    belongs.then_some((day.value, month, past_kuni(line, day.end)))
}

/// Past `айының` in `наурыз айының`.
fn past_ai(line: &Line<'_>, at: usize) -> usize {
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
fn by_numbers(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
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
fn typed(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
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
fn month_ahead(line: &Line<'_>, at: usize) -> Option<(Option<Which>, usize)> {
    if let Some(which) = which(line, at) {
        return line.counts(at + 1, Unit::Month).then_some((Some(which), at + 2));
    }
    line.is(at, &["айдың", "месяца"]).then_some((None, at + 1))
}

/// `двадцать пятого`, `жиырма бесі`, `келесі айдың бірінде`, `первого числа следующего месяца`.
fn number_alone(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
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
fn next_numbered(from: Date, number: u8) -> Option<Date> {
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
fn last_of_month(line: &Line<'_>, at: usize, today: Date) -> Option<Point> {
    let last_day = |at| (line.is(at, &["соңғы", "последний", "последнего"]) && line.counts(at + 1, Unit::Day)).then_some(at + 2);
    let (which, end) = match month_ahead(line, at) {
        Some((which, end)) => (which, last_day(end)?),
        None => month_ahead(line, last_day(at)?)?,
    };
    let month = today.first_of_month().plus_months(u16::from(which == Some(Which::Next)))?;
    Some(Point { day: Some((month.last_of_month(), Sure::Plainly)), named: Named::Whole, end })
}

/// `с понедельника по среду`, `жиырма бесінен отызына дейін`.
fn range(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Day>> {
    let opened = line.is(at, &["с", "со", "от"]);
    let first = point(line, at + usize::from(opened), context)?;
    let between = first.end;
    let closed = opened && line.is(between, &["по", "до"]);
    if !closed && !line.stands_in(between - 1, Kk::Ablative) {
        return None;
    }
    let second = point(line, between + usize::from(closed), context)?;
    if !closed && !(line.stands_in(second.end - 1, Kk::Dative) && line.is(second.end, &UNTIL)) {
        return None;
    }
    let end = second.end + usize::from(!closed);
    let last = second.day.map(|(day, _)| day);
    let start = match (first.named, second.named, last) {
        (Named::Number(number), Named::Whole, Some(last)) => Date::new(last.year(), last.month(), number).ok(),
        (_, _, _) => first.day.map(|(day, _)| day),
    };
    let days = start.zip(last).map(|(start, last)| (start, if last < start { weekday_after(start, second.named) } else { Some(last) }));
    let days = days.and_then(|(start, last)| last.filter(|last| *last >= start).map(|last| Day::Between(start, last)));
    Some(Found { values: days.into_iter().map(|days| (days, Sure::Plainly)).collect(), end })
}

/// `с пятницы по среду`: the Wednesday after that Friday.
fn weekday_after(start: Date, named: Named) -> Option<Date> {
    match named {
        Named::Weekday(weekday) => start.next(weekday),
        Named::Number(number) => next_numbered(start, number),
        Named::Whole => None,
    }
}

const UNTIL: [&str; 2] = ["дейін", "шейін"];

/// One end only: `до пятницы`, `жұмадан кейін`. What comes after a day is a week long.
fn bound(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Day>> {
    let named = |at| point(line, at, context);
    let until = |point: Point, end| Some(span_of_days(point, end, |day| Some((context.today, day))));
    let from = |point: Point, end, days| Some(span_of_days(point, end, |day| Some((day.plus_days(days)?, day.plus_days(days + 6)?))));
    let opening = |words: &[&str], at: usize| if line.is(at, words) { Some(at + 1) } else { None };
    let not_later = opening(&["не"], at).and_then(|at| opening(&["позже", "позднее"], at));
    let not_before = opening(&["не"], at)
        .and_then(|at| opening(&["раньше", "ранее"], at))
        .or_else(|| opening(&["начиная"], at).and_then(|at| opening(&["с", "со"], at)));
    if let Some(start) = not_later.or_else(|| opening(&["до"], at)) {
        let point = named(start)?;
        return until(point, point.end);
    }
    if let Some(start) = not_before {
        let point = named(start)?;
        return from(point, point.end, 0);
    }
    if let Some(start) = opening(&["после"], at) {
        let point = named(start)?;
        return from(point, point.end, 1);
    }
    let point = named(at)?;
    let last = point.end - 1;
    match line.word(point.end) {
        word if UNTIL.contains(&word) && line.stands_in(last, Kk::Dative) => until(point, point.end + 1),
        "бастап" if line.stands_in(last, Kk::Ablative) => from(point, point.end + 1, 0),
        "кейін" | "соң" | "кейінгі" if line.stands_in(last, Kk::Ablative) => from(point, point.end + 1, 1),
        _ => None,
    }
}

fn span_of_days(point: Point, end: usize, days: impl Fn(Date) -> Option<(Date, Date)>) -> Found<Day> {
    let days = point.day.and_then(|(day, _)| days(day)).filter(|(start, last)| start <= last);
    Found { values: days.into_iter().map(|(start, last)| (Day::Between(start, last), Sure::Plainly)).collect(), end }
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

type Stretch = ((Date, Date), usize);

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
fn part_of(line: &Line<'_>, at: usize, today: Date) -> Option<Stretch> {
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
fn weekend(line: &Line<'_>, at: usize, today: Date) -> Option<Stretch> {
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
fn within(line: &Line<'_>, at: usize, today: Date) -> Option<Stretch> {
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
fn whole_week(line: &Line<'_>, at: usize, today: Date) -> Option<Stretch> {
    let which = which(line, at).filter(|_| line.counts(at + 1, Unit::Week))?;
    let monday = today.monday()?.plus_days(if which == Which::Next { 7 } else { 0 })?;
    Some(((monday, monday.plus_days(6)?), at + 2))
}

/// `в следующем месяце`, `в декабре`, `желтоқсанда`.
fn whole_month(line: &Line<'_>, from: usize, at: usize, today: Date) -> Option<Stretch> {
    let in_month = (from < at && line.word(at).ends_with('е')) || line.stands_in(at, Kk::Locative) || line.is(at + 1, &["айында"]);
    let (first, end) = match (line.month(at).filter(|_| in_month), which(line, at).filter(|_| line.counts(at + 1, Unit::Month))) {
        (Some(month), _) => (Date::new(today.year() + u16::from(month < today.month()), month, 1).ok()?, past_ai(line, at + 1)),
        (None, Some(which)) => (today.first_of_month().plus_months(u16::from(which == Which::Next))?, at + 2),
        (None, None) => return None,
    };
    Some(((first, first.last_of_month()), end))
}
