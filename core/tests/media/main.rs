//! Ports from outside: two of them with a network between, at virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod allocation;
mod bad_input;
mod codec;
mod corpus;
mod line;
mod message;
mod network;
mod port;
mod rig;
mod sound;
mod tones;
