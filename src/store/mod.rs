//! The database: the only place with SQL, behind typed methods.
//!
//! SQLite in one file under the data folder, or PostgreSQL, by one line of the configuration. Nothing here decides what a call does, and no method is awaited on a media
//! thread. Every method ends in time, whatever the database does; what it did not say to be committed is nobody's to tell.

mod callback;
mod db;
mod deed;
mod demo;
mod error;
pub mod fault;
mod intent;
mod jobs;
pub(crate) mod key;
mod message;
mod papers;
mod seats;

use std::path::Path;
use std::sync::Arc;

use dauys_core::citizen::{ApplicationNumber, Iin, Phone};
use dauys_core::lang::Lang;
use jiff::Timestamp;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::config::Database;
pub use callback::{Booked, Callback, CallbackState, Ended, KeptCallback, Window};
use db::{Db, args};
pub use deed::Deed;
pub use error::StoreError;
use fault::Commit;
pub use intent::{Intent, Open, Settled, State, Told};
pub use jobs::{Dead, Job, Kind};
use key::Key;
pub use message::{MessageState, OpenMessage, PartOf, PartState, QueuedMessage, Taken};
pub use papers::Letter;
pub use seats::{Booking, HOLD, Slot};

/// The file in the data folder.
const FILE: &str = "dauys.db";

/// The open database. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    key: Key,
    /// The name of this process, new at each start.
    owner: Arc<str>,
}

/// An application for a document, as far as a caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Which document: an item of the lexicon's `documents`.
    pub document: String,
    /// How far it is.
    pub status: Status,
    /// Where it is handed out: an item of the lexicon's `branches`.
    pub branch: String,
}

/// How far an application is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Waiting to be fetched.
    Ready,
    /// Being made.
    InProgress,
    /// Waiting for the applicant.
    NeedsAction,
    /// Refused.
    Rejected,
    /// Handed out.
    Issued,
}

impl Status {
    /// All.
    pub const ALL: [Self; 5] = [Self::Ready, Self::InProgress, Self::NeedsAction, Self::Rejected, Self::Issued];

    /// Its name in the database and in `flows/contracts.yaml`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::InProgress => "in_progress",
            Self::NeedsAction => "needs_action",
            Self::Rejected => "rejected",
            Self::Issued => "issued",
        }
    }
}

/// What is kept of a call that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Its name, the same as its event log's.
    pub id: String,
    /// When it was answered.
    pub started: Timestamp,
    /// The number that was called.
    pub called: String,
    /// The language at its end.
    pub lang: Option<Lang>,
    /// One word for how it ended.
    pub outcome: String,
    /// How long it was.
    pub seconds: u32,
    /// The marks that the caller gave, by the names of the surveys.
    pub marks: Vec<(String, u8)>,
}

impl Store {
    /// Opens SQLite in the folder `data`.
    ///
    /// # Errors
    /// As for [`Self::connect`].
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        Self::connect(data, &Database::Sqlite).await
    }

    /// Opens the database, makes it (SQLite) and the folder `data` where missing, and brings the tables up to date.
    ///
    /// # Errors
    /// When the folder, the key or the database cannot be read and written, is damaged, locked, not there, or newer than this program.
    pub async fn connect(data: &Path, database: &Database) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data).map_err(|source| StoreError::Folder { path: data.to_owned(), source })?;
        let key = Key::of_installation(data)?;
        let owner = key::random_name().map_err(|error| StoreError::Config(format!("the system gives no randomness: {error}")))?.into();
        let db = match database {
            Database::Sqlite => Db::sqlite(&data.join(FILE), &tables()).await?,
            Database::Postgres(at) => Db::postgres(db::postgres_options(at)?, &tables()).await?,
        };
        Ok(Self { db, key, owner })
    }

    /// Fills in what the demo begins with, where it is missing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn seed_demo(&self) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        for row in demo::APPLICATIONS {
            let sql = "INSERT INTO application (number, iin, document, status, branch, submitted) VALUES ($1, $2, $3, $4, $5, $6) \
                       ON CONFLICT (number) DO NOTHING";
            tx.run(sql, args![row.number, row.iin, row.document, row.status.name(), row.branch, row.submitted]).await?;
        }
        for (iin, phone) in demo::CITIZENS {
            let person = self.key.hash_of(iin);
            let sql = "INSERT INTO citizen (person, sealed) VALUES ($1, $2) ON CONFLICT (person) DO NOTHING";
            tx.run(sql, args![&person, &self.sealed(&person, &phone)?]).await?;
        }
        tx.commit(Commit::Seed).await
    }

    /// The most recent application of this person.
    ///
    /// # Errors
    /// When the database cannot be read or holds an unknown status.
    pub async fn document_by_iin(&self, iin: &Iin) -> Result<Option<Document>, StoreError> {
        let sql = "SELECT document, status, branch FROM application WHERE iin = $1 ORDER BY submitted DESC, number DESC LIMIT 1";
        self.db.row(sql, args![iin.digits()]).await?.map(document).transpose()
    }

    /// The application of this number.
    ///
    /// # Errors
    /// When the database cannot be read or holds an unknown status.
    pub async fn document_by_number(&self, number: &ApplicationNumber) -> Result<Option<Document>, StoreError> {
        let sql = "SELECT document, status, branch FROM application WHERE number = $1";
        self.db.row(sql, args![number.digits()]).await?.map(document).transpose()
    }

    /// The language that this caller chose last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn language_of(&self, phone: &Phone) -> Result<Option<Lang>, StoreError> {
        let code = self.db.row::<(String,)>("SELECT lang FROM caller WHERE phone = $1", args![&self.key.hash(phone)]).await?;
        Ok(code.and_then(|(code,)| Lang::ALL.into_iter().find(|lang| lang.code() == code)))
    }

    /// Keeps the language that a caller chose. The number itself is not stored.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remember_language(&self, phone: &Phone, lang: Lang, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO caller (phone, lang, updated) VALUES ($1, $2, $3) \
                   ON CONFLICT (phone) DO UPDATE SET lang = excluded.lang, updated = excluded.updated";
        self.db.run(sql, args![&self.key.hash(phone), lang.code(), now], Commit::Record).await?;
        Ok(())
    }

    /// Keeps the records of calls, all or none. A second record of the same call changes nothing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn record_calls(&self, calls: &[CallRecord]) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        for call in calls {
            let sql = "INSERT INTO call (id, started, called, lang, outcome, seconds) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
            let (lang, seconds) = (call.lang.map(Lang::code), i64::from(call.seconds));
            tx.run(sql, args![&call.id, call.started, &call.called, lang, &call.outcome, seconds]).await?;
            for (survey, mark) in &call.marks {
                let sql = "INSERT INTO mark (call, survey, mark) VALUES ($1, $2, $3) ON CONFLICT (call, survey) DO NOTHING";
                tx.run(sql, args![&call.id, survey, i64::from(*mark)]).await?;
            }
        }
        tx.commit(Commit::Record).await
    }

    /// The marks of a survey, each with how often it was given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn marks(&self, survey: &str) -> Result<Vec<(i64, i64)>, StoreError> {
        self.db.rows("SELECT mark, count(*) FROM mark WHERE survey = $1 GROUP BY mark ORDER BY mark", args![survey]).await
    }

    /// How many calls have been recorded.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn calls(&self) -> Result<i64, StoreError> {
        self.db.number("SELECT count(*) FROM call", &[]).await
    }

    /// Writes what is pending and closes the database.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

/// The tables of both databases, in the order in which they came to be.
fn tables() -> Migrator {
    let all = [
        ("first", include_str!("migrations/0001_first.sql").into_sql_str()),
        ("intent", include_str!("migrations/0002_intent.sql").into_sql_str()),
        ("used_by", include_str!("migrations/0003_used_by.sql").into_sql_str()),
        ("mark", include_str!("migrations/0004_mark.sql").into_sql_str()),
        ("jobs", include_str!("migrations/0005_jobs.sql").into_sql_str()),
        ("message", include_str!("migrations/0006_message.sql").into_sql_str()),
        ("seats", include_str!("migrations/0007_seats.sql").into_sql_str()),
        ("papers", include_str!("migrations/0008_papers.sql").into_sql_str()),
        ("callback", include_str!("migrations/0009_callback.sql").into_sql_str()),
    ];
    let numbered = (1..).zip(all);
    Migrator::with_migrations(numbered.map(|(n, (name, sql))| Migration::new(n, name.into(), MigrationType::Simple, sql, false)).collect())
}

fn document((document, name, branch): (String, String, String)) -> Result<Document, StoreError> {
    let status = Status::ALL.into_iter().find(|status| status.name() == name);
    let status = status.ok_or_else(|| StoreError::Unreadable(format!("unknown status `{name}` of an application")))?;
    Ok(Document { document, status, branch })
}
