//! Both databases for the same tests: a folder with SQLite, or a fresh database in a PostgreSQL that this test binary starts once and whose end it does not outlive.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dauys::config::{Database, Postgres, Secret};
use dauys::store::{Store, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Where a test has its database.
pub(crate) struct Place {
    pub(crate) data: TempDir,
    pub(crate) database: Database,
}

/// Runs each check on both databases: `on_both! { a_check, another }` for `async fn a_check(place: Place)`.
macro_rules! on_both {
    ($($check:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $check() {
                super::$check(crate::database::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $check() {
                super::$check(crate::database::Place::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both;

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self { data: tempfile::tempdir().unwrap(), database: Database::Sqlite }
    }

    /// A database of its own, made of one whose tables are there already.
    pub(crate) async fn postgres() -> Self {
        static TEMPLATE: OnceCell<()> = OnceCell::const_new();
        static NEXT: AtomicU32 = AtomicU32::new(0);
        TEMPLATE.get_or_init(template).await;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        create(&name, "TEMPLATE prepared").await;
        Self { data: tempfile::tempdir().unwrap(), database: server(&name) }
    }

    /// A fresh one of the same kind.
    pub(crate) async fn another(&self) -> Self {
        match self.database {
            Database::Sqlite => Self::sqlite(),
            Database::Postgres(_) => Self::postgres().await,
        }
    }

    pub(crate) async fn open(&self) -> Store {
        self.try_open().await.unwrap()
    }

    /// All that the database holds, to look for what it must not.
    pub(crate) async fn bytes(&self) -> Vec<u8> {
        match &self.database {
            Database::Sqlite => {
                let files = std::fs::read_dir(self.data.path()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
                files.flatten().collect()
            }
            Database::Postgres(server) => {
                let all = "SELECT string_agg(query_to_xml(format('SELECT * FROM %I', tablename), true, false, '')::text, '') \
                           FROM pg_tables WHERE schemaname = 'public'";
                let mut reader = PgConnection::connect(server.url.reveal()).await.unwrap();
                sqlx::query_scalar::<_, String>(all).fetch_one(&mut reader).await.unwrap().into_bytes()
            }
        }
    }

    /// Whoever writes intents waits until this is dropped.
    pub(crate) async fn hang(&self) -> Box<dyn Send> {
        match &self.database {
            Database::Sqlite => {
                let options = SqliteConnectOptions::new().filename(self.data.path().join("dauys.db"));
                let mut holder = SqliteConnection::connect_with(&options).await.unwrap();
                sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut holder).await.unwrap();
                Box::new(holder)
            }
            Database::Postgres(server) => {
                let mut holder = PgConnection::connect(server.url.reveal()).await.unwrap();
                sqlx::raw_sql("BEGIN; LOCK TABLE intent").execute(&mut holder).await.unwrap();
                Box::new(holder)
            }
        }
    }

    /// Whoever has a job has died, and the time of his lease is over.
    pub(crate) async fn leases_run_out(&self) {
        leases_run_out(self.data.path(), &self.database).await;
    }

    pub(crate) async fn try_open(&self) -> Result<Store, StoreError> {
        Store::connect(self.data.path(), &self.database).await
    }
}

/// The same in a folder that is no place's any more.
pub(crate) async fn leases_run_out(data: &Path, database: &Database) {
    const DUE: &str = "UPDATE job SET due = 0";
    const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    match database {
        Database::Sqlite => {
            let options = SqliteConnectOptions::new().filename(data.join("dauys.db"));
            sqlx::raw_sql(DUE).execute(&mut SqliteConnection::connect_with(&options).await.unwrap()).await.unwrap();
        }
        Database::Postgres(server) => {
            let mut admin = PgConnection::connect(server.url.reveal()).await.unwrap();
            let gone = async {
                // what the dead asked last may still be under way
                while sqlx::query_scalar::<_, i64>(OTHERS).fetch_one(&mut admin).await.unwrap() > 0 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), gone).await.expect("somebody has the database open");
            sqlx::raw_sql(DUE).execute(&mut admin).await.unwrap();
        }
    }
}

async fn template() {
    create("prepared", "").await;
    let data = tempfile::tempdir().unwrap();
    Store::connect(data.path(), &server("prepared")).await.unwrap().close().await;
}

async fn create(name: &str, template: &str) {
    let mut admin = PgConnection::connect(&url("postgres")).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name} {template}"))).execute(&mut admin).await.unwrap();
    admin.close().await.unwrap();
}

pub(crate) fn server(name: &str) -> Database {
    Database::Postgres(Postgres { url: Secret::new(&url(name)), password_file: None })
}

/// At the socket in the cluster's folder.
pub(crate) fn url(name: &str) -> String {
    format!("postgres://dauys@{}/{name}", cluster().replace('/', "%2F"))
}

/// The cluster's folder. Its script ends when our side of its stdin does, which the system sees to.
fn cluster() -> &'static str {
    static FOLDER: OnceLock<String> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/database/cluster.sh");
        let mut started = Command::new("sh").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut folder = String::new();
        BufReader::new(started.stdout.take().unwrap()).read_line(&mut folder).unwrap();
        assert!(folder.starts_with('/'), "PostgreSQL does not start: {:?}", started.wait());
        std::mem::forget(started); // its stdin stays open as long as this process lives
        folder.trim_end().to_owned()
    })
}
