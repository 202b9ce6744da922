//! A free question: what the caller wants, in own words, and which of two it is where two topics fit.
//!
//! What is doubtful is asked, never guessed. All that is asked at one step climbs one ladder, so nobody goes round between the question and "A or B?" without end.

use std::ops::Range;

use super::frame::Back;
use super::machine::{Interpreter, State};
use super::meaning::{Found, Understood, numbered, yes_or_no};
use super::question::{Asking, Due, Listening, Meant, Question};
use super::speech::Part;
use super::{Trouble, listen};
use crate::flow::graph::{EITHER, MATCHED, Menu, Operand, Program, Route, Type, Value};
use crate::router::Verdict;

impl Interpreter {
    /// The topic that an utterance asks for, or two.
    pub(super) fn routed(&self, words: &[String]) -> Option<Found> {
        let understood = match self.program.router.route_words(words).verdict {
            Verdict::Match(topic) => Understood::Answer(Meant::Value(0, self.topic_at(topic)?)),
            Verdict::Either(one, other) => Understood::Which(vec![(0, self.topic_at(one)?), (1, self.topic_at(other)?)]),
            Verdict::Nothing => return None,
        };
        Some(Found { understood, words: words.len() / 2 }) // who wants a human wants one, whatever else is named
    }

    /// From a menu to the step that hears what is no choice, which is not asked again what has been said.
    pub(super) fn put_to_route(&mut self, step: Listening<'_>, understood: Understood) {
        let Listening::Menu(Menu { route: Some(route), .. }) = step else { return };
        let way = self.flow().way_to_route(*route);
        self.took(&way);
        self.put = Some(understood);
        self.go_to(*route);
    }

    /// What the caller wants: it has been put to this step already, or is asked.
    pub(super) fn free_question(&mut self) {
        self.listen(Question::new(Asking::Itself, 0));
        if let Some(understood) = self.put.take() {
            self.comes_to(understood);
        }
    }

    /// One of two topics, in words or by its number; also a third that is asked for plainly, and that it is neither.
    pub(super) fn one_of_two(&self, two: &[(usize, Value)], words: &[String]) -> Option<Found> {
        let number = numbered(words).next();
        let besides = |taken: &Range<usize>| [&words[..taken.start], &words[taken.end..]].concat(); // "the first": there is a topic of the first passport
        let rest = number.as_ref().map_or_else(|| words.to_vec(), |(_, taken)| besides(taken));
        let counted = || {
            let (number, taken) = number.clone()?;
            let (place, topic) = two.get(number - 1)?.clone();
            Some(Found { understood: Understood::Answer(Meant::Value(place, topic)), words: taken.len() })
        };
        let neither = || yes_or_no(words).filter(|found| found.understood == Understood::Answer(Meant::Yes(false)));
        self.named_of_two(two, &rest).or_else(counted).or_else(neither)
    }

    fn named_of_two(&self, two: &[(usize, Value)], words: &[String]) -> Option<Found> {
        let router = &self.program.router;
        let topic = match router.route_words(words).verdict {
            Verdict::Match(topic) => topic,
            Verdict::Either(..) | Verdict::Nothing => {
                let [(_, one), (_, other)] = two else { return None };
                router.between(words, [self.place_of(one)?, self.place_of(other)?])?
            }
        };
        let topic = self.topic_at(topic)?;
        let place = two.iter().find(|(_, one)| *one == topic).map_or(0, |(place, _)| *place);
        Some(Found { understood: Understood::Answer(Meant::Value(place, topic)), words: words.len() / 2 })
    }

    fn topic_at(&self, place: usize) -> Option<Value> {
        self.program.topics.get(place).map(|topic| Value::Item(topic.id.clone()))
    }

    fn place_of(&self, topic: &Value) -> Option<usize> {
        self.program.topics.iter().position(|known| matches!(topic, Value::Item(id) if known.id == *id))
    }

    /// "A or B?"
    pub(super) fn ask_either(&mut self, two: Vec<(usize, Value)>) {
        self.took(EITHER);
        self.left = Some(self.now); // what was begun before this is asked answers it no more
        if let State::Listening(question) = &mut self.state {
            question.asking = Asking::Which(two);
        }
        self.ask_again(Due::Prompt);
    }

    /// To the flow that sees to a topic.
    pub(super) fn route_to(&mut self, step: Listening<'_>, route: &Route, topic: Value) {
        let Some(seer) = self.place_of(&topic).and_then(|place| route.seers.get(place)) else { return self.fail(step, Trouble::NoMatch) };
        self.took(MATCHED);
        self.clear(&[route.slot]); // with what was made from the topic before
        self.frame_mut().put(route.slot, Some(topic));
        let with: Vec<_> = seer.topic.map(|there| (there, Operand::Slot(route.slot))).into_iter().collect();
        self.enter(seer.flow, &with, Back::GoesOn(None));
    }
}

/// Both titles, each with its key after a pause.
pub(super) fn either(two: &[(usize, Value)], program: &Program) -> Vec<Part> {
    let Some(routing) = program.routing else { return Vec::new() };
    let asked = [routing.either, routing.or].into_iter().zip(two);
    let each = asked.flat_map(|(before, (place, topic))| {
        let press = listen::key_at(*place).and_then(|key| program.press.get(&key)).map(|press| Part::Prompt(*press, 0));
        let title = Part::Value(Type::topic(), topic.clone());
        [Part::Choice, Part::Prompt(before, 0), title, Part::Choice].into_iter().chain(press)
    });
    each.skip(1).collect()
}
