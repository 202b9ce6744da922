//! The numbers and rows that a recogniser listens for: the machine of this room, walked with the words that the robot says.
//!
//! Two states from which the same words lead on to as many digits are one, whatever their values: so a million numbers are a handful of states.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::super::graph::WordGraph;
use super::lexicon::{Form, senses};
use super::machine::State;
use crate::lang::Lang;
use crate::spoken::{Inflection, cardinal};

/// A number so far, whatever its value.
struct Stage {
    state: State,
    /// Words and the stages they lead to.
    arcs: Vec<(String, usize)>,
    /// How many digits it has, when it is a number.
    digits: Option<usize>,
}

/// The stages of all numbers of these words and of so many digits at most; the first is that of no word.
fn stages(words: &[String], digits_max: usize) -> Vec<Stage> {
    let stage = |state: State| Stage { state, arcs: Vec::new(), digits: state.number().map(|number| number.value.to_string().len()) };
    let mut known = BTreeMap::from([(State::START.alike(), 0)]);
    let mut stages = vec![stage(State::START)];
    let mut at = 0;
    while at < stages.len() {
        let before = stages[at].state;
        for word in words {
            let direct = senses(word).iter().filter(|sense| sense.form == Form::Direct);
            for state in direct.filter_map(|sense| before.then(*sense)) {
                if state.number().is_some_and(|number| number.value.to_string().len() > digits_max) {
                    continue;
                }
                let next = stages.len();
                let to = *known.entry(state.alike()).or_insert(next);
                if to == next {
                    stages.push(stage(state));
                }
                if !stages[at].arcs.contains(&(word.clone(), to)) {
                    stages[at].arcs.push((word.clone(), to));
                }
            }
        }
        at += 1;
    }
    stages
}

/// Any number of so many digits at most.
pub(in crate::grammar) fn any(lang: Lang, digits_max: usize) -> WordGraph {
    let scales = [1, 1_000, 1_000_000, 1_000_000_000].into_iter().take(digits_max.div_ceil(3));
    let words = words_of(scales.flat_map(|scale| roots().map(move |root| root * scale)), lang);
    let stages = stages(&words, digits_max);
    let mut graph = WordGraph::default();
    for stage in &stages {
        graph.state(stage.digits.is_some());
    }
    for (from, stage) in stages.iter().enumerate() {
        stage.arcs.iter().for_each(|(word, to)| graph.arc(from, word, Some(lang), *to));
    }
    graph.without_dead_ends()
}

/// The longest group of a row: a number below a thousand.
const GROUP: usize = 3;

/// Rows of so many digits, digit by digit or in groups.
pub(in crate::grammar) fn rows_of(lang: Lang, lengths: &RangeInclusive<usize>) -> WordGraph {
    let stages = stages(&words_of(roots(), lang), GROUP);
    let longest = *lengths.end();
    let mut graph = WordGraph::default();
    // A state for each stage of a group at each length; of the stages the first is between two groups.
    for length in 0..=longest {
        for at in 0..stages.len() {
            graph.state(at == 0 && length > 0 && lengths.contains(&length));
        }
    }
    let place = |length: usize, stage: usize| length * stages.len() + stage;
    for length in 0..longest {
        for (at, stage) in stages.iter().enumerate() {
            for (word, to) in &stage.arcs {
                if !stages[*to].arcs.is_empty() {
                    graph.arc(place(length, at), word, Some(lang), place(length, *to));
                }
                if let Some(digits) = stages[*to].digits.filter(|digits| length + digits <= longest) {
                    graph.arc(place(length, at), word, Some(lang), place(length + digits, 0));
                }
            }
        }
    }
    graph.without_dead_ends()
}

/// The numbers below a thousand that are one word in one of the languages.
fn roots() -> impl Iterator<Item = u64> + Clone {
    (0..=20).chain((30..100).step_by(10)).chain((100..1000).step_by(100))
}

/// The words of these numbers as the robot says them.
fn words_of(numbers: impl Iterator<Item = u64>, lang: Lang) -> Vec<String> {
    let texts = numbers.map(|number| cardinal(number, Inflection::plain(lang)).text());
    let mut words: Vec<String> = texts.flat_map(|text| super::super::words(&text)).collect();
    words.sort_unstable();
    words.dedup();
    words
}
