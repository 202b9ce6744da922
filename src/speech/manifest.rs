//! `audio/manifest.json`: what each clip was made from. Sorted, so that two renderings of the same words are the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::render::RenderError;

const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A clip, `kk/prompts/main/greeting` → what is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Manifest(pub(super) BTreeMap<String, Entry>);

/// What is known of one clip: either how it was made, or which recording of a person it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// SHA-256 of the words in the prompt.
    pub(super) text: String,
    /// SHA-256 of the words as the voice got them, the voice, the quiet at the ends and the version of the arithmetic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) made: Option<String>,
    /// SHA-256 of the file that a person's recording came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recorded: Option<String>,
    /// Whose voice it is.
    pub(super) voice: String,
    /// How long the clip is.
    pub(super) duration_ms: u32,
    /// Integrated loudness of the clip as it is played, to a tenth (ITU-R BS.1770).
    pub(super) loudness_lufs: f32,
    /// Its highest true peak, to a tenth (ITU-R BS.1770, annex 2).
    pub(super) true_peak_dbtp: f32,
}

impl Entry {
    /// Whether a voice spoke it.
    pub(super) const fn is_rendered(&self) -> bool {
        self.made.is_some()
    }

    /// Whether it is about the recording with this hash. An entry that names none is about whatever lies there.
    pub(super) fn knows_recording(&self, hash: &str) -> bool {
        !self.is_rendered() && self.recorded.as_deref().is_none_or(|known| known == hash)
    }
}

impl Manifest {
    /// Below `root`; empty when there is none.
    pub(super) fn read(root: &Path) -> Result<Self, RenderError> {
        let path = path(root);
        match crate::files::read(&path, FILE_BYTES_MAX) {
            Ok(json) => {
                serde_json::from_slice(&json).map(Self::of_today).map_err(|why| RenderError::Manifest { path, why: why.to_string() })
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(RenderError::File { path, source }),
        }
    }

    /// Earlier versions named a clip's WAV file. What is known by the clip's own name is newer.
    fn of_today(self) -> Self {
        let mut clips = BTreeMap::new();
        for (name, entry) in self.0 {
            let name = name.strip_suffix(".wav").map_or(name.clone(), str::to_owned);
            clips.entry(name).or_insert(entry);
        }
        Self(clips)
    }

    /// Below `root`, all or nothing.
    pub(super) fn write(&self, root: &Path) -> Result<(), RenderError> {
        let path = path(root);
        let mut json = serde_json::to_vec_pretty(self).map_err(|why| RenderError::Manifest { path: path.clone(), why: why.to_string() })?;
        json.push(b'\n');
        super::render::write_whole(&path, &json)
    }
}

/// SHA-256 in hexadecimal of parts that cannot run into each other.
pub(super) fn hash(parts: &[&[u8]]) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn path(root: &Path) -> PathBuf {
    root.join("audio/manifest.json")
}
