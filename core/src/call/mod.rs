//! One call: [`Control`] joins the interpreter to the legs, and everything that happens to it and everything it wants is a closed, serialisable enum.
//!
//! [`log`] is the format of the event log made of these enums, [`Recorder`] writes it with private digits replaced, [`Pair`] runs a `Control` and a `Port` against each other
//! at virtual time, and [`invariant`] says what must hold of every call. No clock, no socket, no file: a live call, a chat and a replay are the same machine.

mod control;
pub mod invariant;
pub mod log;
mod outcome;
pub mod pair;
mod record;
pub mod replay;
#[cfg(test)]
mod tests;
mod trail;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::citizen::CallerKind;
use crate::flow::coverage::{By, Kind};
use crate::flow::graph::Value;
use crate::heard::Heard;
use crate::interpreter::{Answer, RequestId, Setting, Telling, Trouble, Undoing, Unheard, Wanted};
use crate::key::Key;
use crate::lang::Lang;
use crate::media::{Command, Leg, PlayId, Session, Signal};
use crate::time::Tick;
use crate::utterance::MessageId;

pub use control::Control;
pub use outcome::Outcome;
pub use pair::Pair;
pub use record::{Recorder, Said, Truth};
pub use trail::Trail;

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// From the signalling.
    Sip(SipEvent),
    /// From a leg's port.
    Media(Signal),
    /// From a service.
    Reply {
        /// Which question.
        id: RequestId,
        /// What came.
        answer: Answer,
    },
    /// A recogniser heard the caller.
    Heard {
        /// On which leg.
        leg: Leg,
        /// What.
        heard: Heard,
    },
    /// The media thread is gone, or takes no more commands.
    MediaGone,
    /// The robot is being stopped and waits no longer.
    Drain,
}

/// What a call wants.
#[allow(clippy::large_enum_variant, reason = "commands are most of what is wanted, and travel by value")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Of a leg's port.
    Command(Command),
    /// Of the world.
    Action(Action),
    /// Of nobody: what is worth knowing about the call.
    Note(Note),
}

/// What a call wants of the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Ask a service, and bring its answer as [`Input::Reply`].
    Lookup {
        /// The question's name.
        id: RequestId,
        /// The service's.
        service: String,
        /// The request.
        request: BTreeMap<String, Value>,
        /// How long an answer is awaited, in milliseconds; one that comes later is a [`Note::StaleReply`]. A log of version 1 does not tell.
        #[serde(default)]
        deadline_ms: u64,
    },
    /// Change the world: commit the intent under its key, then ask the service, once, and bring its answer as [`Input::Reply`]. A replay never asks.
    Submit {
        /// The question's name.
        id: RequestId,
        /// The service's.
        service: String,
        /// The request.
        request: BTreeMap<String, Value>,
        /// Names the intent, in this call and every other: a service that is asked twice under one key does it once.
        key: String,
        /// How long an answer is awaited, in milliseconds; then it is unknown, and one that comes later is a [`Note::StaleReply`].
        deadline_ms: u64,
        /// How it would be taken back.
        undo: Option<Undoing>,
        /// What is sent to a caller who does not hear how it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        telling: Option<Telling>,
    },
    /// The caller did not hear how a submit ended: send it as soon as it is known, once.
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
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unless: Vec<RequestId>,
    },
    /// Have somebody else do something for the caller, and bring how it ended as [`Input::Reply`].
    Errand {
        /// Its name.
        id: RequestId,
        /// What.
        wanted: Wanted,
    },
    /// A message is about to be recorded: whoever cannot keep it answers so at once, with [`Input::Reply`]; else there is no answer.
    Tape {
        /// What is answered.
        id: RequestId,
        /// The message's name.
        message: MessageId,
    },
    /// A message has been spoken and is kept: what was recorded of it is for people to hear.
    Keep(MessageId),
    /// The caller gave a mark: it belongs to the call's record.
    Mark {
        /// The survey's name.
        survey: String,
        /// From 1 to 5.
        mark: u8,
    },
    /// Keep the caller's language for the next call. Only wanted for a caller whose number is trusted.
    RememberLanguage(Lang),
    /// What this leg hears is private from now on (`on`), or no longer: a recording keeps silence in its place.
    Redact {
        /// The leg.
        leg: Leg,
        /// Whether it is private.
        on: bool,
    },
    /// Hang this leg up.
    HangUp(Leg),
    /// The call is over: the last output.
    Finish(Outcome),
}

/// What is worth knowing about a call: traces, coverage and indicators hang on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A step was entered.
    Step {
        /// The flow's name.
        flow: String,
        /// The step's.
        step: String,
    },
    /// A way out of a step was taken, of several that it has.
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
    /// From here on the call is in this language.
    Language(Lang),
    /// A question was not answered.
    Trouble(Trouble),
    /// The caller has said what may be said everywhere.
    Command {
        /// Its name: `operator`, `repeat` …
        name: String,
    },
    /// An utterance answers nothing, by a rule.
    Unheard(Unheard),
    /// The end of a Play that nobody awaits any more.
    StalePlay(PlayId),
    /// The answer to a question that nobody awaits any more.
    StaleReply(RequestId),
}

/// What is known of a call when it is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// When its [`Control`] was made, in Unix milliseconds: the moment from which all times in it count.
    pub answered_at_ms: i64,
    /// The number that was called.
    pub called: String,
    /// Whether the caller's number is vouched for by a trusted trunk.
    pub trusted: bool,
    /// The language remembered from an earlier call.
    pub lang: Option<Lang>,
    /// What false values are made from.
    pub seed: u64,
    /// The hash of the bundle that it runs on.
    pub bundle: String,
    /// When the call is recorded: the tick of the caller's leg at which its [`Control`] was made, as exact as a tick (see [`log`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Tick>,
    /// What kind of line the caller calls from. A log before version 3 does not tell.
    #[serde(default)]
    pub caller: CallerKind,
}

impl Opening {
    fn setting(&self) -> Setting {
        Setting { lang: self.lang, caller: self.caller, answered_at_ms: self.answered_at_ms, seed: self.seed }
    }
}

/// What the signalling tells the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipEvent {
    /// The leg's first offer and answer are settled and the dialog is confirmed (ACK).
    Answered {
        /// The leg.
        leg: Leg,
        /// What was settled.
        session: Session,
    },
    /// A re-INVITE or an UPDATE was answered: hold, resume, another address or codec, possibly unchanged; media learns its peer anew.
    Session {
        /// The leg.
        leg: Leg,
        /// What was settled.
        session: Session,
    },
    /// A key in an INFO (`application/dtmf-relay` or `application/dtmf`).
    Info {
        /// The leg.
        leg: Leg,
        /// The key.
        key: Key,
    },
    /// The leg is gone.
    HungUp {
        /// The leg.
        leg: Leg,
        /// Why.
        cause: HangUpCause,
    },
}

/// Why a leg is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HangUpCause {
    /// The other side sent BYE.
    Bye,
    /// The other side cancelled before the answer was acknowledged.
    Cancel,
    /// No ACK came for our answer, or a request of ours within the dialog timed out.
    Lost,
}
