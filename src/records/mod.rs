//! What is kept of calls: their event logs, their recordings, their records in the database, and the bundles they ran on; which bundles are published; and how long all of it.
//!
//! Nothing here ever makes a call wait for a disk.

pub mod bundles;
pub mod calls;
mod disk;
pub mod journal;
pub mod publications;
pub mod recording;
pub mod retention;
pub mod seal;
