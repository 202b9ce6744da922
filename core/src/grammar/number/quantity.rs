//! Numbers of something: sums, percentages, and which of several.

use super::token::is_alone;
use super::{Reading, Sure, cardinals, ordinals};
use crate::spoken::Money;

/// Sums of money: tenge, tiyn, or both. `тыща` without `тенге` is none.
pub fn sums(words: &[String]) -> Vec<Reading<Money>> {
    let mut found: Vec<Reading<u64>> = Vec::new();
    for number in cardinals(words) {
        let unit = words.get(number.words.end).map_or("", String::as_str);
        let Reading { value, words, sure } = number;
        let extended = words.start..words.end + 1;
        match found.last_mut() {
            Some(tenge) if is_tiyn(unit) && value < 100 && tenge.words.end == words.start && tenge.value % 100 == 0 => {
                *tenge = Reading { value: tenge.value + value, words: tenge.words.start..extended.end, sure: tenge.sure.max(sure) };
            }
            Some(_) | None if is_tiyn(unit) => found.push(Reading { value, words: extended, sure }),
            Some(_) | None if is_tenge(unit) => found.extend(value.checked_mul(100).map(|value| Reading { value, words: extended, sure })),
            Some(_) | None => {}
        }
    }
    found
        .into_iter()
        .filter_map(|Reading { value, words, sure }| Money::from_tiyn(value).map(|value| Reading { value, words, sure }))
        .collect()
}

fn is_tenge(word: &str) -> bool {
    word == "тг" || word == "kzt" || word.starts_with("теңге") || word.starts_with("тенге")
}

fn is_tiyn(word: &str) -> bool {
    word.starts_with("тиын") || word.starts_with("тиин")
}

/// Whole per cent: `жиырма пайыз`, `20%`, and `процентов двадцать` roughly.
pub fn percents(words: &[String]) -> Vec<Reading<u64>> {
    let written = words.iter().enumerate().filter_map(|(at, word)| {
        let value = word.strip_suffix('%')?.parse().ok()?;
        Some(Reading { value, words: at..at + 1, sure: Sure::Plainly })
    });
    let spoken = cardinals(words).into_iter().filter_map(|number| {
        let Reading { value, words: span, sure } = number;
        let named = |at: usize| words.get(at).is_some_and(|word| is_percent(word));
        match (named(span.end), span.start.checked_sub(1).is_some_and(named)) {
            (true, _) => Some(Reading { value, words: span.start..span.end + 1, sure }),
            (false, true) => Some(Reading { value, words: span.start - 1..span.end, sure: Sure::Roughly }),
            (false, false) => None,
        }
    });
    written.chain(spoken).collect()
}

fn is_percent(word: &str) -> bool {
    word.starts_with("процент") || word.starts_with("пайыз")
}

/// Which of several: an ordinal, a number after or before a word such as `номер`, or a number that is the whole answer.
pub fn choices(words: &[String]) -> Vec<Reading<u64>> {
    let mut found = ordinals(words);
    found.retain(|ordinal| !words.get(ordinal.words.end).is_some_and(|word| matches!(word.as_str(), "раз" | "рет"))); // я третий раз звоню
    found.extend(suffixed(words));
    if found.is_empty() {
        found = cardinals(words).into_iter().filter_map(|number| chosen(words, number)).collect();
    }
    found
}

/// `2-й`, `5-ші`: written with the end of the ordinal.
fn suffixed(words: &[String]) -> Vec<Reading<u64>> {
    const ENDS: [&str; 16] = ["й", "я", "е", "го", "му", "ю", "ый", "ой", "ая", "ое", "ші", "шы", "інші", "ыншы", "нші", "ншы"];
    let pair = |(at, pair): (usize, &[String])| {
        let value = pair[0].parse().ok().filter(|_| ENDS.contains(&pair[1].as_str()))?;
        Some(Reading { value, words: at..at + 2, sure: Sure::Plainly })
    };
    words.windows(2).enumerate().filter_map(pair).collect()
}

fn chosen(words: &[String], number: Reading<u64>) -> Option<Reading<u64>> {
    let Reading { value, words: span, sure } = number;
    let labels = words[..span.start].iter().rev().take_while(|word| is_label(word)).count();
    let span = span.start - labels..span.end;
    let after = words.get(span.end).is_some_and(|word| is_label(word));
    (labels > 0 || after || is_alone(words, span.clone())).then_some(Reading { value, words: span, sure })
}

/// What a numbered thing is called.
fn is_label(word: &str) -> bool {
    const STEMS: [&str; 11] = ["номер", "нөмір", "вариант", "нұсқа", "пункт", "тармақ", "цифр", "кнопк", "батырма", "строк", "таңдау"];
    STEMS.iter().any(|stem| word.starts_with(stem))
}
