//! How many workers there are, and how long they live.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use patchbay_template::tera::FILE_TIME;

use crate::SUBCOMMAND;

/// How many workers there are, and how long they live.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is started. By default this very program, even after its file was replaced.
    pub program: PathBuf,
    /// With these arguments.
    pub arguments: Vec<OsString>,
    /// Workers at a time, from 1. None is started before there is a job.
    pub workers: usize,
    /// Jobs of one worker, from 1: then a fresh one takes its place, with memory that holds nothing of the others'.
    pub jobs: u32,
    /// A worker that had nothing to do for so long is ended.
    pub idle: Duration,
    /// Processor time of one job.
    pub time: Duration,
    /// Time of one job by the wall clock. Longer than `time`, since a worker on a busy machine waits for its turn.
    pub patience: Duration,
    /// The start of a worker may take so long.
    pub start: Duration,
    /// A job waits so long for a worker.
    pub queue: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            program: PathBuf::from("/proc/self/exe"),
            arguments: vec![SUBCOMMAND.into()],
            workers: 2,
            jobs: 256,
            idle: Duration::from_secs(30),
            time: FILE_TIME,
            patience: FILE_TIME * 5,
            start: Duration::from_secs(5),
            queue: Duration::from_secs(5),
        }
    }
}
