//! Recorded calls, lived through again at virtual time on the bundle they ran on, or on another. Nothing is asked of a service, and nothing leaves the machine.

pub mod against;
pub mod audio;
pub mod capture;
pub mod pcap;
pub mod replies;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use dauys_core::call::log::{self, Line, Log, LogError};
use dauys_core::call::replay::{RedactError, Replay, redacted, replay, unsealed};
use thiserror::Error;

use crate::bundle::{self, Kept, LoadError};
use crate::files;
use crate::records::bundles::{BundleError, BundleHash, Bundles};
use crate::records::seal::{self, SealError, SealKey};

/// The longest log that is read, in bytes.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The most logs of one run.
const LOGS_MAX: usize = 100_000;
/// How deep folders of logs may lie in each other.
const DEPTH_MAX: usize = 8;
/// So many bundles are kept in memory.
const BUNDLES_MAX: usize = 8;

/// Why a log cannot be replayed.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The file.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// More than one run reads.
    #[error("{0}: expected at most {LOGS_MAX} logs, in folders at most {DEPTH_MAX} deep; name a folder further down")]
    TooMany(PathBuf),
    /// A folder without logs.
    #[error("{0}: expected event logs (*.jsonl), found none")]
    NoLogs(PathBuf),
    /// The format.
    #[error("{path}: {why}")]
    Log {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: LogError,
    },
    /// The bundle that the log names is not kept here.
    #[error(
        "{path} ran on bundle {bundle}, which is not in a `bundles` folder beside or above it; give --data, the folder that `serve` used"
    )]
    NoBundle {
        /// Which.
        path: PathBuf,
        /// The hash.
        bundle: String,
    },
    /// It cannot be made a test.
    #[error("{path}: {why}; nothing is written")]
    Redact {
        /// Which.
        path: PathBuf,
        /// Why.
        why: RedactError,
    },
    /// The redacted log.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The true values.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The kept bundle is damaged.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The kept bundle does not load with this version.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// The event logs that these names mean: files, and folders with all logs below them, in the order of their paths.
///
/// # Errors
/// When a folder cannot be read, holds no log, or holds too many.
pub fn logs(names: &[PathBuf]) -> Result<Vec<PathBuf>, ReplayError> {
    let mut logs = Vec::new();
    for name in names {
        let before = logs.len();
        if name.is_dir() {
            below(name, 0, &mut logs)?;
            if logs.len() == before {
                return Err(ReplayError::NoLogs(name.clone()));
            }
            logs[before..].sort();
        } else {
            logs.push(name.clone());
        }
    }
    Ok(logs)
}

fn below(folder: &Path, depth: usize, logs: &mut Vec<PathBuf>) -> Result<(), ReplayError> {
    let read = |source| ReplayError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let kind = entry.file_type().map_err(read)?;
        if kind.is_file() && entry.path().extension().is_some_and(|ending| ending == "jsonl") {
            logs.push(entry.path());
        }
        if logs.len() > LOGS_MAX || depth > DEPTH_MAX {
            return Err(ReplayError::TooMany(folder.to_owned()));
        }
        if kind.is_dir() {
            below(&entry.path(), depth + 1, logs)?;
        }
    }
    Ok(())
}

/// Where logs and their bundles are found.
#[derive(Debug, Default)]
pub struct Archive {
    data: Option<PathBuf>,
    kept: BTreeMap<BundleHash, Kept>,
}

impl Archive {
    /// With the folder that `serve` used; without one, the folders above each log are looked through.
    pub fn new(data: Option<&Path>) -> Self {
        Self { data: data.map(Path::to_owned), kept: BTreeMap::new() }
    }

    /// A log, and the bundle that it ran on.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn open(&mut self, path: &Path) -> Result<(Log, Kept), ReplayError> {
        let log = read(path)?;
        let kept = self.bundle(path, &log.opening.bundle)?;
        Ok((log, kept))
    }

    /// A kept bundle, looked for as that of the log at `path` is.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    pub fn bundle(&mut self, path: &Path, hash: &str) -> Result<Kept, ReplayError> {
        let missing = || ReplayError::NoBundle { path: path.to_owned(), bundle: hash.to_owned() };
        let hash: BundleHash = hash.parse().map_err(|_| missing())?;
        if let Some(kept) = self.kept.get(&hash) {
            return Ok(kept.clone());
        }
        let data = self.data.clone().or_else(|| data_above(path, &hash)).ok_or_else(missing)?;
        let kept = bundle::from_files(&Bundles::new(&data).read(&hash)?)?;
        if self.kept.len() == BUNDLES_MAX {
            self.kept.clear();
        }
        self.kept.insert(hash, kept.clone());
        Ok(kept)
    }

    /// Replays one log on its own bundle.
    ///
    /// # Errors
    /// When the log or its bundle cannot be read.
    pub fn replay(&mut self, path: &Path) -> Result<Replay, ReplayError> {
        let (log, kept) = self.open(path)?;
        Ok(replay(kept.program, &log))
    }
}

/// A replay with the true values.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsealed {
    /// What it came to; it differs where its path does.
    pub replay: Replay,
    /// How many keys and utterances stood in the log as others. `None`: nothing is sealed beside it.
    pub truths: Option<usize>,
}

impl Archive {
    /// Replays one log with what is sealed beside it.
    ///
    /// # Errors
    /// When the log, its bundle or what is sealed cannot be read.
    pub fn unsealed(&mut self, path: &Path, key: &SealKey) -> Result<Unsealed, ReplayError> {
        let (log, kept) = self.open(path)?;
        let sealed = path.with_extension("sealed");
        if !sealed.exists() {
            return Ok(Unsealed { replay: replay(kept.program, &log), truths: None });
        }
        let truths = seal::unseal(key, &log.opening, &sealed)?;
        Ok(Unsealed { replay: unsealed(kept.program, &log, &truths), truths: Some(truths.len()) })
    }
}

impl Archive {
    /// Writes the log at `path` to `out` as the call of nobody; how many lines. A file that is there already stays as it is.
    ///
    /// # Errors
    /// When the log cannot be read, would not decide the same, or cannot be written.
    pub fn redact(&mut self, path: &Path, out: &Path) -> Result<usize, ReplayError> {
        let (log, kept) = self.open(path)?;
        let redacted = redacted(&kept.program, &log).map_err(|why| ReplayError::Redact { path: path.to_owned(), why })?;
        let opening = Line::Opening { version: redacted.version, opening: redacted.opening };
        let write = |source| ReplayError::Write { path: out.to_owned(), source };
        let mut file = fs::File::create_new(out).map(BufWriter::new).map_err(write)?;
        for line in [&opening].into_iter().chain(&redacted.lines) {
            let text = serde_json::to_string(line).map_err(|error| write(error.into()))?;
            writeln!(file, "{text}").map_err(write)?;
        }
        file.flush().map_err(write)?;
        Ok(redacted.lines.len())
    }
}

/// A log without its bundle.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Log, ReplayError> {
    log::read(&text(path)?).map_err(|why| ReplayError::Log { path: path.to_owned(), why })
}

pub(crate) fn text(path: &Path) -> Result<String, ReplayError> {
    files::read_text(path, BYTES_MAX).map_err(|source| ReplayError::Read { path: path.to_owned(), source })
}

fn data_above(path: &Path, hash: &BundleHash) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute.ancestors().find(|folder| folder.join("bundles").join(hash.to_string()).is_dir()).map(Path::to_owned)
}
