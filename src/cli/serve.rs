//! `dauys serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::{Config, ConfigError, Listen};

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
