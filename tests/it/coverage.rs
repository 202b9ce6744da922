//! Coverage: what the flows can do, and that what was done is counted as what it is.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use dauys::bundle::{self, Bundle};
use dauys::cli::Exit;
use dauys::cli::Format;
use dauys::cli::coverage::{self, Args, Counts, Sources, json, read_json};
use dauys::simulate::{self, Wanted};
use dauys::talk::files::hold_all;
use dauys_core::call::log::{Line, VERSION};
use dauys_core::call::{Note, Opening, Output, Trail};
use dauys_core::citizen::CallerKind;
use dauys_core::flow::coverage::{By, Cell, Coverage, Gap, Kind, Share};
use dauys_core::flow::graph::StepId;
use dauys_core::lang::Lang;
use dauys_core::time::CallTime;

use crate::bundle::{house, write};

static SHIPPED: LazyLock<Bundle> = LazyLock::new(|| bundle::load(house()).unwrap());

fn cell(flow: &str, step: &str, way: &str, by: By, lang: Option<Lang>) -> Cell {
    Cell { flow: flow.to_owned(), step: step.to_owned(), kind: Kind::Way, way: way.to_owned(), by, lang }
}

fn has(coverage: &Coverage, wanted: &Cell) -> bool {
    coverage.cells().any(|(cell, _)| cell == wanted)
}

#[test]
fn every_way_of_every_step_has_a_cell() {
    let coverage = Coverage::of(&SHIPPED.program);
    for flow in &SHIPPED.program.flows {
        for (at, step) in flow.steps.iter().enumerate() {
            for way in flow.ways(StepId(at as u16)) {
                let found = coverage.cells().any(|(cell, _)| (&cell.flow, &cell.step, &cell.way) == (&flow.name, &step.id, &way.name));
                let is_dead = (step.id.as_str(), way.name.as_str()) == ("switch_language", "unknown"); // a language has been chosen before
                assert_eq!(found, !is_dead, "{}/{}: {}", flow.name, step.id, way.name);
            }
        }
    }
}

#[test]
fn what_cannot_be_has_no_cell() {
    let coverage = Coverage::of(&SHIPPED.program);
    let (kk, ru) = (Some(Lang::Kk), Some(Lang::Ru));
    let cases = [
        (cell("main", "language", "kk", By::Key, None), true),
        (cell("main", "language", "kk", By::Key, kk), false),
        (cell("main", "known", "then", By::None, None), false),
        (cell("main", "known", "else", By::None, None), true),
        (cell("main", "hub", "documents", By::Word, ru), true),
        (cell("main", "hub", "documents", By::Word, None), false),
        (cell("main", "switch_language", "kk", By::None, kk), true),
        (cell("main", "switch_language", "kk", By::None, ru), false),
        (cell("services/document_status", "status", "unavailable", By::Service, kk), true),
        (cell("services/document_status", "status", "unavailable", By::Key, kk), false),
        (cell("services/document_status", "number", "iin", By::Word, ru), true),
        (cell("services/document_status", "number", "iin", By::Word, None), false),
        (cell("shared/human", "operator", "connected", By::Service, None), true),
    ];
    for (cell, there) in cases {
        assert_eq!(has(&coverage, &cell), there, "{cell:?}");
    }
}

/// What the shipped talks take.
static TALKS: LazyLock<Coverage> = LazyLock::new(|| {
    let mut coverage = Coverage::of(&SHIPPED.program);
    hold_all(&SHIPPED, &[house().join("tests/talks")], &mut coverage).unwrap();
    coverage
});

fn simulated(calls: u64, seed: u64, threads: usize) -> Coverage {
    simulate::coverage(&simulate::stage(&SHIPPED), Wanted { calls, seed, with_media: false, threads })
}

#[test]
fn whatever_a_talk_does_has_a_cell_and_the_talks_take_every_way_that_a_caller_can() {
    assert_eq!(TALKS.beside(), 0, "the machine and the table name a way otherwise");
    let missing: Vec<String> = TALKS.missing().into_iter().map(|(_, cell)| told(cell)).collect();
    assert!(missing.is_empty(), "no talk of tests/talks does:\n{}", missing.join("\n"));
}

fn told(cell: &Cell) -> String {
    let Cell { flow, step, kind, way, by, lang } = cell;
    format!("{flow}/{step} {kind:?} {way} {by:?} {}", lang.map_or("-", Lang::code))
}

#[test]
fn simulated_callers_count_the_same_on_any_number_of_threads() {
    let (one, three) = (simulated(60, 7, 1), simulated(60, 7, 3));
    assert_eq!(one, three);
    assert_ne!(one, simulated(60, 8, 1));
    let (mut halves, second) = (simulated(30, 7, 2), simulated(30, 37, 2));
    halves.add(&second);
    assert_eq!(halves, one, "each seed is one call");
    let taken = one.share(|cell| cell.kind == Kind::Way && cell.by != By::None);
    assert!(taken.taken > 20, "{taken:?}");
}

#[test]
fn whose_calls_took_a_way_is_told_apart() {
    let (talked, pretended) =
        (cell("main", "hub", "documents", By::Key, Some(Lang::Kk)), cell("main", "more", "finish", By::Key, Some(Lang::Ru)));
    let mut sources = Sources::none(&SHIPPED.program);
    let take = |counts: &mut Counts, cell: &Cell| counts.taken.take(cell.clone());
    take(&mut sources.talks, &talked);
    take(&mut sources.simulated, &talked);
    take(&mut sources.simulated, &pretended);
    take(&mut sources.recorded, &talked);
    sources.simulated.calls = 40;
    let read = read_json(&json(&sources)).unwrap();
    assert_eq!(read, sources);
    let times = |wanted: &Cell| read.cells().find(|(cell, _)| *cell == wanted).map(|(_, each)| [each.talks, each.simulated, each.recorded]);
    assert_eq!((times(&talked), times(&pretended)), (Some([1, 1, 1]), Some([0, 1, 0])));
    let shown = coverage::text(&SHIPPED.program, &sources, 5);
    assert!(
        shown.contains("    by simulated callers alone: finish (ru, key)\n") && shown.contains("\n  40 simulated calls from seed 5: ways "),
        "{shown}"
    );
    assert!(!shown.contains("event logs") && !shown.contains(" talks: "), "{shown}");
}

#[test]
fn an_answer_counts_by_its_means_and_its_language() {
    let mut coverage = Coverage::of(&SHIPPED.program);
    let talk = "talk: t\nsteps:\n  - keys: \"2\"\n  - caller: статус заявки\n  - silence\n";
    let talk = dauys::talk::read("t.yaml", talk, &SHIPPED.program).unwrap();
    dauys::talk::hold(&SHIPPED, &talk, &mut coverage);
    let taken: BTreeSet<String> = coverage
        .cells()
        .filter(|(_, times)| *times > 0)
        .map(|(cell, times)| {
            format!("{}/{} {} {:?} {} {times}", cell.flow, cell.step, cell.way, cell.by, cell.lang.map_or("-", Lang::code))
        })
        .collect();
    let expected = [
        "main/documents next None ru 1",
        "main/greeting next None - 1",
        "main/hub documents Word ru 1",
        "main/known else None - 1",
        "main/language ru Key - 1",
        "main/notice next None ru 1",
        "services/document_status/number noinput Silence ru 1",
    ];
    assert_eq!(taken, expected.map(String::from).into());
}

#[test]
fn what_is_missing_is_sorted_by_what_matters() {
    let mut coverage = Coverage::of(&SHIPPED.program);
    coverage.take(cell("main", "hub", "documents", By::Key, Some(Lang::Kk)));
    let missing = coverage.missing();
    let gap = |by, lang| missing.iter().find(|(_, other)| **other == cell("main", "hub", "documents", by, Some(lang))).map(|(gap, _)| *gap);
    assert_eq!(gap(By::Key, Lang::Kk), None);
    assert_eq!(gap(By::Word, Lang::Kk), Some(Gap::Means));
    assert_eq!(gap(By::Word, Lang::Ru), Some(Gap::Language));
    let order: Vec<_> = missing.iter().map(|(gap, cell)| (cell.kind, *gap)).collect();
    assert!(order.is_sorted() && order[0] == (Kind::Way, Gap::Way));
}

#[test]
fn counts_are_added_and_come_back_as_they_were_written() {
    let (one, mut both) = (TALKS.clone(), TALKS.clone());
    both.add(&one);
    assert!(one.cells().zip(both.cells()).all(|((_, one), (_, both))| both == 2 * one));
    let talks = |taken| Sources { talks: Counts { calls: 9, mute: 0, taken }, ..Sources::none(&SHIPPED.program) };
    assert_eq!(read_json(&json(&talks(one.clone()))).unwrap(), talks(one));
    for (text, part) in
        [("{}", "expected what"), ("[1", "expected what"), (r#"{"version":1}"#, "version 2, not 1"), (r#"{"version":2}"#, "missing field")]
    {
        assert!(read_json(text).unwrap_err().contains(part), "{text}");
    }
}

#[test]
fn shares_are_rounded_down() {
    for ((taken, all), percent) in [((0, 0), 100), ((0, 3), 0), ((2, 3), 66), ((999, 1000), 99), ((3, 3), 100)] {
        assert_eq!(Share { taken, all }.percent(), percent);
    }
}

fn out(at: u64, note: Note) -> Line {
    Line::Out { at: CallTime::from_millis(at), output: Output::Note(note) }
}

fn way(way: &str, by: By) -> Note {
    Note::Way { flow: "main".to_owned(), step: "hub".to_owned(), kind: Kind::Way, way: way.to_owned(), by }
}

fn log(version: u32) -> String {
    let opening = Opening {
        answered_at_ms: 0,
        called: "1414".to_owned(),
        trusted: true,
        lang: Some(Lang::Kk),
        seed: 0,
        bundle: String::new(),
        recording: None,
        caller: CallerKind::Unknown,
    };
    let lines = [
        Line::Opening { version, opening },
        out(1, way("documents", By::Key)),
        out(2, Note::Language(Lang::Ru)),
        out(3, way("documents", By::Word)),
        out(4, way("closed_long_ago", By::Key)),
    ];
    lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect()
}

#[test]
fn recorded_calls_count_in_the_language_they_were_in() {
    let mut coverage = Coverage::of(&SHIPPED.program);
    let read = dauys_core::call::log::read(&log(VERSION)).unwrap();
    assert!(Trail::follow_log(&read, &mut coverage));
    let taken: Vec<&Cell> = coverage.cells().filter(|(_, times)| *times == 1).map(|(cell, _)| cell).collect();
    let expected = [cell("main", "hub", "documents", By::Key, Some(Lang::Kk)), cell("main", "hub", "documents", By::Word, Some(Lang::Ru))];
    assert_eq!((taken, coverage.beside()), (expected.iter().collect(), 1));
}

#[test]
fn the_command_ends_with_the_promised_codes() {
    let data = tempfile::tempdir().unwrap();
    write(data.path(), "calls/2026/a.jsonl", log(VERSION).as_bytes());
    write(data.path(), "broken/a.jsonl", b"{}\n");
    let held = |talks: &[&Path], logs: &[&Path], simulate, fail_under| {
        let owned = |paths: &[&Path]| paths.iter().map(|path| path.to_path_buf()).collect();
        let root = house().to_owned();
        coverage::run(&Args { root, talks: owned(talks), logs: owned(logs), simulate, seed: 1, format: Format::Text, fail_under })
    };
    let run = |talks: &[&Path], logs: &[&Path], fail_under| held(talks, logs, None, fail_under);
    let talks = house().join("tests/talks");
    assert_eq!(run(&[&talks], &[], Some(90)), Exit::Ok);
    assert_eq!(run(&[&talks.join("silence_ru.yaml")], &[], Some(50)), Exit::Failed);
    assert_eq!(held(&[&talks.join("silence_ru.yaml")], &[], Some(400), Some(50)), Exit::Ok);
    assert_eq!(run(&[], &[&data.path().join("calls")], None), Exit::Ok);
    assert_eq!(run(&[], &[&data.path().join("calls")], Some(50)), Exit::Failed);
    assert_eq!(run(&[], &[&data.path().join("broken")], None), Exit::Environment);
    assert_eq!(run(&[Path::new("/nowhere")], &[], None), Exit::Environment);
}
