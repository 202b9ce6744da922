//! Services over HTTP: what is sent, what answers come to, and that no server, however bad, holds a call up.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dauys::bundle;
use dauys::config::Config;
use dauys::services::http::{Asked, Http, faults};
use dauys::services::{Request, Services};
use dauys_core::calendar::{Date, Time};
use dauys_core::citizen::{ApplicationNumber, Iin};
use dauys_core::flow::graph::{Program, Value};
use dauys_core::interpreter::Answer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};

use crate::bundle::house;

mod tls;

const IIN: &str = "850412100429";
/// No test waits longer.
const BOUND: Duration = Duration::from_secs(20);

/// The shipped flows, and two more services.
const CONTRACTS: &str = "
seats:
  asks: {day: date, count: count}
  answers: {offered: {slots: {list: {day: date, time: time}, most: 3}}, none: {}}
book:
  writes: yes
  asks: {iin: iin, seat: digits}
  answers: {booked: {number: digits}, taken: {}}
";

pub(super) fn program() -> Program {
    let mut sources = bundle::read(house()).unwrap();
    sources.files.get_mut("flows/contracts.yaml").unwrap().push_str(CONTRACTS);
    let loaded = bundle::compile(&sources);
    loaded.program.unwrap_or_else(|| panic!("{:?}", loaded.faults))
}

fn config(text: &str) -> Config {
    Config::parse("dauys.yaml", text).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

/// The first service of a configuration.
fn service(text: &str) -> Http {
    let found = Http::all(&config(text).services, &program(), 7);
    found.unwrap_or_else(|faults| panic!("{faults:#?}")).remove(0).1
}

fn request(fields: &[(&str, Value)]) -> Request {
    fields.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect()
}

fn of_iin() -> Request {
    request(&[("iin", Value::Iin(Iin::parse(IIN).unwrap()))])
}

fn outcome(outcome: &str, fields: &[(&str, Value)]) -> Answer {
    Answer::Outcome { outcome: outcome.to_owned(), fields: request(fields) }
}

fn item(name: &str) -> Value {
    Value::Item(name.to_owned())
}

async fn ask(service: &Http, key: Option<&str>, request: &Request) -> Asked {
    timeout(BOUND, service.ask(key, request)).await.expect("an answer within the bound")
}

/// What a stub does with a request.
#[derive(Clone, Debug)]
enum Deed {
    /// Sends this, and waits for the next request.
    Sends(String),
    /// Sends this, and closes.
    Leaves(String),
    /// Sends this, then nothing for ever.
    Stops(String),
    /// Sends this, and then the same bytes again and again, with a pause between.
    Drips(String, &'static str, u64),
}

fn answer(status: u16, body: &str) -> Deed {
    Deed::Sends(format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

/// A server in this process. It knows nothing of HTTP but where a request ends.
struct Stub {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Stub {
    /// Does these deeds, one a request; the last one for ever.
    async fn new(deeds: impl IntoIterator<Item = Deed>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, deeds).await
    }

    async fn on(listener: TcpListener, deeds: impl IntoIterator<Item = Deed>) -> Self {
        let port = listener.local_addr().unwrap().port();
        let deeds: Arc<Mutex<Vec<Deed>>> = Arc::new(Mutex::new(deeds.into_iter().collect()));
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&deeds), Arc::clone(&seen)));
            }
        });
        Self { port, requests, serving }
    }

    fn seen(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, deeds: Arc<Mutex<Vec<Deed>>>, seen: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = whole_request(&mut stream).await {
        seen.lock().unwrap().push(request);
        let deed = {
            let mut deeds = deeds.lock().unwrap();
            if deeds.len() > 1 { deeds.remove(0) } else { deeds[0].clone() }
        };
        let sent = match &deed {
            Deed::Sends(text) | Deed::Leaves(text) | Deed::Stops(text) | Deed::Drips(text, _, _) => stream.write_all(text.as_bytes()).await,
        };
        match deed {
            Deed::Sends(_) if sent.is_ok() => {}
            Deed::Sends(_) | Deed::Leaves(_) => return,
            Deed::Stops(_) => std::future::pending().await,
            Deed::Drips(_, drop, ms) => {
                while stream.write_all(drop.as_bytes()).await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                }
            }
        }
    }
}

/// A head, and as much of a body as it announces.
async fn whole_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await.ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let announced =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        if body.len() >= announced.unwrap_or(0) {
            return Some(text);
        }
    }
}

/// Document status over JSON at this port, and more of its keys.
fn documents(port: u16, more: &str) -> String {
    format!(
        "services:
  document_status:
    http:
      method: POST
      url: http://127.0.0.1:{port}/status?lang=kk
      plain_http: true
      body: {{json: '{{\"iin\": \"{{{{iin}}}}\", \"number\": \"{{{{application}}}}\"}}'}}
      attempt_ms: 300
      total_ms: 1500
{more}
      tables:
        documents: {{\"01\": passport, \"02\": id_card}}
      answers:
        - {{when: {{pointer: /status, equals: READY}}, outcome: ready, fields: {{document: {{pointer: /document/code, table: documents}}, branch: {{pointer: /branch}}}}}}
        - {{when: {{pointer: /status, equals: WORK}}, outcome: in_progress, fields: {{document: {{value: passport}}}}}}
        - {{when: {{pointer: /status, equals: ACT}}, outcome: needs_action, fields: {{document: {{value: passport}}}}}}
        - {{when: {{pointer: /status, equals: NO}}, outcome: rejected, fields: {{document: {{value: passport}}}}}}
        - {{when: {{pointer: /status, equals: GONE}}, outcome: issued, fields: {{document: {{value: passport}}, branch: {{pointer: /branch}}}}}}
        - {{when: {{status: 404}}, outcome: not_found}}
"
    )
}

const READY: &str = r#"{"status": "READY", "document": {"code": "01"}, "branch": "astana_esil"}"#;

fn ready() -> Answer {
    outcome("ready", &[("document", item("passport")), ("branch", item("astana_esil"))])
}

#[tokio::test]
async fn an_answer_is_mapped_to_an_outcome_of_the_contract() {
    let cases = [
        (answer(200, READY), ready()),
        (answer(201, &READY.replace("01", "02")), outcome("ready", &[("document", item("id_card")), ("branch", item("astana_esil"))])),
        (answer(200, r#"{"status": "WORK"}"#), outcome("in_progress", &[("document", item("passport"))])),
        (answer(404, "<html>no</html>"), outcome("not_found", &[])),
        (answer(200, &READY.replace("01", "99")), Answer::Unavailable),
        (answer(200, r#"{"status": "READY"}"#), Answer::Unavailable),
        (answer(200, r#"{"status": "NEW"}"#), Answer::Unavailable),
        (answer(401, READY), Answer::Unavailable),
        (answer(302, READY), Answer::Unavailable),
        (answer(204, ""), Answer::Unavailable),
    ];
    for (deed, expected) in cases {
        let stub = Stub::new([deed.clone()]).await;
        let asked = ask(&service(&documents(stub.port, "")), None, &of_iin()).await;
        assert_eq!(asked.answer, expected, "{deed:?} {:?}", asked.attempts);
        assert_eq!(stub.seen().len(), 1, "what was answered is not asked again: {deed:?}");
    }
}

#[tokio::test]
async fn what_is_sent_is_the_template_with_the_values_of_the_request() {
    let stub = Stub::new([answer(200, READY)]).await;
    let service =
        service(&documents(stub.port, "      headers: {Accept: application/json, X-Iin: '{{iin}}', X-Application: '{{application}}'}"));
    ask(&service, None, &of_iin()).await;
    let seen = stub.seen().remove(0);
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /status?lang=kk HTTP/1.1\r\n"), "{head}");
    for line in ["accept: application/json", "content-type: application/json", &format!("x-iin: {IIN}")] {
        assert!(head.lines().any(|found| found.eq_ignore_ascii_case(line)), "{line}: {head}");
    }
    assert!(!head.to_lowercase().contains("x-application"), "a field that the request lacks has no header: {head}");
    assert_eq!(body, format!(r#"{{"iin":"{IIN}"}}"#));
}

#[tokio::test]
async fn people_see_the_request_with_private_values_masked() {
    let shown = service(&documents(1, "      headers: {X-Iin: '{{iin}}'}")).shown(&of_iin()).unwrap();
    assert_eq!(shown.request, "POST http://127.0.0.1:1/status?lang=kk");
    assert_eq!(shown.body, r#"{"iin":"********0429"}"#);
    assert!(!format!("{shown:?}").contains(IIN), "{shown:?}");
}

/// Whatever a server does, and what is said of it.
#[tokio::test]
async fn a_bad_server_is_unavailable_in_time() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n";
    let (huge, long) = (format!("{head}\"{}", "x".repeat(1_000_000)), "X-Long: 0123456789012345678901234567890123456789\r\n");
    let ok = "HTTP/1.1 200 OK\r\n".to_owned();
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"status\": \"READY\"".to_owned();
    let (late, broken) = ("no answer in time", "the connection broke");
    let cases = [
        ("slow head", Deed::Drips(ok.clone(), "X-Y: z\r\n", 50), late),
        ("slow body", Deed::Drips(head.to_owned(), " ", 50), late),
        ("nothing", Deed::Stops(String::new()), late),
        ("huge body", Deed::Stops(huge), "the answer is too long"),
        ("endless body", Deed::Drips(format!("{ok}Transfer-Encoding: chunked\r\n\r\n"), "5\r\n12345\r\n", 0), ""),
        ("huge head", Deed::Stops(format!("{ok}{}", long.repeat(2000))), broken),
        ("close before", Deed::Leaves(String::new()), broken),
        ("close in the middle", Deed::Leaves(cut), broken),
        ("no HTTP", Deed::Leaves("220 smtp.example.kz ESMTP\r\n".to_owned()), broken),
        ("garbage", answer(200, "{\"status\": \"READY\", "), "status 200, 20 bytes: it is no JSON"),
        ("HTML", answer(200, "<html>Sign in</html>"), "status 200, 20 bytes: it is no JSON"),
        (
            "redirect",
            Deed::Sends("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n".to_owned()),
            "status 302",
        ),
        (
            "compressed",
            Deed::Sends(format!("{ok}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\u{1f}ab")),
            "status 200, 3 bytes: it is no JSON",
        ),
    ];
    for (name, deed, said) in cases {
        let stub = Stub::new([deed]).await;
        let service = service(&documents(stub.port, ""));
        let began = Instant::now();
        let asked = ask(&service, None, &of_iin()).await;
        assert_eq!(asked.answer, Answer::Unavailable, "{name}: {:?}", asked.attempts);
        assert!(asked.attempts[0].starts_with(said), "{name}: {:?}", asked.attempts);
        assert!(began.elapsed() < Duration::from_millis(2500), "{name} took {:?}", began.elapsed());
        assert!(stub.seen().len() <= 2, "{name}: {} requests", stub.seen().len());
    }
}

#[tokio::test]
async fn a_rule_for_the_rest_does_not_take_garbage() {
    for (body, expected) in [(r#"{"status": "NEW"}"#, outcome("not_found", &[])), (r#"{"status": "REA"#, Answer::Unavailable)] {
        let stub = Stub::new([answer(200, body)]).await;
        let text = documents(stub.port, "").replace("status: 404", "status: 200");
        assert_eq!(ask(&service(&text), None, &of_iin()).await.answer, expected, "{body}");
    }
}

#[tokio::test]
async fn a_lookup_is_tried_again_after_a_failure_that_may_pass() {
    let cases = [
        ("500", answer(500, "oops")),
        ("429", answer(429, "")),
        ("late", Deed::Stops(String::new())),
        ("closed", Deed::Leaves(String::new())),
    ];
    for (name, first) in cases {
        let stub = Stub::new([first, answer(200, READY)]).await;
        let asked = ask(&service(&documents(stub.port, "")), None, &of_iin()).await;
        assert_eq!((asked.answer, asked.attempts.len()), (ready(), 2), "{name}: {:?}", asked.attempts);
    }
    let stub = Stub::new([answer(500, "oops"), answer(200, READY)]).await;
    let asked = ask(&service(&documents(stub.port, "      retries: 0")), None, &of_iin()).await;
    assert_eq!((asked.answer, stub.seen().len()), (Answer::Unavailable, 1), "not where it is forbidden");
}

#[tokio::test]
async fn connections_are_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let accepted = Arc::<Mutex<u32>>::default();
    let counted = Arc::clone(&accepted);
    let (deeds, seen) = (Arc::new(Mutex::new(vec![answer(200, READY)])), Arc::default());
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *counted.lock().unwrap() += 1;
            tokio::spawn(serve(stream, Arc::clone(&deeds), Arc::clone(&seen)));
        }
    });
    let service = service(&documents(port, ""));
    for _ in 0..5 {
        assert_eq!(ask(&service, None, &of_iin()).await.answer, ready());
    }
    serving.abort();
    assert_eq!(*accepted.lock().unwrap(), 1);
}

/// A change of the world at this port, and more of its keys.
fn booking(port: u16, more: &str) -> String {
    format!(
        "services:
  book:
    http:
      method: POST
      url: http://127.0.0.1:{port}/bookings
      plain_http: true
      body: {{form: {{iin: '{{{{iin}}}}', seat: '{{{{seat}}}}'}}}}
      attempt_ms: 300
      total_ms: 1500
{more}
      answers:
        - {{when: {{pointer: /number}}, outcome: booked, fields: {{number: {{pointer: /number}}}}}}
        - {{when: {{status: 409}}, outcome: taken}}
        - {{when: {{status: 422}}, outcome: unavailable}}
"
    )
}

const KEYED: &str = "      idempotency_header: Idempotency-Key";

fn seat() -> Request {
    request(&[("iin", Value::Iin(Iin::parse(IIN).unwrap())), ("seat", Value::Digits("17".to_owned()))])
}

#[tokio::test]
async fn a_change_is_unavailable_only_where_it_was_surely_not_made() {
    let booked = outcome("booked", &[("number", Value::Digits("42".to_owned()))]);
    let (good, late, broken) = (answer(200, r#"{"number": 42}"#), Deed::Stops(String::new()), Deed::Leaves(String::new()));
    let cases = [
        ("booked", "", vec![good.clone()], booked.clone(), 1),
        ("taken", "", vec![answer(409, "")], outcome("taken", &[]), 1),
        ("refused by a rule", "", vec![answer(422, "")], Answer::Unavailable, 1),
        ("late", "", vec![late.clone()], Answer::Unknown, 1),
        ("broken", "", vec![broken.clone()], Answer::Unknown, 1),
        ("garbage", "", vec![answer(200, "ok")], Answer::Unknown, 1),
        ("no rule", "", vec![answer(400, "")], Answer::Unknown, 1),
        ("500, and no key", "", vec![answer(500, ""), good.clone()], Answer::Unknown, 1),
        ("500, then booked under the key", KEYED, vec![answer(500, ""), good], booked, 2),
        ("late, then refused: the first may have been made", KEYED, vec![late, answer(422, "")], Answer::Unknown, 2),
        ("broken twice", KEYED, vec![broken], Answer::Unknown, 2),
    ];
    for (name, more, deeds, expected, requests) in cases {
        let stub = Stub::new(deeds).await;
        let asked = ask(&service(&booking(stub.port, more)), Some("call-7-1"), &seat()).await;
        assert_eq!((asked.answer, stub.seen().len()), (expected, requests), "{name}: {:?}", asked.attempts);
        for seen in stub.seen() {
            assert!(seen.ends_with(&format!("\r\n\r\niin={IIN}&seat=17")), "{seen}");
            assert_eq!(seen.to_lowercase().contains("idempotency-key: call-7-1\r\n"), more == KEYED, "{seen}");
        }
    }
}

#[tokio::test]
async fn nobody_is_there() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port(); // free again
    let asked = ask(&service(&booking(port, KEYED)), Some("k"), &seat()).await;
    assert_eq!((asked.answer, asked.attempts), (Answer::Unavailable, vec!["no connection".to_owned(); 2]));
}

#[tokio::test]
async fn a_request_without_a_field_of_its_path_is_not_sent() {
    let stub = Stub::new([answer(200, READY)]).await;
    let text = documents(stub.port, "").replace("/status?lang=kk", "/of/{{application}}/status?iin={{iin}}");
    let service = service(&text);
    assert_eq!(ask(&service, None, &of_iin()).await.answer, Answer::Unavailable);
    assert_eq!(stub.seen().len(), 0);
    let both = request(&[("application", Value::Application(ApplicationNumber::parse("002512345678").unwrap()))]);
    assert_eq!(ask(&service, None, &both).await.answer, ready());
    assert!(stub.seen()[0].starts_with("POST /of/002512345678/status HTTP/1.1\r\n"), "{}", stub.seen()[0]);
}

#[tokio::test]
async fn no_value_climbs_out_of_a_path() {
    let stub = Stub::new([answer(200, r#"{"number": 1}"#)]).await;
    let service = service(&booking(stub.port, "").replace("/bookings", "/bookings/{{seat}}/now"));
    let cases =
        [("../admin", Some("..%2Fadmin")), ("..", None), (".", None), ("a?b#c&d e", Some("a%3Fb%23c%26d%20e")), ("қ", Some("%D2%9B"))];
    for (value, sent) in cases {
        let before = stub.seen().len();
        ask(&service, Some("k"), &request(&[("seat", Value::Digits(value.to_owned()))])).await;
        let seen = stub.seen().get(before).map(|seen| seen.lines().next().unwrap().to_owned());
        assert_eq!(seen, sent.map(|sent| format!("POST /bookings/{sent}/now HTTP/1.1")), "{value}");
    }
}

#[tokio::test]
async fn a_list_is_read_up_to_its_most() {
    let text = |port| {
        format!(
            "services: {{seats: {{http: {{method: GET, plain_http: true, url: 'http://127.0.0.1:{port}/seats?day={{{{day}}}}&n={{{{count}}}}', answers: [\
             {{when: {{pointer: /free/0}}, outcome: offered, fields: {{slots: {{pointer: /free, items: {{day: {{pointer: /on}}, time: {{pointer: /at}}}}}}}}}}, \
             {{when: {{pointer: /free}}, outcome: none}}]}}}}}}"
        )
    };
    let slot = |at: &str| {
        BTreeMap::from([
            ("day".to_owned(), Value::Date(Date::parse("2026-12-01").unwrap())),
            ("time".to_owned(), Value::Time(Time::parse(at).unwrap())),
        ])
    };
    let row = |at: &str| format!(r#"{{"on": "01.12.2026", "at": "{at}"}}"#);
    let offered = |times: &[&str]| outcome("offered", &[("slots", Value::List(times.iter().map(|at| slot(at)).collect()))]);
    let cases = [
        (vec![row("09:00")], offered(&["09:00"])),
        (["09:00", "09:15", "09:30", "09:45", "10:00"].map(row).to_vec(), offered(&["09:00", "09:15", "09:30"])),
        (vec![], outcome("none", &[])),
        (vec![row("09:00"), row("25:00")], Answer::Unavailable),
    ];
    for (rows, expected) in cases {
        let stub = Stub::new([answer(200, &format!(r#"{{"free": [{}]}}"#, rows.join(",")))]).await;
        let day = Value::Date(Date::parse("2026-12-01").unwrap());
        let asked = ask(&service(&text(stub.port)), None, &request(&[("day", day), ("count", Value::Count(3))])).await;
        assert_eq!(asked.answer, expected, "{:?}", asked.attempts);
        assert!(stub.seen()[0].starts_with("GET /seats?day=2026-12-01&n=3 HTTP/1.1\r\n"), "{}", stub.seen()[0]);
    }
}

#[tokio::test]
async fn a_server_that_fails_is_left_alone_and_asked_again_later() {
    let stub = Stub::new([answer(500, ""), answer(500, ""), answer(200, READY)]).await;
    let service = service(&documents(stub.port, "      retries: 0\n      breaker: {failures: 2, open_s: 1}"));
    for _ in 0..2 {
        assert_eq!(ask(&service, None, &of_iin()).await.answer, Answer::Unavailable);
    }
    for _ in 0..10 {
        let began = Instant::now();
        let asked = ask(&service, None, &of_iin()).await;
        assert_eq!((asked.answer, asked.attempts.as_slice()), (Answer::Unavailable, &["not asked: the breaker is open".to_owned()][..]));
        assert!(began.elapsed() < Duration::from_millis(100), "at once");
    }
    assert_eq!(stub.seen().len(), 2, "it was left alone");
    tokio::time::sleep(Duration::from_millis(1050)).await;
    assert_eq!(ask(&service, None, &of_iin()).await.answer, ready());
    assert_eq!(ask(&service, None, &of_iin()).await.answer, ready());
}

#[tokio::test]
async fn an_open_breaker_says_that_a_change_was_not_made() {
    let stub = Stub::new([answer(500, "")]).await;
    let service = service(&booking(stub.port, "      breaker: {failures: 1, open_s: 60}"));
    assert_eq!(ask(&service, Some("k1"), &seat()).await.answer, Answer::Unknown);
    assert_eq!(ask(&service, Some("k2"), &seat()).await.answer, Answer::Unavailable);
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_token_is_that_of_the_moment_and_no_secret_shows() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let stub = Stub::new([answer(200, READY)]).await;
    let service = service(&documents(stub.port, &format!("      token_file: {}", file.display())));
    assert_eq!(ask(&service, None, &of_iin()).await.attempts[0], "the token cannot be read");
    for token in ["first-secret", "second-secret"] {
        std::fs::write(&file, format!("{token}\n")).unwrap();
        assert_eq!(ask(&service, None, &of_iin()).await.answer, ready());
        let seen = stub.seen().pop().unwrap();
        assert!(seen.to_lowercase().contains(&format!("authorization: bearer {token}\r\n")), "{seen}");
    }
    std::fs::write(&file, "a\r\nX-Evil: 1").unwrap();
    assert_eq!(ask(&service, None, &of_iin()).await.answer, Answer::Unavailable);
    assert_eq!(stub.seen().len(), 2);
    assert!(!format!("{service:?} {:?}", service.shown(&of_iin())).contains("secret"));
}

const SOAP: &str = r#"services:
  document_status:
    http:
      method: POST
      url: http://127.0.0.1:PORT/soap
      plain_http: true
      headers: {SOAPAction: '"urn:status"'}
      body:
        xml: '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Get xmlns="urn:x" kind="{{application}}"><iin>{{iin}}</iin></Get></s:Body></s:Envelope>'
      answers:
        - {when: {xpath: /Envelope/Body/Got/status, equals: READY}, outcome: ready, fields: {document: {xpath: /Envelope/Body/Got/document/@code, table: d}, branch: {value: astana_esil}}}
        - {when: {xpath: /Envelope/Body/Got/status, equals: GONE}, outcome: issued, fields: {document: {value: passport}, branch: {value: astana_esil}}}
        - {when: {xpath: /Envelope/Body/Got/status, equals: WORK}, outcome: in_progress, fields: {document: {value: passport}}}
        - {when: {xpath: /Envelope/Body/Got/status, equals: ACT}, outcome: needs_action, fields: {document: {value: passport}}}
        - {when: {xpath: /Envelope/Body/Got/status, equals: NO}, outcome: rejected, fields: {document: {value: passport}}}
        - {when: {status: 500, xpath: /Envelope/Body/Fault/faultcode, equals: NotFound}, outcome: not_found}
      tables: {d: {"01": passport}}
"#;

#[tokio::test]
async fn a_soap_gateway_is_asked_and_understood() {
    let envelope = |body: &str| {
        format!("<?xml version='1.0'?><e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>{body}</e:Body></e:Envelope>")
    };
    let got = envelope("<Got xmlns='urn:x'><status>READY</status><document code='01'/></Got>");
    let fault = envelope("<e:Fault><faultcode>NotFound</faultcode></e:Fault>");
    let bomb = envelope("<Got><status>&b;</status><document code='01'/></Got>")
        .replace("<?xml version='1.0'?>", "<!DOCTYPE a [<!ENTITY b 'READY'>]>");
    let cases = [
        (answer(200, &got), ready()),
        (answer(500, &fault), outcome("not_found", &[])),
        (answer(500, &fault.replace("NotFound", "Busy")), Answer::Unavailable),
        (answer(200, &bomb), Answer::Unavailable),
        (answer(200, &got.replace("</Got>", "")), Answer::Unavailable),
        (answer(200, READY), Answer::Unavailable),
    ];
    for (deed, expected) in cases {
        let stub = Stub::new([deed]).await;
        let asked = ask(&service(&SOAP.replace("PORT", &stub.port.to_string())), None, &of_iin()).await;
        assert_eq!(asked.answer, expected, "{:?}", asked.attempts);
        let seen = stub.seen().remove(0);
        assert!(seen.contains(&format!("<Get xmlns=\"urn:x\" kind=\"\"><iin>{IIN}</iin></Get>")), "{seen}");
        assert!(seen.to_lowercase().contains("soapaction: \"urn:status\"\r\n") && seen.contains("text/xml; charset=utf-8"), "{seen}");
    }
}

/// Each slip of a connector is blamed on its line.
#[test]
fn a_connector_that_cannot_keep_its_contract_is_refused_with_its_place() {
    let (good, program) = (documents(8443, ""), program());
    assert_eq!(faults(&config(&good).services, &program).len(), 0);
    let cases = [
        (
            "  document_status:",
            "  documents:",
            "3:5: flows/contracts.yaml has no service `documents`: expected `document_status`, `booking_branches`",
        ),
        ("plain_http: true", "plain_http: false", "5:12: expected https:, or `plain_http: true`"),
        (
            "http://127.0.0.1:8443",
            "http://gateway.example.kz",
            "5:12: expected https:, or `plain_http: true` with an address of this machine",
        ),
        ("http://127.0.0.1:8443", "http://169.254.169.254", "5:12: expected https:"),
        ("http://127.0.0.1:8443", "ftp://127.0.0.1", "5:12: expected a URL such as"),
        ("http://127.0.0.1:8443", "https://user:word@gateway.example.kz", "5:12: expected a URL such as"),
        ("http://127.0.0.1:8443", "https://{{iin}}.example.kz", "5:12: expected a URL such as"),
        ("?lang=kk", "?lang={{lang}}", "5:12: the contract asks with no `lang`: expected `application`, `iin`"),
        ("\"{{iin}}\"", "{{iin}}", "7:13: expected JSON, with each {{field}} inside of quotes"),
        ("{{application}}", "{{number}}", "7:13: the contract asks with no `number`"),
        ("method: POST", "method: GET", "7:13: a GET has no body"),
        ("attempt_ms: 300", "attempt_ms: 0", "8:19: expected 1 to 60000 ms, not 0"),
        ("attempt_ms: 300", "attempt_ms: 1600", "8:19: one attempt of 1600 ms does not fit into total_ms, 1500 ms"),
        (
            "total_ms: 1500",
            "total_ms: 8001",
            "9:17: 8001 ms are longer than the deadline of 8000 ms of `status` in flow `services/document_status`",
        ),
        ("total_ms: 1500", "total_ms: 1500\n      retries: 4", "10:16: expected 0 to 3 retries, not 4"),
        ("total_ms: 1500", "total_ms: 1500\n      headers: {Host: x}", "10:23: `Host` is written by dauys"),
        (
            "total_ms: 1500",
            "total_ms: 1500\n      headers: {Authorization: Bearer x}",
            "10:32: `Authorization` is a secret, and this file is none",
        ),
        ("total_ms: 1500", "total_ms: 1500\n      headers: {'a b': x}", "10:24: expected the name of a header, not `a b`"),
        ("total_ms: 1500", "total_ms: 1500\n      ca_file: ca.pem", "10:16: certificates are for https: only"),
        ("total_ms: 1500", "total_ms: 1500\n      key_file: k.pem", "10:17: a key without its certificate"),
        ("id_card}", "idcard}", "12:43: expected an item of the list `documents` of flows/lexicon.yaml, not `idcard`"),
        ("outcome: not_found", "outcome: missing", "19:42: the contract has no outcome `missing`: expected `in_progress`"),
        ("outcome: not_found", "outcome: unavailable", "14:9: no answer means `not_found`: expected a rule for every outcome"),
        ("status: 404", "status: 999", "19:27: expected 100 to 599, not 999"),
        ("pointer: /status, equals: READY", "pointer: status, equals: READY", "14:28: expected a pointer such as"),
        ("pointer: /status, equals: READY", "equals: READY", "14:27: equal to what?"),
        (
            "pointer: /status, equals: READY",
            "xpath: /status, equals: READY",
            ": an answer is JSON or XML: expected pointers or xpaths throughout",
        ),
        (
            ", branch: {pointer: /branch}}}\n        - {when: {pointer: /status, equals: WORK}",
            "}}\n        - {when: {pointer: /status, equals: WORK}",
            "14:62: `branch` has no source",
        ),
        ("{value: passport}", "{value: passprot}", "15:101: expected an item of the list `documents`"),
        ("{value: passport}", "{value: passport, pointer: /x}", "15:93: expected for an item of the list"),
        ("{value: passport}", "{}", "expected a pointer, an xpath or a value"),
        ("table: documents", "table: papers", ": there is no table `papers`: expected `documents`"),
        ("branch: {pointer: /branch}", "branch: {pointer: /branch}, code: {value: 1}", ": the contract has no field `code` here"),
    ];
    let mut missed = Vec::new();
    for (from, to, expected) in cases {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        let found: Vec<_> = faults(&config(&text).services, &program).iter().map(ToString::to_string).collect();
        if !found.iter().any(|fault| fault.contains(expected)) {
            missed.push(format!("{to}: expected {expected}, found {found:#?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    let unsafe_retry = booking(8443, "      retries: 1");
    let found = faults(&config(&unsafe_retry).services, &program);
    assert!(found[0].to_string().starts_with("dauys.yaml:10:16: a change is tried again only under a key"), "{found:?}");
}

#[tokio::test]
async fn a_demo_that_there_is_not_is_refused() {
    let config = config("services: {book: demo}");
    let refused = Services::default().connected(&config.services, &program(), 0).err().unwrap();
    assert_eq!(refused[0].to_string(), "dauys.yaml:1:18: there is no demo of `book`: expected http");
}

#[test]
fn paths_of_files_are_relative_to_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dauys.yaml");
    std::fs::write(&file, documents(1, "      token_file: keys/token")).unwrap();
    let config = Config::load(&file).unwrap();
    let shown = format!("{:?}", config.services);
    assert!(shown.contains(&folder.path().join("keys/token").display().to_string()), "{shown}");
    assert!(Path::new(&file).is_absolute());
}
