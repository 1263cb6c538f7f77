//! `patchbay-cluster`: a Kubernetes node on this machine from the command line.

use clap::{Parser, Subcommand};
use patchbay_cluster::{ControlPlane, Options, tools};

/// A real Kubernetes on this machine, for development and tests.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Args {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run etcd and an API server until this program ends; prints the path of a kubeconfig.
    ControlPlane,
    /// Print the path of Helm, making it first if need be.
    Helm,
}

#[expect(clippy::print_stdout, reason = "the program's output")]
fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Verb::ControlPlane => {
            let cluster = ControlPlane::start(Options::default())?;
            println!("{}", cluster.kubeconfig_path().display());
            loop {
                std::thread::park();
            }
        }
        Verb::Helm => {
            println!("{}", tools::helm()?.display());
            Ok(())
        }
    }
}
