//! A-law clips as WAV files: format 6, mono, 8 kHz, 8 bits a sample. Nothing else is written, and [`read`] takes nothing else; `open` only says what another file holds.

use thiserror::Error;

/// Samples a second, and bytes a second, of a clip.
pub const RATE_HZ: u32 = 8000;

/// The most bytes a clip's file may have: a little over two minutes.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;

pub(super) const FORMAT_ALAW: u16 = 6;
const FORMAT_EXTENSIBLE: u16 = 0xFFFE;

/// Programs that write into a pipe put lengths from here on.
const LENGTH_UNKNOWN: u32 = 0x7FFF_0000;

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
    write_chunks(&[(b"fmt ", &FORMAT_OF_CLIP), (b"fact", &(samples.len() as u32).to_le_bytes()), (b"data", samples)])
}

/// The same, naming what made it (RIFF `INFO`, `ISFT`), as `render` did before it packed clips.
#[cfg(test)]
pub(super) fn write_signed(samples: &[u8], software: &str) -> Vec<u8> {
    let mut info = b"INFO".to_vec();
    push_chunk(&mut info, b"ISFT", &[software.as_bytes(), &[0]].concat());
    write_chunks(&[(b"fmt ", &FORMAT_OF_CLIP), (b"fact", &(samples.len() as u32).to_le_bytes()), (b"LIST", &info), (b"data", samples)])
}

/// What made a file.
pub(super) fn signature(file: &[u8]) -> Option<&str> {
    let (_, body, _) = Chunks::of(file).ok()?.filter_map(Result::ok).find(|(name, _, _)| *name == b"LIST")?;
    let (name, software, _) = chunk(body.strip_prefix(b"INFO")?).ok()??;
    (name == b"ISFT").then(|| std::str::from_utf8(software).ok().map(|text| text.trim_end_matches('\0')))?
}

const FORMAT_OF_CLIP: [u8; 18] = {
    let [r0, r1, r2, r3] = RATE_HZ.to_le_bytes();
    let [f0, f1] = FORMAT_ALAW.to_le_bytes();
    [f0, f1, 1, 0, r0, r1, r2, r3, r0, r1, r2, r3, 1, 0, 8, 0, 0, 0]
};

fn write_chunks(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WAVE".to_vec();
    chunks.iter().for_each(|(name, chunk)| push_chunk(&mut body, name, chunk));
    let mut file = Vec::with_capacity(8 + body.len());
    push_chunk(&mut file, b"RIFF", &body);
    file
}

fn push_chunk(file: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    file.extend(name);
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file.extend(std::iter::repeat_n(0, body.len() % 2));
}

/// The A-law samples of a file, at least one.
///
/// # Errors
/// What is wrong with the file. Any bytes may be given.
pub fn read(file: &[u8]) -> Result<&[u8], WavError> {
    if file.len() as u64 > FILE_BYTES_MAX {
        return Err(WavError::TooLong);
    }
    let (format, samples) = open(file)?;
    match format {
        Format { tag: FORMAT_ALAW, channels: 1, rate_hz: RATE_HZ, bits: 8 } => Ok(samples),
        Format { tag, channels, rate_hz, bits } => Err(WavError::Format { format: tag, channels, rate_hz, bits }),
    }
}

/// How the sound of a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The WAV format tag; that of the samples where the file says `WAVE_FORMAT_EXTENSIBLE`.
    pub tag: u16,
    /// Channels.
    pub channels: u16,
    /// Samples a second.
    pub rate_hz: u32,
    /// Bits a sample.
    pub bits: u16,
}

/// How the sound is written, and its bytes, at least one.
///
/// # Errors
/// What is wrong with the file. Any bytes may be given.
pub fn open(file: &[u8]) -> Result<(Format, &[u8]), WavError> {
    let mut format = None;
    for chunk in Chunks::of(file)? {
        let (name, body, _) = chunk?;
        match (name, format) {
            (b"fmt ", _) => format = Some(read_format(body)?),
            (b"data", Some(format)) if !body.is_empty() => return Ok((format, body)),
            _ => {}
        }
    }
    Err(WavError::NoSound)
}

type Chunk<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// The chunks of a file, up to the first that is cut short.
struct Chunks<'a>(&'a [u8]);

impl<'a> Chunks<'a> {
    fn of(file: &'a [u8]) -> Result<Self, WavError> {
        match (file.get(..4), file.get(8..12)) {
            (Some(b"RIFF"), Some(b"WAVE")) => Ok(Self(&file[12..])),
            _ => Err(WavError::NotWav),
        }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, WavError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = chunk(self.0).transpose();
        self.0 = match next {
            Some(Ok((_, _, rest))) => rest,
            Some(Err(_)) | None => &[],
        };
        next
    }
}

/// The next chunk: its name, its body, and what follows. Chunks begin at even places. A length that a program wrote before it knew any means all that is there.
fn chunk(bytes: &[u8]) -> Result<Option<Chunk<'_>>, WavError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (head, rest) = bytes.split_at_checked(8).ok_or(WavError::CutShort)?;
    let (name, length) = head.split_at(4);
    let length = match le32(length).ok_or(WavError::CutShort)? {
        LENGTH_UNKNOWN.. if name == b"data" => rest.len(),
        length => length as usize,
    };
    let (body, after) = rest.split_at_checked(length).ok_or(WavError::CutShort)?;
    Ok(Some((name, body, after.get(length % 2..).unwrap_or_default())))
}

fn read_format(body: &[u8]) -> Result<Format, WavError> {
    let two = |at: usize| body.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
    let tag = match two(0) {
        Some(FORMAT_EXTENSIBLE) => two(24), // the first bytes of its SubFormat
        tag => tag,
    };
    let rate_hz = body.get(4..8).and_then(le32);
    match (tag, two(2), rate_hz, two(14)) {
        (Some(tag), Some(channels), Some(rate_hz), Some(bits)) => Ok(Format { tag, channels, rate_hz, bits }),
        _ => Err(WavError::CutShort),
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
    fn a_signature_is_read_and_changes_no_sample() {
        let signed = write_signed(&[0x55; 33], "dauys");
        assert_eq!((signature(&signed), read(&signed)), (Some("dauys"), Ok(&[0x55; 33][..])));
        assert_eq!(signature(&write(&[0x55; 33])), None);
        assert_eq!(signature(b"RIFF"), None);
    }

    #[test]
    fn what_came_through_a_pipe_is_read_to_its_end() {
        let mut file = write(&[0x55; 160]);
        let length = file.len() - 164;
        file[length..length + 4].fill(0xFF);
        assert_eq!(read(&file).unwrap().len(), 160);
    }

    #[test]
    fn no_cut_and_no_flipped_byte_is_a_panic() {
        let good = write_signed(&[0x55; 33], "dauys");
        for at in 0..good.len() {
            let _ = (read(&good[..at]), signature(&good[..at]));
            for value in [0, 1, 0x7F, 0xFF] {
                let mut bad = good.clone();
                bad[at] = value;
                let _ = (read(&bad), signature(&bad));
            }
        }
    }
}
