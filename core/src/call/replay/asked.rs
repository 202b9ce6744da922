//! What a call asks of the world and gets an answer to, by what it is: its number in the call is another in another run.

use std::collections::BTreeMap;
use std::fmt;

use crate::call::{Action, Output};
use crate::flow::graph::Value;
use crate::interpreter::{RequestId, Wanted};

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A service of the contracts, by its name.
    Service(String),
    /// Whoever sends messages.
    Sms,
    /// Whoever hands callers over.
    Transfer,
    /// Whoever calls back.
    Callback,
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(name) => f.write_str(name),
            Self::Sms => f.write_str("sms"),
            Self::Transfer => f.write_str("transfer"),
            Self::Callback => f.write_str("callback"),
        }
    }
}

/// A question to the world. The words of a message are no part of it: another wording is not another message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who is asked.
    pub whom: Whom,
    /// What.
    pub request: BTreeMap<String, Value>,
}

/// What this output asks, under which number. Something taken back is not asked: nobody waits for an answer.
pub fn asked(output: &Output) -> Option<(RequestId, Asked)> {
    match output {
        Output::Action(Action::Lookup { id, service, request, .. } | Action::Submit { id, service, request, .. }) => {
            Some((*id, Asked { whom: Whom::Service(service.clone()), request: request.clone() }))
        }
        Output::Action(Action::Errand { id, wanted }) => Some((*id, of_errand(wanted))),
        Output::Action(Action::Undo { .. } | Action::Tell { .. } | Action::RememberLanguage(_) | Action::Redact { .. }) => None,
        Output::Action(Action::Tape { .. } | Action::Keep(_) | Action::Mark { .. }) => None,
        Output::Action(Action::HangUp(_) | Action::Finish(_)) | Output::Command(_) | Output::Note(_) => None,
    }
}

fn of_errand(wanted: &Wanted) -> Asked {
    let (whom, field) = match wanted {
        Wanted::Sms { to, text: _ } => (Whom::Sms, to.clone().map(|phone| ("to", Value::Phone(phone)))),
        Wanted::Transfer { group } => (Whom::Transfer, Some(("group", Value::Item(group.clone())))),
        Wanted::Callback { number, topic: _, message: _ } => (Whom::Callback, number.clone().map(|phone| ("number", Value::Phone(phone)))),
    };
    Asked { whom, request: field.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
}
