//! The media of one leg: a [`Port`] takes datagrams and commands, gives datagrams and signals, and acts within a frame.
//!
//! It knows RTP, codecs, keys and clips; it never knows a flow, a language or why it plays what it plays. No clock, no socket, and after its start no allocation.

mod clips;
mod codec;
mod dtmf;
mod endpointer;
mod gate;
mod jitter;
mod loudness;
mod packed;
mod peer;
mod player;
mod port;
mod progress;
mod protection;
mod rtcp;
mod rtp;
mod sinusoid;
mod stretch;
mod tape;

pub use clips::{Clip, Clips};
pub use codec::Format;
pub use packed::{Packed, PackedError, pack};
pub use port::{Channel, DATAGRAM_MAX, Outlet, Port, PortConfig, Stats};

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::time::Tick;
use crate::utterance::{BargeIn, MessageId, Pieces, Prosody};

/// Samples of voice in one tick, at 8 kHz.
pub const FRAME: usize = 160;

/// One tick of voice, A-law at 8 kHz.
pub type Frame = [u8; FRAME];

/// A sample of voice, in 16 bits.
pub fn linear(alaw: u8) -> i16 {
    codec::g711::linear(alaw)
}

/// The A-law byte of digital silence.
pub const SILENCE: u8 = 0xD5;

/// Which side of a call: a call has one or two legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leg {
    /// The first leg: the caller, or whom we called back.
    A,
    /// The second: an operator.
    B,
}

/// Names one Play for its whole life. Never used twice in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlayId(pub u32);

/// Names one listening of a recogniser: it hears one utterance. Never used twice in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListenId(pub u32);

/// A tick of an utterance, for a recogniser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uttered {
    /// Who listens.
    pub listen: ListenId,
    /// When it was heard.
    pub tick: Tick,
    /// What, A-law.
    pub voice: Frame,
    /// Where in the utterance.
    pub part: Part,
}

/// Where in an utterance a tick is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Before speech was noticed.
    Lead,
    /// Somebody speaks.
    Speech,
    /// Nobody does for now.
    Pause,
    /// A key or a hold has broken the utterance off: it is nothing, and this is no sound of it.
    Broken,
}

/// What the call wants of a leg's port.
#[allow(clippy::large_enum_variant, reason = "it travels by value: the media thread may not free memory")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Take up what an offer and its answer settled, first or again.
    Session {
        /// The leg.
        leg: Leg,
        /// What was settled.
        session: Session,
    },
    /// Play from now on; what was playing ends as [`PlayEnd::Replaced`]. While the peer holds the call it waits where it is.
    Play {
        /// The leg.
        leg: Leg,
        /// Its name.
        id: PlayId,
        /// What to play.
        pieces: Pieces,
        /// What stops it.
        barge_in: BargeIn,
    },
    /// Stop a Play within a frame. One that has ended already is passed over.
    Stop {
        /// The leg.
        leg: Leg,
        /// The Play.
        id: PlayId,
    },
    /// Tell when the caller begins to speak, from now on: that stops a Play whose rule says so. An utterance that was begun is over.
    Listen {
        /// The leg.
        leg: Leg,
        /// Its name.
        id: ListenId,
    },
    /// Nobody listens any more.
    Deafen {
        /// The leg.
        leg: Leg,
    },
    /// Record a message from now on: until so much silence, until any key, for so long at most.
    Record {
        /// The leg.
        leg: Leg,
        /// Its name.
        message: MessageId,
        /// The silence that ends it, in milliseconds.
        silence_ms: u32,
        /// The longest, in milliseconds.
        max_ms: u32,
    },
    /// Record this message no longer. One that is over already is passed over.
    StopRecord {
        /// The leg.
        leg: Leg,
        /// The message.
        message: MessageId,
    },
    /// Speak so from now on: a volume at once, a rate with the next Play.
    Prosody {
        /// The leg.
        leg: Leg,
        /// How.
        prosody: Prosody,
    },
    /// A key that came outside the media (SIP INFO), to be counted once with the others.
    OutOfBandKey {
        /// The leg.
        leg: Leg,
        /// The key.
        key: Key,
    },
    /// Send a key as an RFC 4733 event, or as a tone where no events were agreed: what a test caller and a transfer through an IVR need.
    SendKey {
        /// The leg.
        leg: Leg,
        /// The key.
        key: Key,
    },
}

/// What a port tells the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// A key was pressed, told at its first packet and once however it arrived.
    Key {
        /// The leg.
        leg: Leg,
        /// When.
        tick: Tick,
        /// The key.
        key: Key,
        /// How it came.
        by: KeyMethod,
    },
    /// A Play is over; said exactly once for each.
    PlayEnded {
        /// The leg.
        leg: Leg,
        /// When.
        tick: Tick,
        /// Its name.
        id: PlayId,
        /// Why.
        why: PlayEnd,
    },
    /// The caller begins to speak while somebody listens: 80 ms after the first sound.
    Speech {
        /// The leg.
        leg: Leg,
        /// When.
        tick: Tick,
        /// Who listens.
        listen: ListenId,
    },
    /// So much of a message has been spoken that it is one; told once.
    Spoke {
        /// The leg.
        leg: Leg,
        /// When.
        tick: Tick,
        /// The message.
        message: MessageId,
    },
    /// A message is over; said exactly once for each.
    Recorded {
        /// The leg.
        leg: Leg,
        /// When.
        tick: Tick,
        /// The message.
        message: MessageId,
        /// Whether enough was spoken to be one.
        enough: bool,
        /// Why.
        why: RecordEnd,
    },
    /// The line itself says that nobody is there to be spoken with; told once.
    Tone {
        /// The leg.
        leg: Leg,
        /// When.
        tick: Tick,
        /// What it says.
        tone: LineTone,
    },
    /// Neither RTP nor RTCP has come for the session's limit, in a session in which both may send; told once for each silence.
    MediaTimeout {
        /// The leg.
        leg: Leg,
        /// When.
        tick: Tick,
    },
}

/// Why a Play ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayEnd {
    /// Heard to its end.
    Finished,
    /// A key stopped it by its armed rule.
    Key,
    /// Speech stopped it by its armed rule.
    Speech,
    /// A `Stop` came.
    Stopped,
    /// Another Play took its place.
    Replaced,
}

/// Why a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordEnd {
    /// Nobody spoke any more, or at all.
    Silence,
    /// A key came.
    Key,
    /// It has its full length.
    Full,
    /// A `StopRecord` came, or another message took its place.
    Stopped,
}

/// That a tick belongs to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taped {
    /// Which.
    pub message: MessageId,
    /// Whether so much of it has been spoken by now that it is one.
    pub enough: bool,
}

/// What a line says by tones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineTone {
    /// A fax calls or answers (ITU-T T.30: CNG, CED).
    Fax,
    /// The other side has gone: an exchange sounds busy, congestion or its dial tone (ITU-T E.180).
    Busy,
}

/// How a key came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyMethod {
    /// RFC 4733 telephone-event.
    Event,
    /// A tone within the voice.
    Tone,
    /// SIP INFO.
    Info,
}

/// What an offer and its answer settled for a leg (RFC 3264), as far as media needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Where the peer wants its RTP, from its SDP. `None` with port 0 or 0.0.0.0: nowhere yet.
    pub rtp: Option<SocketAddr>,
    /// Where the peer wants its RTCP (RFC 3605), else the port after RTP's.
    pub rtcp: Option<SocketAddr>,
    /// Who sent the SIP message: preferred when a source must be learnt.
    pub signalling: IpAddr,
    /// The voice codec, both ways.
    pub codec: Codec,
    /// Its RTP payload type in what we send.
    pub payload_type: u8,
    /// The payload type of telephone-event (RFC 4733) in what we send, when it was agreed.
    pub telephone_event: Option<u8>,
    /// The numbers of our own offer, when that is what was answered: the peer may send under them too (RFC 3264, section 6.1).
    #[serde(default)]
    pub offered: Option<PayloadTypes>,
    /// Milliseconds of voice in a packet that we send: 10 to 60.
    pub ptime_ms: u8,
    /// Who may send.
    pub direction: Direction,
}

impl Session {
    /// What most trunks settle: A-law both ways in packets of 20 ms, keys as events under 101. Its RTP goes to `peer`, who is the one that signals too.
    pub const fn plain(peer: SocketAddr) -> Self {
        Self {
            rtp: Some(peer),
            rtcp: None,
            signalling: peer.ip(),
            codec: Codec::Pcma,
            payload_type: 8,
            telephone_event: Some(101),
            offered: None,
            ptime_ms: 20,
            direction: Direction::SendRecv,
        }
    }
}

/// The numbers of a session's two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadTypes {
    /// The voice.
    pub voice: u8,
    /// Telephone-event, when there is any.
    pub telephone_event: Option<u8>,
}

/// A voice codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// G.711 A-law.
    Pcma,
    /// G.711 µ-law.
    Pcmu,
    /// G.722 at 64 kbit/s.
    G722,
    /// Opus (RFC 6716).
    Opus,
}

/// The direction of a media stream, seen from us (RFC 3264).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// We send only.
    SendOnly,
    /// We receive only: we are on hold.
    RecvOnly,
    /// Neither.
    Inactive,
}
