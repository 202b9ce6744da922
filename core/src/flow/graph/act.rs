//! What a step does, and what follows it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{CounterId, FlowId, Grammar, PromptId, ServiceId, SlotId, StepId, Value};
use crate::grammar::phrase::Phrases;
use crate::key::Key;
use crate::lang::Lang;
use crate::utterance::BargeIn;

/// What a step does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Speaks.
    Say {
        /// What.
        prompt: PromptId,
        /// Whether it may be interrupted.
        barge_in: BargeIn,
    },
    /// Asks for one value, keyed in or said.
    Ask(Ask),
    /// Asks for several values, of which one utterance may give more than one.
    Form(Form),
    /// A fixed choice, by key or by words.
    Menu(Menu),
    /// Yes or no.
    Confirm(Confirm),
    /// Reads from a service.
    Lookup(Lookup),
    /// One of two ways.
    If {
        /// What decides.
        when: Condition,
        /// When it holds.
        then: Arm,
        /// When it does not.
        otherwise: Arm,
    },
    /// One of several ways; exhaustive.
    Switch {
        /// What decides.
        on: Subject,
        /// The ways. Exactly one matches.
        arms: Vec<(Case, Arm)>,
    },
    /// Puts values into slots.
    Set(Vec<(SlotId, Operand)>),
    /// Empties slots.
    Clear(Vec<SlotId>),
    /// Goes elsewhere.
    Goto(Jump),
    /// Runs another flow, then goes on.
    Call {
        /// Which.
        flow: FlowId,
        /// Its slots, filled: (slot there, operand here).
        with: Vec<(SlotId, Operand)>,
        /// Where its returned value goes.
        result: Option<SlotId>,
    },
    /// Leaves this flow.
    Return(Option<SlotId>),
    /// Ends the call.
    End {
        /// One word for how.
        outcome: String,
    },
    /// Switches the language, now and for this caller's next call.
    Language(Lang),
}

/// A question whose answer is said, or keyed in and ended by `#`, by its full length, or by a pause.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The question.
    pub prompt: PromptId,
    /// Whether it may be interrupted.
    pub barge_in: BargeIn,
    /// What the answer may be, at least one.
    pub alternatives: Vec<Alternative>,
    /// What a caller may call each of them, by its place, where it is asked which is meant.
    pub phrases: Phrases<usize>,
    /// Which of two is meant, when the answer fits several: asked as a menu whose keys are the alternatives' places (1, 2 …).
    pub which: Option<PromptId>,
    /// What silence and misunderstanding do.
    pub ladder: Ladder,
}

/// Several values: the fields that are still empty are asked in order, and each utterance fills what it names (VoiceXML `form`, mixed initiative).
#[derive(Clone, Debug)]
pub struct Form {
    /// The fields, at least one.
    pub fields: Vec<Field>,
    /// What silence and misunderstanding do, where a field does not say otherwise.
    pub ladder: Ladder,
}

/// One value of a form.
#[derive(Clone, Debug)]
pub struct Field {
    /// The question for it alone: one alternative, whose arm does nothing.
    pub ask: Ask,
    /// Says the value and asks whether it is right: 1 is yes, 2 is no.
    pub read_back: Option<PromptId>,
}

impl Field {
    /// Where its value goes.
    pub fn slot(&self) -> Option<SlotId> {
        self.ask.alternatives.first().map(|alternative| alternative.slot)
    }
}

/// One thing that an answer may be.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// Which digits fit.
    pub grammar: Grammar,
    /// Where the value goes; the other alternatives' slots are emptied.
    pub slot: SlotId,
    /// What follows.
    pub arm: Arm,
}

/// A fixed choice.
#[derive(Clone, Debug)]
pub struct Menu {
    /// What introduces it.
    pub prompt: PromptId,
    /// Whether it may be interrupted.
    pub barge_in: BargeIn,
    /// The choices, in the order in which they are spoken.
    pub choices: Vec<Choice>,
    /// What a caller may say for each of them, by its place in `choices`.
    pub phrases: Phrases<usize>,
    /// Commands that are spoken after the choices: (how, its key).
    pub mentions: Vec<(PromptId, Key)>,
    /// What silence and misunderstanding do.
    pub ladder: Ladder,
}

/// One choice of a menu.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its name in the YAML.
    pub id: String,
    /// Its key.
    pub key: Key,
    /// How it is spoken, before "press one". `None`: the prompt names it.
    pub label: Option<PromptId>,
    /// What follows.
    pub arm: Arm,
}

/// A yes-or-no question: 1 is yes, 2 is no.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// The question.
    pub prompt: PromptId,
    /// Whether it may be interrupted.
    pub barge_in: BargeIn,
    /// What follows a yes.
    pub yes: Arm,
    /// What follows a no.
    pub no: Arm,
    /// What silence and misunderstanding do.
    pub ladder: Ladder,
}

/// A question to a service.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// Which.
    pub service: ServiceId,
    /// Its request: field name → operand.
    pub with: Vec<(String, Operand)>,
    /// How long an answer may take; later it is `unavailable`.
    pub deadline: Duration,
    /// What is said meanwhile.
    pub filler: Option<Filler>,
    /// What follows each outcome. Complete.
    pub outcomes: BTreeMap<String, OutcomeArm>,
    /// What follows when no valid answer came in time.
    pub unavailable: Arm,
}

/// What follows an outcome, and where its fields go.
#[derive(Clone, Debug)]
pub struct OutcomeArm {
    /// (field of the answer, slot).
    pub fields: Vec<(String, SlotId)>,
    /// What follows.
    pub arm: Arm,
}

/// What is said while a service thinks.
#[derive(Clone, Debug)]
pub struct Filler {
    /// First so long after the question.
    pub after: Duration,
    /// Then again so long after each.
    pub every: Duration,
    /// What.
    pub prompt: PromptId,
}

/// What follows an answer, in this order: say, language, set, clear, go.
#[derive(Clone, Debug, Default)]
pub struct Arm {
    /// What is said first.
    pub say: Option<PromptId>,
    /// The language that is switched to.
    pub language: Option<Lang>,
    /// Slots that get a value.
    pub set: Vec<(SlotId, Operand)>,
    /// Slots that are emptied.
    pub clear: Vec<SlotId>,
    /// Where it goes.
    pub then: Jump,
}

/// Where a step or an arm leads.
#[derive(Clone, Debug, Default)]
pub enum Jump {
    /// To the step after this one; after the last, back to the calling flow.
    #[default]
    Next,
    /// To a step of this flow.
    Goto(StepId),
    /// Backwards, so many times in one run of the flow; then elsewhere.
    AtMost {
        /// Where to.
        to: StepId,
        /// How often.
        times: u8,
        /// What counts.
        counter: CounterId,
        /// Where to after that.
        otherwise: StepId,
    },
    /// Ends the call.
    End {
        /// One word for how.
        outcome: String,
    },
}

/// What silence and misunderstanding do (VoiceXML `noinput`, `nomatch`).
#[derive(Clone, Debug)]
pub struct Ladder {
    /// Silence for so long after the prompt is `noinput`.
    pub noinput_after: Duration,
    /// A pause of so long ends an unfinished row of digits.
    pub interdigit: Duration,
    /// Said after a silence, by its escalation.
    pub noinput: PromptId,
    /// Said after an answer that fits nothing, by its escalation.
    pub nomatch: PromptId,
    /// So many silences, or so many misunderstandings, and it is given up.
    pub tries: u8,
    /// What follows then.
    pub give_up: GiveUp,
    /// What is said when the caller asks for help here, before the question is asked again.
    pub help: Option<PromptId>,
    /// Words that a recogniser believes in less than this, in thousandths, are misunderstood.
    pub reject: u16,
    /// Words that it believes in at least this much need no confirmation.
    pub accept: u16,
    /// How a doubtful answer is confirmed; without it, it is asked again.
    pub doubt: Option<Doubt>,
}

/// "Did you say …?"
#[derive(Clone, Copy, Debug)]
pub struct Doubt {
    /// What is said before the value.
    pub before: PromptId,
    /// What is said after it: that 1 is yes and 2 is no.
    pub after: PromptId,
}

/// What follows when a question is given up.
#[derive(Clone, Debug)]
pub enum GiveUp {
    /// On at this step of the flow.
    Step(StepId),
    /// Another flow takes over; when it returns, the call ends as `given_up`.
    Flow(FlowId),
}

/// A condition of an `if`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The language of the call has been chosen or remembered.
    LanguageKnown,
    /// A slot has a value.
    Filled(SlotId),
    /// A slot has this value.
    Is(SlotId, Value),
    /// A slot's number is at least this.
    AtLeast(SlotId, u32),
}

/// What a `switch` looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The language of the call.
    Lang,
    /// A slot.
    Slot(SlotId),
}

/// One case of a `switch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Case {
    /// This language.
    Lang(Lang),
    /// No language yet.
    LangUnknown,
    /// This value.
    Value(Value),
    /// The slot is empty.
    Empty,
    /// Any other.
    Else,
}

/// What `with` and `set` take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A slot of this flow; an empty one leaves the target empty.
    Slot(SlotId),
    /// A literal.
    Value(Value),
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lang(lang) => write!(f, "{lang}"),
            Self::LangUnknown => f.write_str("unknown"),
            Self::Value(value) => f.write_str(&literal(value)),
            Self::Empty => f.write_str("empty"),
            Self::Else => f.write_str("else"),
        }
    }
}

/// A value as a flow writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        Value::Count(count) => count.to_string(),
        Value::Digits(text) | Value::Item(text) | Value::Place(text) => text.clone(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Money(money) => money.to_string(),
        Value::Iin(_) | Value::Application(_) | Value::Phone(_) => "personal".to_owned(), // never written in a flow
    }
}
