//! The topic router on the shipped topics, and the command that tries it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dauys::bundle::program;
use dauys_core::flow::graph::Program;
use dauys_core::lang::Lang;
use dauys_core::router::Verdict;
use dauys_core::router::eval::{Case, Figures, Strange};
use serde_json::Value;

use crate::bundle::house;

fn rows(file: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(house().join("tests/tables").join(file)).unwrap();
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn cases(program: &Program, file: &str) -> Vec<Case> {
    let place = |id: &str| program.topics.iter().position(|topic| topic.id == id).expect(id);
    rows(file).iter().map(|row| Case { topic: place(&row[0]), text: row[2].clone() }).collect()
}

/// In thousandths of all.
fn permille(count: usize, all: usize) -> usize {
    count * 1_000 / all
}

#[test]
fn every_topic_is_asked_for_in_every_manner() {
    for topic in &program(house()).unwrap().topics {
        let count = |lang| topic.phrases.iter().filter(|phrase| phrase.lang == lang).count();
        let [kk, ru, mixed] = [Some(Lang::Kk), Some(Lang::Ru), None].map(count);
        assert!(kk >= 5 && ru >= 5 && mixed >= 2, "{}: {kk} kk, {ru} ru, {mixed} mixed", topic.id);
    }
}

#[test]
fn utterances_of_the_tables_find_their_topics() {
    let program = program(house()).unwrap();
    for file in ["router_dev.tsv", "router_fresh.tsv", "router_blind_dev.tsv", "router_blind.tsv"] {
        let figures = Figures::of(&program.router, &cases(&program, file));
        let of = |count| permille(count, figures.utterances);
        assert!(of(figures.right()) >= 850 && of(figures.silently_wrong) <= 40, "{file}: {figures:?}");
    }
}

#[test]
fn most_of_what_is_not_ours_is_turned_away_and_hardly_anything_taken_silently() {
    let program = program(house()).unwrap();
    for file in ["router_foreign_dev.tsv", "router_foreign.tsv", "router_foreign_blind_dev.tsv", "router_foreign_blind.tsv"] {
        let texts: Vec<String> = rows(file).into_iter().map(|row| row[1].clone()).collect();
        let strange = Strange::of(&program.router, texts.iter().map(String::as_str));
        let of = |count| permille(count, strange.utterances);
        assert!(of(strange.rejected) >= 850 && of(strange.matched.len()) <= 50, "{file}: {strange:?}");
    }
}

#[test]
fn what_was_typed_without_kazakh_letters_is_the_same_question() {
    let program = program(house()).unwrap();
    let pairs = [('ә', 'а'), ('ғ', 'г'), ('қ', 'к'), ('ң', 'н'), ('ө', 'о'), ('ұ', 'у'), ('ү', 'у'), ('һ', 'х'), ('і', 'и')];
    let letter = |c: char| pairs.iter().find(|(kazakh, _)| *kazakh == c).map_or(c, |(_, plain)| *plain);
    let plain = |text: &str| text.chars().map(letter).collect::<String>();
    let kazakh: Vec<_> = rows("router_dev.tsv").into_iter().filter(|row| row[1] == "kk").collect();
    assert!(kazakh.len() >= 60);
    for row in kazakh {
        assert_eq!(program.router.route(&row[2]).verdict, program.router.route(&plain(&row[2])).verdict, "{}", row[2]);
    }
}

#[test]
fn a_flood_of_words_is_answered_at_once() {
    let program = program(house()).unwrap();
    let begun = std::time::Instant::now();
    assert_ne!(program.router.route(&"удостоверение жоғалттым ".repeat(100_000)).verdict, Verdict::Nothing);
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

fn dauys(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dauys")).args(args).arg("--root").arg(house()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_command_counts_and_explains() {
    let table = |file: &str| house().join("tests/tables").join(file).to_str().unwrap().to_owned();
    let (fresh, foreign) = (table("router_dev.tsv"), table("router_foreign_dev.tsv"));
    let out = dauys(&["router", "eval", "--fresh", &fresh, "--foreign", &foreign, "--format", "json"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let came: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&came["version"], &came["fresh"]["utterances"], &came["foreign"]["utterances"]), (&1.into(), &180.into(), &60.into()));
    let whole: f64 =
        ["top1", "silently_wrong", "asked_wrongly", "rejected"].map(|figure| came["fresh"][figure].as_f64().unwrap()).iter().sum();
    assert!((whole - 1.0).abs() < 0.001, "{came}");
    let shown = text(&dauys(&["router", "eval", "--fresh", &fresh, "--foreign", &foreign]).stdout);
    assert!(shown.starts_with("fresh: 180 utterances\n  top1 ") && shown.contains("\nforeign: 60 utterances\n"), "{shown}");
    let why = text(&dauys(&["router", "explain", "мне справку об отсутствии судимости"]).stdout);
    assert!(why.starts_with("heard: ") && why.contains("[conviction]") && why.trim_end().ends_with("so: cert_no_criminal"), "{why}");
}

/// A file of utterances, and a line that the command should say of it.
fn refused(folder: &Path, flag: &str, content: &[u8], expected: &str, code: i32) {
    let file: PathBuf = folder.join("u.tsv");
    std::fs::write(&file, content).unwrap();
    let out = dauys(&["router", "eval", flag, file.to_str().unwrap()]);
    let said = text(&out.stderr);
    assert!(out.status.code() == Some(code) && said.contains(expected), "{:?} {said}", out.status);
}

#[test]
fn a_wrong_file_of_utterances_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for (flag, content, expected) in [
        ("--fresh", "", "expected lines of topic, language and utterance, found none"),
        ("--fresh", "# remark\n\npension\tru\n", "line 3: expected topic, language and utterance, tab-separated, found 2 cells"),
        ("--fresh", "pension\tru\t \n", "line 1: expected topic, language and utterance, found an empty cell"),
        ("--fresh", "pension\ten\tpension\n", "line 1: expected kk, ru or mixed, found `en`"),
        ("--fresh", "pensoin\tru\tпенсия\n", "line 1: there is no topic `pensoin`; did you mean `pension`?"),
        ("--fresh", "weather_forecast\tru\tпогода\n", "line 1: there is no topic `weather_forecast`\n"),
        ("--foreign", "ru\tпогода\tлишнее\n", "line 1: expected language and utterance, tab-separated, found 3 cells"),
    ] {
        refused(folder.path(), flag, content.as_bytes(), expected, 2);
    }
    refused(folder.path(), "--foreign", b"ru\t\xff\xfe\n", "expected UTF-8", 2);
    refused(folder.path(), "--foreign", &vec![b'a'; (4 << 20) + 1], "expected at most 4194304 bytes", 2);
    let out = dauys(&["router", "eval", "--fresh", folder.path().join("none.tsv").to_str().unwrap()]);
    assert!(out.status.code() == Some(3) && text(&out.stderr).contains("none.tsv"), "{:?}", out.status);
}
