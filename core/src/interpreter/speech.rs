//! From prompts to pieces: which clips and pauses say a prompt, in the language of the call.
//!
//! As long as no language is chosen everything is said in both, Kazakh first.

use crate::flow::graph::{Choose, Menu, Program, PromptId, SayAs, Segment, Slot, SlotId, Type, Value};
use crate::key::Key;
use crate::lang::Lang;
use crate::spoken::russian::Plural;
use crate::spoken::{self, Ending, Form, Inflection, Phrase, Said, Sound};
use crate::utterance::{ClipId, Piece};

/// Between the two languages of a bilingual prompt, in milliseconds.
const LANGUAGE_PAUSE_MS: u16 = 400;
/// Between a prompt and the choices after it, and between two choices, in milliseconds.
const CHOICE_PAUSE_MS: u16 = 250;
/// Between two groups of digits and where a comma stands, in milliseconds.
const GROUP_PAUSE_MS: u16 = 200;

/// A part of an utterance.
#[derive(Clone)]
pub(super) enum Part {
    /// A prompt, at this escalation.
    Prompt(PromptId, usize),
    /// A prompt that says one item of the list that is offered, by its place.
    Item(PromptId, usize),
    /// The pause before a choice.
    Choice,
    /// A value that stands in no slot yet.
    Value(Type, Value),
}

/// Who speaks: the language, and the slots that prompts may name.
#[derive(Clone, Copy)]
pub(super) struct Voice<'a> {
    pub(super) program: &'a Program,
    pub(super) lang: Option<Lang>,
    pub(super) declared: &'a [Slot],
    pub(super) slots: &'a [Option<Value>],
    /// The list that is offered.
    pub(super) offers: Option<&'a Choose>,
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
        parts.iter().flat_map(|part| self.part(lang, part)).collect()
    }

    fn part(&self, lang: Lang, part: &Part) -> Vec<Piece> {
        match part {
            Part::Prompt(prompt, nth) => {
                self.segments(lang, *prompt, *nth).iter().flat_map(|segment| self.segment(lang, segment)).collect()
            }
            Part::Item(prompt, place) => {
                Voice { slots: &self.slots_of_item(*place), offers: None, ..*self }.part(lang, &Part::Prompt(*prompt, 0))
            }
            Part::Choice => vec![Piece::Pause(CHOICE_PAUSE_MS)],
            Part::Value(ty, value) => self.value(lang, ty, value, plainly(lang, ty), Ending::Falling),
        }
    }

    /// The slots as if this item had been chosen.
    fn slots_of_item(&self, place: usize) -> Vec<Option<Value>> {
        let mut slots = self.slots.to_vec();
        let Some(choose) = self.offers else { return slots };
        let list = slots.get(usize::from(choose.from.0)).cloned().flatten();
        let item = if let Some(Value::List(items)) = list { items.get(place).cloned() } else { None };
        for (field, slot) in &choose.fields {
            slots[usize::from(slot.0)] = item.as_ref().and_then(|item| item.get(field).cloned());
        }
        slots
    }

    fn segments(&self, lang: Lang, prompt: PromptId, nth: usize) -> &[Segment] {
        &self.program.prompts[usize::from(prompt.0)].escalation(nth)[lang]
    }

    fn segment(&self, lang: Lang, segment: &Segment) -> Vec<Piece> {
        match segment {
            Segment::Clip(clip) => vec![Piece::Clip(*clip)],
            Segment::Text(_) => Vec::new(),
            Segment::Slot { slot, by, ending } => self.slot(lang, *slot, *by, *ending),
        }
    }

    /// A checked program says no empty slot; were one empty, it is passed over.
    fn slot(&self, lang: Lang, slot: SlotId, by: SayAs, ending: Ending) -> Vec<Piece> {
        let at = usize::from(slot.0);
        let (Some(declared), Some(Some(value))) = (self.declared.get(at), self.slots.get(at)) else { return Vec::new() };
        self.value(lang, &declared.ty, value, by, ending)
    }

    fn value(&self, lang: Lang, ty: &Type, value: &Value, by: SayAs, ending: Ending) -> Vec<Piece> {
        let pieces = match by {
            SayAs::Item => self.item(lang, ty, value),
            SayAs::Answer => self.clips(lang, self.program.topic(Some(value)).and_then(|topic| topic.answer)),
            SayAs::Documents => Vec::new(),
            SayAs::Words(form) => self.words(lang, value, form, ending),
            SayAs::Counted { form, noun } => self.counted(lang, value, form, noun),
        };
        if is_private(value) { pieces.into_iter().map(private).collect() } else { pieces }
    }

    fn item(&self, lang: Lang, ty: &Type, value: &Value) -> Vec<Piece> {
        let (Type::Item { list }, Value::Item(item)) = (ty, value) else { return Vec::new() };
        self.clips(lang, self.program.lexicon.get(list).and_then(|items| items.get(item)).copied())
    }

    /// The words of a prompt without values.
    fn clips(&self, lang: Lang, prompt: Option<PromptId>) -> Vec<Piece> {
        let clip = |segment: &Segment| match segment {
            Segment::Clip(clip) => Some(Piece::Clip(*clip)),
            Segment::Text(_) | Segment::Slot { .. } => None,
        };
        prompt.into_iter().flat_map(|prompt| self.segments(lang, prompt, 0)).filter_map(clip).collect()
    }

    /// The words of a value. One that needs a word of which there is no clip is said digit by digit.
    fn words(&self, lang: Lang, value: &Value, form: Form, ending: Ending) -> Vec<Piece> {
        let Some(phrase) = said(value).and_then(|value| spoken::say(lang, value, form)) else { return Vec::new() };
        self.phrase(lang, &phrase, ending).unwrap_or_else(|| match value {
            Value::Count(number) => self.phrase(lang, &spoken::digits(lang, &number.to_string()), ending).unwrap_or_default(),
            Value::Iin(_)
            | Value::Application(_)
            | Value::Digits(_)
            | Value::Flag(_)
            | Value::Item(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::Money(_)
            | Value::List(_)
            | Value::Phone(_)
            | Value::Place(_) => Vec::new(),
        })
    }

    fn counted(&self, lang: Lang, value: &Value, form: Inflection, noun: [ClipId; 3]) -> Vec<Piece> {
        let Value::Count(number) = value else { return Vec::new() };
        let mut pieces = self.words(lang, value, Form::Cardinal(form), Ending::Open);
        pieces.push(Piece::Clip(noun[Plural::of(u64::from(*number)) as usize]));
        pieces
    }

    /// `None` when a clip does not exist.
    fn phrase(&self, lang: Lang, phrase: &Phrase, ending: Ending) -> Option<Vec<Piece>> {
        let piece = |sound| match sound {
            Sound::Clip(name) => self.program.words[lang].get(&name).copied().map(Piece::Clip),
            Sound::Pause => Some(Piece::Pause(GROUP_PAUSE_MS)),
        };
        phrase.sounds(lang, ending).into_iter().map(piece).collect()
    }
}

/// How a value of a type is said where no prompt says how.
fn plainly(lang: Lang, ty: &Type) -> SayAs {
    match ty {
        Type::Iin | Type::Application | Type::Digits | Type::Phone => SayAs::Words(Form::Digits),
        Type::Count => SayAs::Words(Form::Cardinal(Inflection::plain(lang))),
        Type::Date => SayAs::Words(Form::WeekdayDate),
        Type::Time => SayAs::Words(Form::Time),
        Type::Money => SayAs::Words(Form::Money),
        Type::Flag | Type::Item { .. } | Type::Place | Type::List { .. } => SayAs::Item,
    }
}

/// A menu as it is spoken: what introduces it, each labelled choice with its key, then the commands it mentions.
pub(super) fn menu(menu: &Menu, program: &Program, nth: usize) -> Vec<Part> {
    let mut parts = vec![Part::Prompt(menu.prompt, nth)];
    parts.extend(choices(menu, program, |_| true));
    parts.extend(menu.mentions.iter().flat_map(|(label, key)| keyed(*label, *key, program)));
    parts
}

/// Those choices of a menu that have a label, by their places.
pub(super) fn choices(menu: &Menu, program: &Program, spoken: impl Fn(usize) -> bool) -> Vec<Part> {
    let choices = menu.choices.iter().enumerate().filter(|(place, _)| spoken(*place));
    choices.filter_map(|(_, choice)| choice.label.map(|label| keyed(label, choice.key, program))).flatten().collect()
}

/// A label and "press one".
pub(super) fn keyed(label: PromptId, key: Key, program: &Program) -> Vec<Part> {
    let press = program.press.get(&key).map(|press| Part::Prompt(*press, 0));
    [Part::Choice, Part::Prompt(label, 0)].into_iter().chain(press).collect()
}

/// Rows of digits name a person or a person's matter, whether the caller keyed them in or a service gave them.
pub(super) fn is_private(value: &Value) -> bool {
    match value {
        Value::Iin(_) | Value::Application(_) | Value::Digits(_) | Value::Phone(_) => true,
        Value::Count(_) | Value::Date(_) | Value::Time(_) | Value::Money(_) => false,
        Value::Flag(_) | Value::Item(_) | Value::Place(_) | Value::List(_) => false,
    }
}

fn private(piece: Piece) -> Piece {
    match piece {
        Piece::Clip(clip) | Piece::Private(clip) => Piece::Private(clip),
        Piece::Pause(ms) => Piece::Pause(ms),
    }
}

/// What of a value has words by rule; a flag and an item have their own prompts.
fn said(value: &Value) -> Option<Said<'_>> {
    match value {
        Value::Iin(iin) => Some(Said::Row(iin.digits())),
        Value::Application(number) => Some(Said::Row(number.digits())),
        Value::Digits(digits) => Some(Said::Row(digits)),
        Value::Phone(phone) => Some(Said::Row(phone.e164().trim_start_matches('+'))),
        Value::Count(number) => Some(Said::Number((*number).into())),
        Value::Date(date) => Some(Said::Date(*date)),
        Value::Time(time) => Some(Said::Time(*time)),
        Value::Money(sum) => Some(Said::Money(*sum)),
        Value::Flag(_) | Value::Item(_) | Value::Place(_) | Value::List(_) => None,
    }
}
