//! Telling afterwards: the message of a submit whose caller did not hear how it ended, written down before the service is asked.
//!
//! What the caller hears he is not sent. Who was told "unknown" is sent it once it is known, and so is who hung up meanwhile: [`super::Effect::Tell`] says so, and where nobody lives to
//! say it, the intent itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Request;
use super::errand::shown;
use super::machine::Interpreter;
use crate::citizen::Phone;
use crate::flow::graph::{PromptId, SayAs, SlotId, Submit, Type, joined};
use crate::lang::Lang;

/// What is sent of a submit, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// To whom; `None`: to the number that the caller calls from.
    pub to: Option<Phone>,
    /// The text of each outcome, and of `unavailable`: a line for each language.
    pub texts: BTreeMap<String, Vec<Line>>,
}

/// A text but for what the service will answer.
pub type Line = Vec<Bit>;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bit {
    /// As it is sent.
    Words(String),
    /// What the service answers in a field.
    Answered {
        /// Which.
        field: String,
        /// What each item that it may be is called.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        items: BTreeMap<String, String>,
    },
}

impl From<String> for Bit {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl Bit {
    fn text(&self, fields: &Request) -> Option<String> {
        match self {
            Self::Words(words) => Some(words.clone()),
            Self::Answered { field, items } => Some(shown(fields.get(field)?, |item| items.get(item).cloned().unwrap_or_default())),
        }
    }
}

impl Telling {
    /// What is sent of an outcome with these fields; `None` where it has no such text, or lacks a field of it.
    pub fn text(&self, outcome: &str, fields: &Request) -> Option<String> {
        let line = |line: &Line| line.iter().map(|bit| bit.text(fields)).collect::<Option<Vec<_>>>().map(joined);
        let lines: Vec<_> = self.texts.get(outcome)?.iter().map(line).collect::<Option<_>>()?;
        Some(lines.join("\n"))
    }
}

impl Interpreter {
    /// What would be sent of this submit as things stand; nothing where nobody would read it.
    pub(super) fn telling(&self, submit: &Submit) -> Option<Telling> {
        let tells = submit.tells.as_ref()?;
        let to = self.reader(&tells.to).ok()?;
        let text = |(outcome, text): (&String, &PromptId)| {
            let line = |lang| self.line(*text, lang, submit, outcome);
            (outcome.clone(), self.written_in().into_iter().map(line).collect())
        };
        Some(Telling { to, texts: tells.texts.iter().map(text).collect() })
    }

    fn line(&self, text: PromptId, lang: Lang, submit: &Submit, outcome: &str) -> Line {
        let answered = submit.lookup.outcomes.get(outcome).map_or(&[][..], |outcome| &outcome.fields);
        self.program.in_writing(text, lang, |slot, by| match answered.iter().find(|(_, filled)| *filled == slot) {
            Some((field, _)) => Bit::Answered { field: field.clone(), items: self.called(slot, by, lang) },
            None => Bit::Words(self.figure(slot, by, lang)),
        })
    }

    /// How each item that a slot may hold is written.
    fn called(&self, slot: SlotId, by: SayAs, lang: Lang) -> BTreeMap<String, String> {
        let program = &self.program;
        let ty = &self.flow().slots[usize::from(slot.0)].ty;
        if by == SayAs::Documents {
            return program.topics.iter().map(|topic| (topic.id.clone(), topic.documents_written(lang))).collect();
        }
        let Type::Item { list } = ty else { return BTreeMap::new() };
        let items = program.lexicon.get(list).into_iter().flat_map(|items| items.keys());
        items.map(|item| (item.clone(), program.word(ty, item, lang))).collect()
    }
}
