//! What of a log was the caller's and the services': each key and each utterance at the question it was meant for, each answer with the request it answered.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::against::On;
use super::asked::{Asked, asked};
use super::course::{Course, Place};
use super::end;
use crate::call::log::{Line, Log};
use crate::call::{Control, Input, SipEvent};
use crate::interpreter::{Answer, Expects, RequestId};
use crate::media::{PlayEnd, PlayId, Signal};
use crate::time::CallTime;

/// When something happened, told by what was being said, since another bundle may say it longer, shorter or later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum When {
    /// While the utterance `nth` of its place was being said, so long after its beginning.
    Speaking { nth: usize, after: Duration },
    /// In silence, so long after it fell.
    Silent { after: Duration },
    /// So long after the key before, whatever is being said: a row is keyed in at one go. `nth`: the utterance that was being said then.
    AfterKey { after: Duration, nth: Option<usize> },
}

/// A key that comes within this time of another belongs to the same row.
const ROW: Duration = Duration::from_millis(2500);

/// Something that the caller did.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) place: Place,
    pub(super) asking: u32,
    pub(super) when: When,
    /// The question that a key or an utterance was for; not that of its place where it was keyed in ahead.
    pub(super) answers: Option<Place>,
    pub(super) input: Input,
}

impl Moment {
    /// Whether it ends the call, whatever is being asked.
    pub(super) fn is_last(&self) -> bool {
        !matches!(self.input, Input::Media(Signal::Key { .. } | Signal::Spoke { .. } | Signal::Recorded { .. }) | Input::Heard { .. })
    }
}

/// A question to a service, or an errand, and what came.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exchange {
    pub(super) asked: Asked,
    /// After how long, and what. `None`: nothing before the call was over.
    pub(super) answer: Option<(Duration, Answer)>,
}

/// The caller's and the services' part of a call.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) answered: Option<(CallTime, Input)>,
    pub(super) moments: VecDeque<Moment>,
    /// How often each question was asked again.
    pub(super) questions: BTreeMap<Place, u32>,
    pub(super) exchanges: Vec<Exchange>,
    /// How much longer than its clips each utterance took to be heard: the queues, and a caller who held the line.
    pub(super) late: BTreeMap<(Place, usize), Duration>,
    /// The utterances that the port stopped for a key.
    pub(super) cut: BTreeSet<(Place, usize)>,
}

impl Recorded {
    /// Of a log, on the program that it ran on.
    pub(super) fn of(then: &On<'_>, log: &Log) -> Self {
        let mut scribe = Scribe::new(then, Control::new(Arc::clone(&then.program), &log.opening));
        for line in &log.lines {
            match line {
                Line::In { at, input } => scribe.input(*at, input),
                Line::Out { .. } | Line::Opening { .. } | Line::Unfaithful | Line::Incomplete { .. } => {}
            }
        }
        scribe.control.handle_deadline(end(log));
        scribe.outputs();
        scribe.recorded
    }
}

/// Lives through the log, and writes down where everything came.
struct Scribe<'a> {
    then: &'a On<'a>,
    control: Control,
    course: Course,
    recorded: Recorded,
    /// Questions to services: when, and their place among the exchanges.
    asked: BTreeMap<RequestId, (CallTime, usize)>,
    /// How many of the last moments were keyed in ahead of a question that has not been reached yet.
    ahead: usize,
}

impl<'a> Scribe<'a> {
    fn new(then: &'a On<'a>, control: Control) -> Self {
        Self { then, control, course: Course::default(), recorded: Recorded::default(), asked: BTreeMap::new(), ahead: 0 }
    }

    fn input(&mut self, at: CallTime, input: &Input) {
        self.control.handle_deadline(at);
        self.outputs();
        match input {
            Input::Sip(SipEvent::Answered { .. }) => {
                self.recorded.answered.get_or_insert_with(|| (at, input.clone()));
            }
            Input::Reply { id, answer } => self.reply(at, *id, answer),
            Input::Media(Signal::Key { .. } | Signal::Tone { .. } | Signal::MediaTimeout { .. }) => self.moment(at, input),
            Input::Media(Signal::Spoke { .. } | Signal::Recorded { .. }) => self.moment(at, input), // what was spoken is the caller's doing
            Input::Heard { .. } | Input::Sip(SipEvent::HungUp { .. }) | Input::MediaGone | Input::Drain => self.moment(at, input),
            Input::Media(Signal::PlayEnded { id, why: PlayEnd::Finished, .. }) => self.heard(at, *id),
            Input::Media(Signal::PlayEnded { id, why: PlayEnd::Key | PlayEnd::Speech, .. }) => {
                self.recorded.cut.extend(self.course.speech.as_ref().filter(|speech| speech.id == *id).map(|speech| speech.name.clone()));
            }
            Input::Media(Signal::Speech { .. }) => {} // its words follow
            Input::Sip(SipEvent::Session { .. } | SipEvent::Info { .. }) | Input::Media(Signal::PlayEnded { .. }) => {}
        }
        self.course.input(at, input);
        self.control.handle(at, input.clone());
        self.outputs();
    }

    fn heard(&mut self, at: CallTime, id: PlayId) {
        if let Some(speech) = self.course.speech.as_ref().filter(|speech| speech.id == id) {
            self.recorded.late.insert(speech.name.clone(), (at - speech.since).saturating_sub(self.then.length(&speech.pieces)));
        }
    }

    fn reply(&mut self, at: CallTime, id: RequestId, answer: &Answer) {
        let Some((since, place)) = self.asked.remove(&id) else { return };
        self.recorded.exchanges[place].answer = Some((at - since, answer.clone()));
    }

    fn moment(&mut self, at: CallTime, input: &Input) {
        if self.control.is_over() {
            return;
        }
        let (place, asking, when) = (self.course.place.clone(), self.course.asking, self.when(at));
        let answers = Some(place.clone()).filter(|_| self.asks());
        let moment = Moment { place, asking, when, answers, input: input.clone() };
        if !moment.is_last() && self.control.expects() == Expects::Nothing {
            self.ahead += 1;
        }
        self.recorded.moments.push_back(moment);
    }

    fn when(&self, at: CallTime) -> When {
        let in_row = self.course.key_at.map(|key| at - key).filter(|after| *after <= ROW);
        match (&self.course.speech, in_row) {
            (speech, Some(after)) => When::AfterKey { after, nth: speech.as_ref().map(|_| self.course.nth()) },
            (Some(speech), None) => When::Speaking { nth: self.course.nth(), after: at - speech.since },
            (None, None) => When::Silent { after: at - self.course.still_since },
        }
    }

    fn outputs(&mut self) {
        while let Some((at, output)) = self.control.poll() {
            self.course.output(at, &output);
            if let Some((id, asked)) = asked(&output) {
                self.asked.insert(id, (at, self.recorded.exchanges.len()));
                self.recorded.exchanges.push(Exchange { asked, answer: None });
            }
        }
        if self.asks() {
            self.question();
        }
    }

    fn asks(&self) -> bool {
        self.control.expects() != Expects::Nothing && !self.control.is_over() && !self.control.is_parting()
    }

    fn question(&mut self) {
        let (place, asking) = (&self.course.place, self.course.asking);
        self.recorded.questions.insert(place.clone(), asking);
        for moment in self.recorded.moments.iter_mut().rev().take(std::mem::take(&mut self.ahead)) {
            moment.answers = Some(place.clone());
        }
    }
}
