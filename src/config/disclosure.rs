//! What callers are told of themselves, by what they have given.

use serde::Deserialize;

/// For each kind of data what a caller must have given to be told of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Disclosure {
    /// Which times a person has booked.
    pub bookings: Given,
}

/// What a caller has given. His own word for who he is costs nothing; a number that a trusted trunk vouches for is harder to come by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// An IIN.
    Iin,
    /// An IIN, from a trusted number.
    #[default]
    IinAndTrustedNumber,
    /// The number of the matter itself, beside the IIN.
    Number,
}

impl Given {
    /// Whether an IIN will do, of a caller whose number is `trusted` or not.
    pub const fn is_enough(self, trusted: bool) -> bool {
        match self {
            Self::Iin => true,
            Self::IinAndTrustedNumber => trusted,
            Self::Number => false,
        }
    }
}
