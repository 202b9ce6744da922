//! What the network sees of an utterance: the logarithms of forty bands every 10 ms, at one level and on a floor of noise. `training/README.md` specifies it to the last constant.

use std::f64::consts::PI;
use std::ops::Range;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

/// Bands.
pub const MELS: usize = 40;

const RATE_HZ: f64 = 8000.0;
const WINDOW: usize = 200;
const HOP: usize = 80;
const TRANSFORM: usize = 256;
const BINS: usize = TRANSFORM / 2 + 1;
const MEL_LOW_HZ: f64 = 150.0;
const MEL_HIGH_HZ: f64 = 3800.0;
const LEVEL: f32 = 0.1;
const LEVEL_MIN: f64 = 1e-6;
const FLOOR_DB: f32 = -23.0;
const LOG_FLOOR: f32 = 1e-5;
const PRIOR_FRAMES: f32 = 100.0;
const SPREAD: f32 = 2.5;

/// The arithmetic, with its tables.
pub struct Features {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    bands: Vec<(Range<usize>, Vec<f32>)>,
}

impl Default for Features {
    fn default() -> Self {
        let window = (0..WINDOW).map(|k| (0.5 - 0.5 * (2.0 * PI * k as f64 / WINDOW as f64).cos()) as f32);
        Self { transform: RealFftPlanner::new().plan_fft_forward(TRANSFORM), window: window.collect(), bands: bands() }
    }
}

impl Features {
    /// The features of an utterance, frame after frame, [`MELS`] each; none of less than a window of sound. `prior` is the usual mean, which a model knows.
    pub fn of(&self, samples: &[i16], prior: &[f32; MELS]) -> Vec<f32> {
        let samples: Vec<f32> = samples.iter().map(|sample| f32::from(*sample) / 32768.0).collect();
        let mut mels = self.mels(&with_floor(&samples));
        subtract_mean(&mut mels, prior);
        mels
    }

    fn mels(&self, samples: &[f32]) -> Vec<f32> {
        let mut buffer = self.transform.make_input_vec();
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut mels = Vec::with_capacity(samples.len() / HOP * MELS);
        for frame in samples.windows(WINDOW).step_by(HOP) {
            buffer.fill(0.0);
            buffer.iter_mut().zip(frame.iter().zip(&self.window)).for_each(|(place, (sample, weight))| *place = sample * weight);
            if self.transform.process_with_scratch(&mut buffer, &mut spectrum, &mut scratch).is_err() {
                return Vec::new(); // the lengths are its own
            }
            let power: [f32; BINS] = std::array::from_fn(|bin| spectrum[bin].norm_sqr());
            mels.extend(self.bands.iter().map(|(bins, weights)| {
                let energy: f32 = power[bins.clone()].iter().zip(weights).map(|(power, weight)| power * weight).sum();
                (energy + LOG_FLOOR).ln()
            }));
        }
        mels
    }
}

/// How loud the speech is: the RMS of the blocks of 10 ms that are at least as loud as the mean block.
fn level(samples: &[f32]) -> f32 {
    let energy = |block: &[f32]| block.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / HOP as f64;
    let blocks: Vec<f64> = samples.chunks_exact(HOP).map(energy).collect();
    let mean = mean(&blocks);
    let loud: Vec<f64> = blocks.into_iter().filter(|block| *block >= mean).collect();
    self::mean(&loud).sqrt().max(LEVEL_MIN) as f32
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// At one level, on noise: no line is as silent as what the network would else never have heard.
fn with_floor(samples: &[f32]) -> Vec<f32> {
    let level = level(samples);
    let floor = 10_f32.powf(FLOOR_DB / 20.0);
    samples.iter().zip(floor_noise()).map(|(sample, noise)| LEVEL * (sample / level + floor * noise)).collect()
}

/// Uniform noise of variance 1, the same for every utterance.
fn floor_noise() -> impl Iterator<Item = f32> {
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let states = std::iter::successors(Some(1_u32), next).skip(1);
    states.map(|state| 3_f32.sqrt() * ((state >> 8) as f32 / 8_388_608.0 - 1.0))
}

/// Triangles of height 1 whose corners are equally far apart in mel: which bins each takes, and how much of them.
fn bands() -> Vec<(Range<usize>, Vec<f32>)> {
    let mel = |hertz: f64| 1127.0 * (hertz / 700.0).ln_1p();
    let (low, high) = (mel(MEL_LOW_HZ), mel(MEL_HIGH_HZ));
    let corner = |at: usize| 700.0 * ((low + (high - low) * at as f64 / (MELS + 1) as f64) / 1127.0).exp_m1();
    let band = |at: usize| {
        let [left, centre, right] = [corner(at), corner(at + 1), corner(at + 2)];
        let hertz = |bin: usize| bin as f64 * RATE_HZ / TRANSFORM as f64;
        let weight = |bin: usize| ((hertz(bin) - left) / (centre - left)).min((right - hertz(bin)) / (right - centre));
        let first = (0..BINS).find(|bin| weight(*bin) > 0.0).unwrap_or(BINS);
        let weights: Vec<f32> = (first..BINS).map(weight).take_while(|weight| *weight > 0.0).map(|weight| weight as f32).collect();
        (first..first + weights.len(), weights)
    };
    (0..MELS).map(band).collect()
}

/// Less the mean of the utterance, towards which a hundred frames of the usual mean count: one long vowel must not be taken for the line.
fn subtract_mean(mels: &mut [f32], prior: &[f32; MELS]) {
    let frames = (mels.len() / MELS) as f32;
    let mut means = prior.map(|usual| usual * PRIOR_FRAMES);
    for frame in mels.chunks_exact(MELS) {
        means.iter_mut().zip(frame).for_each(|(mean, mel)| *mean += mel);
    }
    let means = means.map(|sum| sum / (frames + PRIOR_FRAMES));
    for frame in mels.chunks_exact_mut(MELS) {
        frame.iter_mut().zip(&means).for_each(|(mel, mean)| *mel = (*mel - mean) / SPREAD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_every_ten_milliseconds_of_a_whole_window() {
        let frames = |samples: usize| Features::default().of(&vec![0; samples], &[0.0; MELS]).len() / MELS;
        assert_eq!([0, 199, 200, 279, 280, 8000].map(frames), [0, 0, 1, 1, 2, 98]);
    }

    #[test]
    fn the_loudness_of_a_call_changes_nothing_and_silence_is_the_floor() {
        let voice = |gain: f64| -> Vec<i16> { (0..4000).map(|at| (gain * (f64::from(at) * 0.3).sin()) as i16).collect() };
        let features = Features::default();
        let [quiet, loud] = [2_000.0, 16_000.0].map(|gain| features.of(&voice(gain), &[0.0; MELS]));
        let apart = quiet.iter().zip(&loud).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
        assert!(apart < 0.02, "{apart}");
        let silence = features.of(&[0; 4000], &[0.0; MELS]);
        assert!(silence.iter().all(|value| value.is_finite()) && silence.iter().any(|value| value.abs() > 0.01));
    }

    #[test]
    fn the_noise_is_the_one_that_the_network_was_trained_with() {
        let noise: Vec<f32> = floor_noise().take(3).collect();
        let expected =
            [1_015_568_748_u32, 1_586_005_467, 2_165_703_038].map(|state| 3_f32.sqrt() * ((state >> 8) as f32 / 8_388_608.0 - 1.0));
        assert_eq!(noise, expected);
    }
}
