//! What a call costs: drives calls over loopback, from this process, against a `dauys serve` in another, and prints the tables of `docs/performance.md`.
//!
//! `cargo bench --bench calls -- --calls 400:one-way,400,200:recorded --rate 50 --seconds 10`. It measures and never judges: only a robot that cannot be measured makes it fail. It stays on 127.0.0.1, and both
//! the count of calls and the time are bounded.

#![allow(clippy::print_stdout, reason = "it prints its tables")]

mod caller;
mod load;
mod probe;
mod robot;
mod table;
mod usage;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, value_parser};
use dauys::pacer;
use miette::{IntoDiagnostic, Report, Result, WrapErr, miette};

use caller::Callers;
use load::{Kind, Load};
use robot::Robot;

/// Open files beside the sockets of the calls.
const FILES_BESIDE: u64 = 200;
/// The longest that calls may take to come up: with what follows, less than the robot's limit of a call and than what a caller has to say.
const RISE_MAX_S: u16 = 90;

/// Measures what calls cost the robot.
#[derive(Debug, Parser)]
struct Args {
    /// Calls at one time, `:one-way` where the callers only listen, `:recorded` where the robot records them; a row for each
    #[arg(long, value_delimiter = ',', default_value = "400:one-way,400,200:recorded")]
    calls: Vec<Load>,
    /// New calls a second while they come up
    #[arg(long, default_value = "50", value_parser = value_parser!(u16).range(1..=1000))]
    rate: u16,
    /// How long is measured with all calls up
    #[arg(long, default_value = "10", value_parser = value_parser!(u16).range(2..=60))]
    seconds: u16,
    /// New calls a second that come and go; a row for each
    #[arg(long, value_delimiter = ',', default_value = "50,150", value_parser = value_parser!(u16).range(1..=1000))]
    setups: Vec<u16>,
    /// Another build of the robot
    #[arg(long, default_value = env!("CARGO_BIN_EXE_dauys"))]
    robot: PathBuf,
    /// What cargo passes
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    check(&args)?;
    let callers = Arc::new(Callers::new().await?);
    let mut failures = stays(&args, &callers).await?;
    failures.extend(passes(&args, &callers).await?);
    println!("\n{}", table::reasons(&failures));
    Ok(())
}

/// Before anything starts: whether this machine can carry it.
fn check(args: &Args) -> Result<()> {
    let most = args.calls.iter().map(|load| load.calls).chain(args.setups.iter().copied()).max().unwrap_or_default();
    if most / args.rate >= RISE_MAX_S {
        return Err(miette!(
            "{most} calls at {} a second take too long: expected a --rate of at least {}",
            args.rate,
            most / RISE_MAX_S + 1
        ));
    }
    let files = pacer::raise_open_files().into_diagnostic().wrap_err("cannot raise the limit of open files")?;
    let needed = 2 * u64::from(most) + FILES_BESIDE;
    if files < needed {
        return Err(miette!(
            "{most} calls need {needed} open files in each process and the limit is {files}: `ulimit -Hn {needed}` as root"
        ));
    }
    Ok(())
}

async fn stays(args: &Args, callers: &Arc<Callers>) -> Result<Vec<Report>> {
    let mut failures = Vec::new();
    for (row, load) in args.calls.iter().enumerate() {
        let robot = Robot::start(&args.robot, load.kind == Kind::Recorded).await?;
        if row == 0 {
            println!("{}\n\n{}", table::conditions(robot.metrics().await.ok().as_ref(), callers.realtime()), table::STAYED);
        }
        let stayed = load::stay(callers, &robot, *load, args.rate, Duration::from_secs(args.seconds.into())).await?;
        println!("{stayed}");
        failures.extend(stayed.failures);
        robot.stop().await?;
    }
    Ok(failures)
}

async fn passes(args: &Args, callers: &Arc<Callers>) -> Result<Vec<Report>> {
    println!("\n{}", table::PASSED);
    let mut failures = Vec::new();
    for rate in &args.setups {
        let robot = Robot::start(&args.robot, true).await?;
        let passed = load::pass(callers, &robot, *rate, Duration::from_secs(args.seconds.into())).await?;
        println!("{passed}");
        failures.extend(passed.failures);
        robot.stop().await?;
    }
    Ok(failures)
}
