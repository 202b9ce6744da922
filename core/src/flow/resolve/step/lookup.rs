//! `lookup`: a question to a service.

use std::collections::BTreeMap;

use super::super::super::graph::{Act, Filler, Lookup, Operand, OutcomeArm, ServiceId, Type};
use super::super::super::read;
use super::super::super::source::Node;
use super::super::outline::StepSource;
use super::Bench;

impl Bench<'_, '_> {
    pub(super) fn lookup(&mut self, step: &StepSource) -> Option<Act> {
        let fields = self.fields(step.body, "lookup", &["id", "service", "with", "deadline", "filler", "on"])?;
        let filler = fields.find("filler").and_then(|node| self.filler(node));
        let deadline = fields.need("deadline", self.house.faults).and_then(|node| read::duration(node, self.house.faults));
        let service_node = fields.need("service", self.house.faults)?;
        let name = read::text(service_node, self.house.faults)?;
        let Some(service) = self.house.contracts.iter().position(|read| read.contract.name == name) else {
            let known: Vec<_> = self.house.contracts.iter().map(|read| read.contract.name.clone()).collect();
            return self.house.unknown("service", name, known.iter().map(String::as_str), &service_node.span);
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
        let fields = self.fields(node, "filler", &["after", "every", "say"])?;
        let after = fields.need("after", self.house.faults).and_then(|node| read::duration(node, self.house.faults));
        let every = fields.need("every", self.house.faults).and_then(|node| read::duration(node, self.house.faults));
        let prompt = fields.need("say", self.house.faults).and_then(|node| self.prompt(node));
        Some(Filler { after: after?, every: every?, prompt: prompt? })
    }

    fn request(&mut self, node: &Node, asks: &BTreeMap<String, Type>) -> Vec<(String, Operand)> {
        let mut request = Vec::new();
        for (field, key, value) in read::named(node, self.house.faults) {
            match asks.get(field) {
                Some(ty) => request.extend(self.operand(value, ty).map(|operand| (field.to_owned(), operand))),
                None => {
                    self.house.unknown::<()>("request field", field, asks.keys().map(String::as_str), &key.span);
                }
            }
        }
        request
    }
}
