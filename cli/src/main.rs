//! `kubectl-patchbay`: see the library.

use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::process::ExitCode;

use clap::Parser as _;
use patchbay_cli::args::Args;
use patchbay_cli::output::{Exit, Streams};

fn main() -> ExitCode {
    if let Some(code) = patchbay_tera_worker::run_if_asked() {
        return code;
    }
    // Usage errors end here, with the exit code 2.
    let args = Args::parse();
    let wants_colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut streams = Streams {
        colour: wants_colour && stdout().is_terminal(),
        colour_of_errors: wants_colour && stderr().is_terminal(),
        out: stdout().lock(),
        errors: stderr().lock(),
    };
    // Nobody is left to be told of a write that fails.
    let exit = patchbay_cli::run(&args, stdin().lock(), &mut streams).unwrap_or(Exit::Unusable);
    exit.into()
}
