//! What names a citizen or a case: checked when made, masked when printed.
//!
//! A value of these types has passed its check; `Debug` shows the last four digits at most, so that no log can leak one by accident.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why digits are not what they were taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Something other than digits, or the wrong number of them.
    #[error("expected {expected} digits")]
    Length {
        /// How many there should be, in words.
        expected: &'static str,
    },
    /// The date of birth within an IIN does not exist.
    #[error("the first six digits are no date of birth")]
    BirthDate,
    /// The seventh digit of an IIN names no century.
    #[error("the seventh digit must be 0 to 6")]
    Century,
    /// The check digit does not follow from the others.
    #[error("the check digit does not match")]
    CheckDigit,
    /// A telephone number that cannot be dialled.
    #[error("not a telephone number")]
    Phone,
}

/// Individual identification number (ЖСН, ИИН): twelve digits, date of birth, century and sex, serial, check digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Iin(String);

impl Iin {
    /// Digits as dialled or heard, without spaces.
    ///
    /// # Errors
    /// What the first broken rule is.
    pub fn parse(digits: &str) -> Result<Self, Invalid> {
        let d = digit_values::<12>(digits).ok_or(Invalid::Length { expected: "12" })?;
        let month = d[2] * 10 + d[3];
        let day = d[4] * 10 + d[5];
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(Invalid::BirthDate);
        }
        if d[6] > 6 {
            return Err(Invalid::Century);
        }
        if check_digit(&d) != Some(d[11]) {
            return Err(Invalid::CheckDigit);
        }
        Ok(Self(digits.to_owned()))
    }

    /// All twelve digits. For services and for speaking, never for logs.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// The twelfth digit that the first eleven call for: weights 1…11 modulo 11, when that gives 10 weights 3…11, 1, 2; when that gives 10 too, the number is never issued.
fn check_digit(d: &[u32; 12]) -> Option<u32> {
    let sum = |shift: u32| (0..11).map(|i| d[i as usize] * ((i + shift) % 11 + 1)).sum::<u32>() % 11;
    [sum(0), sum(2)].into_iter().find(|check| *check < 10)
}

/// The number on the receipt of an application (өтінім нөмірі, номер заявки): twelve digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApplicationNumber(String);

impl ApplicationNumber {
    /// Digits as dialled or heard, without spaces.
    ///
    /// # Errors
    /// When there are not twelve digits.
    pub fn parse(digits: &str) -> Result<Self, Invalid> {
        digit_values::<12>(digits).ok_or(Invalid::Length { expected: "12" })?;
        Ok(Self(digits.to_owned()))
    }

    /// All digits.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// A telephone number in one normal form: E.164 with `+`. Numbers of Kazakhstan may come as 8…, 7…, +7… or `tel:`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// As it stands in a SIP header, a configuration or a dialled string; spaces, dashes and brackets are passed over.
    ///
    /// # Errors
    /// When it cannot be a subscriber's number: short codes such as 1414 are not.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bare = text.trim().trim_start_matches("tel:");
        let bare = bare.split(';').next().unwrap_or_default();
        let international = bare.starts_with('+');
        let digits: String = bare.chars().filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')' | '.')).collect();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Invalid::Phone);
        }
        match (digits.len(), digits.as_bytes()[0], international) {
            (11, b'7', _) => Ok(Self(format!("+{digits}"))),
            (11, b'8', false) => Ok(Self(format!("+7{}", &digits[1..]))),
            (10, b'7', false) => Ok(Self(format!("+7{digits}"))),
            (8..=15, b'1'..=b'9', true) => Ok(Self(format!("+{digits}"))),
            _ => Err(Invalid::Phone),
        }
    }

    /// E.164 with `+`.
    pub fn e164(&self) -> &str {
        &self.0
    }
}

/// What kind of line a caller calls from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallerKind {
    /// A mobile telephone of Kazakhstan: it takes messages.
    Mobile,
    /// A landline of Kazakhstan.
    Landline,
    /// A line of another country.
    Foreign,
    /// The number is withheld.
    Withheld,
    /// A number of Kazakhstan that is neither, or nothing is known.
    #[default]
    Unknown,
}

impl CallerKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Mobile, Self::Landline, Self::Foreign, Self::Withheld, Self::Unknown];

    /// Its name in flows and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Landline => "landline",
            Self::Foreign => "foreign",
            Self::Withheld => "withheld",
            Self::Unknown => "unknown",
        }
    }

    /// By the numbering plan of Kazakhstan: after +7, mobiles have 70…, 747 and 77…, landlines 71… and 72…; +7 with another digit than 6 or 7 is Russia.
    pub fn of(phone: &Phone) -> Self {
        let Some(national) = phone.e164().strip_prefix("+7") else { return Self::Foreign };
        match national.as_bytes() {
            [b'7', b'0' | b'7', ..] | [b'7', b'4', b'7', ..] => Self::Mobile,
            [b'7', b'1' | b'2', ..] => Self::Landline,
            [b'6' | b'7', ..] => Self::Unknown,
            _ => Self::Foreign,
        }
    }
}

/// Why a number is not called back. A short code such as 1414 is none of these: it is no [`Phone`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Uncalled {
    /// A line of another country.
    Foreign,
    /// Whoever calls it pays for more than the call.
    Premium,
    /// A number of Kazakhstan that is no subscriber's: of a satellite network, or of none.
    Special,
}

impl Uncalled {
    /// Its name in logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::Premium => "premium",
            Self::Special => "special",
        }
    }
}

/// Whether this number is called back, else why not. Of +7, 803, 804 and 809 are premium in all countries that share it.
///
/// # Errors
/// Why not.
pub fn called_back(phone: &Phone) -> Result<(), Uncalled> {
    let national = phone.e164().strip_prefix("+7").unwrap_or_default();
    if ["803", "804", "809"].iter().any(|premium| national.starts_with(premium)) {
        return Err(Uncalled::Premium);
    }
    match CallerKind::of(phone) {
        CallerKind::Mobile | CallerKind::Landline => Ok(()),
        CallerKind::Foreign => Err(Uncalled::Foreign),
        CallerKind::Withheld | CallerKind::Unknown => Err(Uncalled::Special),
    }
}

fn digit_values<const N: usize>(digits: &str) -> Option<[u32; N]> {
    let values: Option<Vec<u32>> = digits.chars().map(|c| c.to_digit(10)).collect();
    values?.try_into().ok()
}

/// All but the last four characters as `*`.
pub fn masked(digits: &str) -> String {
    let hidden = digits.chars().count().saturating_sub(4);
    digits.chars().enumerate().map(|(at, c)| if at < hidden { '*' } else { c }).collect()
}

macro_rules! private {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), masked(&self.0))
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse(&text)
            }
        }
    )*};
}

private!(Iin, ApplicationNumber, Phone);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_iin_is_taken() {
        for digits in ["990101100010", "850412100429", "711231200774"] {
            assert_eq!(Iin::parse(digits).map(String::from), Ok(digits.to_owned()));
        }
    }

    #[test]
    fn an_iin_says_what_is_wrong_with_it() {
        let cases = [
            ("850412100428", Invalid::CheckDigit),
            ("85041210042", Invalid::Length { expected: "12" }),
            ("8504121004290", Invalid::Length { expected: "12" }),
            ("85041210042a", Invalid::Length { expected: "12" }),
            ("٨50412100429", Invalid::Length { expected: "12" }),
            ("002512345678", Invalid::BirthDate),
            ("850412900429", Invalid::Century),
        ];
        for (digits, why) in cases {
            assert_eq!(Iin::parse(digits).map(String::from), Err(why), "{digits}");
        }
    }

    #[test]
    fn every_other_check_digit_is_refused() {
        let taken: Vec<u8> = (0..10).filter(|check| Iin::parse(&format!("85041210042{check}")).is_ok()).collect();
        assert_eq!(taken, [9]);
    }

    #[test]
    fn a_phone_has_one_normal_form() {
        for text in [
            "87012340506",
            "77012340506",
            "+77012340506",
            "tel:+77012340506",
            "8 (701) 234-05-06",
            "7012340506",
            "tel:+77012340506;cpc=ordinary",
        ] {
            assert_eq!(Phone::parse(text).map(String::from), Ok("+77012340506".to_owned()), "{text}");
        }
        assert_eq!(Phone::parse("+4915112345678").map(String::from), Ok("+4915112345678".to_owned()));
        for text in ["", "1414", "anonymous", "+", "+8", "8701234050", "sip:x@y", "+0123456789"] {
            assert_eq!(Phone::parse(text).map(String::from), Err(Invalid::Phone), "{text}");
        }
    }

    #[test]
    fn a_number_tells_the_kind_of_its_line() {
        let cases = [
            ("+77012340506", CallerKind::Mobile),
            ("+77472340506", CallerKind::Mobile),
            ("+77772340506", CallerKind::Mobile),
            ("+77172340506", CallerKind::Landline),
            ("+77272340506", CallerKind::Landline),
            ("+77602340506", CallerKind::Unknown),
            ("+77422340506", CallerKind::Unknown),
            ("+79161234567", CallerKind::Foreign),
            ("+4915112345678", CallerKind::Foreign),
        ];
        for (number, kind) in cases {
            assert_eq!(CallerKind::of(&Phone::parse(number).unwrap()), kind, "{number}");
        }
    }

    #[test]
    fn subscribers_of_kazakhstan_are_called_back_and_nobody_else() {
        let cases = [
            ("+77012340506", Ok(())),
            ("+77172340506", Ok(())),
            ("+78091234567", Err(Uncalled::Premium)),
            ("88041234567", Err(Uncalled::Premium)),
            ("88001234567", Err(Uncalled::Foreign)),
            ("+79161234567", Err(Uncalled::Foreign)),
            ("+4980912345678", Err(Uncalled::Foreign)),
            ("+77602340506", Err(Uncalled::Special)),
        ];
        for (number, called) in cases {
            assert_eq!(called_back(&Phone::parse(number).unwrap()), called, "{number}");
        }
    }

    #[test]
    fn debug_shows_four_digits_at_most() {
        let iin = Iin::parse("990101100010");
        assert_eq!(format!("{iin:?}"), "Ok(Iin(********0010))");
    }
}
