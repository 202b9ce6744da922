//! Rows of digits, however a caller groups them: `сегіз жүз елу төрт` is 854, 800-54, 850-4, 8-100-54 …
//!
//! Every way to cut a stretch of words into numbers is a reading, the most natural first, and what the row is for decides between them. A stretch is read as a whole: a row never
//! leaves digits over. The search is bounded in steps, so an endless `жүз` costs no more than an answer.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::{Range, RangeInclusive};

use super::super::{Reading, Sure};
use super::grow;
use super::lexicon::{Form, Sense, Shape};
use super::machine::{State, seam};
use super::token::{Token, may_stand_alone, tokens};
use crate::citizen::{ApplicationNumber, Iin, Phone};
use crate::lang::Lang;

/// The most readings of one stretch.
pub const READINGS_MAX: usize = 256;

/// The most steps of a search over one utterance, after which what was found stands.
pub const STEPS_MAX: usize = 200_000;

/// The longest row.
const LENGTH_MAX: usize = 32;

/// Rows of so many digits.
pub fn rows(words: &[String], min: usize, max: usize) -> Vec<Reading<String>> {
    digit_rows(words, |_| true, min..=max)
}

/// Individual identification numbers: twelve digits whose check digit is right.
pub fn iins(words: &[String]) -> Vec<Reading<Iin>> {
    parsed(digit_rows(words, |row| Iin::parse(row).is_ok(), 12..=12), |row| Iin::parse(row).ok())
}

/// Numbers of applications.
pub fn applications(words: &[String]) -> Vec<Reading<ApplicationNumber>> {
    parsed(digit_rows(words, |row| ApplicationNumber::parse(row).is_ok(), 12..=12), |row| ApplicationNumber::parse(row).ok())
}

/// Telephone numbers: of Kazakhstan with 8, 7 or +7 or without, of other countries after `плюс`.
pub fn phones(words: &[String]) -> Vec<Reading<Phone>> {
    let (plus, bare) = (|row: &str| Phone::parse(&format!("+{row}")).ok(), |row: &str| Phone::parse(row).ok());
    let fits = |row: &str| bare(row).is_some() || plus(row).is_some();
    let rows = digit_rows(words, fits, 8..=15).into_iter();
    let mut phones: Vec<Reading<Phone>> = Vec::new();
    for row in rows {
        let Some(value) = (if after_plus(words, row.words.start) { plus(&row.value) } else { bare(&row.value) }) else { continue };
        if !phones.iter().any(|known| known.value == value && known.words == row.words) {
            phones.push(Reading { value, words: row.words, sure: row.sure });
        }
    }
    phones
}

/// Whether `плюс` was said or written before the digits.
pub(super) fn after_plus(words: &[String], start: usize) -> bool {
    words[start].starts_with('+') || start > 0 && is_plus(&words[start - 1])
}

fn is_plus(word: &str) -> bool {
    word == "плюс" || word == "қосу"
}

fn parsed<T>(rows: Vec<Reading<String>>, parse: impl Fn(&str) -> Option<T>) -> Vec<Reading<T>> {
    let parsed = rows.into_iter().filter_map(|row| parse(&row.value).map(|value| Reading { value, words: row.words, sure: row.sure }));
    parsed.collect()
}

/// All rows of fitting length that `fits` takes, of each stretch the most natural first.
///
/// A reading is plain when it is the only one, or more natural than all others; one that follows a correction (`нет, пять`) is doubtful.
pub fn digit_rows(words: &[String], fits: impl Fn(&str) -> bool, lengths: RangeInclusive<usize>) -> Vec<Reading<String>> {
    searched(words, fits, lengths).0
}

/// The rows, and how many steps it took to find them.
pub(super) fn searched(words: &[String], fits: impl Fn(&str) -> bool, lengths: RangeInclusive<usize>) -> (Vec<Reading<String>>, usize) {
    let mut steps = 0;
    let mut readings = Vec::new();
    let lengths = *lengths.start()..=(*lengths.end()).min(LENGTH_MAX);
    for stretch in stretches(words) {
        let mut found = Vec::new();
        for (slots, unlikely) in stretch.takes() {
            Search::new(&slots, &lengths).run(&fits, unlikely, &mut steps, &mut found);
        }
        readings.extend(stretch.readings(found));
    }
    (readings, steps)
}

/// A part of a stretch.
#[derive(Clone, Debug)]
struct Slot {
    token: Token,
    /// Its digits, where they were written.
    written: String,
    /// Something was said before it that parts groups: `дальше`, `плюс`.
    parted: bool,
}

/// Numerals with nothing between them but small words, cut where the caller corrects something.
#[derive(Debug, Default)]
struct Stretch {
    pieces: Vec<Vec<Slot>>,
    words: Range<usize>,
    /// A correction came last, with nothing after it.
    taken_back: bool,
}

/// What is said between the groups of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Between {
    /// As if nothing was said.
    Hesitation,
    /// What comes next is a group of its own.
    Parting,
    /// What came last was wrong.
    Correction,
}

fn between(word: &str) -> Option<Between> {
    const HESITATIONS: &[&str] = &["э", "ээ", "эээ", "эм", "ээм", "м", "мм", "ммм", "ну", "вот", "ыы", "ааа", "аа"];
    const PARTINGS: &[&str] = &[
        "номер",
        "нөмірі",
        "нөмір",
        "плюс",
        "так",
        "дальше",
        "далее",
        "потом",
        "затем",
        "и",
        "еще",
        "тире",
        "дефис",
        "сызықша",
        "пробел",
        "сосын",
        "одан",
        "содан",
        "кейін",
        "ары",
        "әрі",
        "қарай",
        "және",
        "тағы",
        "енді",
        "сонымен",
        "значит",
        "это",
        "қосу",
        "иә",
        "да",
    ];
    const CORRECTIONS: &[&str] =
        &["нет", "жоқ", "ой", "точнее", "вернее", "ошибся", "ошиблась", "извините", "простите", "кешіріңіз", "қателестім", "дұрысы"];
    let list = [(HESITATIONS, Between::Hesitation), (PARTINGS, Between::Parting), (CORRECTIONS, Between::Correction)];
    list.into_iter().find(|(words, _)| words.contains(&word)).map(|(_, kind)| kind)
}

/// The stretches of an utterance.
fn stretches(words: &[String]) -> Vec<Stretch> {
    let mut all = Vec::new();
    let mut current = Stretch::default();
    let (mut parted, mut corrected) = (true, false);
    for token in tokens(words) {
        let token = in_row(words, token);
        let written = digits_of(words, &token.words);
        if !token.is_numeral() && written.is_empty() {
            match between(&words[token.words.start]) {
                Some(Between::Hesitation) => {}
                Some(Between::Parting) => parted = true,
                Some(Between::Correction) => corrected = true,
                None => {
                    current.taken_back = std::mem::take(&mut corrected);
                    all.push(std::mem::take(&mut current));
                }
            }
            continue;
        }
        if current.pieces.is_empty() {
            current.words = token.words.clone();
        }
        if current.pieces.is_empty() || corrected {
            current.pieces.push(Vec::new());
        }
        current.words.end = token.words.end;
        parted |= corrected;
        current.pieces.last_mut().into_iter().for_each(|piece| piece.push(Slot { token: token.clone(), written: written.clone(), parted }));
        (parted, corrected) = (false, false);
    }
    current.taken_back = corrected;
    all.push(current);
    all.retain(|stretch| !stretch.pieces.is_empty() && (stretch.words.len() > 1 || may_stand_alone(words, stretch.words.start)));
    all
}

/// The token, with those of its senses that can be in a row of digits.
fn in_row(words: &[String], token: Token) -> Token {
    let word = &words[token.words.start];
    let fits = |sense: &Sense| {
        let form = match sense.form {
            Form::Direct | Form::Noun | Form::Nouns => true,
            Form::Last => sense.lang == Lang::Kk && !COLLECTIVE.iter().any(|ending| word.contains(ending)),
            Form::Oblique | Form::About | Form::Ordinal => false,
        };
        form && is_exact(sense.shape)
    };
    if token.senses.iter().all(fits) {
        return token;
    }
    let senses: Vec<Sense> = token.senses.iter().copied().filter(fits).collect();
    Token { senses: senses.into(), words: token.words }
}

/// What marks a collective: nobody dictates `екеу`.
const COLLECTIVE: [&str; 7] = ["біреу", "екеу", "үшеу", "төртеу", "бесеу", "алтау", "жетеу"];

const fn is_exact(shape: Shape) -> bool {
    match shape {
        Shape::Zero
        | Shape::Unit
        | Shape::Teen
        | Shape::Ten
        | Shape::Hundred
        | Shape::Times
        | Shape::TimesUnit
        | Shape::Scale
        | Shape::Scales
        | Shape::Couple
        | Shape::Written => true,
        Shape::ScaleFirst | Shape::Half | Shape::AndHalf | Shape::OneAndHalf | Shape::Whole => false,
    }
}

/// The digits of words that are written in digits; empty when they are not.
fn digits_of(words: &[String], span: &Range<usize>) -> String {
    let row = words[span.clone()].concat();
    let row = row.strip_prefix('+').unwrap_or(&row);
    if row.bytes().all(|b| b.is_ascii_digit()) { row.to_owned() } else { String::new() }
}

/// So many corrections are followed; who makes more is asked again.
const CORRECTIONS_MAX: usize = 2;

/// So many words are taken back at most, or all.
const TAKEN_BACK_MAX: usize = 6;

impl Stretch {
    /// What the caller may mean in the end, and how unlikely: a correction takes back some of the last words, likeliest as many as are said anew, or all.
    fn takes(&self) -> Vec<(Vec<Slot>, u32)> {
        if self.pieces.len() > CORRECTIONS_MAX + 1 {
            return Vec::new();
        }
        let mut takes = vec![(Vec::new(), 0)];
        for (at, piece) in self.pieces.iter().enumerate() {
            takes = takes.into_iter().flat_map(|(kept, unlikely)| corrected(&kept, unlikely, piece, at > 0)).collect();
        }
        takes
    }

    /// The readings of what was found, each row once and at its most natural.
    fn readings(&self, mut found: Vec<Found>) -> Vec<Reading<String>> {
        found.sort_by_key(|found| found.rank);
        let mut rows: Vec<Found> = Vec::new();
        for found in found {
            if rows.len() < READINGS_MAX && !rows.iter().any(|known| known.row == found.row) {
                rows.push(found);
            }
        }
        let first_is_plain = self.pieces.len() == 1 && !self.taken_back && rows.get(1).is_none_or(|second| second.rank.0 > rows[0].rank.0);
        let sure = |at: usize| if at == 0 && first_is_plain { Sure::Plainly } else { Sure::Doubtfully };
        let rows = rows.into_iter().enumerate();
        rows.map(|(at, found)| Reading { value: found.row, words: self.words.clone(), sure: sure(at) }).collect()
    }
}

fn corrected(kept: &[Slot], unlikely: u32, piece: &[Slot], is_correction: bool) -> Vec<(Vec<Slot>, u32)> {
    let joined = |length: usize| [&kept[..length], piece].concat();
    if !is_correction {
        return vec![(joined(kept.len()), unlikely)];
    }
    let anew = piece.len();
    let some = (1..=kept.len().min(TAKEN_BACK_MAX)).map(|back| (joined(kept.len() - back), unlikely + back.abs_diff(anew) as u32));
    let all = (kept.len() > TAKEN_BACK_MAX).then(|| (piece.to_vec(), unlikely + 1));
    some.chain(all).collect()
}

/// A row that was found: how unnatural, of how many groups, when.
struct Found {
    rank: (u32, u32, usize),
    row: String,
}

/// A number within a row.
#[derive(Clone, Debug)]
struct Group {
    end: usize,
    digits: String,
    cost: u32,
}

/// A way through the first slots.
struct Step {
    at: usize,
    length: usize,
    cost: u32,
    groups: u32,
    before: usize,
    /// The group that led here, of those that begin at `from`.
    from: usize,
    group: usize,
}

/// The ways through a stretch, cheapest first: A* whose estimate is exact, so every step leads to a row.
struct Search {
    /// Every group that begins at a slot.
    groups: Vec<Vec<Group>>,
    /// What it costs to begin a group there.
    seams: Vec<u32>,
    /// The least cost to the end from a slot, by how many digits are still to come.
    rest: Vec<[Option<u32>; LENGTH_MAX + 1]>,
    lengths: RangeInclusive<usize>,
    trail: Vec<Step>,
}

impl Search {
    fn new(slots: &[Slot], lengths: &RangeInclusive<usize>) -> Self {
        let groups: Vec<Vec<Group>> = (0..slots.len()).map(|at| groups_from(slots, at)).collect();
        let seams: Vec<u32> = (0..slots.len()).map(|at| if at == 0 || slots[at].parted { 0 } else { seam_at(slots, at) }).collect();
        let mut rest = vec![[None; LENGTH_MAX + 1]; slots.len() + 1];
        rest[slots.len()][0] = Some(0);
        for at in (0..slots.len()).rev() {
            for group in &groups[at] {
                for more in 0..=LENGTH_MAX.saturating_sub(group.digits.len()) {
                    let Some(after) = rest[group.end][more] else { continue };
                    let cost = after + group.cost + seams[at];
                    let least = &mut rest[at][more + group.digits.len()];
                    *least = Some(least.map_or(cost, |known: u32| known.min(cost)));
                }
            }
        }
        Self { groups, seams, rest, lengths: lengths.clone(), trail: Vec::new() }
    }

    /// The least cost of a row from here; `None` where none of a fitting length is left.
    fn estimate(&self, at: usize, length: usize) -> Option<u32> {
        let missing = self.lengths.start().saturating_sub(length)..=self.lengths.end().checked_sub(length)?;
        self.rest[at].get(missing)?.iter().flatten().min().copied()
    }

    fn run(mut self, fits: &impl Fn(&str) -> bool, unlikely: u32, steps: &mut usize, found: &mut Vec<Found>) {
        *steps += self.groups.iter().map(Vec::len).sum::<usize>();
        let Some(least) = self.estimate(0, 0) else { return };
        let mut open = BinaryHeap::from([(Reverse(least), Reverse(0_u32), 0_usize)]);
        self.trail.push(Step { at: 0, length: 0, cost: 0, groups: 0, before: 0, from: 0, group: 0 });
        let enough = found.len() + READINGS_MAX;
        while let Some((_, _, here)) = open.pop() {
            *steps += 1;
            if *steps > STEPS_MAX || found.len() >= enough {
                return;
            }
            if self.trail[here].at == self.groups.len() {
                let row = self.row(here);
                let rank = (self.trail[here].cost + unlikely, self.trail[here].groups, found.len());
                if fits(&row) {
                    found.push(Found { rank, row });
                }
                continue;
            }
            for next in self.nexts(here) {
                let Some(rest) = self.estimate(next.at, next.length) else { continue };
                open.push((Reverse(next.cost + rest), Reverse(self.remaining(next.at)), self.trail.len()));
                self.trail.push(next);
            }
        }
    }

    /// Deeper first among equals, so that rows come early.
    fn remaining(&self, at: usize) -> u32 {
        (self.groups.len() - at) as u32
    }

    fn nexts(&self, here: usize) -> Vec<Step> {
        let Step { at, length, cost, groups, .. } = self.trail[here];
        let step = |(group, next): (usize, &Group)| Step {
            at: next.end,
            length: length + next.digits.len(),
            cost: cost + next.cost + self.seams[at],
            groups: groups + 1,
            before: here,
            from: at,
            group,
        };
        self.groups[at].iter().enumerate().map(step).collect()
    }

    /// The digits of the way here.
    fn row(&self, mut here: usize) -> String {
        let mut parts = Vec::new();
        while here > 0 {
            let step = &self.trail[here];
            parts.push(self.groups[step.from][step.group].digits.as_str());
            here = step.before;
        }
        parts.iter().rev().copied().collect()
    }
}

fn seam_at(slots: &[Slot], at: usize) -> u32 {
    seam(&slots[at - 1].token.senses, &slots[at].token.senses)
}

/// Every group that begins at a slot; none goes on over a word that parts groups.
fn groups_from(slots: &[Slot], at: usize) -> Vec<Group> {
    let end = at + 1 + slots[at + 1..].iter().take_while(|slot| !slot.parted).count();
    let tokens: Vec<Token> = slots[at..end].iter().map(|slot| slot.token.clone()).collect();
    let mut groups: Vec<Group> = Vec::new();
    grow(&tokens, 0, State::START, &mut |length, number| {
        groups.push(Group { end: at + length, digits: number.value.to_string(), cost: 0 });
    });
    groups.extend(repeated(&tokens).map(|(digits, cost)| Group { end: at + 2, digits, cost }));
    if !slots[at].written.is_empty() {
        groups.retain(|group| group.end > at + 1);
        groups.push(Group { end: at + 1, digits: slots[at].written.clone(), cost: 0 });
    }
    groups.retain(|group| group.digits.len() <= LENGTH_MAX);
    groups
}

/// `три нуля`, `две семёрки`, and Kazakh `үш нөл`, which is more likely 30.
fn repeated(tokens: &[Token]) -> impl Iterator<Item = (String, u32)> {
    let pair = match tokens {
        [times, digit, ..] => Some((times, digit)),
        [] | [_] => None,
    };
    pair.into_iter().flat_map(|(times, digit)| {
        let counts = times.senses.iter().filter_map(count);
        counts.flat_map(|(count, lang)| digit.senses.iter().filter_map(move |digit| repetition(count, lang, digit)))
    })
}

fn count(sense: &Sense) -> Option<(usize, Lang)> {
    match (sense.shape, sense.form) {
        (Shape::Unit, Form::Direct) if sense.value > 1 => Some((sense.value as usize, sense.lang)),
        (Shape::Couple, _) => Some((2, Lang::Ru)),
        (_, _) => None,
    }
}

/// A Kazakh noun stays in the singular after a number.
fn repetition(count: usize, lang: Lang, digit: &Sense) -> Option<(String, u32)> {
    let cost = match (digit.form, lang) {
        (Form::Nouns, Lang::Kk | Lang::Ru) | (Form::Noun, Lang::Kk) => 0,
        (Form::Direct, Lang::Kk) if digit.shape == Shape::Zero => 2,
        (_, _) => return None,
    };
    (digit.value < 10).then(|| (digit.value.to_string().repeat(count), cost))
}
