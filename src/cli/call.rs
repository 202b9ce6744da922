//! `dauys call`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use dauys_core::key::Key;

/// What `call` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Whom to call: sip:1414@127.0.0.1
    #[arg(value_name = "SIP-URI")]
    pub uri: String,
    /// Keys to press, and waits: 1,w2,990101100010#
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub keys: Keys,
    /// Where both sides are saved as WAV
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
}

/// What the caller does, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<Press>);

/// One thing that the caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Presses a key.
    Key(Key),
    /// Waits.
    Wait(Duration),
}

/// The longest that is read.
const KEYS_MAX: usize = 1024;

impl FromStr for Keys {
    type Err = String;

    /// Parts between commas: keys, or `w` and seconds.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() > KEYS_MAX {
            return Err(format!("expected {KEYS_MAX} characters at most"));
        }
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let pressed: Result<Vec<Vec<Press>>, String> = parts.map(part).collect();
        Ok(Self(pressed?.concat()))
    }
}

fn part(text: &str) -> Result<Vec<Press>, String> {
    let wrong = || format!("expected keys (0-9 * # A-D), or w and seconds such as w2 or w0.5, not `{text}`");
    match text.strip_prefix('w') {
        Some(seconds) => {
            let wait = seconds.parse().ok().filter(|s| (0.0..=600.0).contains(s)).map(Duration::from_secs_f64);
            Ok(vec![Press::Wait(wait.ok_or_else(wrong)?)])
        }
        None => text.chars().map(|c| Key::from_char(c).map(Press::Key).ok_or_else(wrong)).collect(),
    }
}
