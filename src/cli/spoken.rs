//! `dauys spoken`.
//!
//! Reads a table and shows where the robot would say or understand something else; what is right is the core's and the table's to know.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use dauys_core::calendar::{Date, Time};
use dauys_core::grammar::{Context, table as grammar};
use dauys_core::spoken::table::{self, Direction, Row, TABLE_BYTES_MAX};
use unicode_normalization::UnicodeNormalization;

use super::Exit;
use crate::files;

/// What `spoken` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub task: Task,
}

/// What `spoken` can do.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Task {
    /// Compare a table with the words that the robot says, and with what it understands.
    Check {
        /// Tab-separated, with columns id, lang, direction, kind, input and expected
        #[arg(value_name = "FILE.tsv")]
        file: PathBuf,
        /// Only rows that go this way
        #[arg(long, value_enum)]
        direction: Option<Way>,
        /// The day and hour at which callers say what the table has
        #[arg(long, value_name = "MOMENT", default_value = "2026-11-23T10:00", value_parser = moment)]
        now: (Date, Time),
        /// When people are served: three o'clock is the one within
        #[arg(long, value_name = "FROM-TO", default_value = "09:00-20:00", value_parser = hours)]
        open: (Time, Time),
    },
}

/// Which way a row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Way {
    /// From a value to words.
    Say,
    /// From words to a value.
    Parse,
}

fn moment(text: &str) -> Result<(Date, Time), String> {
    let both = text.split_once([' ', 'T']).and_then(|(day, time)| Some((Date::parse(day).ok()?, Time::parse(time).ok()?)));
    both.ok_or_else(|| "expected a day and a time, as `2026-11-23T10:00`".to_owned())
}

fn hours(text: &str) -> Result<(Time, Time), String> {
    let both = text.split_once('-').and_then(|(from, to)| Some((Time::parse(from).ok()?, Time::parse(to).ok()?)));
    both.filter(|(from, to)| from < to).ok_or_else(|| "expected two times, the earlier first, as `09:00-20:00`".to_owned())
}

/// Checks a table: 0 when the robot says and understands all of it so, 1 when it does something else, 2 when there is no table to check.
pub fn run(args: &Args) -> Exit {
    let Task::Check { file, direction, now: (today, now), open: (opens, closes) } = &args.task;
    let context = Context { today: *today, now: *now, opens: *opens, closes: *closes };
    match rows(file).map(|rows| Report::of(&rows, *direction, &context).text()) {
        Ok((text, exit)) => match write!(io::stdout(), "{text}") {
            Ok(()) => exit,
            Err(_) => Exit::Environment, // nobody reads
        },
        Err(why) => {
            let _ = writeln!(io::stderr(), "dauys spoken check: {why}");
            Exit::Usage
        }
    }
}

/// The table in a file, in normal form C, which is how people type.
fn rows(path: &Path) -> Result<Vec<Row>, String> {
    let wrong = |why: &dyn Display| format!("{}: {why}", path.display());
    let text = files::read_text(path, TABLE_BYTES_MAX as u64).map_err(|why| wrong(&why))?;
    table::read(&text.nfc().collect::<String>()).map_err(|why| wrong(&why))
}

/// What came of a table.
#[derive(Default)]
struct Report {
    said: Count,
    understood: Count,
    /// Each row that is wrong, in the order of the table.
    lines: Vec<String>,
}

/// What came of one direction.
#[derive(Clone, Copy, Default)]
struct Count {
    right: usize,
    wrong: usize,
}

impl Report {
    fn of(rows: &[Row], only: Option<Way>, context: &Context) -> Self {
        let mut report = Self::default();
        for row in rows {
            match row.direction {
                Direction::Say if only != Some(Way::Parse) => {
                    let mismatch = mismatch(row);
                    report.said.add(mismatch.is_none());
                    report.lines.extend(mismatch);
                }
                Direction::Parse if only != Some(Way::Say) => {
                    let mismatch = misunderstanding(row, context);
                    report.understood.add(mismatch.is_none());
                    report.lines.extend(mismatch);
                }
                Direction::Say | Direction::Parse => {}
            }
        }
        report
    }

    /// A line for each direction where there are both, and one for all.
    fn text(&self) -> (String, Exit) {
        let mut text: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        let [said, understood] = [self.said, self.understood];
        if said.rows() > 0 && understood.rows() > 0 {
            text += &format!("say: {}\nparse: {}\n", said.text(), understood.text());
        }
        let all = Count { right: said.right + understood.right, wrong: said.wrong + understood.wrong };
        text += &format!("{}\n", all.text());
        (text, if all.wrong == 0 { Exit::Ok } else { Exit::Failed })
    }
}

impl Count {
    fn add(&mut self, is_right: bool) {
        *if is_right { &mut self.right } else { &mut self.wrong } += 1;
    }

    const fn rows(self) -> usize {
        self.right + self.wrong
    }

    fn text(self) -> String {
        format!("{} right, {} wrong", self.right, self.wrong)
    }
}

/// A row that is said otherwise than it expects, or not at all.
fn mismatch(row: &Row) -> Option<String> {
    let (right, got) = match table::said(row.lang, &row.kind, &row.input) {
        Ok(phrase) => (tidy(&phrase.text()) == tidy(&row.expected), format!("`{}`", phrase.text())),
        Err(why) => (false, format!("nothing: {why}")),
    };
    (!right).then(|| line(row, &got))
}

/// A row that is understood otherwise than it expects, or not at all.
fn misunderstanding(row: &Row, context: &Context) -> Option<String> {
    let got = grammar::understood(row.lang, &row.kind, &row.input, context);
    let right = got.as_deref().is_some_and(|got| tidy(got) == tidy(&row.expected));
    (!right).then(|| line(row, &got.map_or_else(|| "nothing".to_owned(), |got| format!("`{got}`"))))
}

fn line(row: &Row, got: &str) -> String {
    let Row { id, kind, input, expected, .. } = row;
    format!("{id} [{kind}] {input}: expected `{expected}`, got {got}")
}

/// White space of any kind and length is one space.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
