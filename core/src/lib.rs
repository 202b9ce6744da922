//! What the robot decides.
//!
//! Input and `now` come in; output and the next deadline go out. Nothing in this crate reads a clock, a file, a socket or randomness, so one engine runs a live call,
//! a chat in the terminal and a replay at virtual time. The compiler guards the wall: this crate depends on no runtime and no database, and `clippy.toml` forbids the rest.

pub mod calendar;
pub mod call;
pub mod citizen;
pub mod flow;
pub mod grammar;
pub mod heard;
pub mod interpreter;
pub mod key;
pub mod lang;
pub mod media;
pub mod router;
pub mod simulation;
pub mod sms;
pub mod spoken;
pub mod time;
pub mod utterance;
