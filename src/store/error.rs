//! Why the database did not serve.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;
use thiserror::Error;

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
    /// The tables of a server are not those of this program.
    #[error("the database of `store` was written by another version of dauys: start that version, or restore a copy")]
    Tables(#[source] MigrateError),
    /// `store` or its password file says something wrong. What it says may be secret, and is not shown.
    #[error("`store`: {0}")]
    Config(String),
    /// No server, or it does not let us in.
    #[error("the database of `store` cannot be reached: is PostgreSQL running there, and do user, password and name of the database fit?")]
    Unreachable(#[source] sqlx::Error),
    /// It did not answer in time.
    #[error("the database did not answer in time")]
    Late,
    /// It did not say whether it committed.
    #[error("the database did not say whether it committed")]
    Unsure,
    /// What is sealed in it does not open, or a value is none of ours.
    #[error("the database holds what cannot be read: {0}")]
    Unreadable(String),
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
    pub(super) fn of_opening(file: &Path, error: sqlx::Error) -> Self {
        let path = file.to_owned();
        match primary_code(&error) {
            Some(code::BUSY | code::LOCKED) => Self::Locked { path },
            Some(code::READONLY | code::CANTOPEN | code::FULL) => Self::ReadOnly { path },
            Some(code::CORRUPT | code::NOTADB) => Self::Damaged { path },
            Some(_) | None => Self::Query(error),
        }
    }

    pub(super) fn of_migrating(file: &Path, error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::of_opening(file, error),
            other => Self::Version { path: file.to_owned(), source: other },
        }
    }

    /// A database that refuses a commit has not made it; one that says nothing may have.
    pub(super) fn of_commit(self) -> Self {
        match self {
            Self::Query(error) if error.as_database_error().is_some() => Self::Query(error),
            _ => Self::Unsure,
        }
    }
}

/// The low byte of SQLite's extended result code.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    Some(code.parse::<i32>().ok()? & 0xff)
}
