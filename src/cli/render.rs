//! `dauys render`.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use thiserror::Error;

use super::Exit;
use crate::bundle::{self, LoadError};
use crate::speech::SynthesisError;
use crate::speech::render::{Progress, RenderError, Report, render};

/// What `render` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
}

/// Makes the clips that are missing or whose words changed: 0 when all are there, 1 when words cannot be spoken or a recording cannot be read, 3 without the voices.
pub fn run(args: Args) -> Exit {
    match clips(&args.root) {
        Ok(report) => match writeln!(io::stdout(), "{}", summary(&report)) {
            Ok(()) if report.problems.is_empty() => Exit::Ok,
            Ok(()) => Exit::Failed,
            Err(_) => Exit::Environment, // nobody reads
        },
        Err(why) => {
            let _ = writeln!(io::stderr(), "dauys render: {why}");
            Exit::from(&why)
        }
    }
}

/// Why not all clips are there.
#[derive(Debug, Error)]
pub enum Failure {
    /// There is no sound bundle whose clips could be made.
    #[error(transparent)]
    Bundle(#[from] LoadError),
    /// A clip cannot be made.
    #[error(transparent)]
    Clip(#[from] RenderError),
}

impl From<&Failure> for Exit {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Bundle(why) => Self::from(why),
            Failure::Clip(RenderError::File { .. } | RenderError::Busy { .. }) => Self::Environment,
            Failure::Clip(RenderError::Synthesis { why, .. }) => of_synthesis(why),
            Failure::Clip(
                RenderError::Sound { .. }
                | RenderError::Pack { .. }
                | RenderError::Name { .. }
                | RenderError::Respelling { .. }
                | RenderError::Manifest { .. },
            ) => Self::Failed,
        }
    }
}

const fn of_synthesis(why: &SynthesisError) -> Exit {
    match why {
        SynthesisError::ProgramMissing { .. }
        | SynthesisError::VoiceMissing { .. }
        | SynthesisError::TimedOut { .. }
        | SynthesisError::Failed { .. } => Exit::Environment,
        SynthesisError::Unspeakable { .. } => Exit::Failed,
    }
}

fn clips(root: &Path) -> Result<Report, Failure> {
    let bundle = bundle::load(root)?;
    let mut display = Display::default();
    let rendered = render(root, &bundle.program.clips, |progress| display.show(progress));
    display.clear();
    Ok(rendered?)
}

/// A bar in a terminal, without colours; a line for each clip elsewhere. Who does not look misses nothing.
#[derive(Default)]
struct Display(Option<ProgressBar>);

impl Display {
    fn show(&mut self, progress: Progress<'_>) {
        let Progress { done, total, file } = progress;
        if io::stderr().is_terminal() {
            let bar = self.0.get_or_insert_with(|| bar(total));
            bar.set_message(format!("audio/{file}"));
            bar.set_position(done as u64);
        } else {
            let _ = writeln!(io::stderr(), "{done}/{total} audio/{file}");
        }
    }

    /// Leaves no half line where the report is written.
    fn clear(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total as u64).with_style(style)
}

/// What was done, what is wrong with recordings, and the files that no flow asks for.
pub fn summary(report: &Report) -> String {
    let Report { made, kept, recorded, problems, orphans } = report;
    let mut summary = format!("{made} made, {kept} kept");
    if *recorded > 0 {
        summary += &format!(", {recorded} recorded by a person");
    }
    if !orphans.is_empty() {
        summary += &format!(", {} that no flow asks for (delete them, or give them back their prompts):", orphans.len());
        orphans.iter().for_each(|file| summary += &format!("\n  audio/{file}"));
    }
    problems.iter().for_each(|problem| summary += &format!("\n{problem}"));
    summary
}
