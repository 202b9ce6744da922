//! `dauys hear`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use dauys_core::lang::Lang;
use serde_json::{Value, json};

use super::{Exit, Format, hearing, say};
use crate::config::MODEL;
use crate::speech::embedded::Embedded;
use crate::speech::embedded::letters::greedy;
use crate::speech::embedded::question::Question;
use crate::speech::recognizer::SAMPLES_MAX;

/// What `hear` takes.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Args {
    /// What somebody says: WAV or FLAC, of any rate from 8 kHz on
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What answers the question: yes_no, digits:12, iin, date, choice:one|another, …
    #[arg(long, value_name = "GRAMMAR")]
    pub grammar: String,
    /// The recogniser's model
    #[arg(long, value_name = "DIR", default_value = MODEL)]
    pub model: PathBuf,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What was heard: 0; 1 when nothing was; 2 when the grammar is wrong, 3 when the model or the file cannot be read.
pub fn run(args: &Args) -> Exit {
    let told = hearing::question(&args.grammar).map_err(|why| (why, Exit::Usage)).and_then(|question| {
        let engine = hearing::engine(&args.model).map_err(|why| (why.to_string(), Exit::Environment))?;
        let samples = hearing::samples(&args.file).map_err(|why| (why, Exit::Environment))?;
        Ok(Told::of(&engine, &samples, &question))
    });
    match told {
        Ok(told) => {
            match args.format {
                Format::Text => told.text().iter().for_each(say),
                Format::Json => say(told.json()),
            }
            if told.heard.is_empty() { Exit::Failed } else { Exit::Ok }
        }
        Err((why, exit)) => {
            eprintln!("dauys hear: {why}");
            exit
        }
    }
}

/// What is printed.
struct Told {
    /// Sentence, language, thousandths, confidence as the engine has it.
    heard: Vec<(String, Option<&'static str>, u16, f32)>,
    free: String,
    sound: Duration,
    network: Duration,
    decoding: Duration,
    cut: bool,
}

impl Told {
    fn of(engine: &Embedded, samples: &[i16], question: &Question) -> Self {
        let began = Instant::now();
        let letters = engine.letters(samples);
        let network = began.elapsed();
        let began = Instant::now();
        let paths = engine.found(&letters, question);
        let decoding = began.elapsed();
        let hypotheses = engine.believed(&paths, question);
        let heard = paths
            .iter()
            .zip(hypotheses)
            .map(|(path, hypothesis)| (hypothesis.text, hypothesis.lang.map(Lang::code), hypothesis.confidence, path.confidence));
        let sound = Duration::from_millis(samples.len() as u64 / 8);
        Self { heard: heard.collect(), free: greedy(&letters), sound, network, decoding, cut: samples.len() > SAMPLES_MAX }
    }

    fn text(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .heard
            .iter()
            .map(|(text, lang, permille, confidence)| format!("{permille:>4}  {}  {text}  ({confidence:.3})", lang.unwrap_or("--")))
            .collect();
        if lines.is_empty() {
            lines.push("nothing that answers the question".to_owned());
        }
        lines.push(format!("letters: {}", self.free));
        let ms = |time: Duration| time.as_secs_f32() * 1_000.0;
        lines.push(format!(
            "{:.2} s of sound, {:.1} ms for the letters, {:.1} ms for the sentences",
            self.sound.as_secs_f32(),
            ms(self.network),
            ms(self.decoding)
        ));
        if self.cut {
            lines.push(format!("only the first {} s were heard", SAMPLES_MAX / 8_000));
        }
        lines
    }

    fn json(&self) -> Value {
        let heard: Vec<Value> = self
            .heard
            .iter()
            .map(|(text, lang, permille, confidence)| json!({"text": text, "lang": lang, "permille": permille, "confidence": confidence}))
            .collect();
        let us = |time: Duration| time.as_micros() as u64;
        json!({"heard": heard, "letters": self.free, "sound_ms": self.sound.as_millis() as u64, "network_us": us(self.network), "decoding_us": us(self.decoding), "cut": self.cut})
    }
}
