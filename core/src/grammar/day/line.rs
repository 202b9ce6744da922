//! An utterance with what its words can be, and the reading of numbers and set phrases in it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::lexicon::{Form, Gloss, Kind, Part, Rank, Sense, Unit, ending_form, glosses};
use crate::calendar::Weekday;
use crate::grammar::{Reading, Sure};
use crate::lang::is_kazakh_letter;
use crate::spoken::kazakh::Case as Kk;
use crate::spoken::russian::{Case as Ru, Gender};

/// The words of an utterance.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    words: Vec<&'a str>,
    glosses: Vec<Vec<Gloss>>,
    #[cfg(test)]
    pub(super) looks: std::cell::Cell<usize>,
}

/// A number in an utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numeral {
    /// Its value; 9999 stands for more.
    pub(super) value: u16,
    /// The word after it.
    pub(super) end: usize,
    /// The ending of its last word.
    pub(super) form: Form,
    /// Whether its last word is an ordinal.
    pub(super) ordinal: bool,
    /// Whether all of it stands as in a count.
    pub(super) direct: bool,
    /// In digits.
    pub(super) typed: bool,
}

/// What a stretch of words means; nothing when it names a day or an hour that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found<T> {
    /// Every meaning.
    pub(super) values: Vec<(T, Sure)>,
    /// The word after it.
    pub(super) end: usize,
}

impl<T> Found<T> {
    /// With one meaning.
    pub(super) fn plainly(value: T, end: usize) -> Self {
        Self { values: vec![(value, Sure::Plainly)], end }
    }
}

impl<'a> Line<'a> {
    pub(super) fn new(words: &'a [String]) -> Self {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let glosses = words.iter().map(|word| glosses(word)).collect();
        Self {
            words,
            glosses,
            #[cfg(test)]
            looks: std::cell::Cell::new(0),
        }
    }

    /// The same with these words struck out: nothing is read from them or across them.
    pub(super) fn without(mut self, spans: impl IntoIterator<Item = Range<usize>>) -> Self {
        for span in spans {
            self.words[span.clone()].fill(STRUCK);
            self.glosses[span].fill(Vec::new());
        }
        self
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// The word here; empty beyond the end.
    pub(super) fn word(&self, at: usize) -> &'a str {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
        self.words.get(at).copied().unwrap_or_default()
    }

    /// Whether the word here is one of these.
    pub(super) fn is(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.word(at))
    }

    /// Whether the word before this one is one of these.
    pub(super) fn follows(&self, at: usize, words: &[&str]) -> bool {
        at.checked_sub(1).is_some_and(|before| self.is(before, words))
    }

    /// Past the words of this kind, at most `most` of them.
    pub(super) fn past(&self, at: usize, words: &[&str], most: usize) -> usize {
        (at..at + most).find(|at| !self.is(*at, words)).unwrap_or(at + most)
    }

    fn glosses(&self, at: usize) -> &[Gloss] {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
        self.glosses.get(at).map_or(&[], Vec::as_slice)
    }

    fn sense<T>(&self, at: usize, pick: impl Fn(Sense) -> Option<T>) -> Option<T> {
        self.glosses(at).iter().find_map(|gloss| pick(gloss.sense))
    }

    pub(super) fn month(&self, at: usize) -> Option<u8> {
        self.sense(at, |sense| if let Sense::Month(month) = sense { Some(month) } else { None })
    }

    pub(super) fn weekday(&self, at: usize) -> Option<Weekday> {
        self.sense(at, |sense| if let Sense::Weekday(day) = sense { Some(day) } else { None })
    }

    pub(super) fn ahead(&self, at: usize) -> Option<u8> {
        self.sense(at, |sense| if let Sense::Ahead(days) = sense { Some(days) } else { None })
    }

    pub(super) fn unit(&self, at: usize) -> Option<Unit> {
        self.sense(at, |sense| if let Sense::Unit(unit) = sense { Some(unit) } else { None })
    }

    /// Whether this word counts time in this.
    pub(super) fn counts(&self, at: usize, unit: Unit) -> bool {
        self.unit(at) == Some(unit)
    }

    /// Whether this word begins a number.
    pub(super) fn is_number(&self, at: usize) -> bool {
        self.typed(at).is_some() || self.part(at).is_some()
    }

    /// Whether the word before this one belongs to a number.
    pub(super) fn follows_number(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|before| self.is_number(before))
    }

    /// The value of this word alone, when it is one of tens.
    pub(super) fn tens(&self, at: usize) -> Option<u16> {
        self.part(at).filter(|(part, _)| part.rank == Rank::Tens).map(|(part, _)| part.value)
    }

    /// Whether this word has a Kazakh ending of this case.
    pub(super) fn stands_in(&self, at: usize, case: Kk) -> bool {
        self.glosses(at).iter().any(|gloss| gloss.form.case == case)
    }

    /// Whether this word is a Russian ordinal of a day or an hour in one of these cases.
    pub(super) fn orders_in(&self, at: usize, cases: &[Ru]) -> bool {
        let fits = |kind| matches!(kind, Kind::OrdinalRu(case, Gender::Neuter) if cases.contains(&case));
        self.glosses(at).iter().any(|gloss| matches!(gloss.sense, Sense::Number(part) if fits(part.kind)))
    }

    fn part(&self, at: usize) -> Option<(Part, Form)> {
        let number = |gloss: &Gloss| if let Sense::Number(part) = gloss.sense { Some((part, gloss.form)) } else { None };
        self.glosses(at).iter().find_map(number)
    }

    /// The number that begins here, as many words as belong to it.
    pub(super) fn numeral(&self, at: usize) -> Option<Numeral> {
        self.typed(at).or_else(|| self.spelled(at))
    }

    fn spelled(&self, at: usize) -> Option<Numeral> {
        let mut sum = Sum::default();
        let mut numeral = Numeral { value: 0, end: at, form: Form::PLAIN, ordinal: false, direct: true, typed: false };
        while let Some((part, form)) = self.part(numeral.end) {
            if !sum.add(part) {
                break;
            }
            let ordinal = !matches!(part.kind, Kind::Cardinal { .. });
            let direct = numeral.direct && matches!(part.kind, Kind::Cardinal { direct: true });
            numeral = Numeral { end: numeral.end + 1, form, ordinal, direct, ..numeral };
            if ordinal || form != Form::PLAIN || part.rank == Rank::Zero {
                break;
            }
        }
        (numeral.end > at).then(|| Numeral { value: sum.value(), ..numeral })
    }

    /// Digits, with an ending glued to them (`15ке`) or behind a hyphen, which is a word of its own by now (`15 ке`).
    fn typed(&self, at: usize) -> Option<Numeral> {
        let word = self.word(at);
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (value, glued) = (word.get(..digits)?.parse().ok().filter(|_| digits <= 4)?, word.get(digits..)?);
        let (ending, end) = match (glued, self.word(at + 1)) {
            ("", next) if !ALONE.contains(&next) && suffix(next).is_some() => (suffix(next), at + 2),
            ("", _) => (Some((Form::PLAIN, false)), at + 1),
            (_, _) => (suffix(glued), at + 1),
        };
        ending.map(|(form, ordinal)| Numeral { value, end, form, ordinal, direct: !ordinal, typed: true })
    }
}

/// What a struck word becomes: no word of anybody's.
const STRUCK: &str = "\u{0}";

/// Endings that are words of their own too.
const ALONE: [&str; 4] = ["да", "мен", "бен", "пен"];

/// What an ending says that was written after digits, and whether it makes an ordinal.
fn suffix(ending: &str) -> Option<(Form, bool)> {
    const RU: [&str; 7] = ["го", "ого", "его", "е", "ое", "му", "ому"];
    const KK: [&str; 6] = ["ші", "шы", "інші", "ыншы", "нші", "ншы"];
    if RU.contains(&ending) {
        return Some((Form::PLAIN, true));
    }
    let after = KK.iter().find_map(|ordinal| ending.strip_prefix(ordinal));
    match after {
        Some("") => Some((Form::PLAIN, true)),
        Some(rest) => ending_form(rest).map(|form| (form, true)),
        None => ending_form(ending).map(|form| (form, false)),
    }
}

/// A number as it grows word by word.
#[derive(Default)]
struct Sum {
    thousands: u32,
    below: u32,
    last: Option<Rank>,
}

impl Sum {
    /// Takes a word if it can stand here.
    fn add(&mut self, part: Part) -> bool {
        let value = u32::from(part.value);
        match (part.rank, self.last) {
            (Rank::Zero | Rank::Hundreds | Rank::Tens | Rank::Teens | Rank::Ones, None)
            | (Rank::Hundreds | Rank::Tens | Rank::Teens | Rank::Ones, Some(Rank::Thousand))
            | (Rank::Tens | Rank::Teens | Rank::Ones, Some(Rank::Hundreds))
            | (Rank::Ones, Some(Rank::Tens)) => self.below += value,
            (Rank::Hundreds, Some(Rank::Ones)) if value == 100 && self.below < 10 => self.below *= value,
            (Rank::Thousand, None) => self.thousands = value,
            (Rank::Thousand, Some(Rank::Ones | Rank::Teens | Rank::Tens | Rank::Hundreds)) if self.thousands == 0 => {
                (self.thousands, self.below) = (self.below * value, 0);
            }
            (Rank::Zero | Rank::Ones | Rank::Teens | Rank::Tens | Rank::Hundreds | Rank::Thousand, _) => return false,
        }
        self.last = Some(part.rank);
        true
    }

    fn value(&self) -> u16 {
        u16::try_from(self.thousands + self.below).unwrap_or(u16::MAX).min(9999)
    }
}

/// Set phrases and what each means. A word of a pattern is a choice (`a|b`), may be absent (`?a`), may be a beginning (`a~`); `.` is the end of the utterance.
pub(super) struct Phrases<T: 'static>(BTreeMap<&'static str, Vec<(Vec<&'static str>, &'static T)>>);

impl<T> Phrases<T> {
    /// By their first words, which are whole.
    pub(super) fn new(rows: &'static [(T, &'static [&'static str])]) -> Self {
        let mut by_first: BTreeMap<&'static str, Vec<(Vec<&'static str>, &'static T)>> = BTreeMap::new();
        for (value, patterns) in rows {
            for pattern in *patterns {
                let mut parts = pattern.split(' ');
                let first = parts.next().unwrap_or_default();
                let rest: Vec<&str> = parts.collect();
                for word in first.split('|') {
                    by_first.entry(word).or_default().push((rest.clone(), value));
                }
            }
        }
        Self(by_first)
    }

    /// The longest phrase that begins here, and the word after it.
    pub(super) fn at(&self, line: &Line<'_>, at: usize) -> Option<(&'static T, usize)> {
        let rows = self.0.get(line.word(at))?.iter();
        rows.filter_map(|(rest, value)| Some((*value, matched(line, at + 1, rest)?))).max_by_key(|(_, end)| *end)
    }
}

fn matched(line: &Line<'_>, mut at: usize, pattern: &[&str]) -> Option<usize> {
    for part in pattern {
        let (part, optional) = part.strip_prefix('?').map_or((*part, false), |part| (part, true));
        let word = line.word(at);
        let fits = |choice: &str| choice.strip_suffix('~').map_or(word == choice, |beginning| word.starts_with(beginning));
        match part {
            "." if at >= line.len() => {}
            "." => return None,
            _ if part.split('|').any(fits) => at += 1,
            _ if optional => {}
            _ => return None,
        }
    }
    Some(at)
}

/// Everything that `rule` finds from left to right, the words of one never in another.
pub(super) fn scan<T>(line: &Line<'_>, rule: impl Fn(usize) -> Option<Found<T>>) -> Vec<Reading<T>> {
    let (mut readings, mut at) = (Vec::new(), 0);
    while at < line.len() {
        let Some(found) = rule(at) else {
            at += 1;
            continue;
        };
        let words = at..found.end;
        if !denied(line, &words) {
            readings.extend(found.values.into_iter().map(|(value, sure)| Reading { value, words: words.clone(), sure }));
        }
        at = found.end.max(at + 1);
    }
    readings
}

/// Whether the words around say that this is what is not wanted. No native editor has read these words yet.
fn denied(line: &Line<'_>, words: &Range<usize>) -> bool {
    const BEFORE: [&str; 2] = ["не", "кроме"];
    const AFTER: [&str; 11] =
        ["емес", "нет", "жоқ", "басқа", "болмайды", "болмайд", "алмаймын", "келмейді", "келмеймін", "келмейд", "ыңғайсыз"];
    const IMPOSSIBLE: [&str; 9] = ["могу", "смогу", "получится", "получается", "подходит", "подойдет", "удобно", "надо", "нужно"];
    let is_kazakh = words.clone().any(|at| line.word(at).contains(is_kazakh_letter)); // there `не` is *or*
    (line.follows(words.start, &BEFORE) && !is_kazakh)
        || line.is(words.end, &AFTER)
        || (line.is(words.end, &["не"]) && line.is(words.end + 1, &IMPOSSIBLE))
}
