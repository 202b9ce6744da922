//! What was said, as words: the one form in which grammars read it, whatever recogniser or keyboard it came from.

use std::ops::Range;

/// The most words of an utterance that are read; a caller who says more has said no answer.
pub const WORDS_MAX: usize = 64;

/// The words of a line: in lower case, `ё` as `е`, without punctuation. What stands between digits stays (`16:15`, `24.11.2026`), and so does a `+` before them.
pub fn words(text: &str) -> Vec<String> {
    let lower: Vec<char> = text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ё' { 'е' } else { c }).collect();
    let digit = |at: Option<usize>| at.and_then(|at| lower.get(at)).is_some_and(char::is_ascii_digit);
    let kept = |at: usize| match lower[at] {
        c if c.is_alphanumeric() => true,
        ':' | '.' | '/' => digit(at.checked_sub(1)) && digit(Some(at + 1)),
        '+' | '%' => digit(Some(at + 1)) || digit(at.checked_sub(1)),
        _ => false,
    };
    let spaced: String = lower.iter().enumerate().map(|(at, c)| if kept(at) { *c } else { ' ' }).collect();
    spaced.split_whitespace().take(WORDS_MAX).map(str::to_owned).collect()
}

/// A stretch of an utterance and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<T> {
    /// What is meant.
    pub value: T,
    /// By which words.
    pub words: Range<usize>,
    /// How firmly.
    pub sure: Sure,
}

/// How firmly a reading is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// Said so.
    Plainly,
    /// Another value is as near (the Friday after next): it is to be confirmed.
    Doubtfully,
    /// Said to be approximate (about ten): it is to be confirmed.
    Roughly,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_words() {
        let cases = [
            ("Иә, дұрыс!", "иә дұрыс"),
            ("Ещё  раз — по-русски", "еще раз по русски"),
            ("в 16:15, 24.11.2026.", "в 16:15 24.11.2026"),
            ("+7 701 234-05-06", "+7 701 234 05 06"),
            ("20%", "20%"),
            ("", ""),
        ];
        for (line, expected) in cases {
            assert_eq!(words(line).join(" "), expected, "{line}");
        }
        assert_eq!(words(&"бір ".repeat(1_000)).len(), WORDS_MAX);
    }
}
