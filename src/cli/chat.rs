//! `dauys chat`.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use dauys_core::lang::Lang;

/// What `chat` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Start in this language, as if it were remembered
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Language>,
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// Where the database is
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
}

/// A language on the command line: `kk` or `ru`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language(pub Lang);

impl ValueEnum for Language {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(Lang::Kk), Self(Lang::Ru)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.code()))
    }
}
