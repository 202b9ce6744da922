//! `form`: several values, of which one utterance may give more than one.

use super::super::super::fault::{Came, Expected, FaultKind, Rivals};
use super::super::super::graph::{Act, Alternative, Ask, Field, Form, Ladder};
use super::super::super::read::{self, Fields};
use super::super::super::shape;
use super::super::super::source::Node;
use super::Bench;
use crate::grammar::phrase::Phrases;

impl Bench<'_, '_> {
    pub(super) fn form(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::FORM)?;
        let nodes = fields.need("fields", self.house.faults).and_then(|node| read::list(node, self.house.faults)).unwrap_or_default();
        if let (Some(node), true) = (fields.find("fields"), nodes.is_empty()) {
            self.house.faults.report(FaultKind::WrongShape { expected: Expected::Field, came: Came::NoneAtAll }, &node.span);
        }
        let mut ladder = self.ladder(&fields)?;
        if let Some(node) = fields.find("give_up") {
            ladder.give_up = super::GiveUp::Step(self.step_ahead(node)?);
        }
        self.refuse_slot_twice(&nodes.iter().collect::<Vec<_>>(), &shape::FIELD);
        let fields: Vec<_> = nodes.iter().filter_map(|node| self.field(node, &ladder)).collect();
        (!fields.is_empty()).then_some(Act::Form(Form { fields, ladder }))
    }

    /// A field has its own words for silence and misunderstanding; where it leads when it is given up, the form says.
    fn field(&mut self, node: &Node, form: &Ladder) -> Option<Field> {
        let fields = self.fields(node, &shape::FIELD)?;
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
        let ladder = field.find("ladder").and_then(|node| Fields::open(node, &shape::STEP_LADDER, &mut Default::default()));
        if let Some(node) = ladder.and_then(|own| own.find("give_up")) {
            self.house.faults.report(FaultKind::Contradiction { pair: Rivals::GiveUpOfFieldAndForm }, &node.span);
        }
    }
}
