//! Templates written in Tera.
//!
//! Tera cannot be stopped from inside: a loop that prints nothing runs as long as it likes. So a template is compiled
//! and checked here, where all is bounded, and rendered in another process, the worker, which has limits of its own
//! and can be killed. What goes there is a [`Job`], and what comes back is bytes; [`answer`] is all that a worker does.
//! Nothing that comes back from a failed rendering is text: the messages are made here, of the template's own words.

mod compile;
mod data;
mod engine;
mod fault;
mod filters;
mod find;
mod job;
mod lex;
mod limits;
mod names;
mod parse;
mod scope;
mod tree;

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::{CompileErrorKind, Limits, References, RenderErrorKind, Rendered, SecretScope};

pub(crate) use compile::{Compiled, compile};
pub use engine::answer;
pub use job::{Failure, Job};
pub use limits::{FILE_TIME, MAX_JOB_BYTES, WORKER_MEMORY};

use fault::Fault;
use parse::Parsed;

/// Where jobs are done.
pub trait Worker: Send + Sync {
    /// Does a job: hands it to [`answer`] in a place that can be stopped, and gives back what that gave. Blocks.
    ///
    /// *Errors*: [`Failure`], when there is no answer.
    fn run(&self, job: &Job) -> Result<Zeroizing<Vec<u8>>, Failure>;
}

/// Does jobs in this process, where nothing can stop them. For tests of templates that are known to end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unbounded;

impl Worker for Unbounded {
    fn run(&self, job: &Job) -> Result<Zeroizing<Vec<u8>>, Failure> {
        Ok(answer(job.as_bytes()))
    }
}

/// The place of a program that has no workers.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWorker;

impl Worker for NoWorker {
    fn run(&self, _: &Job) -> Result<Zeroizing<Vec<u8>>, Failure> {
        Err(Failure::Unavailable("this program has no workers for Tera"))
    }
}

/// What is wrong with a source, and at which byte.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) at: usize,
    pub(crate) kind: CompileErrorKind,
}

impl Problem {
    fn syntax(at: usize, message: impl Into<Cow<'static, str>>) -> Self {
        let kind = CompileErrorKind::Syntax(message.into());
        Self { at, kind }
    }

    fn too_large(at: usize, message: impl Into<Cow<'static, str>>) -> Self {
        let kind = CompileErrorKind::TooLarge(message.into());
        Self { at, kind }
    }
}

/// Renders a template in a worker.
///
/// *Errors*: a byte of the source, and what is wrong there.
pub(crate) fn render(
    compiled: &Compiled,
    references: &References,
    text: &str,
    data: &serde_json::Value,
    secrets: &SecretScope,
    limits: &Limits,
    worker: &dyn Worker,
) -> Result<Rendered, (usize, RenderErrorKind)> {
    let output = limits.output_bytes;
    let job = Job::new(text, data, secrets, (&compiled.roots, references), output)
        .map_err(|refused| (0, fault::refused(refused)))?;
    let mut bytes = worker
        .run(&job)
        .map_err(|failure| (0, fault::no_answer(failure)))?;
    let broken = || fault::explain(Fault::broken(), compiled, text, output);
    match bytes.split_first() {
        Some((&engine::RENDERED, rendered)) if rendered.len() <= output => {
            bytes.remove(0);
            Ok(Rendered::new(bytes))
        }
        Some((&engine::FAILED, fault)) => {
            let fault = Fault::decode(fault).unwrap_or(Fault::broken());
            Err(fault::explain(fault, compiled, text, output))
        }
        _ => Err(broken()),
    }
}

#[cfg(test)]
mod tests;
