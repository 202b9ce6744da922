//! One statement, either database. Every wait here has an end, and a connection that failed or was left in the middle is never used again.
//!
//! SQLite has one writer and several readers; PostgreSQL a pool. What differs in SQL is said where it differs, by [`Tx::or`].

use std::fmt;
use std::path::Path;
use std::time::Duration;

use sqlx::FromRow;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous};

use super::StoreError;
use super::fault::{self, Commit, Side};
use crate::config::{Postgres as Server, Secret};

/// How long a statement of SQLite waits for another process's lock.
const BUSY: Duration = Duration::from_secs(3);
/// How long anybody waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long one statement may take, a commit included.
const STATEMENT: Duration = Duration::from_secs(4);
/// The same as PostgreSQL is told, so that it drops what we have given up.
const STATEMENT_MS: &str = "4000";
/// Connections to PostgreSQL of one process.
const POSTGRES_MAX: u32 = 16;
/// Those of SQLite that read.
const READERS_MAX: u32 = 4;

/// An open database. Cloning shares it.
#[derive(Clone)]
pub(super) enum Db {
    /// A file.
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    /// A server.
    Postgres(PgPool),
}

/// Options and pools know passwords: only the kind is shown.
impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite { .. } => "Sqlite",
            Self::Postgres(_) => "Postgres",
        })
    }
}

/// A value for `$1`, `$2`, ….
#[derive(Clone, Copy)]
pub(super) enum Arg<'a> {
    Text(Option<&'a str>),
    Number(Option<i64>),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<Option<&'a str>> for Arg<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Arg<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<jiff::Timestamp> for Arg<'_> {
    fn from(time: jiff::Timestamp) -> Self {
        Self::Number(Some(time.as_millisecond()))
    }
}

/// The values of a statement, in order.
macro_rules! args {
    ($($arg:expr),* $(,)?) => { &[$($crate::store::db::Arg::from($arg)),*] };
}
pub(super) use args;

/// What a row of either database is read as: tuples of `String`, `i64` and `Option`s of them.
pub(super) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl Db {
    /// The file, made where missing.
    pub(super) async fn sqlite(file: &Path, tables: &Migrator) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .journal_mode(SqliteJournalMode::Wal)
            // A write that was confirmed survives a power cut.
            .synchronous(SqliteSynchronous::Full);
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE);
        let writer = pool(1).connect_with(options.clone()).await.map_err(|error| StoreError::of_opening(file, error))?;
        tables.run(&writer).await.map_err(|error| StoreError::of_migrating(file, error))?;
        Ok(Self::Sqlite { writer, readers: pool(READERS_MAX).connect_lazy_with(options) })
    }

    /// The server. What brings the tables up to date may take its time; nothing later may.
    pub(super) async fn postgres(options: PgConnectOptions, tables: &Migrator) -> Result<Self, StoreError> {
        let options = options.application_name("dauys");
        let first = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE).connect_with(options.clone()).await;
        let first = first.map_err(StoreError::Unreachable)?;
        tables.run(&first).await.map_err(|error| match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => StoreError::Query(error),
            other => StoreError::Tables(other),
        })?;
        first.close().await;
        let options = options.options([
            ("statement_timeout", STATEMENT_MS),
            ("lock_timeout", STATEMENT_MS),
            ("idle_in_transaction_session_timeout", STATEMENT_MS),
            // what was confirmed survives a power cut, whatever the server's own setting
            ("synchronous_commit", "on"),
        ]);
        Ok(Self::Postgres(PgPoolOptions::new().max_connections(POSTGRES_MAX).acquire_timeout(ACQUIRE).connect_lazy_with(options)))
    }

    /// A transaction that writes.
    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        let mut tx = match self {
            Self::Sqlite { writer, .. } => Tx::new(Conn::Sqlite(writer.acquire().await?)),
            Self::Postgres(pool) => Tx::new(Conn::Postgres(pool.acquire().await?)),
        };
        // the lock from the start: a reader that becomes a writer may be refused
        let begin = tx.or("BEGIN IMMEDIATE", "BEGIN");
        tx.run(begin, &[]).await?;
        Ok(tx)
    }

    /// What one question finds.
    pub(super) async fn rows<T: Row>(&self, sql: &'static str, args: &[Arg<'_>]) -> Result<Vec<T>, StoreError> {
        let mut reader = match self {
            Self::Sqlite { readers, .. } => Tx::new(Conn::Sqlite(readers.acquire().await?)),
            Self::Postgres(pool) => Tx::new(Conn::Postgres(pool.acquire().await?)),
        };
        let rows = reader.rows(sql, args).await?;
        reader.whole = true;
        Ok(rows)
    }

    /// The first row of it.
    pub(super) async fn row<T: Row>(&self, sql: &'static str, args: &[Arg<'_>]) -> Result<Option<T>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// A number that there always is.
    pub(super) async fn number(&self, sql: &'static str, args: &[Arg<'_>]) -> Result<i64, StoreError> {
        Ok(self.row::<(i64,)>(sql, args).await?.map_or(0, |(number,)| number))
    }

    /// One statement that writes, committed.
    pub(super) async fn run(&self, sql: &'static str, args: &[Arg<'_>], commit: Commit) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let rows = tx.run(sql, args).await?;
        tx.commit(commit).await?;
        Ok(rows)
    }

    /// Whether it is a file, which is one process's.
    pub(super) const fn is_file(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A transaction. One that is dropped before its commit takes its connection with it, and so leaves nothing.
pub(super) struct Tx {
    conn: Conn,
    /// Whether the connection may be used again.
    whole: bool,
}

enum Conn {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A query with its values.
macro_rules! bound {
    ($query:expr, $args:expr) => {
        $args.iter().fold($query, |query, arg| match *arg {
            Arg::Text(text) => query.bind(text.map(str::to_owned)),
            Arg::Number(number) => query.bind(number),
        })
    };
}

impl Tx {
    fn new(conn: Conn) -> Self {
        Self { conn, whole: false }
    }

    /// What this database wants to hear.
    pub(super) fn or(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.conn {
            Conn::Sqlite(_) => sqlite,
            Conn::Postgres(_) => postgres,
        }
    }

    /// Runs a statement; how many rows it touched.
    pub(super) async fn run(&mut self, sql: &'static str, args: &[Arg<'_>]) -> Result<u64, StoreError> {
        match &mut self.conn {
            Conn::Sqlite(conn) => Ok(in_time(bound!(sqlx::query(sql), args).execute(&mut **conn)).await?.rows_affected()),
            Conn::Postgres(conn) => Ok(in_time(bound!(sqlx::query(sql), args).execute(&mut **conn)).await?.rows_affected()),
        }
    }

    /// Asks; every row.
    pub(super) async fn rows<T: Row>(&mut self, sql: &'static str, args: &[Arg<'_>]) -> Result<Vec<T>, StoreError> {
        match &mut self.conn {
            Conn::Sqlite(conn) => in_time(bound!(sqlx::query_as::<_, T>(sql), args).fetch_all(&mut **conn)).await,
            Conn::Postgres(conn) => in_time(bound!(sqlx::query_as::<_, T>(sql), args).fetch_all(&mut **conn)).await,
        }
    }

    /// Asks; the first row.
    pub(super) async fn row<T: Row>(&mut self, sql: &'static str, args: &[Arg<'_>]) -> Result<Option<T>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Makes it last. An error that is [`StoreError::Unsure`] says that it may have.
    pub(super) async fn commit(mut self, commit: Commit) -> Result<(), StoreError> {
        fault::point(commit, Side::Before);
        self.run("COMMIT", &[]).await.map_err(StoreError::of_commit)?;
        self.whole = true;
        fault::point(commit, Side::After);
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if !self.whole {
            match &mut self.conn {
                Conn::Sqlite(conn) => conn.close_on_drop(),
                Conn::Postgres(conn) => conn.close_on_drop(),
            }
        }
    }
}

/// Where the server is and who we are there.
pub(super) fn postgres_options(server: &Server) -> Result<PgConnectOptions, StoreError> {
    // what the parser complains of may be a part of a password
    let wrong = || StoreError::Config("expected postgres://USER@HOST:PORT/DATABASE".to_owned());
    let options: PgConnectOptions = server.url.reveal().parse().map_err(|_| wrong())?;
    Ok(match &server.password_file {
        Some(path) => options.password(password(path)?.reveal()),
        None => options,
    })
}

fn password(path: &Path) -> Result<Secret, StoreError> {
    let wrong = |why: String| StoreError::Config(format!("the password file {}: {why}", path.display()));
    let password = Secret::read(path).map_err(|error| wrong(error.to_string()))?;
    if password.reveal().is_empty() { Err(wrong("expected the password in its first line".to_owned())) } else { Ok(password) }
}

async fn in_time<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    Ok(tokio::time::timeout(STATEMENT, asked).await.map_err(|_| StoreError::Late)??)
}
