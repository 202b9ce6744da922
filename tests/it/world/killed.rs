//! A whole robot under calls that is killed at any moment, again and again: what its callers were told holds, once, at a service and an SMS centre that know nothing of our tables.
//!
//! A caller orders something, is sent a message, is booked for a call back, and is then hung up on: whoever hears the BYE was told all three.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dauys::bundle;
use dauys::config::Database;
use dauys::store::{Kind, MessageState, State, Store};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::{Folder, Robot};
use crate::bundle::{house, write};
use crate::database::{Place, leases_run_out, on_both};
use crate::killed::kills;
use crate::messages::Centre;

on_both! {
    whatever_callers_heard_holds_once_however_often_the_robot_is_killed,
}

/// How often it is killed.
const KILLS: u32 = 5;
/// The longest that it lives once it has told a caller all, in milliseconds.
const LIVES_MS: u32 = 1500;
const CALLERS: usize = 4;
/// Anything takes no longer.
const BOUND: Duration = Duration::from_secs(60);

const MAIN: &str = r#"steps:
  - submit: {id: order, service: order, with: {}, deadline: 4s, on: {ordered: {}, unavailable: {goto: hub}, unknown: {goto: hub}}}
  - sms: {id: note, to: caller, text: ordered, on: {queued: {}, landline: {goto: hub}, withheld: {goto: hub}, unavailable: {goto: hub}}}
  - callback: {id: back, number: caller, on: {booked: {end: human}, refused: {goto: hub}, full: {goto: hub}}}
"#;
const HUMAN: &str = "  - callback: {id: later, number: caller, on: {booked: {end: human}, refused: {}, full: {}}}
  - end: {id: handed, outcome: nobody}
";
const CONTRACT: &str = "order:\n  writes: yes\n  asks: {}\n  answers:\n    ordered: {}\n";
const CALENDAR: &str = r#"until: 2099-12-31
desks:
  operators: {monday: "00:00-23:59", tuesday: "00:00-23:59", wednesday: "00:00-23:59", thursday: "00:00-23:59", friday: "00:00-23:59", saturday: "00:00-23:59", sunday: "00:00-23:59", holidays: open}
appointments: operators
holidays: []
moved: []
"#;

async fn whatever_callers_heard_holds_once_however_often_the_robot_is_killed(place: Place) {
    let kills = kills(KILLS);
    let (shop, mut centre) = (Shop::open().await, Centre::start("normal").await);
    let (root, Place { data, database }) = (flows(), place);
    let config = configuration(&database, shop.port, &centre);
    let start = async |data| {
        let (root, config) = (root.path().to_owned(), config.clone());
        tokio::task::spawn_blocking(move || Robot::of(&root, data, &config, &[])).await.unwrap()
    };
    let (mut data, told, mut dice) = (Folder(data), Arc::<Told>::default(), 1_u32);
    for kill in 0..kills {
        let robot = start(data).await;
        let (sip, before) = (robot.sip, told.count());
        let alive = Arc::new(AtomicBool::new(true));
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let (told, alive) = (Arc::clone(&told), Arc::clone(&alive));
                std::thread::spawn(move || {
                    while alive.load(Ordering::Relaxed) {
                        told.call(sip);
                    }
                })
            })
            .collect();
        let works = async {
            while told.count() == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(BOUND, works).await.unwrap_or_else(|_| panic!("robot {kill} tells nobody anything"));
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        tokio::time::sleep(Duration::from_millis((dice % LIVES_MS).into())).await;
        let Robot { process, data: left, .. } = robot;
        drop(process); // kill -9
        alive.store(false, Ordering::Relaxed);
        data = left;
        tokio::task::spawn_blocking(|| callers.into_iter().for_each(|caller| caller.join().unwrap())).await.unwrap();
    }
    leases_run_out(data.path(), &database).await;
    let robot = start(data).await;
    let store = Store::connect(robot.data.path(), &database).await.unwrap();
    let settled = async {
        while [store.count_jobs(Kind::Sms).await.unwrap(), store.count_jobs(Kind::Reconcile).await.unwrap()] != [(0, 0); 2] {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(BOUND, settled).await.expect("what the dead left is not settled");

    let numbers = told.numbers.lock().unwrap().clone();
    assert!(numbers.len() >= kills as usize, "{numbers:?}");
    let orders = shop.orders.lock().unwrap().clone();
    assert_eq!(store.intents(State::Done).await.unwrap(), orders.len() as i64, "each order is known, and each that is known was made");
    assert_eq!((store.intents(State::Asked).await.unwrap(), store.intents(State::Unknown).await.unwrap()), (0, 0));
    assert!(orders.len() >= numbers.len());

    let heard = centre.heard(0).await;
    let heard_by: BTreeSet<_> = heard.iter().map(|(to, _)| to.clone()).collect();
    assert_eq!(heard_by.len(), heard.len(), "a message went twice");
    let counts: BTreeMap<_, _> = store.count_messages().await.unwrap().into_iter().collect();
    let lost = numbers.difference(&heard_by).count();
    assert!(lost as i64 <= counts.get(&MessageState::Unknown).copied().unwrap_or_default(), "{lost} are lost: {counts:?}");
    assert_eq!(counts.get(&MessageState::Queued), None);

    let kept = store.callbacks(false, u32::MAX).await.unwrap();
    let kept: BTreeSet<_> = kept.into_iter().map(|one| one.number.unwrap().e164()[1..].to_owned()).collect();
    assert!(numbers.is_subset(&kept), "{numbers:?} and not {kept:?}");
}

/// Those of the tests, with what these callers want before all else.
fn flows() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let mut files = bundle::read(&house().join("tests/flows/good")).unwrap().files;
    let edit = |files: &mut BTreeMap<String, String>, path: &str, edit: &dyn Fn(&str) -> String| {
        let text = files.get_mut(path).unwrap();
        *text = edit(text);
    };
    edit(&mut files, "flows/main.yaml", &|text| text.replace("steps:\n", MAIN));
    edit(&mut files, "flows/shared/human.yaml", &|text| text.replace("  - end: {id: handed, outcome: human}\n", HUMAN));
    edit(&mut files, "flows/contracts.yaml", &|text| text.to_owned() + CONTRACT);
    edit(&mut files, "prompts/main.yaml", &|text| text.to_owned() + "ordered: {kk: \"Тапсырыс қабылданды.\", ru: \"Заказ принят.\"}\n");
    files.insert("flows/calendar.yaml".to_owned(), CALENDAR.to_owned());
    files.into_iter().for_each(|(path, text)| write(root.path(), &path, text.as_bytes()));
    root
}

fn configuration(database: &Database, shop: u16, centre: &Centre) -> String {
    let store = match database {
        Database::Sqlite => "sqlite",
        Database::Postgres(server) => server.url.reveal(),
    };
    let order = format!(
        "{{method: POST, url: 'http://127.0.0.1:{shop}/order', plain_http: true, attempt_ms: 1500, total_ms: 3500, idempotency_header: X-Key, body: {{json: '{{}}'}}, answers: [{{when: {{status: 200}}, outcome: ordered}}]}}"
    );
    format!(
        "recording: {{enabled: false, disk_free_min_mb: 1}}\nsip: {{trunks: [{{address: 127.0.0.1, trusted: true}}]}}\ncallbacks: {{capacity: 1000000}}\n\
         store: '{store}'\nservices: {{order: {{http: {order}}}}}\n{}\n",
        centre.way("")
    )
}

/// Callers, and which of them were told all.
#[derive(Default)]
struct Told {
    next: AtomicU32,
    numbers: Mutex<BTreeSet<String>>,
}

impl Told {
    fn count(&self) -> usize {
        self.numbers.lock().unwrap().len()
    }

    /// One call, from a number that nobody has called from. A robot that is dead says nothing.
    fn call(&self, robot: SocketAddr) {
        let number = format!("7701{:07}", self.next.fetch_add(1, Ordering::Relaxed));
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let at = socket.local_addr().unwrap();
        let say = |text: &str| drop(socket.send_to(text.as_bytes(), robot));
        say(&invite(at, &number));
        let mut buffer = [0; 8192];
        while let Ok(length) = socket.recv(&mut buffer) {
            let heard = String::from_utf8_lossy(&buffer[..length]);
            if heard.starts_with("SIP/2.0 200 ") {
                let to = heard.lines().find(|line| line.starts_with("To:")).unwrap();
                say(&format!(
                    "ACK sip:1414@{robot} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKa{number}\r\nMax-Forwards: 70\r\nFrom: <sip:x@{at}>;tag=x\r\n{to}\r\n\
                     Call-ID: {number}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n"
                ));
            } else if heard.starts_with("BYE ") {
                self.numbers.lock().unwrap().insert(number);
                let kept = heard
                    .lines()
                    .filter(|line| ["Via", "From", "To", "Call-ID", "CSeq"].iter().any(|name| line.starts_with(&format!("{name}:"))));
                let kept: String = kept.map(|line| format!("{line}\r\n")).collect();
                return say(&format!("SIP/2.0 200 OK\r\n{kept}Content-Length: 0\r\n\r\n"));
            } else if !heard.starts_with("SIP/2.0 1") {
                return;
            }
        }
    }
}

fn invite(at: SocketAddr, number: &str) -> String {
    let body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n";
    format!(
        "INVITE sip:1414@h SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\nFrom: <sip:x@{at}>;tag=x\r\nTo: <sip:1414@h>\r\n\
         Call-ID: {number}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{at}>\r\nP-Asserted-Identity: <tel:+{number}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Takes each order once under its key.
struct Shop {
    port: u16,
    orders: Arc<Mutex<BTreeSet<String>>>,
}

impl Shop {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, orders) = (listener.local_addr().unwrap().port(), Arc::<Mutex<BTreeSet<String>>>::default());
        let all = Arc::clone(&orders);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let all = Arc::clone(&all);
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let (mut key, mut line) = (None, String::new());
                    while stream.read_line(&mut line).await.is_ok_and(|length| length > 2) {
                        key = line.to_lowercase().strip_prefix("x-key:").map(|key| key.trim().to_owned()).or(key);
                        line.clear();
                    }
                    let Some(key) = key.filter(|_| !line.is_empty()) else { return }; // it died before it had asked
                    all.lock().unwrap().insert(key);
                    let _ = stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
                });
            }
        });
        Self { port, orders }
    }
}
