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

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a.
    fn hash(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
    }

    #[test]
    fn loud_noise_is_encoded_to_the_bit_as_by_another_implementation() {
        let mut seed = 1_u32;
        let noise: [i16; 8000] = std::array::from_fn(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as i16
        });
        let mut code = [0; 4000];
        G722Encoder::new().encode_into(&noise, &mut code).unwrap();
        // The library's first step has another scale than the standard's, and loud noise soon drowns the difference.
        assert_eq!(hash(&code[1000..]), 0xC4F7_BE93_4618_6B35, "as spandsp 0.0.6 encodes");
    }

    /// How much louder a tone is than what is wrong with it, in dB, through encoder and decoder.
    fn clean_db(hz: f64) -> f64 {
        let linear = |n: usize| 8000.0 * (std::f64::consts::TAU * hz * n as f64 / 8000.0).sin();
        let alaw: Vec<_> = (0..8000).map(|n| g711::alaw(linear(n) as i16)).collect();
        let (mut payload, mut back) = ([0; 8000], [0; 8000]);
        Encoder::new().encode(&alaw, &mut payload);
        Decoder::new().decode(&payload, &mut back);
        let wave =
            |shift: f64| (1000..8000).map(move |n| (std::f64::consts::TAU * hz * n as f64 / 8000.0 + shift).sin()).collect::<Vec<_>>();
        let heard: Vec<_> = back[1000..].iter().map(|code| f64::from(g711::linear(*code))).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let part = |shift| dot(&heard, &wave(shift)).powi(2) / 3500.0;
        let signal = part(0.0) + part(std::f64::consts::FRAC_PI_2);
        10.0 * (signal / (dot(&heard, &heard) - signal)).log10()
    }

    #[test]
    fn tones_come_through_as_clean_as_a_law_is() {
        for hz in [300.0, 1000.0, 2000.0, 3000.0, 3300.0] {
            assert!(clean_db(hz) > 30.0, "{hz} Hz: {} dB", clean_db(hz));
        }
    }
}
