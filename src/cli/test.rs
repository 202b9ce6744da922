//! `dauys test`.

use std::io::{self, Write};
use std::path::PathBuf;

use dauys_core::flow::coverage::Coverage;
use dauys_core::flow::fault::{Locale, told};
use miette::{MietteDiagnostic, NamedSource, Report as Drawn};
use serde::Serialize;

use super::check::Colour;
use super::choice::locale;
use super::{Exit, Format, Language, refused};
use crate::bundle::{self, Bundle};
use crate::talk::files::{Report, hold_all};
use crate::talk::{Edit, Failure, Piece, bless};

/// What `test` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Talks, and folders of talks
    #[arg(value_name = "PATH", default_value = "tests/talks")]
    pub paths: Vec<PathBuf>,
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// Write what the robot really says into the files
    #[arg(long)]
    pub bless: bool,
    /// How failures are shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// The language of messages; as LC_ALL, LC_MESSAGES or LANG say when it is not written
    #[arg(long, value_enum)]
    pub lang: Option<Language>,
}

/// Holds talks: 0 when all went as written, 1 when one did not or the flows do not load, 3 when something cannot be read or written.
pub fn run(args: &Args) -> Exit {
    let bundle = match bundle::load(&args.root) {
        Ok(bundle) => bundle,
        Err(error) => return refused(error),
    };
    let locale = locale(args.lang);
    let held = hold_all(&bundle, &args.paths, &mut Coverage::default()).map_err(|error| error.to_string());
    match held.and_then(|reports| if args.bless { blessed(&bundle, args, reports, locale) } else { Ok(reports) }) {
        Ok(reports) => show(&reports, args.format, locale),
        Err(why) => {
            let _ = writeln!(io::stderr(), "dauys test: {why}");
            Exit::Environment
        }
    }
}

fn show(reports: &[Report], format: Format, locale: Locale) -> Exit {
    let shown = match format {
        Format::Text => text(reports, Colour::of_stdout(), locale),
        Format::Json => json(reports, locale),
    };
    match writeln!(io::stdout(), "{}", shown.trim_end()) {
        Ok(()) if !reports.is_empty() && reports.iter().all(Report::is_ok) => Exit::Ok,
        Ok(()) => Exit::Failed,
        Err(_) => Exit::Environment, // nobody reads
    }
}

/// Writes what was said into the files that can be blessed, shows what changed, and holds those talks again.
fn blessed(bundle: &Bundle, args: &Args, reports: Vec<Report>, locale: Locale) -> Result<Vec<Report>, String> {
    for report in &reports {
        let edits: &[Edit] = report.went.as_ref().map_or(&[], |went| &went.held.edits);
        let text = bless(&report.text, edits);
        if text != report.text {
            std::fs::write(&report.file, &text).map_err(|why| format!("{}: {why}", report.file))?;
            let words = told("blessed", "исправлено").choose(locale);
            let changes = changed(&report.text, &text);
            let _ = writeln!(io::stderr(), "{words} {}\n{changes}", report.file);
        }
    }
    hold_all(bundle, &args.paths, &mut Coverage::default()).map_err(|error| error.to_string())
}

/// The lines that are other now.
fn changed(before: &str, after: &str) -> String {
    let [old, new] = [before, after].map(|text| text.lines().collect::<Vec<_>>());
    let mut shown = String::new();
    for op in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
        if !matches!(op, similar::DiffOp::Equal { .. }) {
            old[op.old_range()].iter().for_each(|line| shown += &format!("  - {}\n", line.trim()));
            new[op.new_range()].iter().for_each(|line| shown += &format!("  + {}\n", line.trim()));
        }
    }
    shown
}

/// Each failure with the lines it is about, then a line for each talk that failed, and a summary.
pub fn text(reports: &[Report], colour: Colour, locale: Locale) -> String {
    let painter = colour.painter();
    let mut text = String::new();
    for report in reports {
        for diagnostic in diagnostics(report, colour, locale) {
            let drawn = Drawn::new(diagnostic).with_source_code(NamedSource::new(&report.file, report.text.clone()));
            super::check::draw(&painter, drawn.as_ref(), &mut text);
        }
    }
    for report in reports.iter().filter(|report| !report.is_ok()) {
        let title = report.went.as_ref().map_or("", |went| went.title.as_str());
        text += &format!("{} {}  {title}\n", told("failed", "не прошёл").choose(locale), report.file);
    }
    let ways: usize = reports.iter().filter_map(|report| report.went.as_ref().ok()).map(|went| went.held.ways).sum();
    let (good, all) = (reports.iter().filter(|report| report.is_ok()).count(), reports.len());
    text + &match locale {
        Locale::En => format!("{good} of {all} talks went as written, along {ways} ways\n"),
        Locale::Ru => format!("прошли как написано: {good} из {all} разговоров, всего путей: {ways}\n"),
    }
}

fn diagnostics(report: &Report, colour: Colour, locale: Locale) -> Vec<MietteDiagnostic> {
    match &report.went {
        Ok(went) => went.held.failures.iter().map(|failure| failure.diagnostic(locale, |pieces| painted(pieces, colour))).collect(),
        Err(slips) => slips.iter().map(|slip| slip.diagnostic(locale)).collect(),
    }
}

/// Words that are not on the other side stand in brackets, and are red on a terminal.
fn painted(pieces: &[Piece], colour: Colour) -> String {
    let (on, off) = match colour {
        Colour::On => ("\u{1b}[1;31m", "\u{1b}[0m"),
        Colour::Off => ("", ""),
    };
    let piece = |piece: &Piece| match piece {
        Piece::Same(text) => text.clone(),
        Piece::Only(text) => format!("{on}[{text}]{off}"),
    };
    pieces.iter().map(piece).collect::<Vec<_>>().join(" ")
}

/// `{ok, talks: [{file, title, ways, ok, faults: […]}]}`.
pub fn json(reports: &[Report], locale: Locale) -> String {
    let talks = reports.iter().map(|report| JsonTalk {
        file: &report.file,
        title: report.went.as_ref().map_or("", |went| &went.title),
        ways: report.went.as_ref().map_or(0, |went| went.held.ways),
        ok: report.is_ok(),
        faults: faults(report, locale),
    });
    let talks: Vec<_> = talks.collect();
    serde_json::json!({"ok": !talks.is_empty() && talks.iter().all(|talk| talk.ok), "talks": talks}).to_string()
}

#[derive(Serialize)]
struct JsonTalk<'a> {
    file: &'a str,
    title: &'a str,
    ways: usize,
    ok: bool,
    faults: Vec<JsonFault>,
}

#[derive(Serialize)]
struct JsonFault {
    code: &'static str,
    line: usize,
    column: usize,
    way: Vec<String>,
    message: String,
    written: Option<String>,
    came: Option<String>,
    help: Option<String>,
}

fn faults(report: &Report, locale: Locale) -> Vec<JsonFault> {
    let of_failure = |failure: &Failure| {
        let (line, column) = place(&report.text, failure.span.start);
        let (written, came) = failure.kind.sides();
        let [written, came] = [written, came].map(|text| text.map(str::to_owned));
        JsonFault {
            code: failure.kind.code(),
            line,
            column,
            way: failure.way.clone(),
            message: failure.kind.message(locale),
            written,
            came,
            help: None,
        }
    };
    match &report.went {
        Ok(went) => went.held.failures.iter().map(of_failure).collect(),
        Err(slips) => slips
            .iter()
            .map(|slip| {
                let ((line, column), (message, help)) = (place(&report.text, slip.span.start), slip.words(locale));
                JsonFault { code: slip.code(), line, column, way: Vec::new(), message, written: None, came: None, help: Some(help) }
            })
            .collect(),
    }
}

/// Line and column of a byte, from 1, the column in characters.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
