//! Listening: keys, silence and misunderstanding at a question.

use std::sync::Arc;

use super::frame::Back;
use super::machine::{Interpreter, State};
use super::question::{Due, Heard, Listening, Question};
use super::speech::{self, Part};
use super::timer::Timer;
use super::{Effect, Expects, Trouble, choose};
use crate::flow::graph::{Arm, Ask, Confirm, GiveUp, Menu, Program, Value};
use crate::grammar;
use crate::key::Key;
use crate::time::CallTime;

impl Interpreter {
    /// What the next key would answer.
    pub fn expects(&self) -> Expects {
        let (Some(step), State::Listening(question)) = (self.listening(&self.program), &self.state) else { return Expects::Nothing };
        match step {
            Listening::Ask(ask) if question.which.is_empty() => Expects::Row {
                typed: question.typed.len(),
                grammars: ask.alternatives.iter().map(|alternative| alternative.grammar.clone()).collect(),
            },
            Listening::Ask(_) => Expects::OneOf(question.which.iter().filter_map(|(at, _)| key_at(*at)).collect()),
            Listening::Menu(menu) => Expects::OneOf(menu.choices.iter().map(|choice| choice.key).collect()),
            Listening::Confirm(Confirm { change: Some(changing), .. }) if question.changing => {
                Expects::OneOf(choose::keys_of_changes(changing))
            }
            Listening::Confirm(_) => Expects::OneOf([0, 1].into_iter().filter_map(key_at).collect()),
            Listening::Choose(choose) => Expects::OneOf(self.keys_on_page(choose, question.page)),
        }
    }

    /// Whether what the caller does now may be a private row: one is asked for, keys are kept for a later question, or somebody keys in what no choice of the open one has.
    pub(super) fn hears_private(&self) -> bool {
        match &self.state {
            State::Listening(question) => {
                let asks_row = question.which.is_empty() && matches!(self.listening(&self.program), Some(Listening::Ask(_)));
                asks_row || question.nomatches > 0
            }
            State::Looking(_) => self.has_keys_ahead(),
            State::Idle | State::Walking | State::Ended => false,
        }
    }

    /// One key, at the question that is open.
    pub(super) fn press(&mut self, key: Key) {
        let program = Arc::clone(&self.program);
        let Some((step, question)) = self.question(&program) else { return };
        let heard = question.hear(step, key);
        if heard == Heard::PassedOver {
            return self.resume();
        }
        question.due = Due::Nothing;
        self.steps = 0;
        self.hush();
        self.timers.stop(&[Timer::NoInput, Timer::InterDigit]);
        self.take(step, heard);
    }

    /// A key that answers nothing has stopped the prompt all the same (a `#` after a row that was complete without it): the prompt is said again.
    fn resume(&mut self) {
        if self.is_interruptible() {
            self.hush();
            self.ask_again(Due::Prompt);
        }
    }

    /// A pause has ended the row.
    pub(super) fn row_ended(&mut self) {
        let program = Arc::clone(&self.program);
        let Some((step, question)) = self.question(&program) else { return };
        let heard = question.ended();
        self.take(step, heard);
    }

    /// Nothing was keyed in.
    pub(super) fn no_input(&mut self) {
        let program = Arc::clone(&self.program);
        if let Some((step, _)) = self.question(&program) {
            self.fail(step, Trouble::NoInput);
        }
    }

    /// Words that answer nothing.
    pub(super) fn misunderstood(&mut self, trouble: Trouble) {
        let program = Arc::clone(&self.program);
        if let Some(step) = self.listening(&program) {
            self.steps = 0;
            self.hush();
            self.fail(step, trouble);
        }
    }

    /// The open question, and the step that asks it.
    fn question<'a, 'p>(&'a mut self, program: &'p Program) -> Option<(Listening<'p>, &'a mut Question)> {
        let step = self.listening(program)?;
        match &mut self.state {
            State::Listening(question) => Some((step, question)),
            State::Idle | State::Walking | State::Looking(_) | State::Ended => None,
        }
    }

    fn listening<'p>(&self, program: &'p Program) -> Option<Listening<'p>> {
        match self.state {
            State::Listening(_) => self.current_act(program).and_then(Listening::of),
            State::Idle | State::Walking | State::Looking(_) | State::Ended => None,
        }
    }

    fn take(&mut self, step: Listening<'_>, heard: Heard) {
        match heard {
            Heard::PassedOver => {}
            Heard::Digit => self.timers.set(Timer::InterDigit, self.now + step.ladder().interdigit),
            Heard::Complete => self.read(step),
            Heard::Pressed(key) => self.choose(step, key),
            Heard::Repeat => self.ask_again(Due::Prompt),
            Heard::Operator => self.operator(),
            Heard::NoMatch => self.fail(step, Trouble::NoMatch),
        }
    }

    /// Reads a finished row by every alternative.
    fn read(&mut self, step: Listening<'_>) {
        let (Listening::Ask(ask), State::Listening(question)) = (step, &self.state) else { return };
        let mut readings = every_reading(ask, &question.typed);
        match (readings.len(), ask.which) {
            (0, _) => self.fail(step, Trouble::NoMatch),
            (1, _) | (_, None) => {
                let (place, value) = readings.swap_remove(0);
                self.fill_slot(ask, place, value);
            }
            (_, Some(_)) => self.state = State::Listening(Question::new(readings)),
        }
    }

    fn choose(&mut self, step: Listening<'_>, key: Key) {
        match step {
            Listening::Ask(ask) => self.choose_reading(ask, key),
            Listening::Menu(menu) => self.follow_or_fail(step, chosen(menu, key)),
            Listening::Confirm(confirm) => {
                if !self.confirm(confirm, key) {
                    self.fail(step, Trouble::NoMatch);
                }
            }
            Listening::Choose(choose) => {
                if !self.pick(choose, key) {
                    self.fail(step, Trouble::NoMatch);
                }
            }
        }
    }

    fn follow_or_fail(&mut self, step: Listening<'_>, arm: Option<&Arm>) {
        match arm {
            Some(arm) => self.follow(arm),
            None => self.fail(step, Trouble::NoMatch),
        }
    }

    /// A key at a yes or no; `false`: none that it has.
    fn confirm(&mut self, confirm: &Confirm, key: Key) -> bool {
        let changing = matches!(&self.state, State::Listening(question) if question.changing);
        match (&confirm.change, key.digit()) {
            (Some(change), _) if changing => return self.correct(confirm, change, key),
            (_, Some(1)) => self.follow(&confirm.yes),
            (_, Some(2)) => self.refuse(confirm),
            (_, _) => return false,
        }
        true
    }

    fn choose_reading(&mut self, ask: &Ask, key: Key) {
        let State::Listening(question) = &self.state else { return };
        let place = key.digit().and_then(|digit| usize::from(digit).checked_sub(1));
        match question.which.iter().find(|(at, _)| Some(*at) == place).cloned() {
            Some((place, value)) => self.fill_slot(ask, place, value),
            None => self.fail(Listening::Ask(ask), Trouble::NoMatch),
        }
    }

    fn fill_slot(&mut self, ask: &Ask, place: usize, value: Value) {
        let Some(meant) = ask.alternatives.get(place) else { return };
        for alternative in &ask.alternatives {
            self.frame_mut().put(alternative.slot, None);
        }
        self.frame_mut().put(meant.slot, Some(value));
        self.follow(&meant.arm);
    }

    /// One rung of the ladder: ask again, or give up.
    fn fail(&mut self, step: Listening<'_>, trouble: Trouble) {
        self.emit(Effect::Trouble(trouble));
        self.ask_again(match trouble {
            Trouble::NoInput => Due::NoInput,
            Trouble::NoMatch => Due::NoMatch,
        });
        match &self.state {
            State::Listening(question) if question.given_up(step.ladder()) => self.give_up(&step.ladder().give_up),
            State::Listening(_) | State::Idle | State::Walking | State::Looking(_) | State::Ended => {}
        }
    }

    pub(super) fn ask_again(&mut self, due: Due) {
        self.timers.stop(&[Timer::NoInput, Timer::InterDigit]);
        if let State::Listening(question) = &mut self.state {
            question.again(due);
        }
    }

    fn give_up(&mut self, how: &GiveUp) {
        let given_up = self.frames.iter().any(|frame| frame.back == Back::GivesUp);
        match how {
            GiveUp::Step(step) => {
                self.undo_here();
                self.go_to(*step);
            }
            GiveUp::Flow(_) if given_up => self.end("given_up"),
            GiveUp::Flow(flow) => {
                self.undo_all();
                self.enter(*flow, &[], Back::GivesUp);
            }
        }
    }

    /// Hands over to the operator's flow; within it, `0` only repeats the question.
    fn operator(&mut self) {
        if self.frames.iter().any(|frame| frame.back == Back::AsksAgain) {
            return self.ask_again(Due::Prompt);
        }
        self.enter(self.program.commands.operator, &[], Back::AsksAgain);
    }

    /// Says what the open question still has to say, then waits.
    pub(super) fn speak_due(&mut self) {
        let program = Arc::clone(&self.program);
        let State::Listening(question) = &self.state else { return };
        let Some(parts) = self.listening(&program).and_then(|step| self.due(step, question)) else { return };
        let Some((step, question)) = self.question(&program) else { return };
        question.due = Due::Nothing;
        for parts in parts {
            self.say(&parts, step.barge_in());
        }
        if !self.is_speaking() {
            self.await_input();
        }
    }

    /// The utterances that are due: after a failure what went wrong, then the question at its escalation.
    fn due(&self, step: Listening<'_>, question: &Question) -> Option<Vec<Vec<Part>>> {
        let asked = self.asked(step, question);
        let nth = |failures: u8| usize::from(failures.saturating_sub(1));
        match question.due {
            Due::Nothing => None,
            Due::Prompt => Some(vec![asked]),
            Due::NoInput => Some(vec![vec![Part::Prompt(step.ladder().noinput, nth(question.noinputs))], asked]),
            Due::NoMatch => Some(vec![vec![Part::Prompt(step.ladder().nomatch, nth(question.nomatches))], asked]),
        }
    }

    fn asked(&self, step: Listening<'_>, question: &Question) -> Vec<Part> {
        let nth = question.asked_again;
        match step {
            Listening::Ask(Ask { which: Some(which), .. }) if !question.which.is_empty() => vec![Part::Prompt(*which, nth)],
            Listening::Ask(ask) => vec![Part::Prompt(ask.prompt, nth)],
            Listening::Menu(menu) => speech::menu(menu, &self.program, nth),
            Listening::Confirm(Confirm { change: Some(changing), .. }) if question.changing => choose::changes(changing, &self.program),
            Listening::Confirm(confirm) => vec![Part::Prompt(confirm.prompt, nth)],
            Listening::Choose(choose) => self.page(choose, question.page, nth),
        }
    }

    /// All has been said: from now on silence counts, unless a row has been begun.
    pub(super) fn await_input(&mut self) {
        let program = Arc::clone(&self.program);
        if let Some(at) = self.silent_until(&program) {
            self.timers.set(Timer::NoInput, at);
        }
    }

    fn silent_until(&mut self, program: &Program) -> Option<CallTime> {
        let now = self.now;
        let (step, question) = self.question(program)?;
        question.typed.is_empty().then(|| now + step.ladder().noinput_after)
    }
}

fn every_reading(ask: &Ask, digits: &str) -> Vec<(usize, Value)> {
    let each = ask.alternatives.iter().enumerate();
    each.filter_map(|(place, alternative)| grammar::readings(digits, &alternative.grammar).map(|value| (place, value))).collect()
}

fn chosen(menu: &Menu, key: Key) -> Option<&Arm> {
    menu.choices.iter().find(|choice| choice.key == key).map(|choice| &choice.arm)
}

/// The key of the first, the second … of several: 1 to 9.
pub(super) fn key_at(place: usize) -> Option<Key> {
    u32::try_from(place + 1).ok().and_then(|place| char::from_digit(place, 10)).and_then(Key::from_char)
}
