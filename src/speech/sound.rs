//! From an engine's sound or a person's recording to a telephone clip: 8 kHz, trimmed, of one loudness, without clicks.
//!
//! Everything is arithmetic on samples in -1…1: the same sound gives the same clip.

use rubato::{Resampler, SincFixedIn, SincInterpolationParameters, SincInterpolationType, WindowFunction};
use thiserror::Error;

use super::level;
use super::wav::RATE_HZ;

/// Which version of this arithmetic made a clip; a change of it makes clips anew.
pub const VERSION: u32 = 3;

/// Frames this far below the loudest one are no speech.
const SPEECH_RANGE_DB: f32 = 42.0;

/// How much of the sample before is taken from each sample where speech is looked for: a first с or a last т is weak, but high, and a hum is neither.
const PRE_EMPHASIS: f32 = 0.95;

/// Speech is looked for in frames of 10 ms.
const FRAME: usize = RATE_HZ as usize / 100;

/// A pause between words: a stop consonant is shorter.
const PAUSE_FRAMES: usize = 4;

/// The quiet at both ends is faded, so that a clip begins and ends at zero wherever it is joined to another.
const FADE_MS: usize = 5;

/// Lower tones a telephone does not carry; a clip keeps its dynamic for the rest.
const HIGH_PASS_HZ: f32 = 150.0;

/// Length of the resampler's filter at twice the telephone's rate, in samples of the source.
const FILTER_SAMPLES: usize = 168;

/// How much quiet a clip has at its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margins {
    /// Before the speech.
    pub before_ms: usize,
    /// After it.
    pub after_ms: usize,
}

impl Margins {
    /// A sentence, or a part of one at a pause. The release of a last т or с is weaker than speech and lies in the quiet.
    pub const SENTENCE: Self = Self { before_ms: 30, after_ms: 60 };
    /// A word of a value with more words after it: 20 ms lie between two, as between two words of a careful speaker.
    pub const WORD: Self = Self { before_ms: 10, after_ms: 10 };
    /// The last word of a value.
    pub const LAST_WORD: Self = Self { before_ms: 10, after_ms: 60 };
}

/// Sound as an engine gives it: one channel, samples in -1…1.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Samples a second.
    pub rate_hz: u32,
    /// The samples.
    pub samples: Vec<f32>,
}

/// Why sound is no speech.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SoundError {
    /// Nothing in it stands out from silence.
    #[error("expected speech, came silence")]
    Silence,
    /// The word that was to be cut off at its end runs into the speech.
    #[error("expected a pause before the closing word, found none")]
    NoPause,
    /// It cannot be brought to 8 kHz.
    #[error("expected sound that can be brought to {RATE_HZ} Hz: {0}")]
    Rate(String),
}

/// The sound as a telephone carries it: A-law samples.
///
/// # Errors
/// When there is no speech in it.
pub fn telephone_clip(sound: &Sound, margins: Margins) -> Result<Vec<u8>, SoundError> {
    Ok(telephone_speech(sound, margins)?.into_iter().map(audio_codec_algorithms::encode_alaw).collect())
}

/// The same before it is A-law: samples of 16 bits at 8 kHz.
///
/// # Errors
/// When there is no speech in it.
pub fn telephone_speech(sound: &Sound, margins: Margins) -> Result<Vec<i16>, SoundError> {
    let mut samples = at_telephone_rate(sound)?;
    high_pass(&mut samples);
    let speech = speech_range(&samples)?;
    let Margins { before_ms, after_ms } = margins;
    let (before, after) = (ms(before_ms, RATE_HZ), ms(after_ms, RATE_HZ));
    let taken = speech.start.saturating_sub(before)..(speech.end + after).min(samples.len());
    let mut clip = vec![0.0; before + speech.len() + after]; // a recording may have been cut closer than the margins
    let place = before + taken.start - speech.start;
    clip[place..place + taken.len()].copy_from_slice(&samples[taken.clone()]);
    fade(&mut clip[place..place + taken.len()]);
    match level::level(&mut clip, before..before + speech.len()) {
        true => Ok(clip.into_iter().map(to_i16).collect()),
        false => Err(SoundError::Silence),
    }
}

/// What stands before the last word: the sound up to the middle of the pause before it.
///
/// # Errors
/// When there is no such pause.
pub fn before_last_word(sound: &Sound) -> Result<Sound, SoundError> {
    let samples = at_telephone_rate(sound)?;
    let loud = speech_frames(&samples);
    let last = loud.iter().rposition(|loud| *loud).ok_or(SoundError::Silence)?;
    let end = (PAUSE_FRAMES..=last).rev().find(|end| !loud[end - PAUSE_FRAMES..*end].contains(&true)).ok_or(SoundError::NoPause)?;
    let begin = loud[..end].iter().rposition(|loud| *loud).ok_or(SoundError::NoPause)? + 1;
    Ok(Sound { rate_hz: RATE_HZ, samples: samples[..(begin + end) / 2 * FRAME].to_vec() })
}

/// Makes speech louder by so many decibels, or quieter.
pub(super) fn turn_up(speech: &mut [i16], by_db: f32) {
    let gain = 10f32.powf(by_db / 20.0);
    speech.iter_mut().for_each(|sample| *sample = (f32::from(*sample) * gain).round() as i16); // `as` saturates
}

/// The loudness of a clip's speech in LUFS, and its highest true peak in dBTP. `None` for a clip without speech.
pub fn measure(clip: &[u8]) -> Option<(f32, f32)> {
    let samples: Vec<f32> = clip.iter().map(|byte| f32::from(audio_codec_algorithms::decode_alaw(*byte)) / 32768.0).collect();
    let speech = speech_range(&samples).ok()?;
    Some((level::loudness_lufs(&samples[speech])?, level::true_peak_dbtp(&samples)))
}

/// The same sound at the telephone's rate.
pub(super) fn at_telephone_rate(sound: &Sound) -> Result<Vec<f32>, SoundError> {
    if sound.rate_hz == RATE_HZ || sound.samples.is_empty() {
        return Ok(sound.samples.clone());
    }
    if sound.rate_hz < RATE_HZ {
        return Err(SoundError::Rate(format!("it has {} Hz", sound.rate_hz)));
    }
    let ratio = f64::from(RATE_HZ) / f64::from(sound.rate_hz);
    let filter_samples = (FILTER_SAMPLES * sound.rate_hz as usize / (2 * RATE_HZ as usize)).next_multiple_of(8);
    let mut padded = sound.samples.clone();
    padded.resize(padded.len() + 2 * filter_samples, 0.0);
    let parameters = SincInterpolationParameters {
        sinc_len: filter_samples,
        f_cutoff: 0.92,
        oversampling_factor: 128,
        interpolation: SincInterpolationType::Linear,
        window: WindowFunction::BlackmanHarris2,
    };
    let mut resampler =
        SincFixedIn::<f32>::new(ratio, 1.0, parameters, padded.len(), 1).map_err(|why| SoundError::Rate(why.to_string()))?;
    let channels = resampler.process(&[padded], None).map_err(|why| SoundError::Rate(why.to_string()))?;
    Ok(channels.into_iter().flatten().collect())
}

/// A Butterworth high-pass of the second order; it takes away any constant offset too.
fn high_pass(samples: &mut [f32]) {
    let k = (std::f32::consts::PI * HIGH_PASS_HZ / RATE_HZ as f32).tan();
    let norm = 1.0 / (1.0 + std::f32::consts::SQRT_2 * k + k * k);
    let (a1, a2) = (2.0 * (k * k - 1.0) * norm, (1.0 - std::f32::consts::SQRT_2 * k + k * k) * norm);
    let (mut z1, mut z2) = (0.0, 0.0);
    for sample in samples {
        let x = *sample;
        let y = x * norm + z1;
        z1 = -2.0 * x * norm - a1 * y + z2;
        z2 = x * norm - a2 * y;
        *sample = y;
    }
}

/// Where the speech is.
fn speech_range(samples: &[f32]) -> Result<std::ops::Range<usize>, SoundError> {
    let loud = speech_frames(samples);
    let first = loud.iter().position(|loud| *loud).ok_or(SoundError::Silence)?;
    let last = loud.iter().rposition(|loud| *loud).ok_or(SoundError::Silence)?;
    Ok(first * FRAME..((last + 1) * FRAME).min(samples.len()))
}

/// Which frames hold speech. None, when the loudest is hardly above the noise of 16 bits.
fn speech_frames(samples: &[f32]) -> Vec<bool> {
    let before = std::iter::once(&0.0).chain(samples);
    let high: Vec<f32> = samples.iter().zip(before).map(|(sample, before)| sample - PRE_EMPHASIS * before).collect();
    let levels: Vec<f32> = high.chunks(FRAME).map(rms_dbfs).collect();
    let loudest = levels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    levels.iter().map(|level| loudest > -60.0 && *level > loudest - SPEECH_RANGE_DB).collect()
}

fn fade(samples: &mut [f32]) {
    let length = ms(FADE_MS, RATE_HZ).min(samples.len() / 2);
    let end = samples.len();
    for at in 0..length {
        let gain = at as f32 / length as f32;
        samples[at] *= gain;
        samples[end - 1 - at] *= gain;
    }
}

fn rms_dbfs(samples: &[f32]) -> f32 {
    let power = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32;
    10.0 * power.max(1e-12).log10()
}

fn to_i16(sample: f32) -> i16 {
    (sample * 32768.0).round() as i16 // `as` saturates
}

fn ms(ms: usize, rate_hz: u32) -> usize {
    ms * rate_hz as usize / 1000
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `(ms, hz, amplitude)` after each other at 24 kHz; 0 Hz is silence.
    pub(in crate::speech) fn tones(parts: &[(usize, f32, f32)]) -> Sound {
        let rate_hz = 24_000;
        let part = |&(length, hz, loud): &(usize, f32, f32)| {
            (0..ms(length, rate_hz)).map(move |at| loud * (std::f32::consts::TAU * hz * at as f32 / rate_hz as f32).sin())
        };
        Sound { rate_hz, samples: parts.iter().flat_map(part).collect() }
    }

    fn decoded(clip: &[u8]) -> Vec<f32> {
        clip.iter().map(|byte| f32::from(audio_codec_algorithms::decode_alaw(*byte)) / 32768.0).collect()
    }

    fn clip(sound: &Sound) -> Vec<u8> {
        telephone_clip(sound, Margins::SENTENCE).unwrap()
    }

    #[test]
    fn silence_around_speech_is_cut_to_the_margins() {
        let said = tones(&[(300, 0.0, 0.0), (400, 1000.0, 0.3), (500, 0.0, 0.0)]);
        for (margins, expected_ms) in [(Margins::SENTENCE, 490), (Margins::WORD, 420), (Margins::LAST_WORD, 470)] {
            let length_ms = telephone_clip(&said, margins).unwrap().len() / 8;
            assert!((expected_ms..=expected_ms + 20).contains(&length_ms), "{margins:?}: {length_ms} ms");
        }
    }

    #[test]
    fn speech_cut_close_gets_its_margins_all_the_same() {
        let clip = decoded(&clip(&tones(&[(400, 1000.0, 0.3)])));
        let quiet = |samples: &[f32]| samples.iter().all(|sample| sample.abs() < 0.02);
        assert!(quiet(&clip[..200]) && quiet(&clip[clip.len() - 400..]) && !quiet(&clip[240..320]));
    }

    #[test]
    fn quiet_and_loud_speech_come_out_equally_loud() {
        for loud in [0.005, 0.05, 0.3, 0.9] {
            for length_ms in [120, 600, 4000] {
                let (loudness, _) = measure(&clip(&tones(&[(length_ms, 1000.0, loud)]))).unwrap();
                assert!((loudness - level::LOUDNESS_LUFS).abs() < 0.5, "{loud}, {length_ms} ms: {loudness} LUFS");
            }
        }
    }

    #[test]
    fn a_peak_is_held_below_the_limit() {
        let clip = clip(&tones(&[(600, 1000.0, 0.02), (10, 1000.0, 0.9), (600, 1000.0, 0.02)]));
        let (_, peak) = measure(&clip).unwrap();
        assert!(peak < level::PEAK_DBTP + level::ROUNDING_DB, "{peak} dBTP");
    }

    #[test]
    fn a_clip_begins_and_ends_without_a_click() {
        for margins in [Margins::SENTENCE, Margins::WORD, Margins { before_ms: 0, after_ms: 0 }] {
            let samples = decoded(&telephone_clip(&tones(&[(300, 440.0, 0.5)]), margins).unwrap());
            assert!(samples[0].abs() < 0.001 && samples[samples.len() - 1].abs() < 0.001, "{margins:?}");
        }
    }

    #[test]
    fn every_rate_of_a_studio_gives_the_same_clip() {
        let clips = [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000].map(|rate_hz| {
            let samples = (0..rate_hz / 2).map(|at| 0.3 * (std::f32::consts::TAU * 1000.0 * at as f32 / rate_hz as f32).sin());
            (rate_hz, clip(&Sound { rate_hz, samples: samples.collect() }))
        });
        for (rate_hz, clip) in clips {
            let heard = decoded(&clip);
            let share = share_of(1000.0, &heard[800..3200]);
            assert!(share > 0.99 && (4640..=4800).contains(&clip.len()), "{rate_hz} Hz: {} samples, {share} is the tone", clip.len());
        }
    }

    #[test]
    fn what_a_telephone_does_not_carry_is_gone() {
        let plain = tones(&[(500, 1000.0, 0.3)]);
        let added = |hz: f32, offset: f32| {
            let high = tones(&[(500, hz, 0.3)]);
            let samples = plain.samples.iter().zip(&high.samples).map(|(a, b)| a + b + offset).collect();
            decoded(&clip(&Sound { rate_hz: 24_000, samples }))
        };
        for (hz, offset) in [(6000.0, 0.0), (20.0, 0.0), (6000.0, 0.1)] {
            let heard = added(hz, offset);
            let share = share_of(1000.0, &heard[800..3200]);
            assert!(share > 0.99, "{hz} Hz, offset {offset}: only {share} of it is the tone at 1000 Hz");
        }
    }

    /// How much of the power is a tone of this frequency: 1 is all.
    fn share_of(hz: f32, samples: &[f32]) -> f32 {
        let turn = std::f32::consts::TAU * hz / RATE_HZ as f32;
        let along = |wave: fn(f32) -> f32| samples.iter().enumerate().map(|(at, sample)| sample * wave(turn * at as f32)).sum::<f32>();
        let total: f32 = samples.iter().map(|sample| sample * sample).sum();
        2.0 * (along(f32::sin).powi(2) + along(f32::cos).powi(2)) / samples.len() as f32 / total
    }

    #[test]
    fn a_weak_consonant_at_either_end_belongs_to_the_word() {
        let (hiss, vowel, hum) = ((60, 3000.0, 0.003), (200, 300.0, 0.3), (300, 60.0, 0.01));
        let length_ms = |parts: &[_]| telephone_clip(&tones(parts), Margins::WORD).unwrap().len() / 8;
        assert!((220..=250).contains(&length_ms(&[hum, vowel, hum])), "{}", length_ms(&[hum, vowel, hum]));
        assert!((340..=370).contains(&length_ms(&[hum, hiss, vowel, hiss, hum])), "{}", length_ms(&[hum, hiss, vowel, hiss, hum]));
    }

    #[test]
    fn silence_is_no_clip() {
        for sound in [tones(&[(500, 0.0, 0.0)]), tones(&[]), tones(&[(500, 440.0, 0.0001)])] {
            assert_eq!(telephone_clip(&sound, Margins::WORD), Err(SoundError::Silence));
        }
    }

    #[test]
    fn the_closing_word_is_cut_off_at_the_pause_before_it() {
        let word = (300, 500.0, 0.3);
        let stop = (20, 0.0, 0.0);
        let cut = before_last_word(&tones(&[
            word,
            (80, 0.0, 0.0),
            word,
            (60, 0.0, 0.0),
            (100, 500.0, 0.3),
            stop,
            (100, 500.0, 0.3),
            (100, 0.0, 0.0),
        ]))
        .unwrap();
        let cut_ms = cut.samples.len() / 8;
        assert!((680..=740).contains(&cut_ms), "{cut_ms} ms");
        assert_eq!(before_last_word(&tones(&[(100, 0.0, 0.0), word])), Err(SoundError::NoPause));
    }
}
