//! What calls want to change in the world: committed before a service is asked, settled after. With each goes a job that reconciles what nobody settled.

use std::collections::BTreeMap;
use std::time::Duration;

use dauys_core::flow::graph::Value;
use dauys_core::interpreter::{Telling, Undoing};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::{Tx, args};
use super::jobs::after;
use super::{Commit, Job, Kind, QueuedMessage, Store, StoreError, Taken};

/// An intent that was asked and not settled for so long is one whose process died.
const ASKED_MAX: Duration = Duration::from_secs(120);
/// What a call holds is kept from the reconcile job for so long at a time, while its process lives.
const HELD_LEASE: Duration = Duration::from_secs(60);

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

    /// Whether nothing can change it any more.
    pub const fn is_last(self) -> bool {
        match self {
            Self::Done | Self::Refused | Self::Undone => true,
            Self::Asked | Self::Held | Self::Unknown | Self::UndoWanted => false,
        }
    }

    fn named(name: &str) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|state| state.name() == name);
        known.ok_or_else(|| StoreError::Unreadable(format!("unknown state `{name}` of an intent")))
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
    /// How it would be taken back.
    pub undo: Option<Undoing>,
    /// What is sent to a caller who does not hear how it ended.
    pub telling: Option<Telling>,
}

/// What a caller is sent in the transaction that settles an intent: once, however often it is settled.
#[derive(Clone, Debug)]
pub struct Told {
    /// The message; its key is the intent's own.
    pub message: QueuedMessage,
    /// The most messages to one number within a day.
    pub most: u16,
}

/// An intent that is not settled, as the reconcile job reads it.
#[derive(Clone, Debug)]
pub struct Open {
    /// What was wanted.
    pub intent: Intent,
    /// How far it is.
    pub state: State,
    /// What the undo is asked, once that is known.
    pub undo_request: Option<BTreeMap<String, Value>>,
    /// How far the intent is that may have used this one up.
    pub used_by: Option<State>,
}

/// What the reconcile job found.
#[derive(Clone, Debug)]
pub struct Settled<'a> {
    /// How far the intent is now.
    pub state: State,
    /// What the service answered.
    pub outcome: Option<&'a str>,
    /// What an undo is asked.
    pub undo_request: Option<&'a BTreeMap<String, Value>>,
    /// What its caller is sent.
    pub told: Option<&'a Told>,
}

impl Settled<'_> {
    /// That it has come so far, and no more.
    pub const fn to(state: State) -> Self {
        Self { state, outcome: None, undo_request: None, told: None }
    }
}

/// What is sealed in the database.
#[derive(Serialize, Deserialize)]
struct Sealed {
    request: BTreeMap<String, Value>,
    undo: Option<Undoing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    telling: Option<Telling>,
}

impl Sealed {
    fn of(intent: &Intent) -> Self {
        let Intent { request, undo, telling, .. } = intent.clone();
        Self { request, undo, telling }
    }
}

impl Store {
    /// Commits an intent. `false`: its key was committed before, and whoever did so asks the service.
    ///
    /// # Errors
    /// When the database cannot be written: then the service must not be asked.
    pub async fn intend(&self, intent: &Intent, now: Timestamp) -> Result<bool, StoreError> {
        let sealed = self.sealed(&intent.key, &Sealed::of(intent))?;
        let undo = intent.undo.as_ref().map(|undo| undo.service.as_str());
        let mut tx = self.db.begin().await?;
        let sql = "INSERT INTO intent (key, call, service, request, undo, state, asked, sealed, owner) \
                   VALUES ($1, $2, $3, $4, $5, 'asked', $6, $7, $8) ON CONFLICT (key) DO NOTHING";
        let request = self.without_names(&intent.request);
        let values = args![&intent.key, &intent.call, &intent.service, &request, undo, now, &sealed, &*self.owner];
        let new = tx.run(sql, values).await? == 1;
        if new {
            tx.queue(Kind::Reconcile, &intent.key, after(now, ASKED_MAX)).await?;
        }
        tx.commit(Commit::Intent).await?;
        Ok(new)
    }

    /// What became of an intent, and what is needed to take it back. One that was settled for good stays so.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn settle(&self, key: &str, state: State, undo_request: Option<&BTreeMap<String, Value>>) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        self.write_settled(&mut tx, key, &Settled { undo_request, ..Settled::to(state) }).await?;
        tx.forget_job(key, state).await?;
        tx.commit(Commit::Settle).await
    }

    /// The same, and its caller is sent it, who no longer listens.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn settle_and_tell(&self, key: &str, state: State, told: &Told, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        self.write_settled(&mut tx, key, &Settled::to(state)).await?;
        tx.forget_job(key, state).await?;
        self.tell(&mut tx, told, now).await?;
        tx.commit(Commit::Tell).await
    }

    async fn tell(&self, tx: &mut Tx, told: &Told, now: Timestamp) -> Result<(), StoreError> {
        match self.queue_with(tx, &told.message, told.most, now).await? {
            Taken::New | Taken::Known => {}
            Taken::TooMany => tracing::warn!(key = told.message.key, "too many messages to one number: a caller is not told how it ended"),
        }
        Ok(())
    }

    /// The same as the reconcile job found it, which is then over, or goes on later. `false`: the job is another's now, and nothing is written.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn reconciled(&self, job: &Job, found: &Settled<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let ours = if found.state.is_last() { tx.finish(job).await? } else { tx.postpone(job, after(now, HELD_LEASE)).await? };
        if ours {
            self.write_settled(&mut tx, &job.key, found).await?;
        }
        if let (true, Some(told)) = (ours, found.told) {
            self.tell(&mut tx, told, now).await?;
        }
        tx.commit(Commit::Reconciled).await?;
        Ok(ours)
    }

    async fn write_settled(&self, tx: &mut Tx, key: &str, found: &Settled<'_>) -> Result<(), StoreError> {
        let request = found.undo_request.map(|request| self.sealed(key, request)).transpose()?;
        let sql = "UPDATE intent SET state = $2, outcome = coalesce($3, outcome), result = coalesce($4, result) \
                   WHERE key = $1 AND state NOT IN ('done', 'refused', 'undone')";
        tx.run(sql, args![key, found.state.name(), found.outcome, request.as_deref()]).await?;
        if found.state.is_last() {
            tx.run("UPDATE intent SET sealed = NULL, result = NULL WHERE key = $1", args![key]).await?;
        }
        Ok(())
    }

    /// A call is over, and what it held was not taken back: it was used. What is unknown is not to be taken back either, should it turn out done.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn settle_call(&self, call: &str) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let jobs =
            "DELETE FROM job WHERE kind = $1 AND key IN (SELECT key FROM intent WHERE call = $2 AND state = 'held' AND used_by IS NULL)";
        tx.run(jobs, args![Kind::Reconcile.name(), call]).await?;
        let held = "UPDATE intent SET state = 'done', sealed = NULL, result = NULL WHERE call = $1 AND state = 'held' AND used_by IS NULL";
        tx.run(held, args![call]).await?;
        tx.run("UPDATE intent SET undo = NULL WHERE call = $1 AND state = 'unknown'", args![call]).await?;
        tx.commit(Commit::SettleCall).await
    }

    /// What this intent holds may have been used up by another: that one decides, once it is known.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn may_be_used(&self, key: &str, by: &str) -> Result<(), StoreError> {
        let sql = "UPDATE intent SET state = 'held', used_by = $2 WHERE key = $1 AND state NOT IN ('done', 'refused', 'undone')";
        self.db.run(sql, args![key, by], Commit::MayBeUsed).await?;
        Ok(())
    }

    /// No call of this database is up: what a crash left open is not known to have been done, or has nobody any more who would use it. It is due at once.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn settle_orphans(&self) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let orphans = orphan(&mut tx, None).await?;
        tx.run("UPDATE job SET due = 0 WHERE kind = $1 AND dead IS NULL", args![Kind::Reconcile.name()]).await?;
        tx.commit(Commit::Orphans).await?;
        Ok(orphans)
    }

    /// Whether no other process can have calls in this database.
    pub fn is_alone(&self) -> bool {
        self.db.is_file()
    }

    /// The process that this call ran in is dead: the same for what it left open.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn orphan_call(&self, call: &str) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        orphan(&mut tx, Some(call)).await?;
        tx.commit(Commit::Orphans).await
    }

    /// This process lives: what its calls hold is not to be reconciled for a while.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn keep_held(&self, now: Timestamp) -> Result<(), StoreError> {
        let ours = "SELECT count(*) FROM intent WHERE state = 'held' AND used_by IS NULL AND owner = $1";
        if self.db.number(ours, args![&*self.owner]).await? > 0 {
            let sql = "UPDATE job SET due = $3 WHERE kind = $1 AND key IN \
                       (SELECT key FROM intent WHERE state = 'held' AND used_by IS NULL AND owner = $2)";
            self.db.run(sql, args![Kind::Reconcile.name(), &*self.owner, after(now, HELD_LEASE)], Commit::KeepHeld).await?;
        }
        Ok(())
    }

    /// An intent that is not settled; `None` when there is none of this key, or nothing to do.
    ///
    /// # Errors
    /// When the database cannot be read, or what is sealed does not open under the installation's key.
    pub async fn open_intent(&self, key: &str) -> Result<Option<Open>, StoreError> {
        type Found = (String, String, String, Option<String>, Option<String>, Option<String>, Option<String>);
        let sql = "SELECT one.call, one.service, one.state, one.sealed, one.result, one.undo, \
                   coalesce(other.state, CASE WHEN one.used_by IS NULL THEN NULL ELSE 'refused' END) \
                   FROM intent AS one LEFT JOIN intent AS other ON other.key = one.used_by WHERE one.key = $1";
        let Some((call, service, state, sealed, result, undo, used_by)) = self.db.row::<Found>(sql, args![key]).await? else {
            return Ok(None);
        };
        let state = State::named(&state)?;
        if state.is_last() {
            return Ok(None);
        }
        let sealed = sealed.ok_or_else(|| StoreError::Unreadable("an intent of an earlier version".to_owned()))?;
        let Sealed { request, undo: way, telling } = self.opened(key, &sealed)?;
        let intent = Intent { key: key.to_owned(), call, service, request, undo: way.filter(|_| undo.is_some()), telling };
        let undo_request = result.map(|result| self.opened(key, &result)).transpose()?;
        Ok(Some(Open { intent, state, undo_request, used_by: used_by.as_deref().map(State::named).transpose()? }))
    }

    /// How many holds wait until it is known what became of the submit that may have used them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn perhaps_used(&self) -> Result<i64, StoreError> {
        self.db.number("SELECT count(*) FROM intent WHERE state = 'held' AND used_by IS NOT NULL", &[]).await
    }

    /// How many intents are in this state.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn intents(&self, state: State) -> Result<i64, StoreError> {
        self.db.number("SELECT count(*) FROM intent WHERE state = $1", args![state.name()]).await
    }

    /// What the service answered to a reconcile job at last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn outcome_of(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.db.row::<(Option<String>,)>("SELECT outcome FROM intent WHERE key = $1", args![key]).await?.and_then(|(outcome,)| outcome))
    }

    pub(super) fn sealed(&self, key: &str, what: &impl Serialize) -> Result<String, StoreError> {
        let text = serde_json::to_string(what).map_err(|_| StoreError::Unreadable("a request that cannot be written".to_owned()))?;
        self.key.seal(key, &text)
    }

    pub(super) fn opened<T: for<'de> Deserialize<'de>>(&self, key: &str, sealed: &str) -> Result<T, StoreError> {
        let text = self.key.open(key, sealed)?;
        serde_json::from_str(&text).map_err(|_| StoreError::Unreadable("a sealed request of another version".to_owned()))
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

impl Tx {
    /// What is settled for good needs no reconciling.
    async fn forget_job(&mut self, key: &str, state: State) -> Result<(), StoreError> {
        if state.is_last() {
            self.run("DELETE FROM job WHERE kind = $1 AND key = $2", args![Kind::Reconcile.name(), key]).await?;
        }
        Ok(())
    }
}

/// What a dead process left open, of one call or of all: what was asked is unknown; what was held, or would be held, is to be taken back as if the caller had hung up.
async fn orphan(tx: &mut Tx, call: Option<&str>) -> Result<u64, StoreError> {
    // what its call wanted after it may have used up what it held: to leave a hold to its end does no harm, to give back what is booked does
    let using = "UPDATE intent SET used_by = (SELECT other.key FROM intent AS other WHERE other.call = intent.call AND other.key <> intent.key \
                 AND other.asked >= intent.asked AND other.state IN ('asked', 'unknown', 'held', 'done') \
                 ORDER BY CASE other.state WHEN 'done' THEN 0 WHEN 'held' THEN 1 ELSE 2 END LIMIT 1) \
                 WHERE state = 'held' AND used_by IS NULL AND ($1 IS NULL OR call = $1)";
    tx.run(using, args![call]).await?;
    let left = "UPDATE intent SET state = CASE WHEN state = 'held' OR undo IS NOT NULL THEN 'undo_wanted' ELSE 'unknown' END \
                WHERE (state = 'asked' OR (state = 'unknown' AND undo IS NOT NULL) OR (state = 'held' AND used_by IS NULL)) AND ($1 IS NULL OR call = $1)";
    tx.run(left, args![call]).await
}
