//! The words that make of a day or an hour the end of a range: before it in Russian, after it in Kazakh.

use std::sync::LazyLock;

use super::line::{Line, Phrases};
use crate::spoken::kazakh::Case as Kk;

/// On which side of what is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// Up to it.
    Until,
    /// From it on.
    From,
    /// Later than it.
    After,
}

static OPENINGS: LazyLock<Phrases<Bound>> = LazyLock::new(|| {
    Phrases::new(&[
        (Bound::Until, &["до", "не позже|позднее"]),
        (Bound::From, &["не раньше|ранее", "начиная с|со"]),
        (Bound::After, &["после", "позже|позднее"]),
    ])
});

/// What stands before it, and the word after: `до`, `не раньше`.
pub(super) fn opened(line: &Line<'_>, at: usize) -> Option<(Bound, usize)> {
    OPENINGS.at(line, at).map(|(bound, end)| (*bound, end))
}

/// What stands after it, and the word after that: `… дейін`, `… кейін`. What is named must be in the case that this asks for.
pub(super) fn closed(line: &Line<'_>, at: usize, stands_in: impl Fn(Kk) -> bool) -> Option<(Bound, usize)> {
    let (bound, case) = match line.word(at) {
        "дейін" | "шейін" => (Bound::Until, Kk::Dative),
        "бастап" => (Bound::From, Kk::Ablative),
        "кейін" | "кейінгі" | "соң" => (Bound::After, Kk::Ablative),
        _ => return None,
    };
    stands_in(case).then_some((bound, at + 1))
}
