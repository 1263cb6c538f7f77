//! `make demo` and `make down`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tells the story of Patchbay on a real cluster.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Remove everything that the demo made.
    Down,
    /// Only build the images, as tars below target/images.
    Images,
    /// Measure on a node of its own.
    Bench,
}

fn main() -> ExitCode {
    let result = match Args::parse().command {
        None => patchbay_tests::demo::run(),
        Some(What::Down) => patchbay_tests::demo::down(),
        Some(What::Images) => patchbay_tests::images::ensure().map(|_| ()),
        Some(What::Bench) => patchbay_tests::bench::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the message for the person at the terminal")]
            {
                eprintln!("\n   failed: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
