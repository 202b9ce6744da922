//! `flows/topics/<id>.yaml`: what people ask about, how they ask, what is answered, and what the answer rests on.

use std::collections::BTreeMap;

use super::super::fact::Fact;
use super::super::fault::{Came, Expected, FaultKind, Label, Span, Thing};
use super::super::graph::{NEAR_MAX, PromptId, Topic, TopicId, TopicPhrase};
use super::super::read::{self, Fields};
use super::super::source::{Kind, Node};
use super::super::{Sources, fee, shape, wording};
use super::House;
use super::prompt::Medium;
use crate::calendar::Date;
use crate::lang::{Both, Lang};

/// A topic while the others are not known yet.
pub(super) struct Draft<'a> {
    id: &'a str,
    file: &'a str,
    tree: &'a Node,
}

/// `flows/topics/x.yaml` is the topic `x`.
pub(super) fn name_of(path: &str) -> Option<&str> {
    path.strip_prefix("flows/topics/")?.strip_suffix(".yaml")
}

/// The files of topics, in the order of their names.
pub(super) fn drafts<'a>(sources: &'a Sources, trees: &'a BTreeMap<&str, Node>) -> Vec<Draft<'a>> {
    let draft = |(path, tree): (&&'a str, &'a Node)| Some(Draft { id: name_of(path)?, file: sources.text(path), tree });
    trees.iter().filter_map(draft).collect()
}

impl<'a> House<'a> {
    /// Every topic that can be read. A name leads to a place among `drafts`: with one that cannot be read nothing loads.
    pub(super) fn topics(&mut self, drafts: &[Draft<'a>]) -> Vec<Topic> {
        self.topics = drafts.iter().map(|draft| draft.id).collect();
        drafts.iter().filter_map(|draft| self.topic(draft)).collect()
    }

    /// The topics that a flow sees to.
    pub(super) fn intents(&mut self, node: &Node) -> Vec<TopicId> {
        let rows = read::list(node, self.faults).unwrap_or_default();
        let mut found = Vec::new();
        for row in rows {
            let Some(topic) = self.topic_named(row, "") else { continue };
            if let Some(first) = self.intents.insert(topic, row.span.clone()) {
                let kind = FaultKind::IntentTwice { topic: self.topics[usize::from(topic.0)].to_owned() };
                self.faults.report_with(kind, &row.span, vec![(first, Label::OtherOne)]);
            }
            found.push(topic);
        }
        found
    }

    /// A topic has an answer of its own, or a flow. One whose flow could not be read is not known to have none.
    pub(super) fn every_topic_is_answered(&mut self, drafts: &[Draft]) {
        for (at, draft) in drafts.iter().enumerate() {
            let has_answer =
                Fields::open(draft.tree, &shape::TOPIC_FILE, &mut Default::default()).is_none_or(|fields| fields.find("answer").is_some());
            if !has_answer && !self.unread && !self.intents.contains_key(&TopicId(at as u16)) {
                self.faults.report(FaultKind::TopicUnanswered { topic: draft.id.to_owned() }, &Span::whole(&draft.tree.span.file));
            }
        }
    }

    fn topic(&mut self, draft: &Draft) -> Option<Topic> {
        let fields = Fields::open(draft.tree, &shape::TOPIC_FILE, self.faults)?;
        if let Some(node) = fields.need("topic", self.faults) {
            let came = read::text(node, self.faults).unwrap_or(draft.id);
            if came != draft.id {
                self.faults.report(FaultKind::WrongTopicName { expected: draft.id.to_owned(), came: came.to_owned() }, &node.span);
            }
            if !draft.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                self.faults.report(FaultKind::BadValue { expected: Expected::Id, came: draft.id.to_owned() }, &node.span);
            }
        }
        let titled = fields.need("title", self.faults);
        let title = titled.and_then(|node| read::texts(node, self.faults));
        let said = titled.filter(|_| title.is_some()).and_then(|node| self.topic_words(draft, "title", node));
        let group = fields.need("group", self.faults).and_then(|node| read::text(node, self.faults));
        let phrases = fields.need("phrases", self.faults).map(|node| self.topic_phrases(draft, node));
        let near = fields.find("near").map_or_else(Vec::new, |node| self.near(draft, node));
        let answer = fields.find("answer");
        answer.into_iter().for_each(|node| self.report_fees(node));
        let documents = fields.find("documents").map_or_else(Default::default, |node| self.documents(draft, node));
        self.read_facts(draft, &fields);
        Some(Topic {
            id: draft.id.to_owned(),
            title: title?,
            group: group?.to_owned(),
            phrases: phrases?,
            near,
            said: said?,
            answer: answer.and_then(|node| self.topic_words(draft, "answer", node)),
            documents,
        })
    }

    /// What is said of a topic becomes a prompt without values, `topics/<id>/title`.
    fn topic_words(&mut self, draft: &Draft, what: &str, node: &Node) -> Option<PromptId> {
        let name = format!("topics/{}/{what}", draft.id);
        self.book.write(&name, node, draft.file, self.faults);
        let faults = &mut *self.faults;
        self.book.say(&name, 0, Medium::Voice, |slot, _, span| {
            faults.report(FaultKind::Unknown { what: Thing::Slot, name: slot.to_owned(), nearest: None }, span); // no flow speaks here
            None
        })
    }

    fn report_fees(&mut self, answer: &Node) {
        let Some(fields) = Fields::open(answer, &shape::TITLES, &mut Default::default()) else { return };
        for lang in Lang::ALL {
            if let Some((amount, node)) = fields.find(lang.code()).and_then(|node| Some((fee::amount(scalar(node)?)?, node))) {
                self.faults.report(FaultKind::FeeSpoken { amount, lang }, &node.span);
            }
        }
    }

    fn topic_phrases(&mut self, draft: &Draft, node: &Node) -> Vec<TopicPhrase> {
        let Some(fields) = Fields::open(node, &shape::TOPIC_PHRASES, self.faults) else { return Vec::new() };
        let mut phrases = Vec::new();
        for lang in [Some(Lang::Kk), Some(Lang::Ru), None] {
            match (fields.find(lang.map_or("mixed", Lang::code)), lang) {
                (Some(node), _) => {
                    let texts = self.rows(draft, node, lang.unwrap_or(Lang::Kk), shape::TOPIC_PHRASES_MAX); // Kazakh has all letters of both
                    phrases.extend(texts.into_iter().map(|text| TopicPhrase { lang, text }));
                }
                (None, Some(lang)) => self.faults.report(FaultKind::MissingLanguage { lang }, &node.span),
                (None, None) => {}
            }
        }
        phrases
    }

    fn documents(&mut self, draft: &Draft, node: &Node) -> Both<Vec<String>> {
        let Some(fields) = Fields::open(node, &shape::DOCUMENTS, self.faults) else { return Both::default() };
        let texts = Both::each(|lang| match fields.find(lang.code()) {
            Some(node) => self.rows(draft, node, lang, shape::DOCUMENTS_MAX),
            None => {
                self.faults.report(FaultKind::MissingLanguage { lang }, &node.span);
                Vec::new()
            }
        });
        let (kk, ru) = (texts.kk.len(), texts.ru.len());
        if kk != ru && kk > 0 && ru > 0 {
            self.faults.report(FaultKind::DocumentsDiffer { kk, ru }, &node.span);
        }
        texts
    }

    /// From one to so many texts of a language.
    fn rows(&mut self, draft: &Draft, node: &Node, lang: Lang, most: usize) -> Vec<String> {
        let one = std::slice::from_ref(node);
        let rows = if let Kind::List(rows) = &node.kind { rows.as_slice() } else { one };
        if !(1..=most).contains(&rows.len()) {
            self.faults.report(FaultKind::WrongShape { expected: Expected::Texts, came: Came::NoneOrMore }, &node.span);
        }
        let mut texts = Vec::new();
        for row in rows.iter().take(most) {
            let Some(text) = read::text(row, self.faults) else { continue };
            wording::judge_letters(row, text, lang, draft.file, self.faults);
            texts.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        texts
    }

    fn near(&mut self, draft: &Draft, node: &Node) -> Vec<TopicId> {
        let rows = read::list(node, self.faults).unwrap_or_default();
        if rows.len() > usize::from(NEAR_MAX) {
            self.faults.report(FaultKind::WrongShape { expected: Expected::NearTopics, came: Came::NoneOrMore }, &node.span);
        }
        let mut near = Vec::new();
        for row in rows.iter().take(NEAR_MAX.into()) {
            let Some(topic) = self.topic_named(row, draft.id) else { continue };
            if near.contains(&topic) {
                let came = self.topics[usize::from(topic.0)].to_owned();
                self.faults.report(FaultKind::BadValue { expected: Expected::AnotherTopic, came }, &row.span); // it would be offered twice
            } else {
                near.push(topic);
            }
        }
        near
    }

    /// A topic by its name, if it is not this one.
    fn topic_named(&mut self, node: &Node, but: &str) -> Option<TopicId> {
        let name = read::text(node, self.faults)?;
        match self.topics.iter().position(|known| *known == name && name != but) {
            Some(at) => Some(TopicId(at as u16)),
            None => {
                let known = self.topics.clone();
                self.unknown(Thing::Topic, name, known.into_iter().filter(|known| *known != but), &node.span)
            }
        }
    }

    /// What the topic's words rest on.
    fn read_facts(&mut self, draft: &Draft, topic: &Fields) {
        let rows = topic.find("facts").map_or(&[][..], |node| read::list(node, self.faults).unwrap_or_default());
        if let (Some(answer), true) = (topic.find("answer"), rows.is_empty()) {
            self.faults.report(FaultKind::NoSource, &answer.span);
        }
        for row in rows {
            let fact = self.fact(draft, row);
            self.facts.extend(fact);
        }
    }

    fn fact(&mut self, draft: &Draft, node: &Node) -> Option<Fact> {
        let fields = Fields::open(node, &shape::FACT, self.faults)?;
        fields.need("text", self.faults).and_then(|node| read::text(node, self.faults));
        match fields.find("source") {
            Some(source) if read::text(source, &mut Default::default()).is_some_and(|text| !text.trim().is_empty()) => {}
            named => self.faults.report(FaultKind::NoSource, &named.unwrap_or(node).span),
        }
        let day = |node: &Node, faults: &mut _| read::value(node, Expected::Date, |text| Date::parse(text).ok(), faults);
        let valid_until = fields.find("valid_until");
        let until = valid_until.and_then(|node| day(node, self.faults));
        let date = fields.need("date", self.faults)?;
        let verify = fields.find("verify");
        let is_unverified = verify.and_then(|node| read::flag(node, self.faults)) == Some(true);
        Some(Fact {
            topic: draft.id.to_owned(),
            as_of: (day(date, self.faults)?, date.span.clone()),
            until: until.zip(valid_until.map(|node| node.span.clone())),
            to_verify: verify.filter(|_| is_unverified).map(|node| node.span.clone()),
        })
    }
}

fn scalar(node: &Node) -> Option<&str> {
    if let Kind::Scalar(text) = &node.kind { Some(text) } else { None }
}
