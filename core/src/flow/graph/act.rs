//! What a step does, and what follows it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CounterId, FlowId, Grammar, PromptId, ServiceId, SlotId, StepId, Value};
use crate::citizen::CallerKind;
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
    /// Writes to a service.
    Submit(Submit),
    /// One of a looked-up list.
    Choose(Choose),
    /// Has somebody else do something for the caller: a message, a transfer, a call back.
    Errand(Errand),
    /// Asks what the caller wants, in own words, and has the flow of that topic answer.
    Route(Route),
    /// Records what the caller says.
    Record(Record),
    /// Asks for a mark.
    Survey(Survey),
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
    /// The [`Act::Route`] ahead that hears what is no choice, as if it had asked.
    pub route: Option<StepId>,
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
    /// How it is named alone, where it is in doubt. `None`: by its label.
    pub name: Option<PromptId>,
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
    /// What follows a no; with `change`, when nothing of it is to be changed, or it has been changed often enough.
    pub no: Arm,
    /// What a no may change.
    pub change: Option<Changing>,
    /// What silence and misunderstanding do.
    pub ladder: Ladder,
}

/// What may be changed after a no: it is emptied, with all that came of it, and asked again.
#[derive(Clone, Debug)]
pub struct Changing {
    /// What of it may be chosen, on the keys 1, 2 …
    pub changes: Vec<Change>,
    /// So many changes in one run of the flow.
    pub times: u8,
    /// What counts them.
    pub counter: CounterId,
}

/// One thing that may be changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The slot's name in the YAML.
    pub name: String,
    /// How it is named.
    pub label: PromptId,
    /// The step that asks it.
    pub to: StepId,
    /// What is emptied: the slot, and every slot that was filled from it.
    pub clears: Vec<SlotId>,
}

impl Change {
    /// The name of its way out of the confirm.
    pub fn way(&self) -> String {
        format!("change {}", self.name)
    }
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

/// A change in the world: the same as a question, and what may be left of it.
#[derive(Clone, Debug)]
pub struct Submit {
    /// What is asked of the service, and what follows each outcome. Its `unavailable` is for what was surely not done.
    pub lookup: Lookup,
    /// What follows when it may have been done or not.
    pub unknown: Arm,
    /// What takes it back.
    pub undo: Option<Undo>,
    /// What is sent to a caller who did not hear how it ended.
    pub tells: Option<Tells>,
    /// Every slot that its request was made from, however far back: when one of them is emptied, it is taken back.
    pub inputs: Vec<SlotId>,
}

/// The messages of a submit, of which one is sent where the caller did not hear how it ended: it was unknown, or he had gone.
#[derive(Clone, Debug)]
pub struct Tells {
    /// To whom.
    pub to: Recipient,
    /// For each outcome, and for `unavailable`: a prompt, written instead of said. Complete.
    pub texts: BTreeMap<String, PromptId>,
}

/// What somebody else does for the caller, and what follows how that ended.
#[derive(Clone, Debug)]
pub struct Errand {
    /// What.
    pub what: What,
    /// How long its end is awaited; later it has failed.
    pub deadline: Duration,
    /// What follows each ending. Complete.
    pub arms: BTreeMap<Ending, Arm>,
}

/// What somebody else may do.
#[derive(Clone, Debug)]
pub enum What {
    /// Sends a message.
    Sms {
        /// To whom.
        to: Recipient,
        /// Its text: a prompt, written instead of said.
        text: PromptId,
    },
    /// Hands the caller over.
    Transfer {
        /// To whom: a group of operators.
        group: String,
    },
    /// Books a call back.
    Callback {
        /// Which number is called.
        number: Recipient,
        /// What it will be about: for whoever calls back.
        topic: Option<String>,
    },
}

/// Whose number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The one that the caller calls from.
    Caller,
    /// The one in this slot.
    Slot(SlotId),
}

/// How an errand ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A message has been taken over for sending.
    Queued,
    /// No message reaches a landline.
    Landline,
    /// The caller's number is withheld: there is none to send to.
    Withheld,
    /// No message can be sent now.
    Unavailable,
    /// The caller speaks with a human.
    Connected,
    /// All of them are busy.
    Busy,
    /// None of them answered.
    NoAnswer,
    /// They do not work now.
    Closed,
    /// The transfer failed.
    Failed,
    /// The call back is booked.
    Booked,
    /// This number is not called back.
    Refused,
    /// There is no place for another.
    Full,
}

impl What {
    /// Every ending that it may have. The last is the one of an errand that nobody runs, or that takes too long.
    pub const fn endings(&self) -> &'static [Ending] {
        match self {
            Self::Sms { .. } => &Ending::OF_SMS,
            Self::Transfer { .. } => &Ending::OF_TRANSFER,
            Self::Callback { .. } => &Ending::OF_CALLBACK,
        }
    }

    /// Whether a human is at its other end.
    pub const fn is_human(&self) -> bool {
        match self {
            Self::Sms { .. } => false,
            Self::Transfer { .. } | Self::Callback { .. } => true,
        }
    }
}

impl Ending {
    /// How a message may end: as wanted first, as an errand that nobody runs last. So are the others.
    pub const OF_SMS: [Self; 4] = [Self::Queued, Self::Landline, Self::Withheld, Self::Unavailable];
    /// How a transfer may end.
    pub const OF_TRANSFER: [Self; 5] = [Self::Connected, Self::Busy, Self::NoAnswer, Self::Closed, Self::Failed];
    /// How a call back may end.
    pub const OF_CALLBACK: [Self; 3] = [Self::Booked, Self::Refused, Self::Full];

    /// Its arm in a flow.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Landline => "landline",
            Self::Withheld => "withheld",
            Self::Unavailable => "unavailable",
            Self::Connected => "connected",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Closed => "closed",
            Self::Failed => "failed",
            Self::Booked => "booked",
            Self::Refused => "refused",
            Self::Full => "full",
        }
    }
}

/// A spoken message (VoiceXML `record`): the prompt, a tone, and then the caller speaks.
#[derive(Clone, Debug)]
pub struct Record {
    /// What is said before the tone.
    pub prompt: PromptId,
    /// Whether it may be interrupted.
    pub barge_in: BargeIn,
    /// Where the message's name goes.
    pub slot: SlotId,
    /// The longest message.
    pub max: Duration,
    /// The silence that ends it.
    pub silence: Duration,
    /// What follows when something was said.
    pub recorded: Arm,
    /// What follows when nothing was, or too little to be a message.
    pub empty: Arm,
    /// What follows when it cannot be recorded.
    pub failed: Arm,
}

/// A mark from 1 to 5, once in a call at most.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The question: one alternative, a number of [`MARKS`], whose arm follows an answer.
    pub ask: Ask,
    /// What follows when it is not answered, or has been asked already.
    pub skipped: Arm,
}

/// The marks that a survey takes.
pub const MARKS: std::ops::RangeInclusive<u32> = 1..=5;

/// How a submit is taken back.
#[derive(Clone, Debug)]
pub struct Undo {
    /// The service that does it.
    pub service: ServiceId,
    /// Fields of its request that have the value of the submit's own field of that name.
    pub given: Vec<String>,
    /// Fields of its request that the submit's answer has, at least one. An outcome without them holds nothing.
    pub answered: Vec<String>,
}

/// A choice from a list that a service answered with, a page at a time.
#[derive(Clone, Debug)]
pub struct Choose {
    /// The list's slot.
    pub from: SlotId,
    /// Items of a page, 1 to 8: `9` turns the page, and after the last says that none fits.
    pub page: u8,
    /// What introduces it, at every page.
    pub prompt: PromptId,
    /// How one item is said: with the slots of `fields`.
    pub item: PromptId,
    /// Whether it may be interrupted.
    pub barge_in: BargeIn,
    /// Where the chosen item's fields go.
    pub fields: Vec<(String, SlotId)>,
    /// What follows a choice.
    pub chosen: Arm,
    /// What follows when the list is empty, or none is wanted.
    pub none_fits: Arm,
    /// What silence and misunderstanding do.
    pub ladder: Ladder,
}

/// A free question. What is meant is told by [`Program::router`](super::Program::router); where two topics fit, it is asked which.
#[derive(Clone, Debug)]
pub struct Route {
    /// The question.
    pub prompt: PromptId,
    /// Whether it may be interrupted.
    pub barge_in: BargeIn,
    /// Where the topic goes.
    pub slot: SlotId,
    /// What sees to each topic, by the topic's place. When it returns, the step after this one follows.
    pub seers: Vec<Seer>,
    /// What silence and misunderstanding do.
    pub ladder: Ladder,
}

/// The flow that sees to a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seer {
    /// Which.
    pub flow: FlowId,
    /// Its slot for the topic; one that sees to a single topic needs none.
    pub topic: Option<SlotId>,
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
    /// Nothing is lost: the step has a way of its own for it.
    Skip,
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
    /// A slot's number is at most this.
    AtMost(SlotId, u32),
    /// This desk of the calendar works at this moment, or does not.
    Hours {
        /// The desk's name in `flows/calendar.yaml`.
        desk: String,
        /// Whether it is to be open.
        open: bool,
    },
    /// The caller calls from such a line.
    Caller(CallerKind),
}

/// What a `switch` looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The language of the call.
    Lang,
    /// Whether this desk of the calendar works.
    Hours(String),
    /// The caller's line.
    Caller,
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
    /// The desk works.
    Open,
    /// It does not.
    Closed,
    /// Such a line.
    Caller(CallerKind),
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
            Self::Open => f.write_str("open"),
            Self::Closed => f.write_str("closed"),
            Self::Caller(kind) => f.write_str(kind.name()),
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
        Value::Iin(_) | Value::Application(_) | Value::Phone(_) | Value::Message(_) | Value::List(_) => "of services only".to_owned(), // never written in a flow
    }
}
