//! A person's recording as sound: WAV (A-law, µ-law, 8 to 32-bit, float), FLAC or Opus, of any rate from 8 kHz on, its channels mixed to one.
//!
//! It goes by the bytes of a file, not by its name, and takes any bytes.

use std::io::Cursor;

use claxon::FlacReader;
use dauys_core::media::{Packed, PackedError};
use thiserror::Error;

use super::sound::Sound;
use super::wav::{self, Format, WavError};

/// The most bytes of a recording: two minutes as a studio keeps them.
pub(super) const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

const SECONDS_MAX: usize = 120;
const CHANNELS_MAX: u16 = 8;
const RATE_MAX_HZ: u32 = 192_000;

/// Why a file is no recording.
#[derive(Debug, Error)]
pub(super) enum RecordingError {
    #[error("expected a WAV, FLAC or Opus file")]
    Kind,
    #[error(transparent)]
    Wav(#[from] WavError),
    #[error("expected WAV samples of A-law, µ-law, 8 to 32 bits or float; came format {tag} with {bits} bits")]
    Samples { tag: u16, bits: u16 },
    #[error("not a sound FLAC file: {0}")]
    Flac(#[from] claxon::Error),
    #[error(transparent)]
    Opus(#[from] PackedError),
    #[error("expected 1 to {CHANNELS_MAX} channels and 8000 to {RATE_MAX_HZ} Hz; came {channels} channels, {rate_hz} Hz")]
    Shape { channels: u32, rate_hz: u32 },
    #[error("expected at most {SECONDS_MAX} s")]
    TooLong,
    #[error("expected samples that are numbers")]
    NoNumber,
}

/// The sound of a file.
pub(super) fn read(file: &[u8]) -> Result<Sound, RecordingError> {
    let sound = match file.get(..4) {
        Some(b"RIFF") => from_wav(file)?,
        Some(b"fLaC") => from_flac(file)?,
        Some(Packed::MAGIC) => from_opus(file)?,
        _ => return Err(RecordingError::Kind),
    };
    match sound.samples.iter().all(|sample| sample.is_finite()) {
        true => Ok(sound),
        false => Err(RecordingError::NoNumber),
    }
}

fn from_wav(file: &[u8]) -> Result<Sound, RecordingError> {
    let (Format { tag, channels, rate_hz, bits }, data) = wav::open(file)?;
    check(channels.into(), rate_hz)?;
    let sample = sample(tag, bits).ok_or(RecordingError::Samples { tag, bits })?;
    let (width, channels) = (usize::from(bits / 8), usize::from(channels));
    if data.len() / (width * channels) > SECONDS_MAX * rate_hz as usize {
        return Err(RecordingError::TooLong);
    }
    let frames = data.chunks_exact(width * channels);
    Ok(Sound { rate_hz, samples: frames.map(|frame| mean(frame.chunks_exact(width).map(sample), channels)).collect() })
}

/// How one sample becomes a number in -1…1. `None` for samples of another kind.
fn sample(tag: u16, bits: u16) -> Option<fn(&[u8]) -> f32> {
    const PCM: u16 = 1;
    const FLOAT: u16 = 3;
    const ULAW: u16 = 7;
    match (tag, bits) {
        (PCM, 8) => Some(|bytes| (f32::from(bytes[0]) - 128.0) / 128.0),
        (PCM, 16 | 24 | 32) => Some(high_bits),
        (FLOAT, 32) => Some(|bytes| bytes.try_into().map_or(0.0, f32::from_le_bytes)),
        (FLOAT, 64) => Some(|bytes| bytes.try_into().map_or(0.0, f64::from_le_bytes) as f32),
        (wav::FORMAT_ALAW, 8) => Some(|bytes| f32::from(audio_codec_algorithms::decode_alaw(bytes[0])) / 32768.0),
        (ULAW, 8) => Some(|bytes| f32::from(audio_codec_algorithms::decode_ulaw(bytes[0])) / 32768.0),
        _ => None,
    }
}

/// Two to four bytes, the least first, as the upper part of 32 bits.
fn high_bits(bytes: &[u8]) -> f32 {
    let mut whole = [0; 4];
    whole[4 - bytes.len()..].copy_from_slice(bytes);
    i32::from_le_bytes(whole) as f32 / 2_147_483_648.0
}

fn from_flac(file: &[u8]) -> Result<Sound, RecordingError> {
    let mut reader = FlacReader::new(Cursor::new(file))?;
    let info = reader.streaminfo();
    check(info.channels, info.sample_rate)?;
    let scale = 1.0 / (1u64 << (info.bits_per_sample - 1)) as f32;
    let mut samples = Vec::new();
    let mut blocks = reader.blocks();
    let mut buffer = Vec::new();
    while let Some(block) = blocks.read_next_or_eof(buffer)? {
        if samples.len() + block.duration() as usize > SECONDS_MAX * info.sample_rate as usize {
            return Err(RecordingError::TooLong);
        }
        let frame = |at| mean((0..block.channels()).map(|channel| block.sample(channel, at) as f32 * scale), block.channels() as usize);
        samples.extend((0..block.duration()).map(frame));
        buffer = block.into_buffer();
    }
    Ok(Sound { rate_hz: info.sample_rate, samples })
}

/// A telephone carries no more than what comes out at its own rate.
fn from_opus(file: &[u8]) -> Result<Sound, RecordingError> {
    let linear = Packed::open(file.into())?.linear();
    Ok(Sound { rate_hz: wav::RATE_HZ, samples: linear.into_iter().map(|sample| f32::from(sample) / 32768.0).collect() })
}

fn check(channels: u32, rate_hz: u32) -> Result<(), RecordingError> {
    match (1..=u32::from(CHANNELS_MAX)).contains(&channels) && (wav::RATE_HZ..=RATE_MAX_HZ).contains(&rate_hz) {
        true => Ok(()),
        false => Err(RecordingError::Shape { channels, rate_hz }),
    }
}

fn mean(values: impl Iterator<Item = f32>, number: usize) -> f32 {
    values.sum::<f32>() / number as f32
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A WAV file with these samples already written as bytes.
    pub(in crate::speech) fn wav_file(tag: u16, channels: u16, rate_hz: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let block = channels * bits / 8;
        let mut format = Vec::new();
        [tag, channels].iter().for_each(|value| format.extend(value.to_le_bytes()));
        [rate_hz, rate_hz * u32::from(block)].iter().for_each(|value| format.extend(value.to_le_bytes()));
        [block, bits].iter().for_each(|value| format.extend(value.to_le_bytes()));
        let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
        for (name, body) in [(b"fmt ", format.as_slice()), (b"data", data)] {
            file.extend(name);
            file.extend((body.len() as u32).to_le_bytes());
            file.extend(body);
        }
        file
    }

    /// Half a second of 16 bits in two channels at 44.1 kHz, as a sound card records it.
    pub(in crate::speech) fn studio_wav(hz: f32) -> Vec<u8> {
        let wave = (0..22_050).map(|at| (8000.0 * (std::f32::consts::TAU * hz * at as f32 / 44_100.0).sin()) as i16);
        wav_file(1, 2, 44_100, 16, &wave.flat_map(|value| [value, value]).flat_map(i16::to_le_bytes).collect::<Vec<_>>())
    }

    /// 400 ms of 600 Hz in 16 bits at 16 kHz, one channel: written by the reference encoder.
    pub(in crate::speech) const FLAC: &[u8] = include_bytes!("recording/tone.flac");

    #[test]
    fn every_kind_of_sample_is_the_same_number() {
        let half = [
            (1, 8, vec![192]),
            (1, 16, 0x4000i16.to_le_bytes().to_vec()),
            (1, 24, vec![0, 0, 0x40]),
            (1, 32, 0x4000_0000i32.to_le_bytes().to_vec()),
            (3, 32, 0.5f32.to_le_bytes().to_vec()),
            (3, 64, 0.5f64.to_le_bytes().to_vec()),
            (6, 8, vec![audio_codec_algorithms::encode_alaw(0x4000)]),
            (7, 8, vec![audio_codec_algorithms::encode_ulaw(0x4000)]),
        ];
        for (tag, bits, bytes) in half {
            let sound = read(&wav_file(tag, 1, 8000, bits, &bytes.repeat(3))).unwrap();
            assert_eq!((sound.rate_hz, sound.samples.len()), (8000, 3), "{tag}, {bits} bits");
            assert!(sound.samples.iter().all(|sample| (sample - 0.5).abs() < 0.02), "{tag}, {bits} bits: {:?}", sound.samples);
        }
        assert!(read(&wav_file(1, 1, 8000, 16, &(-0x4000i16).to_le_bytes())).unwrap().samples[0] < -0.49);
        assert!(read(&wav_file(1, 1, 8000, 24, &[0, 0, 0xC0])).unwrap().samples[0] < -0.49);
    }

    #[test]
    fn channels_are_mixed_to_one() {
        let data: Vec<u8> = [0.5f32, -0.1, 0.3, 0.1].iter().flat_map(|value| value.to_le_bytes()).collect();
        let sound = read(&wav_file(3, 2, 48_000, 32, &data)).unwrap();
        assert!(sound.samples.len() == 2 && sound.samples.iter().all(|sample| (sample - 0.2).abs() < 1e-6), "{:?}", sound.samples);
    }

    #[test]
    fn an_extensible_header_names_its_samples_further_on() {
        let mut file = wav_file(0xFFFE, 1, 48_000, 24, &[0, 0, 0x40]);
        let mut rest = file.split_off(36);
        file[16..20].copy_from_slice(&40u32.to_le_bytes());
        file.extend([22, 0, 24, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
        file.append(&mut rest);
        assert_eq!(read(&file).unwrap().samples, [0.5]);
    }

    #[test]
    fn flac_is_read() {
        let sound = read(FLAC).unwrap();
        let crossings = sound.samples.windows(2).filter(|two| two[0] < 0.0 && two[1] >= 0.0).count();
        assert_eq!((sound.rate_hz, sound.samples.len()), (16_000, 6400));
        assert!((238..=241).contains(&crossings) && sound.samples.iter().fold(0f32, |peak, sample| peak.max(*sample)) > 0.2, "{crossings}");
    }

    #[test]
    fn what_is_no_recording_says_why() {
        let why = |file: &[u8]| read(file).unwrap_err().to_string();
        assert!(why(b"ID3\x03 an mp3").contains("WAV, FLAC or Opus"));
        assert!(why(b"").contains("WAV, FLAC or Opus"));
        assert!(why(&wav_file(1, 1, 4000, 16, &[0; 8])).contains("4000 Hz"));
        assert!(why(&wav_file(1, 0, 8000, 16, &[0; 8])).contains("0 channels"));
        assert!(why(&wav_file(1, 1, 8000, 12, &[0; 8])).contains("12 bits"));
        assert!(why(&wav_file(2, 1, 8000, 4, &[0; 8])).contains("format 2"));
        assert!(why(&wav_file(3, 1, 8000, 32, &f32::NAN.to_le_bytes())).contains("numbers"));
        assert!(why(&wav_file(6, 1, 8000, 8, &vec![0x55; 8000 * (SECONDS_MAX + 1)])).contains("at most 120 s"));
        assert!(why(&FLAC[..FLAC.len() / 2]).contains("FLAC"));
    }

    #[test]
    fn no_cut_and_no_flipped_byte_is_a_panic() {
        for good in [FLAC, &wav_file(1, 2, 16_000, 24, &[0x21; 60])] {
            for at in 0..good.len().min(400) {
                let _ = read(&good[..at]);
                for value in [0, 0x7F, 0xFF] {
                    let mut bad = good.to_vec();
                    bad[at] = value;
                    let _ = read(&bad);
                }
            }
        }
    }
}
