//! Text messages: what an independent SMS centre, a bad gateway and a file get, and what is known of it afterwards.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use dauys::config::{Config, Messages};
use dauys::messages::{Asked, Outbox, Outgoing, Sent, Way, Worker};
use dauys::store::{Kind, MessageState, QueuedMessage, Store, Taken};
use dauys_core::citizen::Phone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const PHONE: &str = "+77012340506";
/// 128 characters, nine of which Russian has not: two parts.
const KAZAKH: &str =
    "Сіз 2026 жылғы 1 желтоқсанда сағат 09:30-ға Астана қаласындағы халыққа қызмет көрсету орталығына жазылдыңыз. Кезек нөмірі: 4512.";
/// No socket here takes as long.
const LONGEST: Duration = Duration::from_secs(30);

/// An SMS centre that is not ours. It ends with the test: nobody holds its standard input any more.
pub(crate) struct Centre {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: mpsc::UnboundedReceiver<Value>,
    port: u64,
}

impl Centre {
    pub(crate) async fn start(how: &str) -> Self {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"))).unwrap();
        let python = cache.join("dauys/smsc/bin/python");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/messages/smsc.py");
        let mut command = Command::new(&python);
        let command = command.args([script, how]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}; run ./setup", python.display()));
        let (tell, lines) = mpsc::unbounded_channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            stdout.lines().map_while(Result::ok).for_each(|line| drop(tell.send(serde_json::from_str(&line).unwrap())))
        });
        let mut centre = Self { stdin: child.stdin.take(), child, lines, port: 0 };
        centre.port = centre.next("port").await["port"].as_u64().unwrap();
        centre
    }

    /// The next line that has this.
    async fn next(&mut self, what: &str) -> Value {
        let found = async {
            loop {
                let line = self.lines.recv().await.expect("the SMS centre has ended");
                if line.get(what).is_some() {
                    return line;
                }
            }
        };
        tokio::time::timeout(LONGEST, found).await.unwrap_or_else(|_| panic!("no {what}"))
    }

    /// The parts that it has heard by now, so many at least: to whom, and what.
    pub(crate) async fn heard(&mut self, count: usize) -> Vec<(String, String)> {
        let mut parts = Vec::new();
        while parts.len() < count {
            parts.push(self.next("octets").await);
        }
        parts.extend(std::iter::from_fn(|| self.lines.try_recv().ok()).filter(|line| line.get("octets").is_some()));
        let said = |part: &Value, what: &str| part[what].as_str().unwrap().to_owned();
        parts.iter().map(|part| (said(part, "to"), said(part, "octets"))).collect()
    }

    /// How many parts it heard that nobody asked after.
    fn rest(&mut self) -> usize {
        std::iter::from_fn(|| self.lines.try_recv().ok()).filter(|line| line.get("octets").is_some()).count()
    }

    pub(crate) fn way(&self, more: &str) -> String {
        let port = self.port;
        format!("messages: {{way: smpp, smpp: {{address: '127.0.0.1:{port}', system_id: dauys, password: secret{more}}}}}")
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

struct House {
    data: TempDir,
    store: Store,
    outbox: Outbox,
    config: Messages,
}

impl House {
    async fn of(yaml: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let config = Config::parse("dauys.yaml", yaml).unwrap().messages;
        Self { outbox: Outbox::new(&config, store.clone()), data, store, config }
    }

    fn way(&self) -> Way {
        Way::open(&self.config, self.data.path(), &self.store).unwrap()
    }

    fn worker(&self) -> Worker {
        Worker::start(self.way(), self.store.clone(), self.config.keep_days)
    }

    async fn queue(&self, key: &str, text: &str) -> bool {
        self.outbox.queue(key.to_owned(), phone(), text.to_owned(), Asked::JustNow, Timestamp::now()).await
    }

    /// Once there are so many messages in this state and in no other.
    async fn until(&self, state: MessageState, count: i64) {
        self.until_all(&[(state, count)]).await;
    }

    async fn until_all(&self, expected: &[(MessageState, i64)]) {
        let start = tokio::time::Instant::now();
        loop {
            let mut counts = self.store.count_messages().await.unwrap();
            counts.sort();
            if counts == expected {
                return;
            }
            assert!(start.elapsed() < LONGEST, "{counts:?} instead of {expected:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn phone() -> Phone {
    Phone::parse(PHONE).unwrap()
}

fn octets(line: &Value) -> Vec<u8> {
    let hex = line["octets"].as_str().unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kazakh_text_goes_in_two_parts_once_and_its_receipts_come_back() {
    let mut centre = Centre::start("normal").await;
    let house = House::of(&centre.way("")).await;
    let worker = house.worker();
    assert!(house.queue("call-1", KAZAKH).await && house.queue("call-1", KAZAKH).await, "the second of a key is the first");
    let parts = [centre.next("octets").await, centre.next("octets").await];
    let wires = parts.each_ref().map(octets);
    for (nth, wire) in wires.iter().enumerate() {
        assert_eq!((wire[..3].to_vec(), wire[4], wire[5]), (vec![5, 0, 3], 2, nth as u8 + 1));
        assert_eq!((wire[3], wire.len() <= 140), (wires[0][3], true));
    }
    let units: Vec<u16> =
        wires.iter().flat_map(|wire| wire[6..].chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect::<Vec<_>>()).collect();
    assert_eq!(String::from_utf16(&units).unwrap(), KAZAKH);
    for part in &parts {
        let said = ["to", "to_ton", "sender", "mode", "type", "coding", "receipt"].map(|what| part[what].as_str().unwrap().to_owned());
        assert_eq!(said, ["77012340506", "INTERNATIONAL", "1414", "DEFAULT", "DEFAULT", "UCS2", "SMSC_DELIVERY_RECEIPT_REQUESTED"]);
        assert_eq!(part["features"], serde_json::json!(["UDHI_INDICATOR_SET"]));
    }
    house.until(MessageState::Delivered, 1).await;
    assert_eq!(centre.next("receipted").await["receipted"], "ESME_ROK");
    worker.stop().await;
    assert_eq!(centre.rest(), 0, "nothing goes twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_comes_before_the_answer_is_heeded() {
    let centre = Centre::start("early").await;
    let house = House::of(&centre.way("")).await;
    let _worker = house.worker();
    assert!(house.queue("call-1", KAZAKH).await);
    house.until(MessageState::Delivered, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_with_too_much_to_do_is_given_time() {
    let mut centre = Centre::start("throttle").await;
    let house = House::of(&centre.way("")).await;
    let _worker = house.worker();
    let start = tokio::time::Instant::now();
    assert!(house.queue("call-1", "Ready").await);
    house.until(MessageState::Delivered, 1).await;
    assert!(start.elapsed() >= Duration::from_secs(3), "a second, then two");
    assert_eq!(centre.rest(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_centre_refuses_has_failed() {
    let mut centre = Centre::start("refuse").await;
    let house = House::of(&centre.way("")).await;
    let worker = house.worker();
    assert!(house.queue("call-1", KAZAKH).await);
    house.until(MessageState::Failed, 1).await;
    worker.stop().await;
    assert_eq!(centre.rest(), 1, "the second part of it is worth nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_submitted_when_the_line_broke_is_unknown_until_a_receipt_tells() {
    let mut centre = Centre::start("drop").await;
    let house = House::of(&centre.way("")).await;
    let worker = house.worker();
    assert!(house.queue("call-1", "one").await);
    house.until(MessageState::Delivered, 1).await;
    assert!(house.queue("call-2", "two").await);
    house.until_all(&[(MessageState::Delivered, 1), (MessageState::Unknown, 1)]).await;
    assert!(house.queue("call-3", "three").await);
    house.until(MessageState::Delivered, 3).await;
    worker.stop().await;
    assert_eq!(centre.rest(), 3, "none went twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gets_no_answer_is_unknown_and_never_sent_again() {
    let mut centre = Centre::start("silent").await;
    let house = House::of(&centre.way(", response_s: 1")).await;
    let worker = house.worker();
    assert!(house.queue("call-1", "Ready").await);
    house.until(MessageState::Unknown, 1).await;
    assert!(house.queue("call-1", "Ready").await);
    worker.stop().await;
    assert_eq!((centre.rest(), house.store.count_jobs(Kind::Sms).await.unwrap()), (1, (0, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_ends_a_session_and_the_next_one_goes_on() {
    let mut centre = Centre::start("garbage").await;
    let house = House::of(&centre.way("")).await;
    let _worker = house.worker();
    assert!(house.queue("call-1", "one").await);
    house.until(MessageState::Unknown, 1).await;
    assert!(house.queue("call-2", "two").await);
    house.until_all(&[(MessageState::Delivered, 1), (MessageState::Unknown, 1)]).await;
    assert_eq!(centre.rest(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_wrong_password_messages_wait_and_no_attempt_is_spent() {
    let mut centre = Centre::start("normal").await;
    let house = House::of(&centre.way("").replace("secret", "wrong")).await;
    let worker = house.worker();
    assert!(house.queue("call-1", "one").await);
    for _ in 0..2 {
        centre.next("asked").await;
    }
    house.until(MessageState::Queued, 1).await;
    worker.stop().await;
    let jobs = house.store.take_jobs(Kind::Sms, 1, Timestamp::now(), LONGEST).await.unwrap();
    assert_eq!((jobs[0].attempt, centre.rest()), (1, 0), "this is the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_began_is_not_begun_again() {
    let house = House::of("").await;
    for key in ["call-1", "call-2"] {
        assert!(house.queue(key, "Ready").await);
    }
    let dead = house.store.take_jobs(Kind::Sms, 1, Timestamp::now(), Duration::ZERO).await.unwrap();
    assert!(house.store.begin_part(&dead[0], 0, 1, 7, Timestamp::now(), Duration::ZERO).await.unwrap());
    assert!(!house.store.begin_part(&dead[0], 0, 1, 7, Timestamp::now(), Duration::ZERO).await.unwrap(), "once");
    let worker = house.worker();
    house.until_all(&[(MessageState::Sent, 1), (MessageState::Unknown, 1)]).await;
    worker.stop().await;
    let lines = std::fs::read_to_string(house.data.path().join("sms.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 1, "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_is_not_sent() {
    let house = House::of("").await;
    let now = Timestamp::now();
    let message = QueuedMessage {
        key: "call-1".to_owned(),
        to: phone(),
        text: "late".to_owned(),
        due: now,
        valid_until: now - SignedDuration::from_secs(1),
    };
    assert_eq!(house.store.queue_message(&message, 9, now).await.unwrap(), Taken::New);
    let _worker = house.worker();
    house.until(MessageState::Expired, 1).await;
    assert!(!house.data.path().join("sms.jsonl").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_its_owners_alone_and_the_database_holds_no_number_in_the_open() {
    let house = House::of("").await;
    let worker = house.worker();
    assert!(house.queue("call-1", KAZAKH).await);
    house.until(MessageState::Sent, 1).await;
    worker.stop().await;
    let file = house.data.path().join("sms.jsonl");
    let line: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(line, serde_json::json!({"key": "call-1", "to": PHONE, "text": KAZAKH, "parts": 2}));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for name in ["dauys.db", "dauys.db-wal"] {
        let bytes = std::fs::read(house.data.path().join(name)).unwrap_or_default();
        for secret in ["7012340506", "желтоқсанда"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} in {name}");
        }
    }
}

#[tokio::test]
async fn numbers_and_texts_are_forgotten_after_their_time() {
    let house = House::of("").await;
    assert!(house.queue("call-1", "Ready").await);
    let now = Timestamp::now();
    let job = house.store.take_jobs(Kind::Sms, 1, now, LONGEST).await.unwrap().remove(0);
    let days = SignedDuration::from_hours(7 * 24);
    house.store.tidy_messages(days, now + 2 * days).await.unwrap();
    assert!(house.store.open_message("call-1").await.unwrap().is_some(), "what is not at its end is kept");
    assert_eq!(house.store.finish_message(&job, Some(MessageState::Failed), now).await.unwrap(), Some(MessageState::Failed));
    house.store.tidy_messages(days, now + 20 * days).await.unwrap();
    assert_eq!(house.store.count_messages().await.unwrap(), [], "and long after nothing is left");
}

#[tokio::test]
async fn what_nobody_may_be_promised_is_refused() {
    let house = House::of("messages: {per_number_per_day: 2}").await;
    let long = "қ".repeat(67 * 12 + 1);
    let cases = [
        (PHONE, "one", true),
        (PHONE, "two", true),
        (PHONE, "three", false),
        ("+77472340506", "one", true),
        ("+77172340506", "one", false),
    ];
    let odd = [("+4915112345678", "one", false), ("+77012340507", "", false), ("+77012340507", long.as_str(), false)];
    for (nth, (to, text, taken)) in cases.into_iter().chain(odd).enumerate() {
        let queued =
            house.outbox.queue(format!("call-{nth}"), Phone::parse(to).unwrap(), text.to_owned(), Asked::JustNow, Timestamp::now()).await;
        assert_eq!(queued, taken, "{nth}: {to}");
    }
    let tomorrow = Timestamp::now() + SignedDuration::from_hours(25);
    assert!(
        house.outbox.queue("later".to_owned(), phone(), "x".to_owned(), Asked::JustNow, tomorrow).await,
        "a day later there is room again"
    );
    let foreign = House::of("messages: {foreign: true}").await;
    assert!(
        foreign
            .outbox
            .queue("f".to_owned(), Phone::parse("+4915112345678").unwrap(), "x".to_owned(), Asked::JustNow, Timestamp::now())
            .await
    );
}

#[tokio::test]
async fn what_nobody_asked_for_just_now_waits_until_morning() {
    let house = House::of("").await;
    let night: Timestamp = "2026-11-23T23:00:00+05".parse().unwrap();
    for (key, asked) in [("now", Asked::JustNow), ("later", Asked::Before)] {
        assert!(house.outbox.queue(key.to_owned(), phone(), "x".to_owned(), asked, night).await);
    }
    let mut due = Vec::new();
    for at in ["2026-11-23T23:00:00+05", "2026-11-24T07:59:59+05", "2026-11-24T08:00:00+05"] {
        let jobs = house.store.take_jobs(Kind::Sms, 9, at.parse().unwrap(), Duration::from_secs(86_400)).await.unwrap();
        due.push(jobs.into_iter().map(|job| job.key).collect::<Vec<_>>().join(" "));
    }
    assert_eq!(due, ["now", "", "later"]);
}

/// Answers one request with these bytes and hangs up, or never answers; what it was asked.
async fn gateway(answer: Option<Vec<u8>>) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0);
        }
        match answer {
            Some(answer) => drop(stream.write_all(&answer).await),
            None => std::future::pending().await,
        }
        String::from_utf8(request).unwrap()
    });
    (port, asked)
}

fn answer(status: &str, body: &str) -> Option<Vec<u8>> {
    Some(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

async fn sent_by(port: u16, more: &str) -> Sent {
    let house = House::of(&format!(
        "messages: {{way: http, http: {{url: 'http://127.0.0.1:{port}/send?k={{{{ key }}}}', timeout_s: 1, headers: {{content-type: application/json}}, \
         body: '{{\"to\":\"{{{{ to }}}}\",\"text\":\"{{{{ text }}}}\"}}', answer: {{id: /id, state: /state, accepted: [ok], refused: [no], again: [busy]}}{more}}}}}"
    ))
    .await;
    let text = "«Дайын»: \"12\"\n";
    house.way().send(&Outgoing { key: "call/1", to: &phone(), text, nth: 0, valid: LONGEST }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_gateway_answers_it_means_one_of_four_things() {
    let refused = |why: &str| Sent::Refused { why: why.to_owned() };
    let again = |why: &str| Sent::Again { why: why.to_owned() };
    let huge = answer("200 OK", &format!("{{\"state\":\"ok\",\"x\":\"{}\"}}", "x".repeat(70_000)));
    let cases = [
        ("good", answer("200 OK", r#"{"state":"ok","id":17}"#), Sent::Accepted { id: Some("17".to_owned()) }),
        ("refused", answer("422 No", r#"{"state":"no"}"#), refused("no")),
        ("busy", answer("200 OK", r#"{"state":"busy"}"#), again("busy")),
        ("503", answer("503 Busy", ""), again("status 503")),
        ("500", answer("500 Oh", r#"{"state":"ok"}"#), Sent::Unknown),
        ("garbage", Some(b"SSH-2.0-x\r\n\r\n".to_vec()), Sent::Unknown),
        ("cut", Some(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_vec()), Sent::Unknown),
        ("huge", huge, Sent::Unknown),
        ("slow", None, Sent::Unknown),
    ];
    for (name, answer, means) in cases {
        let (port, asked) = gateway(answer).await;
        assert_eq!(tokio::time::timeout(LONGEST, sent_by(port, "")).await.unwrap(), means, "{name}");
        if name == "good" {
            let request = asked.await.unwrap();
            assert!(request.starts_with("POST /send?k=call%2F1 HTTP/1.1\r\n"), "{request}");
            assert!(request.ends_with(r#"{"to":"+77012340506","text":"«Дайын»: \"12\"\n"}"#), "{request}");
        } else {
            asked.abort();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_gateway_is_asked_again_and_one_that_is_not_there_was_not_asked() {
    let (port, asked) = gateway(answer("500 Oh", "")).await;
    assert!(matches!(sent_by(port, ", idempotent: true").await, Sent::Again { .. }));
    asked.abort();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert!(matches!(sent_by(gone, "").await, Sent::Again { .. }));
}
