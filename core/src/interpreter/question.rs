//! One question being asked: what has been keyed in so far, and how often it has failed.

use crate::flow::graph::{Act, Ask, Choose, Confirm, Ladder, Menu, Value};
use crate::grammar;
use crate::key::Key;
use crate::utterance::BargeIn;

/// A step that listens.
#[derive(Clone, Copy)]
pub(super) enum Listening<'a> {
    Ask(&'a Ask),
    Menu(&'a Menu),
    Confirm(&'a Confirm),
    Choose(&'a Choose),
}

impl<'a> Listening<'a> {
    pub(super) fn of(act: &'a Act) -> Option<Self> {
        match act {
            Act::Ask(ask) => Some(Self::Ask(ask)),
            Act::Menu(menu) => Some(Self::Menu(menu)),
            Act::Confirm(confirm) => Some(Self::Confirm(confirm)),
            Act::Choose(choose) => Some(Self::Choose(choose)),
            Act::Say { .. } | Act::Lookup(_) | Act::Submit(_) | Act::If { .. } | Act::Switch { .. } | Act::Set(_) | Act::Clear(_) => None,
            Act::Errand(_) | Act::Goto(_) | Act::Call { .. } | Act::Return(_) | Act::End { .. } | Act::Language(_) => None,
        }
    }

    pub(super) fn ladder(self) -> &'a Ladder {
        match self {
            Self::Ask(ask) => &ask.ladder,
            Self::Menu(menu) => &menu.ladder,
            Self::Confirm(confirm) => &confirm.ladder,
            Self::Choose(choose) => &choose.ladder,
        }
    }

    pub(super) fn barge_in(self) -> BargeIn {
        match self {
            Self::Ask(ask) => ask.barge_in,
            Self::Menu(menu) => menu.barge_in,
            Self::Confirm(confirm) => confirm.barge_in,
            Self::Choose(choose) => choose.barge_in,
        }
    }
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
pub(super) enum Heard {
    /// Nothing: a `#` that ends nothing. Callers end a full row with one, and it must not fail the next question.
    PassedOver,
    /// One more digit of an unfinished row.
    Digit,
    /// The row is complete.
    Complete,
    /// A single key that answers.
    Pressed(Key),
    /// `*`: the question again.
    Repeat,
    /// `0`: a human.
    Operator,
    /// A key that no answer has.
    NoMatch,
}

/// The state of one question, from its entry until its answer.
pub(super) struct Question {
    /// The readings of a row that means several things, by their alternative's place: while there are any, it is asked which.
    pub(super) which: Vec<(usize, Value)>,
    /// Of a list: its page, from 0.
    pub(super) page: usize,
    /// Of a yes or no: a no was said, and it is asked what is to be changed.
    pub(super) changing: bool,
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
    pub(super) fn new(which: Vec<(usize, Value)>) -> Self {
        Self { which, page: 0, changing: false, due: Due::Prompt, typed: String::new(), asked_again: 0, noinputs: 0, nomatches: 0 }
    }

    pub(super) fn hear(&mut self, step: Listening<'_>, key: Key) -> Heard {
        match step {
            Listening::Ask(ask) if self.which.is_empty() => self.hear_row(ask, key),
            Listening::Ask(_) | Listening::Menu(_) | Listening::Confirm(_) | Listening::Choose(_) => hear_single(key),
        }
    }

    fn hear_row(&mut self, ask: &Ask, key: Key) -> Heard {
        if key.digit().is_some() {
            self.typed.push(key.char());
            let grows = ask.alternatives.iter().any(|alternative| grammar::could_grow(&self.typed, &alternative.grammar));
            return if grows { Heard::Digit } else { Heard::Complete };
        }
        match key {
            Key::STAR => Heard::Repeat,
            Key::POUND if self.typed.is_empty() => Heard::PassedOver,
            Key::POUND => self.ended(),
            _ => Heard::NoMatch,
        }
    }

    /// What an unfinished row is when `#` or a pause ends it: a `0` alone calls the operator.
    pub(super) fn ended(&self) -> Heard {
        if self.typed == "0" { Heard::Operator } else { Heard::Complete }
    }

    /// Asks again, in the words of `due`.
    pub(super) fn again(&mut self, due: Due) {
        self.typed.clear();
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

fn hear_single(key: Key) -> Heard {
    match key {
        Key::ZERO => Heard::Operator,
        Key::STAR => Heard::Repeat,
        Key::POUND => Heard::PassedOver,
        _ => Heard::Pressed(key),
    }
}
