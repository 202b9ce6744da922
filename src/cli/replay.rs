//! `dauys replay`.

use std::path::{Path, PathBuf};

use dauys_core::call::log::Line;
use dauys_core::call::replay::{Divergence, Replay};

use super::{Exit, say};
use crate::replay;

/// What `replay` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Event logs of calls
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The folder that `serve` used, where it is not above the logs
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print the replayed log of each call
    #[arg(long)]
    pub trace: bool,
}

/// Replays each, and says whether the decisions are the same.
pub fn run(args: &Args) -> Exit {
    let verdicts: Vec<Exit> = args.files.iter().map(|path| one(args, path)).collect();
    let equal = verdicts.iter().filter(|verdict| **verdict == Exit::Ok).count();
    say(format_args!("{equal} of {} calls: the same decisions", verdicts.len()));
    match verdicts.iter().max_by_key(|verdict| verdict.code()) {
        Some(worst) => *worst,
        None => Exit::Ok,
    }
}

fn one(args: &Args, path: &Path) -> Exit {
    match replay::file(path, args.data.as_deref()) {
        Ok(replayed) => verdict(args, path, &replayed),
        Err(error) => {
            eprintln!("error: {error}");
            Exit::Environment
        }
    }
}

fn verdict(args: &Args, path: &Path, replayed: &Replay) -> Exit {
    if args.trace {
        replayed.lines.iter().for_each(|line| say(json(line)));
    }
    match &replayed.diverged {
        None => {
            say(format_args!("{}: the same decisions, {} lines", path.display(), replayed.lines.len()));
            Exit::Ok
        }
        Some(Divergence { line, then, now }) => {
            say(format_args!("{}: diverged at line {line} after the opening", path.display()));
            say(format_args!("  then: {}", then.as_ref().map_or("nothing".to_owned(), json)));
            say(format_args!("  now:  {}", now.as_ref().map_or("nothing".to_owned(), json)));
            Exit::Failed
        }
    }
}

fn json(line: &Line) -> String {
    serde_json::to_string(line).unwrap_or_else(|error| error.to_string())
}
