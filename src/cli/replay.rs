//! `dauys replay`.

use std::path::PathBuf;

/// What `replay` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Event logs of calls
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}
