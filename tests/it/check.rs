//! `dauys check` and `dauys render`: what they show, and how they end.

use std::path::Path;

use dauys::cli::Exit;
use dauys::cli::check::{self, Colour, Findings, Format};
use dauys::cli::render::{self, Failure};
use dauys::speech::SynthesisError;
use dauys::speech::render::{RenderError, Report};
use serde_json::{Value, json};

use crate::bundle::{good, house, write};

/// The good bundle, made worse.
fn found(spoil: impl FnOnce(&Path)) -> Findings {
    let root = good();
    spoil(root.path());
    Findings::of(root.path()).unwrap()
}

fn slip(root: &Path) {
    let main = std::fs::read_to_string(root.join("flows/main.yaml")).unwrap();
    write(root, "flows/main.yaml", main.replace("prompt: hub", "promt: hub").as_bytes());
}

#[test]
fn the_shipped_flows_are_sound() {
    let findings = Findings::of(house()).unwrap();
    let text = findings.text(Colour::Off);
    assert!(text.starts_with("flows are sound: ") && text.ends_with(" 2 languages\n"), "{text}");
    assert_eq!(findings.json(), json!({"ok": true, "errors": 0, "warnings": 0, "faults": []}).to_string());
    assert_eq!(findings.exit(), Exit::Ok);
}

#[test]
fn an_error_shows_the_lines_it_is_about_and_what_to_do() {
    let findings = found(slip);
    let text = findings.text(Colour::Off);
    for part in ["E0202", "`promt` is not a key of menu", "[flows/main.yaml:18:7]", "18 │", "promt: hub", "did you mean `prompt`?"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.lines().last(), Some("2 errors"));
    assert_eq!(findings.exit(), Exit::Failed);
}

#[test]
fn colour_is_for_terminals() {
    let findings = found(slip);
    assert!(findings.text(Colour::On).contains('\u{1b}'));
    assert!(!findings.text(Colour::Off).contains('\u{1b}'));
}

#[test]
fn programs_get_one_object() {
    let object: Value = serde_json::from_str(&found(slip).json()).unwrap();
    assert_eq!((&object["ok"], &object["errors"], &object["warnings"]), (&json!(false), &json!(2), &json!(0)));
    let expected = json!({"code": "E0202", "severity": "error", "file": "flows/main.yaml", "line": 18, "column": 7,
        "message": "`promt` is not a key of menu", "help": "did you mean `prompt`?"});
    assert!(object["faults"].as_array().unwrap().contains(&expected), "{object}");
}

#[test]
fn a_missing_file_and_an_empty_one_can_be_shown() {
    let empty = found(|root| write(root, "flows/main.yaml", b""));
    let missing = found(|root| std::fs::remove_file(root.join("flows/main.yaml")).unwrap());
    assert!(empty.text(Colour::On).contains("expected a map"));
    assert!(missing.text(Colour::On).contains("flows/main.yaml is missing"));
}

#[test]
fn clips_that_are_not_there_warn_and_do_not_fail() {
    let findings = found(|_| {});
    let text = findings.text(Colour::Off);
    let warnings = serde_json::from_str::<Value>(&findings.json()).unwrap()["warnings"].as_u64().unwrap();
    assert!(text.contains("⚠ audio/kk/") && text.contains("run `dauys render`"), "{text}");
    assert!(text.contains(&format!("… and {} more of these", warnings - 10)), "{text}");
    assert!(text.contains("  W0801 audio/kk/") && text.contains("names all"), "{text}");
    let summary = format!("flows are sound: 3 flows, 12 steps, 18 prompts, 2 languages, {warnings} warnings");
    assert_eq!(text.lines().last(), Some(summary.as_str()));
    assert_eq!(findings.exit(), Exit::Ok);
}

#[test]
fn what_is_wrong_with_files_of_sound_is_told_apart() {
    let findings = found(|root| {
        let put = |from: &str, to: &str| {
            let place = root.join("audio").join(to);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::copy(house().join("audio").join(from), place).unwrap();
        };
        write(root, "audio/kk/prompts/main/hub.wav", b"no sound");
        put("ru/prompts/main/hub.wav", "ru/prompts/main/hub.wav"); // rendered, and no manifest knows from what
        put("ru/prompts/main/hub.wav", "ru/prompts/main/label_finish.wav"); // in another's place: a person's
        put("ru/prompts/main/hub.wav", "kk/prompts/main/label_finish.wav");
        std::fs::copy(house().join("src/speech/recording/tone.flac"), root.join("audio/kk/prompts/main/label_finish.flac")).unwrap();
        put("ru/prompts/main/hub.wav", "ru/prompts/old.wav");
    });
    let object: Value = serde_json::from_str(&findings.json()).unwrap();
    let code =
        |file: &str| object["faults"].as_array().unwrap().iter().find(|fault| fault["file"] == file).map(|fault| fault["code"].clone());
    for (file, expected) in [
        ("audio/kk/prompts/main/hub.wav", Some("W0803")),
        ("audio/ru/prompts/main/hub.wav", Some("W0802")),
        ("audio/ru/words/digit_3.wav", Some("W0801")),
        ("audio/ru/prompts/main/label_finish.wav", None),
        ("audio/kk/prompts/main/label_finish.wav", Some("W0804")),
        ("audio/ru/prompts/old.wav", Some("W0805")),
    ] {
        assert_eq!(code(file), expected.map(Value::from), "{file}");
    }
}

#[test]
fn commands_end_with_the_promised_codes() {
    let (broken, nothing) = (good(), tempfile::tempdir().unwrap());
    slip(broken.path());
    let check = |root: &Path| check::run(check::Args { root: root.to_owned(), format: Format::Json }).code();
    let render = |root: &Path| render::run(render::Args { root: root.to_owned() }).code();
    assert_eq!([house(), broken.path(), nothing.path()].map(check), [0, 1, 3]);
    assert_eq!([broken.path(), nothing.path()].map(render), [1, 3]);
}

#[test]
fn rendering_without_the_voices_is_the_machines_fault_and_digits_are_the_texts() {
    let text = || "звоните 1414".to_owned();
    let cases = [
        (SynthesisError::ProgramMissing { program: "RHVoice-test".to_owned(), install: "" }, Exit::Environment),
        (SynthesisError::Failed { text: text(), why: "x".to_owned() }, Exit::Environment),
        (SynthesisError::Unspeakable { text: text(), found: '1' }, Exit::Failed),
    ];
    for (why, exit) in cases {
        let failure = Failure::from(RenderError::Synthesis { file: "ru/x.wav".to_owned(), why });
        assert_eq!(Exit::from(&failure), exit, "{failure}");
    }
}

#[test]
fn a_report_names_the_orphans() {
    let report = |orphans| render::summary(&Report { made: 2, kept: 178, orphans, ..Report::default() });
    assert_eq!(report(vec![]), "2 made, 178 kept");
    assert!(report(vec!["ru/old.wav".to_owned()]).ends_with(":\n  audio/ru/old.wav"));
}
