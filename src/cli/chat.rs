//! `dauys chat`.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use dauys_core::flow::graph::Program;
use dauys_core::key::Key;
use dauys_core::lang::Lang;
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::{Exit, refused, runtime, say, shown};
use crate::bundle;
use crate::callbacks::Callbacks;
use crate::chat::{Chat, Shown};
use crate::config::Config;
use crate::services::Services;
use crate::store::{Store, StoreError};

/// What `chat` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Start in this language, as if it were remembered: a caller from a trusted number
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Language>,
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// When the call is made, as 2026-11-23T10:00 in Almaty; otherwise now
    #[arg(long, value_name = "TIME")]
    pub now: Option<DateTime>,
    /// Where the database is; otherwise where the configuration says
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Ask the services of this configuration file, and use its database; without it those of the demo, and SQLite
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// A language on the command line: `kk` or `ru`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language(pub Lang);

impl ValueEnum for Language {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(Lang::Kk), Self(Lang::Ru)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.code()))
    }
}

const HELP: &str = "type keys (0-9 * #) as on a telephone, or words as they are said; /say 12 45 to say digits, /wait 6s to say nothing, /hangup to end, /help for this";

/// Talks until the call or the input ends.
pub fn run(args: &Args) -> Exit {
    let bundle = match bundle::load(&args.root) {
        Ok(bundle) => bundle,
        Err(error) => return refused(error),
    };
    runtime().block_on(talk(args, bundle))
}

async fn talk(args: &Args, bundle: bundle::Bundle) -> Exit {
    let House { services, store, callbacks } = match house(args, &bundle.program).await {
        Ok(house) => house,
        Err((exit, why)) => {
            eprintln!("{why}");
            return exit;
        }
    };
    let Ok(seed) = getrandom::u64() else {
        eprintln!("error: the system gives no randomness");
        return Exit::Environment;
    };
    let now = match moment(args.now) {
        Ok(now) => now,
        Err(error) => {
            eprintln!("error: --now: {error}");
            return Exit::Usage;
        }
    };
    let chat = Chat::new(Arc::new(bundle), services, store.clone(), args.lang.map(|lang| lang.0), now, seed);
    let mut chat = chat.booking(callbacks);
    if std::io::stdin().is_terminal() {
        say(HELP);
    }
    print(&chat.begin().await);
    let mut lines = std::io::stdin().lock().lines();
    while !chat.is_over() {
        let Some(Ok(line)) = lines.next() else {
            print(&chat.hang_up().await);
            break;
        };
        obey(&mut chat, line.trim()).await;
    }
    store.close().await;
    Exit::Ok
}

fn moment(now: Option<DateTime>) -> Result<Timestamp, jiff::Error> {
    match now {
        Some(now) => Ok(now.in_tz("Asia/Almaty")?.timestamp()),
        None => Ok(Timestamp::now()),
    }
}

async fn obey(chat: &mut Chat, line: &str) {
    match parse(line) {
        Ok(Typed::Keys(keys)) => print(&chat.press(&keys).await),
        Ok(Typed::Words(words)) => print(&chat.say(&words).await),
        Ok(Typed::Wait(span)) => print(&chat.wait(span).await),
        Ok(Typed::HangUp) => print(&chat.hang_up().await),
        Ok(Typed::Help) => say(HELP),
        Err(why) => say(format_args!("{why}\n{HELP}")),
    }
}

/// Who answers, and where it is kept.
struct House {
    services: Services,
    store: Store,
    callbacks: Callbacks,
}

async fn house(args: &Args, program: &Program) -> Result<House, (Exit, String)> {
    let config = args.config.as_deref().map_or_else(|| Ok(Config::default()), Config::load).map_err(|error| (Exit::Usage, shown(error)))?;
    let data = args.data.as_ref().unwrap_or(&config.data);
    let opened = async {
        let store = Store::connect(data, &config.store).await?;
        store.seed_demo().await?;
        Ok::<_, StoreError>(store)
    };
    let store = opened.await.map_err(|error| (Exit::Environment, format!("error: {error}")))?;
    let demo = Services::shipped(&store, &program.hours, &config.messages).disclosing(config.disclosure);
    let services = demo.connected(&config.services, program, getrandom::u64().unwrap_or_default());
    let services = services.map_err(|faults| (Exit::Usage, faults.into_iter().map(shown).collect()))?;
    Ok(House { services, callbacks: Callbacks::new(&config.callbacks, &config.sip.numbers, store.clone()), store })
}

/// What was typed.
#[derive(Debug, PartialEq)]
enum Typed {
    Keys(Vec<Key>),
    Words(String),
    Wait(Duration),
    HangUp,
    Help,
}

fn parse(line: &str) -> Result<Typed, String> {
    match line.split_once(' ').unwrap_or((line, "")) {
        ("/hangup", _) => Ok(Typed::HangUp),
        ("/help", _) => Ok(Typed::Help),
        ("/wait", span) => seconds(span).map(Typed::Wait),
        ("/say", words) if !words.trim().is_empty() => Ok(Typed::Words(words.trim().to_owned())),
        ("/say", _) => Err("what is said? expected words, as in /say двенадцать сорок пять".to_owned()),
        (command, _) if command.starts_with('/') => Err(format!("`{command}` is no command")),
        _ => Ok(keys(line).map_or_else(|| Typed::Words(line.to_owned()), Typed::Keys)),
    }
}

/// The keys of a line that has nothing else.
fn keys(line: &str) -> Option<Vec<Key>> {
    let is_key = |c: &char| c.is_ascii_digit() || matches!(c, '*' | '#');
    line.chars().filter(|c| !c.is_whitespace()).map(|c| Some(c).filter(is_key).and_then(Key::from_char)).collect()
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.trim().trim_end_matches('s').parse().ok().filter(|s| (0.0..=3600.0).contains(s));
    number.map(Duration::from_secs_f64).ok_or_else(|| format!("expected seconds such as /wait 6s, not `{text}`"))
}

fn print(shown: &[Shown]) {
    for one in shown {
        match one {
            Shown::Said { lang, text } => say(format_args!("{lang}  {text}")),
            Shown::Asked { service } => say(format_args!("    [asks {service}]")),
            Shown::Remembered(lang) => say(format_args!("    [will greet in {lang} next time]")),
            Shown::Kept(message) => say(format_args!("    [message {} is kept; nothing is recorded in a chat]", message.0)),
            Shown::Marked { survey, mark } => say(format_args!("    [{survey}: {mark}]")),
            Shown::Step { .. } => {}
            Shown::Ended(outcome) => say(format_args!("    [the call is over: {outcome}]")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_understood_or_explained() {
        let keys = |text: &str| Ok(Typed::Keys(text.chars().filter_map(Key::from_char).collect()));
        for (line, typed) in [
            ("1", keys("1")),
            ("99 01#", keys("9901#")),
            ("", keys("")),
            ("құжат дайын ба", Ok(Typed::Words("құжат дайын ба".to_owned()))),
            ("да", Ok(Typed::Words("да".to_owned()))),
            ("ABC", Ok(Typed::Words("ABC".to_owned()))),
            ("/say 12 45", Ok(Typed::Words("12 45".to_owned()))),
            ("/wait 6s", Ok(Typed::Wait(Duration::from_secs(6)))),
            ("/wait 0.5", Ok(Typed::Wait(Duration::from_millis(500)))),
            ("/hangup", Ok(Typed::HangUp)),
            ("/help", Ok(Typed::Help)),
        ] {
            assert_eq!(parse(line), typed, "{line}");
        }
        for line in ["/wait", "/wait x", "/wait -1", "/wait 1e9", "/jump", "/say", "/say  "] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
