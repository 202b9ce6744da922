//! `ask`: one value, in one of several forms.

use super::super::super::fault::FaultKind;
use super::super::super::graph::{Act, Alternative, Ask, Grammar, SlotId};
use super::super::super::read::Fields;
use super::super::super::source::Node;
use super::super::outline;
use super::Bench;
use crate::grammar::phrase::Phrases;

impl Bench<'_, '_> {
    pub(super) fn ask(&mut self, body: &Node) -> Option<Act> {
        let known = ["id", "prompt", "barge_in", "slot", "grammar", "one_of", "which", "on", "ladder", "help"];
        let fields = self.fields(body, "ask", &known)?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let which = fields.find("which").and_then(|node| self.prompt(node));
        let found: Vec<_> = outline::alternatives(body).into_iter().filter_map(|node| self.alternative(node, body)).collect();
        if outline::alternatives(body).is_empty() {
            self.house.faults.report(FaultKind::WrongShape { expected: "at least one alternative in `one_of`", came: "none" }, &body.span);
        }
        if found.len() > 1 && fields.find("which").is_none() {
            self.house.faults.report(FaultKind::MissingKey { key: "which".into(), of: "an ask whose answer may fit twice" }, &body.span);
        }
        let names: Vec<_> = found.iter().map(|(_, slot)| self.outline.slots[usize::from(slot.0)].name.clone()).collect();
        let required = if names.len() > 1 { names.clone() } else { Vec::new() };
        let mut arms = self.arms(fields.find("on"), body, &names, &required);
        let alternatives = found.into_iter().zip(names);
        let alternatives =
            alternatives.map(|((grammar, slot), name)| Alternative { grammar, slot, arm: arms.remove(&name).unwrap_or_default() });
        let alternatives: Vec<_> = alternatives.collect();
        let spoken = outline::alternatives(body).into_iter().map(|node| self.spoken(node)).collect::<Vec<_>>();
        let phrases = spoken.iter().enumerate().flat_map(|(place, said)| said.iter().map(move |phrase| (phrase.as_str(), place)));
        let phrases = Phrases::of(phrases);
        let ladder = self.ladder(&fields)?;
        (!alternatives.is_empty()).then_some(Act::Ask(Ask { prompt: prompt?, barge_in, alternatives, phrases, which, ladder }))
    }

    /// A grammar whose list exists.
    pub(super) fn grammar(&mut self, node: &Node) -> Option<Grammar> {
        let grammar = outline::grammar_of(node, self.house.faults)?;
        if let Grammar::Item { list } = &grammar
            && !self.house.lists.contains_key(list)
        {
            let known: Vec<_> = self.house.lists.keys().cloned().collect();
            return self.house.unknown("list of flows/lexicon.yaml", list, known.iter().map(String::as_str), &node.span);
        }
        Some(grammar)
    }

    fn alternative(&mut self, node: &Node, ask: &Node) -> Option<(Grammar, SlotId)> {
        let fields = if std::ptr::eq(node, ask) {
            Fields::open(node, "ask", &[], &mut Default::default())? // its keys have been looked at as the step's
        } else {
            self.fields(node, "one_of", &["slot", "grammar", "say"])?
        };
        let grammar = fields.need("grammar", self.house.faults).and_then(|node| self.grammar(node));
        let slot = fields.need("slot", self.house.faults)?;
        let grammar = grammar?;
        Some((grammar, self.slot(slot)?))
    }
}
