//! What a person said, in a file: as samples at the telephone's rate, for a recogniser.

use thiserror::Error;

use super::recording::{self, RecordingError};
use super::sound::{SoundError, at_telephone_rate};

/// The most bytes of a file.
pub const FILE_BYTES_MAX: u64 = recording::FILE_BYTES_MAX;

/// Why a file cannot be listened to.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct VoiceError(#[from] Kind);

#[derive(Debug, Error)]
enum Kind {
    #[error(transparent)]
    Recording(#[from] RecordingError),
    #[error(transparent)]
    Sound(#[from] SoundError),
}

/// The samples of a WAV or FLAC file at 8 kHz, its channels mixed to one.
///
/// # Errors
/// What is wrong with the file. Any bytes may be given.
pub fn read(file: &[u8]) -> Result<Vec<i16>, VoiceError> {
    let sound = recording::read(file).map_err(Kind::from)?;
    let samples = at_telephone_rate(&sound).map_err(Kind::from)?;
    Ok(samples.iter().map(|sample| (sample * 32768.0).round() as i16).collect()) // `as` saturates
}
