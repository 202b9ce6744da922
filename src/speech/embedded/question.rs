//! What one question listens for: the sentences of its grammar and the commands, as a [`Trie`], and which of the sentences that are found could be meant.

use std::collections::BTreeMap;

use dauys_core::grammar::graph::{Asked, WordGraph};
use dauys_core::grammar::navigation::{self, Command};
use dauys_core::grammar::phrase::Phrases;
use dauys_core::grammar::{Grammar, Value, said, words};
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
    asked: Asked,
    trie: Trie,
    /// Which choice a sentence names.
    choices: BTreeMap<String, usize>,
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
    /// What answers it, and the commands.
    pub fn new(asked: Asked) -> Self {
        Self { trie: Trie::of(&WordGraph::asked(&asked)), choices: choices(&asked.phrases), asked }
    }

    /// Its kind: of several that of a choice, else of the first.
    pub fn class(&self) -> Class {
        if self.choices.is_empty() { self.asked.grammars.first().map_or(Class::Choice, Class::of) } else { Class::Choice }
    }

    /// What is listened for.
    pub fn trie(&self) -> &Trie {
        &self.trie
    }

    /// What a sentence means.
    pub fn meaning(&self, sentence: &str) -> Option<Meaning> {
        let words = words(sentence);
        let Asked { grammars, context, lists, .. } = &self.asked;
        let choice = || self.choices.get(&words.join(" ")).map(|choice| Meaning::Choice(*choice));
        let value = |grammar| said(&words, grammar, context, lists).into_iter().next().map(|reading| Meaning::Value(reading.value));
        let answer = choice().or_else(|| grammars.iter().find_map(value));
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
            if is_new && (meaning.is_some() || self.class() != Class::Digits) {
                kept.push(path);
            }
            meanings.push(meaning);
        }
        kept
    }
}

/// The choice that each sentence names; one of two choices is the first's.
fn choices(phrases: &Phrases<usize>) -> BTreeMap<String, usize> {
    let mut choices = BTreeMap::new();
    for (sentence, (choice, _)) in phrases.sentences().zip(phrases.phrases()) {
        choices.entry(words(sentence).join(" ")).or_insert(*choice);
    }
    choices
}

#[cfg(test)]
mod tests {
    use dauys_core::calendar::{Date, Time};
    use dauys_core::grammar::Context;

    use super::*;

    fn context() -> Context {
        let time = |text| Time::parse(text).unwrap();
        Context { today: Date::parse("2026-11-23").unwrap(), now: time("10:00"), opens: time("09:00"), closes: time("20:00") }
    }

    fn question(grammar: Grammar) -> Question {
        Question::new(Asked::grammar(grammar, context()))
    }

    fn sifted(question: &Question, texts: &[&str]) -> Vec<String> {
        let path = |text: &&str| Path { text: (*text).to_owned(), lang: None, confidence: -0.1 };
        question.sifted(texts.iter().map(path).collect()).into_iter().map(|path| path.text).collect()
    }

    #[test]
    fn an_iin_that_cannot_be_was_misheard_but_a_day_that_is_not_on_offer_was_meant() {
        let (wrong, right) = (
            "восемьдесят пять ноль четыре двенадцать сто четыреста двадцать восемь",
            "восемьдесят пять ноль четыре двенадцать сто четыреста двадцать девять",
        );
        assert_eq!(sifted(&question(Grammar::Iin), &[wrong, right, "оператор"]), [right, "оператор"]);
        let days = question(Grammar::Date { days: 14 });
        assert_eq!(sifted(&days, &["первого марта", "первого декабря"]), ["первого марта", "первого декабря"]);
    }

    #[test]
    fn of_two_sentences_of_one_meaning_the_likelier_stays() {
        assert_eq!(sifted(&question(Grammar::YesNo), &["да", "да верно", "нет", "верно", "оператор"]), ["да", "нет", "оператор"]);
    }

    #[test]
    fn a_choice_is_known_by_any_of_its_phrases() {
        let question = Question::new(Asked::choice(Phrases::of([("Паспорт", 0), ("төлқұжат", 0), ("справка", 1)]), context()));
        let meaning = |text| question.meaning(text);
        assert_eq!(meaning("паспорт"), Some(Meaning::Choice(0)));
        assert_eq!(meaning("паспорт"), meaning("төлқұжат"));
        assert_eq!((meaning("назад"), meaning("кот")), (Some(Meaning::Command(Command::Back)), None));
    }
}
