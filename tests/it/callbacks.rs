//! Calls back: what is booked is kept, a number once, a window as often as it has places, and nobody reads a number in the database.

use std::process::Command;
use std::sync::Arc;

use dauys::callbacks::{Callbacks, Wish};
use dauys::chat::{Chat, Shown};
use dauys::config::{Config, Messages};
use dauys::services::Services;
use dauys::store::{Booked, Callback, CallbackState, Ended, Store, Window};
use dauys::{bundle, config};
use dauys_core::calendar::hours::{Desk, Hours, Span};
use dauys_core::calendar::{Time, Weekday};
use dauys_core::call::Outcome;
use dauys_core::citizen::Phone;
use dauys_core::flow::graph::Ending;
use dauys_core::key::Key;
use dauys_core::lang::Lang;
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::bundle::house;
use crate::database::{Place, on_both};

on_both! {
    of_fifty_places_two_hundred_callers_book_exactly_fifty,
    a_number_that_waits_is_booked_once_and_keeps_its_window,
    what_is_cancelled_leaves_its_place_and_what_is_done_does_not,
    a_number_is_never_in_the_open_and_forgotten_when_somebody_has_called,
    what_is_over_is_forgotten_and_what_is_open_is_not,
}

const CALLERS: u32 = 200;
const PLACES: u32 = 50;
const ASKS_MAX: usize = 20;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn window(day: i64) -> Window {
    Window { opens: at(86_400 * day), closes: at(86_400 * day + 43_200) }
}

fn phone(nth: u32) -> Phone {
    Phone::parse(&format!("+7701234{nth:04}")).unwrap()
}

fn wanted(key: &str, nth: u32, day: i64) -> Callback {
    Callback {
        key: key.to_owned(),
        number: phone(nth),
        lang: Some(Lang::Kk),
        topic: Some("help".to_owned()),
        message: Some("calls/2026/11/24/c0ffee.message-1.wav".to_owned()),
        asked: at(0),
        window: window(day),
    }
}

async fn of_fifty_places_two_hundred_callers_book_exactly_fifty(place: Place) {
    let stores = [place.open().await, place.open().await]; // two robots
    let mut callers = JoinSet::new();
    for nth in 0..CALLERS {
        let store = stores[nth as usize % 2].clone();
        callers.spawn(async move {
            for _ in 0..ASKS_MAX {
                // a database that so many ask at once may be late: whoever does not know asks again under the same key
                if let Ok(booked) = store.book_callback(&wanted(&format!("call {nth}"), nth, 1), PLACES).await {
                    return booked;
                }
            }
            panic!("call {nth}: no answer");
        });
    }
    let answers = callers.join_all().await;
    let full = answers.iter().filter(|booked| **booked == Booked::Full).count();
    assert_eq!(full, (CALLERS - PLACES) as usize, "{answers:?}");
    assert_eq!(stores[0].count_callbacks(CallbackState::Open).await.unwrap(), i64::from(PLACES));
    assert_eq!(stores[1].book_callback(&wanted("late", 9999, 1), PLACES).await.unwrap(), Booked::Full);
    assert_eq!(stores[1].book_callback(&wanted("other day", 9999, 2), PLACES).await.unwrap(), Booked::New);
}

async fn a_number_that_waits_is_booked_once_and_keeps_its_window(place: Place) {
    let store = place.open().await;
    assert_eq!(store.book_callback(&wanted("a", 1, 1), 2).await.unwrap(), Booked::New);
    assert_eq!(store.book_callback(&wanted("a", 1, 1), 2).await.unwrap(), Booked::Known, "the same wish once more");
    assert_eq!(store.book_callback(&wanted("b", 1, 2), 2).await.unwrap(), Booked::Known, "the same number in another call");
    assert_eq!(store.book_callback(&wanted("c", 2, 1), 2).await.unwrap(), Booked::New, "neither took a place");
    assert_eq!(store.book_callback(&wanted("d", 3, 1), 2).await.unwrap(), Booked::Full);
    assert_eq!(store.book_callback(&wanted("e", 1, 1), 2).await.unwrap(), Booked::Known, "who waits is told so though it is full");
    let kept = store.callbacks(true, 9).await.unwrap();
    assert_eq!(kept.iter().map(|one| (one.key.as_str(), one.window)).collect::<Vec<_>>(), [("a", window(1)), ("c", window(1))]);
    let (first, asked) = (&kept[0], wanted("a", 1, 1));
    assert_eq!((first.number.as_ref(), first.lang, first.asked), (Some(&asked.number), asked.lang, asked.asked));
    assert_eq!((&first.topic, &first.message, first.state), (&asked.topic, &asked.message, CallbackState::Open));
    assert_eq!(store.end_callback("a", CallbackState::Done).await.unwrap(), Ended::One);
    assert_eq!(store.book_callback(&wanted("f", 1, 2), 2).await.unwrap(), Booked::New, "after the call it may be booked again");
}

async fn what_is_cancelled_leaves_its_place_and_what_is_done_does_not(place: Place) {
    let store = place.open().await;
    for (key, nth) in [("ab", 1), ("ac", 2)] {
        assert_eq!(store.book_callback(&wanted(key, nth, 1), 2).await.unwrap(), Booked::New);
    }
    assert_eq!(store.end_callback("a", CallbackState::Done).await.unwrap(), Ended::Many);
    assert_eq!(store.end_callback("x", CallbackState::Done).await.unwrap(), Ended::None);
    assert_eq!(store.end_callback("ab", CallbackState::Done).await.unwrap(), Ended::One);
    assert_eq!(store.end_callback("ab", CallbackState::Cancelled).await.unwrap(), Ended::None, "over is over");
    assert_eq!(store.book_callback(&wanted("d", 3, 1), 2).await.unwrap(), Booked::Full, "somebody's time was spent on it");
    assert_eq!(store.end_callback("a", CallbackState::Cancelled).await.unwrap(), Ended::One, "one that is open begins so");
    assert_eq!(store.book_callback(&wanted("e", 4, 1), 2).await.unwrap(), Booked::New);
    assert_eq!(store.book_callback(&wanted("f", 5, 1), 2).await.unwrap(), Booked::Full);
    assert_eq!(store.late_callbacks(window(1).closes).await.unwrap(), 1);
    assert_eq!(store.late_callbacks(window(1).opens).await.unwrap(), 0);
}

async fn a_number_is_never_in_the_open_and_forgotten_when_somebody_has_called(place: Place) {
    let store = place.open().await;
    store.book_callback(&wanted("a", 506, 1), 2).await.unwrap();
    let bytes = place.bytes().await;
    assert!(!bytes.windows(10).any(|window| window == b"7012340506"), "the database holds a number");
    assert_eq!(store.callbacks(false, 9).await.unwrap()[0].number, Some(phone(506)));
    store.end_callback("a", CallbackState::Done).await.unwrap();
    assert_eq!(store.callbacks(false, 9).await.unwrap(), []);
    let kept = store.callbacks(true, 9).await.unwrap();
    assert_eq!((kept[0].state, &kept[0].number), (CallbackState::Done, &None));
}

async fn what_is_over_is_forgotten_and_what_is_open_is_not(place: Place) {
    let store = place.open().await;
    for (key, nth) in [("a", 1), ("b", 2)] {
        store.book_callback(&wanted(key, nth, 1), 2).await.unwrap();
    }
    store.end_callback("a", CallbackState::Done).await.unwrap();
    assert_eq!(store.forget(at(0)).await.unwrap(), 0);
    assert_eq!(store.forget(window(2).closes).await.unwrap(), 2, "one call and the window");
    assert_eq!(store.callbacks(true, 9).await.unwrap().len(), 1);
}

/// Open from nine to six, from Monday to Friday.
fn hours() -> Hours {
    let span = Span { from: Time::on_the_hour(9), to: Time::on_the_hour(18) };
    let weekly = Weekday::ALL.into_iter().take(5).map(|day| (day, span)).collect();
    Hours { desks: [("operators".to_owned(), Desk { weekly, works_on_holidays: false })].into(), ..Hours::default() }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn wish(key: &str, number: Option<&str>) -> Wish {
    Wish { key: key.to_owned(), number: number.map(|text| Phone::parse(text).unwrap()), lang: None, topic: None, message: None }
}

fn of(store: &Store, capacity: u32) -> Callbacks {
    let own = ["1414", "8 (7172) 90-69-84"].map(config::Number::new);
    Callbacks::new(&config::Callbacks { capacity }, &own, store.clone())
}

#[tokio::test]
async fn a_wish_is_booked_for_now_or_for_the_next_opening_or_refused_or_full() {
    let place = Place::sqlite();
    let store = place.open().await;
    let callbacks = of(&store, 2);
    let cases = [
        // Friday 27 November 2026, and the Monday after it, in Almaty
        (Some("+77010000001"), "2026-11-27T17:30:00+05", Ending::Booked, Some("2026-11-27T17:30:00+05")),
        (Some("+77010000002"), "2026-11-27T18:00:00+05", Ending::Booked, Some("2026-11-30T09:00:00+05")),
        (Some("+77172000003"), "2026-11-28T23:59:00+05", Ending::Booked, Some("2026-11-30T09:00:00+05")),
        (Some("+77010000004"), "2026-11-29T00:00:00+05", Ending::Full, None),
        (Some("+77010000002"), "2026-11-30T10:00:00+05", Ending::Booked, None),
        (Some("+79161234567"), "2026-11-27T10:00:00+05", Ending::Refused, None),
        (Some("+78091234567"), "2026-11-27T10:00:00+05", Ending::Refused, None),
        (Some("+77172906984"), "2026-11-27T10:00:00+05", Ending::Refused, None),
        (None, "2026-11-27T10:00:00+05", Ending::Refused, None),
    ];
    for (nth, (number, now, ending, opens)) in cases.into_iter().enumerate() {
        let key = format!("call-{nth}");
        assert_eq!(callbacks.book(wish(&key, number), &hours(), moment(now)).await, ending, "{number:?} {now}");
        let kept = store.callbacks(false, 9).await.unwrap();
        let found = kept.iter().find(|one| one.key == key).map(|one| one.window.opens);
        assert_eq!(found, opens.map(moment), "{number:?} {now}");
    }
    let closes: Vec<_> = store.callbacks(false, 9).await.unwrap().iter().map(|one| one.window.closes).collect();
    let [friday, monday] = ["2026-11-27T18:00:00+05", "2026-11-30T18:00:00+05"].map(moment);
    assert_eq!(closes, [friday, monday, monday], "the window is the day's, whenever it was asked for");
    let nobody = Hours::default();
    assert_eq!(callbacks.book(wish("n", Some("+77010000009")), &nobody, moment("2026-11-27T10:00:00+05")).await, Ending::Full);
    assert_eq!(of(&store, 0).book(wish("o", Some("+77010000009")), &hours(), moment("2026-12-07T10:00:00+05")).await, Ending::Full);
}

#[tokio::test]
async fn where_the_database_fails_nothing_is_booked_and_the_caller_is_told_so() {
    let place = Place::sqlite();
    let store = place.open().await;
    store.close().await;
    let ending = of(&store, 2).book(wish("a", Some("+77010000001")), &hours(), moment("2026-11-27T10:00:00+05")).await;
    assert_eq!(ending, Ending::Full);
    assert_eq!(place.open().await.count_callbacks(CallbackState::Open).await.unwrap(), 0);
}

#[test]
fn how_many_are_booked_is_configured() {
    let capacity = |text: &str| Config::parse("dauys.yaml", text).map(|config| config.callbacks.capacity);
    assert_eq!((capacity("").unwrap(), capacity("callbacks: {capacity: 0}").unwrap()), (100, 0));
    assert!(capacity("callbacks: {capacity: -1}").is_err() && capacity("callbacks: {places: 1}").is_err());
}

/// The whole of it in the terminal, by night: 0, yes, a number, yes, a message; then as the staff sees it.
#[tokio::test]
async fn a_call_back_of_a_chat_is_listed_masked_and_done() {
    let place = Place::sqlite();
    let store = place.open().await;
    let bundle = Arc::new(bundle::load(house()).unwrap());
    let night = moment("2026-11-24T03:00:00+05");
    let services = Services::shipped(&store, &bundle.program.hours, &Messages::default());
    let mut chat = Chat::new(bundle, services, store.clone(), Some(Lang::Ru), night, 1).booking(of(&store, 2));
    let mut shown = chat.begin().await;
    for keys in ["0", "1", "87012340506#", "1"] {
        shown.extend(chat.press(&keys.chars().filter_map(Key::from_char).collect::<Vec<_>>()).await);
    }
    shown.extend(chat.say("когда будет готов паспорт").await);
    assert_eq!(shown.last(), Some(&Shown::Ended(Outcome::Flow("callback".to_owned()))), "{shown:#?}");
    let kept = store.callbacks(false, 9).await.unwrap();
    assert_eq!((kept.len(), kept[0].number.clone(), kept[0].lang), (1, Some(phone(506)), Some(Lang::Ru)));
    assert_eq!(kept[0].window.opens, moment("2026-11-24T09:00:00+05"));
    store.close().await;

    let data = place.data.path().to_str().unwrap();
    let dauys = |words: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_dauys")).arg("callbacks").args(words).args(["--data", data]).output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, listed, _) = dauys(&["list", "--open"]);
    assert_eq!((code, listed.lines().count()), (Some(0), 1));
    assert!(listed.contains("2026-11-24 09:00-21:00  ru  ********0506") && !listed.contains("701234"), "{listed}");
    assert!(dauys(&["list", "--numbers"]).1.contains("+77012340506"));
    let json: serde_json::Value = serde_json::from_str(&dauys(&["list", "--format", "json"]).1).unwrap();
    assert_eq!(
        (&json[0]["number"], &json[0]["state"], &json[0]["opens"]),
        (&"********0506".into(), &"open".into(), &"2026-11-24T04:00:00Z".into())
    );
    assert_eq!(dauys(&["done", "nothing"]).0, Some(1));
    assert_eq!(dauys(&["done", json[0]["id"].as_str().unwrap()]).0, Some(0));
    let (_, over, _) = dauys(&["list"]);
    assert!(over.contains("forgotten") && over.contains("done"), "{over}");
    assert_eq!(dauys(&["list", "--open"]).1, "");
}
