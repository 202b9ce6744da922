//! `dauys publish`.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};

use super::check::{Colour, drawn};
use super::choice::locale;
use super::{Exit, say, serve, shown};
use crate::bundle;
use crate::config::{Config, ConfigError};
use crate::records::publications::{Journal, Publication, Publications, PublicationsError, Published};
use crate::serve::publish::{self, PublishError};

/// What `publish` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Whose flows and whose robot.
    #[command(flatten)]
    pub place: Place,
    /// Publish nothing; show what was published, and which of it serves
    #[arg(long)]
    pub list: bool,
}

/// Where flows are published from and to. A flag is stronger than the configuration.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Place {
    /// The configuration file of the robot; without it ./dauys.yaml where there is one, else the defaults
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// The data folder of the robot
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Place {
    /// The configuration that the robot runs with.
    ///
    /// # Errors
    /// When it cannot be read or is wrong.
    pub(super) fn read(&self) -> Result<Config, ConfigError> {
        let Self { config, root, data } = self.clone();
        serve::Args { config, root, data, ..serve::Args::default() }.config()
    }

    /// As [`Self::read`], and what is wrong is said.
    pub(super) fn config(&self) -> Result<Config, Exit> {
        self.read().map_err(|error| {
            eprintln!("{}", shown(error));
            Exit::Usage
        })
    }
}

/// Publishes: 0 when it serves, or served already; 1 when it is not sound or not all of it would be heard; 3 when it cannot be kept.
pub fn run(args: &Args) -> Exit {
    let config = match args.place.config() {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    if args.list {
        return list(&config);
    }
    match publish::publish(&config.root, &config.data, bundle::today()) {
        Ok(Published::New(publication)) => {
            say(format_args!("published {}: {}", publication.hash.short(), changes(&publication)));
            say("a robot that runs on this data folder takes it up for new calls; /health names what serves");
            Exit::Ok
        }
        Ok(Published::Already(publication)) => {
            say(format_args!("{} is published already, since {}", publication.hash.short(), when(publication.at)));
            Exit::Ok
        }
        Err(why) => unpublished(&why),
    }
}

/// Says why, and that nothing has changed.
pub(super) fn unpublished(why: &PublishError) -> Exit {
    if let Some(drawing) = drawn(why, Colour::of_stderr(), locale(None)) {
        eprintln!("{drawing}");
    }
    eprintln!("error: {why}");
    if !matches!(why, PublishError::Records(PublicationsError::Unsynced { .. })) {
        eprintln!("nothing has changed");
    }
    Exit::from(why)
}

impl From<&PublishError> for Exit {
    fn from(why: &PublishError) -> Self {
        match why {
            PublishError::Load(why) => Self::from(why),
            PublishError::Clips { .. } | PublishError::Talks { .. } => Self::Failed,
            PublishError::Talk(_) => Self::Environment,
            PublishError::Records(
                PublicationsError::Nothing
                | PublicationsError::NothingBefore(_)
                | PublicationsError::NoSuch(_)
                | PublicationsError::Several { .. },
            ) => Self::Failed,
            PublishError::Records(
                PublicationsError::Bundle(_)
                | PublicationsError::Busy { .. }
                | PublicationsError::Journal { .. }
                | PublicationsError::Clip { .. }
                | PublicationsError::Unsynced { .. }
                | PublicationsError::Disk { .. },
            ) => Self::Environment,
        }
    }
}

fn list(config: &Config) -> Exit {
    match Publications::new(&config.data).journal() {
        Ok(journal) if journal.publications.is_empty() => unpublished(&PublicationsError::Nothing.into()),
        Ok(journal) => {
            listed(&journal).iter().for_each(say);
            Exit::Ok
        }
        Err(why) => unpublished(&why.into()),
    }
}

/// One line each, the newest first; an asterisk before the one that serves.
fn listed(journal: &Journal) -> Vec<String> {
    let serving = journal.serving();
    let line = |publication: &Publication| {
        let mark = if Some(publication) == serving { '*' } else { ' ' };
        let withdrawn = publication.withdrawn.map_or_else(String::new, |at| format!("; taken back {}", when(at)));
        format!("{mark} {}  {}  {}{withdrawn}", when(publication.at), publication.hash.short(), changes(publication))
    };
    journal.publications.iter().rev().map(line).collect()
}

/// The most files that are named.
const NAMED_MAX: usize = 8;

fn changes(publication: &Publication) -> String {
    let mut parts: Vec<String> = publication.files.iter().take(NAMED_MAX).cloned().collect();
    if let more @ 1.. = publication.files.len().saturating_sub(NAMED_MAX) {
        parts.push(format!("{more} more"));
    }
    match publication.clips {
        0 => {}
        1 => parts.push("1 clip".to_owned()),
        clips => parts.push(format!("{clips} clips")),
    }
    parts.join(", ")
}

/// Kazakhstan's time, as the days of event logs are.
pub(super) fn when(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(offset(5))).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
