//! Voice codecs. Inside the port all voice is A-law at 8 kHz, so that the commonest call is a copy; a codec is a file that converts from and to it, and
//! the row by which SDP knows it ([`Format`]). What a codec remembers is made anew for a leg and a direction when a session takes it up.

pub(super) mod g711;
mod g722;
mod half_band;
mod opus;

use super::{Codec, DATAGRAM_MAX};

/// Samples of the most voice that a datagram can hold: an octet of G.711 or G.722 is a sample, and a packet of Opus is at most 120 ms.
pub(super) const VOICE_MAX: usize = DATAGRAM_MAX;

/// A codec as SDP and RTP know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The encoding name (RFC 4855).
    pub name: &'static str,
    /// The clock of its timestamps in hertz: a multiple of 8000.
    pub clock_hz: u32,
    /// The channels that its rtpmap names; 1 stays unsaid.
    pub channels: u8,
    /// Its static payload type (RFC 3551, section 6), if it has one.
    pub static_payload_type: Option<u8>,
    /// What we say of it in `a=fmtp`.
    pub fmtp: Option<&'static str>,
}

impl Codec {
    /// All of them, the cheapest first.
    pub const ALL: [Self; 4] = [Self::Pcma, Self::Pcmu, Self::G722, Self::Opus];

    /// Its row of the table.
    pub const fn format(self) -> Format {
        match self {
            Self::Pcma => g711::PCMA,
            Self::Pcmu => g711::PCMU,
            Self::G722 => g722::FORMAT,
            Self::Opus => opus::FORMAT,
        }
    }

    /// The milliseconds of voice that a packet of ours holds when the peer wishes for so many: 10 to 60.
    pub fn ptime_ms(self, wanted_ms: u8) -> u8 {
        match self {
            Self::Pcma | Self::Pcmu | Self::G722 => wanted_ms.clamp(10, 60),
            Self::Opus => opus::ptime_ms(wanted_ms),
        }
    }

    /// Units of its timestamps in a sample at 8 kHz.
    pub(super) const fn units(self) -> u32 {
        self.format().clock_hz / 8000
    }
}

/// What a codec remembers of the voice that came.
#[allow(clippy::large_enum_variant, reason = "half a kilobyte in the port is better than an allocation on the media thread")]
#[derive(Debug)]
pub(super) enum Decoder {
    Pcma,
    Pcmu,
    G722(g722::Decoder),
    Opus(opus::Decoder),
}

impl Decoder {
    pub(super) fn new(codec: Codec) -> Self {
        match codec {
            Codec::Pcma => Self::Pcma,
            Codec::Pcmu => Self::Pcmu,
            Codec::G722 => Self::G722(g722::Decoder::new()),
            Codec::Opus => Self::Opus(opus::Decoder::new()),
        }
    }

    /// What arrived, as A-law, and how many samples that are; `None` when no voice is in it.
    pub(super) fn decode(&mut self, payload: &[u8], alaw: &mut [u8; VOICE_MAX]) -> Option<usize> {
        if payload.is_empty() || payload.len() > VOICE_MAX {
            return None;
        }
        match self {
            Self::Pcma => copy(payload, alaw),
            Self::Pcmu => g711::ulaw_to_alaw(payload, alaw),
            Self::G722(decoder) => decoder.decode(payload, alaw),
            Self::Opus(decoder) => return decoder.decode(payload, alaw),
        }
        Some(payload.len())
    }

    /// The `samples` of voice that were lost just before this packet, where the codec knows better than to leave them to concealment.
    pub(super) fn recover(&mut self, next: &[u8], samples: usize, alaw: &mut [u8; VOICE_MAX]) -> Option<usize> {
        match self {
            Self::Pcma | Self::Pcmu | Self::G722(_) => None,
            Self::Opus(decoder) => decoder.recover(next, samples, alaw),
        }
    }

    /// Whether a packet that was overtaken still says something: what Opus lost it has recovered, and going back would spoil what follows.
    pub(super) fn takes_overtaken(&self) -> bool {
        match self {
            Self::Pcma | Self::Pcmu | Self::G722(_) => true,
            Self::Opus(_) => false,
        }
    }

    /// Whether the peer says with this packet that it falls silent.
    pub(super) fn is_farewell(&self, payload: &[u8]) -> bool {
        match self {
            Self::Pcma | Self::Pcmu | Self::G722(_) => false,
            Self::Opus(_) => opus::is_farewell(payload),
        }
    }
}

/// What a codec remembers of the voice that was sent.
#[allow(clippy::large_enum_variant, reason = "half a kilobyte in the port is better than an allocation on the media thread")]
#[derive(Debug)]
pub(super) enum Encoder {
    Pcma,
    Pcmu,
    G722(g722::Encoder),
    Opus(opus::Encoder),
}

impl Encoder {
    pub(super) fn new(codec: Codec) -> Self {
        match codec {
            Codec::Pcma => Self::Pcma,
            Codec::Pcmu => Self::Pcmu,
            Codec::G722 => Self::G722(g722::Encoder::new()),
            Codec::Opus => Self::Opus(opus::Encoder::new()),
        }
    }

    /// A packet's A-law as it is sent, and how many octets that are; 0 when there is nothing to send. The payload has an octet for each sample.
    pub(super) fn encode(&mut self, alaw: &[u8], payload: &mut [u8]) -> usize {
        match self {
            Self::Pcma => copy(alaw, payload),
            Self::Pcmu => g711::alaw_to_ulaw(alaw, payload),
            Self::G722(encoder) => encoder.encode(alaw, payload),
            Self::Opus(encoder) => return encoder.encode(alaw, payload),
        }
        alaw.len().min(payload.len())
    }
}

fn copy(from: &[u8], to: &mut [u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
