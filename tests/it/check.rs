//! `dauys check` and `dauys render`: what they show, and how they end.

use std::path::Path;

use dauys::cli::Exit;
use dauys::cli::check::{self, Colour, Deny, Findings};
use dauys::cli::render::{self, Failure};
use dauys::cli::{self, Format};
use dauys::speech::SynthesisError;
use dauys::speech::render::{RenderError, Report};
use dauys_core::flow::fault::{Code, Locale};
use dauys_core::flow::{Loaded, Sources};
use serde_json::{Value, json};

use crate::bundle::{good, house, write};
use crate::flows::today;

/// The good bundle, made worse.
fn found(spoil: impl FnOnce(&Path)) -> Findings {
    let root = good();
    spoil(root.path());
    Findings::of(root.path(), today()).unwrap()
}

fn slip(root: &Path) {
    let main = std::fs::read_to_string(root.join("flows/main.yaml")).unwrap();
    write(root, "flows/main.yaml", main.replace("prompt: hub", "promt: hub").as_bytes());
}

#[test]
fn the_shipped_flows_are_sound() {
    let findings = Findings::of(house(), today()).unwrap();
    let text = findings.text(Colour::Off, Locale::En);
    let summary = text.lines().last().unwrap_or_default();
    assert!(summary.starts_with("flows are sound: ") && summary.contains(" 2 languages"), "{text}");
    let object: Value = serde_json::from_str(&findings.json(None, Locale::En)).unwrap();
    let of_facts = |fault: &Value| [Code::FactOld, Code::FactUnverified].iter().any(|code| fault["code"] == code.text());
    let others: Vec<&Value> = object["faults"].as_array().unwrap().iter().filter(|fault| !of_facts(fault)).collect();
    assert_eq!((&object["ok"], &object["errors"], others), (&json!(true), &json!(0), Vec::<&Value>::new()));
    assert_eq!(findings.exit(None), Exit::Ok);
}

#[test]
fn many_warnings_of_one_kind_are_three_and_a_number() {
    let text = Findings::of(house(), today()).unwrap().text(Colour::Off, Locale::En);
    assert_eq!(text.matches("W0723").count(), 4, "three drawings and a line: {text}");
    assert!(text.contains(" more W0723, in ") && text.contains("`dauys check --format json` names them"), "{text}");
}

#[test]
fn a_fact_is_judged_by_the_day_that_is_asked() {
    let far = dauys_core::calendar::Date::parse("2030-01-01").unwrap();
    let findings = Findings::of(house(), far).unwrap();
    assert_eq!(findings.exit(None), Exit::Failed);
    let text = findings.text(Colour::Off, Locale::En);
    assert!(text.contains("E0614") && !text.contains("flows are sound"), "{text}");
}

#[test]
fn an_error_shows_the_lines_it_is_about_and_what_to_do() {
    let findings = found(slip);
    let text = findings.text(Colour::Off, Locale::En);
    for part in ["E0202", "`promt` is not a key of menu", "[flows/main.yaml:18:7]", "18 │", "promt: hub", "did you mean `prompt`?"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.lines().last(), Some("2 errors"));
    assert_eq!(findings.exit(None), Exit::Failed);
}

#[test]
fn colour_is_for_terminals() {
    let findings = found(slip);
    assert!(findings.text(Colour::On, Locale::En).contains('\u{1b}'));
    assert!(!findings.text(Colour::Off, Locale::En).contains('\u{1b}'));
}

#[test]
fn programs_get_one_object() {
    let object: Value = serde_json::from_str(&found(slip).json(None, Locale::En)).unwrap();
    assert_eq!((&object["ok"], &object["errors"], &object["warnings"]), (&json!(false), &json!(2), &json!(0)));
    let expected = json!({"code": "E0202", "severity": "error", "file": "flows/main.yaml", "line": 18, "column": 7, "end_line": 18, "end_column": 12,
        "message": "`promt` is not a key of menu", "help": "did you mean `prompt`?", "labels": [], "lang": "en"});
    assert!(object["faults"].as_array().unwrap().contains(&expected), "{object}");
}

#[test]
fn a_missing_file_and_an_empty_one_can_be_shown() {
    let empty = found(|root| write(root, "flows/main.yaml", b""));
    let missing = found(|root| std::fs::remove_file(root.join("flows/main.yaml")).unwrap());
    assert!(empty.text(Colour::On, Locale::En).contains("expected a map"));
    assert!(missing.text(Colour::On, Locale::En).contains("flows/main.yaml is missing"));
}

#[test]
fn clips_that_are_not_there_warn_and_do_not_fail() {
    let findings = found(|_| {});
    let text = findings.text(Colour::Off, Locale::En);
    let warnings = serde_json::from_str::<Value>(&findings.json(None, Locale::En)).unwrap()["warnings"].as_u64().unwrap();
    assert!(text.contains("⚠ audio/kk/") && text.contains("run `dauys render`"), "{text}");
    assert!(text.contains(&format!("… and {} more of these", warnings - 10)), "{text}");
    assert!(text.contains("  W0801 audio/kk/") && text.contains("names all"), "{text}");
    let summary = format!("flows are sound: 3 flows, 12 steps, 18 prompts, 2 languages, {warnings} warnings");
    assert_eq!(text.lines().last(), Some(summary.as_str()));
    assert_eq!(findings.exit(None), Exit::Ok);
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
        put("ru/prompts/main/hub.opus", "ru/prompts/main/hub.opus"); // rendered, and no manifest knows from what
        put("ru/prompts/main/hub.opus", "ru/prompts/main/label_finish.opus"); // in another's place: a person's
        put("ru/prompts/main/hub.opus", "kk/prompts/main/label_finish.opus");
        std::fs::copy(house().join("src/speech/recording/tone.flac"), root.join("audio/kk/prompts/main/label_finish.flac")).unwrap();
        put("ru/prompts/main/hub.opus", "ru/prompts/old.opus");
    });
    let object: Value = serde_json::from_str(&findings.json(None, Locale::En)).unwrap();
    let code =
        |file: &str| object["faults"].as_array().unwrap().iter().find(|fault| fault["file"] == file).map(|fault| fault["code"].clone());
    for (file, expected) in [
        ("audio/kk/prompts/main/hub.wav", Some("W0803")),
        ("audio/ru/prompts/main/hub.opus", Some("W0802")),
        ("audio/ru/words/digit_3.opus", Some("W0801")),
        ("audio/ru/prompts/main/label_finish.opus", None),
        ("audio/kk/prompts/main/label_finish.opus", Some("W0804")),
        ("audio/ru/prompts/old.opus", Some("W0805")),
    ] {
        assert_eq!(code(file), expected.map(Value::from), "{file}");
    }
}

#[test]
fn commands_end_with_the_promised_codes() {
    let (broken, nothing) = (good(), tempfile::tempdir().unwrap());
    slip(broken.path());
    let check = |root: &Path| check::run(check::Args { root: root.to_owned(), format: Format::Json, ..check::Args::default() }).code();
    let render = |root: &Path| render::run(render::Args { root: root.to_owned() }).code();
    assert_eq!([house(), broken.path(), nothing.path()].map(check), [0, 1, 3]);
    assert_eq!([broken.path(), nothing.path()].map(render), [1, 3]);
}

/// The good bundle with an example over it; the one that books, where the example is of a list that the robot makes.
fn with(example: dauys_core::flow::fault::Example, code: Code) -> (Sources, Loaded) {
    let read = |root: &str| dauys::bundle::read(&house().join(root)).unwrap().files;
    let mut sources = Sources { files: read("tests/flows/good") };
    if code == Code::NeverAsked {
        sources.files.append(&mut read("tests/flows/good_booking"));
    }
    example.lay_over(&mut sources);
    let loaded = dauys_core::flow::load(&sources, &dauys_core::flow::Words::default()).on(today());
    (sources, loaded)
}

/// What an example leaves unsaid is not what it is about.
fn codes(loaded: &Loaded, code: Code) -> Vec<&'static str> {
    let mut codes: Vec<_> = loaded.faults.iter().map(|fault| fault.kind.code()).collect();
    codes.retain(|found| *found != Code::UnusedPrompt.text() || code == Code::UnusedPrompt);
    codes.dedup();
    codes
}

#[test]
fn every_page_shows_its_own_fault_and_mends_it() {
    for code in Code::ALL {
        let page = code.page();
        let (sources, wrong) = with(page.wrong, *code);
        let faults: String = wrong.faults.iter().map(|fault| fault.to_plain(&sources)).collect();
        assert_eq!(codes(&wrong, *code), [code.text()], "{faults}");
        let (sources, mended) = with(page.mended, *code);
        let faults: String = mended.faults.iter().map(|fault| fault.to_plain(&sources)).collect();
        assert_eq!(codes(&mended, *code), [""; 0], "{}: {faults}", code.text());
        assert!(mended.program.is_some(), "{}: {faults}", code.text());
    }
}

#[test]
fn every_page_and_every_fault_is_told_in_both_languages() {
    let is_russian = |text: &str| text.chars().any(|c| matches!(c, 'а'..='я'));
    for code in check::list(Locale::En).lines().filter_map(|line| line.split(' ').next()) {
        let [en, ru] = [Locale::En, Locale::Ru].map(|locale| check::explain(code, locale).unwrap());
        let prose = |page: &str| page.lines().take_while(|line| !line.starts_with("    ")).collect::<String>();
        assert!(!is_russian(&prose(&en)), "{code} is Russian in English: {en}");
        assert!(ru.lines().next().is_some_and(is_russian) && prose(&ru) != prose(&en), "{code}: {ru}");
    }
    for code in Code::ALL {
        let (_, wrong) = with(code.page().wrong, *code);
        for fault in &wrong.faults {
            let [en, ru] = [Locale::En, Locale::Ru].map(|locale| fault.message(locale) + &fault.help(locale));
            assert!(is_russian(&ru) && ru != en, "{}: {ru}", code.text());
        }
    }
}

#[test]
fn a_code_is_explained_however_it_is_typed_and_the_nearest_is_named() {
    let page = check::explain("e0602", Locale::Ru).unwrap();
    for part in ["E0602: возврат без ограничения", "Для звонящего:", "Неправильно:", "Исправлено:", "at_most: 2, else: done"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    for (asked, nearest) in [("E0206x", "E0206"), ("E602", "E0602"), ("W0806", "W080"), ("0403", "E0403"), ("", "E0001")] {
        for locale in Locale::ALL {
            let why = check::explain(asked, locale).unwrap_err();
            assert!(why.contains(nearest), "{asked}: {why}");
        }
    }
    assert!(check::list(Locale::Ru).contains("\nE0106  ключ написан дважды\n"));
    let args = |explain: &str| check::Args { explain: Some(explain.to_owned()), ..check::Args::default() };
    assert_eq!(["E0106", "E9999"].map(|code| check::run(args(code)).code()), [0, 2]);
}

#[test]
fn russian_is_spoken_where_the_system_is_russian() {
    let of =
        |set: &[(&str, &str)]| cli::locale_of(|name| set.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())).code();
    for (set, code) in [
        (&[("LANG", "ru_RU.UTF-8")][..], "ru"),
        (&[("LC_ALL", "C"), ("LANG", "ru_RU.UTF-8")], "en"),
        (&[("LC_ALL", ""), ("LANG", "ru_KZ.UTF-8")], "ru"),
        (&[("LC_MESSAGES", "ru_RU.UTF-8"), ("LANG", "kk_KZ.UTF-8")], "ru"),
        (&[("LANG", "kk_KZ.UTF-8")], "en"),
        (&[], "en"),
    ] {
        assert_eq!(of(set), code, "{set:?}");
    }
}

#[test]
fn messages_help_and_labels_come_in_russian() {
    let findings = found(|root| {
        slip(root);
        write(root, "flows/shared/human.yaml", b"flow: shared/human\nflow: shared/human\n");
    });
    let text = findings.text(Colour::Off, Locale::Ru);
    for part in
        ["шаг menu: ключа `promt` здесь не бывает", "может быть, `prompt`?", "здесь", "впервые здесь", "ключ `flow` написан здесь дважды"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.trim_end().ends_with("ошибок: 5"), "{text}");
    let object: Value = serde_json::from_str(&findings.json(None, Locale::Ru)).unwrap();
    let twice = object["faults"].as_array().unwrap().iter().find(|fault| fault["code"] == "E0106").unwrap();
    assert_eq!((&twice["lang"], &twice["end_line"], &twice["end_column"]), (&json!("ru"), &json!(2), &json!(5)));
    assert_eq!(
        twice["labels"][0],
        json!({"file": "flows/shared/human.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 5, "text": "впервые здесь"})
    );
    let clean = found(|_| {});
    assert!(
        clean.text(Colour::Off, Locale::Ru).contains("сценарии в порядке: сценариев 3, шагов 12, реплик 18, языков 2, предупреждений: ")
    );
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let findings = found(|root| write(root, "prompts/shared/human.yaml", Code::Numerals.page().wrong.shown(Locale::En).as_bytes()));
    let json = |deny| serde_json::from_str::<Value>(&findings.json(deny, Locale::En)).unwrap()["ok"].clone();
    assert_eq!((findings.exit(None), json(None)), (Exit::Ok, json!(true)));
    assert_eq!((findings.exit(Some(Deny::Warnings)), json(Some(Deny::Warnings))), (Exit::Failed, json!(false)));
    assert_eq!(Findings::of(house(), today()).unwrap().exit(Some(Deny::Warnings)), Exit::Failed, "facts are still to be verified");
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
