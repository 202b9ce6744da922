//! Makes the clips that are missing or whose words, voice or arithmetic changed; leaves all others alone.
//!
//! A clip without `made` in the manifest is the recording of a person: it is never made anew while its words stay the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dauys_core::flow::graph::ClipSpec;
use dauys_core::lang::Lang;
use thiserror::Error;

use super::clips::{self, file_name};
use super::manifest::{Entry, Manifest, hash};
use super::respell::Respelling;
use super::rhvoice::RhVoice;
use super::sound::{self, Sound, SoundError};
use super::{SynthesisError, Synthesizer, wav};

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Clips that were made.
    pub made: usize,
    /// Clips that were good already.
    pub kept: usize,
    /// Files below `audio/kk` and `audio/ru` that belong to no clip. They are left where they are.
    pub orphans: Vec<String>,
}

/// How far it has come: told before each clip that is made.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Clips looked at so far.
    pub done: usize,
    /// Clips in all.
    pub total: usize,
    /// The file that is being made, below `audio/`.
    pub file: &'a str,
}

/// Why clips could not be made. Those that were made before it are kept.
#[derive(Debug, Error)]
pub enum RenderError {
    /// The engine gave no sound.
    #[error("audio/{file}: {why}")]
    Synthesis {
        /// The clip.
        file: String,
        /// Why.
        why: SynthesisError,
    },
    /// The engine gave sound that is no speech.
    #[error("audio/{file}: {why}")]
    Sound {
        /// The clip.
        file: String,
        /// Why.
        why: SoundError,
    },
    /// A clip's name leads out of `audio/`.
    #[error("{name:?} cannot name a clip: expected parts of letters, digits, `_`, `-` and `.`, joined by `/`")]
    Name {
        /// The name.
        name: String,
    },
    /// `prompts/voice.yaml` cannot be understood.
    #[error("{}: expected a list of {{lang, written, say}}: {why}", path.display())]
    Respelling {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The manifest cannot be understood.
    #[error("{}: {why}; delete it, and all clips are made anew", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Makes what is missing below `root` with RHVoice.
///
/// # Errors
/// At the first clip that cannot be made.
pub fn render(root: &Path, clips: &[ClipSpec], progress: impl FnMut(Progress<'_>)) -> Result<Report, RenderError> {
    let audio = root.join("audio");
    std::fs::create_dir_all(&audio).map_err(|source| RenderError::File { path: audio.clone(), source })?;
    let engine = RhVoice::new(audio.join(format!(".phrase-{}.wav", std::process::id())));
    render_with(&engine, root, clips, progress)
}

/// The same with any engine.
///
/// # Errors
/// At the first clip that cannot be made.
pub fn render_with(
    engine: &dyn Synthesizer,
    root: &Path,
    clips: &[ClipSpec],
    progress: impl FnMut(Progress<'_>),
) -> Result<Report, RenderError> {
    let studio = Studio { engine, root, respelling: Respelling::read(root)?, before: Manifest::read(root)? };
    let mut after = Manifest::default();
    let made = studio.render_all(clips, &mut after, progress);
    if made.is_err() {
        let unseen =
            studio.before.0.iter().filter(|(file, _)| !after.0.contains_key(*file)).map(|(file, entry)| (file.clone(), entry.clone()));
        let unseen: Vec<_> = unseen.collect();
        after.0.extend(unseen);
    }
    if after != studio.before {
        after.write(root)?;
    }
    let made = made?;
    Ok(Report { made, kept: clips.len() - made, orphans: orphans(root, clips)? })
}

struct Studio<'a> {
    engine: &'a dyn Synthesizer,
    root: &'a Path,
    respelling: Respelling,
    before: Manifest,
}

impl Studio<'_> {
    fn render_all(&self, clips: &[ClipSpec], after: &mut Manifest, mut progress: impl FnMut(Progress<'_>)) -> Result<usize, RenderError> {
        let mut made = 0;
        for (done, clip) in clips.iter().enumerate() {
            let file = file_name(clip);
            let spoken = self.respelling.apply(clip.lang, &clip.text);
            let entry = match self.before.0.get(&file) {
                Some(entry) if self.is_good(clip, entry, &spoken) => entry.clone(),
                Some(_) | None => {
                    progress(Progress { done, total: clips.len(), file: &file });
                    made += 1;
                    self.make(clip, &spoken)?
                }
            };
            after.0.insert(file, entry);
        }
        Ok(made)
    }

    fn is_good(&self, clip: &ClipSpec, entry: &Entry, spoken: &str) -> bool {
        let current = entry.text == hash(&[&clip.text]) && entry.made.as_ref().is_none_or(|made| *made == self.recipe(clip.lang, spoken));
        current && clips::samples(self.root, clip).is_ok()
    }

    fn recipe(&self, lang: Lang, spoken: &str) -> String {
        hash(&[spoken, &self.engine.voice(lang), &sound::VERSION.to_string()])
    }

    fn make(&self, clip: &ClipSpec, spoken: &str) -> Result<Entry, RenderError> {
        let path = clips::path(self.root, clip).ok_or_else(|| RenderError::Name { name: clip.name.clone() })?;
        let phrase = self.speak(clip, spoken)?;
        let samples = sound::telephone_clip(&phrase).map_err(|why| RenderError::Sound { file: file_name(clip), why })?;
        write_whole(&path, &wav::write(&samples))?;
        Ok(Entry {
            text: hash(&[&clip.text]),
            made: Some(self.recipe(clip.lang, spoken)),
            voice: self.engine.voice(clip.lang),
            duration_ms: samples.len() as u32 * 1000 / wav::RATE_HZ,
            loudness_dbfs: (sound::loudness_dbfs(&samples) * 10.0).round() / 10.0,
        })
    }

    /// Words that end in a comma or a colon are said as such: with a word after them, which is then cut off. A voice that sees the end of its text lets its pitch fall.
    fn speak(&self, clip: &ClipSpec, spoken: &str) -> Result<Sound, RenderError> {
        let words = spoken.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '«' | '"')).trim_end();
        let say = |text: &str| self.engine.speak(clip.lang, text).map_err(|why| RenderError::Synthesis { file: file_name(clip), why });
        if !words.ends_with([',', ':']) {
            return say(words);
        }
        let carried = say(&format!("{} {}", continuing(words), closing_word(clip.lang)))?;
        sound::before_last_word(&carried).map_err(|why| RenderError::Sound { file: file_name(clip), why })
    }
}

/// A colon is a comma for the voice: after a colon it would begin a new phrase.
fn continuing(words: &str) -> String {
    format!("{},", words.trim_end_matches([',', ':', ' ']))
}

/// Short, and without a silence of its own.
const fn closing_word(lang: Lang) -> &'static str {
    match lang {
        Lang::Kk => "ия.",
        Lang::Ru => "да.",
    }
}

/// Writes a file beside its place and moves it there, so that a reader finds the old one or the new one.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RenderError> {
    let written = || {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let beside = path.with_extension("part");
        std::fs::write(&beside, bytes)?;
        std::fs::rename(&beside, path)
    };
    written().map_err(|source| RenderError::File { path: path.to_owned(), source })
}

fn orphans(root: &Path, clips: &[ClipSpec]) -> Result<Vec<String>, RenderError> {
    let wanted: BTreeSet<String> = clips.iter().map(file_name).collect();
    let mut found = Vec::new();
    for lang in Lang::ALL {
        files_below(&root.join("audio"), lang.code(), &mut found)
            .map_err(|source| RenderError::File { path: root.join("audio").join(lang.code()), source })?;
    }
    found.retain(|file| !wanted.contains(file));
    found.sort();
    Ok(found)
}

/// Every file below `folder`, by its path from `audio`. Links are not followed.
fn files_below(audio: &Path, folder: &str, found: &mut Vec<String>) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(audio.join(folder)) {
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        match entry.file_type()?.is_dir() {
            true => files_below(audio, &name, found)?,
            false => found.push(name),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
