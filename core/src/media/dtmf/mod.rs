//! Keys, however they come: as events (RFC 4733), as tones within the voice (ITU-T Q.23), or from outside. It never decides what a key means.

mod event;
mod presses;
mod tone;

pub(super) use event::{Event, Receiver, Sender, Turn};
pub(super) use presses::Presses;
pub(super) use tone::{Detector, fill, prepare};

use crate::key::Key;

/// What a receiver has seen of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    /// It has gone down.
    Down(Key),
    /// It is still down.
    Held(Key),
}
