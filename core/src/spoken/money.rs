//! Sums of money.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::say::NUMBER_MAX;

/// A sum in tenge (KZT, ISO 4217), to the tiyn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Money {
    tiyn: u64,
}

/// A sum that has no words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected less than a trillion tenge")]
pub struct TooMuch;

impl Money {
    /// The greatest that has words.
    pub const MAX: Self = Self { tiyn: NUMBER_MAX * 100 + 99 };

    /// So many hundredths of a tenge. `None` for more than [`NUMBER_MAX`] tenge.
    pub const fn from_tiyn(tiyn: u64) -> Option<Self> {
        if tiyn / 100 > NUMBER_MAX { None } else { Some(Self { tiyn }) }
    }

    /// From `17300`, `17300.50` or the same with ` KZT` after it. `None` when it is written otherwise, or too much.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.trim().trim_end_matches("KZT").trim_end();
        let (tenge, tiyn) = bare.split_once('.').unwrap_or((bare, "00"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(tenge) || !digits(tiyn) || tiyn.len() != 2 {
            return None;
        }
        let tiyn: u64 = tiyn.parse().ok()?;
        tenge.parse::<u64>().ok()?.checked_mul(100)?.checked_add(tiyn).and_then(Self::from_tiyn)
    }

    /// Whole tenge.
    pub const fn tenge(self) -> u64 {
        self.tiyn / 100
    }

    /// The hundredths that are over.
    pub const fn tiyn(self) -> u64 {
        self.tiyn % 100
    }
}

impl From<Money> for u64 {
    fn from(sum: Money) -> Self {
        sum.tiyn
    }
}

impl TryFrom<u64> for Money {
    type Error = TooMuch;

    fn try_from(tiyn: u64) -> Result<Self, TooMuch> {
        Self::from_tiyn(tiyn).ok_or(TooMuch)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} KZT", self.tenge(), self.tiyn())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_to_the_tiyn() {
        for (text, sum) in [("17300 KZT", Some(1_730_000)), ("17300.50", Some(1_730_050)), ("0.05 KZT", Some(5)), ("0", Some(0))] {
            assert_eq!(Money::parse(text), sum.and_then(Money::from_tiyn), "{text}");
        }
        for text in ["", "KZT", "-1 KZT", "1.5 KZT", "1.505 KZT", "1 USD", ".50", "1000000000000", "99999999999999999999"] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
        assert_eq!(Money::parse("17300.50").unwrap().to_string(), "17300.50 KZT");
    }
}
