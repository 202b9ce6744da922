//! An ear for tests: finds a known clip in what was heard, by normalised cross-correlation.
//!
//! Sound is samples at 8 kHz, of any loudness. A likeness of 1 is the same sound; two different phrases stay far below 0.5.

use std::ops::RangeInclusive;
use std::path::Path;

use dauys_core::lang::Lang;
use dauys_core::media::Packed;

/// Samples in a second.
pub(super) const SECOND: usize = 8000;

/// Samples that become one in the coarse search: at 2 kHz most of a voice is still there.
const COARSE: usize = 4;

/// Where a clip fits best.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Its first sample.
    pub(super) at: usize,
    /// How well it fits: -1 to 1.
    pub(super) likeness: f32,
}

/// The best place of a clip in a sound; `None` where it does not fit in. Searched coarsely, then around the best place sample by sample.
pub(super) fn find(clip: &[f32], sound: &[f32]) -> Option<Found> {
    let last = sound.len().checked_sub(clip.len())?;
    let (thin_clip, thin_sound) = (thinned(clip), thinned(sound));
    let coarse = best(&thin_clip, &thin_sound, 0..=thin_sound.len().checked_sub(thin_clip.len())?)?;
    let around = coarse.at * COARSE;
    best(clip, sound, around.saturating_sub(COARSE)..=last.min(around + COARSE))
}

/// How alike two sounds of one length are.
pub(super) fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let energies = dot(a, a) * dot(b, b);
    if energies > 0.0 { dot(a, b) / energies.sqrt() } else { 0.0 }
}

/// A clip of the robot: `prompts/main/greeting`.
pub(super) fn clip(lang: Lang, name: &str) -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("audio/{}/{name}.opus", lang.code()));
    let file = std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    Packed::open(file.into()).unwrap().alaw().iter().map(|byte| f32::from(audio_codec_algorithms::decode_alaw(*byte))).collect()
}

/// A recording in 16 bits, which may still be growing: what its header says of its length is not yet true. Of another rate or of two channels, it is brought to ours.
pub(super) fn recording(path: &Path) -> Vec<f32> {
    const HEADER: usize = 44;
    let file = std::fs::read(path).unwrap();
    let Some((header, samples)) = file.split_at_checked(HEADER) else { return Vec::new() };
    let channels = usize::from(u16::from_le_bytes([header[22], header[23]]));
    let rate = u32::from_le_bytes([header[24], header[25], header[26], header[27]]) as usize;
    let samples: Vec<_> = samples.chunks_exact(2).map(|sample| f32::from(i16::from_le_bytes([sample[0], sample[1]]))).collect();
    let become_one = channels * (rate / SECOND);
    samples.chunks_exact(become_one).map(|samples| samples.iter().sum::<f32>() / become_one as f32).collect()
}

fn best(clip: &[f32], sound: &[f32], places: RangeInclusive<usize>) -> Option<Found> {
    let found = places.map(|at| Found { at, likeness: likeness(clip, &sound[at..at + clip.len()]) });
    found.max_by(|a, b| a.likeness.total_cmp(&b.likeness))
}

fn thinned(sound: &[f32]) -> Vec<f32> {
    sound.chunks_exact(COARSE).map(|samples| samples.iter().sum()).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise, the same on every run.
    fn noise(samples: usize, loudness: f32) -> Vec<f32> {
        let mut state = 1u32;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state as f32 / u32::MAX as f32 * 2.0 - 1.0) * loudness
        };
        std::iter::repeat_with(next).take(samples).collect()
    }

    /// Five seconds of noise, with a clip in it from a place on.
    fn heard(clip: &[f32], at: usize, clip_loudness: f32) -> Vec<f32> {
        let mut sound = noise(5 * SECOND, 1000.0);
        sound[at..].iter_mut().zip(clip).for_each(|(sample, said)| *sample += said * clip_loudness);
        sound
    }

    #[test]
    fn a_clip_in_noise_is_found_where_it_is_at_any_loudness() {
        let clip = &clip(Lang::Ru, "prompts/main/greeting")[..SECOND];
        for (at, loudness) in [(0, 1.0), (12_345, 1.0), (12_346, 0.5), (20_003, 3.0), (4 * SECOND, 1.0)] {
            let found = find(clip, &heard(clip, at, loudness)).unwrap();
            assert!(found.at == at && found.likeness > 0.8, "{found:?}, expected at {at}");
        }
    }

    #[test]
    fn a_clip_that_was_not_said_is_not_found() {
        let said = heard(&clip(Lang::Ru, "prompts/main/greeting"), 1000, 1.0);
        for (lang, name) in [(Lang::Kk, "prompts/main/greeting"), (Lang::Ru, "prompts/main/goodbye"), (Lang::Kk, "prompts/main/goodbye")] {
            let found = find(&clip(lang, name)[..SECOND], &said).unwrap();
            assert!(found.likeness < 0.5, "{lang} {name}: {found:?}");
        }
    }

    #[test]
    fn nothing_is_found_in_silence_or_in_less_than_the_clip() {
        let clip = &clip(Lang::Kk, "prompts/main/hub")[..SECOND];
        assert_eq!(find(clip, &vec![0.0; 2 * SECOND]).unwrap().likeness, 0.0);
        assert!(find(clip, &clip[1..]).is_none());
    }
}
