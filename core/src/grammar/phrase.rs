//! Stand-in until the branch of phrases is merged.

use super::Reading;
use super::Sure;
use super::words;

/// Phrases and what each means.
#[derive(Clone, Debug)]
pub struct Phrases<Id> {
    phrases: Vec<(Vec<String>, Id)>,
}

impl<Id> Default for Phrases<Id> {
    fn default() -> Self {
        Self { phrases: Vec::new() }
    }
}

impl<Id: Clone + PartialEq> Phrases<Id> {
    /// Compiles them.
    pub fn new<T: AsRef<str>>(phrases: impl IntoIterator<Item = (T, Id)>) -> Self {
        Self { phrases: phrases.into_iter().map(|(text, id)| (words(text.as_ref()), id)).collect() }
    }

    /// The best.
    pub fn find(&self, words: &[String]) -> Vec<Reading<Id>> {
        let at = |phrase: &Vec<String>| words.windows(phrase.len().max(1)).position(|window| window == &phrase[..]);
        self.phrases
            .iter()
            .filter_map(|(phrase, id)| {
                at(phrase).map(|at| Reading { value: id.clone(), words: at..at + phrase.len(), sure: Sure::Plainly })
            })
            .collect()
    }
}
