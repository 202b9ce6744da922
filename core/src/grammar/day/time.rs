//! Hours, as callers name them: on the clock, by halves and quarters, from one to another.

use super::Clock;
use super::lexicon::Unit;
use super::line::{Found, Line, Numeral, scan};
use super::window::{self, PartOfDay};
use super::wish;
use crate::calendar::Time;
use crate::grammar::{Context, Reading, Sure};
use crate::spoken::kazakh::Case as Kk;
use crate::spoken::russian::Case as Ru;

/// Every time of day that is named in a line.
pub(super) fn times(line: &Line<'_>, context: &Context) -> Vec<Reading<Clock>> {
    scan(line, |at| {
        let found = [
            range(line, at, context),
            bound(line, at, context),
            exact(line, at, context),
            later(line, at, context),
            within_hour(line, at, context),
            vague(line, at, context),
        ];
        found.into_iter().flatten().reduce(|best, next| if next.end > best.end { next } else { best })
    })
}

/// What stands before the hour, and what it tells.
#[derive(Clone, Copy, Debug)]
struct Cue {
    /// `в`, `сағат`, `шамамен`: what follows is an hour.
    given: bool,
    /// The preposition asks for a count: `в пять`, never `в пяти`.
    direct: bool,
    /// Approximately.
    rough: bool,
    part: Option<PartOfDay>,
    end: usize,
}

impl Cue {
    const fn none(at: usize) -> Self {
        Self { given: false, direct: false, rough: false, part: None, end: at }
    }
}

/// So many words stand before an hour at most: `примерно где-то часа в`.
const CUES_MAX: usize = 6;

fn cue(line: &Line<'_>, at: usize) -> Cue {
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
struct Face {
    hour: u8,
    minute: u8,
    /// Both halves of the day are possible.
    either: bool,
    /// It can be nothing but a time, even without a word before it.
    certain: bool,
    rough: bool,
    /// The case that its last word stands in.
    case: Option<Kk>,
    end: usize,
}

/// One time of day.
fn exact(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Clock>> {
    let cue = cue(line, at);
    let inside = cue.end == at && line.follows_number(at); // `жиырма | бесте` is no five
    let face = noon(line, cue.end).or_else(|| face(line, cue)).filter(|_| !inside)?;
    let (part, end) = after_hour(line, face.end, cue.part);
    let (rough, end) = tail(line, end, cue.rough || face.rough);
    let other_word = face.end == at + 1 && line.is(at, &["онда", "бірде", "бірге"]); // there, once, together
    let whole = at == 0 && end == line.len() && matches!(face.case, Some(Kk::Nominative) | None);
    let placed = matches!(face.case, Some(Kk::Dative | Kk::Locative)) && !other_word;
    let other = match face.case {
        Some(Kk::Genitive) => !rough, // `онның шамасында`
        Some(Kk::Ablative) => true,
        Some(Kk::Nominative | Kk::Dative | Kk::Accusative | Kk::Locative | Kk::Instrumental) | None => false,
    };
    if other || !(cue.given || face.certain || part.is_some() || rough || placed || whole) {
        return None;
    }
    let sure = if rough { Sure::Roughly } else { Sure::Plainly };
    Some(Found { values: resolved(face, part, context).into_iter().map(|time| (Clock::At(time), sure)).collect(), end })
}

/// The part of the day after an hour, unless one came before.
fn after_hour(line: &Line<'_>, at: usize, before: Option<PartOfDay>) -> (Option<PartOfDay>, usize) {
    window::after_hour(line, at).map_or((before, at), |(part, end)| (before.or(Some(part)), end))
}

/// `шамасында`, `таман`, `где-то`.
fn tail(line: &Line<'_>, at: usize, rough: bool) -> (bool, usize) {
    const ROUGHLY: [&str; 13] = [
        "шамасында",
        "шамасы",
        "шамалы",
        "маңында",
        "маңайында",
        "кезінде",
        "таман",
        "қарай",
        "жақын",
        "жуық",
        "примерно",
        "приблизительно",
        "плюс",
    ];
    match line.word(at) {
        "где" if line.is(at + 1, &["то"]) => (true, at + 2),
        word if ROUGHLY.contains(&word) => (true, at + 1),
        _ => (rough, at),
    }
}

/// The times that a face can mean: of both halves of the day those within opening hours, or as it was said.
fn resolved(face: Face, part: Option<PartOfDay>, context: &Context) -> Vec<Time> {
    let open = context.opens..=context.closes;
    let [first, second] = halves(face, part);
    let within: Vec<Time> = [first, second].into_iter().flatten().filter(|time| open.contains(time)).collect();
    if !within.is_empty() {
        return within;
    }
    let literal = Time::new(face.hour, face.minute).ok();
    if second.is_none() { first.into_iter().collect() } else { literal.into_iter().collect() }
}

/// Before and after noon; one of them where it is known which.
fn halves(face: Face, part: Option<PartOfDay>) -> [Option<Time>; 2] {
    let at = |hour: u8| Time::new(hour, face.minute).ok();
    match part {
        Some(part) if face.hour <= 12 => [at(part.hour(face.hour)), None],
        None if face.either => [at(face.hour % 12), at(face.hour % 12 + 12)],
        Some(_) | None => [at(face.hour), None],
    }
}

/// `в полдень`, `тал түсте`, `в полночь`.
fn noon(line: &Line<'_>, at: usize) -> Option<Face> {
    let face = |hour, end| Some(Face { hour, minute: 0, either: false, certain: true, rough: false, case: None, end });
    match line.word(at) {
        "полдень" | "полдня" | "полудню" | "полудня" => face(12, at + 1),
        "полночь" | "полуночи" => face(0, at + 1),
        "тал" if line.word(at + 1).starts_with("түс") => face(12, at + 2),
        "түн" if line.word(at + 1).starts_with("ортасы") => face(0, at + 2),
        _ => None,
    }
}

fn face(line: &Line<'_>, cue: Cue) -> Option<Face> {
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
fn around(hour: u16, minutes: i32, end: usize) -> Option<Face> {
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
fn is_followed(line: &Line<'_>, at: usize) -> bool {
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
        let case = super::lexicon::ending_form(line.word(at).trim_start_matches("жарым"));
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

const UNTIL: [&str; 2] = ["дейін", "шейін"];

/// An end of a range: with its own word before it or without.
fn edge(line: &Line<'_>, at: usize, part: Option<PartOfDay>) -> Option<(Face, Option<PartOfDay>, usize)> {
    let cue = Cue { part, ..cue(line, at) };
    let cue = Cue { given: true, direct: false, ..cue };
    let face = noon(line, cue.end).or_else(|| face(line, cue)).filter(|face| is_followed(line, face.end))?;
    let (part, end) = after_hour(line, face.end, self::cue(line, at).part.or(part));
    Some((face, part, end))
}

/// `с десяти до двенадцати`, `оннан он екіге дейін`, `между двумя и тремя`.
fn range(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Clock>> {
    let words: Option<(usize, [&str; 2])> = match line.word(at) {
        "с" | "со" | "от" => Some((at + 1, ["до", "по"])),
        "между" => Some((at + 1, ["и", "и"])),
        _ => None,
    };
    let (first, second, end) = if let Some((start, middle)) = words {
        let first = edge(line, start, None)?;
        let second = edge(line, first.2 + 1, None).filter(|_| line.is(first.2, &middle))?;
        (first, second, second.2)
    } else {
        let first = edge(line, at, None)?;
        let second = edge(line, first.2 + usize::from(line.is(first.2, &["мен", "пен", "бен"])), None)?;
        let written = [first.0.end, second.0.end].iter().all(|end| line.word(end - 1).contains(':')); // `13:00-15:00`
        if written {
            (first, second, second.2)
        } else {
            let until = first.0.case == Some(Kk::Ablative) && second.0.case == Some(Kk::Dative) && line.is(second.2, &UNTIL);
            let among = line.is(first.2, &["мен", "пен", "бен"]) && line.is(second.2, &["арасында", "аралығында", "арасы"]);
            if !until && !among {
                return None;
            }
            (first, second, second.2 + 1)
        }
    };
    let part = |own: Option<PartOfDay>, other: Option<PartOfDay>| own.or(other);
    let spans = spans(first.0, part(first.1, second.1), second.0, part(second.1, first.1), context);
    Some(Found { values: spans.into_iter().map(|(from, to)| (Clock::Between(from, to), Sure::Plainly)).collect(), end })
}

/// The ranges that two faces can mean; when none lies within opening hours, the first that runs forward.
fn spans(from: Face, from_part: Option<PartOfDay>, to: Face, to_part: Option<PartOfDay>, context: &Context) -> Vec<(Time, Time)> {
    let pairs = |from: &[Time], to: &[Time]| -> Vec<(Time, Time)> {
        let all = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
        all.filter(|(from, to)| from < to).collect()
    };
    let within = pairs(&resolved(from, from_part, context), &resolved(to, to_part, context));
    if !within.is_empty() {
        return within;
    }
    let any = |face, part| halves(face, part).into_iter().flatten().collect::<Vec<Time>>();
    pairs(&any(from, from_part), &any(to, to_part)).into_iter().take(1).collect()
}

/// One end only: `до трёх`, `үштен кейін`, `не раньше десяти`.
fn bound(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Clock>> {
    let not = |words: &[&str]| line.is(at, &["не"]) && line.is(at + 1, words);
    let (until, start) = match line.word(at) {
        "до" => (Some(true), at + 1),
        "после" | "с" | "со" | "начиная" => (Some(false), at + 1 + usize::from(line.is(at, &["начиная"]))),
        "не" if not(&["позже", "позднее"]) => (Some(true), at + 2),
        "не" if not(&["раньше", "ранее"]) => (Some(false), at + 2),
        _ => (None, at),
    };
    let (face, part, end) = edge(line, start, None)?;
    let (until, end) = match until {
        Some(until) => (until, end),
        None if face.case == Some(Kk::Dative) && line.is(end, &UNTIL) => (true, end + 1),
        None if face.case == Some(Kk::Ablative) && line.is(end, &["кейін", "соң", "бастап", "кейінгі"]) => {
            (false, end + 1)
        }
        None => return None,
    };
    let times = resolved(face, part, context).into_iter();
    let spans = times.map(|time| if until { (context.opens, time) } else { (time, context.closes) }).filter(|(from, to)| from < to);
    Some(Found { values: spans.map(|(from, to)| (Clock::Between(from, to), Sure::Plainly)).collect(), end })
}

/// `через полчаса`, `екі сағаттан кейін`: from now, when it is still the same day.
fn later(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Clock>> {
    let (minutes, end) = length_ru(line, at).or_else(|| length_kk(line, at))?;
    let time = context.now.plus_minutes(minutes);
    Some(Found { values: time.into_iter().map(|time| (Clock::At(time), Sure::Roughly)).collect(), end })
}

/// The minutes of one of these.
const fn minutes_of(unit: Unit) -> Option<u32> {
    match unit {
        Unit::Minute => Some(1),
        Unit::Hour => Some(60),
        Unit::Day | Unit::Week | Unit::Month | Unit::Year => None,
    }
}

fn length_ru(line: &Line<'_>, at: usize) -> Option<(u32, usize)> {
    if !line.is(at, &["через"]) {
        return None;
    }
    let number = line.numeral(at + 1).filter(|number| !number.ordinal);
    let (count, next) = number.map_or((1, at + 1), |number| (u32::from(number.value), number.end));
    match line.word(next) {
        "полчаса" => Some((30, next + 1)),
        "полтора" if line.is(next + 1, &["часа"]) => Some((90, next + 2)),
        _ => Some((count * minutes_of(line.unit(next)?)?, next + 1)),
    }
}

fn length_kk(line: &Line<'_>, at: usize) -> Option<(u32, usize)> {
    let after = |at| line.is(at, &["кейін", "соң"]);
    let hours = |at| line.counts(at, Unit::Hour) && line.stands_in(at, Kk::Ablative) && after(at + 1);
    if line.is(at, &["жарты"]) && hours(at + 1) {
        return Some((30, at + 3));
    }
    let number = line.numeral(at).filter(|number| !number.ordinal && number.form.case == Kk::Nominative)?;
    if line.is(number.end, &["жарым"]) && hours(number.end + 1) {
        return Some((u32::from(number.value) * 60 + 30, number.end + 3));
    }
    let unit = line.unit(number.end).filter(|_| line.stands_in(number.end, Kk::Ablative) && after(number.end + 1))?;
    Some((u32::from(number.value) * minutes_of(unit)?, number.end + 2))
}

/// `в третьем часу`: after two, before three.
fn within_hour(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Clock>> {
    let start = line.past(at, &["в"], 1);
    let hour = line.numeral(start).filter(|hour| (1..=12).contains(&hour.value) && line.orders_in(hour.end - 1, &[Ru::Prepositional]))?;
    let (part, end) = after_hour(line, hour.end + 1, None);
    let from = around(hour.value - 1, 0, end).filter(|_| line.is(hour.end, &["часу"]))?;
    let to = around(hour.value, 0, end)?;
    let spans = spans(from, part, to, part, context);
    Some(Found { values: spans.into_iter().map(|(from, to)| (Clock::Between(from, to), Sure::Plainly)).collect(), end })
}

/// A part of the day, or any hour.
fn vague(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Clock>> {
    let skipped = line.past(at, &["в", "на"], 1);
    let window = window::at(line, at).or_else(|| window::at(line, skipped)).filter(|_| !line.follows(at, &window::GREETINGS));
    let window = window.map(|(window, end)| {
        let (from, to) = window.hours(context);
        Found::plainly(Clock::Between(from, to), end)
    });
    let wish = wish::at(line, at).or_else(|| wish::at(line, skipped)).filter(|(wish, _)| wish.of_hour);
    let wish = wish.map(|(wish, end)| Found::plainly(if wish.kind == wish::Kind::Any { Clock::Any } else { Clock::Earliest }, end));
    [window, wish].into_iter().flatten().max_by_key(|found| found.end)
}
