//! Numbers and rows of digits, as callers say them: in Kazakh, in Russian, and in both at once.
//!
//! A number that could be read in two ways is not guessed: cardinals that follow each other are doubtful, and a row of digits has every reading that fits.

mod digits;
mod ending;
mod lexicon;
mod machine;
mod quantity;
#[cfg(test)]
mod tests;
mod token;
mod walk;

use std::ops::Range;

use digits::after_plus;
pub use digits::{READINGS_MAX, STEPS_MAX, applications, digit_rows, iins, phones, rows};
pub use quantity::{choices, percents, sums};
pub(super) use walk::{any, rows_of};

use super::{Reading, Sure};
use crate::lang::Lang;
use machine::{Number, State, seam};
use token::{Token, may_stand_alone, tokens};

/// Every whole number that is said, in order; `около десяти` and `он мыңдай` roughly.
///
/// A stretch of number words that is no number as a whole (`бір жарым`, `пять нуля`) gives none. Numbers right after each other (`двадцать три сорок пять`) are doubtful: they may be
/// a row of digits.
pub fn cardinals(words: &[String]) -> Vec<Reading<u64>> {
    said(words, false)
}

/// Every ordinal that is said, in order, in any case, with possessive endings too: `екіншісін`, `двадцать первого`.
pub fn ordinals(words: &[String]) -> Vec<Reading<u64>> {
    said(words, true)
}

/// A number as a listener would write it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenDown {
    /// Its words.
    pub words: Range<usize>,
    /// Its digits.
    pub digits: String,
    /// The language of its last word.
    pub lang: Lang,
    /// It came in digits.
    pub is_written: bool,
}

/// Every number in an utterance, whatever it is meant as, so that none is overlooked where numbers may not be kept: also what no grammar reads as one.
pub fn written_down(words: &[String]) -> Vec<WrittenDown> {
    let tokens = tokens(words);
    let mut found: Vec<WrittenDown> = Vec::new();
    for (number, span, _) in numbers(&tokens) {
        let all = tokens[span.start].words.start..tokens[span.end - 1].words.end;
        let lang = tokens[span.end - 1].senses.first().map_or(Lang::Kk, |sense| sense.lang);
        let digits: String = words[all.clone()].concat().chars().filter(char::is_ascii_digit).collect();
        let is_written = !digits.is_empty();
        found.push(WrittenDown { words: all, digits: if is_written { digits } else { number.value.to_string() }, lang, is_written });
    }
    for (at, word) in words.iter().enumerate().filter(|(at, _)| found.iter().all(|known| !known.words.contains(at))).collect::<Vec<_>>() {
        let sense = tokens.iter().find(|token| token.words.contains(&at)).and_then(|token| token.senses.first().copied());
        let written: String = word.chars().filter(char::is_ascii_digit).collect();
        let (digits, is_written) =
            if written.is_empty() { (sense.map(|sense| sense.value.to_string()), false) } else { (Some(written), true) };
        if let Some(digits) = digits {
            found.push(WrittenDown { words: at..at + 1, digits, lang: sense.map_or(Lang::Kk, |sense| sense.lang), is_written });
        }
    }
    found.sort_by_key(|one| one.words.start);
    found
}

fn said(words: &[String], ordinal: bool) -> Vec<Reading<u64>> {
    let tokens = tokens(words);
    let found = numbers(&tokens).into_iter().filter(|(number, ..)| number.ordinal == ordinal);
    let placed = found.map(|(number, span, alone)| reading(words, &tokens, number, span, alone));
    placed.filter(|reading| reading.words.len() > 1 || ordinal || may_stand_alone(words, reading.words.start)).collect()
}

fn reading(words: &[String], tokens: &[Token], number: Number, span: Range<usize>, alone: bool) -> Reading<u64> {
    let (start, end) = (tokens[span.start].words.start, tokens[span.end - 1].words.end);
    let (before, after) = (roughly_before(words, start), roughly_after(words, end));
    let sure = match (number.sure, before + after) {
        (Sure::Plainly, 0) if !alone && !number.ordinal => Sure::Doubtfully,
        (sure, 0) => sure,
        (Sure::Plainly | Sure::Doubtfully | Sure::Roughly, _) => Sure::Roughly,
    };
    Reading { value: number.value, words: start - before..end + after, sure }
}

/// How many words before a number say that it is not exact: `примерно`, and what is counted when it stands there, `человек десять`.
fn roughly_before(words: &[String], start: usize) -> usize {
    const BEFORE: [&str; 9] =
        ["примерно", "около", "приблизительно", "порядка", "почти", "приблизительна", "шамамен", "жуықтап", "шамалап"];
    const COUNTED: [&str; 12] =
        ["человек", "человека", "штук", "штуки", "дней", "дня", "лет", "года", "месяцев", "месяца", "недель", "раз"];
    match &words[..start] {
        [.., one, two] if one == "где" && two == "то" => 2,
        [.., one] if BEFORE.contains(&one.as_str()) => 1,
        [before @ .., one] if COUNTED.contains(&one.as_str()) && !ends_in_number(before) => 1,
        _ => 0,
    }
}

fn ends_in_number(words: &[String]) -> bool {
    words.last().is_some_and(|word| !lexicon::senses(word).is_empty() || word.ends_with(|c: char| c.is_ascii_digit()))
}

/// How many words after it do.
fn roughly_after(words: &[String], end: usize) -> usize {
    const AFTER: [&str; 8] = ["шамасында", "шамасы", "шамалы", "жуық", "шақты", "қаралы", "мөлшерінде", "примерно"];
    match &words[end..] {
        [one, two, ..] if one == "где" && two == "то" => 2,
        [one, ..] if AFTER.contains(&one.as_str()) => 1,
        _ => 0,
    }
}

/// The numbers of all stretches of number words, with their tokens and whether they are the only one of their stretch.
fn numbers(tokens: &[Token]) -> Vec<(Number, Range<usize>, bool)> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        if !tokens[start].is_numeral() {
            start += 1;
            continue;
        }
        let end = start + tokens[start..].iter().take_while(|token| token.is_numeral()).count();
        let split = split(&tokens[start..end]);
        let alone = split.len() == 1;
        found.extend(split.into_iter().map(|(number, span)| (number, start + span.start..start + span.end, alone)));
        start = end;
    }
    found
}

/// A way to divide the first words of a stretch into numbers.
#[derive(Clone, Copy)]
struct Division {
    /// The fewer numbers the better, then the fewer unnatural seams.
    rank: (u32, u32),
    last: Number,
    start: usize,
}

/// A stretch divided into the fewest numbers, at the most natural places; nothing when words would be left over.
fn split(stretch: &[Token]) -> Vec<(Number, Range<usize>)> {
    match whole(stretch) {
        Some(number) => vec![(number, 0..stretch.len())],
        None => divided(stretch),
    }
}

/// The one number that a stretch is.
fn whole(stretch: &[Token]) -> Option<Number> {
    let mut whole = None;
    grow(stretch, 0, State::START, &mut |end, number| {
        if end == stretch.len() && whole.is_none() {
            whole = Some(number);
        }
    });
    whole
}

fn divided(stretch: &[Token]) -> Vec<(Number, Range<usize>)> {
    let mut best: Vec<Option<Division>> = vec![None; stretch.len() + 1];
    for start in 0..stretch.len() {
        let Some(rank) = rank_at(stretch, &best, start) else { continue };
        grow(stretch, start, State::START, &mut |end, last| {
            if best[end].is_none_or(|known| rank < known.rank) {
                best[end] = Some(Division { rank, last, start });
            }
        });
    }
    let mut numbers = Vec::new();
    let mut end = stretch.len();
    while let Some(division) = best[end] {
        numbers.push((division.last, division.start..end));
        end = division.start;
    }
    numbers.reverse();
    if end == 0 { numbers } else { Vec::new() }
}

/// The rank of a division whose last number begins here; `None` where none does.
fn rank_at(stretch: &[Token], best: &[Option<Division>], start: usize) -> Option<(u32, u32)> {
    if start == 0 {
        return Some((1, 0));
    }
    best[start].map(|before| (before.rank.0 + 1, before.rank.1 + seam(&stretch[start - 1].senses, &stretch[start].senses)))
}

/// Tells every number that begins at a token, and where it ends.
fn grow(tokens: &[Token], at: usize, state: State, found: &mut impl FnMut(usize, Number)) {
    let Some(token) = tokens.get(at) else { return };
    for sense in token.senses.iter() {
        let Some(grown) = state.then(*sense) else { continue };
        if let Some(number) = grown.number() {
            found(at + 1, number);
        }
        grow(tokens, at + 1, grown, found);
    }
}

/// What a row of a table means.
pub(super) fn row(kind: &str, input: &str) -> Option<String> {
    let words = super::words(input);
    match kind {
        "cardinal" => only(cardinals(&words)).map(|reading| spelt(&reading, u64::to_string)),
        "ordinal/choice" => choices(&words).first().map(|reading| spelt(reading, u64::to_string)),
        "digits" => rows(&words, 1, ROW_MAX)
            .first()
            .map(|row| format!("{}{}", if after_plus(&words, row.words.start) { "+" } else { "" }, row.value)),
        "mixed/colloquial" => mixed(&words),
        _ => None,
    }
}

/// The longest row of a table.
const ROW_MAX: usize = 24;

fn mixed(words: &[String]) -> Option<String> {
    let sum = only(sums(words)).map(|reading| spelt(&reading, |sum| sum.to_string().replace(".00 ", " ")));
    let percent = || only(percents(words)).map(|reading| spelt(&reading, |percent| format!("{percent}%")));
    let number = || only(cardinals(words)).map(|reading| spelt(&reading, u64::to_string));
    let choice = || only(choices(words)).map(|reading| spelt(&reading, u64::to_string));
    sum.or_else(percent).or_else(number).or_else(choice)
}

/// The reading, when there is one.
fn only<T>(mut readings: Vec<Reading<T>>) -> Option<Reading<T>> {
    if readings.len() == 1 { readings.pop() } else { None }
}

fn spelt<T>(reading: &Reading<T>, value: impl Fn(&T) -> String) -> String {
    let mark = if reading.sure == Sure::Roughly { "~" } else { "" };
    format!("{mark}{}", value(&reading.value))
}
