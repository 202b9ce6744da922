//! Event logs and bundles on a real disk.

use dauys::records::bundles::{BundleError, BundleHash, Bundles, Files};
use dauys::records::calls::Calls;
use dauys::records::journal::{Journal, JournalError};
use dauys::store::{CallRecord, Store};
use jiff::civil::date;
use serde::Serialize;

#[derive(Serialize)]
struct Line {
    at: u64,
    key: &'static str,
}

fn files(pairs: &[(&str, &str)]) -> Files {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

#[test]
fn each_call_has_a_file_under_its_day() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::start(data.path()).unwrap();
    let call = journal.open("c-1", date(2026, 1, 2)).unwrap();
    let silent = journal.open("c-2", date(2026, 1, 2)).unwrap();
    for at in 0..1000 {
        call.line(&Line { at, key: "#" });
    }
    assert_eq!(call.lost(), 0);
    drop((call, silent));
    journal.finish();
    let text = std::fs::read_to_string(data.path().join("calls/2026/01/02/c-1.jsonl")).unwrap();
    let expected: String = (0..1000).map(|at| format!("{{\"at\":{at},\"key\":\"#\"}}\n")).collect();
    assert!(text == expected, "{} lines came", text.lines().count());
    assert!(!data.path().join("calls/2026/01/02/c-2.jsonl").exists(), "a call without events has no log");
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::start(data.path()).unwrap();
    for id in ["", "..", "a/b", "a\0", "қ", &"x".repeat(65)] {
        assert!(matches!(journal.open(id, date(2026, 1, 2)), Err(JournalError::Id(_))), "{id:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_stops_no_call() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("calls"), "a file").unwrap();
    let journal = Journal::start(data.path()).unwrap();
    let call = journal.open("c-1", date(2026, 1, 2)).unwrap();
    call.line(&1);
    drop(call);
    journal.finish();
    assert_eq!(std::fs::read_to_string(data.path().join("calls")).unwrap(), "a file");
}

#[test]
fn a_bundle_is_read_back_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    let bundles = Bundles::new(data.path());
    let kept = files(&[("flows/main.yaml", "a"), ("flows/shared/human.yaml", ""), ("prompts/main.yaml", "б")]);
    let hash = bundles.keep(&kept).unwrap();
    assert_eq!(bundles.keep(&kept).unwrap(), hash);
    assert_eq!(bundles.read(&hash).unwrap(), kept);
    let names: Vec<_> = std::fs::read_dir(data.path().join("bundles")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [hash.to_string().as_str()], "no draft is left");
}

#[test]
fn a_hash_tells_bundles_apart_that_join_to_the_same_text() {
    let alike = [files(&[("a", "bc")]), files(&[("ab", "c")]), files(&[("a", "b"), ("c", "")]), files(&[])];
    let hashes: std::collections::BTreeSet<_> = alike.iter().map(BundleHash::of).collect();
    assert_eq!(hashes.len(), alike.len());
}

#[test]
fn a_damaged_bundle_is_seen_and_kept_anew() {
    let data = tempfile::tempdir().unwrap();
    let bundles = Bundles::new(data.path());
    let kept = files(&[("flows/main.yaml", "a"), ("x", "y")]);
    let hash = bundles.keep(&kept).unwrap();
    std::fs::write(data.path().join(format!("bundles/{hash}/x")), "z").unwrap();
    assert!(matches!(bundles.read(&hash), Err(BundleError::Damaged(_))));
    bundles.keep(&kept).unwrap();
    assert_eq!(bundles.read(&hash).unwrap(), kept);
}

#[test]
fn a_path_that_leaves_the_bundle_is_refused_and_writes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let bundles = Bundles::new(data.path());
    for path in ["../x", "/etc/x", "a/../../x", "", "./"] {
        assert!(matches!(bundles.keep(&files(&[(path, "x")])), Err(BundleError::Path(_))), "{path:?}");
    }
    assert!(!data.path().join("x").exists());
    assert!(matches!(bundles.read(&BundleHash::of(&files(&[]))), Err(BundleError::Unknown(_))));
}

fn ended(id: usize) -> CallRecord {
    let started = jiff::Timestamp::UNIX_EPOCH;
    CallRecord {
        id: format!("c{id}"),
        started,
        called: "1414".to_owned(),
        lang: None,
        outcome: "answered".to_owned(),
        seconds: 1,
        marks: Vec::new(),
    }
}

#[tokio::test]
async fn every_call_that_ended_is_in_the_database_when_the_robot_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let calls = Calls::start(store.clone());
    (0..1500).for_each(|id| calls.record(ended(id)));
    assert_eq!(calls.lost(), 0);
    calls.finish().await;
    assert_eq!(store.calls().await.unwrap(), 1500);
}

#[tokio::test]
async fn records_that_the_database_does_not_take_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let calls = Calls::start(store.clone());
    store.close().await;
    (0..3).for_each(|id| calls.record(ended(id)));
    while calls.lost() < 3 {
        tokio::task::yield_now().await;
    }
}
