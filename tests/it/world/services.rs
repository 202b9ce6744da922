//! A call whose service is a server over HTTP, and `dauys services`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use dauys::config::Database;
use dauys_core::call::log::{self, Line};
use dauys_core::call::{Action, Input, Output};
use dauys_core::interpreter::Answer;

use super::log::{dauys, only_log};
use super::{Folder, Process, Robot, STARTS};
use crate::database::Place;

const IIN: &str = "850412100429";

/// Asks for Russian, for the status of a document, by IIN.
const KEYS: &str = "w1,2,w3,1,w3,850412100429,w1,1,w1,1,w4,2";

/// A server that answers each connection alike, and what it was sent. It ends with the test's process.
fn server(status: u16, body: &'static str) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = vec![0; 64 * 1024];
            let mut length = 0;
            while !String::from_utf8_lossy(&bytes[..length]).ends_with('}') {
                length += stream.read(&mut bytes[length..]).unwrap();
            }
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).unwrap();
            let _ = tell.send(String::from_utf8_lossy(&bytes[..length]).into_owned()); // the test may be over
        }
    });
    (port, told)
}

fn configuration(port: u16) -> String {
    let fields = "document: {pointer: /code, table: documents}";
    let rule = |name: &str, fields: &str| {
        format!("        - {{when: {{pointer: /status, equals: {name}}}, outcome: {name}, fields: {{{fields}}}}}\n")
    };
    let rules: String = ["in_progress", "needs_action", "rejected"].map(|name| rule(name, fields)).concat();
    let rules = rules + &["ready", "issued"].map(|name| rule(name, &format!("{fields}, branch: {{value: astana_esil}}"))).concat();
    format!(
        "recording: {{disk_free_min_mb: 1}}
services:
  document_status:
    http:
      method: POST
      url: http://127.0.0.1:{port}/status
      plain_http: true
      body: {{json: '{{\"iin\": \"{{{{iin}}}}\"}}'}}
      tables: {{documents: {{\"02\": passport}}}}
      answers:
        - {{when: {{status: 404}}, outcome: not_found}}
{rules}"
    )
}

#[test]
fn a_caller_hears_what_a_server_answers() {
    let (port, told) = server(200, r#"{"status": "in_progress", "code": "02"}"#);
    let robot = Robot::configured(&configuration(port));
    let out = Folder::new();
    let call = dauys(&["call", &robot.uri(), "--keys", KEYS, "--longest-s", "120", "--out", out.path().to_str().unwrap()]);
    assert!(call.0, "{}", call.1);
    let sent = told.recv_timeout(STARTS).unwrap();
    assert!(sent.ends_with(&format!("\r\n\r\n{{\"iin\":\"{IIN}\"}}")), "{sent}");
    assert_eq!(robot.metric("dauys_service_requests_total"), 1.0);
    assert_eq!(robot.metric_of("dauys_service_breaker", "service", "document_status"), 0.0);
    robot.terminate();
    let ended = robot.ended();
    assert!(ended.status.success() && !ended.log.contains(IIN), "{}", ended.log);
    let text = std::fs::read_to_string(only_log(ended.data.path())).unwrap();
    let lines = log::read(&text).unwrap().lines;
    let asked = |line: &Line| matches!(line, Line::Out { output: Output::Action(Action::Lookup { .. }), .. });
    let answered = |line: &Line| match line {
        Line::In { input: Input::Reply { answer: Answer::Outcome { outcome, fields }, .. }, .. } => {
            outcome == "in_progress" && fields.len() == 1
        }
        _ => false,
    };
    assert!(lines.iter().any(asked) && lines.iter().any(answered), "{text}");
}

#[test]
fn a_robot_does_not_start_on_a_service_that_cannot_keep_its_contract() {
    let data = Folder::new();
    std::fs::write(data.path().join("c.yaml"), configuration(1).replace("outcome: ready", "outcome: redy")).unwrap();
    let root = env!("CARGO_MANIFEST_DIR");
    for command in [&["serve", "--sip", "127.0.0.1:0", "--console", "off"][..], &["services", "try", "document_status"]] {
        let mut dauys = Command::new(env!("CARGO_BIN_EXE_dauys"));
        dauys.args(command).args(["--root", root, "--config", "c.yaml", "--data", "."]).current_dir(data.path());
        let mut process = Process::start(dauys.stderr(Stdio::piped()));
        let mut stderr = process.0.stderr.take().unwrap();
        let ended = process.ended(STARTS);
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(ended.code(), Some(2), "{said}");
        assert!(said.contains("the contract has no outcome `redy`: expected") && said.contains("c.yaml:15"), "{said}");
    }
    let checked = Command::new(env!("CARGO_BIN_EXE_dauys"))
        .args(["check", "--root", root, "--format", "json", "--config"])
        .arg(data.path().join("c.yaml"))
        .output()
        .unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert!(said.contains(r#""code":"E0011""#) && said.contains("`redy`") && said.contains(r#""ok":false"#), "{said}");
}

#[test]
fn a_service_is_listed_and_tried() {
    let data = Folder::new();
    let (port, _told) = server(200, r#"{"status": "ready", "code": "02"}"#);
    let config = data.path().join("c.yaml");
    std::fs::write(&config, configuration(port)).unwrap();
    let (root, config, data) = (env!("CARGO_MANIFEST_DIR"), config.to_str().unwrap(), data.path().to_str().unwrap());
    let ask = |words: &[&str]| dauys(&[&["services"], words, &["--root", root, "--config", config, "--data", data]].concat());

    let (ok, listed) = ask(&["list"]);
    assert!(ok && listed.contains(&format!("POST http://127.0.0.1:{port}/status")), "{listed}");

    let (ok, tried) = ask(&["try", "document_status", &format!("iin={IIN}")]);
    for line in [
        "{\"iin\":\"********0429\"}",
        "status 200, 33 bytes: answer 5 takes it as ready",
        "ready",
        "  document: passport",
        "  branch: astana_esil",
    ] {
        assert!(ok && tried.lines().any(|found| found == line), "{line}: {tried}");
    }
    assert!(!tried.contains(IIN), "{tried}");

    let (ok, tried) = ask(&["try", "document_status", &format!("iin={IIN}"), "--format", "json"]);
    let tried: serde_json::Value = serde_json::from_str(&tried).unwrap();
    assert!(ok && tried["outcome"] == "ready" && tried["fields"]["document"] == "passport", "{tried}");

    for (words, why) in [
        (&["try", "documents"][..], "has no service `documents`"),
        (&["try", "document_status", "iin=12"], "`iin` is not what the contract calls for"),
        (&["try", "document_status", "name=x"], "is asked with no `name`"),
    ] {
        let (ok, said) = ask(words);
        assert!(!ok && said.contains(why), "{said}");
    }
}

#[test]
fn the_demo_is_asked_where_nothing_else_is_written() {
    let data = Folder::new();
    std::fs::write(data.path().join("c.yaml"), "").unwrap();
    let config = data.path().join("c.yaml");
    let place = ["--root", env!("CARGO_MANIFEST_DIR"), "--config", config.to_str().unwrap(), "--data", data.path().to_str().unwrap()];
    let (ok, tried) = dauys(&[&["services", "try", "document_status", "iin=990101100010"][..], &place].concat());
    assert!(ok && tried.starts_with("asked the demo\nready\n"), "{tried}");
    let (ok, tried) = dauys(&[&["services", "try", "booking_branches", "city=astana", "service=passport"][..], &place].concat());
    assert!(ok && tried.ends_with("found\n  items: {branch: astana_esil} {branch: astana_almaty}\n"), "{tried}");
    let order = ["services", "try", "certificate_order", "certificate=narcology", "iin=850412100429"];
    assert!(!dauys(&[&order[..], &place].concat()).0, "nothing is changed by the way");
    let (ok, tried) = dauys(&[&order[..], &["--submit"], &place].concat());
    assert!(ok && tried == "asked the demo\nordered\n", "{tried}");
    let (ok, listed) = dauys(&[&["services", "list"][..], &place].concat());
    assert!(ok && listed.lines().any(|line| line.starts_with("document_status") && line.ends_with("lookup  demo")), "{listed}");
    assert!(listed.lines().count() > 12 && listed.lines().all(|line| line.ends_with("demo")), "{listed}");
}

#[test]
fn a_caller_whose_number_nobody_vouches_for_is_asked_for_the_number_of_the_booking() {
    let (robot, out) = (Robot::start(), Folder::new());
    let keys = format!("w1,2,w3,3,w3,2,w3,{IIN},w1,1,w4");
    let call = dauys(&["call", &robot.uri(), "--keys", &keys, "--longest-s", "30", "--out", out.path().to_str().unwrap()]);
    assert!(call.0, "{}", call.1);
    robot.terminate();
    let text = std::fs::read_to_string(only_log(robot.ended().data.path())).unwrap();
    let is_withheld = |line: &Line| matches!(line, Line::In { input: Input::Reply { answer: Answer::Outcome { outcome, .. }, .. }, .. } if outcome == "number_needed");
    assert!(log::read(&text).unwrap().lines.iter().any(is_withheld), "{text}");
}

/// A chat uses the database of its configuration, and what it books is there in the next one.
#[tokio::test]
async fn a_chat_books_and_the_next_one_finds_it_on_either_database() {
    for place in [Place::sqlite(), Place::postgres().await] {
        let store = match &place.database {
            Database::Sqlite => "sqlite".to_owned(),
            Database::Postgres(server) => server.url.reveal().to_owned(),
        };
        let config = place.data.path().join("c.yaml");
        std::fs::write(&config, format!("store: '{store}'\ndata: .\n")).unwrap();
        let book = "3\n1\nАстана\nпаспорт\nзавтра\n1\n1\n711231200774#\n1\n1\n2\n";
        assert!(chat(&config, book).contains("Вы записаны. Номер брони"));
        let find = "3\n3\n711231200774#\n1\n1\n1\n";
        assert!(chat(&config, find).contains("Запись отменена"));
        assert_eq!(place.data.path().join("dauys.db").exists(), matches!(place.database, Database::Sqlite));
    }
}

/// What a chat says to these lines.
fn chat(config: &Path, lines: &str) -> String {
    let mut chat = Command::new(env!("CARGO_BIN_EXE_dauys"));
    chat.args(["chat", "--lang", "ru", "--now", "2026-11-23T10:00", "--root", env!("CARGO_MANIFEST_DIR"), "--config"]).arg(config);
    let mut chat = chat.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    chat.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let ended = chat.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}
