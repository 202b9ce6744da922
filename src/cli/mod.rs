//! The command line: one file a command, and the only place that prints.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the place that prints")]

pub mod call;
pub mod callbacks;
pub mod chat;
pub mod check;
mod choice;
pub mod coverage;
pub mod eval;
pub mod graph;
pub mod hear;
mod hearing;
pub mod jobs;
pub mod publish;
pub mod render;
pub mod replay;
pub mod rollback;
pub mod router;
pub mod schema;
pub mod serve;
pub mod services;
pub mod simulate;
pub mod sms;
pub mod spoken;
pub mod test;

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::{ExitCode, Termination};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

pub use choice::{Format, Language, locale_of};

use crate::bundle::LoadError;
use crate::serve::publish::PublishError;

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
    /// Hold written conversations, and compare.
    Test(test::Args),
    /// Count what of the flows was gone through.
    Coverage(coverage::Args),
    /// Draw a flow.
    Graph(graph::Args),
    /// Have the robot serve the flows as they are now, once they are proved.
    Publish(publish::Args),
    /// Have the robot serve what was published before.
    Rollback(rollback::Args),
    /// Show what is left to do, and what nobody tries any more.
    Jobs(jobs::Args),
    /// Show whom to call back, and say who has been called.
    Callbacks(callbacks::Args),
    /// Talk to the flows in the terminal.
    Chat(chat::Args),
    /// Call the robot, and save what both sides heard.
    Call(call::Args),
    /// Run recorded calls again, and compare the decisions.
    Replay(replay::Args),
    /// Try the topic router on utterances.
    Router(router::Args),
    /// Show what the recogniser hears in a file.
    Hear(hear::Args),
    /// Count how well the recogniser hears the voices of a manifest.
    Eval(eval::Args),
    /// Show who answers for the services of flows, or ask one of them.
    Services(services::Args),
    /// Send a text message, to try the way it takes.
    Sms(sms::Args),
    /// Let simulated callers call the flows, and judge every call.
    Simulate(simulate::Args),
    /// Speak the missing and changed clips.
    Render(render::Args),
    /// Write or compare the JSON schemas of flows and prompts.
    Schema(schema::Args),
    /// Check how values are said.
    Spoken(spoken::Args),
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

/// A file that could not be read, or holds too much or no text.
impl From<&io::Error> for Exit {
    fn from(why: &io::Error) -> Self {
        match why.kind() {
            io::ErrorKind::FileTooLarge | io::ErrorKind::InvalidData => Self::Usage,
            _ => Self::Environment,
        }
    }
}

impl Cli {
    /// Does it.
    pub fn run(self) -> Exit {
        match self.command {
            Command::Serve(args) => serve::run(&args),
            Command::Check(args) => check::run(args),
            Command::Test(args) => test::run(&args),
            Command::Coverage(args) => coverage::run(&args),
            Command::Graph(args) => graph::run(&args),
            Command::Publish(args) => publish::run(&args),
            Command::Rollback(args) => rollback::run(&args),
            Command::Jobs(args) => jobs::run(&args),
            Command::Callbacks(args) => callbacks::run(&args),
            Command::Chat(args) => chat::run(&args),
            Command::Call(args) => call::run(&args),
            Command::Replay(args) => replay::run(&args),
            Command::Router(args) => router::run(&args),
            Command::Hear(args) => hear::run(&args),
            Command::Eval(args) => eval::run(&args),
            Command::Services(args) => services::run(&args),
            Command::Sms(args) => sms::run(&args),
            Command::Simulate(args) => simulate::run(&args),
            Command::Render(args) => render::run(args),
            Command::Schema(args) => schema::run(&args),
            Command::Spoken(args) => spoken::run(&args),
        }
    }
}

/// How a command ends that got no bundle.
impl From<&LoadError> for Exit {
    fn from(error: &LoadError) -> Self {
        match error {
            LoadError::Read(why) => check::exit_of(why),
            LoadError::Faults { .. } | LoadError::Lengths(_) | LoadError::Clips(_) => Self::Failed,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

/// Prints a line to the standard output; one that was closed (`dauys replay … | head`) stops nothing.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A fault with its place, as a compiler shows it.
fn shown(fault: impl miette::Diagnostic + Send + Sync + 'static) -> String {
    format!("{:?}", miette::Report::new(fault))
}

/// Flows that do not load, as `check` shows them.
fn refused(error: LoadError) -> Exit {
    let (exit, why) = (Exit::from(&error), PublishError::from(error));
    match check::drawn(&why, check::Colour::Off, choice::locale(None)) {
        Some(faults) => eprintln!("{faults}"),
        None => eprintln!("error: {why}"),
    }
    exit
}

#[allow(clippy::expect_used, reason = "without threads nothing can run, and there is nobody to tell")]
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the system gives no threads")
}

/// Whatever is asked for, the SIP stack stays this quiet: below it, it logs whole messages, callers' numbers and all.
const SIP_STACK: &str = "rsipstack=warn";
/// Nor is what speaks SMPP louder: it might log numbers and texts.
const SMPP: &str = "rusmpp=warn";
/// What watches files says of every folder that went away that it did.
const FILES: &str = "notify=warn";

/// Starts logging to stderr, by the filter of the configuration; `RUST_LOG` has the last word. Without colour when `NO_COLOR` is set or nobody looks.
///
/// # Errors
/// When the filter cannot be read; the message names the part.
pub fn start_logging(filter: &str) -> Result<(), String> {
    let chosen = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| filter.to_owned());
    let wrong = |error: &dyn std::fmt::Display| format!("expected a log filter such as info,rsipstack=warn, not `{chosen}`: {error}");
    let mut filter = EnvFilter::try_new(&chosen).map_err(|error| wrong(&error))?;
    for quiet in [SIP_STACK, SMPP, FILES] {
        filter = filter.add_directive(quiet.parse().map_err(|error| wrong(&error))?);
    }
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && std::io::stderr().is_terminal();
    let logging = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    logging.try_init().map_err(|error| error.to_string())
}
