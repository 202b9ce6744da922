//! Sounds that the tests make, and an ear: a port that is sent them as A-law and tells what it heard in them.

use std::f32::consts::TAU;

use audio_codec_algorithms::encode_alaw;
use dauys_core::media::{Channel, FRAME, Frame, KeyMethod, LineTone, Outlet, Port, Signal, Taped};
use dauys_core::time::Tick;
use std::net::SocketAddr;

use crate::rig::{PEER, address, clips, config, packet, session};
use dauys_core::media::{Command, Leg, Session};

/// Samples in a millisecond.
pub(crate) const MS: usize = 8;
/// The amplitude of a sinusoid of 0 dBm0.
const MILLIWATT: f32 = 22_378.0;

/// The amplitude of a sinusoid of so many dBm0.
pub(crate) fn dbm0(level: f32) -> f32 {
    MILLIWATT * ratio(level)
}

/// Decibels as a ratio of amplitudes.
pub(crate) fn ratio(db: f32) -> f32 {
    10_f32.powf(db / 20.0)
}

/// Seeded chance.
#[derive(Clone, Debug)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// From 0 to 1.
    pub(crate) fn share(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }

    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.share()
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.share() * end as f32) as usize
    }

    /// Nearly Gaussian, of standard deviation 1.
    pub(crate) fn gauss(&mut self) -> f32 {
        ((0..6).map(|_| self.share()).sum::<f32>() - 3.0) * std::f32::consts::SQRT_2
    }
}

/// The frequencies of a key (ITU-T Q.23).
pub(crate) fn pair(key: char) -> (f32, f32) {
    let at = "123A456B789C*0#D".find(key).unwrap();
    ([697.0, 770.0, 852.0, 941.0][at / 4], [1209.0, 1336.0, 1477.0, 1633.0][at % 4])
}

/// A sound under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sound(pub(crate) Vec<f32>);

impl Sound {
    pub(crate) fn silence(mut self, samples: usize) -> Self {
        self.0.extend(std::iter::repeat_n(0.0, samples));
        self
    }

    /// Sinusoids of these frequencies and amplitudes, together.
    pub(crate) fn waves(mut self, samples: usize, waves: &[(f32, f32)]) -> Self {
        let start = self.0.len();
        let wave =
            |at: usize| waves.iter().map(|(hz, loud)| loud * (TAU * (hz * ((start + at) as f32 / 8000.0)).fract()).sin()).sum::<f32>();
        self.0.extend((0..samples).map(wave));
        self
    }

    /// A key, both tones at so many dBm0.
    pub(crate) fn key(self, key: char, samples: usize, level: f32) -> Self {
        let (low, high) = pair(key);
        self.waves(samples, &[(low, dbm0(level)), (high, dbm0(level))])
    }

    /// White noise over all of it, of a power of so many dBm0.
    pub(crate) fn noisy(mut self, level: f32, chance: &mut Chance) -> Self {
        let loud = dbm0(level) / std::f32::consts::SQRT_2;
        self.0.iter_mut().for_each(|sample| *sample += loud * chance.gauss());
        self
    }

    pub(crate) fn alaw(&self) -> Vec<u8> {
        self.0.iter().map(|sample| encode_alaw(sample.clamp(-32_768.0, 32_767.0) as i16)).collect()
    }

    /// The keys that a port hears in it.
    pub(crate) fn keys(&self) -> String {
        let mut ear = Ear::new();
        ear.hear(&self.alaw());
        ear.hear(&[0xD5; 20 * FRAME]);
        ear.told.keys
    }

    /// The tones of the line that a port hears in it.
    pub(crate) fn tones(&self) -> Vec<LineTone> {
        let mut ear = Ear::new();
        ear.hear(&self.alaw());
        ear.told.tones
    }
}

/// A port with a peer that sends it sounds.
#[derive(Debug)]
pub(crate) struct Ear {
    port: Port,
    packets: usize,
    rest: Vec<u8>,
    pub(crate) told: Told,
}

/// What an ear has told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) keys: String,
    pub(crate) tones: Vec<LineTone>,
}

impl Outlet for Told {
    fn send(&mut self, _: SocketAddr, _: Channel, _: &[u8]) {}

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Key { key, by: KeyMethod::Tone, .. } => self.keys.push(key.char()),
            Signal::Tone { tone, .. } => self.tones.push(tone),
            Signal::Key { .. }
            | Signal::Speech { .. }
            | Signal::Spoke { .. }
            | Signal::Recorded { .. }
            | Signal::PlayEnded { .. }
            | Signal::MediaTimeout { .. } => {}
        }
    }

    fn frame(&mut self, _: Tick, _: &Frame, _: Option<&Frame>, _: Option<Taped>) {}
}

impl Ear {
    pub(crate) fn new() -> Self {
        let mut told = Told::default();
        let mut port = Port::new(config(1), clips());
        let session = Session { telephone_event: None, ..session(PEER) };
        port.handle_command(&Command::Session { leg: Leg::A, session }, &mut told);
        Self { port, packets: 0, rest: Vec::new(), told }
    }

    /// Hears a packet a tick.
    pub(crate) fn hear(&mut self, alaw: &[u8]) {
        self.rest.extend(alaw);
        let whole = self.rest.len() / FRAME * FRAME;
        for frame in self.rest[..whole].chunks_exact(FRAME) {
            let bytes = packet(8, self.packets as u16, (self.packets * FRAME) as u32, 9, frame);
            self.port.handle_datagram(Channel::Rtp, address(PEER), &bytes, &mut self.told);
            self.port.tick(&mut self.told);
            self.packets += 1;
        }
        self.rest.drain(..whole);
    }
}
