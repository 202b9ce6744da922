//! Keys in RTP (RFC 4733, events 0 to 15): received, sent, and counted once however they came. It never looks at the marker bit of what it receives.

use arrayvec::ArrayVec;

use super::{FRAME, KeyMethod};
use crate::key::Key;
use crate::time::Tick;

/// The most one segment of a long event can last (RFC 4733, section 2.5.1.3).
const SEGMENT: u32 = 0xFFFF;
/// How far back a sequence number may lie and still be an overtaken packet.
const REORDER_MAX: u16 = 256;

/// An event as its packet has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
    code: u8,
}

impl Event {
    /// Reads the payload; `None` when it is too short.
    pub(super) fn parse(ssrc: u32, sequence: u16, timestamp: u32, payload: &[u8]) -> Option<Self> {
        let code = *payload.first_chunk::<4>()?.first()?;
        Some(Self { ssrc, sequence, timestamp, code })
    }
}

/// Receives events. Each is told at the first of its packets that arrives, be it the last that was sent.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    last: Option<Event>,
}

impl Receiver {
    /// The key that this packet is the first of.
    pub(super) fn receive(&mut self, event: Event) -> Option<Key> {
        let last = self.last.replace(event);
        let Some(last) = last.filter(|last| last.ssrc == event.ssrc) else { return Key::from_event(event.code) };
        if is_overtaken(last, event) {
            self.last = Some(last);
            return None;
        }
        let same = event.timestamp == last.timestamp || is_next_segment(last, event);
        if same { None } else { Key::from_event(event.code) }
    }
}

fn is_overtaken(last: Event, event: Event) -> bool {
    last.sequence.wrapping_sub(event.sequence) < REORDER_MAX
}

fn is_next_segment(last: Event, event: Event) -> bool {
    event.code == last.code && event.timestamp == last.timestamp.wrapping_add(SEGMENT)
}

/// Presses that are kept for comparison.
const PRESSES_MAX: usize = 16;
/// How long one press may take to arrive by its slowest way. Devices that send both an event and an INFO send the latter when the key is released, over a proxy or two;
/// a second is ample. It costs nothing to wait long, since two presses that came the same way are never taken for one.
const SAME_PRESS_TICKS: u64 = 50;

/// The presses of the last moments, to know again what comes a second time another way.
#[derive(Debug, Default)]
pub(super) struct Presses(ArrayVec<Press, PRESSES_MAX>);

#[derive(Debug)]
struct Press {
    key: Key,
    at: Tick,
    came: Ways,
}

/// The methods by which a press has come.
#[derive(Debug, Default)]
struct Ways {
    event: bool,
    tone: bool,
    info: bool,
}

impl Ways {
    fn of(&mut self, method: KeyMethod) -> &mut bool {
        match method {
            KeyMethod::Event => &mut self.event,
            KeyMethod::Tone => &mut self.tone,
            KeyMethod::Info => &mut self.info,
        }
    }

    /// Marks the method; `false` when it was marked already.
    fn add(&mut self, method: KeyMethod) -> bool {
        !std::mem::replace(self.of(method), true)
    }
}

impl Presses {
    /// Whether this is a press of its own, and not an earlier one that now comes another way too.
    pub(super) fn is_new(&mut self, key: Key, method: KeyMethod, now: Tick) -> bool {
        self.0.retain(|press| now.0.saturating_sub(press.at.0) <= SAME_PRESS_TICKS);
        if self.0.iter_mut().any(|press| press.key == key && press.came.add(method)) {
            return false;
        }
        if self.0.is_full() {
            self.0.remove(0);
        }
        let mut press = Press { key, at: now, came: Ways::default() };
        press.came.add(method);
        self.0.push(press);
        true
    }
}

/// Keys that may wait to be sent.
const QUEUE_MAX: usize = 32;
/// How long a key is held, in ticks: 100 ms.
const HELD_TICKS: u16 = 5;
/// How often the end is said (RFC 4733, section 2.5.1.4), a tick apart so that no single burst of loss takes all three.
const ENDS: u16 = 3;
/// From one key's start to the next one's, in ticks: held 100 ms, then 80 ms of pause.
const PERIOD_TICKS: u16 = 9;
/// -10 dBm0 (RFC 4733, section 2.3).
const VOLUME: u8 = 10;

/// Sends keys, one after another.
#[derive(Debug, Default)]
pub(super) struct Sender {
    queue: ArrayVec<Key, QUEUE_MAX>,
    sending: Option<Sending>,
}

#[derive(Clone, Copy, Debug)]
struct Sending {
    key: Key,
    timestamp: u32,
    step: u16,
}

/// A packet of an event that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) marker: bool,
    pub(super) timestamp: u32,
    pub(super) payload: [u8; 4],
}

/// What a tick is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// No key is being sent: voice.
    Voice,
    /// This packet instead of voice.
    Event(Due),
}

impl Sender {
    /// Queues a key; `false` when too many wait.
    pub(super) fn push(&mut self, key: Key) -> bool {
        self.queue.try_push(key).is_ok()
    }

    /// Forgets what waits, and how many keys that were.
    pub(super) fn clear(&mut self) -> u32 {
        let dropped = self.queue.len() + usize::from(self.sending.take().is_some_and(|sending| sending.step < HELD_TICKS));
        self.queue.clear();
        dropped as u32
    }

    /// What this tick, which begins at `timestamp`, is for; `units` of that clock are a sample.
    pub(super) fn turn(&mut self, timestamp: u32, units: u32) -> Turn {
        let Some(mut sending) = self.sending.take().or_else(|| self.start(timestamp)) else { return Turn::Voice };
        sending.step += 1;
        self.sending = (sending.step < PERIOD_TICKS).then_some(sending);
        if sending.step < HELD_TICKS + ENDS { Turn::Event(sending.packet(units)) } else { Turn::Voice }
    }

    fn start(&mut self, timestamp: u32) -> Option<Sending> {
        let key = self.queue.pop_at(0)?;
        Some(Sending { key, timestamp, step: 0 })
    }
}

impl Sending {
    fn packet(&self, units: u32) -> Due {
        let end = if self.step >= HELD_TICKS { 0x80 } else { 0 };
        let [high, low] = (self.step.min(HELD_TICKS) * (FRAME as u32 * units) as u16).to_be_bytes();
        Due { marker: self.step == 1, timestamp: self.timestamp, payload: [self.key.event(), end | VOLUME, high, low] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(packets: &[(u16, u32, u8)]) -> String {
        let mut receiver = Receiver::default();
        let event = |&(sequence, timestamp, code)| Event { ssrc: 1, sequence, timestamp, code };
        packets.iter().map(event).filter_map(|event| receiver.receive(event)).map(Key::char).collect()
    }

    #[track_caller]
    fn check(packets: &[(u16, u32, u8)], expected: &str) {
        assert_eq!(keys(packets), expected, "{packets:?}");
    }

    #[test]
    fn a_new_timestamp_is_a_new_key() {
        check(&[(1, 800, 5), (2, 800, 5), (3, 800, 5), (4, 800, 5)], "5");
        check(&[(1, 800, 1), (2, 800, 1), (3, 2400, 1), (4, 2400, 1)], "11");
        check(&[(9, 800, 10)], "*");
    }

    #[test]
    fn an_overtaken_packet_is_no_key() {
        check(&[(1, 800, 1), (5, 2400, 2), (4, 800, 1), (6, 2400, 2)], "12");
        check(&[(65_535, 800, 1), (1, 2400, 2), (0, 800, 1)], "12");
    }

    #[test]
    fn a_key_held_longer_than_a_segment_is_one_key() {
        check(&[(1, 800, 1), (2, 800, 1), (3, 800 + 0xFFFF, 1), (4, 800 + 2 * 0xFFFF, 1)], "1");
        check(&[(1, 800, 1), (3, 800 + 0xFFFF, 2)], "12");
    }

    #[test]
    fn a_source_that_leaps_back_in_time_is_still_heard() {
        check(&[(1, 4_000_000_000, 1), (2, 160, 2)], "12");
    }

    #[test]
    fn a_new_source_has_timestamps_of_its_own() {
        let mut receiver = Receiver::default();
        let told = [1, 2].map(|ssrc| receiver.receive(Event { ssrc, sequence: 1, timestamp: 800, code: 7 }).is_some());
        assert_eq!(told, [true, true]);
    }

    #[test]
    fn other_events_than_keys_are_passed_over() {
        check(&[(1, 800, 16), (2, 2400, 255), (3, 4000, 15)], "D");
        assert_eq!(Event::parse(1, 1, 1, &[5, 0, 0]), None);
    }

    #[test]
    fn one_press_by_two_ways_counts_once_and_two_presses_count_twice() {
        use KeyMethod::{Event, Info};
        let told = |presses: &[(KeyMethod, u64)]| {
            let mut book = Presses::default();
            presses.iter().filter(|(method, at)| book.is_new(Key::ZERO, *method, Tick(*at))).count()
        };
        assert_eq!(told(&[(Event, 0), (Info, 8)]), 1);
        assert_eq!(told(&[(Info, 0), (Event, 2)]), 1);
        assert_eq!(told(&[(Event, 0), (Event, 9)]), 2);
        assert_eq!(told(&[(Event, 0), (Event, 9), (Info, 10), (Info, 18)]), 2);
        assert_eq!(told(&[(Event, 0), (Info, 8), (Info, 16)]), 2);
        assert_eq!(told(&[(Event, 0), (Info, 51)]), 2);
        assert_eq!(told(&[(Event, 0); 40]), 40);
    }

    #[test]
    fn a_key_is_sent_as_the_standard_says() {
        let mut sender = Sender::default();
        assert!(sender.push(Key::POUND) && sender.push(Key::ZERO));
        let turns: Vec<_> = (0..20).map(|tick| sender.turn(tick * 160, 1)).collect();
        let events: Vec<_> = turns.iter().filter_map(|turn| if let Turn::Event(due) = turn { Some(*due) } else { None }).collect();
        assert_eq!(events.len(), 14);
        assert_eq!(events[0], Due { marker: true, timestamp: 0, payload: [11, 10, 0, 160] });
        assert_eq!(events[4..7].iter().map(|due| due.payload).collect::<Vec<_>>(), [[11, 0x8A, 3, 32]; 3]);
        assert_eq!(events[7], Due { marker: true, timestamp: 9 * 160, payload: [0, 10, 0, 160] });
        assert_eq!(turns[7..9], [Turn::Voice, Turn::Voice]);
    }
}
