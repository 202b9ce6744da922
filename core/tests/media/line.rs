//! What a line says of itself: busy and dial tones, and fax.

use dauys_core::media::LineTone::{self, Busy, Fax};

use crate::sound::{Chance, MS, Sound, dbm0};

/// Tones, milliseconds on, milliseconds off.
#[track_caller]
fn check(what: &str, waves: &[f32], on: usize, off: usize, cycles: usize, expected: &[LineTone]) {
    for offset in [0, 55, 130] {
        for noise in [-70.0, -40.0] {
            let waves: Vec<_> = waves.iter().map(|hz| (*hz, dbm0(-15.0))).collect();
            let mut sound = Sound::default().silence(1600 + offset);
            for _ in 0..cycles {
                sound = sound.waves(on * MS, &waves).silence(off * MS);
            }
            let told = sound.noisy(noise, &mut Chance(7)).tones();
            assert_eq!(told, expected, "{what}, from sample {offset} on, noise of {noise} dBm0");
        }
    }
}

#[test]
fn busy_and_congestion_are_heard_by_their_cadence() {
    check("Kazakhstan, busy", &[425.0], 350, 350, 5, &[Busy]);
    check("Russia, busy", &[425.0], 400, 400, 5, &[Busy]);
    check("Russia, congestion", &[425.0], 175, 175, 5, &[Busy]);
    check("Europe, busy", &[425.0], 500, 500, 5, &[Busy]);
    check("Europe, congestion", &[425.0], 250, 250, 5, &[Busy]);
    check("Europe, congestion", &[425.0], 200, 200, 5, &[Busy]);
    check("China, busy", &[450.0], 350, 350, 5, &[Busy]);
    check("Britain, busy", &[400.0], 375, 375, 5, &[Busy]);
    check("North America, busy", &[480.0, 620.0], 500, 500, 5, &[Busy]);
    check("North America, reorder", &[480.0, 620.0], 250, 250, 5, &[Busy]);
    check("an exchange off its frequency", &[412.0], 480, 520, 5, &[Busy]);
}

#[test]
fn a_dial_tone_means_that_nobody_is_there() {
    check("continuous", &[425.0], 6000, 0, 1, &[Busy]);
    check("North America", &[350.0, 440.0], 6000, 0, 1, &[Busy]);
    check("too short to tell", &[425.0], 4000, 0, 1, &[]);
}

#[test]
fn three_cycles_are_waited_for_and_other_cadences_are_none() {
    check("two cycles", &[425.0], 350, 350, 3, &[]);
    check("four tones", &[425.0], 350, 350, 4, &[Busy]);
    check("it is ringing", &[425.0], 1000, 4000, 4, &[]);
    check("call waiting", &[425.0], 200, 5000, 4, &[]);
    check("another frequency", &[520.0], 350, 350, 8, &[]);
    check("a piano's", &[330.0], 350, 350, 8, &[]);
    let mut uneven = Sound::default();
    for on in [350, 600, 200, 500, 350, 700, 250] {
        uneven = uneven.waves(on * MS, &[(425.0, dbm0(-15.0))]).silence((900 - on) * MS);
    }
    assert_eq!(uneven.tones(), []);
}

#[test]
fn a_fax_is_heard_whether_it_calls_or_answers() {
    check("CNG", &[1100.0], 500, 3000, 3, &[Fax]);
    check("CNG, low and short", &[1064.0], 430, 2600, 3, &[Fax]);
    check("CNG, high and long", &[1136.0], 570, 3400, 3, &[Fax]);
    check("CNG once", &[1100.0], 500, 3000, 1, &[]);
    check("a beep", &[1100.0], 1000, 3000, 3, &[]);
    check("CED", &[2100.0], 2600, 100, 1, &[Fax]);
    check("CED, off", &[2087.0], 2600, 100, 1, &[Fax]);
    check("a whistle", &[2100.0], 1500, 100, 3, &[]);
    check("another tone", &[2200.0], 3000, 100, 1, &[]);
}

#[test]
fn an_answering_modem_that_turns_its_phase_is_a_fax_too() {
    let wave = |at: usize| {
        let turned = if (at / (450 * MS)).is_multiple_of(2) { 0.0 } else { std::f32::consts::PI };
        dbm0(-15.0) * (std::f32::consts::TAU * (2100.0 * at as f32 / 8000.0).fract() + turned).sin()
    };
    assert_eq!(Sound((0..3300 * MS).map(wave).collect()).tones(), [Fax]);
}
