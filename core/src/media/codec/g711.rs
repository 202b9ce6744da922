//! ITU-T G.711: A-law and µ-law by tables. The tables are built once, from a bit-exact implementation, before the first frame.

use std::sync::LazyLock;

use audio_codec_algorithms::{convert_alaw_to_ulaw, convert_ulaw_to_alaw, decode_alaw, encode_alaw};

use super::Format;

pub(super) const PCMA: Format = Format { name: "PCMA", clock_hz: 8000, channels: 1, static_payload_type: Some(8), fmtp: None };
pub(super) const PCMU: Format = Format { name: "PCMU", clock_hz: 8000, channels: 1, static_payload_type: Some(0), fmtp: None };

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::build);

struct Tables {
    linear: [i16; 256],
    to_ulaw: [u8; 256],
    to_alaw: [u8; 256],
}

impl Tables {
    fn build() -> Self {
        Self {
            linear: std::array::from_fn(|code| decode_alaw(code as u8)),
            to_ulaw: std::array::from_fn(|code| convert_alaw_to_ulaw(code as u8)),
            to_alaw: std::array::from_fn(|code| convert_ulaw_to_alaw(code as u8)),
        }
    }
}

/// Builds the tables now, so that no frame waits for them.
pub(crate) fn prepare() {
    LazyLock::force(&TABLES);
}

pub(super) fn alaw_to_ulaw(alaw: &[u8], ulaw: &mut [u8]) {
    map(&TABLES.to_ulaw, alaw, ulaw);
}

pub(super) fn ulaw_to_alaw(ulaw: &[u8], alaw: &mut [u8]) {
    map(&TABLES.to_alaw, ulaw, alaw);
}

/// An A-law code as 16-bit linear.
pub(crate) fn linear(alaw: u8) -> i16 {
    TABLES.linear[usize::from(alaw)]
}

/// 16-bit linear as an A-law code.
pub(crate) fn alaw(linear: i16) -> u8 {
    encode_alaw(linear)
}

fn map(table: &[u8; 256], from: &[u8], to: &mut [u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = table[usize::from(*from)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::SILENCE;

    #[test]
    fn every_code_survives_linear_and_back() {
        for code in 0..=255 {
            assert_eq!(alaw(linear(code)), code);
        }
    }

    #[test]
    fn silence_is_silence_in_both_laws() {
        let mut ulaw = [0];
        let mut back = [0];
        alaw_to_ulaw(&[SILENCE], &mut ulaw);
        ulaw_to_alaw(&[0xFF], &mut back);
        assert_eq!((ulaw, back), ([0xFE], [SILENCE]), "the nearest that G.711, table 4, has");
    }

    #[test]
    fn a_voice_keeps_its_loudness_through_the_other_law() {
        for code in 0..=255 {
            let (mut ulaw, mut back) = ([0], [0]);
            alaw_to_ulaw(&[code], &mut ulaw);
            ulaw_to_alaw(&ulaw, &mut back);
            let (before, after) = (i32::from(linear(code)), i32::from(linear(back[0])));
            assert!((before - after).abs() <= 16 + before.abs() / 16, "{before} came back as {after}");
        }
    }
}
