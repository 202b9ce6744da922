//! The `dauys` program.

fn main() {}
