//! Whether a text can be spoken as it is written: its letters, its numerals, its signs, its length.
//!
//! Looks at the words of a prompt and at nothing else; what stands between `{{` and `}}` is `resolve::filter`'s.

use super::fault::{FaultKind, Faults, Span};
use super::source::Node;
use crate::lang::{Lang, is_kazakh_letter};

/// Letters, blanks and signs that a voice says in a second, counted on the clips of both languages.
const CHARACTERS_A_SECOND: usize = 14;
/// Pieces of a value that a voice says in a second.
const PIECES_A_SECOND: usize = 2;
/// The longest that the robot may speak in one go. A caller keeps no more in mind.
const SPOKEN_S_MAX: usize = 40;
/// A text longer than this is not looked at letter by letter: it is refused for its length.
const LOOKED_AT_BYTES_MAX: usize = 4_000;

/// Reports what a voice would stumble over, or could not say.
pub(super) fn judge(node: &Node, text: &str, lang: Lang, file: &str, faults: &mut Faults) {
    if text.len() > LOOKED_AT_BYTES_MAX {
        return; // `judge_length` refuses it
    }
    let place = |word: &str| within(node, word, file);
    let words = outside_templates(text);
    words.iter().for_each(|run| judge_letters(node, run, lang, file, faults));
    for digits in words.iter().flat_map(|run| run.split(|c: char| !c.is_numeric())).filter(|digits| !digits.is_empty()) {
        faults.report(FaultKind::Numerals { digits: digits.to_owned(), lang }, &place(digits));
    }
    for mark in words.iter().flat_map(|run| marks(run)) {
        let span = place(&mark);
        faults.report(FaultKind::Markup { mark, lang }, &span);
    }
}

/// Reports words in two alphabets at once, and in that of another language.
pub(super) fn judge_letters(node: &Node, text: &str, lang: Lang, file: &str, faults: &mut Faults) {
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().any(is_cyrillic)) {
        report_letters(word, lang, &within(node, word, file), faults);
    }
}

/// Reports a text that goes on for too long: its letters, and the most pieces of its values.
pub(super) fn judge_length(node: &Node, letters: usize, pieces: usize, lang: Lang, faults: &mut Faults) {
    let seconds = letters / CHARACTERS_A_SECOND + pieces.div_ceil(PIECES_A_SECOND);
    if seconds > SPOKEN_S_MAX {
        faults.report(FaultKind::SpokenTooLong { lang, seconds, most: SPOKEN_S_MAX }, &node.span);
    }
}

/// Latin letters that look Cyrillic: a voice would stumble, and nobody would see why. Cyrillic letters of another language: likely a slip, or a name in its own spelling.
fn report_letters(word: &str, lang: Lang, span: &Span, faults: &mut Faults) {
    let latin: String = word.chars().filter(char::is_ascii_alphabetic).collect();
    let foreign: String = word.chars().filter(|c| is_cyrillic(*c) && !is_of(*c, lang)).collect();
    if !latin.is_empty() {
        faults.report(FaultKind::LookalikeLetters { word: word.to_owned(), letters: latin }, span);
    }
    if !foreign.is_empty() {
        faults.report(FaultKind::ForeignLetters { word: word.to_owned(), letters: foreign, lang }, span);
    }
}

const fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

/// Whether a Cyrillic letter belongs to a language's alphabet. The Kazakh one has all Russian letters and nine more.
const fn is_of(c: char, lang: Lang) -> bool {
    let russian = matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё');
    match lang {
        Lang::Kk => russian || is_kazakh_letter(c),
        Lang::Ru => russian,
    }
}

/// Signs that cannot be heard, and marks that stand doubled.
fn marks(run: &str) -> Vec<String> {
    let mut marks: Vec<String> = run.chars().filter(|c| !is_spoken(*c)).map(String::from).collect();
    for doubled in ["!!", "??", "..", ",,", "?!", "!?"] {
        if run.contains(doubled) {
            marks.push(doubled.to_owned());
        }
    }
    marks
}

/// Letters, numerals (they have a warning of their own), blanks, and the marks that a voice makes a pause of. U+0301 is a stress.
fn is_spoken(c: char) -> bool {
    c.is_alphanumeric()
        || c.is_whitespace()
        || matches!(c, '.' | ',' | '!' | '?' | ':' | ';' | '-' | '–' | '—' | '«' | '»' | '"' | '\'' | '’' | '(' | ')' | '…' | '\u{301}')
}

/// The runs of words before, between and after templates.
fn outside_templates(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some((words, after)) = rest.split_once("{{") {
        runs.push(words);
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    runs.push(rest);
    runs
}

/// Where a word stands in the file: YAML may have folded or unescaped the text, and then it is the whole text.
fn within(node: &Node, word: &str, file: &str) -> Span {
    let raw = file.get(node.span.start..node.span.end).and_then(|raw| raw.find(word));
    raw.map_or(node.span.clone(), |at| node.span.within(node.span.start + at..node.span.start + at + word.len()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::source;
    use super::*;

    fn codes(text: &str, lang: Lang) -> String {
        let mut faults = Faults::default();
        let quoted = format!("'{text}'");
        let node = source::tree(&Arc::from("prompts/x.yaml"), &quoted, &mut 9, &mut faults).unwrap();
        judge(&node, text, lang, &quoted, &mut faults);
        judge_length(&node, text.chars().count(), 0, lang, &mut faults);
        let show = |fault: &super::super::fault::Fault| format!("{}:{}", fault.kind.code(), &quoted[fault.span.start..fault.span.end]);
        faults.into_sorted().iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_can_be_said_is_not_complained_of() {
        for (text, lang) in [
            ("Сәлеметсіз бе! Құжаттың дайындығын тексерейін: ЖСН-іңізді теріңіз.", Lang::Kk),
            ("Ёлка, объём… «да» (нет) — и всё?", Lang::Ru),
            ("за́мок", Lang::Ru),
            ("{{ n | say_number(case=\"genitive\") }} дней, {{ a.b1 | say_digits }}", Lang::Ru),
            ("PIN", Lang::Ru),
        ] {
            assert_eq!(codes(text, lang), "", "{text}");
        }
    }

    #[test]
    fn what_cannot_be_said_is_shown_where_it_stands() {
        for (text, lang, expected) in [
            ("район Есіл", Lang::Ru, "W0711:Есіл"),
            ("район Есіл", Lang::Kk, ""),
            ("маїс", Lang::Kk, "W0711:маїс"),
            ("Нажмите 1", Lang::Ru, "W0712:1"),
            ("он 14 мен 15", Lang::Kk, "W0712:14 W0712:15"),
            ("Алло!! Да", Lang::Ru, "W0713:!!"),
            ("пять %, №", Lang::Ru, "W0713:% W0713:№"),
            ("**важно**", Lang::Ru, "W0713:*"),
            ("докуmент", Lang::Ru, "E0505:докуmент"),
            ("{{ n | say_digits }} 7 {{ n", Lang::Ru, "W0712:7"),
        ] {
            assert_eq!(codes(text, lang), expected, "{text}");
        }
    }

    #[test]
    fn forty_seconds_are_the_most() {
        let mut faults = Faults::default();
        let node = source::tree(&Arc::from("prompts/x.yaml"), "x", &mut 9, &mut faults).unwrap();
        for (letters, pieces, is_too_long) in [(573, 0, false), (574, 0, true), (280, 40, false), (280, 41, true)] {
            let mut faults = Faults::default();
            judge_length(&node, letters, pieces, Lang::Kk, &mut faults);
            assert_eq!(faults.errors() == 1, is_too_long, "{letters} letters, {pieces} pieces");
        }
        assert_eq!(codes(&"слово ".repeat(2_000), Lang::Ru).split(':').next(), Some("E0508"));
    }
}
