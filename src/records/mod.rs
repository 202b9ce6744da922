//! What is kept of calls: their event logs, their records in the database, and the bundles they ran on.
//!
//! Nothing here ever makes a call wait for a disk.

pub mod bundles;
pub mod calls;
pub mod journal;
