//! `survey`: a mark from 1 to 5.

use super::super::super::graph::{ANSWERED, Act, Alternative, Ask, GiveUp, Grammar, MARKS, SKIPPED, Survey};
use super::super::super::shape;
use super::super::outline::StepSource;
use super::Bench;
use crate::grammar::phrase::Phrases;

/// How often it is asked, where a step does not say otherwise: whoever is asked for a favour is not pressed.
const TRIES: u8 = 2;

impl Bench<'_, '_> {
    pub(super) fn survey(&mut self, step: &StepSource) -> Option<Act> {
        let fields = self.fields(step.body, &shape::SURVEY)?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let names = [ANSWERED, SKIPPED].map(str::to_owned);
        let mut arms = self.arms(fields.find("on"), step.body, &names, &[]);
        let [arm, skipped] = names.map(|name| arms.remove(&name).unwrap_or_default());
        let mut ladder = self.house.robot.as_ref()?.ladder.clone();
        (ladder.tries, ladder.give_up) = (TRIES, GiveUp::Skip);
        let ladder = self.ladder_over(ladder, &fields)?;
        let slot = self.find_slot(&format!("{}.mark", step.id))?;
        let grammar = Grammar::Number { min: *MARKS.start(), max: *MARKS.end() };
        let alternatives = vec![Alternative { grammar, slot, arm }];
        let ask = Ask { prompt: prompt?, barge_in, alternatives, phrases: Phrases::of([]), which: None, ladder };
        Some(Act::Survey(Survey { ask, skipped }))
    }
}
