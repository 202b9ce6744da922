//! Listening by words: what was said, at the question that is open.

use super::Trouble;
use super::machine::{Interpreter, State};
use crate::heard::Heard;

impl Interpreter {
    /// An utterance: the first hypothesis that answers the open question. While nothing listens it is lost.
    pub(super) fn hear(&mut self, heard: &Heard) {
        if heard.hypotheses().is_empty() || !matches!(self.state, State::Listening(_)) {
            return;
        }
        self.misunderstood(Trouble::NoMatch);
    }
}
