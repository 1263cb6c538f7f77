//! Tasks that the process watches, and the `main` that the three programs share.
//!
//! No task may end without anyone noticing: an unexpected end or a panic of a task ends the process with an error
//! that names the task, and the kubelet starts it again.

pub mod run;
mod signals;
mod supervisor;

pub use supervisor::{Supervisor, TaskError};
