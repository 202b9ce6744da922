//! Days and times of day as people name them. Reads no clock: what moment it is now is an argument.

use std::fmt;
use std::sync::LazyLock;

use jiff::Timestamp;
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

impl Weekday {
    /// From Monday on.
    pub const ALL: [Self; 7] = [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

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

    /// The day after; there is none after the last.
    pub fn next(self) -> Option<Self> {
        let Self { year, month, day } = self;
        let next = Self::new(year, month, day + 1).or_else(|_| Self::new(year, month + 1, 1));
        next.or_else(|_| Self::new(year + 1, 1, 1)).ok()
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

impl Time {
    /// A time that a clock shows.
    ///
    /// # Errors
    /// When none does.
    pub fn new(hour: u8, minute: u8) -> Result<Self, Invalid> {
        (hour < 24 && minute < 60).then_some(Self { hour, minute }).ok_or(Invalid::Time)
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
        }
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
