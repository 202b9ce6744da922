//! Two ports and a bad network: seeded, at virtual time.

use std::collections::BTreeMap;

use dauys_core::key::Key;
use dauys_core::media::{Channel, Codec, Command, Leg, PlayId, Session};
use dauys_core::utterance::BargeIn;

use crate::rig::{LONG, PEER, Rig, noise, packet, session};

const ROBOT: &str = "192.0.2.1:2000";
const CALLER: &str = "192.0.2.2:2000";

/// What the network does to each datagram.
#[derive(Clone, Copy, Debug, Default)]
struct Weather {
    seed: u64,
    /// Of 1000.
    lost: u64,
    /// Of 1000: how often a burst begins in which everything is lost, of one to four ticks.
    bursts: u64,
    /// Of 1000.
    doubled: u64,
    /// In ticks; each datagram on its own, so that they overtake each other.
    jitter: u64,
    /// Ticks between two that the caller's clock leaves out; 0: it runs as the robot's.
    slips: u64,
    burst_until: u64,
}

impl Weather {
    fn roll(&mut self, sides: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % sides
    }

    /// When the copies of a datagram sent now arrive.
    fn arrivals(&mut self, now: u64) -> Vec<u64> {
        if self.bursts > 0 && self.roll(1000) < self.bursts {
            self.burst_until = now + 1 + self.roll(4);
        }
        let lost = self.roll(1000) < self.lost || now < self.burst_until;
        let copies = if lost { 0 } else { 1 + u64::from(self.roll(1000) < self.doubled) };
        (0..copies).map(|_| now + self.roll(self.jitter + 1)).collect()
    }
}

/// Robot and caller, and what is on its way between them.
struct Pair {
    ends: [Rig; 2],
    weather: Weather,
    on_the_way: BTreeMap<u64, Vec<(usize, Channel, Vec<u8>)>>,
    now: u64,
}

impl Pair {
    fn new(weather: Weather, session: Session) -> Self {
        let mut ends = [Rig::bare(1), Rig::bare(2)];
        ends[0].settle(Session { rtp: CALLER.parse().ok(), ..session });
        ends[1].settle(Session { rtp: ROBOT.parse().ok(), ..session });
        Self { ends, weather, on_the_way: BTreeMap::new(), now: 0 }
    }

    fn ticks(&mut self, ticks: u64) {
        for _ in 0..ticks {
            self.now += 1;
            self.deliver();
            self.ends[0].ticks(1);
            let slipped = self.weather.slips > 0 && self.now.is_multiple_of(self.weather.slips);
            self.ends[1].ticks(usize::from(!slipped));
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
    lags(heard, clip).len() * 1000 / (clip.len() / 80)
}

/// How many samples after its place in the clip each of its frames is heard, those that are.
fn lags(heard: &[u8], clip: &[u8]) -> Vec<usize> {
    let mut from = 0;
    let mut lags = Vec::new();
    for (n, frame) in clip.chunks_exact(80).enumerate() {
        if let Some(at) = heard[from..].windows(80).take(16_000).position(|window| window == frame) {
            from += at + 80;
            lags.push((from - 80).saturating_sub(n * 80));
        }
    }
    lags
}

#[test]
fn every_key_counts_once_and_in_order_in_any_weather() {
    for seed in 0..40 {
        let weather = Weather { seed, lost: seed % 6 * 10, doubled: 50, jitter: seed % 11, ..Weather::default() };
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
        check_heard(Weather { seed, lost: 50, doubled: 50, jitter: 0, ..Weather::default() }, session(CALLER), 900);
        check_heard(Weather { seed, lost: 0, doubled: 0, jitter: 3, ..Weather::default() }, session(CALLER), 930);
        check_heard(Weather { seed, lost: 20, doubled: 20, jitter: 10, ..Weather::default() }, session(CALLER), 950);
        check_heard(Weather { seed, lost: 100, ..Weather::default() }, session(CALLER), 850);
        check_heard(Weather { seed, bursts: 20, ..Weather::default() }, session(CALLER), 840);
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

/// Keys as tones, 100 ms each, from the caller to the robot: how many of a thousand are heard; none may be heard twice, or another, or out of order.
fn tones_heard(weather: Weather) -> usize {
    let keys = "1199*0D5#221100990101300014#ABC";
    let (mut heard, mut sent) = (0, 0);
    for seed in 0..30 {
        let mut pair = Pair::new(Weather { seed, ..weather }, Session { telephone_event: None, ..session(CALLER) });
        pair.ends[1].play(1, &[LONG], BargeIn::Off);
        pair.ticks(10);
        pair.ends[1].command(&Command::Stop { leg: Leg::A, id: PlayId(1) });
        pair.ticks(10);
        pair.ends[1].send_keys(keys);
        pair.ticks(keys.len() as u64 * 9 + 30);
        let told = pair.ends[0].out.keys();
        let mut rest = keys.chars();
        assert!(told.chars().all(|key| rest.any(|sent| sent == key)), "{told} of {keys} in {:?}", pair.weather);
        heard += told.len();
        sent += keys.len();
    }
    heard * 1000 / sent
}

#[test]
fn keys_as_tones_are_heard_once_and_in_order_in_any_weather() {
    let check = |weather: Weather, least: usize| {
        let heard = tones_heard(weather);
        assert!(heard >= least, "{heard} of 1000 keys heard in {weather:?}");
    };
    check(Weather::default(), 1000);
    check(Weather { doubled: 100, ..Weather::default() }, 1000);
    check(Weather { lost: 20, ..Weather::default() }, 998);
    check(Weather { lost: 100, ..Weather::default() }, 985);
    check(Weather { bursts: 20, ..Weather::default() }, 965);
    check(Weather { jitter: 3, ..Weather::default() }, 998);
    check(Weather { jitter: 10, doubled: 50, ..Weather::default() }, 990);
    check(Weather { jitter: 10, lost: 50, ..Weather::default() }, 980);
}

/// The delay follows the network: it grows to what the jitter needs, stays below the limit, and shrinks when the weather clears.
#[test]
fn the_delay_is_bounded_and_comes_down_again() {
    let clip = noise(10);
    for seed in 0..5 {
        let mut pair = Pair::new(Weather { seed, jitter: 10, ..Weather::default() }, session(CALLER));
        pair.ends[1].play(1, &[LONG], BargeIn::Off);
        pair.ticks(520);
        let stormy = lags(&pair.ends[0].out.heard, &clip);
        assert!(stormy.iter().all(|lag| *lag <= (200 + 240 + 40) * 8), "{:?}", stormy.iter().max());
        let late = pair.ends[0].port.stats().late;
        assert!(late <= 20, "{late} packets late: the delay does not hold");
        pair.weather.jitter = 0;
        pair.ticks(1500);
        pair.ends[0].out.heard.clear();
        pair.ends[1].play(2, &[LONG], BargeIn::Off);
        pair.ticks(520);
        let calm = lags(&pair.ends[0].out.heard, &clip);
        assert!(calm.len() >= 990 && calm.iter().all(|lag| *lag <= 80 * 8), "{} {:?}", calm.len(), calm.iter().max());
    }
}

/// Ten minutes with a caller whose clock is slower by 1 in 2000 (a decent one: in 10,000).
#[test]
fn a_drifting_clock_is_followed_for_ten_minutes() {
    let mut pair = Pair::new(Weather { slips: 2000, ..Weather::default() }, session(CALLER));
    let clip = noise(10);
    let mut worst = 0;
    for round in 0..60 {
        pair.ends.iter_mut().for_each(|end| end.out.heard.clear());
        pair.ends[0].play(round, &[LONG], BargeIn::Off);
        pair.ends[1].play(round, &[LONG], BargeIn::Off);
        pair.ticks(510);
        for end in &pair.ends {
            let lags = lags(&end.out.heard, &clip);
            assert!(lags.len() >= 980, "{} of 1000 in round {round}", lags.len());
            worst = worst.max(lags.into_iter().max().unwrap());
        }
    }
    assert!(worst <= 120 * 8, "{worst} samples of delay");
    assert!(pair.ends.iter().all(|end| end.port.stats().concealed <= 60), "{:?}", pair.ends[0].port.stats());
}

/// How a peer is silent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Silence {
    /// It says so by comfort noise (RFC 3389), and its time runs on.
    Told,
    /// It sends nothing, and its time runs on.
    Untold,
    /// It sends nothing, and its time stands still.
    Frozen,
    /// Each stretch of voice has a source of its own, with other numbers and times.
    AnotherSource,
}

#[test]
fn silence_is_no_loss_however_a_peer_is_silent() {
    let clip = noise(10);
    for silence in [Silence::Told, Silence::Untold, Silence::Frozen, Silence::AnotherSource] {
        let mut rig = Rig::new(session(PEER));
        let (mut sequence, mut timestamp, mut ssrc) = (65_000_u16, u32::MAX - 20_000, 9);
        for (n, frame) in clip.chunks_exact(160).enumerate() {
            if n % 25 == 0 && n > 0 {
                for quiet in 0..35 {
                    if silence == Silence::Told && quiet % 10 == 0 {
                        rig.rtp(PEER, &packet(13, sequence, timestamp, ssrc, &[60]));
                        sequence = sequence.wrapping_add(1);
                    }
                    rig.ticks(1);
                    timestamp = if silence == Silence::Frozen { timestamp } else { timestamp.wrapping_add(160) };
                }
                if silence == Silence::AnotherSource {
                    (sequence, timestamp, ssrc) = (sequence.wrapping_mul(31), timestamp.wrapping_mul(77), ssrc + 1);
                }
            }
            let marker = if n % 25 == 0 { 0x80 } else { 0 };
            rig.rtp(PEER, &packet(marker | 8, sequence, timestamp, ssrc, frame));
            (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(160));
            rig.ticks(1);
        }
        rig.ticks(20);
        let (heard, stats) = (share_heard(&rig.out.heard, &clip), rig.port.stats());
        assert!(heard >= 985, "{silence:?}: {heard} of 1000 heard, {stats:?}");
        let gaps = clip.len() as u32 / 160 / 25;
        assert!(stats.concealed <= 3 * if silence == Silence::Told { 1 } else { gaps }, "{silence:?}: {stats:?}");
        assert_eq!((rig.out.keys().as_str(), stats.lost), ("", 0), "{silence:?}");
    }
}

/// A press that comes as an event, as a tone that the gateway lets through and as an INFO, over a bad network.
#[test]
fn a_key_that_comes_three_ways_is_counted_once() {
    for seed in 0..30 {
        let weather = Weather { seed, jitter: seed % 8, doubled: 30, lost: seed % 5 * 10, ..Weather::default() };
        let mut tones = Pair::new(weather, session(CALLER));
        tones.ends[1].settle(Session { telephone_event: None, rtp: ROBOT.parse().ok(), ..session(CALLER) });
        let keys = "1159900#";
        let (mut sequence, mut timestamp) = (100, 5000);
        for key in keys.chars().map(|key| Key::from_char(key).unwrap()) {
            tones.ends[1].send_keys(&key.char().to_string());
            let info_at = 3 + seed % 7;
            for tick in 0..18 {
                if tick < 6 && (tick > 2 || seed % 2 == 0) {
                    sequence += 1;
                    // a gateway may give events a source of their own
                    tones.ends[0].rtp(CALLER, &packet(101, sequence, timestamp, 77, &[key.event(), 10, 0, 160]));
                }
                if tick == info_at && seed % 3 == 0 {
                    tones.ends[0].command(&Command::OutOfBandKey { leg: Leg::A, key });
                }
                tones.ticks(1);
            }
            timestamp += 18 * 160;
        }
        tones.ticks(30);
        assert_eq!(tones.ends[0].out.keys(), keys, "{weather:?}");
    }
}
