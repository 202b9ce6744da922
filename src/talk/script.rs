//! A talk as its author meant it: what is known before, and what is said and done, step by step.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use dauys_core::citizen::CallerKind;
use dauys_core::flow::graph::Ending;
use dauys_core::heard::Heard;
use dauys_core::interpreter::Answer;
use dauys_core::key::Key;
use dauys_core::lang::Lang;

/// A stretch of the file, in bytes.
pub type Span = Range<usize>;

/// Something and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// What.
    pub it: T,
    /// Where.
    pub span: Span,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Talk {
    /// What people call it.
    pub title: String,
    /// What is known before the first word.
    pub opening: Opening,
    /// What is said and done.
    pub scene: Scene,
}

/// What is known of a call before the first word.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The number that was called.
    pub called: String,
    /// When, in Unix milliseconds.
    pub start_ms: i64,
    /// The language remembered from an earlier call.
    pub lang: Option<Lang>,
    /// What kind of line the caller calls from.
    pub caller: CallerKind,
}

/// Steps, and what belongs to all of them.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What it is called, where it is a branch.
    pub name: Option<String>,
    /// What services answer.
    pub services: BTreeMap<String, Answers>,
    /// How errands end; one that is not here ends as wanted.
    pub errands: BTreeMap<Errand, Answers>,
    /// The steps, in order.
    pub steps: Vec<At<Step>>,
    /// Ways on from the last step, each a call of its own.
    pub branches: Vec<Scene>,
    /// How the call must end.
    pub end: Option<At<String>>,
}

/// What a service answers in this talk.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// The same each time.
    Always(Planned),
    /// One after another; a further question is a failure.
    Each(Vec<Planned>),
}

/// What somebody else does for the caller, and may fail to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Errand {
    /// A message is sent.
    Sms,
    /// The caller is handed over.
    Transfer,
    /// A call back is booked.
    Callback,
    /// A message is recorded.
    Record,
}

impl Errand {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sms, Self::Transfer, Self::Callback, Self::Record];

    /// Its key in a talk, the name of its step in a flow.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Transfer => "transfer",
            Self::Callback => "callback",
            Self::Record => "record",
        }
    }

    /// How it may end. What is recorded tells by itself how it ended, unless it failed.
    pub const fn endings(self) -> &'static [Ending] {
        match self {
            Self::Sms => &Ending::OF_SMS,
            Self::Transfer => &Ending::OF_TRANSFER,
            Self::Callback => &Ending::OF_CALLBACK,
            Self::Record => &[Ending::Failed],
        }
    }
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// What; `None` is never.
    pub answer: Option<Answer>,
    /// How long it takes.
    pub after: Duration,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// What the robot says.
    Robot(Vec<At<Line>>),
    /// What the caller does.
    Act(Act),
    /// What must hold once the robot has the word no more.
    Expect(Expected),
}

/// What the robot is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What.
    pub says: Says,
    /// Whether it may go on with anything (`…`).
    pub goes_on: bool,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// A prompt: any of these, by their whole names.
    Prompt(Vec<String>),
    /// Words.
    Words(String),
}

/// What a caller does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Does it once the robot is silent.
    Then(Deed),
    /// Does it so long after what came before, whatever the robot is saying.
    Interrupts(Duration, Deed),
    /// Says nothing until the robot loses patience.
    Silence,
    /// Says nothing for so long.
    Wait(Duration),
}

/// A thing done in a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Speaks.
    Says(Heard),
    /// Presses keys, one after another.
    Presses(Vec<Key>),
    /// Speaks a message for so long, after the tone.
    Speaks(Duration),
    /// Hangs up.
    HangsUp,
}

/// What must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// The step that the call is at.
    pub step: Option<At<String>>,
    /// The language of the call; `Some(None)`: it has none.
    pub lang: Option<At<Option<Lang>>>,
    /// What slots hold; `None`: it is empty.
    pub slots: Vec<(String, At<Option<String>>)>,
    /// The service that was asked.
    pub service: Option<At<String>>,
    /// What it was asked.
    pub asked: Vec<(String, At<String>)>,
    /// The command that was heard.
    pub command: Option<At<String>>,
    /// The language that is kept for the next call.
    pub remembers: Option<At<Lang>>,
}
