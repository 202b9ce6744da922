//! Days and times of day as people name them. Reads no clock: what moment it is now is an argument.

use std::fmt;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub mod hours;

/// A day of the Gregorian calendar, from the year 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A time of day, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Time {
    hour: u8,
    minute: u8,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "they are their names")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Why a text names no day or no time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Not `2026-11-24`, or a day that no month has.
    #[error("expected a day as 2026-11-24")]
    Date,
    /// Not `09:15`, or an hour or a minute that no clock shows.
    #[error("expected a time as 09:15")]
    Time,
}

/// The zone of Kazakhstan (UTC+5 since 1 March 2024), from tables of our own: what the host knows of zones changes no decision.
static ALMATY: LazyLock<TimeZone> = LazyLock::new(|| TimeZoneDatabase::bundled().get("Asia/Almaty").unwrap_or(TimeZone::UTC));

/// What calendars and clocks in Kazakhstan show at a moment, given in Unix milliseconds.
pub fn local(unix_ms: i64) -> (Date, Time) {
    let moment = Timestamp::from_millisecond(unix_ms).unwrap_or_default().to_zoned(ALMATY.clone());
    let date = Date { year: moment.year().max(1).unsigned_abs(), month: moment.month().unsigned_abs(), day: moment.day().unsigned_abs() };
    (date, Time { hour: moment.hour().unsigned_abs(), minute: moment.minute().unsigned_abs() })
}

/// The moment, in Unix milliseconds, at which they show this; where a clock was put back, the first time.
pub fn moment(date: Date, time: Time) -> i64 {
    let [month, day, hour, minute] = [date.month, date.day, time.hour, time.minute].map(|n| i8::try_from(n).unwrap_or_default());
    let shown = i16::try_from(date.year).ok().and_then(|year| DateTime::new(year, month, day, hour, minute, 0, 0).ok());
    let moment = shown.and_then(|shown| ALMATY.to_ambiguous_timestamp(shown).compatible().ok());
    moment.map_or(i64::MAX, |moment| moment.as_millisecond()) // the last hours of the year 9999
}

impl Weekday {
    /// Its English name, as calendars of flows write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }
}

impl Date {
    /// A day that exists.
    ///
    /// # Errors
    /// When it does not.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, Invalid> {
        let exists = (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        exists.then_some(Self { year, month, day }).ok_or(Invalid::Date)
    }

    /// From `2026-11-24` (ISO 8601, extended format).
    ///
    /// # Errors
    /// When it is written otherwise, or there is no such day.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut parts = text.split('-');
        let [year, month, day] = [(4, 9999), (2, 12), (2, 31)].map(|(width, most)| number(parts.next(), width, most));
        match (year, month, day, parts.next()) {
            (Some(year), Some(month), Some(day), None) => Self::new(year, month as u8, day as u8),
            (_, _, _, _) => Err(Invalid::Date),
        }
    }

    /// 1 to 9999.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// 1 to 31.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// So many days later, or earlier; `None` beyond the calendar.
    pub fn plus_days(self, days: i32) -> Option<Self> {
        Self::of_day_number(self.day_number().checked_add(days)?)
    }

    /// The same day so many months later, or the last one of a shorter month; `None` beyond the calendar.
    pub fn plus_months(self, months: u16) -> Option<Self> {
        let month = u32::from(self.month - 1) + u32::from(months);
        let year = u16::try_from(u32::from(self.year) + month / 12).ok()?;
        let month = (month % 12) as u8 + 1;
        Self::new(year, month, self.day.min(days_in(year, month))).ok()
    }

    /// How many days later `other` is; negative when it is earlier.
    pub const fn days_until(self, other: Self) -> i32 {
        other.day_number() - self.day_number()
    }

    /// The first such weekday after this day: on a Monday, Monday is a week away.
    pub fn next(self, weekday: Weekday) -> Option<Self> {
        let ahead = (weekday as i32 - self.weekday() as i32).rem_euclid(7);
        self.plus_days(if ahead == 0 { 7 } else { ahead })
    }

    /// The Monday of its week.
    pub fn monday(self) -> Option<Self> {
        self.plus_days(-(self.weekday() as i32))
    }

    /// The first day of its month.
    pub const fn first_of_month(self) -> Self {
        Self { day: 1, ..self }
    }

    /// The last day of its month.
    pub const fn last_of_month(self) -> Self {
        Self { day: days_in(self.year, self.month), ..self }
    }

    /// Days since the first of March of the year 0: with February at the end, a leap day shifts nothing after it.
    const fn day_number(self) -> i32 {
        let (year, month) =
            if self.month > 2 { (self.year as i32, self.month as i32 - 3) } else { (self.year as i32 - 1, self.month as i32 + 9) };
        year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + self.day as i32 - 1
    }

    fn of_day_number(number: i32) -> Option<Self> {
        const DAYS_OF_400_YEARS: i32 = 146_097;
        let (era, day) = (number.div_euclid(DAYS_OF_400_YEARS), number.rem_euclid(DAYS_OF_400_YEARS));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365; // the last day of 4, of 100 and of 400 years belongs to the year before
        let day = day - (year * 365 + year / 4 - year / 100);
        let month = (day * 5 + 2) / 153;
        let (year, civil) = (era * 400 + year + month / 10, if month < 10 { month + 3 } else { month - 9 });
        Self::new(u16::try_from(year).ok()?, civil as u8, (day - (month * 153 + 2) / 5) as u8 + 1).ok()
    }

    /// Its day of the week.
    pub fn weekday(self) -> Weekday {
        const SHIFTS: [u16; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]; // Sakamoto: days by which a month is ahead, with the year ending in February
        const FROM_SUNDAY: [Weekday; 7] =
            [Weekday::Sunday, Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday, Weekday::Saturday];
        let year = self.year - u16::from(self.month < 3);
        let days = year + year / 4 - year / 100 + year / 400 + SHIFTS[usize::from(self.month - 1)] + u16::from(self.day);
        FROM_SUNDAY[usize::from(days % 7)]
    }
}

impl Weekday {
    /// All seven, from Monday.
    pub const ALL: [Self; 7] = [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];
}

impl Time {
    /// A time that a clock shows.
    ///
    /// # Errors
    /// When none does.
    pub fn new(hour: u8, minute: u8) -> Result<Self, Invalid> {
        (hour < 24 && minute < 60).then_some(Self { hour, minute }).ok_or(Invalid::Time)
    }

    /// A full hour; any after 23 is 23.
    pub const fn on_the_hour(hour: u8) -> Self {
        Self { hour: if hour < 24 { hour } else { 23 }, minute: 0 }
    }

    /// From `09:15`, on a clock of 24 hours.
    ///
    /// # Errors
    /// When it is written otherwise, or no clock shows it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut parts = text.split(':');
        let [hour, minute] = [23, 59].map(|most| number(parts.next(), 2, most));
        match (hour, minute, parts.next()) {
            (Some(hour), Some(minute), None) => Self::new(hour as u8, minute as u8),
            (_, _, _) => Err(Invalid::Time),
        }
    }

    /// 0 to 23.
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// 0 to 59.
    pub const fn minute(self) -> u8 {
        self.minute
    }

    /// So many minutes later on the same day; `None` after midnight.
    pub fn plus_minutes(self, minutes: u32) -> Option<Self> {
        let minutes = (u32::from(self.hour) * 60 + u32::from(self.minute)).checked_add(minutes)?;
        Self::new(u8::try_from(minutes / 60).ok()?, (minutes % 60) as u8).ok()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

macro_rules! written_as_text {
    ($($name:ident),*) => {$(
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse(&text)
            }
        }
    )*};
}

written_as_text!(Date, Time);

/// Exactly so many ASCII digits, as a number that is not greater than `most`.
fn number(text: Option<&str>, width: usize, most: u16) -> Option<u16> {
    let digits = text.filter(|text| text.len() == width && text.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok().filter(|number| *number <= most)
}

const fn days_in(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_what_a_clock_in_almaty_shows() {
        let cases = [
            (1_795_410_000_000, "2026-11-23 10:00"),
            (1_795_374_000_000 - 60_000, "2026-11-22 23:59"),
            (1_700_000_000_000, "2023-11-15 04:13"), // still UTC+6
            (0, "1970-01-01 06:00"),                 // of summer time and of years before it, the tables know
        ];
        for (unix_ms, shown) in cases {
            let (date, time) = local(unix_ms);
            assert_eq!(format!("{date} {time}"), shown);
            assert_eq!(moment(date, time), unix_ms.div_euclid(60_000) * 60_000, "{shown}");
        }
    }

    #[test]
    fn what_a_clock_shows_is_a_moment() {
        for unix_ms in [1_795_410_000_000, 1_700_000_000_000 - 20_000, 0, -86_400_000] {
            let (date, time) = local(unix_ms);
            assert_eq!(moment(date, time), unix_ms, "{date} {time}");
        }
        let last = Date::new(9999, 12, 31).unwrap();
        assert!(moment(last, Time::on_the_hour(23)) >= moment(last, Time::on_the_hour(0)));
    }

    #[test]
    fn a_day_is_taken_when_it_exists() {
        for text in ["2026-11-24", "2028-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(text).map(String::from), Ok(text.to_owned()));
        }
        for text in [
            "2027-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-11-31",
            "2026-1-1",
            "0000-01-01",
            "2026-11",
            "2026-11-24-1",
            "+026-11-24",
            "",
        ] {
            assert_eq!(Date::parse(text), Err(Invalid::Date), "{text}");
        }
    }

    #[test]
    fn a_time_is_taken_when_a_clock_shows_it() {
        assert_eq!(Time::parse("00:00").map(String::from), Ok("00:00".to_owned()));
        assert_eq!(Time::parse("23:59").map(String::from), Ok("23:59".to_owned()));
        for text in ["24:00", "09:60", "9:00", "09", "09:00:00", "aa:bb", ""] {
            assert_eq!(Time::parse(text), Err(Invalid::Time), "{text}");
        }
    }

    #[test]
    fn days_are_counted_over_leap_years_and_centuries() {
        let day = |text| Date::parse(text).unwrap();
        let all: Vec<Date> = (1895..=2105)
            .flat_map(|year| (1..=12).flat_map(move |month| (1..=31).filter_map(move |day| Date::new(year, month, day).ok())))
            .collect();
        assert!(all.windows(2).all(|pair| pair[0].plus_days(1) == Some(pair[1]) && pair[1].plus_days(-1) == Some(pair[0])));
        for (from, days, to) in [("2026-11-23", 10, "2026-12-03"), ("2027-03-01", -1, "2027-02-28"), ("2000-02-28", 366, "2001-02-28")] {
            assert_eq!(day(from).plus_days(days), Some(day(to)), "{from} {days}");
            assert_eq!(day(from).days_until(day(to)), days);
        }
        assert_eq!(day("9999-12-31").plus_days(1), None);
        assert_eq!(day("0001-01-01").plus_days(-1), None);
        assert_eq!(day("2026-11-23").plus_days(i32::MAX), None);
        assert_eq!(day("2026-11-23").plus_days(i32::MIN), None);
    }

    #[test]
    fn months_and_weeks_have_their_edges() {
        let day = |text| Date::parse(text).unwrap();
        for (from, months, to) in [
            ("2026-11-23", 1, "2026-12-23"),
            ("2026-12-31", 2, "2027-02-28"),
            ("2027-11-30", 3, "2028-02-29"),
            ("2026-01-15", 24, "2028-01-15"),
        ] {
            assert_eq!(day(from).plus_months(months), Some(day(to)), "{from} {months}");
        }
        assert_eq!(day("2026-11-23").plus_months(u16::MAX), Some(day("7488-02-23")));
        assert_eq!(day("9999-01-01").plus_months(12), None);
        assert_eq!(day("2026-11-23").next(Weekday::Monday), Some(day("2026-11-30")));
        assert_eq!(day("2026-11-23").next(Weekday::Tuesday), Some(day("2026-11-24")));
        assert_eq!(day("2026-11-29").monday(), Some(day("2026-11-23")));
        assert_eq!((day("2028-02-10").first_of_month(), day("2028-02-10").last_of_month()), (day("2028-02-01"), day("2028-02-29")));
        assert_eq!(Time::parse("23:30").unwrap().plus_minutes(29).map(String::from).as_deref(), Some("23:59"));
        assert_eq!(Time::parse("23:30").unwrap().plus_minutes(30), None);
        assert_eq!(Time::parse("23:30").unwrap().plus_minutes(u32::MAX), None);
    }

    #[test]
    fn days_of_the_week_follow_each_other_over_leap_years() {
        assert_eq!(Date::parse("2026-11-23").unwrap().weekday(), Weekday::Monday);
        let days: Vec<Weekday> = (1999..=2101)
            .flat_map(|year| (1..=12).flat_map(move |month| (1..=31).map(move |day| Date::new(year, month, day))))
            .flatten()
            .map(Date::weekday)
            .collect();
        assert!(days.windows(2).all(|pair| (pair[0] as u8 + 1) % 7 == pair[1] as u8));
        assert_eq!(days.len(), 103 * 365 + 25);
    }
}
