//! The compiled form of a bundle: what the interpreter walks.
//!
//! Every reference is an index that exists. Names stay only for people: traces, coverage, diagrams.

use std::collections::BTreeMap;
use std::time::Duration;

pub use crate::grammar::{Grammar, Value};
use crate::key::Key;
use crate::lang::{Both, Lang};
use crate::spoken::{Ending, Form, Inflection};
use crate::utterance::{BargeIn, ClipId};

/// A flow, by its place in [`Program::flows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowId(pub u16);

/// A step, by its place in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId(pub u16);

/// A slot, by its place in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlotId(pub u16);

/// A prompt, by its place in [`Program::prompts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PromptId(pub u16);

/// A service, by its place in [`Program::contracts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceId(pub u16);

/// A backward arc's counter, by its place in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CounterId(pub u16);

/// Everything that one bundle of YAML means.
#[derive(Clone, Debug)]
pub struct Program {
    /// All flows.
    pub flows: Vec<Flow>,
    /// Where a call begins.
    pub entry: FlowId,
    /// All prompts.
    pub prompts: Vec<Prompt>,
    /// All clips that a prompt or a spoken value may need; [`ClipId`] is the place here.
    pub clips: Vec<ClipSpec>,
    /// Words that values are spoken with, by language and the word's name in `spoken`.
    pub words: Both<BTreeMap<String, ClipId>>,
    /// What services promise.
    pub contracts: Vec<Contract>,
    /// What a key does wherever the robot listens.
    pub commands: Commands,
    /// "press one": what names a key at the end of a spoken choice.
    pub press: BTreeMap<Key, PromptId>,
    /// The closed lists that services answer with (documents, branches): list name → item → how it is said.
    pub lexicon: BTreeMap<String, BTreeMap<String, PromptId>>,
    /// Bounds on a whole call.
    pub limits: Limits,
}

/// A flow: a sequence of steps. Falling off its end returns to the caller; from the entry flow it ends the call.
#[derive(Clone, Debug)]
pub struct Flow {
    /// `services/document_status`.
    pub name: String,
    /// What people call it.
    pub title: Both<String>,
    /// What it may hold.
    pub slots: Vec<Slot>,
    /// Its steps; the first is where it begins.
    pub steps: Vec<Step>,
    /// How many backward arcs it counts.
    pub counters: u16,
}

/// A typed variable of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// `iin`, or `status.branch` for a field of a looked-up answer.
    pub name: String,
    /// What it holds.
    pub ty: Type,
}

/// The type of a slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// An IIN.
    Iin,
    /// The number of an application.
    Application,
    /// Digits with no meaning of their own.
    Digits,
    /// A whole number.
    Count,
    /// Yes or no.
    Flag,
    /// One of a closed list of the lexicon.
    Item {
        /// The list's name.
        list: String,
    },
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A sum of money.
    Money,
}

/// A step of a flow.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name in the YAML; coverage and diffs hang on it.
    pub id: String,
    /// What it does.
    pub act: Act,
}

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
    /// Asks for one value that is keyed in.
    Ask(Ask),
    /// A fixed choice by key.
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

/// A question whose answer is keyed in and ended by `#`, by its full length, or by a pause.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The question.
    pub prompt: PromptId,
    /// Whether it may be interrupted.
    pub barge_in: BargeIn,
    /// What the answer may be, at least one.
    pub alternatives: Vec<Alternative>,
    /// Which of two is meant, when the answer fits several: asked as a menu whose keys are the alternatives' places (1, 2 …).
    pub which: Option<PromptId>,
    /// What silence and misunderstanding do.
    pub ladder: Ladder,
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
}

/// What follows when a question is given up.
#[derive(Clone, Debug)]
pub enum GiveUp {
    /// On at this step of the flow.
    Step(StepId),
    /// Another flow takes over; when it returns, the call ends as `given_up`.
    Flow(FlowId),
}

/// What a key does wherever the robot listens. In a field of digits `0` is a digit; alone, ended by `#` or a pause, it is still the operator.
#[derive(Clone, Debug)]
pub struct Commands {
    /// `0`: the flow that brings the caller to a human. When it returns, the interrupted question is asked again.
    pub operator: FlowId,
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

/// A prompt: what is said at the first asking, at the second, …; the last serves all later ones.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// `services/document_status/ask_number`.
    pub name: String,
    /// At least one.
    pub escalations: Vec<Both<Vec<Segment>>>,
}

impl Prompt {
    /// What is said at the asking number `nth`, from 0.
    pub fn escalation(&self, nth: usize) -> &Both<Vec<Segment>> {
        &self.escalations[nth.min(self.escalations.len() - 1)]
    }
}

/// A part of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Words that never change.
    Clip(ClipId),
    /// A value.
    Slot {
        /// Where it is, in the flow that says the prompt.
        slot: SlotId,
        /// How it is said.
        by: SayAs,
        /// Whether the sentence goes on after it.
        ending: Ending,
    },
}

/// How a value is said (SSML `say-as`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SayAs {
    /// An item of the lexicon, by its words.
    Item,
    /// In words.
    Words(Form),
    /// A number in words, then the noun in the form that the number asks for.
    Counted {
        /// The number.
        form: Inflection,
        /// The noun after one, few and many; Kazakh has one form.
        noun: [ClipId; 3],
    },
}

/// A clip that must exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipSpec {
    /// Its language.
    pub lang: Lang,
    /// `prompts/main/greeting`, `words/3`: its file is `audio/<lang>/<name>.wav`.
    pub name: String,
    /// The words in it.
    pub text: String,
}

/// What a service promises (its side of a `lookup`).
#[derive(Clone, Debug)]
pub struct Contract {
    /// `document_status`.
    pub name: String,
    /// What may be asked: field → type.
    pub request: BTreeMap<String, Type>,
    /// What may be answered: outcome → fields.
    pub outcomes: BTreeMap<String, BTreeMap<String, Type>>,
}

/// Bounds on a whole call.
#[derive(Clone, Debug)]
pub struct Limits {
    /// After so long the robot says goodbye.
    pub call: Duration,
    /// What is said then.
    pub call_ended: PromptId,
    /// Steps walked without the caller doing anything; more is a fault of the flow and ends the call.
    pub steps_between_turns: u16,
}
