//! The database: the only place with SQL, behind typed methods.
//!
//! SQLite in one file under the data folder. The statements use `$1` and plain types, so that they mean the same to PostgreSQL. Nothing here decides what a call does, and
//! no method is awaited on a media thread.

mod demo;
mod intent;
pub(crate) mod key;

use std::path::{Path, PathBuf};
use std::time::Duration;

use dauys_core::citizen::{ApplicationNumber, Iin, Phone};
use dauys_core::lang::Lang;
use jiff::Timestamp;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{FromRow, Row, SqlSafeStr};
use thiserror::Error;

pub use intent::{Intent, State};
use key::Key;

/// The file in the data folder.
const FILE: &str = "dauys.db";
/// How long a statement waits for another process's lock.
const BUSY: Duration = Duration::from_secs(5);
/// How long a method waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// SQLite has one writer; the others read.
const CONNECTIONS_MAX: u32 = 4;

/// The open database. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    key: Key,
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
    /// Opens the database in the folder `data`, makes both where missing, and brings the tables up to date.
    ///
    /// # Errors
    /// When the folder, the key or the database cannot be read and written, is damaged, locked, or newer than this program.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data).map_err(|source| StoreError::Folder { path: data.to_owned(), source })?;
        let key = Key::of_installation(data)?;
        let file = data.join(FILE);
        let pool = connect(&file).await.map_err(|error| StoreError::of_opening(&file, error))?;
        migrator().run(&pool).await.map_err(|error| StoreError::of_migrating(&file, error))?;
        Ok(Self { pool, key })
    }

    /// Fills in the demo service's applications, where they are missing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn seed_demo(&self) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for row in demo::APPLICATIONS {
            let statement = sqlx::query(
                "INSERT INTO application (number, iin, document, status, branch, submitted) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (number) DO NOTHING",
            );
            let bound = statement.bind(row.number).bind(row.iin).bind(row.document).bind(row.status.name()).bind(row.branch);
            bound.bind(row.submitted).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The most recent application of this person.
    ///
    /// # Errors
    /// When the database cannot be read or holds an unknown status.
    pub async fn document_by_iin(&self, iin: &Iin) -> Result<Option<Document>, StoreError> {
        let statement =
            sqlx::query_as("SELECT document, status, branch FROM application WHERE iin = $1 ORDER BY submitted DESC, number DESC LIMIT 1");
        Ok(statement.bind(iin.digits()).fetch_optional(&self.pool).await?)
    }

    /// The application of this number.
    ///
    /// # Errors
    /// When the database cannot be read or holds an unknown status.
    pub async fn document_by_number(&self, number: &ApplicationNumber) -> Result<Option<Document>, StoreError> {
        let statement = sqlx::query_as("SELECT document, status, branch FROM application WHERE number = $1");
        Ok(statement.bind(number.digits()).fetch_optional(&self.pool).await?)
    }

    /// The language that this caller chose last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn language_of(&self, phone: &Phone) -> Result<Option<Lang>, StoreError> {
        let statement = sqlx::query_scalar::<_, String>("SELECT lang FROM caller WHERE phone = $1");
        let code = statement.bind(self.key.hash(phone)).fetch_optional(&self.pool).await?;
        Ok(code.and_then(|code| Lang::ALL.into_iter().find(|lang| lang.code() == code)))
    }

    /// Keeps the language that a caller chose. The number itself is not stored.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remember_language(&self, phone: &Phone, lang: Lang, now: Timestamp) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO caller (phone, lang, updated) VALUES ($1, $2, $3) ON CONFLICT (phone) DO UPDATE SET lang = excluded.lang, updated = excluded.updated",
        );
        let bound = statement.bind(self.key.hash(phone)).bind(lang.code()).bind(now.as_millisecond());
        bound.execute(&self.pool).await?;
        Ok(())
    }

    /// Keeps the records of calls, all or none. A second record of the same call changes nothing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn record_calls(&self, calls: &[CallRecord]) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for call in calls {
            let statement = sqlx::query(
                "INSERT INTO call (id, started, called, lang, outcome, seconds) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
            );
            let bound = statement.bind(&call.id).bind(call.started.as_millisecond()).bind(&call.called);
            let bound = bound.bind(call.lang.map(Lang::code)).bind(&call.outcome).bind(i64::from(call.seconds));
            bound.execute(&mut *transaction).await?;
            for (survey, mark) in &call.marks {
                let statement =
                    sqlx::query("INSERT INTO mark (call, survey, mark) VALUES ($1, $2, $3) ON CONFLICT (call, survey) DO NOTHING");
                statement.bind(&call.id).bind(survey).bind(i64::from(*mark)).execute(&mut *transaction).await?;
            }
        }
        Ok(transaction.commit().await?)
    }

    /// The marks of a survey, each with how often it was given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn marks(&self, survey: &str) -> Result<Vec<(i64, i64)>, StoreError> {
        let statement = sqlx::query_as("SELECT mark, count(*) FROM mark WHERE survey = $1 GROUP BY mark ORDER BY mark");
        Ok(statement.bind(survey).fetch_all(&self.pool).await?)
    }

    /// How many calls have been recorded.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn calls(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM call").fetch_one(&self.pool).await?)
    }

    /// Writes what is pending and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

async fn connect(file: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .journal_mode(SqliteJournalMode::Wal)
        // A write that was confirmed survives a power cut.
        .synchronous(SqliteSynchronous::Full);
    SqlitePoolOptions::new().max_connections(CONNECTIONS_MAX).acquire_timeout(ACQUIRE).connect_with(options).await
}

fn migrator() -> Migrator {
    let first = include_str!("migrations/0001_first.sql").into_sql_str();
    let intent = include_str!("migrations/0002_intent.sql").into_sql_str();
    let used_by = include_str!("migrations/0003_used_by.sql").into_sql_str();
    let mark = include_str!("migrations/0004_mark.sql").into_sql_str();
    Migrator::with_migrations(vec![
        Migration::new(1, "first".into(), MigrationType::Simple, first, false),
        Migration::new(2, "intent".into(), MigrationType::Simple, intent, false),
        Migration::new(3, "used_by".into(), MigrationType::Simple, used_by, false),
        Migration::new(4, "mark".into(), MigrationType::Simple, mark, false),
    ])
}

impl<'r> FromRow<'r, sqlx::sqlite::SqliteRow> for Document {
    fn from_row(row: &'r sqlx::sqlite::SqliteRow) -> Result<Self, sqlx::Error> {
        let name: String = row.try_get("status")?;
        let status = Status::ALL.into_iter().find(|status| status.name() == name);
        let status = status.ok_or_else(|| sqlx::Error::Decode(format!("unknown status `{name}` of an application").into()))?;
        Ok(Self { document: row.try_get("document")?, status, branch: row.try_get("branch")? })
    }
}

/// Why the database did not serve.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The data folder cannot be made.
    #[error("cannot make the data folder {}: give another with --data", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The installation's key cannot be read or made.
    #[error("{}: {why}", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The file is no SQLite database, or damaged.
    #[error("{} is damaged or no SQLite database: move it away and restore a copy", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// Another process holds it.
    #[error("{} is locked by another process: is dauys running already?", path.display())]
    Locked {
        /// Which.
        path: PathBuf,
    },
    /// It may not be written.
    #[error("{} cannot be written: check its owner, its rights and the free space", path.display())]
    ReadOnly {
        /// Which.
        path: PathBuf,
    },
    /// Its tables are not those of this program.
    #[error("{} was written by another version of dauys: start that version, or restore a copy", path.display())]
    Version {
        /// Which.
        path: PathBuf,
        /// What does not fit.
        source: MigrateError,
    },
    /// A statement failed.
    #[error("the database failed")]
    Query(#[from] sqlx::Error),
}

/// SQLite's primary result codes that have a remedy of their own.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const NOTADB: i32 = 26;
}

impl StoreError {
    fn of_opening(file: &Path, error: sqlx::Error) -> Self {
        let path = file.to_owned();
        match primary_code(&error) {
            Some(code::BUSY | code::LOCKED) => Self::Locked { path },
            Some(code::READONLY | code::CANTOPEN | code::FULL) => Self::ReadOnly { path },
            Some(code::CORRUPT | code::NOTADB) => Self::Damaged { path },
            Some(_) | None => Self::Query(error),
        }
    }

    fn of_migrating(file: &Path, error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::of_opening(file, error),
            other => Self::Version { path: file.to_owned(), source: other },
        }
    }
}

/// The low byte of SQLite's extended result code.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    Some(code.parse::<i32>().ok()? & 0xff)
}
