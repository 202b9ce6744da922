//! A prompt written instead of said: the text of a message.

use super::{Program, PromptId, Segment, SlotId, Type};
use crate::lang::Lang;
use crate::spoken::{Form, Money};

impl Program {
    /// A prompt in writing, with values as `value` writes them.
    pub fn written(&self, prompt: PromptId, lang: Lang, value: impl Fn(SlotId) -> String) -> String {
        let mut text = String::new();
        for segment in &self.prompts[usize::from(prompt.0)].escalation(0)[lang] {
            let words = match segment {
                Segment::Clip(clip) => self.clips[clip.0 as usize].text.clone(),
                Segment::Slot { slot, .. } => value(*slot),
            };
            if !text.is_empty() && !words.starts_with(['.', ',', '!', '?', ';', ':']) {
                text.push(' ');
            }
            text.push_str(&words);
        }
        text
    }

    /// Something as long as the longest value of a type, as messages write it.
    pub fn longest(&self, ty: &Type, lang: Lang) -> String {
        match ty {
            Type::Item { list } => {
                let items = self.lexicon.get(list).into_iter().flat_map(|items| items.values());
                items.map(|item| self.written(*item, lang, |_| String::new())).max_by_key(|text| text.chars().count()).unwrap_or_default()
            }
            Type::Date => "31.12.2026".to_owned(),
            Type::Time => "23:59".to_owned(),
            Type::Count => u32::MAX.to_string(),
            Type::Money => Money::MAX.to_string(),
            Type::Digits => "0".repeat(Form::Digits.pieces_max()),
            Type::Iin | Type::Application | Type::Phone => "…".to_owned(),
            Type::Flag | Type::Place | Type::List { .. } => String::new(),
        }
    }
}
