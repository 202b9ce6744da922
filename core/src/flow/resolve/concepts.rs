//! `flows/concepts.yaml`: the words by which the topic router knows what is spoken of.

use super::super::fault::{Expected, FaultKind, Faults};
use super::super::read::{self, Fields};
use super::super::source::{Kind, Node};
use super::super::{shape, wording};
use crate::lang::Lang;
use crate::router::{self, Concepts};

pub(super) fn concepts(tree: &Node, file: &str, faults: &mut Faults) -> Concepts {
    let Some(fields) = Fields::open(tree, &shape::CONCEPTS_FILE, faults) else { return Concepts::default() };
    let named = fields.need("concepts", faults).map_or_else(Vec::new, |node| read::named(node, faults));
    let mut concepts = Concepts::named(named.iter().map(|(name, ..)| (*name).to_owned()));
    for (at, (.., node)) in named.into_iter().enumerate() {
        learn(&mut concepts, node, router::Kind::Concept(at), file, faults);
    }
    for (name, kind) in [("fillers", router::Kind::Filler), ("foreign", router::Kind::Foreign)] {
        if let Some(node) = fields.need(name, faults) {
            learn(&mut concepts, node, kind, file, faults);
        }
    }
    concepts
}

/// `{kk: ["құжат*", …], ru: ["документ*", …]}`.
fn learn(concepts: &mut Concepts, node: &Node, kind: router::Kind, file: &str, faults: &mut Faults) {
    let Some(fields) = Fields::open(node, &shape::SAID, faults) else { return };
    for lang in Lang::ALL {
        let Some(phrases) = fields.find(lang.code()) else {
            faults.report(FaultKind::MissingLanguage { lang }, &node.span);
            continue;
        };
        let phrases = if let Kind::List(nodes) = &phrases.kind { nodes.as_slice() } else { std::slice::from_ref(phrases) };
        for phrase in phrases {
            let Some(text) = read::text(phrase, faults) else { continue };
            wording::judge_letters(phrase, text, lang, file, faults);
            if !concepts.add(text, kind) {
                let kind = FaultKind::BadValue { expected: Expected::ConceptPhrase, came: text.chars().take(40).collect() };
                faults.report(kind, &phrase.span);
            }
        }
    }
}
