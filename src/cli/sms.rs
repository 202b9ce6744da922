//! `dauys sms`.

use std::time::Duration;

use dauys_core::citizen::Phone;
use dauys_core::sms;

use super::publish::Place;
use super::{Exit, runtime, say, start_logging};
use crate::config::Config;
use crate::messages::{Outgoing, Sent, Way};
use crate::store::Store;

/// How long an SMS centre may take to let us in.
const OPEN_MAX: Duration = Duration::from_secs(20);
/// How long the message is wanted.
const VALID: Duration = Duration::from_secs(3600);

/// What `sms` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Whose robot.
    #[command(flatten)]
    pub place: Place,
    /// To whom
    #[arg(value_parser = |text: &str| Phone::parse(text).map_err(|error| error.to_string()))]
    pub number: Phone,
    /// What
    pub text: String,
}

/// Sends, past the outbox: 0 when all of it was taken, 1 when not, 3 when the way cannot be tried.
pub fn run(args: &Args) -> Exit {
    let config = match args.place.config() {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    if let Err(error) = start_logging(&config.log) {
        eprintln!("error: {error}");
        return Exit::Usage;
    }
    runtime().block_on(send(&config, args))
}

async fn send(config: &Config, args: &Args) -> Exit {
    let store = match Store::connect(&config.data, &config.store).await {
        Ok(store) => store,
        Err(error) => return impossible(&error),
    };
    let way = match Way::open(&config.messages, &config.data, &store) {
        Ok(way) => way,
        Err(error) => return impossible(&error),
    };
    let opened = async {
        while !way.is_open() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(OPEN_MAX, opened).await.is_err() {
        return impossible(&"no session with the SMS centre");
    }
    let (key, count) = (format!("try-{}", jiff::Timestamp::now().as_millisecond()), way.parts(&args.text));
    say(format_args!("{} characters, {} parts", args.text.chars().count(), sms::parts(&args.text)));
    let mut all = Exit::Ok;
    for nth in 0..count {
        let sent = way.send(&Outgoing { key: &key, to: &args.number, text: &args.text, nth, valid: VALID }).await;
        let (exit, what) = match sent {
            Sent::Accepted { id: Some(id) } => (Exit::Ok, format!("taken, as {id}")),
            Sent::Accepted { id: None } => (Exit::Ok, "taken".to_owned()),
            Sent::Refused { why } => (Exit::Failed, format!("refused: {why}")),
            Sent::Again { why } => (Exit::Failed, format!("not taken now: {why}")),
            Sent::Unknown => (Exit::Failed, "taken or not: no answer that says which".to_owned()),
        };
        all = if exit == Exit::Ok { all } else { exit };
        say(format_args!("{} of {count}: {what}", nth + 1));
    }
    all
}

fn impossible(why: &dyn std::fmt::Display) -> Exit {
    eprintln!("error: {why}");
    Exit::Environment
}
