//! A prompt written instead of said: the text of a message.

use super::{Program, PromptId, SayAs, Segment, SlotId, Topic, Type};
use crate::lang::Lang;
use crate::spoken::{Form, Money};

impl Program {
    /// A prompt in writing, with values as `value` writes them, by the filter that the prompt says.
    pub fn written(&self, prompt: PromptId, lang: Lang, value: impl Fn(SlotId, SayAs) -> String) -> String {
        joined(self.in_writing(prompt, lang, value))
    }

    /// Its words and values one by one, to be [`joined`].
    pub fn in_writing<T: From<String>>(&self, prompt: PromptId, lang: Lang, value: impl Fn(SlotId, SayAs) -> T) -> Vec<T> {
        let segments = self.prompts[usize::from(prompt.0)].escalation(0)[lang].iter();
        let written = segments.map(|segment| match segment {
            Segment::Clip(clip) => self.clips[clip.0 as usize].text.clone().into(),
            Segment::Text(text) => text.clone().into(),
            Segment::Slot { slot, by, .. } => value(*slot, *by),
        });
        written.collect()
    }

    /// How an item of a type is called in writing.
    pub fn word(&self, ty: &Type, item: &str, lang: Lang) -> String {
        let Type::Item { list } = ty else { return String::new() };
        let prompt = self.lexicon.get(list).and_then(|items| items.get(item));
        prompt.map_or_else(String::new, |prompt| self.written(*prompt, lang, |_, _| String::new()))
    }

    /// Something as long as the longest value of a type, as messages write it.
    pub fn longest(&self, ty: &Type, by: SayAs, lang: Lang) -> String {
        if by == SayAs::Documents {
            let each = self.topics.iter().map(|topic| topic.documents_written(lang));
            return each.max_by_key(|text| text.chars().count()).unwrap_or_default();
        }
        match ty {
            Type::Item { list } => {
                let items = self.lexicon.get(list).into_iter().flat_map(|items| items.keys());
                items.map(|item| self.word(ty, item, lang)).max_by_key(|text| text.chars().count()).unwrap_or_default()
            }
            Type::Date => "31.12.2026".to_owned(),
            Type::Time => "23:59".to_owned(),
            Type::Count => u32::MAX.to_string(),
            Type::Money => Money::MAX.to_string(),
            Type::Digits => "0".repeat(Form::Digits.pieces_max()),
            Type::Iin | Type::Application | Type::Phone | Type::Message => "…".to_owned(),
            Type::Flag | Type::Place | Type::List { .. } => String::new(),
        }
    }
}

/// Words and values in a row, with a space between two where no mark follows.
pub fn joined(words: impl IntoIterator<Item = String>) -> String {
    let mut text = String::new();
    for words in words {
        if !text.is_empty() && !words.starts_with(['.', ',', '!', '?', ';', ':', '\n']) {
            text.push(' ');
        }
        text.push_str(&words);
    }
    text
}

impl Topic {
    /// What one needs for it, a line each.
    pub fn documents_written(&self, lang: Lang) -> String {
        self.documents[lang].iter().map(|row| format!("\n– {row}")).collect()
    }
}
