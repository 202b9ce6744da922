//! The words of an utterance as parts of numbers, and the words that are none although they look so.

use std::borrow::Cow;
use std::ops::Range;

use super::lexicon::{Form, Sense, Shape, senses};
use crate::lang::{Lang, is_kazakh_letter};
use crate::spoken::NUMBER_MAX;

/// A part of a number, or any other word.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// What it may be; empty for other words.
    pub(super) senses: Cow<'static, [Sense]>,
    /// The words it is made of: `с половиной` and `1 500` are one token.
    pub(super) words: Range<usize>,
}

impl Token {
    pub(super) fn is_numeral(&self) -> bool {
        !self.senses.is_empty()
    }
}

/// The tokens of an utterance.
pub(super) fn tokens(words: &[String]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let token = token(words, at);
        at = token.words.end;
        tokens.push(token);
    }
    tokens
}

fn token(words: &[String], at: usize) -> Token {
    if let Some(idiom) = IDIOMS.iter().find(|idiom| begins(&words[at..], idiom)) {
        return Token { senses: Cow::Borrowed(&[]), words: at..at + idiom.len() };
    }
    if begins(&words[at..], &["с", "половиной"]) {
        return Token { senses: Cow::Borrowed(senses("половиной")), words: at..at + 2 };
    }
    if words[at].starts_with(|c: char| c.is_ascii_digit()) || words[at].starts_with('+') {
        return written(words, at);
    }
    Token { senses: Cow::Borrowed(senses(&words[at])), words: at..at + 1 }
}

fn begins(words: &[String], idiom: &[&str]) -> bool {
    words.len() >= idiom.len() && words.iter().zip(idiom).all(|(word, part)| word == part)
}

/// `25`, `1 500 000`, `1.500.000`, and `2.5` before a scale. What begins with nought is a row of digits and no number.
fn written(words: &[String], at: usize) -> Token {
    let word = words[at].as_str();
    let end = if is_head(word) { at + 1 + words[at + 1..].iter().take_while(|word| is_thousands(word)).count() } else { at + 1 };
    let mut parts = word.split('.');
    let pointed = parts.next().is_some_and(is_head) && parts.all(is_thousands);
    let digits = if pointed { words[at..end].concat().replace('.', "") } else { words[at..end].concat() };
    let sense = |value, shape| vec![Sense { value, shape, form: Form::Direct, lang: Lang::Kk }];
    let half = digits.strip_suffix(".5").filter(|whole| is_head(whole)).and_then(|whole| whole.parse().ok());
    let senses = match (digits.parse(), half) {
        (_, Some(whole)) => sense(whole, Shape::OneAndHalf),
        (Ok(0), None) if digits == "0" => sense(0, Shape::Zero),
        (Ok(value), None) if value <= NUMBER_MAX && !digits.starts_with(['0', '+']) => sense(value, Shape::Written),
        (Ok(_) | Err(_), None) => Vec::new(),
    };
    Token { senses: Cow::Owned(senses), words: at..end }
}

fn is_head(word: &str) -> bool {
    (1..=3).contains(&word.len()) && !word.starts_with('0') && word.bytes().all(|b| b.is_ascii_digit())
}

fn is_thousands(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit())
}

/// Words that mean something else by themselves; within a longer number, or before a word that governs one, they are numbers.
const HOMOGRAPHS: &[&str] =
    &["бірге", "бірде", "бірден", "онда", "оны", "онымен", "ондай", "жүзі", "жүзін", "жүзіне", "жүзінде", "жүзінен", "семью"];

/// Kazakh ten, and Russian `he`.
const TEN_OR_HE: &str = "он";

/// Someone, where it is not the whole answer.
const ONE_OR_SOMEONE: &str = "біреу";

/// What is never a number: `үшін` is `for`, `бірдей` is `the same`, and the rest are set phrases.
const IDIOMS: &[&[&str]] = &[
    &["үшін"],
    &["бірдей"],
    &["бір", "минут"],
    &["бір", "минутқа"],
    &["бір", "секунд"],
    &["бір", "сәт"],
    &["бір", "бірімен"],
    &["бір", "біріне"],
    &["бірде", "бір"],
    &["бірінші", "кезекте"],
    &["мың", "рақмет"],
    &["мың", "рахмет"],
    &["мың", "алғыс"],
    &["один", "момент"],
    &["один", "моментик"],
    &["одну", "минуту"],
    &["одну", "минутку"],
    &["одну", "минуточку"],
    &["одну", "секунду"],
    &["одну", "секундочку"],
    &["в", "первую", "очередь"],
    &["на", "все", "сто"],
    &["тысяча", "извинений"],
];

/// After these postpositions and before these nouns a word of two meanings is a number.
const GOVERNORS: &[&str] = &[
    "дейін",
    "шейін",
    "жуық",
    "таман",
    "қарай",
    "кейін",
    "теңге",
    "тенге",
    "пайыз",
    "процент",
    "процентов",
    "адам",
    "минут",
    "күн",
    "нөмір",
    "нөмірі",
];

/// Whether the only word of a number, in its utterance, may be meant as one.
pub(super) fn may_stand_alone(words: &[String], at: usize) -> bool {
    let word = words[at].as_str();
    let governed = words.get(at + 1).is_some_and(|next| GOVERNORS.contains(&next.as_str())) || at > 0 && words[at - 1] == "сағат";
    if HOMOGRAPHS.contains(&word) {
        return governed;
    }
    if word == TEN_OR_HE {
        return governed || is_alone(words, at..at + 1) || neighbours(words, at).any(|word| is_kazakh(word));
    }
    word != ONE_OR_SOMEONE || is_alone(words, at..at + 1)
}

fn neighbours(words: &[String], at: usize) -> impl Iterator<Item = &String> {
    words[at.saturating_sub(1)..words.len().min(at + 2)].iter()
}

fn is_kazakh(word: &str) -> bool {
    word.contains(is_kazakh_letter)
}

/// Whether nothing but small words stands around a stretch.
pub(super) fn is_alone(words: &[String], stretch: Range<usize>) -> bool {
    words.iter().enumerate().all(|(at, word)| stretch.contains(&at) || SMALL.contains(&word.as_str()))
}

/// What is said around an answer and changes nothing.
const SMALL: &[&str] = &[
    "ну",
    "вот",
    "это",
    "пожалуйста",
    "мне",
    "давайте",
    "хочу",
    "нужно",
    "надо",
    "выбираю",
    "выберу",
    "будет",
    "пусть",
    "значит",
    "так",
    "да",
    "э",
    "ээ",
    "эээ",
    "эм",
    "мм",
    "ммм",
    "м",
    "а",
    "бұл",
    "маған",
    "керек",
    "таңдаймын",
    "таңдадым",
    "алайық",
    "алайын",
    "болады",
    "болсын",
    "болса",
    "иә",
    "ия",
    "өтінемін",
    "енді",
    "сонымен",
    "жарайды",
    "басамын",
    "нажимаю",
];
