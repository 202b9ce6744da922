//! Written conversations: what they promise of the shipped flows, and that whatever is not as written is told.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dauys::bundle::{self, Bundle};
use dauys::cli::Exit;
use dauys::cli::check::Colour;
use dauys::cli::test::{self, Args};
use dauys::cli::{Format, Language};
use dauys::talk::files::{Report, hold_all};
use dauys::talk::{Held, bless, hold, read};
use dauys_core::flow::coverage::Coverage;
use dauys_core::flow::fault::Locale;
use serde_json::Value;
use tempfile::TempDir;

use crate::bundle::{house, write};

static SHIPPED: LazyLock<Bundle> = LazyLock::new(|| bundle::load(house()).unwrap());

#[test]
fn the_shipped_flows_speak_as_their_talks_say() {
    let reports = hold_all(&SHIPPED, &[house().join("tests/talks")], &mut Coverage::default()).unwrap();
    assert_eq!(test::text(&reports, Colour::Off, Locale::En).lines().count(), 1, "{}", test::text(&reports, Colour::Off, Locale::En));
    assert!(reports.len() > 10 && ways(&reports) > 40);
}

/// Flows that have what the shipped ones lack: a way to a person on which something is asked.
#[test]
fn a_person_asked_for_again_is_talked_of_honestly_in_both_languages() {
    let rich = bundle::load(&house().join("tests/flows/rich")).unwrap();
    let reports = hold_all(&rich, &[house().join("tests/flows/talks")], &mut Coverage::default()).unwrap();
    assert_eq!(test::text(&reports, Colour::Off, Locale::En).lines().count(), 1, "{}", test::text(&reports, Colour::Off, Locale::En));
    assert_eq!((reports.len(), ways(&reports)), (2, 4));
}

fn ways(reports: &[Report]) -> usize {
    reports.iter().map(|report| report.went.as_ref().unwrap().held.ways).sum()
}

/// The shipped flows, spoilt, and which talks then fail with what.
fn spoilt(file: &str, from: &str, to: &str) -> Vec<&'static str> {
    let root = copy();
    let text = std::fs::read_to_string(root.path().join(file)).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    write(root.path(), file, text.replacen(from, to, 1).as_bytes());
    let bundle = bundle::load(root.path()).unwrap();
    let reports = hold_all(&bundle, &[house().join("tests/talks")], &mut Coverage::default()).unwrap();
    let of = |report: &Report| match &report.went {
        Ok(went) => went.held.failures.iter().map(|failure| failure.kind.code()).collect(),
        Err(slips) => slips.iter().map(|slip| slip.code()).collect::<Vec<_>>(),
    };
    let mut codes: Vec<_> = reports.iter().flat_map(of).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The shipped flows without their voice, which takes its time all the same.
fn copy() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in bundle::read(house()).unwrap().files {
        write(root.path(), &path, text.as_bytes());
    }
    root
}

#[test]
fn without_clips_a_talk_goes_the_same_way() {
    assert_eq!(spoilt("flows/main.yaml", "Басты мәзір", "Мәзір"), [""; 0], "a title is not said");
}

#[test]
fn a_changed_prompt_a_lost_arm_and_a_wrong_outcome_fail_a_talk() {
    const SAID: &str = "T0911";
    let cases = [
        ("prompts/services/document_status.yaml", "Вы набрали номер заявки", "Номер заявки", SAID),
        ("prompts/main.yaml", "Сау болыңыз!", "Аман болыңыз!", SAID),
        ("flows/services/document_status.yaml", "yes: {goto: status}", "yes: {goto: human}", SAID),
        ("flows/main.yaml", "finish: {}", "finish: {say: goodbye}", "T0912"),
        ("flows/main.yaml", "outcome: answered", "outcome: done", "T0915"),
        ("flows/services/document_status.yaml", "with: {iin: iin, application: application}", "with: {iin: iin}", "T0913"),
        ("flows/services/document_status.yaml", "unavailable: {say: service_down, goto: human}", "unavailable: {goto: human}", SAID),
        ("flows/services/document_status.yaml", "deadline: 8s", "deadline: 5s", SAID),
        ("flows/main.yaml", "    accept: 600", "    accept: 400", SAID),
    ];
    for (file, from, to, code) in cases {
        let codes = spoilt(file, from, to);
        assert!(codes.contains(&code), "{from} → {to}: {codes:?}");
    }
}

/// A talk with the shipped flows in Russian, after the greeting.
fn held(steps: &str) -> Held {
    held_with("lang: ru", steps)
}

fn held_with(top: &str, steps: &str) -> Held {
    let text = format!("talk: t\n{top}\nsteps:\n{steps}\n");
    let talk = read("t.yaml", &text, &SHIPPED.program);
    let talk = talk.unwrap_or_else(|slips| panic!("{:?}\n{text}", slips.iter().map(|slip| slip.words(Locale::En)).collect::<Vec<_>>()));
    hold(&SHIPPED, &talk, &mut Coverage::default())
}

fn codes(held: &Held) -> Vec<&'static str> {
    held.failures.iter().map(|failure| failure.kind.code()).collect()
}

#[test]
fn the_lines_of_a_turn_tell_all_of_it_or_go_on() {
    let greeting = "Здравствуйте! Вам отвечает голосовой помощник единого контакт-центра.";
    let notice = "Для контроля качества обслуживания разговор записывается.";
    let cases = [
        ("  - robot: greeting …".to_owned(), &[][..]),
        ("  - robot: …".to_owned(), &[]),
        (format!("  - robot: {greeting} …"), &[]),
        ("  - robot: здравствуйте вам …".to_owned(), &[]),
        (format!("  - robot: {greeting} {notice} …"), &[]),
        ("  - robot: [greeting, recording_notice, hub …]".to_owned(), &[]),
        ("  - robot: [greeting …, label_operator, press_0]".to_owned(), &[]),
        ("  - robot: [greeting …, нажмите ноль]".to_owned(), &[]),
        ("  - robot: [main/greeting, …, label_operator …]".to_owned(), &[]),
        ("  - robot: greeting".to_owned(), &["T0912"]),
        ("  - robot: [greeting …, label_operator]".to_owned(), &["T0912"]),
        ("  - robot: [recording_notice, hub …]".to_owned(), &["T0911"]),
        ("  - robot: [hub …]".to_owned(), &["T0911"]),
        ("  - robot: [greeting …, greeting …]".to_owned(), &["T0911"]),
        ("  - robot: Здравствуйте, вам звонит …".to_owned(), &["T0911"]),
        ("  - robot: \"?\"".to_owned(), &["T0912"]),
    ];
    for (steps, expected) in cases {
        assert_eq!(codes(&held(&steps)), expected, "{steps}");
    }
}

#[test]
fn before_a_language_is_chosen_both_are_told() {
    let kk = "Қазақша сөйлесу үшін бірді басыңыз.";
    let ru = "Для разговора на русском языке нажмите два.";
    let cases = [
        ("  - robot: [greeting, choose_language]".to_owned(), &[][..]),
        (format!("  - robot: [greeting, \"{kk}\", \"{ru}\"]"), &[]),
        ("  - robot: [greeting, choose_language]\n  - silence\n  - robot: [noinput, choose_language]".to_owned(), &[]),
        (format!("  - robot: [greeting, \"{kk}\"]"), &["T0912"]),
        (format!("  - robot: [greeting, \"{ru}\", \"{ru}\"]"), &["T0911"]),
        ("  - robot: greeting".to_owned(), &["T0912"]),
    ];
    for (steps, expected) in cases {
        assert_eq!(codes(&held_with("lang: none", &steps)), expected, "{steps}");
    }
}

#[test]
fn what_is_expected_must_hold() {
    let number = "  - keys: \"1\"\n  - keys: \"002512345678#\"\n";
    let cases = [
        ("{step: check_application, lang: ru}", &[][..]),
        ("{step: services/document_status/check_application}", &[]),
        ("{slots: {application: \"002512345678\", iin: none}}", &[]),
        ("{step: check_iin}", &["T0913"]),
        ("{lang: kk}", &["T0913"]),
        ("{lang: none}", &["T0913"]),
        ("{slots: {application: \"002512345679\"}}", &["T0913"]),
        ("{slots: {application: none}}", &["T0913"]),
        ("{command: repeat}", &["T0913"]),
        ("{remembers: ru}", &["T0913"]),
        ("{service: document_status}", &["T0913"]),
        ("{asked: {iin: none}}", &[]),
    ];
    for (expect, expected) in cases {
        assert_eq!(codes(&held(&format!("{number}  - expect: {expect}"))), expected, "{expect}");
    }
}

#[test]
fn an_end_is_an_end() {
    let cases = [
        ("end: hung_up", "  - hangs_up", &[][..]),
        ("end: answered", "  - hangs_up", &["T0915"]),
        ("end: answered", "  - keys: \"1\"", &["T0916"]),
        ("called: \"1414\"", "  - hangs_up\n  - keys: \"1\"", &["T0914"]),
        ("called: \"1414\"", "  - keys: \"1\"\n  - keys: \"002512345678#\"\n  - keys: \"1\"\n  - robot: …", &["T0917"]),
    ];
    for (top, steps, expected) in cases {
        assert_eq!(codes(&held_with(&format!("lang: ru\n{top}"), steps)), expected, "{top} {steps}");
    }
}

#[test]
fn services_answer_in_order_and_take_their_time() {
    let asks = "  - keys: \"1\"\n  - keys: \"002512345678#\"\n  - keys: \"1\"\n";
    let again = "  - keys: \"002512345678#\"\n  - keys: \"1\"\n";
    let with = |services: &str, steps: &str| codes(&held_with(&format!("lang: ru\nservices: {{document_status: {services}}}"), steps));
    assert_eq!(with("[not_found, unavailable]", &format!("{asks}{again}  - robot: service_down …")), [""; 0]);
    assert_eq!(with("[not_found]", &format!("{asks}{again}")), ["T0917"], "asked more often than there are answers");
    assert_eq!(with("not_found", &format!("{asks}{again}  - robot: not_found …")), [""; 0], "the same each time");
    assert_eq!(with("{unavailable: {}, after: 3s}", &format!("{asks}  - robot: [still_looking, service_down …]")), [""; 0]);
    assert_eq!(with("{unavailable: {}, after: 1s}", &format!("{asks}  - robot: service_down …")), [""; 0]);
    assert_eq!(with("{unavailable: {}, after: 9s}", &format!("{asks}  - robot: [still_looking, still_looking, service_down …]")), [""; 0]);
}

#[test]
fn a_failure_in_a_branch_names_the_branch_and_what_branches_share_is_told_once() {
    let branches = "  - branches:\n      - {name: a, steps: [{keys: \"1\"}, {robot: goodbye}]}\n      - {name: b, steps: [{keys: \"1\"}, {robot: ask_number}]}";
    let in_a = held(&format!("  - robot: greeting …\n{branches}"));
    assert_eq!((in_a.ways, codes(&in_a), &in_a.failures[0].way[..]), (2, vec!["T0911"], &["a".to_owned()][..]));
    let before = held(&format!("  - robot: hub …\n{branches}"));
    assert_eq!((before.ways, codes(&before)), (2, vec!["T0911"]), "what follows from a failure is no news");
}

#[test]
fn slips_of_the_pen_are_shown_with_what_was_meant() {
    let steps = "steps: [{robot: greeting …}]";
    let cases = [
        ("steps: []\ntalk: t".to_owned(), "E0906", "without steps"),
        (steps.to_owned(), "E0903", "`talk` is missing"),
        ("talk: t\nsteps:\n  - robto: greeting".to_owned(), "E0902", "did you mean `robot`?"),
        ("talk: t\nsteps:\n  - robot: greting".to_owned(), "E0905", "did you mean `greeting`?"),
        ("talk: t\nsteps:\n  - robot: main/greting".to_owned(), "E0905", "did you mean `main/greeting`?"),
        ("talk: t\nsteps:\n  - silense".to_owned(), "E0901", "a step such as"),
        ("talk: t\nsteps:\n  - {robot: greeting, keys: \"1\"}".to_owned(), "E0901", "one key"),
        ("talk: t\nsteps:\n  - keys: one".to_owned(), "E0904", "keys such as"),
        ("talk: t\nsteps:\n  - wait: 6".to_owned(), "E0904", "1.2s"),
        ("talk: t\nsteps:\n  - wait: 2h".to_owned(), "E0904", "at most an hour"),
        ("talk: t\nsteps:\n  - interrupts: {after: 1s}".to_owned(), "E0901", "beside `after`"),
        ("talk: t\nsteps:\n  - expect: {stepp: hub}".to_owned(), "E0902", "did you mean `step`?"),
        ("talk: t\nsteps:\n  - expect: {step: hubb}".to_owned(), "E0905", "did you mean `hub`?"),
        (format!("talk: t\nservices: {{document_statuss: never}}\n{steps}"), "E0905", "did you mean `document_status`?"),
        (format!("talk: t\nservices: {{document_status: redy}}\n{steps}"), "E0905", "did you mean `ready`?"),
        (format!("talk: t\nservices: {{document_status: {{ready: {{document: id_card}}}}}}\n{steps}"), "E0903", "`branch`"),
        (format!("talk: t\nservices: {{document_status: {{in_progress: {{document: idcard}}}}}}\n{steps}"), "E0904", "`idcard`"),
        (format!("talk: t\nlang: de\n{steps}"), "E0904", "kk, ru or none"),
        (format!("talk: t\nstart: tomorrow\n{steps}"), "E0904", "2026-11-24T10:15"),
        ("talk: t\nsteps:\n  - branches: []\n  - hangs_up".to_owned(), "E0907", "branches"),
        ("talk: [".to_owned(), "E0103", ""),
    ];
    for (text, code, part) in cases {
        let slips = read("t.yaml", &text, &SHIPPED.program).unwrap_err();
        let found = slips.iter().any(|slip| {
            let (message, help) = slip.words(Locale::En);
            slip.code() == code && format!("{message}; {help}").contains(part) && slip.span.end <= text.len()
        });
        assert!(found, "{text}: {:?}", slips.iter().map(|slip| (slip.code(), slip.words(Locale::En))).collect::<Vec<_>>());
    }
}

#[test]
fn what_grows_has_a_bound() {
    let many = format!("talk: t\nsteps:\n{}", "  - silence\n".repeat(600));
    let branch = |inner: &str| format!("[{}]", format!("{{name: a, steps: [silence, {{branches: {inner}}}]}},").repeat(9));
    let wide = format!("talk: t\nsteps: [{{branches: {}}}]", branch(&branch("[{name: b, steps: [silence]}]")));
    for text in [many, wide] {
        let slips = read("t.yaml", &text, &SHIPPED.program).unwrap_err();
        assert!(slips.iter().any(|slip| slip.code() == "E0908"), "{slips:?}");
    }
}

/// A talk in a folder of its own, held on spoilt flows.
fn with_spoilt_prompt() -> (TempDir, PathBuf) {
    let root = copy();
    let prompts = std::fs::read_to_string(root.path().join("prompts/main.yaml")).unwrap();
    write(root.path(), "prompts/main.yaml", prompts.replace("Главное меню.", "Главное большое меню.").as_bytes());
    let text = "# of us all\ntalk: Меню\nlang: ru\nsteps:\n  - robot: greeting\n  - robot: recording_notice\n  - robot: Главное меню. …   # its words\n  - robot: none_of_it\nend: answered # so it was\n"
        .replace("  - robot: none_of_it\n", "  - hangs_up\n  - robot: goodbye\n");
    write(root.path(), "talks/menu.yaml", text.as_bytes());
    let file = root.path().join("talks/menu.yaml");
    (root, file)
}

#[test]
fn what_is_other_than_written_is_drawn() {
    let (root, file) = with_spoilt_prompt();
    let reports = hold_all(&bundle::load(root.path()).unwrap(), &[file], &mut Coverage::default()).unwrap();
    let text = test::text(&reports, Colour::Off, Locale::En).replace(&root.path().display().to_string(), "ROOT");
    for part in [
        "× the robot says something else",
        "╭─[ROOT/talks/menu.yaml:7:12]",
        "7 │   - robot: Главное меню. …   # its words",
        "written: Главное меню. […]",
        "said: Главное [большое] меню.",
        "× the call ends otherwise",
        "came: hung_up",
        "failed ROOT/talks/menu.yaml  Меню",
        "0 of 1 talks went as written, along 1 ways",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    assert!(test::text(&reports, Colour::On, Locale::Ru).contains("\u{1b}[1;31m[большое]"));
    assert!(test::text(&reports, Colour::Off, Locale::Ru).contains("робот говорит другое"));
    let json: Value = serde_json::from_str(&test::json(&reports, Locale::En)).unwrap();
    assert_eq!((&json["ok"], &json["talks"][0]["faults"][0]["line"]), (&Value::from(false), &Value::from(7)));
}

#[test]
fn blessing_writes_what_was_said_and_leaves_the_rest() {
    let (root, file) = with_spoilt_prompt();
    let args =
        |bless| Args { paths: vec![file.clone()], root: root.path().to_owned(), bless, format: Format::Text, lang: Some(Language::En) };
    assert_eq!(test::run(&args(false)), Exit::Failed);
    assert_eq!(test::run(&args(true)), Exit::Ok);
    assert_eq!(test::run(&args(false)), Exit::Ok);
    let expected = "# of us all\ntalk: Меню\nlang: ru\nsteps:\n  - robot: greeting\n  - robot: recording_notice\n  - robot: \"Главное большое меню. Можно сказать своими словами, что вас интересует. …\"   # its words\n  - hangs_up\nend: hung_up # so it was\n";
    assert_eq!(std::fs::read_to_string(&file).unwrap(), expected);
}

#[test]
fn a_question_mark_is_filled_in_by_blessing() {
    let text = "talk: t\nlang: kk\nsteps:\n  - robot: [greeting, recording_notice, hub …]\n  - keys: \"1\"\n  - robot: \"?\"\n";
    let talk = read("t.yaml", text, &SHIPPED.program).unwrap();
    let blessed = bless(text, &hold(&SHIPPED, &talk, &mut Coverage::default()).edits);
    assert!(blessed.contains("  - robot: \"Құжаттың дайындығын тексерейін."), "{blessed}");
    let talk = read("t.yaml", &blessed, &SHIPPED.program).unwrap();
    let again = hold(&SHIPPED, &talk, &mut Coverage::default());
    assert_eq!((codes(&again), bless(&blessed, &again.edits)), (vec![], blessed));
}

#[test]
fn the_command_ends_with_the_promised_codes() {
    let (root, _) = with_spoilt_prompt();
    let run = |root: &Path, path: &Path| {
        let args =
            Args { paths: vec![path.to_owned()], root: root.to_owned(), bless: false, format: Format::Json, lang: Some(Language::En) };
        test::run(&args).code()
    };
    let talks = house().join("tests/talks");
    assert_eq!(run(house(), &talks.join("night_operator_kk.yaml")), 0);
    assert_eq!(run(root.path(), &root.path().join("talks")), 1);
    assert_eq!(run(house(), &house().join("flows/main.yaml")), 1, "a flow is no talk");
    assert_eq!(run(house(), &root.path().join("prompts/none.yaml")), 3);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(house(), empty.path()), 1, "no talks are no proof");
    write(root.path(), "flows/main.yaml", b"flow: [");
    assert_eq!(run(root.path(), &talks), 1);
}

#[test]
fn the_talks_of_the_documents_go_as_written() {
    let document = std::fs::read_to_string(house().join("docs/talks.md")).unwrap();
    let blocks = document.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("yaml talk\n"));
    let mut seen = 0;
    for text in blocks {
        let talk = read("docs/talks.md", text, &SHIPPED.program);
        let talk = talk.unwrap_or_else(|slips| panic!("{:?}\n{text}", slips.iter().map(|slip| slip.words(Locale::En)).collect::<Vec<_>>()));
        let held = hold(&SHIPPED, &talk, &mut Coverage::default());
        assert_eq!(held.failures, [], "{text}");
        seen += 1;
    }
    assert!(seen > 2, "docs/talks.md has {seen} talks");
}

/// A flow that records a message and asks for a mark, laid over the good bundle.
fn with_a_message() -> Bundle {
    let root = tempfile::tempdir().unwrap();
    let mut files = bundle::read(&house().join("tests/flows/good")).unwrap().files;
    files.insert("flows/services/status.yaml".to_owned(), crate::bundle::A_MESSAGE.to_owned());
    files.into_iter().for_each(|(path, text)| write(root.path(), &path, text.as_bytes()));
    bundle::load(root.path()).unwrap()
}

#[test]
fn a_caller_speaks_a_message_and_gives_a_mark() {
    let bundle = with_a_message();
    let held = |steps: &str| {
        let text = format!("talk: t\nlang: ru\nsteps:\n  - robot: …\n  - keys: \"1\"\n  - robot: ask_number\n{steps}");
        let talk = read("t.yaml", &text, &bundle.program);
        let talk = talk.unwrap_or_else(|slips| panic!("{:?}\n{text}", slips.iter().map(|slip| slip.words(Locale::En)).collect::<Vec<_>>()));
        hold(&bundle, &talk, &mut Coverage::default())
    };
    let went = |steps: &str| codes(&held(steps));
    let spoken = "  - speaks: 8s\n  - robot: which\n  - expect: {slots: {voice.message: 1}}\n";
    assert_eq!(went(&format!("{spoken}  - keys: \"4\"\n  - robot: …\n  - keys: \"2\"\nend: answered")), [""; 0]);
    assert_eq!(went(&format!("{spoken}  - keys: \"1\"\n  - robot: shared/human/closed\nend: human")), [""; 0]);
    assert_eq!(
        went(&format!("{spoken}  - silence\n  - robot: [noinput, which]\n  - silence\n  - robot: …\n  - keys: \"2\"\nend: answered")),
        [""; 0]
    );
    assert_eq!(went("  - silence\n  - robot: [not_found …]\n"), [""; 0], "nobody spoke");
    assert_eq!(went("  - speaks: 8s\n  - robot: not_found\n").len(), 1, "somebody did");
    assert_eq!(went("  - interrupts: {after: 1s, hangs_up: yes}\nend: hung_up"), [""; 0]);
}
