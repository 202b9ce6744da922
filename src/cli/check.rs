//! `dauys check`.

use std::path::PathBuf;

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
