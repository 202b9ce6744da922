//! What a caller wants, in own words, to the topic that is meant: one, one of two, or none of ours.
//!
//! Three measures, each in thousandths of what an utterance could reach, and their weighted sum: how much of what was said the topic speaks of (`words`, BM25's saturation over concepts and
//! stems), how near its nearest phrase is (`phrase`), and how alike the letters are (`letters`, n-grams against the topic's sum: endings, slips of a recogniser, words nobody foresaw).
//! Whole numbers only, so every machine decides alike. It never asks and never answers: what follows from a [`Verdict`] is the interpreter's.

mod concepts;
pub mod eval;
mod letters;
mod scale;

pub use concepts::{CONCEPT_WORDS_MAX, CONCEPTS_MAX, Concepts, Kind, PHRASES_MAX as CONCEPT_PHRASES_MAX};

use std::collections::{BTreeMap, BTreeSet};

use concepts::Unit;
use letters::Letters;

use crate::grammar::{WORDS_MAX, words};

/// The most topics that are told apart; those after them are never found.
pub const TOPICS_MAX: usize = 512;
/// The most phrases of a topic that are learnt from.
pub const PHRASES_MAX: usize = 128;

/// Below this nothing of ours is meant.
const LEAST: u64 = 240;
/// From this on one topic may be meant without being asked about.
const SURE: u64 = 300;
/// By so much of the better one's score the second must be behind, in thousandths.
const MARGIN: u64 = 150;
/// The same for two topics that people take for each other.
const MARGIN_OF_NEAR: u64 = 250;
/// How much each measure counts, in thousandths.
const WEIGHTS: Parts = Parts { words: 500, phrase: 200, letters: 300 };
/// The share of a topic's phrases at which a unit is worth half: one that every phrase has is worth little more than one that most have.
const HALF: u64 = 100;
/// A unit in so many thousandths of a topic's phrases is one that the topic has.
const OFTEN: u64 = 300;
/// What a word that is no concept counts, in thousandths of a concept as rare.
const PLAIN: u64 = 600;
/// What a word counts that no topic knows, in thousandths of the usual.
const UNKNOWN: u64 = 800;
/// The same for a word of what is not ours.
const FOREIGN: u64 = 1_200;

/// A topic as people ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topic<'a> {
    /// Ways to ask, in any language; its titles are such.
    pub phrases: Vec<&'a str>,
    /// Places of topics that people take for it.
    pub near: Vec<usize>,
}

/// Which topic is meant; topics are known by their place in the list that the router was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This.
    Match(usize),
    /// One of these, the likelier first: ask.
    Either(usize, usize),
    /// None.
    Nothing,
}

/// What came of an utterance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The decision.
    pub verdict: Verdict,
    /// Every topic that has anything in common with it, the best first.
    pub ranked: Vec<Ranked>,
}

/// A topic and how well it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Its place.
    pub topic: usize,
    /// In thousandths.
    pub score: u64,
    /// Of which it is made.
    pub parts: Parts,
}

impl Ranked {
    /// Whether a worse one is behind by so much, in thousandths.
    const fn is_ahead_of(&self, other: &Self, margin: u64) -> bool {
        (self.score - other.score) * 1_000 >= margin * self.score
    }
}

/// The three measures, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// How much of what was said the topic speaks of.
    pub words: u64,
    /// How near its nearest phrase is.
    pub phrase: u64,
    /// How alike the letters are.
    pub letters: u64,
}

impl Parts {
    fn score(self) -> u64 {
        (self.words * WEIGHTS.words + self.phrase * WEIGHTS.phrase + self.letters * WEIGHTS.letters) / 1_000
    }
}

/// Tells topics apart.
#[derive(Clone, Debug, Default)]
pub struct Router {
    concepts: Concepts,
    /// What each unit counts, in thousandths.
    weights: BTreeMap<Unit, u64>,
    /// What a word counts that no topic has.
    unknown: u64,
    themes: Vec<Theme>,
    letters: Letters,
}

/// A topic as it is compared.
#[derive(Clone, Debug)]
struct Theme {
    /// Unit → in what share of the phrases it stands, in thousandths.
    shares: BTreeMap<Unit, u64>,
    phrases: Vec<Phrase>,
    near: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Phrase {
    units: BTreeSet<Unit>,
    /// The length of its vector.
    length: u64,
}

impl Router {
    /// Learns topics.
    pub fn new<'a>(topics: impl IntoIterator<Item = Topic<'a>>, concepts: Concepts) -> Self {
        let mut themes = Vec::new();
        let mut spelt = Vec::new();
        for topic in topics.into_iter().take(TOPICS_MAX) {
            let said: Vec<Vec<String>> = topic.phrases.iter().take(PHRASES_MAX).map(|phrase| concepts::plain(&words(phrase))).collect();
            let phrases: Vec<_> =
                said.iter().map(|words| concepts.units(words).into_iter().filter(|unit| *unit != Unit::Foreign).collect()).collect();
            themes.push(Theme::of(phrases, topic.near));
            spelt.push(said.concat());
        }
        let mut router = Self { concepts, weights: weights(&themes), unknown: 0, themes, letters: Letters::of(&spelt) };
        router.unknown = median(&router.weights) * UNKNOWN / 1_000;
        for (unit, weight) in &mut router.weights {
            if let Unit::Word(_) = unit {
                *weight = *weight * PLAIN / 1_000;
            }
        }
        for phrase in router.themes.iter_mut().flat_map(|theme| &mut theme.phrases) {
            phrase.length = length(phrase.units.iter().filter_map(|unit| router.weights.get(unit).copied()));
        }
        router
    }

    /// The concepts that it hears by.
    pub fn concepts(&self) -> &Concepts {
        &self.concepts
    }

    /// Which topic is meant by these words.
    pub fn route(&self, text: &str) -> Route {
        self.route_words(&words(text))
    }

    /// The same for words that were read already.
    pub fn route_words(&self, words: &[String]) -> Route {
        let ranked = self.ranked(words);
        Route { verdict: self.verdict(&ranked), ranked }
    }

    /// Which of two is meant, by an answer to "A or B?": no other topic counts, nor that people take them for each other.
    pub fn between(&self, words: &[String], two: [usize; 2]) -> Option<usize> {
        let ranked: Vec<Ranked> = self.ranked(words).into_iter().filter(|ranked| two.contains(&ranked.topic)).collect();
        let best = ranked.first().filter(|best| best.score >= LEAST)?;
        let is_clear = ranked.get(1).is_none_or(|second| best.is_ahead_of(second, MARGIN));
        is_clear.then_some(best.topic)
    }

    fn ranked(&self, words: &[String]) -> Vec<Ranked> {
        let words = concepts::plain(&words[..words.len().min(WORDS_MAX)]);
        let said: Vec<(Unit, u64)> = self.concepts.units(&words).into_iter().map(|unit| (unit.clone(), self.weight(&unit))).collect();
        let (whole, length) = (said.iter().map(|(_, weight)| weight).sum(), length(said.iter().map(|(_, weight)| *weight)));
        let letters = self.letters.alike(&words, self.themes.len());
        let parts =
            |(theme, letters): (&Theme, u64)| Parts { words: theme.spoken_of(&said, whole), phrase: theme.nearest(&said, length), letters };
        let mut ranked: Vec<Ranked> = (self.themes.iter().zip(letters).map(parts).enumerate())
            .map(|(topic, parts)| Ranked { topic, score: parts.score(), parts })
            .filter(|ranked| ranked.score > 0)
            .collect();
        ranked.sort_by_key(|ranked| std::cmp::Reverse(ranked.score));
        ranked
    }

    /// What was heard in an utterance, as the author's names of concepts and as stems: why it was decided so.
    pub fn heard(&self, text: &str) -> Vec<String> {
        let units = self.concepts.units(&concepts::plain(&words(text)));
        units.iter().map(|unit| self.concepts.told(unit)).collect()
    }

    fn weight(&self, unit: &Unit) -> u64 {
        match unit {
            Unit::Foreign => self.unknown * FOREIGN / UNKNOWN,
            Unit::Concept(_) | Unit::Word(_) => self.weights.get(unit).copied().unwrap_or(self.unknown),
        }
    }

    fn verdict(&self, ranked: &[Ranked]) -> Verdict {
        let Some(best) = ranked.first().filter(|best| best.score >= LEAST) else { return Verdict::Nothing };
        let Some(second) = ranked.get(1) else { return Verdict::Match(best.topic) };
        let are_near = self.themes[best.topic].near.contains(&second.topic) || self.themes[second.topic].near.contains(&best.topic);
        let margin = if are_near { MARGIN_OF_NEAR } else { MARGIN };
        let is_clear = best.score >= SURE && best.is_ahead_of(second, margin);
        if is_clear { Verdict::Match(best.topic) } else { Verdict::Either(best.topic, second.topic) }
    }
}

impl Theme {
    fn of(phrases: Vec<BTreeSet<Unit>>, near: Vec<usize>) -> Self {
        let mut shares: BTreeMap<Unit, u64> = BTreeMap::new();
        for unit in phrases.iter().flatten() {
            *shares.entry(unit.clone()).or_default() += 1_000;
        }
        for share in shares.values_mut() {
            *share /= phrases.len().max(1) as u64;
        }
        Self { shares, phrases: phrases.into_iter().map(|units| Phrase { units, length: 0 }).collect(), near }
    }

    /// BM25 over what was said: a unit that more of the topic's phrases have is worth more, ever less so; what no phrase has lowers the whole.
    fn spoken_of(&self, said: &[(Unit, u64)], whole: u64) -> u64 {
        let worth = |(unit, weight): &(Unit, u64)| self.shares.get(unit).map_or(0, |share| weight * share * 1_000 / (share + HALF));
        said.iter().map(worth).sum::<u64>().checked_div(whole).unwrap_or(0)
    }

    /// The cosine with the phrase that is most alike.
    fn nearest(&self, said: &[(Unit, u64)], length: u64) -> u64 {
        let alike = |phrase: &Phrase| {
            let shared: u64 = said.iter().filter(|(unit, _)| phrase.units.contains(unit)).map(|(_, weight)| weight * weight).sum();
            (shared * 1_000).checked_div(length * phrase.length).unwrap_or(0)
        };
        self.phrases.iter().map(alike).max().unwrap_or(0)
    }
}

/// The rarer a unit is among topics, the more it counts; a topic that has it in a few phrases counts in part.
fn weights(themes: &[Theme]) -> BTreeMap<Unit, u64> {
    let mut spread: BTreeMap<Unit, u64> = BTreeMap::new();
    for (unit, share) in themes.iter().flat_map(|theme| &theme.shares) {
        *spread.entry(unit.clone()).or_default() += (share * 1_000 / OFTEN).min(1_000);
    }
    let all = themes.len() as u64 * 1_000;
    spread.into_iter().map(|(unit, spread)| (unit, scale::log2(spread.max(1) + all, spread.max(1)))).collect()
}

fn median(weights: &BTreeMap<Unit, u64>) -> u64 {
    let mut sorted: Vec<u64> = weights.values().copied().collect();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(1_000)
}

/// The length of a vector.
fn length(weights: impl Iterator<Item = u64>) -> u64 {
    weights.map(|weight| weight * weight).sum::<u64>().isqrt()
}

#[cfg(test)]
mod tests;
