//! The program. Everything else is in the library, so that tests reach it.

use std::process::ExitCode;

use clap::Parser;
use patchbay_reconciler::args::Args;
use patchbay_reconciler::program;
use patchbay_runtime::Program;

fn main() -> ExitCode {
    // First of all: a worker has no use for arguments, threads or logs.
    if let Some(ended) = patchbay_tera_worker::run_if_asked() {
        return ended;
    }
    let args = Args::parse();
    let about = Program::new("patchbay-reconciler", env!("CARGO_PKG_VERSION"));
    patchbay_runtime::run(about, |ctx| async { program::start(args, ctx).await.map(|_| ()) })
}
