//! What is changed in the world: the intent first, the service once, and the undo also after the caller has gone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use dauys::config::Messages;
use dauys::services::{Reply, Request, Service, Services, Submissions, Wanted};
use dauys::store::{Intent, Kind, State, Store};
use dauys_core::citizen::{Iin, Phone};
use dauys_core::flow::graph::Value;
use dauys_core::interpreter::{Answer, Bit, RequestId, Telling, Undoing};
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::database::{Place, on_both};

on_both! {
    an_intent_is_committed_before_the_service_is_asked_and_settled_after,
    what_is_undone_while_its_answer_is_awaited_is_taken_back_after_it_once,
    what_was_refused_needs_no_undo_and_what_is_unknown_is_left_to_be_reconciled,
    what_is_held_is_taken_back_unless_what_was_under_way_used_it,
    what_a_crash_caught_under_way_may_have_used_what_its_call_held,
    who_did_not_hear_how_it_ended_is_sent_it_once_and_nobody_else,
    one_key_is_asked_once,
    a_store_that_commits_nothing_keeps_the_service_unasked,
    a_store_that_hangs_keeps_the_service_unasked_and_holds_nobody_up,
    a_crash_leaves_what_was_asked_unknown_and_what_was_held_to_be_undone,
    the_database_holds_no_iin_of_a_request,
}

const IIN: &str = "990101100010";

/// Answers when it is let, and remembers under which keys it was asked.
#[derive(Clone, Default)]
struct Desk {
    asked: Arc<Mutex<Vec<String>>>,
    go: Arc<Notify>,
    answer: Option<Answer>,
}

impl Service for Desk {
    fn submit<'a>(&'a self, key: &'a str, request: &'a Request, _: Timestamp) -> Reply<'a> {
        let said = format!("{key} {:?}", request.keys().collect::<Vec<_>>());
        self.asked.lock().unwrap().push(said);
        Box::pin(async {
            self.go.notified().await;
            self.answer.clone().unwrap_or(Answer::Unknown)
        })
    }
}

fn held() -> Answer {
    Answer::Outcome { outcome: "held".to_owned(), fields: reference() }
}

fn reference() -> Request {
    BTreeMap::from([("ref".to_owned(), Value::Digits("55".to_owned()))])
}

fn undoing() -> Option<Undoing> {
    Some(Undoing { service: "release".to_owned(), given: BTreeMap::new(), answered: vec!["ref".to_owned()] })
}

fn wanted() -> Wanted {
    let request = BTreeMap::from([("iin".to_owned(), Value::Iin(Iin::parse(IIN).unwrap()))]);
    Wanted { service: "hold".to_owned(), request, key: "k-1".to_owned(), deadline_ms: 5000, telling: None }
}

struct Scene {
    store: Store,
    hold: Desk,
    release: Desk,
    all: Submissions,
}

impl Scene {
    async fn new(place: &Place, answer: Answer) -> Self {
        Self::with(place, answer, &Desk::default()).await
    }

    async fn with(place: &Place, answer: Answer, book: &Desk) -> Self {
        let store = place.open().await;
        let hold = Desk { answer: Some(answer), ..Desk::default() };
        let release = Desk { answer: Some(Answer::Outcome { outcome: "released".to_owned(), fields: BTreeMap::new() }), ..Desk::default() };
        release.go.notify_one();
        let services = Services::default().with("hold", hold.clone()).with("release", release.clone()).with("book", book.clone());
        let all = Submissions::new(services, store.clone(), &Messages::default());
        Self { store, hold, release, all }
    }

    async fn states(&self) -> Vec<(&'static str, i64)> {
        let mut found = Vec::new();
        for state in State::ALL {
            let count = self.store.intents(state).await.unwrap();
            found.extend((count > 0).then_some((state.name(), count)));
        }
        found
    }

    fn released(&self) -> Vec<String> {
        self.release.asked.lock().unwrap().clone()
    }
}

async fn an_intent_is_committed_before_the_service_is_asked_and_settled_after(place: Place) {
    let scene = Scene::new(&place, held()).await;
    let mut call = scene.all.of_call("c");
    let answer = tokio::spawn(call.submit(RequestId(0), wanted(), undoing(), Timestamp::UNIX_EPOCH));
    while scene.hold.asked.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.states().await, [("asked", 1)]);
    scene.hold.go.notify_one();
    assert_eq!(answer.await.unwrap(), held());
    assert_eq!(scene.states().await, [("held", 1)]);
    call.over();
    scene.all.finished().await;
    assert_eq!((scene.states().await, scene.released()), (vec![("done", 1)], vec![]));
}

async fn what_is_undone_while_its_answer_is_awaited_is_taken_back_after_it_once(place: Place) {
    let scene = Scene::new(&place, held()).await;
    let mut call = scene.all.of_call("c");
    drop(call.submit(RequestId(0), wanted(), undoing(), Timestamp::UNIX_EPOCH)); // the caller has gone
    call.undo(RequestId(0), "release".to_owned(), None, &[], Timestamp::UNIX_EPOCH);
    call.undo(RequestId(0), "release".to_owned(), Some(reference()), &[], Timestamp::UNIX_EPOCH);
    call.over();
    scene.hold.go.notify_one();
    scene.all.finished().await;
    assert_eq!(scene.states().await, [("undone", 1)]);
    assert_eq!(scene.released(), [r#"k-1-undo ["ref"]"#]);
}

async fn what_was_refused_needs_no_undo_and_what_is_unknown_is_left_to_be_reconciled(place: Place) {
    for (answer, state) in [(Answer::Unavailable, "refused"), (Answer::Unknown, "undo_wanted")] {
        let place = place.another().await;
        let scene = Scene::new(&place, answer).await;
        let mut call = scene.all.of_call("c");
        scene.hold.go.notify_one();
        call.submit(RequestId(0), wanted(), undoing(), Timestamp::UNIX_EPOCH).await;
        call.undo(RequestId(0), "release".to_owned(), None, &[], Timestamp::UNIX_EPOCH);
        scene.all.finished().await;
        assert_eq!((scene.states().await, scene.released()), (vec![(state, 1)], vec![]));
    }
}

/// The caller hung up while what would use the hold was under way.
async fn what_is_held_is_taken_back_unless_what_was_under_way_used_it(place: Place) {
    let booked = Answer::Outcome { outcome: "booked".to_owned(), fields: BTreeMap::new() };
    let undo = r#"k-1-undo ["ref"]"#.to_owned();
    let cases = [
        (booked, vec![("done", 2_i64)], vec![], 0_i64),
        (Answer::Unavailable, vec![("refused", 1_i64), ("undone", 1_i64)], vec![undo], 0),
        (Answer::Unknown, vec![("held", 1_i64), ("unknown", 1_i64)], vec![], 1),
    ];
    for (answer, states, released, perhaps_used) in cases {
        let book = Desk { answer: Some(answer), ..Desk::default() };
        let place = place.another().await;
        let scene = Scene::with(&place, held(), &book).await;
        let mut call = scene.all.of_call("c");
        scene.hold.go.notify_one();
        call.submit(RequestId(0), wanted(), undoing(), Timestamp::UNIX_EPOCH).await;
        let booking = Wanted { service: "book".to_owned(), request: reference(), key: "k-2".to_owned(), deadline_ms: 5000, telling: None };
        drop(call.submit(RequestId(1), booking, None, Timestamp::UNIX_EPOCH));
        call.undo(RequestId(0), "release".to_owned(), Some(reference()), &[RequestId(1)], Timestamp::UNIX_EPOCH);
        call.over();
        book.go.notify_one();
        scene.all.finished().await;
        assert_eq!((scene.states().await, scene.released()), (states, released));
        assert_eq!(scene.store.perhaps_used().await.unwrap(), perhaps_used);
        assert_eq!(scene.store.settle_orphans().await.unwrap(), 0); // after a restart it waits still
        assert_eq!(scene.store.perhaps_used().await.unwrap(), perhaps_used);
    }
}

async fn what_a_crash_caught_under_way_may_have_used_what_its_call_held(place: Place) {
    let scene = Scene::new(&place, held()).await;
    for (key, call) in [("hold", "c"), ("book", "c"), ("other", "d")] {
        let Wanted { service, request, .. } = wanted();
        let intent = Intent { key: key.to_owned(), call: call.to_owned(), service, request, undo: None, telling: None };
        assert!(scene.store.intend(&intent, Timestamp::UNIX_EPOCH).await.unwrap());
    }
    scene.store.settle("hold", State::Held, Some(&reference())).await.unwrap();
    scene.store.settle("other", State::Held, Some(&reference())).await.unwrap();
    assert_eq!(scene.store.settle_orphans().await.unwrap(), 2);
    assert_eq!(scene.states().await, [("held", 1), ("unknown", 1), ("undo_wanted", 1)]);
    assert_eq!(scene.store.perhaps_used().await.unwrap(), 1);
}

/// A text for each ending.
fn telling() -> Telling {
    let texts = ["held", "unavailable"].map(|name| (name.to_owned(), vec![vec![Bit::from(name.to_owned())]]));
    Telling { to: Phone::parse("+77012340506").ok(), texts: texts.into() }
}

/// The answer comes before the call gives up, after it, or both at once; what is unknown is the reconcile job's to tell.
async fn who_did_not_hear_how_it_ended_is_sent_it_once_and_nobody_else(place: Place) {
    let cases = [
        (held(), false, false, None),
        (held(), true, false, Some("held")),
        (held(), false, true, Some("held")),
        (held(), true, true, Some("held")),
        (Answer::Unavailable, true, false, Some("unavailable")),
        (Answer::Unavailable, false, true, Some("unavailable")),
        (Answer::Unknown, true, true, None),
    ];
    for (answer, before, after, text) in cases {
        let (place, case) = (place.another().await, format!("{answer:?} {before} {after}"));
        let scene = Scene::new(&place, answer).await;
        let mut call = scene.all.of_call("c");
        let asked = call.submit(RequestId(0), Wanted { telling: Some(telling()), ..wanted() }, None, Timestamp::UNIX_EPOCH);
        if before {
            call.tell(RequestId(0), Timestamp::UNIX_EPOCH);
        }
        scene.hold.go.notify_one();
        asked.await;
        if after {
            call.tell(RequestId(0), Timestamp::UNIX_EPOCH);
        }
        call.over();
        scene.all.finished().await;
        let sent = scene.store.open_message("k-1-told").await.unwrap();
        assert_eq!(sent.map(|sent| sent.text).as_deref(), text, "{case}");
        assert_eq!(scene.store.count_jobs(Kind::Sms).await.unwrap(), (text.iter().count() as i64, 0), "{case}");
    }
}

async fn one_key_is_asked_once(place: Place) {
    let scene = Scene::new(&place, held()).await;
    let (mut one, mut other) = (scene.all.of_call("c"), scene.all.of_call("c"));
    scene.hold.go.notify_one();
    assert_eq!(one.submit(RequestId(0), wanted(), None, Timestamp::UNIX_EPOCH).await, held());
    assert_eq!(other.submit(RequestId(0), wanted(), None, Timestamp::UNIX_EPOCH).await, Answer::Unknown);
    assert_eq!(scene.hold.asked.lock().unwrap().len(), 1);
}

async fn a_store_that_commits_nothing_keeps_the_service_unasked(place: Place) {
    let scene = Scene::new(&place, held()).await;
    scene.store.close().await;
    let mut call = scene.all.of_call("c");
    assert_eq!(call.submit(RequestId(0), wanted(), None, Timestamp::UNIX_EPOCH).await, Answer::Unavailable);
    assert!(scene.hold.asked.lock().unwrap().is_empty());
}

async fn a_store_that_hangs_keeps_the_service_unasked_and_holds_nobody_up(place: Place) {
    let scene = Scene::new(&place, held()).await;
    let hanging = place.hang().await;
    let start = std::time::Instant::now();
    let mut call = scene.all.of_call("c");
    assert_eq!(call.submit(RequestId(0), wanted(), None, Timestamp::UNIX_EPOCH).await, Answer::Unavailable);
    assert!(start.elapsed().as_secs() < 15 && scene.hold.asked.lock().unwrap().is_empty());
    drop(hanging);
    scene.hold.go.notify_one();
    while call.submit(RequestId(1), wanted(), None, Timestamp::UNIX_EPOCH).await == Answer::Unavailable {} // until the lock has gone with its connection
    assert_eq!(scene.states().await, [("done", 1)]);
}

async fn a_crash_leaves_what_was_asked_unknown_and_what_was_held_to_be_undone(place: Place) {
    let scene = Scene::new(&place, held()).await;
    for key in ["a", "b", "c"] {
        let Wanted { service, request, .. } = wanted();
        let intent = Intent { key: key.to_owned(), call: format!("of {key}"), service, request, undo: None, telling: None };
        assert!(scene.store.intend(&intent, Timestamp::UNIX_EPOCH).await.unwrap());
    }
    scene.store.settle("b", State::Held, Some(&reference())).await.unwrap();
    scene.store.settle("c", State::Done, None).await.unwrap();
    assert_eq!(scene.store.settle_orphans().await.unwrap(), 2);
    assert_eq!(scene.states().await, [("done", 1), ("unknown", 1), ("undo_wanted", 1)]);
}

async fn the_database_holds_no_iin_of_a_request(place: Place) {
    let scene = Scene::new(&place, held()).await;
    let mut call = scene.all.of_call("c");
    scene.hold.go.notify_one();
    call.submit(RequestId(0), wanted(), None, Timestamp::UNIX_EPOCH).await;
    scene.store.close().await;
    let whole = place.bytes().await;
    let has = |text: &str| whole.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(has("k-1") && !has(IIN));
}
