//! RTP (RFC 3550): what leaves, and the bookkeeping of what arrives from one source. It never looks into a payload.

use rtp_types::RtpPacketBuilder;

use super::FRAME;
use crate::time::Tick;

/// The header of a packet that leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) marker: bool,
    pub(super) payload_type: u8,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
    pub(super) ssrc: u32,
}

/// Writes a packet and says its length; 0 when it does not fit or the payload type is none.
pub(super) fn write(header: &Header, payload: &[u8], buffer: &mut [u8]) -> usize {
    RtpPacketBuilder::<_, &[u8]>::new()
        .marker_bit(header.marker)
        .payload_type(header.payload_type)
        .sequence_number(header.sequence)
        .timestamp(header.timestamp)
        .ssrc(header.ssrc)
        .payload(payload)
        .write_into(buffer)
        .unwrap_or(0)
}

/// A peer's timestamps as places in its voice, which the port counts in samples at 8 kHz. The only place that knows of clocks with a finer count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Units in a sample.
    units: u32,
    /// The last timestamp, and how far the clock had run by then.
    last: Option<(u32, i64)>,
}

impl Clock {
    /// A clock that counts so many units in a sample.
    pub(super) fn new(units: u32) -> Self {
        Self { units: units.max(1), last: None }
    }

    /// Units in a sample.
    pub(super) fn units(&self) -> u32 {
        self.units
    }

    /// The place that a timestamp stands for. Timestamps wrap, and a wrap need not be a whole number of samples, so it goes by the way from the last one.
    pub(super) fn place(&mut self, timestamp: u32) -> u32 {
        let (last, run) = self.last.unwrap_or((timestamp, timestamp.into()));
        let run = run.wrapping_add(i64::from(timestamp.wrapping_sub(last) as i32));
        self.last = Some((timestamp, run));
        run.div_euclid(self.units.into()) as u32
    }
}

/// How a packet stands among those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The newest so far.
    Newest,
    /// Overtaken by a later one.
    Reordered,
    /// Seen already, or so old that it cannot be told.
    Duplicate,
    /// Its sequence number leaps; if the next one follows on it, the source has started again (RFC 3550, A.1).
    Leap,
}

/// A forward step in sequence numbers that may still be loss.
const DROPOUT_MAX: u16 = 3000;
/// A backward step that may still be reordering.
const MISORDER_MAX: u16 = 100;
/// Where the extended sequence numbers begin: one turn up, so that they never fall below zero.
const FIRST_CYCLE: u32 = 1 << 16;

/// What is known of the packets from one source (RFC 3550, A.1, A.3, A.8).
#[derive(Clone, Copy, Debug)]
pub(super) struct Reception {
    pub(super) ssrc: u32,
    base: u32,
    highest: u32,
    /// Bit n: the packet n before the highest has come.
    seen: u128,
    leap_to: Option<u16>,
    pub(super) received: u32,
    expected_before: u32,
    received_before: u32,
    transit: Option<u32>,
    /// Sixteen times the jitter, in samples.
    jitter: u32,
}

impl Reception {
    /// A source, at its first packet, which [`Self::note`] then counts.
    pub(super) fn new(ssrc: u32, sequence: u16) -> Self {
        let base = FIRST_CYCLE + u32::from(sequence);
        Self {
            ssrc,
            base,
            highest: base - 1,
            seen: 0,
            leap_to: None,
            received: 0,
            expected_before: 0,
            received_before: 0,
            transit: None,
            jitter: 0,
        }
    }

    /// Takes note of a packet's sequence number.
    pub(super) fn note(&mut self, sequence: u16) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let behind = ahead.wrapping_neg();
        if ahead != 0 && ahead < DROPOUT_MAX {
            self.advance(ahead)
        } else if behind <= MISORDER_MAX {
            self.fill(behind)
        } else {
            self.leap(sequence)
        }
    }

    fn advance(&mut self, ahead: u16) -> Arrival {
        self.highest = self.highest.wrapping_add(u32::from(ahead));
        self.seen = self.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
        self.count(Arrival::Newest)
    }

    fn fill(&mut self, behind: u16) -> Arrival {
        let bit = 1 << behind;
        if self.seen & bit != 0 {
            return Arrival::Duplicate;
        }
        self.seen |= bit;
        self.count(Arrival::Reordered)
    }

    fn leap(&mut self, sequence: u16) -> Arrival {
        if self.leap_to != Some(sequence) {
            self.leap_to = Some(sequence.wrapping_add(1));
            return Arrival::Leap;
        }
        *self = Self::new(self.ssrc, sequence);
        self.advance(1)
    }

    fn count(&mut self, arrival: Arrival) -> Arrival {
        self.leap_to = None;
        self.received = self.received.wrapping_add(1);
        arrival
    }

    /// Takes note of when a voice packet came. The clock is the tick, so the jitter is as fine as the tick.
    pub(super) fn time(&mut self, now: Tick, timestamp: u32) {
        let transit = (now.0 as u32).wrapping_mul(FRAME as u32).wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let moved = (transit.wrapping_sub(before) as i32).unsigned_abs().min(1 << 20);
            self.jitter = self.jitter.saturating_add(moved).saturating_sub((self.jitter + 8) >> 4);
        }
    }

    /// The peer has another codec, and its timestamps may have leapt.
    pub(super) fn retime(&mut self) {
        self.transit = None;
    }

    /// Interarrival jitter in samples (RFC 3550, section 6.4.1).
    pub(super) fn jitter(&self) -> u32 {
        self.jitter >> 4
    }

    /// Packets that should have come.
    pub(super) fn expected(&self) -> u32 {
        self.highest.wrapping_sub(self.base).wrapping_add(1)
    }

    /// Packets that have not come.
    pub(super) fn lost(&self) -> u32 {
        self.expected().saturating_sub(self.received)
    }

    /// The extended highest sequence number (RFC 3550, section 6.4.1).
    pub(super) fn highest(&self) -> u32 {
        self.highest.wrapping_sub(FIRST_CYCLE)
    }

    /// The share lost since this was last asked, in 1/256.
    pub(super) fn fraction_lost(&mut self) -> u8 {
        let expected = self.expected().wrapping_sub(self.expected_before);
        let received = self.received.wrapping_sub(self.received_before);
        self.expected_before = self.expected();
        self.received_before = self.received;
        let lost = u64::from(expected.saturating_sub(received));
        (lost * 256).checked_div(u64::from(expected)).map_or(0, |share| share.min(255) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Arrival::{Duplicate, Leap, Newest, Reordered};

    fn check(sequences: &[u16], expected: &[Arrival], lost: u32) {
        let mut reception = Reception::new(7, sequences[0]);
        let arrivals: Vec<_> = sequences.iter().map(|sequence| reception.note(*sequence)).collect();
        assert_eq!(arrivals, expected, "{sequences:?}");
        assert_eq!(reception.lost(), lost, "{sequences:?}");
    }

    #[test]
    fn packets_are_told_apart_by_their_sequence_number() {
        check(&[5, 6, 7], &[Newest, Newest, Newest], 0);
        check(&[5, 7, 6, 6], &[Newest, Newest, Reordered, Duplicate], 0);
        check(&[5, 8, 5], &[Newest, Newest, Duplicate], 2);
        check(&[65_534, 65_535, 0, 65_535, 1], &[Newest, Newest, Newest, Duplicate, Newest], 0);
        check(&[100, 400, 350], &[Newest, Newest, Reordered], 298);
        check(&[0, 65_535], &[Newest, Reordered], 0);
    }

    #[test]
    fn one_stray_number_changes_nothing_and_two_in_a_row_start_again() {
        check(&[5, 40_000, 6], &[Newest, Leap, Newest], 0);
        check(&[5, 40_000, 40_001, 40_002], &[Newest, Leap, Newest, Newest], 0);
    }

    #[test]
    fn a_steady_source_has_no_jitter_and_an_unsteady_one_has() {
        let mut reception = Reception::new(7, 0);
        (0..100).for_each(|n| reception.time(Tick(n), n as u32 * 160));
        assert_eq!(reception.jitter(), 0);
        (0..200).for_each(|n| reception.time(Tick(100 + n + n % 2), (100 + n as u32) * 160));
        assert!((100..=160).contains(&reception.jitter()), "{}", reception.jitter());
    }

    #[test]
    fn a_finer_clock_keeps_its_place_across_the_wrap() {
        let mut clock = Clock::new(6);
        let first = clock.place(u32::MAX - 959);
        let places: Vec<_> = [0, 960, 1920, 960, 2880].map(|timestamp| clock.place(timestamp).wrapping_sub(first)).into();
        assert_eq!(places, [160, 320, 480, 320, 640]);
        let mut plain = Clock::new(1);
        assert_eq!([u32::MAX, 5, u32::MAX, 70_000].map(|timestamp| plain.place(timestamp)), [u32::MAX, 5, u32::MAX, 70_000]);
    }

    #[test]
    fn the_share_lost_is_that_of_the_last_interval() {
        let mut reception = Reception::new(7, 0);
        (0..100).step_by(2).for_each(|n| _ = reception.note(n));
        assert!((124..=128).contains(&reception.fraction_lost()));
        (99..200).for_each(|n| _ = reception.note(n));
        assert_eq!(reception.fraction_lost(), 0);
    }
}
