//! What is said: clips, and values between them.

use super::SlotId;
use crate::lang::{Both, Lang};
use crate::spoken::{Ending, Form, Inflection};
use crate::utterance::ClipId;

/// A prompt: what is said at the first asking, at the second, …; the last serves all later ones.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// `services/document_status/ask_number`.
    pub name: String,
    /// At least one.
    pub escalations: Vec<Both<Vec<Segment>>>,
}

impl Prompt {
    /// What is said at the asking number `nth`, from 0.
    pub fn escalation(&self, nth: usize) -> &Both<Vec<Segment>> {
        &self.escalations[nth.min(self.escalations.len() - 1)]
    }
}

/// A part of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Words that never change.
    Clip(ClipId),
    /// Words that are never said: those of a message.
    Text(String),
    /// A value.
    Slot {
        /// Where it is, in the flow that says the prompt.
        slot: SlotId,
        /// How it is said.
        by: SayAs,
        /// Whether the sentence goes on after it.
        ending: Ending,
    },
}

/// How a value is said (SSML `say-as`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SayAs {
    /// An item of the lexicon, by its words; a topic, by its title.
    Item,
    /// A topic, by its answer.
    Answer,
    /// A topic, by the documents that one needs: in messages only.
    Documents,
    /// In words.
    Words(Form),
    /// A number in words, then the noun in the form that the number asks for.
    Counted {
        /// The number.
        form: Inflection,
        /// The noun after one, few and many; Kazakh has one form.
        noun: [ClipId; 3],
    },
}

/// A clip that must exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipSpec {
    /// Its language.
    pub lang: Lang,
    /// `prompts/main/greeting`, `words/3`: its file is `audio/<lang>/<name>.opus`.
    pub name: String,
    /// The words in it.
    pub text: String,
}
