//! Sound bundles, broken by one edit: the right fault is found, in the right place, and nothing else is blamed.
//!
//! The edits are edits of the text, as somebody would type them. Each kind says which fault it makes; `edit/kind.rs` is the list.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use dauys_core::flow::fault::{Code, Fault, Locale, Severity};
use dauys_core::flow::{Loaded, Sources, Words, load};

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
    let verdicts = judged(&drawn);
    let wrong: Vec<_> = verdicts.iter().filter_map(|verdict| Some((verdict.kind.name, verdict.wrong.as_ref()?))).collect();
    let mut kinds: BTreeMap<&str, usize> = KINDS.iter().map(|kind| (kind.name, 0)).collect();
    drawn.iter().for_each(|(kind, ..)| *kinds.get_mut(kind.name).unwrap() += 1);
    let never: Vec<_> = kinds.iter().filter(|(_, times)| **times == 0).map(|(name, _)| *name).collect();
    let examples: BTreeMap<&str, &String> = wrong.iter().rev().copied().collect();
    let examples: Vec<_> = examples.values().map(|why| why.as_str()).collect();
    assert!(wrong.is_empty(), "{} of {}, one of each kind:\n{}", wrong.len(), drawn.len(), examples.join("\n"));
    assert_eq!(never, [""; 0], "kinds of edit that apply nowhere");
    let alone: BTreeSet<&str> = verdicts.iter().filter(|verdict| verdict.alone).map(|verdict| verdict.kind.code).collect();
    let never_alone: Vec<_> = KINDS.iter().map(|kind| kind.code).filter(|code| !alone.contains(code)).collect();
    assert_eq!(
        never_alone, NEVER_ALONE,
        "without these checks other faults would still refuse all their edits: nothing shows that they are needed"
    );
    assert_eq!(drawn.len(), EDITS);
}

/// Faults that one edit never makes alone: the other uses of a slot with two types, the label of what cannot be changed, the arm of a choice that lost its name.
const NEVER_ALONE: [&str; 3] = ["E0402", "E0410", "E0413"];

/// Faults that no edit of the list makes, and why.
const WITHOUT_EDIT: &[(&str, &str)] = &[
    ("E0101", "a file of more than 1 MiB is no slip: `hostile_yaml_is_refused_within_its_budget`"),
    ("E0102", "nor are 200 files"),
    ("E0105", "nor are 50,000 values: `hostile_yaml_is_refused_within_its_budget`"),
    ("E0415", "nor are 200 phrases of one menu: the page of the fault has them"),
    ("E0311", "all topics at once are no slip: `route_without_topics`"),
    ("E0308", OF_TOPICS),
    ("E0309", OF_TOPICS),
    ("E0310", OF_TOPICS),
    ("E0509", OF_TOPICS),
    ("E0510", OF_TOPICS),
    ("E0611", OF_TOPICS),
    ("E0612", OF_TOPICS),
    ("E0613", OF_TOPICS),
    ("E0614", OF_TOPICS),
    ("W0711", "which letters belong to a language is the table of `flow::wording`"),
    ("W0721", OF_TOPICS),
    ("W0722", OF_TOPICS),
    ("W0723", OF_TOPICS),
];

/// Topics are broken in a room of their own.
const OF_TOPICS: &str = "`topics::every_edit_of_a_shipped_topic_is_refused_for_its_reason`";

/// Faults that no folder of `tests/flows/broken` has, and why.
const WITHOUT_EXAMPLE: &[(&str, &str)] = &[
    ("E0101", "a file of 1 MiB has no place here"),
    ("E0102", "nor have 200 files"),
    ("E0104", "the picture is a row of brackets"),
    ("E0105", "nor have 50,000 values"),
    ("E0415", "nor have 200 phrases"),
];

#[test]
fn every_fault_has_an_edit_and_an_example() {
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.text().to_owned()).collect();
    let snapshots = std::fs::read_dir(house().join("tests/flows/snapshots")).unwrap();
    let examples: BTreeSet<String> =
        snapshots.flat_map(|entry| codes_in(&std::fs::read_to_string(entry.unwrap().path()).unwrap())).collect();
    let edits: BTreeSet<String> = KINDS.iter().map(|kind| kind.code.to_owned()).collect();
    let lacking = |has: &BTreeSet<String>, but: &[(&str, &str)]| -> Vec<String> {
        codes.iter().filter(|code| has.contains(*code) == but.iter().any(|(other, _)| other == code)).cloned().collect()
    };
    assert!(codes.len() >= 45, "{codes:?}");
    assert_eq!(lacking(&edits, WITHOUT_EDIT), [""; 0], "make an edit of this kind, or say why there is none");
    assert_eq!(lacking(&examples, WITHOUT_EXAMPLE), [""; 0], "make a broken flow of this kind, or say why there is none");
}

/// Codes of faults in a text: `E0102`.
fn codes_in(text: &str) -> BTreeSet<String> {
    let code = |at: usize| text.get(at..at + 5).filter(|code| code[1..].bytes().all(|c| c.is_ascii_digit()));
    let ends = |at: usize| text.as_bytes().get(at + 5).is_some_and(|c| matches!(c, b'"' | b']'));
    text.match_indices(['E', 'W']).filter(|(at, _)| ends(*at)).filter_map(|(at, _)| code(at)).map(str::to_owned).collect()
}

const PROOFS: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

#[test]
fn every_proof_has_three_broken_flows() {
    let table = std::fs::read_to_string(house().join("tests/flows/proofs.tsv")).unwrap();
    let rows: Vec<(&str, u8)> =
        table.lines().skip(2).map(|row| row.split_once('\t').unwrap()).map(|(name, proof)| (name, proof.parse().unwrap())).collect();
    let broken = std::fs::read_dir(house().join("tests/flows/broken")).unwrap();
    let folders: BTreeSet<String> = broken.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(
        rows.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(),
        folders,
        "tests/flows/proofs.tsv names each folder once"
    );
    assert!(rows.len() >= 60 && rows.len() == folders.len(), "{}", rows.len());
    for proof in PROOFS {
        let of = rows.iter().filter(|(_, other)| *other == proof).count();
        assert!(of >= 3, "proof {proof} has {of} broken flows");
    }
}

/// What came of an edit.
struct Verdict {
    kind: &'static Kind,
    /// What is not as it should be.
    wrong: Option<String>,
    /// Whether the bundle is refused for this fault only: switched off, it would load.
    alone: bool,
}

/// By all cores.
fn judged(drawn: &[(&'static Kind, &Bundle, Edit)]) -> Vec<Verdict> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let chunks = drawn.chunks(drawn.len().div_ceil(threads).max(1));
    let judge =
        |chunk: &[(&'static Kind, &Bundle, Edit)]| chunk.iter().map(|(kind, bundle, edit)| verdict(kind, bundle, edit)).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let running: Vec<_> = chunks.map(|chunk| scope.spawn(move || judge(chunk))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Edits, all different, of all kinds in turn.
fn drawn(bundles: &[Bundle]) -> Vec<(&'static Kind, &Bundle, Edit)> {
    let mut dice = Dice(SEED);
    let mut pools: Vec<_> = KINDS.iter().map(|kind| (kind, pool(kind, bundles, &mut dice))).collect();
    let mut drawn = Vec::new();
    while drawn.len() < EDITS && pools.iter().any(|(_, pool)| !pool.is_empty()) {
        for (kind, pool) in pools.iter_mut().filter(|(_, pool)| !pool.is_empty()) {
            // the smaller bundles stand first, and load faster
            let nth = (0..3).map(|_| dice.below(pool.len())).min().unwrap_or_default();
            let (bundle, edit) = pool.remove(nth);
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
            if seen.insert((
                bundle.name,
                edit.file.clone(),
                edit.moved.clone(),
                typed,
                edit.place.clone().map(|(file, at)| (file, at.map(|at| at.start))),
            )) {
                pool.push((bundle, edit));
            }
        }
    }
    pool
}

fn verdict(kind: &'static Kind, bundle: &Bundle, edit: &Edit) -> Verdict {
    let sources = edited(bundle, edit);
    let loaded = load(&sources, &Words::default());
    let alone = loaded.faults.iter().all(|fault| fault.kind.code() == kind.code);
    Verdict { kind, wrong: wrong(kind, bundle, edit, &sources, &loaded), alone }
}

/// What is not as it should be with the faults of an edit.
fn wrong(kind: &Kind, bundle: &Bundle, edit: &Edit, sources: &Sources, loaded: &Loaded) -> Option<String> {
    let is_warning = kind.code.starts_with('W');
    let here = |fault: &&Fault| fault.kind.code() == kind.code && is_placed(fault, bundle, edit, sources);
    let found: Vec<&Fault> = loaded.faults.iter().filter(here).collect();
    let noise: Vec<&Fault> =
        loaded.faults.iter().filter(|fault| fault.kind.code() != kind.code && !kind.follows.contains(&fault.kind.code())).collect();
    let why = match (found.is_empty(), noise.is_empty()) {
        (true, _) => "is not found there",
        (_, false) => "brings others with it",
        _ if loaded.program.is_some() != is_warning => "loads",
        _ if found.iter().any(|fault| (fault.severity() == Severity::Warning) != is_warning) => "has another severity",
        _ if !found.iter().any(|fault| is_meant(fault, edit)) => "suggests another name",
        _ => return None,
    };
    let faults: String = loaded.faults.iter().map(|fault| fault.to_plain(sources)).collect();
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
    let help = fault.help(Locale::En);
    let suggested = help.split('`').nth(1).map(str::to_owned).filter(|_| help.starts_with("did you mean"));
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
        Bundle::of("good", below("good")),
        Bundle::of("values", over("values")),
        Bundle::of("booking", over("good_booking")),
        Bundle::of("shipped", shipped),
        Bundle::of("rich", below("rich")),
    ]
}

fn house() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
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
