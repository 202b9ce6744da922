//! Recorded calls on their own bundle, on another, and as files.

mod against;
mod kept;
mod redacted;
mod sealed;
