//! The likeliest sentences of a grammar, given the scores of letters: tokens passed from state to state, a frame at a time.
//!
//! Each state keeps the best tokens of different words so far, so the sentences that come out are the best of all, and different. What falls far behind the best is given up.

use std::collections::HashMap;

use dauys_core::heard::HYPOTHESES_MAX;
use dauys_core::lang::Lang;

use super::letters::LETTERS;
use super::trie::Trie;

/// A sentence, how likely, and its language where its words agree on one.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The words.
    pub text: String,
    /// Their language.
    pub lang: Option<Lang>,
    /// How far it runs below the best path of any letters, per frame: 0 at best.
    pub confidence: f32,
}

/// A token so far behind the best one, as a logarithm, is given up.
const BEAM: f32 = 60.0;

const NEVER: f32 = f32::NEG_INFINITY;

/// A path so far: its score, and the words that are complete.
#[derive(Clone, Copy, Debug)]
struct Token {
    score: f32,
    words: u32,
}

/// The best tokens of a state, the best first, no two of the same words.
#[derive(Clone, Copy, Debug)]
struct Tokens {
    count: usize,
    all: [Token; HYPOTHESES_MAX],
}

impl Tokens {
    const NONE: Self = Self { count: 0, all: [Token { score: NEVER, words: 0 }; HYPOTHESES_MAX] };

    fn best(&self) -> f32 {
        self.all[0].score
    }

    /// What a further token must be better than.
    fn least(&self) -> f32 {
        if self.count < HYPOTHESES_MAX { NEVER } else { self.all[HYPOTHESES_MAX - 1].score }
    }

    fn iter(&self) -> impl Iterator<Item = Token> + '_ {
        self.all[..self.count].iter().copied()
    }

    /// Adds a token; of two with the same words the better stays.
    fn add(&mut self, token: Token) {
        let end = match self.all[..self.count].iter().position(|known| known.words == token.words) {
            Some(at) if self.all[at].score >= token.score => return,
            Some(at) => at,
            None if self.count < HYPOTHESES_MAX => {
                self.count += 1;
                self.count - 1
            }
            None if self.all[self.count - 1].score >= token.score => return,
            None => self.count - 1,
        };
        let at = self.all[..end].iter().position(|known| known.score < token.score).unwrap_or(end);
        self.all.copy_within(at..end, at + 1);
        self.all[at] = token;
    }

    fn raised(mut self, score: f32) -> Self {
        self.all[..self.count].iter_mut().for_each(|token| token.score += score);
        self
    }
}

/// Rows of words, each once: a row is the one before it and a word more. Row 0 has none.
#[derive(Debug)]
struct Rows {
    rows: Vec<(u32, u32)>,
    known: HashMap<(u32, u32), u32>,
}

impl Rows {
    fn new() -> Self {
        Self { rows: vec![(0, 0)], known: HashMap::new() }
    }

    fn longer(&mut self, row: u32, word: u32) -> u32 {
        *self.known.entry((row, word)).or_insert_with(|| {
            self.rows.push((row, word));
            self.rows.len() as u32 - 1
        })
    }

    fn words(&self, mut row: u32) -> Vec<u32> {
        let mut words = Vec::new();
        while row > 0 {
            let (before, word) = self.rows[row as usize];
            words.push(word);
            row = before;
        }
        words.reverse();
        words
    }
}

/// The likeliest sentences, the best first; none when there is no sound or no sentence is as short as it.
pub fn decoded(trie: &Trie, scores: &[f32]) -> Vec<Path> {
    let frames = scores.chunks_exact(LETTERS);
    let free: f32 = frames.clone().map(|frame| frame.iter().copied().fold(NEVER, f32::max)).sum();
    let count = frames.len() as f32;
    let (tokens, rows) = passed(trie, frames);
    let mut ends = Tokens::NONE;
    for state in trie.last() {
        tokens.get(*state as usize).into_iter().flat_map(Tokens::iter).for_each(|token| ends.add(token));
    }
    ends.iter().map(|token| path(trie, &rows.words(token.words), (token.score - free) / count)).collect()
}

fn path(trie: &Trie, words: &[u32], confidence: f32) -> Path {
    let said: Vec<(&str, Option<Lang>)> = words.iter().map(|word| trie.said(*word)).collect();
    let mut langs = said.iter().filter_map(|(_, lang)| *lang);
    let lang = langs.next().filter(|first| langs.all(|lang| lang == *first));
    Path { text: said.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" "), lang, confidence }
}

/// The tokens of all states after the last frame.
fn passed<'a>(trie: &Trie, mut frames: impl Iterator<Item = &'a [f32]>) -> (Vec<Tokens>, Rows) {
    let mut rows = Rows::new();
    let mut here = vec![Tokens::NONE; trie.len()];
    let Some(frame) = frames.next() else { return (Vec::new(), rows) };
    for state in trie.first().iter().map(|state| *state as usize) {
        let words = trie.word(state).map_or(0, |word| rows.longer(0, word));
        here[state].add(Token { score: frame[usize::from(trie.label(state))], words });
    }
    let mut next = here.clone();
    for frame in frames {
        let limit = here.iter().map(Tokens::best).fold(NEVER, f32::max) - BEAM;
        for (state, place) in next.iter_mut().enumerate() {
            *place = arrived(trie, state, &here, limit, &mut rows).raised(frame[usize::from(trie.label(state))]);
        }
        std::mem::swap(&mut here, &mut next);
    }
    (here, rows)
}

/// The tokens that stay in a state or come to it.
fn arrived(trie: &Trie, state: usize, here: &[Tokens], limit: f32, rows: &mut Rows) -> Tokens {
    let mut arrived = if here[state].best() >= limit { here[state] } else { Tokens::NONE };
    for before in trie.before(state) {
        for token in here[*before as usize].iter() {
            if token.score < limit.max(arrived.least()) {
                break; // and so are the rest
            }
            let words = trie.word(state).map_or(token.words, |word| rows.longer(token.words, word));
            arrived.add(Token { words, ..token });
        }
    }
    arrived
}

#[cfg(test)]
mod tests {
    use dauys_core::grammar::graph::WordGraph;
    use dauys_core::grammar::phrase::Phrases;

    use super::super::letters::{BLANK, spelt};
    use super::*;

    fn trie(phrases: &[&str]) -> Trie {
        Trie::of(&WordGraph::choice(&Phrases::of(phrases.iter().enumerate().map(|(at, text)| (*text, at)))))
    }

    /// Scores in which each frame is sure of one letter; `_` is the blank, `?` any letter.
    fn scores(line: &str) -> Vec<f32> {
        line.chars().flat_map(frame).collect()
    }

    fn frame(letter: char) -> [f32; LETTERS] {
        let label = if letter == '_' { BLANK } else { spelt(&letter.to_string()).map_or(u8::MAX, |one| one[0]) };
        std::array::from_fn(|at| match (at == usize::from(label), label) {
            (_, u8::MAX) => -3.0,
            (true, _) => -0.1,
            (false, _) => -6.0,
        })
    }

    fn texts(phrases: &[&str], line: &str) -> Vec<String> {
        decoded(&trie(phrases), &scores(line)).into_iter().map(|path| path.text).collect()
    }

    #[test]
    fn what_was_said_is_the_best_and_the_others_follow() {
        let menu = ["паспорт", "справка", "права"];
        assert_eq!(texts(&menu, "__сс_пр_аавк_а__")[0], "справка");
        assert_eq!(texts(&menu, "_пр_ав_а_"), ["права", "справка", "паспорт"]);
        assert_eq!(texts(&menu, ""), [""; 0]);
        assert_eq!(texts(&menu, "па"), [""; 0], "two frames are no word of five letters");
    }

    #[test]
    fn between_equal_letters_stands_a_blank() {
        assert_eq!(texts(&["анна", "ана"], "_ан_на_")[0], "анна");
        assert_eq!(texts(&["анна", "ана"], "_аннна_")[0], "ана");
        assert_eq!(texts(&["анна"], "анна"), [""; 0], "four frames are too few for two equal letters");
    }

    #[test]
    fn a_path_that_is_sure_has_no_doubt_and_what_is_not_in_the_grammar_has_much() {
        let of = |line| decoded(&trie(&["паспорт", "справка"]), &scores(line))[0].confidence;
        assert_eq!(of("_п_а_с_п_о_р_т_"), 0.0);
        assert_eq!(of("_п_а_с_п_о_?_т_"), 0.0, "a letter that may be any is no doubt");
        assert!(of("_к_о_т_и_к_и_о_") < -2.0, "{}", of("_к_о_т_и_к_и_о_"));
        // The same doubt over twice the time is half of it a frame.
        let (short, long) = (of("_к_а_с_п_о_р_т_"), of("_к_а_с_п_о_р_т________________"));
        assert!((short / long - 2.0).abs() < 0.01, "{short} {long}");
    }

    #[test]
    fn the_language_is_that_of_the_words() {
        let of = |phrases: &[&str], line| decoded(&trie(phrases), &scores(line))[0].lang;
        assert_eq!(of(&["құжат"], "құжат"), Some(Lang::Kk));
        assert_eq!(of(&["паспорт"], "паспорт"), None);
    }
}
