//! Ports from outside: two of them with a network between, at virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod allocation;
mod bad_input;
mod corpus;
mod line;
mod network;
mod port;
mod rig;
mod sound;
mod tones;
