//! Measures what needs no node: admission over TLS beside a controller-runtime webhook that decides nothing,
//! templates beside Go's `text/template` with sprig (peers run in turn with us, on the same machine, in the same run), and
//! the reconciler with many Connectors.

mod admission;
mod certificate;
mod load;
mod peer;
mod render;
mod scale;
mod serve;
mod table;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Everything, one after the other.
    All,
    /// Admission of a Connector with 10,000 Connectors and 40 classes known.
    Admission,
    /// Templates.
    Render,
    /// The reconciler with many Connectors.
    Scale(scale::Args),
    /// The webhook over an index of that size, as a process of its own.
    #[command(hide = true)]
    Serve(serve::Args),
    /// Renders one template so many times, to be counted by valgrind.
    #[command(hide = true)]
    Loop(render::LoopArgs),
}

fn main() -> Result<()> {
    match Args::parse().what.unwrap_or(What::All) {
        What::All => {
            render::run()?;
            admission::run()
        }
        What::Admission => admission::run(),
        What::Render => render::run(),
        What::Scale(args) => scale::run(&args),
        What::Serve(args) => serve::run(&args),
        What::Loop(args) => render::run_loop(&args),
    }
}
