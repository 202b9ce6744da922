//! When words count.
//!
//! - At an open question, if they were begun after the question before it was left. A prompt that speech may stop stops.
//! - Words that were begun before that are late: they answer nothing. A wish for a person, and danger, are heard all the same.
//! - While nothing is asked (a service thinks) nothing is answered, not even the question that comes next: a yes to somebody else in the room is no consent. A command said
//!   then is kept, the last one only, and obeyed at the next question; danger is answered, and another language spoken, at once.
//! - While somebody speaks silence is not counted; what came to nothing stops nothing: what it cut is said again.
//! - Words that mean nothing, over a prompt that speech may not stop, are as good as noise.

use std::sync::Arc;

use super::command::{Weight, weight};
use super::machine::{Interpreter, State};
use super::meaning::Understood;
use super::question::{Asking, Due, Listening};
use super::speech::Part;
use super::{Effect, Trouble, Unheard};
use crate::grammar::navigation::Command;
use crate::heard::Heard;
use crate::utterance::BargeIn;

impl Interpreter {
    /// An utterance.
    pub(super) fn hear(&mut self, heard: &Heard) {
        if heard.hypotheses().iter().all(|hypothesis| hypothesis.text.trim().is_empty()) {
            return self.unheard(Unheard::Unsure);
        }
        match &self.state {
            State::Listening(_) if self.is_late(heard) => self.hear_late(heard),
            State::Listening(_) => self.hear_answer(heard),
            State::Looking(_) => self.hear_meanwhile(heard),
            State::Idle | State::Walking | State::Recording(_) | State::Ended => self.unheard(Unheard::Unasked),
        }
    }

    fn unheard(&mut self, why: Unheard) {
        if !matches!(self.state, State::Ended) {
            self.emit(Effect::Unheard(why));
            self.go_on_after_noise();
        }
    }

    fn is_late(&self, heard: &Heard) -> bool {
        self.left.is_some_and(|left| self.now - left < heard.spoken())
    }

    fn hear_answer(&mut self, heard: &Heard) {
        let understood = self.understand(heard);
        if understood == Understood::Nothing && self.speaks_over() {
            return self.unheard(Unheard::Unsure);
        }
        self.comes_to(understood);
    }

    /// What an utterance was understood as is done, at the open question.
    pub(super) fn comes_to(&mut self, understood: Understood) {
        let program = Arc::clone(&self.program);
        let Some((step, question)) = self.question(&program) else { return };
        question.due = Due::Nothing;
        question.waiting = false;
        question.typed.clear();
        self.has_answered();
        match understood {
            Understood::Answer(meant) => self.mean(step, meant),
            Understood::Doubtful(doubts) => self.ask_doubt(step, doubts),
            Understood::Which(topics) if matches!(step, Listening::Route(_)) => self.ask_either(topics),
            Understood::Which(readings) => self.ask_which(readings),
            Understood::Choices(places) => self.ask_choice(step, places),
            Understood::Routed(understood) => self.put_to_route(step, *understood),
            Understood::Command(command) => self.obey(command),
            Understood::Nothing => self.fail(step, Trouble::NoMatch),
        }
    }

    /// Only the choices that the words fit; those that cannot be named are asked for with all others.
    fn ask_choice(&mut self, step: Listening<'_>, places: Vec<usize>) {
        let Listening::Menu(menu) = step else { return };
        let State::Listening(question) = &mut self.state else { return };
        if places.iter().any(|place| menu.choices.get(*place).is_none_or(|choice| choice.label.is_none())) {
            return self.fail(step, Trouble::NoMatch);
        }
        question.asking = Asking::Choices(places);
        self.left = Some(self.now);
        self.ask_again(Due::Prompt);
    }

    fn hear_late(&mut self, heard: &Heard) {
        match self.commanded(heard).filter(|command| *command == Command::Operator || weight(*command) == Weight::First) {
            Some(command) => {
                self.has_answered();
                self.obey(command);
            }
            None => self.unheard(Unheard::Late),
        }
    }

    fn hear_meanwhile(&mut self, heard: &Heard) {
        match self.commanded(heard) {
            Some(Command::Emergency) => {
                self.emit(Effect::Command { name: Command::Emergency.name() });
                if let Some(prompt) = self.program.commands.emergency {
                    self.say(&[Part::Prompt(prompt, 0)], BargeIn::Off);
                }
            }
            Some(Command::Language(lang)) => {
                self.emit(Effect::Command { name: Command::Language(lang).name() });
                self.switch_language(lang);
            }
            Some(command) => self.wanted = Some(command),
            None => self.unheard(Unheard::Unasked),
        }
    }
}
