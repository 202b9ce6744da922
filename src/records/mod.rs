//! What is kept of calls: their event logs, their recordings, and the bundles they ran on; and how long.
//!
//! Nothing here ever makes a call wait for a disk.

pub mod bundles;
pub mod journal;
pub mod recording;
pub mod retention;
