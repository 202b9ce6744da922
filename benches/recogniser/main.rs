//! What it costs to hear an answer of three seconds: features, network, and the sentences of a question. It measures, and judges nothing.
//!
//! Without `--model DIR` the network has random weights of the shipped size: as quick as a trained one, but its letters are noise, so the decoder gives up later than it would.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may stop at the first surprise, and prints")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use dauys::speech::embedded::Embedded;
use dauys::speech::embedded::features::Features;
use dauys::speech::embedded::letters::{ALPHABET, LETTERS};
use dauys::speech::embedded::model::Model;
use dauys::speech::embedded::question::Question;
use dauys_core::calendar::{Date, Time};
use dauys_core::grammar::graph::Asked;
use dauys_core::grammar::phrase::Phrases;
use dauys_core::grammar::{Among, Context, Grammar};
use safetensors::{Dtype, tensor::TensorView};
use sha2::{Digest, Sha256};

const SECONDS: usize = 3;
const CHANNELS: usize = 320;
const ROUNDS: usize = 30;
const PHRASES: usize = 400;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let named = arguments.iter().position(|argument| argument == "--model").and_then(|at| arguments.get(at + 1)).map(PathBuf::from);
    let made = tempfile::tempdir().unwrap();
    let folder = named.unwrap_or_else(|| random_model(made.path().to_owned()));
    let began = Instant::now();
    let engine = Embedded::new(Model::open(&folder).unwrap());
    println!("model read in {:.0} ms", 1_000.0 * began.elapsed().as_secs_f64());

    let voice = voice();
    let features = Features::default();
    tell("features", || features.of(&voice, engine.model().network.prior()));
    tell("features and network", || engine.letters(&voice));
    let letters = engine.letters(&voice);
    for (name, asked) in questions() {
        let began = Instant::now();
        let question = Question::new(asked);
        let opened = 1_000.0 * began.elapsed().as_secs_f64();
        tell(&format!("{name}: {} states, ready in {opened:.1} ms", question.trie().len()), || engine.found(&letters, &question));
    }
}

/// The median time of a thing, and its share of the sound's.
fn tell<T>(name: &str, thing: impl Fn() -> T) {
    let mut took: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            std::hint::black_box(thing());
            began.elapsed().as_secs_f64()
        })
        .collect();
    took.sort_by(f64::total_cmp);
    let median = took[ROUNDS / 2];
    println!("{name}: {:.2} ms, {:.5} of real time", 1_000.0 * median, median / SECONDS as f64);
}

/// A tone that comes and goes.
fn voice() -> Vec<i16> {
    (0..8_000 * SECONDS).map(|at| at as f64).map(|at| (9_000.0 * (at * 0.21).sin() * (at * 0.0013).sin()) as i16).collect()
}

fn questions() -> Vec<(&'static str, Asked)> {
    let time = |hour| Time::on_the_hour(hour);
    let context = Context { today: Date::parse("2026-11-23").unwrap(), now: time(10), opens: time(9), closes: time(20) };
    let asked = |grammar| Asked::grammar(grammar, context);
    let choices: Vec<String> = (0..PHRASES).map(phrase).collect();
    vec![
        ("yes or no", asked(Grammar::YesNo)),
        ("400 phrases", Asked::choice(Phrases::of(choices.iter().enumerate().map(|(at, phrase)| (phrase.as_str(), at))), context)),
        ("an IIN", asked(Grammar::Iin)),
        ("a telephone number", asked(Grammar::Phone)),
        ("a day", asked(Grammar::Date { days: 30 })),
        ("a time", asked(Grammar::Time)),
        ("a city", asked(Grammar::Place { among: Among::Cities })),
    ]
}

/// Two or three words of two to four syllables.
fn phrase(at: usize) -> String {
    let syllables = ["ку", "ра", "мен", "ла", "тұ", "сы", "бек", "но", "ши", "дар", "го", "лық"];
    let word =
        |seed: usize| (0..2 + seed % 3).map(|place| syllables[(seed * 7 + place * (5 + seed % 11)) % syllables.len()]).collect::<String>();
    (0..2 + at % 2).map(|place| word(at * 3 + place * 17 + 1)).collect::<Vec<_>>().join(" ")
}

/// A model of the shipped size that knows nothing.
fn random_model(folder: PathBuf) -> PathBuf {
    let shapes: Vec<(String, Vec<usize>)> = [("first", vec![CHANNELS, 40, 9]), ("last", vec![LETTERS, CHANNELS])]
        .into_iter()
        .map(|(name, shape)| (name.to_owned(), shape))
        .chain((0..8).map(|at| (format!("block{at}"), vec![CHANNELS, CHANNELS, 3])))
        .flat_map(|(name, shape)| [(format!("{name}.bias"), vec![shape[0]]), (format!("{name}.weight"), shape)])
        .chain([("prior".to_owned(), vec![40])])
        .collect();
    let mut dice = 1_u32;
    let mut small = || {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        0x2400 | (dice >> 16) as u16 & 0x83FF // about 1/64, of either sign
    };
    let data: BTreeMap<&str, Vec<u8>> = shapes
        .iter()
        .map(|(name, shape)| (name.as_str(), (0..shape.iter().product()).flat_map(|_| small().to_le_bytes()).collect()))
        .collect();
    let tensors = shapes.iter().map(|(name, shape)| (name, TensorView::new(Dtype::F16, shape.clone(), &data[name.as_str()]).unwrap()));
    let weights = safetensors::serialize(tensors, None).unwrap();
    let sha256: String = Sha256::digest(&weights).iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(folder.join("network.safetensors"), weights).unwrap();
    std::fs::write(folder.join("model.json"), serde_json::json!({"sha256": sha256, "letters": ALPHABET}).to_string()).unwrap();
    folder
}
