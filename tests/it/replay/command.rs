//! `dauys replay` as it is typed, on the kept calls.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bundle::house;

/// The bundle of the kept calls of version 2.
const BUNDLE: &str = "1b0de487beedf43c822c37a29b78cef5a4b88836b013db47e089490ba7da439b";
const V2: &str = "tests/calls/v2";

fn dauys(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_dauys")).args(args).current_dir(house()).output().unwrap();
    let [out, said] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), out, said)
}

/// That bundle in a folder of its own, with one place of a file written otherwise.
fn edited(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    copy(&house().join("tests/calls/bundles").join(BUNDLE), root.path());
    let path = root.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    root
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

fn against(root: &Path, more: &[&str]) -> (i32, String, String) {
    dauys(&[&["replay", "--against", root.to_str().unwrap(), V2][..], more].concat())
}

#[test]
fn the_bundle_of_the_calls_changes_nothing() {
    let (code, out, said) = dauys(&["replay", "--against", BUNDLE, V2]);
    assert_eq!(code, 0, "{out}{said}");
    assert!(out.ends_with("3 calls: 3 the same, 0 changed, 0 diverged, 0 not equal on their own bundle\n"), "{out}");
}

#[test]
fn words_without_a_recording_yet_change_nothing() {
    let root = edited("prompts/main.yaml", "Спасибо за обращение.", "Благодарим.");
    let (code, out, said) = against(root.path(), &[]);
    assert_eq!(code, 0, "{out}{said}");
}

#[test]
fn a_changed_flow_shows_its_decisions_and_where_calls_part() {
    let root = edited("flows/main.yaml", "- end: {id: done, outcome: answered}", "- end: {id: done, outcome: served}");
    let (code, out, said) = against(root.path(), &[]);
    assert_eq!(code, 1, "{out}{said}");
    for line in ["-ends      answered\n", "+ends      served\n", "@@ main/", "1 changed", "answered -> served"] {
        assert!(out.contains(line), "{line}: {out}");
    }
    let (code, json, _) = against(root.path(), &["--format", "json"]);
    assert_eq!(code, 1);
    let all: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(all["summary"]["changed"], 1, "{json}");
    assert_eq!((&all["summary"]["forks"][0]["then"], &all["summary"]["forks"][0]["now"]), (&"answered".into(), &"served".into()));
    assert_eq!(all["calls"].as_array().unwrap().len(), 3);
}

#[test]
fn a_question_without_an_answer_is_where_it_ends() {
    let root = edited(
        "flows/main.yaml",
        "  - menu:\n      id: hub",
        "  - confirm: {id: sure, prompt: anything_else, on: {yes: {}, no: {}}}\n  - menu:\n      id: hub",
    );
    let (code, out, said) = against(root.path(), &[]);
    assert_eq!(code, 1, "{out}{said}");
    assert!(out.contains("!diverged  the log has no answer of the caller to main/sure, reached 1x, asked 1x there"), "{out}");
    assert!(out.contains("answered -> ?"), "{out}");
}

#[test]
fn what_cannot_be_compared_says_so() {
    let broken = edited("flows/main.yaml", "- menu:", "- mneu:");
    let nowhere = PathBuf::from("/nowhere");
    for (root, code, word) in [(broken.path(), 1, "E0"), (&nowhere, 3, "--root")] {
        let (came, out, said) = against(root, &[]);
        assert!(came == code && said.contains(word), "{came} {out}{said}");
    }
    let empty = tempfile::tempdir().unwrap();
    let (code, _, said) = dauys(&["replay", empty.path().to_str().unwrap()]);
    assert!(code == 3 && said.contains("found none"), "{said}");
}

#[test]
fn a_redacted_call_is_a_file_that_replays_and_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("test.jsonl");
    let log = format!("{V2}/tones_through_loss.jsonl");
    let redact = || dauys(&["replay", "--redact", &log, "-o", out.to_str().unwrap()]);
    let (code, told, said) = redact();
    assert_eq!(code, 0, "{told}{said}");
    let (code, _, said) = dauys(&["replay", "--data", "tests/calls", out.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    let [before, after] = [house().join(&log), out.clone()].map(|path| std::fs::read_to_string(path).unwrap());
    assert!(before.contains("127.0.0.1") && !after.contains("127.0.0.1"));
    let happened = |log: &str| log.lines().filter(|line| line.starts_with("{\"in\":")).count();
    assert_eq!(happened(&before), happened(&after));
    let (code, _, said) = redact();
    assert!(code == 3 && said.contains("exists"), "{said}");
}
