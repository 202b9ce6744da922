//! `dauys graph`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use dauys_core::flow::coverage::Kind;
use dauys_core::lang::Lang;

use super::coverage::{self, Each};
use super::{Exit, refused};
use crate::bundle;
use crate::diagram::{self, Gone, Taken};
use crate::files;

/// What `graph` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// The flow, as `services/document_status`
    #[arg(value_name = "FLOW")]
    pub flow: String,
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// How it is drawn
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// The language of the prompts' words
    #[arg(long, value_enum, default_value_t)]
    pub lang: Words,
    /// Show what was taken: a file that `dauys coverage --format json` wrote
    #[arg(long, value_name = "FILE")]
    pub coverage: Option<PathBuf>,
    /// Where to; else to the standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How a flow is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a browser.
    #[default]
    Svg,
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
}

/// The language of the words in the boxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Words {
    /// Kazakh.
    #[default]
    Kk,
    /// Russian.
    Ru,
}

/// Draws a flow: 0 when it was drawn, 1 when the flows do not load, 2 when there is no such flow, 3 when it cannot be written.
pub fn run(args: &Args) -> Exit {
    let program = match bundle::load(&args.root) {
        Ok(bundle) => bundle.program,
        Err(error) => return refused(error),
    };
    let Some(flow) = program.flows.iter().find(|flow| flow.name == args.flow) else {
        let names: Vec<&str> = program.flows.iter().map(|flow| flow.name.as_str()).collect();
        eprintln!("dauys graph: there is no flow `{}`; there are: {}", args.flow, names.join(", "));
        return Exit::Usage;
    };
    let lang = match args.lang {
        Words::Kk => Lang::Kk,
        Words::Ru => Lang::Ru,
    };
    let taken = match args.coverage.as_deref().map(|file| taken(file, &args.flow)).transpose() {
        Ok(taken) => taken,
        Err((why, exit)) => {
            eprintln!("dauys graph: {why}");
            return exit;
        }
    };
    let picture = diagram::picture(&program, flow, lang, taken.as_ref());
    let drawn = match args.format {
        Format::Svg => diagram::svg(&picture),
        Format::Dot => diagram::dot(&picture),
        Format::Mermaid => diagram::mermaid(&picture),
    };
    let written = match &args.output {
        Some(path) => std::fs::write(path, &drawn).map_err(|why| format!("{}: {why}", path.display())),
        None => io::stdout().write_all(drawn.as_bytes()).map_err(|why| why.to_string()),
    };
    match written {
        Ok(()) => Exit::Ok,
        Err(why) => {
            eprintln!("dauys graph: cannot write: {why}");
            Exit::Environment
        }
    }
}

/// The most bytes of a file of coverage.
const COVERAGE_BYTES_MAX: u64 = 64 << 20;

/// Who has gone each way of a flow, in any language and by any means.
fn taken(file: &Path, flow: &str) -> Result<Taken, (String, Exit)> {
    let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let text = files::read_text(file, COVERAGE_BYTES_MAX).map_err(|why| (wrong(&why), Exit::from(&why)))?;
    let sources = coverage::read_json(&text).map_err(|why| (wrong(&why), Exit::Usage))?;
    let mut taken = Taken::new();
    for (cell, times) in sources.cells().filter(|(cell, _)| cell.flow == flow && cell.kind != Kind::Command) {
        let gone = taken.entry((cell.step.clone(), cell.way.clone())).or_default();
        *gone = (*gone).max(match times {
            Each { talks: 0, simulated: 0, recorded: 0 } => Gone::Nobody,
            Each { talks: 0, simulated: _, recorded: 0 } => Gone::Simulated,
            Each { .. } => Gone::Somebody,
        });
    }
    Ok(taken)
}
