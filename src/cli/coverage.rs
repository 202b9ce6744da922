//! `dauys coverage`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use dauys_core::call::{Trail, log};
use dauys_core::flow::coverage::{By, Cell, Coverage, Gap, Kind, Share};
use dauys_core::flow::graph::Program;
use dauys_core::lang::Lang;
use serde::{Deserialize, Serialize};

use super::{Exit, Format, refused};
use crate::bundle::{self, Bundle};
use crate::replay;
use crate::talk::files::hold_all;

/// What `coverage` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// Talks, and folders of talks; tests/talks when nothing is named
    #[arg(long, value_name = "PATH")]
    pub talks: Vec<PathBuf>,
    /// Event logs, and folders of event logs
    #[arg(long, value_name = "PATH")]
    pub logs: Vec<PathBuf>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Fail when less than so many percent of the ways were taken
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub fail_under: Option<u8>,
}

/// The version of the JSON.
const VERSION: u32 = 1;
/// The most event logs of one run.
const LOGS_MAX: usize = 200_000;
/// How deep folders may lie in each other.
const DEPTH_MAX: usize = 8;

/// Coverage as it is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    /// Of this format.
    pub version: u32,
    /// Ways that an author wrote.
    pub ways: Share,
    /// Silence, misunderstanding, giving up.
    pub troubles: Share,
    /// What may be said everywhere.
    pub commands: Share,
    /// How often something was done that these flows do not have.
    pub beside: u64,
    /// Every cell, in a fixed order.
    pub cells: Vec<Counted>,
}

/// A cell and how often it was taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counted {
    /// Which.
    #[serde(flatten)]
    pub cell: Cell,
    /// How often.
    pub times: u64,
}

/// What calls went into it.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    talks: usize,
    logs: usize,
    /// Logs that do not tell ways.
    old: usize,
}

/// Counts: 0 when enough was taken, 1 when less, or the flows do not load; 3 when something cannot be read.
pub fn run(args: &Args) -> Exit {
    let bundle = match bundle::load(&args.root) {
        Ok(bundle) => bundle,
        Err(error) => return refused(error),
    };
    let mut coverage = Coverage::of(&bundle.program);
    let heard = match gather(args, &bundle, &mut coverage) {
        Ok(heard) => heard,
        Err(why) => {
            let _ = writeln!(io::stderr(), "dauys coverage: {why}");
            return Exit::Environment;
        }
    };
    let shown = match args.format {
        Format::Text => text(&bundle.program, &coverage, heard),
        Format::Json => json(&coverage),
    };
    let enough = args.fail_under.is_none_or(|least| share(&coverage, Kind::Way).percent() >= usize::from(least));
    match writeln!(io::stdout(), "{}", shown.trim_end()) {
        Ok(()) if enough => Exit::Ok,
        Ok(()) => Exit::Failed,
        Err(_) => Exit::Environment, // nobody reads
    }
}

fn gather(args: &Args, bundle: &Bundle, coverage: &mut Coverage) -> Result<Heard, String> {
    let mut heard = Heard::default();
    let talks = if args.talks.is_empty() && args.logs.is_empty() { vec![args.root.join("tests/talks")] } else { args.talks.clone() };
    heard.talks = hold_all(bundle, &talks, coverage).map_err(|error| error.to_string())?.len();
    let mut files = Vec::new();
    for path in &args.logs {
        find_logs(path, 0, &mut files).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    for file in files {
        let text = replay::text(&file).map_err(|error| error.to_string())?;
        let log = log::read(&text).map_err(|why| format!("{}: {why}", file.display()))?;
        heard.logs += 1;
        heard.old += usize::from(!Trail::follow_log(&log, coverage));
    }
    Ok(heard)
}

fn find_logs(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    for inner in entries {
        let is_log = inner.is_dir() || inner.extension().is_some_and(|ending| ending == "jsonl");
        if is_log && (depth == DEPTH_MAX || files.len() == LOGS_MAX) {
            return Err(io::Error::other(format!("expected at most {LOGS_MAX} logs, in folders at most {DEPTH_MAX} deep")));
        }
        if is_log {
            find_logs(&inner, depth + 1, files)?;
        }
    }
    Ok(())
}

fn share(coverage: &Coverage, kind: Kind) -> Share {
    coverage.share(|cell| cell.kind == kind)
}

/// As `dauys graph --coverage` reads it.
pub fn json(coverage: &Coverage) -> String {
    let [ways, troubles, commands] = Kind::ALL.map(|kind| share(coverage, kind));
    let cells = coverage.cells().map(|(cell, times)| Counted { cell: cell.clone(), times }).collect();
    let written = Written { version: VERSION, ways, troubles, commands, beside: coverage.beside(), cells };
    serde_json::json!(written).to_string()
}

/// Reads what [`json`] wrote.
///
/// # Errors
/// What was expected and what came.
pub fn read_json(text: &str) -> Result<Coverage, String> {
    let expected = "expected what `dauys coverage --format json` wrote";
    let written: Written = serde_json::from_str(text).map_err(|why| format!("{expected}: {why}"))?;
    if written.version != VERSION {
        return Err(format!("{expected}, in version {VERSION}, not {}", written.version));
    }
    Ok(Coverage::from_cells(written.cells.into_iter().map(|counted| (counted.cell, counted.times))))
}

fn text(program: &Program, coverage: &Coverage, heard: Heard) -> String {
    let mut text = String::new();
    for flow in &program.flows {
        text += &format!("{}  {}\n", flow.name, shown(coverage.share(|cell| cell.flow == flow.name && cell.kind == Kind::Way)));
        for step in &flow.steps {
            text += &of_step(coverage, &flow.name, &step.id);
        }
    }
    text + &summary(coverage, heard)
}

/// A step of which all was done has no line.
fn of_step(coverage: &Coverage, flow: &str, step: &str) -> String {
    let missing: Vec<_> = coverage.missing().into_iter().filter(|(_, cell)| cell.flow == flow && cell.step == step).collect();
    if missing.is_empty() {
        return String::new();
    }
    let mut text = format!("  {step}  {}\n", shown(coverage.share(|cell| cell.flow == flow && cell.step == step)));
    for kind in Kind::ALL {
        for (gap, words) in [(Gap::Way, "never"), (Gap::Language, "not in this language"), (Gap::Means, "not by this means")] {
            let cells = missing.iter().filter(|(other, cell)| *other == gap && cell.kind == kind).map(|(_, cell)| *cell);
            let names = named(cells, gap);
            if !names.is_empty() {
                text += &format!("    {words}: {}\n", names.join(", "));
            }
        }
    }
    text
}

/// A way that nobody has gone is named once.
fn named<'a>(cells: impl Iterator<Item = &'a Cell>, gap: Gap) -> Vec<String> {
    let mut names: Vec<String> = cells
        .map(|cell| match gap {
            Gap::Way => cell.way.clone(),
            Gap::Language => format!("{} ({})", cell.way, language(cell.lang)),
            Gap::Means => format!("{} ({}, {})", cell.way, language(cell.lang), means(cell.by)),
        })
        .collect();
    names.dedup();
    names
}

fn language(lang: Option<Lang>) -> &'static str {
    lang.map_or("no language", Lang::code)
}

const fn means(by: By) -> &'static str {
    match by {
        By::Key => "key",
        By::Word => "words",
        By::Silence => "silence",
        By::Service => "service",
        By::None => "by itself",
    }
}

fn shown(share: Share) -> String {
    format!("{} of {} ({} %)", share.taken, share.all, share.percent())
}

fn summary(coverage: &Coverage, heard: Heard) -> String {
    let [ways, troubles, commands] = Kind::ALL.map(|kind| shown(share(coverage, kind)));
    let old = if heard.old > 0 { format!(" ({} too old to tell)", heard.old) } else { String::new() };
    format!("\nways {ways}, troubles {troubles}, commands {commands}\nfrom {} talks and {} event logs{old}\n", heard.talks, heard.logs)
}
