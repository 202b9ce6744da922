//! The robot under load: `dauys serve` as a process of its own, started with a folder of its own, asked over HTTP how it is, and ended by SIGTERM.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::usage::{self, Usage};

/// What differs from the defaults: room for every load that this bench takes.
const CONFIG: &str = "sip: {calls_max: 5000}\nmedia: {ports: 20000-29999}\n";
/// The same for calls that are recorded, and that are not.
const RECORDED: [&str; 2] = ["recording: {enabled: false}\n", "recording: {enabled: true, disk_free_min_mb: 1}\n"];
/// How long it may take to begin.
const START_MAX: Duration = Duration::from_secs(30);
/// How long it may take to end: its drain of 30 s, and a little.
const END_MAX: Duration = Duration::from_secs(45);
/// How long an answer over HTTP may take.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// The most that is read of the metrics.
const METRICS_MAX: u64 = 1024 * 1024;
/// How often something waited for is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// A running robot. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Robot {
    child: Child,
    pid: u32,
    sip: SocketAddr,
    console: SocketAddr,
    folder: TempDir,
}

impl Robot {
    /// Starts it, with recordings or without, and waits for its `ready`.
    ///
    /// # Errors
    /// When it does not get ready; with what it said.
    pub(crate) async fn start(binary: &Path, recorded: bool) -> Result<Self> {
        let folder = tempfile::tempdir().into_diagnostic()?;
        let config = CONFIG.to_owned() + RECORDED[usize::from(recorded)];
        fs::write(folder.path().join("dauys.yaml"), config).into_diagnostic()?;
        let console = free_address().into_diagnostic()?;
        let child = Command::new(binary)
            .args(["serve", "--sip", "127.0.0.1:0", "--console", &console.to_string(), "--root", env!("CARGO_MANIFEST_DIR")])
            .arg("--config")
            .arg(folder.path().join("dauys.yaml"))
            .arg("--data")
            .arg(folder.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).into_diagnostic()?)
            .kill_on_drop(true)
            .spawn()
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot start {}", binary.display()))?;
        let pid = child.id().ok_or_else(|| miette!("the robot ended as it began"))?;
        let mut robot = Self { child, pid, sip: console, console, folder };
        robot.sip = robot.ready().await?;
        Ok(robot)
    }

    /// Where it answers calls.
    pub(crate) fn sip(&self) -> SocketAddr {
        self.sip
    }

    /// The processor time it has used.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn usage(&self) -> Result<Usage> {
        Usage::read(self.pid).wrap_err_with(|| self.last_words())
    }

    /// Its resident memory, in MiB.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn resident_mib(&self) -> Result<f64> {
        usage::resident_mib(self.pid).wrap_err_with(|| self.last_words())
    }

    /// What it tells of itself.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub(crate) async fn metrics(&self) -> Result<Metrics> {
        let asked = timeout(ANSWER_MAX, fetch(self.console)).await.into_diagnostic();
        asked.and_then(IntoDiagnostic::into_diagnostic).map(Metrics).wrap_err("the robot's /metrics do not answer")
    }

    /// Waits until no call is up any more, for so long at most; how many are up then.
    ///
    /// # Errors
    /// When the metrics do not say it.
    pub(crate) async fn quiet(&self, at_most: Duration) -> Result<f64> {
        let began = Instant::now();
        loop {
            let calls = self.metrics().await?.number("dauys_calls").ok_or_else(|| miette!("expected dauys_calls in /metrics"))?;
            if calls == 0.0 || began.elapsed() > at_most {
                return Ok(calls);
            }
            sleep(GLANCE).await;
        }
    }

    /// Ends it as a service manager does.
    ///
    /// # Errors
    /// When it does not end well, in time.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await.into_diagnostic().wrap_err("cannot run kill")?;
        let ended = timeout(END_MAX, self.child.wait()).await;
        let ended =
            ended.map_err(|_| miette!("the robot did not end {END_MAX:?} after SIGTERM{}", self.last_words()))?.into_diagnostic()?;
        if ended.success() { Ok(()) } else { Err(miette!("after SIGTERM the robot ended with {ended}{}", self.last_words())) }
    }

    async fn ready(&mut self) -> Result<SocketAddr> {
        let began = Instant::now();
        while began.elapsed() < START_MAX {
            let address = self.log().lines().find_map(|line| line.strip_prefix("ready sip=")?.split_whitespace().next()?.parse().ok());
            if let Some(address) = address {
                return Ok(address);
            }
            if self.child.try_wait().into_diagnostic()?.is_some() {
                break;
            }
            sleep(GLANCE).await;
        }
        Err(miette!("expected a line `ready sip=ADDRESS:PORT` from the robot{}", self.last_words()))
    }

    fn log(&self) -> String {
        let bytes = fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        format!("; its last words:\n{}", lines[lines.len().saturating_sub(10)..].join("\n"))
    }
}

/// How late the media threads began their slots in one second, in milliseconds; `None` where the robot did not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late {
    pub(crate) p50: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) p999: Option<f64>,
}

/// The text of `/metrics`.
#[derive(Debug)]
pub(crate) struct Metrics(String);

impl Metrics {
    /// The value of a series, written with its labels as Prometheus writes them.
    pub(crate) fn number(&self, series: &str) -> Option<f64> {
        self.0.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.trim().parse().ok())
    }

    /// What they say of the last second.
    pub(crate) fn late(&self) -> Late {
        let quantile =
            |quantile| self.number(&format!("dauys_media_lateness_seconds{{quantile=\"{quantile}\"}}")).map(|seconds| seconds * 1000.0);
        Late { p50: quantile("0.5"), p99: quantile("0.99"), p999: quantile("0.999") }
    }
}

/// The bodies of a small server need no client: HTTP/1.0, read to the end.
async fn fetch(console: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(console).await?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").await?;
    let mut text = String::new();
    stream.take(METRICS_MAX).read_to_string(&mut text).await?;
    Ok(text)
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
