//! A voice made louder: one table for each step, with a limit, so that a loud vowel is rounded off and never cut off.

use std::sync::LazyLock;

use super::codec::g711::{alaw, linear};
use crate::utterance::Volume;

/// Below this a sample is simply multiplied; above it is bent towards full scale.
const KNEE: f32 = 16_384.0;
const FULL_SCALE: f32 = 32_256.0;
/// What A-law calls silence stays silence.
const SILENT: i16 = 8;

static TABLES: LazyLock<[[u8; 256]; 2]> = LazyLock::new(|| [table(6.0), table(10.0)]);

/// Builds the tables now, so that no frame waits for them.
pub(super) fn prepare() {
    LazyLock::force(&TABLES);
}

/// Makes a stretch of A-law as loud as it is to be.
pub(super) fn apply(volume: Volume, voice: &mut [u8]) {
    let table = match volume {
        Volume::Normal => return,
        Volume::Loud => &TABLES[0],
        Volume::Louder => &TABLES[1],
    };
    for sample in voice {
        *sample = table[usize::from(*sample)];
    }
}

fn table(gain_db: f32) -> [u8; 256] {
    let gain = 10_f32.powf(gain_db / 20.0);
    std::array::from_fn(|code| {
        let sample = linear(code as u8);
        if sample.abs() <= SILENT { code as u8 } else { alaw(limited(f32::from(sample) * gain)) }
    })
}

fn limited(sample: f32) -> i16 {
    let over = (sample.abs() - KNEE) / (FULL_SCALE - KNEE);
    let level = if over <= 0.0 { sample.abs() } else { KNEE + (FULL_SCALE - KNEE) * over.tanh() };
    level.copysign(sample) as i16
}

#[cfg(test)]
mod tests {
    use super::super::SILENCE;
    use super::*;

    #[test]
    fn each_step_is_louder_and_none_is_cut_off() {
        let said = |volume, sample: i16| {
            let mut voice = [alaw(sample)];
            apply(volume, &mut voice);
            linear(voice[0])
        };
        for sample in [100, 1_000, 5_000, 10_000, 20_000, 31_000] {
            let [normal, loud, louder] = [Volume::Normal, Volume::Loud, Volume::Louder].map(|volume| said(volume, sample));
            assert!(normal < loud && loud <= louder && louder <= 32_256, "{sample}: {normal} {loud} {louder}");
            assert_eq!(said(Volume::Louder, -sample), -louder);
        }
        let ratio = f32::from(said(Volume::Loud, 4_000)) / f32::from(said(Volume::Normal, 4_000));
        assert!((20.0 * ratio.log10() - 6.0).abs() < 0.4, "{ratio}");
    }

    #[test]
    fn silence_stays_silence() {
        let mut voice = [SILENCE, SILENCE ^ 0x80];
        apply(Volume::Louder, &mut voice);
        assert_eq!(voice, [SILENCE, SILENCE ^ 0x80]);
    }
}
