//! Listening: keys, silence and misunderstanding at a question, and what an answer does. Words are read in `meaning`.

use std::sync::Arc;

use super::frame::Back;
use super::machine::{Interpreter, State};
use super::question::{Asking, Due, Listening, Meant, Pressed, Question};
use super::speech::{self, Part};
use super::timer::Timer;
use super::{Effect, Expects, Trouble, choose, doubt, route};
use crate::flow::graph::{Ask, Choice, Confirm, Field, GiveUp, MARKS, Menu, Program, Value};
use crate::grammar::{self, Context};
use crate::key::Key;
use crate::time::CallTime;

impl Interpreter {
    /// What the next key would answer.
    pub fn expects(&self) -> Expects {
        if let State::Recording(_) = &self.state {
            return Expects::Message;
        }
        let (Some(step), State::Listening(question)) = (self.listening(&self.program), &self.state) else { return Expects::Nothing };
        match (&question.asking, step) {
            (Asking::Change, Listening::Confirm(Confirm { change: Some(changing), .. })) => {
                Expects::OneOf(choose::keys_of_changes(changing))
            }
            (Asking::Doubt(_) | Asking::ReadBack, _) | (_, Listening::Confirm(_)) => {
                Expects::OneOf([0, 1].into_iter().filter_map(key_at).collect())
            }
            (Asking::Which(which), _) => Expects::OneOf(which.iter().filter_map(|(at, _)| key_at(*at)).collect()),
            (_, Listening::Menu(menu)) => Expects::OneOf(menu.choices.iter().map(|choice| choice.key).collect()),
            (_, Listening::Choose(choose)) => Expects::OneOf(self.keys_on_page(choose, question.page)),
            (_, Listening::Route(_)) => Expects::OneOf(Vec::new()), // no key says what is wanted
            (_, Listening::Survey(_)) => Expects::OneOf(MARKS.filter_map(|mark| key_at(mark as usize - 1)).collect()),
            (_, Listening::Ask(ask)) => self.expects_row(ask, question),
            (_, Listening::Field(_, field)) => self.expects_row(&field.ask, question),
        }
    }

    fn expects_row(&self, ask: &Ask, question: &Question) -> Expects {
        let grammars = ask.alternatives.iter().map(|alternative| alternative.grammar.clone()).collect();
        Expects::Row { typed: question.typed.len(), grammars, context: self.context() }
    }

    /// Whether what the caller does now may be a private row: one is asked for, keys are kept for a later question, or somebody keys in what no choice of the open one has.
    pub(super) fn hears_private(&self) -> bool {
        match &self.state {
            State::Listening(question) => {
                let which = matches!(question.asking, Asking::Which(_));
                let asked = self.listening(&self.program).is_some_and(Listening::is_private);
                !which && asked || question.nomatches > 0
            }
            State::Looking(_) => self.has_keys_ahead(),
            State::Idle | State::Walking | State::Recording(_) | State::Ended => false,
        }
    }

    /// One key, at the question that is open.
    pub(super) fn press(&mut self, key: Key) {
        let program = Arc::clone(&self.program);
        let Some((step, question)) = self.question(&program) else { return };
        let pressed = question.hear(step, key);
        if pressed == Pressed::PassedOver {
            return self.resume();
        }
        question.due = Due::Nothing;
        question.waiting = false;
        self.left = Some(self.now); // what was begun before the key is no answer any more
        self.has_answered();
        self.take(step, pressed);
    }

    /// The caller has done something: speech stops, and silence is counted anew.
    pub(super) fn has_answered(&mut self) {
        self.speaking = None;
        self.hush();
        self.timers.stop(&[Timer::NoInput, Timer::InterDigit]);
    }

    /// A pause has ended the row.
    pub(super) fn row_ended(&mut self) {
        let program = Arc::clone(&self.program);
        let Some((step, question)) = self.question(&program) else { return };
        let pressed = question.ended();
        self.take(step, pressed);
    }

    /// Nothing was said or keyed in; a moment that the caller wanted is over.
    pub(super) fn no_input(&mut self) {
        let program = Arc::clone(&self.program);
        match self.question(&program) {
            Some((_, question)) if question.waiting => self.ask_again(Due::Prompt),
            Some((step, _)) => self.fail(step, Trouble::NoInput),
            None => {}
        }
    }

    /// The open question, and the step that asks it.
    pub(super) fn question<'a, 'p>(&'a mut self, program: &'p Program) -> Option<(Listening<'p>, &'a mut Question)> {
        let step = self.listening(program)?;
        match &mut self.state {
            State::Listening(question) => Some((step, question)),
            State::Idle | State::Walking | State::Looking(_) | State::Recording(_) | State::Ended => None,
        }
    }

    pub(super) fn listening<'p>(&self, program: &'p Program) -> Option<Listening<'p>> {
        match &self.state {
            State::Listening(question) => self.current_act(program).and_then(|act| Listening::of(act, question.field)),
            State::Idle | State::Walking | State::Looking(_) | State::Recording(_) | State::Ended => None,
        }
    }

    fn take(&mut self, step: Listening<'_>, pressed: Pressed) {
        match pressed {
            Pressed::PassedOver => {}
            Pressed::Digit => self.timers.set(Timer::InterDigit, self.now + step.ladder().interdigit),
            Pressed::Complete => self.read(step),
            Pressed::Single(key) => self.choose(step, key),
            Pressed::Repeat => {
                self.took_command("repeat");
                self.ask_again(Due::Prompt);
            }
            Pressed::Operator => {
                self.took_command("operator");
                self.operator();
            }
            Pressed::NoMatch => self.fail(step, Trouble::NoMatch),
        }
    }

    /// Reads a finished row by every alternative.
    fn read(&mut self, step: Listening<'_>) {
        let (Some(ask), State::Listening(question)) = (step.row(), &self.state) else { return };
        let context = self.context();
        let mut readings = every_reading(ask, &question.typed, &context);
        match (readings.len(), ask.which) {
            (0, _) => self.fail(step, Trouble::NoMatch),
            (1, _) | (_, None) => {
                let (place, value) = readings.swap_remove(0);
                self.mean(step, Meant::Value(place, value));
            }
            (_, Some(_)) => self.ask_which(readings),
        }
    }

    /// Asks which of several values is meant: a question of its own.
    pub(super) fn ask_which(&mut self, readings: Vec<(usize, Value)>) {
        let State::Listening(question) = &self.state else { return };
        let field = question.field;
        self.listen(Question::new(Asking::Which(readings), field));
    }

    fn choose(&mut self, step: Listening<'_>, key: Key) {
        let State::Listening(question) = &self.state else { return };
        let meant = match (&question.asking, step) {
            (Asking::Change, _) => key.digit().and_then(|digit| usize::from(digit).checked_sub(1)).map(Meant::Keyed),
            (Asking::Doubt(_) | Asking::ReadBack, _) | (_, Listening::Confirm(_)) => yes_or_no(key).map(Meant::Yes),
            (Asking::Which(which), _) => {
                let chosen = which.iter().find(|(at, _)| key_at(*at) == Some(key)).cloned();
                chosen.map(|(place, value)| Meant::Value(place, value))
            }
            (_, Listening::Menu(menu)) => chosen(menu, key).map(Meant::Choice),
            (_, Listening::Survey(_)) => {
                key.digit().map(u32::from).filter(|mark| MARKS.contains(mark)).map(|mark| Meant::Value(0, Value::Count(mark)))
            }
            (_, Listening::Choose(_)) => key.digit().and_then(|digit| usize::from(digit).checked_sub(1)).map(Meant::Keyed),
            (_, Listening::Ask(_) | Listening::Field(..) | Listening::Route(_)) => None,
        };
        match meant {
            Some(meant) => self.mean(step, meant),
            None => self.fail(step, Trouble::NoMatch),
        }
    }

    /// An answer, however it was given, does what follows it.
    pub(super) fn mean(&mut self, step: Listening<'_>, meant: Meant) {
        let State::Listening(question) = &mut self.state else { return };
        match (std::mem::take(&mut question.asking), meant) {
            (Asking::Doubt(doubts), Meant::Yes(yes)) => self.settle_doubt(step, doubts, yes),
            (Asking::ReadBack, Meant::Yes(yes)) => self.settle_field(step, yes),
            (Asking::Change, meant) => self.take_change(step, meant),
            (_, meant) => self.take_answer(step, meant),
        }
    }

    fn take_answer(&mut self, step: Listening<'_>, meant: Meant) {
        match (step, meant) {
            (Listening::Ask(ask), Meant::Value(place, value)) => self.fill_slot(ask, place, value),
            (Listening::Field(form, _), Meant::Value(_, value)) => {
                let State::Listening(question) = &self.state else { return };
                let field = question.field;
                self.fill_fields(form, vec![(field, value)]);
            }
            (Listening::Field(form, _), Meant::Fields(values)) => self.fill_fields(form, values),
            (Listening::Menu(menu), Meant::Choice(place)) => self.choose_of(step, menu.choices.get(place)),
            (Listening::Confirm(confirm), Meant::Yes(true)) => {
                self.took("yes");
                self.follow(&confirm.yes);
            }
            (Listening::Confirm(confirm), Meant::Yes(false)) => self.refuse(confirm),
            (Listening::Survey(survey), Meant::Value(_, Value::Count(mark))) => self.mark(survey, mark),
            (Listening::Route(route), Meant::Value(_, topic)) => self.route_to(step, route, topic),
            (Listening::Choose(choose), Meant::Item(place)) => self.pick_item(choose, place),
            (Listening::Choose(choose), Meant::Keyed(place)) => {
                if !self.pick(choose, place) {
                    self.fail(step, Trouble::NoMatch);
                }
            }
            (Listening::Ask(_) | Listening::Field(..) | Listening::Menu(_) | Listening::Confirm(_), _) => self.fail(step, Trouble::NoMatch),
            (Listening::Choose(_) | Listening::Route(_) | Listening::Survey(_), _) => self.fail(step, Trouble::NoMatch),
        }
    }

    fn choose_of(&mut self, step: Listening<'_>, choice: Option<&Choice>) {
        match choice {
            Some(choice) => {
                self.took(&choice.id);
                self.follow(&choice.arm);
            }
            None => self.fail(step, Trouble::NoMatch),
        }
    }

    /// What is to be changed: one of several, or nothing of it. Misunderstood, it is asked again.
    fn take_change(&mut self, step: Listening<'_>, meant: Meant) {
        let Listening::Confirm(confirm) = step else { return };
        let (Some(changing), Meant::Keyed(place)) = (&confirm.change, meant) else { return };
        if !self.correct(confirm, changing, place) {
            if let State::Listening(question) = &mut self.state {
                question.asking = Asking::Change;
            }
            self.fail(step, Trouble::NoMatch);
        }
    }

    fn fill_slot(&mut self, ask: &Ask, place: usize, value: Value) {
        let Some(meant) = ask.alternatives.get(place) else { return };
        for alternative in &ask.alternatives {
            self.frame_mut().put(alternative.slot, None);
        }
        self.frame_mut().put(meant.slot, Some(value));
        self.took_slot(meant.slot);
        self.follow(&meant.arm);
    }

    /// One rung of the ladder: ask again, or give up.
    pub(super) fn fail(&mut self, step: Listening<'_>, trouble: Trouble) {
        self.emit(Effect::Trouble(trouble));
        self.took_trouble(trouble);
        self.ask_again(match trouble {
            Trouble::NoInput => Due::NoInput,
            Trouble::NoMatch => Due::NoMatch,
        });
        match &self.state {
            State::Listening(question) if question.given_up(step.ladder()) => self.give_up(&step.ladder().give_up),
            State::Listening(_) | State::Idle | State::Walking | State::Looking(_) | State::Recording(_) | State::Ended => {}
        }
    }

    pub(super) fn ask_again(&mut self, due: Due) {
        self.timers.stop(&[Timer::NoInput, Timer::InterDigit]);
        if let State::Listening(question) = &mut self.state {
            question.again(due);
        }
    }

    pub(super) fn give_up(&mut self, how: &GiveUp) {
        self.took_give_up();
        let given_up = self.frames.iter().any(|frame| frame.back == Back::GivesUp);
        match how {
            GiveUp::Step(step) => {
                self.undo_here();
                self.go_to(*step);
            }
            GiveUp::Skip => self.skip(),
            GiveUp::Flow(_) if given_up => self.end("given_up"),
            GiveUp::Flow(flow) => {
                self.undo_all();
                self.enter(*flow, &[], Back::GivesUp);
            }
        }
    }

    /// Says what the open question still has to say, then waits.
    pub(super) fn speak_due(&mut self) {
        let program = Arc::clone(&self.program);
        let State::Listening(question) = &self.state else { return };
        let Some(parts) = self.listening(&program).and_then(|step| self.due(step, question)) else { return };
        let Some((step, question)) = self.question(&program) else { return };
        question.due = Due::Nothing;
        let barge_in = step.barge_in();
        for parts in parts {
            self.say(&parts, barge_in);
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
        let (nth, program) = (question.asked_again, &self.program);
        match (&question.asking, step) {
            (Asking::Doubt(doubts), _) => doubts.first().map_or_else(Vec::new, |meant| doubt::asked(step, meant)),
            (Asking::ReadBack, Listening::Field(_, Field { read_back: Some(prompt), .. })) => vec![Part::Prompt(*prompt, nth)],
            (Asking::Which(_), Listening::Ask(Ask { which: Some(which), .. })) => vec![Part::Prompt(*which, nth)],
            (Asking::Which(topics), Listening::Route(_)) => route::either(topics, program),
            (Asking::Choices(places), Listening::Menu(menu)) => speech::choices(menu, program, |place| places.contains(&place)),
            (Asking::Change, Listening::Confirm(Confirm { change: Some(changing), .. })) => choose::changes(changing, program),
            (_, Listening::Ask(ask)) => vec![Part::Prompt(ask.prompt, nth)],
            (_, Listening::Field(_, field)) => vec![Part::Prompt(field.ask.prompt, nth)],
            (_, Listening::Menu(menu)) => speech::menu(menu, program, nth),
            (_, Listening::Confirm(confirm)) => vec![Part::Prompt(confirm.prompt, nth)],
            (_, Listening::Choose(choose)) => self.page(choose, question.page, nth),
            (_, Listening::Route(route)) => vec![Part::Prompt(route.prompt, nth)],
            (_, Listening::Survey(survey)) => vec![Part::Prompt(survey.ask.prompt, nth)],
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
        let (now, moment) = (self.now, program.commands.wait_for);
        let (step, question) = self.question(program)?;
        let patience = if question.waiting { moment } else { step.ladder().noinput_after };
        let is_awaited = question.typed.is_empty();
        is_awaited.then(|| (now + patience).max(self.speaking.unwrap_or_default()))
    }
}

fn every_reading(ask: &Ask, digits: &str, context: &Context) -> Vec<(usize, Value)> {
    let each = ask.alternatives.iter().enumerate();
    each.filter_map(|(place, alternative)| grammar::readings(digits, &alternative.grammar, context).map(|value| (place, value))).collect()
}

fn chosen(menu: &Menu, key: Key) -> Option<usize> {
    menu.choices.iter().position(|choice| choice.key == key)
}

/// The key of the first, the second … of several: 1 to 9.
pub(super) fn key_at(place: usize) -> Option<Key> {
    u32::try_from(place + 1).ok().and_then(|place| char::from_digit(place, 10)).and_then(Key::from_char)
}

/// 1 is yes, 2 is no.
fn yes_or_no(key: Key) -> Option<bool> {
    match key.digit() {
        Some(1) => Some(true),
        Some(2) => Some(false),
        Some(_) | None => None,
    }
}
