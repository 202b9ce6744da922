//! `menu`: a fixed choice.

use super::super::super::fault::{FaultKind, Span};
use super::super::super::graph::{Act, Choice, Menu, PromptId};
use super::super::super::read::{self, Fields};
use super::super::super::source::{Kind, Node};
use super::Bench;
use crate::grammar::phrase::Phrases;
use crate::key::Key;
use crate::lang::Lang;

const CHOICE_KEYS: &[&str] = &["id", "key", "label", "say"];

impl Bench<'_, '_> {
    pub(super) fn menu(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, "menu", &["id", "prompt", "barge_in", "choices", "mention", "on", "ladder", "help"])?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let choices = fields.need("choices", self.house.faults).and_then(|node| read::list(node, self.house.faults)).unwrap_or_default();
        if let (Some(node), true) = (fields.find("choices"), choices.is_empty()) {
            self.house.faults.report(FaultKind::WrongShape { expected: "at least one choice", came: "none" }, &node.span);
        }
        let spoken: Vec<_> = choices.iter().map(|node| self.spoken(node)).collect();
        let choices: Vec<_> = choices.iter().filter_map(|node| self.choice(node)).collect();
        for (nth, (choice, span)) in choices.iter().enumerate() {
            if let Some((_, first)) = choices[..nth].iter().find(|(other, _)| other.key == choice.key) {
                let labels = vec![(first.clone(), "the other one".to_owned())];
                self.house.faults.report_with(FaultKind::KeyTwice { key: choice.key.char() }, span, labels);
            }
        }
        let names: Vec<_> = choices.iter().map(|(choice, _)| choice.id.clone()).collect();
        let mut arms = self.arms(fields.find("on"), body, &names, &names);
        let choices: Vec<_> =
            choices.into_iter().map(|(choice, _)| Choice { arm: arms.remove(&choice.id).unwrap_or_default(), ..choice }).collect();
        let mentions = fields.find("mention").map_or_else(Vec::new, |node| self.mentions(node));
        let ladder = self.ladder(&fields)?;
        let phrases = self.phrases(&choices, &spoken);
        Some(Act::Menu(Menu { prompt: prompt?, barge_in, choices, phrases, mentions, ladder }))
    }

    fn choice(&mut self, node: &Node) -> Option<(Choice, Span)> {
        let fields = self.fields(node, "a choice", CHOICE_KEYS)?;
        let key_node = fields.need("key", self.house.faults)?;
        let key = read::key(key_node, self.house.faults)?;
        if key.digit().is_none_or(|digit| digit == 0) {
            self.house.faults.report(FaultKind::ReservedKey { key: key.char() }, &key_node.span);
        }
        let label = fields.find("label").and_then(|node| self.prompt(node));
        let pressed = self.house.robot.as_ref().is_none_or(|robot| robot.press.contains_key(&key));
        if fields.find("label").is_some() && key != Key::ZERO && !pressed {
            self.house.faults.report(FaultKind::NoPressWords { key: key.char() }, &key_node.span);
        }
        let id = fields.need("id", self.house.faults).and_then(|node| read::text(node, self.house.faults))?;
        Some((Choice { id: id.to_owned(), key, label, arm: Default::default() }, key_node.span.clone()))
    }

    /// What a caller may say for a choice, or for one of several alternatives: `say: {kk: ["құжат дайын ба", …], ru: …}`.
    pub(super) fn spoken(&mut self, choice: &Node) -> Vec<String> {
        let say = Fields::open(choice, "a choice", &[], &mut Default::default()).and_then(|fields| fields.find("say"));
        let Some(node) = say else { return Vec::new() };
        let Some(both) = self.fields(node, "say", &["kk", "ru"]) else { return Vec::new() };
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

    /// What the author wrote for each choice; without that, the words of its label.
    fn phrases(&self, choices: &[Choice], spoken: &[Vec<String>]) -> Phrases<usize> {
        let label = |choice: &Choice| choice.label.map_or_else(Vec::new, |label| self.house.book.texts(label));
        let of = |(said, choice): (&'_ Vec<String>, &Choice)| match said.is_empty() {
            true => label(choice).into_iter().map(str::to_owned).collect(),
            false => said.clone(),
        };
        let phrases: Vec<Vec<String>> = spoken.iter().zip(choices).map(of).collect();
        Phrases::of(phrases.iter().enumerate().flat_map(|(place, said)| said.iter().map(move |phrase| (phrase.as_str(), place))))
    }

    fn mentions(&mut self, node: &Node) -> Vec<(PromptId, Key)> {
        let mut mentions = Vec::new();
        for node in read::list(node, self.house.faults).unwrap_or_default() {
            let operator = read::value(node, "operator", |text| (text == "operator").then_some(Key::ZERO), self.house.faults);
            mentions.extend(self.house.robot.as_ref().map(|robot| robot.label).zip(operator));
        }
        mentions
    }
}
