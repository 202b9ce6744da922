//! The results as Markdown: the machine, and a row for each load.

use std::fmt;
use std::fs;
use std::time::Duration;

use dauys::pacer::Realtime;
use miette::Report;

use crate::load::{Kind, Passed, Stayed};
use crate::probe::PROBES;
use crate::robot::{Late, Metrics};

/// Packets a second that a leg receives: 20 ms of voice in each.
const PACKETS_PER_SECOND: f64 = 50.0;

/// The head of the table of [`Stayed`] rows.
pub(crate) const STAYED: &str = "\
| calls | media thread, % of a core | all threads, % of a core | CPU a call, % of a core | late p50, ms | late p99, ms | late p99.9, ms | gap p99 / longest, ms | set-up p50 / p99, ms | RSS with / after, MiB | heard | lost | not recorded | failed | left over | callers late p99, ms |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

/// The head of the table of [`Passed`] rows.
pub(crate) const PASSED: &str = "\
| calls/s | done | failed | left over | set-up p50 / p99, ms | CPU a call, ms | of it outside the media thread, ms |
|---|---|---|---|---|---|---|";

impl fmt::Display for Stayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { spent, seconds, received, .. } = self;
        let calls = self.load.calls;
        let expected = f64::from(calls) * PACKETS_PER_SECOND * spent.wall.as_secs_f64();
        write!(f, "| {} | {:.1} | {:.1} ", self.load, spent.percent(spent.media), spent.percent(spent.process))?;
        write!(f, "| {:.3} ", spent.percent(spent.process) / f64::from(calls + PROBES))?;
        write!(f, "| {} | {} | {} ", late(seconds, |late| late.p50), late(seconds, |late| late.p99), late(seconds, |late| late.p999))?;
        write!(f, "| {} / {} ", ms(quantile(&self.gaps, 99)), ms(self.gaps.last().copied().unwrap_or_default()))?;
        write!(f, "| {} | {:.0} / {:.0} ", setups(&self.setups), self.resident_mib, self.resident_after_mib)?;
        write!(
            f,
            "| {:.2} % | {} | {} | {} | {} ",
            100.0 * received.packets as f64 / expected,
            received.lost,
            not_recorded(self),
            self.failures.len(),
            self.left_over
        )?;
        write!(f, "| {} |", ms(self.callers.p99()))
    }
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.setups.len().max(1) as u32;
        let (all, outside) = (self.spent.process / done, self.spent.process.saturating_sub(self.spent.media) / done);
        let (done, failed) = (self.setups.len(), self.failures.len());
        write!(f, "| {} | {done} | {failed} | {} | {} | {} | {} |", self.rate, self.left_over, setups(&self.setups), ms(all), ms(outside))
    }
}

/// What the results belong to.
pub(crate) fn conditions(robot: Option<&Metrics>, callers: &Realtime) -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let model = read("/proc/cpuinfo").lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim().to_owned()));
    let command: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let robot = match robot.and_then(|metrics| metrics.number("dauys_media_realtime")) {
        Some(1.0) => "granted",
        Some(_) => "refused or not asked for: the lateness below is that of the machine's other work",
        None => "not told",
    };
    format!(
        "- {}, {cores} cores, {}, Linux {}\n- `cargo bench --bench calls -- {}`\n- real-time priority: robot {robot}; callers {callers}",
        jiff::Timestamp::now().strftime("%Y-%m-%d"),
        model.unwrap_or_else(|| "an unnamed processor".to_owned()),
        read("/proc/sys/kernel/osrelease").trim(),
        command.join(" "),
    )
}

/// The first failures, said once each.
pub(crate) fn reasons(failures: &[Report]) -> String {
    let mut reasons: Vec<_> = failures.iter().map(|failure| format!("- failed: {failure}\n")).collect();
    reasons.sort();
    reasons.dedup();
    reasons.truncate(5);
    reasons.concat()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Ticks that should have been recorded and were not.
fn not_recorded(stayed: &Stayed) -> String {
    match (stayed.load.kind, stayed.frames_lost) {
        (Kind::TwoWay | Kind::OneWay, _) => "–".to_owned(),
        (Kind::Recorded, Some(lost)) => lost.to_string(),
        (Kind::Recorded, None) => "?".to_owned(),
    }
}

/// Of all seconds the median one and the worst one, in milliseconds.
fn late(seconds: &[Late], quantile: impl Fn(&Late) -> Option<f64>) -> String {
    let mut each: Vec<_> = seconds.iter().filter_map(quantile).collect();
    each.sort_by(f64::total_cmp);
    match (each.get(each.len() / 2), each.last()) {
        (Some(median), Some(worst)) => format!("{median:.2} / {worst:.2}"),
        (None, _) | (_, None) => "?".to_owned(),
    }
}

fn setups(setups: &[Duration]) -> String {
    let mut sorted = setups.to_vec();
    sorted.sort_unstable();
    format!("{} / {}", ms(quantile(&sorted, 50)), ms(quantile(&sorted, 99)))
}

/// The smallest that so many percent do not exceed.
fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}
