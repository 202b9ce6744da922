//! What would have changed: recorded calls on another bundle, their decisions before and after, and where they part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dauys_core::call::replay::{self as core, Decision, Fork, On, Told, fork, story};
use dauys_core::flow::graph::{ClipSpec, Program};
use dauys_core::utterance::ClipId;
use serde::Serialize;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use super::{Archive, ReplayError};
use crate::bundle;

/// How long words last that nobody has recorded yet: 60 ms a letter.
const TICKS_OF_A_LETTER: u64 = 3;
/// Lines around each change.
const CONTEXT: usize = 3;

/// The bundle that calls are tried on.
#[derive(Clone, Debug)]
pub struct Target {
    program: Arc<Program>,
    /// Clips in ticks.
    lengths: Vec<u64>,
}

impl Target {
    /// The bundle below a root, or a kept one by its hash, looked for as that of the log at `path` is.
    ///
    /// # Errors
    /// When it cannot be read, or its flows have faults.
    pub fn open(name: &str, archive: &mut Archive, path: &Path) -> Result<Self, ReplayError> {
        if is_hash(name) && !Path::new(name).is_dir() {
            let kept = archive.bundle(path, name)?;
            return Ok(Self { program: kept.program, lengths: kept.lengths });
        }
        let bundle = bundle::load(Path::new(name))?;
        let guess = |spec: &ClipSpec| TICKS_OF_A_LETTER * spec.text.chars().count() as u64;
        let length = |(spec, id)| bundle.clips.length(ClipId(id)).filter(|ticks| *ticks > 0).unwrap_or_else(|| guess(spec));
        let lengths = bundle.program.clips.iter().zip(0..).map(length).collect();
        Ok(Self { program: bundle.program, lengths })
    }

    fn ticks(&self, clip: ClipId) -> u64 {
        self.lengths.get(clip.0 as usize).copied().unwrap_or(0)
    }
}

fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same decisions.
    Same,
    /// Other decisions, to the end of the call.
    Changed,
    /// From some question on the log has no answers.
    Diverged,
    /// The log does not even replay on its own bundle with this version.
    Unequal,
}

/// One call, before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Its log.
    pub log: PathBuf,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Where it takes another way.
    pub at: Option<Fork>,
    /// How it ended.
    pub then: Option<String>,
    /// How it ends now; `None`: nobody can say.
    pub now: Option<String>,
    /// What the log cannot answer.
    pub unanswered: Option<String>,
    /// Keys and utterances of the caller that met a question then, and meet none now.
    pub unused: usize,
    /// The unified diff of what was decided: each line begins with a space, `-` or `+`; `@@` begins a part.
    pub diff: Vec<String>,
}

/// Runs one recorded call on the target.
///
/// # Errors
/// When the log or its bundle cannot be read.
pub fn compare(path: &Path, archive: &mut Archive, target: &Target) -> Result<Compared, ReplayError> {
    let (log, kept) = archive.open(path)?;
    let then = core::replay(Arc::clone(&kept.program), &log);
    let before = story(&kept.program, &then.lines);
    if then.diverged.is_some() {
        return Ok(unequal(path, &before));
    }
    let ticks = |clip: ClipId| kept.lengths.get(clip.0 as usize).copied().unwrap_or(0);
    let on = On { program: Arc::clone(&target.program), ticks: &|clip| target.ticks(clip) };
    let rerun = core::against(&On { program: kept.program, ticks: &ticks }, &log, &on);
    let after = story(&target.program, &rerun.lines);
    let at = fork(&before, &after);
    let verdict = match (&rerun.unanswered, &at) {
        (Some(_), _) => Verdict::Diverged,
        (None, Some(_)) => Verdict::Changed,
        (None, None) => Verdict::Same,
    };
    let diff = if verdict == Verdict::Same { Vec::new() } else { unified(&before, &after) };
    Ok(Compared {
        log: path.to_owned(),
        verdict,
        at,
        then: outcome(&before),
        now: outcome(&after),
        unanswered: rerun.unanswered.map(|what| what.to_string()),
        unused: rerun.unused,
        diff,
    })
}

fn unequal(path: &Path, before: &[Told]) -> Compared {
    let (log, then) = (path.to_owned(), outcome(before));
    Compared { log, verdict: Verdict::Unequal, at: None, then, now: None, unanswered: None, unused: 0, diff: Vec::new() }
}

fn outcome(story: &[Told]) -> Option<String> {
    story.iter().rev().find_map(|told| match told.decision()? {
        Decision::Ends(outcome) => Some(outcome.to_string()),
        Decision::Step { .. } | Decision::Says { .. } | Decision::Trouble(_) | Decision::Obeys(_) | Decision::Unheard(_) => None,
        Decision::Asks { .. } | Decision::Submits { .. } | Decision::Undoes { .. } | Decision::Errand(_) | Decision::Remembers(_) => None,
        Decision::Records(_) | Decision::Keeps(_) | Decision::Marks { .. } => None,
    })
}

fn unified(before: &[Told], after: &[Told]) -> Vec<String> {
    let [old, new] = [before, after].map(|story| story.iter().map(Told::name).collect::<Vec<_>>());
    let groups = group_diff_ops(capture_diff_slices(Algorithm::Myers, &old, &new), CONTEXT);
    let mut lines = Vec::new();
    for group in groups {
        lines.extend(group.first().map(|op| format!("@@ {} @@", place(before, op.old_range().start))));
        for op in &group {
            part(op, before, after, &mut lines);
        }
    }
    lines
}

/// The step that a part of the diff lies in.
fn place(story: &[Told], from: usize) -> String {
    let step = |told: &Told| match told.decision()? {
        Decision::Step { flow, step } => Some(format!("{flow}/{step}")),
        Decision::Says { .. } | Decision::Trouble(_) | Decision::Obeys(_) | Decision::Unheard(_) | Decision::Asks { .. } => None,
        Decision::Submits { .. } | Decision::Undoes { .. } | Decision::Errand(_) | Decision::Remembers(_) | Decision::Ends(_) => None,
        Decision::Records(_) | Decision::Keeps(_) | Decision::Marks { .. } => None,
    };
    story[..from.min(story.len())].iter().rev().find_map(step).unwrap_or_else(|| "the beginning".to_owned())
}

fn part(op: &DiffOp, before: &[Told], after: &[Told], lines: &mut Vec<String>) {
    let (old, new) = (&before[op.old_range()], &after[op.new_range()]);
    if op.tag() == DiffTag::Equal {
        return lines.extend(new.iter().map(|told| format!(" {told}")));
    }
    lines.extend(old.iter().map(|told| format!("-{told}")));
    lines.extend(new.iter().map(|told| format!("+{told}")));
}

/// All calls of a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// How many were compared.
    pub calls: usize,
    /// … and decide the same.
    pub same: usize,
    /// … and take another way to their end.
    pub changed: usize,
    /// … and go where their log has no answer.
    pub diverged: usize,
    /// … and do not replay on their own bundle.
    pub unequal: usize,
    /// Where they part, the most frequent first.
    pub forks: Vec<Forked>,
}

/// The calls that part at one place with the same outcomes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Forked {
    /// Where.
    #[serde(flatten)]
    pub at: Fork,
    /// How they ended.
    pub then: Option<String>,
    /// How they end now.
    pub now: Option<String>,
    /// How many.
    pub calls: usize,
}

impl Summary {
    /// Of these calls.
    pub fn of(compared: &[Compared]) -> Self {
        let count = |verdict| compared.iter().filter(|call| call.verdict == verdict).count();
        let mut forks: BTreeMap<(Fork, Option<String>, Option<String>), usize> = BTreeMap::new();
        for call in compared {
            if let Some(at) = &call.at {
                *forks.entry((at.clone(), call.then.clone(), call.now.clone())).or_default() += 1;
            }
        }
        let mut forks: Vec<Forked> = forks.into_iter().map(|((at, then, now), calls)| Forked { at, then, now, calls }).collect();
        forks.sort_by_key(|fork| std::cmp::Reverse(fork.calls));
        Self {
            calls: compared.len(),
            same: count(Verdict::Same),
            changed: count(Verdict::Changed),
            diverged: count(Verdict::Diverged),
            unequal: count(Verdict::Unequal),
            forks,
        }
    }
}
