//! `dauys router`.
//!
//! Reads utterances and prints how well the topic router of a bundle does; what an utterance means and what counts as right is the core's to know.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use dauys_core::flow::graph::Program;
use dauys_core::router::eval::{Case, Figures, Strange, cross_validated, held_out};
use dauys_core::router::{Topic, Verdict};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Exit, Format, refused};
use crate::{bundle, files};

/// What `router` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub task: Task,
}

/// What `router` can do.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Task {
    /// Count how often the right topic is found
    Eval(EvalArgs),
    /// Show why an utterance means what it means
    Explain {
        /// What a caller says
        #[arg(value_name = "TEXT")]
        text: String,
        /// What holds flows/ and prompts/
        #[arg(long, value_name = "DIR", default_value = ".")]
        root: PathBuf,
    },
}

/// What `router eval` takes. Without files, the phrases of the topics themselves are tried.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct EvalArgs {
    /// Utterances that ask for topics: topic, language (kk, ru or mixed) and utterance, tab-separated
    #[arg(long, value_name = "FILE.tsv")]
    pub fresh: Option<PathBuf>,
    /// Utterances that ask for nothing of ours: language and utterance, tab-separated
    #[arg(long, value_name = "FILE.tsv")]
    pub foreign: Option<PathBuf>,
    /// What holds flows/ and prompts/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The most bytes of a file of utterances.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// How many topics an explanation shows.
const SHOWN: usize = 5;
/// How many confusions the text shows.
const CONFUSIONS: usize = 12;
/// One phrase in so many is held out.
const HELD_OUT: u8 = 5;

/// Figures or an explanation: 0; 1 when the flows do not load; 2 when a file of utterances is wrong, 3 when it cannot be read.
pub fn run(args: &Args) -> Exit {
    match &args.task {
        Task::Eval(args) => eval(args),
        Task::Explain { text, root } => match bundle::program(root) {
            Ok(program) => printed(&explained(&program, text)),
            Err(error) => refused(error),
        },
    }
}

fn eval(args: &EvalArgs) -> Exit {
    let program = match bundle::program(&args.root) {
        Ok(program) => program,
        Err(error) => return refused(error),
    };
    match report(&program, args) {
        Ok(report) => printed(&match args.format {
            Format::Text => report.text(&program),
            Format::Json => report.json(&program).to_string(),
        }),
        Err((why, exit)) => {
            let _ = writeln!(io::stderr(), "dauys router eval: {why}");
            exit
        }
    }
}

fn printed(text: &str) -> Exit {
    match writeln!(io::stdout(), "{}", text.trim_end()) {
        Ok(()) => Exit::Ok,
        Err(_) => Exit::Environment, // nobody reads
    }
}

/// What was counted: sets of utterances by name.
struct Report {
    known: Vec<(&'static str, Figures)>,
    foreign: Option<(Vec<String>, Strange)>,
}

fn report(program: &Program, args: &EvalArgs) -> Result<Report, (String, Exit)> {
    let mut report = Report { known: Vec::new(), foreign: None };
    if let Some(file) = &args.fresh {
        let cases = cases(&read(file)?, program).map_err(|why| (format!("{}: {why}", file.display()), Exit::Usage))?;
        report.known.push(("fresh", Figures::of(&program.router, &cases)));
    }
    if let Some(file) = &args.foreign {
        let texts = foreign(&read(file)?).map_err(|why| (format!("{}: {why}", file.display()), Exit::Usage))?;
        let strange = Strange::of(&program.router, texts.iter().map(String::as_str));
        report.foreign = Some((texts, strange));
    }
    if args.fresh.is_none() && args.foreign.is_none() {
        let topics: Vec<Topic> = program.topics.iter().map(|topic| topic.asked()).collect();
        let phrases: Vec<usize> = program.topics.iter().map(|topic| topic.phrases.len()).collect();
        let is_title =
            |text: &str| program.topics.iter().any(|topic| [&topic.title.kk, &topic.title.ru].into_iter().any(|title| title == text));
        report.known.push(("cross_validated", cross_validated(&topics, &phrases, program.router.concepts())));
        report.known.push(("held_out", held_out(&topics, program.router.concepts(), |text| is_held_out(text) && !is_title(text))));
    }
    Ok(report)
}

/// The same phrases on every machine, whatever else changes.
fn is_held_out(phrase: &str) -> bool {
    Sha256::digest(phrase.as_bytes())[0].is_multiple_of(HELD_OUT)
}

fn read(path: &Path) -> Result<String, (String, Exit)> {
    files::read_text(path, FILE_BYTES_MAX).map_err(|why| (format!("{}: {why}", path.display()), Exit::from(&why)))
}

/// The cells of each line that has any; a line that begins with `#` is a remark.
fn rows<const N: usize>(text: &str, expected: &'static str) -> Result<Vec<(usize, [String; N])>, String> {
    let lines = text.trim_start_matches('\u{feff}').lines().zip(1..).filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'));
    let rows = lines.map(|(line, number)| {
        let cells: Vec<String> = line.split('\t').map(|cell| cell.trim().to_owned()).collect();
        let came = cells.len();
        let cells =
            <[String; N]>::try_from(cells).map_err(|_| format!("line {number}: expected {expected}, tab-separated, found {came} cells"))?;
        match cells.iter().all(|cell| !cell.is_empty()) {
            true => Ok((number, cells)),
            false => Err(format!("line {number}: expected {expected}, found an empty cell")),
        }
    });
    let rows = rows.collect::<Result<Vec<_>, String>>()?;
    if rows.is_empty() { Err(format!("expected lines of {expected}, found none")) } else { Ok(rows) }
}

fn cases(text: &str, program: &Program) -> Result<Vec<Case>, String> {
    let case = |(number, [topic, lang, text]): (usize, [String; 3])| {
        judge_language(number, &lang)?;
        let place = program.topics.iter().position(|known| known.id == topic);
        let topic = place.ok_or_else(|| format!("line {number}: there is no topic `{topic}`{}", nearest(&topic, program)))?;
        Ok(Case { topic, text })
    };
    rows(text, "topic, language and utterance")?.into_iter().map(case).collect()
}

fn foreign(text: &str) -> Result<Vec<String>, String> {
    let row = |(number, [lang, text]): (usize, [String; 2])| judge_language(number, &lang).map(|()| text);
    rows(text, "language and utterance")?.into_iter().map(row).collect()
}

fn judge_language(number: usize, lang: &str) -> Result<(), String> {
    match lang {
        "kk" | "ru" | "mixed" => Ok(()),
        other => Err(format!("line {number}: expected kk, ru or mixed, found `{other}`")),
    }
}

fn nearest(name: &str, program: &Program) -> String {
    let alike = |known: &&str| strsim::damerau_levenshtein(name, known);
    let found = program.topics.iter().map(|topic| topic.id.as_str()).min_by_key(alike);
    found.filter(|known| alike(known) <= 3).map_or_else(String::new, |known| format!("; did you mean `{known}`?"))
}

impl Report {
    fn text(&self, program: &Program) -> String {
        let mut text = String::new();
        for (name, figures) in &self.known {
            text += &told(name, figures, program);
        }
        if let Some((texts, strange)) = &self.foreign {
            let of = |count| share(count, strange.utterances);
            let _ = writeln!(text, "foreign: {} utterances", strange.utterances);
            let _ = writeln!(
                text,
                "  rejected {}, asked {}, taken for a topic {}",
                of(strange.rejected),
                of(strange.asked),
                of(strange.matched.len())
            );
            for (at, topic) in &strange.matched {
                let _ = writeln!(text, "  {} <- {}", program.topics[*topic].id, texts[*at]);
            }
        }
        text
    }

    fn json(&self, program: &Program) -> Value {
        let mut object = Map::from_iter([("version".to_owned(), json!(1))]);
        object.extend(self.known.iter().map(|(name, figures)| ((*name).to_owned(), written(figures, program))));
        if let Some((texts, strange)) = &self.foreign {
            let share = |count| portion(count, strange.utterances);
            let matched: Vec<Value> =
                strange.matched.iter().map(|(at, topic)| json!({"utterance": texts[*at], "topic": program.topics[*topic].id})).collect();
            let value = json!({
                "utterances": strange.utterances,
                "rejected": share(strange.rejected),
                "asked": share(strange.asked),
                "taken_for_a_topic": share(strange.matched.len()),
                "wrong": matched,
            });
            object.insert("foreign".to_owned(), value);
        }
        Value::Object(object)
    }
}

fn told(name: &str, figures: &Figures, program: &Program) -> String {
    let of = |count| share(count, figures.utterances);
    let mut text = format!("{name}: {} utterances\n", figures.utterances);
    let _ =
        writeln!(text, "  top1 {}, top3 {}, silently wrong {}", of(figures.right()), of(figures.among_three), of(figures.silently_wrong));
    let (asked, rejected) = (figures.asked_rightly + figures.asked_wrongly, figures.rejected);
    let _ =
        writeln!(text, "  asked {} (the right one not among the two: {}), rejected {}", of(asked), of(figures.asked_wrongly), of(rejected));
    let _ = writeln!(text, "  strictly: right without asking {}, ranked first {}", of(figures.matched), of(figures.first));
    for ((meant, taken), times) in figures.worst().into_iter().take(CONFUSIONS) {
        let _ = writeln!(text, "  {times} x {} taken for {}", program.topics[meant].id, program.topics[taken].id);
    }
    text
}

fn written(figures: &Figures, program: &Program) -> Value {
    let of = |count| portion(count, figures.utterances);
    let pair = |((meant, taken), times): ((usize, usize), usize)| json!({"meant": program.topics[meant].id, "taken_for": program.topics[taken].id, "times": times});
    json!({
        "utterances": figures.utterances,
        "top1": of(figures.right()),
        "top3": of(figures.among_three),
        "silently_wrong": of(figures.silently_wrong),
        "asked": of(figures.asked_rightly + figures.asked_wrongly),
        "asked_wrongly": of(figures.asked_wrongly),
        "rejected": of(figures.rejected),
        "right_without_asking": of(figures.matched),
        "ranked_first": of(figures.first),
        "confusions": figures.worst().into_iter().map(pair).collect::<Vec<_>>(),
    })
}

fn share(count: usize, all: usize) -> String {
    let permille = (count * 1_000).checked_div(all).unwrap_or(0);
    format!("{}.{} %", permille / 10, permille % 10)
}

/// From 0 to 1.
fn portion(count: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { (count as f64 / all as f64 * 10_000.0).round() / 10_000.0 }
}

fn explained(program: &Program, text: &str) -> String {
    let route = program.router.route(text);
    let id = |topic: usize| program.topics[topic].id.as_str();
    let mut told = format!("heard: {}\n", program.router.heard(text).join(" "));
    for ranked in route.ranked.iter().take(SHOWN) {
        let parts = ranked.parts;
        let _ = writeln!(
            told,
            "  {:>4}  {}  (words {}, phrase {}, letters {})",
            ranked.score,
            id(ranked.topic),
            parts.words,
            parts.phrase,
            parts.letters
        );
    }
    told + &match route.verdict {
        Verdict::Match(topic) => format!("so: {}", id(topic)),
        Verdict::Either(one, other) => format!("so: ask, {} or {}", id(one), id(other)),
        Verdict::Nothing => "so: none of ours".to_owned(),
    }
}
