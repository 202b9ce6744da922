use super::*;
use crate::spoken::table::{Direction, read};

fn monday() -> Context {
    let time = |text| Time::parse(text).unwrap();
    Context { today: Date::parse("2026-11-23").unwrap(), now: time("10:00"), opens: time("09:00"), closes: time("20:00") }
}

#[test]
fn the_table_is_understood() {
    let rows = read(include_str!("../../../../tests/tables/dates.tsv")).unwrap();
    let rows: Vec<_> = rows.into_iter().filter(|row| row.direction == Direction::Parse).collect();
    assert_eq!(rows.len(), 91);
    let wrong: Vec<String> = rows
        .iter()
        .map(|row| (row, super::row(&row.kind, &row.input, &monday()).unwrap_or_default()))
        .filter(|(row, got)| *got != row.expected)
        .map(|(row, got)| format!("{} {}: {} not {got}", row.id, row.input, row.expected))
        .collect();
    assert_eq!(wrong, [""; 0]);
}
