//! A process that dies as it sends messages: judged at an SMS centre that is not ours, and at a gateway of our own where parts are put back. No part is taken twice; what never
//! came is known as unknown, and so is what came and was not written down.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dauys::config::Config;
use dauys::messages::{Asked, Outbox, Way, Worker};
use dauys::store::fault::Commit;
use dauys::store::{Kind, MessageState, Store};
use dauys_core::citizen::Phone;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{places, run};
use crate::database::{Place, on_both};
use crate::messages::Centre;

on_both! {
    wherever_a_process_dies_no_part_of_a_message_comes_twice,
    wherever_a_process_dies_what_a_gateway_did_not_take_goes_once,
}

/// One part, and two.
const TEXTS: [&str; 2] =
    ["Құжат дайын.", "Сіз 2026 жылғы 1 желтоқсанда сағат 09:30-ға Астана қаласындағы халыққа қызмет көрсету орталығына жазылдыңыз."];
const PARTS: usize = 3;
/// How the keys of both end.
const KEYS_END: [&str; 2] = ["-0", "-1"];
/// No child takes as long.
const LONGEST: Duration = Duration::from_secs(30);
/// So long receipts are waited for.
const RECEIPTS: Duration = Duration::from_secs(1);

async fn wherever_a_process_dies_no_part_of_a_message_comes_twice(place: Place) {
    use Commit::{BeginPart, FinishMessage, Message, Receipt, SettlePart, TakeJobs, TidyMessages};
    let mut centre = Centre::start("normal").await;
    let deaths = places(&[Message, TakeJobs, BeginPart, SettlePart, FinishMessage, Receipt, TidyMessages]);
    for (nth, death) in deaths.iter().enumerate() {
        let to = format!("7701{nth:07}");
        let (place, at) = (place.another().await, format!("{to}|{}", centre.way(", window: 1")));
        let died = run(&place, &at, "send", death).await;
        assert!(died.signal().is_some(), "{death}: {died}");
        place.leases_run_out().await;
        assert!(run(&place, &at, "send", "").await.success(), "{death}");
        let unknown = count(&place.open().await, MessageState::Unknown).await;
        // of the one part that was under way nobody knows; which that is, is the death's or chance's to say
        let (lost, is_due) = match death.as_str() {
            "begin_part.after" => (1..=1, unknown == 1),
            "settle_part.before" => (0..=0, unknown == 1),
            _ => (0..=usize::from(unknown == 1), unknown <= 1),
        };
        assert!(is_due, "{death}: {unknown} of which nobody knows");
        let heard = centre.heard(PARTS - lost.end()).await;
        let different: BTreeSet<_> = heard.iter().collect();
        assert!(different.len() == heard.len() && lost.contains(&(PARTS - heard.len())), "{death}: {heard:?}");
        assert!(heard.iter().all(|(one, _)| *one == to), "{death}: {heard:?}");
    }
}

async fn wherever_a_process_dies_what_a_gateway_did_not_take_goes_once(place: Place) {
    for death in places(&[Commit::PutBackPart]) {
        let (place, gateway) = (place.another().await, Gateway::open().await);
        let way = format!(
            "messages: {{way: http, http: {{url: 'http://127.0.0.1:{}/', body: '{{{{ key }}}}', headers: {{content-type: text/plain}}}}}}",
            gateway.port
        );
        let at = format!("77010000001|{way}");
        let died = run(&place, &at, "send", &death).await;
        assert!(died.signal().is_some(), "{death}: {died}");
        assert_eq!(gateway.taken(), [""; 0], "{death}");
        gateway.is_well();
        place.leases_run_out().await;
        assert!(run(&place, &at, "send", "").await.success(), "{death}");
        let store = place.open().await;
        let (taken, unknown) = (gateway.taken(), count(&store, MessageState::Unknown).await);
        assert_eq!(taken.len() as i64 + unknown, TEXTS.len() as i64, "{death}: {taken:?}");
        // both are under way: what was begun when the other was put back, nobody knows
        let (least, why) = if death.ends_with("before") { (unknown, "it was begun") } else { (taken.len() as i64, "it was put back") };
        assert!(least >= 1, "{death}: {why}: {taken:?}");
        assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), taken.len(), "{death}: {taken:?}");
    }
}

async fn count(store: &Store, state: MessageState) -> i64 {
    store.count_messages().await.unwrap().into_iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| count)
}

/// Queues both texts to a number and sends what there is, by the way of a configuration: `77012340506|messages: …`.
pub(super) async fn send(store: &Store, data: &Path, at: &str) {
    let (to, config) = at.split_once('|').unwrap();
    let config = Config::parse("dauys.yaml", config).unwrap().messages;
    let outbox = Outbox::new(&config, store.clone());
    for (nth, text) in TEXTS.into_iter().enumerate() {
        let queued =
            outbox.queue(format!("{to}-{nth}"), Phone::parse(to).unwrap(), text.to_owned(), Asked::JustNow, Timestamp::now()).await;
        assert!(queued);
    }
    let worker = Worker::start(Way::open(&config, data, store).unwrap(), store.clone(), config.keep_days);
    until_sent(store).await;
    worker.stop().await;
}

/// Until nothing is left to be sent, and its receipts had their time.
pub(super) async fn until_sent(store: &Store) {
    let look = || tokio::time::sleep(Duration::from_millis(20));
    let sent = async {
        while store.count_jobs(Kind::Sms).await.unwrap() != (0, 0) {
            look().await;
        }
    };
    tokio::time::timeout(LONGEST, sent).await.expect("messages that are not sent");
    let receipted = async {
        while count(store, MessageState::Sent).await > 0 {
            look().await;
        }
    };
    let _ = tokio::time::timeout(RECEIPTS, receipted).await;
}

/// Takes nothing (503) until it is well, then everything.
struct Gateway {
    port: u16,
    seen: Arc<Mutex<(bool, Vec<String>)>>,
}

impl Gateway {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, seen) = (listener.local_addr().unwrap().port(), Arc::<Mutex<(bool, Vec<String>)>>::default());
        let all = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = String::new();
                while !(request.contains("\r\n\r\n") && KEYS_END.iter().any(|end| request.ends_with(end))) {
                    match stream.read_u8().await {
                        Ok(byte) => request.push(char::from(byte)),
                        Err(_) => break,
                    }
                }
                let status = {
                    let (is_well, taken) = &mut *all.lock().unwrap();
                    if *is_well {
                        taken.extend(request.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()));
                    }
                    if *is_well { "200 OK" } else { "503 Busy" }
                };
                let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await; // whoever asked may be dead
            }
        });
        Self { port, seen }
    }

    fn is_well(&self) {
        self.seen.lock().unwrap().0 = true;
    }

    fn taken(&self) -> Vec<String> {
        self.seen.lock().unwrap().1.clone()
    }
}
