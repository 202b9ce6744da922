//! What is said, in pieces that exist already: the word that the flow machine and the media have in common.

use std::time::Duration;

use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};

/// A clip of the bundle, by its place in the bundle's list of clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClipId(pub u32);

/// The pieces of one Play, in order. Bounded, so that a command owns no memory elsewhere.
pub type Pieces = ArrayVec<Piece, PIECES_MAX>;

/// The most pieces that one Play may have. An utterance of more, as a long menu is, becomes several Plays; a single prompt that commonly needs more does not load.
pub const PIECES_MAX: usize = 64;

/// What a Play is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// A recorded clip.
    Clip(ClipId),
    /// A clip that says a part of a private value: the caller hears it, a tap does not.
    Private(ClipId),
    /// A pause, in milliseconds.
    Pause(u16),
    /// The tone after which a message is recorded: [`TONE`] long.
    Tone,
}

/// How long the tone is.
pub const TONE: Duration = Duration::from_millis(240);

/// Names one message that the caller speaks: the first of a call is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub u16);

/// When a caller may interrupt a Play (VoiceXML `bargein`): the armed rule that the port applies within a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BargeIn {
    /// A key or speech stops it at once.
    #[default]
    AtOnce,
    /// The same, but only once it has played for so many milliseconds; a key that answers a question stops it whenever it comes.
    After(u16),
    /// Only a key stops it.
    KeysOnly,
    /// It is heard to its end: a legal notice. Keys pressed meanwhile are kept.
    Off,
}

/// How the robot speaks from now on (SSML `prosody`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prosody {
    /// How loud.
    pub volume: Volume,
    /// How fast.
    pub rate: Rate,
}

/// How loud the robot speaks. The last step is the limit: a line can carry no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Volume {
    /// As recorded.
    #[default]
    Normal,
    /// 6 dB above.
    Loud,
    /// 10 dB above.
    Louder,
}

impl Volume {
    /// The next step, or the last one.
    pub const fn up(self) -> Self {
        match self {
            Self::Normal => Self::Loud,
            Self::Loud | Self::Louder => Self::Louder,
        }
    }
}

/// How fast the robot speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// As recorded.
    #[default]
    Normal,
    /// A quarter longer.
    Slow,
}
