//! What is sent to a caller who did not hear how his submit ended: the text of that ending, as the configuration lets messages go. Nobody waits for it, so nobody is woken by it.

use dauys_core::interpreter::{Answer, Telling};
use jiff::Timestamp;

use super::Request;
use crate::config::Messages;
use crate::store::{QueuedMessage, Told};

/// What `tells` of a submit calls the ending that was surely not done.
const UNAVAILABLE: &str = "unavailable";

/// Writes the messages.
#[derive(Clone, Debug)]
pub(super) struct Teller(Messages);

impl Teller {
    pub(super) fn new(messages: &Messages) -> Self {
        Self(messages.clone())
    }

    /// The message of what became of the intent `key`; `None` where nobody knows that yet, or nobody may be sent it.
    pub(super) fn told(&self, key: &str, telling: &Telling, answer: &Answer, now: Timestamp) -> Option<Told> {
        let text = match answer {
            Answer::Outcome { outcome, fields } => telling.text(outcome, fields),
            Answer::Unavailable => telling.text(UNAVAILABLE, &Request::new()),
            Answer::Unknown | Answer::Errand(_) => return None,
        };
        let (Some(to), Some(text)) = (telling.to.clone(), text) else {
            tracing::warn!(key, "an answer is none that its caller can be told");
            return None;
        };
        if let Some(why) = self.0.refuses(&to, &text) {
            tracing::info!(key, why, "a caller is not told how it ended");
            return None;
        }
        let due = self.0.quiet.ends(now);
        let message = QueuedMessage { key: format!("{key}-told"), to, text, due, valid_until: self.0.valid_until(due) };
        Some(Told { message, most: self.0.per_number_per_day.get() })
    }
}
