//! What the caller hears: in which language, with which silences, and what of the caller is private meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use super::rules::Kind;
use super::{Breach, Invariant, Rules, Seen};
use crate::call::{Action, Input, Note, Output, SipEvent};
use crate::lang::Lang;
use crate::media::{Command, PlayId, Signal};
use crate::time::CallTime;
use crate::utterance::{PIECES_MAX, Piece, Pieces};

/// Messages between the machines are under way for so long at most, there and back.
const SLACK: Duration = Duration::from_millis(120);

/// What has been heard so far.
pub(super) struct Voice<'r> {
    rules: &'r Rules,
    up: bool,
    now: CallTime,
    /// Plays that were wanted and have not ended.
    alive: BTreeSet<PlayId>,
    /// Since when nothing is said.
    quiet_since: CallTime,
    /// When the caller last did something or was misunderstood, or a service last answered: before that the silence was another's.
    callers_turn: CallTime,
    /// How long the robot may be silent while it asks a service, and since when it asks.
    looking: Option<(CallTime, Duration)>,
    /// The languages that speech may be in: those of the call since nothing was being said. `None`: nobody tells.
    langs: Option<Vec<Option<Lang>>>,
    private: bool,
    /// Whether the step entered last listens.
    at_question: bool,
    wanted: BTreeSet<PlayId>,
    pub(super) found: Vec<Breach>,
}

impl<'r> Voice<'r> {
    pub(super) const fn new(rules: &'r Rules) -> Self {
        Self {
            rules,
            up: false,
            now: CallTime::START,
            alive: BTreeSet::new(),
            quiet_since: CallTime::START,
            callers_turn: CallTime::START,
            looking: None,
            langs: None,
            private: false,
            at_question: false,
            wanted: BTreeSet::new(),
            found: Vec::new(),
        }
    }

    pub(super) fn speaks(&mut self, lang: Option<Lang>) {
        let langs = self.langs.get_or_insert_default();
        if langs.last() != Some(&lang) {
            langs.push(lang);
        }
    }

    pub(super) fn see(&mut self, at: CallTime, seen: Seen<'_>) {
        if at > self.now {
            self.pass(at);
        }
        match seen {
            Seen::Told(signal) => self.told(at, signal),
            Seen::In(input) => self.took(at, input),
            Seen::Out(output) => self.wanted(at, output),
            Seen::Given(_) => {}
        }
    }

    /// Time passes, and nothing but what is being said is heard.
    fn pass(&mut self, at: CallTime) {
        self.now = at;
        if !self.up || !self.alive.is_empty() {
            return;
        }
        if let Some(langs) = &mut self.langs {
            langs.drain(..langs.len().saturating_sub(1));
        }
        let (since, most) = match self.looking {
            Some((asked, most)) => (self.quiet_since.max(asked), most),
            None => (self.quiet_since.max(self.callers_turn), self.rules.patience),
        };
        if at - since > most + SLACK {
            self.quiet_since = at;
            self.broken(
                Invariant::NoDeadAir,
                at,
                format!("{} ms without a word, {} are allowed", (at - since).as_millis(), most.as_millis()),
            );
        }
    }

    fn told(&mut self, at: CallTime, signal: &Signal) {
        match signal {
            Signal::PlayEnded { id, .. } => {
                self.alive.remove(id);
                self.quiet_since = at;
            }
            Signal::Key { .. } | Signal::Speech { .. } | Signal::Recorded { .. } => self.callers_turn = at,
            Signal::Spoke { .. } | Signal::Tone { .. } | Signal::MediaTimeout { .. } => {}
        }
    }

    fn took(&mut self, at: CallTime, input: &Input) {
        match input {
            Input::Sip(SipEvent::Answered { .. }) => (self.up, self.quiet_since) = (true, at),
            Input::Heard { .. } => self.callers_turn = at,
            Input::Sip(_) | Input::Media(_) | Input::Reply { .. } | Input::MediaGone | Input::Drain => {}
        }
    }

    fn wanted(&mut self, at: CallTime, output: &Output) {
        match output {
            Output::Command(Command::Play { id, pieces, .. }) => self.says(at, *id, pieces),
            Output::Command(Command::Record { max_ms, .. }) => self.looking = Some((at, Duration::from_millis(u64::from(*max_ms)))), // the caller speaks
            Output::Command(_) => {}
            Output::Note(Note::Step { flow, step }) => {
                if self.looking.take().is_some() {
                    self.callers_turn = at; // the silence until then was the service's
                }
                self.at_question = self.rules.kind(flow, step) == Kind::Question;
            }
            Output::Note(Note::Trouble(_)) => self.callers_turn = at,
            Output::Note(_) => {}
            Output::Action(Action::Lookup { service, .. } | Action::Submit { service, .. }) => {
                self.looking = self.rules.looking.get(service).map(|most| (at, *most));
            }
            Output::Action(Action::Errand { .. }) => self.looking = Some((at, self.rules.errands)),
            Output::Action(Action::Redact { on, .. }) => self.redact(at, *on),
            Output::Action(Action::Finish(outcome)) => {
                self.up = false;
                let left_open = self.private && !self.at_question && matches!(outcome, crate::call::Outcome::Flow(_));
                if left_open {
                    self.broken(Invariant::PrivateSpans, at, "the call ended within a private span, and not at a question".to_owned());
                }
            }
            Output::Action(_) => {}
        }
    }

    fn redact(&mut self, at: CallTime, on: bool) {
        if std::mem::replace(&mut self.private, on) == on {
            let what = if on { "a private span began within another" } else { "a private span ended that had not begun" };
            self.broken(Invariant::PrivateSpans, at, what.to_owned());
        }
    }

    fn says(&mut self, at: CallTime, id: PlayId, pieces: &Pieces) {
        self.alive.insert(id);
        if !self.wanted.insert(id) {
            self.broken(Invariant::FreshIds, at, format!("Play {} is wanted, whose name another had", id.0));
        }
        let clips = pieces.iter().filter_map(|piece| match piece {
            Piece::Clip(clip) | Piece::Private(clip) => self.rules.clips.get(clip.0 as usize).copied(),
            Piece::Pause(_) | Piece::Tone => None,
        });
        let spoken: BTreeSet<Lang> = clips.collect();
        let may = |lang: &Option<Lang>| match lang {
            Some(lang) => spoken.iter().all(|other| other == lang),
            None => spoken.len() == Lang::ALL.len() || pieces.len() == PIECES_MAX || spoken.is_empty(),
        };
        if self.langs.as_ref().is_some_and(|langs| !langs.iter().any(may)) {
            self.broken(Invariant::OneLanguage, at, format!("Play {} is in {spoken:?}, and the call is in {:?}", id.0, self.langs));
        }
    }

    fn broken(&mut self, invariant: Invariant, at: CallTime, what: String) {
        self.found.push(Breach { invariant, at, what });
    }
}
