//! Values as words, and words as values.
//!
//! Names the clips that speak a value; knows nothing of who plays them.

mod digits;

pub use digits::{Word, digits, inventory};
