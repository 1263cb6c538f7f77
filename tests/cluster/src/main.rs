//! `patchbay-cluster`: a Kubernetes on this machine from the command line. All of it is in the library.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;
use patchbay_cluster::say;

fn main() -> ExitCode {
    match cli::run(cli::Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            say(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
