//! Seats of the demo's queues: none is sold twice, none is lost, each deed is done once under its key.

use std::collections::BTreeSet;

use dauys::store::{Deed, HOLD, Slot, Store};
use dauys_core::citizen::Iin;
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::database::{Place, on_both};

on_both! {
    of_fifty_seats_two_hundred_callers_are_sold_exactly_fifty,
    a_deed_is_done_once_under_its_key_and_answered_the_same,
    a_hold_ends_by_itself_and_cannot_be_booked_then,
    a_person_has_one_booking_for_a_service,
    a_booking_is_moved_and_cancelled_by_its_person_alone,
    what_is_free_is_what_nobody_holds_or_has,
    what_is_long_over_is_forgotten,
}

const CALLERS: usize = 200;
const SEATS: u16 = 50;
const ASKS_MAX: usize = 20;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn slot(hour: i64) -> Slot {
    Slot { branch: "astana_esil".to_owned(), service: "id_card".to_owned(), start: at(86_400 + 3_600 * hour) }
}

fn person(n: usize) -> Iin {
    Iin::parse(["850412100429", "990101100010", "711231200774"][n]).unwrap()
}

/// A hold that must succeed.
async fn hold(store: &Store, key: &str, slot: &Slot) -> String {
    match store.hold_seat(key, slot, 2, at(0)).await.unwrap() {
        Deed::Held { hold } => hold,
        other => panic!("{key}: {other:?}"),
    }
}

async fn book(store: &Store, key: &str, hold: &str, who: usize) -> String {
    match store.book_seat(key, hold, &person(who), at(1)).await.unwrap() {
        Deed::Booked { number } => number,
        other => panic!("{key}: {other:?}"),
    }
}

async fn of_fifty_seats_two_hundred_callers_are_sold_exactly_fifty(place: Place) {
    let stores = [place.open().await, place.open().await]; // two robots
    let mut callers = JoinSet::new();
    for n in 0..CALLERS {
        let store = stores[n % 2].clone();
        callers.spawn(async move {
            for _ in 0..ASKS_MAX {
                // a database that so many ask at once may be late: whoever does not know asks again under the same key
                if let Ok(deed) = store.hold_seat(&format!("call {n}"), &slot(0), SEATS, at(0)).await {
                    return deed;
                }
            }
            panic!("call {n}: no answer");
        });
    }
    let mut holds = BTreeSet::new();
    let mut taken = 0;
    for deed in callers.join_all().await {
        match deed {
            Deed::Held { hold } => assert!(holds.insert(hold), "a seat is sold twice"),
            Deed::Taken => taken += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((holds.len(), taken), (usize::from(SEATS), CALLERS - usize::from(SEATS)));
    assert_eq!(stores[0].free_slots(vec![slot(0)], SEATS, at(0)).await.unwrap(), []);
    assert_eq!(stores[0].free_slots(vec![slot(0)], SEATS + 1, at(0)).await.unwrap().len(), 1, "and no seat more is taken");
}

async fn a_deed_is_done_once_under_its_key_and_answered_the_same(place: Place) {
    let store = place.open().await;
    let first = hold(&store, "h", &slot(0)).await;
    assert_eq!(hold(&store, "h", &slot(0)).await, first);
    let second = hold(&store, "other", &slot(0)).await;
    assert_ne!(first, second);
    assert_eq!(store.hold_seat("third", &slot(0), 2, at(0)).await.unwrap(), Deed::Taken);
    assert_eq!(store.release_seat("r", &second, at(1)).await.unwrap(), Deed::Released);
    assert_eq!(store.hold_seat("third", &slot(0), 2, at(2)).await.unwrap(), Deed::Taken, "the same key, the same answer");
    hold(&store, "fourth", &slot(0)).await;
    assert_eq!(store.release_seat("r", &second, at(3)).await.unwrap(), Deed::Released);
    let number = book(&store, "b", &first, 0).await;
    assert_eq!(book(&store, "b", &first, 0).await, number);
    assert_eq!(store.release_seat("late", &first, at(4)).await.unwrap(), Deed::Released);
    assert_eq!(store.bookings_of(&person(0), at(5)).await.unwrap().len(), 1, "what is booked is not given back");
    assert_eq!(store.hold_seat("fifth", &slot(0), 2, at(5)).await.unwrap(), Deed::Taken);
}

async fn a_hold_ends_by_itself_and_cannot_be_booked_then(place: Place) {
    let store = place.open().await;
    let Deed::Held { hold: first } = store.hold_seat("h1", &slot(0), 1, at(0)).await.unwrap() else { panic!() };
    let over = i64::try_from(HOLD.as_secs()).unwrap();
    assert_eq!(store.hold_seat("early", &slot(0), 1, at(over - 1)).await.unwrap(), Deed::Taken);
    assert_eq!(store.book_seat("late", &first, &person(0), at(over)).await.unwrap(), Deed::Gone);
    assert!(matches!(store.hold_seat("next", &slot(0), 1, at(over)).await.unwrap(), Deed::Held { .. }));
    assert_eq!(store.release_seat("r", &first, at(over)).await.unwrap(), Deed::Released);
    assert_eq!(store.hold_seat("last", &slot(0), 1, at(over + 1)).await.unwrap(), Deed::Taken, "the next one's hold is not given back");
}

async fn a_person_has_one_booking_for_a_service(place: Place) {
    let store = place.open().await;
    let (one, two) = (hold(&store, "h1", &slot(0)).await, hold(&store, "h2", &slot(1)).await);
    let number = book(&store, "b1", &one, 0).await;
    assert_eq!(store.book_seat("b2", &two, &person(0), at(2)).await.unwrap(), Deed::Already { number });
    assert_eq!(store.free_slots(vec![slot(1)], 1, at(2)).await.unwrap(), [slot(1)], "what was held is free");
    let two = hold(&store, "h2 again", &slot(1)).await;
    book(&store, "b3", &two, 1).await;
    let after = slot(0).start;
    let Deed::Held { hold } = store.hold_seat("h3", &slot(9), 2, after).await.unwrap() else { panic!() };
    assert!(matches!(store.book_seat("b4", &hold, &person(0), after).await.unwrap(), Deed::Booked { .. }), "the first one is over");
}

async fn a_booking_is_moved_and_cancelled_by_its_person_alone(place: Place) {
    let store = place.open().await;
    let first = hold(&store, "h1", &slot(0)).await;
    let number = book(&store, "b1", &first, 0).await;
    let next = hold(&store, "h2", &slot(1)).await;
    assert_eq!(store.move_booking("m1", &number, &person(1), &next, at(2)).await.unwrap(), Deed::NotFound);
    assert_eq!(store.free_slots(vec![slot(1)], 1, at(2)).await.unwrap(), [slot(1)], "what was held is free");
    let next = hold(&store, "h2 again", &slot(1)).await;
    assert_eq!(store.move_booking("m2", &number, &person(0), "00000000", at(2)).await.unwrap(), Deed::Gone);
    for _ in 0..2 {
        assert_eq!(store.move_booking("m3", &number, &person(0), &next, at(2)).await.unwrap(), Deed::Moved);
    }
    let booked = store.bookings_of(&person(0), at(2)).await.unwrap();
    assert_eq!(booked.iter().map(|one| (&one.number, one.slot.start)).collect::<Vec<_>>(), [(&number, slot(1).start)]);
    assert_eq!(store.free_slots(vec![slot(0), slot(1)], 1, at(2)).await.unwrap(), [slot(0)], "the old seat is free");
    assert_eq!(store.cancel_booking("c1", &number, &person(1), at(3)).await.unwrap(), Deed::NotFound);
    for _ in 0..2 {
        assert_eq!(store.cancel_booking("c2", &number, &person(0), at(3)).await.unwrap(), Deed::Cancelled);
    }
    assert_eq!(store.cancel_booking("c3", &number, &person(0), at(3)).await.unwrap(), Deed::NotFound);
    assert_eq!(store.free_slots(vec![slot(0), slot(1)], 1, at(3)).await.unwrap(), [slot(0), slot(1)]);
}

async fn what_is_free_is_what_nobody_holds_or_has(place: Place) {
    let store = place.open().await;
    let all: Vec<_> = (0..4).map(slot).collect();
    assert_eq!(store.free_slots(all.clone(), 1, at(0)).await.unwrap(), all);
    hold(&store, "h0", &slot(0)).await;
    let one = hold(&store, "h1", &slot(1)).await;
    book(&store, "b1", &one, 0).await;
    assert_eq!(store.free_slots(all.clone(), 1, at(2)).await.unwrap(), all[2..]);
    assert_eq!(store.free_slots(all.clone(), 2, at(2)).await.unwrap(), all);
    let over = at(i64::try_from(HOLD.as_secs()).unwrap());
    assert_eq!(store.free_slots(all.clone(), 1, over).await.unwrap(), [&all[..1], &all[2..]].concat());
    assert_eq!(store.free_slots(all.clone(), 1, slot(2).start).await.unwrap(), all[3..], "what has begun is not offered");
    assert_eq!(store.free_slots(vec![], 1, at(0)).await.unwrap(), []);
}

async fn what_is_long_over_is_forgotten(place: Place) {
    let store = place.open().await;
    let first = hold(&store, "h1", &slot(0)).await;
    book(&store, "b1", &first, 0).await;
    let later = slot(0).start;
    assert_eq!(store.forget(later).await.unwrap(), 2, "the deeds, not yet what they did");
    let next = at(200_000);
    assert_eq!(store.forget(next).await.unwrap(), 2, "the booking and its seat");
}
