//! `dauys check`.
//!
//! Shows what the core and the voice found; finds nothing itself.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use dauys_core::flow::fault::{Json, Severity};
use dauys_core::flow::graph::{ClipSpec, Program};
use dauys_core::flow::{Loaded, Sources};
use dauys_core::lang::Lang;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, MietteDiagnostic};
use serde::Serialize;

use super::Exit;
use crate::bundle::{self, ReadError};
use crate::speech::clips::{self, ClipFault, ClipProblem, load_clips};

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
    pub(super) fn of_stdout() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if wanted && io::stdout().is_terminal() { Self::On } else { Self::Off }
    }

    pub(super) fn painter(self) -> GraphicalReportHandler {
        match self {
            Self::On => GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(120),
            Self::Off => GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_wrap_lines(false),
        }
    }
}

/// The most files of clips that are drawn for people.
const CLIPS_DRAWN_MAX: usize = 10;
/// The most that are named in a line each after these; a new root lacks hundreds.
const CLIPS_NAMED_MAX: usize = 200;

/// All that is wrong with a root.
pub struct Findings {
    sources: Sources,
    loaded: Loaded,
    clips: Vec<ClipFinding>,
}

impl Findings {
    /// Reads and proves what is below a root. Blocks on the disk.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn of(root: &Path) -> Result<Self, ReadError> {
        let sources = bundle::read(root)?;
        let loaded = bundle::compile(&sources);
        let clips = loaded.program.as_ref().map_or_else(Vec::new, |program| of_clips(root, &program.clips));
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
        for finding in self.clips.iter().take(CLIPS_DRAWN_MAX) {
            draw(&painter, &finding.diagnostic(), &mut text);
        }
        if let more @ 1.. = self.clips.len().saturating_sub(CLIPS_DRAWN_MAX) {
            text += &format!("… and {more} more of these; `dauys render` makes what is missing\n");
            let named = self.clips.iter().skip(CLIPS_DRAWN_MAX).take(CLIPS_NAMED_MAX);
            named.for_each(|ClipFinding { code, file, message, .. }| text += &format!("  {code} {file}: {message}\n"));
            if more > CLIPS_NAMED_MAX {
                text += "  … `dauys check --format json` names all\n";
            }
            text.push('\n');
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
            faults: faults.chain(self.clips.iter().map(ClipFinding::json)).collect(),
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
pub(super) fn draw(painter: &GraphicalReportHandler, diagnostic: &dyn Diagnostic, text: &mut String) {
    let whole = text.len();
    if painter.render_report(text, diagnostic).is_err() {
        text.truncate(whole);
        *text += &format!("{diagnostic}\n");
    }
    text.push('\n');
}

/// What is wrong with a file of `audio/`.
struct ClipFinding {
    /// Beside the codes of the flows.
    code: &'static str,
    file: String,
    message: String,
    help: &'static str,
}

/// Clips that are not as they should be, then files that no clip asks for.
fn of_clips(root: &Path, specs: &[ClipSpec]) -> Vec<ClipFinding> {
    let problems = load_clips(root, specs).1.into_iter().map(ClipFinding::from);
    problems.chain(clips::unused(root, specs).iter().map(|file| ClipFinding::unused(file))).collect()
}

impl From<ClipProblem> for ClipFinding {
    fn from(problem: ClipProblem) -> Self {
        let code = match problem.fault {
            ClipFault::Missing => "W0801",
            ClipFault::Stale | ClipFault::RecordedForOtherWords => "W0802",
            ClipFault::Damaged(_) => "W0803",
            ClipFault::Several(_) => "W0804",
        };
        Self { code, message: problem.message(), help: problem.help(), file: problem.file }
    }
}

impl ClipFinding {
    fn unused(file: &str) -> Self {
        let message = "no prompt and no value is said with it".to_owned();
        Self { code: "W0805", file: format!("audio/{file}"), message, help: "delete it, or give it back its prompt" }
    }

    fn diagnostic(&self) -> MietteDiagnostic {
        MietteDiagnostic::new(format!("{}: {}", self.file, self.message))
            .with_code(self.code)
            .with_severity(miette::Severity::Warning)
            .with_help(self.help)
    }

    /// A file of sound has no lines: it is its first.
    fn json(&self) -> Json {
        Json {
            code: self.code,
            severity: Severity::Warning,
            file: self.file.clone(),
            line: 1,
            column: 1,
            message: self.message.clone(),
            help: self.help.to_owned(),
        }
    }
}
