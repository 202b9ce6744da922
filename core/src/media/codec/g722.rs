//! ITU-T G.722 at 64 kbit/s. It samples at 16 kHz, and its RTP clock says 8000 (RFC 3551, section 4.5.2); a telephone's half of it is all that we keep.

use std::fmt;

use audio_codec::g722::{G722Decoder, G722Encoder};
use audio_codec::{Decoder as _, Encoder as _};

use super::{Format, g711, half_band};

pub(super) const FORMAT: Format = Format { name: "G722", clock_hz: 8000, channels: 1, static_payload_type: Some(9), fmtp: None };

/// One direction: what came.
pub(in crate::media) struct Decoder {
    coder: G722Decoder,
    down: half_band::Down,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self { coder: G722Decoder::new(), down: half_band::Down::default() }
    }

    /// An octet is two samples at 16 kHz, and so one of ours.
    pub(super) fn decode(&mut self, payload: &[u8], alaw: &mut [u8]) {
        for (octet, alaw) in payload.iter().zip(alaw) {
            let mut two = [0; 2];
            // There is room for both, which is all that it could complain of.
            let _ = self.coder.decode_into(std::slice::from_ref(octet), &mut two);
            *alaw = g711::alaw(self.down.halve(two));
        }
    }
}

/// One direction: what is sent.
pub(in crate::media) struct Encoder {
    coder: G722Encoder,
    up: half_band::Up,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self { coder: G722Encoder::new(), up: half_band::Up::default() }
    }

    pub(super) fn encode(&mut self, alaw: &[u8], payload: &mut [u8]) {
        for (alaw, octet) in alaw.iter().zip(payload) {
            let two = self.up.double(g711::linear(*alaw));
            // There is room for the octet, which is all that it could complain of.
            let _ = self.coder.encode_into(&two, std::slice::from_mut(octet));
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("g722::Decoder")
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("g722::Encoder")
    }
}
