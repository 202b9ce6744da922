//! A stub of what a port does to a message: whoever speaks is heard, whoever does not is silent, and what ends a message ends it.

use std::time::Duration;

use crate::media::{Leg, RecordEnd, Signal};
use crate::time::{CallTime, TICK, Tick};
use crate::utterance::MessageId;

/// So much speech is a message, as the port counts it.
const ENOUGH: Duration = Duration::from_millis(500);

/// The message that is being recorded, if one is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tape(Option<Message>);

#[derive(Clone, Copy, Debug)]
struct Message {
    id: MessageId,
    silence: Duration,
    full: CallTime,
    /// From when on nobody speaks.
    quiet: CallTime,
    /// When enough has been spoken; as long as nobody knows, never.
    enough: Option<CallTime>,
    told: bool,
}

impl Message {
    fn over(self, now: CallTime, why: RecordEnd) -> Signal {
        let enough = self.enough.is_some_and(|at| at <= now);
        Signal::Recorded { leg: Leg::A, tick: tick(now), message: self.id, enough, why }
    }

    fn silent(self) -> CallTime {
        self.quiet + self.silence
    }

    fn spoke(self) -> Option<CallTime> {
        self.enough.filter(|at| !self.told && *at < self.full)
    }
}

impl Tape {
    /// A message is recorded from now on.
    pub fn begin(&mut self, now: CallTime, id: MessageId, silence_ms: u32, max_ms: u32) {
        let [silence, most] = [silence_ms, max_ms].map(|ms| Duration::from_millis(ms.into()));
        self.0 = Some(Message { id, silence, full: now + most, quiet: now, enough: None, told: false });
    }

    /// The caller speaks from now on, for so long.
    pub fn speak(&mut self, now: CallTime, span: Duration) {
        if let Some(message) = &mut self.0 {
            message.quiet = message.quiet.max(now + span);
            message.enough = message.enough.or((span >= ENOUGH).then_some(now + ENOUGH));
        }
    }

    /// Whether the caller speaks, or has spoken and it is waited for more.
    pub fn is_spoken_to(&self) -> bool {
        self.0.is_some_and(|message| message.enough.is_some())
    }

    /// A key ends it.
    pub fn key(&mut self, now: CallTime) -> Option<Signal> {
        self.0.take().map(|message| message.over(now, RecordEnd::Key))
    }

    /// It is wanted no longer.
    pub fn stop(&mut self, now: CallTime, id: MessageId) -> Option<Signal> {
        self.0.take_if(|message| message.id == id).map(|message| message.over(now, RecordEnd::Stopped))
    }

    /// When something is told next.
    pub fn due(&self) -> Option<CallTime> {
        let message = self.0?;
        [Some(message.silent()), Some(message.full), message.spoke()].into_iter().flatten().min()
    }

    /// What is told by now.
    pub fn tell(&mut self, now: CallTime) -> Option<Signal> {
        let message = self.0.as_mut()?;
        if message.spoke().is_some_and(|at| at <= now) {
            message.told = true;
            return Some(Signal::Spoke { leg: Leg::A, tick: tick(now), message: message.id });
        }
        let why = if message.silent() <= now { RecordEnd::Silence } else { RecordEnd::Full };
        self.0.take_if(|message| message.silent().min(message.full) <= now).map(|message| message.over(now, why))
    }
}

fn tick(now: CallTime) -> Tick {
    Tick(now.millis() / TICK.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_by_silence_by_a_key_or_full() {
        let at = CallTime::from_millis;
        let told = |speech: &[(u64, u64)], key: Option<u64>| {
            let mut tape = Tape::default();
            tape.begin(at(1_000), MessageId(1), 4_000, 20_000);
            speech.iter().for_each(|(from, span)| tape.speak(at(*from), Duration::from_millis(*span)));
            let mut told = Vec::new();
            while let Some(due) = tape.due() {
                let now = key.map_or(due, |key| due.min(at(key)));
                let signal = if key == Some(now.millis()) { tape.key(now) } else { tape.tell(now) };
                told.extend(signal.map(|signal| match signal {
                    Signal::Recorded { enough, why, .. } => (now.millis(), Some((enough, why))),
                    _ => (now.millis(), None),
                }));
            }
            told
        };
        assert_eq!(told(&[], None), [(5_000, Some((false, RecordEnd::Silence)))]);
        assert_eq!(told(&[(2_000, 100)], None), [(6_100, Some((false, RecordEnd::Silence)))]);
        assert_eq!(told(&[(2_000, 8_000)], None), [(2_500, None), (14_000, Some((true, RecordEnd::Silence)))]);
        assert_eq!(told(&[(2_000, 8_000)], Some(4_000)), [(2_500, None), (4_000, Some((true, RecordEnd::Key)))]);
        assert_eq!(told(&[(2_000, 60_000)], None), [(2_500, None), (21_000, Some((true, RecordEnd::Full)))]);
    }
}
