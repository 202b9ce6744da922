//! One sinusoid in a stretch of voice: how strong it is and what its frequency is, measured near a frequency where it is expected. It never searches.

use std::f32::consts::TAU;

/// Samples in a second.
pub(super) const RATE: f32 = 8000.0;
/// The mean square of a sinusoid of 0 dBm0, in the 16-bit scale of G.711: the loudest one is of 3.14 dBm0.
pub(super) const MILLIWATT: f32 = 32_124.0 * 32_124.0 / 2.0 / 2.06;

/// The sum of the products, over whole eights of both: in lanes, since a sum in order is slow.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += a * b);
    }
    lanes.iter().sum()
}

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sinusoid {
    /// Its frequency.
    pub(super) hz: f32,
    /// Its mean square.
    pub(super) power: f32,
}

/// Hann windows over `N` samples: the whole, and three quarters at its beginning and at its end. They keep apart what lies 2 / N of a sample's rate and more from each other.
#[derive(Debug)]
pub(super) struct Lens<const N: usize> {
    whole: [f32; N],
    early: [f32; N],
    late: [f32; N],
    sum: f32,
}

impl<const N: usize> Lens<N> {
    /// Samples between the early window and the late one.
    const SHIFT: usize = N / 4;

    pub(super) fn new() -> Self {
        let hann = |at: usize, length: usize| if at < length { 0.5 - 0.5 * (TAU * (at as f32 + 0.5) / length as f32).cos() } else { 0.0 };
        let part = N - Self::SHIFT;
        Self {
            whole: std::array::from_fn(|at| hann(at, N)),
            early: std::array::from_fn(|at| hann(at, part)),
            late: std::array::from_fn(|at| at.checked_sub(Self::SHIFT).map_or(0.0, |at| hann(at, part))),
            sum: N as f32 / 2.0,
        }
    }

    /// The mean square of all that is heard.
    pub(super) fn power(&self, samples: &[f32; N]) -> f32 {
        let squares: [f32; N] = std::array::from_fn(|at| samples[at] * samples[at]);
        dot(&squares, &self.whole) / self.sum
    }

    /// The sinusoid near `hz`: first its frequency is found, by how far its phase runs from the early window to the late one, then its power there.
    pub(super) fn measure(&self, samples: &[f32; N], hz: f32) -> Sinusoid {
        let rough = self.look(samples, hz);
        self.look(samples, rough.hz)
    }

    fn look(&self, samples: &[f32; N], hz: f32) -> Sinusoid {
        let (step_sin, step_cos) = (TAU * hz / RATE).sin_cos();
        let (mut cos, mut sin) = (1.0_f32, 0.0_f32);
        let [mut whole, mut early, mut late] = [[0.0_f32; 2]; 3];
        for (at, sample) in samples.iter().enumerate() {
            let (re, im) = (sample * cos, -sample * sin);
            for (sum, weight) in [(&mut whole, self.whole[at]), (&mut early, self.early[at]), (&mut late, self.late[at])] {
                sum[0] += re * weight;
                sum[1] += im * weight;
            }
            (cos, sin) = (cos * step_cos - sin * step_sin, sin * step_cos + cos * step_sin);
        }
        let turned = (late[1] * early[0] - late[0] * early[1]).atan2(late[0] * early[0] + late[1] * early[1]);
        let power = 2.0 * (whole[0] * whole[0] + whole[1] * whole[1]) / (self.sum * self.sum);
        Sinusoid { hz: hz + turned * RATE / (TAU * Self::SHIFT as f32), power }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequency_and_power_are_found_beside_another_tone() {
        let lens = Lens::<200>::new();
        for off in [-30.0, -7.0, 0.0, 12.5, 30.0] {
            for phase in [0.0, 1.0, 2.5, 4.0] {
                let wave = |hz: f32, at: usize, phase: f32| (TAU * hz * at as f32 / RATE + phase).sin();
                let samples = std::array::from_fn(|at| 1000.0 * wave(941.0 + off, at, phase) + 2000.0 * wave(1209.0, at, 0.3));
                let seen = lens.measure(&samples, 941.0);
                assert!((seen.hz - 941.0 - off).abs() < 2.0, "{off} {phase} {seen:?}");
                assert!((seen.power / 500_000.0 - 1.0).abs() < 0.05, "{off} {phase} {seen:?}");
            }
        }
    }
}
