//! The one test binary: each file is a room of tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod agent;
mod bundle;
mod check;
mod cli;
mod client;
mod config;
mod connectors;
mod console;
mod coverage;
mod dialog;
mod docs;
mod edit;
mod flows;
mod fuzz;
mod graph;
mod guard;
mod holds;
mod hostile;
mod line;
mod records;
mod replay;
mod schema;
mod seam;
mod simulate;
mod sip;
mod spoken;
mod store;
mod submissions;
mod talk;
mod tidy;
mod world;
