//! Keys as tones within the voice (ITU-T Q.23): heard as ITU-T Q.24 asks, and made. It never hears a key in speech or music, as far as both can be told from a key.
//!
//! Every 5 ms the last 25 ms are looked at. They hold a key when two sinusoids, one of each group, are nearly all that is heard, each within its tolerance. A key is told when
//! that holds four times in a row, at the same frequencies and level: 35 ms of a tone always do, 25 ms never. It is over when eight looks in a row fail, so that a break of 10 ms
//! does not split it and a pause of 30 ms does. Voice that was made up for lost packets may confirm a key, never end it.
//!
//! All else that would have to be excluded (harmonics, a third tone, a voice over it) is heard as power beside the two.

use std::f32::consts::TAU;
use std::sync::LazyLock;

use super::Stroke;
use crate::key::Key;
use crate::media::codec::g711;
use crate::media::sinusoid::{Lens, MILLIWATT, RATE, Sinusoid, dot};
use crate::media::{FRAME, Frame};

/// The low group, a row of keys each, and the high group, a column each, in Hz.
const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYPAD: [[char; 4]; 4] = [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];
/// Both groups.
const TONES: usize = LOW.len() + HIGH.len();

/// Samples between two looks: 5 ms.
const HOP: usize = 40;
/// Samples that are looked at: 25 ms.
const WINDOW: usize = 200;
/// Pairs of adjoining hops in a window.
const PAIRS: usize = WINDOW / HOP - 1;
/// Looks that must agree before a key is told.
const LOOKS_DOWN: u8 = 4;
/// Looks that must fail before a key is up.
const LOOKS_UP: u8 = 8;

/// How far a tone may be from its frequency: Q.24 wants 1.5 % + 2 Hz accepted and 3.5 % rejected.
const OFF_SHARE: f32 = 0.016;
const OFF_HZ: f32 = 2.5;
/// How near to an octave a voice's overtones are. A key's tones, as far off as they may be, are farther from it.
const OCTAVE_HZ: f32 = 8.0;
/// How far from each other the frequencies of two looks may be, in Hz: a voice glides, a key does not.
const GLIDE_HZ: f32 = 8.0;
/// How much louder the low group may be than the high one (10 dB; Q.24, 8), and the high than the low (8 dB; Q.24, 4).
const TWIST_LOW: f32 = 10.0;
const TWIST_HIGH: f32 = 6.3;
/// How far apart the power of two looks may be: 3 dB.
const WAVER: f32 = 2.0;
/// The least power of both tones: -42 dBm0.
const FAINT: f32 = MILLIWATT * 6.3e-5;
/// The least share of all power that the two tones must have. At a signal-to-noise ratio of 15 dB it is 0.97.
const PURE: f32 = 0.92;
/// The least share by the rough measure that makes a closer look worth while; a tone at the edge of its tolerance still has 0.7 there.
const WORTH: f32 = 0.55;

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::build);

/// Builds the tables now, so that no frame waits for them.
pub(in crate::media) fn prepare() {
    LazyLock::force(&TABLES);
}

struct Tables {
    lens: Lens<WINDOW>,
    /// For each sample of a hop the cosines of all tones, then their sines.
    carriers: [[f32; 2 * TONES]; HOP],
    /// The same one hop on.
    advance: [f32; 2 * TONES],
}

impl Tables {
    fn build() -> Self {
        let carrier = |at: usize| std::array::from_fn(|lane| turn(frequency(lane % TONES), at, lane < TONES));
        Self { lens: Lens::new(), carriers: std::array::from_fn(carrier), advance: carrier(HOP) }
    }
}

fn turn(hz: f32, at: usize, cosine: bool) -> f32 {
    let (sin, cos) = (TAU * hz * at as f32 / RATE).sin_cos();
    if cosine { cos } else { sin }
}

fn frequency(tone: usize) -> f32 {
    if tone < LOW.len() { LOW[tone] } else { HIGH[tone - LOW.len()] }
}

/// Hears keys in the voice of a leg, tick by tick.
#[derive(Debug)]
pub(in crate::media) struct Detector {
    window: [f32; WINDOW],
    /// The last hop at each tone: its cosine parts, then its sine parts.
    last: [f32; 2 * TONES],
    /// The power at each tone in each pair of hops of the window, and the sum of squares of each.
    pairs: [[f32; TONES]; PAIRS],
    squares: [f32; PAIRS + 1],
    rising: Option<Rising>,
    down: Option<Down>,
    /// Looks until nothing of the window was made up.
    made_up: u8,
}

/// Two sinusoids that are a key's.
#[derive(Clone, Copy, Debug)]
struct Look {
    key: Key,
    low: Sinusoid,
    high: Sinusoid,
}

/// A key that has been seen, not yet often enough.
#[derive(Clone, Copy, Debug)]
struct Rising {
    look: Look,
    looks: u8,
}

/// A key that has been told and is not over.
#[derive(Clone, Copy, Debug)]
struct Down {
    key: Key,
    missed: u8,
}

impl Detector {
    pub(in crate::media) fn new() -> Self {
        Self {
            window: [0.0; WINDOW],
            last: [0.0; 2 * TONES],
            pairs: [[0.0; TONES]; PAIRS],
            squares: [0.0; PAIRS + 1],
            rising: None,
            down: None,
            made_up: 0,
        }
    }

    /// Hears a tick of voice; `made_up`: some of it was concealed.
    pub(in crate::media) fn hear(&mut self, voice: &[f32; FRAME], made_up: bool) -> Option<Stroke> {
        let mut told = None;
        for hop in voice.as_chunks::<HOP>().0 {
            self.made_up = if made_up { (WINDOW / HOP) as u8 } else { self.made_up.saturating_sub(1) };
            let look = self.look(hop);
            let stroke = self.judge(look);
            told = match (told, stroke) {
                (Some(Stroke::Down(key)), _) => Some(Stroke::Down(key)),
                (before, stroke) => stroke.or(before),
            };
        }
        told
    }

    /// Takes in a hop, and looks at the window that ends with it.
    fn look(&mut self, hop: &[f32; HOP]) -> Option<Look> {
        self.window.copy_within(HOP.., 0);
        self.window[WINDOW - HOP..].copy_from_slice(hop);
        self.squares.rotate_left(1);
        self.squares[PAIRS] = dot(hop, hop);
        self.pairs.rotate_left(1);
        self.pairs[PAIRS - 1] = self.pair(hop);
        if !self.is_loud() {
            return None;
        }
        let (low, high) = self.strongest();
        // A sinusoid of amplitude A gives each of the four pairs (HOP A)², and each sample of the window A² / 2.
        let rough = (low.1 + high.1) * WINDOW as f32 / (2 * PAIRS * HOP * HOP) as f32;
        if rough < WORTH * self.squares.iter().sum::<f32>() { None } else { self.closer(low.0, high.0) }
    }

    fn is_loud(&self) -> bool {
        self.squares.iter().sum::<f32>() >= FAINT * WINDOW as f32
    }

    /// The power at each tone in this hop and the one before it, taken together.
    fn pair(&mut self, hop: &[f32; HOP]) -> [f32; TONES] {
        let tables = &*TABLES;
        let mut parts = [0.0; 2 * TONES];
        for (sample, carriers) in hop.iter().zip(&tables.carriers) {
            parts.iter_mut().zip(carriers).for_each(|(part, carrier)| *part += sample * carrier);
        }
        let last = std::mem::replace(&mut self.last, parts);
        std::array::from_fn(|tone| {
            let (cos, sin) = (tables.advance[tone], tables.advance[TONES + tone]);
            let re = last[tone] + parts[tone] * cos - parts[TONES + tone] * sin;
            let im = last[TONES + tone] + parts[TONES + tone] * cos + parts[tone] * sin;
            re * re + im * im
        })
    }

    /// The strongest tone of each group, and its power over all pairs.
    fn strongest(&self) -> ((usize, f32), (usize, f32)) {
        let power = |tone: usize| (tone, self.pairs.iter().map(|pair| pair[tone]).sum::<f32>());
        let most = |a: (usize, f32), b: (usize, f32)| if b.1 > a.1 { b } else { a };
        let low = (1..LOW.len()).map(power).fold(power(0), most);
        let high = (LOW.len() + 1..TONES).map(power).fold(power(LOW.len()), most);
        (low, high)
    }

    /// Whether the window holds this tone and this, and next to nothing else.
    fn closer(&self, low: usize, high: usize) -> Option<Look> {
        let lens = &TABLES.lens;
        let near = |tone: usize| {
            let seen = lens.measure(&self.window, frequency(tone));
            let off = (seen.hz - frequency(tone)).abs();
            (off <= frequency(tone) * OFF_SHARE + OFF_HZ).then_some(seen)
        };
        let key = Key::from_char(KEYPAD[low][high - LOW.len()])?;
        let look = Look { key, low: near(low)?, high: near(high)? };
        let both = look.low.power + look.high.power;
        let level = look.low.power <= look.high.power * TWIST_LOW && look.high.power <= look.low.power * TWIST_HIGH;
        let octave = (look.high.hz - 2.0 * look.low.hz).abs() <= OCTAVE_HZ;
        (level && !octave && both >= FAINT && both >= PURE * lens.power(&self.window)).then_some(look)
    }

    /// What a look means after those before it.
    fn judge(&mut self, look: Option<Look>) -> Option<Stroke> {
        let held = self.down.filter(|down| look.is_some_and(|look| look.key == down.key));
        if let Some(down) = held {
            self.down = Some(Down { missed: 0, ..down });
            self.rising = None;
            return Some(Stroke::Held(down.key));
        }
        match look {
            Some(look) => {
                self.rising =
                    Some(self.rising.filter(|rising| rising.look.goes_on_as(look)).map_or(Rising { look, looks: 1 }, Rising::again))
            }
            None if self.made_up > 0 && self.is_loud() => return None,
            None => self.rising = None,
        }
        self.down = self.down.and_then(Down::missed);
        let rising = self.rising.take_if(|rising| rising.looks >= LOOKS_DOWN)?;
        self.down = Some(Down { key: rising.look.key, missed: 0 });
        Some(Stroke::Down(rising.look.key))
    }
}

impl Look {
    fn goes_on_as(&self, next: Self) -> bool {
        let steady = |a: Sinusoid, b: Sinusoid| (a.hz - b.hz).abs() <= GLIDE_HZ && a.power <= b.power * WAVER && b.power <= a.power * WAVER;
        self.key == next.key && steady(self.low, next.low) && steady(self.high, next.high)
    }
}

impl Rising {
    fn again(self) -> Self {
        Self { looks: self.looks + 1, ..self }
    }
}

impl Down {
    fn missed(self) -> Option<Self> {
        let missed = self.missed + 1;
        (missed < LOOKS_UP).then_some(Self { missed, ..self })
    }
}

/// The amplitudes of the tones that are sent: -8 and -6 dBm0, the high one louder since lines weaken it more.
const LOW_SENT: f32 = 8_900.0;
const HIGH_SENT: f32 = 11_200.0;

/// Fills a tick with a key's tone, from sample `from` of the tone on.
pub(in crate::media) fn fill(key: Key, from: usize, voice: &mut Frame) {
    let (low, high) = pair_of(key);
    for (at, sample) in (from..).zip(voice.iter_mut()) {
        let wave = LOW_SENT * turn(low, at, false) + HIGH_SENT * turn(high, at, false);
        *sample = g711::alaw(wave as i16);
    }
}

/// The two frequencies of a key.
fn pair_of(key: Key) -> (f32, f32) {
    let place = KEYPAD.as_flattened().iter().position(|c| *c == key.char()).unwrap_or_default();
    (LOW[place / HIGH.len()], HIGH[place % HIGH.len()])
}
