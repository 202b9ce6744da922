//! The keys of a telephone.

use serde::{Deserialize, Serialize};

/// A key of a telephone, as RFC 4733 numbers them: 0–9, `*`, `#`, A–D.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Key(u8);

const KEYS: &[u8; 16] = b"0123456789*#ABCD";

impl Key {
    /// `0`.
    pub const ZERO: Self = Self(0);
    /// `*`.
    pub const STAR: Self = Self(10);
    /// `#`.
    pub const POUND: Self = Self(11);

    /// By the character on it.
    pub fn from_char(c: char) -> Option<Self> {
        KEYS.iter().position(|key| char::from(*key) == c.to_ascii_uppercase()).map(|at| Self(at as u8))
    }

    /// By the event code of RFC 4733, section 3.2.
    pub const fn from_event(code: u8) -> Option<Self> {
        if code < 16 { Some(Self(code)) } else { None }
    }

    /// The event code of RFC 4733, section 3.2.
    pub const fn event(self) -> u8 {
        self.0
    }

    /// The character on it.
    pub const fn char(self) -> char {
        KEYS[self.0 as usize] as char
    }

    /// Its value, when it is a digit.
    pub const fn digit(self) -> Option<u8> {
        if self.0 < 10 { Some(self.0) } else { None }
    }
}

impl From<Key> for char {
    fn from(key: Key) -> Self {
        key.char()
    }
}

impl TryFrom<char> for Key {
    type Error = &'static str;

    fn try_from(c: char) -> Result<Self, Self::Error> {
        Self::from_char(c).ok_or("not a telephone key: expected 0-9, *, #, A-D")
    }
}
