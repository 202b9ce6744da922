//! `submit`: a change in the world, how it is taken back, and who is told of it afterwards.

use std::collections::BTreeMap;

use super::super::super::fault::{FaultKind, Rivals, Thing, nearest};
use super::super::super::graph::{Act, Contract, ServiceId, Submit, Tells, Type, Undo};
use super::super::super::source::Node;
use super::super::super::{read, shape};
use super::super::outline::StepSource;
use super::Bench;
use super::lookup::Kind;

impl Bench<'_, '_> {
    pub(super) fn submit(&mut self, step: &StepSource) -> Option<Act> {
        let fields = self.fields(step.body, &shape::SUBMIT)?;
        let asked = self.asked(step, &fields, Kind::Writes)?;
        let undo = match fields.find("undo") {
            Some(node) => Some(self.undo(node, &asked.contract)?),
            None => None,
        };
        let tells = match fields.find("tells") {
            Some(node) if fields.find("undo").is_some() => {
                self.house.faults.report(FaultKind::Contradiction { pair: Rivals::UndoAndTells }, &node.span);
                return None;
            }
            Some(node) => Some(self.tells(node, &asked.contract)?),
            None => None,
        };
        Some(Act::Submit(Submit { lookup: asked.lookup?, unknown: asked.unknown, undo, tells, inputs: Vec::new() }))
    }

    /// A text for each outcome, and for what was surely not done.
    fn tells(&mut self, node: &Node, of: &Contract) -> Option<Tells> {
        let fields = self.fields(node, &shape::TELLS)?;
        let to = fields.need("to", self.house.faults).and_then(|node| self.recipient(node));
        let on = fields.need("on", self.house.faults)?;
        let known = || of.outcomes.keys().map(String::as_str).chain(["unavailable"]);
        let mut texts = BTreeMap::new();
        let mut written = Vec::new();
        for (name, key, text) in read::named(on, self.house.faults) {
            if !known().any(|known| known == name) {
                self.house.faults.report(FaultKind::UnknownArm { arm: name.to_owned(), nearest: nearest(name, known()) }, &key.span);
            }
            written.push(name);
            texts.extend(self.message(text).map(|text| (name.to_owned(), text)));
        }
        for arm in known().filter(|arm| !written.contains(arm)) {
            self.house.faults.report(FaultKind::Untold { outcome: arm.to_owned() }, &on.span);
        }
        Some(Tells { to: to?, texts })
    }

    /// Each field that the undoing service asks is one that the submit's answer has, else one that it was asked with; of the first kind there is at least one.
    fn undo(&mut self, node: &Node, of: &Contract) -> Option<Undo> {
        let name = read::text(node, self.house.faults)?;
        let Some(service) = self.house.contracts.iter().position(|read| read.contract.name == name) else {
            let known: Vec<_> = self.house.contracts.iter().map(|read| read.contract.name.clone()).collect();
            return self.house.unknown(Thing::Service, name, known.iter().map(String::as_str), &node.span);
        };
        let contract = self.house.contracts[service].contract.clone();
        if !contract.writes {
            let kind = FaultKind::WrongStepForService { service: name.to_owned(), step: "lookup" };
            self.house.faults.report(kind, &node.span);
        }
        let (mut given, mut answered) = (Vec::new(), Vec::new());
        for (field, ty) in &contract.request {
            if of.outcomes.values().any(|fields| has(fields, field, ty)) {
                answered.push(field.clone());
            } else if has(&of.request, field, ty) {
                given.push(field.clone());
            } else {
                self.house.faults.report(FaultKind::UndoUnfilled { service: name.to_owned(), field: field.clone() }, &node.span);
            }
        }
        let holds = of.outcomes.values().any(|fields| answered.iter().all(|field| fields.contains_key(field)));
        if answered.is_empty() || !holds {
            self.house.faults.report(FaultKind::UndoOfNothing { service: name.to_owned() }, &node.span);
        }
        Some(Undo { service: ServiceId(service as u16), given, answered })
    }
}

fn has(fields: &BTreeMap<String, Type>, name: &str, ty: &Type) -> bool {
    fields.get(name) == Some(ty)
}
