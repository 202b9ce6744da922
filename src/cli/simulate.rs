//! `dauys simulate`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dauys_core::simulation::{Report, Stage};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Exit, Format, refused, say};
use crate::bundle::{self, Bundle};
use crate::simulate::{self, Run, Wanted};

/// What `simulate` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// How many calls
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub calls: u64,
    /// The seed of the first call; each further one is one more
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Through two ports, packet by packet
    #[arg(long)]
    pub with_media: bool,
    /// How many at the same time; as many as there are cores when unwritten
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// How the figures are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Keep the event logs of calls that break an invariant here
    #[arg(long, value_name = "DIR")]
    pub keep_failing: Option<PathBuf>,
}

/// Runs the calls, and says what they came to. The figures on the standard output depend on the flows and the seed alone; how long it took is told beside them.
pub fn run(args: &Args) -> Exit {
    let bundle = match bundle::load(&args.root) {
        Ok(bundle) => bundle,
        Err(error) => return refused(error),
    };
    let stage = simulate::stage(&bundle);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.map_or(cores, usize::from);
    let wanted = Wanted { calls: args.calls, seed: args.seed, with_media: args.with_media, threads };
    let begun = Instant::now();
    let outcome = watched(&stage, wanted);
    eprintln!("{}", pace(&outcome.report, begun.elapsed(), threads));
    say(match args.format {
        Format::Text => text(&outcome.report).trim_end().to_owned(),
        Format::Json => serde_json::to_string_pretty(&outcome.report).unwrap_or_else(|error| error.to_string()),
    });
    failures(args, &stage, &bundle, &outcome)
}

/// Runs the calls, with a bar while somebody looks.
fn watched(stage: &Stage, wanted: Wanted) -> Run {
    let done = AtomicU64::new(0);
    if !std::io::stderr().is_terminal() {
        return simulate::run(stage, wanted, &done);
    }
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| progress(wanted.calls, &done, &over));
        let run = simulate::run(stage, wanted, &done);
        over.store(true, Ordering::Relaxed);
        run
    })
}

fn progress(calls: u64, done: &AtomicU64, over: &AtomicBool) {
    let bar = ProgressBar::new(calls);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} calls, {eta} left") {
        bar.set_style(style);
    }
    while !over.load(Ordering::Relaxed) {
        bar.set_position(done.load(Ordering::Relaxed));
        thread::sleep(Duration::from_millis(100));
    }
    bar.finish_and_clear();
}

fn pace(report: &Report, took: Duration, threads: usize) -> String {
    let virtual_s = report.counts.virtual_ms as f64 / 1000.0;
    let factor = virtual_s / took.as_secs_f64().max(0.001);
    format!(
        "{:.2} s on {threads} threads: {:.0} calls a second, {factor:.0} times real time ({:.0} a thread)",
        took.as_secs_f64(),
        report.calls as f64 / took.as_secs_f64().max(0.001),
        factor / threads as f64,
    )
}

fn text(report: &Report) -> String {
    let counts = &report.counts;
    let mut text = format!(
        "{} calls, {} utterances of the robot, {} s of virtual time\n{} steps, {} keys, {} utterances of callers, {} interruptions\n\
         {} silences, {} misunderstandings, {} commands\n{} questions to services, {} late or doubled answers\n",
        report.calls,
        counts.turns,
        counts.virtual_ms / 1000,
        counts.steps,
        counts.keys,
        counts.utterances,
        counts.interruptions,
        counts.silences,
        counts.misunderstandings,
        counts.commands,
        counts.questions,
        counts.stale_answers,
    );
    let listed = |pairs: Vec<String>| pairs.join(", ");
    text += &format!("outcomes: {}\n", listed(report.outcomes.iter().map(|(word, calls)| format!("{word} {calls}")).collect()));
    text += &format!(
        "callers: {}\n",
        listed(report.manners.iter().map(|(manner, calls)| format!("{manner:?} {calls}").to_lowercase()).collect())
    );
    for (invariant, broken) in &report.broken {
        text += &format!(
            "broken: {} in {} calls, first with --seed {} at {} ms: {}\n",
            simulate::name(*invariant),
            broken.calls,
            broken.first_seed,
            broken.at_ms,
            broken.what
        );
    }
    if report.broken.is_empty() {
        text += "every invariant held\n";
    }
    text
}

/// What broke, as talks and logs.
fn failures(args: &Args, stage: &Stage, bundle: &Bundle, run: &Run) -> Exit {
    for (invariant, broken) in &run.report.broken {
        if !args.with_media {
            eprintln!(
                "\n{} with seed {}, reduced:\n{}",
                simulate::name(*invariant),
                broken.first_seed,
                simulate::told(stage, *invariant, broken.first_seed)
            );
        }
    }
    if let Some(folder) = &args.keep_failing {
        for failing in &run.failing {
            match simulate::keep(stage, bundle, folder, *failing, args.with_media) {
                Ok(path) => eprintln!("kept {}", path.display()),
                Err(error) => {
                    eprintln!("error: {error}");
                    return Exit::Environment;
                }
            }
        }
    }
    if run.report.broken.is_empty() { Exit::Ok } else { Exit::Failed }
}
