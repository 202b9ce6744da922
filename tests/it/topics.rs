//! The shipped topics, each broken by one edit at a time: the seventh proof and what stands around it.

use dauys_core::calendar::Date;
use dauys_core::flow::coverage::Coverage;
use dauys_core::flow::fault::{Fault, Locale, Severity};
use dauys_core::flow::{Loaded, Sources};

use crate::bundle::write;
use crate::flows::{compile, shipped, today};

/// What an edit makes of a file, where it applies.
type Edit = fn(&str) -> Option<String>;

/// What is typed wrong, and the fault that it must give in that file.
const EDITS: &[(&str, Edit, &str)] = &[
    ("a source is dropped", |text| without_line(text, "    source: "), "E0611"),
    ("the facts are dropped", |text| text.contains("\nanswer:").then(|| text.split("facts:\n").next().unwrap().to_owned()), "E0611"),
    ("a fact ages by three years", |text| aged(text, -3), "E0614"),
    ("a fact ages by a year and a half", |text| aged(text, -1).map(|text| text.replacen("-11-23", "-05-23", 1)), "W0722"),
    ("a fact has expired", |text| ends(text, "2026-11-22"), "E0613"),
    ("a fact expires soon", |text| ends(text, "2026-12-22"), "W0721"),
    ("a fact is to be verified", |text| Some(format!("{text}    verify: yes\n")).filter(|_| !text.ends_with("verify: yes\n")), "W0723"),
    ("a fee is spoken in Russian", |text| said(text, "ru", "Пошлина восемь МРП."), "E0612"),
    ("a fee is spoken in Kazakh", |text| said(text, "kk", "Баж жеті мың теңге."), "E0612"),
    ("the Kazakh answer is dropped", |text| without_line(text, "  kk: "), "E0501"),
    ("the Russian answer is dropped", |text| without_line(text, "  ru: "), "E0501"),
    ("a document is dropped in Kazakh", |text| after(text, "documents:\n  kk:\n", 3), "E0509"),
    ("the topic is misspelled", |text| Some(text.replacen("topic: ", "topic: x_", 1)), "E0308"),
    ("a neighbour is misspelled", |text| text.contains("near: [").then(|| text.replacen("near: [", "near: [x_", 1)), "E0305"),
    ("a key is misspelled", |text| Some(text.replacen("\nphrases:", "\nphrase:", 1)), "E0202"),
    ("the answer is misspelled", |text| text.contains("\nanswer:").then(|| text.replacen("\nanswer:", "\nanwser:", 1)), "E0309"),
    ("a letter is Latin", |text| said(text, "ru", "Пpиходите."), "E0505"),
];

/// So many files each edit is tried on: not the same for any two.
const FILES_EACH: usize = 3;

#[test]
fn every_edit_of_a_shipped_topic_is_refused_for_its_reason() {
    let shipped = shipped();
    let files: Vec<&String> = shipped.files.keys().filter(|path| path.starts_with("flows/topics/")).collect();
    assert!(files.len() >= 60, "{}", files.len());
    for (nth, (what, edit, code)) in EDITS.iter().enumerate() {
        let mut tried = 0;
        for (file, edited) in
            files.iter().cycle().skip(nth).take(files.len()).filter_map(|file| Some((*file, edit(&shipped.files[*file])?))).take(FILES_EACH)
        {
            tried += 1;
            let loaded = with(&shipped, file, edited);
            let faults: Vec<&Fault> =
                loaded.faults.iter().filter(|fault| *fault.span.file == **file && fault.kind.code() == *code).collect();
            assert!(!faults.is_empty(), "{what}, {file}: {:?}", loaded.faults);
            let refused = faults.iter().any(|fault| fault.severity() == Severity::Error);
            assert_eq!(loaded.program.is_none(), refused, "{what}, {file}");
        }
        assert_eq!(tried, FILES_EACH, "{what} applies nowhere");
    }
}

/// A robot that was started yesterday starts today: only who asks by the day is refused.
#[test]
fn a_bundle_whose_facts_have_expired_loads_and_is_not_published() {
    let shipped = shipped();
    let far = Date::parse("2031-01-01").unwrap();
    assert!(compile(&shipped).program.is_some());
    let judged = compile(&shipped).on(far);
    assert!(judged.program.is_none() && judged.faults.iter().any(|fault| fault.kind.code() == "E0614"));
}

#[test]
fn every_shipped_topic_can_be_asked_for_in_both_languages_and_is_answered() {
    let program = compile(&shipped()).program.expect("no fault, so a program");
    assert_eq!(program.topics.len(), 60);
    for (at, topic) in program.topics.iter().enumerate() {
        let of = |lang| topic.phrases.iter().filter(|phrase| phrase.lang == lang).count();
        let [kk, ru, mixed] = [Some(dauys_core::lang::Lang::Kk), Some(dauys_core::lang::Lang::Ru), None].map(of);
        assert!(kk >= 4 && ru >= 4 && mixed >= 2, "{}: {kk} {ru} {mixed}", topic.id);
        let sees_to = |flow: &&dauys_core::flow::graph::Flow| flow.intents.iter().any(|intent| usize::from(intent.0) == at);
        assert!(topic.answer.is_some() || program.flows.iter().find(sees_to).is_some(), "{}", topic.id);
    }
}

/// What only a message says has no clip, and what is said of topics has one in each language.
#[test]
fn messages_have_no_clips_and_answers_have_them() {
    let program = compile(&shipped()).program.expect("no fault, so a program");
    let names: Vec<&str> = program.clips.iter().map(|clip| clip.name.as_str()).collect();
    assert!(!names.iter().any(|name| name.starts_with("prompts/shared/topic/message")), "{names:?}");
    assert_eq!(names.iter().filter(|name| **name == "topics/eds_get/answer").count(), 2);
    assert_eq!(names.iter().filter(|name| name.starts_with("topics/") && name.ends_with("/title")).count(), 120);
}

fn with(sources: &Sources, file: &str, text: String) -> Loaded {
    let mut sources = sources.clone();
    sources.files.insert(file.to_owned(), text);
    compile(&sources).on(today())
}

/// Without the first line that begins so, after the answer or the facts.
fn without_line(text: &str, start: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(start) && line.len() > start.len())?;
    Some(text.replacen(&format!("{line}\n"), "", 1))
}

/// Without the first line after `head`; the list must keep others.
fn after(text: &str, head: &str, least: usize) -> Option<String> {
    let (before, rest) = text.split_once(head)?;
    let rows = rest.lines().take_while(|line| line.starts_with("    - ")).count();
    (rows >= least).then(|| format!("{before}{head}{}", rest.split_once('\n').map_or("", |(_, rest)| rest)))
}

/// The first fact compared so many years before 2026.
fn aged(text: &str, years: i32) -> Option<String> {
    let (before, rest) = text.split_once("    date: ")?;
    Some(format!("{before}    date: {}-11-23{}", 2026 + years, rest.get(10..)?))
}

/// The first fact, as long as it holds.
fn ends(text: &str, until: &str) -> Option<String> {
    Some(text.replacen("    date: ", &format!("    valid_until: {until}\n    date: "), 1))
}

/// A sentence before the answer of a language.
fn said(text: &str, lang: &str, sentence: &str) -> Option<String> {
    let (before, answer) = text.split_once("\nanswer:\n")?;
    Some(format!("{before}\nanswer:\n{}", answer.replacen(&format!("  {lang}: \""), &format!("  {lang}: \"{sentence} "), 1)))
}

/// A route gives the topic that a flow takes, and so does a call that names one; a call that gives none leaves it empty.
#[test]
fn what_a_flow_takes_is_surely_filled_where_all_who_enter_it_give_it() {
    for (with, faults) in [(", with: {topic: passport_adult}", 0), ("", 2)] {
        let mut sources = shipped();
        let call = format!("flow: shared/topic{with}}}");
        let main = sources.files["flows/main.yaml"].replace("flow: services/document_status}", &call);
        assert!(main.contains(&call));
        sources.files.insert("flows/main.yaml".to_owned(), main);
        let loaded = compile(&sources);
        let empty = loaded.faults.iter().filter(|fault| fault.kind.code() == "E0604" && *fault.span.file == *"flows/shared/topic.yaml");
        assert_eq!(empty.count(), faults, "{with}: {:?}", loaded.faults);
    }
}

/// What the flow that answers any topic does, where the main menu leads to it with one.
#[test]
fn a_topic_is_answered_and_its_neighbours_are_offered_by_title() {
    let talk = r#"talk: t
lang: ru
steps:
  - robot: greeting …
  - caller: готов ли документ
  - robot: "Для оформления паспорта нужно лично прийти в центр обслуживания населения. Возьмите …"
  - branches:
      - name: близкие темы
        steps:
          - caller: похожие темы
          - robot: "Выберите тему. Паспорт на ребёнка: нажмите один. Проверка запрета на выезд из страны: нажмите два. …"
          - caller: паспорт на ребёнка
          - robot: "Паспорт ребёнку оформляют в центре обслуживания населения, …"
          - keys: "2"
          - robot: "Паспорт ребёнку оформляют в центре обслуживания населения, …"
          - keys: "4"
          - robot: anything_else …
      - name: документы, которые некому послать
        errands: {sms: unavailable}
        steps:
          - caller: список документов
          - robot: "Извините, сейчас отправить SMS не получается. …"
      - name: оператор
        steps:
          - keys: "0"
          - robot: shared/human/connecting
        end: human
"#;
    let mut sources = shipped();
    let main =
        sources.files["flows/main.yaml"].replace("flow: services/document_status}", "flow: shared/topic, with: {topic: passport_adult}}");
    assert_ne!(main, sources.files["flows/main.yaml"]);
    sources.files.insert("flows/main.yaml".to_owned(), main);
    let root = tempfile::tempdir().unwrap();
    for (path, text) in &sources.files {
        write(root.path(), path, text.as_bytes());
    }
    let bundle = dauys::bundle::load(root.path()).unwrap();
    let talk = dauys::talk::read("t.yaml", talk, &bundle.program)
        .unwrap_or_else(|slips| panic!("{:?}", slips.iter().map(|slip| slip.words(Locale::En)).collect::<Vec<_>>()));
    let held = dauys::talk::hold(&bundle, &talk, &mut Coverage::default());
    assert!(held.failures.is_empty(), "{:#?}", held.failures);
}
