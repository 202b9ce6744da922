//! `lookup`: a question to a service.

use std::collections::BTreeMap;

use super::super::super::fault::FaultKind;
use super::super::super::graph::{Act, Arm, Contract, Filler, Lookup, Operand, OutcomeArm, ServiceId, Type};
use super::super::super::read::{self, Fields};
use super::super::super::source::Node;
use super::super::outline::StepSource;
use super::Bench;

/// What a step does with a service.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Reads,
    Writes,
}

impl Kind {
    fn writes(self) -> bool {
        matches!(self, Self::Writes)
    }

    /// The step that it should have been.
    fn other(self) -> &'static str {
        match self {
            Self::Reads => "submit",
            Self::Writes => "lookup",
        }
    }

    /// Arms that it has beside its outcomes.
    fn always(self) -> &'static [&'static str] {
        match self {
            Self::Reads => &["unavailable"],
            Self::Writes => &["unavailable", "unknown"],
        }
    }
}

/// A question to a service, read.
pub(super) struct Asked {
    /// `None` when something of it is missing.
    pub(super) lookup: Option<Lookup>,
    pub(super) unknown: Arm,
    pub(super) contract: Contract,
}

impl Bench<'_, '_> {
    pub(super) fn lookup(&mut self, step: &StepSource) -> Option<Act> {
        let fields = self.fields(step.body, "lookup", &["id", "service", "with", "deadline", "filler", "on"])?;
        let asked = self.asked(step, &fields, Kind::Reads)?;
        asked.lookup.map(Act::Lookup)
    }

    /// What a lookup and a submit have in common. `None`: its contract is not known, and has been reported.
    pub(super) fn asked(&mut self, step: &StepSource, fields: &Fields, kind: Kind) -> Option<Asked> {
        let filler = fields.find("filler").and_then(|node| self.filler(node));
        let deadline = fields.need("deadline", self.house.faults).and_then(|node| read::duration(node, self.house.faults));
        let service_node = fields.need("service", self.house.faults)?;
        let name = read::text(service_node, self.house.faults)?;
        let Some(service) = self.house.contracts.iter().position(|read| read.contract.name == name) else {
            let known: Vec<_> = self.house.contracts.iter().map(|read| read.contract.name.clone()).collect();
            return self.house.unknown("service", name, known.iter().map(String::as_str), &service_node.span);
        };
        let contract = self.house.contracts[service].contract.clone();
        if contract.writes != kind.writes() {
            let fault = FaultKind::WrongStepForService { service: name.to_owned(), step: kind.other() };
            self.house.faults.report(fault, &service_node.span);
        }
        let with = fields.find("with").map_or_else(Vec::new, |node| self.request(node, &contract.request));
        let names: Vec<_> = contract.outcomes.keys().cloned().chain(kind.always().iter().map(|arm| (*arm).to_owned())).collect();
        let mut arms = self.arms(fields.find("on"), step.body, &names, &names);
        let unknown = arms.remove("unknown").unwrap_or_default();
        let unavailable = arms.remove("unavailable").unwrap_or_default();
        let outcomes = contract.outcomes.iter().map(|(outcome, fields)| {
            let slot = |field: &String| self.find_slot(&format!("{}.{field}", step.id)).map(|slot| (field.clone(), slot));
            let fields = fields.keys().filter_map(slot).collect();
            (outcome.clone(), OutcomeArm { fields, arm: arms.remove(outcome).unwrap_or_default() })
        });
        let outcomes: BTreeMap<_, _> = outcomes.collect();
        let service = ServiceId(service as u16);
        let lookup = deadline.map(|deadline| Lookup { service, with, deadline, filler, outcomes, unavailable });
        Some(Asked { lookup, unknown, contract })
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
