//! A message that a caller was asked to speak: a file of its own, the caller alone. Its ticks are marked by the port, so nobody has to find it again in the call's recording.

use std::io;
use std::path::{Path, PathBuf};

use dauys_core::utterance::MessageId;

use super::holdback::Public;
use super::wav::Wav;
use super::{Shelf, message_file};

/// A message being written.
pub(super) struct Message {
    id: MessageId,
    path: PathBuf,
    wav: Option<Wav>,
    /// So much has been spoken that it is kept.
    enough: bool,
    lost: u64,
}

impl Message {
    /// The message of a call whose files are named so.
    pub(super) fn new(id: MessageId, stem: &Path) -> Self {
        Self { id, path: message_file(stem, id), wav: None, enough: false, lost: 0 }
    }

    pub(super) const fn id(&self) -> MessageId {
        self.id
    }

    /// Writes ticks of it. What cannot be written is lost and counted.
    pub(super) fn append(&mut self, run: &[Public], shelf: &mut impl Shelf) -> io::Result<()> {
        self.enough |= run.iter().any(|public| public.taped.is_some_and(|taped| taped.enough));
        let written = self.open(run, shelf).and_then(|wav| wav.append(run).1);
        if written.is_err() {
            self.lost += run.len() as u64;
        }
        written
    }

    fn open(&mut self, run: &[Public], shelf: &mut impl Shelf) -> io::Result<&mut Wav> {
        let first = run.first().map(|public| public.tick).unwrap_or_default();
        match &mut self.wav {
            Some(wav) => Ok(wav),
            none => Ok(none.insert(Wav::of_message(shelf.create(&self.path)?, first))),
        }
    }

    /// It is over: one in which nobody spoke is no message and leaves no file.
    pub(super) fn close(self, shelf: &mut impl Shelf) -> io::Result<()> {
        let outcome = match (self.enough, self.wav.is_some(), self.lost) {
            (false, _, _) => "empty",
            (true, false, _) => "none",
            (true, true, 0) => "whole",
            (true, true, _) => "gaps",
        };
        metrics::counter!("dauys_spoken_messages_total", "outcome" => outcome).increment(1);
        match self.wav {
            Some(_) if !self.enough => shelf.remove(&self.path),
            Some(mut wav) if self.lost > 0 => wav.note(&format!("{} frames of 20 ms are lost", self.lost)),
            Some(_) | None => Ok(()),
        }
    }
}
