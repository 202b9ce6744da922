//! Work that must be done though a process dies: written with the row of the business it serves, in one transaction, and taken by one worker at a time.
//!
//! A job is its kind and the key of that row; what is to be done stands in the row. Whoever takes a job has it until his lease ends. Then it is due again, and the next attempt
//! is another's: the late one can finish nothing any more. After as many attempts as its kind allows a job is dead, and waits for a person.

use std::time::Duration;

use jiff::Timestamp;

use super::db::{Tx, args};
use super::{Commit, Store, StoreError};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What became of an intent.
    Reconcile,
    /// A message that is to be sent.
    Sms,
}

impl Kind {
    /// All.
    pub const ALL: [Self; 2] = [Self::Reconcile, Self::Sms];

    /// Its name in the database and in the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reconcile => "reconcile",
            Self::Sms => "sms",
        }
    }

    /// How often it is tried before a person must see to it: for a day and a half.
    const fn attempts_max(self) -> i64 {
        match self {
            Self::Reconcile | Self::Sms => 40,
        }
    }
}

/// The first pause between two attempts; each is twice the one before.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest.
const PAUSE_MAX: Duration = Duration::from_secs(3600);

/// A job that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What is to be done.
    pub kind: Kind,
    /// The row of the business.
    pub key: String,
    /// The how manieth attempt this is, from 1.
    pub attempt: i64,
}

impl Job {
    /// How long to wait before the next attempt; `None` when this was the last one.
    pub fn pause(&self) -> Option<Duration> {
        let doubled = u32::try_from(self.attempt - 1).ok().and_then(|before| 2_u32.checked_pow(before));
        let pause = doubled.and_then(|times| PAUSE.checked_mul(times)).unwrap_or(PAUSE_MAX);
        (self.attempt < self.kind.attempts_max()).then_some(pause.min(PAUSE_MAX))
    }
}

/// A job that nobody tries any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// What was to be done.
    pub kind: Kind,
    /// The row of the business.
    pub key: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last time failed.
    pub why: String,
}

impl Tx {
    /// Queues a job with what this transaction writes. One of its kind and key that is there already stays as it is.
    pub(super) async fn queue(&mut self, kind: Kind, key: &str, due: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO job (kind, key, due, attempt) VALUES ($1, $2, $3, 0) ON CONFLICT (kind, key) DO NOTHING";
        self.run(sql, args![kind.name(), key, due]).await?;
        Ok(())
    }

    /// The job is done, with what this transaction writes. `false`: its lease had run out and it is another's now; then nothing may be committed.
    pub(super) async fn finish(&mut self, job: &Job) -> Result<bool, StoreError> {
        let sql = "DELETE FROM job WHERE kind = $1 AND key = $2 AND attempt = $3";
        Ok(self.run(sql, args![job.kind.name(), &job.key, job.attempt]).await? == 1)
    }

    /// The job is to be tried again, not before `due`. `false` as for [`Self::finish`].
    pub(super) async fn postpone(&mut self, job: &Job, due: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE job SET due = $4 WHERE kind = $1 AND key = $2 AND attempt = $3";
        Ok(self.run(sql, args![job.kind.name(), &job.key, job.attempt, due]).await? == 1)
    }
}

impl Store {
    /// Takes up to `max` jobs that are due, until `now + lease`. Whoever dies with one loses it then.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take_jobs(&self, kind: Kind, max: u16, now: Timestamp, lease: Duration) -> Result<Vec<Job>, StoreError> {
        let waiting = "SELECT count(*) FROM job WHERE kind = $1 AND due <= $2 AND dead IS NULL";
        if self.db.number(waiting, args![kind.name(), now]).await? == 0 {
            return Ok(Vec::new()); // who looks every second does not lock every second
        }
        let mut tx = self.db.begin().await?;
        let sql = tx.or(
            "UPDATE job SET due = $3, attempt = attempt + 1 WHERE kind = $1 AND key IN \
             (SELECT key FROM job WHERE kind = $1 AND due <= $2 AND dead IS NULL ORDER BY due LIMIT $4) RETURNING key, attempt",
            "UPDATE job SET due = $3, attempt = attempt + 1 WHERE kind = $1 AND key IN \
             (SELECT key FROM job WHERE kind = $1 AND due <= $2 AND dead IS NULL ORDER BY due LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING key, attempt",
        );
        let taken = tx.rows::<(String, i64)>(sql, args![kind.name(), now, after(now, lease), i64::from(max)]).await?;
        tx.commit(Commit::TakeJobs).await?;
        Ok(taken.into_iter().map(|(key, attempt)| Job { kind, key, attempt }).collect())
    }

    /// A job whose row of the business needs no change is done. `false`: it is another's now.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn finish_job(&self, job: &Job) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let ours = tx.finish(job).await?;
        tx.commit(Commit::EndJob).await?;
        Ok(ours)
    }

    /// A job was tried in vain: later again, or, after the last attempt, dead. `false`: it is another's now.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn retry_job(&self, job: &Job, why: &str, now: Timestamp) -> Result<bool, StoreError> {
        let Some(pause) = job.pause() else { return self.give_up_job(job, why).await };
        let mut tx = self.db.begin().await?;
        let ours = tx.postpone(job, after(now, pause)).await?;
        tx.commit(Commit::EndJob).await?;
        Ok(ours)
    }

    /// A job that no further attempt can help waits for a person. `false`: it is another's now.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn give_up_job(&self, job: &Job, why: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE job SET dead = $4 WHERE kind = $1 AND key = $2 AND attempt = $3";
        Ok(self.db.run(sql, args![job.kind.name(), &job.key, job.attempt, why], Commit::EndJob).await? == 1)
    }

    /// Forgets what was settled, done or past before `before`; how many rows that were. What is open is never forgotten.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        let old = [
            "DELETE FROM intent WHERE asked < $1 AND state IN ('done', 'refused', 'undone') \
             AND NOT EXISTS (SELECT 1 FROM intent AS held WHERE held.used_by = intent.key AND held.state = 'held')",
            "DELETE FROM callback WHERE asked < $1 AND state <> 'open'",
            "DELETE FROM callback_window WHERE closes < $1",
            "DELETE FROM deed WHERE at < $1",
            "DELETE FROM booking WHERE start < $1",
            "DELETE FROM seat WHERE start < $1 OR (booking IS NULL AND held_until < $1)",
            "DELETE FROM certificate WHERE ordered < $1",
            "DELETE FROM complaint WHERE taken < $1",
            "DELETE FROM home_visit WHERE taken < $1",
        ];
        let mut forgotten = 0;
        for sql in old {
            forgotten += self.db.run(sql, args![before], Commit::Record).await?;
        }
        Ok(forgotten)
    }

    /// How many jobs of this kind wait, and how many are dead.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_jobs(&self, kind: Kind) -> Result<(i64, i64), StoreError> {
        let sql = "SELECT count(*), count(dead) FROM job WHERE kind = $1";
        let (all, dead) = self.db.row::<(i64, i64)>(sql, args![kind.name()]).await?.unwrap_or_default();
        Ok((all - dead, dead))
    }

    /// The dead of all kinds, up to `max`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn dead_jobs(&self, max: u16) -> Result<Vec<Dead>, StoreError> {
        let sql = "SELECT kind, key, attempt, dead FROM job WHERE dead IS NOT NULL ORDER BY kind, key LIMIT $1";
        let rows = self.db.rows::<(String, String, i64, String)>(sql, args![i64::from(max)]).await?;
        let dead = |(kind, key, attempts, why): (String, String, i64, String)| {
            let kind = Kind::ALL.into_iter().find(|known| known.name() == kind)?;
            Some(Dead { kind, key, attempts, why })
        };
        Ok(rows.into_iter().filter_map(dead).collect())
    }

    /// Tries a dead job again from now on, with all its attempts. `false`: there is none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn revive_job(&self, kind: Kind, key: &str, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE job SET dead = NULL, attempt = 0, due = $3 WHERE kind = $1 AND key = $2 AND dead IS NOT NULL";
        Ok(self.db.run(sql, args![kind.name(), key, now], Commit::EndJob).await? == 1)
    }
}

/// A moment later; the end of time when there is none.
pub(super) fn after(now: Timestamp, pause: Duration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}
