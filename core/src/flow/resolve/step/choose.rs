//! `choose`: one of a looked-up list.

use super::super::super::fault::{FaultKind, Thing};
use super::super::super::graph::{Act, Choose, Type};
use super::super::super::{read, shape};
use super::super::outline::StepSource;
use super::Bench;
use crate::key::Key;

impl Bench<'_, '_> {
    pub(super) fn choose(&mut self, step: &StepSource) -> Option<Act> {
        let fields = self.fields(step.body, &shape::CHOOSE)?;
        let prompt = self.needed_prompt(&fields);
        let item = fields.need("item", self.house.faults).and_then(|node| self.prompt(node));
        let barge_in = self.barge_in(&fields);
        let page = fields.need("page", self.house.faults).and_then(|node| read::count(node, shape::PAGE_MAX, self.house.faults));
        let names = ["chosen", "none_fits"].map(String::from);
        let mut arms = self.arms(fields.find("on"), step.body, &names, &names);
        let ladder = self.ladder(&fields);
        self.need_choosing(step, page.unwrap_or(0));
        let from_node = fields.need("from", self.house.faults)?;
        let Some(from) = self.slot(from_node) else {
            // what it chooses itself is no list to choose from, whatever else is wrong with it
            let name = read::text(from_node, &mut Default::default()).filter(|name| name.split('.').next() == Some(step.id));
            return name.and_then(|name| self.house.unknown(Thing::LookedUpList, name, [], &from_node.span));
        };
        let slot = &self.outline.slots[usize::from(from.0)];
        let Type::List { fields: items, .. } = slot.ty.clone() else {
            let expected = Type::List { fields: Default::default(), most: 0 }; // a list of anything
            let kind = FaultKind::WrongSlotType { slot: slot.name.clone(), is: slot.ty.clone(), expected };
            self.house.faults.report(kind, &from_node.span);
            return None;
        };
        items.values().for_each(|ty| self.house.hears(ty));
        let slot = |field: String| self.find_slot(&format!("{}.{field}", step.id)).map(|slot| (field, slot));
        let fields = items.into_keys().filter_map(slot).collect();
        let (chosen, none_fits) = (arms.remove("chosen").unwrap_or_default(), arms.remove("none_fits").unwrap_or_default());
        Some(Act::Choose(Choose {
            from,
            page: page? as u8,
            prompt: prompt?,
            item: item?,
            barge_in,
            fields,
            chosen,
            none_fits,
            ladder: ladder?,
        }))
    }

    /// Where the robot makes a list of its own, it needs the words for its end and for each key.
    pub(super) fn need_choosing(&mut self, step: &StepSource, most: u16) {
        let Some(robot) = &self.house.robot else { return };
        if robot.choosing.is_none() {
            self.house.faults.report(FaultKind::MissingKey { key: "choosing".to_owned(), of: shape::ROBOT.name }, step.span);
        }
        self.need_press(step, (1..=most).chain([9]));
    }

    /// Keys that are told to the caller have their "press one".
    pub(super) fn need_press(&mut self, step: &StepSource, digits: impl IntoIterator<Item = u16>) {
        let Some(robot) = &self.house.robot else { return };
        let keys = digits.into_iter().filter_map(|digit| Key::from_event(digit as u8));
        let silent: Vec<_> = keys.filter(|key| !robot.press.contains_key(key)).collect();
        for key in silent {
            self.house.faults.report(FaultKind::NoPressWords { key: key.char() }, step.span);
        }
    }
}
