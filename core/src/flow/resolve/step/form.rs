//! `form`: several values, of which one utterance may give more than one.

use super::super::super::fault::FaultKind;
use super::super::super::graph::{Act, Alternative, Ask, Field, Form, Ladder};
use super::super::super::read::{self, Fields};
use super::super::super::source::Node;
use super::Bench;
use crate::grammar::phrase::Phrases;

impl Bench<'_, '_> {
    pub(super) fn form(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, "form", &["id", "fields", "ladder", "help", "give_up"])?;
        let nodes = fields.need("fields", self.house.faults).and_then(|node| read::list(node, self.house.faults)).unwrap_or_default();
        if let (Some(node), true) = (fields.find("fields"), nodes.is_empty()) {
            self.house.faults.report(FaultKind::WrongShape { expected: "at least one field", came: "none" }, &node.span);
        }
        let mut ladder = self.ladder(&fields)?;
        if let Some(node) = fields.find("give_up") {
            ladder.give_up = super::GiveUp::Step(self.step_ahead(node)?);
        }
        let fields: Vec<_> = nodes.iter().filter_map(|node| self.field(node, &ladder)).collect();
        (!fields.is_empty()).then_some(Act::Form(Form { fields, ladder }))
    }

    /// A field has its own words for silence and misunderstanding; where it leads when it is given up, the form says.
    fn field(&mut self, node: &Node, form: &Ladder) -> Option<Field> {
        let fields = self.fields(node, "a field", &["slot", "prompt", "grammar", "barge_in", "ladder", "help", "read_back"])?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let grammar = fields.need("grammar", self.house.faults).and_then(|node| self.grammar(node));
        let slot = fields.need("slot", self.house.faults).and_then(|node| self.slot(node));
        let read_back = fields.find("read_back").and_then(|node| self.prompt(node));
        self.refuse_own_end(&fields);
        let ladder = self.ladder_over(form.clone(), &fields)?;
        let alternatives = vec![Alternative { grammar: grammar?, slot: slot?, arm: Default::default() }];
        Some(Field { ask: Ask { prompt: prompt?, barge_in, alternatives, phrases: Phrases::of([]), which: None, ladder }, read_back })
    }

    fn refuse_own_end(&mut self, field: &Fields) {
        let own = field
            .find("ladder")
            .and_then(|node| Fields::open(node, "ladder", super::LADDER_KEYS, &mut Default::default())?.find("give_up"));
        if let Some(node) = own {
            self.house.faults.report(FaultKind::Contradiction { one: "give_up of a field", other: "give_up of its form" }, &node.span);
        }
    }
}
