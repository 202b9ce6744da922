//! Whether somebody speaks, by loudness alone.
//!
//! Speech is what stands out of the line's own noise. The noise is the least power heard of late: it falls at once and rises slowly, so words stay above it. Who begins to
//! speak must be louder than who goes on (a hysteresis), and for some ticks, so that a click is no word.

use super::codec::g711::linear;
use super::sinusoid::{MILLIWATT, dot};
use super::{FRAME, Frame};

/// Speech begins at this power over the noise, and goes on down to that: 10 and 6 dB.
const OVER_NOISE: f32 = 10.0;
const STILL_OVER_NOISE: f32 = 4.0;
/// What is weaker is no speech on any line: -45 and -48 dBm0.
const FAINT: f32 = MILLIWATT * 3.2e-5;
const STILL_FAINT: f32 = MILLIWATT * 1.6e-5;
/// At first noise is taken to be no louder than this, or nobody could be heard: -30 dBm0. So who speaks in the very first tick is heard too.
const NOISE_MAX: f32 = MILLIWATT * 1e-3;
/// How fast the noise rises while it is not heard alone: 1 dB a second.
const RISES: f32 = 1.0046;
/// Nobody speaks for so many ticks without a breath: three seconds. Where that is told, it is noise that has begun, and is learnt at 10 dB a second, however loud it is.
const BREATH: u16 = 150;
const RISES_OPEN: f32 = 1.047;
/// Who goes on speaking is this far below who begins.
const STILL: f32 = 0.4;

/// Whether somebody speaks.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// The power of the noise; `None` before the first tick.
    noise: Option<f32>,
    /// Ticks above the threshold, one after another.
    loud: u8,
    /// Ticks that it has been open.
    open: u16,
    learns: bool,
}

impl Gate {
    /// One that a noise without a breath does not keep open.
    pub(super) fn breathing() -> Self {
        Self { learns: true, ..Self::default() }
    }

    /// A tick of this power; speech `begins` with so many loud ones, each louder than `least`.
    pub(super) fn hear(&mut self, power: f32, begins: u8, least: f32) -> bool {
        let endless = self.learns && self.open >= BREATH;
        let (rises, most) = if endless { (RISES_OPEN, MILLIWATT) } else { (RISES, NOISE_MAX.max(self.noise.unwrap_or(0.0))) };
        let noise = self.noise.map_or(power, |noise| power.min(noise * rises)).clamp(1.0, most);
        self.noise = Some(noise);
        if self.open > 0 {
            let goes_on = power > STILL_FAINT.max(noise * STILL_OVER_NOISE).max(least * STILL);
            (self.open, self.loud) = (if goes_on { self.open.saturating_add(1) } else { 0 }, 0);
        } else {
            self.loud = if power > FAINT.max(noise * OVER_NOISE).max(least) { self.loud + 1 } else { 0 };
            self.open = u16::from(self.loud >= begins);
        }
        self.open > 0
    }

    /// What was heard just now is no speech.
    pub(super) fn close(&mut self) {
        (self.open, self.loud) = (0, 0);
    }
}

/// The mean square of a tick.
pub(super) fn power(frame: &Frame) -> f32 {
    let voice = frame.map(|sample| f32::from(linear(sample)));
    dot(&voice, &voice) / FRAME as f32
}
