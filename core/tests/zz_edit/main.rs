#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]
mod edit;
