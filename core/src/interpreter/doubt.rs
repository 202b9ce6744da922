//! "Did you say …?": what was heard in doubt is said back and confirmed, before it is taken.

use super::Trouble;
use super::machine::{Interpreter, State};
use super::question::{Asking, Due, Listening, Meant};
use super::speech::Part;
use crate::flow::graph::{Doubt, Survey, Type, Value};
use crate::grammar::Grammar;

/// So many readings of one utterance are offered, one after another.
const DOUBTS_MAX: usize = 3;

impl Interpreter {
    /// Asks whether the first of these was said, then the next. What has no words to ask with is not offered.
    pub(super) fn ask_doubt(&mut self, step: Listening<'_>, mut doubts: Vec<Meant>) {
        doubts.truncate(DOUBTS_MAX);
        doubts.retain(|meant| self.voices(&said_back(step, meant)));
        let State::Listening(question) = &mut self.state else { return };
        if doubts.is_empty() || step.ladder().doubt.is_none() {
            return self.fail(step, Trouble::NoMatch);
        }
        question.asking = Asking::Doubt(doubts);
        self.left = Some(self.now); // what was begun before this is asked answers it no more
        self.ask_again(Due::Prompt);
    }

    /// A yes takes the first; a no asks for the next, and after the last for the answer itself.
    pub(super) fn settle_doubt(&mut self, step: Listening<'_>, doubts: Vec<Meant>, yes: bool) {
        let mut doubts = doubts.into_iter();
        match (doubts.next(), yes) {
            (Some(meant), true) => self.mean(step, meant),
            (Some(_), false) if doubts.len() > 0 => self.ask_doubt(step, doubts.collect()),
            (Some(_) | None, _) => self.fail(step, Trouble::NoMatch),
        }
    }
}

/// The question in doubt: what was heard, between the words before and after it.
pub(super) fn asked(step: Listening<'_>, meant: &Meant) -> Vec<Part> {
    let Some(Doubt { before, after }) = step.ladder().doubt else { return Vec::new() };
    let said = said_back(step, meant);
    [Part::Prompt(before, 0)].into_iter().chain(said).chain([Part::Prompt(after, 0)]).collect()
}

/// A value in its words, a choice by its name.
fn said_back(step: Listening<'_>, meant: &Meant) -> Vec<Part> {
    match (step, meant) {
        (Listening::Menu(menu), Meant::Choice(place)) => menu
            .choices
            .get(*place)
            .and_then(|choice| choice.name.or(choice.label))
            .map(|name| vec![Part::Choice, Part::Prompt(name, 0)])
            .unwrap_or_default(),
        (Listening::Ask(ask) | Listening::Survey(Survey { ask, .. }), Meant::Value(place, value)) => {
            ask.alternatives.get(*place).map(|alternative| part(&alternative.grammar, value)).into_iter().collect()
        }
        (Listening::Route(_), Meant::Value(_, topic)) => vec![Part::Value(Type::topic(), topic.clone())],
        (Listening::Field(form, _), Meant::Fields(values)) => {
            let grammar = |place: usize| Some(&form.fields.get(place)?.ask.alternatives.first()?.grammar);
            values.iter().filter_map(|(place, value)| Some(part(grammar(*place)?, value))).collect()
        }
        (Listening::Choose(choose), Meant::Item(place)) => vec![Part::Item(choose.item, *place)],
        (Listening::Menu(_) | Listening::Ask(_) | Listening::Field(..) | Listening::Confirm(_), _) => Vec::new(),
        (Listening::Choose(_) | Listening::Route(_) | Listening::Survey(_), _) => Vec::new(),
    }
}

fn part(grammar: &Grammar, value: &Value) -> Part {
    Part::Value(Type::from(grammar), value.clone())
}
