//! Opus (RFC 6716 and 7587), spoken and heard at a telephone's 8 kHz. Whatever a peer sends, wideband, stereo or music, is decoded to that.
//!
//! The library takes and gives back a little memory in each packet, and most of it when it is made; nothing of it grows.

use opus_pure::{Application, Bandwidth, OpusDecoder, OpusEncoder, Signal};

use super::{Format, VOICE_MAX, g711};

pub(super) const FORMAT: Format = Format {
    name: "opus",
    clock_hz: 48_000,
    channels: 2,
    static_payload_type: None,
    fmtp: Some("maxplaybackrate=8000;sprop-maxcapturerate=8000;useinbandfec=1"),
};

/// What RFC 7587, section 3.1.1, finds right for narrow-band speech is 8 to 12 kbit/s; the rest is for what is said twice.
const BITRATE_BPS: i32 = 20_000;
/// The loss that what is said twice is made for, in percent.
const LOSS_EXPECTED: i32 = 5;
/// Of 0 to 10: a robot's voice gains nothing audible by more, and 5 costs twice as much.
const COMPLEXITY: i32 = 1;
/// Samples of the longest packet: 120 ms.
const PACKET_MAX: usize = 960;
/// Samples of the longest packet of ours: 60 ms.
const SENT_MAX: usize = 480;
/// All lengths in Opus are whole numbers of 2.5 ms.
const STEP: usize = 20;

/// Opus has frames of 10, 20, 40 and 60 ms for us; what lies between becomes the shorter.
pub(super) fn ptime_ms(wanted_ms: u8) -> u8 {
    match wanted_ms {
        0..20 => 10,
        20..40 => 20,
        40..60 => 40,
        60.. => 60,
    }
}

/// A packet without a frame, or with one that says nothing: the peer falls silent until it speaks again (RFC 7587, section 3.1.3).
pub(super) fn is_farewell(payload: &[u8]) -> bool {
    payload.len() <= 2
}

/// One direction: what came.
#[derive(Debug)]
pub(in crate::media) struct Decoder(Option<Box<OpusDecoder>>);

impl Decoder {
    pub(super) fn new() -> Self {
        Self(OpusDecoder::new(8000, 1).ok().map(Box::new))
    }

    /// How many samples; `None` when it is no Opus.
    pub(super) fn decode(&mut self, payload: &[u8], alaw: &mut [u8; VOICE_MAX]) -> Option<usize> {
        let mut linear = [0; PACKET_MAX];
        let samples = self.0.as_mut()?.decode_s16(payload, PACKET_MAX, &mut linear).ok()?;
        Some(to_alaw(&linear[..samples], alaw))
    }

    /// What was lost just before this packet: its end from the copy that this packet may have, the rest made up.
    pub(super) fn recover(&mut self, next: &[u8], samples: usize, alaw: &mut [u8; VOICE_MAX]) -> Option<usize> {
        let mut linear = [0; PACKET_MAX];
        let linear = linear.get_mut(..samples).filter(|_| samples > 0 && samples.is_multiple_of(STEP))?;
        let samples = self.0.as_mut()?.decode_fec_s16(next, samples, linear).ok()?;
        Some(to_alaw(&linear[..samples], alaw))
    }
}

fn to_alaw(linear: &[i16], alaw: &mut [u8]) -> usize {
    alaw.iter_mut().zip(linear).for_each(|(alaw, linear)| *alaw = g711::alaw(*linear));
    linear.len().min(alaw.len())
}

/// One direction: what is sent.
#[derive(Debug)]
pub(in crate::media) struct Encoder(Option<Box<OpusEncoder>>);

impl Encoder {
    pub(super) fn new() -> Self {
        // What we say needs no cleaning: `Voip` would filter the deep of every voice away.
        let mut encoder = OpusEncoder::new(8000, 1, Application::Audio).ok().map(Box::new);
        if let Some(encoder) = &mut encoder {
            encoder.bitrate_bps = BITRATE_BPS;
            encoder.complexity = COMPLEXITY;
            encoder.use_inband_fec = true;
            encoder.packet_loss_perc = LOSS_EXPECTED;
            encoder.force_bandwidth = Some(Bandwidth::Narrowband);
            encoder.signal_type = Some(Signal::Voice);
        }
        Self(encoder)
    }

    /// How many octets; 0 when the samples are of no length that Opus has.
    pub(super) fn encode(&mut self, alaw: &[u8], payload: &mut [u8]) -> usize {
        let mut linear = [0; SENT_MAX];
        linear.iter_mut().zip(alaw).for_each(|(linear, alaw)| *linear = g711::linear(*alaw));
        let encoded = self.0.as_mut().and_then(|encoder| encoder.encode_s16(&linear, alaw.len(), payload).ok());
        encoded.unwrap_or(0)
    }
}
