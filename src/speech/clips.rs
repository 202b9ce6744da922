//! The clips of a bundle, taken from `audio/` as ready A-law bytes.
//!
//! What is wrong with a clip is a value: a robot that lacks one can still say so and start.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dauys_core::flow::graph::ClipSpec;
use dauys_core::lang::Lang;

use super::manifest::{Manifest, hash};
use super::wav;

/// What is wrong with a clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipProblem {
    /// Its language.
    pub lang: Lang,
    /// Its name, as the bundle calls it.
    pub name: String,
    /// What it is.
    pub fault: ClipFault,
}

/// How a clip can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClipFault {
    /// There is no such file; nothing will be heard.
    Missing,
    /// It was made from other words, or the manifest does not know it; it is played as it is.
    Stale,
    /// It cannot be read as a clip; nothing will be heard.
    Damaged(String),
}

impl ClipProblem {
    /// Its file, from the root.
    pub fn file(&self) -> String {
        format!("audio/{}/{}.wav", self.lang, self.name)
    }

    /// What was expected and what came.
    pub fn message(&self) -> String {
        match &self.fault {
            ClipFault::Missing => "expected a clip, found no file: nothing is heard in its place".to_owned(),
            ClipFault::Stale => "the words have changed since it was made".to_owned(),
            ClipFault::Damaged(why) => format!("{why}: nothing is heard in its place"),
        }
    }

    /// What to do.
    pub const fn help(&self) -> &'static str {
        match self.fault {
            ClipFault::Missing | ClipFault::Stale => "run `dauys render`",
            ClipFault::Damaged(_) => "delete it and run `dauys render`",
        }
    }
}

impl fmt::Display for ClipProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.file(), self.message(), self.help())
    }
}

/// The A-law samples of every clip, in the order of `clips`, and what is wrong with any. A clip that cannot be had is empty.
pub fn load_clips(root: &Path, clips: &[ClipSpec]) -> (Vec<Arc<[u8]>>, Vec<ClipProblem>) {
    let manifest = Manifest::read(root).unwrap_or_default(); // without one, every clip is reported as stale
    let mut problems = Vec::new();
    let samples = clips.iter().map(|clip| {
        let (samples, fault) = load_clip(root, &manifest, clip);
        problems.extend(fault.map(|fault| ClipProblem { lang: clip.lang, name: clip.name.clone(), fault }));
        samples
    });
    (samples.collect(), problems)
}

fn load_clip(root: &Path, manifest: &Manifest, clip: &ClipSpec) -> (Arc<[u8]>, Option<ClipFault>) {
    match samples(root, clip) {
        Ok(samples) => {
            let fresh = manifest.0.get(&file_name(clip)).is_some_and(|entry| entry.text == hash(&[&clip.text]));
            (samples, (!fresh).then_some(ClipFault::Stale))
        }
        Err(fault) => (Arc::default(), Some(fault)),
    }
}

/// The samples of one clip.
pub(super) fn samples(root: &Path, clip: &ClipSpec) -> Result<Arc<[u8]>, ClipFault> {
    let path = path(root, clip).ok_or_else(|| ClipFault::Damaged("its name is no path below audio/".to_owned()))?;
    let file = read_bounded(&path, wav::FILE_BYTES_MAX).map_err(|why| match why.kind() {
        std::io::ErrorKind::NotFound => ClipFault::Missing,
        _ => ClipFault::Damaged(why.to_string()),
    })?;
    wav::read(&file).map(Arc::from).map_err(|why| ClipFault::Damaged(why.to_string()))
}

/// Where a clip's file is. `None` for a name that leads elsewhere than below `audio/<lang>/`.
pub(super) fn path(root: &Path, clip: &ClipSpec) -> Option<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let sound = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
    clip.name.split('/').all(sound).then(|| root.join("audio").join(file_name(clip)))
}

/// How the manifest calls a clip.
pub(super) fn file_name(clip: &ClipSpec) -> String {
    format!("{}/{}.wav", clip.lang, clip.name)
}

/// A whole file of at most `bytes_max`.
pub(super) fn read_bounded(path: &Path, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    match read as u64 > bytes_max {
        true => Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, format!("expected at most {bytes_max} bytes"))),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::sound::{LOUDNESS_DBFS, PEAK_DBFS, loudness_dbfs};

    /// Every clip that `audio/manifest.json` of the repository names: file, loudness, samples.
    fn shipped() -> Vec<(String, f32, Vec<f32>)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sample = |byte: &u8| f32::from(audio_codec_algorithms::decode_alaw(*byte)) / 32768.0;
        let clip = |file: String| {
            let bytes = read_bounded(&root.join("audio").join(&file), wav::FILE_BYTES_MAX).unwrap();
            let clip = wav::read(&bytes).unwrap();
            (file, loudness_dbfs(clip), clip.iter().map(sample).collect())
        };
        Manifest::read(root).unwrap().0.into_keys().map(clip).collect()
    }

    #[test]
    fn every_shipped_clip_is_speech_of_one_loudness_without_clicks() {
        let clips = shipped();
        assert!(clips.len() > 100, "{} clips", clips.len());
        for (file, loudness, samples) in clips {
            let seconds = samples.len() as f32 / wav::RATE_HZ as f32;
            let peak = samples.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
            let offset = samples.iter().sum::<f32>() / samples.len() as f32;
            let edge = samples[0].abs().max(samples[samples.len() - 1].abs());
            assert!((0.2..15.0).contains(&seconds), "{file}: {seconds} s");
            assert!((loudness - LOUDNESS_DBFS).abs() <= 0.5, "{file}: {loudness} dBFS");
            assert!(20.0 * peak.log10() < PEAK_DBFS + 0.3, "{file}: peak {peak}");
            assert!(offset.abs() < 0.001 && edge < 0.002, "{file}: offset {offset}, edge {edge}");
        }
    }
}
