//! Which bundles are published, and which of them serves: `published/journal.json`, with the clips of the bundles that it names.
//!
//! A publication is whole before the journal names it, and the journal is replaced by a rename: whoever looks, at whatever moment, sees the old one or the new one. One
//! process at a time changes it; to read it needs no lock.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use dauys_core::media::Packed;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::bundles::{BundleError, BundleHash, Bundles, Files, old};
use super::disk::{Disk, Real};
use crate::files;

/// How many publications are remembered, and can be gone back to.
pub const KEPT_MAX: usize = 20;
/// The longest journal that is read, in bytes.
const JOURNAL_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// The longest clip, in bytes: more than an hour.
const CLIP_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The format of the journal.
const VERSION: u32 = 1;
/// The shortest beginning of a hash that names a bundle.
const SHORT_MIN: usize = 4;

/// The bytes of clips, packed or A-law, by [`BundleHash::of_clip`].
pub type ClipsByHash<'a> = BTreeMap<BundleHash, &'a [u8]>;

/// A bundle that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub hash: BundleHash,
    /// The files that differ from what served before.
    pub files: Vec<String>,
    /// How many clips differ.
    pub clips: usize,
    /// When a rollback took it back; until then it serves unless a later one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Timestamp>,
}

/// The publications, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    version: u32,
    /// Each time that something was published.
    pub publications: Vec<Publication>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { version: VERSION, publications: Vec::new() }
    }
}

impl Journal {
    /// The one that should serve.
    pub fn serving(&self) -> Option<&Publication> {
        self.good().next()
    }

    /// Those that were not taken back, the newest first: what serves, and what would in its place.
    pub fn good(&self) -> impl Iterator<Item = &Publication> {
        self.publications.iter().rev().filter(|publication| publication.withdrawn.is_none())
    }

    fn add(&mut self, publication: Publication) {
        self.publications.push(publication);
        let oldest = self.publications.len().saturating_sub(KEPT_MAX);
        self.publications.drain(..oldest);
    }

    /// Where a rollback would lead.
    fn target(&self, to: Option<&str>) -> Result<usize, PublicationsError> {
        let serving = self.serving().ok_or(PublicationsError::Nothing)?;
        let Some(short) = to else {
            let before = self.publications.iter().rposition(|other| other.withdrawn.is_none() && other != serving);
            return before.ok_or_else(|| PublicationsError::NothingBefore(serving.hash.clone()));
        };
        let named = |publication: &&Publication| publication.hash.to_string().starts_with(short);
        let hashes: BTreeSet<_> = self.publications.iter().filter(named).map(|publication| &publication.hash).collect();
        match (hashes.len(), self.publications.iter().rposition(|publication| named(&publication))) {
            (1, Some(at)) if short.len() >= SHORT_MIN => Ok(at),
            (0 | 1, _) => Err(PublicationsError::NoSuch(short.to_owned())),
            (several, _) => Err(PublicationsError::Several { short: short.to_owned(), several }),
        }
    }

    /// This one serves: it is no longer withdrawn, and what came after it is.
    fn go_back(&mut self, at: usize, now: Timestamp) {
        self.publications[at].withdrawn = None;
        for later in &mut self.publications[at + 1..] {
            later.withdrawn.get_or_insert(now);
        }
    }
}

/// What came of publishing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// It serves from now on.
    New(Publication),
    /// It served already.
    Already(Publication),
}

/// Why nothing was published, or cannot be read.
#[derive(Debug, Error)]
pub enum PublicationsError {
    /// The bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Somebody else is at it.
    #[error("{}: another `dauys publish` or `dauys rollback` is at work here; wait for its end and try again", folder.display())]
    Busy {
        /// Where.
        folder: PathBuf,
    },
    /// The journal cannot be understood.
    #[error(
        "{}: expected the journal of publications, version {VERSION}: {why}; put it back from a copy, or move it away and publish again",
        path.display()
    )]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Nothing is published.
    #[error("nothing is published here yet: run `dauys publish`")]
    Nothing,
    /// Only one is left.
    #[error("there is no publication before {}: `dauys publish --list` shows what there is", .0.short())]
    NothingBefore(BundleHash),
    /// No publication of this name.
    #[error("no publication is called {0}: expected {SHORT_MIN} or more of the first digits of one that `dauys publish --list` shows")]
    NoSuch(String),
    /// More than one of this name.
    #[error("{several} bundles begin with {short}: give more digits")]
    Several {
        /// What was given.
        short: String,
        /// How many.
        several: usize,
    },
    /// A clip that the bundle needs is lost or damaged.
    #[error("{}: expected the clip of this hash, found another or none; publish again", path.display())]
    Clip {
        /// The file.
        path: PathBuf,
    },
    /// The journal is written, and the disk does not say that it will last.
    #[error("{}: {source}: this serves now, and a power cut may take it back; do it again", path.display())]
    Unsynced {
        /// The folder of the journal.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk failed.
    #[error("{}: {source}", path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The publications of a data folder.
#[derive(Clone, Debug)]
pub struct Publications {
    folder: PathBuf,
    bundles: Bundles,
}

impl Publications {
    /// Those in `published/` of the folder `data`.
    pub fn new(data: &Path) -> Self {
        Self { folder: data.join("published"), bundles: Bundles::new(data) }
    }

    /// The folder whose journal changes when something is published.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The journal; an empty one where nothing was ever published.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn journal(&self) -> Result<Journal, PublicationsError> {
        let path = self.journal_path();
        let wrong = |why: String| PublicationsError::Journal { path: path.clone(), why };
        let text = match files::read(&path, JOURNAL_BYTES_MAX) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Journal::default()),
            text => text.map_err(at(&path))?,
        };
        let journal: Journal = serde_json::from_slice(&text).map_err(|why| wrong(why.to_string()))?;
        if journal.version == VERSION { Ok(journal) } else { Err(wrong(format!("this is version {}", journal.version))) }
    }

    /// Keeps a bundle with its clips, and makes it the one that serves. Blocks on the disk.
    ///
    /// # Errors
    /// When somebody else is publishing, or the disk fails. Then what served before goes on.
    pub fn publish(&self, files: &Files, clips: &ClipsByHash<'_>, now: Timestamp) -> Result<Published, PublicationsError> {
        self.publish_on(&Real, files, clips, now)
    }

    fn publish_on(&self, disk: &dyn Disk, files: &Files, clips: &ClipsByHash<'_>, now: Timestamp) -> Result<Published, PublicationsError> {
        let _alone = self.alone()?;
        let mut journal = self.journal()?;
        self.keep_clips(disk, clips)?;
        let hash = self.bundles.keep_on(disk, files)?;
        if let Some(serving) = journal.serving().filter(|serving| serving.hash == hash) {
            self.sync(disk)?; // the one before may not have come as far
            return Ok(Published::Already(serving.clone()));
        }
        let before = journal.serving().and_then(|serving| self.bundles.read(&serving.hash).ok()).unwrap_or_default();
        let publication =
            Publication { at: now, hash, files: changed_files(&before, files), clips: changed_clips(&before, files), withdrawn: None };
        journal.add(publication.clone());
        self.write(disk, &journal)?;
        Ok(Published::New(publication))
    }

    /// Makes the publication before the one that serves serve again, or the one called `to`: those after it count as taken back. `prove` may refuse.
    ///
    /// # Errors
    /// When there is none, somebody else is publishing, the disk fails, or as `prove` says; then nothing has changed.
    pub fn roll_back<E: From<PublicationsError>>(
        &self,
        to: Option<&str>,
        now: Timestamp,
        prove: impl FnOnce(&Publication) -> Result<(), E>,
    ) -> Result<Publication, E> {
        let mut journal = self.journal()?;
        journal.target(to)?; // where nothing is published, nothing is made
        let _alone = self.alone()?;
        journal = self.journal()?;
        let at = journal.target(to)?;
        prove(&journal.publications[at])?;
        journal.go_back(at, now);
        self.write(&Real, &journal)?;
        Ok(journal.publications[at].clone())
    }

    /// A clip of a published bundle.
    ///
    /// # Errors
    /// When it is not kept, or is not what its hash says.
    pub fn clip(&self, hash: &BundleHash) -> Result<Vec<u8>, PublicationsError> {
        let paths = ENDINGS.map(|ending| self.clip_path(hash, ending));
        let kept = paths.iter().find_map(|path| files::read(path, CLIP_BYTES_MAX).ok().filter(|bytes| BundleHash::of_clip(bytes) == *hash));
        kept.ok_or_else(|| PublicationsError::Clip { path: self.folder.join("clips").join(hash.to_string()) })
    }

    /// Deletes bundles and clips that are more than a day old, that neither an event log nor a publication names, and that are not `spared`; how many. Does nothing while
    /// somebody is publishing.
    ///
    /// # Errors
    /// When something cannot be read or deleted.
    pub fn sweep(&self, spared: &BTreeSet<BundleHash>, now: SystemTime) -> Result<u64, PublicationsError> {
        let _alone = match self.folder.is_dir().then(|| self.alone()) {
            Some(Err(PublicationsError::Busy { .. })) => return Ok(0),
            alone => alone.transpose()?,
        };
        let published: BTreeSet<_> = self.journal()?.publications.into_iter().map(|publication| publication.hash).collect();
        let spared = published.union(spared).cloned().collect();
        let bundles = self.bundles.sweep(&spared, now).map_err(at(&self.folder))?;
        Ok(bundles + self.sweep_clips(&published, now)?)
    }

    /// A published bundle that cannot be read may name any clip: then all stay.
    fn sweep_clips(&self, published: &BTreeSet<BundleHash>, now: SystemTime) -> Result<u64, PublicationsError> {
        let folder = self.folder.join("clips");
        let old = old(&folder, now).map_err(at(&folder))?;
        if old.is_empty() {
            return Ok(0);
        }
        let mut named = BTreeSet::new();
        for hash in published {
            named.extend(
                clips_of(&self.bundles.read(hash)?).into_values().flat_map(|hash| ENDINGS.map(|ending| format!("{hash}.{ending}"))),
            );
        }
        let unnamed = old.iter().filter(|entry| entry.file_name().to_str().is_none_or(|name| !named.contains(name)));
        unnamed.map(|entry| fs::remove_file(entry.path()).map(|()| 1).map_err(at(&entry.path()))).sum()
    }

    fn keep_clips(&self, disk: &dyn Disk, clips: &ClipsByHash<'_>) -> Result<(), PublicationsError> {
        let folder = self.folder.join("clips");
        disk.make_folder(&folder).map_err(at(&folder))?;
        let draft = folder.join(".draft");
        for (hash, bytes) in clips {
            if self.clip(hash).is_err() {
                let place = self.clip_path(hash, ending(bytes));
                disk.write(&draft, bytes).and_then(|()| disk.rename(&draft, &place)).map_err(at(&place))?;
            }
        }
        disk.sync_folder(&folder).map_err(at(&folder))
    }

    fn write(&self, disk: &dyn Disk, journal: &Journal) -> Result<(), PublicationsError> {
        let (draft, place) = (self.folder.join(".journal"), self.journal_path());
        let text = serde_json::to_vec_pretty(journal).map_err(|why| at(&place)(why.into()))?;
        disk.write(&draft, &text).and_then(|()| disk.rename(&draft, &place)).map_err(at(&place))?;
        self.sync(disk)
    }

    fn sync(&self, disk: &dyn Disk) -> Result<(), PublicationsError> {
        disk.sync_folder(&self.folder).map_err(|source| PublicationsError::Unsynced { path: self.folder.clone(), source })
    }

    /// Holds the folder for this process; the system lets go of it however the process ends.
    fn alone(&self) -> Result<File, PublicationsError> {
        fs::create_dir_all(&self.folder).map_err(at(&self.folder))?;
        let folder = File::open(&self.folder).map_err(at(&self.folder))?;
        for _ in 0..BUSY_TRIES {
            match folder.try_lock() {
                Ok(()) => return Ok(folder),
                Err(TryLockError::WouldBlock) => std::thread::sleep(BUSY_PAUSE), // the robot sweeps, or another is all but done
                Err(TryLockError::Error(why)) => return Err(at(&self.folder)(why)),
            }
        }
        Err(PublicationsError::Busy { folder: self.folder.clone() })
    }

    fn journal_path(&self) -> PathBuf {
        self.folder.join("journal.json")
    }

    fn clip_path(&self, hash: &BundleHash, ending: &str) -> PathBuf {
        self.folder.join(format!("clips/{hash}.{ending}"))
    }
}

/// How files of clips end: Opus, and A-law at 8 kHz without a header. sox knows both.
const ENDINGS: [&str; 2] = ["opus", "al"];

fn ending(clip: &[u8]) -> &'static str {
    let [opus, alaw] = ENDINGS;
    if clip.starts_with(Packed::MAGIC) { opus } else { alaw }
}

/// So often the folder is asked for while another process holds it.
const BUSY_TRIES: u32 = 20;
const BUSY_PAUSE: Duration = Duration::from_millis(100);

/// Where a bundle says which clips it is heard with.
pub const CLIPS: &str = "audio/clips.json";

/// The clips that a bundle names, by language and name. One of an earlier version names none.
pub fn clips_of(files: &Files) -> BTreeMap<String, BundleHash> {
    files.get(CLIPS).and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default()
}

/// The flows and prompts that are not the same in both.
fn changed_files(before: &Files, after: &Files) -> Vec<String> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).filter(|path| !path.starts_with("audio/")).collect();
    paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

fn changed_clips(before: &Files, after: &Files) -> usize {
    let (before, after) = (clips_of(before), clips_of(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).count()
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> PublicationsError {
    let path = path.to_owned();
    move |source| PublicationsError::Disk { path, source }
}

#[cfg(test)]
mod tests;
