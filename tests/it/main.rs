//! The one test binary: each file is a room of tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod agent;
mod bundle;
mod check;
mod cli;
mod client;
mod config;
mod console;
mod coverage;
mod dialog;
mod docs;
mod flows;
mod fuzz;
mod graph;
mod guard;
mod line;
mod records;
mod seam;
mod sip;
mod spoken;
mod store;
mod talk;
mod tidy;
mod world;
