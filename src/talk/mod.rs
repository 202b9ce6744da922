//! Written conversations: what a caller does and what the robot must say, in YAML that an editor of flows can write. Held at virtual time on the same engine as a call.
//!
//! [`read()`] makes a [`script::Talk`] of a file, [`hold`] holds it, [`bless`] writes what was really said into it. It opens files only in [`files`], prints nothing, and
//! asks no service.

mod bless;
mod failure;
pub mod files;
mod judge;
mod read;
pub mod script;
mod shape;
pub mod slip;
mod stage;
mod value;

pub use bless::{Edit, bless};
pub use failure::{Failure, FailureKind, Piece};
pub use judge::{Held, hold};
pub use read::read;
pub use shape::schema;
