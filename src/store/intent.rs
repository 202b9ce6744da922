//! What calls wanted to change in the world: committed before a service is asked, settled after. What a crash leaves open is for a reconcile job.

use std::collections::BTreeMap;

use dauys_core::flow::graph::Value;
use jiff::Timestamp;

use super::{Store, StoreError};

/// How far an intent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Committed; the service is being asked.
    Asked,
    /// Done, and can still be taken back.
    Held,
    /// Done for good.
    Done,
    /// Surely not done.
    Refused,
    /// Done or not: nobody knows yet.
    Unknown,
    /// To be taken back, and not known to have been.
    UndoWanted,
    /// Taken back.
    Undone,
}

impl State {
    /// All.
    pub const ALL: [Self; 7] = [Self::Asked, Self::Held, Self::Done, Self::Refused, Self::Unknown, Self::UndoWanted, Self::Undone];

    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Held => "held",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::UndoWanted => "undo_wanted",
            Self::Undone => "undone",
        }
    }
}

/// What a call wants to change.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Its idempotency key.
    pub key: String,
    /// The call's name.
    pub call: String,
    /// The service that is to be asked.
    pub service: String,
    /// What it is asked.
    pub request: BTreeMap<String, Value>,
    /// The service that would take it back.
    pub undo: Option<String>,
}

impl Store {
    /// Commits an intent. `false`: its key was committed before, and whoever did so asks the service.
    ///
    /// # Errors
    /// When the database cannot be written: then the service must not be asked.
    pub async fn intend(&self, intent: &Intent, now: Timestamp) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "INSERT INTO intent (key, call, service, request, undo, state, asked) VALUES ($1, $2, $3, $4, $5, 'asked', $6) ON CONFLICT (key) DO NOTHING",
        );
        let bound = statement.bind(&intent.key).bind(&intent.call).bind(&intent.service).bind(self.without_names(&intent.request));
        let done = bound.bind(&intent.undo).bind(now.as_millisecond()).execute(&self.pool).await?;
        Ok(done.rows_affected() == 1)
    }

    /// What became of an intent, and what is needed to take it back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn settle(&self, key: &str, state: State, result: Option<&BTreeMap<String, Value>>) -> Result<(), StoreError> {
        let result = result.and_then(|fields| serde_json::to_string(fields).ok());
        let statement = sqlx::query("UPDATE intent SET state = $2, result = coalesce($3, result) WHERE key = $1");
        statement.bind(key).bind(state.name()).bind(result).execute(&self.pool).await?;
        Ok(())
    }

    /// A call is over, and what it held was not taken back: it was used.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn settle_call(&self, call: &str) -> Result<(), StoreError> {
        let statement = sqlx::query("UPDATE intent SET state = 'done' WHERE call = $1 AND state = 'held' AND used_by IS NULL");
        statement.bind(call).execute(&self.pool).await?;
        Ok(())
    }

    /// What this intent holds may have been used up by another: that one decides, once it is known.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn may_be_used(&self, key: &str, by: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE intent SET state = 'held', used_by = $2 WHERE key = $1").bind(key).bind(by).execute(&self.pool).await?;
        Ok(())
    }

    /// No call is up: what a crash left open is not known to have been done, or has nobody any more who would use it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn settle_orphans(&self) -> Result<u64, StoreError> {
        // what the crash caught under way may have been using up what its call held; that it did not is for the reconcile job to find
        let using = "UPDATE intent SET used_by = (SELECT other.key FROM intent AS other WHERE other.call = intent.call \
                     AND other.key <> intent.key AND other.state = 'asked') WHERE state = 'held' AND used_by IS NULL";
        sqlx::query(using).execute(&self.pool).await?;
        let statement = "UPDATE intent SET state = CASE state WHEN 'asked' THEN 'unknown' ELSE 'undo_wanted' END \
                         WHERE state = 'asked' OR (state = 'held' AND used_by IS NULL)";
        Ok(sqlx::query(statement).execute(&self.pool).await?.rows_affected())
    }

    /// How many holds wait until it is known what became of the submit that may have used them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn perhaps_used(&self) -> Result<i64, StoreError> {
        let statement = "SELECT count(*) FROM intent WHERE state = 'held' AND used_by IS NOT NULL";
        Ok(sqlx::query_scalar(statement).fetch_one(&self.pool).await?)
    }

    /// How many intents are in this state.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn intents(&self, state: State) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM intent WHERE state = $1").bind(state.name()).fetch_one(&self.pool).await?)
    }

    /// The request as JSON, with a keyed hash in place of whatever names a person or a person's matter.
    fn without_names(&self, request: &BTreeMap<String, Value>) -> String {
        let field = |(name, value): (&String, &Value)| {
            let hidden = match value {
                Value::Iin(iin) => Some(self.key.hash_of(iin.digits())),
                Value::Application(number) => Some(self.key.hash_of(number.digits())),
                Value::Phone(phone) => Some(self.key.hash_of(phone.e164())),
                Value::Digits(digits) => Some(self.key.hash_of(digits)),
                Value::Place(_) | Value::Count(_) | Value::Flag(_) | Value::Item(_) | Value::Message(_) => None,
                Value::Date(_) | Value::Time(_) | Value::Money(_) => None,
                Value::List(_) => Some(String::new()), // no request has one
            };
            let shown = hidden.map_or_else(|| serde_json::to_value(value).unwrap_or_default(), serde_json::Value::from);
            (name.clone(), shown)
        };
        serde_json::Value::Object(request.iter().map(field).collect()).to_string()
    }
}
