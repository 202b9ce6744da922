//! How alike the letters of an utterance and of a topic are: pieces of three and four letters, each word with its ends marked.

use std::collections::BTreeMap;

use super::scale;

/// A piece of a word; the fourth is `\0` in a piece of three.
type Piece = [char; 4];

/// What stands before and after a word.
const END: char = '_';

/// The letters of a word that are looked at.
const WORD_LETTERS_MAX: usize = 40;

/// Added to what a piece counts, so that one of all topics counts a little, in thousandths.
const COMMON: u64 = 150;

/// Topics by the pieces of their words.
#[derive(Clone, Debug, Default)]
pub(super) struct Letters {
    pieces: BTreeMap<Piece, Posting>,
    /// The length of each topic's vector.
    lengths: Vec<u64>,
}

#[derive(Clone, Debug, Default)]
struct Posting {
    /// What the piece counts, in thousandths.
    weight: u64,
    /// Topic → the piece's part of its vector.
    topics: Vec<(usize, u64)>,
}

impl Letters {
    /// Of the words of each topic.
    pub(super) fn of(topics: &[Vec<String>]) -> Self {
        let mut pieces: BTreeMap<Piece, Posting> = BTreeMap::new();
        for (topic, words) in topics.iter().enumerate() {
            for (piece, count) in counted(words) {
                pieces.entry(piece).or_default().topics.push((topic, count));
            }
        }
        let mut squares = vec![0; topics.len()];
        for posting in pieces.values_mut() {
            posting.weight = scale::log2(topics.len() as u64, posting.topics.len() as u64) + COMMON;
            for (topic, part) in &mut posting.topics {
                *part = weighed(*part, posting.weight);
                squares[*topic] += *part * *part;
            }
        }
        Self { pieces, lengths: squares.into_iter().map(u64::isqrt).collect() }
    }

    /// The cosine with each topic, in thousandths.
    pub(super) fn alike(&self, words: &[String], topics: usize) -> Vec<u64> {
        let mut shared = vec![0; topics];
        let mut square = 0;
        for (piece, count) in counted(words) {
            let Some(posting) = self.pieces.get(&piece) else { continue };
            let part = weighed(count, posting.weight);
            square += part * part;
            for (topic, own) in &posting.topics {
                shared[*topic] += part * own;
            }
        }
        let length = square.isqrt();
        let cosine = |(shared, own): (u64, &u64)| (shared * 1_000).checked_div(length * own).unwrap_or(0);
        shared.into_iter().zip(&self.lengths).map(cosine).collect()
    }
}

/// A piece that comes again counts less than before.
fn weighed(count: u64, weight: u64) -> u64 {
    (count * 1_000_000).isqrt() * weight / 1_000
}

fn counted(words: &[String]) -> BTreeMap<Piece, u64> {
    let mut counts = BTreeMap::new();
    for word in words {
        let letters: Vec<char> = std::iter::once(END).chain(word.chars().take(WORD_LETTERS_MAX)).chain([END]).collect();
        for three in letters.windows(3) {
            *counts.entry([three[0], three[1], three[2], '\0']).or_default() += 1;
        }
        for four in letters.windows(4) {
            *counts.entry([four[0], four[1], four[2], four[3]]).or_default() += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_recogniser_leaves_most_letters() {
        let topics = ["апостиль на диплом", "справка о судимости"].map(|text| text.split(' ').map(str::to_owned).collect());
        let letters = Letters::of(&topics);
        let alike = |text: &str| letters.alike(&text.split(' ').map(str::to_owned).collect::<Vec<_>>(), 2);
        let slip = alike("опостиль диплома");
        assert!(slip[0] > 700 && slip[1] < 100, "{slip:?}");
        assert_eq!(alike("погода"), [0, 0]);
        assert_eq!(alike(""), [0, 0]);
    }
}
