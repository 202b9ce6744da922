//! `dauys callbacks`.

use clap::Subcommand;
use dauys_core::calendar;
use dauys_core::citizen::masked;
use dauys_core::lang::Lang;
use jiff::Timestamp;
use serde_json::json;

use super::publish::Place;
use super::{Exit, Format, runtime, say};
use crate::store::{CallbackState, Ended, KeptCallback, Store, StoreError};

/// No more are shown.
const SHOWN_MAX: u32 = 10_000;

/// What `callbacks` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What `dauys callbacks` can do.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum What {
    /// Show them, those first whose time is over first
    List(List),
    /// Somebody has called
    Done(One),
    /// Nobody will call, and another may have the place
    Cancel(One),
}

/// What `callbacks list` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct List {
    /// Whose robot.
    #[command(flatten)]
    pub place: Place,
    /// Only those that somebody is to call
    #[arg(long)]
    pub open: bool,
    /// Show the numbers whole: mind who looks on
    #[arg(long)]
    pub numbers: bool,
    /// How they are shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What `callbacks done` and `callbacks cancel` take.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct One {
    /// Whose robot.
    #[command(flatten)]
    pub place: Place,
    /// Which, as the list names it, or the beginning of that
    pub id: String,
}

/// Shows or ends: 0 when that is done, 1 when there is none such or more than one, 3 when the database cannot be asked.
pub fn run(args: &Args) -> Exit {
    let done = match &args.what {
        What::List(list) => with_store(&list.place, async |store| show(&store, list).await),
        What::Done(one) => with_store(&one.place, async |store| end(&store, &one.id, CallbackState::Done).await),
        What::Cancel(one) => with_store(&one.place, async |store| end(&store, &one.id, CallbackState::Cancelled).await),
    };
    done.unwrap_or_else(|exit| exit)
}

fn with_store(place: &Place, act: impl AsyncFnOnce(Store) -> Result<Exit, StoreError>) -> Result<Exit, Exit> {
    let config = place.config()?;
    let done = runtime().block_on(async {
        let store = Store::connect(&config.data, &config.store).await?;
        let exit = act(store.clone()).await;
        store.close().await;
        exit
    });
    done.map_err(|error| {
        eprintln!("error: {error}");
        Exit::Environment
    })
}

async fn show(store: &Store, list: &List) -> Result<Exit, StoreError> {
    let all = store.callbacks(!list.open, SHOWN_MAX).await?;
    match list.format {
        Format::Text => all.iter().for_each(|one| say(line(one, list.numbers))),
        Format::Json => say(json!(all.iter().map(|one| object(one, list.numbers)).collect::<Vec<_>>())),
    }
    Ok(Exit::Ok)
}

async fn end(store: &Store, id: &str, end: CallbackState) -> Result<Exit, StoreError> {
    Ok(match store.end_callback(id, end).await? {
        Ended::One => Exit::Ok,
        Ended::None => {
            eprintln!("error: no open call back of this ID: see `dauys callbacks list --open`");
            Exit::Failed
        }
        Ended::Many => {
            eprintln!("error: the ID of more than one open call back begins so: give more of it");
            Exit::Failed
        }
    })
}

fn line(one: &KeptCallback, numbers: bool) -> String {
    let ((day, opens), (_, closes)) = (local(one.window.opens), local(one.window.closes));
    let lang = one.lang.map_or("--", Lang::code);
    let number = number(one, numbers).unwrap_or_else(|| "forgotten".to_owned());
    let rest = [&one.topic, &one.message].map(|text| text.as_deref().unwrap_or("-"));
    format!("{}  {day} {opens}-{closes}  {lang}  {number:<16}  {:<9}  {}  {}", one.key, one.state.name(), rest[0], rest[1])
}

fn object(one: &KeptCallback, numbers: bool) -> serde_json::Value {
    json!({
        "id": one.key,
        "number": number(one, numbers),
        "language": one.lang.map(Lang::code),
        "topic": one.topic,
        "message": one.message,
        "asked": one.asked.to_string(),
        "opens": one.window.opens.to_string(),
        "closes": one.window.closes.to_string(),
        "state": one.state.name(),
    })
}

fn number(one: &KeptCallback, whole: bool) -> Option<String> {
    let number = one.number.as_ref()?.e164();
    Some(if whole { number.to_owned() } else { masked(number) })
}

fn local(moment: Timestamp) -> (calendar::Date, calendar::Time) {
    calendar::local(moment.as_millisecond())
}
