//! One step, from its map to its act.

use std::collections::BTreeMap;

use super::super::fault::{Came, Expected, FaultKind, Label, Span, Thing};
use super::super::graph::{
    Act, Alternative, Ask, Choice, Confirm, Filler, Flow, FlowId, GiveUp, Grammar, Ladder, Lookup, Menu, OutcomeArm, PromptId, ServiceId,
    SlotId, Step, StepId, Type, Value,
};
use super::super::read::{self, Fields};
use super::super::shape::{self, Shape};
use super::super::source::Node;
use super::outline::{self, Outline, StepSource};
use super::{House, Mark, empty_flow};
use crate::calendar::{Date, Time};
use crate::key::Key;
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
    Flow { title: outline.title.clone(), slots: outline.slots.clone(), steps, counters, ..empty_flow(outline.name) }
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
            "menu" => self.menu(body),
            "confirm" => self.confirm(body),
            "lookup" => self.lookup(step),
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
        let id = self.house.prompt(node, self.flow, self.outline)?;
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

    fn ask(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::ASK)?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let which = fields.find("which").and_then(|node| self.prompt(node));
        let found: Vec<_> = outline::alternatives(body).into_iter().filter_map(|node| self.alternative(node, body)).collect();
        if outline::alternatives(body).is_empty() {
            self.house.faults.report(FaultKind::WrongShape { expected: Expected::Alternative, came: Came::NoneAtAll }, &body.span);
        }
        if found.len() > 1 && fields.find("which").is_none() {
            self.house.faults.report(FaultKind::MissingKey { key: "which".into(), of: shape::ASK_OF_SEVERAL }, &body.span);
        }
        let names: Vec<_> = found.iter().map(|(_, slot)| self.outline.slots[usize::from(slot.0)].name.clone()).collect();
        let required = if names.len() > 1 { names.clone() } else { Vec::new() };
        let mut arms = self.arms(fields.find("on"), body, &names, &required);
        let alternatives = found.into_iter().zip(names);
        let alternatives =
            alternatives.map(|((grammar, slot), name)| Alternative { grammar, slot, arm: arms.remove(&name).unwrap_or_default() });
        let alternatives: Vec<_> = alternatives.collect();
        let ladder = self.ladder(&fields)?;
        (!alternatives.is_empty()).then_some(Act::Ask(Ask { prompt: prompt?, barge_in, alternatives, which, ladder }))
    }

    fn alternative(&mut self, node: &Node, ask: &Node) -> Option<(Grammar, SlotId)> {
        let fields = if std::ptr::eq(node, ask) {
            Fields::open(node, &shape::ASK, &mut Default::default())? // its keys have been looked at as the step's
        } else {
            self.fields(node, &shape::ALTERNATIVE)?
        };
        let grammar = fields.need("grammar", self.house.faults).and_then(|node| outline::grammar_of(node, self.house.faults));
        let slot = fields.need("slot", self.house.faults)?;
        let grammar = grammar?;
        Some((grammar, self.slot(slot)?))
    }

    fn menu(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::MENU)?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let choices = fields.need("choices", self.house.faults).and_then(|node| read::list(node, self.house.faults)).unwrap_or_default();
        if let (Some(node), true) = (fields.find("choices"), choices.is_empty()) {
            self.house.faults.report(FaultKind::WrongShape { expected: Expected::Choice, came: Came::NoneAtAll }, &node.span);
        }
        let choices: Vec<_> = choices.iter().filter_map(|node| self.choice(node)).collect();
        for (nth, (choice, span)) in choices.iter().enumerate() {
            if let Some((_, first)) = choices[..nth].iter().find(|(other, _)| other.key == choice.key) {
                let labels = vec![(first.clone(), Label::OtherOne)];
                self.house.faults.report_with(FaultKind::KeyTwice { key: choice.key.char() }, span, labels);
            }
        }
        let names: Vec<_> = choices.iter().map(|(choice, _)| choice.id.clone()).collect();
        let mut arms = self.arms(fields.find("on"), body, &names, &names);
        let choices =
            choices.into_iter().map(|(choice, _)| Choice { arm: arms.remove(&choice.id).unwrap_or_default(), ..choice }).collect();
        let mentions = fields.find("mention").map_or_else(Vec::new, |node| self.mentions(node));
        let ladder = self.ladder(&fields)?;
        Some(Act::Menu(Menu { prompt: prompt?, barge_in, choices, mentions, ladder }))
    }

    fn choice(&mut self, node: &Node) -> Option<(Choice, Span)> {
        let fields = self.fields(node, &shape::CHOICE)?;
        let key_node = fields.need("key", self.house.faults)?;
        let key = read::key(key_node, self.house.faults)?;
        if key.digit().is_none_or(|digit| digit == 0) {
            self.house.faults.report(FaultKind::ReservedKey { key: key.char() }, &key_node.span);
        }
        let label = fields.find("label").and_then(|node| self.prompt(node));
        let pressed = self.house.robot.as_ref().is_none_or(|robot| robot.press.contains_key(&key));
        if fields.find("label").is_some() && key != Key::ZERO && !pressed {
            self.house.faults.report(FaultKind::NoPressWords { key: key.char() }, &key_node.span);
        }
        let id = fields.need("id", self.house.faults).and_then(|node| read::text(node, self.house.faults))?;
        Some((Choice { id: id.to_owned(), key, label, arm: Default::default() }, key_node.span.clone()))
    }

    fn mentions(&mut self, node: &Node) -> Vec<(PromptId, Key)> {
        let mut mentions = Vec::new();
        for node in read::list(node, self.house.faults).unwrap_or_default() {
            let operator = read::value(node, Expected::Operator, |text| (text == "operator").then_some(Key::ZERO), self.house.faults);
            mentions.extend(self.house.robot.as_ref().map(|robot| robot.label).zip(operator));
        }
        mentions
    }

    fn confirm(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::CONFIRM)?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let names = ["yes", "no"].map(String::from);
        let mut arms = self.arms(fields.find("on"), body, &names, &names);
        let ladder = self.ladder(&fields)?;
        let (yes, no) = (arms.remove("yes").unwrap_or_default(), arms.remove("no").unwrap_or_default());
        Some(Act::Confirm(Confirm { prompt: prompt?, barge_in, yes, no, ladder }))
    }

    fn lookup(&mut self, step: &StepSource) -> Option<Act> {
        let fields = self.fields(step.body, &shape::LOOKUP)?;
        let filler = fields.find("filler").and_then(|node| self.filler(node));
        let deadline = fields.need("deadline", self.house.faults).and_then(|node| read::duration(node, self.house.faults));
        let service_node = fields.need("service", self.house.faults)?;
        let name = read::text(service_node, self.house.faults)?;
        let Some(service) = self.house.contracts.iter().position(|read| read.contract.name == name) else {
            let known: Vec<_> = self.house.contracts.iter().map(|read| read.contract.name.clone()).collect();
            return self.house.unknown(Thing::Service, name, known.iter().map(String::as_str), &service_node.span);
        };
        let contract = self.house.contracts[service].contract.clone();
        let with = fields.find("with").map_or_else(Vec::new, |node| self.request(node, &contract.request));
        let names: Vec<_> = contract.outcomes.keys().cloned().chain(["unavailable".to_owned()]).collect();
        let mut arms = self.arms(fields.find("on"), step.body, &names, &names);
        let unavailable = arms.remove("unavailable").unwrap_or_default();
        let outcomes = contract.outcomes.iter().map(|(outcome, fields)| {
            let slot = |field: &String| self.find_slot(&format!("{}.{field}", step.id)).map(|slot| (field.clone(), slot));
            let fields = fields.keys().filter_map(slot).collect();
            (outcome.clone(), OutcomeArm { fields, arm: arms.remove(outcome).unwrap_or_default() })
        });
        let outcomes: BTreeMap<_, _> = outcomes.collect();
        Some(Act::Lookup(Lookup { service: ServiceId(service as u16), with, deadline: deadline?, filler, outcomes, unavailable }))
    }

    fn filler(&mut self, node: &Node) -> Option<Filler> {
        let fields = self.fields(node, &shape::FILLER)?;
        let after = fields.need("after", self.house.faults).and_then(|node| read::duration(node, self.house.faults));
        let every = fields.need("every", self.house.faults).and_then(|node| read::duration(node, self.house.faults));
        let prompt = fields.need("say", self.house.faults).and_then(|node| self.prompt(node));
        Some(Filler { after: after?, every: every?, prompt: prompt? })
    }

    fn request(&mut self, node: &Node, asks: &BTreeMap<String, Type>) -> Vec<(String, super::super::graph::Operand)> {
        let mut request = Vec::new();
        for (field, key, value) in read::named(node, self.house.faults) {
            match asks.get(field) {
                Some(ty) => request.extend(self.operand(value, ty).map(|operand| (field.to_owned(), operand))),
                None => {
                    self.house.unknown::<()>(Thing::RequestField, field, asks.keys().map(String::as_str), &key.span);
                }
            }
        }
        request
    }

    fn call(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::CALL)?;
        let flow = fields.need("flow", self.house.faults).and_then(|node| self.house.flow_named(node))?;
        let there = &self.all[usize::from(flow.0)].slots;
        let mut with = Vec::new();
        for (name, key, value) in fields.find("with").map_or_else(Vec::new, |node| read::named(node, self.house.faults)) {
            match there.iter().position(|slot| slot.name == name) {
                Some(at) => with.extend(self.operand(value, &there[at].ty).map(|operand| (SlotId(at as u16), operand))),
                None => {
                    self.house.unknown::<()>(Thing::SlotOfThatFlow, name, there.iter().map(|slot| slot.name.as_str()), &key.span);
                }
            }
        }
        let result = match fields.find("result") {
            Some(node) => Some(self.slot(node)?),
            None => None,
        };
        Some(Act::Call { flow, with, result })
    }

    /// The robot's ladder, with what the step says otherwise.
    fn ladder(&mut self, fields: &Fields) -> Option<Ladder> {
        let mut ladder = self.house.robot.as_ref()?.ladder.clone();
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
            Type::Iin | Type::Application => None, // numbers of people have no place in a flow
        }
    }
}
