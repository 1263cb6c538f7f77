//! Serves Git repositories over HTTP to whoever knows the password.

use clap::Parser as _;
use patchbay_git_server::{Args, run};

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run(Args::parse()))
}
