//! Days and times of day, as callers name them. (stand-in until the branch is merged)

use super::{Context, Reading};
use crate::calendar::{Date, Time};

/// A day.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    On(Date),
    Between(Date, Date),
    Any,
    Earliest,
}

/// A time.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    At(Time),
    Between(Time, Time),
    Any,
    Earliest,
}

/// Days.
pub fn dates(_words: &[String], _context: &Context) -> Vec<Reading<Day>> {
    Vec::new()
}

/// Times.
pub fn times(_words: &[String], _context: &Context) -> Vec<Reading<Clock>> {
    Vec::new()
}

/// What a row of a table means.
pub(super) fn row(_kind: &str, _input: &str, _context: &Context) -> Option<String> {
    None
}
