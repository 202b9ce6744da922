//! The letters of the network: those of both alphabets, the space between words, and the blank between letters.

/// How many there are.
pub const LETTERS: usize = 43;

/// Nothing is said, or the letter before goes on.
pub const BLANK: u8 = 0;

/// In the network's order; the first stands for the blank.
pub const ALPHABET: &str = "_абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі ";

/// The longest word that can be listened for, in letters.
const WORD_MAX: usize = 64;

/// A word in the network's letters; `None` where it has another, or too many.
pub fn spelt(word: &str) -> Option<Vec<u8>> {
    let letters: Option<Vec<u8>> = word.chars().take(WORD_MAX + 1).map(letter).collect();
    letters.filter(|letters| (1..=WORD_MAX).contains(&letters.len()))
}

fn letter(letter: char) -> Option<u8> {
    let place = ALPHABET.chars().position(|known| known == letter).filter(|place| *place > 0)?;
    u8::try_from(place).ok()
}

/// The likeliest letter of each frame, repetitions and blanks left out: what was heard when nothing in particular is listened for.
pub fn greedy(scores: &[f32]) -> String {
    let best = |frame: &[f32]| frame.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1)).map_or(0, |(at, _)| at);
    let mut path: Vec<usize> = scores.chunks_exact(LETTERS).map(best).collect();
    path.dedup();
    let text: String = path.into_iter().filter(|at| *at > 0).filter_map(|at| ALPHABET.chars().nth(at)).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_both_languages_have_letters_and_nothing_else_has() {
        assert_eq!(ALPHABET.chars().count(), LETTERS);
        assert_eq!(spelt("аб"), Some(vec![1, 2]));
        for (word, has) in [("әңгіме", true), ("объём", false), ("объем", true), ("e-gov", false), ("12", false), ("_", false), ("", false)]
        {
            assert_eq!(spelt(word).is_some(), has, "{word}");
        }
        assert_eq!((spelt(&"а".repeat(64)).is_some(), spelt(&"а".repeat(65)).is_some()), (true, false));
    }
}
