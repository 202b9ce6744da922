//! Bundles that load, and bundles that must not: each mistake has its folder in `tests/flows/broken`, laid over the good bundle, and its words in a snapshot.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dauys_core::calendar::Date;
use dauys_core::flow::fault::{Fault, Locale, Severity};
use dauys_core::flow::schema::all;
use dauys_core::flow::{Loaded, Sources, Words, load};

#[test]
fn the_shipped_flows_load_without_a_complaint() {
    let shipped = shipped();
    assert_eq!(plain(&shipped, &compile(&shipped)), "");
    let program = compile(&shipped).program.expect("no fault, so a program");
    assert_eq!(program.flows[usize::from(program.entry.0)].name, "main");
}

#[test]
fn the_good_bundle_loads_without_a_complaint() {
    let good = good();
    assert_eq!(plain(&good, &compile(&good)), "");
}

#[test]
fn the_booking_of_a_seat_loads_without_a_complaint() {
    let booking = booking();
    assert_eq!(plain(&booking, &compile(&booking)), "");
}

#[test]
fn a_bundle_that_says_values_of_every_type_loads_and_names_its_nouns() {
    let mut sources = good();
    sources.files.append(&mut read(&house().join("tests/flows/values")).files);
    let loaded = compile(&sources);
    assert_eq!(plain(&sources, &loaded), "");
    let clips = loaded.program.expect("no fault, so a program").clips;
    let nouns: Vec<String> = clips
        .iter()
        .filter(|clip| clip.name.starts_with("words/"))
        .map(|clip| format!("{} {} {}", clip.lang, clip.name, clip.text))
        .collect();
    assert_eq!(
        nouns,
        [
            "kk words/services/booking/booked.1-3-other өтінім,",
            "ru words/services/booking/booked.1-3-one заявка.",
            "ru words/services/booking/booked.1-3-few заявки.",
            "ru words/services/booking/booked.1-3-many заявок.",
            "ru words/services/booking/moved.1-3-one минуты.",
            "ru words/services/booking/moved.1-3-few минут.",
            "ru words/services/booking/moved.1-3-many минут.",
        ]
    );
}

/// What looks like a mistake and is none: proofs that ask for more would refuse it.
#[test]
fn what_only_looks_like_a_mistake_loads() {
    for folder in folders("tests/flows/sound") {
        let sources = laid_over(&folder);
        assert_eq!(plain(&sources, &compile(&sources)), "", "{}", folder.display());
    }
}

#[test]
fn every_mistake_is_found_and_explained() {
    let mut codes = BTreeSet::new();
    for folder in folders("tests/flows/broken") {
        let sources = laid_over(&folder);
        let loaded = compile(&sources).on(today());
        let only_warnings = loaded.faults.iter().all(|fault| fault.severity() == Severity::Warning);
        assert_eq!(loaded.program.is_some(), only_warnings, "{}", folder.display());
        codes.extend(loaded.faults.iter().map(|fault| fault.kind.code()));
        insta::with_settings!({prepend_module_to_snapshot => false, snapshot_path => "../flows/snapshots", omit_expression => true}, {
            let name = folder.file_name().unwrap().to_str().unwrap();
            insta::assert_snapshot!(name, plain(&sources, &loaded));
            let russian: String = loaded.faults.iter().map(|fault| fault.plain_in(&sources, Locale::Ru)).collect();
            insta::assert_snapshot!(format!("{name}.ru"), russian);
        });
    }
    assert!(codes.len() >= 44, "only {} kinds of fault have an example", codes.len());
}

/// Takes one thing away from the shipped flows, each thing in turn: none may be missed.
#[test]
fn a_shipped_flow_that_loses_a_line_does_not_load() {
    check_losses("flows/services/document_status.yaml", outcome_line, &["E0403"]);
    check_losses("flows/main.yaml", outcome_line, &["E0403"]);
}

#[test]
fn a_shipped_prompt_that_loses_a_language_does_not_load() {
    for file in shipped().files.keys().filter(|path| path.starts_with("prompts/") && !path.ends_with("voice.yaml")) {
        check_edits(file, |line| line.find("ru: \"").map(|at| line.replacen(&line[at..], "}", 1)), &["E0501", "E0103", "E0202"]);
    }
}

#[test]
fn a_shipped_loop_that_loses_its_bound_does_not_load() {
    for file in ["flows/main.yaml", "flows/services/document_status.yaml"] {
        check_edits(file, |line| line.find(", at_most").map(|at| format!("{}}}", &line[..at])), &["E0602"]);
    }
}

#[test]
fn a_shipped_step_that_loses_its_way_in_does_not_load() {
    check_edits(
        "flows/main.yaml",
        |line| line.contains("goto: documents").then(|| line.replace("{goto: documents}", "{end: lost}")),
        &["E0601"],
    );
}

#[test]
fn hostile_yaml_is_refused_within_its_budget() {
    let deep = |c: &str| c.repeat(200_000);
    let bomb = format!("a: &a [x]\nb: &b [*a,*a]\n{}", "c: [*b,*b]\n".repeat(9));
    let cases: &[(&str, String, &str)] = &[
        ("brackets", deep("["), "E0104"),
        ("braces", deep("{"), "E0104"),
        ("dashes", deep("- "), "E0104"),
        ("bomb", bomb, "E0107"),
        ("ten megabytes", "a".repeat(10 << 20), "E0101"),
        ("many values", format!("[{}]", "1,".repeat(100_000)), "E0105"),
        ("a NUL", "flow: ma\0in".to_owned(), "E0109"),
        ("nothing", String::new(), "E0201"),
        ("a tag", "!!binary aGk=".to_owned(), "E0107"),
        ("an alias of nothing", "a: *b".to_owned(), "E0103"),
        ("a name of a megabyte", format!("flow: {}", "x".repeat(1_000_000)), "E0201"),
        ("a quote left open", "flow: \"main".to_owned(), "E0103"),
        ("a complex key", "? [a]\n: b".to_owned(), "E0201"),
    ];
    for (name, text, code) in cases {
        let started = std::time::Instant::now();
        let mut sources = good();
        sources.files.insert("flows/main.yaml".to_owned(), text.clone());
        let loaded = compile(&sources);
        let codes: BTreeSet<_> = loaded.faults.iter().map(|fault| fault.kind.code()).collect();
        assert!(loaded.program.is_none() && codes.contains(code), "{name}: {codes:?}");
        assert!(started.elapsed().as_secs() < 5, "{name}: {:?}", started.elapsed());
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let mut sources = good();
    for text in sources.files.values_mut() {
        *text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    }
    assert_eq!(plain(&sources, &compile(&sources)), "");
}

#[test]
fn a_flow_cut_anywhere_loads_or_says_why_not() {
    let text = good().files["flows/services/status.yaml"].clone();
    for (at, _) in text.char_indices().step_by(7) {
        let mut sources = good();
        sources.files.insert("flows/services/status.yaml".to_owned(), text[..at].to_owned());
        let loaded = compile(&sources);
        let is_error = |fault: &Fault| fault.severity() == Severity::Error;
        assert_eq!(loaded.program.is_none(), loaded.faults.iter().any(is_error), "cut at {at}");
    }
}

#[test]
fn a_fault_tells_machines_and_renderers_the_same() {
    let mut sources = good();
    let main = sources.files["flows/main.yaml"].replace("prompt: hub", "promt: hub");
    sources.files.insert("flows/main.yaml".to_owned(), main);
    let faults = compile(&sources).faults;
    let fault = faults.iter().find(|fault| fault.kind.code() == "E0202").unwrap();
    let json = serde_json::to_value(fault.to_json(&sources, Locale::En)).unwrap();
    let expected = serde_json::json!({"code": "E0202", "severity": "error", "file": "flows/main.yaml", "line": 18, "column": 7,
        "end_line": 18, "end_column": 12, "message": "`promt` is not a key of menu", "help": "did you mean `prompt`?", "labels": [], "lang": "en"});
    assert_eq!(json, expected);
    let drawn = format!("{:?}", miette::Report::new(fault.in_source(&sources, Locale::En)));
    assert!(drawn.contains("promt: hub") && drawn.contains("did you mean"), "{drawn}");
}

#[test]
fn clips_are_named_by_place_and_never_twice() {
    let words = Words { kk: vec![("1".into(), "бір".into())], ru: vec![("1".into(), "один".into())] };
    let program = load(&good(), &words).program.unwrap();
    let names: Vec<_> = program.clips.iter().map(|clip| (clip.lang, clip.name.as_str())).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let prompts: BTreeSet<_> = program.prompts.iter().map(|prompt| &prompt.name).collect();
    assert_eq!(prompts.len(), program.prompts.len(), "a prompt that one flow says twice is one prompt");
    let text = |name: &str| program.clips.iter().filter(|clip| clip.name == name).map(|clip| clip.text.as_str()).collect::<Vec<_>>();
    assert_eq!(text("prompts/main/hub"), ["Таңдаңыз.", "Выберите."]);
    assert_eq!(text("prompts/shared/common/noinput.2"), ["Әлі естімедім.", "Всё ещё не слышу."]);
    assert_eq!(text("prompts/services/status/read_iin.1-2"), ["тердіңіз. Дұрыс па?", ". Верно?"]);
    assert_eq!(text("lexicon/documents/passport"), ["паспорт", "паспорт"]);
    assert_eq!(text("words/1"), ["бір", "один"]);
}

/// Each YAML block of the reference stands for a file of the good bundle, and loads there, in either language of the page. No kind of step is without one.
#[test]
fn the_examples_of_the_reference_load() {
    for page in ["docs/flows.md", "docs/ru/flows.md"] {
        let reference = std::fs::read_to_string(house().join(page)).unwrap();
        let blocks: Vec<_> = reference.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        blocks.iter().for_each(|block| the_example_loads(page, block));
        let kinds = kinds_of_steps();
        let missing: Vec<_> = kinds.iter().filter(|kind| !blocks.iter().any(|block| block.contains(&format!("- {kind}:")))).collect();
        assert!(missing.is_empty() && kinds.contains("say"), "{page}: no example of {missing:?}");
    }
}

fn the_example_loads(page: &str, block: &str) {
    let (mut sources, file, text) = match block.split_once(':').unwrap().0 {
        "steps" => {
            (booking(), "flows/services/status.yaml", format!("flow: services/status\ntitle: {{kk: \"Мысал\", ru: \"Пример\"}}\n{block}"))
        }
        "until" => (booking(), "flows/calendar.yaml", block.to_owned()),
        "document_status" => (good(), "flows/contracts.yaml", block.to_owned()),
        "flow" => (shipped(), "flows/services/questions.yaml", block.to_owned()),
        "topic" => (good(), "flows/topics/flood_aid.yaml", block.to_owned()),
        "concepts" => (good(), "flows/concepts.yaml", block.to_owned()),
        "documents" => (good(), "flows/lexicon.yaml", block.to_owned()),
        other => panic!("{page}: an example that begins with `{other}`: say here which file it is"),
    };
    sources.files.insert(file.to_owned(), text);
    let loaded = compile(&sources);
    assert!(loaded.program.is_some(), "{page}: {}\n{block}", plain(&sources, &loaded));
}

/// As the schema has them, which is derived from what the reader knows.
fn kinds_of_steps() -> BTreeSet<String> {
    let schema = all().into_iter().find(|schema| schema.file == "flow.schema.json").unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema.text).unwrap();
    let kinds = &schema["definitions"]["flow"]["properties"]["steps"]["items"]["properties"];
    kinds.as_object().unwrap().keys().cloned().collect()
}

fn outcome_line(line: &str) -> bool {
    line.starts_with("        ") && line.contains(": {") && !line.contains("- {")
}

fn check_losses(file: &str, is_lost: impl Fn(&str) -> bool, codes: &[&str]) {
    check_edits(file, |line| is_lost(line).then(String::new), codes);
}

/// Edits each line that `edit` would, one at a time, and expects one of the codes each time.
fn check_edits(file: &str, edit: impl Fn(&str) -> Option<String>, codes: &[&str]) {
    let shipped = shipped();
    let lines: Vec<_> = shipped.files[file].lines().collect();
    for (nth, line) in lines.iter().enumerate() {
        let Some(edited) = edit(line) else { continue };
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        lines[nth] = edited;
        let mut sources = shipped.clone();
        sources.files.insert(file.to_owned(), lines.join("\n"));
        let loaded = compile(&sources);
        let found = loaded.faults.iter().any(|fault: &Fault| codes.contains(&fault.kind.code()));
        assert!(found && loaded.program.is_none(), "{file}:{}: {}\n{}", nth + 1, lines[nth], plain(&sources, &loaded));
    }
}

/// The day on which facts are judged here.
pub(super) fn today() -> Date {
    Date::parse("2026-11-23").expect("a day")
}

pub(super) fn compile(sources: &Sources) -> Loaded {
    load(sources, &Words::default())
}

fn plain(sources: &Sources, loaded: &Loaded) -> String {
    loaded.faults.iter().map(|fault| fault.to_plain(sources)).collect()
}

pub(super) fn good() -> Sources {
    read(&house().join("tests/flows/good"))
}

/// The good bundle with a booking: every kind of step that a bundle needs more for.
pub(super) fn booking() -> Sources {
    let mut sources = good();
    sources.files.append(&mut read(&house().join("tests/flows/good_booking")).files);
    sources
}

pub(super) fn shipped() -> Sources {
    let mut sources = read(&house().join("flows"));
    let prompts = read(&house().join("prompts"));
    sources.files = sources.files.into_iter().map(|(path, text)| (format!("flows/{path}"), text)).collect();
    sources.files.extend(prompts.files.into_iter().map(|(path, text)| (format!("prompts/{path}"), text)));
    sources
}

pub(super) fn house() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder's own files over the good bundle, or over the booking.
fn laid_over(folder: &Path) -> Sources {
    let mut own = read(folder).files;
    let mut sources = if own.remove("over_booking.txt").is_some() { booking() } else { good() };
    sources.files.append(&mut own);
    if let Some(removed) = sources.files.remove("removed.txt") {
        sources.files.remove(removed.trim());
    }
    sources
}

fn folders(below: &str) -> Vec<PathBuf> {
    let mut folders: Vec<_> = std::fs::read_dir(house().join(below)).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

pub(super) fn read(root: &Path) -> Sources {
    let mut sources = Sources::default();
    gather(root, root, &mut sources);
    sources
}

fn gather(root: &Path, folder: &Path, sources: &mut Sources) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, sources);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            sources.files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}
