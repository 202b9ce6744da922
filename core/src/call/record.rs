//! Writes the event log of a call, with false digits and false words where the true ones are private.
//!
//! The log is not edited: it is the trace of a second `Control`, the shadow, that lives through the same call with false digits of the same shape (an IIN that is valid but
//! nobody's for a valid IIN, see [`crate::grammar::falsified`]). So whatever follows from the digits (what is read back, what a service is asked) is false in the log too,
//! and a replay of the log takes the path of the call. That the two did take the same path is checked line by line.
//!
//! Digits keyed in while a service is being asked, ahead of a question that nobody has heard yet, may be a private row: from the second on they are logged as others, and
//! where that changes the path the log says so ([`Line::Unfaithful`]).
//!
//! Of what was said, all numbers are replaced where a private row is asked for, elsewhere six digits and more; false words are tried until they come to what the true ones
//! come to (see [`crate::grammar::disguised`]). Where none do, the log is private and says that it is unfaithful.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::mem;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::log::{Line, VERSION};
use super::{Action, Control, Input, Note, Opening, Output, SipEvent};
use crate::flow::graph::Program;
use crate::grammar::{Context, Grammar, disguised, falsified, falsified_alike};
use crate::heard::Heard;
use crate::interpreter::{Expects, RequestId, Wanted};
use crate::key::Key;
use crate::media::{Command, Signal};
use crate::time::CallTime;

/// So many false rows are tried until one does what the true one does.
const DISGUISES: u64 = 16;
/// So many digits name nobody where no private row is asked for.
const OPEN_DIGITS_MAX: usize = 5;
/// The most rows of a call whose false ones are remembered.
const ROWS_MAX: usize = 256;

/// The writer of one call's log. Lines come out in order; while a private row is being keyed in they wait for its end.
pub struct Recorder {
    shadow: Control,
    program: Arc<Program>,
    /// Rows that were said, and what stands in the log for them: a row that is said again is the same again.
    said: BTreeMap<String, String>,
    seed: u64,
    rows: u64,
    held: Vec<Held>,
    /// Inputs that have been logged.
    inputs: u64,
    truths: Vec<Truth>,
    /// The places in `held` of the digits of the row at hand, and what it may mean.
    row: Vec<usize>,
    grammars: Vec<Grammar>,
    context: Option<Context>,
    /// Digits that came while nothing was asked, in a row.
    typed_ahead: u32,
    /// What the call did that the shadow has not done yet.
    ahead: VecDeque<(CallTime, Shape)>,
    faithful: bool,
    lines: VecDeque<Line>,
}

/// An input that waits for the end of its row.
struct Held {
    at: CallTime,
    /// As it is logged.
    input: Input,
    /// What came.
    said: Option<Said>,
}

/// A key or words that stand in the log as others: what a log holds back, to be sealed beside it or forgotten.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Which input of the log, counted from 0.
    pub input: u64,
    /// What the caller said.
    #[serde(flatten)]
    pub said: Said,
}

/// What a caller said, by keys or in words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The key that was pressed.
    Key(Key),
    /// The words that were heard.
    Heard(Heard),
}

/// Where, and never what.
impl fmt::Debug for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Truth(input {})", self.input)
    }
}

/// Nothing that the caller keyed in or said.
impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("inputs", &self.inputs).field("faithful", &self.faithful).finish_non_exhaustive()
    }
}

/// What must be equal in the call and its shadow: all of an output but the values in it.
#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    Command(mem::Discriminant<Command>),
    Lookup(RequestId, String, Vec<String>),
    Errand(RequestId, mem::Discriminant<Wanted>),
    Undo(RequestId, String, Option<Vec<String>>, Vec<RequestId>),
    Action(Action),
    Note(Note),
}

impl Recorder {
    /// The recorder of a call that has just been answered.
    pub fn new(program: Arc<Program>, opening: &Opening) -> Self {
        Self {
            shadow: Control::new(Arc::clone(&program), opening),
            program,
            said: BTreeMap::new(),
            seed: opening.seed,
            rows: 0,
            held: Vec::new(),
            inputs: 0,
            truths: Vec::new(),
            row: Vec::new(),
            grammars: Vec::new(),
            context: None,
            typed_ahead: 0,
            ahead: VecDeque::new(),
            faithful: true,
            lines: VecDeque::from([Line::Opening { version: VERSION, opening: opening.clone() }]),
        }
    }

    /// To be told before `call` handles an input.
    pub fn before(&mut self, now: CallTime, input: &Input, call: &Control) {
        let mut logged = match input {
            // what is spoken into a message is nobody's but its recording's
            Input::Heard { leg, heard } if call.expects() == Expects::Message => {
                Input::Heard { leg: *leg, heard: heard.reworded(|_| String::new()) }
            }
            Input::Heard { leg, heard } => Input::Heard { leg: *leg, heard: self.disguised(heard, call) },
            Input::Sip(_) | Input::Media(_) | Input::Reply { .. } | Input::MediaGone | Input::Drain => without_key(input),
        };
        if let (Some(key), Input::Media(Signal::Key { key: held, .. })) = (digit(input), &mut logged) {
            match call.expects() {
                Expects::Row { grammars, context, .. } => {
                    self.row.push(self.held.len());
                    (self.grammars, self.context) = (grammars, Some(context));
                }
                Expects::OneOf(keys) => *held = without_meaning(key, &keys),
                Expects::Message => *held = without_meaning(key, &[]),
                Expects::Nothing => *held = self.ahead_of_question(key),
            }
        }
        if digit(input).is_some() && call.expects() != Expects::Nothing {
            self.typed_ahead = 0;
        }
        self.held.push(Held { at: now, input: logged, said: said(input) });
    }

    /// What was said, with false numbers with which it comes to the same. While a row is being keyed in, the shadow is behind, and the call itself is asked.
    fn disguised(&mut self, heard: &Heard, call: &Control) -> Heard {
        let gist = call.gist(heard);
        let mut other = heard.clone();
        for attempt in 0..DISGUISES {
            let mut said = self.said.clone();
            other = self.attempt(heard, call, &mut said, attempt);
            let comes_to = if self.row.is_empty() { self.shadow.gist(&other) } else { call.gist(&other) };
            if comes_to == gist {
                self.said = said;
                break;
            }
        }
        self.rows += 1;
        other
    }

    fn attempt(&self, heard: &Heard, call: &Control, said: &mut BTreeMap<String, String>, attempt: u64) -> Heard {
        let listened = call.listens_for();
        heard.reworded(|hypothesis| {
            let alike = attempt.is_multiple_of(2);
            let row = |digits: &str, groups: &[usize], grammars: &[Grammar]| {
                let name = format!("{digits} {grammars:?}");
                if let Some(known) = said.get(&name).filter(|_| attempt < DISGUISES / 2) {
                    return known.clone();
                }
                let seed = self.seed.wrapping_add((self.rows * DISGUISES + attempt + 1).wrapping_mul(0x2545_f491_4f6c_dd1d));
                let kept = alike.then(|| falsified_alike(digits, groups, grammars, &listened.context, seed)).flatten();
                let other = kept.unwrap_or_else(|| falsified(digits, grammars, &listened.context, seed));
                if said.len() < ROWS_MAX {
                    said.insert(name, other.clone());
                }
                other
            };
            disguised(&hypothesis.text, &listened, &self.program.lists, alike, row).unwrap_or_else(|| hypothesis.text.clone())
        })
    }

    fn ahead_of_question(&mut self, key: Key) -> Key {
        self.typed_ahead += 1;
        let other = key.digit().and_then(|digit| Key::from_event((digit + 5) % 10));
        other.filter(|_| self.typed_ahead > 1).unwrap_or(key)
    }

    /// To be told of everything that the call wants, in order.
    pub fn output(&mut self, at: CallTime, output: &Output) {
        self.ahead.push_back((at, shape(output)));
    }

    /// To be told once `call` has handled an input or a deadline and its outputs have been told.
    pub fn after(&mut self, now: CallTime, call: &Control) {
        let in_row = !self.row.is_empty() && matches!(call.expects(), Expects::Row { typed: 1.., .. }) && !call.is_over();
        if !in_row {
            self.release(now);
        }
    }

    /// The next line of the log.
    pub fn poll(&mut self) -> Option<Line> {
        self.lines.pop_front()
    }

    /// What was logged as something else since this was last asked.
    pub fn truths(&mut self) -> Vec<Truth> {
        mem::take(&mut self.truths)
    }

    fn release(&mut self, now: CallTime) {
        self.falsify();
        for Held { at, input, said: true_said } in mem::take(&mut self.held) {
            if let Some(true_said) = true_said.filter(|true_said| said(&input).as_ref() != Some(true_said)) {
                self.truths.push(Truth { input: self.inputs, said: true_said });
            }
            self.inputs += 1;
            self.shadow.handle_deadline(at);
            self.trace();
            self.lines.push_back(Line::In { at, input: input.clone() });
            self.shadow.handle(at, input);
            self.trace();
        }
        self.shadow.handle_deadline(now);
        self.trace();
        if !self.ahead.is_empty() {
            self.stray();
        }
    }

    fn falsify(&mut self) {
        let Some(context) = self.context.filter(|_| !self.row.is_empty()) else { return };
        let places = mem::take(&mut self.row);
        if places.len() <= OPEN_DIGITS_MAX && !self.grammars.iter().any(Grammar::is_private) {
            return; // a day, an hour, a number of things
        }
        let row: String = places.iter().filter_map(|place| digit(&self.held[*place].input)).map(Key::char).collect();
        self.rows += 1;
        let other = falsified(&row, &self.grammars, &context, self.seed.wrapping_add(self.rows.wrapping_mul(0x9e37_79b9)));
        for (place, digit) in places.into_iter().zip(other.chars()) {
            if let (Input::Media(Signal::Key { key, .. }), Some(digit)) = (&mut self.held[place].input, Key::from_char(digit)) {
                *key = digit;
            }
        }
    }

    fn trace(&mut self) {
        while let Some((at, output)) = self.shadow.poll() {
            if self.ahead.pop_front() != Some((at, shape(&output))) {
                self.stray();
            }
            self.lines.push_back(Line::Out { at, output });
        }
    }

    fn stray(&mut self) {
        self.ahead.clear();
        if mem::replace(&mut self.faithful, false) {
            self.lines.push_back(Line::Unfaithful);
        }
    }
}

/// A key in an INFO only passes through to the port, which tells it again as a signal: its first telling is logged as `0`.
fn without_key(input: &Input) -> Input {
    match input {
        Input::Sip(SipEvent::Info { leg, key: _ }) => Input::Sip(SipEvent::Info { leg: *leg, key: Key::ZERO }),
        Input::Sip(_) | Input::Media(_) | Input::Reply { .. } | Input::Heard { .. } | Input::MediaGone | Input::Drain => input.clone(),
    }
}

/// Somebody may key an IIN into a menu: a digit that chooses nothing is logged as another that chooses nothing.
fn without_meaning(key: Key, choices: &[Key]) -> Key {
    let means = |key: &Key| *key == Key::ZERO || choices.contains(key);
    let nothing = (1..10).rev().filter_map(Key::from_event).find(|key| !means(key));
    if means(&key) { key } else { nothing.unwrap_or(key) }
}

fn digit(input: &Input) -> Option<Key> {
    match input {
        Input::Media(Signal::Key { key, .. }) => Some(*key).filter(|key| key.digit().is_some()),
        Input::Sip(_) | Input::Media(_) | Input::Reply { .. } | Input::Heard { .. } | Input::MediaGone | Input::Drain => None,
    }
}

fn said(input: &Input) -> Option<Said> {
    match input {
        Input::Media(Signal::Key { key, .. }) | Input::Sip(SipEvent::Info { key, .. }) => Some(Said::Key(*key)),
        Input::Heard { heard, .. } => Some(Said::Heard(heard.clone())),
        Input::Sip(_) | Input::Media(_) | Input::Reply { .. } | Input::MediaGone | Input::Drain => None,
    }
}

pub(super) fn shape(output: &Output) -> Shape {
    match output {
        Output::Command(command) => Shape::Command(mem::discriminant(command)),
        Output::Action(Action::Errand { id, wanted }) => Shape::Errand(*id, mem::discriminant(wanted)),
        Output::Action(Action::Undo { of, service, request, unless }) => {
            Shape::Undo(*of, service.clone(), request.as_ref().map(|request| request.keys().cloned().collect()), unless.clone())
        }
        Output::Action(Action::Lookup { id, service, request, .. } | Action::Submit { id, service, request, .. }) => {
            Shape::Lookup(*id, service.clone(), request.keys().cloned().collect())
        }
        Output::Action(action) => Shape::Action(action.clone()),
        Output::Note(note) => Shape::Note(note.clone()),
    }
}
