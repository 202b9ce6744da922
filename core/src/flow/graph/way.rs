//! The ways out of a step: what proofs, coverage and diagrams walk.
//!
//! A kind of step is described here once. What leads where, what it says and what it fills, is asked of nobody else.

use super::{Act, Arm, Case, Condition, Field, Flow, FlowId, GiveUp, Jump, Ladder, PromptId, SlotId, StepId, Subject};

/// One way out of a step.
#[derive(Clone, Debug)]
pub struct Way<'a> {
    /// What leads it there: an answer (`yes`, a choice's id, a slot's name), an outcome, a case; `next` where there is one way only, `give_up` for the end of a ladder.
    pub name: String,
    /// What it does on the way.
    pub arm: Option<&'a Arm>,
    /// Slots that surely have a value on this way.
    pub fills: Vec<SlotId>,
    /// The steps of the flow that it may lead to. Empty: it leaves the flow.
    pub to: Vec<StepId>,
}

/// The way of a step that has only one.
const NEXT: &str = "next";
/// The way of a question that was given up.
const GIVE_UP: &str = "give_up";

impl Flow {
    /// Every way out of the step at `at`.
    pub fn ways(&self, at: StepId) -> Vec<Way<'_>> {
        let Some(step) = self.steps.get(usize::from(at.0)) else { return Vec::new() };
        let mut ways = self.answers(&step.act, at);
        if let Some(GiveUp::Step(to)) = step.act.ladder().map(|ladder| &ladder.give_up) {
            ways.push(Way { name: GIVE_UP.to_owned(), arm: None, fills: Vec::new(), to: vec![*to] });
        }
        for way in &mut ways {
            way.to.retain(|to| usize::from(to.0) < self.steps.len());
        }
        ways
    }

    fn answers<'a>(&'a self, act: &'a Act, at: StepId) -> Vec<Way<'a>> {
        let by =
            |name: &str, arm: &'a Arm, fills: Vec<SlotId>| Way { name: name.to_owned(), arm: Some(arm), fills, to: targets(&arm.then, at) };
        let plain = |to| vec![Way { name: NEXT.to_owned(), arm: None, fills: Vec::new(), to }];
        match act {
            Act::Ask(ask) => {
                let name = |slot: SlotId| self.slots.get(usize::from(slot.0)).map_or("", |slot| slot.name.as_str());
                ask.alternatives.iter().map(|other| by(name(other.slot), &other.arm, vec![other.slot])).collect()
            }
            Act::Form(form) => {
                let fills = form.fields.iter().filter_map(Field::slot).collect();
                vec![Way { name: NEXT.to_owned(), arm: None, fills, to: targets(&Jump::Next, at) }]
            }
            Act::Menu(menu) => menu.choices.iter().map(|choice| by(&choice.id, &choice.arm, Vec::new())).collect(),
            Act::Confirm(confirm) => vec![by("yes", &confirm.yes, Vec::new()), by("no", &confirm.no, Vec::new())],
            Act::Lookup(lookup) => {
                let outcome = |(name, outcome): (&String, &'a super::OutcomeArm)| {
                    by(name, &outcome.arm, outcome.fields.iter().map(|(_, slot)| *slot).collect())
                };
                lookup.outcomes.iter().map(outcome).chain([by("unavailable", &lookup.unavailable, Vec::new())]).collect()
            }
            Act::If { when, then, otherwise } => vec![by("then", then, filled_by(when)), by("else", otherwise, Vec::new())],
            Act::Switch { on, arms } => arms.iter().map(|(case, arm)| by(&case.to_string(), arm, filled_in(on, case, arms))).collect(),
            Act::Goto(jump) => plain(targets(jump, at)),
            Act::Return(_) | Act::End { .. } => plain(Vec::new()),
            Act::Say { .. } | Act::Set(_) | Act::Clear(_) | Act::Call { .. } | Act::Language(_) => plain(targets(&Jump::Next, at)),
        }
    }
}

impl Act {
    /// What silence and misunderstanding do, where it listens.
    pub fn ladder(&self) -> Option<&Ladder> {
        match self {
            Self::Ask(ask) => Some(&ask.ladder),
            Self::Form(form) => Some(&form.ladder),
            Self::Menu(menu) => Some(&menu.ladder),
            Self::Confirm(confirm) => Some(&confirm.ladder),
            Self::Say { .. } | Self::Lookup(_) | Self::If { .. } | Self::Switch { .. } | Self::Set(_) | Self::Clear(_) => None,
            Self::Goto(_) | Self::Call { .. } | Self::Return(_) | Self::End { .. } | Self::Language(_) => None,
        }
    }

    /// The flow that it may enter: by a call, or by giving up.
    pub fn callee(&self) -> Option<FlowId> {
        if let Self::Call { flow, .. } = self {
            return Some(*flow);
        }
        match &self.ladder()?.give_up {
            GiveUp::Flow(flow) => Some(*flow),
            GiveUp::Step(_) => None,
        }
    }

    /// What it says itself, before any of its ways: its question, its choices, what it says of silence, what it says while it waits.
    pub fn prompts(&self) -> Vec<PromptId> {
        let own = match self {
            Self::Say { prompt, .. } => vec![*prompt],
            Self::Ask(ask) => [Some(ask.prompt), ask.which].into_iter().flatten().collect(),
            Self::Form(form) => form.fields.iter().flat_map(|field| [Some(field.ask.prompt), field.read_back]).flatten().collect(),
            Self::Menu(menu) => [menu.prompt].into_iter().chain(menu.choices.iter().filter_map(|choice| choice.label)).collect(),
            Self::Confirm(confirm) => vec![confirm.prompt],
            Self::Lookup(lookup) => lookup.filler.iter().map(|filler| filler.prompt).collect(),
            Self::If { .. } | Self::Switch { .. } | Self::Set(_) | Self::Clear(_) | Self::Goto(_) => Vec::new(),
            Self::Call { .. } | Self::Return(_) | Self::End { .. } | Self::Language(_) => Vec::new(),
        };
        own.into_iter().chain(self.ladder().into_iter().flat_map(|ladder| ladder.prompts())).collect()
    }

    /// Slots that it empties before any of its ways is taken: those that its answers may fill.
    pub fn empties(&self) -> Vec<SlotId> {
        match self {
            Self::Ask(ask) => ask.alternatives.iter().map(|alternative| alternative.slot).collect(),
            Self::Lookup(lookup) => lookup.outcomes.values().flat_map(|outcome| &outcome.fields).map(|(_, slot)| *slot).collect(),
            Self::Call { result: Some(slot), .. } => vec![*slot], // a flow may return nothing
            Self::Clear(slots) => slots.clone(),
            Self::Form(_) => Vec::new(), // what is filled already is not asked
            Self::Say { .. } | Self::Menu(_) | Self::Confirm(_) | Self::If { .. } | Self::Switch { .. } | Self::Set(_) => Vec::new(),
            Self::Goto(_) | Self::Call { result: None, .. } | Self::Return(_) | Self::End { .. } | Self::Language(_) => Vec::new(),
        }
    }
}

impl Ladder {
    /// What it says.
    pub fn prompts(&self) -> Vec<PromptId> {
        let doubt = self.doubt.into_iter().flat_map(|doubt| [doubt.before, doubt.after]);
        [self.noinput, self.nomatch].into_iter().chain(self.help).chain(doubt).collect()
    }
}

fn filled_by(when: &Condition) -> Vec<SlotId> {
    match when {
        Condition::LanguageKnown => Vec::new(),
        Condition::Filled(slot) | Condition::Is(slot, _) | Condition::AtLeast(slot, _) => vec![*slot],
    }
}

fn filled_in(on: &Subject, case: &Case, arms: &[(Case, Arm)]) -> Vec<SlotId> {
    let Subject::Slot(slot) = on else { return Vec::new() };
    let empty_is_elsewhere = arms.iter().any(|(case, _)| *case == Case::Empty);
    match case {
        Case::Value(_) => vec![*slot],
        Case::Else if empty_is_elsewhere => vec![*slot],
        Case::Else | Case::Empty | Case::Lang(_) | Case::LangUnknown => Vec::new(),
    }
}

fn targets(jump: &Jump, at: StepId) -> Vec<StepId> {
    match jump {
        Jump::Next => vec![StepId(at.0.saturating_add(1))],
        Jump::Goto(to) => vec![*to],
        Jump::AtMost { to, otherwise, .. } => vec![*to, *otherwise],
        Jump::End { .. } => Vec::new(),
    }
}
