//! `dauys render`.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

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

/// Makes the clips that are missing or whose words changed: 0 when all are there, 1 when the words cannot be spoken, 3 without the voices.
pub fn run(args: Args) -> Exit {
    match clips(&args.root) {
        Ok(report) => match writeln!(io::stdout(), "{}", summary(&report)) {
            Ok(()) => Exit::Ok,
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
            Failure::Clip(RenderError::File { .. }) => Self::Environment,
            Failure::Clip(RenderError::Synthesis { why, .. }) => of_synthesis(why),
            Failure::Clip(
                RenderError::Sound { .. } | RenderError::Name { .. } | RenderError::Respelling { .. } | RenderError::Manifest { .. },
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

/// Back to the first column, and the line is empty (ECMA-48, EL 2).
const LINE_CLEAR: &str = "\r\x1b[2K";

fn clips(root: &Path) -> Result<Report, Failure> {
    let bundle = bundle::load(root)?;
    let rendered = render(root, &bundle.program.clips, show);
    clear();
    Ok(rendered?)
}

/// One line that is written over in a terminal, a line each elsewhere. Who does not look misses nothing.
fn show(progress: Progress<'_>) {
    let Progress { done, total, file } = progress;
    let mut err = io::stderr();
    let _ = match err.is_terminal() {
        true => write!(err, "{LINE_CLEAR}{}/{total} audio/{file}", done + 1),
        false => writeln!(err, "{}/{total} audio/{file}", done + 1),
    };
}

/// Leaves no half line where the report is written.
fn clear() {
    let mut err = io::stderr();
    if err.is_terminal() {
        let _ = write!(err, "{LINE_CLEAR}");
    }
}

/// What was done, and the files that no flow asks for.
pub fn summary(report: &Report) -> String {
    let Report { made, kept, orphans } = report;
    let mut summary = format!("{made} made, {kept} kept");
    if !orphans.is_empty() {
        summary += &format!(", {} that no flow asks for (delete them, or give them back their prompts):", orphans.len());
        orphans.iter().for_each(|file| summary += &format!("\n  audio/{file}"));
    }
    summary
}
