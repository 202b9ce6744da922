//! A-law clips as WAV files: format 6, mono, 8 kHz, 8 bits a sample. Nothing else is written, and nothing else is taken.

use thiserror::Error;

/// Samples a second, and bytes a second, of a clip.
pub const RATE_HZ: u32 = 8000;

/// The most bytes a clip's file may have: a little over two minutes.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;

const FORMAT_ALAW: u16 = 6;

/// Why bytes are no clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WavError {
    /// It does not begin as a WAV file does.
    #[error("expected a RIFF WAVE file")]
    NotWav,
    /// A chunk says that it is longer than the file.
    #[error("expected more bytes: the file is cut short")]
    CutShort,
    /// The sound is in another format.
    #[error("expected A-law (6), 1 channel, 8000 Hz, 8 bits; came format {format}, {channels} channels, {rate_hz} Hz, {bits} bits")]
    Format {
        /// The WAV format tag.
        format: u16,
        /// Channels.
        channels: u16,
        /// Samples a second.
        rate_hz: u32,
        /// Bits a sample.
        bits: u16,
    },
    /// There is no sound in it.
    #[error("expected a `fmt ` chunk and then a `data` chunk with sound")]
    NoSound,
    /// It is longer than a clip may be.
    #[error("expected at most {FILE_BYTES_MAX} bytes")]
    TooLong,
}

/// The file that holds these A-law samples.
pub fn write(samples: &[u8]) -> Vec<u8> {
    let padding = samples.len() % 2;
    let data_bytes = samples.len() as u32;
    let mut file = Vec::with_capacity(58 + samples.len() + padding);
    file.extend(b"RIFF");
    file.extend((50 + data_bytes + padding as u32).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(18u32.to_le_bytes());
    file.extend(FORMAT_ALAW.to_le_bytes());
    file.extend(1u16.to_le_bytes());
    file.extend(RATE_HZ.to_le_bytes());
    file.extend(RATE_HZ.to_le_bytes());
    file.extend(1u16.to_le_bytes());
    file.extend(8u16.to_le_bytes());
    file.extend(0u16.to_le_bytes());
    file.extend(b"fact");
    file.extend(4u32.to_le_bytes());
    file.extend(data_bytes.to_le_bytes());
    file.extend(b"data");
    file.extend(data_bytes.to_le_bytes());
    file.extend(samples);
    file.extend(std::iter::repeat_n(0, padding));
    file
}

/// The A-law samples of a file, at least one.
///
/// # Errors
/// What is wrong with the file. Any bytes may be given.
pub fn read(file: &[u8]) -> Result<&[u8], WavError> {
    if file.len() as u64 > FILE_BYTES_MAX {
        return Err(WavError::TooLong);
    }
    let mut rest = match (file.get(..4), file.get(8..12)) {
        (Some(b"RIFF"), Some(b"WAVE")) => &file[12..],
        _ => return Err(WavError::NotWav),
    };
    let mut format_seen = false;
    while let Some((name, body, after)) = chunk(rest)? {
        match name {
            b"fmt " => {
                check_format(body)?;
                format_seen = true;
            }
            b"data" if format_seen && !body.is_empty() => return Ok(body),
            _ => {}
        }
        rest = after;
    }
    Err(WavError::NoSound)
}

type Chunk<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// The next chunk: its name, its body, and what follows. Chunks begin at even places.
fn chunk(bytes: &[u8]) -> Result<Option<Chunk<'_>>, WavError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (head, rest) = bytes.split_at_checked(8).ok_or(WavError::CutShort)?;
    let (name, length) = head.split_at(4);
    let length = le32(length).ok_or(WavError::CutShort)? as usize;
    let (body, after) = rest.split_at_checked(length).ok_or(WavError::CutShort)?;
    Ok(Some((name, body, after.get(length % 2..).unwrap_or_default())))
}

fn check_format(body: &[u8]) -> Result<(), WavError> {
    let tag = |at: usize| body.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
    let rate_hz = body.get(4..8).and_then(le32);
    let (Some(format), Some(channels), Some(rate_hz), Some(bits)) = (tag(0), tag(2), rate_hz, tag(14)) else {
        return Err(WavError::CutShort);
    };
    match (format, channels, rate_hz, bits) {
        (FORMAT_ALAW, 1, RATE_HZ, 8) => Ok(()),
        _ => Err(WavError::Format { format, channels, rate_hz, bits }),
    }
}

fn le32(four: &[u8]) -> Option<u32> {
    four.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(change: impl FnOnce(&mut Vec<u8>)) -> WavError {
        let mut file = write(&[0xD5; 160]);
        change(&mut file);
        read(&file).unwrap_err()
    }

    #[test]
    fn what_is_written_is_read() {
        for length in [1, 2, 159, 160] {
            let samples: Vec<u8> = (0..length).map(|at| at as u8).collect();
            assert_eq!(read(&write(&samples)), Ok(&samples[..]), "{length} samples");
        }
    }

    #[test]
    fn a_file_says_what_is_wrong_with_it() {
        assert_eq!(broken(|file| file.clear()), WavError::NotWav);
        assert_eq!(broken(|file| file[0] = b'X'), WavError::NotWav);
        assert_eq!(broken(|file| file.truncate(100)), WavError::CutShort);
        assert_eq!(broken(|file| file[20] = 1), WavError::Format { format: 1, channels: 1, rate_hz: 8000, bits: 8 });
        assert_eq!(broken(|file| file[16..20].fill(0xFF)), WavError::CutShort);
        assert_eq!(broken(|file| file.truncate(12)), WavError::NoSound);
        assert_eq!(read(&write(&[])), Err(WavError::NoSound));
        assert_eq!(broken(|file| file.resize(FILE_BYTES_MAX as usize + 1, 0)), WavError::TooLong);
    }

    #[test]
    fn no_cut_and_no_flipped_byte_is_a_panic() {
        let good = write(&[0x55; 33]);
        for at in 0..good.len() {
            let _ = read(&good[..at]);
            for value in [0, 1, 0x7F, 0xFF] {
                let mut bad = good.clone();
                bad[at] = value;
                let _ = read(&bad);
            }
        }
    }
}
