//! `dauys call`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use dauys_core::key::Key;
use dauys_core::media::Session;

use super::{Exit, runtime, say};
use crate::caller::{self, Happened, Press};

/// What `call` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Whom to call: sip:1414@127.0.0.1
    #[arg(value_name = "SIP-URI")]
    pub uri: String,
    /// Keys to press, and waits: 1,w2,990101100010#
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub keys: Keys,
    /// Send keys as tones within the voice, even where telephone-event was agreed
    #[arg(long)]
    pub tones: bool,
    /// Where both sides are saved as WAV
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// Hang up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub longest_s: u64,
}

/// Calls, and prints what happens.
pub fn run(args: &Args) -> Exit {
    let longest = Duration::from_secs(args.longest_s);
    let print = |event| say(told(&event));
    let called = runtime().block_on(caller::call(&args.uri, &args.keys.0, longest, args.tones, &args.out, print));
    match called {
        Ok(saved) => {
            say(format_args!("heard  {}\nsaid   {}", saved.heard.display(), saved.said.display()));
            if saved.lost > 0 {
                eprintln!("warning: {} frames are missing in them: this machine is too busy", saved.lost);
            }
            Exit::Ok
        }
        Err(error) => {
            eprintln!("error: {error}");
            Exit::Environment
        }
    }
}

fn told(event: &Happened) -> String {
    match event {
        Happened::Answered(session) => format!("answered  {}", settled(session)),
        Happened::Changed(session) => format!("changed   {}", settled(session)),
        Happened::Pressed(key) => format!("pressed   {}", key.char()),
        Happened::Over(Some(cause)) => format!("over      {cause:?} from the other side"),
        Happened::Over(None) => "over      hung up by us".to_owned(),
    }
}

fn settled(session: &Session) -> String {
    let to = session.rtp.map_or("nowhere yet".to_owned(), |rtp| rtp.to_string());
    format!("{:?} every {} ms, RTP to {to}", session.codec, session.ptime_ms)
}

/// What the caller does, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<Press>);

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
