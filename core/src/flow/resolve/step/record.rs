//! `record`: a message that the caller speaks.

use std::time::Duration;

use super::super::super::fault::FaultKind;
use super::super::super::graph::{Act, EMPTY, FAILED, RECORDED, Record};
use super::super::super::read::{self, Fields};
use super::super::super::shape;
use super::super::outline::StepSource;
use super::Bench;

/// The longest message, and the silence that ends one, where a step does not say otherwise.
const MAX: Duration = Duration::from_secs(120);
const SILENCE: Duration = Duration::from_secs(4);
/// No message is longer than this.
const LONGEST: Duration = Duration::from_secs(600);
/// No pause between two words is longer than this, and no shorter silence ends a message.
const SHORTEST_SILENCE: Duration = Duration::from_secs(1);

impl Bench<'_, '_> {
    pub(super) fn record(&mut self, step: &StepSource) -> Option<Act> {
        let fields = self.fields(step.body, &shape::RECORD)?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let silence = self.within(&fields, "silence", SILENCE, SHORTEST_SILENCE, LONGEST);
        let max = self.within(&fields, "max", MAX, silence.unwrap_or(SILENCE), LONGEST);
        let names = [RECORDED, EMPTY, FAILED].map(str::to_owned);
        let mut arms = self.arms(fields.find("on"), step.body, &names, &names);
        let [recorded, empty, failed] = names.map(|name| arms.remove(&name).unwrap_or_default());
        let slot = self.find_slot(&format!("{}.message", step.id))?;
        Some(Act::Record(Record { prompt: prompt?, barge_in, slot, max: max?, silence: silence?, recorded, empty, failed }))
    }

    /// A span of time within bounds.
    fn within(&mut self, fields: &Fields, key: &'static str, otherwise: Duration, least: Duration, most: Duration) -> Option<Duration> {
        let Some(node) = fields.find(key) else { return Some(otherwise.max(least)) };
        let span = read::duration(node, self.house.faults)?;
        if !(least..=most).contains(&span) {
            let [ms, least_ms, most_ms] = [span, least, most].map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
            self.house.faults.report(FaultKind::MessageSpan { key, ms, least_ms, most_ms }, &node.span);
        }
        Some(span)
    }
}
