//! Jobs that must not be lost: one worker at a time, taken over when he is dead, tried again with growing pauses, and dead at last.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dauys::store::{Intent, Job, Kind, Settled, State, Store};
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::database::{Place, on_both};

on_both! {
    every_job_is_taken_once_however_many_take,
    a_dead_workers_job_is_anothers_after_its_lease_and_the_late_one_ends_nothing,
    a_job_that_fails_is_tried_with_growing_pauses_and_is_dead_at_last,
    a_settled_intent_leaves_no_job,
    what_is_settled_for_good_stays_so_whoever_is_late,
}

const LEASE: Duration = Duration::from_secs(60);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).unwrap()
}

/// When the job of an intent of second 0 is due.
const DUE: i64 = 120;

async fn intend(store: &Store, key: &str) {
    let (key, call) = (key.to_owned(), "c".to_owned());
    let intent = Intent { key, call, service: "book".to_owned(), request: BTreeMap::new(), undo: None, telling: None };
    assert!(store.intend(&intent, at(0)).await.unwrap());
}

async fn take(store: &Store, max: u16, seconds: i64) -> Vec<Job> {
    store.take_jobs(Kind::Reconcile, max, at(seconds), LEASE).await.unwrap()
}

async fn every_job_is_taken_once_however_many_take(place: Place) {
    let stores = [place.open().await, place.open().await];
    for n in 0..100 {
        intend(&stores[0], &format!("key {n}")).await;
    }
    assert_eq!(take(&stores[0], 9, DUE - 1).await, [], "before it is due");
    let mut takers = JoinSet::new();
    for n in 0..8 {
        let store = stores[n % 2].clone();
        takers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let taken = take(&store, 7, DUE).await;
                if taken.is_empty() && store.count_jobs(Kind::Reconcile).await.unwrap().0 == 0 {
                    return mine;
                }
                for job in &taken {
                    assert!(store.finish_job(job).await.unwrap());
                }
                mine.extend(taken);
            }
        });
    }
    let all: Vec<_> = takers.join_all().await.into_iter().flatten().map(|job| job.key).collect();
    assert_eq!((all.len(), all.into_iter().collect::<BTreeSet<_>>().len()), (100, 100));
}

async fn a_dead_workers_job_is_anothers_after_its_lease_and_the_late_one_ends_nothing(place: Place) {
    let store = place.open().await;
    intend(&store, "k").await;
    let late = take(&store, 1, DUE).await.remove(0);
    assert_eq!(take(&store, 1, DUE + 59).await, []);
    let next = take(&store, 1, DUE + 60).await.remove(0);
    assert_eq!((late.attempt, next.attempt), (1, 2));
    let done = Settled { outcome: Some("booked"), ..Settled::to(State::Done) };
    assert!(!store.reconciled(&late, &done, at(200)).await.unwrap());
    assert!(!store.retry_job(&late, "late", at(200)).await.unwrap());
    assert!(!store.give_up_job(&late, "late").await.unwrap());
    assert!(!store.finish_job(&late).await.unwrap());
    assert_eq!((store.intents(State::Asked).await.unwrap(), store.outcome_of("k").await.unwrap()), (1, None));
    assert!(store.reconciled(&next, &done, at(200)).await.unwrap());
    assert_eq!((store.intents(State::Done).await.unwrap(), store.outcome_of("k").await.unwrap()), (1, Some("booked".to_owned())));
    assert_eq!(store.count_jobs(Kind::Reconcile).await.unwrap(), (0, 0));
}

async fn a_job_that_fails_is_tried_with_growing_pauses_and_is_dead_at_last(place: Place) {
    let store = place.open().await;
    intend(&store, "k").await;
    let (mut now, mut pauses) = (DUE, Vec::new());
    loop {
        let job = take(&store, 1, now).await.remove(0);
        assert!(store.retry_job(&job, "nobody answers", at(now)).await.unwrap());
        let Some(pause) = job.pause() else { break };
        let pause = i64::try_from(pause.as_secs()).unwrap();
        assert_eq!(take(&store, 1, now + pause - 1).await, []);
        now += pause;
        pauses.push(pause);
    }
    assert_eq!(pauses[..11], [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]);
    assert!(pauses.len() == 39 && pauses[11..].iter().all(|pause| *pause == 3600));
    assert_eq!(take(&store, 1, now + 1_000_000).await, []);
    assert_eq!(store.count_jobs(Kind::Reconcile).await.unwrap(), (0, 1));
    let dead = store.dead_jobs(9).await.unwrap().remove(0);
    assert_eq!((dead.key.as_str(), dead.attempts, dead.why.as_str()), ("k", 40, "nobody answers"));
    assert!(store.revive_job(Kind::Reconcile, "k", at(now)).await.unwrap());
    assert!(!store.revive_job(Kind::Reconcile, "k", at(now)).await.unwrap());
    assert_eq!(take(&store, 1, now).await.len(), 1);
}

async fn a_settled_intent_leaves_no_job(place: Place) {
    let store = place.open().await;
    for state in State::ALL {
        intend(&store, state.name()).await;
        store.settle(state.name(), state, None).await.unwrap();
        let left = take(&store, 9, DUE).await;
        assert_eq!(left.len(), usize::from(!state.is_last()), "{state:?}");
        for job in left {
            store.finish_job(&job).await.unwrap();
        }
    }
}

async fn what_is_settled_for_good_stays_so_whoever_is_late(place: Place) {
    let store = place.open().await;
    for last in State::ALL.into_iter().filter(|state| state.is_last()) {
        intend(&store, last.name()).await;
        store.settle(last.name(), last, None).await.unwrap();
        for late in State::ALL {
            store.settle(last.name(), late, None).await.unwrap();
            store.may_be_used(last.name(), "other").await.unwrap();
            assert_eq!(store.intents(last).await.unwrap(), 1, "{last:?} and then {late:?}");
        }
    }
}
