//! `kubectl-patchbay`: what admission would say of files, and what a template gives, without a cluster.
//!
//! - [`validate`] judges objects by the functions that the webhook calls (`patchbay_model::admission`). Reading files is
//!   [`input`]; all between reading and writing is plain functions.
//! - [`template`] renders one template with free data.
//! - [`yaml`] reads YAML and JSON with the place of everything; [`source`] shows a place.
//!
//! Not here: a Kubernetes client, and any rule about what is valid.

pub mod args;
pub mod input;
pub mod output;
pub mod source;
pub mod template;
pub mod validate;
pub mod yaml;

use std::io::{Read, Write};

use args::{Args, Command};
use output::{Exit, Streams};

/// Runs a command.
///
/// # Errors
/// When the output cannot be written. Whoever reads it may stop at any time: that is none.
pub fn run(
    args: &Args,
    stdin: impl Read,
    streams: &mut Streams<impl Write, impl Write>,
) -> std::io::Result<Exit> {
    let done = match &args.command {
        Command::Template(args) => template::run(args, stdin, streams),
        Command::Validate(args) => validate::run(args, stdin, streams),
    };
    match done {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Fine),
        done => done,
    }
}
