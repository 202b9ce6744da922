//! The flow machine: walks a proved graph, one caller at a time (VoiceXML's form interpretation).
//!
//! Events and `now` come in; effects and the next deadline go out. It knows neither media nor SIP: it wants something said and hears that it has been said.

mod answer;
mod attention;
mod choose;
mod command;
mod doubt;
mod errand;
mod form;
mod frame;
mod listen;
mod lookup;
mod machine;
mod meaning;
mod question;
mod record;
mod route;
mod speech;
mod submit;
mod survey;
mod tell;
#[cfg(test)]
mod tests;
mod timer;
mod walk;
mod way;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::citizen::CallerKind;
use crate::flow::coverage::{By, Kind};
use crate::flow::graph::{Ending, Value};
use crate::grammar::{Context, Grammar};
use crate::heard::Heard;
use crate::key::Key;
use crate::lang::{Both, Lang};
use crate::utterance::{BargeIn, MessageId, Pieces, Prosody};

pub use attention::{Attention, Spot};
pub use errand::Wanted;
pub use machine::{Interpreter, KEYS_MAX};
pub use meaning::Gist;
pub use submit::Undoing;
pub use tell::{Bit, Line, Telling};

/// The fields of a question to a service.
type Request = BTreeMap<String, Value>;

/// Names one question to a service. Never used twice in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u32);

/// What is known before the first word: who calls, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// The language remembered from an earlier call; without one every prompt is said in Kazakh, then in Russian.
    pub lang: Option<Lang>,
    /// What kind of line the caller calls from.
    pub caller: CallerKind,
    /// The start of the call in Unix milliseconds: what day it is follows from it.
    pub answered_at_ms: i64,
    /// What names of the call are made from: the same in a replay, another in another call.
    pub seed: u64,
}

/// What the interpreter learns.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The call is up: walk.
    Started,
    /// All that was to be said has been heard, or was cut short by the caller.
    Said,
    /// All that may not be interrupted has been heard; something else is still being said.
    NoticeSaid,
    /// A key.
    Key(Key),
    /// The caller begins to speak; words follow, or nothing is heard.
    Speaks,
    /// Speech has stopped what was being said.
    Interrupted,
    /// Words.
    Heard(Heard),
    /// So much of a message has been spoken that it is one.
    Spoke(MessageId),
    /// A message is over.
    Recorded {
        /// Which.
        message: MessageId,
        /// Whether enough was spoken.
        enough: bool,
    },
    /// A service answered.
    Answered {
        /// Which question.
        id: RequestId,
        /// What came.
        answer: Answer,
    },
}

/// What came back from a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A declared outcome with its fields. The interpreter still checks it against the contract; anything else counts as unavailable.
    Outcome {
        /// Its name.
        outcome: String,
        /// Its fields.
        fields: BTreeMap<String, Value>,
    },
    /// No valid answer; of a submit: it was surely not done.
    Unavailable,
    /// Of a submit: it may have been done or not.
    Unknown,
    /// Of an errand: how it ended.
    Errand(Ending),
}

/// What the interpreter wants.
#[allow(clippy::large_enum_variant, reason = "speech is most of what is wanted, and it travels by value")]
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Say this after what is being said.
    Say {
        /// What.
        pieces: Pieces,
        /// Whether it may be interrupted.
        barge_in: BargeIn,
        /// The same in each language: said after a switch of language it is in the new one.
        in_each: Box<Both<Pieces>>,
    },
    /// Stop speaking: the caller has answered. Drops what is queued too; only what is [`BargeIn::Off`] still plays to its end.
    Hush,
    /// Ask a service.
    Lookup {
        /// The question's name.
        id: RequestId,
        /// The service's.
        service: String,
        /// The request.
        request: BTreeMap<String, Value>,
        /// How long its answer is awaited.
        deadline: Duration,
    },
    /// Change the world: commit the intent first, then ask the service, once. A replay never asks.
    Submit {
        /// The question's name; with the call's it names the intent.
        id: RequestId,
        /// The service's.
        service: String,
        /// The request.
        request: BTreeMap<String, Value>,
        /// How long its answer is awaited; later it is unknown.
        deadline: Duration,
        /// How it would be taken back.
        undo: Option<Undoing>,
        /// What is sent to a caller who does not hear how it ended.
        telling: Option<Telling>,
    },
    /// The caller did not hear how a submit ended: he is sent it as soon as it is known.
    Tell {
        /// Which.
        of: RequestId,
    },
    /// Take a submit back.
    Undo {
        /// Which.
        of: RequestId,
        /// The service that does it.
        service: String,
        /// The request; `None`: the submit's answer is not known, and it is taken back as soon as it is.
        request: Option<BTreeMap<String, Value>>,
        /// The submits that may have used it up: it is taken back only once all are known not to have been done.
        unless: Vec<RequestId>,
    },
    /// Have somebody else do something for the caller, and tell how it ended.
    Errand {
        /// Its name.
        id: RequestId,
        /// What.
        wanted: Wanted,
    },
    /// A message is about to be recorded: whoever cannot keep it says so, as the answer to this.
    Tape {
        /// What is answered.
        id: RequestId,
        /// The message's name.
        message: MessageId,
    },
    /// Record from now on.
    Record {
        /// The message's name.
        message: MessageId,
        /// The silence that ends it.
        silence: Duration,
        /// The longest.
        max: Duration,
    },
    /// Record no longer.
    StopRecord(MessageId),
    /// A message has been spoken, and is kept.
    Keep(MessageId),
    /// The caller gave a mark.
    Mark {
        /// The survey's name.
        survey: String,
        /// From 1 to 5.
        mark: u8,
    },
    /// The caller chose a language: keep it for the next call.
    Language(Lang),
    /// The call is over, once what is being said has been said.
    End {
        /// One word for how.
        outcome: String,
    },
    /// Listen for this from now on, until one utterance has been heard; or to nobody.
    Listen(Option<Attention>),
    /// From now on what the caller keys in or says may be private (`true`), or no longer is.
    Redact(bool),
    /// A question was not answered: for traces, indicators and invariants.
    Trouble(Trouble),
    /// The caller has said what may be said everywhere (`operator`, `repeat` …): for traces and indicators.
    Command {
        /// Its name.
        name: &'static str,
    },
    /// The caller wants to be spoken to louder or slower: so from now on.
    Prosody(Prosody),
    /// An utterance answers nothing, by a rule.
    Unheard(Unheard),
    /// A step was entered: for traces and coverage.
    Step {
        /// The flow's name.
        flow: String,
        /// The step's.
        step: String,
    },
    /// A way out of a step was taken, of several that it has: for coverage.
    Way {
        /// The flow's name.
        flow: String,
        /// The step's.
        step: String,
        /// What kind of way.
        kind: Kind,
        /// Its name.
        way: String,
        /// By what.
        by: By,
    },
}

/// How a question was not answered (VoiceXML events).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trouble {
    /// Silence.
    NoInput,
    /// An answer that fits nothing.
    NoMatch,
}

/// Why an utterance moves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unheard {
    /// It was begun at a question that has been answered meanwhile.
    Late,
    /// Nothing was asked, and it was no answer to the question that came next.
    Unasked,
    /// No words came, or the recogniser believes in none of them.
    Unsure,
}

/// What the next key would answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expects {
    /// A row of digits.
    Row {
        /// How many have been keyed in.
        typed: usize,
        /// What it may mean.
        grammars: Vec<Grammar>,
        /// What a day or an hour is seen from.
        context: Context,
    },
    /// One of these keys; `0`, `*` and `#` do what they do everywhere.
    OneOf(Vec<Key>),
    /// A message is spoken: `0` calls the operator, and any other key ends it.
    Message,
    /// Nothing now: it is kept for a later question.
    Nothing,
}
