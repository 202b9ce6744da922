//! The playout buffer: voice is laid down by its RTP timestamp and taken up one tick at a time.
//!
//! Because every sample has its own cell, packets of any length, in any order, twice or overlapping need no cases of their own. It never waits: what is not there in
//! time is concealed. The delay grows when packets come too late and shrinks when they have long come too early, which also follows a peer's drifting clock.

use super::codec::g711;
use super::sinusoid::dot;
use super::{FRAME, Frame, SILENCE};

/// Samples it can hold: 512 ms.
const CELLS: usize = 4096;
/// The delay a stream begins with: 40 ms.
const DELAY_FIRST: u32 = 320;
/// The delay it never exceeds: 240 ms.
const DELAY_MAX: i32 = 1920;
/// How early even the latest packet may come without the delay being called too long: 40 ms.
const EARLY_MAX: i32 = 320;
/// The ticks over which "all the time" is judged: 2 s.
const WINDOW_TICKS: u32 = 100;
/// Samples over which concealment fades out: 60 ms.
const FADE: usize = 480;
/// The periods that concealment looks for: 10 to 25 ms, so that one or some of any voice's are among them.
const PERIOD_MIN: usize = 80;
const PERIOD_MAX: usize = 200;
/// Samples that are compared: 15 ms.
const LIKE: usize = 120;
/// Samples that are remembered for it.
const HISTORY: usize = PERIOD_MAX + LIKE;
/// What marks a cell as filled, beside its A-law byte.
const FILLED: u16 = 0x100;

/// The playout buffer of one stream.
#[derive(Debug)]
pub(super) struct Jitter {
    cells: Box<[u16]>,
    /// The timestamp that is played next; `None` before the first packet.
    next: Option<u32>,
    /// The timestamp after the newest sample.
    end: u32,
    /// The timestamp after the last sample that was really played; nothing before it is taken.
    played: u32,
    /// The peer said that it is silent: what is missing is not lost.
    hushed: bool,
    surplus: Surplus,
    concealer: Concealer,
    /// Packets that came after their time.
    pub(super) late: u32,
    /// Ticks in which something was made up.
    pub(super) concealed: u32,
}

impl Jitter {
    pub(super) fn new() -> Self {
        Self {
            cells: vec![0; CELLS].into_boxed_slice(),
            next: None,
            end: 0,
            played: 0,
            hushed: false,
            surplus: Surplus::default(),
            concealer: Concealer::new(),
            late: 0,
            concealed: 0,
        }
    }

    /// Forgets the stream: another begins, or this one has said goodbye.
    pub(super) fn forget(&mut self) {
        self.next = None;
        self.cells.fill(0);
        self.concealer.fade_away();
    }

    /// The peer is silent on purpose (comfort noise) or sends a key instead of voice.
    pub(super) fn hush(&mut self) {
        self.hushed = true;
    }

    /// Lays down the voice of a packet. `newest`: no later packet has come yet.
    pub(super) fn put(&mut self, timestamp: u32, voice: &[u8], newest: bool) {
        let Some(next) = self.place(timestamp, voice.len() as i32, newest) else {
            self.late = self.late.saturating_add(1);
            return;
        };
        self.hushed &= !newest;
        self.surplus.note(distance(next, timestamp));
        let mut at = timestamp;
        for sample in voice {
            if distance(next, at) >= 0 && distance(self.played, at) >= 0 {
                self.cells[at as usize % CELLS] = FILLED | u16::from(*sample);
            }
            at = at.wrapping_add(1);
        }
        if distance(self.end, at) > 0 {
            self.end = at;
        }
    }

    /// What is played next once this packet is taken in; `None` when its time is over for good.
    fn place(&mut self, timestamp: u32, length: i32, newest: bool) -> Option<u32> {
        let Some(next) = self.next else { return Some(self.start(timestamp)) };
        let ahead = distance(next, timestamp);
        if ahead >= -DELAY_MAX && ahead.saturating_add(length) <= CELLS as i32 {
            return Some(if ahead < 0 { self.hold(next, -ahead) } else { next });
        }
        newest.then(|| self.start(timestamp))
    }

    /// Begins to play, `DELAY_FIRST` before the packet at hand.
    fn start(&mut self, timestamp: u32) -> u32 {
        let next = timestamp.wrapping_sub(DELAY_FIRST);
        self.cells.fill(0);
        self.end = timestamp;
        self.played = next;
        self.surplus = Surplus::default();
        self.next = Some(next);
        next
    }

    /// A packet came `late` samples after its time: from now on everything waits that much longer, up to the limit.
    fn hold(&mut self, next: u32, late: i32) -> u32 {
        self.late = self.late.saturating_add(1);
        let room = (DELAY_MAX - distance(next, self.end).max(0)).max(0);
        let next = next.wrapping_sub(late.min(room) as u32);
        self.surplus = Surplus::default();
        self.next = Some(next);
        next
    }

    /// Takes up one tick of voice; says whether some of it was made up.
    pub(super) fn take(&mut self, frame: &mut Frame) -> bool {
        let Some(next) = self.next else {
            frame.iter_mut().for_each(|sample| *sample = self.concealer.conceal());
            return false;
        };
        let missing = self.read(next, frame);
        let made_up = missing && !self.hushed && self.concealer.is_audible();
        self.concealed = self.concealed.saturating_add(u32::from(made_up));
        let mut next = next.wrapping_add(FRAME as u32);
        if self.surplus.judge(is_quiet(frame)) {
            next = self.skip(next);
        }
        self.next = Some(next);
        made_up
    }

    /// Plays what lies at `next`; says whether anything was missing.
    fn read(&mut self, next: u32, frame: &mut Frame) -> bool {
        let mut missing = false;
        for (n, sample) in frame.iter_mut().enumerate() {
            let at = next.wrapping_add(n as u32);
            let cell = std::mem::take(&mut self.cells[at as usize % CELLS]);
            if cell & FILLED != 0 {
                *sample = self.concealer.heard(cell as u8);
                self.played = at.wrapping_add(1);
            } else {
                *sample = if self.hushed { self.concealer.hush() } else { self.concealer.conceal() };
                missing = true;
            }
        }
        missing
    }

    fn skip(&mut self, next: u32) -> u32 {
        for n in 0..FRAME as u32 {
            self.cells[next.wrapping_add(n) as usize % CELLS] = 0;
        }
        let next = next.wrapping_add(FRAME as u32);
        self.played = next;
        next
    }
}

/// From one timestamp to another, across the wrap.
fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from) as i32
}

/// Nothing in it is louder than a whisper: what may be cut without being heard.
fn is_quiet(frame: &Frame) -> bool {
    frame.iter().all(|sample| g711::linear(*sample).unsigned_abs() < 256)
}

/// Whether every packet comes earlier than it needs to.
#[derive(Debug, Default)]
struct Surplus {
    /// How early the latest of them came; `None` while none comes.
    least: Option<i32>,
    ticks: u32,
    due: bool,
}

impl Surplus {
    /// A packet came so many samples before its time.
    fn note(&mut self, early: i32) {
        self.least = Some(self.least.map_or(early, |least| least.min(early)));
    }

    /// Whether to drop a tick now: in a quiet moment, or when none has come for a whole window.
    fn judge(&mut self, quiet: bool) -> bool {
        self.ticks += 1;
        let ended = self.ticks >= WINDOW_TICKS;
        let drop = self.due && (quiet || ended);
        if drop {
            *self = Self::default();
        } else if ended {
            *self = Self { due: self.least.is_some_and(|least| least > EARLY_MAX), ..Self::default() };
        }
        drop
    }
}

/// Loss concealment: the last period of the voice again and again, fading to silence within 60 ms.
#[derive(Debug)]
struct Concealer {
    last: [u8; HISTORY],
    at: usize,
    /// Samples concealed since the last real one.
    run: usize,
    /// The length of the period that is repeated, found when a gap begins.
    period: usize,
}

impl Concealer {
    fn new() -> Self {
        Self { last: [SILENCE; HISTORY], at: 0, run: FADE, period: PERIOD_MAX }
    }

    fn heard(&mut self, sample: u8) -> u8 {
        self.last[self.at] = sample;
        self.at = (self.at + 1) % HISTORY;
        self.run = 0;
        sample
    }

    fn conceal(&mut self) -> u8 {
        if self.run >= FADE {
            return SILENCE;
        }
        if self.run == 0 {
            self.period = self.period();
        }
        let again = i32::from(g711::linear(self.last[(self.at + HISTORY - self.period + self.run % self.period) % HISTORY]));
        let faded = again * (FADE - self.run) as i32 / FADE as i32;
        self.run += 1;
        g711::alaw(faded as i16)
    }

    /// After how many samples the voice is most like itself; repeated so, a vowel keeps its pitch and a key its two tones.
    fn period(&self) -> usize {
        let past: [f32; HISTORY] = std::array::from_fn(|n| f32::from(g711::linear(self.last[(self.at + n) % HISTORY])));
        let newest = &past[PERIOD_MAX..];
        let likeness = |period: usize| {
            let before = &past[PERIOD_MAX - period..];
            dot(newest, before) / dot(&before[..LIKE], &before[..LIKE]).max(1.0).sqrt()
        };
        let (mut best, mut most) = (PERIOD_MAX, f32::MIN);
        for period in PERIOD_MIN..=PERIOD_MAX {
            let like = likeness(period);
            if like > most {
                (best, most) = (period, like);
            }
        }
        best
    }

    fn hush(&mut self) -> u8 {
        self.fade_away();
        SILENCE
    }

    fn fade_away(&mut self) {
        self.run = FADE;
    }

    fn is_audible(&self) -> bool {
        self.run < FADE
    }
}
