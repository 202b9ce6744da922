//! Which bundle serves. It is swapped under running calls: a call keeps for life the one that it began with.
//!
//! What comes anew is loaded and proved off the runtime, and what cannot serve changes nothing but the alarm.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use thiserror::Error;
use tokio::sync::Notify;

use super::eye::Eye;
use super::publish::{self, PublishError};
use crate::bundle::{self, Bundle};
use crate::config::{Config, Source};
use crate::records::bundles::{BundleError, BundleHash, Bundles};
use crate::records::publications::{Publications, PublicationsError};
use crate::speech::clips::{ClipFault, ClipProblem};
use crate::speech::render::render;

/// Files are written one by one: after a change it is waited until nothing more has changed for so long.
const QUIET: Duration = Duration::from_millis(200);
/// And it is waited no longer than this.
const QUIET_MAX: Duration = Duration::from_secs(3);
/// How often it is looked whether the last call of a bundle has ended.
const REAPED_EVERY: Duration = Duration::from_secs(1);
/// The longest reason that is shown.
const REASON_CHARS_MAX: usize = 400;

/// Where a bundle came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The files below the root.
    Draft,
    /// A publication.
    Publication,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Publication => "publication",
        })
    }
}

/// Why what is newest does not serve.
#[derive(Debug, Error)]
pub enum Refusal {
    /// It does not load, or would not be heard as it is written.
    #[error(transparent)]
    Unfit(#[from] PublishError),
    /// Clips are out of date, and the voices that should make them could not.
    #[error("{clips}; they could not be made here: {why}")]
    Unspoken {
        /// Which clips.
        clips: PublishError,
        /// Why the voices failed.
        why: String,
    },
    /// It cannot be kept for replays.
    #[error(transparent)]
    Unkept(#[from] BundleError),
    /// Nothing is published, and only what is published may serve.
    #[error("nothing is published in {}: run `dauys publish`, or set `flows: {{source: auto}}`", data.display())]
    Unpublished {
        /// The data folder.
        data: PathBuf,
    },
}

impl From<PublicationsError> for Refusal {
    fn from(why: PublicationsError) -> Self {
        Self::Unfit(why.into())
    }
}

/// What came of a look.
#[derive(Debug)]
pub enum Looked {
    /// What serves is the newest.
    Same,
    /// A newer bundle serves from now on.
    Taken(Taken),
    /// The newest cannot serve: the old goes on.
    Refused {
        /// The bundle that goes on.
        serving: BundleHash,
        /// Why.
        why: Refusal,
    },
}

/// A bundle that was taken up.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Which.
    pub hash: BundleHash,
    /// Where it came from.
    pub origin: Origin,
    /// How many clips were made for it.
    pub clips_made: usize,
}

/// A bundle that calls run on.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) bundle: Bundle,
    pub(super) hash: BundleHash,
    pub(super) origin: Origin,
}

impl Serving {
    /// Whether anything but the keeper of this still needs its flows or clips.
    fn is_used(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) > 1 || Arc::strong_count(&self.bundle.program) > 1 || Arc::strong_count(&self.bundle.clips) > 1
    }
}

/// The bundle that serves, and those that calls still run on.
pub(super) struct Flows {
    source: Source,
    root: PathBuf,
    data: PathBuf,
    serving: ArcSwap<Serving>,
    /// Kept until their last call has ended, so that they are freed here and never by a media thread.
    replaced: Mutex<Vec<Arc<Serving>>>,
    alarm: Mutex<Option<String>>,
}

impl Flows {
    /// What serves at the start: the newest that can, and what keeps a newer publication from it. Blocks on the disk.
    ///
    /// # Errors
    /// When nothing can serve.
    pub(super) fn open(config: &Config) -> Result<(Self, Option<Refusal>), Refusal> {
        let (serving, refusal) = first(config)?;
        let flows = Self {
            source: config.flows.source,
            root: config.root.clone(),
            data: config.data.clone(),
            serving: ArcSwap::from_pointee(serving),
            replaced: Mutex::default(),
            alarm: Mutex::default(),
        };
        flows.raise(refusal.as_ref());
        Ok((flows, refusal))
    }

    /// What a call that begins now runs on.
    pub(super) fn now(&self) -> Arc<Serving> {
        self.serving.load_full()
    }

    /// Why what is newest does not serve.
    pub(super) fn alarm(&self) -> Option<String> {
        locked(&self.alarm).clone()
    }

    /// The bundles that calls run on, whether or not a log names them yet.
    pub(super) fn in_use(&self) -> BTreeSet<BundleHash> {
        let replaced = locked(&self.replaced); // nothing is swapped meanwhile
        replaced.iter().chain([&self.now()]).map(|serving| serving.hash.clone()).collect()
    }

    /// Takes up what is newest, if it can serve. Blocks on the disk.
    pub(super) fn look(&self) -> Looked {
        let serving = self.now();
        let newest = self.newest(&serving);
        self.raise(newest.as_ref().err());
        match newest {
            Ok(None) => Looked::Same,
            Ok(Some((new, clips_made))) => {
                let taken = Taken { hash: new.hash.clone(), origin: new.origin, clips_made };
                self.swap(new);
                Looked::Taken(taken)
            }
            Err(why) => Looked::Refused { serving: serving.hash.clone(), why },
        }
    }

    /// What should serve in the place of what does, and how many clips were made for it.
    fn newest(&self, serving: &Serving) -> Result<Option<(Serving, usize)>, Refusal> {
        let published = published(self.source, &self.data)?;
        match published.first() {
            Some(hash) if serving.origin == Origin::Publication && *hash == serving.hash => Ok(None),
            Some(hash) => Ok(Some((publication(&self.data, hash)?, 0))),
            None => {
                let (draft, clips_made) = spoken(&self.root, &serving.bundle.problems)?;
                let new = kept(&self.data, draft)?;
                let is_same = serving.origin == Origin::Draft && new.hash == serving.hash;
                Ok((!is_same).then_some((new, clips_made)))
            }
        }
    }

    fn swap(&self, new: Serving) {
        locked(&self.replaced).push(self.serving.swap(Arc::new(new))); // swapped while it is locked: see `in_use`
    }

    /// Gives up the bundles whose last call has ended: whoever drops what this returns frees them.
    pub(super) fn reap(&self) -> Vec<Arc<Serving>> {
        locked(&self.replaced).extract_if(.., |serving| !serving.is_used()).collect()
    }

    fn raise(&self, why: Option<&Refusal>) {
        *locked(&self.alarm) = why.map(|why| why.to_string().chars().take(REASON_CHARS_MAX).collect());
    }

    fn show(&self) {
        metrics::gauge!("dauys_facts_outdated").set(self.now().bundle.outdated(bundle::today()).len() as f64);
        metrics::gauge!("dauys_bundle_refused").set(f64::from(self.alarm().is_some()));
        metrics::gauge!("dauys_bundles").set(1.0 + locked(&self.replaced).len() as f64);
    }
}

/// Looks whenever it is woken, until it is dropped.
pub(super) async fn keep_up(flows: Arc<Flows>, look: Arc<Notify>, mut eye: Eye, told: impl Fn(Looked)) {
    let mut reaping = tokio::time::interval(REAPED_EVERY);
    loop {
        flows.show();
        tokio::select! {
            () = look.notified() => {}
            _ = reaping.tick() => {
                let unused = flows.reap();
                if !unused.is_empty() {
                    tokio::task::spawn_blocking(move || drop(unused));
                }
                continue;
            }
        }
        let _ = tokio::time::timeout(QUIET_MAX, quiet(&look)).await;
        eye.renew(); // what cannot be watched was told at the start
        let flows = Arc::clone(&flows);
        match tokio::task::spawn_blocking(move || flows.look()).await {
            Ok(looked) => told(logged(looked)),
            Err(error) => tracing::error!(%error, "a look at the flows failed: a fault of dauys, please report it"),
        }
    }
}

/// Until nobody has wanted anything for a while.
async fn quiet(look: &Notify) {
    while tokio::time::timeout(QUIET, look.notified()).await.is_ok() {}
}

fn logged(looked: Looked) -> Looked {
    match &looked {
        Looked::Same => {}
        Looked::Taken(Taken { hash, origin, clips_made }) => {
            metrics::counter!("dauys_bundle_loads_total", "outcome" => "taken").increment(1);
            tracing::info!(%hash, %origin, clips_made, "new flows serve; calls that are up keep theirs");
        }
        Looked::Refused { serving, why } => {
            metrics::counter!("dauys_bundle_loads_total", "outcome" => "refused").increment(1);
            tracing::warn!(%serving, %why, "the newest flows cannot serve; the old go on");
        }
    }
    looked
}

/// The publication that should serve and those before it, the newest first; none where the draft should.
fn published(source: Source, data: &Path) -> Result<Vec<BundleHash>, Refusal> {
    let good = || -> Result<Vec<_>, Refusal> {
        Ok(Publications::new(data).journal()?.good().map(|publication| publication.hash.clone()).collect())
    };
    match source {
        Source::Draft => Ok(Vec::new()),
        Source::Auto => good(),
        Source::Published => {
            good().and_then(|good| if good.is_empty() { Err(Refusal::Unpublished { data: data.to_owned() }) } else { Ok(good) })
        }
    }
}

fn first(config: &Config) -> Result<(Serving, Option<Refusal>), Refusal> {
    let published = published(config.flows.source, &config.data)?;
    if published.is_empty() {
        return Ok((kept(&config.data, load(&config.root)?)?, None));
    }
    let mut refusal = None;
    for hash in &published {
        match publication(&config.data, hash) {
            Ok(serving) => return Ok((serving, refusal)),
            Err(why) => {
                tracing::warn!(%hash, %why, "a publication cannot serve");
                refusal.get_or_insert(why);
            }
        }
    }
    Err(refusal.unwrap_or(Refusal::Unpublished { data: config.data.clone() }))
}

fn publication(data: &Path, hash: &BundleHash) -> Result<Serving, Refusal> {
    Ok(Serving { bundle: publish::open(data, hash)?, hash: hash.clone(), origin: Origin::Publication })
}

fn kept(data: &Path, bundle: Bundle) -> Result<Serving, Refusal> {
    let hash = Bundles::new(data).keep(&bundle.files)?;
    Ok(Serving { bundle, hash, origin: Origin::Draft })
}

fn load(root: &Path) -> Result<Bundle, Refusal> {
    Ok(bundle::load(root).map_err(PublishError::from)?)
}

/// The draft below a root, once every clip is heard as it is written that was before; what only a voice is needed for is made here. And how many clips were made.
fn spoken(root: &Path, known: &[ClipProblem]) -> Result<(Bundle, usize), Refusal> {
    let draft = load(root)?;
    let Err(clips) = heard_as_written(&draft, known) else { return Ok((draft, 0)) };
    if !can_be_made(&clips) {
        return Err(clips.into());
    }
    match render(root, &draft.program.clips, |_| {}) {
        Ok(report) => {
            let draft = load(root)?;
            heard_as_written(&draft, known)?;
            Ok((draft, report.made))
        }
        Err(why) => Err(Refusal::Unspoken { clips, why: why.to_string() }),
    }
}

/// What was wrong before keeps nobody from hearing what is new.
fn heard_as_written(draft: &Bundle, known: &[ClipProblem]) -> Result<(), PublishError> {
    publish::heard_as_written(draft.problems.iter().filter(|problem| !known.contains(problem)).cloned().collect())
}

fn can_be_made(clips: &PublishError) -> bool {
    let made = |problem: &ClipProblem| matches!(problem.fault, ClipFault::Missing | ClipFault::Stale);
    matches!(clips, PublishError::Clips { problems } if problems.iter().any(made))
}

/// Nobody panics while they hold one of these.
fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Weak;

    /// A flow that is sound.
    const HOUSE: &str = env!("CARGO_MANIFEST_DIR");

    fn opened(source: Source) -> (Flows, tempfile::TempDir) {
        let data = tempfile::tempdir().unwrap();
        let mut config = Config { root: HOUSE.into(), data: data.path().to_owned(), ..Config::default() };
        config.flows.source = source;
        (Flows::open(&config).unwrap().0, data)
    }

    /// The same flows again, as if they had been edited.
    fn another(flows: &Flows) -> Serving {
        let bundle = bundle::load(&flows.root).unwrap();
        Serving { bundle, hash: BundleHash::of_clip(b"another"), origin: Origin::Draft }
    }

    #[test]
    fn a_bundle_is_freed_when_its_last_call_has_ended_and_not_before() {
        let (flows, _data) = opened(Source::Draft);
        let call = {
            let now = flows.now();
            (Arc::clone(&now.bundle.program), Arc::clone(&now.bundle.clips))
        };
        let weak: (Weak<_>, Weak<_>) = (Arc::downgrade(&call.0), Arc::downgrade(&call.1));
        let old = flows.now().hash.clone();
        flows.swap(another(&flows));
        assert_ne!(flows.now().hash, old);
        assert!(flows.reap().is_empty() && flows.in_use().contains(&old));
        let (program, clips) = call;
        drop(program);
        assert!(flows.reap().is_empty(), "a media thread still plays its clips");
        drop(clips);
        assert!(weak.1.upgrade().is_some(), "it is not freed where the last call ended");
        drop(flows.reap());
        assert!(weak.0.upgrade().is_none() && weak.1.upgrade().is_none());
        assert!(!flows.in_use().contains(&old));
    }

    #[test]
    fn what_did_not_change_is_not_taken_up_again() {
        let (flows, _data) = opened(Source::Draft);
        let before = flows.now();
        assert!(matches!(flows.look(), Looked::Same));
        assert!(Arc::ptr_eq(&before, &flows.now()) && flows.alarm().is_none());
    }
}
