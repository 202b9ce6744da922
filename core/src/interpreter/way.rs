//! Which way out of a step was taken, and by what: told for coverage, before it is gone.

use super::machine::Interpreter;
use super::{Effect, Trouble};
use crate::flow::coverage::{self, By, Kind};
use crate::flow::graph::{GIVE_UP, SlotId};

impl Interpreter {
    /// An answer of the caller.
    pub(super) fn took(&mut self, way: &str) {
        self.took_by(self.by, way);
    }

    /// The same, by its slot.
    pub(super) fn took_slot(&mut self, slot: SlotId) {
        if let Some(name) = self.flow().slots.get(usize::from(slot.0)).map(|slot| slot.name.clone()) {
            self.took(&name);
        }
    }

    /// A way of the flow's own, or a service's.
    pub(super) fn took_by(&mut self, by: By, way: &str) {
        self.tell_way(Kind::Way, way, by);
    }

    pub(super) fn took_trouble(&mut self, trouble: Trouble) {
        let name = match trouble {
            Trouble::NoInput => coverage::NO_INPUT,
            Trouble::NoMatch => coverage::NO_MATCH,
        };
        self.tell_way(Kind::Trouble, name, self.by);
    }

    pub(super) fn took_give_up(&mut self) {
        self.tell_way(Kind::Trouble, GIVE_UP, self.by);
    }

    pub(super) fn took_command(&mut self, name: &str) {
        self.tell_way(Kind::Command, name, self.by);
    }

    fn tell_way(&mut self, kind: Kind, way: &str, by: By) {
        let flow = self.flow();
        let Some(step) = flow.steps.get(usize::from(self.frame().at.0)) else { return };
        let (flow, step) = (flow.name.clone(), step.id.clone());
        self.emit(Effect::Way { flow, step, kind, way: way.to_owned(), by });
    }
}
