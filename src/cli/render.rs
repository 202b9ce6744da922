//! `dauys render`.

use std::path::PathBuf;

/// What `render` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
}
