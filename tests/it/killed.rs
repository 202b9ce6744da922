//! A process that dies at a commit, before or after it, of the robot or of the reconcile job: judged at the desk, a server of its own that knows nothing of our tables.
//!
//! The process that dies is this test binary, started again as [`child`]. It makes three calls; then others mend what it left. So it is with calls back (`callbacks`), with
//! messages (`sms`), and with all of it when a process dies at any moment (`random`).

mod callbacks;
mod random;
mod sms;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dauys::config::{Database, Messages, Postgres, Secret};
use dauys::services::{Reconciler, Reply, Request, Service, Services, Submissions, Wanted};
use dauys::store::fault::{Commit, Side};
use dauys::store::{Kind, Store};
use dauys_core::interpreter::{Answer, RequestId, Undoing};
use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::database::{Place, on_both};

on_both! {
    wherever_a_process_dies_every_hold_is_booked_or_given_back_and_none_is_both,
}

/// How often a process is killed at any moment: as often as usual, or as `DAUYS_TEST_KILLS` says.
pub(crate) fn kills(usual: u32) -> u32 {
    std::env::var("DAUYS_TEST_KILLS").ok().map_or(usual, |kills| kills.parse().unwrap())
}

/// What a child does, where, and at which desk.
const CHILD: [&str; 4] = ["DAUYS_TEST_CHILD", "DAUYS_TEST_STORE", "DAUYS_TEST_DATA", "DAUYS_TEST_DESK"];

async fn wherever_a_process_dies_every_hold_is_booked_or_given_back_and_none_is_both(place: Place) {
    let mut deaths = vec![("", "")];
    let calls = places(&[Commit::Intent, Commit::Settle, Commit::SettleCall, Commit::MayBeUsed]);
    let second: Vec<_> = calls.iter().take(4).map(|place| format!("{place}:2")).collect();
    let mends = places(&[Commit::Orphans, Commit::TakeJobs, Commit::EndJob, Commit::Reconciled]);
    deaths.extend(calls.iter().chain(&second).map(|place| (place.as_str(), "")));
    deaths.extend(mends.iter().map(|place| ("settle.before:2", place.as_str())));
    for (call, mend) in deaths {
        let place = place.another().await;
        let desk = Desk::open().await;
        let died = run(&place, &desk.address.to_string(), "call", call).await;
        assert_eq!(died.signal().is_some(), !call.is_empty(), "{call}: {died}");
        if !mend.is_empty() {
            let died = run(&place, &desk.address.to_string(), "mend", mend).await;
            assert!(died.signal().is_some() || mend.starts_with("end_job"), "{mend}: {died}");
        }
        let mended = run(&place, &desk.address.to_string(), "mend", "").await;
        assert!(mended.success(), "{call} {mend}: {mended}");
        desk.judge(&format!("{call} {mend}"));
    }
}

/// Both sides of these commits, as `DAUYS_DIE_AT` names them.
fn places(commits: &[Commit]) -> Vec<String> {
    commits.iter().flat_map(|commit| [Side::Before, Side::After].map(|side| format!("{}.{}", commit.name(), side.name()))).collect()
}

async fn run(place: &Place, at: &str, what: &str, die_at: &str) -> ExitStatus {
    let mut child = start(place, at, what, die_at);
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap()
}

fn start(place: &Place, at: &str, what: &str, die_at: &str) -> Child {
    let url = match &place.database {
        Database::Sqlite => String::new(),
        Database::Postgres(server) => server.url.reveal().to_owned(),
    };
    let test = format!("{}::child", module_path!().split_once("::").unwrap().1);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([&test, "--exact", "--nocapture"]).env("DAUYS_DIE_AT", die_at);
    let values = [what.to_owned(), url, place.data.path().display().to_string(), at.to_owned()];
    child.envs(CHILD.into_iter().zip(values)).stdout(Stdio::null()).spawn().unwrap()
}

/// What the desk did, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Did {
    /// The call, and what.
    key: String,
    answer: &'static str,
}

/// Begins what a caller was told, as the child repeats it at the desk.
const TOLD: &str = "told";

/// Answers each key once and for all, as a good service does; and hears what callers were told.
struct Desk {
    address: SocketAddr,
    did: Arc<Mutex<Vec<Did>>>,
}

impl Desk {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, did) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Did>>>::default());
        let all = Arc::clone(&did);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let all = Arc::clone(&all);
                tokio::spawn(async move {
                    let mut key = String::new();
                    let read = BufReader::new(&mut stream).read_line(&mut key).await;
                    if read.is_err() || !key.ends_with('\n') {
                        return; // it died before it had asked
                    }
                    let answer = Self::decide(&mut all.lock().unwrap(), key.trim_end());
                    let _ = stream.write_all(format!("{answer}\n").as_bytes()).await;
                });
            }
        });
        Self { address, did }
    }

    fn decide(did: &mut Vec<Did>, key: &str) -> &'static str {
        if let Some(before) = did.iter().find(|before| before.key == key) {
            return before.answer;
        }
        let (call, what) = key.split_once('-').unwrap();
        if call == TOLD {
            did.push(Did { key: key.to_owned(), answer: "heard" });
            return "heard";
        }
        let happened = |what: &str, answer: &str| did.iter().any(|did| did.key == format!("{call}-{what}") && did.answer == answer);
        let answer = match what {
            "hold" => "held",
            "book" if happened("hold-undo", "released") => "gone",
            "book" => "booked",
            "hold-undo" if happened("book", "booked") => "too_late",
            "hold-undo" => "released",
            other => panic!("{other}"),
        };
        did.push(Did { key: key.to_owned(), answer });
        answer
    }

    /// What callers were told.
    fn told(&self) -> BTreeSet<String> {
        let did = self.did.lock().unwrap();
        did.iter().filter_map(|did| Some(did.key.strip_prefix(TOLD)?[1..].to_owned())).collect()
    }

    fn judge(&self, of: &str) {
        let did = self.did.lock().unwrap();
        let keys: BTreeSet<_> = did.iter().map(|did| &did.key).collect();
        assert_eq!(keys.len(), did.len(), "{of}: something was done twice: {did:?}");
        let answers: BTreeMap<_, _> = did.iter().map(|did| (did.key.as_str(), did.answer)).collect();
        assert!(!answers.values().any(|answer| *answer == "too_late"), "{of}: what was booked was given back: {did:?}");
        let calls: BTreeSet<_> =
            keys.iter().filter_map(|key| key.split_once('-')).map(|(call, _)| call).filter(|call| *call != TOLD).collect();
        for call in calls {
            let held = answers.contains_key(format!("{call}-hold").as_str());
            let booked = answers.get(format!("{call}-book").as_str()) == Some(&"booked");
            let released = answers.get(format!("{call}-hold-undo").as_str()) == Some(&"released");
            assert_eq!(held, booked ^ released, "{of}: {call}: {did:?}");
        }
    }
}

/// The desk, as a service.
struct Remote(SocketAddr);

impl Remote {
    async fn ask(&self, key: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.0).await?;
        stream.write_all(format!("{key}\n").as_bytes()).await?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).await?;
        Ok(answer.trim_end().to_owned())
    }
}

impl Service for Remote {
    fn submit<'a>(&'a self, key: &'a str, _: &'a Request, _: Timestamp) -> Reply<'a> {
        Box::pin(async move {
            match self.ask(key).await {
                Ok(outcome) if outcome == "gone" => Answer::Unavailable, // surely nothing was changed
                Ok(outcome) => Answer::Outcome { outcome, fields: BTreeMap::new() },
                Err(_) => Answer::Unknown,
            }
        })
    }
}

/// Nothing, unless it is started as a child.
#[tokio::test]
async fn child() {
    let [Ok(what), Ok(url), Ok(data), Ok(at)] = CHILD.map(std::env::var) else { return };
    let database = match url.as_str() {
        "" => Database::Sqlite,
        url => Database::Postgres(Postgres { url: Secret::new(url), password_file: None }),
    };
    let data = Path::new(&data);
    let store = Store::connect(data, &database).await.unwrap();
    match what.as_str() {
        "call" => calls(&services(&at), &store).await,
        "mend" => mend(&services(&at), &store).await,
        "book" => callbacks::book(&store, &at).await,
        "send" => sms::send(&store, data, &at).await,
        "ask" => told::ask(&store, &at).await,
        "settle" => told::settle(&store, &at).await,
        "tell" => told::tell(&store, data, &at).await,
        "stream" => random::stream(&store, data, &at).await,
        other => panic!("{other}"),
    }
    store.close().await;
}

/// All of the desk.
fn services(at: &str) -> Services {
    ["hold", "book", "release"].iter().fold(Services::default(), |all, name| all.with(name, Remote(at.parse().unwrap())))
}

/// One caller books, one hangs up with a hold, one hangs up while the booking is under way.
async fn calls(services: &Services, store: &Store) {
    let all = Submissions::new(services.clone(), store.clone(), &Messages::default());
    for (name, way) in [("c", Way::Books), ("d", Way::HangsUp), ("e", Way::HangsUpMeanwhile)] {
        let _ = call(&all, name, way).await;
        all.finished().await;
    }
}

/// What a caller does who holds something.
#[derive(Clone, Copy)]
enum Way {
    Books,
    HangsUp,
    HangsUpMeanwhile,
}

/// Whether the caller was told that it is booked.
async fn call(all: &Submissions, name: &str, way: Way) -> bool {
    let wanted =
        |service: &str, key: String| Wanted { service: service.to_owned(), request: Request::new(), key, deadline_ms: 5000, telling: None };
    let undoing = Undoing { service: "release".to_owned(), given: Request::new(), answered: vec![] };
    let (mut call, now) = (all.of_call(name), Timestamp::now());
    call.submit(RequestId(0), wanted("hold", format!("{name}-hold")), Some(undoing), now).await;
    let hang_up = |call: &mut dauys::services::CallSubmissions, unless: &[RequestId]| {
        call.undo(RequestId(0), "release".to_owned(), Some(Request::new()), unless, now);
    };
    let answer = match way {
        Way::Books => call.submit(RequestId(1), wanted("book", format!("{name}-book")), None, now).await,
        Way::HangsUp => {
            hang_up(&mut call, &[]);
            Answer::Unknown
        }
        Way::HangsUpMeanwhile => {
            drop(call.submit(RequestId(1), wanted("book", format!("{name}-book")), None, now));
            hang_up(&mut call, &[RequestId(1)]);
            Answer::Unknown
        }
    };
    call.over();
    matches!(answer, Answer::Outcome { .. })
}

/// What a process does that finds what others left.
async fn mend(services: &Services, store: &Store) {
    if store.is_alone() {
        store.settle_orphans().await.unwrap();
    }
    reconcile(services, store, &Messages::default()).await;
}

async fn reconcile(services: &Services, store: &Store, messages: &Messages) {
    let reconciler = Reconciler::new(services.clone(), store.clone(), messages);
    let mut now = Timestamp::now();
    for _ in 0..100 {
        now += Duration::from_secs(121); // the longest lease
        reconciler.round(now).await;
        if store.count_jobs(Kind::Reconcile).await.unwrap() == (0, 0) {
            return;
        }
    }
    panic!("what is left: {:?}", store.count_jobs(Kind::Reconcile).await);
}
