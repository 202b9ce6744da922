//! Topics: what the hot line is asked about, and what it answers.

use super::PromptId;
use crate::lang::{Both, Lang};
use crate::router;

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

/// One way to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPhrase {
    /// Its language; `None`: both at once.
    pub lang: Option<Lang>,
    /// Its words.
    pub text: String,
}
