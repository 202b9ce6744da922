//! The recorded clips of a bundle, ready to be sent: it never reads a file and never converts.

use std::sync::Arc;

use super::FRAME;
use crate::utterance::ClipId;

/// All clips of a bundle, A-law at 8 kHz without a header; [`ClipId`] is the place here.
#[derive(Clone, Debug, Default)]
pub struct Clips(Vec<Arc<[u8]>>);

impl Clips {
    /// The clips in the order of their ids.
    pub fn new(clips: Vec<Arc<[u8]>>) -> Self {
        Self(clips)
    }

    /// The A-law bytes of a clip.
    pub fn get(&self, id: ClipId) -> Option<&[u8]> {
        self.0.get(id.0 as usize).map(AsRef::as_ref)
    }

    /// How long a clip is, in ticks, rounded up.
    pub fn length(&self, id: ClipId) -> Option<u64> {
        self.get(id).map(|bytes| bytes.len().div_ceil(FRAME) as u64)
    }
}
