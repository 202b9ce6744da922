//! Recorded calls, lived through again at virtual time on the bundle they ran on. Nothing is asked of a service, and nothing leaves the machine.

use std::path::{Path, PathBuf};

use dauys_core::call::log::{self, LogError};
use dauys_core::call::replay::{Replay, replay};
use thiserror::Error;

use crate::bundle::{self, LoadError};
use crate::records::bundles::{BundleError, BundleHash, Bundles};

/// The longest log that is read, in bytes.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

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
    /// Too long to be the log of a call.
    #[error("{0} is longer than {BYTES_MAX} bytes: no call is that long")]
    TooLong(PathBuf),
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
    /// The kept bundle is damaged.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The kept bundle does not load with this version.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Replays one log. `data` is the folder with `bundles/`; without it the folders above the log are looked through.
///
/// # Errors
/// When the log or its bundle cannot be read.
pub fn file(path: &Path, data: Option<&Path>) -> Result<Replay, ReplayError> {
    let text = text(path)?;
    let log = log::read(&text).map_err(|why| ReplayError::Log { path: path.to_owned(), why })?;
    let missing = || ReplayError::NoBundle { path: path.to_owned(), bundle: log.opening.bundle.clone() };
    let hash: BundleHash = log.opening.bundle.parse().map_err(|_| missing())?;
    let data = data.map_or_else(|| data_above(path, &hash), |data| Some(data.to_owned())).ok_or_else(missing)?;
    let kept = bundle::from_files(&Bundles::new(&data).read(&hash)?)?;
    Ok(replay(kept.program, &log))
}

/// The text of an event log.
pub(crate) fn text(path: &Path) -> Result<String, ReplayError> {
    let read = |source| ReplayError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(read)?.len() > BYTES_MAX {
        return Err(ReplayError::TooLong(path.to_owned()));
    }
    std::fs::read_to_string(path).map_err(read)
}

fn data_above(path: &Path, hash: &BundleHash) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute.ancestors().find(|folder| folder.join("bundles").join(hash.to_string()).is_dir()).map(Path::to_owned)
}
