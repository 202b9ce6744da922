//! The `store` part of `dauys.yaml`: which database. What it says may hold a password, so it is shown nowhere.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::Secret;

/// The database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Database {
    /// A file in the data folder.
    #[default]
    Sqlite,
    /// A server, which several robots may share.
    Postgres(Postgres),
}

/// A PostgreSQL server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postgres {
    /// `postgres://USER@HOST:PORT/DATABASE`; it may hold the password.
    pub url: Secret,
    /// A file whose first line is the password; relative to the configuration file.
    pub password_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Map {
    postgres: String,
    #[serde(default)]
    password_file: Option<PathBuf>,
}

struct Forms;

impl<'de> Deserialize<'de> for Database {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Forms)
    }
}

impl<'de> Visitor<'de> for Forms {
    type Value = Database;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sqlite, postgres://USER@HOST/DATABASE, or {postgres: \"postgres://USER@HOST/DATABASE\", password_file: FILE}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Database, E> {
        match text {
            "sqlite" => Ok(Database::Sqlite),
            url => server(url, None),
        }
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Database, M::Error> {
        let Map { postgres, password_file } = Map::deserialize(MapAccessDeserializer::new(map))?;
        server(&postgres, password_file)
    }
}

/// What is wrong may be a password in the wrong place: the text is not repeated.
fn server<E: Error>(url: &str, password_file: Option<PathBuf>) -> Result<Database, E> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Database::Postgres(Postgres { url: Secret::new(url), password_file }))
    } else {
        Err(E::custom("expected sqlite or postgres://USER@HOST/DATABASE"))
    }
}
