//! `dauys check`.
//!
//! Shows what the core and the voice found; finds nothing itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use dauys_core::calendar::Date;
use dauys_core::flow::fact::Facts;
use dauys_core::flow::fault::{Fault, Json, Locale, Place, Severity};
use dauys_core::flow::graph::{ClipSpec, Program};
use dauys_core::flow::{Loaded, Sources};
use dauys_core::lang::Lang;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, MietteDiagnostic};
use serde::Serialize;

use super::choice::locale;
use super::{Exit, Format, Language, serve};
use crate::bundle::{self, LoadError, ReadError};
use crate::config::{Config, ConfigError};
use crate::serve::publish::PublishError;
use crate::services;
use crate::speech::clips::{self, ClipProblem, load_clips};

mod explain;
mod said;

pub use explain::{explain, list};
use said::Said;

/// What `check` takes.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Args {
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// The configuration file whose services are checked, too; without it dauys.yaml in that folder, where there is one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How faults are shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// The language of messages; as LC_ALL, LC_MESSAGES or LANG say when it is not written
    #[arg(long, value_enum)]
    pub lang: Option<Language>,
    /// What counts as an error beside errors
    #[arg(long, value_enum)]
    pub deny: Option<Deny>,
    /// The day on which facts are judged, such as 2027-01-31; today when it is not written
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub today: Option<Date>,
    /// Explain a code, such as E0205, with an example
    #[arg(long, value_name = "CODE", conflicts_with = "list")]
    pub explain: Option<String>,
    /// List all codes
    #[arg(long)]
    pub list: bool,
}

/// What counts as an error beside errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Deny {
    /// Every warning.
    Warnings,
}

/// Checks a root: 0 when its flows are sound, 1 when they have an error, 3 when there is nothing to check. Warnings fail it only where they are denied.
pub fn run(args: Args) -> Exit {
    let locale = locale(args.lang);
    if args.list {
        return print(&list(locale), Exit::Ok);
    }
    if let Some(code) = &args.explain {
        return match explain(code, locale) {
            Ok(page) => print(&page, Exit::Ok),
            Err(why) => complain(&why, Exit::Usage),
        };
    }
    let findings =
        Findings::of(&args.root, args.today.unwrap_or_else(bundle::today)).map(|findings| findings.with_services(args.configuration()));
    match (findings, args.format) {
        (Ok(findings), Format::Text) => print(&findings.text(Colour::of_stdout(), locale), findings.exit(args.deny)),
        (Ok(findings), Format::Json) => print(&findings.json(args.deny, locale), findings.exit(args.deny)),
        (Err(why), Format::Text) => complain(&said::unread(&why).choose(locale), exit_of(&why)),
        (Err(why), Format::Json) => print(&json_of_unread(&why, locale), exit_of(&why)),
    }
}

impl Args {
    fn configuration(&self) -> Result<Config, ConfigError> {
        let found = self.config.clone().or_else(|| Some(self.root.join(serve::CONFIG)).filter(|path| path.is_file()));
        found.map_or_else(|| Ok(Config::default()), |path| Config::load(&path))
    }
}

fn print(text: &str, exit: Exit) -> Exit {
    match writeln!(io::stdout(), "{}", text.trim_end()) {
        Ok(()) => exit,
        Err(_) => Exit::Environment, // nobody reads
    }
}

fn complain(why: &str, exit: Exit) -> Exit {
    let _ = writeln!(io::stderr(), "dauys check: {why}");
    exit
}

/// Files that are not well fail the check; a machine that does not give them keeps it from being made.
pub(super) fn exit_of(why: &ReadError) -> Exit {
    if said::is_the_machines(why) { Exit::Environment } else { Exit::Failed }
}

fn json_of_unread(why: &ReadError, locale: Locale) -> String {
    let kind = said::kind_of_unread(why);
    let fault = Json {
        code: kind.code,
        severity: Severity::Error,
        place: Place::whole(why.file().display().to_string()),
        message: said::unread(why).choose(locale),
        help: kind.means.choose(locale).to_owned(),
        labels: Vec::new(),
        lang: locale.code(),
    };
    serde_json::json!(Report { ok: false, errors: 1, warnings: 0, faults: vec![fault] }).to_string()
}

fn json_of_configuration(why: &ConfigError, locale: Locale) -> Json {
    let (place, message) = match why {
        ConfigError::Fault(fault) => {
            let (line, column) = (fault.line, fault.column);
            (Place { file: fault.file.clone(), line, column, end_line: line, end_column: column }, fault.message.clone())
        }
        ConfigError::Unreadable { path, .. } | ConfigError::TooLong { path } => (Place::whole(path.display().to_string()), why.to_string()),
    };
    let help = why.help().map(|help| help.to_string());
    Json {
        code: said::CONFIGURATION.code,
        severity: Severity::Error,
        place,
        message,
        help: help.unwrap_or_else(|| said::CONFIGURATION.means.choose(locale).to_owned()),
        labels: Vec::new(),
        lang: locale.code(),
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
        Self::of(io::stdout().is_terminal())
    }

    /// Of what goes to stderr.
    pub fn of_stderr() -> Self {
        Self::of(io::stderr().is_terminal())
    }

    fn of(is_terminal: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if wanted && is_terminal { Self::On } else { Self::Off }
    }

    pub(super) fn painter(self) -> GraphicalReportHandler {
        match self {
            Self::On => GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(120),
            Self::Off => GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_wrap_lines(false),
        }
    }
}

/// The most warnings of one kind that are drawn for people.
const ALIKE_DRAWN_MAX: usize = 3;
/// The most files of clips that are drawn for people.
const CLIPS_DRAWN_MAX: usize = 10;
/// The most that are named in a line each after these; a new root lacks hundreds.
const CLIPS_NAMED_MAX: usize = 200;

/// All that is wrong with a root.
pub struct Findings {
    sources: Sources,
    loaded: Loaded,
    clips: Vec<ClipFinding>,
    /// Of the configuration: all are errors.
    configuration: Vec<ConfigError>,
}

impl Findings {
    /// Reads and proves what is below a root, as of a day. Blocks on the disk.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn of(root: &Path, today: Date) -> Result<Self, ReadError> {
        let sources = bundle::read(root)?;
        let loaded = bundle::compile(&sources).on(today);
        let clips = loaded.program.as_ref().map_or_else(Vec::new, |program| of_clips(root, &program.clips));
        Ok(Self { sources, loaded, clips, configuration: Vec::new() })
    }

    /// The same, and what is wrong with the services of a configuration beside the contracts of these flows; or with the configuration.
    #[must_use]
    pub fn with_services(mut self, config: Result<Config, ConfigError>) -> Self {
        self.configuration = match (config, &self.loaded.program) {
            (Err(why), _) => vec![why],
            (Ok(config), Some(program)) => services::http::faults(&config.services, program).into_iter().map(ConfigError::from).collect(),
            (Ok(_), None) => Vec::new(), // without contracts there is nothing to hold it against
        };
        self
    }

    /// How the command ends.
    pub fn exit(&self, deny: Option<Deny>) -> Exit {
        if self.is_well(deny) { Exit::Ok } else { Exit::Failed }
    }

    fn is_well(&self, deny: Option<Deny>) -> bool {
        let denied = match deny {
            Some(Deny::Warnings) => self.warnings(),
            None => 0,
        };
        self.errors() + denied == 0
    }

    /// Each fault with the lines it is about, and a summary as the last line.
    pub fn text(&self, colour: Colour, locale: Locale) -> String {
        self.drawings(colour, locale) + &self.summary(locale) + "\n"
    }

    fn drawings(&self, colour: Colour, locale: Locale) -> String {
        let painter = colour.painter();
        let mut text = String::new();
        let mut alike: BTreeMap<&str, usize> = BTreeMap::new();
        for fault in &self.loaded.faults {
            let number = alike.entry(fault.kind.code()).or_default();
            *number += 1;
            if fault.severity() == Severity::Error || *number <= ALIKE_DRAWN_MAX {
                draw(&painter, &fault.in_source(&self.sources, locale), &mut text);
            }
        }
        self.name_more(&alike, locale, &mut text);
        for fault in &self.configuration {
            draw(&painter, fault, &mut text);
        }
        for finding in self.clips.iter().take(CLIPS_DRAWN_MAX) {
            draw(&painter, &finding.diagnostic(locale), &mut text);
        }
        if let more @ 1.. = self.clips.len().saturating_sub(CLIPS_DRAWN_MAX) {
            text += &match locale {
                Locale::En => format!("… and {more} more of these; `dauys render` makes what is missing\n"),
                Locale::Ru => format!("… и ещё столько таких: {more}; чего не хватает, сделает `dauys render`\n"),
            };
            for finding in self.clips.iter().skip(CLIPS_DRAWN_MAX).take(CLIPS_NAMED_MAX) {
                text += &format!("  {} {}: {}\n", finding.kind.code, finding.file, finding.said(locale).message);
            }
            if more > CLIPS_NAMED_MAX {
                text += match locale {
                    Locale::En => "  … `dauys check --format json` names all\n",
                    Locale::Ru => "  … все называет `dauys check --format json`\n",
                };
            }
            text.push('\n');
        }
        text
    }

    /// Warnings of one kind in a line, after the few that were drawn.
    fn name_more(&self, alike: &BTreeMap<&str, usize>, locale: Locale, text: &mut String) {
        let warnings = alike.iter().filter(|(code, number)| code.starts_with('W') && **number > ALIKE_DRAWN_MAX);
        for (code, number) in warnings {
            let files: BTreeSet<&str> = self.loaded.faults.iter().filter(|fault| fault.kind.code() == *code).map(file_of).collect();
            let (more, files) = (number - ALIKE_DRAWN_MAX, files.len());
            *text += &match locale {
                Locale::En => {
                    format!("… and {more} more {code}, in {} in all; `dauys check --format json` names them\n\n", counted(files, "file"))
                }
                Locale::Ru => format!("… и ещё столько {code}: {more}, всего файлов {files}; все называет `dauys check --format json`\n\n"),
            };
        }
    }

    /// `{ok, errors, warnings, faults}`.
    pub fn json(&self, deny: Option<Deny>, locale: Locale) -> String {
        let faults = self.loaded.faults.iter().map(|fault| fault.to_json(&self.sources, locale));
        let report = Report {
            ok: self.is_well(deny),
            errors: self.errors(),
            warnings: self.warnings(),
            faults: faults
                .chain(self.configuration.iter().map(|fault| json_of_configuration(fault, locale)))
                .chain(self.clips.iter().map(|finding| finding.json(locale)))
                .collect(),
        };
        serde_json::json!(report).to_string()
    }

    fn errors(&self) -> usize {
        self.flow_errors() + self.configuration.len()
    }

    fn flow_errors(&self) -> usize {
        self.loaded.faults.iter().filter(|fault| fault.severity() == Severity::Error).count()
    }

    fn warnings(&self) -> usize {
        self.loaded.faults.len() - self.flow_errors() + self.clips.len()
    }

    fn summary(&self, locale: Locale) -> String {
        let (errors, warnings) = (self.errors(), self.warnings());
        let warned = match (warnings, locale) {
            (0, _) => String::new(),
            (some, Locale::En) => format!(", {}", counted(some, "warning")),
            (some, Locale::Ru) => format!(", предупреждений: {some}"),
        };
        let program = self.loaded.program.as_ref().filter(|_| self.configuration.is_empty());
        match (program, locale) {
            (Some(program), Locale::En) => format!("flows are sound: {}{warned}", contents(program)),
            (Some(program), Locale::Ru) => format!("сценарии в порядке: {}{warned}", contents_ru(program)),
            (None, Locale::En) => format!("{}{warned}", counted(errors, "error")),
            (None, Locale::Ru) => format!("ошибок: {errors}{warned}"),
        }
    }
}

/// The same drawings for flows that were refused: each fault with its lines, or each clip. `None` where there is nothing to draw.
pub fn drawn(why: &PublishError, colour: Colour, locale: Locale) -> Option<String> {
    let (sources, faults, problems) = match why {
        PublishError::Load(LoadError::Faults { sources, faults }) => (sources.clone(), faults.clone(), Vec::new()),
        PublishError::Clips { problems } => (Sources::default(), Vec::new(), problems.clone()),
        PublishError::Load(LoadError::Read(_) | LoadError::Lengths(_) | LoadError::Clips(_)) => return None,
        PublishError::Talks { .. } | PublishError::Talk(_) | PublishError::Records(_) => return None,
    };
    let clips = problems.into_iter().map(ClipFinding::from).collect();
    Some(
        Findings { sources, loaded: Loaded { program: None, faults, facts: Facts::default() }, clips, configuration: Vec::new() }
            .drawings(colour, locale)
            .trim_end()
            .to_owned(),
    )
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    errors: usize,
    warnings: usize,
    faults: Vec<Json>,
}

fn file_of(fault: &Fault) -> &str {
    &fault.span.file
}

fn contents(program: &Program) -> String {
    let steps = program.flows.iter().map(|flow| flow.steps.len()).sum();
    let parts = [(program.flows.len(), "flow"), (steps, "step"), (program.prompts.len(), "prompt"), (Lang::ALL.len(), "language")];
    parts.map(|(number, of)| counted(number, of)).join(", ")
}

fn contents_ru(program: &Program) -> String {
    let steps: usize = program.flows.iter().map(|flow| flow.steps.len()).sum();
    let (flows, prompts, languages) = (program.flows.len(), program.prompts.len(), Lang::ALL.len());
    format!("сценариев {flows}, шагов {steps}, реплик {prompts}, языков {languages}")
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
    kind: &'static said::Kind,
    file: String,
    /// What its words are made of; `None` for a clip that nobody plays.
    problem: Option<ClipProblem>,
}

/// Clips that are not as they should be, then files that no clip asks for.
fn of_clips(root: &Path, specs: &[ClipSpec]) -> Vec<ClipFinding> {
    let problems = load_clips(root, specs).1.into_iter().map(ClipFinding::from);
    problems.chain(clips::unused(root, specs).iter().map(|file| ClipFinding::unused(file))).collect()
}

impl From<ClipProblem> for ClipFinding {
    fn from(problem: ClipProblem) -> Self {
        Self { kind: said::kind_of_clip(&problem.fault), file: problem.file.clone(), problem: Some(problem) }
    }
}

impl ClipFinding {
    fn unused(file: &str) -> Self {
        Self { kind: said::kind_of_unused(), file: format!("audio/{file}"), problem: None }
    }

    fn said(&self, locale: Locale) -> Said {
        self.problem.as_ref().map_or_else(said::unused, said::clip).choose(locale)
    }

    fn diagnostic(&self, locale: Locale) -> MietteDiagnostic {
        let Said { message, help } = self.said(locale);
        MietteDiagnostic::new(format!("{}: {message}", self.file))
            .with_code(self.kind.code)
            .with_severity(miette::Severity::Warning)
            .with_help(help)
    }

    /// A file of sound has no lines: it is its first.
    fn json(&self, locale: Locale) -> Json {
        let Said { message, help } = self.said(locale);
        Json {
            code: self.kind.code,
            severity: Severity::Warning,
            place: Place::whole(self.file.clone()),
            message,
            help: help.to_owned(),
            labels: Vec::new(),
            lang: locale.code(),
        }
    }
}
