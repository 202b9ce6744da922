//! The demo's desks as flows ask them: every outcome of every contract, no seat sold twice, none left held, letters that go with their order or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use dauys::bundle::{self, Bundle};
use dauys::chat::{Chat, Shown};
use dauys::config::{Database, Disclosure, Given, Messages, Postgres, Secret};
use dauys::services::{Asker, Request, Services};
use dauys::store::{HOLD, Intent, Kind, Slot, State, Store};
use dauys_core::calendar::hours::{Desk, Hours, Span, Unlike};
use dauys_core::calendar::{Date, Time, Weekday, moment};
use dauys_core::citizen::{Iin, Phone};
use dauys_core::flow::graph::{Type, Value};
use dauys_core::interpreter::Answer;
use dauys_core::key::Key;
use dauys_core::lang::Lang;
use dauys_core::utterance::MessageId;
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::bundle::house;
use crate::database::{Place, on_both};

on_both! {
    every_outcome_of_every_contract_is_heard_from_the_demo,
    of_fifty_seats_two_hundred_callers_book_exactly_fifty,
    wherever_a_caller_hangs_up_no_seat_is_left_held,
    a_hold_whose_process_died_runs_out_by_itself,
    a_deed_under_its_key_is_done_once,
    times_are_those_of_the_calendar_that_are_still_to_come,
    bookings_are_told_to_whom_the_configuration_says,
    a_letter_goes_to_the_registered_number_after_the_quiet_hours_or_the_order_is_not_made,
    wherever_a_process_dies_there_is_an_order_with_its_letter_or_neither,
    the_database_names_nobody_whom_callers_named,
    what_was_spoken_is_kept_by_the_name_that_its_recording_has,
}

static SHIPPED: LazyLock<Arc<Bundle>> = LazyLock::new(|| Arc::new(bundle::load(house()).unwrap()));

/// In the base of mobile citizens, with [`PHONE`].
const REGISTERED: &str = "850412100429";
const UNREGISTERED: &str = "711231200774";
const PHONE: &str = "+77012340506";
const CALLERS: usize = 200;
const ASKS_MAX: usize = 50;

/// A Monday morning, in Almaty.
fn monday() -> Timestamp {
    at("2026-11-23", "10:00")
}

fn at(day: &str, time: &str) -> Timestamp {
    Timestamp::from_millisecond(moment(Date::parse(day).unwrap(), Time::parse(time).unwrap())).unwrap()
}

fn item(name: &str) -> Value {
    Value::Item(name.to_owned())
}

fn digits(text: &str) -> Value {
    Value::Digits(text.to_owned())
}

fn iin(text: &str) -> Value {
    Value::Iin(Iin::parse(text).unwrap())
}

fn day(text: &str) -> Value {
    Value::Date(Date::parse(text).unwrap())
}

fn time(text: &str) -> Value {
    Value::Time(Time::parse(text).unwrap())
}

fn request<const N: usize>(fields: [(&str, Value); N]) -> Request {
    fields.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Born in 1900 or soon after, like nobody who lives.
fn nobody(n: usize) -> String {
    let born = format!("{:02}{:02}{:02}1", n / 336 % 100, n / 28 % 12 + 1, n % 28 + 1);
    let all = (0..100_000).map(|rest| format!("{born}{rest:05}"));
    all.into_iter().find(|digits| Iin::parse(digits).is_ok()).unwrap()
}

/// The demo, and what was heard from it.
struct Town {
    store: Store,
    services: Services,
    now: Timestamp,
    heard: BTreeSet<(String, String)>,
}

impl Town {
    async fn new(place: &Place) -> Self {
        Self::with(place, &SHIPPED.program.hours, &Messages::default()).await
    }

    async fn with(place: &Place, hours: &Hours, messages: &Messages) -> Self {
        let store = place.open().await;
        store.seed_demo().await.unwrap();
        Self { services: Services::shipped(&store, hours, messages), store, now: monday(), heard: BTreeSet::new() }
    }

    async fn ask<const N: usize>(&mut self, service: &str, fields: [(&str, Value); N]) -> (String, Request) {
        self.ask_as(true, service, fields).await
    }

    async fn ask_as<const N: usize>(&mut self, trusted: bool, service: &str, fields: [(&str, Value); N]) -> (String, Request) {
        let asker = Asker { trusted, now: self.now };
        let answer = self.services.lookup(service, request(fields), asker, Duration::from_secs(8)).await;
        self.hear(service, answer)
    }

    async fn act<const N: usize>(&mut self, key: &str, service: &str, fields: [(&str, Value); N]) -> (String, Request) {
        let answer = self.services.submit(service, key.to_owned(), request(fields), self.now, Duration::from_secs(8)).await;
        self.hear(service, answer)
    }

    fn hear(&mut self, service: &str, answer: Answer) -> (String, Request) {
        let Answer::Outcome { outcome, fields } = answer else { panic!("{service}: {answer:?}") };
        let contract = SHIPPED.program.contracts.iter().find(|contract| contract.name == service).unwrap();
        let promised = contract.outcomes.get(&outcome).unwrap_or_else(|| panic!("{service}: {outcome}"));
        assert!(fit(&fields, promised), "{service}: {outcome}: {fields:?}");
        self.heard.insert((service.to_owned(), outcome.clone()));
        (outcome, fields)
    }

    /// A seat that must be free.
    async fn hold(&mut self, key: &str, service: &str, on: &str, when: &str) -> Value {
        let place = [("branch", item("astana_esil")), ("service", item(service)), ("day", day(on)), ("at", time(when))];
        let (outcome, fields) = self.act(key, "booking_hold", place).await;
        assert_eq!(outcome, "held", "{key}");
        fields["ref"].clone()
    }

    /// Which times are offered.
    async fn times(&mut self, branch: &str, on: &str) -> Vec<String> {
        let (_, fields) = self.ask("booking_seats", [("branch", item(branch)), ("service", item("passport")), ("day", day(on))]).await;
        items(&fields).iter().map(|one| if let Value::Time(at) = one["at"] { at.to_string() } else { String::new() }).collect()
    }

    async fn certificate(&mut self, key: &str, certificate: &str, who: &str) -> Answer {
        let asked = request([("certificate", item(certificate)), ("iin", iin(who))]);
        self.services.submit("certificate_order", key.to_owned(), asked, self.now, Duration::from_secs(8)).await
    }
}

fn items(fields: &Request) -> Vec<Request> {
    if let Some(Value::List(items)) = fields.get("items") { items.clone() } else { Vec::new() }
}

/// Exactly the fields that are promised, of the promised types; items that the lexicon has.
fn fit(fields: &Request, promised: &BTreeMap<String, Type>) -> bool {
    let is_of = |value: &Value, ty: &Type| match (value, ty) {
        (Value::Item(item), Type::Item { list }) => SHIPPED.program.lexicon[list].contains_key(item),
        (Value::List(items), Type::List { fields, most }) => {
            (1..=usize::from(*most)).contains(&items.len()) && items.iter().all(|item| fit(item, fields))
        }
        (Value::Digits(digits), Type::Digits) => digits.len() == 8,
        (Value::Date(_), Type::Date) | (Value::Time(_), Type::Time) => true,
        (_, _) => false,
    };
    fields.keys().eq(promised.keys()) && fields.iter().all(|(name, value)| is_of(value, &promised[name]))
}

async fn every_outcome_of_every_contract_is_heard_from_the_demo(place: Place) {
    let mut town = Town::new(&place).await;
    for (who, status) in [("990101100010", "ready"), (REGISTERED, "in_progress"), (UNREGISTERED, "needs_action")] {
        assert_eq!(town.ask("document_status", [("iin", iin(who))]).await.0, status);
    }
    for (number, status) in [("002512345681", "rejected"), ("002512345682", "issued"), ("111111111111", "not_found")] {
        let number = Value::Application(dauys_core::citizen::ApplicationNumber::parse(number).unwrap());
        assert_eq!(town.ask("document_status", [("application", number)]).await.0, status);
    }

    for (city, branches) in [("astana", 2), ("almaty", 2), ("shymkent", 2), ("aktobe", 0)] {
        let city = Value::Place(city.to_owned());
        let (outcome, fields) = town.ask("booking_branches", [("city", city), ("service", item("passport"))]).await;
        assert_eq!((outcome.as_str(), items(&fields).len()), (if branches > 0 { "found" } else { "none" }, branches));
    }
    assert_eq!(town.times("astana_esil", "2026-11-24").await.len(), 18);
    assert_eq!(town.times("almaty_auezov", "2026-11-27").await, [""; 0]);

    assert_eq!(town.ask("booking_find", [("iin", iin(REGISTERED))]).await.0, "none");
    assert_eq!(town.ask_as(false, "booking_find", [("iin", iin(REGISTERED))]).await.0, "number_needed");
    let one = town.hold("h1", "passport", "2026-11-24", "09:00").await;
    let two = town.hold("h2", "passport", "2026-11-24", "09:00").await;
    let third = [("branch", item("astana_esil")), ("service", item("passport")), ("day", day("2026-11-24")), ("at", time("09:00"))];
    assert_eq!(town.act("h3", "booking_hold", third).await.0, "taken");
    let (outcome, booked) = town.act("b1", "booking_create", [("hold", one), ("iin", iin(REGISTERED))]).await;
    assert_eq!(outcome, "booked");
    assert_eq!(town.act("b2", "booking_create", [("hold", two.clone()), ("iin", iin(REGISTERED))]).await.0, "already");
    assert_eq!(town.act("b3", "booking_create", [("hold", digits("00000000")), ("iin", iin(REGISTERED))]).await.0, "gone");
    let number = booked["number"].clone();
    let mine = [("number", number.clone()), ("iin", iin(REGISTERED))];
    let others = [("number", number.clone()), ("iin", iin(UNREGISTERED))];
    assert_eq!(items(&town.ask("booking_find", [("iin", iin(REGISTERED))]).await.1)[0]["number"], number);
    assert_eq!(town.ask("booking_get", others.clone()).await.0, "not_found");
    let (_, found) = town.ask("booking_get", mine.clone()).await;
    assert_eq!(
        found,
        request([("service", item("passport")), ("branch", item("astana_esil")), ("day", day("2026-11-24")), ("at", time("09:00"))])
    );
    let next = town.hold("h4", "passport", "2026-11-25", "17:30").await;
    let to = |hold: Value, who: &str| [("number", number.clone()), ("iin", iin(who)), ("hold", hold)];
    assert_eq!(town.act("m1", "booking_move", to(next.clone(), UNREGISTERED)).await.0, "not_found");
    let next = town.hold("h5", "passport", "2026-11-25", "17:30").await;
    assert_eq!(town.act("m2", "booking_move", to(digits("00000000"), REGISTERED)).await.0, "gone");
    assert_eq!(town.act("m3", "booking_move", to(next, REGISTERED)).await.0, "moved");
    assert_eq!(town.ask("booking_get", mine.clone()).await.1["at"], time("17:30"));
    assert_eq!(town.act("r1", "booking_release", [("ref", two)]).await.0, "released");
    assert_eq!(town.act("c1", "booking_cancel", others).await.0, "not_found");
    assert_eq!(town.act("c2", "booking_cancel", mine).await.0, "cancelled");

    for (key, certificate, who, expected) in [
        ("o1", "narcology", REGISTERED, "ordered"),
        ("o2", "narcology", REGISTERED, "already"),
        ("o3", "tuberculosis", REGISTERED, "ordered"),
        ("o4", "narcology", UNREGISTERED, "not_registered"),
    ] {
        assert_eq!(town.act(key, "certificate_order", [("certificate", item(certificate)), ("iin", iin(who))]).await.0, expected, "{key}");
    }
    town.now = at("2026-11-24", "00:00");
    let again = [("certificate", item("narcology")), ("iin", iin(REGISTERED))];
    assert_eq!(town.act("o5", "certificate_order", again).await.0, "ordered", "the next day");

    assert_eq!(town.act("k1", "complaint_create", [("message", Value::Message(MessageId(1)))]).await.0, "accepted");
    let visit =
        || [("iin", iin(UNREGISTERED)), ("phone", Value::Phone(Phone::parse(PHONE).unwrap())), ("message", Value::Message(MessageId(2)))];
    assert_eq!(town.act("v1", "home_visit_create", visit()).await.0, "accepted");
    assert_eq!(town.act("v2", "home_visit_create", visit()).await.0, "already");
    town.now += Duration::from_secs(7 * 86_400);
    assert_eq!(town.act("v3", "home_visit_create", visit()).await.0, "accepted", "a week later");

    let promised = SHIPPED.program.contracts.iter();
    let promised = promised.flat_map(|one| one.outcomes.keys().map(|outcome| (one.name.clone(), outcome.clone()))).collect::<BTreeSet<_>>();
    let unheard: Vec<_> = promised.difference(&town.heard).collect();
    assert!(unheard.is_empty(), "{unheard:?}");
}

/// One caller: looks, holds what is free, and books it; whoever gets no answer asks again under the same key. `None`: all is full.
async fn books(services: Services, n: usize) -> Option<String> {
    let asker = Asker { trusted: true, now: monday() };
    let patience = Duration::from_secs(8);
    let place = [("branch", item("astana_esil")), ("service", item("vehicle")), ("day", day("2026-11-24"))];
    let submit = |service: &'static str, key: String, asked: Request| {
        let services = services.clone();
        async move {
            for _ in 0..ASKS_MAX {
                if let Answer::Outcome { outcome, fields } = services.submit(service, key.clone(), asked.clone(), monday(), patience).await
                {
                    return (outcome, fields);
                }
            }
            panic!("{key}: no answer");
        }
    };
    for turn in 0..ASKS_MAX {
        let Answer::Outcome { outcome, fields } = services.lookup("booking_seats", request(place.clone()), asker, patience).await else {
            continue;
        };
        if outcome == "full" {
            return None;
        }
        let free = items(&fields);
        let [branch, service, day] = place.clone();
        let seat = request([branch, service, day, ("at", free[n % free.len()]["at"].clone())]);
        let (outcome, held) = submit("booking_hold", format!("{n}-hold-{turn}"), seat).await;
        if outcome == "held" {
            let (outcome, booked) =
                submit("booking_create", format!("{n}-book"), request([("hold", held["ref"].clone()), ("iin", iin(&nobody(n)))])).await;
            assert_eq!(outcome, "booked");
            let Value::Digits(number) = &booked["number"] else { panic!("{booked:?}") };
            return Some(number.clone());
        }
    }
    panic!("{n}: neither a seat nor full");
}

async fn of_fifty_seats_two_hundred_callers_book_exactly_fifty(place: Place) {
    // twenty-five times of two desks
    let long = Span { from: Time::parse("09:00").unwrap(), to: Time::parse("21:30").unwrap() };
    let desk = Desk { weekly: [(Weekday::Tuesday, long)].into(), works_on_holidays: false };
    let hours = Hours { desks: [("centres".to_owned(), desk)].into(), appointments: Some("centres".to_owned()), ..Hours::default() };
    let robots = [Town::with(&place, &hours, &Messages::default()).await, Town::with(&place, &hours, &Messages::default()).await];
    let mut callers = JoinSet::new();
    for n in 0..CALLERS {
        callers.spawn(books(robots[n % 2].services.clone(), n));
    }
    let came = callers.join_all().await;
    let numbers: BTreeSet<_> = came.iter().flatten().collect();
    assert_eq!((came.iter().flatten().count(), numbers.len()), (50, 50), "booked, and under so many numbers");
    let mut booked = 0;
    for n in 0..CALLERS {
        booked += robots[0].store.bookings_of(&Iin::parse(&nobody(n)).unwrap(), monday()).await.unwrap().len();
    }
    assert_eq!(booked, 50);
}

/// All seats of the coming two weeks that are held or booked.
async fn taken(store: &Store, now: Timestamp) -> usize {
    let mut all = Vec::new();
    for days in 0..15 {
        let day = Date::parse("2026-11-23").unwrap().plus_days(days).unwrap();
        let starts = (0..48).map(|half| Time::on_the_hour(0).plus_minutes(30 * half).unwrap());
        let slot = |at| Slot {
            branch: "astana_esil".to_owned(),
            service: "passport".to_owned(),
            start: Timestamp::from_millisecond(moment(day, at)).unwrap(),
        };
        all.extend(starts.map(slot).filter(|slot| slot.start > now));
    }
    let mut free = 0;
    for desks in 1..=2 {
        free += store.free_slots(all.clone(), desks, now).await.unwrap().len(); // where none is taken, and where not both are
    }
    2 * all.len() - free
}

/// What a caller does next: keys, or words.
async fn does(chat: &mut Chat, what: &str) -> Vec<Shown> {
    match what.chars().map(Key::from_char).collect::<Option<Vec<_>>>() {
        Some(keys) => chat.press(&keys).await,
        None => chat.say(what).await,
    }
}

async fn wherever_a_caller_hangs_up_no_seat_is_left_held(place: Place) {
    let iin = format!("{UNREGISTERED}#");
    let book = ["3", "1", "Астана", "паспорт", "завтра", "1", "1", &iin, "1"];
    let scripts: [(&[&str], &[&str]); 4] = [
        (&book, &["1", "2"]),                                           // booked
        (&book, &["2", "5", "9", "2", "1", "2"]),                       // another time of the day first
        (&book, &["2", "4", "послезавтра", "1", "1", "1", "2"]),        // another day
        (&["3", "2", &iin, "1", "1", "послезавтра", "1"], &["1", "2"]), // what is booked is moved
    ];
    let (mut seed, mut held, mut whole) = (0, 0, 0);
    for (before, after) in scripts {
        let script = [before, after].concat();
        let is_move = script[1] == "2";
        let place = place.another().await;
        let town = Town::new(&place).await;
        let caller = |seed| Chat::new(Arc::clone(&SHIPPED), town.services.clone(), town.store.clone(), Some(Lang::Ru), monday(), seed);
        let mut booked = 0;
        if is_move {
            let mut chat = caller(u64::MAX);
            chat.begin().await;
            for what in book.iter().chain(["1", "2"].iter()) {
                does(&mut chat, what).await;
            }
            chat.hang_up().await;
            booked = taken(&town.store, monday()).await;
            assert_eq!(booked, 1);
        }
        for steps in 0..=script.len() {
            seed += 1;
            let mut chat = caller(seed);
            chat.begin().await;
            let mut said = Vec::new();
            for what in &script[..steps] {
                said = does(&mut chat, what).await;
            }
            held += usize::from(taken(&town.store, monday()).await > booked);
            chat.hang_up().await;
            let is_over = steps > before.len()
                && said.iter().any(
                    |shown| matches!(shown, Shown::Said { text, .. } if text.contains("Вы записаны") || text.contains("Запись перенесена")),
                );
            if is_over && !is_move {
                booked += 1; // and nobody can book again: the next prefixes are of somebody who has booked already
                whole += 1;
            }
            whole += usize::from(is_over && is_move);
            assert_eq!(taken(&town.store, monday()).await, booked, "after {:?}", &script[..steps]);
            for state in [State::Asked, State::Held, State::Unknown, State::UndoWanted] {
                assert_eq!(town.store.intents(state).await.unwrap(), 0, "{state:?} after {:?}", &script[..steps]);
            }
        }
    }
    assert!(held >= 15 && whole == 4, "{held} prefixes held a seat, {whole} scripts came to their end");
}

async fn a_hold_whose_process_died_runs_out_by_itself(place: Place) {
    let mut town = Town::new(&place).await;
    let hold = town.hold("h1", "passport", "2026-11-24", "09:00").await;
    assert_eq!(taken(&town.store, town.now).await, 1);
    town.store.close().await; // nobody undoes anything
    let mut town = Town::new(&place).await;
    town.now = monday() + HOLD;
    assert_eq!(taken(&town.store, town.now - Duration::from_millis(1)).await, 1);
    assert_eq!(taken(&town.store, town.now).await, 0);
    assert_eq!(town.act("b1", "booking_create", [("hold", hold), ("iin", iin(REGISTERED))]).await.0, "gone");
}

async fn a_deed_under_its_key_is_done_once(place: Place) {
    let mut town = Town::new(&place).await;
    let phone = || Value::Phone(Phone::parse(PHONE).unwrap());
    let hold = town.hold("h1", "passport", "2026-11-24", "09:00").await;
    assert_eq!(town.hold("h1", "passport", "2026-11-24", "09:00").await, hold);
    let mut first = Vec::new();
    for turn in 0..2 {
        let came = [
            town.act("b", "booking_create", [("hold", hold.clone()), ("iin", iin(REGISTERED))]).await,
            town.act("o", "certificate_order", [("certificate", item("narcology")), ("iin", iin(REGISTERED))]).await,
            town.act("k", "complaint_create", [("message", Value::Message(MessageId(1)))]).await,
            town.act("v", "home_visit_create", [("iin", iin(REGISTERED)), ("phone", phone()), ("message", Value::Message(MessageId(1)))])
                .await,
        ];
        if turn == 0 {
            first = came.to_vec();
        }
        assert_eq!(came.to_vec(), first);
    }
    assert_eq!(first.iter().map(|(outcome, _)| outcome.as_str()).collect::<Vec<_>>(), ["booked", "ordered", "accepted", "accepted"]);
    assert_eq!(items(&town.ask("booking_find", [("iin", iin(REGISTERED))]).await.1).len(), 1);
    town.now = at("2026-11-24", "09:00");
    assert_eq!(town.hold("h1", "passport", "2026-11-24", "09:00").await, hold, "also when nobody could hold it any more");
    assert_eq!(town.store.count_jobs(Kind::Sms).await.unwrap(), (1, 0));
    let (_, other) = town.act("k2", "complaint_create", [("message", Value::Message(MessageId(1)))]).await;
    assert_ne!(other, first[2].1, "another complaint has another number");
}

async fn times_are_those_of_the_calendar_that_are_still_to_come(place: Place) {
    let mut town = Town::new(&place).await;
    town.now = at("2026-11-23", "12:00");
    let today = town.times("astana_almaty", "2026-11-23").await;
    assert_eq!((today.first().map(String::as_str), today.last().map(String::as_str), today.len()), (Some("12:30"), Some("17:30"), 11));
    for (on, most) in [
        ("2026-11-22", 0),  // yesterday
        ("2026-11-28", 8),  // a Saturday, until one o'clock
        ("2026-11-29", 0),  // a Sunday
        ("2026-12-16", 0),  // a holiday
        ("2027-01-04", 0),  // off for one that fell on a Saturday
        ("2026-11-27", 18), // full elsewhere
    ] {
        assert_eq!(town.times("astana_almaty", on).await.len(), most, "{on}");
    }
    for (branch, on, when) in [
        ("astana_almaty", "2026-11-23", "12:00"), // begins now
        ("astana_almaty", "2026-11-24", "08:30"),
        ("astana_almaty", "2026-11-24", "18:00"),
        ("astana_almaty", "2026-11-24", "09:15"),
        ("almaty_auezov", "2026-11-27", "09:00"),
        ("oral", "2026-11-24", "09:00"),
    ] {
        let seat = [("branch", item(branch)), ("service", item("passport")), ("day", day(on)), ("at", time(when))];
        assert_eq!(town.act(&format!("{branch} {on} {when}"), "booking_hold", seat).await.0, "taken", "{branch} {on} {when}");
    }
    let mut moved = SHIPPED.program.hours.clone();
    moved.days.insert(Date::parse("2026-11-29").unwrap(), Unlike::WorksAs(Weekday::Monday));
    moved
        .desks
        .get_mut("centres")
        .unwrap()
        .weekly
        .insert(Weekday::Tuesday, Span { from: Time::parse("09:15").unwrap(), to: Time::parse("10:45").unwrap() });
    let mut town = Town::with(&place, &moved, &Messages::default()).await;
    assert_eq!(town.times("astana_almaty", "2026-11-29").await.len(), 18);
    assert_eq!(town.times("astana_almaty", "2026-11-24").await, ["09:30", "10:00"], "half hours within the hours");
}

async fn bookings_are_told_to_whom_the_configuration_says(place: Place) {
    let mut town = Town::new(&place).await;
    let hold = town.hold("h1", "passport", "2026-11-24", "09:00").await;
    town.act("b1", "booking_create", [("hold", hold), ("iin", iin(UNREGISTERED))]).await;
    for (bookings, told) in [(Given::Iin, [true, true]), (Given::IinAndTrustedNumber, [false, true]), (Given::Number, [false, false])] {
        town.services = town.services.clone().disclosing(Disclosure { bookings });
        for (trusted, told) in [false, true].into_iter().zip(told) {
            let expected = if told { "found" } else { "number_needed" };
            assert_eq!(town.ask_as(trusted, "booking_find", [("iin", iin(UNREGISTERED))]).await.0, expected, "{bookings:?} {trusted}");
        }
    }
    // and so callers hear it
    town.services = town.services.clone().disclosing(Disclosure::default());
    for (lang, heard) in [(Some(Lang::Ru), "Выберите запись"), (None, "номера брони")] {
        let mut chat = Chat::new(Arc::clone(&SHIPPED), town.services.clone(), town.store.clone(), lang, monday(), 1);
        chat.begin().await;
        let mut said = Vec::new();
        for what in lang.is_none().then_some("2").into_iter().chain(["3", "2", &format!("{UNREGISTERED}#"), "1"]) {
            said = does(&mut chat, what).await;
        }
        let is_heard = said.iter().any(|shown| matches!(shown, Shown::Said { text, .. } if text.contains(heard)));
        assert!(is_heard, "{heard}: {said:?}");
    }
}

async fn a_letter_goes_to_the_registered_number_after_the_quiet_hours_or_the_order_is_not_made(place: Place) {
    let mut town =
        Town::with(&place, &SHIPPED.program.hours, &Messages { per_number_per_day: 1.try_into().unwrap(), ..Messages::default() }).await;
    town.now = at("2026-11-23", "23:00");
    let ordered = Answer::Outcome { outcome: "ordered".to_owned(), fields: Request::new() };
    assert_eq!(town.certificate("o1", "narcology", REGISTERED).await, ordered);
    let letter = town.store.open_message("o1-letter").await.unwrap().unwrap();
    assert!(letter.to.e164() == PHONE && letter.text.contains("Наркология") && letter.valid_until == at("2026-11-25", "08:00"));
    let due = at("2026-11-24", "08:00");
    assert_eq!(town.store.take_jobs(Kind::Sms, 9, due - Duration::from_millis(1), HOLD).await.unwrap(), []);
    assert_eq!(town.store.take_jobs(Kind::Sms, 9, due, HOLD).await.unwrap().len(), 1);

    assert_eq!(
        town.certificate("o2", "tuberculosis", REGISTERED).await,
        Answer::Unavailable,
        "one message a day is enough for this number"
    );
    let mut patient = Town::new(&place).await;
    patient.now = town.now;
    assert_eq!(patient.certificate("o3", "tuberculosis", REGISTERED).await, ordered, "what was refused was not ordered");
    town.store.close().await;
    assert_eq!(town.certificate("o4", "psychoneurology", REGISTERED).await, Answer::Unavailable, "nothing was done");
}

/// What a child orders, and where.
const CHILD: [&str; 2] = ["DAUYS_TEST_ORDER_STORE", "DAUYS_TEST_ORDER_DATA"];

async fn wherever_a_process_dies_there_is_an_order_with_its_letter_or_neither(place: Place) {
    for (die_at, letters) in [("deed.before", 0), ("deed.after", 1), ("message.before", 1), ("message.after", 1)] {
        let place = place.another().await;
        place.open().await.close().await;
        let died = order(&place, die_at).await;
        assert_eq!(died.signal().is_some(), die_at.starts_with("deed"), "{die_at}: {died}");
        let mut town = Town::new(&place).await;
        assert_eq!(town.store.count_jobs(Kind::Sms).await.unwrap(), (letters, 0), "{die_at}");
        let again = town.act("other", "certificate_order", [("certificate", item("narcology")), ("iin", iin(REGISTERED))]).await.0;
        assert_eq!(again, if letters == 0 { "ordered" } else { "already" }, "{die_at}");
        let same = town.act("o1", "certificate_order", [("certificate", item("narcology")), ("iin", iin(REGISTERED))]).await.0;
        assert_eq!(same, if letters == 0 { "already" } else { "ordered" }, "{die_at}: under its own key");
        assert_eq!(town.store.count_jobs(Kind::Sms).await.unwrap(), (1, 0), "{die_at}");
    }
}

async fn order(place: &Place, die_at: &str) -> ExitStatus {
    let url = match &place.database {
        Database::Sqlite => String::new(),
        Database::Postgres(server) => server.url.reveal().to_owned(),
    };
    let test = format!("{}::child", module_path!().split_once("::").unwrap().1);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([&test, "--exact"]).env("DAUYS_DIE_AT", die_at).stdout(Stdio::null());
    let child = child.envs(CHILD.into_iter().zip([url, place.data.path().display().to_string()])).spawn().unwrap();
    tokio::task::spawn_blocking(move || { child }.wait().unwrap()).await.unwrap()
}

/// Nothing, unless it is started as a child.
#[tokio::test]
async fn child() {
    let [Ok(url), Ok(data)] = CHILD.map(std::env::var) else { return };
    let database = match url.as_str() {
        "" => Database::Sqlite,
        url => Database::Postgres(Postgres { url: Secret::new(url), password_file: None }),
    };
    let store = Store::connect(Path::new(&data), &database).await.unwrap();
    store.seed_demo().await.unwrap();
    let services = Services::shipped(&store, &Hours::default(), &Messages::default());
    let asked = request([("certificate", item("narcology")), ("iin", iin(REGISTERED))]);
    services.submit("certificate_order", "o1".to_owned(), asked, monday(), Duration::from_secs(8)).await;
    store.close().await;
}

async fn what_was_spoken_is_kept_by_the_name_that_its_recording_has(place: Place) {
    let mut town = Town::new(&place).await;
    let spoken = request([("message", Value::Message(MessageId(2)))]);
    let intent = Intent {
        key: "k".to_owned(),
        call: "c0ffee".to_owned(),
        service: "complaint_create".to_owned(),
        request: spoken,
        undo: None,
        telling: None,
    };
    assert!(town.store.intend(&intent, town.now).await.unwrap());
    let (_, fields) = town.act("k", "complaint_create", [("message", Value::Message(MessageId(2)))]).await;
    let Value::Digits(number) = &fields["number"] else { panic!("{fields:?}") };
    assert_eq!(town.store.complaint(number).await.unwrap().as_deref(), Some("c0ffee.message-2")); // c0ffee.message-2.wav, beside c0ffee.jsonl
}

async fn the_database_names_nobody_whom_callers_named(place: Place) {
    let mut town = Town::new(&place).await;
    let who = nobody(7);
    let hold = town.hold("h1", "passport", "2026-11-24", "09:00").await;
    assert_eq!(town.act("b1", "booking_create", [("hold", hold), ("iin", iin(&who))]).await.0, "booked");
    let phone = Value::Phone(Phone::parse("+77012340508").unwrap());
    let (_, fields) =
        town.act("a-visit", "home_visit_create", [("iin", iin(&who)), ("phone", phone), ("message", Value::Message(MessageId(3)))]).await;
    town.certificate("o1", "narcology", REGISTERED).await;
    let Value::Digits(number) = &fields["number"] else { panic!("{fields:?}") };
    let (phone, message) = town.store.visit(number).await.unwrap().unwrap();
    assert_eq!((phone.e164(), message.as_str()), ("+77012340508", "message-3"), "its own key opens it");
    town.store.close().await;
    let whole = place.bytes().await;
    let has = |text: &str| whole.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(has("a-visit") && !has(&who) && !has("7012340508") && !has("7012340506"));
}
