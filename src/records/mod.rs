//! What is kept of calls: their event logs, their recordings, their records in the database, and the bundles they ran on; and how long.
//!
//! Nothing here ever makes a call wait for a disk.

pub mod bundles;
pub mod calls;
pub mod journal;
pub mod recording;
pub mod retention;
pub mod seal;
