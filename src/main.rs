//! The `dauys` program.

use clap::Parser;
use dauys::cli::{Cli, Exit};

fn main() -> Exit {
    Cli::parse().run()
}
