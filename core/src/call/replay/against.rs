//! A recorded caller on another bundle: the same keys at the same questions, the same answers to the same requests; what the robot decides now.
//!
//! Nothing is matched by its line or its moment. A question is known by its step and by how often that was reached; it may come earlier or later than it did, and the caller
//! answers it as then, in silence after so long a pause, or into the same utterance. An answer of a service belongs to the service and the fields it was asked with.
//! Where a question comes that the log has no answer to, nobody can say what the caller would have done: there the run ends.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::asked::{Asked, Whom, asked};
use super::course::{Course, Place, Speech};
use super::recorded::{Moment, Recorded, When};
use crate::call::log::{Line, Log};
use crate::call::{Control, Input};
use crate::flow::graph::Program;
use crate::interpreter::{Answer, Expects, RequestId};
use crate::lang::Lang;
use crate::media::{Leg, PlayEnd, PlayId, Signal};
use crate::time::{CallTime, TICK, Tick};
use crate::utterance::{BargeIn, ClipId, Piece, Pieces, TONE};

/// From the order to speak to the report that it was heard, beyond the speech itself.
const QUEUES: Duration = Duration::from_millis(40);
/// A key that comes so soon after the order to speak may find the port silent still, and stop nothing.
const STARTS: Duration = Duration::from_millis(100);
/// A call of more events is no call.
const EVENTS_MAX: u32 = 400_000;

/// What a recorded call does on a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Rerun {
    /// The log as it would be written now.
    pub lines: Vec<Line>,
    /// What the log could not answer. `None`: the call came to its end.
    pub unanswered: Option<Unanswered>,
    /// Keys and utterances of the caller that met no question any more.
    pub unused: usize,
    /// The language at the end.
    pub lang: Option<Lang>,
}

/// What a log cannot answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// A question that the caller was never asked, or not as often.
    Question {
        /// Which.
        place: Place,
        /// How often it had been asked, with this time.
        asking: u32,
    },
    /// A request that the service was never asked.
    Service {
        /// Where.
        place: Place,
        /// Which.
        whom: Whom,
    },
    /// It does not come to an end.
    Endless,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Question { place, asking } => {
                write!(f, "no answer of the caller to {}/{}, reached {}x, asked {asking}x there", place.flow, place.step, place.visit)
            }
            Self::Service { place, whom } => write!(f, "no answer of {whom} to what {}/{} asks it", place.flow, place.step),
            Self::Endless => write!(f, "no end within {EVENTS_MAX} events"),
        }
    }
}

/// What a call runs on.
#[derive(Clone)]
pub struct On<'a> {
    /// The flows.
    pub program: Arc<Program>,
    /// How long each clip is, in ticks.
    pub ticks: &'a dyn Fn(ClipId) -> u64,
}

impl On<'_> {
    pub(super) fn length(&self, pieces: &Pieces) -> Duration {
        let lengths = pieces.iter().map(|piece| match piece {
            Piece::Clip(clip) | Piece::Private(clip) => TICK * u32::try_from((self.ticks)(*clip)).unwrap_or(u32::MAX),
            Piece::Pause(ms) => Duration::from_millis((*ms).into()),
            Piece::Tone => TONE,
        });
        lengths.fold(Duration::ZERO, Duration::saturating_add)
    }
}

/// Runs the caller of a log that ran on `then` on `now`.
pub fn against(then: &On<'_>, log: &Log, now: &On<'_>) -> Rerun {
    let mut run = Run::new(now, Control::new(Arc::clone(&now.program), &log.opening), Recorded::of(then, log));
    run.live();
    let unused = run.recorded.moments.iter().filter(|moment| !moment.is_last() && moment.answers.is_some()).count();
    Rerun { lang: run.control.lang(), lines: run.lines, unanswered: run.unanswered, unused }
}

/// A call being lived through. It has no port: speech is as long as its clips, and yields as its armed rule says.
struct Run<'a> {
    on: &'a On<'a>,
    control: Control,
    recorded: Recorded,
    course: Course,
    now: CallTime,
    replies: BTreeMap<RequestId, (CallTime, Answer)>,
    /// The caller's leaving, at a place that the call has left.
    leaving: Option<(CallTime, Input)>,
    lines: Vec<Line>,
    unanswered: Option<Unanswered>,
}

/// What happens next, in the order in which it happens at one time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Heard(PlayId),
    /// The moment of this place in the list.
    Moment(usize),
    Leaves,
    Reply(RequestId),
    Deadline,
}

impl<'a> Run<'a> {
    fn new(on: &'a On<'a>, control: Control, recorded: Recorded) -> Self {
        Self {
            on,
            control,
            recorded,
            course: Course::default(),
            now: CallTime::START,
            replies: BTreeMap::new(),
            leaving: None,
            lines: Vec::new(),
            unanswered: None,
        }
    }

    fn live(&mut self) {
        if let Some((at, input)) = self.recorded.answered.take() {
            self.now = at;
            self.handle(input);
        }
        for _ in 0..EVENTS_MAX {
            self.look_for_the_unanswered();
            let Some((at, next)) = self.next().filter(|_| self.unanswered.is_none()) else { return };
            self.now = self.now.max(at);
            self.happens(next);
        }
        self.unanswered = Some(Unanswered::Endless);
    }

    fn next(&self) -> Option<(CallTime, Next)> {
        if self.control.is_over() {
            return None;
        }
        let heard = self.course.speech.as_ref().map(|speech| (self.ends(speech), Next::Heard(speech.id)));
        let reply = self.replies.iter().map(|(id, (at, _))| (*at, Next::Reply(*id))).min();
        let leaves = self.leaving.as_ref().map(|(at, _)| (*at, Next::Leaves));
        let deadline = self.control.deadline().map(|at| (at, Next::Deadline));
        [heard, reply, self.moment(), leaves, deadline].into_iter().flatten().min()
    }

    fn happens(&mut self, next: Next) {
        match next {
            Next::Heard(id) => self.heard(id, PlayEnd::Finished),
            Next::Reply(id) => {
                if let Some((_, answer)) = self.replies.remove(&id) {
                    self.handle(Input::Reply { id, answer });
                }
            }
            Next::Moment(place) => {
                if let Some(moment) = self.recorded.moments.remove(place) {
                    self.caller(moment.input);
                }
            }
            Next::Leaves => {
                if let Some((_, input)) = self.leaving.take() {
                    self.caller(input);
                }
            }
            Next::Deadline => {
                self.control.handle_deadline(self.now);
                self.outputs();
            }
        }
    }

    fn ends(&self, speech: &Speech) -> CallTime {
        let late = self.recorded.late.get(&speech.name).copied().unwrap_or(QUEUES);
        speech.since + self.on.length(&speech.pieces) + late
    }

    /// The last moment of an utterance: what came into it comes into it again.
    fn last(&self, speech: &Speech) -> CallTime {
        CallTime::from_millis(self.ends(speech).millis().saturating_sub(1))
    }

    /// The caller's next deed that belongs here, and when it is due.
    fn moment(&self) -> Option<(CallTime, Next)> {
        let asks = self.asks();
        let here = |moment: &Moment| moment.place == self.course.place || asks && moment.answers.as_ref() == Some(&self.course.place);
        let (place, moment) = self.recorded.moments.iter().enumerate().find(|(_, moment)| here(moment))?;
        Some((self.due(moment)?, Next::Moment(place)))
    }

    fn due(&self, moment: &Moment) -> Option<CallTime> {
        if moment.place != self.course.place || moment.asking < self.course.asking {
            return Some(self.now);
        }
        if moment.asking > self.course.asking {
            return None;
        }
        match (moment.when, &self.course.speech) {
            (When::AfterKey { after, nth }, speech) => {
                let due = self.course.key_at.unwrap_or(self.course.still_since) + after;
                Some(speech.as_ref().filter(|_| nth == Some(self.course.nth())).map_or(due, |speech| due.min(self.last(speech))))
            }
            (When::Speaking { nth, after }, Some(speech)) if nth == self.course.nth() => {
                Some((speech.since + after).min(self.last(speech)))
            }
            (When::Speaking { nth, .. }, Some(_)) => (nth < self.course.nth()).then_some(self.now),
            (When::Speaking { nth, .. }, None) => (nth <= self.course.nth() || self.asks()).then_some(self.now), // a filler may still come
            (When::Silent { .. }, Some(_)) => None,
            (When::Silent { after }, None) => Some(self.course.still_since + after),
        }
    }

    /// What the caller does. The port stops what a key may stop.
    fn caller(&mut self, input: Input) {
        let is_key = matches!(input, Input::Media(Signal::Key { .. }));
        let playing = self.course.speech.clone().filter(|_| is_key);
        self.handle(input);
        let begun = |speech: &Speech| self.now - speech.since >= STARTS || self.recorded.cut.contains(&speech.name);
        if let Some(speech) = playing.filter(|speech| yields(speech, self.now) && begun(speech)) {
            self.heard(speech.id, PlayEnd::Key);
        }
    }

    fn heard(&mut self, id: PlayId, why: PlayEnd) {
        if self.course.speech.as_ref().is_some_and(|speech| speech.id == id) {
            self.handle(Input::Media(Signal::PlayEnded { leg: Leg::A, tick: tick(self.now), id, why }));
        }
    }

    fn handle(&mut self, input: Input) {
        self.control.handle_deadline(self.now);
        self.outputs();
        let input = at_tick(input, tick(self.now));
        self.lines.push(Line::In { at: self.now, input: input.clone() });
        self.course.input(self.now, &input);
        self.control.handle(self.now, input);
        self.outputs();
    }

    fn outputs(&mut self) {
        while let Some((at, output)) = self.control.poll() {
            let left = self.course.place.clone();
            self.course.output(at, &output);
            if left != self.course.place {
                self.left(&left);
            }
            if let Some((id, asked)) = asked(&output) {
                self.ask(at, id, asked);
            }
            self.lines.push(Line::Out { at, output });
        }
    }

    /// Who was going to leave leaves, wherever the call has gone meanwhile.
    fn left(&mut self, left: &Place) {
        let leaves = |moment: &Moment| moment.is_last() && moment.place == *left;
        if let Some(place) = self.recorded.moments.iter().position(leaves)
            && let Some(moment) = self.recorded.moments.remove(place)
        {
            let (When::Speaking { after, .. } | When::Silent { after } | When::AfterKey { after, .. }) = moment.when;
            self.leaving = Some((self.now + after, moment.input));
        }
    }

    /// The first answer to this request that has not been given; the same question again has the same answer.
    fn ask(&mut self, at: CallTime, id: RequestId, asked: Asked) {
        let Some(place) = self.recorded.exchanges.iter().position(|exchange| exchange.asked == asked) else {
            self.unanswered = Some(Unanswered::Service { place: self.course.place.clone(), whom: asked.whom });
            return;
        };
        let exchange = self.recorded.exchanges[place].clone();
        if self.recorded.exchanges[place + 1..].iter().any(|later| later.asked == asked) {
            self.recorded.exchanges.remove(place);
        }
        if let Some((after, answer)) = exchange.answer {
            self.replies.insert(id, (at + after, answer));
        }
    }

    /// A question stands open, and nothing of the caller is known that would follow.
    fn look_for_the_unanswered(&mut self) {
        let (place, asking) = (&self.course.place, self.course.asking);
        let known = self.recorded.questions.get(place).is_some_and(|askings| asking <= *askings);
        let waits = self.asks() && self.course.speech.is_none() && self.leaving.is_none();
        if waits && !known && self.moment().is_none() {
            self.unanswered = Some(Unanswered::Question { place: place.clone(), asking: asking + 1 });
        }
    }

    fn asks(&self) -> bool {
        !self.control.is_over() && !self.control.is_parting() && self.control.expects() != Expects::Nothing
    }
}

fn yields(speech: &Speech, now: CallTime) -> bool {
    match speech.barge_in {
        BargeIn::AtOnce | BargeIn::KeysOnly => true,
        BargeIn::After(ms) => now - speech.since >= Duration::from_millis(ms.into()),
        BargeIn::Off => false,
    }
}

fn tick(now: CallTime) -> Tick {
    Tick(now.millis() / 20)
}

/// The same, told of now.
fn at_tick(mut input: Input, now: Tick) -> Input {
    if let Input::Media(
        Signal::Key { tick, .. }
        | Signal::PlayEnded { tick, .. }
        | Signal::Speech { tick, .. }
        | Signal::Spoke { tick, .. }
        | Signal::Recorded { tick, .. }
        | Signal::Tone { tick, .. }
        | Signal::MediaTimeout { tick, .. },
    ) = &mut input
    {
        *tick = now;
    }
    input
}
