//! Flows: from YAML to a proved graph.
//!
//! `source` reads YAML into spanned trees (the only file that knows YAML), `resolve` turns every name into a place in the [`graph`], `check` proves what can be proved, and
//! every complaint is a `fault` with file, line and what to do. A [`graph::Program`] that exists has no dangling name: after loading nothing is looked up.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::Date;
use crate::lang::Both;

pub use source::{Kind, Node};

mod catalogue;
mod check;
pub mod coverage;
pub mod fact;
pub mod fault;
mod fee;
pub mod graph;
mod locale;
mod phrase;
mod read;
mod resolve;
pub mod schema;
mod shape;
mod source;
mod wording;

/// The files of a bundle: path relative to the root (`flows/main.yaml`) → text.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// All `*.yaml` below `flows/` and `prompts/`.
    pub files: BTreeMap<String, String>,
}

impl Sources {
    fn text(&self, file: &str) -> &str {
        self.files.get(file).map_or("", String::as_str)
    }
}

/// One YAML file as a tree that knows its places, within the bounds of a flow's file: for what is written beside flows in the same manner.
///
/// # Errors
/// Why it is none.
pub fn document(file: &str, text: &str) -> Result<Node, Vec<fault::Fault>> {
    let mut faults = fault::Faults::default();
    let tree = source::tree(&Arc::from(file), text, &mut { source::BUNDLE_NODES_MAX }, &mut faults);
    tree.filter(|_| faults.errors() == 0).ok_or_else(|| faults.into_sorted())
}

/// The words that values are spoken with: (name in `spoken`, text), by language. Each becomes the clip `words/<name>`.
pub type Words = Both<Vec<(String, String)>>;

/// What loading came to.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The compiled bundle; `None` when there is any error.
    pub program: Option<graph::Program>,
    /// Everything that is wrong, by file and line.
    pub faults: Vec<fault::Fault>,
    /// What answers rest on.
    pub facts: fact::Facts,
}

impl Loaded {
    /// With what its facts come to on a day: a fact that no longer holds is an error as any other.
    pub fn on(mut self, today: Date) -> Self {
        self.faults.extend(self.facts.on(today));
        fault::sort(&mut self.faults);
        let is_sound = self.faults.iter().all(|fault| fault.severity() == fault::Severity::Warning);
        self.program = self.program.filter(|_| is_sound);
        self
    }
}

/// Compiles a bundle and proves it. All faults are found in one run; a flow with a broken reference is proved only once that is mended.
pub fn load(sources: &Sources, words: &Words) -> Loaded {
    let mut faults = fault::Faults::default();
    if sources.files.len() > source::FILES_MAX {
        let files = sources.files.len();
        faults.report(fault::FaultKind::TooManyFiles { files }, &fault::Span::whole(&Arc::from("flows")));
        return Loaded { program: None, faults: faults.into_sorted(), facts: fact::Facts::default() };
    }
    let mut left = source::BUNDLE_NODES_MAX;
    let trees: BTreeMap<_, _> = sources
        .files
        .iter()
        .filter_map(|(path, text)| Some((path.as_str(), source::tree(&Arc::from(path.as_str()), text, &mut left, &mut faults)?)))
        .collect();
    let (program, facts) = resolve::program(sources, &trees, words, &mut faults);
    if program.is_none() && faults.errors() == 0 {
        faults.report(fault::FaultKind::TooManyNodes, &fault::Span::whole(&Arc::from("prompts"))); // more prompts than ids
    }
    let sound = faults.errors() == 0;
    if !sound {
        faults.drop_unused(); // what a broken flow would say is not unused
    }
    Loaded { program: program.filter(|_| sound), faults: faults.into_sorted(), facts }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOUP: &[&str] = &[
        "flow: ",
        "main",
        "\n",
        "  ",
        "    ",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "steps:",
        "say",
        "ask",
        "id",
        "on",
        "goto",
        "prompt",
        "kk",
        "ru",
        "{{ ",
        " | say_digits }}",
        "robot:",
        "&a ",
        "*a",
        "#",
        "|\n",
        "ә",
        "\u{feff}",
        "\t",
        "0",
        ",",
        "?",
        "---\n",
        "title",
        "\r\n",
        "!",
    ];

    proptest! {
        /// Whatever stands in the files, loading ends, and there is a program or an error.
        #[test]
        fn soup_is_refused_in_words(main in proptest::collection::vec(proptest::sample::select(SOUP), 0..60)) {
            for file in ["flows/main.yaml", "flows/lexicon.yaml", "flows/contracts.yaml", "prompts/main.yaml"] {
                let sources = Sources { files: BTreeMap::from([(file.to_owned(), main.concat())]) };
                let loaded = load(&sources, &Words::default());
                prop_assert!(loaded.program.is_none() && !loaded.faults.is_empty());
                for fault in &loaded.faults {
                    prop_assert!(fault.span.start <= fault.span.end, "{:?}", fault);
                    prop_assert!(!fault.to_plain(&sources).is_empty() && fault.position(&sources).0 >= 1);
                }
            }
        }
    }
}
