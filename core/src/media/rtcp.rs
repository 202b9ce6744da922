//! RTCP (RFC 3550, section 6): sender and receiver reports with a CNAME, and what the peer's say of us.
//!
//! Reports are written by hand into a buffer, since the builders of `rtcp-types` allocate. The port has no clock of its own: its NTP time is the time since it began, as section 6.4.1 allows.

use std::time::Duration;

use rtcp_types::{Bye, Compound, ReceiverReport, ReportBlock, RtcpPacketParser, SenderReport};

use super::FRAME;
use super::rtp::Reception;
use crate::time::{TICK, Tick};

/// Octets of a CNAME: 96 bits in base64 (RFC 7022, section 4.2).
pub(super) const CNAME: usize = 16;
/// The longest compound packet that is written.
pub(super) const COMPOUND_MAX: usize = 28 + 24 + 8 + 2 + CNAME + 2;
/// The mean time between reports: 5 s.
const INTERVAL_TICKS: u64 = Tick::covering(Duration::from_secs(5));

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
const CNAME_ITEM: u8 = 1;

/// When to report: every 2.5 to 7.5 s, so that many calls do not report together (section 6.3.1).
#[derive(Debug)]
pub(super) struct Schedule {
    seed: u64,
    next: Tick,
}

impl Schedule {
    /// The first report comes after half an interval.
    pub(super) fn new(seed: u64) -> Self {
        let mut schedule = Self { seed: seed | 1, next: Tick(0) };
        schedule.next = Tick(schedule.interval() / 2);
        schedule
    }

    /// Whether a report is due; if so the next is set.
    pub(super) fn is_due(&mut self, now: Tick) -> bool {
        let due = now >= self.next;
        if due {
            self.next = Tick(now.0 + self.interval());
        }
        due
    }

    fn interval(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        INTERVAL_TICKS / 2 + self.seed % (INTERVAL_TICKS + 1)
    }
}

/// What we have sent, for the sender's part of a report.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    pub(super) timestamp: u32,
    pub(super) packets: u32,
    pub(super) octets: u32,
}

/// What the peer's reports told.
#[derive(Debug, Default)]
pub(super) struct Remote {
    /// The middle of the last sender report's NTP time, and when it came.
    last_report: Option<(u32, Tick)>,
    /// The share of our packets lost on the way, in 1/256, by the last report.
    pub(super) fraction_lost: u8,
}

/// What a compound packet meant for the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compounded {
    /// It is no RTCP.
    Malformed,
    /// Reports.
    Reports,
    /// The peer's source has said goodbye.
    Bye,
}

impl Remote {
    /// Reads a compound packet about our source `ours`.
    pub(super) fn receive(&mut self, bytes: &[u8], ours: u32, now: Tick) -> Compounded {
        let first = bytes.get(1).copied();
        if Compound::parse(bytes).is_err() || !matches!(first, Some(SENDER_REPORT | RECEIVER_REPORT)) {
            return Compounded::Malformed;
        }
        let mut rest = bytes;
        let mut meant = Compounded::Reports;
        while let Some((packet, after)) = split(rest) {
            if self.read(packet, ours, now) == Some(Compounded::Bye) {
                meant = Compounded::Bye;
            }
            rest = after;
        }
        meant
    }

    fn read(&mut self, packet: &[u8], ours: u32, now: Tick) -> Option<Compounded> {
        match packet[1] {
            SENDER_REPORT => {
                let report = SenderReport::parse(packet).ok()?;
                self.last_report = Some(((report.ntp_timestamp() >> 16) as u32, now));
                self.blocks(report.report_blocks(), ours);
            }
            RECEIVER_REPORT => self.blocks(ReceiverReport::parse(packet).ok()?.report_blocks(), ours),
            BYE => return Bye::parse(packet).ok().map(|_| Compounded::Bye),
            _ => {}
        }
        Some(Compounded::Reports)
    }

    fn blocks<'a>(&mut self, mut blocks: impl Iterator<Item = ReportBlock<'a>>, ours: u32) {
        if let Some(block) = blocks.find(|block| block.ssrc() == ours) {
            self.fraction_lost = block.fraction_lost();
        }
    }
}

/// The first packet of a compound and what follows it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [_, _, high, low] = *bytes.first_chunk()?;
    bytes.split_at_checked((usize::from(u16::from_be_bytes([high, low])) + 1) * 4)
}

/// A report of ours.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) ssrc: u32,
    pub(super) cname: &'a [u8; CNAME],
    /// What we have sent, when that was anything since the last report.
    pub(super) sent: Option<Sent>,
    pub(super) remote: &'a Remote,
    pub(super) now: Tick,
    /// Units of the timestamps in a sample: jitter is told in them.
    pub(super) units: u32,
}

impl Report<'_> {
    /// Writes it as a compound packet, with a block about `reception`, and says its length.
    pub(super) fn write(&self, reception: Option<&mut Reception>, buffer: &mut [u8; COMPOUND_MAX]) -> usize {
        let mut writer = Writer { buffer, length: 0 };
        match self.sent {
            Some(sent) => self.sender(sent, reception.is_some(), &mut writer),
            None => self.receiver(reception.is_some(), &mut writer),
        }
        if let Some(reception) = reception {
            self.block(reception, &mut writer);
        }
        self.description(&mut writer);
        writer.length
    }

    fn sender(&self, sent: Sent, block: bool, writer: &mut Writer<'_>) {
        writer.header(u8::from(block), SENDER_REPORT, if block { 12 } else { 6 });
        writer.words(&[self.ssrc]);
        writer.put(&ntp(self.now).to_be_bytes());
        writer.words(&[sent.timestamp, sent.packets, sent.octets]);
    }

    fn receiver(&self, block: bool, writer: &mut Writer<'_>) {
        writer.header(u8::from(block), RECEIVER_REPORT, if block { 7 } else { 1 });
        writer.words(&[self.ssrc]);
    }

    fn block(&self, reception: &mut Reception, writer: &mut Writer<'_>) {
        let (last, delay) = self.remote.last_report.map_or((0, 0), |(last, at)| (last, since(at, self.now)));
        let lost = u32::from(reception.fraction_lost()) << 24 | reception.lost().min(0x7F_FFFF);
        writer.words(&[reception.ssrc, lost, reception.highest(), reception.jitter().saturating_mul(self.units), last, delay]);
    }

    fn description(&self, writer: &mut Writer<'_>) {
        writer.header(1, SOURCE_DESCRIPTION, 1 + (2 + CNAME as u16 + 2) / 4);
        writer.words(&[self.ssrc]);
        writer.put(&[CNAME_ITEM, CNAME as u8]);
        writer.put(self.cname);
        writer.put(&[0, 0]);
    }
}

struct Writer<'a> {
    buffer: &'a mut [u8; COMPOUND_MAX],
    length: usize,
}

impl Writer<'_> {
    fn header(&mut self, count: u8, kind: u8, words: u16) {
        self.put(&[0x80 | count, kind]);
        self.put(&words.to_be_bytes());
    }

    fn words(&mut self, words: &[u32]) {
        words.iter().for_each(|word| self.put(&word.to_be_bytes()));
    }

    fn put(&mut self, bytes: &[u8]) {
        self.buffer[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }
}

/// The time since the port began, as NTP writes it: seconds in 32.32 fixed point.
fn ntp(now: Tick) -> u64 {
    now.0.saturating_mul(TICK.as_millis() as u64).saturating_mul(1 << 32) / 1000
}

/// From one tick to another in 1/65536 s.
fn since(at: Tick, now: Tick) -> u32 {
    (now.0.saturating_sub(at.0) * 65_536 * FRAME as u64 / 8000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_come_every_few_seconds_and_never_in_step() {
        let mut schedule = Schedule::new(7);
        let due: Vec<_> = (0..20_000).filter(|tick| schedule.is_due(Tick(*tick))).collect();
        let gaps: std::collections::BTreeSet<_> = due.windows(2).map(|two| two[1] - two[0]).collect();
        assert!(gaps.len() > 20 && gaps.iter().all(|gap| (125..=375).contains(gap)), "{gaps:?}");
        assert!((62..=187).contains(&due[0]));
    }

    #[track_caller]
    fn check(compound: &[&[u8]], expected: Compounded, fraction_lost: u8) {
        let mut remote = Remote::default();
        assert_eq!(remote.receive(&compound.concat(), 1, Tick(0)), expected);
        assert_eq!(remote.fraction_lost, fraction_lost);
    }

    #[test]
    fn a_compound_is_read_to_its_end() {
        let empty: &[u8] = &[0x80, 201, 0, 1, 0, 0, 0, 9];
        let about = |ssrc: u8| [&[0x81, 201, 0, 7, 0, 0, 0, 9, 0, 0, 0, ssrc, 64][..], &[0; 19]].concat();
        let (about_us, about_another) = (about(1), about(2));
        let bye: &[u8] = &[0x81, 203, 0, 1, 0, 0, 0, 9];
        let unknown: &[u8] = &[0x80, 210, 0, 1, 1, 2, 3, 4];
        check(&[empty], Compounded::Reports, 0);
        check(&[&about_us], Compounded::Reports, 64);
        check(&[&about_another], Compounded::Reports, 0);
        check(&[empty, unknown, bye], Compounded::Bye, 0);
        check(&[bye], Compounded::Malformed, 0);
        check(&[empty, &bye[..6]], Compounded::Malformed, 0);
    }

    #[test]
    fn the_time_since_a_report_is_told_in_65536ths_of_a_second() {
        assert_eq!((since(Tick(10), Tick(60)), ntp(Tick(75))), (65_536, 3 << 31));
    }
}
