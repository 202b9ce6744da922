//! `dauys coverage`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;

use dauys_core::call::{Trail, log};
use dauys_core::flow::coverage::{By, Cell, Coverage, Gap, Kind, Share};
use dauys_core::flow::graph::Program;
use dauys_core::lang::Lang;
use serde::{Deserialize, Serialize};

use super::{Exit, Format, refused};
use crate::bundle::{self, Bundle};
use crate::replay;
use crate::simulate;
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
    /// Count so many simulated calls too
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=CALLS_MAX))]
    pub simulate: Option<u64>,
    /// The seed of the first simulated call; each further one is one more
    #[arg(long, value_name = "S", default_value_t = 1, requires = "simulate")]
    pub seed: u64,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Fail when less than so many percent of the ways were taken
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub fail_under: Option<u8>,
}

/// The version of the JSON.
const VERSION: u32 = 2;
/// The most event logs of one run.
const LOGS_MAX: usize = 200_000;
/// How deep folders may lie in each other.
const DEPTH_MAX: usize = 8;
/// The most simulated calls of one run.
const CALLS_MAX: u64 = 10_000_000;

/// One of each kind of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Each<T> {
    /// Of talks that people wrote.
    pub talks: T,
    /// Of callers that were made up.
    pub simulated: T,
    /// Of calls that were recorded.
    pub recorded: T,
}

impl<T> Each<T> {
    fn map<U>(&self, mut make: impl FnMut(&T) -> U) -> Each<U> {
        Each { talks: make(&self.talks), simulated: make(&self.simulated), recorded: make(&self.recorded) }
    }
}

/// Calls of one kind, and what they took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many.
    pub calls: usize,
    /// Those that do not tell ways: recorded before version 3 of the log.
    pub mute: usize,
    /// What they took.
    pub taken: Coverage,
}

/// What was counted, the kinds of calls apart.
pub type Sources = Each<Counts>;

impl Sources {
    /// Of no call yet.
    pub fn none(program: &Program) -> Self {
        let none = || Counts { taken: Coverage::of(program), ..Counts::default() };
        Self { talks: none(), simulated: none(), recorded: none() }
    }

    /// All kinds of calls together.
    pub fn whole(&self) -> Coverage {
        let mut whole = self.talks.taken.clone();
        whole.add(&self.simulated.taken);
        whole.add(&self.recorded.taken);
        whole
    }

    /// Every cell and how often each kind of calls took it. All three are of one program, so they have the same cells.
    pub fn cells(&self) -> impl Iterator<Item = (&Cell, Each<u64>)> {
        let others = self.simulated.taken.cells().zip(self.recorded.taken.cells());
        let each = |((cell, talks), ((_, simulated), (_, recorded)))| (cell, Each { talks, simulated, recorded });
        self.talks.taken.cells().zip(others).map(each)
    }
}

/// Coverage as it is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    /// Of this format.
    pub version: u32,
    /// What all calls took.
    #[serde(flatten)]
    pub shares: Shares,
    /// How often something was done that these flows do not have.
    pub beside: u64,
    /// How many calls of each kind, and what they took.
    pub sources: Each<Source>,
    /// Every cell, in a fixed order.
    pub cells: Vec<Counted>,
}

/// How much was taken of each kind of way.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Shares {
    /// Ways that an author wrote.
    pub ways: Share,
    /// Silence, misunderstanding, giving up.
    pub troubles: Share,
    /// What may be said everywhere.
    pub commands: Share,
}

/// A kind of calls.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Source {
    /// How many; of talks, how many files.
    pub calls: usize,
    /// Those among them that do not tell ways.
    pub mute: usize,
    /// What they took.
    #[serde(flatten)]
    pub shares: Shares,
}

/// A cell and how often it was taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counted {
    /// Which.
    #[serde(flatten)]
    pub cell: Cell,
    /// How often.
    pub times: u64,
    /// By whom.
    #[serde(flatten)]
    pub by_source: Each<u64>,
}

/// Counts: 0 when enough was taken, 1 when less, or the flows do not load; 3 when something cannot be read.
pub fn run(args: &Args) -> Exit {
    let bundle = match bundle::load(&args.root) {
        Ok(bundle) => bundle,
        Err(error) => return refused(error),
    };
    let sources = match gather(args, &bundle) {
        Ok(sources) => sources,
        Err(why) => {
            let _ = writeln!(io::stderr(), "dauys coverage: {why}");
            return Exit::Environment;
        }
    };
    let shown = match args.format {
        Format::Text => text(&bundle.program, &sources, args.seed),
        Format::Json => json(&sources),
    };
    let enough = args.fail_under.is_none_or(|least| Shares::of(&sources.whole()).ways.percent() >= usize::from(least));
    match writeln!(io::stdout(), "{}", shown.trim_end()) {
        Ok(()) if enough => Exit::Ok,
        Ok(()) => Exit::Failed,
        Err(_) => Exit::Environment, // nobody reads
    }
}

fn gather(args: &Args, bundle: &Bundle) -> Result<Sources, String> {
    let mut sources = Sources::none(&bundle.program);
    let talks = if args.talks.is_empty() && args.logs.is_empty() { vec![args.root.join("tests/talks")] } else { args.talks.clone() };
    sources.talks.calls = hold_all(bundle, &talks, &mut sources.talks.taken).map_err(|error| error.to_string())?.len();
    if let Some(calls) = args.simulate {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let wanted = simulate::Wanted { calls, seed: args.seed, with_media: false, threads };
        sources.simulated.calls = usize::try_from(calls).unwrap_or(usize::MAX);
        sources.simulated.taken = simulate::coverage(&simulate::stage(bundle), wanted);
    }
    let mut files = Vec::new();
    for path in &args.logs {
        find_logs(path, 0, &mut files).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    for file in files {
        let text = replay::text(&file).map_err(|error| error.to_string())?;
        let log = log::read(&text).map_err(|why| format!("{}: {why}", file.display()))?;
        sources.recorded.calls += 1;
        sources.recorded.mute += usize::from(!Trail::follow_log(&log, &mut sources.recorded.taken));
    }
    Ok(sources)
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

impl Shares {
    /// Of what was counted.
    pub fn of(coverage: &Coverage) -> Self {
        let [ways, troubles, commands] = Kind::ALL.map(|kind| coverage.share(|cell| cell.kind == kind));
        Self { ways, troubles, commands }
    }
}

/// As `dauys graph --coverage` reads it.
pub fn json(sources: &Sources) -> String {
    let whole = sources.whole();
    let counted = |((cell, times), (_, by_source)): ((&Cell, u64), _)| Counted { cell: cell.clone(), times, by_source };
    let written = Written {
        version: VERSION,
        shares: Shares::of(&whole),
        beside: whole.beside(),
        sources: sources.map(|counts| Source { calls: counts.calls, mute: counts.mute, shares: Shares::of(&counts.taken) }),
        cells: whole.cells().zip(sources.cells()).map(counted).collect(),
    };
    serde_json::json!(written).to_string()
}

/// Reads what [`json`] wrote.
///
/// # Errors
/// What was expected and what came.
pub fn read_json(text: &str) -> Result<Sources, String> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let expected = "expected what `dauys coverage --format json` wrote";
    let wrong = |why: serde_json::Error| format!("{expected}: {why}");
    let Versioned { version } = serde_json::from_str(text).map_err(wrong)?;
    if version != VERSION {
        return Err(format!("{expected}, in version {VERSION}, not {version}"));
    }
    let Written { sources, cells, .. } = serde_json::from_str(text).map_err(wrong)?;
    let of = |source: &Source, times: fn(&Each<u64>) -> u64| Counts {
        calls: source.calls,
        mute: source.mute,
        taken: Coverage::from_cells(cells.iter().map(|counted| (counted.cell.clone(), times(&counted.by_source)))),
    };
    Ok(Each {
        talks: of(&sources.talks, |times| times.talks),
        simulated: of(&sources.simulated, |times| times.simulated),
        recorded: of(&sources.recorded, |times| times.recorded),
    })
}

/// What people read: what is missing, by flow and step, and how much there is.
pub fn text(program: &Program, sources: &Sources, seed: u64) -> String {
    let whole = sources.whole();
    let mut text = String::new();
    for flow in &program.flows {
        text += &format!("{}  {}\n", flow.name, shown(whole.share(|cell| cell.flow == flow.name && cell.kind == Kind::Way)));
        for step in &flow.steps {
            text += &of_step(&whole, sources, &flow.name, &step.id);
        }
    }
    text + &summary(&whole, sources, seed)
}

/// A step of which people have done all has no line.
fn of_step(whole: &Coverage, sources: &Sources, flow: &str, step: &str) -> String {
    let here = |cell: &Cell| cell.flow == flow && cell.step == step;
    let missing: Vec<_> = whole.missing().into_iter().filter(|(_, cell)| here(cell)).collect();
    let pretended: Vec<_> = sources.cells().filter(|(cell, times)| here(cell) && times.is_pretended()).map(|(cell, _)| cell).collect();
    if missing.is_empty() && pretended.is_empty() {
        return String::new();
    }
    let mut text = format!("  {step}  {}\n", shown(whole.share(here)));
    for kind in Kind::ALL {
        for (gap, words) in [(Gap::Way, "never"), (Gap::Language, "not in this language"), (Gap::Means, "not by this means")] {
            let cells = missing.iter().filter(|(other, cell)| *other == gap && cell.kind == kind).map(|(_, cell)| *cell);
            text += &listed(words, named(cells, gap));
        }
    }
    text + &listed("by simulated callers alone", named(pretended.into_iter(), Gap::Means))
}

impl Each<u64> {
    /// Whether nobody but simulated callers has done it.
    fn is_pretended(self) -> bool {
        self.simulated > 0 && self.talks == 0 && self.recorded == 0
    }
}

fn listed(what: &str, names: Vec<String>) -> String {
    if names.is_empty() { String::new() } else { format!("    {what}: {}\n", names.join(", ")) }
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

fn summary(whole: &Coverage, sources: &Sources, seed: u64) -> String {
    let shares = |coverage| {
        let Shares { ways, troubles, commands } = Shares::of(coverage);
        format!("ways {}, troubles {}, commands {}", shown(ways), shown(troubles), shown(commands))
    };
    let Each { talks, simulated, recorded } = sources;
    let mute = if recorded.mute > 0 { format!(" ({} too old to tell)", recorded.mute) } else { String::new() };
    let named = [
        (talks, format!("{} talks", talks.calls)),
        (simulated, format!("{} simulated calls from seed {seed}", simulated.calls)),
        (recorded, format!("{} event logs{mute}", recorded.calls)),
    ];
    let used = named.into_iter().filter(|(counts, _)| counts.calls > 0);
    let each: String = used.map(|(counts, name)| format!("  {name}: {}\n", shares(&counts.taken))).collect();
    let beside =
        if whole.beside() > 0 { format!("{} times something that these flows do not have\n", whole.beside()) } else { String::new() };
    format!("\n{}\n{each}{beside}", shares(whole))
}
