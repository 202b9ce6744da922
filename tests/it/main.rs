//! The one test binary: each file is a room of tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod agent;
mod bundle;
mod check;
mod cli;
mod client;
mod config;
mod console;
mod dialog;
mod docs;
mod flows;
mod fuzz;
mod guard;
mod holds;
mod line;
mod records;
mod seam;
mod sip;
mod spoken;
mod store;
mod submissions;
mod tidy;
mod world;
