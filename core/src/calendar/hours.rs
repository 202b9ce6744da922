//! When people work: the hours of desks by the day of the week, holidays, and days that a decree has moved. What moment it is is an argument.

use std::collections::BTreeMap;

use super::{Date, Time, Weekday};

/// The working time of all desks.
#[derive(Clone, Debug, Default)]
pub struct Hours {
    /// Desks by name.
    pub desks: BTreeMap<String, Desk>,
    /// Holidays of every year.
    pub yearly: Vec<Yearly>,
    /// Days that are unlike their day of the week.
    pub days: BTreeMap<Date, Unlike>,
    /// The last day of which anything is known.
    pub until: Option<Date>,
    /// The desk for which callers are given appointments.
    pub appointments: Option<String>,
}

/// When one desk works.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// The hours of each day of the week that has any.
    pub weekly: BTreeMap<Weekday, Span>,
    /// Whether it works on holidays as on other days.
    pub works_on_holidays: bool,
}

/// From a time of day to a later one, which is not within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first minute.
    pub from: Time,
    /// The minute after the last.
    pub to: Time,
}

/// A holiday that has its day in every year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Yearly {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// Its first year.
    pub first: u16,
    /// Its last year.
    pub last: u16,
}

/// How a day is unlike its day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlike {
    /// A holiday, or a day off in place of another.
    Off,
    /// A day that works as this day of the week does.
    WorksAs(Weekday),
}

/// A desk that does not work within so many days never does.
const NEXT_DAYS_MAX: i32 = 31;

impl Hours {
    /// Whether this desk works at this moment. A desk that is not known never does.
    pub fn is_open(&self, desk: &str, date: Date, time: Time) -> bool {
        self.desks.get(desk).and_then(|desk| self.span(desk, date)).is_some_and(|span| (span.from..span.to).contains(&time))
    }

    /// When this desk works next: from this moment on where it works now, else from its next opening; to its closing on that day.
    pub fn next(&self, desk: &str, date: Date, time: Time) -> Option<(Date, Span)> {
        let desk = self.desks.get(desk)?;
        (0..=NEXT_DAYS_MAX).find_map(|days| {
            let day = date.plus_days(days)?;
            let span = self.span(desk, day)?;
            let from = if days == 0 { span.from.max(time) } else { span.from };
            (from < span.to).then_some((day, Span { from, ..span }))
        })
    }

    fn span(&self, desk: &Desk, date: Date) -> Option<Span> {
        let weekday = match self.day(date) {
            Some(Unlike::Off) if !desk.works_on_holidays => return None,
            Some(Unlike::WorksAs(weekday)) if !desk.works_on_holidays => weekday,
            Some(Unlike::Off | Unlike::WorksAs(_)) | None => date.weekday(),
        };
        desk.weekly.get(&weekday).copied()
    }

    /// From when until when callers are given appointments, on the day on which each is the widest: an hour without a part of the day is the one within.
    pub fn served(&self) -> Option<Span> {
        let weekly = &self.desks.get(self.appointments.as_deref()?)?.weekly;
        Some(Span { from: weekly.values().map(|span| span.from).min()?, to: weekly.values().map(|span| span.to).max()? })
    }

    /// Whether the calendar is still known a number of days after this one; the shell warns when it is not.
    pub fn reaches(&self, today: Date, days: u16) -> bool {
        let last = today.plus_days(days.into());
        self.until.is_none_or(|until| last.is_some_and(|last| last <= until))
    }

    /// How a day is unlike its day of the week: what is said of this one day wins over what holds in every year.
    fn day(&self, date: Date) -> Option<Unlike> {
        self.days.get(&date).copied().or_else(|| self.yearly.iter().any(|yearly| yearly.is(date)).then_some(Unlike::Off))
    }
}

impl Yearly {
    /// Whether it is this day.
    pub fn is(&self, date: Date) -> bool {
        (date.month(), date.day()) == (self.month, self.day) && (self.first..=self.last).contains(&date.year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn time(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    fn hours() -> Hours {
        let span = |from: &str, to: &str| Span { from: time(from), to: time(to) };
        let weekly = |most: usize| Weekday::ALL.into_iter().take(most).map(|day| (day, span("09:00", "18:00"))).collect();
        let daily = Desk { weekly: weekly(7), works_on_holidays: true };
        let weekdays = Desk { weekly: weekly(5), works_on_holidays: false };
        Hours {
            desks: [("operators".to_owned(), daily), ("centres".to_owned(), weekdays)].into(),
            yearly: vec![Yearly { month: 12, day: 16, first: 2027, last: 9999 }],
            days: [(date("2027-12-18"), Unlike::WorksAs(Weekday::Friday)), (date("2027-12-17"), Unlike::Off)].into(),
            until: Some(date("2027-12-31")),
            appointments: None,
        }
    }

    #[test]
    fn a_desk_is_open_within_its_hours_and_not_at_their_end() {
        for (moment, open) in [("08:59", false), ("09:00", true), ("17:59", true), ("18:00", false)] {
            assert_eq!(hours().is_open("centres", date("2026-11-23"), time(moment)), open, "{moment}");
        }
    }

    #[test]
    fn holidays_close_and_moved_days_open_what_keeps_them() {
        let cases = [
            ("2026-11-21", false, true), // a Saturday
            ("2026-12-16", true, true),  // not yet a holiday
            ("2027-12-16", false, true),
            ("2027-12-17", false, true), // off, a Friday
            ("2027-12-18", true, true),  // works, a Saturday
        ];
        for (day, centres, operators) in cases {
            let open = ["centres", "operators", "nobody"].map(|desk| hours().is_open(desk, date(day), time("12:00")));
            assert_eq!(open, [centres, operators, false], "{day}");
        }
    }

    #[test]
    fn a_desk_works_next_from_now_on_or_from_its_next_opening_over_nights_and_holidays() {
        let cases = [
            ("centres", "2026-11-23", "08:59", Some(("2026-11-23", "09:00"))),
            ("centres", "2026-11-23", "09:00", Some(("2026-11-23", "09:00"))),
            ("centres", "2026-11-23", "17:59", Some(("2026-11-23", "17:59"))),
            ("centres", "2026-11-23", "18:00", Some(("2026-11-24", "09:00"))),
            ("centres", "2026-11-23", "23:59", Some(("2026-11-24", "09:00"))),
            ("centres", "2026-11-27", "18:00", Some(("2026-11-30", "09:00"))), // a Friday
            ("centres", "2027-12-15", "18:00", Some(("2027-12-18", "09:00"))), // a holiday and a day off, then a Saturday that works
            ("operators", "2027-12-15", "18:00", Some(("2027-12-16", "09:00"))),
            ("nobody", "2026-11-23", "10:00", None),
            ("operators", "9999-12-31", "18:00", None),
        ];
        for (desk, day, moment, opens) in cases {
            let next = hours().next(desk, date(day), time(moment));
            let opens = opens.map(|(day, from)| (date(day), Span { from: time(from), to: time("18:00") }));
            assert_eq!(next, opens, "{desk} {day} {moment}");
        }
        let never = Hours { desks: [("never".to_owned(), Desk::default())].into(), ..Hours::default() };
        assert_eq!(never.next("never", date("2026-11-23"), time("10:00")), None);
    }

    #[test]
    fn appointments_are_from_the_earliest_opening_to_the_latest_closing() {
        let span = |from: &str, to: &str| Span { from: time(from), to: time(to) };
        let short: BTreeMap<_, _> = [(Weekday::Saturday, span("08:30", "13:00")), (Weekday::Monday, span("09:00", "18:00"))].into();
        let served = |appointments: Option<&str>| {
            let mut hours = Hours { appointments: appointments.map(str::to_owned), ..hours() };
            hours.desks.insert("short".to_owned(), Desk { weekly: BTreeMap::clone(&short), works_on_holidays: false });
            hours.desks.insert("never".to_owned(), Desk::default());
            hours.served()
        };
        assert_eq!(served(Some("short")), Some(span("08:30", "18:00")));
        assert_eq!([None, Some("never"), Some("unknown")].map(served), [None; 3]);
    }

    #[test]
    fn a_calendar_ends() {
        assert!(hours().reaches(date("2027-11-30"), 31) && !hours().reaches(date("2027-12-01"), 31));
        assert!(Hours::default().reaches(date("9999-12-31"), 0) && Hours::default().reaches(date("2026-01-01"), 1000));
    }
}
