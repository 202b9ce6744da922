//! The outbox: messages that were promised, and what became of each of their parts.
//!
//! A part goes one way: begun, then sent or an end; a receipt may still turn *sent* and *unknown* into another end. What was begun is begun once: a worker that finds a part
//! begun by a dead one settles it as unknown.

use std::time::Duration;

use dauys_core::citizen::Phone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::db::{Tx, args};
use super::fault::Commit;
use super::jobs::after;
use super::{Job, Kind, Store, StoreError};

/// How long the number of messages to one telephone is remembered.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A receipt for nothing that we sent is kept no longer.
const STRAY_MAX: SignedDuration = SignedDuration::from_hours(72);
/// What became of a message is known for so long, without its number and text.
const ROW_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How far a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartState {
    /// Being submitted: taken or not, as long as there is no answer.
    Begun,
    /// Taken.
    Sent,
    /// In the telephone.
    Delivered,
    /// Refused, or given up by the centre.
    Failed,
    /// Given up for its age.
    Expired,
    /// Taken or not: nobody can tell.
    Unknown,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageState {
    /// Some of it is still to be sent.
    Queued,
    /// All of it was taken.
    Sent,
    /// All of it is in the telephone.
    Delivered,
    /// A part was refused, or given up.
    Failed,
    /// It was not wanted any more before it went, or arrived.
    Expired,
    /// A part was taken or not.
    Unknown,
}

impl PartState {
    /// All.
    pub const ALL: [Self; 6] = [Self::Begun, Self::Sent, Self::Delivered, Self::Failed, Self::Expired, Self::Unknown];

    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }

    fn named(name: &str) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|state| state.name() == name);
        known.ok_or_else(|| StoreError::Unreadable(format!("unknown state `{name}` of a message's part")))
    }
}

impl MessageState {
    /// All.
    pub const ALL: [Self; 6] = [Self::Queued, Self::Sent, Self::Delivered, Self::Failed, Self::Expired, Self::Unknown];

    /// Its name in the database and in the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }

    fn named(name: &str) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|state| state.name() == name);
        known.ok_or_else(|| StoreError::Unreadable(format!("unknown state `{name}` of a message")))
    }

    /// The state of a message of so many parts: the worst of them, and none before all of them are there.
    fn of(parts: &[PartState], count: usize) -> Self {
        let has = |state: PartState| parts.contains(&state);
        if has(PartState::Failed) {
            Self::Failed
        } else if has(PartState::Expired) {
            Self::Expired
        } else if parts.len() < count || has(PartState::Begun) {
            Self::Queued
        } else if has(PartState::Unknown) {
            Self::Unknown
        } else if has(PartState::Sent) {
            Self::Sent
        } else {
            Self::Delivered
        }
    }
}

/// A message that is promised.
#[derive(Clone, Debug)]
pub struct QueuedMessage {
    /// Its idempotency key.
    pub key: String,
    /// To whom.
    pub to: Phone,
    /// What.
    pub text: String,
    /// Not before then.
    pub due: Timestamp,
    /// Not after then.
    pub valid_until: Timestamp,
}

/// Whether a message was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was.
    New,
    /// One of its key was, before.
    Known,
    /// It was not: there are too many to this number.
    TooMany,
}

/// A message, as its worker reads it.
#[derive(Clone, Debug)]
pub struct OpenMessage {
    /// To whom.
    pub to: Phone,
    /// What.
    pub text: String,
    /// Not after then.
    pub valid_until: Timestamp,
    /// In how many parts it goes; 0: none was begun.
    pub parts: usize,
    /// The parts that were begun: which, and how far it is.
    pub begun: Vec<(usize, PartState)>,
}

/// A part, and what it is to have.
#[derive(Clone, Copy, Debug)]
pub struct PartOf<'a> {
    /// Its message.
    pub key: &'a str,
    /// Which, from 0.
    pub nth: usize,
}

/// What is sealed in the database.
#[derive(Serialize, Deserialize)]
struct Sealed {
    to: Phone,
    text: String,
}

impl Store {
    /// Commits a message and the job that sends it; once under its key, and no more than `most` to a number within a day.
    ///
    /// # Errors
    /// When the database cannot be written: then nobody may be told that it goes.
    pub async fn queue_message(&self, message: &QueuedMessage, most: u16, now: Timestamp) -> Result<Taken, StoreError> {
        let mut tx = self.db.begin().await?;
        let taken = self.queue_with(&mut tx, message, most, now).await?;
        tx.commit(Commit::Message).await?;
        Ok(taken)
    }

    /// The same within a transaction that writes more. Where it is not [`Taken::New`] nothing is written here.
    pub(super) async fn queue_with(&self, tx: &mut Tx, message: &QueuedMessage, most: u16, now: Timestamp) -> Result<Taken, StoreError> {
        let sealed = self.sealed(&message.key, &Sealed { to: message.to.clone(), text: message.text.clone() })?;
        let phone = self.key.hash(&message.to);
        if tx.row::<(i64,)>("SELECT queued FROM message WHERE key = $1", args![&message.key]).await?.is_some() {
            return Ok(Taken::Known);
        }
        let before = tx.row::<(i64,)>("SELECT count(*) FROM message WHERE phone = $1 AND queued > $2", args![&phone, now - DAY]).await?;
        if before.is_some_and(|(count,)| count >= i64::from(most)) {
            return Ok(Taken::TooMany);
        }
        let sql = "INSERT INTO message (key, phone, sealed, state, parts, queued, valid_until) VALUES ($1, $2, $3, 'queued', 0, $4, $5) \
                   ON CONFLICT (key) DO NOTHING";
        let new = tx.run(sql, args![&message.key, &phone, &sealed, now, message.valid_until]).await? == 1;
        if new {
            tx.queue(Kind::Sms, &message.key, message.due).await?;
        }
        Ok(if new { Taken::New } else { Taken::Known })
    }

    /// A message that is not at its end.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_message(&self, key: &str) -> Result<Option<OpenMessage>, StoreError> {
        let sql = "SELECT sealed, parts, valid_until FROM message WHERE key = $1 AND sealed IS NOT NULL AND state = 'queued'";
        let Some((sealed, parts, valid_until)) = self.db.row::<(String, i64, i64)>(sql, args![key]).await? else { return Ok(None) };
        let Sealed { to, text } = self.opened(key, &sealed)?;
        let rows = self.db.rows::<(i64, String)>("SELECT nth, state FROM message_part WHERE key = $1 ORDER BY nth", args![key]).await?;
        let begun = rows.into_iter().map(|(nth, state)| Ok((usize::try_from(nth).unwrap_or_default(), PartState::named(&state)?)));
        let begun = begun.collect::<Result<_, StoreError>>()?;
        let valid_until = Timestamp::from_millisecond(valid_until).unwrap_or(Timestamp::MAX);
        Ok(Some(OpenMessage { to, text, valid_until, parts: usize::try_from(parts).unwrap_or_default(), begun }))
    }

    /// A part is about to be submitted, by whoever has the job until `now + lease`. `false`: the job is another's, or the part was begun before; then it must not be.
    ///
    /// # Errors
    /// When the database cannot be written: then it must not be submitted either.
    pub async fn begin_part(
        &self,
        job: &Job,
        nth: usize,
        of: usize,
        reference: u16,
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let ours = tx.postpone(job, after(now, lease)).await?;
        let sql = "INSERT INTO message_part (key, nth, state, reference, begun) VALUES ($1, $2, 'begun', $3, $4) ON CONFLICT (key, nth) DO NOTHING";
        let new = ours && tx.run(sql, args![&job.key, number(nth), i64::from(reference), now]).await? == 1;
        if new {
            tx.run("UPDATE message SET parts = $2 WHERE key = $1", args![&job.key, number(of)]).await?;
        }
        tx.commit(Commit::BeginPart).await?;
        Ok(new)
    }

    /// What a part's answer said, with the centre's name for it. A receipt that came before is heeded.
    ///
    /// # Errors
    /// When the database cannot be written: then the part is unknown to whoever comes next.
    pub async fn settle_part(&self, part: PartOf<'_>, state: PartState, id: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        alone_with(&mut tx, part.key).await?;
        let early = tx.row::<(String,)>("SELECT state FROM message_receipt WHERE id = $1", args![id]).await?;
        tx.run("DELETE FROM message_receipt WHERE id = $1", args![id]).await?;
        let state = early.map_or(Ok(state), |(state,)| PartState::named(&state))?;
        let sql = "UPDATE message_part SET state = $3, id = coalesce($4, id) WHERE key = $1 AND nth = $2 AND state = 'begun'";
        tx.run(sql, args![part.key, number(part.nth), state.name(), id]).await?;
        sum_up(&mut tx, part.key, now).await?;
        tx.commit(Commit::SettlePart).await
    }

    /// A part was surely not taken: its job is tried again at `due`, from this part on. `false`: the job is another's.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn put_back_part(&self, job: &Job, nth: usize, due: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let ours = tx.postpone(job, due).await?;
        if ours {
            let sql = "DELETE FROM message_part WHERE key = $1 AND nth = $2 AND state = 'begun'";
            tx.run(sql, args![&job.key, number(nth)]).await?;
        }
        tx.commit(Commit::PutBackPart).await?;
        Ok(ours)
    }

    /// No more of a message is to be sent; `end` where its parts do not tell how it ended. What it came to; `None`: the job is another's.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn finish_message(&self, job: &Job, end: Option<MessageState>, now: Timestamp) -> Result<Option<MessageState>, StoreError> {
        let mut tx = self.db.begin().await?;
        if !tx.finish(job).await? {
            return tx.commit(Commit::FinishMessage).await.map(|()| None);
        }
        if let Some(end) = end {
            let sql = "UPDATE message SET state = $2, settled = $3 WHERE key = $1";
            tx.run(sql, args![&job.key, end.name(), now]).await?;
        }
        let row = tx.row::<(String,)>("SELECT state FROM message WHERE key = $1", args![&job.key]).await?;
        tx.commit(Commit::FinishMessage).await?;
        row.map(|(state,)| MessageState::named(&state)).transpose()
    }

    /// A receipt: `id` is the centre's name for a part, `reference` and `from` ours and its telephone, by which one is known that got no answer. One for what is not known yet
    /// is kept for it.
    ///
    /// # Errors
    /// When the database cannot be written: then the centre must be asked to repeat it.
    pub async fn keep_receipt(
        &self,
        id: &str,
        known_by: Option<(u16, &Phone)>,
        state: PartState,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "SELECT key, nth FROM message_part WHERE id = $1 ORDER BY begun DESC LIMIT 1";
        let mut found = tx.row::<(String, i64)>(sql, args![id]).await?;
        if let (None, Some((reference, from))) = (&found, known_by) {
            let phone = self.key.hash(from);
            let sql = "SELECT message_part.key, nth FROM message_part JOIN message ON message.key = message_part.key \
                       WHERE reference = $1 AND phone = $2 AND id IS NULL AND message_part.state = 'unknown' ORDER BY begun DESC LIMIT 1";
            found = tx.row(sql, args![i64::from(reference), &phone]).await?;
        }
        match found {
            Some((key, nth)) => {
                alone_with(&mut tx, &key).await?;
                let sql = "UPDATE message_part SET state = $3, id = $4 WHERE key = $1 AND nth = $2 AND state IN ('sent', 'unknown')";
                tx.run(sql, args![&key, nth, state.name(), id]).await?;
                sum_up(&mut tx, &key, now).await?;
            }
            None => {
                let sql = "INSERT INTO message_receipt (id, state, came) VALUES ($1, $2, $3) \
                           ON CONFLICT (id) DO UPDATE SET state = excluded.state, came = excluded.came";
                tx.run(sql, args![id, state.name(), now]).await?;
            }
        }
        tx.commit(Commit::Receipt).await
    }

    /// Numbers and texts of messages that ended more than `keep` ago are forgotten, what is older still is deleted; and receipts that crossed the answer that names their part
    /// are heeded.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn tidy_messages(&self, keep: SignedDuration, now: Timestamp) -> Result<(), StoreError> {
        let crossed = "SELECT message_receipt.id, message_receipt.state FROM message_receipt JOIN message_part ON message_part.id = message_receipt.id LIMIT 100";
        for (id, state) in self.db.rows::<(String, String)>(crossed, &[]).await? {
            self.keep_receipt(&id, None, PartState::named(&state)?, now).await?;
            self.db.run("DELETE FROM message_receipt WHERE id = $1", args![&id], Commit::Receipt).await?;
        }
        let mut tx = self.db.begin().await?;
        tx.run("UPDATE message SET sealed = NULL WHERE settled < $1 AND sealed IS NOT NULL", args![now - keep]).await?;
        let old = now - ROW_MAX.max(keep);
        tx.run("DELETE FROM message_part WHERE key IN (SELECT key FROM message WHERE settled < $1)", args![old]).await?;
        tx.run("DELETE FROM message WHERE settled < $1", args![old]).await?;
        tx.run("DELETE FROM message_receipt WHERE came < $1", args![now - STRAY_MAX]).await?;
        tx.commit(Commit::TidyMessages).await
    }

    /// How many messages are in each state.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_messages(&self) -> Result<Vec<(MessageState, i64)>, StoreError> {
        let rows = self.db.rows::<(String, i64)>("SELECT state, count(*) FROM message GROUP BY state ORDER BY state", &[]).await?;
        rows.into_iter().map(|(state, count)| Ok((MessageState::named(&state)?, count))).collect()
    }
}

/// From now on nobody else sums up this message: two parts that come to their ends at once would each miss the other.
async fn alone_with(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    tx.run("UPDATE message SET parts = parts WHERE key = $1", args![key]).await?;
    Ok(())
}

/// What the parts of a message come to. An end that was found otherwise stays.
async fn sum_up(tx: &mut Tx, key: &str, now: Timestamp) -> Result<(), StoreError> {
    let rows = tx.rows::<(String,)>("SELECT state FROM message_part WHERE key = $1", args![key]).await?;
    let states = rows.iter().map(|(state,)| PartState::named(state)).collect::<Result<Vec<_>, _>>()?;
    let parts = tx.row::<(i64,)>("SELECT parts FROM message WHERE key = $1", args![key]).await?.map_or(0, |(parts,)| parts);
    let state = MessageState::of(&states, usize::try_from(parts).unwrap_or_default());
    let settled = (state != MessageState::Queued).then(|| now.as_millisecond());
    let sql = "UPDATE message SET state = $2, settled = coalesce($3, settled) WHERE key = $1 AND (state = 'queued' OR $2 <> 'queued')";
    tx.run(sql, args![key, state.name(), settled]).await?;
    Ok(())
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_as_far_as_the_worst_of_its_parts() {
        use PartState as P;
        let cases: &[(&[P], MessageState)] = &[
            (&[], MessageState::Queued),
            (&[P::Sent], MessageState::Queued),
            (&[P::Sent, P::Begun], MessageState::Queued),
            (&[P::Unknown, P::Begun], MessageState::Queued),
            (&[P::Sent, P::Sent], MessageState::Sent),
            (&[P::Sent, P::Delivered], MessageState::Sent),
            (&[P::Delivered, P::Delivered], MessageState::Delivered),
            (&[P::Delivered, P::Unknown], MessageState::Unknown),
            (&[P::Sent, P::Unknown], MessageState::Unknown),
            (&[P::Failed], MessageState::Failed),
            (&[P::Delivered, P::Failed], MessageState::Failed),
            (&[P::Unknown, P::Expired], MessageState::Expired),
        ];
        for (parts, state) in cases {
            assert_eq!(MessageState::of(parts, 2), *state, "{parts:?}");
        }
    }
}
