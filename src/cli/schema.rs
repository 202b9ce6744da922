//! `dauys schema`: the JSON schemas by which an editor knows the keys while they are typed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dauys_core::flow::schema::{self, Schema};

use super::{Exit, say};
use crate::{config, talk};

/// Where they stand, from the root.
const FOLDER: &str = "schemas";

/// What `schema` takes. Without `--write` the files are compared.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Args {
    /// What holds schemas/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// Write the files
    #[arg(long, conflicts_with = "check")]
    pub write: bool,
    /// Compare the files, as without any flag
    #[arg(long)]
    pub check: bool,
}

/// Writes or compares: 0 when the files are as they should be, 1 when one is not, 3 when they cannot be written.
pub fn run(args: &Args) -> Exit {
    let folder = args.root.join(FOLDER);
    if args.write {
        return written(&folder).map_or_else(|why| failed(&folder, &why), |()| Exit::Ok);
    }
    let stale: Vec<_> = all().into_iter().filter(|schema| !is_current(&folder, schema)).map(|schema| schema.file).collect();
    for file in &stale {
        say(format!("{}: not as this version derives it; run `dauys schema --write`", folder.join(file).display()));
    }
    if stale.is_empty() { Exit::Ok } else { Exit::Failed }
}

/// Every schema: of flows, of talks, of the configuration.
pub fn all() -> Vec<Schema> {
    schema::all().into_iter().chain([talk::schema(), config::schema()]).collect()
}

fn written(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    all().iter().try_for_each(|schema| fs::write(folder.join(schema.file), &schema.text))
}

fn is_current(folder: &Path, schema: &Schema) -> bool {
    fs::read_to_string(folder.join(schema.file)).is_ok_and(|text| text == schema.text)
}

fn failed(folder: &Path, why: &io::Error) -> Exit {
    eprintln!("dauys schema: {}: {why}", folder.display());
    Exit::Environment
}
