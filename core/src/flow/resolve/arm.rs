//! Arms, jumps, conditions: what follows an answer.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fault::{Expected, FaultKind, Rivals, Thing, nearest};
use super::super::graph::{Act, Arm, Case, Condition, CounterId, Jump, Operand, SlotId, StepId, Subject, Type, Value};
use super::super::read::{self, Fields};
use super::super::shape;
use super::super::source::Node;
use super::Mark;
use super::step::Bench;
use crate::citizen::CallerKind;
use crate::lang::Lang;

/// The desk whose hours are meant where none is named.
const OPERATORS: &str = "operators";

impl Bench<'_, '_> {
    /// The arms of an `on`: none unknown, none of the required missing.
    pub(super) fn arms(&mut self, on: Option<&Node>, step: &Node, known: &[String], required: &[String]) -> BTreeMap<String, Arm> {
        let mut arms = BTreeMap::new();
        for (name, key, node) in on.map_or_else(Vec::new, |on| read::named(on, self.house.faults)) {
            if !known.iter().any(|known| known == name) {
                let nearest = nearest(name, known.iter().map(String::as_str));
                self.house.faults.report(FaultKind::UnknownArm { arm: name.to_owned(), nearest }, &key.span);
            }
            arms.extend(self.arm(node).map(|arm| (name.to_owned(), arm)));
        }
        let written: BTreeSet<_> =
            on.map_or_else(Vec::new, |on| read::named(on, &mut Default::default())).into_iter().map(|arm| arm.0).collect();
        for arm in required.iter().filter(|arm| !written.contains(arm.as_str())) {
            self.house.faults.report(FaultKind::MissingArm { arm: arm.clone() }, &on.unwrap_or(step).span);
        }
        arms
    }

    pub(super) fn arm(&mut self, node: &Node) -> Option<Arm> {
        let fields = self.fields(node, &shape::ARM)?;
        let say = fields.find("say").and_then(|node| self.prompt(node));
        let language = fields.find("language").and_then(|node| read::lang(node, self.house.faults));
        let set = fields.find("set").map_or_else(Vec::new, |node| self.set(node));
        let clear = fields.find("clear").map_or_else(Vec::new, |node| self.slots(node));
        let then = self.jump(&fields, "goto")?;
        Some(Arm { say, language, set, clear, then })
    }

    /// `goto` with its bound, `end`, or on to the next step. The key of the target is `to` in a `goto` step.
    fn jump(&mut self, fields: &Fields, to_key: &'static str) -> Option<Jump> {
        let bound = fields.find("at_most");
        let end = if to_key == "goto" { fields.find("end") } else { None };
        match (fields.find(to_key), end) {
            (Some(_), Some(end)) => {
                self.house.faults.report(FaultKind::Contradiction { pair: Rivals::GotoAndEnd }, &end.span);
                None
            }
            (None, Some(end)) => Some(Jump::End { outcome: read::text(end, self.house.faults)?.to_owned() }),
            (None, None) => {
                if let Some(bound) = bound.or(fields.find("else")) {
                    self.house.faults.report(FaultKind::MissingKey { key: to_key.to_owned(), of: shape::BOUNDED_WAY }, &bound.span);
                }
                Some(Jump::Next)
            }
            (Some(to), None) => self.way(fields, to),
        }
    }

    fn way(&mut self, fields: &Fields, node: &Node) -> Option<Jump> {
        let to = self.step(node)?;
        self.mark(Mark::Jump(to), &node.span);
        let name = || self.outline.steps[usize::from(to.0)].id.to_owned();
        let back = usize::from(to.0) <= self.at;
        match (back, fields.find("at_most"), fields.find("else")) {
            (false, None, None) => Some(Jump::Goto(to)),
            (false, ..) => {
                self.house.faults.report(FaultKind::NeedlessBound { to: name() }, &node.span);
                None
            }
            (true, Some(times), Some(otherwise)) => {
                let times = read::times(times, self.house.faults)?;
                let otherwise = self.step_ahead(otherwise)?;
                let counter = CounterId(self.counters);
                self.counters += 1;
                Some(Jump::AtMost { to, times, counter, otherwise })
            }
            (true, ..) => {
                self.house.faults.report(FaultKind::UnboundedLoop { to: name() }, &node.span);
                None
            }
        }
    }

    fn step(&mut self, node: &Node) -> Option<StepId> {
        let name = read::text(node, self.house.faults)?;
        let found = self.outline.steps.iter().position(|step| step.id == name);
        if found.is_none() {
            self.house.unknown::<()>(Thing::Step, name, self.outline.steps.iter().map(|step| step.id), &node.span);
        }
        found.map(|at| StepId(at as u16))
    }

    /// A step that lies ahead: where a bound or a ladder leads must not be a loop itself.
    pub(super) fn step_ahead(&mut self, node: &Node) -> Option<StepId> {
        let to = self.step(node)?;
        self.mark(Mark::Jump(to), &node.span);
        if usize::from(to.0) <= self.at {
            let to = self.outline.steps[usize::from(to.0)].id.to_owned();
            self.house.faults.report(FaultKind::UnboundedLoop { to }, &node.span);
            return None;
        }
        Some(to)
    }

    pub(super) fn goto(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::GOTO)?;
        fields.need("to", self.house.faults)?;
        self.jump(&fields, "to").map(Act::Goto)
    }

    pub(super) fn set(&mut self, node: &Node) -> Vec<(SlotId, Operand)> {
        let mut set = Vec::new();
        for (_, key, value) in read::named(node, self.house.faults) {
            let Some(slot) = self.slot(key) else { continue };
            let ty = self.outline.slots[usize::from(slot.0)].ty.clone();
            set.extend(self.operand(value, &ty).map(|operand| (slot, operand)));
        }
        set
    }

    /// A slot of this flow, or a literal of the wanted type.
    pub(super) fn operand(&mut self, node: &Node, wanted: &Type) -> Option<Operand> {
        let text = read::text(node, self.house.faults)?;
        if let Some(value) = self.literal(text, wanted) {
            return Some(Operand::Value(value));
        }
        let slot = self.slot(node)?;
        let is = &self.outline.slots[usize::from(slot.0)].ty;
        if is != wanted {
            let kind = FaultKind::WrongSlotType { slot: text.to_owned(), is: is.clone(), expected: wanted.clone() };
            self.house.faults.report(kind, &node.span);
        }
        Some(Operand::Slot(slot))
    }

    pub(super) fn if_(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::IF)?;
        let when = fields.need("when", self.house.faults).and_then(|node| self.condition(node));
        let then = fields.need("then", self.house.faults).and_then(|node| self.arm(node));
        let otherwise = fields.find("else").map_or_else(|| Some(Arm::default()), |node| self.arm(node));
        Some(Act::If { when: when?, then: then?, otherwise: otherwise? })
    }

    /// `{language: known}`, `{hours: open}`, `{hours: closed, of: centres}`, `{caller: mobile}`, `{filled: slot}`, `{slot: n, is: 2}`, `{slot: n, at_least: 2}`.
    fn condition(&mut self, node: &Node) -> Option<Condition> {
        let fields = self.fields(node, &shape::WHEN)?;
        if let Some(node) = fields.find("hours") {
            let read = |text: &str| ["closed", "open"].iter().position(|word| *word == text);
            let open = read::value(node, Expected::OpenOrClosed, read, self.house.faults);
            let desk = self.desk(fields.find("of"), node)?;
            return open.map(|open| Condition::Hours { desk, open: open == 1 });
        }
        if let Some(node) = fields.find("caller") {
            return read::value(node, Expected::CallerKind, caller_kind, self.house.faults).map(Condition::Caller);
        }
        if let Some(node) = fields.find("language") {
            return read::value(node, Expected::Known, |text| (text == "known").then_some(Condition::LanguageKnown), self.house.faults);
        }
        if let Some(node) = fields.find("filled") {
            return self.slot(node).map(Condition::Filled);
        }
        let slot = fields.need("slot", self.house.faults).and_then(|node| self.slot(node))?;
        if let Some(node) = fields.find("at_least") {
            self.counted(slot, node);
            return read::count(node, u16::MAX, self.house.faults).map(|n| Condition::AtLeast(slot, n.into()));
        }
        if let Some(node) = fields.find("at_most") {
            self.counted(slot, node);
            return read::value(node, Expected::Number, |text| text.parse().ok(), self.house.faults).map(|n| Condition::AtMost(slot, n));
        }
        let is = fields.need("is", self.house.faults)?;
        self.case_value(is, slot).map(|value| Condition::Is(slot, value))
    }

    /// The desk that hours are asked of: the operators' unless another is named.
    fn desk(&mut self, named: Option<&Node>, of: &Node) -> Option<String> {
        let name = named.map_or(Some(OPERATORS), |node| read::text(node, self.house.faults))?;
        let Some(hours) = &self.house.hours else {
            if !self.house.unread {
                self.house.faults.report(FaultKind::MissingFile { file: "flows/calendar.yaml".to_owned() }, &of.span);
            }
            return None;
        };
        if !hours.desks.contains_key(name) {
            let known: Vec<_> = hours.desks.keys().cloned().collect();
            return self.house.unknown(Thing::Desk, name, known.iter().map(String::as_str), &named.unwrap_or(of).span);
        }
        Some(name.to_owned())
    }

    /// Only numbers are more or less.
    fn counted(&mut self, slot: SlotId, node: &Node) {
        let slot = &self.outline.slots[usize::from(slot.0)];
        if slot.ty != Type::Count {
            let kind = FaultKind::WrongSlotType { slot: slot.name.clone(), is: slot.ty.clone(), expected: Type::Count };
            self.house.faults.report(kind, &node.span);
        }
    }

    fn case_value(&mut self, node: &Node, slot: SlotId) -> Option<Value> {
        let text = read::text(node, self.house.faults)?;
        let value = self.literal(text, &self.outline.slots[usize::from(slot.0)].ty);
        if value.is_none() {
            self.house.faults.report(FaultKind::BadValue { expected: Expected::SlotValue, came: text.to_owned() }, &node.span);
        }
        value
    }

    pub(super) fn switch(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, &shape::SWITCH)?;
        let on = fields.need("on", self.house.faults)?;
        let cases = fields.need("cases", self.house.faults)?;
        match read::text(on, self.house.faults)? {
            "lang" => return self.switch_lang(cases),
            "hours" => return self.switch_hours(fields.find("of"), on, cases),
            "caller" => return Some(self.switch_caller(cases)),
            _ => {} // a slot
        }
        let slot = self.slot(on)?;
        let ty = self.outline.slots[usize::from(slot.0)].ty.clone();
        let (mut arms, mut written) = (Vec::new(), Vec::new());
        for (name, key, node) in read::named(cases, self.house.faults) {
            let case = match name {
                "empty" => Some(Case::Empty),
                "else" => Some(Case::Else),
                _ => self.case_value(key, slot).map(Case::Value),
            };
            written.extend(case.clone());
            arms.extend(case.zip(self.arm(node)));
        }
        arms.sort_by_key(|(case, _)| *case == Case::Else);
        for missing in self.uncovered(&ty, &written) {
            self.house.faults.report(FaultKind::MissingArm { arm: missing }, &cases.span);
        }
        Some(Act::Switch { on: Subject::Slot(slot), arms })
    }

    fn switch_lang(&mut self, cases: &Node) -> Option<Act> {
        let names = ["kk", "ru", "unknown"].map(String::from);
        let arms = self.arms(Some(cases), cases, &names, &names);
        let case = |name: &str| Lang::ALL.into_iter().find(|lang| lang.code() == name).map_or(Case::LangUnknown, Case::Lang);
        Some(Act::Switch { on: Subject::Lang, arms: arms.into_iter().map(|(name, arm)| (case(&name), arm)).collect() })
    }

    fn switch_hours(&mut self, of: Option<&Node>, on: &Node, cases: &Node) -> Option<Act> {
        let desk = self.desk(of, on);
        let names = ["open", "closed"].map(String::from);
        let arms = self.arms(Some(cases), cases, &names, &names);
        let case = |name: &str| if name == "open" { Case::Open } else { Case::Closed };
        Some(Act::Switch { on: Subject::Hours(desk?), arms: arms.into_iter().map(|(name, arm)| (case(&name), arm)).collect() })
    }

    fn switch_caller(&mut self, cases: &Node) -> Act {
        let names = CallerKind::ALL.map(|kind| kind.name().to_owned());
        let arms = self.arms(Some(cases), cases, &names, &names);
        let case = |(name, arm): (String, Arm)| Some((Case::Caller(caller_kind(&name)?), arm));
        Act::Switch { on: Subject::Caller, arms: arms.into_iter().filter_map(case).collect() }
    }

    /// The cases that nothing answers to.
    fn uncovered(&self, ty: &Type, written: &[Case]) -> Vec<String> {
        let has = |case: &Case| written.contains(case);
        if has(&Case::Else) {
            return Vec::new();
        }
        let values: Vec<String> = match ty {
            Type::Flag => ["yes", "no"].map(String::from).into(),
            Type::Item { list } => self.house.lists.get(list).into_iter().flat_map(|items| items.keys().cloned()).collect(),
            Type::Iin
            | Type::Application
            | Type::Digits
            | Type::Count
            | Type::Date
            | Type::Time
            | Type::Money
            | Type::Phone
            | Type::Place
            | Type::Message
            | Type::List { .. } => {
                vec!["else".to_owned()]
            }
        };
        let covered = |name: &String| self.literal(name, ty).is_some_and(|value| has(&Case::Value(value)));
        let mut missing: Vec<_> = values.into_iter().filter(|name| !covered(name)).collect();
        if !has(&Case::Empty) {
            missing.push("empty".to_owned());
        }
        missing
    }
}

fn caller_kind(name: &str) -> Option<CallerKind> {
    CallerKind::ALL.into_iter().find(|kind| kind.name() == name)
}
