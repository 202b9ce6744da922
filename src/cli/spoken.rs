//! `dauys spoken`.
//!
//! Reads a table and shows where the robot would say something else; what is right is the core's and the table's to know.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use dauys_core::spoken::table::{self, Direction, Row, TABLE_BYTES_MAX};
use unicode_normalization::UnicodeNormalization;

use super::Exit;

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
    /// Compare a table of values with the words that the robot says.
    Check {
        /// Tab-separated, with columns id, lang, direction, kind, input and expected
        #[arg(value_name = "FILE.tsv")]
        file: PathBuf,
        /// Only rows that go this way
        #[arg(long, value_enum)]
        direction: Option<Way>,
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

/// Checks a table: 0 when the robot says all of it so, 1 when it says something else, 2 when there is no table to check.
pub fn run(args: &Args) -> Exit {
    let Task::Check { file, direction } = &args.task;
    let report = match direction {
        Some(Way::Parse) => Err("this version says values and does not understand them yet: use --direction say".to_owned()),
        Some(Way::Say) => rows(file).map(|rows| Report::of(&rows).text(Skipped::Unsaid)),
        None => rows(file).map(|rows| Report::of(&rows).text(Skipped::Told)),
    };
    match report {
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

/// The table in a file, in normal form C, which is how people type. One byte more than a table may have is read, so that a longer one is refused as such.
fn rows(path: &Path) -> Result<Vec<Row>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(TABLE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|why| format!("{}: {why}", path.display()))?;
    if bytes.len() > TABLE_BYTES_MAX {
        return Err(format!("{}: a table has at most {TABLE_BYTES_MAX} bytes: split it", path.display()));
    }
    let text = String::from_utf8(bytes).map_err(|why| format!("{}: expected UTF-8: {why}", path.display()))?;
    table::read(&text.nfc().collect::<String>()).map_err(|why| format!("{}: {why}", path.display()))
}

/// Whether rows that cannot be checked are counted in the report.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Skipped {
    Told,
    Unsaid,
}

/// What came of a table.
#[derive(Default)]
struct Report {
    right: usize,
    wrong: Vec<String>,
    skipped: usize,
}

impl Report {
    fn of(rows: &[Row]) -> Self {
        let mut report = Self::default();
        for row in rows {
            match row.direction {
                Direction::Parse => report.skipped += 1,
                Direction::Say => match mismatch(row) {
                    None => report.right += 1,
                    Some(line) => report.wrong.push(line),
                },
            }
        }
        report
    }

    fn text(&self, skipped: Skipped) -> (String, Exit) {
        let mut text: String = self.wrong.iter().map(|line| format!("{line}\n")).collect();
        if skipped == Skipped::Told && self.skipped > 0 {
            text += &format!("{} parse rows skipped: this version says values and does not understand them yet\n", self.skipped);
        }
        text += &format!("{} right, {} wrong\n", self.right, self.wrong.len());
        (text, if self.wrong.is_empty() { Exit::Ok } else { Exit::Failed })
    }
}

/// A row that is said otherwise than it expects, or not at all.
fn mismatch(row: &Row) -> Option<String> {
    let (right, got) = match table::said(row.lang, &row.kind, &row.input) {
        Ok(phrase) => (tidy(&phrase.text()) == tidy(&row.expected), format!("`{}`", phrase.text())),
        Err(why) => (false, format!("nothing: {why}")),
    };
    let Row { id, kind, input, expected, .. } = row;
    (!right).then(|| format!("{id} [{kind}] {input}: expected `{expected}`, got {got}"))
}

/// White space of any kind and length is one space.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
