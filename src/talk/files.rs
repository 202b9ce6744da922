//! The files of talks: found, held with a bundle, and counted together. What publishes flows asks [`hold_all`].

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use dauys_core::flow::coverage::Coverage;
use thiserror::Error;

use super::slip::Slip;
use super::{Held, hold, read};
use crate::bundle::{Bundle, FILE_BYTES_MAX};
use crate::files;

/// The most files of one run.
const FILES_MAX: usize = 2_000;
/// How deep folders may lie in each other.
const DEPTH_MAX: usize = 8;

/// Why a file of talks cannot be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// A file or folder that the system does not give.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// More than a file may hold.
    #[error("{}: expected at most {FILE_BYTES_MAX} bytes; split it", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// Bytes that are no UTF-8.
    #[error("{}: expected UTF-8; save it as UTF-8", path.display())]
    NotText {
        /// Which.
        path: PathBuf,
    },
    /// More files than a run may have, or folders deeper than that.
    #[error("{}: expected at most {FILES_MAX} talks, in folders at most {DEPTH_MAX} deep", path.display())]
    TooMany {
        /// Where it was too much.
        path: PathBuf,
    },
}

/// A file of a talk, and how it went.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file, as it was named.
    pub file: String,
    /// Its text.
    pub text: String,
    /// How it went, or why it could not be held.
    pub went: Result<Went, Vec<Slip>>,
}

/// How a talk went.
#[derive(Clone, Debug)]
pub struct Went {
    /// What people call it.
    pub title: String,
    /// The rest.
    pub held: Held,
}

impl Report {
    /// Whether all was as written.
    pub fn is_ok(&self) -> bool {
        self.went.as_ref().is_ok_and(|went| went.held.failures.is_empty())
    }
}

/// Holds every talk of these files and folders with a bundle. Blocks on the disk.
///
/// # Errors
/// When a file cannot be read; a talk that cannot be understood is in its report.
pub fn hold_all(bundle: &Bundle, paths: &[PathBuf], coverage: &mut Coverage) -> Result<Vec<Report>, FileError> {
    let mut files = Vec::new();
    for path in paths {
        gather(path, 0, &mut files)?;
    }
    files.iter().map(|file| hold_file(bundle, file, coverage)).collect()
}

fn hold_file(bundle: &Bundle, path: &Path, coverage: &mut Coverage) -> Result<Report, FileError> {
    let (file, text) = (path.display().to_string(), text(path)?);
    let talk = read(&file, &text, &bundle.program);
    let went = talk.map(|talk| Went { held: hold(bundle, &talk, coverage), title: talk.title });
    Ok(Report { file, text, went })
}

/// The files of a folder in the order of their names; what begins with a dot is passed over.
fn gather(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), FileError> {
    let read = |source| FileError::Read { path: path.to_owned(), source };
    if !fs::metadata(path).map_err(read)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries = fs::read_dir(path).and_then(|entries| entries.take(FILES_MAX + 1).collect::<Result<Vec<_>, _>>()).map_err(read)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (inner, name) = (entry.path(), entry.file_name());
        let is_talk = inner.is_dir() || inner.extension().is_some_and(|ending| ending == "yaml");
        if is_talk && !name.as_encoded_bytes().starts_with(b".") {
            if depth == DEPTH_MAX || files.len() == FILES_MAX {
                return Err(FileError::TooMany { path: inner });
            }
            gather(&inner, depth + 1, files)?;
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, FileError> {
    files::read_text(path, FILE_BYTES_MAX).map_err(|source| match source.kind() {
        ErrorKind::FileTooLarge => FileError::TooLarge { path: path.to_owned() },
        ErrorKind::InvalidData => FileError::NotText { path: path.to_owned() },
        _ => FileError::Read { path: path.to_owned(), source },
    })
}
