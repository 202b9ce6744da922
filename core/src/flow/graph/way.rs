//! The ways out of a step: what proofs, coverage and diagrams walk.
//!
//! A kind of step is described here once. What leads where, what it says and what it fills, is asked of nobody else.

use std::collections::BTreeSet;

use super::{
    Act, Arm, Case, Change, Condition, Ending, Errand, Field, Flow, FlowId, GiveUp, Jump, Ladder, Lookup, PromptId, SlotId, StepId,
    Subject, Submit, What,
};

/// One way out of a step.
#[derive(Clone, Debug)]
pub struct Way<'a> {
    /// What leads it there: an answer (`yes`, a choice's id, a slot's name), an outcome, a case; `next` where there is one way only, `give_up` for the end of a ladder.
    pub name: String,
    /// Whose doing it is.
    pub doing: Doing,
    /// What it does on the way.
    pub arm: Option<&'a Arm>,
    /// Slots that are emptied before it is taken and before any of `fills`.
    pub empties: Vec<SlotId>,
    /// Slots that surely have a value on this way.
    pub fills: Vec<SlotId>,
    /// Slots that are emptied on it, besides those that its arm clears.
    pub clears: Vec<SlotId>,
    /// The steps of the flow that it may lead to. Empty: it leaves the flow.
    pub to: Vec<StepId>,
}

/// Whose doing it is that a way is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// The flow's own.
    Flow,
    /// The caller answered.
    Caller,
    /// The caller did not, to the end of the ladder.
    Silence,
    /// A service answered.
    Served,
    /// A service failed.
    Failed,
    /// Somebody of flesh and blood took over, or will call back.
    Human,
    /// Somebody of flesh and blood was wanted, and none came.
    Nobody,
}

/// The way of a step that has only one.
pub const NEXT: &str = "next";
/// The way of a question that was given up.
pub const GIVE_UP: &str = "give_up";
/// The way of a message that was spoken.
pub const RECORDED: &str = "recorded";
/// The way of a message in which nothing was said.
pub const EMPTY: &str = "empty";
/// The way of a message that could not be recorded.
pub const FAILED: &str = "failed";
/// The way of a free question whose topic is known.
pub const MATCHED: &str = "matched";
/// Two topics fit a free question, and it is asked which: on the way to [`MATCHED`], for coverage.
pub const EITHER: &str = "either";
/// The way of a survey with a mark.
pub const ANSWERED: &str = "answered";
/// The way of a survey without one.
pub const SKIPPED: &str = "skipped";

impl Flow {
    /// Every way out of the step at `at`.
    pub fn ways(&self, at: StepId) -> Vec<Way<'_>> {
        let Some(step) = self.steps.get(usize::from(at.0)) else { return Vec::new() };
        let mut ways = self.answers(&step.act, at);
        if let Some(GiveUp::Step(to)) = step.act.ladder().map(|ladder| &ladder.give_up) {
            ways.push(Way {
                name: GIVE_UP.to_owned(),
                doing: Doing::Silence,
                arm: None,
                empties: Vec::new(),
                fills: Vec::new(),
                clears: self.held().into_iter().chain(refused(&step.act)).collect(),
                to: vec![*to],
            });
        }
        for way in &mut ways {
            way.to.retain(|to| usize::from(to.0) < self.steps.len());
        }
        ways
    }

    /// The name of the way out of a menu to the route that hears what is no choice.
    pub fn way_to_route(&self, route: StepId) -> String {
        format!("route {}", self.steps.get(usize::from(route.0)).map_or("", |step| step.id.as_str()))
    }

    /// Slots that are empty once every submit of this flow has been taken back.
    pub fn held(&self) -> Vec<SlotId> {
        self.undoable().flat_map(|submit| submit.lookup.fields()).collect()
    }

    /// Slots that are emptied because these are: what a submit answered that was made from one of them is taken back.
    pub fn undone_by(&self, cleared: &[SlotId]) -> Vec<SlotId> {
        let touched = |submit: &&Submit| submit.lookup.fields().chain(submit.inputs.iter().copied()).any(|slot| cleared.contains(&slot));
        self.undoable().filter(touched).flat_map(|submit| submit.lookup.fields()).collect()
    }

    fn undoable(&self) -> impl Iterator<Item = &Submit> {
        self.steps
            .iter()
            .filter_map(|step| if let Act::Submit(submit) = &step.act { Some(submit) } else { None })
            .filter(|submit| submit.undo.is_some())
    }

    fn answers<'a>(&'a self, act: &'a Act, at: StepId) -> Vec<Way<'a>> {
        let does = |doing: Doing, name: &str, arm: &'a Arm, fills: Vec<SlotId>| Way {
            name: name.to_owned(),
            doing,
            arm: Some(arm),
            empties: act.empties(),
            fills,
            clears: self.undone_by(&arm.clear),
            to: targets(&arm.then, at),
        };
        let said = |name: &str, arm: &'a Arm, fills: Vec<SlotId>| does(Doing::Caller, name, arm, fills);
        let by = |name: &str, arm: &'a Arm, fills: Vec<SlotId>| does(Doing::Flow, name, arm, fills);
        let next = |name: &str, doing: Doing, fills: Vec<SlotId>, to: Vec<StepId>| {
            vec![Way { name: name.to_owned(), doing, arm: None, empties: act.empties(), fills, clears: Vec::new(), to }]
        };
        let plain = |to| next(NEXT, Doing::Flow, Vec::new(), to);
        let served = |lookup: &'a Lookup| {
            let outcome = |(name, outcome): (&String, &'a super::OutcomeArm)| {
                does(Doing::Served, name, &outcome.arm, outcome.fields.iter().map(|(_, slot)| *slot).collect())
            };
            let failed = does(Doing::Failed, "unavailable", &lookup.unavailable, Vec::new());
            lookup.outcomes.iter().map(outcome).chain([failed]).collect::<Vec<_>>()
        };
        match act {
            Act::Ask(ask) => {
                let name = |slot: SlotId| self.slots.get(usize::from(slot.0)).map_or("", |slot| slot.name.as_str());
                ask.alternatives.iter().map(|other| said(name(other.slot), &other.arm, vec![other.slot])).collect()
            }
            Act::Form(form) => {
                let fills = form.fields.iter().filter_map(Field::slot).collect();
                next(NEXT, Doing::Caller, fills, targets(&Jump::Next, at))
            }
            Act::Menu(menu) => {
                let routed = menu.route.map(|to| Way {
                    name: self.way_to_route(to),
                    doing: Doing::Caller,
                    arm: None,
                    empties: Vec::new(),
                    fills: Vec::new(),
                    clears: Vec::new(),
                    to: vec![to],
                });
                menu.choices.iter().map(|choice| said(&choice.id, &choice.arm, Vec::new())).chain(routed).collect()
            }
            Act::Confirm(confirm) => {
                let changes = confirm.change.iter().flat_map(|changing| &changing.changes);
                let change = |change: &Change| Way {
                    name: change.way(),
                    doing: Doing::Caller,
                    arm: None,
                    empties: Vec::new(),
                    fills: Vec::new(),
                    clears: change.clears.iter().copied().chain(self.undone_by(&change.clears)).collect(),
                    to: vec![change.to],
                };
                let plain = [said("yes", &confirm.yes, Vec::new()), said("no", &confirm.no, Vec::new())];
                plain.into_iter().chain(changes.map(change)).collect()
            }
            Act::Choose(choose) => {
                let fields = choose.fields.iter().map(|(_, slot)| *slot).collect();
                vec![said("chosen", &choose.chosen, fields), said("none_fits", &choose.none_fits, Vec::new())]
            }
            Act::Lookup(lookup) => served(lookup),
            Act::Submit(submit) => {
                let unknown = does(Doing::Failed, "unknown", &submit.unknown, Vec::new());
                served(&submit.lookup).into_iter().chain([unknown]).collect()
            }
            Act::If { when, then, otherwise } => vec![by("then", then, filled_by(when)), by("else", otherwise, Vec::new())],
            Act::Switch { on, arms } => arms.iter().map(|(case, arm)| by(&case.to_string(), arm, filled_in(on, case, arms))).collect(),
            Act::Errand(errand) => {
                let doing = |ending: Ending| match ending {
                    Ending::Connected | Ending::Booked => Doing::Human,
                    Ending::Busy | Ending::NoAnswer | Ending::Closed | Ending::Failed | Ending::Refused | Ending::Full => Doing::Nobody,
                    Ending::Queued | Ending::Landline | Ending::Withheld | Ending::Unavailable => Doing::Flow, // a message is never all that a caller wants
                };
                let held = |ending: Ending| if ending == Ending::Connected { self.held() } else { Vec::new() }; // a human sees to it
                let way = |(ending, arm): (&Ending, &'a Arm)| Way {
                    empties: held(*ending),
                    ..does(doing(*ending), ending.name(), arm, Vec::new())
                };
                errand.arms.iter().map(way).collect()
            }
            Act::Route(route) => next(MATCHED, Doing::Caller, vec![route.slot], targets(&Jump::Next, at)),
            Act::Record(record) => vec![
                said(RECORDED, &record.recorded, vec![record.slot]),
                does(Doing::Silence, EMPTY, &record.empty, Vec::new()),
                does(Doing::Failed, FAILED, &record.failed, Vec::new()),
            ],
            Act::Survey(survey) => {
                let answered = survey.ask.alternatives.iter().map(|mark| said(ANSWERED, &mark.arm, vec![mark.slot]));
                answered.chain([by(SKIPPED, &survey.skipped, Vec::new())]).collect() // who does a favour or not is not left alone by it
            }
            Act::Goto(jump) => plain(targets(jump, at)),
            Act::Return(_) | Act::End { .. } => plain(Vec::new()),
            Act::Say { .. } | Act::Set(_) | Act::Clear(_) | Act::Call { .. } | Act::Language(_) => plain(targets(&Jump::Next, at)),
        }
    }
}

impl Way<'_> {
    /// Whether it may be gone although the caller is asked nothing: a form that is filled already, a list with nothing in it, a survey that has been asked before.
    pub fn may_be_unasked(&self, act: &Act) -> bool {
        match act {
            Act::Form(_) => self.name == NEXT,
            Act::Choose(_) => self.name == "none_fits",
            Act::Survey(_) => self.name == SKIPPED,
            Act::Say { .. } | Act::Ask(_) | Act::Menu(_) | Act::Confirm(_) | Act::Lookup(_) | Act::Submit(_) | Act::Errand(_) => false,
            Act::Route(_) | Act::Record(_) | Act::If { .. } | Act::Switch { .. } | Act::Set(_) | Act::Clear(_) => false,
            Act::Goto(_) | Act::Call { .. } | Act::Return(_) | Act::End { .. } | Act::Language(_) => false,
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
            Self::Choose(choose) => Some(&choose.ladder),
            Self::Route(route) => Some(&route.ladder),
            Self::Survey(survey) => Some(&survey.ask.ladder),
            Self::Errand(_) | Self::Record(_) => None,
            Self::Say { .. }
            | Self::Lookup(_)
            | Self::Submit(_)
            | Self::If { .. }
            | Self::Switch { .. }
            | Self::Set(_)
            | Self::Clear(_) => None,
            Self::Goto(_) | Self::Call { .. } | Self::Return(_) | Self::End { .. } | Self::Language(_) => None,
        }
    }

    /// The ladders of its questions: a form has one for each of its fields.
    pub fn ladders(&self) -> impl Iterator<Item = &Ladder> {
        let fields = if let Self::Form(form) = self { form.fields.as_slice() } else { &[] };
        let own = if fields.is_empty() { self.ladder() } else { None };
        fields.iter().map(|field| &field.ask.ladder).chain(own)
    }

    /// Whether the caller speaks a message at it.
    pub const fn is_record(&self) -> bool {
        matches!(self, Self::Record(_))
    }

    /// Whether the caller has a turn in it: it asks something, or a message is spoken.
    pub fn is_turn(&self) -> bool {
        self.ladder().is_some() || self.is_record()
    }

    /// The flows that it runs before it goes on: the one that it calls, or those that see to topics.
    pub fn called(&self) -> BTreeSet<FlowId> {
        match self {
            Self::Call { flow, .. } => [*flow].into(),
            Self::Route(route) => route.seers.iter().map(|seer| seer.flow).collect(),
            Self::Say { .. } | Self::Ask(_) | Self::Form(_) | Self::Menu(_) | Self::Confirm(_) | Self::Choose(_) => BTreeSet::new(),
            Self::Lookup(_) | Self::Submit(_) | Self::Errand(_) | Self::Record(_) | Self::Survey(_) => BTreeSet::new(),
            Self::If { .. } | Self::Switch { .. } | Self::Set(_) | Self::Clear(_) | Self::Goto(_) => BTreeSet::new(),
            Self::Return(_) | Self::End { .. } | Self::Language(_) => BTreeSet::new(),
        }
    }

    /// The flows that it may enter: those, and the one that takes over when it is given up.
    pub fn callees(&self) -> BTreeSet<FlowId> {
        let given_up = match self.ladder().map(|ladder| &ladder.give_up) {
            Some(GiveUp::Flow(flow)) => Some(*flow),
            Some(GiveUp::Step(_) | GiveUp::Skip) | None => None,
        };
        self.called().into_iter().chain(given_up).collect()
    }

    /// What it says itself, before any of its ways: its question, its choices, what it says of silence, what it says while it waits.
    pub fn prompts(&self) -> Vec<PromptId> {
        let own = match self {
            Self::Say { prompt, .. } => vec![*prompt],
            Self::Ask(ask) => [Some(ask.prompt), ask.which].into_iter().flatten().collect(),
            Self::Form(form) => form.fields.iter().flat_map(|field| [Some(field.ask.prompt), field.read_back]).flatten().collect(),
            Self::Menu(menu) => {
                let choices = menu.choices.iter().flat_map(|choice| [choice.label, choice.name]);
                [menu.prompt].into_iter().chain(choices.flatten()).collect()
            }
            Self::Confirm(confirm) => {
                let changes = confirm.change.iter().flat_map(|changing| &changing.changes);
                [confirm.prompt].into_iter().chain(changes.map(|change| change.label)).collect()
            }
            Self::Choose(choose) => vec![choose.prompt],
            Self::Route(route) => vec![route.prompt],
            Self::Record(record) => vec![record.prompt],
            Self::Survey(survey) => vec![survey.ask.prompt],
            Self::Errand(_) => Vec::new(),
            Self::Lookup(_) | Self::Submit(_) => {
                self.asks_service().and_then(|lookup| lookup.filler.as_ref()).map(|filler| filler.prompt).into_iter().collect()
            }
            Self::If { .. } | Self::Switch { .. } | Self::Set(_) | Self::Clear(_) | Self::Goto(_) => Vec::new(),
            Self::Call { .. } | Self::Return(_) | Self::End { .. } | Self::Language(_) => Vec::new(),
        };
        own.into_iter().chain(self.ladder().into_iter().flat_map(|ladder| ladder.prompts())).collect()
    }

    /// What it writes to somebody, with the slots that are filled for each beside those before the step.
    pub fn messages(&self) -> Vec<(PromptId, Vec<SlotId>)> {
        match self {
            Self::Errand(Errand { what: What::Sms { text, .. }, .. }) => vec![(*text, Vec::new())],
            Self::Submit(Submit { lookup, tells: Some(tells), .. }) => {
                let answered =
                    |outcome| lookup.outcomes.get(outcome).into_iter().flat_map(|outcome| &outcome.fields).map(|(_, slot)| *slot);
                tells.texts.iter().map(|(outcome, text)| (*text, answered(outcome).collect())).collect()
            }
            Self::Errand(_) | Self::Submit(_) => Vec::new(),
            Self::Say { .. } | Self::Ask(_) | Self::Form(_) | Self::Menu(_) | Self::Confirm(_) | Self::Choose(_) | Self::Lookup(_) => {
                Vec::new()
            }
            Self::Route(_) | Self::Record(_) | Self::Survey(_) | Self::If { .. } | Self::Switch { .. } | Self::Set(_) => Vec::new(),
            Self::Clear(_) | Self::Goto(_) | Self::Call { .. } | Self::Return(_) | Self::End { .. } | Self::Language(_) => Vec::new(),
        }
    }

    /// Its question to a service, where it has one.
    pub fn asks_service(&self) -> Option<&Lookup> {
        match self {
            Self::Lookup(lookup) | Self::Submit(Submit { lookup, .. }) => Some(lookup),
            Self::Say { .. } | Self::Ask(_) | Self::Form(_) | Self::Menu(_) | Self::Confirm(_) | Self::Choose(_) | Self::Errand(_) => None,
            Self::Route(_) | Self::Record(_) | Self::Survey(_) | Self::If { .. } => None,
            Self::Switch { .. } | Self::Set(_) | Self::Clear(_) | Self::Goto(_) | Self::Call { .. } => None,
            Self::Return(_) | Self::End { .. } | Self::Language(_) => None,
        }
    }

    /// Slots that it empties before any of its ways is taken: those that its answers may fill.
    pub fn empties(&self) -> Vec<SlotId> {
        match self {
            Self::Ask(ask) => ask.alternatives.iter().map(|alternative| alternative.slot).collect(),
            Self::Lookup(lookup) | Self::Submit(Submit { lookup, .. }) => lookup.fields().collect(),
            Self::Choose(choose) => choose.fields.iter().map(|(_, slot)| *slot).collect(),
            Self::Call { result: Some(slot), .. } => vec![*slot], // a flow may return nothing
            Self::Clear(slots) => slots.clone(),
            Self::Route(route) => vec![route.slot],
            Self::Record(record) => vec![record.slot],
            Self::Survey(survey) => survey.ask.alternatives.iter().map(|mark| mark.slot).collect(),
            Self::Form(_) => Vec::new(), // what is filled already is not asked
            Self::Say { .. } | Self::Menu(_) | Self::Confirm(_) | Self::If { .. } | Self::Switch { .. } | Self::Set(_) => Vec::new(),
            Self::Errand(_) => Vec::new(),
            Self::Goto(_) | Self::Call { result: None, .. } | Self::Return(_) | Self::End { .. } | Self::Language(_) => Vec::new(),
        }
    }
}

impl Lookup {
    /// The slots that an answer may fill.
    pub fn fields(&self) -> impl Iterator<Item = SlotId> {
        self.outcomes.values().flat_map(|outcome| &outcome.fields).map(|(_, slot)| *slot)
    }
}

impl Ladder {
    /// What it says.
    pub fn prompts(&self) -> Vec<PromptId> {
        let doubt = self.doubt.into_iter().flat_map(|doubt| [doubt.before, doubt.after]);
        [self.noinput, self.nomatch].into_iter().chain(self.help).chain(doubt).collect()
    }
}

/// The fields whose values are refused when they are read back: when it is given up, they may be empty.
fn refused(act: &Act) -> impl Iterator<Item = SlotId> {
    let fields = if let Act::Form(form) = act { form.fields.as_slice() } else { &[] };
    fields.iter().filter(|field| field.read_back.is_some()).filter_map(Field::slot)
}

fn filled_by(when: &Condition) -> Vec<SlotId> {
    match when {
        Condition::LanguageKnown | Condition::Hours { .. } | Condition::Caller(_) => Vec::new(),
        Condition::Filled(slot) | Condition::Is(slot, _) | Condition::AtLeast(slot, _) | Condition::AtMost(slot, _) => vec![*slot],
    }
}

fn filled_in(on: &Subject, case: &Case, arms: &[(Case, Arm)]) -> Vec<SlotId> {
    let Subject::Slot(slot) = on else { return Vec::new() };
    let empty_is_elsewhere = arms.iter().any(|(case, _)| *case == Case::Empty);
    match case {
        Case::Value(_) => vec![*slot],
        Case::Else if empty_is_elsewhere => vec![*slot],
        Case::Else | Case::Empty | Case::Lang(_) | Case::LangUnknown | Case::Open | Case::Closed | Case::Caller(_) => Vec::new(),
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
