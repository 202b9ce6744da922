//! Calls back: booked once for a number that waits, no more for a window than it has places, and kept until somebody has called.

use std::fmt;

use dauys_core::citizen::Phone;
use dauys_core::lang::Lang;
use jiff::Timestamp;

use super::db::args;
use super::{Commit, Store, StoreError};

/// How far a call back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallbackState {
    /// Somebody is to call.
    Open,
    /// Somebody has called.
    Done,
    /// Nobody will call; its place is free.
    Cancelled,
}

impl CallbackState {
    /// All.
    pub const ALL: [Self; 3] = [Self::Open, Self::Done, Self::Cancelled];

    /// Its name in the database and in the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    fn named(name: &str) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|state| state.name() == name);
        known.ok_or_else(|| StoreError::Unreadable(format!("unknown state `{name}` of a call back")))
    }
}

/// From when until when somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From then on.
    pub opens: Timestamp,
    /// The moment after the last. It names the window: those who ask within its hours wait for the same.
    pub closes: Timestamp,
}

/// A call back that is wanted, or was booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Its idempotency key.
    pub key: String,
    /// Whom to call.
    pub number: Phone,
    /// In which language.
    pub lang: Option<Lang>,
    /// What it is about, in a word of the flow's.
    pub topic: Option<String>,
    /// The file of what was spoken on it, below the data folder.
    pub message: Option<String>,
    /// When it was asked for.
    pub asked: Timestamp,
    /// When somebody calls.
    pub window: Window,
}

/// A call back as the staff sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCallback {
    /// Its key.
    pub key: String,
    /// Whom to call; forgotten once that is over.
    pub number: Option<Phone>,
    /// In which language.
    pub lang: Option<Lang>,
    /// What it is about.
    pub topic: Option<String>,
    /// The file of what was spoken on it.
    pub message: Option<String>,
    /// When it was asked for.
    pub asked: Timestamp,
    /// When somebody calls.
    pub window: Window,
    /// How far it is.
    pub state: CallbackState,
}

/// What became of a wish to be called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booked {
    /// It is booked.
    New,
    /// It was, or this number waits already: nothing has changed, and somebody calls.
    Known,
    /// It is not: no place of its window is free.
    Full,
}

/// Which of the calls back an ending names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// This one, and it is over now.
    One,
    /// None that is open.
    None,
    /// More than one: nothing has changed.
    Many,
}

impl fmt::Display for CallbackState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Store {
    /// Books a call back, of `capacity` for its window. A number that waits already keeps its first window, whatever is asked later.
    ///
    /// # Errors
    /// When the database cannot be written: then nobody may be told that somebody calls.
    pub async fn book_callback(&self, wanted: &Callback, capacity: u32) -> Result<Booked, StoreError> {
        let (phone, sealed) = (self.key.hash(&wanted.number), self.sealed(&wanted.key, &wanted.number)?);
        let Callback { key, lang, topic, message, asked, window, number: _ } = wanted;
        let mut tx = self.db.begin().await?;
        let sql = "INSERT INTO callback (key, phone, sealed, lang, topic, message, asked, opens, closes, state) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open') ON CONFLICT DO NOTHING";
        let (lang, topic, message) = (lang.map(Lang::code), topic.as_deref(), message.as_deref());
        let row = args![key, &phone, &sealed, lang, topic, message, *asked, window.opens, window.closes];
        if tx.run(sql, row).await? == 0 {
            return tx.commit(Commit::Callback).await.map(|()| Booked::Known);
        }
        tx.run("INSERT INTO callback_window (closes, taken) VALUES ($1, 0) ON CONFLICT (closes) DO NOTHING", args![window.closes]).await?;
        let place = "UPDATE callback_window SET taken = taken + 1 WHERE closes = $1 AND taken < $2";
        let booked = tx.run(place, args![window.closes, i64::from(capacity)]).await? == 1;
        if !booked {
            tx.run("DELETE FROM callback WHERE key = $1", args![key]).await?;
        }
        tx.commit(Commit::Callback).await?;
        Ok(if booked { Booked::New } else { Booked::Full })
    }

    /// Somebody has called, or nobody will: the number is forgotten. `of` is the key of the call back, or the beginning of it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_callback(&self, of: &str, end: CallbackState) -> Result<Ended, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "SELECT key, closes FROM callback WHERE state = 'open' AND substr(key, 1, length($1)) = $1 LIMIT 2";
        let found = tx.rows::<(String, i64)>(sql, args![of]).await?;
        let ended = match &found[..] {
            [(key, closes)] => {
                let sql = "UPDATE callback SET state = $2, sealed = NULL WHERE key = $1 AND state = 'open'";
                let ended = tx.run(sql, args![key, end.name()]).await? == 1;
                if ended && end == CallbackState::Cancelled {
                    tx.run("UPDATE callback_window SET taken = taken - 1 WHERE closes = $1", args![*closes]).await?;
                }
                if ended { Ended::One } else { Ended::None }
            }
            [] => Ended::None,
            _ => Ended::Many,
        };
        tx.commit(Commit::Callback).await?;
        Ok(ended)
    }

    /// Calls back, those first whose window closes first, up to `most`; without `all` those that are open.
    ///
    /// # Errors
    /// When the database cannot be read, or what is sealed does not open under the installation's key.
    pub async fn callbacks(&self, all: bool, most: u32) -> Result<Vec<KeptCallback>, StoreError> {
        let sql = "SELECT key, sealed, lang, topic, message, asked, opens, closes, state FROM callback \
                   WHERE state = 'open' OR $1 = 1 ORDER BY closes, asked, key LIMIT $2";
        let rows = self.db.rows(sql, args![i64::from(all), i64::from(most)]).await?;
        rows.into_iter().map(|row| self.kept_callback(row)).collect()
    }

    fn kept_callback(&self, row: Row) -> Result<KeptCallback, StoreError> {
        let (key, sealed, lang, topic, message, asked, opens, closes, state) = row;
        let time = |ms| Timestamp::from_millisecond(ms).map_err(|_| StoreError::Unreadable("the time of a call back".to_owned()));
        Ok(KeptCallback {
            number: sealed.map(|sealed| self.opened(&key, &sealed)).transpose()?,
            key,
            lang: lang.and_then(|code| Lang::ALL.into_iter().find(|lang| lang.code() == code)),
            topic,
            message,
            asked: time(asked)?,
            window: Window { opens: time(opens)?, closes: time(closes)? },
            state: CallbackState::named(&state)?,
        })
    }

    /// How many calls back are in this state.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_callbacks(&self, state: CallbackState) -> Result<i64, StoreError> {
        self.db.number("SELECT count(*) FROM callback WHERE state = $1", args![state.name()]).await
    }

    /// How many are open though their window has closed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn late_callbacks(&self, now: Timestamp) -> Result<i64, StoreError> {
        self.db.number("SELECT count(*) FROM callback WHERE state = 'open' AND closes <= $1", args![now]).await
    }
}

/// A row of the table, but for the hash.
type Row = (String, Option<String>, Option<String>, Option<String>, Option<String>, i64, i64, i64, String);
