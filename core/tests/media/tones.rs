//! Keys as tones: what ITU-T Q.24 wants heard and what it wants passed over, case by case.

use dauys_core::media::{Direction, KeyMethod, PlayEnd, SILENCE, Session, Signal};
use dauys_core::time::Tick;
use dauys_core::utterance::BargeIn;

use crate::corpus::{Music, Voice};
use crate::rig::{LONG, PEER, Rig, packet, session};
use crate::sound::{Chance, Ear, MS, Sound, dbm0, pair, ratio};

const KEYS: &str = "0123456789*#ABCD";

/// Every key once, with a tone made by `tone`, after a beginning of some odd length.
#[track_caller]
fn check(what: &str, expected: &str, tone: impl Fn(Sound, f32, f32) -> Sound) {
    for offset in [0, 13, 40, 77, 121, 160] {
        let mut sound = Sound::default().silence(800 + offset);
        for key in KEYS.chars() {
            let (low, high) = pair(key);
            sound = tone(sound, low, high).silence(90 * MS + 7);
        }
        assert_eq!(sound.keys(), expected, "{what}, from sample {offset} on");
    }
}

#[test]
fn every_key_is_heard_at_every_level() {
    for level in [0.0, -3.0, -10.0, -20.0, -25.0, -30.0, -38.0] {
        check(&format!("{level} dBm0"), KEYS, |sound, low, high| sound.waves(50 * MS, &[(low, dbm0(level)), (high, dbm0(level))]));
    }
    check("-55 dBm0", "", |sound, low, high| sound.waves(200 * MS, &[(low, dbm0(-55.0)), (high, dbm0(-55.0))]));
}

#[test]
fn forty_milliseconds_and_a_pause_of_forty_are_always_heard_at_a_ratio_of_15_db() {
    let mut chance = Chance(24);
    let (mut sent, mut heard) = (0, 0);
    for _ in 0..120 {
        let mut sound = Sound::default().silence(400 + chance.below(160));
        let mut keys = String::new();
        for _ in 0..25 {
            let key = KEYS.as_bytes()[chance.below(16)] as char;
            keys.push(key);
            sound = sound.key(key, 40 * MS, -10.0).silence(40 * MS);
        }
        let told = sound.noisy(-10.0 + 3.01 - 15.0, &mut chance).keys();
        sent += keys.len();
        heard += keys.chars().zip(told.chars()).filter(|(a, b)| a == b).count();
        assert_eq!(told, keys);
    }
    assert_eq!((sent, heard), (3000, 3000));
}

#[test]
fn frequencies_are_taken_within_their_tolerance_and_not_far_beyond() {
    let off = |share: f32, hz: f32| {
        move |sound: Sound, low: f32, high: f32| {
            let (by_low, by_high) = (low * share + hz * share.signum(), high * share + hz * share.signum());
            sound.waves(50 * MS, &[(low + by_low, dbm0(-10.0)), (high + by_high, dbm0(-10.0))])
        }
    };
    for share in [0.005, 0.01, 0.015] {
        check("both up", KEYS, off(share, 2.0));
        check("both down", KEYS, off(-share, 2.0));
        check("apart", KEYS, |sound, low, high| {
            sound.waves(50 * MS, &[(low * (1.0 - share) - 2.0, dbm0(-10.0)), (high * (1.0 + share) + 2.0, dbm0(-10.0))])
        });
    }
    for share in [0.035, -0.035] {
        check("both far", "", off(share, 0.0));
        check("low far", "", |sound, low, high| sound.waves(100 * MS, &[(low * (1.0 + share), dbm0(-10.0)), (high, dbm0(-10.0))]));
        check("high far", "", |sound, low, high| sound.waves(100 * MS, &[(low, dbm0(-10.0)), (high * (1.0 + share), dbm0(-10.0))]));
    }
}

#[test]
fn a_tone_off_its_frequency_is_heard_through_noise_too() {
    let mut chance = Chance(5);
    for share in [-0.015, 0.0, 0.015] {
        let mut sound = Sound::default().silence(800);
        for key in KEYS.chars().cycle().take(160) {
            let (low, high) = pair(key);
            sound = sound.waves(50 * MS, &[(low * (1.0 + share), dbm0(-13.0)), (high * (1.0 - share), dbm0(-9.0))]).silence(50 * MS + 3);
        }
        assert_eq!(sound.noisy(-22.5, &mut chance).keys(), KEYS.repeat(10), "{share}");
    }
}

#[test]
fn a_tone_stops_a_prompt_in_the_tick_in_which_it_is_told() {
    let mut rig = Rig::new(session(PEER));
    rig.play(1, &[LONG], BargeIn::AtOnce);
    let tone = Sound::default().silence(1600).key('5', 800, -10.0).alaw();
    for (n, frame) in tone.chunks_exact(160).enumerate() {
        rig.rtp(PEER, &packet(8, n as u16, n as u32 * 160, 9, frame));
        rig.out.said.clear();
        rig.ticks(1);
        let quiet = rig.out.said.iter().all(|sample| *sample == SILENCE);
        assert_eq!(rig.out.keys() == "5", quiet, "in tick {n}");
    }
    assert_eq!((rig.out.keys().as_str(), rig.out.ends()), ("5", vec![(1, PlayEnd::Key)]));
    assert!(matches!(rig.out.signals[0], Signal::Key { by: KeyMethod::Tone, tick: Tick(14..=16), .. }), "{:?}", rig.out.signals);
}

#[test]
fn what_a_peer_plays_while_it_holds_the_call_is_no_key_and_no_tone_of_a_line() {
    let mut rig = Rig::new(session(PEER));
    let tone = Sound::default().key('5', 800, -10.0).silence(800).waves(40_000, &[(425.0, dbm0(-12.0))]).alaw();
    let mut n = 0;
    for (direction, expected) in [(Direction::RecvOnly, ("", 0)), (Direction::SendRecv, ("5", 1))] {
        rig.settle(Session { direction, ..session(PEER) });
        for frame in tone.chunks_exact(160) {
            rig.rtp(PEER, &packet(8, n, u32::from(n) * 160, 9, frame));
            rig.ticks(1);
            n += 1;
        }
        rig.ticks(20);
        let tones = rig.out.signals.iter().filter(|signal| matches!(signal, Signal::Tone { .. })).count();
        assert_eq!((rig.out.keys().as_str(), tones), expected, "{direction:?}");
    }
}

#[test]
fn twist_is_taken_as_lines_make_it() {
    let twisted = |by: f32| move |sound: Sound, low: f32, high: f32| sound.waves(50 * MS, &[(low, dbm0(-12.0)), (high, dbm0(-12.0 + by))]);
    for by in [-9.0, -8.0, -4.0, 4.0, 7.0] {
        check(&format!("high group {by} dB"), KEYS, twisted(by));
    }
    for by in [-14.0, 12.0] {
        check(&format!("high group {by} dB"), "", twisted(by));
    }
}

#[test]
fn short_tones_are_none_and_short_breaks_split_none() {
    for length in [10, 15, 20, 23] {
        check(&format!("{length} ms"), "", |sound, low, high| sound.waves(length * MS, &[(low, dbm0(-10.0)), (high, dbm0(-10.0))]));
    }
    for length in [40, 45, 65, 100, 400, 3000] {
        check(&format!("{length} ms"), KEYS, |sound, low, high| sound.waves(length * MS, &[(low, dbm0(-10.0)), (high, dbm0(-10.0))]));
    }
    for gap in [1, 5, 10] {
        check(&format!("a break of {gap} ms"), KEYS, |sound, low, high| {
            let tones = [(low, dbm0(-10.0)), (high, dbm0(-10.0))];
            sound.waves(50 * MS, &tones).silence(gap * MS).waves(50 * MS, &tones)
        });
    }
    let twice: String = KEYS.chars().flat_map(|key| [key, key]).collect();
    for gap in [30, 40, 60] {
        check(&format!("a pause of {gap} ms"), &twice, |sound, low, high| {
            let tones = [(low, dbm0(-10.0)), (high, dbm0(-10.0))];
            sound.waves(40 * MS, &tones).silence(gap * MS).waves(40 * MS, &tones)
        });
    }
}

#[test]
fn harmonics_a_third_tone_and_one_tone_alone_are_no_key() {
    let with = |extra: fn(f32, f32) -> Vec<(f32, f32)>| move |sound: Sound, low: f32, high: f32| sound.waves(100 * MS, &extra(low, high));
    check(
        "second harmonics",
        "",
        with(|low, high| vec![(low, dbm0(-10.0)), (high, dbm0(-10.0)), (2.0 * low, dbm0(-16.0)), (2.0 * high, dbm0(-16.0))]),
    );
    check("second harmonic of the low", "", with(|low, high| vec![(low, dbm0(-8.0)), (high, dbm0(-10.0)), (2.0 * low, dbm0(-14.0))]));
    check("a third tone", "", with(|low, high| vec![(low, dbm0(-10.0)), (high, dbm0(-10.0)), (1100.0, dbm0(-13.0))]));
    check("two of a group", "", with(|low, _| vec![(low, dbm0(-10.0)), (if low < 900.0 { 941.0 } else { 697.0 }, dbm0(-10.0))]));
    check("one alone", "", with(|low, _| vec![(low, dbm0(-10.0))]));
    check(
        "faint harmonics",
        KEYS,
        with(|low, high| {
            vec![(low, dbm0(-10.0)), (high, dbm0(-10.0)), (2.0 * low, dbm0(-10.0) * ratio(-25.0)), (2.0 * high, dbm0(-10.0) * ratio(-25.0))]
        }),
    );
}

/// Hears `minutes` of each of the makers, and tells how many keys and tones of a line there were.
fn false_alarms<M>(makers: impl Iterator<Item = M>, minutes: usize, next: impl Fn(&mut M, &mut Vec<f32>)) -> (String, usize) {
    let (mut keys, mut tones) = (String::new(), 0);
    for mut maker in makers {
        let mut ear = Ear::new();
        let mut heard = 0;
        while heard < minutes * 60_000 * MS {
            let mut sound = Sound::default();
            next(&mut maker, &mut sound.0);
            heard += sound.0.len();
            ear.hear(&sound.alaw());
        }
        keys += &ear.told.keys;
        tones += ear.told.tones.len();
    }
    (keys, tones)
}

#[test]
fn in_an_hour_of_speech_there_is_no_key() {
    assert_eq!(false_alarms((1..=20).map(Voice::new), 3, Voice::syllable), (String::new(), 0));
}

#[test]
fn in_an_hour_of_music_there_is_no_key() {
    assert_eq!(false_alarms((1..=20).map(Music::new), 3, Music::bar), (String::new(), 0));
}
