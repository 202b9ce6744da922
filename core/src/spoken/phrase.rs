//! What is said, as words in their order: one source for the text that is read and for the clips that are heard.

use std::borrow::Cow;

use crate::lang::Lang;

/// Words and the pauses between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase(Vec<Part>);

/// A part of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// What has a clip of its own: a word, or a few that one breath says (`во вторник`).
    Word(Cow<'static, str>),
    /// A pause that a comma shows.
    Comma,
    /// A pause that nothing shows.
    Breath,
}

/// What says a part of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// The clip of this name.
    Clip(String),
    /// A pause between two groups.
    Pause,
}

/// How the voice leaves the last word of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// The sentence goes on.
    Open,
    /// The sentence is over: the pitch falls.
    Falling,
}

impl Ending {
    /// The ending of what stands before this text.
    pub fn before(text: &str) -> Self {
        let after = text.chars().find(|c| !c.is_whitespace() && !matches!(c, '»' | '"' | ')'));
        if matches!(after, None | Some('.' | '!' | '?' | ';' | '…')) { Self::Falling } else { Self::Open }
    }

    /// What a voice is shown so that it ends a word so: a comma says that more follows.
    pub const fn mark(self) -> char {
        match self {
            Self::Open => ',',
            Self::Falling => '.',
        }
    }
}

impl Phrase {
    /// These words, one after the other.
    pub(super) fn of<T: Into<Cow<'static, str>>>(words: impl IntoIterator<Item = T>) -> Self {
        Self(words.into_iter().map(|word| Part::Word(word.into())).collect())
    }

    /// This phrase, then that.
    pub(super) fn then(mut self, next: Self) -> Self {
        self.0.extend(next.0);
        self
    }

    /// These phrases, with commas between them.
    pub(super) fn listed(phrases: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(phrases, &Part::Comma)
    }

    /// These phrases, with pauses between them that are not written.
    pub(super) fn paced(phrases: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(phrases, &Part::Breath)
    }

    fn joined(phrases: impl IntoIterator<Item = Self>, between: &Part) -> Self {
        let parts: Vec<Vec<Part>> = phrases.into_iter().map(|phrase| phrase.0).collect();
        Self(parts.join(between))
    }

    /// This word glued before the first word: a consonant alone cannot be said.
    pub(super) fn after(mut self, word: &str) -> Self {
        if let Some(Part::Word(first)) = self.0.first_mut() {
            *first = format!("{word} {first}").into();
        }
        self
    }

    /// As one writes it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Word(word) if text.is_empty() => text.push_str(word),
                Part::Word(word) => text.extend([" ", word]),
                Part::Comma => text.push(','),
                Part::Breath => {}
            }
        }
        text
    }

    /// The clips that say it, in order.
    pub fn sounds(&self, lang: Lang, ending: Ending) -> Vec<Sound> {
        let last = self.0.len().saturating_sub(1);
        let ending = |at: usize| if at == last { ending } else { Ending::Open };
        let sound = |(at, part): (usize, &Part)| match part {
            Part::Word(word) => Sound::Clip(clip_name(lang, word, ending(at))),
            Part::Comma | Part::Breath => Sound::Pause,
        };
        self.0.iter().enumerate().map(sound).collect()
    }

    /// Its clips with the words that a voice is given for them.
    pub(super) fn clips(&self, lang: Lang, ending: Ending) -> impl Iterator<Item = (String, String)> {
        let words = self.0.iter().filter_map(|part| match part {
            Part::Word(word) => Some(word),
            Part::Comma | Part::Breath => None,
        });
        let count = words.clone().count();
        words.enumerate().map(move |(at, word)| {
            let ending = if at + 1 == count { ending } else { Ending::Open };
            (clip_name(lang, word, ending), format!("{word}{}", ending.mark()))
        })
    }
}

const DIGITS_KK: [&str; 10] = ["нөл", "бір", "екі", "үш", "төрт", "бес", "алты", "жеті", "сегіз", "тоғыз"];
const DIGITS_RU: [&str; 10] = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"];

/// The words of the ten digits.
pub(super) const fn digits(lang: Lang) -> [&'static str; 10] {
    match lang {
        Lang::Kk => DIGITS_KK,
        Lang::Ru => DIGITS_RU,
    }
}

/// `digit_3` for a digit, else the word in Latin letters; `_end` after it where the pitch falls.
fn clip_name(lang: Lang, word: &str, ending: Ending) -> String {
    let name = match digits(lang).iter().position(|digit| *digit == word) {
        Some(digit) => format!("digit_{digit}"),
        None => word.chars().map(latin).collect(),
    };
    match ending {
        Ending::Open => name,
        Ending::Falling => name + "_end",
    }
}

/// A letter of the two alphabets, in lower case, in Latin letters; what is no letter is `_`. Two words of the inventory never get one name.
const fn latin(letter: char) -> &'static str {
    match letter {
        'а' => "a",
        'ә' => "ae",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'ғ' => "gh",
        'д' => "d",
        'е' => "e",
        'ё' => "yo",
        'ж' => "zh",
        'з' => "z",
        'и' => "i",
        'й' => "j",
        'к' => "k",
        'қ' => "q",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'ң' => "ng",
        'о' => "o",
        'ө' => "oe",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ұ' => "uu",
        'ү' => "ue",
        'ф' => "f",
        'х' => "kh",
        'һ' => "h",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ы' => "y",
        'і' => "i",
        'э' => "eh",
        'ю' => "yu",
        'я' => "ya",
        _ => "_",
    }
}
