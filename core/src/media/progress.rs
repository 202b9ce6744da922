//! What a line says of itself: that a fax is at it (ITU-T T.30), or that the other side is gone and an exchange sounds its busy or dial tone (ITU-T E.180). It never ends a
//! call, it tells.
//!
//! Every tick the last 40 ms are named: quiet, one of the tones, or anything else. A tone counts by its cadence only: three like cycles for busy, two for a calling fax, seconds
//! without a break for a dial tone and an answering fax. Speech and music have neither the purity nor the patience.

use std::sync::LazyLock;

use super::FRAME;
use super::LineTone;
use super::sinusoid::{Lens, MILLIWATT, dot};

/// Samples that are looked at: 40 ms.
const WINDOW: usize = 2 * FRAME;
/// The least power that is no quiet: -43 dBm0.
const FAINT: f32 = MILLIWATT * 5e-5;
/// What is so much weaker than the tone before it is quiet too: 17 dB.
const QUIET_SHARE: f32 = 0.02;
/// The least share of all power that a tone must have.
const PURE: f32 = 0.9;
/// The least share of each tone of two.
const PART: f32 = 0.15;
/// How much two ticks of one tone may differ, in power as a ratio and in correlation: a cheap look that spares most speech the closer one.
const LIKE_POWER: f32 = 1.6;
const LIKE_CORRELATION: f32 = 0.02;
/// Ticks of anything else within which a tone or a quiet may go over into the other, and of a click or a reversed phase that breaks neither.
const BLUR_TICKS: u16 = 3;
/// How long a busy tone and its pauses may be: 160 to 800 ms.
const BUSY_TICKS: std::ops::RangeInclusive<u16> = 8..=40;
/// How much two cycles of one cadence may differ.
const LIKE_TICKS: u16 = 3;
/// Cycles of a busy tone that are waited for.
const BUSY_CYCLES: u8 = 3;
/// How long a dial tone is listened to: 5 s.
const DIAL_TICKS: u16 = 250;
/// A calling fax: half a second every three and a half (T.30, section 4.3.3.3: ± 15 %).
const CALLING_TICKS: std::ops::RangeInclusive<u16> = 20..=31;
const CALLING_PAUSE_TICKS: std::ops::RangeInclusive<u16> = 124..=176;
/// How long an answering fax is listened to, of its 2.6 to 4 s: 2 s.
const ANSWERING_TICKS: u16 = 100;
/// Longer than any cadence: where counting stops.
const LONG_TICKS: u16 = 1000;

static LENS: LazyLock<Lens<WINDOW>> = LazyLock::new(Lens::new);

/// Builds the tables now, so that no tick waits for them.
pub(super) fn prepare() {
    LazyLock::force(&LENS);
}

/// A tone of an exchange or of a fax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    /// 400 to 450 Hz: busy and dial tone in most of the world.
    Exchange,
    /// 480 and 620 Hz: busy in North America.
    NorthAmericanBusy,
    /// 350 and 440 Hz: dial tone in North America.
    NorthAmericanDial,
    /// 1100 Hz: a fax calls (CNG).
    Calling,
    /// 2100 Hz: a fax answers (CED).
    Answering,
}

/// What is quickly known of a tick: its sum of squares, and the correlation of neighbouring samples, which is the cosine of a lone tone's frequency.
#[derive(Clone, Copy, Debug, Default)]
struct Tick {
    squares: f32,
    correlation: f32,
}

/// What 40 ms are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Named {
    Quiet,
    Tone(Tone),
    Else,
}

/// Listens to the line of a leg, tick by tick.
#[derive(Debug)]
pub(super) struct Progress {
    window: [f32; WINDOW],
    /// The last tick.
    last: Tick,
    /// The power of the last tone.
    loud: f32,
    /// What has been going on, and for how long.
    now: Named,
    ticks: u16,
    /// Ticks since anything else began to interrupt it.
    blur: u16,
    cadence: Cadence,
    told: bool,
}

/// The cycles of a tone that have passed.
#[derive(Clone, Copy, Debug, Default)]
struct Cadence {
    tone: Option<Tone>,
    on: u16,
    off: u16,
    cycles: u8,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            window: [0.0; WINDOW],
            last: Tick::default(),
            loud: 0.0,
            now: Named::Quiet,
            ticks: 0,
            blur: 0,
            cadence: Cadence::default(),
            told: false,
        }
    }

    /// Hears a tick; `made_up`: some of it was concealed, and is taken for more of the same. What the line is, told once.
    pub(super) fn hear(&mut self, voice: &[f32; FRAME], made_up: bool) -> Option<LineTone> {
        self.window.copy_within(FRAME.., 0);
        self.window[FRAME..].copy_from_slice(voice);
        let last = std::mem::replace(&mut self.last, Tick::of(voice));
        let named = if made_up { self.now } else { self.name(last) };
        self.go_on(named);
        let heard = self.verdict().filter(|_| !self.told)?;
        self.told = true;
        Some(heard)
    }

    fn name(&mut self, last: Tick) -> Named {
        let quiet = FAINT.max(self.loud * QUIET_SHARE);
        if self.last.squares + last.squares < quiet * FRAME as f32 {
            return Named::Quiet; // spares silence the window
        }
        let power = LENS.power(&self.window);
        if power < quiet {
            return Named::Quiet;
        }
        let tone = if self.last.is_like(last) { self.tone(power) } else { None };
        match tone {
            Some(tone) => {
                self.loud = power;
                Named::Tone(tone)
            }
            None => Named::Else,
        }
    }

    /// The tone that is all there is.
    fn tone(&self, power: f32) -> Option<Tone> {
        let near = |low: f32, high: f32| (low..=high).contains(&self.last.correlation);
        if near(0.9, 0.97) && self.is(&[(425.0, 35.0)], power) {
            Some(Tone::Exchange)
        } else if near(0.85, 0.94) && self.is(&[(480.0, 12.0), (620.0, 12.0)], power) {
            Some(Tone::NorthAmericanBusy)
        } else if near(0.9, 0.97) && self.is(&[(350.0, 10.0), (440.0, 10.0)], power) {
            Some(Tone::NorthAmericanDial)
        } else if near(0.58, 0.7) && self.is(&[(1100.0, 40.0)], power) {
            Some(Tone::Calling)
        } else if near(-0.13, -0.02) && self.is(&[(2100.0, 17.0)], power) {
            Some(Tone::Answering)
        } else {
            None
        }
    }

    /// Whether these frequencies, each within so many Hz, have nearly all of the power, and each a part of it.
    fn is(&self, tones: &[(f32, f32)], power: f32) -> bool {
        let mut sum = 0.0;
        tones.iter().all(|(hz, off)| {
            let seen = LENS.measure(&self.window, *hz);
            sum += seen.power;
            (seen.hz - hz).abs() <= *off && seen.power >= PART * power
        }) && sum >= PURE * power
    }

    /// One tick more of the same, or the change from a tone to quiet and back.
    fn go_on(&mut self, named: Named) {
        self.ticks = (self.ticks + 1).min(LONG_TICKS);
        if named == self.now {
            self.blur = 0;
        } else if named == Named::Else && self.blur < BLUR_TICKS {
            self.blur += 1;
        } else {
            let ticks = self.ticks - 1 - self.blur / 2; // half of the blur was still the old
            self.cadence = self.cadence.after(self.now, ticks, named);
            self.now = named;
            self.ticks = 1 + self.blur / 2;
            self.blur = 0;
        }
    }

    fn verdict(&self) -> Option<LineTone> {
        let Named::Tone(tone) = self.now else { return None };
        let repeated = self.cadence.cycles;
        match tone {
            Tone::Exchange | Tone::NorthAmericanBusy if repeated >= BUSY_CYCLES => Some(LineTone::Busy),
            Tone::Exchange | Tone::NorthAmericanDial if self.ticks >= DIAL_TICKS => Some(LineTone::Busy),
            Tone::Calling if repeated >= 1 && self.ticks >= *CALLING_TICKS.start() => Some(LineTone::Fax),
            Tone::Answering if self.ticks >= ANSWERING_TICKS => Some(LineTone::Fax),
            Tone::Exchange | Tone::NorthAmericanBusy | Tone::NorthAmericanDial | Tone::Calling | Tone::Answering => None,
        }
    }
}

impl Tick {
    fn of(voice: &[f32; FRAME]) -> Self {
        let squares = dot(voice, voice);
        let (these, next) = (&voice[..FRAME - 8], &voice[1..FRAME - 7]);
        Self { squares, correlation: dot(these, next) / dot(these, these).max(1.0) }
    }

    fn is_like(self, other: Self) -> bool {
        let (least, most) = (self.squares.min(other.squares), self.squares.max(other.squares));
        most <= least * LIKE_POWER && (self.correlation - other.correlation).abs() <= LIKE_CORRELATION
    }
}

impl Cadence {
    /// What follows when `was` has ended after `ticks` and `next` begins.
    fn after(self, was: Named, ticks: u16, next: Named) -> Self {
        match (was, next) {
            (Named::Tone(tone), Named::Quiet) if tone.lasts(ticks) => self.toned(tone, ticks),
            (Named::Quiet, Named::Tone(tone)) if self.tone == Some(tone) && tone.pauses(ticks) => self.paused(ticks),
            (Named::Tone(_) | Named::Quiet | Named::Else, _) => Self::default(),
        }
    }

    fn toned(self, tone: Tone, on: u16) -> Self {
        let same = self.tone == Some(tone) && self.on.abs_diff(on) <= LIKE_TICKS;
        if same { Self { on, ..self } } else { Self { tone: Some(tone), on, off: 0, cycles: 0 } }
    }

    fn paused(self, off: u16) -> Self {
        let same = self.off == 0 || self.off.abs_diff(off) <= LIKE_TICKS;
        Self { off, cycles: if same { self.cycles.saturating_add(1) } else { 1 }, ..self }
    }
}

impl Tone {
    fn lasts(self, ticks: u16) -> bool {
        match self {
            Self::Exchange | Self::NorthAmericanBusy => BUSY_TICKS.contains(&ticks),
            Self::Calling => CALLING_TICKS.contains(&ticks),
            Self::NorthAmericanDial | Self::Answering => false,
        }
    }

    fn pauses(self, ticks: u16) -> bool {
        match self {
            Self::Exchange | Self::NorthAmericanBusy => BUSY_TICKS.contains(&ticks),
            Self::Calling => CALLING_PAUSE_TICKS.contains(&ticks),
            Self::NorthAmericanDial | Self::Answering => false,
        }
    }
}
