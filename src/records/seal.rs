//! True values of private rows, sealed beside the event log: `<call>.sealed`, XChaCha20-Poly1305 under `seal.key` of the data folder.
//!
//! A log has false digits and needs nothing of this. Each line is a message of its own, bound to its call and its place there, so that none can be changed, moved or left out
//! unseen. Without the key the file is noise; without the file the log is what it was.

use std::fmt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use dauys_core::call::{Opening, Truth};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::journal::CallJournal;
use crate::files;
use crate::store::key;

/// The key's file in the data folder.
const FILE: &str = "seal.key";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// The version that is written; part of what each message is bound to.
const VERSION: u32 = 2;
/// The longest file that is unsealed, in bytes.
const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Why there is no key, or why it opens nothing.
#[derive(Debug, Error)]
pub enum SealError {
    /// The key.
    #[error("{}: {why}", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The sealed file.
    #[error("{}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// The installation's key. Never shown.
#[derive(Clone)]
pub struct SealKey([u8; KEY_BYTES]);

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

impl SealKey {
    /// The one in the folder `data`; made at the first start, readable by its owner only.
    ///
    /// # Errors
    /// When the file cannot be read or made, or is no key.
    pub fn of_installation(data: &Path) -> Result<Self, SealError> {
        let path = data.join(FILE);
        Self::of(&path, key::kept(&path, KEY_BYTES))
    }

    /// The one in this file.
    ///
    /// # Errors
    /// When the file cannot be read, or is no key.
    pub fn read(path: &Path) -> Result<Self, SealError> {
        Self::of(path, key::read(path, KEY_BYTES))
    }

    fn of(path: &Path, bytes: std::io::Result<Vec<u8>>) -> Result<Self, SealError> {
        let wrong = |why| SealError::Key { path: path.to_owned(), why };
        let bytes = bytes.map_err(|error| wrong(format!("the key of sealed values cannot be read or made: {error}")))?;
        let came = if bytes.len() > KEY_BYTES { "more".to_owned() } else { bytes.len().to_string() };
        let key = bytes.try_into().map_err(|_| {
            wrong(format!("expected a key of {KEY_BYTES} bytes, came {came}: restore it, or remove it and lose what is sealed"))
        })?;
        Ok(Self(key))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Sealed {
        version: u32,
        /// In hexadecimal digits, as the message.
        nonce: String,
        message: String,
    },
    /// The journal lost lines.
    Incomplete { lost_lines: u64 },
}

/// What a line holds.
#[derive(Serialize, Deserialize)]
struct Message {
    truths: Vec<Truth>,
    /// Whether it is the call's last.
    last: bool,
}

/// The true values of one call on their way to its file. A call without any has no file.
pub struct CallSeal {
    cipher: XChaCha20Poly1305,
    call: Vec<u8>,
    journal: CallJournal,
    lines: u64,
}

impl CallSeal {
    /// Of the call with this opening.
    pub fn new(key: &SealKey, opening: &Opening, journal: CallJournal) -> Self {
        Self { cipher: key.cipher(), call: name(opening), journal, lines: 0 }
    }

    /// Seals these, if there are any. Never waits.
    pub fn keep(&mut self, truths: &[Truth]) {
        if !truths.is_empty() {
            self.write(&Message { truths: truths.to_vec(), last: false });
        }
    }

    /// Ends the file.
    pub fn finish(mut self) {
        if self.lines > 0 {
            self.write(&Message { truths: Vec::new(), last: true });
        }
    }

    fn write(&mut self, message: &Message) {
        match seal(&self.cipher, &bound(&self.call, self.lines), message) {
            Some(line) => self.journal.line(&line),
            None => tracing::warn!("the system gives no random bytes; a true value is not kept"),
        }
        self.lines += 1;
    }
}

fn seal(cipher: &XChaCha20Poly1305, bound: &[u8], message: &Message) -> Option<Line> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).ok()?;
    let text = serde_json::to_vec(message).ok()?;
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: &text, aad: bound }).ok()?;
    Some(Line::Sealed { version: VERSION, nonce: hex(&nonce), message: hex(&sealed) })
}

/// What tells this call from every other.
fn name(opening: &Opening) -> Vec<u8> {
    [&opening.seed.to_le_bytes()[..], &opening.answered_at_ms.to_le_bytes(), opening.bundle.as_bytes()].concat()
}

fn bound(call: &[u8], line: u64) -> Vec<u8> {
    [b"dauys sealed", &VERSION.to_le_bytes()[..], &line.to_le_bytes(), call].concat()
}

/// Opens the file of the call with this opening.
///
/// # Errors
/// When it cannot be read, is not the whole file of this call, or the key is another.
pub fn unseal(key: &SealKey, opening: &Opening, path: &Path) -> Result<Vec<Truth>, SealError> {
    let wrong = |why: String| SealError::File { path: path.to_owned(), why };
    let text = files::read_text(path, BYTES_MAX).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    unseal_lines(key, opening, &text).map_err(wrong)
}

fn unseal_lines(key: &SealKey, opening: &Opening, text: &str) -> Result<Vec<Truth>, String> {
    let (cipher, call) = (key.cipher(), name(opening));
    let mut truths = Vec::new();
    let mut is_whole = false;
    for (place, line) in text.lines().filter(|line| !line.is_empty()).enumerate() {
        let message = open(&cipher, &bound(&call, place as u64), line).map_err(|why| format!("line {}: {why}", place + 1))?;
        truths.extend(message.truths);
        is_whole = message.last;
    }
    if is_whole { Ok(truths) } else { Err("it is cut off: the call's last line is missing, or the call is still up".to_owned()) }
}

fn open(cipher: &XChaCha20Poly1305, bound: &[u8], line: &str) -> Result<Message, String> {
    let (nonce, message) = match serde_json::from_str(line) {
        Ok(Line::Sealed { version: VERSION, nonce, message }) => (nonce, message),
        Ok(Line::Sealed { version, .. }) => return Err(format!("expected version {VERSION} of sealed values, came {version}")),
        Ok(Line::Incomplete { lost_lines }) => return Err(format!("{lost_lines} lines are missing: the disk did not keep up")),
        Err(error) => return Err(format!("expected a line of sealed values: {error}")),
    };
    let nonce: Option<[u8; NONCE_BYTES]> = unhex(&nonce).and_then(|nonce| nonce.try_into().ok());
    let (Some(nonce), Some(message)) = (nonce, unhex(&message)) else {
        return Err("expected a nonce and a message in hexadecimal digits".to_owned());
    };
    let text = cipher.decrypt(&XNonce::from(nonce), Payload { msg: &message, aad: bound });
    let text = text.map_err(|_| "this key does not open it: it is another installation's, or the file is another call's or was changed")?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.is_ascii() && text.len().is_multiple_of(2);
    let bytes = (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok());
    if digits { bytes.collect() } else { None }
}
