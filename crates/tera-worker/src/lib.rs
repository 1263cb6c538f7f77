//! Renders templates written in Tera in processes that can be stopped.
//!
//! Tera cannot be bounded from inside, so a program starts itself again as a worker ([`run_if_asked`]), which takes
//! limits of processor time, memory, files and processes upon itself before it reads anything. The program keeps a few
//! of them ([`Pool`]), gives each one job at a time, and kills those that take too long. A template that runs wild costs
//! its own job and nothing else.
//!
//! Templates, data and secrets go through pipes, never through arguments, the environment or files. A worker has no
//! environment, can open no file and start no process, and its memory cannot be read by others or dumped.

mod child;
mod deadline;
mod frame;
mod options;
mod pool;
mod process;
mod volume;

use std::ffi::OsStr;
use std::process::ExitCode;

pub use options::Options;
pub use pool::Pool;
pub use volume::Volume;

/// The hidden argument by which a program becomes a worker.
pub const SUBCOMMAND: &str = "tera-worker";

/// Becomes a worker if the program was started as one, and returns when it is not needed any more. To be called before
/// anything else in `main`: a worker has no use for arguments, threads or logs.
#[must_use]
pub fn run_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let asked = arguments.next().as_deref() == Some(OsStr::new(SUBCOMMAND)) && arguments.next().is_none();
    asked.then(child::run)
}
