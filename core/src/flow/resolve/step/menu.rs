//! `menu`: a fixed choice.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::fault::{Came, Expected, FaultKind, Label, Span};
use super::super::super::graph::{Act, Choice, Menu, PromptId, StepId};
use super::super::super::read;
use super::super::super::shape;
use super::super::super::source::Node;
use super::super::telling::{Called, Exempt};
use super::Bench;
use crate::grammar::phrase::Phrases;
use crate::key::Key;

impl Bench<'_, '_> {
    pub(super) fn menu(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::MENU)?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let choices = fields.need("choices", self.house.faults).and_then(|node| read::list(node, self.house.faults)).unwrap_or_default();
        if let (Some(node), true) = (fields.find("choices"), choices.is_empty()) {
            self.house.faults.report(FaultKind::WrongShape { expected: Expected::Choice, came: Came::NoneAtAll }, &node.span);
        }
        let choices: Vec<_> = choices
            .iter()
            .filter_map(|node| self.choice(node).map(|(choice, span)| (choice, span, self.spoken(node, &shape::CHOICE))))
            .collect();
        self.refuse_doubles(&choices);
        let phrases = self.phrases(&choices, &body.span);
        let names: Vec<_> = choices.iter().map(|(choice, ..)| choice.id.clone()).collect();
        let mut arms = self.arms(fields.find("on"), body, &names, &names);
        let choices: Vec<_> =
            choices.into_iter().map(|(choice, ..)| Choice { arm: arms.remove(&choice.id).unwrap_or_default(), ..choice }).collect();
        let mentions = fields.find("mention").map_or_else(Vec::new, |node| self.mentions(node));
        let route = match fields.find("route") {
            Some(node) => Some(self.route_ahead(node)?),
            None => None,
        };
        let ladder = self.ladder(&fields)?;
        Some(Act::Menu(Menu { prompt: prompt?, barge_in, choices, phrases, mentions, route, ladder }))
    }

    /// Who hears what is no choice.
    fn route_ahead(&mut self, node: &Node) -> Option<StepId> {
        let to = self.step_ahead(node)?;
        let step = &self.outline.steps[usize::from(to.0)];
        if step.kind != "route" {
            self.house.faults.report(FaultKind::NoRoute { step: step.id.to_owned() }, &node.span);
        }
        Some(to)
    }

    /// No two choices by one name, and none by one key.
    fn refuse_doubles(&mut self, choices: &[(Choice, Span, Vec<String>)]) {
        let (mut names, mut keys) = (BTreeSet::new(), BTreeMap::<Key, &Span>::new());
        for (choice, span, _) in choices {
            if let Some(first) = keys.get(&choice.key) {
                let labels = vec![((*first).clone(), Label::OtherOne)];
                self.house.faults.report_with(FaultKind::KeyTwice { key: choice.key.char() }, span, labels);
            }
            if !names.insert(&choice.id) {
                self.house.faults.report(FaultKind::ChoiceTwice { id: choice.id.clone() }, span);
            }
            keys.entry(choice.key).or_insert(span);
        }
    }

    fn choice(&mut self, node: &Node) -> Option<(Choice, Span)> {
        let fields = self.fields(node, &shape::CHOICE)?;
        let key_node = fields.need("key", self.house.faults)?;
        let key = read::key(key_node, self.house.faults)?;
        if key.digit().is_none_or(|digit| digit == 0) {
            self.house.faults.report(FaultKind::ReservedKey { key: key.char() }, &key_node.span);
        }
        let label = fields.find("label").and_then(|node| self.prompt(node));
        let name = fields.find("name").and_then(|node| self.prompt(node));
        let pressed = self.house.robot.as_ref().is_none_or(|robot| robot.press.contains_key(&key));
        if fields.find("label").is_some() && key != Key::ZERO && !pressed {
            self.house.faults.report(FaultKind::NoPressWords { key: key.char() }, &key_node.span);
        }
        let id = fields.need("id", self.house.faults).and_then(|node| read::text(node, self.house.faults))?;
        Some((Choice { id: id.to_owned(), key, label, name, arm: Default::default() }, key_node.span.clone()))
    }

    /// What the author wrote for each choice; without that, the words of its label.
    fn phrases(&mut self, choices: &[(Choice, Span, Vec<String>)], at: &Span) -> Phrases<usize> {
        let label = |choice: &Choice| choice.label.map_or_else(Vec::new, |label| self.house.book.texts(label));
        let called: Vec<_> = choices
            .iter()
            .map(|(choice, span, said)| match said.is_empty() {
                true => Called::derived(label(choice), span),
                false => Called::written(said, span),
            })
            .collect();
        self.house.tell_apart(&called, Exempt::LanguageAndEnd, at);
        Phrases::of(called.iter().enumerate().flat_map(|(place, one)| one.phrases.iter().map(move |phrase| (phrase.as_str(), place))))
    }

    fn mentions(&mut self, node: &Node) -> Vec<(PromptId, Key)> {
        let mut mentions = Vec::new();
        for node in read::list(node, self.house.faults).unwrap_or_default() {
            let operator = read::value(node, Expected::Operator, |text| (text == "operator").then_some(Key::ZERO), self.house.faults);
            mentions.extend(self.house.robot.as_ref().map(|robot| robot.label).zip(operator));
        }
        mentions
    }
}
