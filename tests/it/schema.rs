//! Schemas: derived from what the reader reads, judged by a reading that is not ours (`python3-jsonschema`).

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use dauys::cli::schema::all;
use dauys::cli::{Exit, schema};
use dauys::config::Config;
use dauys_core::flow::fault::{Code, Severity};
use dauys_core::flow::{Sources, Words, load};
use serde_json::{Value, json};

use crate::bundle::{house, write};

#[test]
fn the_committed_schemas_are_the_derived_ones() {
    let args = |root: &Path, write| schema::Args { root: root.to_owned(), write, check: false };
    assert_eq!(schema::run(&args(house(), false)), Exit::Ok, "run `dauys schema --write`");
    let root = tempfile::tempdir().unwrap();
    assert_eq!(schema::run(&args(root.path(), false)), Exit::Failed);
    assert_eq!(schema::run(&args(root.path(), true)), Exit::Ok);
    assert_eq!(schema::run(&args(root.path(), false)), Exit::Ok);
    write(root.path(), "schemas/flow.schema.json", b"{}");
    assert_eq!(schema::run(&args(root.path(), false)), Exit::Failed);
}

#[test]
fn every_file_of_the_house_names_its_schema_and_fits_it() {
    let mut cases = Vec::new();
    for (path, text) in dauys::bundle::read(house()).unwrap().files {
        let up = "../".repeat(path.matches('/').count());
        let header = format!("# yaml-language-server: $schema={up}schemas/{}\n", schema_of(&path));
        assert!(text.starts_with(&header), "{path}: expected {header}");
        cases.push((path.clone(), json_of(&text)));
    }
    for root in ["tests/flows/good", "tests/flows/good_booking", "tests/flows/values"] {
        cases.extend(dauys::bundle::read(&house().join(root)).unwrap().files.into_iter().map(|(path, text)| (path, json_of(&text))));
    }
    let wrong: Vec<_> = judged(&cases).into_iter().zip(&cases).filter(|(fits, _)| !fits).map(|(_, (path, _))| path).collect();
    assert!(cases.len() > 12 && wrong.is_empty(), "{wrong:?}");
}

/// Talks and the configuration stand outside of the bundle.
fn others() -> Vec<(String, String)> {
    let talks = std::fs::read_dir(house().join("tests/talks"))
        .unwrap()
        .map(|entry| format!("tests/talks/{}", entry.unwrap().file_name().display()));
    let read = |path: String| (path.clone(), std::fs::read_to_string(house().join(path)).unwrap());
    talks.chain(["dauys.yaml".to_owned()]).map(read).collect()
}

#[test]
fn every_talk_and_the_configuration_name_their_schema_and_fit_it() {
    let cases: Vec<_> = others().into_iter().collect();
    for (path, text) in &cases {
        let up = "../".repeat(path.matches('/').count());
        let header = format!("# yaml-language-server: $schema={up}schemas/{}\n", schema_of(path));
        assert!(text.starts_with(&header), "{path}: expected {header}");
    }
    let cases: Vec<_> = cases.into_iter().map(|(path, text)| (path, json_of(&text))).collect();
    let wrong: Vec<_> = judged(&cases).into_iter().zip(&cases).filter(|(fits, _)| !fits).map(|(_, (path, _))| path).collect();
    assert!(cases.len() > 15 && wrong.is_empty(), "{wrong:?}");
}

/// A talk with every key that there is.
const TALK: &str = r#"
talk: t
called: "1414"
start: 2026-11-24T10:15
lang: none
caller: mobile
services: {document_status: [not_found, {ready: {document: passport, branch: astana_esil}, after: 1.5s}, {not_found: {}, after: 3s}]}
steps:
  - robot: [greeting, choose_language]
  - wait: 300ms
  - interrupts: {after: 2s, caller: да}
  - interrupts: {after: 2s, hangs_up: yes}
  - keys: "2"
  - keys: 1
  - caller: [{text: готов ли документ, confidence: 900}]
  - caller: {text: да}
  - expect: {step: hub, lang: ru, slots: {iin: none}, service: document_status, asked: {application: "002512345678"}, command: help, remembers: ru}
  - silence
  - branches:
      - {name: a, services: {document_status: unavailable}, steps: [hangs_up], end: hung_up}
      - {name: b, steps: [{hangs_up: yes}]}
end: hung_up
"#;

/// A configuration with every key that there is.
const CONFIG: &str = r#"
sip:
  listen: "127.0.0.1:5060"
  advertised: 203.0.113.5
  advertised_media: 203.0.113.5
  numbers: ["1414", "109"]
  trunks: [10.1.0.0/16, {address: 10.1.2.3, trusted: true}]
  codecs: [pcma, opus]
  registrations: [{registrar: "sip:trunk.example.kz", user: robot, auth_user: r, password: secret, number: "1414", expires_s: 60}]
  calls_max: 10
  retry_after_s: 0
  t1_ms: 500
  source_requests_per_s: 500
  tcp_connections_max: 1024
  tcp_connections_per_source_max: 256
  tcp_idle_s: 900
  session_expires_s: 1800
  min_se_s: 90
media: {ports: 20000-29999, threads: 1, realtime: true, media_timeout_s: 30}
flows: {source: draft}
recording: {enabled: false, disk_free_min_mb: 0}
recognition: {model: m, threads: 2, deadline_ms: 500}
records: {keep_days: 0, sealed_keep_days: 0}
services:
  other: demo
  document_status:
    http:
      method: POST
      url: https://gateway.example.kz/status
      plain_http: false
      headers: {Accept: application/json}
      body: {json: "{}"}
      token_file: token
      ca_file: ca.pem
      cert_file: cert.pem
      key_file: key.pem
      connect_ms: 1000
      attempt_ms: 3000
      total_ms: 6000
      retries: 1
      idempotency_header: Idempotency-Key
      breaker: {failures: 5, open_s: 30}
      tables: {documents: {"01": passport}}
      answers:
        - {when: {status: 200, pointer: /status, equals: READY}, outcome: ready, fields: {a: {pointer: /a, table: documents}, b: {value: x}}}
        - {when: {xpath: /a}, outcome: list, fields: {items: {xpath: /a, items: {b: {pointer: /b}}}}}
        - {outcome: done}
disclosure: {bookings: number}
console: {listen: "off"}
data: data
root: .
log: info
drain_s: 30
"#;

/// Every key of a talk and of a configuration, misspelt and left out, and every value replaced by others.
#[test]
fn the_schemas_of_talks_and_of_the_configuration_see_what_is_misspelt_and_never_more_than_the_reader() {
    let program = dauys::bundle::load(house()).unwrap().program;
    let is_talk = |text: &str| dauys::talk::read("t.yaml", text, &program).is_ok();
    let is_config = |text: &str| Config::parse("dauys.yaml", text).is_ok();
    type File<'f> = (&'f str, &'f str, &'f dyn Fn(&str) -> bool, usize);
    let files: [File<'_>; 2] = [("tests/talks/t.yaml", TALK, &is_talk, 40), ("dauys.yaml", CONFIG, &is_config, 45)];
    for (path, text, reads, least) in files {
        let whole = json_of(text);
        assert!(reads(text), "{path} is sound");
        let misspelt: Vec<_> = spoilt(&whole).into_iter().map(|case| (path.to_owned(), case)).collect();
        let others: Vec<_> = replaced(&whole).into_iter().map(|case| (path.to_owned(), case)).collect();
        assert_eq!(judged(&[(path.to_owned(), whole)]), [true]);
        let mut refused = 0;
        for (fits, (_, case)) in judged(&misspelt).into_iter().zip(&misspelt).chain(judged(&others).into_iter().zip(&others)) {
            let is_right = reads(&case.to_string());
            assert!(fits || !is_right, "{path}: only the schema refuses {case}");
            assert!(!fits || is_right || !is_misspelt(case, &json_of(text)), "{path}: the schema lets pass {case}");
            refused += usize::from(!fits);
        }
        assert!(refused > least, "{path}: {refused} refused");
    }
}

/// Whether a key of it ends in the letter that [`spoilt`] adds; the author's own names may.
fn is_misspelt(case: &Value, whole: &Value) -> bool {
    match (case, whole) {
        (Value::Object(case), Value::Object(whole)) => case.iter().any(|(key, value)| match whole.get(key) {
            Some(was) => is_misspelt(value, was) && key != "services" && key != "slots" && key != "asked",
            None => true,
        }),
        (Value::Array(case), Value::Array(whole)) => case.iter().zip(whole).any(|(case, whole)| is_misspelt(case, whole)),
        _ => false,
    }
}

/// The document with each of its single values replaced by others.
fn replaced(document: &Value) -> Vec<Value> {
    match document {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| {
                replaced(value).into_iter().map(|other| {
                    let mut map = map.clone();
                    map.insert(key.clone(), other);
                    Value::Object(map)
                })
            })
            .collect(),
        Value::Array(items) => (0..items.len())
            .flat_map(|nth| {
                replaced(&items[nth]).into_iter().map(move |other| {
                    let mut items = items.clone();
                    items[nth] = other;
                    Value::Array(items)
                })
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            vec![json!("zz"), json!(7), json!(-1), json!(true), json!(["zz"]), json!({"zz": "zz"})]
        }
    }
}

/// Every key of the good bundle, misspelt and left out in turn. The reader sees more than a schema; what a schema refuses, the reader must refuse.
#[test]
fn a_schema_sees_what_is_misspelt_and_never_more_than_the_reader() {
    let good = booking();
    let mut cases = Vec::new();
    for (path, text) in &good.files {
        cases.extend(spoilt(&json_of(text)).into_iter().map(|spoilt| (path.clone(), spoilt)));
    }
    assert!(cases.len() > 300, "{} ways to spoil", cases.len());
    let mut refused = 0;
    for (fits, (path, spoilt)) in judged(&cases).into_iter().zip(&cases) {
        let mut sources = good.clone();
        sources.files.insert(path.clone(), spoilt.to_string()); // JSON is YAML
        let (is_wrong, is_misspelt) = read(&sources, path);
        assert!(fits || is_wrong, "{path}: only the schema refuses {spoilt}");
        assert!(!fits || !is_misspelt, "{path}: the schema lets pass {spoilt}");
        refused += usize::from(!fits);
    }
    assert!(refused > 150, "{refused} of {}", cases.len());
}

#[test]
fn the_broken_flows_with_a_misspelt_key_are_refused() {
    for (folder, path) in [
        ("misspelled_key", "flows/main.yaml"),
        ("misspelled_step", "flows/main.yaml"),
        ("robot_in_another_flow", "flows/shared/human.yaml"),
        ("list_where_a_map_belongs", ""),
        ("weekday_of_a_desk_misspelled", "flows/calendar.yaml"),
    ] {
        let root = house().join("tests/flows/broken").join(folder);
        let files = dauys::bundle::read(&root).unwrap().files;
        let cases: Vec<_> = files.into_iter().map(|(path, text)| (path, json_of(&text))).collect();
        assert!(judged(&cases).contains(&false), "{folder} {path}");
    }
}

/// The good bundle with the one that books over it: between them they have every kind of step.
fn booking() -> Sources {
    let [mut good, mut booking] =
        ["good", "good_booking"].map(|name| dauys::bundle::read(&house().join("tests/flows").join(name)).unwrap());
    good.files.append(&mut booking.files);
    good
}

/// Whether the reader finds an error in the file, and whether it is a misspelt key or step.
fn read(sources: &Sources, path: &str) -> (bool, bool) {
    let faults = load(sources, &Words::default()).faults;
    let errors: Vec<_> = faults.iter().filter(|fault| fault.severity() == Severity::Error).collect();
    let misspelt = [Code::UnknownKey, Code::UnknownStepKind].map(Code::text);
    (!errors.is_empty(), errors.iter().any(|fault| &*fault.span.file == path && misspelt.contains(&fault.kind.code())))
}

/// The document with each of its keys misspelt, and without it.
fn spoilt(document: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match document {
        Value::Object(map) => {
            for (key, value) in map {
                let mut without = map.clone();
                without.remove(key);
                let mut misspelt = without.clone();
                misspelt.insert(format!("{key}x"), value.clone());
                found.extend([Value::Object(without), Value::Object(misspelt)]);
                for inner in spoilt(value) {
                    let mut map = map.clone();
                    map.insert(key.clone(), inner);
                    found.push(Value::Object(map));
                }
            }
        }
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                for inner in spoilt(item) {
                    let mut items = items.clone();
                    items[nth] = inner;
                    found.push(Value::Array(items));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    found
}

/// YAML 1.2, as editors read it: `off` and `yes` are words.
fn json_of(text: &str) -> Value {
    serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true }).unwrap()
}

fn schema_of(path: &str) -> &'static str {
    match path {
        "flows/main.yaml" => "main.schema.json",
        "flows/lexicon.yaml" => "lexicon.schema.json",
        "flows/calendar.yaml" => "calendar.schema.json",
        "flows/concepts.yaml" => "concepts.schema.json",
        "flows/contracts.yaml" => "contracts.schema.json",
        "dauys.yaml" => "dauys.schema.json",
        _ if path.starts_with("tests/talks/") => "talk.schema.json",
        _ if path.starts_with("flows/topics/") => "topic.schema.json",
        _ if path.starts_with("prompts/") => "prompts.schema.json",
        _ => "flow.schema.json",
    }
}

const JUDGE: &str = r#"
import json, sys
from jsonschema import Draft7Validator
task = json.load(sys.stdin)
validators = {}
for name, schema in task["schemas"].items():
    Draft7Validator.check_schema(schema)
    validators[name] = Draft7Validator(schema)
print(json.dumps([validators[name].is_valid(document) for name, document in task["cases"]]))
"#;

/// Whether each document fits the schema of its path.
fn judged(cases: &[(String, Value)]) -> Vec<bool> {
    let schemas: serde_json::Map<_, _> =
        all().into_iter().map(|schema| (schema.file.to_owned(), serde_json::from_str(&schema.text).unwrap())).collect();
    let cases: Vec<_> = cases.iter().map(|(path, document)| json!([schema_of(path), document])).collect();
    let mut judge =
        Command::new(python()).args(["-c", JUDGE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 runs: ./setup");
    let task = json!({"schemas": schemas, "cases": cases}).to_string();
    judge.stdin.take().unwrap().write_all(task.as_bytes()).unwrap();
    serde_json::from_slice(&judge.wait_with_output().unwrap().stdout).expect("the judge answers: ./setup installs python3-jsonschema")
}

/// The first Python that knows the judge: another may stand before Debian's in PATH.
fn python() -> &'static str {
    let knows = |program: &&str| {
        Command::new(program).args(["-c", "import jsonschema"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    ["python3", "/usr/bin/python3"].into_iter().find(knows).expect("python3-jsonschema: ./setup installs it")
}
