//! The two loads: calls that stay, and calls that come and go.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dauys::pacer::Lateness;
use miette::{Report, Result};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, sleep};

use crate::caller::{Callers, Received};
use crate::robot::{Late, Robot};
use crate::usage::Spent;

/// After the last call has come up, before anything is measured.
const SETTLE: Duration = Duration::from_secs(2);
/// How long a call that comes and goes is up: the greeting has begun.
const HOLD: Duration = Duration::from_millis(200);
/// How long after the last BYE the robot may still have calls.
const QUIET_MAX: Duration = Duration::from_secs(10);
/// One second.
const SECOND: Duration = Duration::from_secs(1);

/// How far a load of calls that stay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Rising,
    Measured,
    Over,
}

/// Calls that came up and stayed.
pub(crate) struct Stayed {
    /// How many were asked for.
    pub(crate) calls: u16,
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
pub(crate) async fn stay(callers: &Arc<Callers>, robot: &Robot, calls: u16, rate: u16, time: Duration) -> Result<Stayed> {
    let (phase, phases) = watch::channel(Phase::Rising);
    let (tell, mut told) = mpsc::channel(usize::from(calls));
    let mut up = JoinSet::new();
    let mut pace = pace(rate);
    for number in 0..calls {
        pace.tick().await;
        let leave_after = SECOND * number.into() / rate.into();
        up.spawn(staying(callers.clone(), robot.sip(), phases.clone(), tell.clone(), leave_after));
    }
    drop(tell);
    let mut setups = Vec::new();
    while let Some(setup) = told.recv().await {
        setups.push(setup);
    }
    sleep(SETTLE).await;

    phase.send_replace(Phase::Measured);
    let (usage, lateness) = (robot.usage()?, callers.lateness());
    let seconds = watch_lateness(robot, time).await?;
    let spent = robot.usage()? - usage;
    let callers = callers.lateness().since(&lateness);
    let resident_mib = robot.resident_mib()?;
    phase.send_replace(Phase::Over);

    let (heard, failures) = sort(up.join_all().await);
    let received = heard.into_iter().fold(Received::default(), |sum, one| sum + one);
    let left_over = robot.quiet(QUIET_MAX).await?;
    let resident_after_mib = robot.resident_mib()?;
    Ok(Stayed { calls, setups, spent, seconds, callers, received, resident_mib, resident_after_mib, left_over, failures })
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
    robot: SocketAddr,
    mut phases: watch::Receiver<Phase>,
    tell: mpsc::Sender<Duration>,
    leave_after: Duration,
) -> Result<Received> {
    let mut call = callers.dial(robot).await?;
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
    let mut call = callers.dial(robot).await?;
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
