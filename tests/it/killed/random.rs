//! A process under load that is killed at any moment, again and again: afterwards whatever a caller was told holds, once, at a desk and an SMS centre that are not ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use dauys::config::Config;
use dauys::messages::{Asked, Outbox, Way as Out, Worker};
use dauys::services::Submissions;
use dauys::store::{Booked, Store};
use dauys_core::citizen::Phone;
use jiff::Timestamp;

use super::{Desk, Remote, TOLD, Way, call, callbacks, kills, run, services, sms, start};
use crate::database::{Place, on_both};
use crate::messages::Centre;

on_both! {
    whatever_callers_were_told_holds_once_however_often_the_process_is_killed,
}

/// How often it is killed.
const KILLS: u32 = 50;
/// The longest that a process lives once it has told a caller something, in milliseconds.
const LIVES_MS: u32 = 120;
/// A process that tells nobody anything for so long does not work.
const WORKS: Duration = Duration::from_secs(30);
/// Callers at once.
const CALLERS: u32 = 4;
/// More than anybody books here.
const PLACES: u32 = 1_000_000;

async fn whatever_callers_were_told_holds_once_however_often_the_process_is_killed(place: Place) {
    let kills = kills(KILLS);
    let (desk, mut centre) = (Desk::open().await, Centre::start("normal").await);
    let mut dice = 1_u32;
    for generation in 0..kills {
        let at = format!("{}|{generation}|{}", desk.address, centre.way(""));
        let (mut child, before) = (start(&place, &at, "stream", ""), desk.told().len());
        tokio::time::timeout(WORKS, async {
            while desk.told().len() == before {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("process {generation} tells nobody anything: {:?}", child.try_wait()));
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        tokio::time::sleep(Duration::from_millis((dice % LIVES_MS).into())).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    place.leases_run_out().await;
    let at = format!("{}|{kills}|{}", desk.address, centre.way(""));
    assert!(run(&place, &at, "stream", "").await.success(), "the rest is sent");
    assert!(run(&place, &desk.address.to_string(), "mend", "").await.success());

    let told = desk.told();
    let of = |kind: &str| told.iter().filter_map(|told| told.strip_prefix(kind)).map(str::to_owned).collect::<BTreeSet<_>>();
    let (called, messages, booked) = (of("call-"), of("sms-"), of("back-"));
    assert!(called.len().min(messages.len()).min(booked.len()) >= kills as usize / 2, "too little happened: {told:?}");

    desk.judge("random kills");
    let did = desk.did.lock().unwrap().clone();
    let answers: BTreeMap<_, _> = did.iter().map(|did| (did.key.as_str(), did.answer)).collect();
    for name in &called {
        assert_eq!(answers.get(format!("{name}-book").as_str()), Some(&"booked"), "{name} was told that it is booked");
    }

    let heard = centre.heard(0).await;
    let numbers: BTreeSet<_> = heard.iter().map(|(to, _)| to.clone()).collect();
    assert_eq!(numbers.len(), heard.len(), "a message went twice");
    let store = place.open().await;
    let counts = store.count_messages().await.unwrap();
    let unknown = counts.iter().find(|(state, _)| state.name() == "unknown").map_or(0, |(_, count)| *count);
    let lost: Vec<_> = messages.difference(&numbers).collect();
    assert!(lost.len() as i64 <= unknown, "{lost:?} are lost, and {counts:?} say so of less");
    assert!(counts.iter().all(|(state, _)| state.name() != "queued"), "{counts:?}");

    let kept = store.callbacks(false, u32::MAX).await.unwrap();
    let numbers: BTreeSet<_> = kept.iter().map(|one| one.key.clone()).collect();
    assert!(booked.is_subset(&numbers) && numbers.len() == kept.len());
    assert!(store.book_callback(&callbacks::wanted(PLACES), kept.len() as u32).await.unwrap() == Booked::Full, "none has two places");
}

/// Callers that want something and are told, until the process is killed; its last one sends what is left. `DESK|GENERATION|messages: …`.
pub(super) async fn stream(store: &Store, data: &Path, at: &str) {
    let [desk, generation, config] = at.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{at}") };
    let config = Config::parse("dauys.yaml", config).unwrap().messages;
    let outbox = Outbox::new(&config, store.clone());
    let worker = Worker::start(Out::open(&config, data, store).unwrap(), store.clone(), config.keep_days);
    let (generation, all) = (generation.parse::<u32>().unwrap(), Submissions::new(services(desk), store.clone(), &config));
    let callers = (0..CALLERS).map(|caller| {
        let (all, outbox, store, desk) = (all.clone(), outbox.clone(), store.clone(), Remote(desk.parse().unwrap()));
        async move {
            for nth in 0..1000 {
                a_caller((generation * CALLERS + caller) * 1000 + nth, &all, &outbox, &store, &desk).await;
            }
        }
    });
    if is_last(generation) {
        sms::until_sent(store).await;
        return worker.stop().await;
    }
    callers.collect::<tokio::task::JoinSet<()>>().join_all().await;
}

/// Whether this one is not killed.
fn is_last(generation: u32) -> bool {
    generation == kills(KILLS)
}

async fn a_caller(number: u32, all: &Submissions, outbox: &Outbox, store: &Store, desk: &Remote) {
    let tell = async |what: String| drop(desk.ask(&format!("{TOLD}-{what}")).await);
    let (name, phone) = (format!("n{number}"), format!("7701{number:07}"));
    match number % 4 {
        0 => {
            if call(all, &name, Way::Books).await {
                tell(format!("call-{name}")).await;
            }
        }
        1 => drop(call(all, &name, if number % 8 == 1 { Way::HangsUp } else { Way::HangsUpMeanwhile }).await),
        2 => {
            let to = Phone::parse(&phone).unwrap();
            if outbox.queue(name, to, "Құжат дайын.".to_owned(), Asked::JustNow, Timestamp::now()).await {
                tell(format!("sms-{phone}")).await;
            }
        }
        _ => {
            let wanted = callbacks::wanted(number);
            if store.book_callback(&wanted, PLACES).await.is_ok() {
                tell(format!("back-{}", wanted.key)).await;
            }
        }
    }
}
