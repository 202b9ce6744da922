//! What a caller may say everywhere: which commands there are, which wins over an answer, and what each does.

use std::sync::Arc;

use super::frame::Back;
use super::machine::{Interpreter, State};
use super::question::{Due, Listening};
use super::speech::Part;
use super::timer::Timer;
use super::{Effect, Trouble};
use crate::flow::graph::{FlowId, Program, PromptId};
use crate::grammar::navigation::Command;
use crate::lang::Lang;
use crate::utterance::{BargeIn, Prosody, Rate};

/// So often a caller may take a moment at one question; then it is asked again.
const WAITS_MAX: u8 = 2;

/// What ends the call when the caller says goodbye.
const GOODBYE: &str = "goodbye";

/// How a command stands to an answer in the same utterance. This is the whole rule; [`super::meaning`] asks nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Wins over every answer: somebody is in danger.
    First,
    /// Wins over an answer that is doubtful, that is a mere yes or no, or that covers half of the words or fewer: who names a person to speak with wants one.
    Strong,
    /// Loses to every answer, also to a doubtful one: `подождите, нет, да` is yes.
    Mild,
}

/// The weight of a command.
pub(super) const fn weight(command: Command) -> Weight {
    match command {
        Command::Emergency => Weight::First,
        Command::Anger | Command::Operator | Command::Callback | Command::Goodbye | Command::MainMenu | Command::Back => Weight::Strong,
        Command::AreYouRobot | Command::Language(_) | Command::Sms | Command::Slower | Command::Louder => Weight::Mild,
        Command::Repeat | Command::Help | Command::Wait => Weight::Mild,
    }
}

impl Interpreter {
    /// Whether the flows say what this command does; what they do not is no command here.
    pub(super) fn obeys(&self, command: Command, step: Option<Listening<'_>>) -> bool {
        let commands = &self.program.commands;
        match command {
            Command::Emergency => commands.emergency.is_some(),
            Command::AreYouRobot => commands.are_you_robot.is_some(),
            Command::Help => self.help(step).is_some(),
            Command::Wait => commands.wait.is_some(),
            Command::Goodbye => commands.goodbye.is_some(),
            Command::MainMenu => commands.main_menu.is_some(),
            Command::Callback => commands.callback.is_some(),
            Command::Sms => commands.sms.is_some(),
            Command::Anger | Command::Operator | Command::Language(_) => true,
            Command::Back | Command::Slower | Command::Louder | Command::Repeat => true,
        }
    }

    /// Does what the caller wants, at the open question.
    pub(super) fn obey(&mut self, command: Command) {
        let program = Arc::clone(&self.program);
        let commands = &program.commands;
        self.emit(Effect::Command { name: command.name() });
        self.took_command(command.name());
        match command {
            Command::Emergency => self.tell(commands.emergency, BargeIn::Off),
            Command::AreYouRobot => self.tell(commands.are_you_robot, BargeIn::AtOnce),
            Command::Help => self.tell(self.help(self.listening(&program)), BargeIn::AtOnce),
            Command::Anger => self.calm(commands.anger),
            Command::Operator => self.operator(),
            Command::Callback => self.visit(commands.callback),
            Command::Sms => self.visit(commands.sms),
            Command::Repeat => self.ask_again(Due::Prompt),
            Command::Louder => self.speak_as(Prosody { volume: self.prosody.volume.up(), ..self.prosody }),
            Command::Slower => self.speak_as(Prosody { rate: Rate::Slow, ..self.prosody }),
            Command::Language(lang) => self.speak_in(lang),
            Command::Back => {
                self.back();
                self.undo_unnamed();
            }
            Command::MainMenu => self.return_to_menu(&program),
            Command::Wait => self.give_time(commands.wait),
            Command::Goodbye => self.part(commands.goodbye),
        }
    }

    /// What was wanted while nothing was asked is done at the next question, after what is being said.
    pub(super) fn obey_wanted(&mut self) {
        if let Some(command) = self.wanted.take() {
            self.steps = 0;
            self.obey(command);
        }
    }

    fn help(&self, step: Option<Listening<'_>>) -> Option<PromptId> {
        step.and_then(|step| step.ladder().help).or(self.program.commands.help)
    }

    /// Says something, then the question again.
    pub(super) fn tell(&mut self, prompt: Option<PromptId>, barge_in: BargeIn) {
        if let Some(prompt) = prompt {
            self.say(&[Part::Prompt(prompt, 0)], barge_in);
        }
        self.ask_again(Due::Prompt);
    }

    /// One apology, then a person.
    fn calm(&mut self, apology: Option<PromptId>) {
        if let Some(prompt) = apology {
            self.say(&[Part::Prompt(prompt, 0)], BargeIn::AtOnce);
        }
        self.operator();
    }

    /// Hands over to the operator's flow. Where a flow of another command is under way, that one is left: a person is wanted instead.
    pub(super) fn operator(&mut self) {
        let flow = self.program.commands.operator;
        if let Some(frame) = self.frames.iter_mut().find(|frame| frame.flow == flow) {
            let insisted = std::mem::replace(&mut frame.insisted, true);
            return self.insist(insisted);
        }
        if let Some(visit) = self.frames.iter().position(|frame| frame.back == Back::AsksAgain) {
            while self.frames.len() > visit {
                self.drop_frame();
            }
        }
        self.enter(flow, &[], Back::AsksAgain);
    }

    /// Who asks for a person on the way to one hears once when people are there, and is offered a call back. After that it is no answer to what is asked, and the ladder ends it.
    fn insist(&mut self, again: bool) {
        let program = Arc::clone(&self.program);
        match self.listening(&program) {
            Some(step) if again => self.fail(step, Trouble::NoMatch),
            Some(_) | None => {
                if let Some(prompt) = program.commands.operator_again {
                    self.say(&[Part::Prompt(prompt, 0)], BargeIn::AtOnce);
                }
                self.visit(program.commands.callback);
            }
        }
    }

    /// Another flow, then the question again; a flow that is under way only asks again.
    fn visit(&mut self, flow: Option<FlowId>) {
        match flow.filter(|flow| self.frames.iter().all(|frame| frame.flow != *flow)) {
            Some(flow) => self.enter(flow, &[], Back::AsksAgain),
            None => self.ask_again(Due::Prompt),
        }
    }

    /// The question again, louder or slower, to the end of the call. At the limit of either it is only asked again.
    fn speak_as(&mut self, prosody: Prosody) {
        if std::mem::replace(&mut self.prosody, prosody) != prosody {
            self.emit(Effect::Prosody(prosody));
        }
        self.ask_again(Due::Prompt);
    }

    fn speak_in(&mut self, lang: Lang) {
        self.switch_language(lang);
        self.ask_again(Due::Prompt);
    }

    /// To the question before this one, as things stood when it was asked: its answer is forgotten. Before the first of a flow comes the last of the flow that called it. Where none
    /// comes before, this one is asked anew.
    fn back(&mut self) {
        self.frame_mut().leave_last();
        if let Some(depth) = self.asked_before() {
            while self.frames.len() > depth {
                self.drop_frame();
            }
            self.frame_mut().stand_at_last();
        }
        self.walk_on();
    }

    /// The depth of the innermost run of a flow that has a question to go back to.
    fn asked_before(&self) -> Option<usize> {
        for (outer, frame) in self.frames.iter().enumerate().rev() {
            if frame.has_asked() {
                return Some(outer + 1);
            }
            match frame.back {
                Back::GoesOn(_) | Back::AsksAgain => {}
                Back::Completes | Back::GivesUp => return None,
            }
        }
        None
    }

    /// Nobody goes back past what was done for good: it would be done twice. A question that a command interrupted stands before all that the command's flow did.
    pub(super) fn bar_back(&mut self) {
        for frame in self.frames.iter_mut().rev() {
            frame.forget_asked();
            match frame.back {
                Back::GoesOn(_) => {}
                Back::AsksAgain | Back::Completes | Back::GivesUp => return,
            }
        }
    }

    /// Keeps what the main menu is asked with, so that a caller can be brought back to it as it was.
    pub(super) fn keep_main_menu(&mut self) {
        if let [only] = &self.frames[..]
            && Some(only.at) == self.program.commands.main_menu
        {
            self.main_menu = Some(only.slots().to_vec());
        }
    }

    fn return_to_menu(&mut self, program: &Program) {
        if self.main_menu.is_none() {
            return self.ask_again(Due::Prompt); // it has not been reached yet
        }
        self.undo_all(); // what it was asked with names nothing of it
        if let (Some(at), Some(slots)) = (program.commands.main_menu, self.main_menu.clone()) {
            self.frames.truncate(1);
            self.frame_mut().stand_at(at, slots);
            self.walk_on();
        }
    }

    /// Waits longer, once or twice; then the question again.
    fn give_time(&mut self, prompt: Option<PromptId>) {
        let State::Listening(question) = &mut self.state else { return };
        if question.waits >= WAITS_MAX {
            return self.ask_again(Due::Prompt);
        }
        question.waits += 1;
        question.again(Due::Nothing);
        question.waiting = true;
        self.timers.stop(&[Timer::NoInput, Timer::InterDigit]);
        if let Some(prompt) = prompt {
            self.say(&[Part::Prompt(prompt, 0)], BargeIn::AtOnce);
        }
        if !self.is_speaking() {
            self.await_input();
        }
    }

    /// The caller has had enough: the last words, and the end.
    fn part(&mut self, prompt: Option<PromptId>) {
        if let Some(prompt) = prompt {
            self.say(&[Part::Prompt(prompt, 0)], BargeIn::Off);
        }
        self.end(GOODBYE);
    }
}
