//! Two ports and a bad network: seeded, at virtual time.

use std::collections::BTreeMap;

use dauys_core::media::{Channel, Codec, Session};
use dauys_core::utterance::BargeIn;

use crate::rig::{LONG, Rig, noise, session};

pub(crate) const ROBOT: &str = "192.0.2.1:2000";
pub(crate) const CALLER: &str = "192.0.2.2:2000";

/// What the network does to each datagram.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) seed: u64,
    /// Of 1000.
    pub(crate) lost: u64,
    /// Of 1000.
    pub(crate) doubled: u64,
    /// In ticks; each datagram on its own, so that they overtake each other.
    pub(crate) jitter: u64,
}

impl Weather {
    fn roll(&mut self, sides: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % sides
    }

    /// When the copies of a datagram sent now arrive.
    fn arrivals(&mut self, now: u64) -> Vec<u64> {
        let copies = if self.roll(1000) < self.lost { 0 } else { 1 + u64::from(self.roll(1000) < self.doubled) };
        (0..copies).map(|_| now + self.roll(self.jitter + 1)).collect()
    }
}

/// Robot and caller, and what is on its way between them.
pub(crate) struct Pair {
    pub(crate) ends: [Rig; 2],
    weather: Weather,
    on_the_way: BTreeMap<u64, Vec<(usize, Channel, Vec<u8>)>>,
    now: u64,
}

impl Pair {
    pub(crate) fn new(weather: Weather, session: Session) -> Self {
        let mut ends = [Rig::bare(1), Rig::bare(2)];
        ends[0].settle(Session { rtp: CALLER.parse().ok(), ..session });
        ends[1].settle(Session { rtp: ROBOT.parse().ok(), ..session });
        Self { ends, weather, on_the_way: BTreeMap::new(), now: 0 }
    }

    pub(crate) fn ticks(&mut self, ticks: u64) {
        for _ in 0..ticks {
            self.now += 1;
            self.deliver();
            self.ends.iter_mut().for_each(|end| end.ticks(1));
            (0..2).for_each(|from| self.carry(from));
        }
    }

    fn carry(&mut self, from: usize) {
        for (_, channel, bytes) in std::mem::take(&mut self.ends[from].out.sent) {
            for at in self.weather.arrivals(self.now) {
                self.on_the_way.entry(at).or_default().push((1 - from, channel, bytes.clone()));
            }
        }
    }

    fn deliver(&mut self) {
        let later = self.on_the_way.split_off(&(self.now + 1));
        for (to, channel, bytes) in std::mem::replace(&mut self.on_the_way, later).into_values().flatten() {
            let from = if to == 0 { CALLER } else { ROBOT };
            let Rig { port, out } = &mut self.ends[to];
            port.handle_datagram(channel, from.parse().unwrap(), &bytes, out);
        }
    }
}

/// How many of the clip's frames are heard, in order, to the byte; in thousandths.
fn share_heard(heard: &[u8], clip: &[u8]) -> usize {
    let mut rest = heard;
    let mut found = 0;
    for frame in clip.chunks_exact(80) {
        if let Some(at) = rest.windows(80).take(16_000).position(|window| window == frame) {
            rest = &rest[at + 80..];
            found += 1;
        }
    }
    found * 1000 / (clip.len() / 80)
}

#[test]
fn every_key_counts_once_and_in_order_in_any_weather() {
    for seed in 0..40 {
        let weather = Weather { seed, lost: seed % 6 * 10, doubled: 50, jitter: seed % 11 };
        let mut pair = Pair::new(weather, session(CALLER));
        let keys = ["1199*0D5#221100", "990101300014#"];
        pair.ends[1].send_keys(keys[0]);
        pair.ends[0].send_keys(keys[1]);
        pair.ticks(200);
        assert_eq!([pair.ends[0].out.keys(), pair.ends[1].out.keys()], keys, "{weather:?}");
    }
}

#[track_caller]
fn check_heard(weather: Weather, session: Session, least: usize) {
    let mut pair = Pair::new(weather, session);
    pair.ends[0].play(1, &[LONG], BargeIn::Off);
    pair.ends[1].play(1, &[LONG], BargeIn::Off);
    pair.ticks(540);
    let clip = noise(10);
    let heard = [0, 1].map(|end| share_heard(&pair.ends[end].out.heard, &clip));
    assert!(heard.iter().all(|share| *share >= least), "{heard:?} of 1000 heard in {weather:?}: {:?}", pair.ends[0].port.stats());
}

#[test]
fn a_calm_network_loses_nothing_at_any_packet_length() {
    for ptime_ms in [10, 20, 25, 30, 40, 50, 60] {
        check_heard(Weather::default(), Session { ptime_ms, ..session(CALLER) }, 990);
    }
}

#[test]
fn voice_comes_through_bad_weather_both_ways() {
    for seed in 1..6 {
        check_heard(Weather { seed, lost: 50, doubled: 50, jitter: 0 }, session(CALLER), 900);
        check_heard(Weather { seed, lost: 0, doubled: 0, jitter: 3 }, session(CALLER), 930);
        check_heard(Weather { seed, lost: 20, doubled: 20, jitter: 10 }, session(CALLER), 800);
    }
}

#[test]
fn the_other_law_is_heard_as_loud() {
    let mut pair = Pair::new(Weather::default(), Session { codec: Codec::Pcmu, payload_type: 0, ..session(CALLER) });
    pair.ends[0].play(1, &[LONG], BargeIn::Off);
    pair.ticks(100);
    let linear = |code: &u8| f64::from(audio_codec_algorithms::decode_alaw(*code));
    let said: Vec<_> = pair.ends[0].out.said.iter().map(linear).collect();
    let heard: Vec<_> = pair.ends[1].out.heard.iter().map(linear).collect();
    let best = (0..1000).map(|lag| correlation(&said[..12_000], &heard[lag..lag + 12_000])).fold(0.0, f64::max);
    assert!(best > 0.999, "{best}");
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1.0)
}

#[test]
fn reports_tell_each_end_what_the_other_lost() {
    let mut pair = Pair::new(Weather { seed: 3, lost: 200, ..Weather::default() }, session(CALLER));
    pair.ticks(2000);
    let stats = pair.ends[0].port.stats();
    assert!((25..=80).contains(&stats.remote_fraction_lost), "{stats:?}");
    assert!((300..=500).contains(&stats.lost), "{stats:?}");
    assert_eq!((stats.malformed, stats.strangers), (0, 0));
}
