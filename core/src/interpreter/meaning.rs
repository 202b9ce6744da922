//! What an utterance means at the open question.
//!
//! The hypotheses of a recogniser are tried best first; the first that means anything here is the one, since a recogniser does not know what was asked. In each, an answer and
//! a command are looked for, and [`super::command::weight`] says which wins. Of an answer that is not plain, or in which the recogniser hardly believes, it is asked whether it was said.

use std::ops::Range;

use super::command::{Weight, weight};
use super::machine::{Interpreter, State};
use super::question::{Asking, Listening, Meant};
use super::speech;
use crate::flow::graph::{Ask, Choose, Form, Grammar, Menu, Survey, Type, Value};
use crate::grammar::navigation::{self, Answer, Command};
use crate::grammar::{self, Listened, Reading, Sure, number};
use crate::heard::{Heard, Hypothesis};
use crate::lang::Lang;

/// What an utterance comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Understood {
    /// An answer.
    Answer(Meant),
    /// Answers that are to be confirmed, the likeliest first.
    Doubtful(Vec<Meant>),
    /// Digits that fit several alternatives, or words that fit two topics.
    Which(Vec<(usize, Value)>),
    /// Words that fit several choices.
    Choices(Vec<usize>),
    /// What the menu's `route` step would have understood.
    Routed(Box<Understood>),
    /// What may be said everywhere.
    Command(Command),
    /// Nothing that is asked for.
    Nothing,
}

/// An answer found in an utterance, and how many of its words it takes.
pub(super) struct Found {
    pub(super) understood: Understood,
    pub(super) words: usize,
}

/// A value found at a place: of an alternative, or of a field.
type Placed = (usize, Reading<Value>);

/// What an utterance comes to, without the private values in it: equal where the path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gist {
    understood: Understood,
    command: Option<Command>,
}

impl Interpreter {
    /// What an utterance would come to now, as far as anybody may know.
    pub fn gist(&self, heard: &Heard) -> Gist {
        Gist { understood: impersonal(self.understand(heard)), command: self.commanded(heard) }
    }

    /// What is listened for.
    pub fn listens_for(&self) -> Listened {
        let grammars = self.listening(&self.program).map_or_else(Vec::new, Listening::grammars);
        Listened { grammars, context: self.context() }
    }

    /// What is meant: by the first hypothesis that means anything.
    pub(super) fn understand(&self, heard: &Heard) -> Understood {
        let Some(step) = self.listening(&self.program) else { return Understood::Nothing };
        let each = heard.hypotheses().iter().map(|hypothesis| self.understand_one(step, hypothesis));
        each.into_iter().find(|understood| *understood != Understood::Nothing).unwrap_or(Understood::Nothing)
    }

    /// The command in an utterance that answers nothing.
    pub(super) fn commanded(&self, heard: &Heard) -> Option<Command> {
        let step = self.listening(&self.program);
        heard.hypotheses().iter().find_map(|hypothesis| self.command_in(&grammar::words(&hypothesis.text), hypothesis, step))
    }

    fn understand_one(&self, step: Listening<'_>, hypothesis: &Hypothesis) -> Understood {
        if hypothesis.confidence < step.ladder().reject {
            return Understood::Nothing;
        }
        let words = grammar::words(&hypothesis.text);
        let command = self.command_in(&words, hypothesis, Some(step));
        let understood = decided(self.answer(step, &words), command, words.len());
        if hypothesis.confidence < step.ladder().accept { doubted(understood) } else { understood }
    }

    fn command_in(&self, words: &[String], hypothesis: &Hypothesis, step: Option<Listening<'_>>) -> Option<Command> {
        let lang = self.lang.or(hypothesis.lang).unwrap_or(Lang::Kk);
        navigation::command(words, lang).filter(|command| self.obeys(*command, step))
    }

    fn answer(&self, step: Listening<'_>, words: &[String]) -> Option<Found> {
        let State::Listening(question) = &self.state else { return None };
        match (&question.asking, step) {
            (Asking::Doubt(doubts), _) => self.confirmed(step, doubts, words),
            (Asking::ReadBack, _) => yes_or_no(words).or_else(|| self.named(step, words)),
            (Asking::Which(topics), Listening::Route(_)) => self.one_of_two(topics, words),
            (Asking::Which(which), _) => which_of(which, step, words),
            (Asking::Change, _) => keyed(words),
            (Asking::Itself | Asking::Choices(_), _) => self.named(step, words),
        }
    }

    /// An answer to the question itself.
    fn named(&self, step: Listening<'_>, words: &[String]) -> Option<Found> {
        match step {
            Listening::Ask(ask) => self.value_of(ask, words),
            Listening::Field(form, _) => self.values_of(form, words),
            Listening::Menu(menu) => self.choice_or_question(menu, words),
            Listening::Confirm(_) => yes_or_no(words),
            Listening::Choose(choose) => self.item_of(choose, words).or_else(|| keyed(words)),
            Listening::Route(_) => self.routed(words),
            Listening::Survey(survey) => self.value_of(&survey.ask, words),
        }
    }

    /// A choice, or a question of the caller's own where the menu has a step that hears it. A choice that takes more than half of the words is meant, plain or not; any other only
    /// where the words ask for no topic.
    fn choice_or_question(&self, menu: &Menu, words: &[String]) -> Option<Found> {
        let choice = choice_of(menu, words);
        if menu.route.is_none() || choice.as_ref().is_some_and(|found| found.words * 2 > words.len()) {
            return choice;
        }
        let question = self.routed(words).map(|found| Found { understood: Understood::Routed(Box::new(found.understood)), ..found });
        question.or(choice)
    }

    /// An item of a list, when its words or its date name one alone.
    fn item_of(&self, choose: &Choose, words: &[String]) -> Option<Found> {
        let flow = self.flow();
        let each = choose.fields.iter().filter_map(|(field, slot)| Some((field, said_as(&flow.slots[usize::from(slot.0)].ty)?)));
        let mut found = each
            .flat_map(|(field, grammar)| {
                let readings = grammar::said(words, &grammar, &self.context(), &self.program.lists);
                readings
                    .into_iter()
                    .filter_map(|reading| {
                        let [place] = self.items_with(choose, field, &reading.value)[..] else { return None };
                        Some((place, reading.words.len()))
                    })
                    .collect::<Vec<_>>()
            })
            .collect::<Vec<_>>();
        found.sort_by_key(|(_, words)| std::cmp::Reverse(*words));
        let (place, words) = *found.first()?;
        Some(Found { understood: Understood::Answer(Meant::Item(place)), words })
    }

    /// An answer to "did you say …?": yes or no, the value again, or another instead of it.
    fn confirmed(&self, step: Listening<'_>, doubts: &[Meant], words: &[String]) -> Option<Found> {
        let named = match step {
            Listening::Ask(ask) | Listening::Survey(Survey { ask, .. }) => self.value_of(ask, words),
            Listening::Field(form, _) => self.values_of(form, words),
            Listening::Route(_) => self.routed(words),
            Listening::Menu(_) | Listening::Confirm(_) | Listening::Choose(_) => None,
        };
        match named {
            Some(Found { understood: Understood::Answer(meant), words }) if doubts.first() == Some(&meant) => {
                Some(Found { understood: Understood::Answer(Meant::Yes(true)), words })
            }
            Some(other) if !matches!(&other.understood, Understood::Doubtful(again) if again.first() == doubts.first()) => Some(other),
            Some(_) | None => yes_or_no(words),
        }
    }

    /// The value of an `ask`: by one alternative, or by several.
    fn value_of(&self, ask: &Ask, words: &[String]) -> Option<Found> {
        let grammars = ask.alternatives.iter().map(|alternative| &alternative.grammar).enumerate();
        let readings = called(ask, last_said(self.readings(grammars, words), words), words);
        let taken = readings.iter().map(|(_, reading)| reading.words.len()).max()?;
        let mut plain: Vec<(usize, Value)> = plain(&readings).map(|(place, reading)| (*place, reading.value.clone())).collect();
        plain.dedup();
        let once = |plain: &[(usize, Value)]| plain.windows(2).all(|pair| pair[0].0 != pair[1].0);
        let understood = match (plain.len(), ask.which) {
            (1, _) => Understood::Answer(value(plain.swap_remove(0))),
            (2.., Some(_)) if once(&plain) => Understood::Which(plain),
            (2.., None) if once(&plain) => Understood::Answer(value(plain.swap_remove(0))),
            (2.., _) => Understood::Doubtful(plain.into_iter().map(value).collect()),
            (0, _) => Understood::Doubtful(readings.into_iter().map(|(place, reading)| value((place, reading.value))).collect()),
        };
        Some(Found { understood, words: taken })
    }

    /// The values of a form's fields. Where some are plain those are taken, and the doubtful ones are asked for in their turn.
    fn values_of(&self, form: &Form, words: &[String]) -> Option<Found> {
        let State::Listening(question) = &self.state else { return None };
        let grammars = form.fields.iter().enumerate().filter_map(|(place, field)| Some((place, &field.ask.alternatives.first()?.grammar)));
        let found = apart(last_said(self.readings(grammars, words), words), question.field);
        let taken = found.iter().map(|(_, reading)| reading.words.len()).sum();
        let (plain, doubtful): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, reading)| reading.sure == Sure::Plainly);
        let values = |placed: Vec<Placed>| placed.into_iter().map(|(place, reading)| (place, reading.value)).collect::<Vec<_>>();
        let understood = match (plain.is_empty(), doubtful.is_empty()) {
            (false, _) => Understood::Answer(Meant::Fields(values(plain))),
            (true, false) => Understood::Doubtful(values(doubtful).into_iter().map(|one| Meant::Fields(vec![one])).collect()),
            (true, true) => return None,
        };
        Some(Found { understood, words: taken })
    }

    fn readings<'g>(&self, grammars: impl Iterator<Item = (usize, &'g grammar::Grammar)>, words: &[String]) -> Vec<Placed> {
        let context = self.context();
        let each = grammars.flat_map(|(place, grammar)| {
            let said = grammar::said(words, grammar, &context, &self.program.lists);
            said.into_iter().map(move |reading| (place, reading)).collect::<Vec<_>>()
        });
        each.collect()
    }
}

fn impersonal(understood: Understood) -> Understood {
    match understood {
        Understood::Answer(meant) => Understood::Answer(nameless(meant)),
        Understood::Doubtful(doubts) => Understood::Doubtful(doubts.into_iter().map(nameless).collect()),
        Understood::Which(values) => Understood::Which(values.into_iter().map(masked).collect()),
        Understood::Routed(routed) => Understood::Routed(Box::new(impersonal(*routed))),
        Understood::Choices(_) | Understood::Command(_) | Understood::Nothing => understood,
    }
}

fn nameless(meant: Meant) -> Meant {
    match meant {
        Meant::Value(place, value) => self::value(masked((place, value))),
        Meant::Fields(values) => Meant::Fields(values.into_iter().map(masked).collect()),
        Meant::Choice(_) | Meant::Yes(_) | Meant::Keyed(_) | Meant::Item(_) => meant,
    }
}

fn masked((place, value): (usize, Value)) -> (usize, Value) {
    (place, if speech::is_private(&value) { Value::Flag(false) } else { value })
}

/// Which wins, of an answer and a command in the same words.
fn decided(found: Option<Found>, command: Option<Command>, words: usize) -> Understood {
    match (found, command) {
        (None, None) => Understood::Nothing,
        (Some(found), None) => found.understood,
        (None, Some(command)) => Understood::Command(command),
        (Some(found), Some(command)) => {
            let answers = match (weight(command), &found.understood) {
                (Weight::First, _) => false,
                (Weight::Strong, Understood::Answer(Meant::Yes(_)) | Understood::Doubtful(_)) => false,
                (Weight::Strong, _) => found.words * 2 > words,
                (Weight::Mild, Understood::Answer(Meant::Yes(_))) => true,
                (Weight::Mild, _) => found.words * 3 >= words,
            };
            if answers { found.understood } else { Understood::Command(command) }
        }
    }
}

/// The same, of words in which the recogniser hardly believes: to be confirmed. The end of the call is not to be guessed.
fn doubted(understood: Understood) -> Understood {
    match understood {
        Understood::Answer(meant) => Understood::Doubtful(vec![meant]),
        Understood::Routed(routed) => Understood::Routed(Box::new(doubted(*routed))),
        Understood::Command(Command::Goodbye) => Understood::Nothing,
        Understood::Doubtful(_) | Understood::Which(_) | Understood::Choices(_) | Understood::Command(_) | Understood::Nothing => {
            understood
        }
    }
}

pub(super) fn yes_or_no(words: &[String]) -> Option<Found> {
    let yes = match navigation::yes_no(words)? {
        Answer::Yes => true,
        Answer::No => false,
        Answer::Unsure => return None,
    };
    Some(Found { understood: Understood::Answer(Meant::Yes(yes)), words: words.len() })
}

/// Which of several values: by the number of its alternative, or by what it is called.
fn which_of(which: &[(usize, Value)], step: Listening<'_>, words: &[String]) -> Option<Found> {
    let ask = step.row()?;
    let named = ask.phrases.find(words).into_iter().map(|reading| (reading.value, reading.words.len()));
    let numbered = numbered(words).map(|(number, taken)| (number - 1, taken.len()));
    let meant =
        named.chain(numbered).find_map(|(place, taken)| which.iter().find(|(at, _)| *at == place).map(|found| (found.clone(), taken)));
    meant.map(|(found, words)| Found { understood: Understood::Answer(value(found)), words })
}

/// A choice: by what is said for it, or by its key as a number.
fn choice_of(menu: &Menu, words_said: &[String]) -> Option<Found> {
    let named = menu.phrases.find(words_said);
    let taken = named.iter().map(|reading| reading.words.len()).max();
    let is_plain = named.iter().any(|reading| reading.sure == Sure::Plainly);
    let mut places: Vec<usize> = named.into_iter().map(|reading| reading.value).collect();
    places.sort_unstable();
    places.dedup();
    match (&places[..], taken) {
        ([place], Some(words)) if !is_plain => {
            numbered_choice(menu, words_said).or(Some(Found { understood: Understood::Doubtful(vec![Meant::Choice(*place)]), words }))
        }
        ([place], Some(words)) => Some(Found { understood: Understood::Answer(Meant::Choice(*place)), words }),
        ([_, ..], Some(words)) => Some(Found { understood: Understood::Choices(places), words }),
        (_, _) => numbered_choice(menu, words_said),
    }
}

fn numbered_choice(menu: &Menu, words: &[String]) -> Option<Found> {
    numbered(words).find_map(|(number, words)| {
        let place = menu.choices.iter().position(|choice| choice.key.digit().map(usize::from) == Some(number))?;
        Some(Found { understood: Understood::Answer(Meant::Choice(place)), words: words.len() })
    })
}

/// The numbers of things that are chosen, from 1, and the words that name each.
pub(super) fn numbered(words: &[String]) -> impl Iterator<Item = (usize, Range<usize>)> {
    let numbers = number::choices(words).into_iter().filter(|reading| reading.sure == Sure::Plainly);
    numbers.filter_map(|reading| Some((usize::try_from(reading.value).ok().filter(|number| *number > 0)?, reading.words)))
}

/// How a caller says a field's value; `None` when items are not told apart by it.
pub(super) fn said_as(ty: &Type) -> Option<Grammar> {
    match ty {
        Type::Item { list } => Some(Grammar::Item { list: list.clone() }),
        Type::Time => Some(Grammar::Time),
        Type::Date => Some(Grammar::Date { days: u16::MAX }),
        Type::Iin | Type::Application | Type::Digits | Type::Count | Type::Flag | Type::Money => None,
        Type::Phone | Type::Place | Type::Message | Type::List { .. } => None,
    }
}

/// What has this number as its key.
fn keyed(words: &[String]) -> Option<Found> {
    let (number, words) = numbered(words).find(|(number, _)| *number <= 9)?;
    Some(Found { understood: Understood::Answer(Meant::Keyed(number - 1)), words: words.len() })
}

fn value((place, value): (usize, Value)) -> Meant {
    Meant::Value(place, value)
}

/// Only the values of the alternative that the caller calls by its name: `жсн` before the digits says which of two they are.
fn called(ask: &Ask, readings: Vec<Placed>, words: &[String]) -> Vec<Placed> {
    let named = ask.phrases.find(words);
    let [Reading { value, sure: Sure::Plainly, .. }] = &named[..] else { return readings };
    let (called, others): (Vec<_>, Vec<_>) = readings.into_iter().partition(|(place, _)| place == value);
    if called.is_empty() { others } else { called }
}

fn plain(readings: &[Placed]) -> impl Iterator<Item = &Placed> {
    readings.iter().filter(|(_, reading)| reading.sure == Sure::Plainly)
}

/// Without what the caller took back: what is denied (`не завтра`, `ертең емес`), and what was said before a correction after which the same was said again.
fn last_said(mut readings: Vec<Placed>, words: &[String]) -> Vec<Placed> {
    let word = |at: Option<usize>| at.and_then(|at| words.get(at)).map_or("", String::as_str);
    readings.retain(|(_, reading)| word(reading.words.start.checked_sub(1)) != "не" && word(Some(reading.words.end)) != "емес");
    let corrections: Vec<usize> = (0..words.len()).filter(|at| CORRECTIONS.contains(&words[*at].as_str())).collect();
    let again = |place: usize, from: usize| {
        corrections.iter().any(|at| *at >= from && readings.iter().any(|(other, later)| *other == place && later.words.start > *at))
    };
    let taken_back: Vec<bool> = readings.iter().map(|(place, reading)| again(*place, reading.words.end)).collect();
    let mut taken_back = taken_back.into_iter();
    readings.retain(|_| taken_back.next() == Some(false));
    readings
}

/// What a caller corrects with. No native editor has read these words yet.
const CORRECTIONS: [&str; 9] = ["нет", "жоқ", "вернее", "точнее", "ой", "дұрысы", "кешіріңіз", "извините", "простите"];

/// One reading a field, none over another: plain ones first, then the longest, then what was asked for. A field that is named twice is in doubt.
fn apart(mut found: Vec<Placed>, asked: usize) -> Vec<Placed> {
    let twice = |place: usize| {
        let mut values = plain(&found).filter(|(at, _)| *at == place).map(|(_, reading)| &reading.value);
        values.next().is_some_and(|first| values.any(|other| other != first))
    };
    let doubtful: Vec<bool> = found.iter().map(|(place, _)| twice(*place)).collect();
    for ((_, reading), doubtful) in found.iter_mut().zip(doubtful) {
        reading.sure = if doubtful { reading.sure.max(Sure::Doubtfully) } else { reading.sure };
    }
    found.sort_by_key(|(place, reading)| {
        (reading.sure != Sure::Plainly, usize::MAX - reading.words.len(), *place != asked, reading.words.start)
    });
    let mut kept: Vec<Placed> = Vec::new();
    for (place, reading) in found {
        let free =
            |(at, other): &Placed| *at != place && (other.words.end <= reading.words.start || reading.words.end <= other.words.start);
        if kept.iter().all(free) {
            kept.push((place, reading));
        }
    }
    kept
}
