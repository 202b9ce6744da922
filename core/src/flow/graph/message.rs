//! A prompt written instead of said: the text of a message.

use super::{Program, PromptId, SayAs, Segment, SlotId, Topic, Type};
use crate::lang::Lang;
use crate::spoken::{Form, Money};

impl Program {
    /// A prompt in writing, with values as `value` writes them, by the filter that the prompt says.
    pub fn written(&self, prompt: PromptId, lang: Lang, value: impl Fn(SlotId, SayAs) -> String) -> String {
        let mut text = String::new();
        for segment in &self.prompts[usize::from(prompt.0)].escalation(0)[lang] {
            let words = match segment {
                Segment::Clip(clip) => self.clips[clip.0 as usize].text.clone(),
                Segment::Text(text) => text.clone(),
                Segment::Slot { slot, by, .. } => value(*slot, *by),
            };
            if !text.is_empty() && !words.starts_with(['.', ',', '!', '?', ';', ':', '\n']) {
                text.push(' ');
            }
            text.push_str(&words);
        }
        text
    }

    /// Something as long as the longest value of a type, as messages write it.
    pub fn longest(&self, ty: &Type, by: SayAs, lang: Lang) -> String {
        if by == SayAs::Documents {
            let each = self.topics.iter().map(|topic| topic.documents_written(lang));
            return each.max_by_key(|text| text.chars().count()).unwrap_or_default();
        }
        match ty {
            Type::Item { list } => {
                let items = self.lexicon.get(list).into_iter().flat_map(|items| items.values());
                items
                    .map(|item| self.written(*item, lang, |_, _| String::new()))
                    .max_by_key(|text| text.chars().count())
                    .unwrap_or_default()
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

impl Topic {
    /// What one needs for it, a line each.
    pub fn documents_written(&self, lang: Lang) -> String {
        self.documents[lang].iter().map(|row| format!("\n– {row}")).collect()
    }
}
