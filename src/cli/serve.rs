//! `dauys serve`.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};

use super::check::{Colour, drawn};
use super::choice::locale;
use super::{Exit, refused, runtime, shown, start_logging};
use crate::config::{Config, ConfigError, Listen};
use crate::pacer::Realtime;
use crate::serve::{self, Looked, News, Ready, Refusal, ServeError, Stop, Taken};

/// What `serve` takes. A flag is stronger than the configuration.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Args {
    /// The configuration file; without it ./dauys.yaml where there is one, else the defaults
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where SIP is received (UDP)
    #[arg(long, value_name = "ADDR:PORT")]
    pub sip: Option<SocketAddr>,
    /// Where /health and /metrics are served
    #[arg(long, value_name = "ADDR:PORT|off")]
    pub console: Option<Listen>,
    /// Where the database, the event logs and the bundles are
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

/// The file that is read when `--config` names none.
pub const CONFIG: &str = "dauys.yaml";

/// Serves until SIGTERM or Ctrl-C, then drains; the second one hangs up what still runs.
pub fn run(args: &Args) -> Exit {
    let config = match args.config() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{}", shown(error));
            return Exit::Usage;
        }
    };
    if let Err(error) = start_logging(&config.log) {
        eprintln!("error: {error}");
        return Exit::Usage;
    }
    let runtime = runtime();
    let ended = runtime.block_on(until_told(config));
    runtime.shutdown_timeout(Duration::from_secs(1)); // a disk that does not return must not keep the process
    match ended {
        Ok(()) => Exit::Ok,
        Err(ServeError::Load(error)) => refused(error),
        Err(ServeError::Services(faults)) => {
            faults.into_iter().for_each(|fault| eprintln!("{}", shown(fault)));
            Exit::Usage
        }
        Err(error) => {
            eprintln!("error: {error}");
            Exit::Environment
        }
    }
}

/// SIGHUP has the robot look for newer flows; from a terminal that went away it is the end, as it is for any program.
async fn until_told(config: Config) -> Result<(), ServeError> {
    let (stop, stopped) = watch::channel(Stop::No);
    let look = Arc::new(Notify::new());
    let mut term = signal(SignalKind::terminate()).map_err(ServeError::Signal)?;
    let mut hup = signal(SignalKind::hangup()).map_err(ServeError::Signal)?;
    let (wake, is_service) = (Arc::clone(&look), !std::io::stderr().is_terminal());
    tokio::spawn(async move {
        let mut next = Stop::Drain;
        loop {
            tokio::select! {
                _ = term.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
                _ = hup.recv() => if is_service {
                    wake.notify_one();
                    continue;
                },
            }
            let _ = stop.send(next);
            next = Stop::Now;
        }
    });
    serve::run(config, stopped, look, say).await
}

fn say(news: News) {
    match news {
        News::Ready(ready) => say_ready(&ready),
        News::Looked(Looked::Same) => {}
        News::Looked(Looked::Taken(taken)) => say_taken(&taken),
        News::Looked(Looked::Refused { serving, why }) => {
            say_refused(&why);
            eprintln!("the flows are not taken up; {} goes on serving", serving.short());
        }
    }
}

fn say_taken(Taken { hash, origin, clips_made }: &Taken) {
    let made = match clips_made {
        0 => String::new(),
        1 => ", 1 clip made".to_owned(),
        many => format!(", {many} clips made"),
    };
    eprintln!("new calls run on {} ({origin}{made})", hash.short());
}

/// What the log says in a line, an editor of flows sees as `check` shows it.
fn say_refused(why: &Refusal) {
    let unfit = match why {
        Refusal::Unfit(why) | Refusal::Unspoken { clips: why, .. } => drawn(why, Colour::of_stderr(), locale(None)),
        Refusal::Unkept(_) | Refusal::Unpublished { .. } => None,
    };
    if let Some(drawing) = unfit {
        eprintln!("{drawing}");
    }
    eprintln!("error: {why}");
}

/// What an administrator wants to know at the start; then the line that scripts wait for.
fn say_ready(ready: &Ready) {
    match &ready.realtime {
        Realtime::Granted | Realtime::NotAsked => {}
        refused @ Realtime::Refused { .. } => eprintln!("warning: {refused}"),
    }
    if ready.clip_problems > 0 {
        eprintln!("warning: {} clips are missing, out of date or damaged: see `dauys check`", ready.clip_problems);
    }
    if ready.facts_outdated > 0 {
        eprintln!(
            "warning: {} facts behind the answers hold no longer: see `dauys check`; nothing can be published until they are mended",
            ready.facts_outdated
        );
    }
    if let Some(why) = &ready.refusal {
        say_refused(why);
        eprintln!("warning: the newest publication does not serve; {} does, the last good one", ready.bundle.short());
    }
    if let Some(why) = &ready.deafness {
        eprintln!("warning: nobody is heard, callers can only press keys: {why}");
    }
    let hears = if ready.deafness.is_none() { "speech" } else { "keys" };
    let console = ready.console.map_or("off".to_owned(), |address| format!("http://{address}/health"));
    eprintln!("ready sip={} console={console} flows={} hears={hears}", ready.sip, ready.flows);
}

impl Args {
    /// The configuration with the flags applied.
    ///
    /// # Errors
    /// When the file cannot be read or is wrong.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let found = self.config.clone().or_else(|| Some(PathBuf::from(CONFIG)).filter(|path| path.is_file()));
        let mut config = found.map_or_else(|| Ok(Config::default()), |path| Config::load(&path))?;
        config.sip.listen = self.sip.unwrap_or(config.sip.listen);
        config.console.listen = self.console.unwrap_or(config.console.listen);
        config.data = self.data.clone().unwrap_or(config.data);
        config.root = self.root.clone().unwrap_or(config.root);
        Ok(config)
    }
}
