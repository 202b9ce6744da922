//! Hours of what is no key: voices that speak and glide, music with its overtones, whistles, bursts of noise. Seeded, and made as quickly as it is heard.

use std::f32::consts::{PI, TAU};

use crate::sound::{Chance, MS, dbm0};

const RATE: f32 = 8000.0;

/// A voice that babbles: pulses of the glottis or breath through three formants that glide from syllable to syllable.
#[derive(Debug)]
pub(crate) struct Voice {
    chance: Chance,
    pitch: f32,
    /// The length of the throat: formants of a child lie higher.
    throat: f32,
    loud: f32,
    phase: f32,
    formants: [Formant; 3],
}

#[derive(Clone, Copy, Debug, Default)]
struct Formant {
    hz: f32,
    last: [f32; 2],
}

impl Formant {
    /// A resonance of this width, of gain 1 at its peak.
    fn pass(&mut self, sample: f32, wide: f32) -> f32 {
        let radius = 1.0 - PI * wide / RATE;
        let turn =
            1.0 - (TAU * self.hz / RATE).powi(2) / 2.0 + (TAU * self.hz / RATE).powi(4) / 24.0 - (TAU * self.hz / RATE).powi(6) / 720.0; // a cosine, quickly
        let next = sample * (1.0 - radius) + 2.0 * radius * turn * self.last[0] - radius * radius * self.last[1];
        self.last = [next, self.last[0]];
        next
    }
}

/// Formants of vowels and of voiced consonants, in Hz.
const SOUNDS: [[f32; 3]; 12] = [
    [730.0, 1090.0, 2440.0],
    [530.0, 1840.0, 2480.0],
    [270.0, 2290.0, 3010.0],
    [570.0, 840.0, 2410.0],
    [300.0, 870.0, 2240.0],
    [660.0, 1720.0, 2410.0],
    [440.0, 1020.0, 2240.0],
    [490.0, 1350.0, 1690.0],
    [640.0, 1190.0, 2390.0],
    [280.0, 1310.0, 2200.0],
    [250.0, 1000.0, 2600.0],
    [390.0, 1990.0, 2550.0],
];

impl Voice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let throat = chance.between(0.9, 1.3);
        let pitch = chance.between(85.0, 150.0) * if throat > 1.1 { 2.0 } else { 1.0 };
        let loud = dbm0(chance.between(-28.0, -10.0));
        Self { chance, pitch, throat, loud, phase: 0.0, formants: [Formant::default(); 3] }
    }

    /// A syllable, or a breath between words.
    pub(crate) fn syllable(&mut self, out: &mut Vec<f32>) {
        let samples = self.chance.below(220 * MS) + 80 * MS;
        if self.chance.share() < 0.15 {
            return out.extend(std::iter::repeat_n(0.0, samples));
        }
        let aim = SOUNDS[self.chance.below(SOUNDS.len())].map(|hz| hz * self.throat);
        let voiced = self.chance.share() < 0.85;
        let breath = if voiced { self.chance.between(0.0, 0.08) } else { 1.0 };
        let (from, to) = (self.pitch * self.chance.between(0.8, 1.25), self.pitch * self.chance.between(0.8, 1.25));
        let wide = self.chance.between(40.0, 110.0);
        let sung = self.chance.share() < 0.2; // a held vowel of an unmoved pitch
        for at in 0..samples {
            let way = if sung { 0.0 } else { at as f32 / samples as f32 };
            self.phase += (from + (to - from) * way) / RATE;
            let pulse = if self.phase >= 1.0 { 40.0 } else { -0.5 };
            self.phase = self.phase.fract();
            let source = if voiced { pulse } else { 0.0 } + breath * 40.0 * (self.chance.share() - 0.5);
            let mut sample = 0.0;
            for ((formant, aim), gain) in self.formants.iter_mut().zip(aim).zip([1.0, 0.6, 0.25]) {
                formant.hz += (aim - formant.hz) * 0.004;
                sample += gain * formant.pass(source, wide);
            }
            let swell = (at.min(samples - at) as f32 / (20 * MS) as f32).min(1.0);
            out.push(self.loud * swell * sample);
        }
    }
}

/// A player of an instrument: notes of the tempered scale alone and in chords, plucked or held, with overtones; now and then a whistle that glides.
#[derive(Debug)]
pub(crate) struct Music {
    chance: Chance,
    loud: f32,
    /// Each overtone is so much weaker than the one below.
    fall: f32,
    decay: f32,
    key: usize,
}

/// Steps of a scale.
const SCALE: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
const OVERTONES: usize = 5;

/// A sinusoid by rotation.
#[derive(Clone, Copy)]
struct Rotor {
    at: [f32; 2],
    step: [f32; 2],
}

impl Rotor {
    fn new(hz: f32, loud: f32) -> Self {
        let (sin, cos) = (TAU * hz / RATE).sin_cos();
        Self { at: [loud, 0.0], step: [cos, sin] }
    }

    fn next(&mut self) -> f32 {
        let ([x, y], [cos, sin]) = (self.at, self.step);
        self.at = [x * cos - y * sin, x * sin + y * cos];
        y
    }
}

impl Music {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let loud = dbm0(chance.between(-30.0, -14.0));
        let fall = chance.between(0.35, 0.8);
        let decay = 1.0 - chance.between(0.0, 0.0006);
        let key = chance.below(12);
        Self { chance, loud, fall, decay, key }
    }

    /// A chord, a note or a whistle.
    pub(crate) fn bar(&mut self, out: &mut Vec<f32>) {
        let samples = self.chance.below(500 * MS) + 100 * MS;
        match self.chance.below(10) {
            0 => self.whistle(samples, out),
            1 => out.extend(std::iter::repeat_n(0.0, samples / 2)),
            2 => (0..samples / 4).for_each(|_| out.push(self.loud * 2.0 * (self.chance.share() - 0.5))),
            voices => self.chord(1 + voices % 4, samples, out),
        }
    }

    fn note(&mut self) -> f32 {
        let degree = SCALE[self.chance.below(SCALE.len())];
        let semitone = (self.key + degree + 12 * self.chance.below(4)) as f32;
        110.0 * 2_f32.powf(semitone / 12.0)
    }

    fn chord(&mut self, voices: usize, samples: usize, out: &mut Vec<f32>) {
        let mut rotors = Vec::new();
        for _ in 0..voices {
            let hz = self.note();
            let sounding =
                (1..=OVERTONES).map(|n| (hz * n as f32, self.loud * self.fall.powi(n as i32 - 1))).filter(|(hz, _)| *hz < 3800.0);
            rotors.extend(sounding.map(|(hz, loud)| Rotor::new(hz, loud)));
        }
        let mut swell = 1.0;
        for _ in 0..samples {
            swell *= self.decay;
            out.push(swell * rotors.iter_mut().map(Rotor::next).sum::<f32>());
        }
    }

    fn whistle(&mut self, samples: usize, out: &mut Vec<f32>) {
        let (from, to) = (self.chance.between(600.0, 2300.0), self.chance.between(600.0, 2300.0));
        let mut phase = 0.0;
        for at in 0..samples {
            phase += (from + (to - from) * at as f32 / samples as f32) / RATE;
            out.push(self.loud * (TAU * phase).sin() + self.loud * 0.03 * (self.chance.share() - 0.5));
            phase = phase.fract();
        }
    }
}
