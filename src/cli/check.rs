//! `dauys check`.
//!
//! Shows what the core and the voice found; finds nothing itself.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use dauys_core::flow::fault::{Json, Severity};
use dauys_core::flow::graph::Program;
use dauys_core::flow::{Loaded, Sources};
use dauys_core::lang::Lang;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, MietteDiagnostic};
use serde::Serialize;

use super::Exit;
use crate::bundle::{self, ReadError};
use crate::speech::clips::{ClipFault, ClipProblem, load_clips};

/// What `check` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// How faults are shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How faults are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: with the lines they are about.
    #[default]
    Text,
    /// For programs: one object.
    Json,
}

/// Checks a root: 0 when its flows are sound, 1 when they have an error, 3 when there is nothing to check. Warnings do not fail it.
pub fn run(args: Args) -> Exit {
    let findings = match Findings::of(&args.root) {
        Ok(findings) => findings,
        Err(why) => {
            let _ = writeln!(io::stderr(), "dauys check: {why}");
            return Exit::Environment;
        }
    };
    let shown = match args.format {
        Format::Text => findings.text(Colour::of_stdout()),
        Format::Json => findings.json(),
    };
    match writeln!(io::stdout(), "{}", shown.trim_end()) {
        Ok(()) => findings.exit(),
        Err(_) => Exit::Environment, // nobody reads
    }
}

/// Whether drawings are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    On,
    /// For a file or a pipe, or where `NO_COLOR` is set: the same lines, unbroken, so that they can be searched.
    Off,
}

impl Colour {
    fn of_stdout() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if wanted && io::stdout().is_terminal() { Self::On } else { Self::Off }
    }

    fn painter(self) -> GraphicalReportHandler {
        match self {
            Self::On => GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(120),
            Self::Off => GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_wrap_lines(false),
        }
    }
}

/// The most clips that people are shown; a new root lacks hundreds.
const CLIPS_SHOWN_MAX: usize = 10;

/// All that is wrong with a root.
pub struct Findings {
    sources: Sources,
    loaded: Loaded,
    clips: Vec<ClipProblem>,
}

impl Findings {
    /// Reads and proves what is below a root. Blocks on the disk.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn of(root: &Path) -> Result<Self, ReadError> {
        let sources = bundle::read(root)?;
        let loaded = bundle::compile(&sources);
        let clips = loaded.program.as_ref().map_or_else(Vec::new, |program| load_clips(root, &program.clips).1);
        Ok(Self { sources, loaded, clips })
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        if self.errors() == 0 { Exit::Ok } else { Exit::Failed }
    }

    /// Each fault with the lines it is about, and a summary as the last line.
    pub fn text(&self, colour: Colour) -> String {
        let painter = colour.painter();
        let mut text = String::new();
        for fault in &self.loaded.faults {
            draw(&painter, &fault.in_source(&self.sources), &mut text);
        }
        for problem in self.clips.iter().take(CLIPS_SHOWN_MAX) {
            draw(&painter, &diagnostic(problem), &mut text);
        }
        if let more @ 1.. = self.clips.len().saturating_sub(CLIPS_SHOWN_MAX) {
            text += &format!("… and {more} more of these; `dauys render` makes what is missing\n\n");
        }
        text + &self.summary() + "\n"
    }

    /// `{ok, errors, warnings, faults}`.
    pub fn json(&self) -> String {
        let faults = self.loaded.faults.iter().map(|fault| fault.to_json(&self.sources));
        let report = Report {
            ok: self.errors() == 0,
            errors: self.errors(),
            warnings: self.warnings(),
            faults: faults.chain(self.clips.iter().map(json)).collect(),
        };
        serde_json::json!(report).to_string()
    }

    fn errors(&self) -> usize {
        self.loaded.faults.iter().filter(|fault| fault.severity() == Severity::Error).count()
    }

    fn warnings(&self) -> usize {
        self.loaded.faults.len() - self.errors() + self.clips.len()
    }

    fn summary(&self) -> String {
        let warnings = match self.warnings() {
            0 => String::new(),
            some => format!(", {}", counted(some, "warning")),
        };
        match &self.loaded.program {
            Some(program) => format!("flows are sound: {}{warnings}", contents(program)),
            None => format!("{}{warnings}", counted(self.errors(), "error")),
        }
    }
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    errors: usize,
    warnings: usize,
    faults: Vec<Json>,
}

fn contents(program: &Program) -> String {
    let steps = program.flows.iter().map(|flow| flow.steps.len()).sum();
    let parts = [(program.flows.len(), "flow"), (steps, "step"), (program.prompts.len(), "prompt"), (Lang::ALL.len(), "language")];
    parts.map(|(number, of)| counted(number, of)).join(", ")
}

fn counted(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

/// What cannot be drawn is still told.
fn draw(painter: &GraphicalReportHandler, diagnostic: &dyn Diagnostic, text: &mut String) {
    let whole = text.len();
    if painter.render_report(text, diagnostic).is_err() {
        text.truncate(whole);
        *text += &format!("{diagnostic}\n");
    }
    text.push('\n');
}

/// The code of a problem with a clip, beside those of the flows.
const fn code(problem: &ClipProblem) -> &'static str {
    match problem.fault {
        ClipFault::Missing => "W0801",
        ClipFault::Stale => "W0802",
        ClipFault::Damaged(_) => "W0803",
    }
}

fn diagnostic(problem: &ClipProblem) -> MietteDiagnostic {
    MietteDiagnostic::new(format!("{}: {}", problem.file(), problem.message()))
        .with_code(code(problem))
        .with_severity(miette::Severity::Warning)
        .with_help(problem.help())
}

/// A clip has no lines: it is its first.
fn json(problem: &ClipProblem) -> Json {
    Json {
        code: code(problem),
        severity: Severity::Warning,
        file: problem.file(),
        line: 1,
        column: 1,
        message: problem.message(),
        help: problem.help().to_owned(),
    }
}
