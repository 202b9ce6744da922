//! `dauys rollback`.

use super::publish::{Place, unpublished, when};
use super::{Exit, say};
use crate::serve::publish;

/// What `rollback` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Whose robot.
    #[command(flatten)]
    pub place: Place,
    /// The bundle to go to, by the first digits of its hash; without it the one that was published before the one that serves
    #[arg(long, value_name = "HASH")]
    pub to: Option<String>,
}

/// Goes back: 0 when the other serves, 1 when there is none or it does not load, 3 when that cannot be written.
pub fn run(args: &Args) -> Exit {
    let config = match args.place.config() {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    match publish::roll_back(&config.data, args.to.as_deref()) {
        Ok(publication) => {
            say(format_args!("{} is the publication again, of {}", publication.hash.short(), when(publication.at)));
            say("a robot that runs on this data folder takes it up for new calls; /health names what serves");
            Exit::Ok
        }
        Err(why) => unpublished(&why),
    }
}
