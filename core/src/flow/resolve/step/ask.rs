//! `ask`: one value, in one of several forms.

use super::super::super::fault::{Came, Expected, FaultKind, Thing};
use super::super::super::graph::{Act, Alternative, Ask, Grammar, SlotId, Type};
use super::super::super::read::Fields;
use super::super::super::shape;
use super::super::super::source::Node;
use super::super::outline;
use super::super::telling::{Called, Exempt};
use super::Bench;
use crate::grammar::phrase::Phrases;

impl Bench<'_, '_> {
    pub(super) fn ask(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::ASK)?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let which = fields.find("which").and_then(|node| self.prompt(node));
        let found: Vec<_> = outline::alternatives(body).into_iter().filter_map(|node| self.alternative(node, body)).collect();
        if outline::alternatives(body).is_empty() {
            self.house.faults.report(FaultKind::WrongShape { expected: Expected::Alternative, came: Came::NoneAtAll }, &body.span);
        }
        if found.len() > 1 && fields.find("which").is_none() {
            self.house.faults.report(FaultKind::MissingKey { key: "which".into(), of: shape::ASK_OF_SEVERAL }, &body.span);
        }
        let names: Vec<_> = found.iter().map(|(_, slot)| self.outline.slots[usize::from(slot.0)].name.clone()).collect();
        let required = if names.len() > 1 { names.clone() } else { Vec::new() };
        let mut arms = self.arms(fields.find("on"), body, &names, &required);
        let alternatives = found.into_iter().zip(names);
        let alternatives =
            alternatives.map(|((grammar, slot), name)| Alternative { grammar, slot, arm: arms.remove(&name).unwrap_or_default() });
        let alternatives: Vec<_> = alternatives.collect();
        let phrases = self.called(body);
        let ladder = self.ladder(&fields)?;
        (!alternatives.is_empty()).then_some(Act::Ask(Ask { prompt: prompt?, barge_in, alternatives, phrases, which, ladder }))
    }

    /// What each of several is called.
    fn called(&mut self, ask: &Node) -> Phrases<usize> {
        let nodes = outline::alternatives(ask);
        if nodes.len() > 1 {
            self.refuse_slot_twice(&nodes, &shape::ALTERNATIVE);
        }
        let spoken: Vec<_> = nodes.iter().map(|node| self.said_for(node, ask)).collect();
        let called: Vec<_> = spoken.iter().zip(nodes).map(|(said, node)| Called::written(said, &node.span)).collect();
        self.house.tell_apart(&called, Exempt::Nothing, &ask.span);
        Phrases::of(spoken.iter().enumerate().flat_map(|(place, said)| said.iter().map(move |phrase| (phrase.as_str(), place))))
    }

    /// A grammar whose list exists.
    pub(super) fn grammar(&mut self, node: &Node) -> Option<Grammar> {
        let grammar = outline::grammar_of(node, self.house.faults)?;
        if let Grammar::Item { list } = &grammar
            && !self.house.lists.contains_key(list)
        {
            let known: Vec<_> = self.house.lists.keys().cloned().collect();
            return self.house.unknown(Thing::LexiconList, list, known.iter().map(String::as_str), &node.span);
        }
        self.house.hears(&Type::from(&grammar));
        Some(grammar)
    }

    /// What is said for one of several; the only one needs no telling apart.
    fn said_for(&mut self, node: &Node, ask: &Node) -> Vec<String> {
        if std::ptr::eq(node, ask) { Vec::new() } else { self.spoken(node, &shape::ALTERNATIVE) }
    }

    fn alternative(&mut self, node: &Node, ask: &Node) -> Option<(Grammar, SlotId)> {
        let fields = if std::ptr::eq(node, ask) {
            Fields::open(node, &shape::ASK, &mut Default::default())? // its keys have been looked at as the step's
        } else {
            self.fields(node, &shape::ALTERNATIVE)?
        };
        let grammar = fields.need("grammar", self.house.faults).and_then(|node| self.grammar(node));
        let slot = fields.need("slot", self.house.faults)?;
        let grammar = grammar?;
        Some((grammar, self.slot(slot)?))
    }
}
