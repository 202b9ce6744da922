//! Simulated calls in bulk: as many as are wanted, on as many threads as there are, and what they come to is the same on any number of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dauys_core::call::invariant::{Invariant, Seen};
use dauys_core::call::log::{Line, VERSION};
use dauys_core::call::{Control, Opening, Trail};
use dauys_core::flow::coverage::Coverage;
use dauys_core::simulation::{self, Lived, Report, Script, Stage};
use dauys_core::time::CallTime;
use thiserror::Error;

use crate::bundle::Bundle;
use crate::records::bundles::{BundleError, BundleHash, Bundles};

/// So many failing calls are kept of each invariant.
const KEPT_MAX: usize = 3;

/// What is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How many calls.
    pub calls: u64,
    /// The seed of the first; each further one is one more.
    pub seed: u64,
    /// Packet by packet, through two ports.
    pub with_media: bool,
    /// On so many threads.
    pub threads: usize,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The figures.
    pub report: Report,
    /// The first seeds that broke each invariant, a few of each.
    pub failing: Vec<(Invariant, u64)>,
}

/// Why a failing call cannot be kept.
#[derive(Debug, Error)]
pub enum KeepError {
    /// The folder or a file.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

/// The stage of a bundle.
pub fn stage(bundle: &Bundle) -> Stage {
    Stage::new(Arc::clone(&bundle.program), Arc::clone(&bundle.clips), BundleHash::of(&bundle.files).to_string())
}

/// Runs the calls. `done` counts them while they are run.
pub fn run(stage: &Stage, wanted: Wanted, done: &AtomicU64) -> Run {
    let mut report = Report::default();
    let mut failing = Vec::new();
    for share in on_threads(wanted, |seeds| share(stage, wanted, seeds, done)) {
        report.join(share.report);
        failing.extend(share.failing);
    }
    Run { report, failing: few_of_each(failing) }
}

/// What the callers take of the ways that the flows have.
pub fn coverage(stage: &Stage, wanted: Wanted) -> Coverage {
    let mut whole = Coverage::of(stage.program());
    for taken in on_threads(wanted, |seeds| taken(stage, wanted, seeds)) {
        whole.add(&taken);
    }
    whole
}

/// Shares the seeds out as threads ask for them: which thread runs which changes nothing.
fn on_threads<S: Send>(wanted: Wanted, share: impl Fn(&mut dyn Iterator<Item = u64>) -> S + Sync) -> Vec<S> {
    let next = AtomicU64::new(0);
    let seeds = || std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|nth| *nth < wanted.calls));
    let run = || share(&mut seeds().map(|nth| wanted.seed.wrapping_add(nth)));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..wanted.threads.max(1)).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// What one thread has run.
#[derive(Default)]
struct Share {
    report: Report,
    failing: Vec<(Invariant, u64)>,
}

fn share(stage: &Stage, wanted: Wanted, seeds: &mut dyn Iterator<Item = u64>, done: &AtomicU64) -> Share {
    let mut share = Share::default();
    for seed in seeds {
        let lived = one(stage, seed, wanted.with_media, &mut |_, _| {});
        share.report.add(&lived);
        share.failing.extend(broken(&lived).into_iter().map(|invariant| (invariant, lived.seed)));
        share.failing = if share.failing.len() > 1_000 { few_of_each(share.failing) } else { share.failing };
        done.fetch_add(1, Ordering::Relaxed);
    }
    share
}

fn taken(stage: &Stage, wanted: Wanted, seeds: &mut dyn Iterator<Item = u64>) -> Coverage {
    let mut coverage = Coverage::of(stage.program());
    for seed in seeds {
        let mut trail = Trail::new(&stage.opening(seed));
        one(stage, seed, wanted.with_media, &mut |_, seen| {
            if let Seen::Out(output) = seen {
                trail.follow(output, &mut coverage);
            }
        });
    }
    coverage
}

fn one(stage: &Stage, seed: u64, with_media: bool, observe: &mut dyn FnMut(CallTime, Seen<'_>)) -> Lived {
    if with_media {
        return simulation::with_media(stage, seed, observe);
    }
    simulation::call(stage, seed, |opening| control(stage, opening), observe)
}

fn control(stage: &Stage, opening: &Opening) -> Control {
    Control::new(Arc::clone(stage.program()), opening)
}

fn broken(lived: &Lived) -> Vec<Invariant> {
    Invariant::ALL.into_iter().filter(|invariant| lived.breaches.iter().any(|breach| breach.invariant == *invariant)).collect()
}

/// The lowest seeds of each invariant: those of the whole are among those of its parts.
fn few_of_each(mut failing: Vec<(Invariant, u64)>) -> Vec<(Invariant, u64)> {
    failing.sort_unstable();
    let mut kept: Vec<(Invariant, u64)> = Vec::new();
    for (invariant, seed) in failing {
        if kept.iter().filter(|(other, _)| *other == invariant).count() < KEPT_MAX {
            kept.push((invariant, seed));
        }
    }
    kept
}

/// A failing call, reduced and told as a talk: what breaks the invariant with as little as possible.
pub fn told(stage: &Stage, invariant: Invariant, seed: u64) -> String {
    let lived = simulation::call(stage, seed, |opening| control(stage, opening), &mut |_, _| {});
    let script = simulation::shrunk(stage, seed, &lived.script, invariant, |opening| control(stage, opening));
    simulation::told(stage, seed, &script, |opening| control(stage, opening))
}

/// Keeps the event log of a failing call, as `dauys replay` takes it, beside the bundle it ran on; the path of the log.
///
/// A log without media is that of the reduced call. Its callers are made up and their numbers are nobody's, so nothing in it is disguised.
///
/// # Errors
/// When the folder cannot be written.
pub fn keep(
    stage: &Stage,
    bundle: &Bundle,
    folder: &Path,
    (invariant, seed): (Invariant, u64),
    with_media: bool,
) -> Result<PathBuf, KeepError> {
    Bundles::new(folder).keep(&bundle.files)?;
    let lines = if with_media { lines_of(stage, seed) } else { reduced(stage, invariant, seed) };
    let path = folder.join(format!("{}-{seed}.jsonl", name(invariant)));
    let text: String = lines.iter().filter_map(|line| serde_json::to_string(line).ok()).map(|line| line + "\n").collect();
    fs::write(&path, text).map_err(|source| KeepError::Write { path: path.clone(), source })?;
    Ok(path)
}

fn lines_of(stage: &Stage, seed: u64) -> Vec<Line> {
    let mut lines = vec![opening(stage, seed)];
    simulation::with_media(stage, seed, &mut |at, seen| lines.extend(line(at, seen)));
    lines
}

fn reduced(stage: &Stage, invariant: Invariant, seed: u64) -> Vec<Line> {
    let mut lines = vec![opening(stage, seed)];
    let script: Script = simulation::call(stage, seed, |opening| control(stage, opening), &mut |_, _| {}).script;
    let script = simulation::shrunk(stage, seed, &script, invariant, |opening| control(stage, opening));
    simulation::lived_again(stage, seed, &script, |opening| control(stage, opening), &mut |at, seen| lines.extend(line(at, seen)));
    lines
}

fn opening(stage: &Stage, seed: u64) -> Line {
    Line::Opening { version: VERSION, opening: stage.opening(seed) }
}

fn line(at: CallTime, seen: Seen<'_>) -> Option<Line> {
    match seen {
        Seen::In(input) => Some(Line::In { at, input: input.clone() }),
        Seen::Out(output) => Some(Line::Out { at, output: output.clone() }),
        Seen::Told(_) | Seen::Given(_) => None,
    }
}

/// The name of an invariant in reports and files.
pub fn name(invariant: Invariant) -> String {
    serde_json::to_value(invariant).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
