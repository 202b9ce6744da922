//! Keys as events in RTP (RFC 4733, events 0 to 15), received and sent. It never looks at the marker bit of what it receives.
//!
//! The sender keeps the time of keys for both ways of sending them: to a peer that agreed to no events they go as tones.

use arrayvec::ArrayVec;

use super::Stroke;
use crate::key::Key;
use crate::media::FRAME;

/// The most one segment of a long event can last (RFC 4733, section 2.5.1.3).
const SEGMENT: u32 = 0xFFFF;
/// How far back a sequence number may lie and still be an overtaken packet.
const REORDER_MAX: u16 = 256;

/// An event as its packet has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct Event {
    pub(in crate::media) ssrc: u32,
    pub(in crate::media) sequence: u16,
    pub(in crate::media) timestamp: u32,
    code: u8,
}

impl Event {
    /// Reads the payload; `None` when it is too short.
    pub(in crate::media) fn parse(ssrc: u32, sequence: u16, timestamp: u32, payload: &[u8]) -> Option<Self> {
        let code = *payload.first_chunk::<4>()?.first()?;
        Some(Self { ssrc, sequence, timestamp, code })
    }
}

/// Receives events. Each is told at the first of its packets that arrives, be it the last that was sent.
#[derive(Debug, Default)]
pub(in crate::media) struct Receiver {
    last: Option<Event>,
}

impl Receiver {
    /// What this packet says of a key.
    pub(in crate::media) fn receive(&mut self, event: Event) -> Option<Stroke> {
        let key = Key::from_event(event.code)?;
        let last = self.last.replace(event);
        let Some(last) = last.filter(|last| last.ssrc == event.ssrc) else { return Some(Stroke::Down(key)) };
        if is_overtaken(last, event) {
            self.last = Some(last);
            return None;
        }
        let same = event.timestamp == last.timestamp || is_next_segment(last, event);
        Some(if same { Stroke::Held(key) } else { Stroke::Down(key) })
    }
}

fn is_overtaken(last: Event, event: Event) -> bool {
    last.sequence.wrapping_sub(event.sequence) < REORDER_MAX
}

fn is_next_segment(last: Event, event: Event) -> bool {
    event.code == last.code && event.timestamp == last.timestamp.wrapping_add(SEGMENT)
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
pub(in crate::media) struct Sender {
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
pub(in crate::media) struct Due {
    pub(in crate::media) marker: bool,
    pub(in crate::media) timestamp: u32,
    pub(in crate::media) payload: [u8; 4],
}

/// What a tick is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) enum Turn {
    /// No key is being sent: voice.
    Voice,
    /// This packet instead of voice, under this payload type.
    Event(u8, Due),
    /// A tick of this key's tone instead of voice, from a sample of it on.
    Tone(Key, usize),
    /// Silence instead of voice, between two tones.
    Pause,
}

impl Sender {
    /// Queues a key; `false` when too many wait.
    pub(in crate::media) fn push(&mut self, key: Key) -> bool {
        self.queue.try_push(key).is_ok()
    }

    /// What this tick, which begins at `timestamp`, is for; `events`: their payload type, when the peer takes them.
    pub(in crate::media) fn turn(&mut self, timestamp: u32, events: Option<u8>) -> Turn {
        let Some(mut sending) = self.sending.take().or_else(|| self.start(timestamp)) else { return Turn::Voice };
        sending.step += 1;
        self.sending = (sending.step < PERIOD_TICKS).then_some(sending);
        match (events, sending.step) {
            (Some(payload_type), step) if step < HELD_TICKS + ENDS => Turn::Event(payload_type, sending.packet()),
            (Some(_), _) => Turn::Voice,
            (None, step) if step <= HELD_TICKS => Turn::Tone(sending.key, usize::from(step - 1) * FRAME),
            (None, _) => Turn::Pause,
        }
    }

    fn start(&mut self, timestamp: u32) -> Option<Sending> {
        let key = self.queue.pop_at(0)?;
        Some(Sending { key, timestamp, step: 0 })
    }
}

impl Sending {
    fn packet(&self) -> Due {
        let end = if self.step >= HELD_TICKS { 0x80 } else { 0 };
        let [high, low] = (self.step.min(HELD_TICKS) * FRAME as u16).to_be_bytes();
        Due { marker: self.step == 1, timestamp: self.timestamp, payload: [self.key.event(), end | VOLUME, high, low] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(packets: &[(u16, u32, u8)]) -> String {
        let mut receiver = Receiver::default();
        let event = |&(sequence, timestamp, code)| Event { ssrc: 1, sequence, timestamp, code };
        let down = |stroke| if let Stroke::Down(key) = stroke { Some(key.char()) } else { None };
        packets.iter().map(event).filter_map(|event| receiver.receive(event)).filter_map(down).collect()
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
    fn a_key_is_sent_as_the_standard_says() {
        let mut sender = Sender::default();
        assert!(sender.push(Key::POUND) && sender.push(Key::ZERO));
        let turns: Vec<_> = (0..20).map(|tick| sender.turn(tick * 160, Some(101))).collect();
        let events: Vec<_> = turns.iter().filter_map(|turn| if let Turn::Event(101, due) = turn { Some(*due) } else { None }).collect();
        assert_eq!(events.len(), 14);
        assert_eq!(events[0], Due { marker: true, timestamp: 0, payload: [11, 10, 0, 160] });
        assert_eq!(events[4..7].iter().map(|due| due.payload).collect::<Vec<_>>(), [[11, 0x8A, 3, 32]; 3]);
        assert_eq!(events[7], Due { marker: true, timestamp: 9 * 160, payload: [0, 10, 0, 160] });
        assert_eq!(turns[7..9], [Turn::Voice, Turn::Voice]);
    }

    #[test]
    fn to_a_peer_without_events_a_key_goes_as_a_tone_and_a_pause() {
        let mut sender = Sender::default();
        assert!(sender.push(Key::POUND) && sender.push(Key::ZERO));
        let turns: Vec<_> = (0..20).map(|tick| sender.turn(tick * 160, None)).collect();
        let tones = |key| (0..5).map(move |tick| Turn::Tone(key, tick * FRAME));
        let one = |key| tones(key).chain([Turn::Pause; 4]);
        let expected: Vec<_> = one(Key::POUND).chain(one(Key::ZERO)).chain([Turn::Voice; 2]).collect();
        assert_eq!(turns, expected);
    }
}
