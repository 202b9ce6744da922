//! `call`: another flow.

use super::super::super::fault::Thing;
use super::super::super::graph::{Act, SlotId};
use super::super::super::source::Node;
use super::super::super::{read, shape};
use super::Bench;

impl Bench<'_, '_> {
    pub(super) fn call(&mut self, body: &Node) -> Option<Act> {
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
}
