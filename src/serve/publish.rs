//! From files below a root to what serves: a draft is loaded and proved, kept, and then made the publication. And back.

use std::path::{Path, PathBuf};

use dauys_core::calendar::Date;
use dauys_core::flow::coverage::Coverage;
use jiff::Timestamp;
use thiserror::Error;

use crate::bundle::{self, Bundle, LoadError};
use crate::records::bundles::{BundleHash, Bundles};
use crate::records::publications::{ClipsByHash, Publication, Publications, PublicationsError, Published};
use crate::speech::clips::{ClipFault, ClipProblem};
use crate::talk::files::{FileError, hold_all};

/// Why something is not published, or does not serve.
#[derive(Debug, Error)]
pub enum PublishError {
    /// The flows do not load.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Something of the flows would be heard wrong, or not at all.
    #[error("{}", told(problems))]
    Clips {
        /// What is wrong with which clip.
        problems: Vec<ClipProblem>,
    },
    /// Written conversations do not go as they are written.
    #[error("{failed} of {of} talks in {} do not go as they are written: `dauys test` shows where", folder.display())]
    Talks {
        /// Where they are.
        folder: PathBuf,
        /// How many do not.
        failed: usize,
        /// How many there are.
        of: usize,
    },
    /// They cannot be read.
    #[error(transparent)]
    Talk(#[from] FileError),
    /// The records.
    #[error(transparent)]
    Records(#[from] PublicationsError),
}

/// Proves what is below `root`, keeps it in `data` and makes it the publication. Blocks on the disk.
///
/// # Errors
/// When the flows have an error, a fact no longer holds `today`, a clip is not as it should be, a talk goes otherwise, somebody else is publishing, or the disk fails. Then what served before goes on.
pub fn publish(root: &Path, data: &Path, today: Date) -> Result<Published, PublishError> {
    let bundle = bundle::load(root)?;
    holds_today(&bundle, today)?;
    heard_as_written(bundle.problems.clone())?;
    go_as_written(&bundle, root.join(TALKS))?;
    let clips: ClipsByHash<'_> = bundle.recorded().map(|bytes| (BundleHash::of_clip(bytes), bytes)).collect();
    Ok(Publications::new(data).publish(&bundle.files, &clips, Timestamp::now())?)
}

/// Passes answers whose facts hold on a day.
fn holds_today(bundle: &Bundle, today: Date) -> Result<(), PublishError> {
    let faults = bundle.outdated(today);
    if faults.is_empty() {
        return Ok(());
    }
    let sources = bundle::sources_of(&bundle.files).map_err(LoadError::from)?;
    Err(LoadError::Faults { sources, faults }.into())
}

/// Where a root has its talks.
const TALKS: &str = "tests/talks";

/// Holds the talks of a folder, where there is one.
fn go_as_written(bundle: &Bundle, folder: PathBuf) -> Result<(), PublishError> {
    if !folder.exists() {
        return Ok(());
    }
    let reports = hold_all(bundle, std::slice::from_ref(&folder), &mut Coverage::default())?;
    let (failed, of) = (reports.iter().filter(|report| !report.is_ok()).count(), reports.len());
    if failed == 0 { Ok(()) } else { Err(PublishError::Talks { folder, failed, of }) }
}

/// Makes the publication before the one that serves serve again, or the one called `to`, if it loads. Blocks on the disk.
///
/// # Errors
/// When there is none, it does not load, somebody else is publishing, or the disk fails. Then nothing has changed.
pub fn roll_back(data: &Path, to: Option<&str>) -> Result<Publication, PublishError> {
    Publications::new(data).roll_back(to, Timestamp::now(), |publication| open(data, &publication.hash).map(drop))
}

/// A bundle that was published, with its clips. Blocks on the disk.
///
/// # Errors
/// When it is damaged, or this version finds an error in its flows.
pub fn open(data: &Path, hash: &BundleHash) -> Result<Bundle, PublishError> {
    let files = Bundles::new(data).read(hash).map_err(PublicationsError::from)?;
    let publications = Publications::new(data);
    let clip = |hash: &str| {
        hash.parse().map_err(|why| format!("{hash}: {why}")).and_then(|hash| publications.clip(&hash).map_err(|why| why.to_string()))
    };
    Ok(bundle::published(files, clip)?)
}

/// Passes clips that say what the prompts say: all are there, and of these words. Two recordings of one clip are no reason to hold flows back.
pub(super) fn heard_as_written(problems: Vec<ClipProblem>) -> Result<(), PublishError> {
    let wrong = |problem: &ClipProblem| match problem.fault {
        ClipFault::Missing | ClipFault::Stale | ClipFault::RecordedForOtherWords | ClipFault::Damaged(_) => true,
        ClipFault::Several(_) => false,
    };
    let problems: Vec<_> = problems.into_iter().filter(wrong).collect();
    if problems.is_empty() { Ok(()) } else { Err(PublishError::Clips { problems }) }
}

fn told(problems: &[ClipProblem]) -> String {
    let first = problems.first().map_or_else(String::new, ToString::to_string);
    match problems.len() {
        1 => format!("a clip is not what its prompt says: {first}"),
        many => format!("{many} clips are not what their prompts say: run `dauys render`; the first is {first}"),
    }
}
