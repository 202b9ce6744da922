//! What a process has used, as the kernel counts it in `/proc`: processor time, the media threads' apart, and memory.

use std::fs;
use std::ops::Sub;
use std::path::Path;
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic, Result, WrapErr, miette};

/// What one of the kernel's clock ticks in `/proc` is worth: USER_HZ is 100 on all that Rust runs on.
const CLOCK_TICK: Duration = Duration::from_millis(10);
/// How the pacer names its threads.
const MEDIA: &str = "(media-";

/// Processor time since the start of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    at: Instant,
    process: Duration,
    media: Duration,
}

/// Processor time between two readings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// How far the readings are apart.
    pub(crate) wall: Duration,
    /// By all threads.
    pub(crate) process: Duration,
    /// By the media threads.
    pub(crate) media: Duration,
}

impl Usage {
    /// As it is now.
    ///
    /// # Errors
    /// When the process is gone.
    pub(crate) fn read(pid: u32) -> Result<Self> {
        let process = times(&stat(format!("/proc/{pid}"))?)?;
        let mut media = Duration::ZERO;
        for thread in fs::read_dir(format!("/proc/{pid}/task")).into_diagnostic()? {
            // A thread may end between the two looks.
            let Ok(stat) = stat(thread.into_diagnostic()?.path()) else { continue };
            if stat.contains(MEDIA) {
                media += times(&stat)?;
            }
        }
        Ok(Self { at: Instant::now(), process, media })
    }
}

impl Sub for Usage {
    type Output = Spent;

    fn sub(self, earlier: Self) -> Spent {
        Spent { wall: self.at - earlier.at, process: self.process - earlier.process, media: self.media.saturating_sub(earlier.media) }
    }
}

impl Spent {
    /// A time as a share of one core, in percent.
    pub(crate) fn percent(&self, time: Duration) -> f64 {
        100.0 * time.as_secs_f64() / self.wall.as_secs_f64()
    }
}

/// Resident memory, in MiB.
///
/// # Errors
/// When the process is gone.
pub(crate) fn resident_mib(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).into_diagnostic().wrap_err_with(|| path.clone())?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok());
    resident.map(|kib| kib / 1024.0).ok_or_else(|| miette!("expected a line `VmRSS: … kB` in {path}"))
}

fn stat(of: impl AsRef<Path>) -> Result<String> {
    let path = of.as_ref().join("stat");
    fs::read_to_string(&path).into_diagnostic().wrap_err_with(|| path.display().to_string())
}

/// User and system time together: fields 14 and 15 of proc(5), the 12th and 13th after the name, which may hold anything.
fn times(stat: &str) -> Result<Duration> {
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    let mut field = || fields.next().and_then(|ticks| ticks.parse::<u32>().ok());
    let ticks = field().zip(field()).ok_or_else(|| miette!("expected times in {stat}"))?;
    Ok(CLOCK_TICK * (ticks.0 + ticks.1))
}
