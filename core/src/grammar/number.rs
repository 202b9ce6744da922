//! Numbers and rows of digits, as callers say them. (stand-in until the branch is merged)

use super::{Reading, Sure};
use crate::citizen::{ApplicationNumber, Iin, Phone};

fn written(words: &[String]) -> Option<(String, std::ops::Range<usize>)> {
    let is = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    let from = words.iter().position(is)?;
    let to = from + words[from..].iter().take_while(|word| is(word)).count();
    Some((words[from..to].concat(), from..to))
}

fn read<T>(words: &[String], parse: impl Fn(&str) -> Option<T>) -> Vec<Reading<T>> {
    let Some((row, words)) = written(words) else { return Vec::new() };
    parse(&row).map(|value| Reading { value, words, sure: Sure::Plainly }).into_iter().collect()
}

/// Rows.
pub fn rows(words: &[String], min: usize, max: usize) -> Vec<Reading<String>> {
    read(words, |row| (min..=max).contains(&row.len()).then(|| row.to_owned()))
}

/// IINs.
pub fn iins(words: &[String]) -> Vec<Reading<Iin>> {
    read(words, |row| Iin::parse(row).ok())
}

/// Applications.
pub fn applications(words: &[String]) -> Vec<Reading<ApplicationNumber>> {
    read(words, |row| ApplicationNumber::parse(row).ok())
}

/// Phones.
pub fn phones(words: &[String]) -> Vec<Reading<Phone>> {
    read(words, |row| Phone::parse(row).ok())
}

/// Numbers.
pub fn cardinals(words: &[String]) -> Vec<Reading<u64>> {
    read(words, |row| row.parse().ok())
}

/// Choices.
pub fn choices(words: &[String]) -> Vec<Reading<u64>> {
    cardinals(words)
}

/// What a row of a table means.
pub(super) fn row(_kind: &str, _input: &str) -> Option<String> {
    None
}
