//! What a clock shows, as callers say it: hours and minutes, halves, quarters, minutes to and past.

use super::lexicon::{Unit, ending_form};
use super::line::{Line, Numeral};
use super::window::{self, PartOfDay};
use crate::calendar::Time;
use crate::spoken::kazakh::Case as Kk;
use crate::spoken::russian::Case as Ru;

/// What stands before the hour, and what it tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cue {
    /// `в`, `сағат`, `шамамен`: what follows is an hour.
    pub(super) given: bool,
    /// The preposition asks for a count: `в пять`, never `в пяти`.
    pub(super) direct: bool,
    /// Approximately.
    pub(super) rough: bool,
    pub(super) part: Option<PartOfDay>,
    pub(super) end: usize,
}

impl Cue {
    const fn none(at: usize) -> Self {
        Self { given: false, direct: false, rough: false, part: None, end: at }
    }
}

/// So many words stand before an hour at most: `примерно где-то часа в`.
const CUES_MAX: usize = 6;

pub(super) fn cue(line: &Line<'_>, at: usize) -> Cue {
    let mut cue = Cue::none(at);
    for _ in 0..CUES_MAX {
        let Some(next) = cue_word(line, cue) else { break };
        cue = next;
    }
    cue
}

fn cue_word(line: &Line<'_>, cue: Cue) -> Option<Cue> {
    let at = cue.end;
    if let Some((part, end)) = window::before_hour(line, at) {
        return Some(Cue { part: Some(part), end, ..cue });
    }
    let given = Cue { given: true, end: at + 1, ..cue };
    match line.word(at) {
        "в" | "во" | "на" => Some(Cue { direct: true, ..given }),
        "к" | "ко" | "около" | "примерно" | "приблизительно" | "ориентировочно" | "шамамен" | "плюс" => {
            Some(Cue { rough: true, ..given })
        }
        "где" if line.is(at + 1, &["то"]) => Some(Cue { rough: true, end: at + 2, ..given }),
        "сағат" | "сағаты" | "ровно" | "дәл" | "тура" => Some(given),
        "часа" | "часов" | "часам" | "часиков" | "час" if line.is(at + 1, &["в", "к", "на"]) => {
            Some(Cue { rough: true, ..given })
        }
        _ => None,
    }
}

/// What a clock shows, as it was said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face {
    pub(super) hour: u8,
    pub(super) minute: u8,
    /// Both halves of the day are possible.
    pub(super) either: bool,
    /// It can be nothing but a time, even without a word before it.
    pub(super) certain: bool,
    pub(super) rough: bool,
    /// The case that its last word stands in.
    pub(super) case: Option<Kk>,
    pub(super) end: usize,
}

/// `в полдень`, `тал түсте`, `в полночь`.
pub(super) fn noon(line: &Line<'_>, at: usize) -> Option<Face> {
    let face = |hour, end| Some(Face { hour, minute: 0, either: false, certain: true, rough: false, case: None, end });
    match line.word(at) {
        "полдень" | "полдня" | "полудню" | "полудня" => face(12, at + 1),
        "полночь" | "полуночи" => face(0, at + 1),
        "тал" if line.word(at + 1).starts_with("түс") => face(12, at + 2),
        "түн" if line.word(at + 1).starts_with("ортасы") => face(0, at + 2),
        _ => None,
    }
}

pub(super) fn face(line: &Line<'_>, cue: Cue) -> Option<Face> {
    let at = cue.end;
    let faces = [typed(line, at, cue.given), to(line, at), past(line, at), to_kk(line, at), past_kk(line, at), hour(line, cue)];
    faces.into_iter().flatten().reduce(|best, next| if next.end > best.end { next } else { best })
}

/// `16:15`; `16.15` where it can be no day.
fn typed(line: &Line<'_>, at: usize, given: bool) -> Option<Face> {
    let (hour, minute) = line.word(at).split_once([':', '.'])?;
    let colon = line.word(at).contains(':');
    let is_day =
        minute.parse::<u8>().is_ok_and(|month| (1..=12).contains(&month)) && hour.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day));
    let (padded, minute) = (hour.len() == 2, minute.get(..2).filter(|_| minute.len() == 2)?);
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    Time::new(hour, minute).ok().filter(|_| colon || given || !is_day)?;
    let case = suffix_case(line, at + 1);
    let end = at + 1 + usize::from(case.is_some());
    Some(Face { hour, minute, either: (1..=12).contains(&hour) && !(padded && hour < 10), certain: true, rough: false, case, end })
}

/// `16:15-ке`, whose hyphen is gone by now.
fn suffix_case(line: &Line<'_>, at: usize) -> Option<Kk> {
    match line.word(at) {
        "ға" | "ге" | "қа" | "ке" => Some(Kk::Dative),
        "де" | "та" | "те" => Some(Kk::Locative),
        "нан" | "нен" | "дан" | "ден" | "тан" | "тен" => Some(Kk::Ablative),
        _ => None,
    }
}

/// So many minutes from the hour that is named, before or after it.
pub(super) fn around(hour: u16, minutes: i32, end: usize) -> Option<Face> {
    let hour = i32::from(hour).rem_euclid(24);
    let half_day = if hour > 12 { 1440 } else { 720 };
    let total = (hour * 60 + minutes).rem_euclid(half_day);
    let (hour, minute) = (u8::try_from(total / 60).ok()?, u8::try_from(total % 60).ok()?);
    let hour = if hour == 0 { 12 } else { hour };
    Some(Face { hour, minute, either: hour <= 12, certain: true, rough: false, case: None, end })
}

/// How many minutes, and the word after: `пятнадцати минут`, `четверти`, `ширек`.
fn minutes(line: &Line<'_>, at: usize) -> Option<(u16, usize)> {
    if line.is(at, &["четверти", "четверть", "ширек"]) {
        return Some((15, at + 1));
    }
    let number = line.numeral(at).filter(|number| !number.ordinal && (1..=59).contains(&number.value))?;
    Some((number.value, number.end + usize::from(line.counts(number.end, Unit::Minute))))
}

/// An hour of twelve that a cardinal names, and the word after.
fn hour_of_twelve(line: &Line<'_>, at: usize) -> Option<(u16, usize)> {
    if line.is(at, &["час", "часа", "часу"]) {
        return Some((1, at + 1));
    }
    let number = line.numeral(at).filter(|number| !number.ordinal && (1..=24).contains(&number.value))?;
    Some((number.value, number.end + usize::from(is_hours(line, number.end))))
}

/// `без пятнадцати десять`, `без четверти час`.
fn to(line: &Line<'_>, at: usize) -> Option<Face> {
    if !line.is(at, &["без"]) {
        return None;
    }
    let as_said = minutes(line, at + 1).and_then(|(minutes, next)| Some((minutes, hour_of_twelve(line, next)?)));
    let torn = || line.tens(at + 1).and_then(|minutes| Some((minutes, hour_of_twelve(line, at + 2)?))); // `без двадцати | пять`
    let (minutes, (hour, end)) = as_said.or_else(torn)?;
    around(hour, -i32::from(minutes), end)
}

/// `десять минут четвёртого`, `четверть пятого`, `в половине десятого`, `полдесятого`.
fn past(line: &Line<'_>, at: usize) -> Option<Face> {
    let ordered = |at| {
        line.numeral(at)
            .filter(|number| number.ordinal && (1..=12).contains(&number.value) && line.orders_in(number.end - 1, &[Ru::Genitive]))
    };
    let (minutes, hour, end) = if let Some(hour) = line.word(at).strip_prefix("пол").and_then(ordinal_hour) {
        (30, hour, at + 1)
    } else if line.is(at, &["половина", "половине", "половину", "половины", "пол"]) {
        let hour = ordered(at + 1)?;
        (30, hour.value, hour.end)
    } else {
        let (minutes, next) =
            minutes(line, at).filter(|(_, next)| line.counts(next - 1, Unit::Minute) || line.word(next - 1).starts_with("четверт"))?;
        let hour = ordered(next)?;
        (minutes, hour.value, hour.end)
    };
    around(hour - 1, i32::from(minutes), end)
}

/// The hour within `полдесятого`.
fn ordinal_hour(word: &str) -> Option<u16> {
    let words = [word.to_owned()];
    let line = Line::new(&words);
    let number =
        line.numeral(0).filter(|number| number.ordinal && (1..=12).contains(&number.value) && line.orders_in(0, &[Ru::Genitive]))?;
    Some(number.value)
}

/// `онға он бес минут қалғанда`.
fn to_kk(line: &Line<'_>, at: usize) -> Option<Face> {
    const LEFT: [&str; 8] = ["қалғанда", "қалды", "қалған", "қала", "қалып", "қалатын", "бар", "жетпей"];
    let (hour, next) = hour_in(line, at, Kk::Dative)?;
    let (minutes, end) = minutes(line, next).filter(|(_, end)| line.is(*end, &LEFT))?;
    around(hour, -i32::from(minutes), end + 1)
}

/// `үштен он минут өтті`.
fn past_kk(line: &Line<'_>, at: usize) -> Option<Face> {
    const GONE: [&str; 10] = ["өтті", "кетті", "өткенде", "кеткенде", "өте", "өткен", "кеткен", "асты", "асқанда", "өткесін"];
    let (hour, next) = hour_in(line, at, Kk::Ablative)?;
    let (minutes, end) = minutes(line, next).filter(|(_, end)| line.is(*end, &GONE))?;
    around(hour, i32::from(minutes), end + 1)
}

fn hour_in(line: &Line<'_>, at: usize, case: Kk) -> Option<(u16, usize)> {
    let number = line.numeral(at).filter(|number| !number.ordinal && number.form.case == case && (1..=24).contains(&number.value))?;
    Some((number.value, number.end))
}

fn is_hours(line: &Line<'_>, at: usize) -> bool {
    line.is(at, &["час", "часа", "часов", "часам", "часу", "часами", "сағатта", "сағатқа", "часта", "часқа"])
}

/// The hour, and minutes after it: `десять`, `час дня`, `он алты он бесте`, `девять ноль пять`, `тоғыз жарымда`.
fn hour(line: &Line<'_>, cue: Cue) -> Option<Face> {
    let at = cue.end;
    if line.is(at, &["час", "часу"]) || (line.is(at, &["часа"]) && cue.given) {
        return one_o_clock(line, cue);
    }
    let number = line.numeral(at).filter(|number| is_hour(line, at, number, cue))?;
    let counted = is_hours(line, number.end);
    let next = number.end + usize::from(counted);
    let mut face = Face {
        hour: number.value as u8,
        minute: 0,
        either: (1..=12).contains(&number.value),
        certain: counted,
        rough: number.form.plural,
        case: Some(number.form.case),
        end: next,
    };
    if counted && line.is(number.end, &["сағатта", "сағатқа"]) {
        face.case = Some(Kk::Locative);
    }
    if !counted && number.form.case != Kk::Nominative {
        return is_followed(line, next).then_some(face);
    }
    if let Some((minute, end, minutes)) = minutes_after(line, next, counted) {
        let alone = !line.is_number(end) && !line.follows_number(at);
        let (case, rough) = minutes.map_or((None, false), |minutes| (Some(minutes.form.case), minutes.form.plural));
        face = Face { minute, end, case, rough, certain: alone || counted || face.certain, ..face };
    }
    is_followed(line, face.end).then_some(face)
}

/// `в час`, `час дня`, `час тридцать`. Without any of these it is a length of time.
fn one_o_clock(line: &Line<'_>, cue: Cue) -> Option<Face> {
    let at = cue.end;
    let face = Face { hour: 1, minute: 0, either: true, certain: false, rough: false, case: None, end: at + 1 };
    let after = minutes_after(line, at + 1, true).map(|(minute, end, _)| Face { minute, end, certain: true, ..face });
    let face = after.unwrap_or(face);
    (cue.given || face.certain || cue.part.is_some() || window::after_hour(line, at + 1).is_some()).then_some(face)
}

/// Whether a number can be an hour here: `в пять`, not `в пяти`, nor `одну`.
fn is_hour(line: &Line<'_>, at: usize, number: &Numeral, cue: Cue) -> bool {
    const AGREEING: [&str; 6] = ["одна", "одну", "одной", "одно", "две", "сто"];
    let fits = number.value <= 23 && !number.ordinal && !number.form.owned;
    fits && (number.direct || !cue.direct) && !line.is(at, &AGREEING)
}

/// Whether what follows lets the number be an hour: it counts no days, documents or people.
pub(super) fn is_followed(line: &Line<'_>, at: usize) -> bool {
    const COUNTED: [&str; 24] = [
        "адам",
        "адамға",
        "бала",
        "балаға",
        "құжат",
        "рет",
        "теңге",
        "тенге",
        "тиын",
        "жаста",
        "жас",
        "мың",
        "пайыз",
        "процентов",
        "экземплярах",
        "числа",
        "раз",
        "раза",
        "балам",
        "кісі",
        "кісіге",
        "мекенжай",
        "орын",
        "номер",
    ];
    const BEGINNINGS: [&str; 11] = ["человек", "люд", "документ", "ребен", "дет", "окн", "минут", "мест", "справ", "заяв", "тысяч"];
    let word = line.word(at);
    let counted = COUNTED.contains(&word) || BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
    let counts_time = line.unit(at).is_some() && window::after_hour(line, at).is_none(); // `дня` may be both
    !counted && !counts_time && line.month(at).is_none()
}

/// Minutes after an hour, the word after them, and their number. `counted` tells that the hour is certain, so that five alone can be minutes with their word.
fn minutes_after(line: &Line<'_>, at: usize, counted: bool) -> Option<(u8, usize, Option<Numeral>)> {
    if line.word(at).starts_with("жарым") {
        let case = ending_form(line.word(at).trim_start_matches("жарым"));
        let number = case.map(|form| Numeral { value: 30, end: at + 1, form, ordinal: false, direct: true, typed: false });
        return Some((30, at + 1, number));
    }
    if line.is(at, &["с"]) && line.is(at + 1, &["половиной"]) {
        return Some((30, at + 2, None));
    }
    let first = line.numeral(at).filter(|number| !number.ordinal && !number.form.owned)?;
    let spelled_zero = first.value == 0;
    let number = match line.numeral(first.end).filter(|number| spelled_zero && number.value <= 9 && !number.ordinal) {
        Some(ones) => ones,
        None => first,
    };
    let named = line.counts(number.end, Unit::Minute);
    let fits = number.value <= 59 && (number.value >= 10 || spelled_zero || named || (first.typed && line.word(at).len() == 2));
    let (end, joined) = (number.end + usize::from(named), named || !counted || number.value >= 10 || spelled_zero);
    (fits && joined).then_some((number.value as u8, end, Some(number)))
}
