//! One step, from its map to its act. A kind of step with a body of its own has a file of its own.

mod ask;
mod call;
mod choose;
mod confirm;
mod errand;
mod form;
mod lookup;
mod menu;
mod record;
mod route;
mod submit;
mod survey;

use super::super::fault::{Span, Thing};
use super::super::graph::{Act, Flow, FlowId, GiveUp, Ladder, PromptId, SlotId, Step, StepId, Type, Value};
use super::super::read::{self, Fields};
use super::super::shape::{self, Shape};
use super::super::source::Node;
use super::outline::{Outline, StepSource};
use super::prompt::Medium;
use super::{House, Mark, dataflow, empty_flow};
use crate::calendar::{Date, Time};
use crate::grammar::place;
use crate::spoken::Money;
use crate::utterance::BargeIn;

/// Compiles a flow. What is wrong has been reported; a step that could not be compiled is left out, and then nothing is proved of the flow.
pub(super) fn flow(id: FlowId, outline: &Outline, all: &[Outline], house: &mut House) -> Flow {
    let mut bench = Bench { flow: id, outline, all, house, at: 0, counters: 0 };
    let mut steps = Vec::new();
    for (nth, source) in outline.steps.iter().enumerate() {
        bench.at = nth;
        bench.mark(Mark::Step, source.span);
        steps.extend(bench.act(source).map(|act| Step { id: source.id.to_owned(), act }));
    }
    let counters = bench.counters;
    let mut flow = Flow {
        title: outline.title.clone(),
        intents: outline.intents.clone(),
        slots: outline.slots.clone(),
        near: outline.near(),
        steps,
        counters,
        ..empty_flow(outline.name)
    };
    dataflow::trace(&mut flow);
    flow
}

/// A flow while its steps are compiled.
pub(super) struct Bench<'a, 'h> {
    pub(super) flow: FlowId,
    pub(super) outline: &'a Outline<'a>,
    pub(super) all: &'a [Outline<'a>],
    pub(super) house: &'a mut House<'h>,
    pub(super) at: usize,
    pub(super) counters: u16,
}

impl Bench<'_, '_> {
    fn act(&mut self, step: &StepSource) -> Option<Act> {
        let body = step.body;
        match step.kind {
            "say" => self.say(body),
            "ask" => self.ask(body),
            "form" => self.form(body),
            "menu" => self.menu(body),
            "confirm" => self.confirm(step),
            "lookup" => self.lookup(step),
            "submit" => self.submit(step),
            "choose" => self.choose(step),
            "sms" => self.sms(body),
            "transfer" => self.transfer(body),
            "callback" => self.callback(body),
            "route" => self.route(step),
            "record" => self.record(step),
            "survey" => self.survey(step),
            "if" => self.if_(body),
            "switch" => self.switch(body),
            "set" => {
                let slots = self.fields(body, &shape::SET)?.need("slots", self.house.faults)?;
                Some(Act::Set(self.set(slots)))
            }
            "clear" => {
                let slots = self.fields(body, &shape::CLEAR)?.need("slots", self.house.faults)?;
                Some(Act::Clear(self.slots(slots)))
            }
            "goto" => self.goto(body),
            "call" => self.call(body),
            "return" => {
                let value = self.fields(body, &shape::RETURN)?.find("value");
                Some(Act::Return(match value {
                    Some(node) => Some(self.slot(node)?),
                    None => None,
                }))
            }
            "end" => {
                let outcome = self.fields(body, &shape::END)?.need("outcome", self.house.faults)?;
                Some(Act::End { outcome: read::text(outcome, self.house.faults)?.to_owned() })
            }
            "language" => {
                let to = self.fields(body, &shape::LANGUAGE_STEP)?.need("to", self.house.faults)?;
                read::lang(to, self.house.faults).map(Act::Language)
            }
            _ => None, // reported when the outline was read
        }
    }

    pub(super) fn fields<'n>(&mut self, node: &'n Node, shape: &'static Shape) -> Option<Fields<'n>> {
        Fields::open(node, shape, self.house.faults)
    }

    pub(super) fn mark(&mut self, mark: Mark, span: &Span) {
        self.house.marks.entry((self.flow, StepId(self.at as u16), mark)).or_insert_with(|| span.clone());
    }

    pub(super) fn prompt(&mut self, node: &Node) -> Option<PromptId> {
        self.worded(node, Medium::Voice)
    }

    /// A prompt that is read, not heard.
    pub(super) fn message(&mut self, node: &Node) -> Option<PromptId> {
        self.worded(node, Medium::Message)
    }

    fn worded(&mut self, node: &Node, medium: Medium) -> Option<PromptId> {
        let id = self.house.prompt(node, self.flow, medium, self.outline)?;
        self.mark(Mark::Prompt(id), &node.span);
        Some(id)
    }

    fn needed_prompt(&mut self, fields: &Fields) -> Option<PromptId> {
        fields.need("prompt", self.house.faults).and_then(|node| self.prompt(node))
    }

    fn barge_in(&mut self, fields: &Fields) -> BargeIn {
        fields.find("barge_in").and_then(|node| read::barge_in(node, self.house.faults)).unwrap_or_default()
    }

    fn say(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::SAY)?;
        let barge_in = self.barge_in(&fields);
        Some(Act::Say { prompt: self.needed_prompt(&fields)?, barge_in })
    }

    /// The robot's ladder, with what the step says otherwise.
    fn ladder(&mut self, fields: &Fields) -> Option<Ladder> {
        let ladder = self.house.robot.as_ref()?.ladder.clone();
        self.ladder_over(ladder, fields)
    }

    /// A ladder, with what these fields say otherwise.
    fn ladder_over(&mut self, mut ladder: Ladder, fields: &Fields) -> Option<Ladder> {
        if let Some(node) = fields.find("help") {
            ladder.help = self.prompt(node);
        }
        let Some(node) = fields.find("ladder") else { return Some(ladder) };
        let own = self.fields(node, &shape::STEP_LADDER)?;
        if let Some(node) = own.find("noinput_after") {
            ladder.noinput_after = read::duration(node, self.house.faults)?;
        }
        if let Some(node) = own.find("interdigit") {
            ladder.interdigit = read::duration(node, self.house.faults)?;
        }
        if let Some(node) = own.find("noinput") {
            ladder.noinput = self.prompt(node)?;
        }
        if let Some(node) = own.find("nomatch") {
            ladder.nomatch = self.prompt(node)?;
        }
        if let Some(node) = own.find("tries") {
            ladder.tries = read::times(node, self.house.faults)?;
        }
        ladder.reject = self.house.permille(&own, "reject", ladder.reject);
        ladder.accept = self.house.permille(&own, "accept", ladder.accept);
        if let Some(node) = own.find("doubt") {
            ladder.doubt = self.house.read_doubt(node);
        }
        if let Some(node) = own.find("give_up") {
            ladder.give_up = GiveUp::Step(self.step_ahead(node)?);
        }
        Some(ladder)
    }

    pub(super) fn find_slot(&self, name: &str) -> Option<SlotId> {
        self.outline.slot(name)
    }

    pub(super) fn slot(&mut self, node: &Node) -> Option<SlotId> {
        let name = read::text(node, self.house.faults)?;
        let found = self.find_slot(name);
        if found.is_none() && !self.outline.is_vague(name) {
            self.house.unknown::<()>(Thing::Slot, name, self.outline.slots.iter().map(|slot| slot.name.as_str()), &node.span);
        }
        found
    }

    pub(super) fn slots(&mut self, node: &Node) -> Vec<SlotId> {
        read::list(node, self.house.faults).unwrap_or_default().iter().filter_map(|node| self.slot(node)).collect()
    }

    /// A literal of a type; `None` when the text is none.
    pub(super) fn literal(&self, text: &str, ty: &Type) -> Option<Value> {
        match ty {
            Type::Count => text.parse().ok().map(Value::Count),
            Type::Flag => matches!(text, "yes" | "no").then(|| Value::Flag(text == "yes")),
            Type::Digits => text.bytes().all(|b| b.is_ascii_digit()).then(|| Value::Digits(text.to_owned())),
            Type::Item { list } => self.house.lists.get(list)?.contains_key(text).then(|| Value::Item(text.to_owned())),
            Type::Date => Date::parse(text).ok().map(Value::Date),
            Type::Time => Time::parse(text).ok().map(Value::Time),
            Type::Money => Money::parse(text).map(Value::Money),
            Type::Place => place::place(text).map(|place| Value::Place(place.id.to_owned())),
            Type::Iin | Type::Application | Type::Phone | Type::Message | Type::List { .. } => None, // numbers of people have no place in a flow
        }
    }
}
