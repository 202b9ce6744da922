//! Walking: what each step does, and where it leads.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Effect;
use super::frame::{Back, Frame};
use super::machine::{Interpreter, State};
use super::question::{Asking, Question};
use super::speech::Part;
use crate::flow::coverage::By;
use crate::flow::graph::{Act, Arm, Case, Condition, Flow, FlowId, Jump, Operand, Program, SlotId, StepId, Subject, TOPIC_FIELD, Value};
use crate::utterance::BargeIn;

/// So many flows may be under way within one another. A checked program calls in no circle and stays far below.
const FRAMES_MAX: usize = 32;

/// The outcome of a call whose flow breaks a bound that a checked program keeps.
const FLOW_FAULT: &str = "flow_fault";

/// The ways of an `if`, as `Flow::ways` has them.
const THEN: &str = "then";
const ELSE: &str = "else";

impl Interpreter {
    pub(super) fn enter_entry(&mut self) {
        self.enter(self.program.entry, &[], Back::Completes);
    }

    /// Walks one step.
    pub(super) fn walk(&mut self) {
        let program = Arc::clone(&self.program);
        let flow = &program.flows[usize::from(self.frame().flow.0)];
        let Some(step) = flow.steps.get(usize::from(self.frame().at.0)) else {
            return self.leave(None);
        };
        if self.steps >= program.limits.steps_between_turns {
            return self.end(FLOW_FAULT);
        }
        self.steps += 1;
        self.keep_main_menu();
        self.look_around(flow, &program);
        self.emit(Effect::Step { flow: flow.name.clone(), step: step.id.clone() });
        self.act(&step.act);
    }

    /// Beside each topic at hand, the topics near it that have an answer.
    fn look_around(&mut self, flow: &Flow, program: &Program) {
        for (topic, near) in &flow.near {
            let found = program.near(self.frame().slot(*topic));
            let items: Vec<_> = found.map(|near| BTreeMap::from([(TOPIC_FIELD.to_owned(), Value::Item(near.id.clone()))])).collect();
            self.frame_mut().put(*near, Some(Value::List(items)).filter(|list| *list != Value::List(Vec::new())));
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Say { prompt, barge_in } => self.speak(&[Part::Prompt(*prompt, 0)], *barge_in),
            Act::Route(_) => self.free_question(),
            Act::Ask(_) | Act::Menu(_) | Act::Confirm(_) => self.listen(Question::new(Asking::Itself, 0)),
            Act::Form(form) => self.next_field(form),
            Act::Lookup(lookup) => self.look_up(lookup),
            Act::Submit(submit) => self.submit(submit),
            Act::Choose(choose) => self.offer(choose),
            Act::Errand(errand) => self.run_errand(errand),
            Act::Record(record) => self.record(record),
            Act::Survey(survey) => self.survey(survey),
            Act::If { when, then, otherwise } => {
                let (way, arm) = if self.holds(when) { (THEN, then) } else { (ELSE, otherwise) };
                self.took_by(By::None, way);
                self.follow(arm);
            }
            Act::Switch { on, arms } => self.switch(on, arms),
            Act::Set(assignments) => {
                self.frame_mut().set(assignments);
                self.jump(&Jump::Next);
            }
            Act::Clear(slots) => {
                self.clear(slots);
                self.jump(&Jump::Next);
            }
            Act::Goto(jump) => self.jump(jump),
            Act::Call { flow, with, result } => self.enter(*flow, with, Back::GoesOn(*result)),
            Act::Return(slot) => self.leave(*slot),
            Act::End { outcome } => self.end(outcome),
            Act::Language(lang) => {
                self.switch_language(*lang);
                self.jump(&Jump::Next);
            }
        }
    }

    fn speak(&mut self, parts: &[Part], barge_in: BargeIn) {
        self.say(parts, barge_in);
        self.jump(&Jump::Next);
    }

    fn holds(&self, condition: &Condition) -> bool {
        let count = |slot: SlotId| if let Some(Value::Count(count)) = self.frame().slot(slot) { Some(*count) } else { None };
        match condition {
            Condition::LanguageKnown => self.lang.is_some(),
            Condition::Filled(slot) => self.frame().slot(*slot).is_some(),
            Condition::Is(slot, value) => self.frame().slot(*slot) == Some(value),
            Condition::AtLeast(slot, least) => count(*slot).is_some_and(|count| count >= *least),
            Condition::AtMost(slot, most) => count(*slot).is_some_and(|count| count <= *most),
            Condition::Hours { desk, open } => self.is_open(desk) == *open,
            Condition::Caller(kind) => self.setting.caller == *kind,
        }
    }

    /// Whether this desk works now. What moment it is follows from the call's opening, so that a replay sees the same.
    fn is_open(&self, desk: &str) -> bool {
        let (date, time) = self.local();
        self.program.hours.is_open(desk, date, time)
    }

    fn switch(&mut self, on: &Subject, arms: &[(Case, Arm)]) {
        match arms.iter().find(|(case, _)| self.matches(on, case)) {
            Some((case, arm)) => {
                self.took_by(By::None, &case.to_string());
                self.follow(arm);
            }
            None => self.end(FLOW_FAULT),
        }
    }

    fn matches(&self, on: &Subject, case: &Case) -> bool {
        let value = match on {
            Subject::Lang | Subject::Caller => None,
            Subject::Hours(desk) => return self.is_open(desk) == (*case == Case::Open),
            Subject::Slot(slot) => self.frame().slot(*slot),
        };
        match case {
            Case::Lang(lang) => self.lang == Some(*lang),
            Case::LangUnknown => self.lang.is_none(),
            Case::Caller(kind) => self.setting.caller == *kind,
            Case::Open | Case::Closed => false, // of hours only
            Case::Value(wanted) => value == Some(wanted),
            Case::Empty => value.is_none(),
            Case::Else => true,
        }
    }

    /// What follows an answer: say, language, set, clear, go.
    pub(super) fn follow(&mut self, arm: &Arm) {
        if let Some(prompt) = arm.say {
            self.say(&[Part::Prompt(prompt, 0)], BargeIn::default());
        }
        if let Some(lang) = arm.language {
            self.switch_language(lang);
        }
        self.frame_mut().set(&arm.set);
        self.clear(&arm.clear);
        self.jump(&arm.then);
    }

    pub(super) fn jump(&mut self, jump: &Jump) {
        self.walk_on(); // what was awaited has come
        if let Err(outcome) = self.frame_mut().jump(jump) {
            self.end(outcome);
        }
    }

    pub(super) fn go_to(&mut self, step: StepId) {
        self.frame_mut().at = step;
        self.walk_on();
    }

    /// Leaves what was waited for. What was begun to be said before this moment answers no later question.
    pub(super) fn walk_on(&mut self) {
        if let State::Listening(_) = self.state {
            self.left = Some(self.now);
        }
        self.state = State::Walking;
    }

    /// Opens a question, and keeps how things stood for a caller who wants back to it.
    pub(super) fn listen(&mut self, question: Question) {
        self.steps = 0;
        if question.asking == Asking::Itself {
            self.frame_mut().remember(question.field);
        } else {
            self.left = Some(self.now);
        }
        self.state = State::Listening(question);
    }

    /// Begins a run of a flow; `back` says what follows it.
    pub(super) fn enter(&mut self, flow: FlowId, with: &[(SlotId, Operand)], back: Back) {
        if self.frames.len() >= FRAMES_MAX {
            return self.end(FLOW_FAULT);
        }
        let mut frame = Frame::new(flow, &self.program.flows[usize::from(flow.0)], back);
        for (slot, operand) in with {
            frame.put(*slot, self.frame().value(operand));
        }
        self.frames.push(frame);
        self.walk_on();
    }

    /// Ends the run of a flow. The last frame stays: the goodbye is said in it.
    fn leave(&mut self, returned: Option<SlotId>) {
        let value = returned.and_then(|slot| self.frame().slot(slot).cloned());
        match self.frame().back {
            Back::Completes => self.end("completed"),
            Back::GivesUp => self.end("given_up"),
            Back::AsksAgain => {
                self.steps = 0; // there a question waits
                self.drop_frame();
            }
            Back::GoesOn(result) => {
                self.drop_frame();
                if let Some(slot) = result {
                    self.frame_mut().put(slot, value);
                }
                self.jump(&Jump::Next);
            }
        }
    }

    pub(super) fn drop_frame(&mut self) {
        self.undo_here();
        self.frames.pop();
        self.walk_on();
    }

    pub(super) fn current_act<'a>(&self, program: &'a Program) -> Option<&'a Act> {
        let flow = &program.flows[usize::from(self.frame().flow.0)];
        flow.steps.get(usize::from(self.frame().at.0)).map(|step| &step.act)
    }
}
