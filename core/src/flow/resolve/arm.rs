//! Arms, jumps, conditions: what follows an answer.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fault::{FaultKind, nearest};
use super::super::graph::{Act, Arm, Case, Condition, CounterId, Jump, Operand, SlotId, StepId, Subject, Type, Value};
use super::super::read::{self, Fields};
use super::super::source::Node;
use super::Mark;
use super::step::Bench;
use crate::lang::Lang;

const ARM_KEYS: &[&str] = &["say", "language", "set", "clear", "goto", "at_most", "else", "end"];

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
        let fields = self.fields(node, "an arm", ARM_KEYS)?;
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
        match (fields.find(to_key), fields.find("end")) {
            (Some(_), Some(end)) => {
                self.house.faults.report(FaultKind::Contradiction { one: "goto", other: "end" }, &end.span);
                None
            }
            (None, Some(end)) => Some(Jump::End { outcome: read::text(end, self.house.faults)?.to_owned() }),
            (None, None) => {
                if let Some(bound) = bound.or(fields.find("else")) {
                    self.house.faults.report(FaultKind::MissingKey { key: to_key.to_owned(), of: "a bounded way" }, &bound.span);
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
            self.house.unknown::<()>("step", name, self.outline.steps.iter().map(|step| step.id), &node.span);
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
        let fields = self.fields(body, "goto", &["id", "to", "at_most", "else"])?;
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
            let kind = FaultKind::WrongSlotType { slot: text.to_owned(), is: is.to_string(), expected: wanted.to_string() };
            self.house.faults.report(kind, &node.span);
        }
        Some(Operand::Slot(slot))
    }

    pub(super) fn if_(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, "if", &["id", "when", "then", "else"])?;
        let when = fields.need("when", self.house.faults).and_then(|node| self.condition(node));
        let then = fields.need("then", self.house.faults).and_then(|node| self.arm(node));
        let otherwise = fields.find("else").map_or_else(|| Some(Arm::default()), |node| self.arm(node));
        Some(Act::If { when: when?, then: then?, otherwise: otherwise? })
    }

    /// `{language: known}`, `{filled: slot}`, `{slot: n, is: 2}`, `{slot: n, at_least: 2}`.
    fn condition(&mut self, node: &Node) -> Option<Condition> {
        let fields = self.fields(node, "when", &["language", "filled", "slot", "is", "at_least"])?;
        if let Some(node) = fields.find("language") {
            return read::value(node, "known", |text| (text == "known").then_some(Condition::LanguageKnown), self.house.faults);
        }
        if let Some(node) = fields.find("filled") {
            return self.slot(node).map(Condition::Filled);
        }
        let slot = fields.need("slot", self.house.faults).and_then(|node| self.slot(node))?;
        if let Some(node) = fields.find("at_least") {
            return read::count(node, u16::MAX, self.house.faults).map(|n| Condition::AtLeast(slot, n.into()));
        }
        let is = fields.need("is", self.house.faults)?;
        self.case_value(is, slot).map(|value| Condition::Is(slot, value))
    }

    fn case_value(&mut self, node: &Node, slot: SlotId) -> Option<Value> {
        let text = read::text(node, self.house.faults)?;
        let value = self.literal(text, &self.outline.slots[usize::from(slot.0)].ty);
        if value.is_none() {
            self.house.faults.report(FaultKind::BadValue { expected: "a value of the slot's type", came: text.to_owned() }, &node.span);
        }
        value
    }

    pub(super) fn switch(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, "switch", &["id", "on", "cases"])?;
        let on = fields.need("on", self.house.faults)?;
        let cases = fields.need("cases", self.house.faults)?;
        if read::text(on, self.house.faults)? == "lang" {
            return self.switch_lang(cases);
        }
        let slot = self.slot(on)?;
        let ty = self.outline.slots[usize::from(slot.0)].ty.clone();
        let mut arms = Vec::new();
        for (name, key, node) in read::named(cases, self.house.faults) {
            let case = match name {
                "empty" => Some(Case::Empty),
                "else" => Some(Case::Else),
                _ => self.case_value(key, slot).map(Case::Value),
            };
            arms.extend(case.zip(self.arm(node)));
        }
        arms.sort_by_key(|(case, _)| *case == Case::Else);
        for missing in self.uncovered(&ty, &arms) {
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

    /// The cases that nothing answers to.
    fn uncovered(&self, ty: &Type, arms: &[(Case, Arm)]) -> Vec<String> {
        let has = |case: &Case| arms.iter().any(|(other, _)| other == case);
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
            | Type::Place => {
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
