//! A clip said more slowly, at the same pitch: waveform-similarity overlap-add (WSOLA), made as it is played. It owns no memory but one block.

use super::SILENCE;
use super::codec::g711::{alaw, linear};

/// Samples of one block of output: 10 ms.
const HOP: usize = 80;
/// Samples of the clip that one block stands for.
const HOP_IN: usize = 64;
/// How far from its nominal place a block may be taken, either way: the period of a voice of 80 Hz is 100 samples.
const SEARCH: usize = 50;

/// How much longer a clip becomes, as a fraction.
pub(super) const SLOWER: (usize, usize) = (HOP, HOP_IN);

/// Where a clip that is being stretched stands.
#[derive(Debug)]
pub(super) struct Stretch {
    /// Where the next block nominally begins in the clip.
    nominal: usize,
    /// Where the window of the last block began; what follows its first half is how the voice would naturally go on.
    taken: Option<usize>,
    block: [u8; HOP],
    /// Samples of the block that have been played.
    played: usize,
}

impl Default for Stretch {
    fn default() -> Self {
        Self { nominal: 0, taken: None, block: [SILENCE; HOP], played: HOP }
    }
}

impl Stretch {
    /// Plays on into `frame`; how many samples it filled. Fewer than asked for: the clip is over.
    pub(super) fn fill(&mut self, clip: &[u8], frame: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < frame.len() {
            if self.played == HOP && !self.next(clip) {
                break;
            }
            let length = (HOP - self.played).min(frame.len() - filled);
            frame[filled..filled + length].copy_from_slice(&self.block[self.played..self.played + length]);
            self.played += length;
            filled += length;
        }
        filled
    }

    /// Makes the next block; `false` at the end of the clip.
    fn next(&mut self, clip: &[u8]) -> bool {
        if self.nominal >= clip.len() {
            return false;
        }
        let (faded, taken) = match self.taken {
            None => (None, 0),
            Some(taken) => (Some(taken + HOP), nearest(clip, self.nominal, taken + HOP)),
        };
        for (at, sample) in self.block.iter_mut().enumerate() {
            let rising = voice(clip, taken + at);
            *sample = alaw(match faded {
                None => rising,
                Some(faded) => cross(voice(clip, faded + at), rising, at),
            });
        }
        self.taken = Some(taken);
        self.nominal += HOP_IN;
        self.played = 0;
        true
    }
}

/// The place near `nominal` whose block is most like the one at `natural`: normalised cross-correlation, the energy of the candidate in the denominator.
fn nearest(clip: &[u8], nominal: usize, natural: usize) -> usize {
    let wanted: [f32; HOP] = std::array::from_fn(|at| f32::from(voice(clip, natural + at)));
    let from = nominal.saturating_sub(SEARCH);
    let region: [f32; HOP + 2 * SEARCH] = std::array::from_fn(|at| f32::from(voice(clip, from + at)));
    let likeness = |offset: usize| {
        let block = &region[offset..offset + HOP];
        let product: f32 = block.iter().zip(&wanted).map(|(a, b)| a * b).sum();
        let energy: f32 = block.iter().map(|a| a * a).sum();
        product / (energy + 1.0).sqrt()
    };
    let best = (0..=2 * SEARCH).map(|offset| (offset, likeness(offset))).max_by(|a, b| a.1.total_cmp(&b.1));
    from + best.map_or(SEARCH, |(offset, _)| offset)
}

fn voice(clip: &[u8], at: usize) -> i16 {
    linear(clip.get(at).copied().unwrap_or(SILENCE))
}

/// From one to the other, evenly over the block.
fn cross(falling: i16, rising: i16, at: usize) -> i16 {
    let at = at as i32;
    ((i32::from(falling) * (HOP as i32 - at) + i32::from(rising) * at) / HOP as i32) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, samples: usize) -> Vec<u8> {
        (0..samples).map(|n| alaw((8000.0 * (std::f32::consts::TAU * hz * n as f32 / 8000.0).sin()) as i16)).collect()
    }

    fn stretched(clip: &[u8], frame: usize) -> Vec<u8> {
        let mut stretch = Stretch::default();
        let mut whole = Vec::new();
        loop {
            let mut part = vec![0; frame];
            let filled = stretch.fill(clip, &mut part);
            whole.extend(&part[..filled]);
            if filled < frame {
                return whole;
            }
        }
    }

    /// Upward crossings of zero per second.
    fn pitch(voice: &[u8]) -> f32 {
        let signs: Vec<bool> = voice.iter().map(|code| linear(*code) > 0).collect();
        signs.windows(2).filter(|pair| !pair[0] && pair[1]).count() as f32 * 8000.0 / voice.len() as f32
    }

    #[test]
    fn a_clip_becomes_longer_and_keeps_its_pitch_and_level() {
        for hz in [90.0, 150.0, 220.0, 440.0, 1000.0] {
            let clip = tone(hz, 8000);
            let slow = stretched(&clip, 160);
            assert_eq!(slow.len(), 8000 * HOP / HOP_IN, "{hz}");
            let whole = &slow[..slow.len() - 2 * HOP];
            assert!((pitch(whole) - hz).abs() < 0.03 * hz + 2.0, "{hz}: {}", pitch(whole));
            let power = |voice: &[u8]| voice.iter().map(|code| f64::from(linear(*code)).powi(2)).sum::<f64>() / voice.len() as f64;
            assert!((power(whole) / power(&clip) - 1.0).abs() < 0.15, "{hz}: {}", power(whole) / power(&clip));
        }
    }

    #[test]
    fn the_size_of_frames_changes_nothing() {
        let clip = tone(220.0, 3001);
        let whole = stretched(&clip, 160);
        for frame in [1, 7, 80, 161, 480] {
            assert_eq!(stretched(&clip, frame), whole, "{frame}");
        }
    }

    #[test]
    fn clips_of_any_length_end() {
        for samples in [0, 1, 63, 64, 65, 79, 80, 81, 160] {
            assert_eq!(stretched(&tone(300.0, samples), 160).len(), samples.div_ceil(HOP_IN) * HOP, "{samples}");
        }
    }
}
