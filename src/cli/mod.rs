//! The command line: one file a command, and the only place that prints.

pub mod call;
pub mod chat;
pub mod check;
pub mod render;
pub mod replay;
pub mod serve;

use std::io::IsTerminal;
use std::process::{ExitCode, Termination};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::bundle::LoadError;

/// A telephone voice robot: answers calls, speaks Kazakh and Russian, runs dialog flows written in YAML.
#[derive(Clone, Debug, Parser)]
#[command(name = "dauys", version, max_term_width = 120)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `dauys` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Answer calls, until SIGTERM.
    Serve(serve::Args),
    /// Prove the flows, and show every fault.
    Check(check::Args),
    /// Talk to the flows in the terminal.
    Chat(chat::Args),
    /// Call the robot, and save what both sides heard.
    Call(call::Args),
    /// Run recorded calls again, and compare the decisions.
    Replay(replay::Args),
    /// Speak the missing and changed clips.
    Render(render::Args),
}

/// How a command ended: the exit code of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, all is well.
    Ok,
    /// 1: it ran, and what it checked is not well.
    Failed,
    /// 2: the command line or the configuration is wrong. `clap` uses the same.
    Usage,
    /// 3: the machine does not let it: a port, a file, a database.
    Environment,
}

impl Exit {
    /// As the system sees it.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Environment => 3,
        }
    }
}

/// How a command ends that got no bundle.
impl From<&LoadError> for Exit {
    fn from(error: &LoadError) -> Self {
        match error {
            LoadError::Read(_) => Self::Environment,
            LoadError::Faults { .. } | LoadError::Lengths(_) => Self::Failed,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

/// Starts logging to stderr, by the filter of the configuration; `RUST_LOG` has the last word. Without colour when `NO_COLOR` is set or nobody looks.
///
/// # Errors
/// When the filter cannot be read; the message names the part.
pub fn start_logging(filter: &str) -> Result<(), String> {
    let chosen = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| filter.to_owned());
    let filter = EnvFilter::try_new(&chosen)
        .map_err(|error| format!("expected a log filter such as info,rsipstack=warn, not `{chosen}`: {error}"))?;
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && std::io::stderr().is_terminal();
    let logging = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    logging.try_init().map_err(|error| error.to_string())
}
