//! A stub of a port: what it does to prompts and keys, without a packet. Messages to and from it are under way 0 to 2 ticks, never out of order.

use std::collections::VecDeque;

use super::dice::Dice;
use super::tape::Tape;
use crate::key::Key;
use crate::media::{Command, KeyMethod, Leg, PlayEnd, PlayId, Signal};
use crate::time::{CallTime, TICK, Tick};
use crate::utterance::BargeIn;

/// The longest that a message is under way, in ticks.
const DELAY_MAX: u64 = 2;

/// The port, and both queues.
pub(super) struct Line {
    delays: Dice,
    to_port: VecDeque<(CallTime, Command)>,
    to_call: VecDeque<(CallTime, Signal)>,
    playing: Option<Playing>,
    /// The message that is being recorded.
    pub(super) tape: Tape,
}

/// What is being said.
#[derive(Clone, Copy, Debug)]
struct Playing {
    id: PlayId,
    began: CallTime,
    ends: CallTime,
    barge_in: BargeIn,
}

impl Line {
    pub(super) fn new(delays: Dice) -> Self {
        Self { delays, to_port: VecDeque::new(), to_call: VecDeque::new(), playing: None, tape: Tape::default() }
    }

    /// The call wants something of the port.
    pub(super) fn want(&mut self, now: CallTime, command: Command) {
        let due = self.due(now, self.to_port.back().map(|(due, _)| *due));
        self.to_port.push_back((due, command));
    }

    /// The port tells something.
    pub(super) fn tell(&mut self, now: CallTime, signal: Signal) {
        let due = self.due(now, self.to_call.back().map(|(due, _)| *due));
        self.to_call.push_back((due, signal));
    }

    fn due(&mut self, now: CallTime, after: Option<CallTime>) -> CallTime {
        let delay = TICK * self.delays.below(DELAY_MAX + 1) as u32;
        (now + delay).max(after.unwrap_or_default())
    }

    pub(super) fn commands_due(&self) -> Option<CallTime> {
        self.to_port.front().map(|(due, _)| *due)
    }

    pub(super) fn signals_due(&self) -> Option<CallTime> {
        self.to_call.front().map(|(due, _)| *due)
    }

    pub(super) fn play_ends(&self) -> Option<CallTime> {
        self.playing.map(|playing| playing.ends)
    }

    pub(super) fn take_command(&mut self, now: CallTime) -> Option<Command> {
        self.to_port.pop_front_if(|(due, _)| *due <= now).map(|(_, command)| command)
    }

    pub(super) fn take_signal(&mut self, now: CallTime) -> Option<Signal> {
        self.to_call.pop_front_if(|(due, _)| *due <= now).map(|(_, signal)| signal)
    }

    /// A Play begins; what it takes the place of has ended.
    pub(super) fn play(&mut self, began: CallTime, ends: CallTime, id: PlayId, barge_in: BargeIn) -> Option<Signal> {
        let before = self.playing.replace(Playing { id, began, ends, barge_in })?;
        Some(ended(began, before.id, PlayEnd::Replaced))
    }

    /// A Play is stopped, if it is this one.
    pub(super) fn stop(&mut self, now: CallTime, id: PlayId) -> Option<Signal> {
        self.playing.take_if(|playing| playing.id == id)?;
        Some(ended(now, id, PlayEnd::Stopped))
    }

    /// A Play is heard to its end.
    pub(super) fn play_over(&mut self, now: CallTime) -> Option<Signal> {
        let playing = self.playing.take_if(|playing| playing.ends <= now)?;
        Some(ended(now, playing.id, PlayEnd::Finished))
    }

    /// A key: it is told, with the Play that its armed rule stops, and the message that it ends.
    pub(super) fn key(&mut self, now: CallTime, key: Key) -> (Signal, Option<Signal>, Option<Signal>) {
        let told = Signal::Key { leg: Leg::A, tick: tick(now), key, by: KeyMethod::Event };
        let stopped = self.playing.take_if(|playing| match playing.barge_in {
            BargeIn::AtOnce | BargeIn::KeysOnly => true,
            BargeIn::After(ms) => (now - playing.began).as_millis() >= u128::from(ms),
            BargeIn::Off => false,
        });
        (told, stopped.map(|playing| ended(now, playing.id, PlayEnd::Key)), self.tape.key(now))
    }
}

fn ended(now: CallTime, id: PlayId, why: PlayEnd) -> Signal {
    Signal::PlayEnded { leg: Leg::A, tick: tick(now), id, why }
}

fn tick(now: CallTime) -> Tick {
    Tick(now.millis() / TICK.as_millis() as u64)
}
