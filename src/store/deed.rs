//! What desks of the demo do for callers: each deed once however often it is asked under one key, and answered the same.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::{Tx, args};
use super::{Commit, Store, StoreError};

/// Numbers are tried until one is free.
const NUMBERS_MAX: u32 = 8;

/// What a deed came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A seat is held, for [`HOLD`](super::HOLD).
    Held {
        /// Under this reference.
        hold: String,
    },
    /// No seat is free then.
    Taken,
    /// What was held is free.
    Released,
    /// It is booked.
    Booked {
        /// Under this number.
        number: String,
    },
    /// This person has a booking for this service already; nothing new is booked, and what was held is free.
    Already {
        /// Its number.
        number: String,
    },
    /// The hold has ended, or never was.
    Gone,
    /// The booking is at the new time, the old seat is free.
    Moved,
    /// The booking is no more, its seat is free.
    Cancelled,
    /// This person has no such booking; what was held for it is free.
    NotFound,
    /// A certificate is ordered; what it says goes to the number that is registered.
    Ordered,
    /// No number is registered for this person.
    NotRegistered,
    /// The same was asked for this person before, and is under way.
    UnderWay,
    /// It is taken in.
    Accepted {
        /// Under this number.
        number: String,
    },
    /// It cannot be done now, and nothing was.
    Refused,
}

impl Store {
    /// A transaction for a deed, or what was answered when it was done before. Who asks at the same time under the same key waits for the first.
    pub(super) async fn deed(&self, key: &str, now: Timestamp) -> Result<Result<Tx, Deed>, StoreError> {
        let mut tx = self.db.begin().await?;
        if tx.run("INSERT INTO deed (key, answer, at) VALUES ($1, '', $2) ON CONFLICT (key) DO NOTHING", args![key, now]).await? == 1 {
            return Ok(Ok(tx));
        }
        let answer = tx.row::<(String,)>("SELECT answer FROM deed WHERE key = $1", args![key]).await?;
        tx.commit(Commit::Deed).await?;
        let answer = answer.and_then(|(answer,)| serde_json::from_str(&answer).ok());
        Ok(Err(answer.ok_or_else(|| StoreError::Unreadable("the answer to a deed".to_owned()))?))
    }

    /// Numbers of eight digits that a key comes to, one after the other where one is another's.
    pub(super) fn numbers(&self, key: &str) -> impl Iterator<Item = String> + use<> {
        let numbers: Vec<_> = (1..=NUMBERS_MAX).map(|turn| self.digits_of(key, turn)).collect();
        numbers.into_iter()
    }

    /// Eight digits that the key comes to: the same whenever it is asked.
    pub(super) fn digits_of(&self, key: &str, turn: u32) -> String {
        let hash = self.key.hash_of(&format!("{key} {turn}"));
        let number = u64::from_str_radix(&hash[..15], 16).unwrap_or_default();
        format!("{:08}", number % 100_000_000)
    }
}

/// Commits a deed with its answer.
pub(super) async fn did(mut tx: Tx, key: &str, answer: Deed) -> Result<Deed, StoreError> {
    let text = serde_json::to_string(&answer).map_err(|_| StoreError::Unreadable("the answer to a deed".to_owned()))?;
    tx.run("UPDATE deed SET answer = $2 WHERE key = $1", args![key, &text]).await?;
    tx.commit(Commit::Deed).await?;
    Ok(answer)
}
