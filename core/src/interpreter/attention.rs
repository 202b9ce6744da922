//! What is listened for: a place of the flow, small enough to name it by, and what a recogniser makes of it. And what goes on while somebody speaks.

use std::time::Duration;

use super::machine::{Interpreter, State};
use super::meaning::said_as;
use super::question::{Asking, Listening};
use super::timer::Timer;
use crate::flow::graph::{Choose, FlowId, Program, StepId};
use crate::grammar::graph::{Asked, Pauses};
use crate::grammar::phrase::Phrases;
use crate::grammar::{Context, Grammar};

/// So long after the beginning of an utterance it is known what was said, or never: the longest one, the pause after it, and the recogniser.
const UTTERANCE_MAX: Duration = Duration::from_secs(25);

/// What has a key may be called by its number.
const NUMBERED: Grammar = Grammar::Number { min: 1, max: 9 };

/// What is listened for. Equal where the same sentences are, on the same day of the same bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attention {
    /// Nothing is asked: commands alone.
    Commands,
    /// What answers a question.
    Question(Spot),
    /// Yes, no, or the answer again.
    Doubt(Spot),
    /// Which of several that it may be.
    Which(Spot),
    /// What is to be changed.
    Change,
}

/// Where something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    flow: FlowId,
    step: StepId,
    field: usize,
}

impl Attention {
    /// What a recogniser makes of it. Long menus take a while: it is for those who have it.
    pub fn asked(self, program: &Program, context: Context) -> Asked {
        let (grammars, phrases) = self.sentences(program);
        let lists = grammars.iter().filter_map(|grammar| {
            let Grammar::Item { list } = grammar else { return None };
            Some((list.clone(), program.lists.get(list)?.clone()))
        });
        let phrases = Phrases::of(phrases.iter().map(|(phrase, choice)| (*phrase, *choice)));
        Asked { lists: lists.collect(), grammars, phrases, context }
    }

    /// How long a pause ends an answer to it.
    pub fn pauses(self, program: &Program) -> Pauses {
        Pauses::of(&self.sentences(program).0)
    }

    fn sentences(self, program: &Program) -> Sentences<'_> {
        match self {
            Self::Commands => (Vec::new(), Vec::new()),
            Self::Question(spot) => answers(program, spot),
            Self::Doubt(spot) => {
                let (grammars, phrases) = answers(program, spot);
                ([vec![Grammar::YesNo], grammars].concat(), phrases)
            }
            Self::Which(spot) => which(program, spot),
            Self::Change => (vec![NUMBERED], Vec::new()),
        }
    }
}

impl Interpreter {
    /// What is to be listened for now.
    pub(super) fn attention_due(&self) -> Option<Attention> {
        match &self.state {
            State::Listening(question) => {
                let frame = self.frame();
                let spot = Spot { flow: frame.flow, step: frame.at, field: question.field };
                Some(match question.asking {
                    Asking::Itself | Asking::Choices(_) => Attention::Question(spot),
                    Asking::Doubt(_) | Asking::ReadBack => Attention::Doubt(spot),
                    Asking::Which(_) => Attention::Which(spot),
                    Asking::Change => Attention::Change,
                })
            }
            State::Looking(_) => Some(Attention::Commands),
            State::Idle | State::Walking | State::Recording(_) | State::Ended => None,
        }
    }

    /// The caller begins to speak: silence is not counted, until it is known what was said.
    pub(super) fn speaks(&mut self) {
        let until = self.now + UTTERANCE_MAX;
        self.speaking = Some(until);
        if matches!(self.state, State::Listening(_)) {
            self.timers.stop(&[Timer::InterDigit]);
            self.timers.set(Timer::NoInput, until);
        }
    }

    /// What was heard is nothing: all goes on as if nobody had spoken.
    pub(super) fn go_on_after_noise(&mut self) {
        if self.speaking.take().is_none() {
            return;
        }
        self.timers.stop(&[Timer::NoInput]);
        if self.is_cut() {
            self.resume();
        } else if !self.is_speaking() {
            self.await_rest();
        }
    }

    /// The rest of a row that was begun, or an answer.
    fn await_rest(&mut self) {
        let Some(step) = self.listening(&self.program) else { return };
        let at = self.now + step.ladder().interdigit;
        match &self.state {
            State::Listening(question) if !question.typed.is_empty() => self.timers.set(Timer::InterDigit, at),
            State::Listening(_) | State::Idle | State::Walking | State::Looking(_) | State::Recording(_) | State::Ended => {
                self.await_input()
            }
        }
    }
}

/// Grammars, and phrases that each name one of several things.
type Sentences<'p> = (Vec<Grammar>, Vec<(&'p str, usize)>);

fn listening(program: &Program, spot: Spot) -> Option<Listening<'_>> {
    let step = program.flows.get(usize::from(spot.flow.0))?.steps.get(usize::from(spot.step.0))?;
    Listening::of(&step.act, spot.field)
}

fn answers(program: &Program, spot: Spot) -> Sentences<'_> {
    match listening(program, spot) {
        Some(step @ (Listening::Ask(_) | Listening::Field(..) | Listening::Survey(_))) => (step.grammars(), Vec::new()),
        Some(Listening::Menu(menu)) => (vec![NUMBERED], named(&menu.phrases).collect()),
        Some(Listening::Confirm(_)) => (vec![Grammar::YesNo], Vec::new()),
        Some(Listening::Choose(choose)) => (items(program, spot, choose), Vec::new()),
        Some(Listening::Route(_)) => (Vec::new(), topics(program)),
        None => (Vec::new(), Vec::new()),
    }
}

fn which(program: &Program, spot: Spot) -> Sentences<'_> {
    match listening(program, spot) {
        Some(Listening::Ask(ask)) => (vec![NUMBERED], named(&ask.phrases).collect()),
        Some(Listening::Route(_)) => (vec![NUMBERED, Grammar::YesNo], topics(program)),
        Some(Listening::Field(..) | Listening::Menu(_) | Listening::Confirm(_) | Listening::Choose(_) | Listening::Survey(_)) | None => {
            answers(program, spot)
        }
    }
}

fn named(phrases: &Phrases<usize>) -> impl Iterator<Item = (&str, usize)> {
    phrases.sentences().zip(phrases.phrases()).map(|(sentence, (place, _))| (sentence, *place))
}

fn topics(program: &Program) -> Vec<(&str, usize)> {
    let each = program.topics.iter().enumerate();
    each.flat_map(|(place, topic)| topic.asked().phrases.into_iter().map(move |phrase| (phrase, place))).collect()
}

fn items(program: &Program, spot: Spot, choose: &Choose) -> Vec<Grammar> {
    let slots = &program.flows[usize::from(spot.flow.0)].slots;
    let fields = choose.fields.iter().filter_map(|(_, slot)| said_as(&slots.get(usize::from(slot.0))?.ty));
    fields.chain([NUMBERED]).collect()
}
