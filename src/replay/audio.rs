//! A caller's sound on a bundle: what the caller sent, heard by the real port, its tones found out as keys, and what the robot decides, at virtual time.
//!
//! Services are not asked: their answers come from a log or a table. The caller hangs up where the sound ends.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audio_codec_algorithms::{decode_ulaw, encode_alaw};
use dauys_core::call::log::Line;
use dauys_core::call::pair::{Event, Faithful};
use dauys_core::call::replay::asked;
use dauys_core::call::{Action, Control, HangUpCause, Input, Opening, Output, Pair, SipEvent};
use dauys_core::citizen::CallerKind;
use dauys_core::interpreter::{Answer, RequestId};
use dauys_core::media::{Channel, FRAME, Leg, Port, PortConfig, SILENCE, Session};
use thiserror::Error;

use super::replies::Replies;
use crate::bundle::Bundle;
use crate::files;
use crate::speech::wav::{self, Format, WavError};

/// The longest file that is heard, in bytes: an hour of stereo at 16 bits.
const BYTES_MAX: u64 = 128 * 1024 * 1024;
/// WAV format tags.
const PCM: u16 = 1;
const ALAW: u16 = 6;
const ULAW: u16 = 7;
/// The caller's end of the virtual line.
const CALLER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 30_000);
/// RTP version 2 without padding, extension or sources.
const RTP: u8 = 0x80;
/// How long messages are under way between the call and its port; always the same, so that a file is always the same call.
const SEED: u64 = 1414;
/// Ticks after the sound in which the robot hears the end.
const TICKS_AFTER: usize = 10;

/// Why a sound cannot be heard.
#[derive(Debug, Error)]
pub enum AudioError {
    /// The file.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not a WAV file.
    #[error("{path}: {why}")]
    Wav {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: WavError,
    },
    /// In a format that telephones do not have.
    #[error(
        "{path}: expected 8000 Hz, 1 channel or 2 (the caller left), A-law (6), µ-law (7) or PCM of 16 bits (1); came format {tag}, {channels} channels, {rate_hz} Hz, {bits} bits"
    )]
    Format {
        /// Which.
        path: PathBuf,
        /// The WAV format tag.
        tag: u16,
        /// Channels.
        channels: u16,
        /// Samples a second.
        rate_hz: u32,
        /// Bits a sample.
        bits: u16,
    },
}

/// The caller's sound in a WAV file, A-law. Of two channels the left one is the caller's, as in our recordings.
///
/// # Errors
/// When it cannot be read, or is in another format.
pub fn sound(path: &Path) -> Result<Vec<u8>, AudioError> {
    let file = files::read(path, BYTES_MAX).map_err(|source| AudioError::Read { path: path.to_owned(), source })?;
    let (format, samples) = wav::open(&file).map_err(|why| AudioError::Wav { path: path.to_owned(), why })?;
    let Format { tag, channels, rate_hz, bits } = format;
    let alaw: fn(&[u8]) -> u8 = match (tag, bits, rate_hz, channels) {
        (ALAW, 8, wav::RATE_HZ, 1 | 2) => |sample| sample[0],
        (ULAW, 8, wav::RATE_HZ, 1 | 2) => |sample| encode_alaw(decode_ulaw(sample[0])),
        (PCM, 16, wav::RATE_HZ, 1 | 2) => |sample| encode_alaw(i16::from_le_bytes([sample[0], sample[1]])),
        _ => return Err(AudioError::Format { path: path.to_owned(), tag, channels, rate_hz, bits }),
    };
    let width = usize::from(bits / 8) * usize::from(channels);
    Ok(samples.chunks_exact(width).map(alaw).collect())
}

/// What a call with this sound comes to, line by line as a log has it.
pub fn call(bundle: &Bundle, called: &str, sound: &[u8], replies: Replies) -> Vec<Line> {
    let mut line = Call::new(bundle, &opening(called, 0), replies);
    line.handle(SipEvent::Answered { leg: Leg::A, session: Session { telephone_event: None, ..Session::plain(CALLER) } });
    for (frame, sequence) in sound.chunks(FRAME).zip(0_u32..) {
        line.datagram(Channel::Rtp, CALLER, &packet(frame, sequence));
        line.step();
    }
    line.hang_up()
}

/// Of nobody known, at this moment.
pub(super) fn opening(called: &str, answered_at_ms: i64) -> Opening {
    Opening {
        answered_at_ms,
        called: called.to_owned(),
        trusted: false,
        lang: None,
        seed: SEED,
        bundle: String::new(),
        recording: None,
        caller: CallerKind::Unknown,
    }
}

/// A call with its port, and whoever answers for the services.
pub(super) struct Call {
    pair: Pair,
    replies: Replies,
    due: Vec<(u64, RequestId, Answer)>,
    tick: u64,
}

impl Call {
    pub(super) fn new(bundle: &Bundle, opening: &Opening, replies: Replies) -> Self {
        let control = Control::new(Arc::clone(&bundle.program), opening);
        let port = Port::new(PortConfig::default(), Arc::clone(&bundle.clips));
        Self { pair: Pair::new(control, port, Faithful, SEED), replies, due: Vec::new(), tick: 0 }
    }

    pub(super) fn handle(&mut self, event: SipEvent) {
        self.pair.handle(Input::Sip(event));
    }

    pub(super) fn datagram(&mut self, channel: Channel, from: SocketAddr, bytes: &[u8]) {
        self.pair.handle_datagram(channel, from, bytes, &mut |_, _, _| {});
    }

    /// The caller is gone; what the call came to.
    pub(super) fn hang_up(mut self) -> Vec<Line> {
        self.handle(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye });
        (0..TICKS_AFTER).for_each(|_| self.step());
        lines(&self.pair)
    }

    pub(super) fn step(&mut self) {
        if self.pair.is_over() {
            return;
        }
        self.tick += 1;
        self.pair.step(&mut |_, _, _| {});
        while let Some(action) = self.pair.poll_action() {
            let output = Output::Action(action);
            if let Some((id, asked)) = asked(&output) {
                let (after, answer) = match self.replies.take(&asked) {
                    Some(reply) => (reply.after_ticks, reply.answer),
                    None => (0, nobodys(&output)),
                };
                self.due.push((self.tick + after, id, answer));
            }
        }
        let tick = self.tick;
        for (_, id, answer) in self.due.extract_if(.., |(due, _, _)| *due <= tick).collect::<Vec<_>>() {
            self.pair.handle(Input::Reply { id, answer });
        }
    }
}

/// The answer where nobody answers.
fn nobodys(output: &Output) -> Answer {
    match output {
        Output::Action(Action::Errand { wanted, .. }) => Answer::Errand(wanted.nobody()),
        Output::Action(_) | Output::Command(_) | Output::Note(_) => Answer::Unavailable,
    }
}

fn packet(frame: &[u8], sequence: u32) -> Vec<u8> {
    let mut packet = vec![RTP, 8];
    packet.extend((sequence as u16).to_be_bytes());
    packet.extend((sequence.wrapping_mul(FRAME as u32)).to_be_bytes());
    packet.extend(7_u32.to_be_bytes());
    packet.extend(frame);
    packet.resize(12 + FRAME, SILENCE);
    packet
}

fn lines(pair: &Pair) -> Vec<Line> {
    let line = |(at, event): &(_, Event)| match event {
        Event::In(input) => Some(Line::In { at: *at, input: input.clone() }),
        Event::Out(output) => Some(Line::Out { at: *at, output: output.clone() }),
        Event::Told(_) | Event::Given(_) => None,
    };
    pair.trace().iter().filter_map(line).collect()
}
