//! From prompts to pieces: which clips and pauses say a prompt, in the language of the call.
//!
//! As long as no language is chosen everything is said in both, Kazakh first.

use crate::citizen::{ApplicationNumber, Iin};
use crate::flow::graph::{Menu, Program, PromptId, SayAs, Segment, Slot, SlotId, Type, Value};
use crate::lang::Lang;
use crate::spoken;
use crate::utterance::Piece;

/// Between the two languages of a bilingual prompt, in milliseconds.
const LANGUAGE_PAUSE_MS: u16 = 400;
/// Between a prompt and the choices after it, and between two choices, in milliseconds.
const CHOICE_PAUSE_MS: u16 = 250;
/// Between two groups of digits, in milliseconds.
const GROUP_PAUSE_MS: u16 = 200;

/// A part of an utterance.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// A prompt, at this escalation.
    Prompt(PromptId, usize),
    /// The pause before a choice.
    Choice,
}

/// Who speaks: the language, and the slots that prompts may name.
pub(super) struct Voice<'a> {
    pub(super) program: &'a Program,
    pub(super) lang: Option<Lang>,
    pub(super) declared: &'a [Slot],
    pub(super) slots: &'a [Option<Value>],
}

impl Voice<'_> {
    pub(super) fn pieces(&self, parts: &[Part]) -> Vec<Piece> {
        match self.lang {
            Some(lang) => self.pieces_in(lang, parts),
            None => {
                let versions = Lang::ALL.map(|lang| self.pieces_in(lang, parts));
                versions.join(&Piece::Pause(LANGUAGE_PAUSE_MS))
            }
        }
    }

    fn pieces_in(&self, lang: Lang, parts: &[Part]) -> Vec<Piece> {
        parts.iter().flat_map(|part| self.part(lang, *part)).collect()
    }

    fn part(&self, lang: Lang, part: Part) -> Vec<Piece> {
        match part {
            Part::Prompt(prompt, nth) => self.segments(lang, prompt, nth).iter().flat_map(|segment| self.segment(lang, segment)).collect(),
            Part::Choice => vec![Piece::Pause(CHOICE_PAUSE_MS)],
        }
    }

    fn segments(&self, lang: Lang, prompt: PromptId, nth: usize) -> &[Segment] {
        &self.program.prompts[usize::from(prompt.0)].escalation(nth)[lang]
    }

    fn segment(&self, lang: Lang, segment: &Segment) -> Vec<Piece> {
        match segment {
            Segment::Clip(clip) => vec![Piece::Clip(*clip)],
            Segment::Slot { slot, by } => self.slot(lang, *slot, *by),
        }
    }

    /// A checked program says no empty slot; were one empty, it is passed over.
    fn slot(&self, lang: Lang, slot: SlotId, by: SayAs) -> Vec<Piece> {
        let at = usize::from(slot.0);
        let (Some(declared), Some(Some(value))) = (self.declared.get(at), self.slots.get(at)) else { return Vec::new() };
        let pieces = match by {
            SayAs::Item => self.item(lang, &declared.ty, value),
            SayAs::Digits => self.digits(lang, row(value)),
        };
        if is_private(value) { pieces.into_iter().map(private).collect() } else { pieces }
    }

    fn item(&self, lang: Lang, ty: &Type, value: &Value) -> Vec<Piece> {
        let (Type::Item { list }, Value::Item(item)) = (ty, value) else { return Vec::new() };
        let Some(prompt) = self.program.lexicon.get(list).and_then(|items| items.get(item)) else { return Vec::new() };
        let clips = self.segments(lang, *prompt, 0).iter().filter_map(|segment| match segment {
            Segment::Clip(clip) => Some(Piece::Clip(*clip)),
            Segment::Slot { .. } => None,
        });
        clips.collect()
    }

    fn digits(&self, lang: Lang, row: &str) -> Vec<Piece> {
        let clip = |word: &spoken::Word| self.program.words[lang].get(&word.name()).copied().map(Piece::Clip);
        let groups: Vec<Vec<Piece>> = spoken::digits(row).iter().map(|group| group.iter().filter_map(clip).collect()).collect();
        groups.join(&Piece::Pause(GROUP_PAUSE_MS))
    }
}

/// A menu as it is spoken: what introduces it, each labelled choice with its key, then the commands it mentions.
pub(super) fn menu(menu: &Menu, program: &Program, nth: usize) -> Vec<Part> {
    let choices = menu.choices.iter().filter_map(|choice| choice.label.map(|label| (label, choice.key)));
    let named = choices.chain(menu.mentions.iter().copied());
    let mut parts = vec![Part::Prompt(menu.prompt, nth)];
    for (label, key) in named {
        parts.extend([Part::Choice, Part::Prompt(label, 0)]);
        parts.extend(program.press.get(&key).map(|press| Part::Prompt(*press, 0)));
    }
    parts
}

/// Rows of digits name a person or a person's matter, whether the caller keyed them in or a service gave them.
fn is_private(value: &Value) -> bool {
    match value {
        Value::Iin(_) | Value::Application(_) | Value::Digits(_) => true,
        Value::Count(_) | Value::Flag(_) | Value::Item(_) => false,
    }
}

fn private(piece: Piece) -> Piece {
    match piece {
        Piece::Clip(clip) | Piece::Private(clip) => Piece::Private(clip),
        Piece::Pause(ms) => Piece::Pause(ms),
    }
}

fn row(value: &Value) -> &str {
    match value {
        Value::Iin(iin) => Iin::digits(iin),
        Value::Application(number) => ApplicationNumber::digits(number),
        Value::Digits(digits) => digits,
        Value::Count(_) | Value::Flag(_) | Value::Item(_) => "",
    }
}
