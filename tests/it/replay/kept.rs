//! Logs that older versions wrote on real calls, read and replayed on the bundles they ran on: tests/calls.

use std::path::{Path, PathBuf};

use dauys::replay::{Archive, logs};
use dauys_core::call::log::Line;
use dauys_core::call::{Input, Output};
use dauys_core::media::{KeyMethod, PlayEnd, Signal};

fn calls() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls")
}

fn of_version(version: u32) -> Vec<PathBuf> {
    logs(&[calls().join(format!("v{version}"))]).unwrap()
}

/// How a key begins in a log.
const KEY: &str = "\"key\":\"";

/// Files of the versions that were in use; whoever raises the version keeps some of the last one here.
#[test]
fn logs_of_every_version_replay_to_the_same_decisions() {
    for (version, least) in [(1, 2), (2, 3), (3, 1)] {
        let paths = of_version(version);
        assert!(paths.len() >= least, "{} of version {version}", paths.len());
        for path in paths {
            let mut archive = Archive::new(Some(&calls()));
            let (log, _) = archive.open(&path).unwrap();
            assert_eq!(log.version, version, "{}", path.display());
            assert!(log.lines.iter().any(|line| matches!(line, Line::Out { output: Output::Command(_), .. })));
            assert_eq!(archive.replay(&path).unwrap().diverged, None, "{}", path.display());
        }
    }
}

/// They are worth keeping for what happened in them.
#[test]
fn the_kept_calls_were_difficult() {
    let mut archive = Archive::new(Some(&calls()));
    let logs: Vec<_> = [1, 2, 3].into_iter().flat_map(of_version).map(|path| archive.open(&path).unwrap().0).collect();
    let seen = |wanted: fn(&Signal) -> bool| {
        let told = |line: &Line| matches!(line, Line::In { input: Input::Media(signal), .. } if wanted(signal));
        logs.iter().flat_map(|log| &log.lines).filter(|line| told(line)).count()
    };
    assert!(seen(|signal| matches!(signal, Signal::PlayEnded { why: PlayEnd::Key, .. })) > 5, "interruptions");
    assert!(seen(|signal| matches!(signal, Signal::Key { by: KeyMethod::Tone, .. })) > 10, "keys as tones");
    assert!(seen(|signal| matches!(signal, Signal::Key { by: KeyMethod::Event, .. })) > 10, "keys as events");
    let troubles = logs
        .iter()
        .flat_map(|log| &log.lines)
        .filter(|line| matches!(line, Line::Out { output: Output::Note(dauys_core::call::Note::Trouble(_)), .. }));
    assert!(troubles.count() > 3);
}

#[test]
fn a_changed_key_is_seen_in_every_kept_log() {
    let folder = tempfile::tempdir().unwrap();
    for path in [1, 2, 3].into_iter().flat_map(of_version) {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut archive = Archive::new(Some(&calls()));
        let mut diverges = |at: usize| {
            let copy = folder.path().join("x.jsonl");
            let key = &text[at..at + KEY.len() + 1];
            let other = if key.ends_with('1') { "2" } else { "1" };
            std::fs::write(&copy, format!("{}{KEY}{other}{}", &text[..at], &text[at + KEY.len() + 1..])).unwrap();
            archive.replay(&copy).unwrap().diverged.is_some()
        };
        let keys: Vec<usize> = text.match_indices(KEY).map(|(at, _)| at).collect();
        let seen = keys.iter().filter(|at| diverges(**at)).count();
        assert!(seen > 0, "none of {} keys matters in {}", keys.len(), path.display());
    }
}
