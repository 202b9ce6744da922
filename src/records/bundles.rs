//! Bundles that calls ran on: `bundles/<hash>/`, kept as long as an event log names them.
//!
//! A bundle is written once, beside its place, and moved there whole; what is read back is checked against its hash.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, Read, Write as _};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The most files of a bundle.
pub const FILES_MAX: usize = 4096;
/// The most bytes of a bundle.
pub const BYTES_MAX: u64 = 256 * 1024 * 1024;

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
        Self(hash.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
    }
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
    #[error("{}", path.display())]
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
        bounded(files.len(), files.values().map(|content| content.len() as u64).sum())?;
        let hash = BundleHash::of(files);
        let place = self.place(&hash);
        match self.read(&hash) {
            Ok(_) => return Ok(hash),
            Err(BundleError::Damaged(_)) => fs::remove_dir_all(&place).map_err(at(&place))?,
            Err(_) => {}
        }
        let draft = self.folder.join(format!(".{hash}.{}", std::process::id()));
        discard(&draft)?; // left by a start that was cut off
        let written = write_all(&draft, files).and_then(|()| move_into(&draft, &place));
        discard(&draft)?;
        written.map(|()| hash)
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

    fn place(&self, hash: &BundleHash) -> PathBuf {
        self.folder.join(&hash.0)
    }
}

fn discard(draft: &Path) -> Result<(), BundleError> {
    match fs::remove_dir_all(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(draft)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn write_all(folder: &Path, files: &Files) -> Result<(), BundleError> {
    for (path, content) in files {
        let inside = Path::new(path);
        let within = !path.is_empty() && inside.components().all(|part| matches!(part, Component::Normal(_)));
        if !within {
            return Err(BundleError::Path(path.clone()));
        }
        let target = folder.join(inside);
        write_one(&target, content).map_err(at(&target))?;
    }
    Ok(())
}

fn write_one(target: &Path, content: &[u8]) -> io::Result<()> {
    target.parent().map_or(Ok(()), fs::create_dir_all)?;
    let mut file = fs::File::create(target)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Another process may have kept the same bundle meanwhile: then there is nothing to move.
fn move_into(draft: &Path, place: &Path) -> Result<(), BundleError> {
    match fs::rename(draft, place) {
        Err(_) if place.is_dir() => Ok(()),
        moved => moved.map_err(at(place)),
    }
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
            let content = read_one(&path, BYTES_MAX.saturating_sub(*bytes)).map_err(at(&path))?;
            *bytes += content.len() as u64;
            files.insert(name, content);
            bounded(files.len(), *bytes)?;
        }
    }
    Ok(())
}

/// One byte more than there is room for, so that too much is seen.
fn read_one(path: &Path, room: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    fs::File::open(path)?.take(room + 1).read_to_end(&mut content)?;
    Ok(content)
}

fn bounded(files: usize, bytes: u64) -> Result<(), BundleError> {
    if files <= FILES_MAX && bytes <= BYTES_MAX { Ok(()) } else { Err(BundleError::TooLarge) }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BundleError {
    let path = path.to_owned();
    move |source| BundleError::Disk { path, source }
}
