//! An A-law WAV file (format tag 6, 8 kHz) that grows: after every piece its header tells the length so far. Of a call it is stereo, the caller left and the robot right;
//! of a message it is the caller alone.
//!
//! It knows time: the first sample is the first of its first tick, which is 1 of a call, and silence stands where frames are missing.

use std::io;

use dauys_core::media::{FRAME, SILENCE};
use dauys_core::time::Tick;

use super::holdback::Public;

/// Bytes of a tick and side.
const TICK_BYTES: u64 = FRAME as u64;
/// Bytes before the sound.
pub(super) const HEADER: u64 = 58;
/// The most bytes of sound: 18 hours, longer than any call.
const SOUND_MAX: u64 = 1 << 30;
/// Bytes of silence that are written at a time.
static SILENT: [u8; 400 * TICK_BYTES as usize] = [SILENCE; 400 * TICK_BYTES as usize];

/// What a file must be able to do.
pub(super) trait WavFile: Send {
    /// Writes all of it at this place.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts the file to this length.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// A file being written.
pub(super) struct Wav {
    file: Box<dyn WavFile>,
    sides: Sides,
    /// The tick that it begins with.
    first: Tick,
    /// Bytes of sound.
    sound: u64,
}

/// Who is heard.
#[derive(Clone, Copy)]
enum Sides {
    Both,
    Caller,
}

impl Sides {
    const fn count(self) -> u16 {
        match self {
            Self::Both => 2,
            Self::Caller => 1,
        }
    }

    fn sound(self, run: &[Public]) -> Vec<u8> {
        match self {
            Self::Both => {
                let sides = run.iter().flat_map(|public| public.heard.iter().zip(&public.said));
                sides.flat_map(|(heard, said)| [*heard, *said]).collect()
            }
            Self::Caller => run.iter().flat_map(|public| public.heard).collect(),
        }
    }
}

impl Wav {
    /// A call.
    pub(super) fn new(file: Box<dyn WavFile>) -> Self {
        Self { file, sides: Sides::Both, first: Tick(1), sound: 0 }
    }

    /// A message that begins with this tick.
    pub(super) fn of_message(file: Box<dyn WavFile>, first: Tick) -> Self {
        Self { file, sides: Sides::Caller, first, sound: 0 }
    }

    /// Writes frames at the places of their ticks. How many were written; the rest is lost when that failed.
    pub(super) fn append(&mut self, frames: &[Public]) -> (u64, io::Result<()>) {
        let mut written = 0;
        for run in frames.chunk_by(|one, next| one.tick.0 + 1 == next.tick.0) {
            if let Err(error) = self.append_run(run) {
                return (written, Err(error));
            }
            written += run.len() as u64;
        }
        (written, self.write_header(0))
    }

    /// Frames without a gap.
    fn append_run(&mut self, run: &[Public]) -> io::Result<()> {
        let Some(first) = run.first() else { return Ok(()) };
        self.fill_to(first.tick)?;
        self.write(&self.sides.sound(run))
    }

    /// Silence up to a tick.
    fn fill_to(&mut self, tick: Tick) -> io::Result<()> {
        let place = tick.0.saturating_sub(self.first.0).saturating_mul(TICK_BYTES * u64::from(self.sides.count()));
        if place > SOUND_MAX {
            return Err(too_long());
        }
        while self.sound < place {
            let length = (place - self.sound).min(SILENT.len() as u64);
            self.write(&SILENT[..length as usize])?;
        }
        Ok(())
    }

    /// Half a piece is no piece: what a failure left is cut off.
    fn write(&mut self, sound: &[u8]) -> io::Result<()> {
        if self.sound + sound.len() as u64 > SOUND_MAX {
            return Err(too_long());
        }
        let end = HEADER + self.sound;
        if let Err(error) = self.file.write_at(sound, end) {
            let _ = self.file.cut(end); // what cannot be cut is overwritten by the next piece
            return Err(error);
        }
        self.sound += sound.len() as u64;
        Ok(())
    }

    /// Says something about the recording after its end, as a comment that players show (LIST, INFO, ICMT).
    pub(super) fn note(&mut self, text: &str) -> io::Result<()> {
        let mut comment = text.as_bytes().to_vec();
        comment.push(0);
        let length = comment.len() as u32;
        if comment.len() % 2 == 1 {
            comment.push(0); // chunks are padded to even lengths
        }
        let mut list = b"LIST".to_vec();
        list.extend((4 + 8 + comment.len() as u32).to_le_bytes());
        list.extend(b"INFOICMT");
        list.extend(length.to_le_bytes());
        list.extend(comment);
        self.file.write_at(&list, HEADER + self.sound)?;
        self.write_header(list.len() as u64)
    }

    fn write_header(&mut self, after: u64) -> io::Result<()> {
        // `SOUND_MAX` is less than a header can say.
        let sides = self.sides.count();
        let [riff, sound, samples] =
            [HEADER - 8 + self.sound + after, self.sound, self.sound / u64::from(sides)].map(|length| (length as u32).to_le_bytes());
        let mut header = Vec::with_capacity(HEADER as usize);
        for part in [&b"RIFF"[..], &riff, b"WAVEfmt ", &18u32.to_le_bytes()] {
            header.extend(part);
        }
        header.extend([6, sides].map(u16::to_le_bytes).as_flattened()); // A-law, so many channels
        header.extend([8000, 8000 * u32::from(sides)].map(u32::to_le_bytes).as_flattened()); // samples, bytes a second
        header.extend([sides, 8, 0].map(u16::to_le_bytes).as_flattened()); // bytes a sample of all, bits of one, no extension
        for part in [&b"fact"[..], &4u32.to_le_bytes(), &samples, b"data", &sound] {
            header.extend(part);
        }
        self.file.write_at(&header, 0)
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "expected a call of at most 18 hours, its recording stops here")
}
