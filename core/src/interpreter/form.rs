//! Forms: several values, asked in order, of which one utterance may fill more than one.

use super::machine::{Interpreter, State};
use super::question::{Asking, Due, Listening, Question};
use crate::flow::graph::{Form, Jump, NEXT, Value};

impl Interpreter {
    /// Asks for the first field that is empty, or reads back the first value that has not been confirmed; after the last the flow goes on.
    pub(super) fn next_field(&mut self, form: &Form) {
        for (place, field) in form.fields.iter().enumerate() {
            let is_empty = field.slot().is_some_and(|slot| self.frame().slot(slot).is_none());
            if is_empty {
                return self.listen(Question::new(Asking::Itself, place));
            }
            if self.frame().is_unconfirmed(place) {
                return self.listen(Question::new(Asking::ReadBack, place));
            }
        }
        self.took(NEXT);
        self.jump(&Jump::Next);
    }

    /// Fills what was given, also where something else was given before.
    pub(super) fn fill_fields(&mut self, form: &Form, values: Vec<(usize, Value)>) {
        for (place, value) in values {
            let Some(field) = form.fields.get(place) else { continue };
            if let Some(slot) = field.slot() {
                self.frame_mut().put(slot, Some(value));
                self.took_slot(slot);
            }
            self.frame_mut().confirm(place, field.read_back.is_none());
        }
        self.walk_on();
        self.next_field(form);
    }

    /// A value that is not right is asked for again, as often as the ladder has tries.
    pub(super) fn settle_field(&mut self, step: Listening<'_>, right: bool) {
        let (Listening::Field(form, field), State::Listening(question)) = (step, &mut self.state) else { return };
        let place = question.field;
        if right {
            self.frame_mut().confirm(place, true);
            self.walk_on();
            return self.next_field(form);
        }
        question.nomatches = question.nomatches.saturating_add(1);
        let given_up = question.given_up(step.ladder());
        if let Some(slot) = field.slot() {
            self.frame_mut().put(slot, None);
        }
        if given_up {
            return self.give_up(&step.ladder().give_up);
        }
        self.ask_again(Due::Prompt);
    }
}
