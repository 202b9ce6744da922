//! Voice codecs. Inside the port all voice is A-law at 8 kHz, so that the commonest call is a copy; a codec is a file that converts from and to it.

pub(super) mod g711;

use super::Codec;

/// What arrived, as A-law; as many samples as both slices hold.
pub(super) fn decode(codec: Codec, payload: &[u8], alaw: &mut [u8]) {
    match codec {
        Codec::Pcma => copy(payload, alaw),
        Codec::Pcmu => g711::ulaw_to_alaw(payload, alaw),
    }
}

/// A-law as it is sent; as many samples as both slices hold.
pub(super) fn encode(codec: Codec, alaw: &[u8], payload: &mut [u8]) {
    match codec {
        Codec::Pcma => copy(alaw, payload),
        Codec::Pcmu => g711::alaw_to_ulaw(alaw, payload),
    }
}

fn copy(from: &[u8], to: &mut [u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
