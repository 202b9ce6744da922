//! What one question listens for: the sentences of its grammar and the commands, as a [`Trie`], and which of the sentences that are found could be meant.

use std::collections::BTreeMap;

use dauys_core::grammar::graph::WordGraph;
use dauys_core::grammar::navigation::{self, Command};
use dauys_core::grammar::phrase::Phrases;
use dauys_core::grammar::{Context, Grammar, Lists, Value, said, words};
use dauys_core::lang::Lang;
use serde::{Deserialize, Serialize};

use super::decode::Path;
use super::trie::Trie;

/// The kinds of questions, each with thresholds of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Yes or no.
    YesNo,
    /// Rows of digits of whatever length, IINs, numbers of applications and telephones.
    Digits,
    /// Numbers.
    Number,
    /// Days.
    Date,
    /// Times of day.
    Time,
    /// Places.
    Place,
    /// Choices and items of lists.
    Choice,
}

impl Class {
    /// The class of a grammar.
    pub const fn of(grammar: &Grammar) -> Self {
        match grammar {
            Grammar::Iin | Grammar::Application | Grammar::Digits { .. } | Grammar::Phone => Self::Digits,
            Grammar::Number { .. } => Self::Number,
            Grammar::Date { .. } => Self::Date,
            Grammar::Time => Self::Time,
            Grammar::YesNo => Self::YesNo,
            Grammar::Place { .. } => Self::Place,
            Grammar::Item { .. } => Self::Choice,
        }
    }
}

/// A question.
pub struct Question {
    class: Class,
    trie: Trie,
    answers: Answers,
}

/// What its sentences mean.
enum Answers {
    /// What the grammar says.
    Of { grammar: Grammar, context: Context, lists: Lists },
    /// Which choice.
    Choices(BTreeMap<String, usize>),
}

/// What a sentence comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// A value, the likeliest of its readings.
    Value(Value),
    /// The choice at this place.
    Choice(usize),
    /// A command.
    Command(Command),
}

impl Question {
    /// A question that a grammar answers.
    pub fn of(grammar: &Grammar, context: &Context, lists: &Lists) -> Self {
        let trie = Trie::of(&WordGraph::of(grammar, context, lists).or(WordGraph::commands()));
        let answers = Answers::Of { grammar: grammar.clone(), context: *context, lists: lists.clone() };
        Self { class: Class::of(grammar), trie, answers }
    }

    /// A question that one of these choices answers, each by several phrases.
    pub fn choice(phrases: &Phrases<usize>) -> Self {
        let trie = Trie::of(&WordGraph::choice(phrases).or(WordGraph::commands()));
        let mut choices = BTreeMap::new();
        for (sentence, choice) in phrases.sentences().zip(phrases.phrases().map(|(choice, _)| *choice)) {
            choices.entry(words(sentence).join(" ")).or_insert(choice);
        }
        Self { class: Class::Choice, trie, answers: Answers::Choices(choices) }
    }

    /// Its kind.
    pub fn class(&self) -> Class {
        self.class
    }

    /// What is listened for.
    pub fn trie(&self) -> &Trie {
        &self.trie
    }

    /// What a sentence means.
    pub fn meaning(&self, sentence: &str) -> Option<Meaning> {
        let words = words(sentence);
        let answer = match &self.answers {
            Answers::Of { grammar, context, lists } => {
                said(&words, grammar, context, lists).into_iter().next().map(|reading| Meaning::Value(reading.value))
            }
            Answers::Choices(choices) => choices.get(&words.join(" ")).map(|choice| Meaning::Choice(*choice)),
        };
        answer.or_else(|| navigation::command(&words, Lang::Kk).map(Meaning::Command))
    }

    /// The paths that may be meant, one for each meaning.
    ///
    /// A row that cannot be (a wrong check digit) was misheard, so the next one counts. Anything else stays although nobody may mean it: a day that is not on offer must not become the nearest that is.
    pub(super) fn sifted(&self, paths: Vec<Path>) -> Vec<Path> {
        let mut meanings: Vec<Option<Meaning>> = Vec::new();
        let mut kept = Vec::new();
        for path in paths {
            let meaning = self.meaning(&path.text);
            let is_new = !meanings.contains(&meaning);
            if is_new && (meaning.is_some() || self.class != Class::Digits) {
                kept.push(path);
            }
            meanings.push(meaning);
        }
        kept
    }
}
