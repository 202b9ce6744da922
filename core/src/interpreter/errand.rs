//! Errands: what somebody else does for the caller, and how it ended.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::lookup::Pending;
use super::machine::{Interpreter, State};
use super::timer::Timer;
use super::{Effect, RequestId};
use crate::citizen::{CallerKind, Phone};
use crate::flow::coverage::By;
use crate::flow::graph::{Act, Ending, Errand, Program, PromptId, Recipient, SayAs, SlotId, Value, What};
use crate::lang::Lang;
use crate::utterance::MessageId;

/// An errand as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// A message.
    Sms {
        /// To whom; `None`: to the number that the caller calls from.
        to: Option<Phone>,
        /// What.
        text: String,
    },
    /// The caller is handed over.
    Transfer {
        /// To this group of operators.
        group: String,
    },
    /// The caller is called back.
    Callback {
        /// At which number; `None`: the one that the caller calls from.
        number: Option<Phone>,
        /// What it is about.
        topic: Option<String>,
        /// What was spoken on it: the last message of the same flow.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<MessageId>,
    },
}

impl Wanted {
    /// How it ends where nobody is there to run it: said at once, never a silent success.
    pub const fn nobody(&self) -> Ending {
        match self {
            Self::Sms { .. } => Ending::Unavailable,
            Self::Transfer { .. } => Ending::Failed,
            Self::Callback { .. } => Ending::Full,
        }
    }
}

impl Interpreter {
    pub(super) fn run_errand(&mut self, errand: &Errand) {
        let id = RequestId(self.requests);
        self.requests += 1;
        let wanted = match self.wanted(&errand.what) {
            Ok(wanted) => wanted,
            Err(ending) => return self.errand_over(errand, ending),
        };
        self.emit(Effect::Errand { id, wanted });
        self.timers.set(Timer::Request, self.now + errand.deadline);
        self.state = State::Looking(Pending::new(id, None));
    }

    /// Or how it ends without anybody asked, `None` where nobody knows: nothing is sent to nobody, and no message to a line that takes none.
    fn wanted(&self, what: &What) -> Result<Wanted, Option<Ending>> {
        Ok(match what {
            What::Sms { to, text } => Wanted::Sms { to: self.reader(to)?, text: self.written(*text) },
            What::Transfer { group } => Wanted::Transfer { group: group.clone() },
            What::Callback { number, topic } => {
                let number = self.recipient(number).ok_or(None)?;
                Wanted::Callback { number, topic: topic.clone(), message: self.last_message() }
            }
        })
    }

    /// Who reads a message; or how it ends because nobody does.
    pub(super) fn reader(&self, to: &Recipient) -> Result<Option<Phone>, Option<Ending>> {
        let to = self.recipient(to).ok_or(None)?;
        match to.as_ref().map_or(self.setting.caller, CallerKind::of) {
            CallerKind::Landline => Err(Some(Ending::Landline)),
            CallerKind::Withheld => Err(Some(Ending::Withheld)),
            CallerKind::Mobile | CallerKind::Foreign | CallerKind::Unknown => Ok(to),
        }
    }

    fn last_message(&self) -> Option<MessageId> {
        let messages = self.frame().slots().iter().flatten();
        messages.filter_map(|value| if let Value::Message(message) = value { Some(*message) } else { None }).max()
    }

    /// `Some(None)`: the caller's own; `None`: there is none.
    fn recipient(&self, recipient: &Recipient) -> Option<Option<Phone>> {
        match recipient {
            Recipient::Caller => Some(None),
            Recipient::Slot(slot) => match self.frame().slot(*slot) {
                Some(Value::Phone(phone)) => Some(Some(phone.clone())),
                Some(_) | None => None,
            },
        }
    }

    pub(super) fn current_errand<'a>(&self, program: &'a Program) -> Option<&'a Errand> {
        match (&self.state, self.current_act(program)?) {
            (State::Looking(_), Act::Errand(errand)) => Some(errand),
            (_, _) => None,
        }
    }

    /// It ended so; `None` or an ending that it cannot have: nobody knows how, and it failed.
    pub(super) fn errand_over(&mut self, errand: &Errand, ending: Option<Ending>) {
        self.timers.stop(&[Timer::Request]);
        let known = errand.what.endings();
        let ending = ending.filter(|ending| known.contains(ending)).or(known.last().copied());
        if ending == Some(Ending::Connected) {
            self.undo_all(); // whatever was held, a human now sees to it
        }
        if let Some((ending, arm)) = ending.and_then(|ending| errand.arms.get_key_value(&ending)) {
            self.took_by(By::Service, ending.name());
            self.follow(arm);
        }
    }

    fn written(&self, prompt: PromptId) -> String {
        let program = Arc::clone(&self.program);
        let texts: Vec<_> =
            self.written_in().into_iter().map(|lang| program.written(prompt, lang, |slot, by| self.figure(slot, by, lang))).collect();
        texts.join("\n")
    }

    /// The language of messages: that of the call; before one is chosen, both.
    pub(super) fn written_in(&self) -> Vec<Lang> {
        self.lang.map_or(Lang::ALL.to_vec(), |lang| vec![lang])
    }

    /// What a slot holds, as messages write it.
    pub(super) fn figure(&self, slot: SlotId, by: SayAs, lang: Lang) -> String {
        let program = &self.program;
        let value = self.frame().slot(slot);
        if by == SayAs::Documents {
            return program.topic(value).map_or_else(String::new, |topic| topic.documents_written(lang));
        }
        let ty = &self.flow().slots[usize::from(slot.0)].ty;
        let word = |item: &str| program.word(ty, item, lang);
        value.map_or_else(String::new, |value| shown(value, word))
    }
}

/// A value as people write it, an item by its `word`. Whatever names a person does not travel in a message.
pub(super) fn shown(value: &Value, word: impl Fn(&str) -> String) -> String {
    match value {
        Value::Item(item) => word(item),
        Value::Date(date) => format!("{:02}.{:02}.{}", date.day(), date.month(), date.year()),
        Value::Time(time) => time.to_string(),
        Value::Count(count) => count.to_string(),
        Value::Money(money) => money.to_string(),
        Value::Digits(digits) => digits.clone(),
        Value::Iin(_) | Value::Application(_) | Value::Phone(_) | Value::Message(_) => "…".to_owned(),
        Value::Flag(_) | Value::Place(_) | Value::List(_) => String::new(),
    }
}
