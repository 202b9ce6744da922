//! Sound bundles, broken by one edit: the right fault is found, in the right place, and nothing else is blamed.
//!
//! The edits are edits of the text, as somebody would type them. Each kind says which fault it makes; `edit/kind.rs` is the list.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use dauys_core::flow::fault::{Fault, Severity};
use dauys_core::flow::{Sources, Words, load};

mod arm;
mod bundle;
mod kind;
mod name;
mod proof;
mod shape;
mod tree;
mod word;
mod yaml;

use bundle::{Bundle, Edit};
use kind::{Dice, KINDS, Kind};

/// So many edits are tried.
const EDITS: usize = 5_000;
/// The slips of the fingers differ from pass to pass.
const PASSES: usize = 6;
const SEED: u64 = 1414;

#[test]
fn the_bundles_to_be_broken_are_sound() {
    for bundle in bundles() {
        let faults: String = load(&bundle.sources, &Words::default()).faults.iter().map(|fault| fault.to_plain(&bundle.sources)).collect();
        assert_eq!(faults, "", "{}", bundle.name);
    }
}

#[test]
fn five_thousand_flows_broken_by_one_edit_are_refused_for_the_right_reason() {
    let bundles = bundles();
    let drawn = drawn(&bundles);
    let wrong: Vec<String> = drawn.iter().filter_map(|(kind, bundle, edit)| wrong(kind, bundle, edit)).collect();
    let mut kinds: BTreeMap<&str, usize> = KINDS.iter().map(|kind| (kind.name, 0)).collect();
    drawn.iter().for_each(|(kind, ..)| *kinds.get_mut(kind.name).unwrap() += 1);
    let never: Vec<_> = kinds.iter().filter(|(_, times)| **times == 0).map(|(name, _)| *name).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), drawn.len(), wrong[..wrong.len().min(25)].join("\n"));
    assert_eq!(never, [""; 0], "kinds of edit that apply nowhere");
    assert_eq!(drawn.len(), EDITS);
}

/// Edits, all different, of all kinds in turn.
fn drawn(bundles: &[Bundle]) -> Vec<(&'static Kind, &Bundle, Edit)> {
    let mut dice = Dice(SEED);
    let mut pools: Vec<_> = KINDS.iter().map(|kind| (kind, pool(kind, bundles, &mut dice))).collect();
    let mut drawn = Vec::new();
    while drawn.len() < EDITS && pools.iter().any(|(_, pool)| !pool.is_empty()) {
        for (kind, pool) in pools.iter_mut().filter(|(_, pool)| !pool.is_empty()) {
            let (bundle, edit) = pool.swap_remove(dice.below(pool.len()));
            drawn.push((*kind, bundle, edit));
        }
    }
    drawn.truncate(EDITS);
    drawn
}

fn pool<'b>(kind: &Kind, bundles: &'b [Bundle], dice: &mut Dice) -> Vec<(&'b Bundle, Edit)> {
    let mut seen = BTreeSet::new();
    let mut pool = Vec::new();
    for bundle in bundles {
        for edit in (0..PASSES).flat_map(|_| (kind.sites)(bundle, dice)) {
            let typed: Vec<_> = edit.typed.iter().map(|(at, words)| (at.start, at.end, words.clone())).collect();
            if seen.insert((bundle.name, edit.file.clone(), edit.moved.clone(), typed, edit.place.clone().map(|(file, at)| (file, at.map(|at| at.start))))) {
                pool.push((bundle, edit));
            }
        }
    }
    pool
}

/// What is not as it should be with the faults of an edit.
fn wrong(kind: &Kind, bundle: &Bundle, edit: &Edit) -> Option<String> {
    let sources = edited(bundle, edit);
    let loaded = load(&sources, &Words::default());
    let is_warning = kind.code.starts_with('W');
    let here = |fault: &&Fault| fault.kind.code() == kind.code && is_placed(fault, bundle, edit, &sources);
    let found: Vec<&Fault> = loaded.faults.iter().filter(here).collect();
    let noise: Vec<&Fault> = loaded.faults.iter().filter(|fault| fault.kind.code() != kind.code && !kind.follows.contains(&fault.kind.code())).collect();
    let why = match (found.is_empty(), noise.is_empty()) {
        (true, _) => "is not found there",
        (_, false) => "brings others with it",
        _ if loaded.program.is_some() != is_warning => "loads",
        _ if found.iter().any(|fault| (fault.severity() == Severity::Warning) != is_warning) => "has another severity",
        _ if !found.iter().any(|fault| is_meant(fault, edit)) => "suggests another name",
        _ => return None,
    };
    let faults: String = loaded.faults.iter().map(|fault| fault.to_plain(&sources)).collect();
    Some(format!("{} ({}): {why}\n  {}: {}: {:?}\n{faults}", kind.name, kind.code, bundle.name, edit.file, edit.typed))
}

fn edited(bundle: &Bundle, edit: &Edit) -> Sources {
    let mut sources = bundle.sources.clone();
    let text = sources.files.remove(&edit.file).unwrap();
    let name = edit.moved.clone().unwrap_or_else(|| edit.file.clone());
    if !name.is_empty() {
        sources.files.insert(name, edit.applied(&text));
    }
    sources
}

/// Within the lines of its place; what was typed may have moved them down.
fn is_placed(fault: &Fault, bundle: &Bundle, edit: &Edit, sources: &Sources) -> bool {
    let Some((file, at)) = &edit.place else { return true };
    let line = fault.position(sources).0;
    *fault.span.file == **file && at.as_ref().is_none_or(|at| lines(bundle, edit, file, at).contains(&line))
}

fn lines(bundle: &Bundle, edit: &Edit, file: &str, at: &Range<usize>) -> std::ops::RangeInclusive<usize> {
    let text = bundle.text(file);
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let typed = edit.typed.iter().filter(|_| edit.file == file).map(|(_, words)| words.matches('\n').count()).sum::<usize>();
    line(at.start)..=line(at.end) + typed
}

/// The suggestion is the name that was there, or one that is as near to the slip.
fn is_meant(fault: &Fault, edit: &Edit) -> bool {
    let Some(meant) = &edit.meant else { return true };
    let slip = &edit.typed[0].1;
    let suggested = fault.help().split('`').nth(1).map(str::to_owned).filter(|_| fault.help().starts_with("did you mean"));
    suggested.is_some_and(|name| strsim::damerau_levenshtein(slip, &name) <= strsim::damerau_levenshtein(slip, meant))
}

/// Every sound bundle there is: the shipped one, and those of the tests.
fn bundles() -> Vec<Bundle> {
    let below = |folder: &str| read(&house().join("tests/flows").join(folder));
    let over = |folder: &str| {
        let mut sources = below("good");
        sources.files.append(&mut below(folder).files);
        sources
    };
    let mut shipped = Sources::default();
    for part in ["flows", "prompts"] {
        let files = read(&house().join(part)).files.into_iter();
        shipped.files.extend(files.map(|(path, text)| (format!("{part}/{path}"), text)).filter(|(path, _)| path != "prompts/voice.yaml"));
    }
    vec![
        Bundle::of("shipped", shipped),
        Bundle::of("good", below("good")),
        Bundle::of("values", over("values")),
        Bundle::of("booking", over("good_booking")),
        Bundle::of("rich", below("rich")),
    ]
}

fn house() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR").trim_end_matches("/core"))
}

fn read(root: &Path) -> Sources {
    let mut sources = Sources::default();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                sources.files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    sources
}
