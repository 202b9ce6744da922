//! An author's phrases in what a caller says: choices of a menu by their words, items of closed lists, cities.
//!
//! Words are compared by their stems, so any case of Russian and any chain of Kazakh suffixes is the word (`анықтаманы`, `куәлігімді`, `в справке`); their order and what stands between them is free.
//! How much a word of a phrase counts falls with the number of things that it may mean: `куәлік` alone, where two kinds are on offer, finds both, and which is meant is the interpreter's to ask.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::navigation::{Answer, Command, command, yes_no};
use super::words::{Reading, Sure, words};
use crate::lang::Lang;

/// The most phrases of one list.
pub const PHRASES_MAX: usize = 1_024;

/// The most words of a phrase that are compared.
pub const PHRASE_WORDS_MAX: usize = 16;

/// The shortest stem: `үй`, `ИП`.
pub const STEM_MIN: usize = 2;

/// What a stem keeps when endings are cut off unseen.
const STEM_LEFT: usize = 4;

/// What a word counts that only one thing has.
const WHOLE_WEIGHT: usize = 60;

/// Phrases of both languages, and what they name.
#[derive(Clone, Debug)]
pub struct Phrases<Id> {
    /// Each once.
    ids: Vec<Id>,
    phrases: Vec<Compiled>,
    /// Every word of a phrase once.
    vocabulary: Vec<Entry>,
}

/// A phrase as places in the vocabulary.
#[derive(Clone, Debug)]
struct Compiled {
    id: usize,
    words: Vec<usize>,
    /// As the author wrote it.
    sentence: String,
}

#[derive(Clone, Debug)]
struct Entry {
    word: String,
    weight: usize,
}

/// A phrase that was found, and how well. The greater is the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    /// What its words that were said count together.
    pub weight: usize,
    /// Whether all its words were said, save those that most phrases have.
    pub complete: bool,
    /// Whether all of them in its own form: `сады` is rather `Сады` than `Сад`.
    pub literal: bool,
}

impl<Id: Clone + PartialEq> Phrases<Id> {
    /// Compiles phrases; one of no words, and those after [`PHRASES_MAX`], are never found.
    pub fn of<'a>(phrases: impl IntoIterator<Item = (&'a str, Id)>) -> Self {
        let mut compiled = Self { ids: Vec::new(), phrases: Vec::new(), vocabulary: Vec::new() };
        for (text, id) in phrases.into_iter().take(PHRASES_MAX) {
            compiled.add(text, id);
        }
        compiled.weigh();
        compiled
    }

    fn add(&mut self, text: &str, id: Id) {
        let id = self.ids.iter().position(|known| *known == id).unwrap_or_else(|| {
            self.ids.push(id);
            self.ids.len() - 1
        });
        let words = content(text).iter().map(|word| self.entry(word)).collect();
        self.phrases.push(Compiled { id, words, sentence: text.to_owned() });
    }

    fn entry(&mut self, word: &str) -> usize {
        self.vocabulary.iter().position(|entry| entry.word == word).unwrap_or_else(|| {
            self.vocabulary.push(Entry { word: word.to_owned(), weight: 0 });
            self.vocabulary.len() - 1
        })
    }

    /// A word that most things share counts nothing, and need not be said: it hardly tells them apart.
    fn weigh(&mut self) {
        let weight = |things: usize| if things > 2 && things * 2 > self.ids.len() { 0 } else { WHOLE_WEIGHT / things.max(1) };
        let weights: Vec<usize> = self.vocabulary.iter().map(|entry| weight(self.things_called(&entry.word))).collect();
        for (entry, weight) in self.vocabulary.iter_mut().zip(weights) {
            entry.weight = weight;
        }
    }

    fn things_called(&self, word: &str) -> usize {
        let has = |phrase: &Compiled| {
            phrase.words.iter().any(|at| same(&self.vocabulary[*at].word, word) || same(word, &self.vocabulary[*at].word))
        };
        let mut ids: Vec<usize> = self.phrases.iter().filter(|phrase| has(phrase)).map(|phrase| phrase.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    /// What each phrase names, and its words as they are compared: what a simulated caller says.
    pub fn phrases(&self) -> impl Iterator<Item = (&Id, String)> {
        let word = |at: &usize| self.vocabulary[*at].word.as_str();
        self.phrases.iter().map(move |phrase| (&self.ids[phrase.id], phrase.words.iter().map(word).collect::<Vec<_>>().join(" ")))
    }

    /// Each phrase as its author wrote it: what a recogniser listens for.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        self.phrases.iter().map(|phrase| phrase.sentence.as_str())
    }

    /// What is named best; several when they are named equally well.
    pub fn find(&self, words: &[String]) -> Vec<Reading<Id>> {
        let scored = self.scored(words);
        let best = scored.first().map(|(score, _)| *score);
        scored.into_iter().take_while(|(score, _)| Some(*score) == best).map(|(_, reading)| reading).collect()
    }

    /// Everything that is named at all, the best first; equally good ones in the author's order.
    pub fn scored(&self, words: &[String]) -> Vec<(Score, Reading<Id>)> {
        let said: Vec<Vec<usize>> = self.vocabulary.iter().map(|entry| places(words, &entry.word)).collect();
        let mut best: Vec<Option<(Score, Range<usize>)>> = vec![None; self.ids.len()];
        for phrase in &self.phrases {
            let found = self.fit(phrase, &said, words);
            if found.as_ref().map(|(score, _)| *score) > best[phrase.id].as_ref().map(|(score, _)| *score) {
                best[phrase.id] = found;
            }
        }
        let reading = |(id, found): (&Id, Option<(Score, Range<usize>)>)| {
            let (score, words) = found?;
            let sure = if score.complete { Sure::Plainly } else { Sure::Doubtfully };
            Some((score, Reading { value: id.clone(), words, sure }))
        };
        let mut found: Vec<_> = self.ids.iter().zip(best).filter_map(reading).collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found
    }

    /// Each word of the utterance counts for one word of the phrase.
    fn fit(&self, phrase: &Compiled, said: &[Vec<usize>], words: &[String]) -> Option<(Score, Range<usize>)> {
        let mut used: Vec<usize> = Vec::new();
        let mut score = Score { weight: 0, complete: true, literal: true };
        for entry in &phrase.words {
            let Some(at) = said[*entry].iter().find(|at| !used.contains(at)) else {
                score.complete &= self.vocabulary[*entry].weight == 0;
                continue;
            };
            used.push(*at);
            score.weight += self.vocabulary[*entry].weight;
            score.literal &= plain(&words[*at]) == self.vocabulary[*entry].word;
        }
        score.literal &= score.complete;
        let (first, last) = (used.iter().min()?, used.iter().max()?);
        (score.weight > 0).then_some((score, *first..*last + 1))
    }
}

/// Phrases of different things that one utterance would name equally well: the places of the second and of the first.
pub fn collisions<Id: PartialEq>(phrases: &[(&str, Id)]) -> Vec<(usize, usize)> {
    // Two forms of a word begin alike, so only phrases whose words do are compared.
    let mut alike: BTreeMap<BTreeSet<String>, Vec<(usize, Vec<String>)>> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, (text, id)) in phrases.iter().enumerate() {
        let words = content(text);
        let earlier = alike.entry(words.iter().map(|word| word.chars().take(STEM_MIN).collect()).collect()).or_default();
        let other = earlier.iter().find(|(other, known)| phrases[*other].1 != *id && collide(&words, known));
        found.extend(other.map(|(other, _)| (at, *other)));
        earlier.push((at, words));
    }
    found
}

/// Whether, whatever their order and endings, they are made of the same words.
fn collide(one: &[String], other: &[String]) -> bool {
    let covers = |some: &[String], all: &[String]| some.iter().all(|word| all.iter().any(|known| same(word, known) || same(known, word)));
    covers(one, other) && covers(other, one)
}

/// What a phrase would be taken for before an author's menu hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shadow {
    /// A command that holds everywhere.
    Command(Command),
    /// An answer of yes or no.
    Answer(Answer),
}

/// What a phrase is already, if anything: an author may not give it another meaning.
pub fn shadowed(phrase: &str) -> Option<Shadow> {
    let words = words(phrase);
    // The call's language changes only what "the other language" is.
    command(&words, Lang::Kk).map(Shadow::Command).or_else(|| yes_no(&words).map(Shadow::Answer))
}

/// The words of a phrase that say something, without Kazakh letters; all of them when none does.
fn content(text: &str) -> Vec<String> {
    let all: Vec<String> = words(text).iter().map(|word| plain(word)).take(PHRASE_WORDS_MAX).collect();
    let telling: Vec<String> = all.iter().filter(|word| !JOINTS.contains(&word.as_str())).cloned().collect();
    if telling.is_empty() { all } else { telling }
}

/// Words that join others, in letters without Kazakh ones.
const JOINTS: [&str; 33] = [
    "и",
    "или",
    "либо",
    "на",
    "в",
    "во",
    "о",
    "об",
    "с",
    "со",
    "по",
    "для",
    "из",
    "от",
    "до",
    "у",
    "к",
    "за",
    "при",
    "и",
    "мен",
    "жане",
    "немесе",
    "туралы",
    "ушин",
    "бойынша",
    // asks, and says of nothing what it is
    "ма",
    "ме",
    "ба",
    "бе",
    "па",
    "пе",
    "ли",
];

fn places(words: &[String], entry: &str) -> Vec<usize> {
    (0..words.len()).filter(|at| same(&plain(&words[*at]), entry)).collect()
}

/// A word without Kazakh letters: `куәлік` and `куалик` are one.
pub fn plain(word: &str) -> String {
    word.chars().map(super::navigation::plain).collect()
}

/// Whether what was said is the word, in whatever form. Both without Kazakh letters.
pub fn same(said: &str, word: &str) -> bool {
    if said == word {
        return true;
    }
    let shared = said.chars().zip(word.chars()).take_while(|(said, word)| said == word).count();
    if shared < STEM_MIN.min(said.chars().count().max(word.chars().count())) {
        return false;
    }
    // A form may share less with the word than their letters do: `новым` has the `ы` of `новый`.
    (shared.saturating_sub(1)..=shared).rev().any(|stem| is_form(said, word, stem)) || is_softened(said, word, shared)
}

/// The shortest stem of a word that its endings leave, without Kazakh letters: suffixes in their layers, or a Russian ending.
pub fn stem(word: &str) -> &str {
    let ends = |(at, _): &(usize, char)| is_suffix_chain(&word[*at..]) || RUSSIAN.contains(&&word[*at..]);
    word.char_indices().skip(STEM_LEFT).find(ends).map_or(word, |(at, _)| &word[..at])
}

/// What stands behind so many letters.
fn behind(word: &str, letters: usize) -> &str {
    word.char_indices().nth(letters).map_or("", |(at, _)| &word[at..])
}

/// Whether both are a stem of so many letters with endings of the same language.
fn is_form(said: &str, word: &str, stem: usize) -> bool {
    let (rest, own) = (behind(said, stem), behind(word, stem));
    if own.is_empty() && stem >= STEM_MIN && is_suffix_chain(rest) {
        return true;
    }
    // An author writes `анықтамасы`, a caller says `анықтама` or `анықтаманы`.
    let kazakh = stem >= 4 && POSSESSED.contains(&own) && is_suffix_chain(rest);
    // Of three letters only those that lack one: `виза` has a form `визы`, but `семь` is none of `семей`.
    let russian = stem >= 3 + usize::from(own.chars().nth(1).is_some()) && RUSSIAN.contains(&own) && RUSSIAN.contains(&rest);
    kazakh || russian
}

/// Kazakh softens the last letter before a vowel: `куәлік`, `куәлігі`; `мектеп`, `мектебі`.
fn is_softened(said: &str, word: &str, shared: usize) -> bool {
    let pair = (said.chars().nth(shared), word.chars().nth(shared));
    let soft = matches!(pair, (Some('г'), Some('к')) | (Some('к'), Some('г')) | (Some('б'), Some('п')) | (Some('п'), Some('б')));
    soft && shared >= 3 && is_suffix_chain(behind(said, shared + 1)) && is_suffix_chain(behind(word, shared + 1))
}

/// What a Kazakh word that belongs to another ends with, without Kazakh letters.
const POSSESSED: [&str; 4] = ["ы", "и", "сы", "си"];

/// Kazakh suffixes in their order, without Kazakh letters: plural, what derives, possessive, case, what belongs.
const SUFFIXES: [&[&str]; 5] = [
    &["лар", "лер", "дар", "дер", "тар", "тер"],
    &["лык", "лик", "дык", "дик", "тык", "тик", "лыг", "лиг", "сыз", "сиз", "ша", "ше"],
    &["ым", "им", "м", "ын", "ин", "н", "ы", "и", "сы", "си", "ымыз", "имиз", "мыз", "миз", "ыныз", "иниз", "ныз", "низ"],
    &[
        "нын", "нин", "дын", "дин", "тын", "тин", "га", "ге", "ка", "ке", "на", "не", "а", "е", "ны", "ни", "ды", "ди", "ты", "ти", "н",
        "да", "де", "та", "те", "нда", "нде", "дан", "ден", "тан", "тен", "нан", "нен", "мен", "бен", "пен",
    ],
    &["гы", "ги", "ники", "дики", "тики", "мын", "мин", "сын", "син"],
];

fn is_suffix_chain(rest: &str) -> bool {
    fn from(rest: &str, slots: &[&[&str]]) -> bool {
        let Some((first, later)) = slots.split_first() else { return rest.is_empty() };
        from(rest, later) || first.iter().any(|suffix| rest.strip_prefix(suffix).is_some_and(|rest| from(rest, later)))
    }
    from(rest, &SUFFIXES)
}

/// Endings of Russian nouns and adjectives.
const RUSSIAN: [&str; 57] = [
    "", "а", "я", "ы", "и", "у", "ю", "е", "о", "ь", "й", "ой", "ей", "ом", "ем", "ам", "ям", "ах", "ях", "ами", "ями", "ов", "ев", "ий",
    "ый", "ая", "яя", "ое", "ее", "ые", "ие", "ого", "его", "ому", "ему", "ым", "им", "ых", "их", "ую", "юю", "ия", "ии", "ию", "ием",
    "иям", "иях", "иями", "ье", "ья", "ью", "ыми", "ими", "ка", "ки", "ок", "ек",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn documents() -> Phrases<&'static str> {
        Phrases::of([
            ("жеке куәлік", "id"),
            ("удостоверение личности", "id"),
            ("жүргізуші куәлігі", "licence"),
            ("водительское удостоверение", "licence"),
            ("водительские права", "licence"),
            ("паспорт", "passport"),
            ("адресная справка", "address"),
            ("мекенжай анықтамасы", "address"),
            ("справка о недвижимости", "property"),
            ("свидетельство о рождении", "birth"),
            ("туу туралы куәлік", "birth"),
            ("детский сад", "kindergarten"),
        ])
    }

    fn found(line: &str) -> Vec<&'static str> {
        documents().find(&words(line)).into_iter().map(|reading| reading.value).collect()
    }

    #[test]
    fn a_phrase_is_found_in_any_form_and_order() {
        for (line, expected) in [
            ("паспорт", vec!["passport"]),
            ("паспортымды алайын деп едім", vec!["passport"]),
            ("насчет паспорта", vec!["passport"]),
            ("жеке куәлігімді", vec!["id"]),
            ("жеке куалик", vec!["id"]),
            ("ну это водительских прав", vec!["licence"]),
            ("права", vec!["licence"]),
            ("жүргізуші куәлігіммен", vec!["licence"]),
            ("справку адресную", vec!["address"]),
            ("справки о моей недвижимости", vec!["property"]),
            ("мне справку", vec!["address", "property"]),
            ("куәлік", vec!["id", "licence", "birth"]),
            ("удостоверения", vec!["id", "licence"]),
            ("туу туралы куәлікті", vec!["birth"]),
            ("свидетельства о рождении ребёнка", vec!["birth"]),
            ("садик", vec![]),
            ("паспортист", vec![]),
            ("пас", vec![]),
            ("правда", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(found(line), expected, "{line}");
        }
    }

    #[test]
    fn a_part_of_a_phrase_is_found_doubtfully_and_the_words_are_told() {
        let found = documents().find(&words("мне бы водительское срочно"));
        assert_eq!(found, [Reading { value: "licence", words: 2..3, sure: Sure::Doubtfully }]);
        let found = documents().find(&words("мне паспорт"));
        assert_eq!(found, [Reading { value: "passport", words: 1..2, sure: Sure::Plainly }]);
    }

    #[test]
    fn of_a_phrase_and_a_longer_one_the_fuller_is_meant() {
        let phrases = Phrases::of([("паспорт", 1), ("технический паспорт", 2)]);
        let best = |line| phrases.find(&words(line)).into_iter().map(|reading| reading.value).collect::<Vec<_>>();
        assert_eq!((best("паспорт"), best("технический паспорт"), best("технический")), (vec![1], vec![2], vec![2]));
        let rest: Vec<i32> = phrases.scored(&words("технический паспорт")).into_iter().map(|(_, reading)| reading.value).collect();
        assert_eq!(rest, [2, 1]);
    }

    #[test]
    fn a_word_counts_the_less_the_more_things_it_may_mean() {
        let phrases = Phrases::of([("адресная справка", 1), ("справка о недвижимости", 2), ("технический паспорт", 3)]);
        let best = |line| phrases.find(&words(line)).into_iter().map(|reading| reading.value).collect::<Vec<_>>();
        assert_eq!((best("справку"), best("паспорт"), best("справку на паспорт")), (vec![1, 2], vec![3], vec![3]));
    }

    #[test]
    fn a_word_that_most_things_share_neither_finds_nor_lacks() {
        let phrases = Phrases::of([("жеке куәлік", 1), ("туу туралы куәлік", 2), ("жүргізуші куәлігі", 3)]);
        assert!(phrases.find(&words("куәлік керек")).is_empty());
        assert_eq!(phrases.find(&words("жүргізуші")), [Reading { value: 3, words: 0..1, sure: Sure::Plainly }]);
    }

    #[test]
    fn a_word_said_once_is_not_two_of_a_phrase() {
        let phrases = Phrases::of([("рука в руке", 1)]);
        let sure = |line| phrases.find(&words(line)).into_iter().map(|reading| reading.sure).collect::<Vec<_>>();
        assert_eq!((sure("рука"), sure("рука в руке")), (vec![Sure::Doubtfully], vec![Sure::Plainly]));
    }

    #[test]
    fn forms_of_short_words_are_few() {
        for (said, word, is) in [
            ("цонга", "цон", true),
            ("цоне", "цон", true),
            ("уйге", "уй", true),
            ("дома", "дом", true),
            ("домра", "дом", false),
            ("семь", "семей", false),
            ("семья", "семей", false),
            ("семейге", "семей", true),
            ("мектебинин", "мектеп", true),
            ("карагандинской", "карагандинская", true),
            ("караганде", "караганда", true),
            ("каражал", "каратау", false),
            ("визы", "виза", true),
            ("визит", "виза", false),
            ("справок", "справка", true),
            ("права", "право", true),
            ("кола", "кот", false),
            ("аныктама", "аныктамасы", true),
            ("аныктаманы", "аныктамасы", true),
        ] {
            assert_eq!(same(said, word), is, "{said} {word}");
        }
    }

    #[test]
    fn phrases_of_the_same_words_collide() {
        let collide = |one, other| !collisions(&[(one, 1), (other, 2)]).is_empty();
        assert!(collide("адресная справка", "справка адресная"));
        assert!(collide("справка", "справки"));
        assert!(collide("жеке куәлік", "жеке куәлігі"));
        assert!(!collide("паспорт", "технический паспорт"));
        assert!(!collide("справка о рождении", "справка о браке"));
        let same_thing = [("справка", 1), ("справки", 1), ("паспорт", 2), ("справку", 2), ("паспорта", 3)];
        assert_eq!(collisions(&same_thing), [(3, 0), (4, 2)]);
    }

    #[test]
    fn what_is_a_command_or_an_answer_already_is_said_so() {
        assert_eq!(shadowed("назад"), Some(Shadow::Command(Command::Back)));
        assert_eq!(shadowed("бас мәзір"), Some(Shadow::Command(Command::MainMenu)));
        assert_eq!(shadowed("дұрыс"), Some(Shadow::Answer(Answer::Yes)));
        assert_eq!(shadowed("паспорт"), None);
    }

    #[test]
    fn a_long_list_is_cut() {
        let many: Vec<String> = (0..PHRASES_MAX + 10).map(|n| format!("{n}-слово")).collect();
        let phrases = Phrases::of(many.iter().enumerate().map(|(n, text)| (text.as_str(), n)));
        assert_eq!(phrases.ids.len(), PHRASES_MAX);
        assert!(phrases.find(&words("1030")).is_empty());
    }
}
