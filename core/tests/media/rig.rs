//! What the tests share: an outlet that keeps everything, and short ways to say things.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use dauys_core::key::Key;
use dauys_core::media::{
    Channel, Clips, Command, FRAME, Frame, Leg, Outlet, Packed, PlayEnd, PlayId, Port, PortConfig, SILENCE, Session, Signal, Taped,
};
use dauys_core::time::Tick;
use dauys_core::utterance::{BargeIn, ClipId, Piece, Pieces, Prosody, Rate, Volume};

/// Keeps what a port gives.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) sent: Vec<(SocketAddr, Channel, Vec<u8>)>,
    pub(crate) signals: Vec<Signal>,
    pub(crate) heard: Vec<u8>,
    pub(crate) said: Vec<u8>,
    /// Ticks in which the tap was not told what was said.
    pub(crate) untold: usize,
    /// The ticks that belong to messages, and what was heard in them.
    pub(crate) taped: Vec<(Taped, Frame)>,
}

impl Outlet for Kept {
    fn send(&mut self, to: SocketAddr, channel: Channel, bytes: &[u8]) {
        self.sent.push((to, channel, bytes.to_vec()));
    }

    fn signal(&mut self, signal: Signal) {
        self.signals.push(signal);
    }

    fn frame(&mut self, _: Tick, heard: &Frame, said: Option<&Frame>, taped: Option<Taped>) {
        self.taped.extend(taped.map(|taped| (taped, *heard)));
        self.heard.extend(heard);
        self.said.extend(said.unwrap_or(&[SILENCE; FRAME]));
        self.untold += usize::from(said.is_none());
    }
}

impl Kept {
    pub(crate) fn keys(&self) -> String {
        let key = |signal: &Signal| if let Signal::Key { key, .. } = signal { Some(key.char()) } else { None };
        self.signals.iter().filter_map(key).collect()
    }

    pub(crate) fn ends(&self) -> Vec<(u32, PlayEnd)> {
        let end = |signal: &Signal| if let Signal::PlayEnded { id, why, .. } = signal { Some((id.0, *why)) } else { None };
        self.signals.iter().filter_map(end).collect()
    }

    pub(crate) fn timeouts(&self) -> usize {
        self.signals.iter().filter(|signal| matches!(signal, Signal::MediaTimeout { .. })).count()
    }

    pub(crate) fn rtp(&self) -> Vec<&[u8]> {
        self.sent.iter().filter(|(_, channel, _)| *channel == Channel::Rtp).map(|(_, _, bytes)| bytes.as_slice()).collect()
    }
}

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Where the tests' peers are.
pub(crate) const PEER: &str = "192.0.2.7:4000";

pub(crate) fn session(peer: &str) -> Session {
    Session::plain(address(peer))
}

/// A second of a clip in which no 20 ms repeat.
pub(crate) fn noise(seconds: usize) -> Vec<u8> {
    let mut seed = 1_u32;
    let step = |_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    (0..seconds * 8000).map(step).collect()
}

/// Clip 0: ten seconds; clip 1: 30 ms; clip 2: a voice.
pub(crate) fn clips() -> Arc<Clips> {
    Arc::new(Clips::new(vec![noise(10).into(), vec![0x55; 240].into(), voice().to_vec().into()]))
}

/// Some seconds of a voice, A-law.
pub(crate) fn voice() -> &'static [u8] {
    static VOICE: LazyLock<Box<[u8]>> = LazyLock::new(|| {
        let file = include_bytes!("../../../audio/ru/prompts/main/greeting.opus");
        Packed::open(file.as_slice().into()).unwrap().alaw()
    });
    &VOICE
}

pub(crate) fn config(ssrc: u32) -> PortConfig {
    PortConfig { ssrc, sequence: 65_500, timestamp: u32::MAX - 4000, ..PortConfig::default() }
}

/// A port and what it gave.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) port: Port,
    pub(crate) out: Kept,
}

impl Rig {
    /// A port without a session.
    pub(crate) fn bare(ssrc: u32) -> Self {
        Self { port: Port::new(config(ssrc), clips()), out: Kept::default() }
    }

    /// A port with a session.
    pub(crate) fn new(session: Session) -> Self {
        let mut rig = Self::bare(1);
        rig.settle(session);
        rig
    }

    pub(crate) fn settle(&mut self, session: Session) {
        self.command(&Command::Session { leg: Leg::A, session });
    }

    pub(crate) fn command(&mut self, command: &Command) {
        self.port.handle_command(command, &mut self.out);
    }

    pub(crate) fn play(&mut self, id: u32, pieces: &[Piece], barge_in: BargeIn) {
        let pieces = Pieces::from_iter(pieces.iter().copied());
        self.command(&Command::Play { leg: Leg::A, id: PlayId(id), pieces, barge_in });
    }

    pub(crate) fn prosody(&mut self, volume: Volume, rate: Rate) {
        self.command(&Command::Prosody { leg: Leg::A, prosody: Prosody { volume, rate } });
    }

    pub(crate) fn send_keys(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.command(&Command::SendKey { leg: Leg::A, key: Key::from_char(key).unwrap() }));
    }

    pub(crate) fn ticks(&mut self, ticks: usize) {
        (0..ticks).for_each(|_| self.port.tick(&mut self.out));
    }

    pub(crate) fn rtp(&mut self, from: &str, bytes: &[u8]) {
        self.port.handle_datagram(Channel::Rtp, address(from), bytes, &mut self.out);
    }
}

/// The voice.
pub(crate) const VOICE: Piece = Piece::Clip(ClipId(2));

/// The long clip.
pub(crate) const LONG: Piece = Piece::Clip(ClipId(0));

/// An RTP packet without trimmings.
pub(crate) fn packet(payload_type: u8, sequence: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, payload_type];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A key's packet.
pub(crate) fn event(sequence: u16, timestamp: u32, code: u8) -> Vec<u8> {
    packet(101, sequence, timestamp, 9, &[code, 10, 0, 160])
}
