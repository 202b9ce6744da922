//! A model as `training/` exports it: a folder with the weights, and a card that says what they are and from when on they are believed.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use dauys_core::heard::CERTAIN;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::letters::ALPHABET;
use super::network::{self, Network, NetworkError};
use super::question::Class;
use crate::files;

/// The weights.
const WEIGHTS: &str = "network.safetensors";
/// The card.
const CARD: &str = "model.json";
/// The most bytes of a card.
const CARD_BYTES_MAX: usize = 256 << 10;

/// A model that was read.
#[derive(Debug)]
pub struct Model {
    /// The weights.
    pub network: Network,
    card: Card,
}

/// What the card says, as far as the engine asks.
#[derive(Debug, Deserialize)]
struct Card {
    /// Of the weights.
    sha256: String,
    /// What the network writes.
    letters: String,
    #[serde(default)]
    thresholds: BTreeMap<Class, Threshold>,
}

/// From when on a kind of answers is believed. Confidence is how far a path runs below the best path of any letters, per frame.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Below it, nothing of the grammar was said.
    pub reject: f32,
    /// From it on, there is no need to ask.
    pub accept: f32,
    /// Two meanings nearer to each other than this are a tie.
    pub margin: f32,
}

/// What the thresholds become in thousandths: those that flows have unless they say otherwise.
pub const REJECT: u16 = 300;
/// See [`REJECT`].
pub const ACCEPT: u16 = 600;

/// For grammars of which the card says nothing.
const USUAL: Threshold = Threshold { reject: -0.4, accept: -0.2, margin: 0.02 };

impl Threshold {
    /// A confidence in thousandths: a line from one threshold to the other, and on to certainty.
    pub fn permille(self, confidence: f32) -> u16 {
        let between = |from: f32, to: f32| ((confidence - from) / (to - from).max(f32::EPSILON)).clamp(0.0, 1.0);
        let [reject, accept, certain] = [REJECT, ACCEPT, CERTAIN].map(f32::from);
        let permille = if confidence >= self.accept {
            accept + between(self.accept, 0.0) * (certain - accept)
        } else if confidence >= self.reject {
            reject + between(self.reject, self.accept) * (accept - 1.0 - reject)
        } else {
            between(2.0 * self.reject, self.reject) * (reject - 1.0)
        };
        permille as u16
    }

    fn is_sound(self) -> bool {
        self.reject.is_finite() && self.accept.is_finite() && self.reject < self.accept && self.accept < 0.0 && self.margin >= 0.0
    }
}

/// Why there is no model.
#[derive(Debug, Error)]
pub enum ModelError {
    /// There is no such folder.
    #[error("expected a model at {0}, found none: train and export one (training/README.md), or name another with --model")]
    None(PathBuf),
    /// A file of it cannot be read.
    #[error("{path}: {why}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// The card is no card.
    #[error("{path}: {why}")]
    Card {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The weights are no weights.
    #[error("{path}: {why}")]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        why: NetworkError,
    },
    /// The weights are not those of the card.
    #[error("{path}: expected sha256 {expected}, as the card says, came {came}: the file is damaged or of another model")]
    Other {
        /// The file.
        path: PathBuf,
        /// What the card says.
        expected: String,
        /// What it is.
        came: String,
    },
}

impl Model {
    /// Reads a model.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        if !folder.is_dir() {
            return Err(ModelError::None(folder.to_owned()));
        }
        let (card_path, path) = (folder.join(CARD), folder.join(WEIGHTS));
        let card = card(&bytes(&card_path, CARD_BYTES_MAX)?).map_err(|why| ModelError::Card { path: card_path, why })?;
        let weights = bytes(&path, network::FILE_BYTES_MAX)?;
        let came: String = Sha256::digest(&weights).iter().map(|byte| format!("{byte:02x}")).collect();
        if came != card.sha256 {
            return Err(ModelError::Other { path, expected: card.sha256, came });
        }
        let network = Network::read(&weights).map_err(|why| ModelError::Weights { path, why })?;
        Ok(Self { network, card })
    }

    /// From when on answers of a kind are believed.
    pub fn threshold(&self, class: Class) -> Threshold {
        self.card.thresholds.get(&class).copied().unwrap_or(USUAL)
    }
}

fn card(bytes: &[u8]) -> Result<Card, String> {
    let card: Card = serde_json::from_slice(bytes).map_err(|why| why.to_string())?;
    if card.letters != ALPHABET {
        return Err(format!("expected the letters `{ALPHABET}`, came `{}`", card.letters.chars().take(99).collect::<String>()));
    }
    match card.thresholds.iter().find(|(_, threshold)| !threshold.is_sound()) {
        Some((class, threshold)) => {
            Err(format!("expected reject < accept < 0 and a margin of 0 or more for {class:?}, came {threshold:?}"))
        }
        None => Ok(card),
    }
}

fn bytes(path: &Path, most: usize) -> Result<Vec<u8>, ModelError> {
    files::read(path, most as u64).map_err(|why| ModelError::Read { path: path.to_owned(), why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_a_line_through_both_thresholds() {
        let threshold = Threshold { reject: -1.0, accept: -0.4, margin: 0.0 };
        for (confidence, permille) in [(0.0, 1_000), (-0.2, 800), (-0.4, 600), (-0.7, 449), (-1.0, 300), (-1.5, 149), (-2.0, 0), (-9.0, 0)]
        {
            assert!(threshold.permille(confidence).abs_diff(permille) <= 1, "{confidence}: {}", threshold.permille(confidence));
        }
        assert!(threshold.permille(-0.4001) < ACCEPT && threshold.permille(-1.0001) < REJECT);
        assert_eq!(threshold.permille(f32::NEG_INFINITY), 0);
    }
}
