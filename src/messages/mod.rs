//! Text messages: committed to the outbox before the caller hears "sent", then carried away by a worker.
//!
//! A message goes in parts over one of three [`Way`]s. Each part is submitted at most once unless its refusal is known: what may have been taken is never sent again, it is
//! *unknown*, until a receipt tells. No number and no text is logged.

mod file;
mod gateway;
mod smpp;
mod worker;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dauys_core::citizen::Phone;
use dauys_core::sms;
use jiff::Timestamp;
use thiserror::Error;

use crate::config;
use crate::store::{PartState, QueuedMessage, Store, Taken};
use file::File;
use gateway::{Gateway, TemplateError};
use smpp::Smpp;

pub use worker::Worker;

/// Why messages cannot go.
#[derive(Debug, Error)]
pub enum MessagesError {
    /// A secret cannot be read.
    #[error("cannot read the secret in {}: {source}", path.display())]
    Secret {
        /// Its file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A template of the gateway.
    #[error("messages.http: {0}")]
    Template(#[from] TemplateError),
    /// The system has no certificates to trust.
    #[error("messages.http: no certificate authorities of the system are found (Debian: ca-certificates)")]
    Roots,
    /// No version of TLS can be spoken.
    #[error("messages.http: {0}")]
    Tls(rustls::Error),
    /// The configuration names a way and does not describe it.
    #[error("messages.way has nothing under its name")]
    Nothing,
}

/// What became of a part that was given away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was taken; under this name receipts will speak of it.
    Accepted {
        /// `None`: no receipt will come.
        id: Option<String>,
    },
    /// It was refused for good.
    Refused {
        /// Why, in a word of the way's.
        why: String,
    },
    /// It was surely not taken, and may be later.
    Again {
        /// Why, in a word of the way's.
        why: String,
    },
    /// It was taken or not: nobody can tell.
    Unknown,
}

/// What a centre tells of a part, later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The centre's name for the part.
    pub id: String,
    /// Our [`reference`] and the telephone, where the centre repeats them.
    pub known_by: Option<(u16, Phone)>,
    /// What became of it: an end.
    pub state: PartState,
}

/// A part on its way.
#[derive(Clone)]
pub struct Outgoing<'a> {
    /// Names the message: the same at every attempt.
    pub key: &'a str,
    /// To whom.
    pub to: &'a Phone,
    /// The whole text.
    pub text: &'a str,
    /// Which part, from 0. Always 0 on a way that takes whole messages.
    pub nth: usize,
    /// How much longer anybody wants it.
    pub valid: Duration,
}

/// The number that goes with a part, the same at every attempt: by it a receipt can be known whose part got no answer.
fn reference(key: &str, nth: usize) -> u16 {
    let [a, b, c, d] = hash(key);
    u16::from_be_bytes([a ^ c, b ^ d]).wrapping_add(nth as u16)
}

/// The number that joins the parts of a message: two messages to one telephone at about one time may not have the same.
fn row(key: &str) -> u8 {
    hash(key).into_iter().fold(0, |row, byte| row ^ byte)
}

/// FNV-1a.
fn hash(key: &str) -> [u8; 4] {
    key.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)).to_be_bytes()
}

/// How messages leave the house.
pub enum Way {
    /// Lines of a file.
    File(File),
    /// An SMS centre.
    Smpp(Smpp),
    /// A gateway.
    Http(Box<Gateway>),
}

impl Way {
    /// The configured one. An SMS centre is bound to from now on, however long that takes; its receipts go to `store`.
    ///
    /// # Errors
    /// When a secret cannot be read, or a template is none.
    pub fn open(config: &config::Messages, data: &Path, store: &Store) -> Result<Self, MessagesError> {
        Ok(match (config.way, &config.smpp, &config.http) {
            (config::Way::File, _, _) => Self::File(File::new(data)),
            (config::Way::Smpp, Some(smpp), _) => {
                let password = secret(smpp.password.as_ref(), smpp.password_file.as_deref())?;
                Self::Smpp(Smpp::start(smpp, &password, config.sender.as_str(), store.clone()))
            }
            (config::Way::Http, _, Some(http)) => {
                let token = http.token_file.as_deref().map(|file| secret(None, Some(file))).transpose()?;
                Self::Http(Box::new(Gateway::new(http, config.sender.as_str(), token)?))
            }
            (config::Way::Smpp | config::Way::Http, _, _) => return Err(MessagesError::Nothing),
        })
    }

    /// In how many parts a text goes.
    pub fn parts(&self, text: &str) -> usize {
        match self {
            Self::Smpp(_) => sms::parts(text),
            Self::File(_) | Self::Http(_) => 1,
        }
    }

    /// Gives a part away. Ends, whatever the other side does.
    pub async fn send(&self, part: &Outgoing<'_>) -> Sent {
        match self {
            Self::File(file) => file.send(part).await,
            Self::Smpp(smpp) => smpp.send(part).await,
            Self::Http(gateway) => gateway.send(part).await,
        }
    }

    /// Whether anything would be taken now: else messages wait, and no attempt is spent.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Smpp(smpp) => smpp.is_open(),
            Self::File(_) | Self::Http(_) => true,
        }
    }

    /// How many messages may be under way at once.
    pub fn window(&self) -> u16 {
        match self {
            Self::Smpp(smpp) => smpp.window(),
            Self::File(_) => 1,
            Self::Http(_) => gateway::WINDOW,
        }
    }
}

/// The first line of a file, or what stands in the configuration itself.
fn secret(written: Option<&config::Secret>, file: Option<&Path>) -> Result<config::Secret, MessagesError> {
    let Some(path) = file else { return Ok(written.cloned().unwrap_or_else(|| config::Secret::new(""))) };
    config::Secret::read(path).map_err(|source| MessagesError::Secret { path: path.to_owned(), source })
}

/// Where calls leave their messages.
#[derive(Clone, Debug)]
pub struct Outbox {
    store: Store,
    config: config::Messages,
}

/// Why a message is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The caller asked for it in this call: he is awake, and waits for it.
    JustNow,
    /// Something happened, and he is to be told.
    Before,
}

impl Outbox {
    /// One that follows this configuration.
    pub fn new(config: &config::Messages, store: Store) -> Self {
        Self { store, config: config.clone() }
    }

    /// Whether the message is committed, under a `key` of its own: from then on it goes, though we die. A second one of the same key is the first.
    pub async fn queue(&self, key: String, to: Phone, text: String, asked: Asked, now: Timestamp) -> bool {
        let why = match self.config.refuses(&to, &text) {
            Some(why) => why,
            None => match self.commit(key, to, text, asked, now).await {
                Ok(Taken::New | Taken::Known) => return true,
                Ok(Taken::TooMany) => "too many to one number",
                Err(error) => {
                    tracing::warn!(%error, "a message is not committed, and its caller told so");
                    "the database failed"
                }
            },
        };
        metrics::counter!("dauys_messages_refused_total", "why" => why).increment(1);
        tracing::info!(why, "a message is not taken");
        false
    }

    async fn commit(&self, key: String, to: Phone, text: String, asked: Asked, now: Timestamp) -> Result<Taken, crate::store::StoreError> {
        let due = match asked {
            Asked::JustNow => now,
            Asked::Before => self.config.quiet.ends(now),
        };
        let message = QueuedMessage { key, to, text, due, valid_until: self.config.valid_until(due) };
        self.store.queue_message(&message, self.config.per_number_per_day.get(), now).await
    }
}
