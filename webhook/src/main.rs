//! The program. Everything else is in the library, so that tests reach it.

use std::process::ExitCode;

use clap::Parser;
use patchbay_runtime::Program;
use patchbay_webhook::program::{Args, start};

fn main() -> ExitCode {
    let args = Args::parse();
    patchbay_runtime::run(
        Program::new("patchbay-webhook", env!("CARGO_PKG_VERSION")),
        async |ctx| start(args, ctx).await.map(drop),
    )
}
