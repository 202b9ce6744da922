//! `route`: what the caller wants, in own words, to the flow that sees to it.

use super::super::super::fault::{FaultKind, Thing};
use super::super::super::graph::{Act, FlowId, Route, Seer, TopicId};
use super::super::super::shape;
use super::super::outline::StepSource;
use super::Bench;

/// What sees to a topic that no flow has among its `intents`.
const ANY_TOPIC: &str = "shared/topic";

impl Bench<'_, '_> {
    pub(super) fn route(&mut self, step: &StepSource) -> Option<Act> {
        let fields = self.fields(step.body, &shape::ROUTE)?;
        if self.house.topics.is_empty() && !self.house.unread {
            self.house.faults.report(FaultKind::NothingToRoute, step.span);
            return None;
        }
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let slot = fields.need("slot", self.house.faults).and_then(|node| self.slot(node));
        let ladder = self.ladder(&fields);
        self.need_routing(step);
        let seers = self.seers(step);
        Some(Act::Route(Route { prompt: prompt?, barge_in, slot: slot?, seers: seers?, ladder: ladder? }))
    }

    /// "A or B?" needs its words and those of two keys.
    fn need_routing(&mut self, step: &StepSource) {
        let routing = self.house.robot.as_ref().map(|robot| robot.routing.is_some());
        if routing == Some(false) {
            self.house.faults.report(FaultKind::MissingKey { key: "routing".to_owned(), of: shape::ROBOT.name }, step.span);
        }
        self.need_press(step, [1, 2]);
    }

    /// The flow of each topic: the one that names it in its `intents`, else the one for all.
    fn seers(&mut self, step: &StepSource) -> Option<Vec<Seer>> {
        (0..self.house.topics.len()).map(|place| self.seer(TopicId(place as u16), step)).collect()
    }

    fn seer(&mut self, topic: TopicId, step: &StepSource) -> Option<Seer> {
        if let Some(own) = self.all.iter().position(|outline| outline.intents.contains(&topic)) {
            return Some(Seer { flow: FlowId(own as u16), topic: self.all[own].takes_topic });
        }
        let Some(any) = self.all.iter().position(|outline| outline.name == ANY_TOPIC) else {
            return self.house.unknown(Thing::Flow, ANY_TOPIC, [], step.span);
        };
        let Some(taken) = self.all[any].takes_topic else {
            return self.house.unknown(Thing::SlotOfThatFlow, "topic", [], step.span);
        };
        Some(Seer { flow: FlowId(any as u16), topic: Some(taken) })
    }
}
