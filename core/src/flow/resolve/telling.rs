//! Telling things apart by what a caller says: choices of a menu, alternatives of an `ask`, items of a list. No phrase of one is another's, and none is a command.

use super::super::fault::{FaultKind, Label, Span};
use super::super::graph::Type;
use super::super::read::{self, Fields};
use super::super::shape::{self, Shape};
use super::super::source::{Kind, Node};
use super::House;
use super::step::Bench;
use crate::grammar::navigation::Command;
use crate::grammar::phrase::{self, Shadow, collisions, shadowed};
use crate::lang::Lang;

/// One of several, by what it is called.
pub(super) struct Called<'a> {
    pub(super) phrases: Vec<String>,
    /// Whether an author wrote them for a caller to say; the words of a label are no such words.
    written: bool,
    at: &'a Span,
}

impl<'a> Called<'a> {
    pub(super) fn written(phrases: &[String], at: &'a Span) -> Self {
        Self { phrases: phrases.to_vec(), written: true, at }
    }

    pub(super) fn derived(phrases: Vec<&str>, at: &'a Span) -> Self {
        Self { phrases: phrases.into_iter().map(str::to_owned).collect(), written: false, at }
    }
}

/// Which commands a thing may be called as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exempt {
    /// None.
    Nothing,
    /// A choice of a language, or of the end, may be called as its command is: both do the same.
    LanguageAndEnd,
}

impl House<'_> {
    /// Things of one question.
    pub(super) fn tell_apart(&mut self, things: &[Called], exempt: Exempt, at: &Span) {
        self.tell_so_many_apart(things, exempt, at, shape::PHRASES_MAX);
    }

    fn tell_so_many_apart(&mut self, things: &[Called], exempt: Exempt, at: &Span, most: usize) {
        let each = things.iter().enumerate().flat_map(|(place, thing)| thing.phrases.iter().map(move |phrase| (phrase.as_str(), place)));
        let mut phrases: Vec<(&str, usize)> = each.collect();
        if phrases.len() > most {
            self.faults.report(FaultKind::TooManyPhrases { phrases: phrases.len(), most }, at);
            phrases.truncate(most);
        }
        for (phrase, place) in &phrases {
            if let (true, Some(command)) = (things[*place].written, taken(phrase, exempt)) {
                self.faults.report(FaultKind::PhraseTaken { phrase: (*phrase).to_owned(), command }, things[*place].at);
            }
        }
        let mut told = None;
        for (one, other) in collisions(&phrases) {
            let ((one, place), (other, first)) = (phrases[one], phrases[other]);
            if told.replace(place) != Some(place) {
                let kind = FaultKind::PhrasesCollide { one: one.to_owned(), other: other.to_owned() };
                self.faults.report_with(kind, things[place].at, vec![(things[first].at.clone(), Label::OtherOne)]);
            }
        }
    }

    /// The items of the lists from which a caller chooses by words.
    pub(super) fn tell_items_apart(&mut self, lexicon: Option<&Node>) {
        for (list, key, items) in lexicon.map_or_else(Vec::new, |tree| read::named(tree, &mut Default::default())) {
            let Some(known) = self.lists.get(list).filter(|_| self.heard.contains(list)) else { continue };
            let items = read::named(items, &mut Default::default());
            let called: Vec<_> = items
                .iter()
                .filter_map(|(item, key, _)| {
                    Some(Called { written: true, ..Called::derived(self.book.texts(*known.get(*item)?), &key.span) })
                })
                .collect();
            self.tell_so_many_apart(&called, Exempt::Nothing, &key.span, phrase::PHRASES_MAX);
        }
    }

    /// Callers say what a slot of this type holds.
    pub(super) fn hears(&mut self, ty: &Type) {
        if let Type::Item { list } = ty {
            self.heard.insert(list.clone());
        }
    }
}

/// The command that a phrase is already.
fn taken(phrase: &str, exempt: Exempt) -> Option<&'static str> {
    match (shadowed(phrase)?, exempt) {
        (Shadow::Answer(_), _) | (Shadow::Command(Command::Language(_) | Command::Goodbye), Exempt::LanguageAndEnd) => None,
        (Shadow::Command(command), _) => Some(command.name()),
    }
}

impl Bench<'_, '_> {
    /// What a caller may say for a choice, or for one of several alternatives: `say: {kk: ["құжат дайын ба", …], ru: …}`.
    pub(super) fn spoken(&mut self, choice: &Node, shape: &'static Shape) -> Vec<String> {
        let say = Fields::open(choice, shape, &mut Default::default()).and_then(|fields| fields.find("say"));
        let Some(node) = say else { return Vec::new() };
        let Some(both) = self.fields(node, &shape::SAID) else { return Vec::new() };
        let mut said = Vec::new();
        for lang in Lang::ALL {
            match both.find(lang.code()) {
                Some(phrases) => said.extend(self.said_in(phrases)),
                None => self.house.faults.report(FaultKind::MissingLanguage { lang }, &node.span),
            }
        }
        said
    }

    /// One phrase, or a list of them.
    fn said_in(&mut self, node: &Node) -> Vec<String> {
        let one = std::slice::from_ref(node);
        let nodes = if let Kind::List(nodes) = &node.kind { nodes.as_slice() } else { one };
        nodes.iter().filter_map(|node| read::text(node, self.house.faults)).map(str::to_owned).collect()
    }

    /// No slot is asked for twice in one step.
    pub(super) fn refuse_slot_twice(&mut self, nodes: &[&Node], shape: &'static Shape) {
        let mut seen: Vec<(&str, &Span)> = Vec::new();
        for node in nodes {
            let slot = Fields::open(node, shape, &mut Default::default()).and_then(|fields| fields.find("slot"));
            let Some((name, at)) = slot.and_then(|slot| Some((read::text(slot, &mut Default::default())?, &slot.span))) else { continue };
            match seen.binary_search_by_key(&name, |(known, _)| known) {
                Ok(first) => {
                    let labels = vec![(seen[first].1.clone(), Label::FirstHere)];
                    self.house.faults.report_with(FaultKind::SlotTwice { slot: name.to_owned() }, at, labels);
                }
                Err(place) => seen.insert(place, (name, at)),
            }
        }
    }
}
