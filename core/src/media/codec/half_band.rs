//! From 8 kHz to 16 kHz and back: a half-band filter of 47 taps, of which every other is zero. It passes what is below 3.4 kHz and stops what is above 4.6 kHz.

/// What is kept of the past.
const PAST: usize = 24;

/// The taps beside the middle one, from the middle outward, as they interpolate: a windowed sinc (Kaiser, beta 5.65) in 1/32768, half of it.
const TAPS: [i32; PAST / 2] = [20779, -6683, 3731, -2388, 1598, -1077, 715, -460, 281, -159, 80, -33];

/// Doubles the rate.
#[derive(Debug, Default)]
pub(super) struct Up {
    past: [i16; PAST],
}

impl Up {
    /// The next sample at 8 kHz as the next two at 16 kHz.
    pub(super) fn double(&mut self, sample: i16) -> [i16; 2] {
        push(&mut self.past, sample);
        [self.past[PAST / 2 - 1], saturated(between(&self.past) >> 15)]
    }
}

/// Halves the rate.
#[derive(Debug, Default)]
pub(super) struct Down {
    /// Every other sample; what lies between them goes through the taps.
    even: [i16; PAST],
    odd: [i16; PAST],
}

impl Down {
    /// The next two samples at 16 kHz as the next one at 8 kHz.
    pub(super) fn halve(&mut self, [even, odd]: [i16; 2]) -> i16 {
        push(&mut self.even, even);
        push(&mut self.odd, odd);
        saturated((i64::from(self.even[PAST / 2]) * 32768 + between(&self.odd)) >> 16)
    }
}

fn push(past: &mut [i16; PAST], sample: i16) {
    past.copy_within(1.., 0);
    past[PAST - 1] = sample;
}

/// What lies halfway between the two samples in the middle, in 1/32768.
fn between(past: &[i16; PAST]) -> i64 {
    let (before, after) = past.split_at(PAST / 2);
    let pairs = before.iter().rev().zip(after).map(|(before, after)| i32::from(*before) + i32::from(*after));
    pairs.zip(TAPS).map(|(pair, tap)| i64::from(pair) * i64::from(tap)).sum()
}

fn saturated(sample: i64) -> i16 {
    sample.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone, in samples at this rate.
    fn tone(hz: f64, rate: f64) -> impl Iterator<Item = i16> {
        (0..8000).map(move |n| (10_000.0 * (std::f64::consts::TAU * hz * f64::from(n) / rate).sin()) as i16)
    }

    /// The loudness of what is not the beginning, in dB of the tone.
    fn loudness(sound: &[i16]) -> f64 {
        let sound = &sound[200..];
        let power = sound.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / sound.len() as f64;
        10.0 * (power / 5e7).log10()
    }

    fn halved(hz: f64) -> f64 {
        let mut down = Down::default();
        let sound: Vec<_> = tone(hz, 16_000.0).collect();
        loudness(&sound.chunks_exact(2).map(|two| down.halve([two[0], two[1]])).collect::<Vec<_>>())
    }

    #[test]
    fn what_a_telephone_carries_passes_and_what_would_fold_back_does_not() {
        for hz in [100.0, 300.0, 1000.0, 2000.0, 3000.0, 3400.0] {
            assert!(halved(hz).abs() < 0.05, "{hz} Hz: {} dB", halved(hz));
        }
        for hz in [4600.0, 5000.0, 6000.0, 7000.0, 7900.0] {
            assert!(halved(hz) < -55.0, "{hz} Hz: {} dB", halved(hz));
        }
    }

    #[test]
    fn up_and_down_again_is_the_same_sound_a_little_later() {
        let (mut up, mut down) = (Up::default(), Down::default());
        for hz in [200.0, 1000.0, 3200.0] {
            let said: Vec<_> = tone(hz, 8000.0).collect();
            let heard: Vec<_> = said.iter().map(|sample| down.halve(up.double(*sample))).collect();
            let apart: Vec<_> = heard[PAST..].iter().zip(&said[1..]).skip(100).map(|(heard, said)| heard - said).collect();
            assert!(loudness(&apart) < -50.0, "{hz} Hz: {} dB", loudness(&apart));
        }
    }

    #[test]
    fn the_loudest_does_not_wrap() {
        let (mut up, mut down) = (Up::default(), Down::default());
        for n in 0..200 {
            let loud = if n / 2 % 2 == 0 { i16::MAX } else { i16::MIN };
            let two = up.double(loud);
            assert!(n < 24 || two[0].unsigned_abs() >= i16::MAX as u16, "{two:?}");
            down.halve([loud, loud]);
        }
    }
}
