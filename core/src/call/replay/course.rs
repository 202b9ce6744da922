//! Where a call stands, seen from outside: the step, how often it has been reached and asked, and what is being said there.

use std::collections::BTreeMap;

use crate::call::{Action, Input, Note, Output};
use crate::media::{Command, PlayId, Signal};
use crate::time::CallTime;
use crate::utterance::{BargeIn, Pieces};

/// A place in a call. Two runs of it, on two bundles, have a place in common when their names are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The flow's name.
    pub flow: String,
    /// The step's.
    pub step: String,
    /// How often the step has been reached, with this time.
    pub visit: u32,
}

/// What is being said.
#[derive(Clone, Debug)]
pub(super) struct Speech {
    pub(super) id: PlayId,
    pub(super) pieces: Pieces,
    pub(super) barge_in: BargeIn,
    pub(super) since: CallTime,
    /// Where it began, and its number there.
    pub(super) name: (Place, usize),
}

/// Follows a call by its outputs.
#[derive(Debug, Default)]
pub(super) struct Course {
    pub(super) place: Place,
    /// How often the question here has failed.
    pub(super) asking: u32,
    /// When each utterance here began; what was still being said on arrival is the first, if nothing was, it has no time.
    pub(super) began: Vec<Option<CallTime>>,
    pub(super) speech: Option<Speech>,
    /// The last time that something changed here: arrival, a failure, the end of speech, a key, words.
    pub(super) still_since: CallTime,
    /// The last key here.
    pub(super) key_at: Option<CallTime>,
    visits: BTreeMap<(String, String), u32>,
}

impl Course {
    pub(super) fn output(&mut self, at: CallTime, output: &Output) {
        match output {
            Output::Note(Note::Step { flow, step }) => self.arrive(at, flow, step),
            Output::Note(Note::Trouble(_)) => {
                self.asking += 1;
                self.still_since = at;
            }
            Output::Command(Command::Play { id, pieces, barge_in, .. }) => {
                self.began.push(Some(at));
                let name = (self.place.clone(), self.nth());
                self.speech = Some(Speech { id: *id, pieces: pieces.clone(), barge_in: *barge_in, since: at, name });
            }
            Output::Command(Command::Stop { id, .. }) => self.falls_silent(at, *id),
            Output::Command(Command::Session { .. } | Command::Prosody { .. } | Command::OutOfBandKey { .. } | Command::SendKey { .. }) => {
            }
            Output::Command(Command::Listen { .. } | Command::Deafen { .. } | Command::Record { .. } | Command::StopRecord { .. }) => {}
            Output::Action(Action::Tape { .. } | Action::Keep(_) | Action::Mark { .. }) => {}
            Output::Action(
                Action::Lookup { .. } | Action::Submit { .. } | Action::Undo { .. } | Action::Tell { .. } | Action::Errand { .. },
            ) => {}
            Output::Action(Action::RememberLanguage(_) | Action::Redact { .. } | Action::HangUp(_) | Action::Finish(_)) => {}
            Output::Note(Note::Command { .. } | Note::Way { .. } | Note::Language(_)) => {}
            Output::Note(Note::Unheard(_) | Note::StalePlay(_) | Note::StaleReply(_)) => {}
        }
    }

    /// To be told before the call takes the input.
    pub(super) fn input(&mut self, at: CallTime, input: &Input) {
        match input {
            Input::Media(Signal::PlayEnded { id, .. }) => self.falls_silent(at, *id),
            Input::Heard { .. } => self.still_since = at,
            Input::Media(Signal::Key { .. }) => (self.still_since, self.key_at) = (at, Some(at)),
            Input::Media(_) | Input::Sip(_) | Input::Reply { .. } | Input::MediaGone | Input::Drain => {}
        }
    }

    fn arrive(&mut self, at: CallTime, flow: &str, step: &str) {
        let visits = self.visits.entry((flow.to_owned(), step.to_owned())).or_default();
        *visits += 1;
        self.place = Place { flow: flow.to_owned(), step: step.to_owned(), visit: *visits };
        (self.asking, self.still_since, self.key_at) = (0, at, None);
        self.began = vec![self.speech.as_ref().map(|speech| speech.since)];
    }

    /// The utterance that is being said, by its number here.
    pub(super) fn nth(&self) -> usize {
        self.began.len().saturating_sub(1)
    }

    fn falls_silent(&mut self, at: CallTime, id: PlayId) {
        if self.speech.take_if(|speech| speech.id == id).is_some() {
            self.still_since = at;
        }
    }
}
