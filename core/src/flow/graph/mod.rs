//! The compiled form of a bundle: what the interpreter walks.
//!
//! Every reference is an index that exists. Names stay only for people: traces, coverage, diagrams.

mod act;
mod message;
mod prompt;
mod topic;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use act::*;
pub use message::joined;
pub use prompt::*;
pub use topic::*;
pub use way::{ANSWERED, Doing, EITHER, EMPTY, FAILED, GIVE_UP, MATCHED, NEXT, RECORDED, SKIPPED, Way};

use crate::calendar::hours::Hours;
pub use crate::grammar::{Grammar, Lists, Value};
use crate::key::Key;
use crate::lang::Both;
use crate::router::Router;
use crate::utterance::ClipId;

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
    /// What callers ask about, by their names.
    pub topics: Vec<Topic>,
    /// Tells them apart by what a caller says.
    pub router: Router,
    /// All prompts.
    pub prompts: Vec<Prompt>,
    /// All clips that a prompt or a spoken value may need; [`ClipId`] is the place here.
    pub clips: Vec<ClipSpec>,
    /// Words that values are spoken with, by language and the word's name in `spoken`.
    pub words: Both<BTreeMap<String, ClipId>>,
    /// When people work; without `flows/calendar.yaml` nobody does, and no flow may ask.
    pub hours: Hours,
    /// What services promise.
    pub contracts: Vec<Contract>,
    /// What a key does wherever the robot listens.
    pub commands: Commands,
    /// "press one": what names a key at the end of a spoken choice.
    pub press: BTreeMap<Key, PromptId>,
    /// What is said where the robot makes a list of its own; `None`: no flow does.
    pub choosing: Option<Choosing>,
    /// What is asked where two topics fit; `None`: no flow asks freely.
    pub routing: Option<Routing>,
    /// The closed lists that services answer with (documents, branches): list name → item → how it is said.
    pub lexicon: BTreeMap<String, BTreeMap<String, PromptId>>,
    /// Outcomes of an `end` that mean that a human has the caller, or will call back.
    pub humans: BTreeSet<String>,
    /// Outcomes of an `end` that say that a human was wanted and none came.
    pub nobody: BTreeSet<String>,
    /// The same lists as callers say them: list name → item.
    pub lists: Lists,
    /// Bounds on a whole call.
    pub limits: Limits,
}

impl Program {
    /// Whether a caller may be asked to speak a message.
    pub fn records(&self) -> bool {
        self.flows.iter().flat_map(|flow| &flow.steps).any(|step| step.act.is_record())
    }
}

/// A flow: a sequence of steps. Falling off its end returns to the caller; from the entry flow it ends the call.
#[derive(Clone, Debug)]
pub struct Flow {
    /// `services/document_status`.
    pub name: String,
    /// What people call it.
    pub title: Both<String>,
    /// The topics that it sees to.
    pub intents: Vec<TopicId>,
    /// What it may hold.
    pub slots: Vec<Slot>,
    /// (a slot of type `topic`, the slot for the topics near it).
    pub near: Vec<(SlotId, SlotId)>,
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
    /// A list to choose from.
    List {
        /// The fields of each item; none is a list.
        fields: BTreeMap<String, Type>,
        /// The most items that a service may answer with.
        most: u8,
    },
    /// A telephone number.
    Phone,
    /// A city or a district.
    Place,
    /// What the caller has spoken: its name, never its words.
    Message,
}

impl Type {
    /// A topic is an item of a list that no lexicon has to write.
    pub fn topic() -> Self {
        Self::Item { list: TOPICS.to_owned() }
    }

    /// Whether it is a topic.
    pub fn is_topic(&self) -> bool {
        matches!(self, Self::Item { list } if list == TOPICS)
    }

    /// The topics near one, to choose from.
    pub fn near_topics() -> Self {
        Self::List { fields: [(TOPIC_FIELD.to_owned(), Self::topic())].into(), most: NEAR_MAX }
    }
}

/// What a grammar's answers are.
impl From<&Grammar> for Type {
    fn from(grammar: &Grammar) -> Self {
        match grammar {
            Grammar::Iin => Self::Iin,
            Grammar::Application => Self::Application,
            Grammar::Digits { .. } => Self::Digits,
            Grammar::Phone => Self::Phone,
            Grammar::Number { .. } => Self::Count,
            Grammar::Date { .. } => Self::Date,
            Grammar::Time => Self::Time,
            Grammar::YesNo => Self::Flag,
            Grammar::Place { .. } => Self::Place,
            Grammar::Item { list } => Self::Item { list: list.clone() },
        }
    }
}

/// A step of a flow.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name in the YAML; coverage and diffs hang on it.
    pub id: String,
    /// What it does.
    pub act: Act,
}

/// What keys and words do wherever the robot listens. In a field of digits `0` is a digit; alone, ended by `#` or a pause, it is still the operator.
#[derive(Clone, Debug)]
pub struct Commands {
    /// `0`: the flow that brings the caller to a human. When it returns, the interrupted question is asked again.
    pub operator: FlowId,
    /// Said to a caller who asks for a human once more within that flow: when humans are there, and what can be done instead.
    pub operator_again: Option<PromptId>,
    /// "I want the main menu": back to this step of the entry flow, once it has been reached.
    pub main_menu: Option<StepId>,
    /// Said to an angry caller before the operator's flow.
    pub anger: Option<PromptId>,
    /// Said to a caller in danger: whom to call, twice. Then the question is asked again.
    pub emergency: Option<PromptId>,
    /// Says that a program speaks.
    pub are_you_robot: Option<PromptId>,
    /// Said to a caller who asks for help at a step without help of its own.
    pub help: Option<PromptId>,
    /// Said to a caller who wants a moment.
    pub wait: Option<PromptId>,
    /// So long a moment lasts.
    pub wait_for: Duration,
    /// The last words to a caller who says goodbye.
    pub goodbye: Option<PromptId>,
    /// The flow of a caller who wants to be called back.
    pub callback: Option<FlowId>,
    /// The flow of a caller who wants a text message.
    pub sms: Option<FlowId>,
}

impl Commands {
    /// Only what every call has: the operator, and what needs no words of its own.
    pub const fn of(operator: FlowId) -> Self {
        Self {
            operator,
            operator_again: None,
            main_menu: None,
            anger: None,
            emergency: None,
            are_you_robot: None,
            help: None,
            wait: None,
            wait_for: Duration::from_secs(30),
            goodbye: None,
            callback: None,
            sms: None,
        }
    }

    /// The flows that they enter.
    pub fn flows(&self) -> impl Iterator<Item = FlowId> {
        [self.operator].into_iter().chain(self.callback).chain(self.sms)
    }

    /// What they say.
    pub fn prompts(&self) -> impl Iterator<Item = PromptId> {
        [self.operator_again, self.anger, self.emergency, self.are_you_robot, self.help, self.wait, self.goodbye].into_iter().flatten()
    }
}

/// The labels that stand behind a list.
#[derive(Clone, Copy, Debug)]
pub struct Choosing {
    /// Key 9 where there is another page.
    pub others: PromptId,
    /// Key 9 on the last one.
    pub none_fits: PromptId,
    /// What is asked after a no: what is to be changed.
    pub change: PromptId,
}

/// "A or B?": the words around the titles of two topics.
#[derive(Clone, Copy, Debug)]
pub struct Routing {
    /// Before the first.
    pub either: PromptId,
    /// Before the second.
    pub or: PromptId,
}

/// What a service promises (its side of a `lookup`).
#[derive(Clone, Debug)]
pub struct Contract {
    /// `document_status`.
    pub name: String,
    /// Whether it changes the world: then it is for `submit`, else for `lookup`.
    pub writes: bool,
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
    /// How often a caller who says nothing may be asked before a human comes.
    pub turns_to_human: u16,
    /// The longest that the robot may say nothing while it works.
    pub silence: Duration,
    /// Steps walked without the caller doing anything; more is a fault of the flow and ends the call.
    pub steps_between_turns: u16,
}
