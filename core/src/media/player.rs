//! The player of one leg: at most one Play, in pieces, sample by sample. It never decides what to play and knows no key but that one came.

use std::f32::consts::TAU;
use std::sync::LazyLock;

use super::codec::g711::alaw;
use super::sinusoid::{MILLIWATT, RATE};
use super::stretch::{SLOWER, Stretch};
use super::{Clips, FRAME, Frame, PlayId, SILENCE, loudness};
use crate::utterance::{BargeIn, Piece, Pieces, Prosody, Rate, TONE};

/// Samples of one millisecond.
const MILLISECOND: usize = 8;
/// The tone: 1 kHz at -12 dBm0, rising and falling within 10 ms, lest it clicks.
const TONE_HZ: f32 = 1000.0;
const TONE_POWER: f32 = MILLIWATT * 0.063;
const TONE_EDGE: usize = 10 * MILLISECOND;
const TONE_LENGTH: usize = TONE.as_millis() as usize * MILLISECOND;

static TONE_VOICE: LazyLock<[u8; TONE_LENGTH]> = LazyLock::new(|| {
    std::array::from_fn(|at| {
        let edge = (at.min(TONE_LENGTH - 1 - at) as f32 / TONE_EDGE as f32).min(1.0);
        alaw(((TAU * TONE_HZ * at as f32 / RATE).sin() * (2.0 * TONE_POWER).sqrt() * edge) as i16)
    })
});

/// Makes the tone now, so that no tick waits for it.
pub(super) fn prepare() {
    LazyLock::force(&TONE_VOICE);
}

/// The player.
#[derive(Debug, Default)]
pub(super) struct Player {
    playing: Option<Playing>,
    /// Pieces that named no clip of the bundle, or one that is not ready.
    pub(super) clips_missing: u32,
    /// Whether the tick that was filled last holds any of a private piece.
    pub(super) is_private: bool,
    /// How it speaks.
    pub(super) prosody: Prosody,
}

#[derive(Debug)]
struct Playing {
    id: PlayId,
    pieces: Pieces,
    barge_in: BargeIn,
    piece: usize,
    /// Samples of the piece that have been played.
    offset: usize,
    /// Samples of the Play that have been played.
    played: usize,
    rate: Rate,
    stretch: Stretch,
}

impl Player {
    /// Plays from now on; the Play whose place it takes.
    pub(super) fn play(&mut self, id: PlayId, pieces: Pieces, barge_in: BargeIn) -> Option<PlayId> {
        let rate = self.prosody.rate;
        let playing = Playing { id, pieces, barge_in, piece: 0, offset: 0, played: 0, rate, stretch: Stretch::default() };
        self.playing.replace(playing).map(|before| before.id)
    }

    /// Stops this Play; `false` when it is not the one playing.
    pub(super) fn stop(&mut self, id: PlayId) -> bool {
        self.playing.take_if(|playing| playing.id == id).is_some()
    }

    /// A key came: the Play that its armed rule stops.
    pub(super) fn key(&mut self) -> Option<PlayId> {
        self.playing.take_if(|playing| playing.yields_to_key()).map(|playing| playing.id)
    }

    /// The caller begins to speak: the Play that its armed rule stops.
    pub(super) fn speech(&mut self) -> Option<PlayId> {
        self.playing.take_if(|playing| playing.yields_to_speech()).map(|playing| playing.id)
    }

    /// A tick in which nobody can hear it: what is playing goes on afterwards. Nothing ends in it.
    pub(super) fn wait(&mut self) -> Option<PlayId> {
        self.is_private = false;
        None
    }

    /// Fills a tick; the Play whose last sample is in it.
    pub(super) fn fill(&mut self, clips: &Clips, frame: &mut Frame) -> Option<PlayId> {
        frame.fill(SILENCE);
        self.is_private = false;
        let playing = self.playing.as_mut()?;
        let mut filled = 0;
        while filled < FRAME {
            let Some(piece) = playing.pieces.get(playing.piece) else { break };
            self.is_private |= matches!(piece, Piece::Private(_));
            match rest_of(piece, playing.offset, clips, playing.rate) {
                Some(rest) => filled += playing.play_on(rest, &mut frame[filled..]),
                None => {
                    self.clips_missing = self.clips_missing.saturating_add(1);
                    playing.next_piece();
                }
            }
        }
        loudness::apply(self.prosody.volume, frame);
        self.playing.take_if(|playing| playing.is_over()).map(|playing| playing.id)
    }
}

impl Playing {
    fn yields_to_key(&self) -> bool {
        match self.barge_in {
            BargeIn::AtOnce | BargeIn::KeysOnly => true,
            BargeIn::After(ms) => self.played >= usize::from(ms) * MILLISECOND,
            BargeIn::Off => false,
        }
    }

    fn yields_to_speech(&self) -> bool {
        match self.barge_in {
            BargeIn::AtOnce | BargeIn::After(_) => self.yields_to_key(),
            BargeIn::KeysOnly | BargeIn::Off => false,
        }
    }

    /// Plays as much of the piece's rest as fits; a rest played to its end brings up the next piece.
    fn play_on(&mut self, rest: Rest<'_>, frame: &mut [u8]) -> usize {
        let (length, is_over) = match rest {
            Rest::Voice(voice) => {
                let length = voice.len().min(frame.len());
                frame[..length].copy_from_slice(&voice[..length]);
                (length, length == voice.len())
            }
            Rest::Slow(clip) => {
                let length = self.stretch.fill(clip, frame);
                (length, length < frame.len())
            }
            Rest::Pause(samples) => (samples.min(frame.len()), samples <= frame.len()),
        };
        self.offset += length;
        self.played += length;
        if is_over {
            self.next_piece();
        }
        length
    }

    fn next_piece(&mut self) {
        self.piece += 1;
        self.offset = 0;
        self.stretch = Stretch::default();
    }

    fn is_over(&self) -> bool {
        self.piece >= self.pieces.len()
    }
}

/// What is left of a piece.
#[derive(Clone, Copy)]
enum Rest<'a> {
    Voice(&'a [u8]),
    /// The whole clip: the stretching knows where it stands.
    Slow(&'a [u8]),
    Pause(usize),
}

/// What is left of a piece after `offset` samples; `None` when the bundle has no such clip, or nobody made it ready.
fn rest_of<'a>(piece: &Piece, offset: usize, clips: &'a Clips, rate: Rate) -> Option<Rest<'a>> {
    match (piece, rate) {
        (Piece::Clip(id) | Piece::Private(id), Rate::Normal) => {
            clips.ready(*id).map(|clip| Rest::Voice(clip.get(offset..).unwrap_or_default()))
        }
        (Piece::Clip(id) | Piece::Private(id), Rate::Slow) => clips.ready(*id).map(Rest::Slow),
        (Piece::Tone, _) => Some(Rest::Voice(TONE_VOICE.get(offset..).unwrap_or_default())),
        (Piece::Pause(ms), Rate::Normal) => Some(Rest::Pause((usize::from(*ms) * MILLISECOND).saturating_sub(offset))),
        (Piece::Pause(ms), Rate::Slow) => {
            let (slow, plain) = SLOWER;
            Some(Rest::Pause((usize::from(*ms) * MILLISECOND * slow / plain).saturating_sub(offset)))
        }
    }
}
