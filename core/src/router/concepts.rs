//! The bilingual concepts: words of either language that are the same thing to the router, words that tell nothing, words of what is not ours.

use std::collections::{BTreeMap, BTreeSet};

use crate::grammar::phrase::{self, STEM_MIN};
use crate::grammar::words;

/// The most concepts.
pub const CONCEPTS_MAX: usize = 1_024;
/// The most phrases of all of them.
pub const PHRASES_MAX: usize = 16_384;
/// The most words of one.
pub const CONCEPT_WORDS_MAX: usize = 8;

/// What a phrase of the file stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The concept in this place of the list of names.
    Concept(usize),
    /// Said around a request.
    Filler,
    /// Of what we know nothing of.
    Foreign,
}

/// The concepts, ready to be found.
#[derive(Clone, Debug, Default)]
pub struct Concepts {
    names: Vec<String>,
    /// By how the first word begins, in at most [`STEM_MIN`] letters: words that are one share them.
    by_beginning: BTreeMap<String, Vec<Entry>>,
    phrases: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    words: Vec<Form>,
    kind: Kind,
    /// Of all its words: of what fits at a word, the longest is meant.
    letters: usize,
}

/// A word of a phrase, in letters without Kazakh ones.
#[derive(Clone, Debug)]
enum Form {
    /// In any form.
    Word(String),
    /// `слов*`.
    Beginning(String),
}

impl Form {
    fn of(text: &str) -> Option<Self> {
        let spelt = |text: &str| phrase::plain(&words(text).concat());
        let form = text.strip_suffix('*').map_or_else(|| Self::Word(spelt(text)), |beginning| Self::Beginning(spelt(beginning)));
        (form.letters() > 0).then_some(form)
    }

    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Word(own) => phrase::same(word, own),
            Self::Beginning(own) => word.starts_with(own.as_str()),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Word(text) | Self::Beginning(text) => text,
        }
    }

    fn letters(&self) -> usize {
        self.text().chars().count()
    }
}

/// What the router compares utterances by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Concept(usize),
    /// A stem.
    Word(String),
    Foreign,
}

impl Concepts {
    /// Concepts of these names; those after [`CONCEPTS_MAX`] have no phrases.
    pub fn named(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().take(CONCEPTS_MAX).collect(), ..Self::default() }
    }

    /// Learns a phrase: `слов*` is whatever begins so, a word without a star is that word in any form. False when it has no words, too many, or there are too many phrases.
    pub fn add(&mut self, phrase: &str, kind: Kind) -> bool {
        let words: Option<Vec<Form>> = phrase.split([' ', '-']).filter(|word| !word.is_empty()).map(Form::of).collect();
        let Some(words) = words.filter(|words| words.len() <= CONCEPT_WORDS_MAX && self.phrases < PHRASES_MAX) else { return false };
        let Some(first) = words.first() else { return false };
        let beginning = first.text().chars().take(STEM_MIN).collect();
        let letters = words.iter().map(Form::letters).sum();
        self.by_beginning.entry(beginning).or_default().push(Entry { words, kind, letters });
        self.phrases += 1;
        true
    }

    /// What a unit is called where a decision is explained.
    pub(super) fn told(&self, unit: &Unit) -> String {
        match unit {
            Unit::Concept(at) => self.names.get(*at).map_or_else(String::new, |name| format!("[{name}]")),
            Unit::Word(stem) => stem.clone(),
            Unit::Foreign => "[foreign]".to_owned(),
        }
    }

    /// What was said, each once. `words` are without Kazakh letters.
    pub(super) fn units(&self, words: &[String]) -> BTreeSet<Unit> {
        let found: Vec<(usize, &Entry)> = (0..words.len()).flat_map(|at| self.begin(words, at).map(move |entry| (at, entry))).collect();
        let mut units = BTreeSet::new();
        for (at, word) in words.iter().enumerate() {
            let here: Vec<&Entry> =
                found.iter().filter(|(from, entry)| (*from..from + entry.words.len()).contains(&at)).map(|(_, entry)| *entry).collect();
            units.extend(meant(&here, word));
        }
        units
    }

    fn begin<'a>(&'a self, words: &'a [String], at: usize) -> impl Iterator<Item = &'a Entry> {
        let word = &words[at];
        let beginnings = word.char_indices().take(STEM_MIN).map(|(at, letter)| &word[..at + letter.len_utf8()]);
        let entries = beginnings.filter_map(|beginning| self.by_beginning.get(beginning)).flatten();
        let fits = move |entry: &&Entry| {
            let rest = &words[at..];
            entry.words.len() <= rest.len() && entry.words.iter().zip(rest).all(|(form, word)| form.fits(word))
        };
        entries.filter(fits)
    }
}

/// A word may belong to several concepts. What is not ours is meant only where nothing longer fits; what tells nothing, only where no concept does.
fn meant(here: &[&Entry], word: &str) -> BTreeSet<Unit> {
    let length = |entry: &&&Entry| (entry.words.len(), entry.letters);
    let Some(longest) = here.iter().max_by_key(length) else { return [Unit::Word(phrase::stem(word).to_owned())].into() };
    if here.iter().any(|entry| entry.kind == Kind::Foreign && length(&entry) == length(&longest)) {
        return [Unit::Foreign].into();
    }
    let concept = |entry: &&Entry| match entry.kind {
        Kind::Concept(at) => Some(Unit::Concept(at)),
        Kind::Filler | Kind::Foreign => None,
    };
    here.iter().filter_map(concept).collect()
}

/// Words without Kazakh letters, which many keyboards and recognisers lack.
pub(super) fn plain(words: &[String]) -> Vec<String> {
    words.iter().map(|word| phrase::plain(word)).collect()
}
