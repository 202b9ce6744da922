//! What lies in `audio/`: the files that may hold a clip, and those that no clip asks for.
//!
//! A clip `prompts/main/greeting` may be in `greeting.opus`, `greeting.flac` or both. It lists files and opens none.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use dauys_core::flow::graph::ClipSpec;
use dauys_core::lang::Lang;

use super::clips::name;

/// Endings of files with sound. All are looked at, so that a recording in a format that is not read is not passed over in silence.
const ENDINGS: [&str; 13] = ["aac", "aif", "aiff", "flac", "m4a", "mp3", "oga", "ogg", "opus", "raw", "wav", "webm", "wma"];

/// The files below `audio/kk` and `audio/ru`, with `/` on every system.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// A clip's name, `kk/prompts/main/greeting` → its files in the order of the alphabet.
    sounds: BTreeMap<String, Vec<String>>,
    others: Vec<String>,
}

impl Shelf {
    /// Looks through the folders. Links to folders are not followed; names that begin with a dot are passed over.
    pub(super) fn of(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for lang in Lang::ALL {
            files_below(&root.join("audio"), lang.code(), &mut files)?;
        }
        files.sort();
        let mut shelf = Self::default();
        for file in files {
            match file.rsplit_once('.') {
                Some((name, ending)) if ENDINGS.contains(&ending.to_ascii_lowercase().as_str()) => {
                    shelf.sounds.entry(name.to_owned()).or_default().push(file);
                }
                Some(_) | None => shelf.others.push(file),
            }
        }
        Ok(shelf)
    }

    /// The files of a clip.
    pub(super) fn files(&self, clip: &ClipSpec) -> &[String] {
        self.sounds.get(&name(clip)).map_or(&[], Vec::as_slice)
    }

    /// The files that belong to none of these clips.
    pub(super) fn unused(&self, clips: &[ClipSpec]) -> Vec<String> {
        let wanted: BTreeSet<&String> = clips.iter().flat_map(|clip| self.files(clip)).collect();
        let mut unused: Vec<String> =
            self.sounds.values().flatten().filter(|file| !wanted.contains(file)).chain(&self.others).cloned().collect();
        unused.sort();
        unused
    }
}

/// Every file below `folder`, by its path from `audio`.
fn files_below(audio: &Path, folder: &str, found: &mut Vec<String>) -> io::Result<()> {
    let entries = match std::fs::read_dir(audio.join(folder)) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        match entry.file_type()?.is_dir() {
            _ if name.starts_with('.') => {}
            true => files_below(audio, &format!("{folder}/{name}"), found)?,
            false => found.push(format!("{folder}/{name}")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(name: &str) -> ClipSpec {
        ClipSpec { lang: Lang::Kk, name: name.to_owned(), text: String::new() }
    }

    #[test]
    fn a_clip_has_the_files_of_its_own_name() {
        let root = tempfile::tempdir().unwrap();
        for file in ["kk/a/ask.wav", "kk/a/ask.2.wav", "kk/a/ask.2.FLAC", "kk/a/ask.txt", "kk/a/.ask.wav", "kk/old.mp3", "en/x.wav"] {
            let path = root.path().join("audio").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let shelf = Shelf::of(root.path()).unwrap();
        assert_eq!(shelf.files(&clip("a/ask")), ["kk/a/ask.wav"]);
        assert_eq!(shelf.files(&clip("a/ask.2")), ["kk/a/ask.2.FLAC", "kk/a/ask.2.wav"]);
        assert!(shelf.files(&clip("a/as")).is_empty() && shelf.files(&clip("../kk/a/ask")).is_empty());
        assert_eq!(shelf.unused(&[clip("a/ask"), clip("a/ask.2")]), ["kk/a/ask.txt", "kk/old.mp3"]);
    }

    #[test]
    fn without_audio_there_is_nothing() {
        let root = tempfile::tempdir().unwrap();
        assert!(Shelf::of(root.path()).unwrap().unused(&[]).is_empty());
    }
}
