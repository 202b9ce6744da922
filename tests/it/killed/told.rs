//! A process that dies between a caller who did not hear how his submit ended and the message that tells him: judged at a desk and an SMS centre that are not ours. Whose submit
//! came to the desk is sent how it ended, once.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use dauys::config::{Config, Messages};
use dauys::messages::{Way, Worker};
use dauys::services::{Reply, Request, Service, Services, Submissions, Wanted};
use dauys::store::Store;
use dauys::store::fault::Commit;
use dauys_core::citizen::Phone;
use dauys_core::interpreter::{Answer, Bit, RequestId, Telling};
use jiff::Timestamp;

use super::{Desk, Remote, places, reconcile, run, services, sms};
use crate::database::{Place, on_both};
use crate::messages::Centre;

on_both! {
    wherever_a_process_dies_a_caller_is_told_once_how_it_ended,
}

/// One whose answer is lost, and one who hangs up while it is awaited.
const CALLERS: [&str; 2] = ["lost", "gone"];

async fn wherever_a_process_dies_a_caller_is_told_once_how_it_ended(place: Place) {
    use Commit::{EndJob, Intent, Orphans, Reconciled, Settle, SettleCall, TakeJobs, Tell};
    let mut centre = Centre::start("normal").await;
    let asks = places(&[Intent, Settle, Tell, SettleCall]);
    let settles = places(&[Orphans, TakeJobs, EndJob, Reconciled]);
    let deaths =
        [("", "")].into_iter().chain(asks.iter().map(|place| (place.as_str(), ""))).chain(settles.iter().map(|place| ("", place.as_str())));
    for (nth, (ask, settle)) in deaths.enumerate() {
        let (place, desk) = (place.another().await, Desk::open().await);
        let at = format!("{}|{nth}|{}", desk.address, centre.way(""));
        let died = run(&place, &at, "ask", ask).await;
        assert_eq!(died.signal().is_some(), !ask.is_empty(), "{ask}: {died}");
        if !settle.is_empty() {
            let died = run(&place, &at, "settle", settle).await;
            assert!(died.signal().is_some() || died.success(), "{settle}: {died}"); // what nobody needed, nobody died of
        }
        assert!(run(&place, &at, "settle", "").await.success(), "{ask} {settle}");
        place.leases_run_out().await;
        assert!(run(&place, &at, "tell", "").await.success(), "{ask} {settle}");
        let came = CALLERS.iter().filter(|name| desk.did.lock().unwrap().iter().any(|did| did.key == format!("{name}-book")));
        let wanted: BTreeSet<_> = came.map(|name| number(&nth.to_string(), name)).collect();
        let heard = centre.heard(wanted.len()).await;
        let numbers: BTreeSet<_> = heard.iter().map(|(to, _)| to.clone()).collect();
        assert_eq!((numbers, heard.len()), (wanted.clone(), wanted.len()), "{ask} {settle}: {:?}", desk.did);
        assert!(!wanted.is_empty() || ask.starts_with("intent.before"), "{ask} {settle}: nobody came to the desk");
    }
}

/// Each caller of each scene has a number of his own.
fn number(scene: &str, name: &str) -> String {
    let caller = CALLERS.iter().position(|known| *known == name).unwrap();
    format!("7701{caller}{scene:0>6}")
}

fn parted(at: &str) -> (&str, &str, Messages) {
    let [desk, scene, messages] = at.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{at}") };
    let messages = messages.replacen('{', "{quiet: off, ", 1);
    (desk, scene, Config::parse("dauys.yaml", &messages).unwrap().messages)
}

/// The desk does it; its answer is lost, or takes longer than the caller has patience.
struct Slow(Remote);

impl Service for Slow {
    fn submit<'a>(&'a self, key: &'a str, request: &'a Request, now: Timestamp) -> Reply<'a> {
        Box::pin(async move {
            let answer = self.0.submit(key, request, now).await;
            if key.starts_with("lost") {
                return Answer::Unknown;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            answer
        })
    }
}

/// Both callers, at a desk: `ADDRESS|SCENE|messages: …`.
pub(super) async fn ask(store: &Store, at: &str) {
    let (desk, scene, messages) = parted(at);
    let services = Services::default().with("book", Slow(Remote(desk.parse().unwrap())));
    let all = Submissions::new(services, store.clone(), &messages);
    for name in CALLERS {
        let text = vec![vec![Bit::from("Сіз жазылдыңыз.".to_owned())]];
        let telling = Some(Telling { to: Phone::parse(&number(scene, name)).ok(), texts: [("booked".to_owned(), text)].into() });
        let wanted =
            Wanted { service: "book".to_owned(), request: Request::new(), key: format!("{name}-book"), deadline_ms: 5000, telling };
        let (mut call, now) = (all.of_call(name), Timestamp::now());
        let answer = call.submit(RequestId(0), wanted, None, now);
        if name == "lost" {
            answer.await;
        }
        call.tell(RequestId(0), now);
        call.over();
        all.finished().await;
    }
}

/// What was left open is settled.
pub(super) async fn settle(store: &Store, at: &str) {
    let (desk, _, messages) = parted(at);
    if store.is_alone() {
        store.settle_orphans().await.unwrap();
    }
    reconcile(&services(desk), store, &messages).await;
}

/// What is to be sent is sent.
pub(super) async fn tell(store: &Store, data: &Path, at: &str) {
    let (_, _, messages) = parted(at);
    let worker = Worker::start(Way::open(&messages, data, store).unwrap(), store.clone(), messages.keep_days);
    sms::until_sent(store).await;
    worker.stop().await;
}
