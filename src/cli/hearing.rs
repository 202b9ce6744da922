//! What `hear` and `eval` share: the questions of a command line, voices in files, and the model.

use std::path::Path;

use dauys_core::calendar::{self, Time};
use dauys_core::grammar::graph::Asked;
use dauys_core::grammar::phrase::{PHRASES_MAX, Phrases};
use dauys_core::grammar::{Among, Context, Grammar};
use jiff::Timestamp;

use crate::files;
use crate::speech::embedded::Embedded;
use crate::speech::embedded::model::{Model, ModelError};
use crate::speech::embedded::question::Question;
use crate::speech::voice;

/// How a grammar is written on the command line and in a manifest.
pub(super) const GRAMMARS: &str = "yes_no, digits, digits:12, digits:4-6, iin, application, phone, number, number:1-20, date, time, place, place:regions, \
                            place:districts, command, or choice:one|another";

/// The numbers and lengths of `digits` and `number` where none are given.
const DIGITS: (u8, u8) = (1, 16);
const NUMBERS: (u32, u32) = (0, 999_999);
/// Callers may name a day so far ahead.
const DAYS: u16 = 365;

/// The question that a grammar's name asks.
pub(super) fn question(name: &str) -> Result<Question, String> {
    let wrong = || format!("expected a grammar, came `{name}`: {GRAMMARS}");
    let (kind, bounds) = name.split_once(':').map_or((name, None), |(kind, bounds)| (kind, Some(bounds)));
    let grammar = match (kind, bounds) {
        ("choice", Some(phrases)) => return choice(phrases),
        ("command", None) => return choice(""),
        ("digits", bounds) => {
            let (min, max) = range(bounds, DIGITS).ok_or_else(wrong)?;
            Grammar::Digits { min, max }
        }
        ("number", bounds) => {
            let (min, max) = range(bounds, NUMBERS).ok_or_else(wrong)?;
            Grammar::Number { min, max }
        }
        ("place", None | Some("cities")) => Grammar::Place { among: Among::Cities },
        ("place", Some("regions")) => Grammar::Place { among: Among::Regions },
        ("place", Some("districts")) => Grammar::Place { among: Among::Districts },
        ("yes_no", None) => Grammar::YesNo,
        ("iin", None) => Grammar::Iin,
        ("application", None) => Grammar::Application,
        ("phone", None) => Grammar::Phone,
        ("date", None) => Grammar::Date { days: DAYS },
        ("time", None) => Grammar::Time,
        (_, _) => return Err(wrong()),
    };
    Ok(Question::new(Asked::grammar(grammar, today())))
}

/// `12`, `4-6`.
fn range<T: std::str::FromStr + PartialOrd + Copy>(bounds: Option<&str>, usual: (T, T)) -> Option<(T, T)> {
    let Some(bounds) = bounds else { return Some(usual) };
    let (min, max) = bounds.split_once('-').unwrap_or((bounds, bounds));
    let (min, max) = (min.parse().ok()?, max.parse().ok()?);
    (min <= max).then_some((min, max))
}

fn choice(phrases: &str) -> Result<Question, String> {
    let phrases: Vec<&str> = phrases.split('|').map(str::trim).filter(|phrase| !phrase.is_empty()).collect();
    if phrases.len() > PHRASES_MAX {
        return Err(format!("expected at most {PHRASES_MAX} phrases, came {}", phrases.len()));
    }
    Ok(Question::new(Asked::choice(Phrases::of(phrases.iter().enumerate().map(|(at, phrase)| (*phrase, at))), today())))
}

/// The day and hour of this machine, and usual opening hours.
fn today() -> Context {
    let (today, now) = calendar::local(Timestamp::now().as_millisecond());
    Context { today, now, opens: Time::on_the_hour(9), closes: Time::on_the_hour(20) }
}

/// The voice in a file, at 8 kHz.
pub(super) fn samples(path: &Path) -> Result<Vec<i16>, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let bytes = files::read(path, voice::FILE_BYTES_MAX).map_err(|why| wrong(&why))?;
    voice::read(&bytes).map_err(|why| wrong(&why))
}

/// The engine of a model.
pub(super) fn engine(folder: &Path) -> Result<Embedded, ModelError> {
    Model::open(folder).map(Embedded::new)
}
