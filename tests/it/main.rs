//! The one test binary: each file is a room of tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod agent;
mod bundle;
mod callbacks;
mod check;
mod cli;
mod client;
mod config;
mod connectors;
mod console;
mod coverage;
mod database;
mod desks;
mod dialog;
mod docs;
mod edit;
mod flows;
mod fuzz;
mod graph;
mod guard;
mod hearing;
mod holds;
mod hostile;
mod jobs;
mod killed;
mod line;
mod messages;
mod packing;
mod reconcile;
mod records;
mod replay;
mod router;
mod schema;
mod seam;
mod seats;
mod simulate;
mod sip;
mod speech;
mod spoken;
mod store;
mod submissions;
mod talk;
mod tidy;
mod topics;
mod world;
