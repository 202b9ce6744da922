//! Bundles that calls ran on: `bundles/<hash>/`, kept as long as an event log names them.
//!
//! A bundle is written once, beside its place, and moved there whole; what is read back is checked against its hash. Which bundles are no longer needed is decided from the
//! openings of all event logs: nothing that one of them names is deleted, and nothing of the last day.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::disk::{Disk, Real};
use super::journal::LINE_MAX;

/// The most files of a bundle.
pub const FILES_MAX: usize = 4096;
/// The most bytes of a bundle.
pub const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A bundle that was made this recently may be one that a call is about to name, or a publication.
const YOUNG_MAX: Duration = Duration::from_secs(24 * 3600);

/// The files of a bundle: path with `/`, relative to the root, and content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// SHA-256 over the files in the order of their paths, each with its length before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundleHash(String);

impl BundleHash {
    /// Of these files.
    pub fn of(files: &Files) -> Self {
        let mut hash = Sha256::new();
        for part in files.iter().flat_map(|(path, content)| [path.as_bytes(), content]) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hex(&hash.finalize()))
    }

    /// Of one clip's bytes, which are kept beside the bundles that name them.
    pub fn of_clip(bytes: &[u8]) -> Self {
        Self(hex(&Sha256::digest(bytes)))
    }

    /// The first digits, enough for people to tell bundles apart.
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl fmt::Display for BundleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BundleHash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if fits { Ok(Self(text.to_owned())) } else { Err("expected 64 hexadecimal digits".to_owned()) }
    }
}

impl TryFrom<String> for BundleHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<BundleHash> for String {
    fn from(hash: BundleHash) -> Self {
        hash.0
    }
}

/// Why a bundle cannot be kept or read.
#[derive(Debug, Error)]
pub enum BundleError {
    /// None of this name is kept.
    #[error("bundle {0} is not kept here: expected its files in bundles/{0}")]
    Unknown(BundleHash),
    /// What is kept is not what was written.
    #[error("bundle {0} is damaged: its files do not give its hash")]
    Damaged(BundleHash),
    /// A path that leads out of the bundle.
    #[error("expected a path within the bundle, came {0:?}")]
    Path(String),
    /// More than a bundle may hold.
    #[error("a bundle may have {FILES_MAX} files and {BYTES_MAX} bytes")]
    TooLarge,
    /// The disk failed.
    #[error("{}: {source}", path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The folder of kept bundles.
#[derive(Clone, Debug)]
pub struct Bundles {
    folder: PathBuf,
}

impl Bundles {
    /// Those in `bundles/` of the folder `data`.
    pub fn new(data: &Path) -> Self {
        Self { folder: data.join("bundles") }
    }

    /// Keeps these files, unless they are kept already. Blocks on the disk.
    ///
    /// # Errors
    /// When a path leads out of the bundle, the bundle is too large, or the disk fails.
    pub fn keep(&self, files: &Files) -> Result<BundleHash, BundleError> {
        self.keep_on(&Real, files)
    }

    pub(super) fn keep_on(&self, disk: &dyn Disk, files: &Files) -> Result<BundleHash, BundleError> {
        bounded(files.len(), files.values().map(|content| content.len() as u64).sum())?;
        let hash = BundleHash::of(files);
        let place = self.place(&hash);
        match self.read(&hash) {
            Ok(_) => return Ok(hash),
            Err(BundleError::Damaged(_)) => disk.remove_folder(&place).map_err(at(&place))?,
            Err(_) => {}
        }
        let draft = self.folder.join(format!(".{hash}.{}", std::process::id()));
        discard(disk, &draft)?; // left by a start that was cut off
        let written = write_all(disk, &draft, files).and_then(|()| move_into(disk, &draft, &place));
        discard(disk, &draft)?;
        written?;
        disk.sync_folder(&self.folder).map_err(at(&self.folder))?;
        Ok(hash)
    }

    /// Reads a bundle back, and checks it.
    ///
    /// # Errors
    /// When it is not kept, is damaged or too large, or the disk fails.
    pub fn read(&self, hash: &BundleHash) -> Result<Files, BundleError> {
        let place = self.place(hash);
        if !place.is_dir() {
            return Err(BundleError::Unknown(hash.clone()));
        }
        let mut files = Files::new();
        read_folder(&place, "", &mut files, &mut 0)?;
        if BundleHash::of(&files) == *hash { Ok(files) } else { Err(BundleError::Damaged(hash.clone())) }
    }

    /// Deletes the bundles, and drafts of bundles, that are more than a day old, are not spared and that no event log names; how many. Blocks on the disk, and reads the
    /// first line of every event log when there is something to delete.
    ///
    /// # Errors
    /// When something cannot be read or deleted. A log that cannot be read may name anything: then nothing is deleted.
    pub fn sweep(&self, spared: &BTreeSet<BundleHash>, now: SystemTime) -> io::Result<u64> {
        let hash_of = |entry: &fs::DirEntry| entry.file_name().to_str().and_then(|name| name.parse::<BundleHash>().ok());
        let is_draft = |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_doubtful = |entry: &fs::DirEntry| is_draft(entry) || hash_of(entry).is_some_and(|hash| !spared.contains(&hash));
        let doubtful: Vec<_> = old(&self.folder, now)?.into_iter().filter(is_doubtful).collect();
        let Some(data) = self.folder.parent().filter(|_| !doubtful.is_empty()) else { return Ok(0) };
        let named = named_by_logs(data)?;
        let mut deleted = 0;
        for entry in doubtful.iter().filter(|entry| hash_of(entry).is_none_or(|hash| !named.contains(&hash))) {
            fs::remove_dir_all(entry.path())?;
            deleted += 1;
        }
        Ok(deleted)
    }

    fn place(&self, hash: &BundleHash) -> PathBuf {
        self.folder.join(&hash.0)
    }
}

fn discard(disk: &dyn Disk, draft: &Path) -> Result<(), BundleError> {
    if draft.exists() { disk.remove_folder(draft).map_err(at(draft)) } else { Ok(()) }
}

fn write_all(disk: &dyn Disk, folder: &Path, files: &Files) -> Result<(), BundleError> {
    let mut folders = BTreeSet::from([folder.to_owned()]);
    disk.make_folder(folder).map_err(at(folder))?;
    for (path, content) in files {
        let inside = Path::new(path);
        let within = !path.is_empty() && inside.components().all(|part| matches!(part, Component::Normal(_)));
        if !within {
            return Err(BundleError::Path(path.clone()));
        }
        let target = folder.join(inside);
        let above: Vec<_> = target.ancestors().skip(1).take_while(|above| above.starts_with(folder)).map(Path::to_owned).collect();
        if let Some(parent) = above.first().filter(|parent| !folders.contains(*parent)) {
            disk.make_folder(parent).map_err(at(parent))?;
        }
        folders.extend(above);
        disk.write(&target, content).map_err(at(&target))?;
    }
    folders.iter().try_for_each(|folder| disk.sync_folder(folder).map_err(at(folder)))
}

/// Another process may have kept the same bundle meanwhile: then there is nothing to move.
fn move_into(disk: &dyn Disk, draft: &Path, place: &Path) -> Result<(), BundleError> {
    match disk.rename(draft, place) {
        Err(_) if place.is_dir() => Ok(()),
        moved => moved.map_err(at(place)),
    }
}

/// The bundles that the event logs below `data` name.
fn named_by_logs(data: &Path) -> io::Result<BTreeSet<BundleHash>> {
    #[derive(Deserialize)]
    struct First {
        opening: Opening,
    }
    #[derive(Deserialize)]
    struct Opening {
        bundle: BundleHash,
    }
    let mut named = BTreeSet::new();
    let mut folders = vec![data.join("calls")];
    while let Some(folder) = folders.pop() {
        for entry in entries(&folder)? {
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "jsonl") {
                // What has no opening can never be replayed, and names nothing.
                named.extend(serde_json::from_str(&first_line(&path)?).map(|first: First| first.opening.bundle));
            }
        }
    }
    Ok(named)
}

fn first_line(path: &Path) -> io::Result<String> {
    let mut line = Vec::new();
    match fs::File::open(path) {
        Err(swept) if swept.kind() == io::ErrorKind::NotFound => {}
        file => drop(BufReader::with_capacity(1024, file?.take(LINE_MAX as u64)).read_until(b'\n', &mut line)?),
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// What is in a folder; nothing in one that is not there.
fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.collect(),
    }
}

/// What in a folder has not been written to for a day.
pub(super) fn old(folder: &Path, now: SystemTime) -> io::Result<Vec<fs::DirEntry>> {
    let mut old = Vec::new();
    for entry in entries(folder)? {
        let written = entry.metadata()?.modified()?;
        if now.duration_since(written).is_ok_and(|age| age > YOUNG_MAX) {
            old.push(entry);
        }
    }
    Ok(old)
}

/// Symbolic links are passed over: what they lead to is no part of the bundle.
fn read_folder(folder: &Path, prefix: &str, files: &mut Files, bytes: &mut u64) -> Result<(), BundleError> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let entry = entry.map_err(at(folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(at(&path))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if kind.is_dir() {
            read_folder(&path, &format!("{name}/"), files, bytes)?;
        } else if kind.is_file() {
            let content = match crate::files::read(&path, BYTES_MAX.saturating_sub(*bytes)) {
                Err(long) if long.kind() == io::ErrorKind::FileTooLarge => return Err(BundleError::TooLarge),
                read => read.map_err(at(&path))?,
            };
            *bytes += content.len() as u64;
            files.insert(name, content);
            bounded(files.len(), *bytes)?;
        }
    }
    Ok(())
}

fn bounded(files: usize, bytes: u64) -> Result<(), BundleError> {
    if files <= FILES_MAX && bytes <= BYTES_MAX { Ok(()) } else { Err(BundleError::TooLarge) }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BundleError {
    let path = path.to_owned();
    move |source| BundleError::Disk { path, source }
}
