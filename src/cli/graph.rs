//! `dauys graph`.

use std::io::{self, Write};
use std::path::PathBuf;

use dauys_core::lang::Lang;

use super::{Exit, refused};
use crate::bundle;
use crate::diagram;

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
    let picture = diagram::picture(&program, flow, lang, None);
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
