//! Kazakh endings of numbers that the robot never says: possessive, comparison, plural.
//!
//! Their vowels and first consonants follow those of the locative, which [`crate::spoken::kazakh`] has by rule for any word.

use super::lexicon::Form;
use crate::spoken::kazakh::{Case, inflected};

/// All forms of a Kazakh cardinal but the plain one.
pub(super) fn with_endings(stem: &str) -> Vec<(String, Form)> {
    let cases = Case::ALL.map(|case| (inflected(stem, case), Form::Last));
    let owned = Case::ALL.map(|case| (possessive(stem, case), Form::Last));
    let several = Case::ALL.map(|case| (inflected(&plural(stem), case), Form::About));
    let all = cases.into_iter().chain(owned).chain(several).chain([(alike(stem), Form::About)]);
    all.filter(|(word, _)| word != stem).collect()
}

/// `екіншісі`, `бесі`, and after it the endings that a possessed word takes: `бесіне`, `бесінде`.
pub(super) fn possessive(stem: &str, case: Case) -> String {
    let stem = stem.strip_suffix("қырық").map_or_else(|| stem.to_owned(), |before| format!("{before}қырқ"));
    let front = is_front(&stem);
    let link = if ends_in_vowel(&stem) { "с" } else { "" };
    let (back_form, front_form) = match case {
        Case::Nominative => ("ы", "і"),
        Case::Genitive => ("ының", "інің"),
        Case::Dative => ("ына", "іне"),
        Case::Accusative => ("ын", "ін"),
        Case::Locative => ("ында", "інде"),
        Case::Ablative => ("ынан", "інен"),
        Case::Instrumental => ("ымен", "імен"),
    };
    format!("{stem}{link}{}", if front { front_form } else { back_form })
}

/// `он мыңдай`: about ten thousand. The ending is that of the locative and `й`.
fn alike(stem: &str) -> String {
    format!("{}й", inflected(stem, Case::Locative))
}

/// `жиырмалар`, `бестер`: about twenty, about five.
fn plural(stem: &str) -> String {
    let locative = inflected(stem, Case::Locative);
    let consonant = if locative[stem.len()..].starts_with('т') {
        'т'
    } else if ends_in_vowel(stem) || stem.ends_with(['р', 'й', 'у']) {
        'л'
    } else {
        'д'
    };
    format!("{stem}{consonant}{}р", if is_front(stem) { 'е' } else { 'а' })
}

fn is_front(stem: &str) -> bool {
    inflected(stem, Case::Locative).ends_with('е')
}

fn ends_in_vowel(stem: &str) -> bool {
    stem.ends_with(['а', 'ә', 'е', 'и', 'о', 'ө', 'ұ', 'ү', 'ы', 'і', 'я'])
}
