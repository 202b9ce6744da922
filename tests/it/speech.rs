//! The embedded recogniser: that it agrees with the one it was trained with, and that no file breaks it.
//!
//! The model of `tests/speech/tiny` was never trained; `training/tiny.py` made it and says what should come out. A real model proves itself in the same way where there is one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dauys::speech::embedded::Embedded;
use dauys::speech::embedded::letters::LETTERS;
use dauys::speech::embedded::model::{Model, ModelError};
use dauys::speech::embedded::network::Network;
use dauys::speech::voice;
use tempfile::TempDir;

use crate::bundle::house;

fn tiny() -> PathBuf {
    house().join("tests/speech/tiny")
}

/// How far the scores of a clip are from those expected of it, at most.
fn apart(engine: &Embedded, clip: &Path) -> f32 {
    let samples = voice::read(&std::fs::read(clip).unwrap()).unwrap();
    let expected: Vec<f32> = std::fs::read(clip.with_extension("f32"))
        .unwrap()
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
        .collect();
    let came = engine.letters(&samples);
    assert_eq!(came.len(), expected.len(), "{} frames of {}", came.len() / LETTERS, clip.display());
    came.iter().zip(&expected).map(|(came, expected)| (came - expected).abs()).fold(0.0, f32::max)
}

#[test]
fn the_engine_hears_what_the_training_would() {
    let engine = Embedded::new(Model::open(&tiny()).unwrap());
    let apart = apart(&engine, &tiny().join("clip.wav"));
    assert!(apart <= 1e-3, "{apart}");
}

/// Of a model that was trained: `DAUYS_MODEL`, or the one that is shipped, where there is one.
#[test]
fn a_trained_model_agrees_with_its_golden_clips() {
    let folder = std::env::var_os("DAUYS_MODEL").map_or_else(|| house().join("models/kkru-8k-v1"), PathBuf::from);
    let Ok(clips) = std::fs::read_dir(folder.join("golden")) else { return };
    let engine = Embedded::new(Model::open(&folder).unwrap());
    let clips = clips.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|ending| ending == "wav"));
    let apart: Vec<f32> = clips.map(|clip| apart(&engine, &clip)).collect();
    assert!(!apart.is_empty() && apart.iter().all(|apart| *apart <= 1e-3), "{apart:?}");
}

#[test]
fn sounds_of_every_length_are_heard() {
    let engine = Embedded::new(Model::open(&tiny()).unwrap());
    for samples in (0_usize..2_000).step_by(37).chain([200, 279, 280, 440, 19_999, 200_000]) {
        let frames = if samples < 200 { 0 } else { ((samples.min(160_000) - 200) / 80 + 1).div_ceil(3) };
        let letters = engine.letters(&vec![i16::MIN; samples]);
        assert_eq!(letters.len(), frames * LETTERS, "{samples} samples");
        assert!(letters.iter().all(|score| score.is_finite() && *score <= 0.0));
    }
}

#[test]
fn no_cut_and_no_flipped_byte_of_weights_is_a_panic() {
    let good = std::fs::read(tiny().join("network.safetensors")).unwrap();
    assert!(Network::read(&good).is_ok());
    let header = 8 + u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    for at in (0..header).chain([header, good.len() - 1]) {
        assert!(Network::read(&good[..at]).is_err(), "cut at {at}");
        for value in [0, b'9', b'"', 0xFF] {
            let mut bad = good.clone();
            bad[at] = value;
            let _ = Network::read(&bad);
        }
    }
    assert!(Network::read(&[]).is_err());
    assert!(Network::read(&vec![0xFF; 1 << 16]).is_err());
    let mut endless = good.clone();
    endless[..8].fill(0xFF);
    assert!(Network::read(&endless).is_err());
    let mut no_number = good;
    no_number[header..header + 2].copy_from_slice(&0x7C00_u16.to_le_bytes());
    assert!(Network::read(&no_number).unwrap_err().to_string().contains("expected numbers"));
}

/// The tiny model, with a file changed.
fn changed(file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["network.safetensors", "model.json"] {
        std::fs::copy(tiny().join(name), folder.path().join(name)).unwrap();
    }
    let path = folder.path().join(file);
    std::fs::write(&path, change(std::fs::read(&path).unwrap())).unwrap();
    folder
}

#[test]
fn a_model_says_what_is_wrong_with_it() {
    let error = |folder: &TempDir| Model::open(folder.path()).unwrap_err().to_string();
    let text = |change: fn(String) -> String| move |bytes| change(String::from_utf8(bytes).unwrap()).into_bytes();
    let threshold = |numbers: &'static str| {
        move |bytes| {
            String::from_utf8(bytes).unwrap().replacen('{', &format!("{{\"thresholds\": {{\"yes_no\": {numbers}}},"), 1).into_bytes()
        }
    };
    for (folder, expected) in [
        (
            changed("network.safetensors", |mut bytes| {
                bytes[2_000] ^= 1;
                bytes
            }),
            "expected sha256",
        ),
        (changed("model.json", |_| b"{".to_vec()), "model.json"),
        (changed("model.json", |_| vec![b' '; 300 << 10]), "at most"),
        (changed("model.json", text(|card| card.replace("аб", "ба"))), "expected the letters"),
        (changed("model.json", text(|card| card.replace("\"letters\"", "\"letter\""))), "letters"),
        (changed("model.json", threshold("{\"reject\": -0.2, \"accept\": -0.4, \"margin\": 0.1}")), "reject < accept"),
        (changed("model.json", threshold("{\"reject\": -0.2, \"accept\": 0.1, \"margin\": 0.1}")), "reject < accept"),
        (changed("model.json", threshold("{\"reject\": -0.2}")), "accept"),
    ] {
        let error = error(&folder);
        assert!(error.contains(expected) && error.contains(folder.path().to_str().unwrap()), "{expected}: {error}");
    }
    assert!(Model::open(changed("model.json", threshold("{\"reject\": -0.8, \"accept\": -0.4, \"margin\": 0.1}")).path()).is_ok());
    assert!(matches!(Model::open(Path::new("/nowhere")), Err(ModelError::None(_))));
}

fn dauys(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dauys")).args(arguments).current_dir(std::env::temp_dir()).output().unwrap()
}

fn clip() -> String {
    tiny().join("clip.wav").display().to_string()
}

#[test]
fn hear_says_what_it_heard_or_why_it_cannot() {
    let model = tiny().display().to_string();
    let heard = dauys(&["hear", &clip(), "--grammar", "choice:жоқ|паспорт", "--model", &model, "--format", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&heard.stdout).unwrap();
    assert_eq!((heard.status.code(), told["sound_ms"].as_u64()), (Some(0), Some(1_300)));
    let permille: Vec<u64> = told["heard"].as_array().unwrap().iter().map(|one| one["permille"].as_u64().unwrap()).collect();
    assert!(!permille.is_empty() && permille.is_sorted_by(|one, other| one >= other), "{told}");
    for (arguments, code, expected) in [
        (vec!["hear", &clip(), "--grammar", "yes_no"], 3, "expected a model at models/kkru-8k-v1, found none"),
        (vec!["hear", "none.wav", "--grammar", "yes_no", "--model", &model], 3, "none.wav"),
        (
            vec!["hear", &tiny().join("model.json").display().to_string(), "--grammar", "yes_no", "--model", &model],
            3,
            "expected a WAV, FLAC or Opus file",
        ),
        (vec!["hear", &clip(), "--grammar", "digits:9-4", "--model", &model], 2, "expected a grammar"),
        (vec!["hear", &clip(), "--grammar", "poem", "--model", &model], 2, "yes_no"),
    ] {
        let output = dauys(&arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn eval_counts_what_a_manifest_names() {
    let folder = TempDir::new().unwrap();
    std::fs::copy(clip(), folder.path().join("a.wav")).unwrap();
    let manifest = folder.path().join("m.tsv");
    let (model, path) = (tiny().display().to_string(), manifest.display().to_string());
    std::fs::write(&manifest, "a.wav\tkk\tchoice:жоқ\tжоқ\na.wav\tru\tyes_no\tпаспорт\na.wav\tru\t-\t\n").unwrap();
    let output = dauys(&["eval", &path, "--model", &model, "--format", "json", "--noise", "10,-5", "--false-accepts", "5"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let figures = told["figures"].as_array().unwrap();
    // Three lines of noise each: kk under its choice, ru under yes or no, and ru's other speech under both.
    assert_eq!(figures.len(), 9, "{told}");
    let count = |key: &str| figures.iter().map(|one| one[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((count("n"), count("outside")), (6, 6));
    assert_eq!(told["thresholds"].as_array().unwrap().len(), 2);
    for (rows, code, expected) in
        [("a.wav\tkk\tpoem\tжоқ", 2, "expected a grammar"), ("a.wav\tkk", 2, "line 1"), ("b.wav\tkk\t-", 3, "b.wav")]
    {
        std::fs::write(&manifest, rows).unwrap();
        let output = dauys(&["eval", &path, "--model", &model]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(code) && error.contains(expected), "{rows}: {error}");
    }
}
