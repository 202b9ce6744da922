//! Recording: a prompt, a tone, and then the caller speaks, until silence, a key or the longest time ends it.
//!
//! What is said is nobody's business here: no grammar hears it, and no command is listened for. The port tells that enough has been spoken to be a message, and when it is over.

use std::sync::Arc;
use std::time::Duration;

use super::machine::{Interpreter, State};
use super::speech::Part;
use super::timer::Timer;
use super::{Effect, RequestId};
use crate::flow::coverage::By;
use crate::flow::graph::{Act, Arm, EMPTY, FAILED, Program, RECORDED, Record, Value};
use crate::key::Key;
use crate::utterance::{BargeIn, MessageId};

/// The most messages of one call.
const MESSAGES_MAX: u16 = 20;

/// A port that does not tell the end of a message so long after the latest has failed.
const GRACE: Duration = Duration::from_secs(2);

/// A message that is being asked for or spoken.
pub(super) struct Taking {
    /// What an answer names that it cannot be kept.
    pub(super) id: RequestId,
    message: MessageId,
    phase: Phase,
    /// Enough has been spoken.
    enough: bool,
    /// `0` has ended it.
    wants_operator: bool,
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// What introduces it is being said.
    Prompt,
    /// The tone sounds.
    Tone,
    /// The caller speaks.
    Speech,
}

impl Interpreter {
    pub(super) fn record(&mut self, record: &Record) {
        self.frame_mut().put(record.slot, None);
        if self.messages >= MESSAGES_MAX {
            return self.leave_recording(By::Service, FAILED, &record.failed);
        }
        self.messages += 1;
        self.steps = 0;
        let (id, message) = (RequestId(self.requests), MessageId(self.messages));
        self.requests += 1;
        self.emit(Effect::Tape { id, message });
        self.state = State::Recording(Taking { id, message, phase: Phase::Prompt, enough: false, wants_operator: false });
        self.say(&[Part::Prompt(record.prompt, 0)], record.barge_in);
        if !self.is_speaking() {
            self.go_on_recording();
        }
    }

    /// All that was to be said has been heard: after the prompt the tone, after the tone the caller.
    pub(super) fn go_on_recording(&mut self) {
        let program = Arc::clone(&self.program);
        let (Some(record), State::Recording(taking)) = (self.current_record(&program), &mut self.state) else { return };
        match taking.phase {
            Phase::Prompt => {
                taking.phase = Phase::Tone;
                self.say(&[Part::Tone], BargeIn::Off);
            }
            Phase::Tone => {
                taking.phase = Phase::Speech;
                let message = taking.message;
                self.emit(Effect::Record { message, silence: record.silence, max: record.max });
                self.timers.set(Timer::Request, self.now + record.max + record.silence + GRACE);
            }
            Phase::Speech => {}
        }
    }

    /// A key: before the tone it brings the tone, then it has ended the message already, as the port knows. `0` is the operator's, `*` says the prompt again.
    pub(super) fn press_recording(&mut self, key: Key) {
        let program = Arc::clone(&self.program);
        let (Some(record), State::Recording(taking)) = (self.current_record(&program), &mut self.state) else { return };
        match (taking.phase, key) {
            (Phase::Speech, Key::ZERO) => taking.wants_operator = true,
            (Phase::Speech, _) => {}
            (Phase::Prompt | Phase::Tone, Key::ZERO) => self.operator_instead(),
            (Phase::Prompt, Key::STAR | Key::POUND) => {
                if key == Key::STAR {
                    self.took_command("repeat");
                }
                self.hush();
                self.say(&[Part::Prompt(record.prompt, 0)], record.barge_in);
            }
            (Phase::Prompt, _) => {
                self.hush();
                if !self.is_speaking() {
                    self.go_on_recording();
                }
            }
            (Phase::Tone, _) => {}
        }
    }

    /// Enough has been spoken: should the caller hang up now, it is a message.
    pub(super) fn spoke(&mut self, message: MessageId) {
        if let State::Recording(taking) = &mut self.state
            && taking.message == message
        {
            taking.enough = true;
        }
    }

    /// The port has ended it.
    pub(super) fn recorded(&mut self, message: MessageId, enough: bool) {
        let program = Arc::clone(&self.program);
        let (Some(record), State::Recording(taking)) = (self.current_record(&program), &mut self.state) else { return };
        if taking.message != message || taking.phase != Phase::Speech {
            return;
        }
        let wants_operator = taking.wants_operator;
        if enough {
            self.emit(Effect::Keep(message));
        }
        if wants_operator {
            self.operator_instead();
        } else if enough {
            self.frame_mut().put(record.slot, Some(Value::Message(message)));
            self.leave_recording(By::Word, RECORDED, &record.recorded);
        } else {
            self.leave_recording(By::Silence, EMPTY, &record.empty);
        }
    }

    /// It cannot be kept, or nobody tells what became of it.
    pub(super) fn not_recorded(&mut self) {
        let program = Arc::clone(&self.program);
        let Some(record) = self.current_record(&program) else { return };
        self.hush();
        if let State::Recording(Taking { message, phase: Phase::Speech, .. }) = self.state {
            self.emit(Effect::StopRecord(message));
        }
        self.leave_recording(By::Service, FAILED, &record.failed);
    }

    /// The flow goes on without the caller's message: what was spoken by now is kept.
    pub(super) fn stop_recording(&mut self) {
        let State::Recording(Taking { message, phase: Phase::Speech, enough, .. }) = self.state else { return };
        self.emit(Effect::StopRecord(message));
        if enough {
            self.took_by(By::Word, RECORDED);
            self.emit(Effect::Keep(message));
        }
    }

    fn operator_instead(&mut self) {
        self.timers.stop(&[Timer::Request]);
        self.took_command("operator");
        self.hush();
        self.state = State::Walking; // back here, the message is asked for anew
        self.operator();
    }

    fn leave_recording(&mut self, by: By, way: &str, arm: &Arm) {
        self.timers.stop(&[Timer::Request]);
        self.took_by(by, way);
        self.state = State::Walking;
        self.follow(arm);
    }

    fn current_record<'a>(&self, program: &'a Program) -> Option<&'a Record> {
        match self.current_act(program)? {
            Act::Record(record) => Some(record),
            _ => None,
        }
    }
}
