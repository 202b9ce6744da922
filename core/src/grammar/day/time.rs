//! Hours, as callers name them: on the clock, by halves and quarters, from one to another.

use super::Clock;
use super::bound::{self, Bound};
use super::face::{Cue, Face, around, cue, face, is_followed, noon};
use super::lexicon::Unit;
use super::line::{Found, Line, scan};
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

/// An end of a range.
#[derive(Clone, Copy, Debug)]
struct Edge {
    face: Face,
    part: Option<PartOfDay>,
    end: usize,
}

/// An hour that needs no word before it, since the range has one.
fn edge(line: &Line<'_>, at: usize) -> Option<Edge> {
    let cue = Cue { given: true, direct: false, ..cue(line, at) };
    let face = noon(line, cue.end).or_else(|| face(line, cue)).filter(|face| is_followed(line, face.end))?;
    let (part, end) = after_hour(line, face.end, cue.part);
    Some(Edge { face, part, end })
}

/// From one hour to another.
fn range(line: &Line<'_>, at: usize, context: &Context) -> Option<Found<Clock>> {
    let (from, to, end) = framed(line, at).or_else(|| inflected(line, at)).or_else(|| written(line, at))?;
    let spans = spans(from.face, from.part.or(to.part), to.face, to.part.or(from.part), context);
    Some(Found { values: spans.into_iter().map(|(from, to)| (Clock::Between(from, to), Sure::Plainly)).collect(), end })
}

/// `с десяти до двенадцати`, `между двумя и тремя`.
fn framed(line: &Line<'_>, at: usize) -> Option<(Edge, Edge, usize)> {
    let between: &[&str] = match line.word(at) {
        "с" | "со" | "от" => &["до", "по"],
        "между" => &["и"],
        _ => return None,
    };
    let from = edge(line, at + 1).filter(|from| line.is(from.end, between))?;
    let to = edge(line, from.end + 1)?;
    Some((from, to, to.end))
}

/// `оннан он екіге дейін`, `он мен он екінің арасында`.
fn inflected(line: &Line<'_>, at: usize) -> Option<(Edge, Edge, usize)> {
    let from = edge(line, at)?;
    if line.is(from.end, &["мен", "пен", "бен"]) {
        let to = edge(line, from.end + 1).filter(|to| line.is(to.end, &["арасында", "аралығында", "арасы"]))?;
        return Some((from, to, to.end + 1));
    }
    let to = edge(line, from.end).filter(|to| from.face.case == Some(Kk::Ablative) && to.face.case == Some(Kk::Dative))?;
    let (_, end) = bound::closed(line, to.end, |case| case == Kk::Dative)?;
    Some((from, to, end))
}

/// `13:00-15:00`, whose hyphen is gone by now.
fn written(line: &Line<'_>, at: usize) -> Option<(Edge, Edge, usize)> {
    let from = edge(line, at)?;
    let to = edge(line, from.end)?;
    let both = [from, to].iter().all(|edge| line.word(edge.end - 1).contains(':'));
    both.then_some((from, to, to.end))
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
    let opened = bound::opened(line, at).or_else(|| line.is(at, &["с", "со"]).then_some((Bound::From, at + 1)));
    let Edge { face, part, end } = edge(line, opened.map_or(at, |(_, end)| end))?;
    let closed = || bound::closed(line, end, |case| face.case == Some(case));
    let (bound, end) = opened.map(|(bound, _)| (bound, end)).or_else(closed)?;
    let span = |time| match bound {
        Bound::Until => (context.opens, time),
        Bound::From | Bound::After => (time, context.closes),
    };
    let spans = resolved(face, part, context).into_iter().map(span).filter(|(from, to)| from < to);
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
