//! `dauys jobs`.

use jiff::Timestamp;

use super::publish::Place;
use super::{Exit, runtime, say};
use crate::store::{Kind, Store, StoreError};

/// Of the dead no more are shown.
const SHOWN_MAX: u16 = 1000;

/// What `jobs` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Whose robot.
    #[command(flatten)]
    pub place: Place,
    /// Try this dead job again, by the kind and the key that are shown
    #[arg(long, num_args = 2, value_names = ["KIND", "KEY"])]
    pub retry: Option<Vec<String>>,
}

/// Shows what waits and what is dead: 0 when nothing is dead (or the one is tried again), 1 when something is (or there is none), 3 when the database cannot be asked.
pub fn run(args: &Args) -> Exit {
    let config = match args.place.config() {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let done = runtime().block_on(async {
        let store = Store::connect(&config.data, &config.store).await?;
        let exit = match args.retry.as_deref() {
            Some([kind, key]) => retry(&store, kind, key).await,
            Some(_) | None => show(&store).await,
        };
        store.close().await;
        exit
    });
    done.unwrap_or_else(|error: StoreError| {
        eprintln!("error: {error}");
        Exit::Environment
    })
}

async fn show(store: &Store) -> Result<Exit, StoreError> {
    for kind in Kind::ALL {
        let (waiting, dead) = store.count_jobs(kind).await?;
        say(format_args!("{}: {waiting} waiting, {dead} dead", kind.name()));
    }
    let dead = store.dead_jobs(SHOWN_MAX).await?;
    for job in &dead {
        say(format_args!("{} {}  tried {} times, the last time: {}", job.kind.name(), job.key, job.attempts, job.why));
    }
    Ok(if dead.is_empty() { Exit::Ok } else { Exit::Failed })
}

async fn retry(store: &Store, kind: &str, key: &str) -> Result<Exit, StoreError> {
    let Some(kind) = Kind::ALL.into_iter().find(|known| known.name() == kind) else {
        eprintln!("error: expected one of {}, not `{kind}`", Kind::ALL.map(Kind::name).join(", "));
        return Ok(Exit::Usage);
    };
    if store.revive_job(kind, key, Timestamp::now()).await? {
        say("it is due now; a robot that runs takes it");
        Ok(Exit::Ok)
    } else {
        eprintln!("error: no dead job of this kind and key");
        Ok(Exit::Failed)
    }
}
