//! The network: a strided convolution, eight dilated ones with a bridge over each, and the logarithms of the probabilities of 43 letters every 30 ms.
//!
//! A convolution is one product of matrices for each of its taps, so `ndarray` and its kernels do the work. `training/README.md` has the table of layers.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use thiserror::Error;

use super::features::MELS;
use super::letters::LETTERS;

/// The most bytes of a file of weights.
pub const FILE_BYTES_MAX: usize = 64 << 20;
/// The most channels of a network.
const CHANNELS_MAX: usize = 2_048;

const FIRST_TAPS: usize = 9;
const STRIDE: usize = 3;
const TAPS: usize = 3;
const DILATIONS: [usize; 8] = [1, 1, 2, 2, 3, 3, 4, 1];

/// Weights that were read.
#[derive(Debug)]
pub struct Network {
    first: Convolution,
    blocks: Vec<Convolution>,
    last: Convolution,
    prior: [f32; MELS],
}

/// Why a file holds no weights of ours.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// It is too long.
    #[error("expected at most {FILE_BYTES_MAX} bytes, came {0}")]
    TooLong(usize),
    /// It is in no such format.
    #[error("expected a file of safetensors: {0}")]
    Format(#[from] SafeTensorError),
    /// It lacks a tensor.
    #[error("expected a tensor `{0}`")]
    Missing(String),
    /// A tensor is of another kind or shape.
    #[error("expected `{name}` as F16 of shape {expected:?}, came {came}")]
    Shape {
        /// The tensor.
        name: String,
        /// The shape it should have; 0 for any up to the most channels.
        expected: Vec<usize>,
        /// What it is.
        came: String,
    },
    /// It holds what is no number.
    #[error("expected numbers in `{0}`")]
    NoNumber(String),
}

/// A convolution over time: for each tap the weights from channel to channel.
#[derive(Debug)]
struct Convolution {
    taps: Vec<Array2<f32>>,
    bias: Array1<f32>,
}

impl Network {
    /// Reads weights.
    ///
    /// # Errors
    /// What is wrong with them. Any bytes may be given.
    pub fn read(file: &[u8]) -> Result<Self, NetworkError> {
        if file.len() > FILE_BYTES_MAX {
            return Err(NetworkError::TooLong(file.len()));
        }
        let file = SafeTensors::deserialize(file)?;
        let channels = channels(&file)?;
        let block = |at: usize| Convolution::read(&file, &format!("block{at}"), channels, channels, TAPS);
        let prior = tensor(&file, "prior", &[MELS])?;
        Ok(Self {
            first: Convolution::read(&file, "first", channels, MELS, FIRST_TAPS)?,
            blocks: (0..DILATIONS.len()).map(block).collect::<Result<_, _>>()?,
            last: Convolution::read_flat(&file, "last", LETTERS, channels)?,
            prior: std::array::from_fn(|at| prior[at]),
        })
    }

    /// The usual mean of the features.
    pub fn prior(&self) -> &[f32; MELS] {
        &self.prior
    }

    /// The scores of letters, frame of 30 ms after frame, [`LETTERS`] each, from features of [`MELS`] a frame.
    pub fn letters(&self, features: &[f32]) -> Vec<f32> {
        let frames = features.len() / MELS;
        let Ok(features) = ArrayView2::from_shape((frames, MELS), &features[..frames * MELS]) else { return Vec::new() };
        let mut seen = self.first.strided(&features);
        rectify(&mut seen);
        for (block, dilation) in self.blocks.iter().zip(DILATIONS) {
            let mut grown = block.dilated(&seen, dilation);
            rectify(&mut grown);
            seen += &grown;
        }
        let mut letters = self.last.dilated(&seen, 1);
        letters.axis_iter_mut(Axis(0)).for_each(|mut frame| {
            let most = frame.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let all = most + frame.iter().map(|score| (score - most).exp()).sum::<f32>().ln();
            frame.iter_mut().for_each(|score| *score -= all);
        });
        letters.into_raw_vec_and_offset().0
    }
}

fn rectify(values: &mut Array2<f32>) {
    values.iter_mut().for_each(|value| *value = value.max(0.0));
}

impl Convolution {
    fn read(file: &SafeTensors<'_>, name: &str, to: usize, from: usize, taps: usize) -> Result<Self, NetworkError> {
        let weights = tensor(file, &format!("{name}.weight"), &[to, from, taps])?;
        let tap = |tap: usize| Array2::from_shape_fn((from, to), |(from_at, to_at)| weights[(to_at * from + from_at) * taps + tap]);
        let bias = tensor(file, &format!("{name}.bias"), &[to])?;
        Ok(Self { taps: (0..taps).map(tap).collect(), bias: bias.into() })
    }

    /// One of a single tap, whose weights are written without it.
    fn read_flat(file: &SafeTensors<'_>, name: &str, to: usize, from: usize) -> Result<Self, NetworkError> {
        let weights = tensor(file, &format!("{name}.weight"), &[to, from])?;
        let tap = Array2::from_shape_fn((from, to), |(from_at, to_at)| weights[to_at * from + from_at]);
        let bias = tensor(file, &format!("{name}.bias"), &[to])?;
        Ok(Self { taps: vec![tap], bias: bias.into() })
    }

    fn biased(&self, frames: usize) -> Array2<f32> {
        let mut grown = Array2::zeros((frames, self.bias.len()));
        grown += &self.bias;
        grown
    }

    /// With zeros around, as many frames as came; the taps are so many frames apart.
    fn dilated(&self, seen: &Array2<f32>, dilation: usize) -> Array2<f32> {
        let frames = seen.nrows();
        let mut grown = self.biased(frames);
        for (at, tap) in self.taps.iter().enumerate() {
            // What lies `ahead` frames after a frame, or `behind` before it.
            let middle = self.taps.len() / 2;
            let (ahead, behind) = (at.saturating_sub(middle) * dilation, middle.saturating_sub(at) * dilation);
            if ahead + behind < frames {
                let from = seen.slice(s![ahead..frames - behind, ..]);
                general_mat_mul(1.0, &from, tap, 1.0, &mut grown.slice_mut(s![behind..frames - ahead, ..]));
            }
        }
        grown
    }

    /// With zeros around, one frame for every [`STRIDE`].
    fn strided(&self, seen: &ArrayView2<'_, f32>) -> Array2<f32> {
        let frames = seen.nrows().div_ceil(STRIDE);
        let mut grown = self.biased(frames);
        let middle = self.taps.len() / 2;
        for (at, tap) in self.taps.iter().enumerate() {
            let first = middle.saturating_sub(at).div_ceil(STRIDE); // the first frame whose tap is not before the beginning
            let start = first * STRIDE + at - middle.min(first * STRIDE + at);
            let count = seen.nrows().saturating_sub(start).div_ceil(STRIDE).min(frames.saturating_sub(first));
            if count > 0 {
                let from = seen.slice(s![start..start + (count - 1) * STRIDE + 1;STRIDE, ..]);
                general_mat_mul(1.0, &from, tap, 1.0, &mut grown.slice_mut(s![first..first + count, ..]));
            }
        }
        grown
    }
}

/// How wide the network is: its first tensor says.
fn channels(file: &SafeTensors<'_>) -> Result<usize, NetworkError> {
    let name = "first.bias";
    let view = file.tensor(name).map_err(|_| NetworkError::Missing(name.to_owned()))?;
    match *view.shape() {
        [channels] if (1..=CHANNELS_MAX).contains(&channels) => Ok(channels),
        _ => Err(NetworkError::Shape { name: name.to_owned(), expected: vec![CHANNELS_MAX], came: format!("{:?}", view.shape()) }),
    }
}

/// The numbers of a tensor of this shape.
fn tensor(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, NetworkError> {
    let view = file.tensor(name).map_err(|_| NetworkError::Missing(name.to_owned()))?;
    if view.dtype() != Dtype::F16 || view.shape() != shape {
        let came = format!("{:?} of shape {:?}", view.dtype(), view.shape());
        return Err(NetworkError::Shape { name: name.to_owned(), expected: shape.to_vec(), came });
    }
    let numbers: Vec<f32> = view.data().chunks_exact(2).map(|half| single(u16::from_le_bytes([half[0], half[1]]))).collect();
    match numbers.iter().all(|number| number.is_finite()) {
        true => Ok(numbers),
        false => Err(NetworkError::NoNumber(name.to_owned())),
    }
}

/// A number of half precision (IEEE 754 binary16).
fn single(half: u16) -> f32 {
    let sign = if half >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(half >> 10 & 0x1F), f32::from(half & 0x3FF));
    match exponent {
        0 => sign * fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2_f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_read() {
        for (half, number) in
            [(0x3C00, 1.0), (0xC000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x7BFF, 65_504.0), (0x8000, -0.0)]
        {
            assert_eq!(single(half).to_bits(), f32::to_bits(number), "{half:04x}");
        }
        assert!(!single(0x7C00).is_finite() && !single(0xFE01).is_finite());
    }
}
