//! The database, on a folder of its own, and the demo service that reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use dauys::config::{Database, Postgres, Secret};
use dauys::services::demo::DocumentStatus;
use dauys::services::{Asker, Services};
use dauys::store::{CallRecord, QueuedMessage, Status, Store, StoreError, Taken};
use dauys_core::citizen::{ApplicationNumber, Iin, Phone};
use dauys_core::flow::graph::Value;
use dauys_core::interpreter::Answer;
use dauys_core::lang::Lang;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::database::{Place, on_both};

on_both! {
    the_demo_knows_one_application_of_each_status,
    a_person_is_told_of_the_most_recent_application,
    the_demo_service_answers_as_its_contract_says,
    a_closed_database_makes_the_service_unavailable,
    a_language_is_remembered_over_a_restart_and_the_number_is_not,
    a_call_is_recorded_once,
    a_message_is_queued_once_under_its_key,
}

const IINS: [&str; 3] = ["990101100010", "850412100429", "711231200774"];
const PHONE: &str = "+77012340506";
const ASKER: Asker = Asker { trusted: false, now: Timestamp::UNIX_EPOCH };

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn demo(place: &Place) -> Store {
    let store = place.open().await;
    store.seed_demo().await.unwrap();
    store
}

async fn the_demo_knows_one_application_of_each_status(place: Place) {
    let store = demo(&place).await;
    store.seed_demo().await.unwrap();
    let mut seen = BTreeSet::new();
    for last in 78..=82 {
        let number = ApplicationNumber::parse(&format!("0025123456{last}")).unwrap();
        seen.insert(store.document_by_number(&number).await.unwrap().unwrap().status);
    }
    assert_eq!(seen, BTreeSet::from(Status::ALL));
    assert_eq!(store.document_by_number(&ApplicationNumber::parse("000000000000").unwrap()).await.unwrap(), None);
}

async fn a_person_is_told_of_the_most_recent_application(place: Place) {
    let store = demo(&place).await;
    let expected = [Status::Ready, Status::InProgress, Status::NeedsAction];
    for (iin, status) in IINS.into_iter().zip(expected) {
        assert_eq!(store.document_by_iin(&Iin::parse(iin).unwrap()).await.unwrap().unwrap().status, status, "{iin}");
    }
}

async fn the_demo_service_answers_as_its_contract_says(place: Place) {
    let services = Services::default().with(DocumentStatus::NAME, DocumentStatus::new(demo(&place).await));
    let application = |digits| ("application", Value::Application(ApplicationNumber::parse(digits).unwrap()));
    let iin = |digits| ("iin", Value::Iin(Iin::parse(digits).unwrap()));
    let cases = [
        (vec![application("002512345678")], "ready", vec!["branch", "document"]),
        (vec![application("002512345682")], "issued", vec!["branch", "document"]),
        (vec![application("002512345681")], "rejected", vec!["document"]),
        (vec![iin(IINS[1])], "in_progress", vec!["document"]),
        (vec![iin(IINS[0]), application("002512345680")], "needs_action", vec!["document"]),
        (vec![application("111111111111")], "not_found", vec![]),
        (vec![], "not_found", vec![]),
    ];
    for (request, expected, names) in cases {
        let request: BTreeMap<_, _> = request.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let answer = services.lookup(DocumentStatus::NAME, request, ASKER, Duration::from_secs(8)).await;
        let Answer::Outcome { outcome, fields } = answer else { panic!("{expected}: unavailable") };
        assert_eq!((outcome.as_str(), fields.keys().map(String::as_str).collect::<Vec<_>>()), (expected, names));
    }
}

async fn a_closed_database_makes_the_service_unavailable(place: Place) {
    let store = demo(&place).await;
    let services = Services::default().with(DocumentStatus::NAME, DocumentStatus::new(store.clone()));
    store.close().await;
    let request = BTreeMap::from([("iin".to_owned(), Value::Iin(Iin::parse(IINS[0]).unwrap()))]);
    assert_eq!(services.lookup(DocumentStatus::NAME, request, ASKER, Duration::from_secs(8)).await, Answer::Unavailable);
}

async fn a_language_is_remembered_over_a_restart_and_the_number_is_not(place: Place) {
    let phone = Phone::parse(PHONE).unwrap();
    let store = place.open().await;
    assert_eq!(store.language_of(&phone).await.unwrap(), None);
    for lang in [Lang::Kk, Lang::Ru] {
        store.remember_language(&phone, lang, Timestamp::UNIX_EPOCH).await.unwrap();
    }
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.language_of(&phone).await.unwrap(), Some(Lang::Ru));
    assert_eq!(store.language_of(&Phone::parse("+77012340507").unwrap()).await.unwrap(), None);
    store.close().await;
    assert!(!place.bytes().await.windows(10).any(|window| window == b"7012340506"), "the number stands in the database");
}

#[tokio::test]
async fn the_key_is_the_owners_alone_and_another_key_knows_nobody() {
    let data = folder();
    let phone = Phone::parse(PHONE).unwrap();
    let store = Store::open(data.path()).await.unwrap();
    store.remember_language(&phone, Lang::Kk, Timestamp::UNIX_EPOCH).await.unwrap();
    let key = data.path().join("phone.key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::write(&key, [7; 64]).unwrap();
    assert_eq!(Store::open(data.path()).await.unwrap().language_of(&phone).await.unwrap(), None);
    std::fs::write(&key, [7; 63]).unwrap();
    assert!(matches!(Store::open(data.path()).await, Err(StoreError::Key { .. })));
}

async fn a_call_is_recorded_once(place: Place) {
    let store = place.open().await;
    let call = CallRecord {
        id: "c1".to_owned(),
        started: Timestamp::UNIX_EPOCH,
        called: "1414".to_owned(),
        lang: None,
        outcome: "answered".to_owned(),
        seconds: 61,
        marks: vec![("service".to_owned(), 4)],
    };
    store.record_calls(std::slice::from_ref(&call)).await.unwrap();
    let other = CallRecord {
        id: "c2".to_owned(),
        lang: Some(Lang::Kk),
        marks: vec![("service".to_owned(), 5), ("speech".to_owned(), 1)],
        ..call.clone()
    };
    let again = CallRecord { marks: vec![("service".to_owned(), 1)], ..call };
    store.record_calls(&[again, other]).await.unwrap();
    assert_eq!(store.calls().await.unwrap(), 2);
    assert_eq!(store.marks("service").await.unwrap(), [(4, 1), (5, 1)]);
    assert_eq!(store.marks("speech").await.unwrap(), [(1, 1)]);
}

async fn a_message_is_queued_once_under_its_key(place: Place) {
    let (store, now) = (place.open().await, Timestamp::UNIX_EPOCH);
    let message = |key: &str| QueuedMessage {
        key: key.to_owned(),
        to: Phone::parse(PHONE).unwrap(),
        text: "a".to_owned(),
        due: now,
        valid_until: now,
    };
    for (key, taken) in [("one", Taken::New), ("one", Taken::Known), ("two", Taken::New), ("three", Taken::TooMany), ("one", Taken::Known)]
    {
        assert_eq!(store.queue_message(&message(key), 2, now).await.unwrap(), taken, "{key}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_said() {
    let data = folder();
    std::fs::write(data.path().join("dauys.db"), "not a database, and long enough to be looked at".repeat(100)).unwrap();
    let error = Store::open(data.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_said() {
    let data = folder();
    std::fs::create_dir(data.path().join("dauys.db")).unwrap();
    let error = Store::open(data.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(Store::open(&file.join("below")).await, Err(StoreError::Folder { .. })));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_without_the_password() {
    let data = folder();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // free again at once
    for url in [format!("postgres://dauys:geheim@{closed}/dauys"), "postgres://dauys:geheim@[db/dauys".to_owned()] {
        let database = Database::Postgres(Postgres { url: Secret::new(&url), password_file: None });
        let error = Store::connect(data.path(), &database).await.unwrap_err();
        assert!(matches!(error, StoreError::Unreachable(_) | StoreError::Config(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("geheim"), "{error:?}");
    }
}

#[tokio::test]
async fn a_database_of_a_later_version_is_left_alone() {
    let data = folder();
    Store::open(data.path()).await.unwrap().close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.path().join("dauys.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let later =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'later', true, x'00', 0)";
    sqlx::query(later).execute(&pool).await.unwrap();
    pool.close().await;
    let error = Store::open(data.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Version { .. }), "{error:?}");
}
