//! The program. Everything else is in the library, so that tests reach it.

use std::process::ExitCode;

use clap::Parser;
use patchbay_csi_driver::program::{Args, start};
use patchbay_runtime::Program;

fn main() -> ExitCode {
    let args = Args::parse();
    let program = Program::new("patchbay-csi-driver", env!("CARGO_PKG_VERSION"));
    patchbay_runtime::run(program, |context| start(args, context))
}
