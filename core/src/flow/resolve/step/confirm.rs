//! `confirm`: yes or no.

use super::super::super::graph::{Act, Confirm};
use super::super::super::source::Node;
use super::Bench;

impl Bench<'_, '_> {
    pub(super) fn confirm(&mut self, body: &Node) -> Option<Act> {
        let fields = self.fields(body, "confirm", &["id", "prompt", "barge_in", "on", "ladder", "help"])?;
        let prompt = self.needed_prompt(&fields);
        let barge_in = self.barge_in(&fields);
        let names = ["yes", "no"].map(String::from);
        let mut arms = self.arms(fields.find("on"), body, &names, &names);
        let ladder = self.ladder(&fields)?;
        let (yes, no) = (arms.remove("yes").unwrap_or_default(), arms.remove("no").unwrap_or_default());
        Some(Act::Confirm(Confirm { prompt: prompt?, barge_in, yes, no, ladder }))
    }
}
