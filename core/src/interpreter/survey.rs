//! Surveys: a mark for the call's record. Who gives none is not pressed, and nobody is asked twice.

use std::sync::Arc;

use super::Effect;
use super::machine::Interpreter;
use super::question::{Asking, Question};
use crate::flow::coverage::By;
use crate::flow::graph::{ANSWERED, Act, SKIPPED, Survey, Value};

impl Interpreter {
    pub(super) fn survey(&mut self, survey: &Survey) {
        let slots: Vec<_> = survey.ask.alternatives.iter().map(|mark| mark.slot).collect();
        self.frame_mut().clear(&slots);
        if self.surveyed.contains(&self.step_name()) {
            self.took_by(By::None, SKIPPED);
            return self.follow(&survey.skipped);
        }
        self.listen(Question::new(Asking::Itself, 0));
    }

    /// The caller gave a mark.
    pub(super) fn mark(&mut self, survey: &Survey, mark: u32) {
        let (name, Some(answered)) = (self.step_name(), survey.ask.alternatives.first()) else { return };
        self.emit(Effect::Mark { survey: name.clone(), mark: u8::try_from(mark).unwrap_or(u8::MAX) });
        self.surveyed.insert(name);
        self.frame_mut().put(answered.slot, Some(Value::Count(mark)));
        self.took(ANSWERED);
        self.follow(&answered.arm);
    }

    /// The survey at hand is not answered: that is an answer too.
    pub(super) fn skip(&mut self) {
        let program = Arc::clone(&self.program);
        let Some(Act::Survey(survey)) = self.current_act(&program) else { return };
        self.surveyed.insert(self.step_name());
        self.took(SKIPPED);
        self.follow(&survey.skipped);
    }

    fn step_name(&self) -> String {
        let flow = self.flow();
        flow.steps.get(usize::from(self.frame().at.0)).map_or_else(String::new, |step| step.id.clone())
    }
}
