//! Services that answer as their contract allows, and as it does not: late, never, twice, and garbage.

use std::collections::BTreeMap;

use super::dice::Dice;
use crate::calendar::{Date, Time};
use crate::citizen::{ApplicationNumber, Phone};
use crate::flow::graph::{Contract, Ending, Program, Type, Value};
use crate::grammar::{Context, Grammar, place};
use crate::interpreter::{Answer, Wanted};
use crate::spoken::Money;

/// An answer, and how long after the question it comes, in milliseconds.
pub(super) type Due = (u64, Answer);

/// How an errand ends, and after how long; now and then nobody tells.
pub(super) fn ending(wanted: &Wanted, dice: &mut Dice) -> Vec<Due> {
    let endings: &[Ending] = match wanted {
        Wanted::Sms { .. } => &Ending::OF_SMS,
        Wanted::Transfer { .. } => &Ending::OF_TRANSFER,
        Wanted::Callback { .. } => &Ending::OF_CALLBACK,
    };
    let after = dice.between(20, ERRAND_MAX_MS);
    let ending = dice.one_of(endings).filter(|_| !dice.clone().percent(10));
    ending.map(|ending| (after, Answer::Errand(*ending))).into_iter().collect()
}

/// Whether a message can be kept: one in twenty cannot, and that is said at once or a little later.
pub(super) fn room(dice: &mut Dice) -> Vec<Due> {
    let full = dice.percent(5).then(|| (dice.below(3_000), Answer::Errand(Ending::Failed)));
    full.into_iter().collect()
}

/// How a service behaves at one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// A declared outcome with all its fields, in time or not.
    Promised,
    /// It says itself that it cannot.
    Failing,
    /// Nothing ever comes.
    Mute,
    /// What the contract does not declare.
    Garbage,
    /// Two answers to one question.
    Twice,
}

/// An errand ends within this time, or in the middle of it nobody knows.
const ERRAND_MAX_MS: u64 = 40_000;

/// What comes back for a question.
pub(super) fn answers(program: &Program, service: &str, deadline_ms: u64, dice: &mut Dice) -> Vec<Due> {
    let contract = program.contracts.iter().find(|contract| contract.name == service);
    let Some(contract) = contract else { return Vec::new() };
    let after = latency(deadline_ms, dice);
    match mood(dice) {
        Mood::Promised => vec![(after, promised(contract, program, dice))],
        Mood::Failing if contract.writes && dice.percent(50) => vec![(after, Answer::Unknown)],
        Mood::Failing => vec![(after, Answer::Unavailable)],
        Mood::Mute => Vec::new(),
        Mood::Garbage => vec![(after, garbage(contract, program, dice))],
        Mood::Twice => {
            let (first, second) = (promised(contract, program, dice), promised(contract, program, dice));
            vec![(after, first), (after + dice.below(deadline_ms * 2), second)]
        }
    }
}

fn mood(dice: &mut Dice) -> Mood {
    match dice.below(20) {
        0..=13 => Mood::Promised,
        14 | 15 => Mood::Failing,
        16 => Mood::Mute,
        17 | 18 => Mood::Garbage,
        _ => Mood::Twice,
    }
}

/// Mostly quick, sometimes after the first filler, now and then too late; never later than twice the deadline.
fn latency(deadline_ms: u64, dice: &mut Dice) -> u64 {
    match dice.below(10) {
        0..=4 => dice.between(20, 1_500),
        5..=7 => dice.between(0, deadline_ms),
        _ => dice.between(0, deadline_ms * 2),
    }
}

/// A declared outcome, with fields of their types.
fn promised(contract: &Contract, program: &Program, dice: &mut Dice) -> Answer {
    let outcomes: Vec<&String> = contract.outcomes.keys().collect();
    let Some(outcome) = dice.one_of(&outcomes) else { return Answer::Unavailable };
    let fields = contract.outcomes[*outcome].iter().filter_map(|(field, ty)| Some((field.clone(), value(ty, program, dice)?)));
    Answer::Outcome { outcome: (*outcome).clone(), fields: fields.collect() }
}

/// An outcome that nobody declared, or fields that are missing, of another type or too long.
fn garbage(contract: &Contract, program: &Program, dice: &mut Dice) -> Answer {
    let Answer::Outcome { outcome, mut fields } = promised(contract, program, dice) else { return Answer::Unavailable };
    let names: Vec<String> = fields.keys().cloned().collect();
    match (dice.one_of(&names), dice.below(4)) {
        (None, _) | (_, 0) => Answer::Outcome { outcome: "an_outcome_nobody_declared".to_owned(), fields },
        (Some(name), 1) => {
            fields.remove(name);
            Answer::Outcome { outcome, fields }
        }
        (Some(name), 2) => {
            fields.insert(name.clone(), Value::Digits("7".repeat(10_000)));
            Answer::Outcome { outcome, fields }
        }
        (Some(name), _) => {
            fields.insert(name.clone(), Value::Item("a_thing_nobody_declared".to_owned()));
            Answer::Outcome { outcome, fields: extended(fields) }
        }
    }
}

fn extended(mut fields: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    fields.insert("a_field_nobody_declared".to_owned(), Value::Flag(true));
    fields
}

/// A value of a type; `None` where the program has none, as of a list without items.
fn value(ty: &Type, program: &Program, dice: &mut Dice) -> Option<Value> {
    let row = |grammar: Grammar, dice: &mut Dice| super::words::row(&grammar, &noon(), dice);
    Some(match ty {
        Type::Iin => crate::grammar::readings(&row(Grammar::Iin, dice)?, &Grammar::Iin, &noon())?,
        Type::Application => Value::Application(ApplicationNumber::parse(&dice.digits(12)).ok()?),
        Type::Digits => {
            let length = dice.between(1, 12);
            Value::Digits(dice.digits(length as usize))
        }
        Type::Count => {
            let most = [9, 999, 9_999, u64::from(u32::MAX)][dice.below(4) as usize];
            Value::Count(dice.between(0, most) as u32)
        }
        Type::Flag => Value::Flag(dice.percent(50)),
        Type::Item { list } => {
            let items: Vec<&String> = program.lexicon.get(list)?.keys().collect();
            Value::Item((*dice.one_of(&items)?).clone())
        }
        Type::Date => Value::Date(Date::new(2026, 11, 23).ok()?.plus_days(dice.between(0, 800) as i32)?),
        Type::Time => Value::Time(Time::new(dice.below(24) as u8, dice.below(60) as u8).ok()?),
        Type::Money => Value::Money(Money::parse(&format!("{}.{:02}", dice.below(100_000), dice.below(100)))?),
        Type::Phone => Value::Phone(Phone::parse(&row(Grammar::Phone, dice)?).ok()?),
        Type::List { fields, most } => {
            let count = dice.between(0, (*most).into());
            let item = |dice: &mut Dice| fields.iter().filter_map(|(name, ty)| Some((name.clone(), value(ty, program, dice)?))).collect();
            Value::List((0..count).map(|_| item(dice)).collect())
        }
        Type::Message => return None,
        Type::Place => Value::Place(dice.one_of(place::places())?.id.to_owned()),
    })
}

/// Some noon: rows that are made up for a service depend on no day.
fn noon() -> Context {
    let (today, now) = crate::calendar::local(0);
    Context { today, now, opens: now, closes: now }
}
