//! How text messages go.

use std::collections::BTreeMap;
use std::num::{NonZeroU8, NonZeroU16, NonZeroU32};
use std::path::{Path, PathBuf};

use dauys_core::citizen::{CallerKind, Phone};
use dauys_core::sms;
use jiff::civil::Time;
use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Secret;

/// Text messages.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Messages {
    /// Which way they go.
    pub way: Way,
    /// What the receiver sees as the sender: a number, or up to eleven Latin letters and digits.
    pub sender: Sender,
    /// What is not sent within so many hours, 1 to 72, is not sent any more: nobody wants it then.
    pub validity_h: NonZeroU8,
    /// When nobody is woken by what he did not ask for just now.
    pub quiet: Quiet,
    /// The most messages that one number is sent in 24 hours, whoever asks for them.
    pub per_number_per_day: NonZeroU16,
    /// Numbers and texts are forgotten so many days after a message has come to its end.
    pub keep_days: u16,
    /// Whether numbers of other countries are sent to.
    pub foreign: bool,
    /// The SMS centre of [`Way::Smpp`].
    pub smpp: Option<Smpp>,
    /// The gateway of [`Way::Http`].
    pub http: Option<Gateway>,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            way: Way::File,
            sender: Sender("1414".to_owned()),
            validity_h: const { NonZeroU8::new(24).unwrap() },
            quiet: Quiet::Between(Time::constant(22, 0, 0, 0), Time::constant(8, 0, 0, 0)),
            per_number_per_day: const { NonZeroU16::new(10).unwrap() },
            keep_days: 7,
            foreign: false,
            smpp: None,
            http: None,
        }
    }
}

/// Which way messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Nowhere: a line each in `data/sms.jsonl`, for trying things out.
    File,
    /// To an SMS centre, SMPP 3.4.
    Smpp,
    /// To a gateway, HTTP.
    Http,
}

/// Who a message is from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Sender(String);

impl Sender {
    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sender {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = text.strip_prefix('+').unwrap_or(&text);
        let is_number = (3..=15).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        let is_name = (1..=11).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
        let wrong = || format!("expected a number such as \"1414\" or up to 11 Latin letters and digits, not `{text}`");
        if is_number || is_name { Ok(Self(text)) } else { Err(wrong()) }
    }
}

/// The hours in which nobody is woken, of Kazakhstan: `22:00-08:00`, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Quiet {
    /// No such hours.
    Off,
    /// From the first to the second, over midnight where that is earlier.
    Between(Time, Time),
}

impl TryFrom<String> for Quiet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let time = |text: &str| Time::strptime("%H:%M", text).ok();
        let pair = text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
        let pair = pair.filter(|(from, to)| from != to);
        pair.map(|(from, to)| Self::Between(from, to))
            .ok_or_else(|| format!("expected hours such as \"22:00-08:00\", or off, not `{text}`"))
    }
}

impl Quiet {
    /// When a message may go that nobody waits for: now, or at the end of these hours.
    pub fn ends(self, now: Timestamp) -> Timestamp {
        let Self::Between(from, to) = self else { return now };
        let local = now.to_zoned(TimeZone::fixed(offset(5))); // Kazakhstan throughout since 2024-03-01
        if !is_within(local.time(), from, to) {
            return now;
        }
        let today = local.with().time(to).build();
        let end = today.and_then(|end| if end > local { Ok(end) } else { end.tomorrow() });
        end.map_or(now, |end| end.timestamp())
    }
}

fn is_within(time: Time, from: Time, to: Time) -> bool {
    if from < to { (from..to).contains(&time) } else { time >= from || time < to }
}

impl Messages {
    /// Why such a message is not sent; `None`: it is.
    pub fn refuses(&self, to: &Phone, text: &str) -> Option<&'static str> {
        match CallerKind::of(to) {
            CallerKind::Foreign if !self.foreign => Some("a number of another country"),
            CallerKind::Landline => Some("a landline"),
            CallerKind::Mobile | CallerKind::Foreign | CallerKind::Withheld | CallerKind::Unknown => {
                (text.is_empty() || sms::parts(text) > 2 * sms::PARTS_MAX).then_some("no text, or too long a one") // both languages, where none was chosen
            }
        }
    }

    /// When a message is not sent any more that may go from `due` on.
    pub fn valid_until(&self, due: Timestamp) -> Timestamp {
        due + SignedDuration::from_hours(self.validity_h.get().into())
    }
}

/// An SMS centre. Exactly one of `password` and `password_file` is given.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smpp {
    /// Where it is: `smsc.example.kz:2775`. Plain TCP: the way there is a leased line or a VPN.
    pub address: String,
    /// Who we are there, up to 15 characters.
    pub system_id: String,
    /// The password, up to 8 characters.
    #[serde(default)]
    pub password: Option<Secret>,
    /// A file whose first line is the password; relative to the configuration file.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// What kind of system we are, where the centre wants to know.
    #[serde(default)]
    pub system_type: String,
    /// How many messages may wait for their answer at once.
    #[serde(default = "window")]
    pub window: NonZeroU8,
    /// The most that are sent in a second.
    #[serde(default = "per_second")]
    pub per_second: NonZeroU16,
    /// How often a silent centre is asked whether it is there, in seconds.
    #[serde(default = "enquire_link_s")]
    pub enquire_link_s: NonZeroU32,
    /// How long an answer is awaited, in seconds.
    #[serde(default = "response_s")]
    pub response_s: NonZeroU32,
    /// Type of number and numbering plan of the sender, where the centre wants others than those that its form suggests.
    #[serde(default)]
    pub sender_ton_npi: Option<(u8, u8)>,
}

fn window() -> NonZeroU8 {
    const { NonZeroU8::new(10).unwrap() }
}

fn per_second() -> NonZeroU16 {
    const { NonZeroU16::new(20).unwrap() }
}

fn enquire_link_s() -> NonZeroU32 {
    const { NonZeroU32::new(30).unwrap() }
}

fn response_s() -> NonZeroU32 {
    const { NonZeroU32::new(10).unwrap() }
}

/// A gateway that takes messages over HTTP.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Where it is; may have `{{ to }}` and the others, as the body.
    pub url: String,
    /// How it is asked.
    #[serde(default = "post")]
    pub method: String,
    /// What stands above the request.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// The request: `{{ to }}`, `{{ text }}`, `{{ sender }}`, `{{ key }}` and `{{ token }}` are filled in, each written as the content type wants it.
    #[serde(default)]
    pub body: String,
    /// A file whose first line is `{{ token }}`; relative to the configuration file.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// How long an answer is awaited, in seconds.
    #[serde(default = "response_s")]
    pub timeout_s: NonZeroU32,
    /// Whether the gateway sends one message only, however often it is asked under one `{{ key }}`: then what it did not answer is asked again.
    #[serde(default)]
    pub idempotent: bool,
    /// What its answers mean.
    #[serde(default)]
    pub answer: GatewayAnswer,
}

fn post() -> String {
    "POST".to_owned()
}

/// What the answers of a gateway mean. Without `state`, each 2xx says that a message was accepted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayAnswer {
    /// Where its name for the message stands: a JSON pointer (RFC 6901).
    pub id: Option<String>,
    /// Where the state stands: a JSON pointer.
    pub state: Option<String>,
    /// States of a message that was accepted.
    pub accepted: Vec<String>,
    /// States of a message that was refused for good.
    pub refused: Vec<String>,
    /// States of a message that may be tried again later.
    pub again: Vec<String>,
}

impl Messages {
    pub(super) fn based_at(&mut self, folder: &Path) {
        let files =
            [self.smpp.as_mut().and_then(|smpp| smpp.password_file.as_mut()), self.http.as_mut().and_then(|http| http.token_file.as_mut())];
        for file in files.into_iter().flatten() {
            *file = folder.join(&*file);
        }
    }

    /// What is right alone and wrong beside the others: the key to blame, and why.
    pub(super) fn contradiction(&self) -> Option<(&'static str, String)> {
        if self.validity_h.get() > 72 {
            return Some(("validity_h", "expected 1 to 72 hours".to_owned()));
        }
        match (self.way, &self.smpp, &self.http) {
            (Way::Smpp, None, _) => return Some(("way", "expected the SMS centre under `smpp`".to_owned())),
            (Way::Http, _, None) => return Some(("way", "expected the gateway under `http`".to_owned())),
            (Way::File | Way::Smpp | Way::Http, _, _) => {}
        }
        if let Some(smpp) = &self.smpp {
            if smpp.password.is_some() == smpp.password_file.is_some() {
                return Some(("smpp", "expected either `password` or `password_file`".to_owned()));
            }
            let fits = |text: &str, most: usize| text.len() <= most && text.is_ascii() && !text.contains('\0');
            let port = smpp.address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none_or(|port| port == 0) {
                return Some(("smpp", "expected an address with a port such as smsc.example.kz:2775".to_owned()));
            }
            if smpp.response_s.get() > 30 {
                return Some(("response_s", "expected 1 to 30 seconds".to_owned()));
            }
            if !fits(&smpp.system_id, 15) || !fits(&smpp.system_type, 12) {
                return Some(("smpp", "SMPP has room for 15 characters of `system_id` and 12 of `system_type`".to_owned()));
            }
        }
        if self.http.as_ref().is_some_and(|http| http.timeout_s.get() > 60) {
            return Some(("timeout_s", "expected 1 to 60 seconds".to_owned()));
        }
        let pointers = self.http.iter().flat_map(|http| [&http.answer.id, &http.answer.state]).flatten();
        if let Some(wrong) = pointers.into_iter().find(|pointer| !pointer.starts_with('/')) {
            return Some(("http", format!("expected a JSON pointer such as /message/id, not `{wrong}`")));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_waits_for_waits_for_the_morning() {
        let cases = [
            ("22:00-08:00", "2026-11-23T21:59:59+05", "2026-11-23T21:59:59+05"),
            ("22:00-08:00", "2026-11-23T22:00:00+05", "2026-11-24T08:00:00+05"),
            ("22:00-08:00", "2026-11-24T00:00:00+05", "2026-11-24T08:00:00+05"),
            ("22:00-08:00", "2026-11-24T07:59:59+05", "2026-11-24T08:00:00+05"),
            ("22:00-08:00", "2026-11-24T08:00:00+05", "2026-11-24T08:00:00+05"),
            ("22:00-08:00", "2026-12-31T23:00:00+05", "2027-01-01T08:00:00+05"),
            ("13:00-14:00", "2026-11-23T13:30:00+05", "2026-11-23T14:00:00+05"),
            ("13:00-14:00", "2026-11-23T12:59:00+05", "2026-11-23T12:59:00+05"),
            ("off", "2026-11-23T23:00:00+05", "2026-11-23T23:00:00+05"),
        ];
        for (hours, now, then) in cases {
            let quiet = Quiet::try_from(hours.to_owned()).unwrap();
            assert_eq!(quiet.ends(now.parse().unwrap()), then.parse().unwrap(), "{hours} {now}");
        }
    }
}
