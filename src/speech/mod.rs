//! Speech made ahead of calls: clips of the robot's words.
//!
//! Nothing here runs during a call: a synthesiser writes clips into `audio/` ([`render`]), a bundle takes them from there ([`clips`]).
//! A person's recording beside a clip is played in its place, and nothing here ever writes over one.
//! One file an engine; what all engines share is the small trait below.

use std::path::PathBuf;
use std::time::Duration;

use dauys_core::lang::Lang;
use thiserror::Error;

pub mod clips;
pub mod embedded;
pub mod level;
mod manifest;
pub mod pool;
pub mod recognizer;
mod recording;
pub mod render;
pub mod respell;
pub mod rhvoice;
mod shelf;
pub mod sound;
pub mod voice;
pub mod wav;

use sound::Sound;

/// An engine that turns words into sound, several phrases at once.
pub trait Synthesizer: Sync {
    /// Which voice speaks a language, with everything that changes its sound: `RHVoice anna`. It stands in the manifest, and a change of it makes clips anew.
    fn voice(&self, lang: Lang) -> String;

    /// Speaks one phrase of plain text, already respelt for the voice.
    ///
    /// # Errors
    /// What the engine lacks, or why it gave no sound.
    fn speak(&self, lang: Lang, text: &str) -> Result<Sound, SynthesisError>;
}

/// Why there is no sound.
#[derive(Debug, Error)]
pub enum SynthesisError {
    /// The engine's program is not installed.
    #[error("expected the program {program}, found none; install it: {install}")]
    ProgramMissing {
        /// The program.
        program: String,
        /// What to install, and from where.
        install: &'static str,
    },
    /// The voice is not installed. The program would take another without a word.
    #[error("expected the voice {voice} at {path}, found none; install it: {install}")]
    VoiceMissing {
        /// The voice.
        voice: &'static str,
        /// Where it was expected.
        path: PathBuf,
        /// What to install, and from where.
        install: &'static str,
    },
    /// The program took longer than a phrase may.
    #[error("no sound after {limit:?} for {text:?}; the program was stopped")]
    TimedOut {
        /// How long it had.
        limit: Duration,
        /// The phrase.
        text: String,
    },
    /// The program ended without making sound.
    #[error("no sound for {text:?}: {why}")]
    Failed {
        /// The phrase.
        text: String,
        /// What the program or the system said.
        why: String,
    },
    /// The phrase holds something that the voice would skip or spell out.
    #[error("{found:?} in {text:?} is no Cyrillic word: write it as it is spoken, or teach prompts/voice.yaml how to say it")]
    Unspeakable {
        /// The phrase.
        text: String,
        /// The first such character.
        found: char,
    },
}
