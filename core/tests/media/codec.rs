//! Every codec between two ports: voice and keys both ways, in good weather and bad, and whatever else may come.

use dauys_core::media::{Codec, PayloadTypes, SILENCE, Session};
use dauys_core::utterance::BargeIn;

use crate::network::{CALLER, Pair, ROBOT, Weather};
use crate::rig::{PEER, Rig, VOICE, packet, session, voice};

/// A session in this codec, with events under 101.
fn speaking(codec: Codec) -> Session {
    Session { codec, payload_type: codec.format().static_payload_type.unwrap_or(96), ..session(PEER) }
}

fn linear(alaw: &[u8]) -> Vec<f64> {
    alaw.iter().map(|code| f64::from(audio_codec_algorithms::decode_alaw(*code))).collect()
}

/// How alike what was heard is to what was said, where the second quarter of it fits best within a quarter of a second after its time.
fn likeness(said: &[f64], heard: &[f64]) -> f64 {
    let quarter = said.len() / 4..said.len() / 2;
    let fit = |lag: &usize| alike(&said[quarter.clone()], &heard[quarter.start + lag..]);
    let lag = (0..2000.min(heard.len() - quarter.end)).map(|lag| (lag, fit(&lag))).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
    alike(said, &heard[lag..])
}

/// How alike the beginnings of two sounds are.
fn alike(a: &[f64], b: &[f64]) -> f64 {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1.0)
}

/// Both ends say the voice; how well each heard the other.
fn heard_by_each(weather: Weather, session: Session) -> [f64; 2] {
    let mut pair = Pair::new(weather, session);
    pair.ends.iter_mut().for_each(|end| end.play(1, &[VOICE], BargeIn::Off));
    pair.ticks(voice().len() as u64 / 160 + 40);
    pair.ends.each_ref().map(|end| likeness(&linear(voice()), &linear(&end.out.heard)))
}

#[track_caller]
fn check(weather: Weather, session: Session, least: f64) {
    let heard = heard_by_each(weather, session);
    assert!(heard.iter().all(|likeness| *likeness > least), "{heard:?} in {:?} of {} ms", session.codec, session.ptime_ms);
}

#[test]
fn a_voice_comes_through_every_codec_both_ways_at_every_packet_length() {
    for codec in Codec::ALL {
        for ptime_ms in [10, 20, 30, 40, 50, 60] {
            check(Weather::default(), Session { ptime_ms, ..speaking(codec) }, 0.98);
        }
    }
}

#[test]
fn a_voice_is_known_again_in_bad_weather() {
    // G.722 leans on what came before, and so suffers a while from what did not. Opus says everything twice.
    for (codec, lossy, disordered) in
        [(Codec::Pcma, 0.9, 0.95), (Codec::Pcmu, 0.9, 0.95), (Codec::G722, 0.85, 0.8), (Codec::Opus, 0.97, 0.95)]
    {
        for seed in 1..4 {
            check(Weather { seed, lost: 50, ..Weather::default() }, speaking(codec), lossy);
            check(Weather { seed, lost: 10, doubled: 50, jitter: 2, ..Weather::default() }, speaking(codec), disordered);
        }
    }
}

fn timestamp(packet: &[u8]) -> u32 {
    u32::from_be_bytes(packet[4..8].try_into().unwrap())
}

#[test]
fn timestamps_count_in_the_clock_of_the_codec() {
    for (codec, wanted_ms, packet_ms, step) in [
        (Codec::Pcmu, 20, 20, 160),
        (Codec::G722, 20, 20, 160),
        (Codec::G722, 60, 60, 480),
        (Codec::Opus, 10, 10, 480),
        (Codec::Opus, 20, 20, 960),
        (Codec::Opus, 30, 20, 960),
        (Codec::Opus, 50, 40, 1920),
        (Codec::Opus, 60, 60, 2880),
    ] {
        let mut rig = Rig::new(Session { ptime_ms: wanted_ms, ..speaking(codec) });
        rig.ticks(12);
        let times: Vec<_> = rig.out.rtp().into_iter().map(timestamp).collect();
        assert_eq!(times.len(), 240 / packet_ms, "{codec:?} {wanted_ms}");
        assert!(times.windows(2).all(|two| two[1].wrapping_sub(two[0]) == step), "{codec:?} {wanted_ms}: {times:?}");
    }
}

#[test]
fn keys_and_reports_count_in_the_clock_of_opus() {
    let mut rig = Rig::new(speaking(Codec::Opus));
    rig.send_keys("5");
    rig.ticks(10);
    let sent = rig.out.rtp();
    let events: Vec<_> = sent.iter().filter(|bytes| bytes[1] & 0x7F == 101).collect();
    let durations: Vec<_> = events.iter().map(|bytes| u16::from_be_bytes([bytes[14], bytes[15]])).collect();
    assert_eq!(durations, [960, 1920, 2880, 3840, 4800, 4800, 4800]);
    let next = sent.iter().find(|bytes| bytes[1] & 0x7F == 96).unwrap();
    assert_eq!(timestamp(next).wrapping_sub(timestamp(events[0])), 7 * 960);
    // A peer whose packets come by turns a tick late: 20 ms of jitter, in 1/48000 s.
    let opus = packets("narrowband-fec");
    for n in 0..400_u16 {
        rig.rtp(PEER, &packet(96, n, u32::from(n + n % 2) * 960, 9, &opus[0]));
        rig.ticks(1);
    }
    let reports: Vec<_> = rig.out.sent.iter().filter(|(_, _, bytes)| (200..=201).contains(&bytes[1])).collect();
    let (_, _, last) = reports.last().unwrap();
    let block = if last[1] == 200 { &last[28..] } else { &last[8..] };
    let jitter = u32::from_be_bytes(block[12..16].try_into().unwrap());
    assert!((600..=1000).contains(&jitter), "{jitter}");
}

#[test]
fn the_codec_may_change_within_a_call_and_voice_and_keys_go_on() {
    let order = [Codec::Pcma, Codec::G722, Codec::Opus, Codec::Pcmu, Codec::Opus, Codec::Pcma];
    let mut pair = Pair::new(Weather::default(), speaking(order[0]));
    let said = linear(voice());
    let mut sources = Vec::new();
    for (n, codec) in order.into_iter().enumerate() {
        pair.ends[0].settle(Session { rtp: CALLER.parse().ok(), ..speaking(codec) });
        pair.ends[1].settle(Session { rtp: ROBOT.parse().ok(), ..speaking(codec) });
        pair.ends.iter_mut().for_each(|end| end.out.heard.clear());
        pair.ends.iter_mut().for_each(|end| end.play(n as u32, &[VOICE], BargeIn::Off));
        pair.ticks(voice().len() as u64 / 160 + 20);
        let heard = pair.ends.each_ref().map(|end| likeness(&said, &linear(&end.out.heard)));
        assert!(heard.iter().all(|likeness| *likeness > 0.98), "{heard:?} in {codec:?}, the {n}th");
        pair.ends[0].send_keys("12");
        pair.ends[1].send_keys("*#");
        pair.ticks(25);
        assert_eq!(pair.ends.each_ref().map(|end| end.out.keys()), ["*#".repeat(n + 1), "12".repeat(n + 1)], "{codec:?}");
        pair.ends.iter_mut().for_each(|end| end.ticks(1));
        let (_, _, last) = pair.ends[0].out.sent.last().unwrap();
        sources.push(last[8..12].to_vec());
    }
    let changed: Vec<_> = sources.windows(2).map(|two| two[0] != two[1]).collect();
    assert_eq!(changed, [false, true, true, true, true], "another clock is another source (RFC 7160, section 4.1)");
    for end in &pair.ends {
        let stats = end.port.stats();
        assert!(stats.malformed == 0 && stats.unexpected <= 2 * order.len() as u32 && stats.sent > 1200, "{stats:?}");
    }
}

#[test]
fn the_same_codec_settled_again_goes_on_without_a_break() {
    for codec in [Codec::G722, Codec::Opus] {
        let mut pair = Pair::new(Weather::default(), speaking(codec));
        pair.ends.iter_mut().for_each(|end| end.play(1, &[VOICE], BargeIn::Off));
        for _ in 0..8 {
            pair.ticks(30);
            pair.ends[0].settle(Session { rtp: CALLER.parse().ok(), ..speaking(codec) });
            pair.ends[1].settle(Session { rtp: ROBOT.parse().ok(), ..speaking(codec) });
        }
        let heard = likeness(&linear(voice()), &linear(&pair.ends[1].out.heard));
        assert!(heard > 0.98, "{heard} in {codec:?}");
    }
}

#[test]
fn the_peer_may_send_under_its_numbers_or_ours() {
    let offered = Some(PayloadTypes { voice: 96, telephone_event: Some(102) });
    let mut rig = Rig::new(Session { payload_type: 120, telephone_event: Some(121), offered, ..speaking(Codec::Opus) });
    let opus = packets("narrowband-fec");
    for (n, number) in [96, 120, 96, 120].into_iter().enumerate() {
        rig.rtp(PEER, &packet(number, n as u16, n as u32 * 960, 9, &opus[n]));
    }
    rig.rtp(PEER, &packet(102, 4, 4 * 960, 9, &[1, 10, 0, 160]));
    rig.rtp(PEER, &packet(121, 5, 20 * 960, 9, &[2, 10, 0, 160]));
    rig.rtp(PEER, &packet(97, 6, 21 * 960, 9, &opus[5]));
    assert_eq!((rig.out.keys().as_str(), rig.port.stats().unexpected), ("12", 1));
    rig.ticks(1);
    assert_eq!(rig.out.rtp()[0][1] & 0x7F, 120);
}

/// The packets that libopus made when it was told this.
fn packets(name: &str) -> Vec<Vec<u8>> {
    let line = include_str!("libopus.txt").lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    let byte = |hex: &[u8]| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap();
    line.split(' ').map(|packet| packet.as_bytes().chunks(2).map(byte).collect()).collect()
}

/// What libopus was given, as we would hear it.
fn buzz() -> Vec<f64> {
    use std::f64::consts::TAU;
    let sample = |n: i32| {
        let t = f64::from(n) / 8000.0;
        let phase = 120.0 * t + 0.25 * (TAU * 1.5 * t).sin();
        let harmonic = |k: i32| (TAU * f64::from(k) * phase).cos() / (1.0 + f64::from((k - 4).pow(2)) / 8.0);
        (0.6 + 0.4 * (TAU * 4.0 * t).sin()) * (1..=20).map(harmonic).sum::<f64>()
    };
    (0..2880).map(sample).collect()
}

/// What is heard of these packets, each so many milliseconds long, when every nth is lost on the way; and the ticks that were made up.
fn heard_of(packets: &[Vec<u8>], ms: u32, lost_every: usize) -> (Vec<f64>, u32) {
    let mut rig = Rig::new(speaking(Codec::Opus));
    for tick in 0..50_u32 {
        for (n, payload) in packets.iter().enumerate().filter(|(n, _)| *n as u32 * ms / 20 == tick && (n + 1) % lost_every != 0) {
            rig.rtp(PEER, &packet(96, n as u16, n as u32 * ms * 48, 9, payload));
        }
        rig.ticks(1);
    }
    assert_eq!(rig.port.stats().malformed, 0);
    (linear(&rig.out.heard), rig.port.stats().concealed)
}

#[test]
fn whatever_opus_a_peer_chooses_is_heard() {
    for (name, ms) in
        [("wideband", 20), ("stereo", 20), ("low-delay", 10), ("fullband-60", 60), ("stereo-120", 120), ("narrowband-fec", 20)]
    {
        let (heard, _) = heard_of(&packets(name), ms, usize::MAX);
        let likeness = likeness(&buzz(), &heard);
        assert!(likeness > 0.96, "{name}: {likeness}");
    }
}

#[test]
fn a_packet_of_opus_that_was_lost_is_read_in_the_next() {
    let packets = packets("narrowband-fec");
    let (whole, _) = heard_of(&packets, 20, usize::MAX);
    let (heard, concealed) = heard_of(&packets, 20, 4);
    let likeness = likeness(&whole[..5000], &heard);
    assert!(likeness > 0.95, "{likeness}");
    // Only after the end is anything missing.
    assert!(concealed <= 3, "{concealed}");
}

#[test]
fn a_peer_that_says_that_it_falls_silent_has_lost_nothing() {
    let packets = packets("narrowband-fec");
    let concealed_after = |last: &[u8]| {
        let mut rig = Rig::new(speaking(Codec::Opus));
        for (n, payload) in packets.iter().take(10).map(Vec::as_slice).chain([last]).enumerate() {
            rig.rtp(PEER, &packet(96, n as u16, n as u32 * 960, 9, payload));
            rig.ticks(1);
        }
        rig.ticks(30);
        rig.rtp(PEER, &packet(96, 11, 41 * 960, 9, &packets[11]));
        rig.ticks(2);
        rig.port.stats().concealed
    };
    assert_eq!(concealed_after(&packets[10][..1]), 0);
    assert!(concealed_after(&packets[10]) > 0);
}

#[test]
fn a_flood_of_voice_takes_no_more_time_than_voice_can() {
    let mut rig = Rig::new(speaking(Codec::Opus));
    let packets = packets("stereo-120");
    let mut heard_before = 0;
    for tick in 0..200_u32 {
        for n in tick * 16..(tick + 1) * 16 {
            rig.rtp(PEER, &packet(96, n as u16, n * 120 * 48, 9, &packets[n as usize % packets.len()]));
        }
        if tick == 99 {
            heard_before = rig.port.stats().excess;
        }
        rig.ticks(1);
    }
    let decoded = 16 * 100 - (rig.port.stats().excess - heard_before);
    // Two seconds pass: at twice their pace that is 33 packets.
    assert!((30..=36).contains(&decoded), "{decoded} packets of 120 ms in two seconds");
    rig.ticks(50);
    rig.out.heard.clear();
    for (n, payload) in packets.iter().cycle().take(20).enumerate() {
        rig.rtp(PEER, &packet(96, 40_000 + n as u16, n as u32 * 120 * 48, 9, payload));
        rig.ticks(6);
    }
    assert!(rig.out.heard.iter().filter(|sample| **sample != SILENCE).count() > 8000, "who then speaks as one does is heard");
}

#[test]
fn no_bytes_bring_a_codec_down() {
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut roll = |sides: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 16) as usize % sides
    };
    let known: Vec<_> = ["wideband", "stereo", "low-delay", "fullband-60", "stereo-120"].into_iter().flat_map(packets).collect();
    for codec in Codec::ALL {
        let mut rig = Rig::new(speaking(codec));
        for n in 0..4000_u32 {
            let mut payload =
                if roll(2) == 0 { known[roll(known.len())].clone() } else { (0..roll(300)).map(|_| roll(256) as u8).collect() };
            for _ in 0..roll(4) {
                let at = roll(payload.len().max(1));
                payload.iter_mut().skip(at).take(1).for_each(|byte| *byte = roll(256) as u8);
            }
            payload.truncate(roll(1500));
            let number = speaking(codec).payload_type;
            rig.rtp(PEER, &packet(number, (n + roll(3) as u32) as u16, n * 960 + roll(5000) as u32, 9, &payload));
            rig.ticks(1);
        }
        let stats = rig.port.stats();
        let malformed = u64::from(stats.malformed);
        assert!(stats.received > 3000 && (codec != Codec::Opus || (200..3000).contains(&malformed)), "{codec:?}: {stats:?}");
    }
}

/// Nanoseconds that a 20 ms packet takes to be taken in, and a tick to make one and to play another: the median, which other load on the machine moves least.
#[allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn costs(codec: Codec) -> [u128; 2] {
    const ROUNDS: usize = 20;
    let mut pair = Pair::new(Weather::default(), speaking(codec));
    pair.ends.iter_mut().for_each(|end| end.play(1, &[VOICE], BargeIn::Off));
    let ticks = voice().len() / 160;
    pair.ends[0].ticks(ticks);
    let packets: Vec<_> = pair.ends[0].out.rtp().into_iter().map(<[u8]>::to_vec).collect();
    let (mut taking, mut ticking) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut rig = Rig::new(Session { rtp: ROBOT.parse().ok(), ..speaking(codec) });
        rig.play(1, &[VOICE], BargeIn::Off);
        for bytes in &packets {
            let before = std::time::Instant::now();
            rig.rtp(ROBOT, bytes);
            let between = std::time::Instant::now();
            rig.ticks(1);
            taking.push((between - before).as_nanos());
            ticking.push(between.elapsed().as_nanos());
        }
    }
    [taking, ticking].map(|mut all| {
        all.sort_unstable();
        all[all.len() / 2]
    })
}

#[test]
#[ignore = "it measures, and judges nothing"]
#[allow(clippy::print_stdout, reason = "the table is what it is for")]
fn what_each_codec_costs() {
    for codec in Codec::ALL {
        let [taking, ticking] = costs(codec);
        println!("| {} | {taking} | {ticking} |", codec.format().name);
    }
}
