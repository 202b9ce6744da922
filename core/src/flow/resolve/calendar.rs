//! `flows/calendar.yaml`: the hours of desks, holidays, moved days.

use std::collections::BTreeMap;

use super::super::fault::{Expected, FaultKind, Faults, Label, Rivals, Span, Thing, nearest};
use super::super::read::{self, Fields};
use super::super::shape;
use super::super::source::Node;
use crate::calendar::hours::{Desk, Hours, Unlike, Yearly};
use crate::calendar::{Date, Time, Weekday};

/// Years that calendars may speak of.
const YEARS: std::ops::RangeInclusive<u16> = 2000..=9999;

pub(super) fn hours(tree: &Node, faults: &mut Faults) -> Hours {
    let mut hours = Hours::default();
    let Some(fields) = Fields::open(tree, &shape::CALENDAR_FILE, faults) else { return hours };
    hours.until = fields.need("until", faults).and_then(|node| date(node, faults));
    for (name, _, node) in fields.need("desks", faults).map_or_else(Vec::new, |node| read::named(node, faults)) {
        hours.desks.extend(desk(node, faults).map(|desk| (name.to_owned(), desk)));
    }
    hours.appointments = fields.find("appointments").and_then(|node| appointments(node, &fields, faults));
    let mut written = BTreeMap::new();
    for node in list(&fields, "holidays", faults) {
        holiday(node, &mut hours, &mut written, faults);
    }
    for node in list(&fields, "moved", faults) {
        moved(node, &mut hours, &mut written, faults);
    }
    hours
}

/// A desk that is written there, sound or not.
fn appointments(node: &Node, calendar: &Fields, faults: &mut Faults) -> Option<String> {
    let name = read::text(node, faults)?;
    let desks = calendar.find("desks").map_or_else(Vec::new, |desks| read::named(desks, &mut Default::default()));
    if desks.iter().any(|(desk, ..)| *desk == name) {
        return Some(name.to_owned());
    }
    let nearest = nearest(name, desks.iter().map(|(desk, ..)| *desk));
    faults.report(FaultKind::Unknown { what: Thing::Desk, name: name.to_owned(), nearest }, &node.span);
    None
}

fn list<'n>(fields: &Fields<'n>, name: &str, faults: &mut Faults) -> &'n [Node] {
    fields.find(name).and_then(|node| read::list(node, faults)).unwrap_or_default()
}

fn desk(node: &Node, faults: &mut Faults) -> Option<Desk> {
    let fields = Fields::open(node, &shape::DESK, faults)?;
    let weekly = Weekday::ALL.into_iter().filter_map(|day| {
        let span = read::value(fields.find(day.name())?, Expected::Hours, span, faults)?;
        Some((day, span))
    });
    let weekly = weekly.collect();
    let holidays = fields.need("holidays", faults)?;
    let open = read::value(holidays, Expected::OpenOrClosed, |text| ["closed", "open"].iter().position(|word| *word == text), faults)?;
    Some(Desk { weekly, works_on_holidays: open == 1 })
}

fn span(text: &str) -> Option<crate::calendar::hours::Span> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (Time::parse(from).ok()?, Time::parse(to).ok()?);
    (from < to).then_some(crate::calendar::hours::Span { from, to })
}

/// `{day: 12-16, name: …}`, of every year, `from` a year or `until` one; or `{day: 2027-05-16, name: …}`.
fn holiday(node: &Node, hours: &mut Hours, written: &mut BTreeMap<String, Span>, faults: &mut Faults) {
    let Some(fields) = Fields::open(node, &shape::HOLIDAY, faults) else { return };
    fields.need("name", faults).and_then(|name| read::texts(name, faults));
    let Some(day) = fields.need("day", faults) else { return };
    if let Some(once) = read::text(day, faults).and_then(|text| Date::parse(text).ok()) {
        if once_only(&once.to_string(), day, written, faults) {
            hours.days.insert(once, Unlike::Off);
        }
        return;
    }
    let Some((month, of_month)) = read::value(day, Expected::Holiday, month_day, faults) else { return };
    let mut year = |name, otherwise| fields.find(name).map_or(Some(otherwise), |node| read::value(node, Expected::Year, read_year, faults));
    if let (Some(first), Some(last)) = (year("from", *YEARS.start()), year("until", *YEARS.end()))
        && once_only(&format!("{month:02}-{of_month:02}"), day, written, faults)
    {
        hours.yearly.push(Yearly { month, day: of_month, first, last });
    }
}

/// `{day: 2027-01-04, off: yes}` or `{day: 2026-01-10, as: monday}`.
fn moved(node: &Node, hours: &mut Hours, written: &mut BTreeMap<String, Span>, faults: &mut Faults) {
    let Some(fields) = Fields::open(node, &shape::MOVED, faults) else { return };
    let Some(day_node) = fields.need("day", faults) else { return };
    let Some(day) = date(day_node, faults) else { return };
    let unlike = match (fields.find("off"), fields.find("as")) {
        (Some(_), Some(other)) => return faults.report(FaultKind::Contradiction { pair: Rivals::OffAndAs }, &other.span),
        (Some(off), None) => read::flag(off, faults).filter(|off| *off).map(|_| Unlike::Off),
        (None, _) => fields.need("as", faults).and_then(|node| read::value(node, Expected::Weekday, weekday, faults)).map(Unlike::WorksAs),
    };
    if once_only(&day.to_string(), day_node, written, faults) {
        hours.days.extend(unlike.map(|unlike| (day, unlike)));
    }
}

fn once_only(day: &str, node: &Node, written: &mut BTreeMap<String, Span>, faults: &mut Faults) -> bool {
    match written.insert(day.to_owned(), node.span.clone()) {
        Some(first) => {
            faults.report_with(FaultKind::DayTwice { day: day.to_owned() }, &node.span, vec![(first, Label::OtherOne)]);
            false
        }
        None => true,
    }
}

fn date(node: &Node, faults: &mut Faults) -> Option<Date> {
    read::value(node, Expected::Date, |text| Date::parse(text).ok(), faults)
}

/// A day of a leap year: 29 February may be one.
fn month_day(text: &str) -> Option<(u8, u8)> {
    let day = Date::parse(&format!("2000-{text}")).ok()?;
    Some((day.month(), day.day()))
}

fn read_year(text: &str) -> Option<u16> {
    text.parse().ok().filter(|year| YEARS.contains(year))
}

fn weekday(text: &str) -> Option<Weekday> {
    Weekday::ALL.into_iter().find(|day| day.name() == text)
}
