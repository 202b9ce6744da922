//! The clips of a bundle, taken from `audio/`. A rendered one stays packed until it is first heard.
//!
//! Where a person's recording lies beside a rendered clip, or in its place, it is the one that is played. What is wrong with a clip is a value: a robot that lacks one can
//! still say so and start. It writes nothing.

use std::fmt;
use std::path::{Path, PathBuf};

use dauys_core::flow::graph::ClipSpec;
use dauys_core::media::{Clip, Packed, PackedError, pack};

use super::manifest::{Entry, Manifest, hash};
use super::shelf::Shelf;
use super::sound::{self, Margins};
use super::{recording, wav};
use crate::files;

/// How many bits a second a rendered clip has: docs/voices.md says what is lost.
pub const BITRATE_BPS: i32 = 24_000;

/// What is wrong with a clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipProblem {
    /// The file it is about, from the root.
    pub file: String,
    /// The words that should be heard.
    pub words: String,
    /// What it is.
    pub fault: ClipFault,
}

/// How a clip can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClipFault {
    /// There is no such file; nothing will be heard.
    Missing,
    /// A voice made it from other words, or the manifest does not know it; it is played as it is.
    Stale,
    /// A person recorded it when the words were others; it is played as it is.
    RecordedForOtherWords,
    /// It cannot be read as a recording; a rendered clip is heard in its place, or nothing.
    Damaged(String),
    /// There are several recordings; the one of this name, from the root, is played.
    Several(String),
}

impl ClipProblem {
    /// What was expected and what came.
    pub fn message(&self) -> String {
        let words = &self.words;
        match &self.fault {
            ClipFault::Missing => format!("expected a clip of «{words}», found no file: nothing is heard in its place"),
            ClipFault::Stale => format!("the words have changed since it was made, to «{words}»"),
            ClipFault::RecordedForOtherWords => format!("the words have changed since it was recorded, to «{words}»"),
            ClipFault::Damaged(why) => format!("{why}: it is not played"),
            ClipFault::Several(played) => format!("expected one recording of «{words}», found two; {played} is played"),
        }
    }

    /// What to do.
    pub const fn help(&self) -> &'static str {
        match self.fault {
            ClipFault::Missing | ClipFault::Stale => "run `dauys render`",
            ClipFault::RecordedForOtherWords => "record it anew, or delete it and run `dauys render`",
            ClipFault::Damaged(_) => "save it as WAV, FLAC or Opus, or delete it and run `dauys render`",
            ClipFault::Several(_) => "delete one of them",
        }
    }
}

impl fmt::Display for ClipProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.file, self.message(), self.help())
    }
}

/// Every clip, in the order of `clips`, and what is wrong with any. One that cannot be had is empty.
pub fn load_clips(root: &Path, clips: &[ClipSpec]) -> (Vec<Clip>, Vec<ClipProblem>) {
    let library = Library::open(root);
    let mut problems = Vec::new();
    let loaded = clips.iter().map(|clip| {
        let (source, faults) = library.find(clip);
        problems.extend(faults);
        problems.extend(library.doubt(clip, &source));
        source.clip()
    });
    (loaded.collect(), problems)
}

/// A clip from the bytes that it was kept as ([`Clip::bytes`]): a packed file, or A-law samples.
pub fn kept(bytes: Vec<u8>) -> Clip {
    match bytes.starts_with(Packed::MAGIC).then(|| Packed::open(bytes.as_slice().into())) {
        Some(Ok(packed)) => packed.into(),
        Some(Err(_)) | None => bytes.into(), // samples may begin with any letters
    }
}

/// The files below `audio/kk` and `audio/ru`, by their path from there, that belong to none of these clips.
pub fn unused(root: &Path, clips: &[ClipSpec]) -> Vec<String> {
    Shelf::of(root).map_or_else(|_| Vec::new(), |shelf| shelf.unused(clips))
}

/// Where a clip comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// From no file.
    Nowhere,
    /// `render` made it.
    Rendered {
        /// Below `audio/`.
        file: String,
        clip: Clip,
    },
    /// A person recorded it.
    Recorded {
        /// Below `audio/`.
        file: String,
        /// SHA-256 of the file.
        hash: String,
        clip: Clip,
    },
}

impl Source {
    fn clip(self) -> Clip {
        match self {
            Self::Nowhere => Clip::default(),
            Self::Rendered { clip, .. } | Self::Recorded { clip, .. } => clip,
        }
    }
}

/// `audio/` with its manifest.
pub(super) struct Library<'a> {
    root: &'a Path,
    manifest: Manifest,
    pub(super) shelf: Shelf,
}

impl<'a> Library<'a> {
    /// Without a manifest every rendered clip is stale; without a folder every clip is missing.
    fn open(root: &'a Path) -> Self {
        Self { root, manifest: Manifest::read(root).unwrap_or_default(), shelf: Shelf::of(root).unwrap_or_default() }
    }

    pub(super) const fn new(root: &'a Path, manifest: Manifest, shelf: Shelf) -> Self {
        Self { root, manifest, shelf }
    }

    pub(super) fn entry(&self, clip: &ClipSpec) -> Option<&Entry> {
        self.manifest.0.get(&name(clip))
    }

    /// What to play: the first recording that can be read, else the rendered clip. And what is wrong with files beside it.
    pub(super) fn find(&self, clip: &ClipSpec) -> (Source, Vec<ClipProblem>) {
        let mut found = Source::Nowhere;
        let mut faults = Vec::new();
        let problem = |file: &str, fault| ClipProblem { file: format!("audio/{file}"), words: clip.text.clone(), fault };
        if path(self.root, clip).is_none() {
            let why = "its name is no path below audio/".to_owned();
            return (found, vec![problem(&file_name(clip), ClipFault::Damaged(why))]);
        }
        for file in self.shelf.files(clip) {
            match (self.open_file(clip, file), &found) {
                (Ok(Source::Nowhere), _) | (Ok(Source::Rendered { .. }), Source::Rendered { .. } | Source::Recorded { .. }) => {}
                (Ok(Source::Recorded { .. }), Source::Recorded { file: first, .. }) => {
                    faults.push(problem(file, ClipFault::Several(format!("audio/{first}"))));
                }
                (Ok(source), _) => found = source,
                (Err(why), _) => faults.push(problem(file, ClipFault::Damaged(why))),
            }
        }
        if matches!(found, Source::Nowhere) && faults.is_empty() {
            faults.push(problem(&file_name(clip), ClipFault::Missing));
        }
        (found, faults)
    }

    /// Whether a clip says other words than it should.
    fn doubt(&self, clip: &ClipSpec, source: &Source) -> Option<ClipProblem> {
        let entry = self.entry(clip);
        let is_of_these_words = entry.is_some_and(|entry| entry.text == hash(&[clip.text.as_bytes()]));
        let (file, fault) = match source {
            Source::Rendered { file, .. } if !is_of_these_words => (file.clone(), ClipFault::Stale),
            Source::Recorded { file, hash, .. } if !is_of_these_words && entry.is_some_and(|entry| entry.knows_recording(hash)) => {
                (file.clone(), ClipFault::RecordedForOtherWords)
            }
            Source::Nowhere | Source::Rendered { .. } | Source::Recorded { .. } => return None,
        };
        Some(ClipProblem { file: format!("audio/{file}"), words: clip.text.clone(), fault })
    }

    /// One file of a clip. An empty one is what a full disk leaves: as if there were none.
    pub(super) fn open_file(&self, clip: &ClipSpec, file: &str) -> Result<Source, String> {
        let bytes = files::read(&self.root.join("audio").join(file), recording::FILE_BYTES_MAX).map_err(|why| why.to_string())?;
        if bytes.is_empty() {
            return Ok(Source::Nowhere);
        }
        let hash = hash(&[&bytes]);
        let is_vouched_for = self.entry(clip).is_some_and(|entry| entry.knows_recording(&hash));
        if let Some(clip) = rendered(file, &bytes).filter(|_| !is_vouched_for) {
            return Ok(Source::Rendered { file: file.to_owned(), clip });
        }
        let sound = recording::read(&bytes).map_err(|why| why.to_string())?;
        let samples = sound::telephone_clip(&sound, margins(clip)).map_err(|why| why.to_string())?;
        Ok(Source::Recorded { file: file.to_owned(), hash, clip: samples.into() })
    }
}

/// A rendered clip as its file has it. Its signature holds for this file and this sound only, so a clip that somebody edited, or put in the place of another, counts as a
/// person's.
///
/// # Errors
/// When it is too long.
pub(super) fn packed(file: &str, speech: &[i16]) -> Result<Packed, PackedError> {
    pack(speech, BITRATE_BPS, |packed| signature(file, packed.sound()))
}

/// The clip of a file that `render` made; earlier versions made WAV.
fn rendered(file: &str, bytes: &[u8]) -> Option<Clip> {
    if bytes.starts_with(Packed::MAGIC) {
        let packed = Packed::open(bytes.into()).ok()?;
        return (packed.made_by()? == signature(file, packed.sound())).then(|| packed.into());
    }
    let samples = wav::read(bytes).ok()?;
    (wav::signature(bytes)? == signature(file, samples)).then(|| samples.to_vec().into())
}

pub(super) fn signature(file: &str, sound: &[u8]) -> String {
    format!("dauys render {}", &hash(&[file.as_bytes(), sound])[..16])
}

/// Words of a value are joined closely; what goes on ends in a comma.
pub(super) fn margins(clip: &ClipSpec) -> Margins {
    match (clip.name.starts_with("words/"), clip.text.ends_with(',')) {
        (true, true) => Margins::WORD,
        (true, false) => Margins::LAST_WORD,
        (false, _) => Margins::SENTENCE,
    }
}

/// Where a clip's file is. `None` for a name that leads elsewhere than below `audio/<lang>/`.
pub(super) fn path(root: &Path, clip: &ClipSpec) -> Option<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let sound = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
    clip.name.split('/').all(sound).then(|| root.join("audio").join(file_name(clip)))
}

/// How the manifest calls a clip: its files below `audio/`, without the ending.
pub(super) fn name(clip: &ClipSpec) -> String {
    format!("{}/{}", clip.lang, clip.name)
}

/// The file below `audio/` that `render` makes of a clip.
pub(super) fn file_name(clip: &ClipSpec) -> String {
    format!("{}.opus", name(clip))
}

#[cfg(test)]
mod tests;
