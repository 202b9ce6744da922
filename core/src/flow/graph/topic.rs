//! Topics: what the hot line is asked about, and what it answers.

use super::{Program, PromptId, Value};
use crate::lang::{Both, Lang};
use crate::router;

/// The list whose items are the topics: a slot of type `topic` holds one of them by its id.
pub const TOPICS: &str = "topics";
/// The field of an item of a list of near topics.
pub const TOPIC_FIELD: &str = "topic";
/// The most topics that are near one.
pub const NEAR_MAX: u8 = 4;

/// A topic, by its place in [`Program::topics`](super::Program::topics).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TopicId(pub u16);

/// One thing that people ask about: a file of `flows/topics/`.
#[derive(Clone, Debug)]
pub struct Topic {
    /// `eds_get`: its file's name.
    pub id: String,
    /// What people call it.
    pub title: Both<String>,
    /// What it belongs to: `documents`, `egov`.
    pub group: String,
    /// How people ask about it.
    pub phrases: Vec<TopicPhrase>,
    /// What is easily taken for it, the nearest first.
    pub near: Vec<TopicId>,
    /// Its title, spoken.
    pub said: PromptId,
    /// What is answered; `None`: a flow that names it in `intents` sees to it.
    pub answer: Option<PromptId>,
    /// What a caller needs for it, for a message.
    pub documents: Both<Vec<String>>,
}

impl Topic {
    /// As the router learns it: its phrases, then its titles.
    pub fn asked(&self) -> router::Topic<'_> {
        let phrases = self.phrases.iter().map(|phrase| phrase.text.as_str());
        let titles = [self.title.kk.as_str(), self.title.ru.as_str()];
        router::Topic { phrases: phrases.chain(titles).collect(), near: self.near.iter().map(|near| usize::from(near.0)).collect() }
    }
}

impl Program {
    /// The topic that a value names.
    pub fn topic(&self, value: Option<&Value>) -> Option<&Topic> {
        let Some(Value::Item(id)) = value else { return None };
        self.topics.iter().find(|topic| topic.id == *id)
    }

    /// The topics near the one that a value names, those that have an answer.
    pub fn near(&self, value: Option<&Value>) -> impl Iterator<Item = &Topic> {
        let near = self.topic(value).into_iter().flat_map(|topic| &topic.near);
        near.filter_map(|id| self.topics.get(usize::from(id.0))).filter(|topic| topic.answer.is_some())
    }
}

/// One way to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPhrase {
    /// Its language; `None`: both at once.
    pub lang: Option<Lang>,
    /// Its words.
    pub text: String,
}
