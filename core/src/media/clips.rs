//! The recorded clips of a bundle. It never reads a file.
//!
//! A clip that is packed is unpacked when it is first wanted, by whoever gives a port something to play, and stays so. The port plays what is ready: a media thread never decodes.

use std::sync::{Arc, OnceLock};

use super::{Command, FRAME, Packed};
use crate::utterance::{ClipId, Piece};

/// One clip: A-law at 8 kHz without a header, or on the way to it.
#[derive(Clone, Debug)]
pub struct Clip(Form);

#[derive(Clone, Debug)]
enum Form {
    Plain(Arc<[u8]>),
    Packed { packed: Packed, alaw: OnceLock<Box<[u8]>> },
}

impl Clip {
    /// How many samples it has.
    pub fn samples(&self) -> usize {
        match &self.0 {
            Form::Plain(alaw) => alaw.len(),
            Form::Packed { packed, .. } => packed.samples(),
        }
    }

    /// The bytes that it was made from, and can be made from again.
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Plain(alaw) => alaw,
            Form::Packed { packed, .. } => packed.file(),
        }
    }

    /// Its A-law samples, unpacked now if they have not been.
    pub fn alaw(&self) -> &[u8] {
        match &self.0 {
            Form::Plain(alaw) => alaw,
            Form::Packed { packed, alaw } => alaw.get_or_init(|| packed.alaw()),
        }
    }

    /// Its A-law samples, if they have been unpacked.
    fn ready(&self) -> Option<&[u8]> {
        match &self.0 {
            Form::Plain(alaw) => Some(alaw),
            Form::Packed { alaw, .. } => alaw.get().map(AsRef::as_ref),
        }
    }
}

/// One that nobody recorded, and that takes no time.
impl Default for Clip {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl From<Vec<u8>> for Clip {
    fn from(alaw: Vec<u8>) -> Self {
        Self(Form::Plain(alaw.into()))
    }
}

impl From<Packed> for Clip {
    fn from(packed: Packed) -> Self {
        Self(Form::Packed { packed, alaw: OnceLock::new() })
    }
}

/// All clips of a bundle; [`ClipId`] is the place here.
#[derive(Clone, Debug, Default)]
pub struct Clips(Vec<Clip>);

impl Clips {
    /// The clips in the order of their ids.
    pub fn new(clips: Vec<Clip>) -> Self {
        Self(clips)
    }

    /// A clip.
    pub fn get(&self, id: ClipId) -> Option<&Clip> {
        self.0.get(id.0 as usize)
    }

    /// Makes ready what a port is about to be told to play. Not for a media thread: a clip that has never been heard takes some milliseconds.
    pub fn prepare(&self, command: &Command) {
        let Command::Play { pieces, .. } = command else { return };
        for piece in pieces {
            match piece {
                Piece::Clip(id) | Piece::Private(id) => drop(self.get(*id).map(Clip::alaw)),
                Piece::Pause(_) | Piece::Tone => {}
            }
        }
    }

    /// The A-law bytes of a clip that is ready.
    pub(super) fn ready(&self, id: ClipId) -> Option<&[u8]> {
        self.get(id)?.ready()
    }

    /// How long a clip is, in ticks, rounded up.
    pub fn length(&self, id: ClipId) -> Option<u64> {
        self.get(id).map(|clip| clip.samples().div_ceil(FRAME) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Leg, PlayId, pack};
    use super::*;
    use crate::utterance::BargeIn;

    #[test]
    fn a_packed_clip_is_ready_once_its_play_is_prepared() {
        let packed = pack(&[1000; 700], 24_000, |_| String::new()).unwrap();
        let clips = Clips::new(vec![packed.clone().into(), packed.clone().into(), vec![0x55; 161].into()]);
        let ready = || [0, 1, 2].map(|id| clips.ready(ClipId(id)).is_some());
        let play = |pieces: &[Piece]| Command::Play {
            leg: Leg::A,
            id: PlayId(1),
            pieces: pieces.iter().copied().collect(),
            barge_in: BargeIn::Off,
        };
        assert_eq!((ready(), clips.length(ClipId(0)), clips.length(ClipId(2))), ([false, false, true], Some(5), Some(2)));
        for command in [Command::Stop { leg: Leg::A, id: PlayId(1) }, play(&[Piece::Tone, Piece::Clip(ClipId(2)), Piece::Clip(ClipId(9))])]
        {
            clips.prepare(&command);
            assert_eq!(ready(), [false, false, true]);
        }
        clips.prepare(&play(&[Piece::Pause(20), Piece::Private(ClipId(1))]));
        assert_eq!((ready(), clips.ready(ClipId(1))), ([false, true, true], Some(&*packed.alaw())));
        assert_eq!(clips.get(ClipId(1)).unwrap().bytes(), packed.file());
    }
}
