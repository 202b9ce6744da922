//! The installation's key: telephone numbers are stored as HMAC-SHA256 under it (RFC 2104), so that the database alone names nobody.

use std::fmt::{self, Write};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use dauys_core::citizen::Phone;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::StoreError;

const FILE: &str = "phone.key";
/// One block of SHA-256, which HMAC takes as it is.
const BYTES: usize = 64;

/// Never shown.
#[derive(Clone)]
pub(super) struct Key([u8; BYTES]);

impl Key {
    /// The one in the folder `data`; made at the first start, readable by its owner only.
    pub(super) fn of_installation(data: &Path) -> Result<Self, StoreError> {
        let path = data.join(FILE);
        let wrong = |why: String| StoreError::Key { path: path.clone(), why };
        let key = match read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => make(&path),
            other => other,
        };
        let bytes = key.map_err(|error| wrong(format!("cannot be read or made: {error}")))?;
        let came = bytes.len();
        let key = bytes
            .try_into()
            .map_err(|_| wrong(format!("expected a key of {BYTES} bytes, came {came}: restore it, or remove it to forget all callers")))?;
        Ok(Self(key))
    }

    /// The number's name in the database: 64 hexadecimal digits.
    pub(super) fn hash(&self, phone: &Phone) -> String {
        self.hash_of(phone.e164())
    }

    /// The same of any text that names somebody.
    pub(super) fn hash_of(&self, text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Written beside and linked into place: two starts at once get the same key, and a power cut leaves no half of one.
fn make(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; BYTES];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let draft = path.with_extension(format!("key.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => read(path),
    }
}
