//! The two loads: calls that stay, and calls that come and go.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use dauys::pacer::Lateness;
use miette::{Report, Result};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, sleep};

use crate::caller::{Callers, Received};
use crate::probe::{Gap, PROBES, Probe};
use crate::robot::{Late, Robot};
use crate::usage::Spent;

/// After the last call has come up, before anything is measured.
const SETTLE: Duration = Duration::from_secs(2);
/// How long a call that comes and goes is up: the greeting has begun.
const HOLD: Duration = Duration::from_millis(200);
/// How long after the last BYE the robot may still have calls.
const QUIET_MAX: Duration = Duration::from_secs(10);
/// The most calls of a load.
const CALLS_MAX: u16 = 4000;
/// One second.
const SECOND: Duration = Duration::from_secs(1);

/// How far a load of calls that stay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Rising,
    Measured,
    Over,
}

/// Calls that are to come up and stay: `400`, `400:one-way`, `200:recorded`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    /// How many.
    pub(crate) calls: u16,
    /// What they do.
    pub(crate) kind: Kind,
}

/// What calls that stay do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The callers talk.
    TwoWay,
    /// The callers listen and say nothing.
    OneWay,
    /// The callers talk, and the robot records both sides.
    Recorded,
}

impl FromStr for Load {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a number of calls from 1 to {CALLS_MAX}, and `:one-way` or `:recorded` if wished, not `{text}`");
        let (calls, kind) = text.split_once(':').unwrap_or((text, "two-way"));
        let kind = match kind {
            "two-way" => Kind::TwoWay,
            "one-way" => Kind::OneWay,
            "recorded" => Kind::Recorded,
            _ => return Err(wrong()),
        };
        let calls = calls.parse().ok().filter(|calls| (1..=CALLS_MAX).contains(calls)).ok_or_else(wrong)?;
        Ok(Self { calls, kind })
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::TwoWay => write!(f, "{} two-way", self.calls),
            Kind::OneWay => write!(f, "{} one-way", self.calls),
            Kind::Recorded => write!(f, "{} two-way recorded", self.calls),
        }
    }
}

/// Calls that came up and stayed.
pub(crate) struct Stayed {
    /// What was asked for.
    pub(crate) load: Load,
    /// From INVITE to 200.
    pub(crate) setups: Vec<Duration>,
    /// What the robot used while all were up.
    pub(crate) spent: Spent,
    /// How late the robot's media threads were in each second of that time.
    pub(crate) seconds: Vec<Late>,
    /// How late the callers themselves were in that time.
    pub(crate) callers: Lateness,
    /// What the callers heard in that time, together.
    pub(crate) received: Received,
    /// Between two packets, as a few callers with a stopwatch saw it in that time; sorted.
    pub(crate) gaps: Vec<Duration>,
    /// Ticks that the robot could not record; `None` where it did not tell.
    pub(crate) frames_lost: Option<f64>,
    /// The robot's memory with all calls, in MiB.
    pub(crate) resident_mib: f64,
    /// The same without calls.
    pub(crate) resident_after_mib: f64,
    /// Calls that the robot still counted long after the last BYE.
    pub(crate) left_over: f64,
    /// What went wrong, call by call.
    pub(crate) failures: Vec<Report>,
}

/// Calls that came and went.
pub(crate) struct Passed {
    /// New calls a second.
    pub(crate) rate: u16,
    /// From INVITE to 200.
    pub(crate) setups: Vec<Duration>,
    /// What the robot used for all of them, from the first INVITE to the last BYE's answer.
    pub(crate) spent: Spent,
    /// Calls that the robot still counted long after the last BYE.
    pub(crate) left_over: f64,
    /// What went wrong, call by call.
    pub(crate) failures: Vec<Report>,
}

/// Brings so many calls up, measures for `time` while all are up, and lets them go.
///
/// # Errors
/// When the robot is gone or does not tell of itself; a call that fails is counted instead.
pub(crate) async fn stay(callers: &Arc<Callers>, robot: &Robot, load: Load, rate: u16, time: Duration) -> Result<Stayed> {
    let (calls, one_way) = (load.calls, load.kind == Kind::OneWay);
    let (phase, phases) = watch::channel(Phase::Rising);
    let (tell, mut told) = mpsc::channel(usize::from(calls));
    let mut up = JoinSet::new();
    let mut pace = pace(rate);
    for number in 0..calls {
        pace.tick().await;
        let leave_after = SECOND * number.into() / rate.into();
        up.spawn(staying(callers.clone(), (robot.sip(), one_way), phases.clone(), tell.clone(), leave_after));
    }
    drop(tell);
    let mut setups = Vec::new();
    while let Some(setup) = told.recv().await {
        setups.push(setup);
    }
    let mut probes = Vec::new();
    for _ in 0..PROBES {
        probes.push(Probe::dial(callers, robot.sip()).await?);
    }
    sleep(SETTLE).await;

    phase.send_replace(Phase::Measured);
    let (began, usage, lateness) = (std::time::Instant::now(), robot.usage()?, callers.lateness());
    let seconds = watch_lateness(robot, time).await?;
    let spent = robot.usage()? - usage;
    let measured = began..std::time::Instant::now();
    let callers = callers.lateness().since(&lateness);
    let resident_mib = robot.resident_mib()?;
    phase.send_replace(Phase::Over);

    let gaps = gaps(probes, &measured).await?;
    let (heard, failures) = sort(up.join_all().await);
    let received = heard.into_iter().fold(Received::default(), |sum, one| sum + one);
    let left_over = robot.quiet(QUIET_MAX).await?;
    let resident_after_mib = robot.resident_mib()?;
    let frames_lost = robot.metrics().await?.number("dauys_recording_frames_lost_total");
    Ok(Stayed { load, setups, spent, seconds, callers, received, gaps, frames_lost, resident_mib, resident_after_mib, left_over, failures })
}

/// Lets calls come at this rate for `time`, each for a moment.
///
/// # Errors
/// When the robot is gone.
pub(crate) async fn pass(callers: &Arc<Callers>, robot: &Robot, rate: u16, time: Duration) -> Result<Passed> {
    let mut passing = JoinSet::new();
    let mut pace = pace(rate);
    let usage = robot.usage()?;
    for _ in 0..time.as_secs() * u64::from(rate) {
        pace.tick().await;
        passing.spawn(visit(callers.clone(), robot.sip()));
    }
    let (setups, failures) = sort(passing.join_all().await);
    let left_over = robot.quiet(QUIET_MAX).await?;
    Ok(Passed { rate, setups, spent: robot.usage()? - usage, left_over, failures })
}

/// What the callers with a stopwatch saw in this time, sorted.
async fn gaps(probes: Vec<Probe>, within: &std::ops::Range<std::time::Instant>) -> Result<Vec<Duration>> {
    let mut gaps = Vec::new();
    for probe in probes {
        gaps.extend(probe.hang_up().await?.into_iter().filter(|gap: &Gap| within.contains(&gap.at)).map(|gap| gap.length));
    }
    gaps.sort_unstable();
    Ok(gaps)
}

/// The robot tells each second how late it was in the one before.
async fn watch_lateness(robot: &Robot, time: Duration) -> Result<Vec<Late>> {
    let mut seconds = Vec::new();
    let mut each = interval_at(Instant::now() + SECOND, SECOND);
    for _ in 0..time.as_secs() {
        each.tick().await;
        seconds.push(robot.metrics().await?.late());
    }
    Ok(seconds)
}

/// A call that stays until the load is over; what it heard while that was measured.
async fn staying(
    callers: Arc<Callers>,
    (robot, one_way): (SocketAddr, bool),
    mut phases: watch::Receiver<Phase>,
    tell: mpsc::Sender<Duration>,
    leave_after: Duration,
) -> Result<Received> {
    let mut call = callers.dial(robot, one_way).await?;
    // There is room for every call, and the load waits until all have told or failed.
    let _ = tell.try_send(call.setup());
    drop(tell);
    call.until(reach(&mut phases, Phase::Measured)).await?;
    let before = call.received();
    call.until(reach(&mut phases, Phase::Over)).await?;
    let received = call.received() - before;
    call.until(sleep(leave_after)).await?;
    call.hang_up().await?;
    Ok(received)
}

/// A call that comes and goes; how long it took to be answered.
async fn visit(callers: Arc<Callers>, robot: SocketAddr) -> Result<Duration> {
    let mut call = callers.dial(robot, false).await?;
    call.until(sleep(HOLD)).await?;
    let setup = call.setup();
    call.hang_up().await?;
    Ok(setup)
}

/// Also when the load was given up.
async fn reach(phases: &mut watch::Receiver<Phase>, phase: Phase) {
    let _ = phases.wait_for(|now| *now >= phase).await;
}

/// So many ticks a second; those missed are made up for.
fn pace(rate: u16) -> tokio::time::Interval {
    let mut pace = interval(SECOND / u32::from(rate));
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    pace
}

fn sort<T>(results: Vec<Result<T>>) -> (Vec<T>, Vec<Report>) {
    let (well, ill): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    (well.into_iter().flatten().collect(), ill.into_iter().filter_map(Result::err).collect())
}
