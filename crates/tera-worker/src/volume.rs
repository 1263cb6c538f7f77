//! The time that the templates of one volume have together.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use patchbay_template::tera::{Failure, Job, Worker};
use zeroize::Zeroizing;

use crate::Pool;

/// The workers of a program, for one volume.
#[derive(Debug)]
pub struct Volume<'a> {
    pool: &'a Pool,
    left: Mutex<Duration>,
}

impl<'a> Volume<'a> {
    pub(crate) const fn new(pool: &'a Pool, time: Duration) -> Self {
        Self {
            pool,
            left: Mutex::new(time),
        }
    }
}

impl Worker for Volume<'_> {
    /// *Errors*: those of [`Pool`]; [`Failure::Volume`] when the time is used up.
    fn run(&self, job: &Job) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if self.left.lock().is_zero() {
            return Err(Failure::Volume);
        }
        let begun = Instant::now();
        let done = self.pool.run(job);
        let mut left = self.left.lock();
        *left = left.saturating_sub(begun.elapsed());
        done
    }
}
