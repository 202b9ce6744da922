//! One loudness for all clips, and no peak above a limit.
//!
//! Loudness is the integrated loudness of ITU-R BS.1770 with the gates of EBU R128, peaks are true peaks of the same standard: those of the wave between the samples.
//! It measures and turns up or down; where speech begins and ends is not its business.

use ebur128::{EbuR128, Mode};

use super::wav::RATE_HZ;

/// The loudness of every clip, in LUFS.
pub const LOUDNESS_LUFS: f32 = -20.0;

/// No wave is let above this before A-law rounds it, in dBTP.
pub const PEAK_DBTP: f32 = -2.0;

/// What A-law's rounding may add to [`PEAK_DBTP`]: no clip is above -1.5 dBTP.
pub const ROUNDING_DB: f32 = 0.5;

/// Shorter speech is measured as a row: said again and again until it is so long. The standard's blocks last 400 ms, a word may last 200.
const ROW_SAMPLES: usize = 3 * RATE_HZ as usize;

/// The limiter's gain falls for so long before a peak and rises for so long after it: 5 ms, as long as one wave of a deep voice.
const LOOK_SAMPLES: usize = RATE_HZ as usize / 200;

/// A limited wave is quieter, so gain and limiter take turns; speech needs two or three.
const ROUNDS_MAX: usize = 8;

/// Nearer to [`LOUDNESS_LUFS`] than this is near enough, in dB.
const TOLERANCE_DB: f32 = 0.05;

/// Points looked at between two samples, and the one they begin with.
const OVERSAMPLING: usize = 4;

/// Samples on either side that make a point between two.
const TAPS: isize = 16;

/// The integrated loudness of speech at 8 kHz, in LUFS. `None` for what is quieter than the gate at -70 LUFS.
pub fn loudness_lufs(speech: &[f32]) -> Option<f32> {
    let mut meter = EbuR128::new(1, RATE_HZ, Mode::I).ok()?;
    let times = ROW_SAMPLES.div_ceil(speech.len().max(1));
    for _ in 0..times.max(1) {
        meter.add_frames_f32(speech).ok()?;
    }
    meter.loudness_global().ok().filter(|loudness| loudness.is_finite()).map(|loudness| loudness as f32)
}

/// The highest true peak, in dBTP.
pub fn true_peak_dbtp(samples: &[f32]) -> f32 {
    let peak = inter_sample_peaks(samples).into_iter().fold(1e-6, f32::max);
    20.0 * peak.log10()
}

/// Brings `samples` to [`LOUDNESS_LUFS`] by what is heard in `speech`, with no peak above [`PEAK_DBTP`]. Whether there was anything to be heard.
pub(super) fn level(samples: &mut Vec<f32>, speech: std::ops::Range<usize>) -> bool {
    let Some(loudness) = loudness_lufs(&samples[speech.clone()]) else { return false };
    let mut gain_db = LOUDNESS_LUFS - loudness;
    for _ in 0..ROUNDS_MAX {
        let louder: Vec<f32> = samples.iter().map(|sample| sample * amplitude(gain_db)).collect();
        let limited = limited(&louder);
        let short_db = loudness_lufs(&limited[speech.clone()]).map_or(0.0, |loudness| LOUDNESS_LUFS - loudness);
        gain_db += short_db;
        if short_db.abs() < TOLERANCE_DB {
            *samples = limited;
            return true;
        }
    }
    let louder: Vec<f32> = samples.iter().map(|sample| sample * amplitude(gain_db)).collect();
    *samples = limited(&louder);
    true
}

/// As a factor.
pub(super) fn amplitude(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}

/// A gain that looks ahead: the mean of the least gains around is nowhere above the gain that is needed.
fn limited(samples: &[f32]) -> Vec<f32> {
    let ceiling = amplitude(PEAK_DBTP);
    let needed: Vec<f32> = inter_sample_peaks(samples).into_iter().map(|peak| if peak > ceiling { ceiling / peak } else { 1.0 }).collect();
    let least = around(&needed, |gains| gains.iter().copied().fold(1.0, f32::min));
    let gain = around(&least, |gains| gains.iter().sum::<f32>() / gains.len() as f32);
    samples.iter().zip(gain).map(|(sample, gain)| sample * gain).collect()
}

/// A value of each neighbourhood of [`LOOK_SAMPLES`] on either side.
fn around(values: &[f32], of: impl Fn(&[f32]) -> f32) -> Vec<f32> {
    (0..values.len()).map(|at| of(&values[at.saturating_sub(LOOK_SAMPLES)..(at + LOOK_SAMPLES + 1).min(values.len())])).collect()
}

/// The greatest height at each sample and between it and the next.
fn inter_sample_peaks(samples: &[f32]) -> Vec<f32> {
    let phases: Vec<Vec<f32>> = (1..OVERSAMPLING).map(|nth| taps(nth as f32 / OVERSAMPLING as f32)).collect();
    let sample = |at: isize| usize::try_from(at).ok().and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
    let point = |at: usize, taps: &[f32]| -> f32 { taps.iter().zip(1 - TAPS..).map(|(tap, away)| tap * sample(at as isize + away)).sum() };
    let peak = |at: usize| phases.iter().map(|taps| point(at, taps).abs()).fold(samples[at].abs(), f32::max);
    (0..samples.len()).map(peak).collect()
}

/// A sinc under a Hann window: how much of each sample around is in the point that lies so far after one.
fn taps(after: f32) -> Vec<f32> {
    let tap = |away: isize| {
        let x = std::f32::consts::PI * (away as f32 - after);
        x.sin() / x * (x / (2.0 * TAPS as f32)).cos().powi(2)
    };
    (1 - TAPS..=TAPS).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(seconds: f32, hz: f32, phase: f32, loud: f32) -> Vec<f32> {
        let samples = (seconds * RATE_HZ as f32) as usize;
        (0..samples).map(|at| loud * (std::f32::consts::TAU * hz * at as f32 / RATE_HZ as f32 + phase).sin()).collect()
    }

    #[test]
    fn the_meter_reads_what_the_standard_says() {
        let full = loudness_lufs(&tone(5.0, 997.0, 0.0, 1.0)).unwrap(); // BS.1770: 0 dBFS at 997 Hz in one channel is -3.01 LUFS
        assert!((full + 3.01).abs() < 0.1, "{full}");
        let pauses = [tone(3.0, 997.0, 0.0, 0.1), vec![0.0; 40_000], tone(3.0, 997.0, 0.0, 0.1)].concat();
        let gated = loudness_lufs(&pauses).unwrap();
        assert!((gated + 23.0).abs() < 0.3, "{gated}");
        assert_eq!(loudness_lufs(&[]), None);
        assert_eq!(loudness_lufs(&[0.0; 8000]), None);
    }

    #[test]
    fn a_short_word_reads_as_a_long_one_of_the_same_sound() {
        let long = loudness_lufs(&tone(4.0, 997.0, 0.0, 0.1)).unwrap();
        for seconds in [0.05, 0.2, 0.39, 0.41, 1.5, 2.99] {
            let short = loudness_lufs(&tone(seconds, 997.0, 0.0, 0.1)).unwrap();
            assert!((short - long).abs() < 0.2, "{seconds} s: {short}, not {long}");
        }
    }

    #[test]
    fn a_peak_between_two_samples_is_seen_as_another_meter_sees_it() {
        // At a quarter of the rate and this phase every sample is 3 dB below the crest of its wave.
        let hidden = tone(0.5, 2000.0, std::f32::consts::FRAC_PI_4, 1.0);
        let peak = true_peak_dbtp(&hidden[1000..3000]);
        assert!(peak > -0.2 && hidden.iter().all(|sample| sample.abs() < 0.71), "{peak}");
        for hz in [300.0, 1111.0, 2000.0, 2900.0, 3300.0] {
            let samples = tone(0.5, hz, 0.3, 0.5);
            let mut meter = EbuR128::new(1, RATE_HZ, Mode::TRUE_PEAK).unwrap();
            meter.add_frames_f32(&samples).unwrap();
            let other = 20.0 * meter.true_peak(0).unwrap().log10() as f32;
            assert!((true_peak_dbtp(&samples) - other).abs() < 0.5, "{hz} Hz: {}, not {other}", true_peak_dbtp(&samples));
        }
    }

    #[test]
    fn loud_bursts_are_held_and_the_loudness_is_reached() {
        let bursts =
            [tone(0.5, 700.0, 0.0, 0.05), tone(0.002, 2000.0, 0.8, 0.9), tone(0.5, 700.0, 0.0, 0.05), tone(0.002, 2900.0, 0.1, 0.9)];
        let mut samples = bursts.concat();
        let speech = 0..samples.len();
        assert!(level(&mut samples, speech));
        let (loudness, peak) = (loudness_lufs(&samples).unwrap(), true_peak_dbtp(&samples));
        assert!((loudness - LOUDNESS_LUFS).abs() < 0.3 && peak < PEAK_DBTP + 0.1, "{loudness} LUFS, {peak} dBTP");
    }

    #[test]
    fn what_no_limit_needs_is_only_turned_up() {
        let quiet = tone(1.0, 500.0, 0.0, 0.03);
        let mut samples = quiet.clone();
        level(&mut samples, 0..quiet.len());
        let factor = samples[37] / quiet[37];
        assert!(factor > 2.0 && samples.iter().zip(&quiet).all(|(loud, quiet)| (loud - quiet * factor).abs() < 1e-5));
        assert!(!level(&mut vec![0.0; 800], 0..800));
    }
}
