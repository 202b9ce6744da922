//! A process that dies as it books calls back: who was told that somebody calls is called, and once.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;

use dauys::store::{Booked, Callback, Store, Window};
use dauys_core::citizen::Phone;
use jiff::Timestamp;

use super::{Desk, Remote, TOLD, run};
use crate::database::{Place, on_both};

on_both! {
    wherever_a_process_dies_whoever_was_told_is_called_back_and_nobody_takes_two_places,
}

const PLACES: u32 = 3;

async fn wherever_a_process_dies_whoever_was_told_is_called_back_and_nobody_takes_two_places(place: Place) {
    for (death, told, kept) in
        [("callback.before", 0, 0), ("callback.after", 0, 1), ("callback.before:3", 2, 2), ("callback.after:3", 2, 3)]
    {
        let place = place.another().await;
        let desk = Desk::open().await;
        let at = desk.address.to_string();
        let died = run(&place, &at, "book", death).await;
        assert!(died.signal().is_some(), "{death}: {died}");
        let listed = listed(&place).await;
        assert!(desk.told().is_subset(&listed), "{death}: {listed:?}");
        assert_eq!((desk.told().len(), listed.len()), (told, kept), "{death}");
        assert!(run(&place, &at, "book", "").await.success(), "who does not know asks again under the same key");
        let all: BTreeSet<_> = (0..PLACES).map(key).collect();
        assert_eq!((desk.told(), self::listed(&place).await), (all.clone(), all), "{death}");
        let one_more = place.open().await.book_callback(&wanted(PLACES), PLACES).await.unwrap();
        let places = place.open().await.book_callback(&wanted(PLACES), PLACES + 1).await.unwrap();
        assert_eq!((one_more, places), (Booked::Full, Booked::New), "{death}: each has one place");
    }
}

async fn listed(place: &Place) -> BTreeSet<String> {
    place.open().await.callbacks(false, 99).await.unwrap().into_iter().map(|one| one.key).collect()
}

fn key(nth: u32) -> String {
    format!("call-{nth}")
}

pub(super) fn wanted(nth: u32) -> Callback {
    let [opens, closes] = [1_795_400_000, 1_795_440_000].map(|second| Timestamp::from_second(second).unwrap());
    let number = Phone::parse(&format!("+7701{nth:07}")).unwrap();
    Callback { key: key(nth), number, lang: None, topic: None, message: None, asked: opens, window: Window { opens, closes } }
}

/// Three callers, one after the other; each is told once it is booked.
pub(super) async fn book(store: &Store, desk: &str) {
    for nth in 0..PLACES {
        let booked = store.book_callback(&wanted(nth), PLACES).await.unwrap();
        assert_ne!(booked, Booked::Full);
        Remote(desk.parse().unwrap()).ask(&format!("{TOLD}-{}", key(nth))).await.unwrap();
    }
}
