//! What nobody settled is settled: the service is asked again under the same key, and what nobody needs is taken back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use dauys::config::Messages;
use dauys::services::{Reconciler, Reply, Request, Service, Services};
use dauys::store::{Intent, Kind, State, Store};
use dauys_core::citizen::Phone;
use dauys_core::flow::graph::Value;
use dauys_core::interpreter::{Answer, Bit, Telling, Undoing};
use jiff::Timestamp;

use crate::database::{Place, on_both};

on_both! {
    an_unknown_intent_is_asked_again_under_its_key_with_its_true_request_until_it_is_known,
    what_a_killed_process_left_is_taken_back_as_if_the_caller_had_hung_up,
    a_hold_waits_for_what_may_have_used_it,
    an_unknown_hold_that_was_to_be_undone_is_asked_and_undone,
    what_turns_out_held_while_its_call_is_up_stays_the_calls,
    what_cannot_be_opened_waits_for_a_person,
    a_caller_is_told_once_how_what_he_left_open_ended,
}

/// Answers in this order, the last one for ever, and says how it was asked.
#[derive(Clone)]
struct Desk {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
    name: &'static str,
}

impl Service for Desk {
    fn submit<'a>(&'a self, key: &'a str, request: &'a Request, _: Timestamp) -> Reply<'a> {
        let digits = |value: &Value| if let Value::Digits(digits) = value { digits.clone() } else { String::new() };
        let said: Vec<_> = request.iter().map(|(name, value)| format!("{name}={}", digits(value))).collect();
        self.asked.lock().unwrap().push(format!("{} {key} {}", self.name, said.join(" ")));
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async { answer.unwrap() })
    }
}

struct Scene {
    store: Store,
    asked: Arc<Mutex<Vec<String>>>,
    reconciler: Reconciler,
    now: i64,
}

impl Scene {
    async fn new(place: &Place, hold: &[Answer], book: &[Answer]) -> Self {
        let asked = Arc::default();
        let desk =
            |name, answers: &[Answer]| Desk { name, answers: Arc::new(Mutex::new(answers.to_vec().into())), asked: Arc::clone(&asked) };
        let services = Services::default().with("hold", desk("hold", hold)).with("book", desk("book", book));
        let services = services.with("release", desk("release", &[outcome("released")]));
        let store = place.open().await;
        Self { reconciler: Reconciler::new(services, store.clone(), &Messages::default()), store, asked, now: 0 }
    }

    /// A hold that was answered, unless it is another's.
    async fn intend(&self, key: &str, undo: bool) {
        let service = key.split('-').next().unwrap().to_owned();
        let (undo, telling) = (undo.then(undoing), (!undo).then(telling));
        let intent = Intent { key: key.to_owned(), call: "c".to_owned(), service, request: digits("seat", "7"), undo, telling };
        assert!(self.store.intend(&intent, Timestamp::UNIX_EPOCH).await.unwrap());
    }

    /// All that is due within two minutes.
    async fn later(&mut self) {
        for _ in 0..12 {
            self.now += 10;
            self.reconciler.round(Timestamp::from_second(self.now).unwrap()).await;
        }
    }

    async fn states(&self) -> Vec<(&'static str, i64)> {
        let mut found = Vec::new();
        for state in State::ALL {
            let count = self.store.intents(state).await.unwrap();
            found.extend((count > 0).then_some((state.name(), count)));
        }
        found
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn outcome(name: &str) -> Answer {
    Answer::Outcome { outcome: name.to_owned(), fields: BTreeMap::new() }
}

fn digits(name: &str, digits: &str) -> Request {
    BTreeMap::from([(name.to_owned(), Value::Digits(digits.to_owned()))])
}

fn held() -> Answer {
    Answer::Outcome { outcome: "held".to_owned(), fields: digits("ref", "55") }
}

fn undoing() -> Undoing {
    Undoing { service: "release".to_owned(), given: digits("seat", "7"), answered: vec!["ref".to_owned()] }
}

/// "no. REF" where it is booked, "full" where it is full.
fn telling() -> Telling {
    let number = Bit::Answered { field: "ref".to_owned(), items: BTreeMap::new() };
    let texts = [("held", vec![Bit::from("no.".to_owned()), number]), ("full", vec![Bit::from("full".to_owned())])];
    let texts = texts.map(|(outcome, line)| (outcome.to_owned(), vec![line])).into();
    Telling { to: Phone::parse("+77012340506").ok(), texts }
}

const RELEASED: &str = "release hold-1-undo ref=55 seat=7";

async fn an_unknown_intent_is_asked_again_under_its_key_with_its_true_request_until_it_is_known(place: Place) {
    let answers = [Answer::Unknown, Answer::Unavailable, outcome("booked")];
    let mut scene = Scene::new(&place, &[], &answers).await;
    scene.intend("book-1", false).await;
    scene.store.settle("book-1", State::Unknown, None).await.unwrap();
    scene.store.settle_call("c").await.unwrap();
    scene.later().await;
    assert_eq!((scene.asked(), scene.states().await), (vec!["book book-1 seat=7".to_owned()], vec![("unknown", 1)]));
    scene.later().await;
    assert_eq!((scene.asked().len(), scene.states().await), (2, vec![("done", 1)]));
    assert_eq!(scene.store.outcome_of("book-1").await.unwrap().as_deref(), Some("booked"));
    scene.later().await;
    assert_eq!((scene.asked(), scene.store.count_jobs(Kind::Reconcile).await.unwrap()), (vec![], (0, 0)));
}

async fn what_a_killed_process_left_is_taken_back_as_if_the_caller_had_hung_up(place: Place) {
    let mut scene = Scene::new(&place, &[held()], &[]).await;
    scene.intend("hold-1", true).await; // it was asked, and nobody heard the answer
    scene.later().await;
    scene.later().await;
    assert_eq!(scene.asked(), ["hold hold-1 seat=7", RELEASED]);
    assert_eq!(scene.states().await, [("undone", 1)]);
}

async fn a_hold_waits_for_what_may_have_used_it(place: Place) {
    let cases = [
        (vec![Answer::Unknown, outcome("booked")], State::Unknown, vec![("done", 2)], vec![]),
        (vec![], State::Refused, vec![("refused", 1), ("undone", 1)], vec![RELEASED.to_owned()]),
        (vec![Answer::Unknown], State::Unknown, vec![("held", 1), ("unknown", 1)], vec![]),
    ];
    for (book, state, states, released) in cases {
        let place = place.another().await;
        let mut scene = Scene::new(&place, &[held()], &book).await;
        scene.intend("hold-1", true).await;
        let undo_request: Request = digits("ref", "55").into_iter().chain(digits("seat", "7")).collect();
        scene.store.settle("hold-1", State::Held, Some(&undo_request)).await.unwrap();
        scene.intend("book-1", false).await;
        scene.store.settle("book-1", state, None).await.unwrap();
        scene.store.may_be_used("hold-1", "book-1").await.unwrap();
        for _ in 0..4 {
            scene.later().await;
        }
        assert_eq!(scene.states().await, states);
        assert_eq!(scene.asked().into_iter().filter(|asked| asked.starts_with("release")).collect::<Vec<_>>(), released);
    }
}

async fn an_unknown_hold_that_was_to_be_undone_is_asked_and_undone(place: Place) {
    for (answer, state, asked) in
        [(held(), "undone", vec!["hold hold-1 seat=7", RELEASED]), (outcome("taken"), "done", vec!["hold hold-1 seat=7"])]
    {
        let place = place.another().await;
        let mut scene = Scene::new(&place, &[answer], &[]).await;
        scene.intend("hold-1", true).await;
        scene.store.settle("hold-1", State::UndoWanted, None).await.unwrap();
        scene.later().await;
        assert_eq!((scene.asked(), scene.states().await), (asked.into_iter().map(str::to_owned).collect(), vec![(state, 1)]));
    }
}

async fn what_turns_out_held_while_its_call_is_up_stays_the_calls(place: Place) {
    let mut scene = Scene::new(&place, &[held()], &[]).await;
    scene.intend("hold-1", true).await;
    scene.store.settle("hold-1", State::Unknown, None).await.unwrap();
    for _ in 0..30 {
        scene.now += 20;
        let now = Timestamp::from_second(scene.now).unwrap();
        scene.store.keep_held(now).await.unwrap();
        scene.reconciler.round(now).await;
    }
    assert_eq!((scene.asked(), scene.states().await), (vec!["hold hold-1 seat=7".to_owned()], vec![("held", 1)]));
    scene.later().await; // nobody keeps it any more: its process is dead
    assert_eq!((scene.asked(), scene.states().await), (vec![RELEASED.to_owned()], vec![("undone", 1)]));
}

async fn what_cannot_be_opened_waits_for_a_person(place: Place) {
    let scene = Scene::new(&place, &[held()], &[]).await;
    scene.intend("hold-1", true).await;
    std::fs::write(place.data.path().join("phone.key"), [7; 64]).unwrap();
    let mut scene = Scene::new(&place, &[held()], &[]).await;
    scene.later().await;
    assert_eq!((scene.asked(), scene.store.count_jobs(Kind::Reconcile).await.unwrap()), (vec![], (0, 1)));
    assert!(scene.store.dead_jobs(1).await.unwrap()[0].why.contains("phone.key"));
}

async fn a_caller_is_told_once_how_what_he_left_open_ended(place: Place) {
    let cases = [
        (held(), Some("no. 55")),
        (outcome("full"), Some("full")),
        (outcome("held"), None), // without its number
        (outcome("strange"), None),
        (Answer::Unknown, None),
    ];
    for (answer, text) in cases {
        let place = place.another().await;
        let mut scene = Scene::new(&place, &[], &[Answer::Unknown, answer.clone()]).await;
        scene.intend("book-1", false).await;
        scene.store.settle("book-1", State::Unknown, None).await.unwrap();
        scene.later().await;
        assert!(scene.store.open_message("book-1-told").await.unwrap().is_none(), "nobody knows yet");
        for _ in 0..3 {
            scene.later().await;
        }
        let sent = scene.store.open_message("book-1-told").await.unwrap();
        assert_eq!(sent.as_ref().map(|sent| sent.text.as_str()), text, "{answer:?}");
        assert_eq!(scene.store.count_jobs(Kind::Sms).await.unwrap(), (text.iter().count() as i64, 0), "{answer:?}");
        let at_night = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(5))).hour() < 8; // 05:00 in Almaty
        let taken = scene
            .store
            .take_jobs(Kind::Sms, 9, Timestamp::from_second(scene.now).unwrap(), std::time::Duration::from_secs(1))
            .await
            .unwrap();
        assert!(at_night && taken.is_empty(), "nobody is woken by it");
    }
}
