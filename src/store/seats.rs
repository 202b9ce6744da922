//! The demo's queues: seats are held, booked, moved, cancelled and given back, each deed once however often it is asked under one key.
//!
//! A seat is a desk of a branch at a time. The row of the table is the seat: whoever writes it has it, so none is sold twice on either database, and nobody waits for a lock
//! while he has another seat.

use std::collections::BTreeSet;
use std::time::Duration;

use dauys_core::citizen::Iin;
use jiff::Timestamp;

use super::db::{Tx, args};
use super::deed::did;
use super::jobs::after;
use super::{Deed, Store, StoreError};

/// How long a hold lasts that nobody books or gives back.
pub const HOLD: Duration = Duration::from_secs(600);

/// A time at a branch, for a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// An item of the lexicon's `branches`.
    pub branch: String,
    /// The service that is waited for.
    pub service: String,
    /// When.
    pub start: Timestamp,
}

/// A booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Its number.
    pub number: String,
    /// For what.
    pub slot: Slot,
}

/// What is found of a seat.
type Found = (String, String, i64);

impl Store {
    /// Which of these times have a seat free, of `desks` each.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn free_slots(&self, slots: Vec<Slot>, desks: u16, now: Timestamp) -> Result<Vec<Slot>, StoreError> {
        let (Some(first), Some(last)) = (slots.iter().min(), slots.iter().max()) else { return Ok(slots) };
        let sql = "SELECT branch, service, start FROM seat WHERE branch BETWEEN $1 AND $2 AND start BETWEEN $3 AND $4 AND (booking IS NOT NULL OR held_until > $5)";
        let (from, to) = (slots.iter().map(|slot| slot.start).min(), slots.iter().map(|slot| slot.start).max());
        let (from, to) = (from.unwrap_or(now), to.unwrap_or(now));
        let taken = self.db.rows::<Found>(sql, args![&first.branch, &last.branch, from, to, now]).await?;
        let is_free = |slot: &Slot| {
            let of_slot =
                |seat: &&Found| (seat.0.as_str(), seat.1.as_str(), seat.2) == (&slot.branch, &slot.service, slot.start.as_millisecond());
            slot.start > now && taken.iter().filter(of_slot).count() < usize::from(desks)
        };
        Ok(slots.into_iter().filter(is_free).collect())
    }

    /// Holds one of the seats of a time that is still to come: [`Deed::Held`] or [`Deed::Taken`].
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn hold_seat(&self, key: &str, slot: &Slot, desks: u16, now: Timestamp) -> Result<Deed, StoreError> {
        let mut tx = match self.deed(key, now).await? {
            Ok(tx) => tx,
            Err(done) => return Ok(done),
        };
        if slot.start <= now {
            return did(tx, key, Deed::Taken).await;
        }
        let hold = self.digits_of(key, 0);
        let sql = "INSERT INTO seat (branch, service, start, desk, hold, held_until) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (branch, service, start, desk) DO UPDATE SET hold = excluded.hold, held_until = excluded.held_until \
                   WHERE seat.booking IS NULL AND seat.held_until <= $7";
        let taken = self.taken_desks(&mut tx, slot, now).await?;
        let mut answer = Deed::Taken;
        for desk in self.desks_from(key, desks).filter(|desk| !taken.contains(&(*desk,))) {
            if tx.run(sql, args![&slot.branch, &slot.service, slot.start, desk, &hold, after(now, HOLD), now]).await? == 1 {
                answer = Deed::Held { hold };
                break;
            }
        }
        did(tx, key, answer).await
    }

    /// Gives back what is held, unless it is booked: [`Deed::Released`].
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn release_seat(&self, key: &str, hold: &str, now: Timestamp) -> Result<Deed, StoreError> {
        let mut tx = match self.deed(key, now).await? {
            Ok(tx) => tx,
            Err(done) => return Ok(done),
        };
        release(&mut tx, hold).await?;
        did(tx, key, Deed::Released).await
    }

    /// Books what is held: [`Deed::Booked`], [`Deed::Already`] or [`Deed::Gone`]. Whatever it comes to, nothing is held any more: whoever asks has used the hold up.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn book_seat(&self, key: &str, hold: &str, iin: &Iin, now: Timestamp) -> Result<Deed, StoreError> {
        let mut tx = match self.deed(key, now).await? {
            Ok(tx) => tx,
            Err(done) => return Ok(done),
        };
        let person = self.key.hash_of(iin.digits());
        let answer = match held_seat(&mut tx, hold, now).await? {
            Some(seat) => self.book(&mut tx, key, hold, &person, &seat, now).await?,
            None => Deed::Gone,
        };
        did(tx, key, answer).await
    }

    async fn book(&self, tx: &mut Tx, key: &str, hold: &str, person: &str, seat: &Found, now: Timestamp) -> Result<Deed, StoreError> {
        let (branch, service, start) = seat;
        tx.run("UPDATE booking SET live = 0 WHERE person = $1 AND live = 1 AND start <= $2", args![person, now]).await?;
        for number in self.numbers(key) {
            let sql =
                "INSERT INTO booking (number, person, branch, service, start, live) VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT DO NOTHING";
            if tx.run(sql, args![&number, person, branch, service, *start]).await? == 1 {
                tx.run("UPDATE seat SET booking = $2 WHERE hold = $1", args![hold, &number]).await?;
                return Ok(Deed::Booked { number });
            }
            let live = "SELECT number FROM booking WHERE person = $1 AND service = $2 AND live = 1";
            if let Some((number,)) = tx.row::<(String,)>(live, args![person, service]).await? {
                release(tx, hold).await?;
                return Ok(Deed::Already { number });
            }
        }
        Err(StoreError::Unreadable("no number of a booking is free".to_owned()))
    }

    /// Takes a person's booking to the seat that is held: [`Deed::Moved`], [`Deed::NotFound`] or [`Deed::Gone`]. As for [`Self::book_seat`], nothing is held any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn move_booking(&self, key: &str, number: &str, iin: &Iin, hold: &str, now: Timestamp) -> Result<Deed, StoreError> {
        let mut tx = match self.deed(key, now).await? {
            Ok(tx) => tx,
            Err(done) => return Ok(done),
        };
        let Some((branch, service, start)) = held_seat(&mut tx, hold, now).await? else { return did(tx, key, Deed::Gone).await };
        let sql = "UPDATE booking SET branch = $4, start = $5 WHERE number = $1 AND person = $2 AND service = $3 AND live = 1";
        let person = self.key.hash_of(iin.digits());
        if tx.run(sql, args![number, &person, &service, &branch, start]).await? == 0 {
            release(&mut tx, hold).await?;
            return did(tx, key, Deed::NotFound).await;
        }
        tx.run("DELETE FROM seat WHERE booking = $1", args![number]).await?;
        tx.run("UPDATE seat SET booking = $2 WHERE hold = $1", args![hold, number]).await?;
        did(tx, key, Deed::Moved).await
    }

    /// Cancels a person's booking: [`Deed::Cancelled`] or [`Deed::NotFound`].
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn cancel_booking(&self, key: &str, number: &str, iin: &Iin, now: Timestamp) -> Result<Deed, StoreError> {
        let mut tx = match self.deed(key, now).await? {
            Ok(tx) => tx,
            Err(done) => return Ok(done),
        };
        let sql = "UPDATE booking SET live = 0 WHERE number = $1 AND person = $2 AND live = 1";
        let answer = match tx.run(sql, args![number, &self.key.hash_of(iin.digits())]).await? {
            0 => Deed::NotFound,
            _ => Deed::Cancelled,
        };
        if answer == Deed::Cancelled {
            tx.run("DELETE FROM seat WHERE booking = $1", args![number]).await?;
        }
        did(tx, key, answer).await
    }

    /// A person's bookings that are to come, the next one first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn bookings_of(&self, iin: &Iin, now: Timestamp) -> Result<Vec<Booking>, StoreError> {
        let sql = "SELECT number, branch, service, start FROM booking WHERE person = $1 AND live = 1 AND start > $2 ORDER BY start, number";
        let rows = self.db.rows::<(String, String, String, i64)>(sql, args![&self.key.hash_of(iin.digits()), now]).await?;
        let booking = |(number, branch, service, start)| {
            let start = Timestamp::from_millisecond(start).map_err(|_| StoreError::Unreadable("the time of a booking".to_owned()))?;
            Ok(Booking { number, slot: Slot { branch, service, start } })
        };
        rows.into_iter().map(booking).collect()
    }

    async fn taken_desks(&self, tx: &mut Tx, slot: &Slot, now: Timestamp) -> Result<BTreeSet<(i64,)>, StoreError> {
        let sql = "SELECT desk FROM seat WHERE branch = $1 AND service = $2 AND start = $3 AND (booking IS NOT NULL OR held_until > $4)";
        Ok(tx.rows(sql, args![&slot.branch, &slot.service, slot.start, now]).await?.into_iter().collect())
    }

    /// Every desk once; another first for each key, so that callers do not all wait for the same.
    fn desks_from(&self, key: &str, desks: u16) -> impl Iterator<Item = i64> + use<> {
        let first = u32::from_str_radix(&self.key.hash_of(key)[..6], 16).unwrap_or_default() % u32::from(desks.max(1));
        (0..u32::from(desks)).map(move |desk| i64::from((first + desk) % u32::from(desks)))
    }
}

/// What is held under this reference and not booked is free.
async fn release(tx: &mut Tx, hold: &str) -> Result<(), StoreError> {
    tx.run("DELETE FROM seat WHERE hold = $1 AND booking IS NULL", args![hold]).await?;
    Ok(())
}

/// The seat that is held under this reference, kept from others until the transaction ends; `None` when the hold has ended or is booked.
async fn held_seat(tx: &mut Tx, hold: &str, now: Timestamp) -> Result<Option<Found>, StoreError> {
    let sql = tx.or(
        "SELECT branch, service, start FROM seat WHERE hold = $1 AND booking IS NULL AND held_until > $2",
        "SELECT branch, service, start FROM seat WHERE hold = $1 AND booking IS NULL AND held_until > $2 FOR UPDATE",
    );
    tx.row(sql, args![hold, now]).await
}
