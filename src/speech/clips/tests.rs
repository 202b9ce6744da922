use std::sync::LazyLock;

use super::super::level::{LOUDNESS_LUFS, PEAK_DBTP, ROUNDING_DB};
use super::*;

/// Every clip that `audio/manifest.json` of the repository names: file, entry, samples.
fn shipped() -> &'static [(String, Entry, Vec<u8>)] {
    static SHIPPED: LazyLock<Vec<(String, Entry, Vec<u8>)>> = LazyLock::new(unpacked);
    &SHIPPED
}

fn unpacked() -> Vec<(String, Entry, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let clip = |(name, entry): (String, Entry)| {
        let file = format!("{name}.opus");
        let bytes = files::read(&root.join("audio").join(&file), recording::FILE_BYTES_MAX).unwrap();
        let samples = rendered(&file, &bytes).unwrap_or_else(|| panic!("{file} is not signed")).alaw().to_vec();
        (file, entry, samples)
    };
    Manifest::read(root).unwrap().0.into_iter().map(clip).collect()
}

fn heights(clip: &[u8]) -> Vec<f32> {
    clip.iter().map(|byte| f32::from(audio_codec_algorithms::decode_alaw(*byte)) / 32768.0).collect()
}

#[test]
fn every_shipped_clip_is_speech_of_one_loudness_without_clicks() {
    let clips = shipped();
    assert!(clips.len() > 100, "{} clips", clips.len());
    for (file, entry, clip) in clips {
        let (loudness, peak) = sound::measure(clip).unwrap();
        let samples = heights(clip);
        let seconds = samples.len() as f32 / wav::RATE_HZ as f32;
        let seconds_max = if file.contains("/words/") {
            2.5
        } else if file.contains("/topics/") {
            20.0 // an answer, of several sentences
        } else {
            15.0
        };
        let offset = samples.iter().sum::<f32>() / samples.len() as f32;
        let edge = samples[..16].iter().chain(&samples[samples.len() - 16..]).fold(0f32, |edge, sample| edge.max(sample.abs()));
        assert!((0.1..seconds_max).contains(&seconds), "{file}: {seconds} s");
        assert!((loudness - LOUDNESS_LUFS).abs() <= 0.5, "{file}: {loudness} LUFS");
        assert!(peak <= PEAK_DBTP + ROUNDING_DB, "{file}: {peak} dBTP");
        assert!((entry.loudness_lufs - loudness).abs() <= 0.1 && (entry.true_peak_dbtp - peak).abs() <= 0.1, "{file}: {entry:?}");
        assert!(offset.abs() < 0.001 && edge < 0.01, "{file}: offset {offset}, edge {edge}");
    }
}

/// Words of Russian that sound the same: an unstressed о is an а.
const SAME_SOUND: [&str; 2] = ["ru/words/devyanosta", "ru/words/devyanosto"];

#[test]
fn no_two_words_sound_the_same() {
    let mut sounds = std::collections::BTreeMap::new();
    for (file, entry, clip) in shipped() {
        if let Some((other, words)) = sounds.insert(clip, (file, &entry.text)) {
            let is_same_sound = [file, other].iter().all(|file| SAME_SOUND.iter().any(|word| file.starts_with(word)));
            let is_name = [file, other].iter().any(|file| file.contains("/topics/") || file.contains("/name_")); // of a thing that the lexicon names, too
            assert!(is_same_sound || is_name || *words == entry.text, "{file} sounds as {other}");
        }
    }
}

/// The steps around a join are no greater than steps inside the words: what is heard as a click is a step that the wave around it does not have.
#[test]
fn words_join_without_a_click() {
    for lang in ["kk/words/", "ru/words/"] {
        let words: Vec<Vec<f32>> = shipped().iter().filter(|(file, ..)| file.starts_with(lang)).map(|(_, _, clip)| heights(clip)).collect();
        assert!(words.len() >= 20, "{} words", words.len());
        for (nth, one) in words.iter().enumerate() {
            let other = &words[(nth * 7 + 3) % words.len()];
            let step = step_at_join(one, other);
            assert!(step < 0.005, "{lang}: a step of {step} after word {nth}");
        }
    }
    let torn: Vec<f32> = (0..800).map(|at| 0.3 * (at as f32 * 0.3).cos()).collect();
    assert!(step_at_join(&torn, &torn) > 0.02, "a click is not seen");
}

/// The greatest step from sample to sample within 2 ms of where two clips meet, as the player puts them after each other.
fn step_at_join(one: &[f32], other: &[f32]) -> f32 {
    let joined = [&one[one.len() - 16..], &other[..16]].concat();
    joined.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max)
}
