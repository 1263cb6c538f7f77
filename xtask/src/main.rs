//! The project's own tasks; see `cargo xtask --help`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{codegen, image, rbac, root};

/// The project's own tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Writes the files that are made from others: the chart's CRDs, its copies of the webhook's objects, the reference.
    Codegen,
    /// Builds the image with all three programs as a tar file, without Docker and without a registry.
    ///
    /// Import it with `ctr -n k8s.io images import FILE` or `docker load -i FILE`.
    Image(image::Options),
    /// Compares what the chart grants with what an API server's audit log says was asked for, both ways.
    Rbac {
        /// The audit log: one JSON event per line.
        audit_log: PathBuf,
        /// The output of `helm template`. Left out: runs helm.
        #[arg(long)]
        manifests: Option<PathBuf>,
        /// The helm program.
        #[arg(long, default_value = "helm", env = "HELM")]
        helm: PathBuf,
        /// The namespace that the chart is installed in.
        #[arg(long, default_value = "patchbay-system")]
        namespace: String,
    },
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn main() -> anyhow::Result<ExitCode> {
    match Args::parse().task {
        Task::Codegen => {
            for path in codegen::write(&root())? {
                println!("wrote {}", path.display());
            }
        }
        Task::Image(options) => print!("{}", image::run(&root(), &options)?),
        Task::Rbac {
            audit_log,
            manifests,
            helm,
            namespace,
        } => {
            let manifests = match manifests {
                Some(path) => std::fs::read_to_string(path)?,
                None => rbac::helm_template(&helm, &root().join("charts/patchbay"), &namespace)?,
            };
            let audit = std::fs::File::open(audit_log)?;
            let report = rbac::compare(&manifests, std::io::BufReader::new(audit), &namespace)?;
            print!("{report}");
            if !report.is_clean() {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
