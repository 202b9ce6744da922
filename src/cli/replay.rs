//! `dauys replay`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use dauys_core::call::log::Line;
use dauys_core::call::replay::{Divergence, Replay, story};
use serde::Serialize;

use super::{Exit, Format, refused, say};
use crate::bundle;
use crate::records::seal::SealKey;
use crate::replay::against::{self, Compared, Forked, Summary, Target, Verdict};
use crate::replay::audio;
use crate::replay::replies::Replies;
use crate::replay::{self, Archive, ReplayError, Unsealed, capture, pcap};

/// The number that a sound was for, unless another is given.
const CALLED: &str = "1414";

/// What `replay` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Event logs of calls, or folders of them
    #[arg(value_name = "FILE", required_unless_present = "audio")]
    pub files: Vec<PathBuf>,
    /// The folder that `serve` used, where it is not above the logs
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print the replayed log of each call
    #[arg(long, conflicts_with = "against")]
    pub trace: bool,
    /// Say what would have changed on this bundle: a folder with flows/, or the hash of a kept one
    #[arg(long, value_name = "ROOT|HASH")]
    pub against: Option<String>,
    /// Replay with the true values that are sealed beside each log, opened with this key (seal.key of the data folder)
    #[arg(long, value_name = "KEYFILE", conflicts_with = "against")]
    pub unseal: Option<PathBuf>,
    /// Run what a caller sent on the flows of --root: WAV of 8 kHz (A-law, µ-law or PCM; of two channels the left), or a capture of a call (pcap, pcapng)
    #[arg(long, value_name = "WAV|PCAP", conflicts_with_all = ["files", "against", "unseal", "redact"])]
    pub audio: Option<PathBuf>,
    /// What holds flows/, prompts/ and audio/
    #[arg(long, value_name = "DIR", default_value = ".", requires = "audio")]
    pub root: PathBuf,
    /// The number that was called; as when unwritten that of the captured INVITE, else 1414
    #[arg(long, value_name = "NUMBER", requires = "audio")]
    pub called: Option<String>,
    /// Who calls, where a capture has several calls
    #[arg(long, value_name = "ADDRESS", requires = "audio")]
    pub caller: Option<IpAddr>,
    /// What services answer: an event log, or a table in YAML; without it none is available
    #[arg(long, value_name = "LOG|YAML", requires = "audio")]
    pub replies: Option<PathBuf>,
    /// Make one log a test: nothing in it is of the caller or the day, and it decides the same
    #[arg(long, requires = "out", conflicts_with_all = ["against", "unseal", "trace"])]
    pub redact: bool,
    /// Where the redacted log is written
    #[arg(short, long, value_name = "FILE", requires = "redact")]
    pub out: Option<PathBuf>,
    /// How changes are shown
    #[arg(long, value_enum, default_value_t, requires = "against")]
    pub format: Format,
}

/// Replays each, and says whether the decisions are the same.
pub fn run(args: &Args) -> Exit {
    if let Some(wav) = &args.audio {
        return heard(args, wav).unwrap_or_else(|exit| exit);
    }
    let logs = match replay::logs(&args.files) {
        Ok(logs) => logs,
        Err(error) => return failed(&error),
    };
    if let Some(out) = &args.out {
        return redact(args, &logs, out);
    }
    match (&args.against, &args.unseal) {
        (Some(target), _) => changed(args, target, &logs),
        (None, Some(key)) => match SealKey::read(key) {
            Ok(key) => equal(args, &logs, |archive, path| unsealed(args, archive, path, &key)),
            Err(error) => failed(&error.into()),
        },
        (None, None) => equal(args, &logs, |archive, path| one(args, archive, path)),
    }
}

fn equal(args: &Args, logs: &[PathBuf], one: impl Fn(&mut Archive, &Path) -> Exit) -> Exit {
    let mut archive = Archive::new(args.data.as_deref());
    let verdicts: Vec<Exit> = logs.iter().map(|path| one(&mut archive, path)).collect();
    let equal = verdicts.iter().filter(|verdict| **verdict == Exit::Ok).count();
    say(format_args!("{equal} of {} calls: the same decisions", verdicts.len()));
    worst(verdicts)
}

fn worst(verdicts: impl IntoIterator<Item = Exit>) -> Exit {
    verdicts.into_iter().max_by_key(|verdict| verdict.code()).unwrap_or(Exit::Ok)
}

fn failed(error: &ReplayError) -> Exit {
    eprintln!("error: {error}");
    Exit::Environment
}

/// What a caller sent.
enum Sent {
    Sound(Vec<u8>),
    Captured(Box<pcap::Captured>),
}

/// Runs what a caller sent, and tells what was decided.
fn heard(args: &Args, file: &Path) -> Result<Exit, Exit> {
    let sent = sent(args, file).map_err(|error| {
        eprintln!("error: {error}");
        Exit::Environment
    })?;
    let bundle = bundle::load(&args.root).map_err(refused)?;
    let replies = args.replies.as_deref().map(Replies::read).transpose().map_err(|error| {
        eprintln!("error: {error}");
        Exit::Environment
    })?;
    let replies = replies.unwrap_or_default();
    let lines = match &sent {
        Sent::Sound(sound) => audio::call(&bundle, args.called.as_deref().unwrap_or(CALLED), sound, replies),
        Sent::Captured(captured) => pcap::call(&bundle, captured, args.called.as_deref(), replies),
    };
    if args.trace {
        lines.iter().for_each(|line| say(json(line)));
    } else {
        story(&bundle.program, &lines).iter().for_each(say);
    }
    Ok(Exit::Ok)
}

/// A WAV file by its ending; anything else is a capture.
fn sent(args: &Args, file: &Path) -> Result<Sent, Box<dyn std::error::Error>> {
    if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav")) {
        return Ok(Sent::Sound(audio::sound(file)?));
    }
    let capture = capture::read(file)?;
    let passed_over = capture.fragments + capture.cut;
    if passed_over > 0 {
        eprintln!("note: {} fragments and {} cut packets are passed over", capture.fragments, capture.cut);
    }
    Ok(Sent::Captured(Box::new(pcap::find(&capture, args.caller)?)))
}

fn redact(args: &Args, logs: &[PathBuf], out: &Path) -> Exit {
    let [log] = logs else {
        eprintln!("error: expected one log to redact, came {}", logs.len());
        return Exit::Usage;
    };
    match Archive::new(args.data.as_deref()).redact(log, out) {
        Ok(lines) => {
            say(format_args!("{}: the same decisions of nobody, {lines} lines", out.display()));
            Exit::Ok
        }
        Err(error @ ReplayError::Redact { .. }) => {
            eprintln!("error: {error}");
            Exit::Failed
        }
        Err(error) => failed(&error),
    }
}

fn unsealed(args: &Args, archive: &mut Archive, path: &Path, key: &SealKey) -> Exit {
    match archive.unsealed(path, key) {
        Ok(Unsealed { replay, truths }) => {
            let log = path.display();
            match truths {
                Some(truths) => say(format_args!("{log}: {truths} true keys and utterances are unsealed")),
                None => say(format_args!("{log}: nothing is sealed beside it: nothing was private, or it has been deleted")),
            }
            verdict(args, path, &replay)
        }
        Err(error) => failed(&error),
    }
}

fn one(args: &Args, archive: &mut Archive, path: &Path) -> Exit {
    match archive.replay(path) {
        Ok(replayed) => verdict(args, path, &replayed),
        Err(error) => failed(&error),
    }
}

fn verdict(args: &Args, path: &Path, replayed: &Replay) -> Exit {
    if args.trace {
        replayed.lines.iter().for_each(|line| say(json(line)));
    }
    match &replayed.diverged {
        None => {
            say(format_args!("{}: the same decisions, {} lines", path.display(), replayed.lines.len()));
            Exit::Ok
        }
        Some(Divergence { line, then, now }) => {
            say(format_args!("{}: diverged at line {line} after the opening", path.display()));
            say(format_args!("  then: {}", then.as_ref().map_or("nothing".to_owned(), json)));
            say(format_args!("  now:  {}", now.as_ref().map_or("nothing".to_owned(), json)));
            Exit::Failed
        }
    }
}

fn json(line: &Line) -> String {
    serde_json::to_string(line).unwrap_or_else(|error| error.to_string())
}

/// Runs each on another bundle, and says what changes.
fn changed(args: &Args, name: &str, logs: &[PathBuf]) -> Exit {
    let mut archive = Archive::new(args.data.as_deref());
    let target = match Target::open(name, &mut archive, &logs[0]) {
        Ok(target) => target,
        Err(ReplayError::Load(error)) => return refused(error),
        Err(error) => return failed(&error),
    };
    let mut compared = Vec::new();
    let mut exits = Vec::new();
    for path in logs {
        match against::compare(path, &mut archive, &target) {
            Ok(mut call) => {
                exits.push(if call.verdict == Verdict::Same { Exit::Ok } else { Exit::Failed });
                if args.format == Format::Text {
                    show(&call, name);
                    call.diff = Vec::new(); // shown: a hundred thousand of them need not be kept
                }
                compared.push(call);
            }
            Err(error) => exits.push(failed(&error)),
        }
    }
    conclude(args.format, &compared);
    worst(exits)
}

fn show(call: &Compared, name: &str) {
    let log = call.log.display();
    match call.verdict {
        Verdict::Same => say(format_args!("{log}: the same decisions")),
        Verdict::Unequal => say(format_args!("{log}: does not replay on its own bundle; see `dauys replay {log}`")),
        Verdict::Changed | Verdict::Diverged => {
            say(format_args!("--- {log}\n+++ {name}"));
            call.diff.iter().for_each(say);
            if let Some(what) = &call.unanswered {
                say(format_args!("!diverged  the log has {what}"));
            }
            if call.unused > 0 {
                say(format_args!("!unused    {} keys and utterances of the caller meet no question", call.unused));
            }
        }
    }
}

fn conclude(format: Format, compared: &[Compared]) {
    #[derive(Serialize)]
    struct All<'a> {
        calls: &'a [Compared],
        summary: Summary,
    }
    let summary = Summary::of(compared);
    match format {
        Format::Text => summarize(&summary),
        Format::Json => say(serde_json::to_string(&All { calls: compared, summary }).unwrap_or_else(|error| error.to_string())),
    }
}

fn summarize(summary: &Summary) {
    let Summary { calls, same, changed, diverged, unequal, forks } = summary;
    say(format_args!("{calls} calls: {same} the same, {changed} changed, {diverged} diverged, {unequal} not equal on their own bundle"));
    let width = forks.iter().map(|fork| fork.at.step.chars().count()).max().unwrap_or(0);
    for Forked { at, then, now, calls } in forks {
        let lang = at.lang.map_or("--".to_owned(), |lang| lang.to_string());
        let [then, now] = [then, now].map(|outcome| outcome.as_deref().unwrap_or("?"));
        say(format_args!("{calls:>6}  {:<width$}  {lang}  {then} -> {now}", at.step));
    }
}
