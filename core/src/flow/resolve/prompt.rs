//! The words: prompt files, the lexicon, their templates, and the clips that must exist for them.
//!
//! Clips are named by place. `prompts/main/greeting` is the first escalation of a prompt without values, `prompts/main/noinput.2` the second; where values stand between the
//! words, each run of words is its own clip: `prompts/x/ask.1-2` is the second run of the first escalation. Ids hold no dot and no dash, so no two names collide.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fault::{Came, Expected, FaultKind, Faults, Span, TemplateSlip};
use super::super::graph::{ClipSpec, Prompt, PromptId, SayAs, Segment, SlotId};
use super::super::read::{self, Fields};
use super::super::source::{Kind, Node};
use super::super::{Sources, Words, shape, wording};
use super::filter::{Filter, Template, Way, template};
use crate::lang::{Both, Lang};
use crate::spoken::Ending;
use crate::utterance::{ClipId, PIECES_MAX};

/// A prompt as written, before a flow gives its values their slots.
struct Draft {
    span: Span,
    escalations: Vec<Both<Vec<Part>>>,
}

enum Part {
    Words(String),
    Value { template: Template, ending: Ending, span: Span },
}

/// What becomes of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Medium {
    /// Clips.
    Voice,
    /// A message: of words that nobody says there is no clip.
    Message,
}

/// All prompts of a bundle. A prompt with values becomes one prompt for each flow that says it.
#[derive(Default)]
pub(super) struct Book {
    drafts: BTreeMap<String, Draft>,
    made: BTreeMap<(String, Option<u16>, Medium), PromptId>,
    said: BTreeSet<String>,
    clip_ids: BTreeMap<(Lang, String), ClipId>,
    pub(super) prompts: Vec<Prompt>,
    pub(super) clips: Vec<ClipSpec>,
    /// Where each value of each prompt is written, for the proofs.
    pub(super) value_spans: BTreeMap<(PromptId, SlotId), Span>,
}

impl Book {
    /// Reads every file below `prompts/` and the lexicon.
    pub(super) fn read(sources: &Sources, trees: &BTreeMap<&str, Node>, faults: &mut Faults) -> Self {
        let mut book = Self::default();
        for (path, tree) in trees {
            let text = sources.text(path);
            if let Some(name) = path.strip_suffix(".yaml").filter(|name| name.starts_with("prompts/") && *name != "prompts/voice") {
                book.read_group(name, tree, text, faults);
            } else if *path == "flows/lexicon.yaml" {
                for (list, _, items) in read::named(tree, faults) {
                    book.read_group(&format!("lexicon/{list}"), items, text, faults);
                }
            }
        }
        book
    }

    fn read_group(&mut self, group: &str, node: &Node, text: &str, faults: &mut Faults) {
        for (id, key, value) in read::named(node, faults) {
            if !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                faults.report(FaultKind::BadValue { expected: Expected::Id, came: id.to_owned() }, &key.span);
            }
            let one = std::slice::from_ref(value);
            let levels = if let Kind::List(levels) = &value.kind { levels.as_slice() } else { one };
            if levels.is_empty() {
                faults.report(FaultKind::WrongShape { expected: Expected::Escalation, came: Came::NoneAtAll }, &value.span);
            }
            let escalations = levels.iter().map(|level| escalation(level, text, faults).unwrap_or_default()).collect();
            self.drafts.insert(format!("{group}/{id}"), Draft { span: key.span.clone(), escalations });
        }
    }

    /// One prompt that stands in no file of prompts.
    pub(super) fn write(&mut self, name: &str, node: &Node, file: &str, faults: &mut Faults) {
        let escalations = vec![escalation(node, file, faults).unwrap_or_default()];
        self.drafts.insert(name.to_owned(), Draft { span: node.span.clone(), escalations });
    }

    /// The clips of spoken values.
    pub(super) fn words(&mut self, words: &Words) -> Both<BTreeMap<String, ClipId>> {
        Both::each(|lang| words[lang].iter().map(|(name, text)| (name.clone(), self.clip(lang, format!("words/{name}"), text))).collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.drafts.contains_key(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.drafts.keys().map(String::as_str)
    }

    /// The words of a prompt without values, at its first asking, in each language.
    pub(super) fn texts(&self, prompt: PromptId) -> Vec<&str> {
        let first = self.prompts[usize::from(prompt.0)].escalation(0);
        let clip = |segment: &Segment| match segment {
            Segment::Clip(clip) => Some(self.clips[clip.0 as usize].text.as_str()),
            Segment::Text(_) | Segment::Slot { .. } => None,
        };
        first.kk.iter().chain(&first.ru).filter_map(clip).collect()
    }

    /// A prompt for a flow whose slots are found by `slot`. Unknown slots are reported there; a prompt without values is shared by all flows.
    pub(super) fn say(
        &mut self,
        name: &str,
        flow: u16,
        medium: Medium,
        mut slot: impl FnMut(&str, Filter, &Span) -> Option<SlotId>,
    ) -> Option<PromptId> {
        let draft = self.drafts.get(name)?;
        let has_values = draft.escalations.iter().any(|texts| Lang::ALL.iter().any(|lang| texts[*lang].iter().any(Part::is_value)));
        let key = (name.to_owned(), has_values.then_some(flow), medium);
        if let Some(made) = self.made.get(&key) {
            return Some(*made);
        }
        let id = PromptId(u16::try_from(self.prompts.len()).ok()?);
        let draft = self.drafts.remove(name)?;
        let mut escalations = Vec::new();
        for (nth, texts) in draft.escalations.iter().enumerate() {
            escalations.push(Both::each(|lang| self.segments(id, name, (nth + 1, lang, medium), &texts[lang], &mut slot)));
        }
        self.drafts.insert(name.to_owned(), draft);
        self.prompts.push(Prompt { name: name.strip_prefix("prompts/").unwrap_or(name).to_owned(), escalations });
        self.said.insert(name.to_owned());
        self.made.insert(key, id);
        Some(id)
    }

    fn segments(
        &mut self,
        id: PromptId,
        name: &str,
        (escalation, lang, medium): (usize, Lang, Medium),
        parts: &[Part],
        slot: &mut impl FnMut(&str, Filter, &Span) -> Option<SlotId>,
    ) -> Vec<Segment> {
        let plain = !parts.iter().any(Part::is_value);
        let mut segments = Vec::new();
        let (mut runs, mut values) = (0, 0);
        for part in parts {
            match part {
                Part::Words(text) if medium == Medium::Message => segments.push(Segment::Text(text.clone())),
                Part::Words(text) => {
                    runs += 1;
                    let clip = match (plain, escalation) {
                        (true, 1) => name.to_owned(),
                        (true, nth) => format!("{name}.{nth}"),
                        (false, nth) => format!("{name}.{nth}-{runs}"),
                    };
                    segments.push(Segment::Clip(self.clip(lang, clip, text)));
                }
                Part::Value { template, ending, span } => {
                    values += 1;
                    if let Some(found) = slot(&template.slot, template.filter, span) {
                        self.value_spans.insert((id, found), span.clone());
                        let name = format!("words/{}.{escalation}-{values}", name.trim_start_matches("prompts/"));
                        segments.push(Segment::Slot { slot: found, by: self.by(lang, &template.way, &name, *ending), ending: *ending });
                    }
                }
            }
        }
        segments
    }

    /// How a value is said; a noun that is counted has a clip for each of its forms.
    fn by(&mut self, lang: Lang, way: &Way, name: &str, ending: Ending) -> SayAs {
        let mut noun = |form: &str, text: &str| self.clip(lang, format!("{name}-{form}"), &format!("{text}{}", ending.mark()));
        match (way, lang) {
            (Way::Item, _) => SayAs::Item,
            (Way::Answer, _) => SayAs::Answer,
            (Way::Documents, _) => SayAs::Documents,
            (Way::Words(form), _) => SayAs::Words(*form),
            (Way::Counted(form, [text, _, _]), Lang::Kk) => SayAs::Counted { form: *form, noun: [noun("other", text); 3] },
            (Way::Counted(form, [one, few, many]), Lang::Ru) => {
                SayAs::Counted { form: *form, noun: [noun("one", one), noun("few", few), noun("many", many)] }
            }
        }
    }

    fn clip(&mut self, lang: Lang, name: String, text: &str) -> ClipId {
        let next = ClipId(self.clips.len() as u32);
        let id = *self.clip_ids.entry((lang, name.clone())).or_insert(next);
        if id == next {
            self.clips.push(ClipSpec { lang, name, text: text.to_owned() });
        }
        id
    }

    pub(super) fn report_unused(&self, faults: &mut Faults) {
        for (name, draft) in &self.drafts {
            if !self.said.contains(name) && !name.starts_with("lexicon/") {
                faults.report(FaultKind::UnusedPrompt { name: name.clone() }, &draft.span);
            }
        }
    }
}

impl Part {
    fn pieces_max(&self) -> usize {
        match self {
            Self::Words(_) => 1,
            Self::Value { template, .. } => template.way.pieces_max(),
        }
    }

    fn letters(&self) -> usize {
        match self {
            Self::Words(text) => text.chars().count(),
            Self::Value { .. } => 0,
        }
    }

    fn is_value(&self) -> bool {
        matches!(self, Self::Value { .. })
    }
}

fn escalation(node: &Node, text: &str, faults: &mut Faults) -> Option<Both<Vec<Part>>> {
    let fields = Fields::open(node, &shape::PROMPT_TEXTS, faults)?;
    let [kk, ru] = Lang::ALL.map(|lang| match fields.find(lang.code()) {
        Some(words) => parts(words, lang, text, faults),
        None => {
            faults.report(FaultKind::MissingLanguage { lang }, &node.span);
            None
        }
    });
    let both = Both { kk: kk?, ru: ru? };
    for lang in Lang::ALL {
        let other = if lang == Lang::Kk { &both.ru } else { &both.kk };
        for only in values(&both[lang]).difference(&values(other)) {
            faults.report(FaultKind::DifferentVariables { only: (*only).to_owned(), lang }, &node.span);
        }
    }
    report_length(node, &both, faults);
    Some(both)
}

fn report_length(node: &Node, texts: &Both<Vec<Part>>, faults: &mut Faults) {
    let length = |parts: &[Part]| parts.iter().map(Part::pieces_max).sum();
    let pieces: usize = Lang::ALL.iter().map(|lang| length(&texts[*lang])).max().unwrap_or(0);
    if pieces > PIECES_MAX {
        faults.report(FaultKind::PromptTooLong { pieces, most: PIECES_MAX }, &node.span);
    }
    for lang in Lang::ALL {
        let (words, values): (Vec<_>, Vec<_>) = texts[lang].iter().partition(|part| !part.is_value());
        let letters = words.iter().map(|part| part.letters()).sum();
        wording::judge_length(node, letters, values.iter().map(|part| part.pieces_max()).sum(), lang, faults);
    }
}

fn values(parts: &[Part]) -> BTreeSet<&str> {
    parts
        .iter()
        .filter_map(|part| match part {
            Part::Value { template, .. } => Some(template.slot.as_str()),
            Part::Words(_) => None,
        })
        .collect()
}

/// Cuts a text at its `{{ … }}`. Places inside a scalar are found again in the file's own bytes, since YAML may have folded or unescaped them.
fn parts(node: &Node, lang: Lang, file: &str, faults: &mut Faults) -> Option<Vec<Part>> {
    let mut rest = match &node.kind {
        Kind::Scalar(words) => words.as_str(),
        Kind::List(_) | Kind::Map(_) => read::text(node, faults)?,
    };
    wording::judge(node, rest, lang, file, faults);
    let mut found = Vec::new();
    let mut is_sound = true;
    let mut from = node.span.start;
    while let Some((words, after)) = rest.split_once("{{") {
        push_words(&mut found, words);
        let at = file.get(from..node.span.end).and_then(|raw| raw.find("{{")).map_or(from, |at| from + at);
        let until = file.get(at..node.span.end).and_then(|raw| raw.find("}}")).map_or(node.span.end, |len| at + len + 2);
        let span = node.span.within(at..until);
        let Some((inner, after)) = after.split_once("}}") else {
            faults.report(FaultKind::BadTemplate { slip: TemplateSlip::NotClosed }, &span);
            return None;
        };
        match template(inner, lang) {
            Ok(template) => found.push(Part::Value { template, ending: Ending::before(after), span }),
            Err(slip) => {
                is_sound = false;
                faults.report(FaultKind::BadTemplate { slip }, &span);
            }
        }
        (rest, from) = (after, until);
    }
    if rest.contains("}}") {
        faults.report(FaultKind::BadTemplate { slip: TemplateSlip::NotOpened }, &node.span);
    }
    push_words(&mut found, rest);
    if found.is_empty() && is_sound {
        faults.report(FaultKind::EmptyText { lang }, &node.span);
    }
    is_sound.then_some(found)
}

/// Punctuation alone is no clip.
fn push_words(parts: &mut Vec<Part>, words: &str) {
    if words.chars().any(char::is_alphanumeric) {
        parts.push(Part::Words(words.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
}
