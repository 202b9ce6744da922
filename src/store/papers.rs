//! What the demo's other desks take in: certificates that are ordered, complaints, wishes for a visit at home. Each once under its key, as every [`Deed`].

use std::time::Duration;

use dauys_core::calendar::local;
use dauys_core::citizen::{Iin, Phone};
use dauys_core::utterance::MessageId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::{Tx, args};
use super::deed::did;
use super::{Deed, QueuedMessage, Store, StoreError, Taken};

/// A wish for a visit that nobody has seen to for so long keeps nobody from another.
const VISIT_LIVES: Duration = Duration::from_secs(7 * 86_400);

/// What a certificate says, on its way to a number that only the database knows.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The text.
    pub text: String,
    /// Not before then.
    pub due: Timestamp,
    /// Not after then.
    pub valid_until: Timestamp,
    /// The most messages to one number within a day.
    pub most: u16,
}

/// What is sealed of a wish for a visit.
#[derive(Serialize, Deserialize)]
struct Visit {
    phone: Phone,
    message: String,
}

impl Store {
    /// Orders a certificate, whose letter goes to the registered number and is committed with the order: [`Deed::Ordered`], [`Deed::UnderWay`] when this person has ordered it
    /// today, [`Deed::NotRegistered`], or [`Deed::Refused`] when that number has got too many messages.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn order_certificate(
        &self,
        key: &str,
        certificate: &str,
        iin: &Iin,
        letter: Letter,
        now: Timestamp,
    ) -> Result<Deed, StoreError> {
        let mut tx = match self.deed(key, now).await? {
            Ok(tx) => tx,
            Err(done) => return Ok(done),
        };
        let person = self.key.hash_of(iin.digits());
        let registered = tx.row::<(String,)>("SELECT sealed FROM citizen WHERE person = $1", args![&person]).await?;
        let Some((sealed,)) = registered else { return did(tx, key, Deed::NotRegistered).await };
        let (today, _) = local(now.as_millisecond());
        let sql = "INSERT INTO certificate (person, certificate, day, ordered) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        if tx.run(sql, args![&person, certificate, &today.to_string(), now]).await? == 0 {
            return did(tx, key, Deed::UnderWay).await;
        }
        let Letter { text, due, valid_until, most } = letter;
        let message = QueuedMessage { key: format!("{key}-letter"), to: self.opened(&person, &sealed)?, text, due, valid_until };
        match self.queue_with(&mut tx, &message, most, now).await? {
            Taken::New | Taken::Known => did(tx, key, Deed::Ordered).await,
            Taken::TooMany => Ok(Deed::Refused), // and nothing is committed
        }
    }

    /// Takes a complaint in: [`Deed::Accepted`].
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn file_complaint(&self, key: &str, message: MessageId, now: Timestamp) -> Result<Deed, StoreError> {
        let mut tx = match self.deed(key, now).await? {
            Ok(tx) => tx,
            Err(done) => return Ok(done),
        };
        let message = name_of(&mut tx, key, message).await?;
        for number in self.numbers(key) {
            let sql = "INSERT INTO complaint (number, message, taken) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            if tx.run(sql, args![&number, &message, now]).await? == 1 {
                return did(tx, key, Deed::Accepted { number }).await;
            }
        }
        Err(StoreError::Unreadable("no number of a complaint is free".to_owned()))
    }

    /// Takes a wish for a visit at home in: [`Deed::Accepted`], or [`Deed::UnderWay`] when this person has one already.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn wish_visit(&self, key: &str, iin: &Iin, phone: &Phone, message: MessageId, now: Timestamp) -> Result<Deed, StoreError> {
        let mut tx = match self.deed(key, now).await? {
            Ok(tx) => tx,
            Err(done) => return Ok(done),
        };
        let person = self.key.hash_of(iin.digits());
        let sealed = self.sealed(&person, &Visit { phone: phone.clone(), message: name_of(&mut tx, key, message).await? })?;
        tx.run("UPDATE home_visit SET live = 0 WHERE person = $1 AND live = 1 AND taken <= $2", args![&person, now - VISIT_LIVES]).await?;
        for number in self.numbers(key) {
            let sql = "INSERT INTO home_visit (number, person, sealed, taken, live) VALUES ($1, $2, $3, $4, 1) ON CONFLICT DO NOTHING";
            if tx.run(sql, args![&number, &person, &sealed, now]).await? == 1 {
                return did(tx, key, Deed::Accepted { number }).await;
            }
            if tx.row::<(i64,)>("SELECT taken FROM home_visit WHERE person = $1 AND live = 1", args![&person]).await?.is_some() {
                return did(tx, key, Deed::UnderWay).await;
            }
        }
        Err(StoreError::Unreadable("no number of a visit is free".to_owned()))
    }

    /// What the caller spoke into a complaint: the name of its recording, beside the log of the call.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn complaint(&self, number: &str) -> Result<Option<String>, StoreError> {
        let row = self.db.row::<(String,)>("SELECT message FROM complaint WHERE number = $1", args![number]).await?;
        Ok(row.map(|(message,)| message))
    }

    /// Whom to call about a visit at home, and the name of what was spoken.
    ///
    /// # Errors
    /// When the database cannot be read, or was sealed under another key.
    pub async fn visit(&self, number: &str) -> Result<Option<(Phone, String)>, StoreError> {
        let row = self.db.row::<(String, String)>("SELECT person, sealed FROM home_visit WHERE number = $1", args![number]).await?;
        let Some((person, sealed)) = row else { return Ok(None) };
        let Visit { phone, message } = self.opened(&person, &sealed)?;
        Ok(Some((phone, message)))
    }
}

/// The name of a recorded message: a call numbers its own, and the intent of this key knows which call it was.
async fn name_of(tx: &mut Tx, key: &str, message: MessageId) -> Result<String, StoreError> {
    let call = tx.row::<(String,)>("SELECT call FROM intent WHERE key = $1", args![key]).await?;
    Ok(call.map_or_else(|| format!("message-{}", message.0), |(call,)| format!("{call}.message-{}", message.0)))
}
