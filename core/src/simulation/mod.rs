//! Simulated callers: seeded people and services talk to a call's machine at virtual time, and a judge looks on.
//!
//! Pure: the same seed is the same call, on every machine and beside any number of others. Without media a call is a few hundred events between the machine, a stub of a
//! port and the callers' plans ([`call`]); with media it runs through two real ports, packet by packet ([`with_media`]). What a judge finds is reduced to the few things
//! that break it ([`shrunk`]) and told as a talk ([`told`]). Nothing here is used by a live call.

mod call;
mod caller;
mod company;
mod dice;
mod line;
mod machine;
mod media;
mod report;
mod service;
mod shrink;
mod tape;
mod tell;
mod words;

use std::sync::Arc;
use std::time::Duration;

use crate::call::Opening;
use crate::call::invariant::Rules;
use crate::citizen::CallerKind;
use crate::flow::graph::Program;
use crate::lang::Lang;
use crate::media::Clips;
use crate::time::{TICK, Tick};
use crate::utterance::{Piece, Pieces, TONE};

pub use call::{Lived, call, lived_again};
pub use caller::{Deed, Manner};
pub use company::{Reply, Script};
pub use dice::Dice;
pub use machine::Machine;
pub use media::with_media;
pub use report::{Broken, Report};
pub use shrink::shrunk;
pub use tape::Tape;
pub use tell::told;

/// A word of a clip that does not exist takes so many ticks.
const WORD_TICKS: u64 = 20;
/// The first moment of a simulated call: the start of 2026 in Unix milliseconds.
const FIRST_MS: i64 = 1_767_207_600_000;

/// What calls run on.
#[derive(Clone, Debug)]
pub struct Stage {
    program: Arc<Program>,
    clips: Arc<Clips>,
    rules: Rules,
    /// The hash of the bundle, for logs.
    bundle: String,
}

impl Stage {
    /// A program with its clips; `bundle` is what event logs name it by.
    pub fn new(program: Arc<Program>, clips: Arc<Clips>, bundle: String) -> Self {
        Self { rules: Rules::of(&program), program, clips, bundle }
    }

    /// What is run.
    pub const fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// What the call of a seed begins with: any moment of a year, any line, with a remembered language or none.
    pub fn opening(&self, seed: u64) -> Opening {
        let mut dice = Dice::new(seed);
        let lang = [None, None, Some(Lang::Kk), Some(Lang::Ru)][dice.below(4) as usize];
        let minute = dice.below(365 * 24 * 60) as i64;
        let kinds = [CallerKind::Mobile, CallerKind::Mobile, CallerKind::Landline, CallerKind::Foreign, CallerKind::Withheld];
        Opening {
            answered_at_ms: FIRST_MS + minute * 60_000,
            called: "1414".to_owned(),
            trusted: lang.is_some() || dice.percent(50),
            lang,
            seed,
            bundle: self.bundle.clone(),
            recording: None,
            caller: dice.one_of(&kinds).copied().unwrap_or_default(),
        }
    }

    /// How long it takes to say this.
    fn length(&self, pieces: &Pieces) -> Duration {
        let ticks: u64 = pieces.iter().map(|piece| self.ticks(*piece)).sum();
        TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
    }

    fn ticks(&self, piece: Piece) -> u64 {
        match piece {
            Piece::Clip(clip) | Piece::Private(clip) => self.clips.length(clip).unwrap_or_else(|| {
                let text = self.program.clips.get(clip.0 as usize).map_or("", |clip| &clip.text);
                text.split_whitespace().count() as u64 * WORD_TICKS
            }),
            Piece::Pause(ms) => Tick::covering(Duration::from_millis(ms.into())),
            Piece::Tone => Tick::covering(TONE),
        }
    }
}
