//! A small notation for what people say, over words instead of sentences.
//!
//! | written | fits |
//! |---|---|
//! | `меню` | the word |
//! | `соедин*` | a word that begins so, whatever its ending in either language |
//! | `а\|б*` | either |
//! | `[а\|б]` | either, or nothing |
//! | `..` | up to [`GAP_MAX`] words, whichever |
//! | `@name` | the words of that name in [`WORDS`] |
//!
//! A Kazakh letter fits the Russian one by which it is typed or recognised where there is no Kazakh keyboard (`жоқ` fits `жок`); the other way round it does not, so the Kazakh `аға`, a man addressed, is not the Russian `ага`.

use std::ops::Range;

/// The most words that a gap passes over.
pub(super) const GAP_MAX: usize = 3;

/// Words that several patterns share.
const WORDS: &[(&str, &str)] = &[
    (
        "connect",
        "соедин*|переключ*|переведи*|перевести|свяжи*|связать|позов*|позва*|пригласи*|дай|дайте|қос|қосы*|қоса|қосш*|қосп*|шақыр*|\
           байланыстыр*|жалға*",
    ),
    (
        "human",
        "оператор*|специалист*|сотрудник*|консультант*|менеджер*|человек*|людьми|маман|маман*|қызметкер*|кеңесші*|диспетчер*|кісімен|\
           кісіге|кісі|адам|адамға|адаммен|адамды",
    ),
    ("talk", "поговор*|говор*|разговар*|общаться|пообща*|сөйле*|тілдес*|байланыс*"),
    (
        "send",
        "отправь*|отправля*|отправить|пришли|пришлите|прислать|присыл*|шлите|скин*|кинь*|сбрось*|вышли|вышлите|выслать|жібер*|жолда*|\
           таста*",
    ),
    ("sms", "смс*|эсэмэс*|сообщени*|хабарлама*"),
    ("kazakh", "казахски|казахском|казахский|қазақша*"),
    ("russian", "русски|русском|русский|орысша*|орусша|русша"),
    (
        "speak",
        "говор*|скаж*|поговор*|айт*|сөйле*|ауыс*|көш*|переключ*|переведи*|перейд*|перейти|продолж*|ответь*|отвеча*|жалғастыр*|өт*|қос*",
    ),
    ("want", "можно|давай*|хочу|хотел*|лучше|надо|нужно|удобнее|бола|болады|болсын|болса|керек|жақсы|келеді|қалаймын|ма|ме|ба|бе|па|пе|ли"),
    ("you", "вы|ты|сіз|сен|сіздер|сендер"),
    ("return", "қайт|қайту|қайтар*|қайтай*|қайтың*|қайтып|қайтшы|қайтсақ"),
    ("back", "вернись|вернитесь|вернуться|вернемся|верните|возврат*|қайту|қайтар*|қайтай*|қайтың*|қайтыңыз*|қайтып|қайтшы|қайтам*"),
];

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Element>);

#[derive(Debug)]
enum Element {
    One(Vec<Form>),
    Maybe(Vec<Form>),
    Gap,
}

#[derive(Debug)]
enum Form {
    Word(&'static str),
    Stem(&'static str),
}

impl Pattern {
    /// Reads the notation; what is not in it would be a word that nobody says, so a test reads every pattern of the house back.
    pub(super) fn of(text: &'static str) -> Self {
        Self(text.split_whitespace().map(Element::of).collect())
    }

    /// The furthest end of a fit that begins at word `at`.
    pub(super) fn fits_at(&self, words: &[String], at: usize) -> Option<usize> {
        furthest(&self.0, words, at)
    }

    /// Every place where it fits, one from each beginning.
    pub(super) fn fits<'a>(&'a self, words: &'a [String]) -> impl Iterator<Item = Range<usize>> + 'a {
        (0..words.len()).filter_map(|at| self.fits_at(words, at).map(|end| at..end))
    }
}

impl Element {
    fn of(text: &'static str) -> Self {
        if text == ".." {
            return Self::Gap;
        }
        match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            Some(inside) => Self::Maybe(forms(inside)),
            None => Self::One(forms(text)),
        }
    }
}

fn forms(text: &'static str) -> Vec<Form> {
    text.split('|').flat_map(|form| form.strip_prefix('@').map_or(form, named).split('|')).map(Form::of).collect()
}

/// The words of a name; a name that does not exist is nobody's word.
fn named(name: &str) -> &'static str {
    WORDS.iter().find(|(known, _)| *known == name).map_or("@", |(_, words)| words)
}

impl Form {
    fn of(text: &'static str) -> Self {
        text.strip_suffix('*').map_or(Self::Word(text), Self::Stem)
    }

    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Word(form) => form.chars().count() == word.chars().count() && begins(word, form),
            Self::Stem(stem) => begins(word, stem),
        }
    }
}

fn furthest(elements: &[Element], words: &[String], at: usize) -> Option<usize> {
    let Some((first, rest)) = elements.split_first() else { return Some(at) };
    let fits = |forms: &[Form]| words.get(at).is_some_and(|word| forms.iter().any(|form| form.fits(word)));
    match first {
        Element::One(forms) => fits(forms).then(|| furthest(rest, words, at + 1)).flatten(),
        Element::Maybe(forms) => {
            let taken = fits(forms).then(|| furthest(rest, words, at + 1)).flatten();
            taken.max(furthest(rest, words, at))
        }
        Element::Gap => (at..=words.len().min(at + GAP_MAX)).filter_map(|at| furthest(rest, words, at)).max(),
    }
}

/// Whether a word begins with a stem, its Kazakh letters as they are or as a Russian keyboard has them.
pub(super) fn begins(word: &str, stem: &str) -> bool {
    let mut letters = word.chars();
    stem.chars().all(|wanted| letters.next().is_some_and(|came| came == wanted || came == plain(wanted)))
}

/// The letter by which a Kazakh one is typed where the keyboard lacks it.
pub(in crate::grammar) fn plain(letter: char) -> char {
    match letter {
        'ә' => 'а',
        'ғ' => 'г',
        'қ' => 'к',
        'ң' => 'н',
        'ө' => 'о',
        'ұ' | 'ү' => 'у',
        'һ' => 'х',
        'і' => 'и',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::words;

    #[test]
    fn the_notation_means_what_its_table_says() {
        for (pattern, line, fit) in [
            ("меню", "меню", Some(0..1)),
            ("меню", "менюшка", None),
            ("соедин* .. оператор*", "соедините меня пожалуйста с оператором", Some(0..5)),
            ("соедин* .. оператор*", "соедините меня вот прямо сейчас с оператором", None),
            ("[ну|вот] назад", "ну назад", Some(0..2)),
            ("[ну|вот] назад", "назад", Some(0..1)),
            ("@sms .. @send", "маған смспен жібере салыңызшы", Some(1..3)),
            ("жоқ", "жок", Some(0..1)),
            ("ага", "аға", None),
            ("@nobody", "@", None),
        ] {
            assert_eq!(Pattern::of(pattern).fits(&words(line)).next(), fit, "{pattern}: {line}");
        }
    }
}
