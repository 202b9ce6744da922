//! Recorded calls on their own bundle, on another, and as files.

mod against;
mod command;
mod kept;
mod redacted;
mod sealed;
