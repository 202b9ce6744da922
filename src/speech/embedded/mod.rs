//! Our own recogniser: a small network for both languages, trained on synthetic speech, that hears what answers a question and little else.
//!
//! [`features`] of the sound go through the [`network`], which gives the letters of every 30 ms; [`decode`] finds the sentences of the question's grammar in them, and how far the best lies below
//! what the letters alone would say. Words come out, never a meaning: the grammars of the core run on them again. A model is a folder (`models/`), and none need be there.

pub mod decode;
pub mod features;
pub mod letters;
pub mod model;
pub mod network;
pub mod question;
pub mod trie;

use std::sync::Arc;

use dauys_core::grammar::graph::Asked;
use dauys_core::heard::{Heard, Hypothesis};

use self::decode::{Path, decoded};
use self::features::Features;
use self::letters::greedy;
use self::model::{Model, Threshold};
use self::question::Question;
use super::recognizer::{Listener, Recognizer, SAMPLES_MAX};

/// The engine's name, in logs.
pub const NAME: &str = "embedded";

/// A model, ready to hear.
pub struct Embedded {
    model: Model,
    features: Features,
}

impl Embedded {
    /// An engine of this model.
    pub fn new(model: Model) -> Self {
        Self { model, features: Features::default() }
    }

    /// The scores of letters, frame of 30 ms after frame.
    pub fn letters(&self, samples: &[i16]) -> Vec<f32> {
        let samples = &samples[..samples.len().min(SAMPLES_MAX)];
        self.model.network.letters(&self.features.of(samples, self.model.network.prior()))
    }

    /// The sentences that letters may be, one for each meaning, the likeliest first.
    pub fn found(&self, letters: &[f32], question: &Question) -> Vec<Path> {
        question.sifted(decoded(question.trie(), letters))
    }

    /// The same, with how far they are to be believed.
    pub fn believed(&self, paths: &[Path], question: &Question) -> Vec<Hypothesis> {
        hypotheses(paths, self.model.threshold(question.class()))
    }

    /// What was heard of an utterance at 8 kHz, which ended just now.
    pub fn hear(&self, samples: &[i16], question: &Question) -> Heard {
        let letters = self.letters(samples);
        let is_speech = !greedy(&letters).trim().is_empty(); // a cough and a slammed door are no letters
        let paths = if is_speech { self.found(&letters, question) } else { Vec::new() };
        let spoken_ms = u32::try_from(samples.len() / 8).unwrap_or(u32::MAX);
        Heard::new(self.believed(&paths, question), NAME, spoken_ms)
    }

    /// The model's card.
    pub fn model(&self) -> &Model {
        &self.model
    }
}

/// The paths with their confidence in thousandths. Where the second is as near as the noise, the first is no more than likely.
fn hypotheses(paths: &[Path], threshold: Threshold) -> Vec<Hypothesis> {
    let tied = paths.len() > 1 && paths[0].confidence - paths[1].confidence < threshold.margin;
    let confidence =
        |path: &Path| if tied { threshold.permille(path.confidence).min(model::ACCEPT - 1) } else { threshold.permille(path.confidence) };
    paths.iter().map(|path| Hypothesis { text: path.text.clone(), lang: path.lang, confidence: confidence(path) }).collect()
}

impl Recognizer for Arc<Embedded> {
    fn ready(&self, asked: Asked) -> Box<dyn Listener> {
        Box::new(Ready { engine: Self::clone(self), question: Question::new(asked) })
    }
}

/// The engine and a question.
struct Ready {
    engine: Arc<Embedded>,
    question: Question,
}

impl Listener for Ready {
    fn hear(&self, samples: &[i16]) -> Heard {
        self.engine.hear(samples, &self.question)
    }
}
