//! `dauys eval`.
//!
//! Listens to every voice of a manifest under its grammar, and counts: how often the right thing was heard and believed, what was taken for what, and how often speech that answers nothing was
//! believed. Nothing is judged; the figures are for whoever chooses a model or its thresholds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Exit, Format, hearing, say};
use crate::config::MODEL;
use crate::files;
use crate::speech::embedded::Embedded;
use crate::speech::embedded::model::{ACCEPT, REJECT};
use crate::speech::embedded::question::Question;

/// What `eval` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// Voices, tab-separated: path (from the manifest's folder), language, grammar (- for speech that answers nothing), expected words
    #[arg(value_name = "MANIFEST.tsv")]
    pub manifest: PathBuf,
    /// The recogniser's model
    #[arg(long, value_name = "DIR", default_value = MODEL)]
    pub model: PathBuf,
    /// Also with white noise so many dB below the voice
    #[arg(long, value_name = "DB", value_delimiter = ',', allow_negative_numbers = true)]
    pub noise: Vec<i8>,
    /// Of speech that answers nothing, so many per cent may be believed: prints the confidence from which on that holds
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub false_accepts: Option<u8>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The most bytes of a manifest.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// The most grammars of a manifest: each is kept ready.
const GRAMMARS_MAX: usize = 64;
/// How many confusions are shown.
const CONFUSIONS: usize = 12;
/// The grammar of speech that answers nothing.
const NOTHING: &str = "-";

/// Figures: 0; 2 when the manifest is wrong, 3 when it, a voice or the model cannot be read.
pub fn run(args: &Args) -> Exit {
    match tried(args) {
        Ok(trial) => {
            match args.format {
                Format::Text => trial.text(args.false_accepts).iter().for_each(say),
                Format::Json => say(trial.json(args.false_accepts)),
            }
            Exit::Ok
        }
        Err((why, exit)) => {
            eprintln!("dauys eval: {why}");
            exit
        }
    }
}

/// A line of the manifest.
struct Row<'a> {
    path: PathBuf,
    lang: &'a str,
    grammar: &'a str,
    expected: &'a str,
}

/// What became of one voice under one grammar on one line.
struct Outcome {
    lang: String,
    grammar: String,
    noise: Option<i8>,
    /// What was expected; nothing of speech that answers nothing.
    expected: Option<String>,
    heard: String,
    is_right: bool,
    permille: u16,
    confidence: f32,
}

struct Trial {
    outcomes: Vec<Outcome>,
    took: Vec<Duration>,
    sound: Duration,
}

fn tried(args: &Args) -> Result<Trial, (String, Exit)> {
    let engine = hearing::engine(&args.model).map_err(|why| (why.to_string(), Exit::Environment))?;
    let text = files::read_text(&args.manifest, FILE_BYTES_MAX)
        .map_err(|why| (format!("{}: {why}", args.manifest.display()), Exit::from(&why)))?;
    let folder = args.manifest.parent().unwrap_or(Path::new(""));
    let usage = |why| (format!("{}: {why}", args.manifest.display()), Exit::Usage);
    let rows = rows(&text, folder).map_err(usage)?;
    let questions = questions(&rows).map_err(usage)?;
    let mut trial = Trial { outcomes: Vec::new(), took: Vec::new(), sound: Duration::ZERO };
    for row in &rows {
        let samples = hearing::samples(&row.path).map_err(|why| (why, Exit::Environment))?;
        for noise in [None].into_iter().chain(args.noise.iter().copied().map(Some)) {
            let samples = noise.map_or_else(|| samples.clone(), |db| with_noise(&samples, db));
            trial.listen(&engine, &samples, row, &questions, noise);
        }
    }
    Ok(trial)
}

fn rows<'a>(text: &'a str, folder: &Path) -> Result<Vec<Row<'a>>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let row = |(at, line): (usize, &'a str)| match line.split('\t').collect::<Vec<_>>()[..] {
        [path, lang, grammar, ref rest @ ..]
            if !path.is_empty() && (grammar == NOTHING || rest.first().is_some_and(|words| !words.is_empty())) =>
        {
            Ok(Row { path: folder.join(path), lang, grammar, expected: rest.first().copied().unwrap_or("") })
        }
        _ => Err(format!("line {}: expected path, language, grammar and the expected words, tab-separated", at + 1)),
    };
    lines.map(row).collect()
}

/// The questions of all grammars that the manifest names.
fn questions<'a>(rows: &[Row<'a>]) -> Result<BTreeMap<&'a str, Question>, String> {
    let mut questions = BTreeMap::new();
    for row in rows.iter().filter(|row| row.grammar != NOTHING) {
        if !questions.contains_key(row.grammar) {
            questions.insert(row.grammar, hearing::question(row.grammar)?);
        }
        if questions.len() > GRAMMARS_MAX {
            return Err(format!("expected at most {GRAMMARS_MAX} grammars"));
        }
    }
    Ok(questions)
}

/// White noise, the same for every voice, so far below its mean level.
fn with_noise(samples: &[i16], db: i8) -> Vec<i16> {
    let energy = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
    let level = energy.sqrt() / 10_f64.powf(f64::from(db) / 20.0);
    let mut state = 7_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / 8_388_608.0 - 1.0
    };
    samples.iter().map(|sample| (f64::from(*sample) + level * 3_f64.sqrt() * noise()) as i16).collect() // `as` saturates
}

impl Trial {
    /// Speech that answers nothing is tried under every grammar.
    fn listen(&mut self, engine: &Embedded, samples: &[i16], row: &Row<'_>, questions: &BTreeMap<&str, Question>, noise: Option<i8>) {
        self.sound += Duration::from_millis(samples.len() as u64 / 8);
        let began = Instant::now();
        let letters = engine.letters(samples);
        let network = began.elapsed();
        for (grammar, question) in questions.iter().filter(|(grammar, _)| row.grammar == NOTHING || row.grammar == **grammar) {
            let began = Instant::now();
            let paths = engine.found(&letters, question);
            let best = engine.believed(&paths, question).into_iter().next();
            self.took.push(network + began.elapsed());
            let heard = best.as_ref().map_or("", |best| best.text.as_str());
            let expected = (row.grammar != NOTHING).then(|| row.expected.to_owned());
            self.outcomes.push(Outcome {
                lang: row.lang.to_owned(),
                grammar: (*grammar).to_owned(),
                noise,
                is_right: expected.as_ref().is_some_and(|expected| is_right(question, expected, heard)),
                expected,
                heard: heard.to_owned(),
                permille: best.as_ref().map_or(0, |best| best.confidence),
                confidence: paths.first().map_or(f32::NEG_INFINITY, |path| path.confidence),
            });
        }
    }

    /// Figures by language, grammar and noise.
    fn figures(&self) -> BTreeMap<(String, String, Option<i8>), Figures> {
        let mut all: BTreeMap<_, Figures> = BTreeMap::new();
        for outcome in &self.outcomes {
            let key = (outcome.lang.clone(), outcome.grammar.clone(), outcome.noise);
            all.entry(key).or_default().add(outcome);
        }
        all
    }

    /// What was taken for what, by how often.
    fn confusions(&self) -> Vec<(usize, String)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for outcome in self.outcomes.iter().filter(|outcome| !outcome.is_right && outcome.permille >= REJECT) {
            if let Some(expected) = &outcome.expected {
                *counts.entry(format!("{expected} -> {}", outcome.heard)).or_default() += 1;
            }
        }
        let mut counts: Vec<(usize, String)> = counts.into_iter().map(|(pair, count)| (count, pair)).collect();
        counts.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        counts.truncate(CONFUSIONS);
        counts
    }

    /// The confidence that at most so many per cent of speech without answer surpass, on a quiet line, by grammar; and of the answers those that are right and surpass it.
    fn thresholds(&self, percent: u8) -> Vec<(String, f32, usize, usize)> {
        let quiet = || self.outcomes.iter().filter(|outcome| outcome.noise.is_none());
        let mut outside: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
        for outcome in quiet().filter(|outcome| outcome.expected.is_none()) {
            outside.entry(&outcome.grammar).or_default().push(outcome.confidence);
        }
        let each = outside.into_iter().filter_map(|(grammar, mut all)| {
            all.sort_by(f32::total_cmp);
            let threshold = *all.get((all.len() * usize::from(100 - percent) / 100).min(all.len() - 1))?;
            let asked: Vec<&Outcome> = quiet().filter(|outcome| outcome.grammar == grammar && outcome.expected.is_some()).collect();
            let right = asked.iter().filter(|outcome| outcome.is_right && outcome.confidence >= threshold).count();
            Some((grammar.to_owned(), threshold, right, asked.len()))
        });
        each.collect()
    }

    /// The median, and what one in twenty surpasses.
    fn latency(&self) -> [Duration; 2] {
        let mut took = self.took.clone();
        took.sort_unstable();
        [50, 95].map(|percent| took.get((took.len() * percent / 100).min(took.len().saturating_sub(1))).copied().unwrap_or_default())
    }

    fn text(&self, false_accepts: Option<u8>) -> Vec<String> {
        let mut lines =
            vec!["lang\tgrammar\tnoise\tn\tright\ttaken right\t95 %\ttaken wrong\tasked back\tnothing heard\tfalse accepts".to_owned()];
        for ((lang, grammar, noise), figures) in self.figures() {
            lines.push(format!("{lang}\t{}\t{}\t{}", short(&grammar), noise_name(noise), figures.text()));
        }
        lines.extend(self.confusions().into_iter().map(|(count, pair)| format!("{count} times {pair}")));
        if let Some(percent) = false_accepts {
            lines.extend(self.thresholds(percent).into_iter().map(|(grammar, threshold, right, asked)| {
                format!("{}: {threshold:.3} believes {percent} % of what answers nothing, and {right} right of {asked}", short(&grammar))
            }));
        }
        let [median, most] = self.latency().map(|took| took.as_secs_f32() * 1_000.0);
        lines.push(format!(
            "{:.0} s of sound; an answer took {median:.1} ms in the median, {most:.1} ms at the 95th percentile",
            self.sound.as_secs_f32()
        ));
        lines
    }

    fn json(&self, false_accepts: Option<u8>) -> Value {
        let figures = self.figures().into_iter().map(|((lang, grammar, noise), figures)| {
            let mut told = figures.json();
            told["lang"] = lang.into();
            told["grammar"] = grammar.into();
            told["noise_db"] = noise.into();
            told
        });
        let confusions = self.confusions().into_iter().map(|(count, pair)| json!({"count": count, "pair": pair}));
        let thresholds = false_accepts.map(|percent| self.thresholds(percent)).unwrap_or_default();
        let thresholds = thresholds
            .into_iter()
            .map(|(grammar, threshold, right, asked)| json!({"grammar": grammar, "threshold": threshold, "right": right, "asked": asked}));
        let [median, most] = self.latency().map(|took| took.as_micros() as u64);
        json!({
            "figures": figures.collect::<Vec<_>>(),
            "confusions": confusions.collect::<Vec<_>>(),
            "thresholds": thresholds.collect::<Vec<_>>(),
            "latency_us": {"p50": median, "p95": most},
        })
    }
}

/// Whether what was heard means what was expected; words that mean nothing must be the same words.
fn is_right(question: &Question, expected: &str, heard: &str) -> bool {
    match question.meaning(expected) {
        Some(meaning) => question.meaning(heard) == Some(meaning),
        None => dauys_core::grammar::words(expected) == dauys_core::grammar::words(heard),
    }
}

/// Counts of one language, grammar and line.
#[derive(Default)]
struct Figures {
    asked: usize,
    right: usize,
    taken_right: usize,
    taken_wrong: usize,
    asked_back: usize,
    outside: usize,
    false_accepts: usize,
}

impl Figures {
    fn add(&mut self, outcome: &Outcome) {
        let taken = outcome.permille >= ACCEPT;
        if outcome.expected.is_none() {
            self.outside += 1;
            self.false_accepts += usize::from(taken);
            return;
        }
        self.asked += 1;
        self.right += usize::from(outcome.is_right);
        self.taken_right += usize::from(taken && outcome.is_right);
        self.taken_wrong += usize::from(taken && !outcome.is_right);
        self.asked_back += usize::from(!taken && outcome.permille >= REJECT);
    }

    fn nothing(&self) -> usize {
        self.asked - self.taken_right - self.taken_wrong - self.asked_back
    }

    fn text(&self) -> String {
        let of = |count| percent(count, self.asked);
        let (low, high) = wilson(self.taken_right, self.asked);
        format!(
            "{}\t{}\t{}\t{:.1}-{:.1}\t{}\t{}\t{}\t{}",
            self.asked,
            of(self.right),
            of(self.taken_right),
            100.0 * low,
            100.0 * high,
            of(self.taken_wrong),
            of(self.asked_back),
            of(self.nothing()),
            percent(self.false_accepts, self.outside)
        )
    }

    fn json(&self) -> Value {
        let (low, high) = wilson(self.taken_right, self.asked);
        json!({
            "n": self.asked, "right": self.right, "taken_right": self.taken_right, "taken_right_from": low, "taken_right_to": high, "taken_wrong": self.taken_wrong,
            "asked_back": self.asked_back, "nothing_heard": self.nothing(), "outside": self.outside, "false_accepts": self.false_accepts,
        })
    }
}

/// The interval in which the true share lies nineteen times of twenty (Wilson).
fn wilson(right: usize, count: usize) -> (f64, f64) {
    if count == 0 {
        return (0.0, 1.0);
    }
    let (count, share, z) = (count as f64, right as f64 / count as f64, 1.96_f64);
    let (middle, whole) = (share + z * z / (2.0 * count), 1.0 + z * z / count);
    let half = z * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt();
    (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0))
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1}", 100.0 * part as f64 / whole as f64) }
}

fn noise_name(noise: Option<i8>) -> String {
    noise.map_or_else(|| "clean".to_owned(), |db| format!("{db} dB"))
}

/// A long list of choices is not printed whole.
fn short(grammar: &str) -> String {
    const SHOWN: usize = 24;
    if grammar.chars().count() <= SHOWN { grammar.to_owned() } else { grammar.chars().take(SHOWN - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        for (right, count, low, high) in [(0, 20, 0.0, 0.161), (18, 20, 0.699, 0.972), (300, 300, 0.987, 1.0), (0, 0, 0.0, 1.0)] {
            let (from, to) = wilson(right, count);
            assert!((from - low).abs() < 1e-3 && (to - high).abs() < 1e-3, "{right}/{count}: {from} {to}");
        }
    }

    #[test]
    fn a_manifest_says_in_which_line_it_is_wrong() {
        let rows = |text| rows(text, Path::new("f")).map(|rows| rows.len());
        assert_eq!(rows("# voices\na.wav\tkk\tyes_no\tиә\n\nb.wav\tru\t-\n"), Ok(2));
        for (text, line) in [("a.wav\tkk\tyes_no", 1), ("a.wav\tkk\t-\n\tru\t-", 2), ("a.wav", 1), ("a.wav\tkk\tyes_no\t", 1)] {
            assert!(rows(text).unwrap_err().starts_with(&format!("line {line}:")), "{text}");
        }
    }

    #[test]
    fn noise_is_as_loud_as_it_is_told() {
        let voice: Vec<i16> = (0..8000).map(|at| (3_000.0 * (f64::from(at) * 0.2).sin()) as i16).collect();
        let noisy = with_noise(&voice, 10);
        let energy = |samples: &[f64]| samples.iter().map(|sample| sample * sample).sum::<f64>();
        let noise: Vec<f64> = noisy.iter().zip(&voice).map(|(noisy, voice)| f64::from(*noisy) - f64::from(*voice)).collect();
        let voice: Vec<f64> = voice.into_iter().map(f64::from).collect();
        let db = 10.0 * (energy(&voice) / energy(&noise)).log10();
        assert!((db - 10.0).abs() < 0.3, "{db}");
    }
}
