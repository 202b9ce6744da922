//! One question being asked: what has been keyed in so far, what is in doubt, and how often it has failed.

use crate::flow::graph::{Act, Ask, Choose, Confirm, Field, Form, Ladder, Menu, Route, Survey, Value};
use crate::grammar::{self, Grammar};
use crate::key::Key;
use crate::utterance::BargeIn;

/// A step that listens.
#[derive(Clone, Copy)]
pub(super) enum Listening<'a> {
    Ask(&'a Ask),
    Field(&'a Form, &'a Field),
    Menu(&'a Menu),
    Confirm(&'a Confirm),
    Choose(&'a Choose),
    Route(&'a Route),
    Survey(&'a Survey),
}

impl<'a> Listening<'a> {
    /// The question of a step; of a form that of the field at `field`.
    pub(super) fn of(act: &'a Act, field: usize) -> Option<Self> {
        match act {
            Act::Ask(ask) => Some(Self::Ask(ask)),
            Act::Form(form) => form.fields.get(field).map(|asked| Self::Field(form, asked)),
            Act::Menu(menu) => Some(Self::Menu(menu)),
            Act::Confirm(confirm) => Some(Self::Confirm(confirm)),
            Act::Choose(choose) => Some(Self::Choose(choose)),
            Act::Route(route) => Some(Self::Route(route)),
            Act::Survey(survey) => Some(Self::Survey(survey)),
            Act::Say { .. } | Act::Lookup(_) | Act::Submit(_) | Act::If { .. } | Act::Switch { .. } | Act::Set(_) | Act::Clear(_) => None,
            Act::Errand(_) | Act::Record(_) | Act::Goto(_) | Act::Call { .. } | Act::Return(_) | Act::End { .. } | Act::Language(_) => None,
        }
    }

    pub(super) fn ladder(self) -> &'a Ladder {
        match self {
            Self::Ask(ask) => &ask.ladder,
            Self::Field(_, field) => &field.ask.ladder,
            Self::Menu(menu) => &menu.ladder,
            Self::Confirm(confirm) => &confirm.ladder,
            Self::Choose(choose) => &choose.ladder,
            Self::Route(route) => &route.ladder,
            Self::Survey(survey) => &survey.ask.ladder,
        }
    }

    pub(super) fn barge_in(self) -> BargeIn {
        match self {
            Self::Ask(ask) => ask.barge_in,
            Self::Field(_, field) => field.ask.barge_in,
            Self::Menu(menu) => menu.barge_in,
            Self::Confirm(confirm) => confirm.barge_in,
            Self::Choose(choose) => choose.barge_in,
            Self::Route(route) => route.barge_in,
            Self::Survey(survey) => survey.ask.barge_in,
        }
    }
}

impl<'a> Listening<'a> {
    /// Whether an answer may name a person or a person's matter.
    pub(super) fn is_private(self) -> bool {
        self.grammars().iter().any(Grammar::is_private)
    }

    /// What an answer may be. Into a form any of its fields may be said.
    pub(super) fn grammars(self) -> Vec<Grammar> {
        let of = |ask: &'a Ask| ask.alternatives.iter().map(|alternative| alternative.grammar.clone());
        match self {
            Self::Ask(ask) | Self::Survey(Survey { ask, .. }) => of(ask).collect(),
            Self::Field(form, _) => form.fields.iter().flat_map(|field| of(&field.ask)).collect(),
            Self::Menu(_) | Self::Confirm(_) | Self::Choose(_) | Self::Route(_) => Vec::new(),
        }
    }

    /// What a row of digits would answer: an `ask`, or a field.
    pub(super) fn row(self) -> Option<&'a Ask> {
        match self {
            Self::Ask(ask) => Some(ask),
            Self::Field(_, field) => Some(&field.ask),
            Self::Menu(_) | Self::Confirm(_) | Self::Choose(_) | Self::Route(_) | Self::Survey(_) => None, // a mark is one key
        }
    }
}

/// What an utterance or a row means at a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// A value, by its alternative's place.
    Value(usize, Value),
    /// Values of a form's fields, by their places.
    Fields(Vec<(usize, Value)>),
    /// A choice, by its place.
    Choice(usize),
    /// Yes or no.
    Yes(bool),
    /// What has this key, counted from 0, at a list or at what may be changed.
    Keyed(usize),
    /// An item of a list, by its place in all of it.
    Item(usize),
}

/// What of a question is being asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Asking {
    /// The question itself.
    #[default]
    Itself,
    /// Which is meant, of values by their alternatives' places; of two topics the first or the second.
    Which(Vec<(usize, Value)>),
    /// Which is meant, of choices by their places.
    Choices(Vec<usize>),
    /// Whether the first of these was said.
    Doubt(Vec<Meant>),
    /// Whether the value of a field is right.
    ReadBack,
    /// What is to be changed, after a no.
    Change,
}

/// What is to be said before the caller is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing: it has been said, or the caller was quicker.
    Nothing,
    /// The question.
    Prompt,
    /// That nothing was heard, and the question.
    NoInput,
    /// That nothing fits, and the question.
    NoMatch,
}

/// What a key does to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Nothing: a `#` that ends nothing. Callers end a full row with one, and it must not fail the next question.
    PassedOver,
    /// One more digit of an unfinished row.
    Digit,
    /// The row is complete.
    Complete,
    /// A single key that answers.
    Single(Key),
    /// `*`: the question again.
    Repeat,
    /// `0`: a human.
    Operator,
    /// A key that no answer has.
    NoMatch,
}

/// The state of one question, from its entry until its answer.
pub(super) struct Question {
    /// What of it is being asked.
    pub(super) asking: Asking,
    /// The field of a form, by its place.
    pub(super) field: usize,
    /// The page of a list, from 0.
    pub(super) page: usize,
    /// The caller wanted a moment, and has it.
    pub(super) waiting: bool,
    /// How often.
    pub(super) waits: u8,
    /// What is still to be said.
    pub(super) due: Due,
    /// The row keyed in so far.
    pub(super) typed: String,
    /// How often it has been asked again; repeats by `*` do not count.
    pub(super) asked_again: usize,
    /// Silences so far.
    pub(super) noinputs: u8,
    /// Misunderstandings so far.
    pub(super) nomatches: u8,
}

impl Question {
    pub(super) fn new(asking: Asking, field: usize) -> Self {
        Self {
            asking,
            field,
            page: 0,
            waiting: false,
            waits: 0,
            due: Due::Prompt,
            typed: String::new(),
            asked_again: 0,
            noinputs: 0,
            nomatches: 0,
        }
    }

    pub(super) fn hear(&mut self, step: Listening<'_>, key: Key) -> Pressed {
        match step.row() {
            Some(ask) if self.asking == Asking::Itself => self.hear_row(ask, key),
            Some(_) | None => hear_single(key),
        }
    }

    fn hear_row(&mut self, ask: &Ask, key: Key) -> Pressed {
        if key.digit().is_some() {
            self.typed.push(key.char());
            let grows = ask.alternatives.iter().any(|alternative| grammar::could_grow(&self.typed, &alternative.grammar));
            return if grows { Pressed::Digit } else { self.ended() };
        }
        match key {
            Key::STAR => Pressed::Repeat,
            Key::POUND if self.typed.is_empty() => Pressed::PassedOver,
            Key::POUND => self.ended(),
            _ => Pressed::NoMatch,
        }
    }

    /// What a row is when `#`, a pause, or a key that nothing may follow ends it: a `0` alone calls the operator.
    pub(super) fn ended(&self) -> Pressed {
        if self.typed == "0" { Pressed::Operator } else { Pressed::Complete }
    }

    /// Asks again, in the words of `due`.
    pub(super) fn again(&mut self, due: Due) {
        self.typed.clear();
        self.waiting = false;
        self.due = due;
        match due {
            Due::Nothing | Due::Prompt => {}
            Due::NoInput => self.noinputs = self.noinputs.saturating_add(1),
            Due::NoMatch => self.nomatches = self.nomatches.saturating_add(1),
        }
        self.asked_again = usize::from(self.noinputs) + usize::from(self.nomatches);
    }

    pub(super) fn given_up(&self, ladder: &Ladder) -> bool {
        self.noinputs >= ladder.tries || self.nomatches >= ladder.tries
    }
}

fn hear_single(key: Key) -> Pressed {
    match key {
        Key::ZERO => Pressed::Operator,
        Key::STAR => Pressed::Repeat,
        Key::POUND => Pressed::PassedOver,
        _ => Pressed::Single(key),
    }
}
