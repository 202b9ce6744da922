//! The installation's key: telephone numbers are stored as HMAC-SHA256 under it (RFC 2104), and what a reconcile job must ask again is sealed under a key made of it
//! (XChaCha20-Poly1305), so that the database alone names nobody.

use std::fmt::{self, Write};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use dauys_core::citizen::Phone;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::StoreError;

const FILE: &str = "phone.key";
/// One block of SHA-256, which HMAC takes as it is.
const BYTES: usize = 64;
const NONCE_BYTES: usize = 24;

/// Never shown.
#[derive(Clone)]
pub(super) struct Key([u8; BYTES]);

impl Key {
    /// The one in the folder `data`; made at the first start, readable by its owner only.
    pub(super) fn of_installation(data: &Path) -> Result<Self, StoreError> {
        let path = data.join(FILE);
        let wrong = |why: String| StoreError::Key { path: path.clone(), why };
        let bytes = kept(&path, BYTES).map_err(|error| wrong(format!("cannot be read or made: {error}")))?;
        let came = bytes.len();
        let key = bytes
            .try_into()
            .map_err(|_| wrong(format!("expected a key of {BYTES} bytes, came {came}: restore it, or remove it to forget all callers")))?;
        Ok(Self(key))
    }

    /// A text that only this installation reads, bound to the row `of`.
    pub(super) fn seal(&self, of: &str, text: &str) -> Result<String, StoreError> {
        let nonce = random::<NONCE_BYTES>().map_err(|error| StoreError::Unreadable(format!("the system gives no randomness: {error}")))?;
        let message = Payload { msg: text.as_bytes(), aad: of.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), message);
        let sealed = sealed.map_err(|_| StoreError::Unreadable("what is too long to be sealed".to_owned()))?;
        Ok(hex(&nonce) + &hex(&sealed))
    }

    /// What was sealed for the row `of`.
    pub(super) fn open(&self, of: &str, sealed: &str) -> Result<String, StoreError> {
        let wrong = || StoreError::Unreadable(format!("sealed under another `{FILE}`, or damaged: every node needs the same file"));
        let bytes = unhex(sealed).ok_or_else(wrong)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(wrong)?;
        let text = self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: of.as_bytes() }).map_err(|_| wrong())?;
        String::from_utf8(text).map_err(|_| wrong())
    }

    /// A key of its own for what is sealed: the hash of one purpose tells nothing of the other.
    fn cipher(&self) -> XChaCha20Poly1305 {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(b"dauys: what the database seals");
        XChaCha20Poly1305::new(&mac.finalize().into_bytes())
    }

    /// The number's name in the database: 64 hexadecimal digits.
    pub(super) fn hash(&self, phone: &Phone) -> String {
        self.hash_of(phone.e164())
    }

    /// The same of any text that names somebody.
    pub(super) fn hash_of(&self, text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(text.as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// A name that no other process has.
pub(super) fn random_name() -> Result<String, getrandom::Error> {
    Ok(hex(&random::<16>()?))
}

fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect())?
}

/// The key in this file, made of so many random bytes when there is none. Whether the file holds as many is the reader's to see.
pub(crate) fn kept(path: &Path, bytes: usize) -> std::io::Result<Vec<u8>> {
    match read(path, bytes) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(path, bytes),
        other => other,
    }
}

/// One byte more than a key has shows a file that is none.
pub(crate) fn read(path: &Path, bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut key = Vec::new();
    std::fs::File::open(path)?.take(bytes as u64 + 1).read_to_end(&mut key)?;
    Ok(key)
}

/// Written beside and linked into place: two starts at once get the same key, and a power cut leaves no half of one.
fn make(path: &Path, bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut key = vec![0; bytes];
    getrandom::fill(&mut key).map_err(std::io::Error::other)?;
    let draft = path.with_extension(format!("key.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => read(path, bytes),
    }
}
