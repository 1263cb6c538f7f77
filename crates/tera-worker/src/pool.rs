//! The workers of a program.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use patchbay_template::tera::{Failure, Job, Worker};
use zeroize::Zeroizing;

use crate::process::Process;
use crate::{Options, Volume};

const BUSY: Failure = Failure::Unavailable("all workers are busy");

/// The workers of a program: started when there is a job, used again, ended when they had nothing to do for a while.
///
/// *Guarantees*: never more than [`Options::workers`] processes; every process that was started is reaped; a job that
/// fails hurts no other. Ends its workers when dropped.
///
/// *Caveats*: [`Worker::run`] blocks the thread.
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    state: Mutex<State>,
    /// A worker was given back, or its place.
    freed: Condvar,
    /// A worker was put down, or the pool is gone.
    put_down: Condvar,
}

#[derive(Default)]
struct State {
    /// The one that was put down last is taken first, so that those that are not needed grow old.
    idle: Vec<Process>,
    busy: usize,
    /// A thread ends those that grow old.
    swept: bool,
    closed: bool,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut state = self.inner.state.lock();
        state.closed = true;
        let idle = std::mem::take(&mut state.idle);
        drop(state);
        self.inner.put_down.notify_all();
        drop(idle);
    }
}

impl Pool {
    /// A pool that has no workers yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            inner: Arc::new(Inner {
                options,
                state: Mutex::new(State::default()),
                freed: Condvar::new(),
                put_down: Condvar::new(),
            }),
        }
    }

    /// Workers that wait, and workers that have a job.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let state = self.inner.state.lock();
        (state.idle.len(), state.busy)
    }

    /// The workers, for one volume: its templates together may take no longer than `time`.
    #[must_use]
    pub fn volume(&self, time: Duration) -> Volume<'_> {
        Volume::new(self, time)
    }
}

impl Worker for Pool {
    fn run(&self, job: &Job) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let mut place = Place::wait(&self.inner)?;
        let options = &self.inner.options;
        let mut process = match place.process.take() {
            Some(process) => process,
            None => Process::start(options)?,
        };
        let done = process.run(job, options);
        if done.is_ok() && process.jobs < options.jobs.max(1) {
            place.process = Some(process);
        }
        done
    }
}

/// The right to have one process busy, given back when dropped.
struct Place<'a> {
    inner: &'a Arc<Inner>,
    /// What is put down with the place.
    process: Option<Process>,
}

impl<'a> Place<'a> {
    fn wait(inner: &'a Arc<Inner>) -> Result<Self, Failure> {
        let until = Instant::now() + inner.options.queue;
        let mut state = inner.state.lock();
        loop {
            if let Some(mut process) = state.idle.pop() {
                if !process.is_alive() {
                    continue;
                }
                state.busy += 1;
                let process = Some(process);
                return Ok(Self { inner, process });
            }
            if state.busy < inner.options.workers.max(1) {
                state.busy += 1;
                let process = None;
                return Ok(Self { inner, process });
            }
            if inner.freed.wait_until(&mut state, until).timed_out() {
                return Err(BUSY);
            }
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.inner.state.lock();
        state.busy = state.busy.saturating_sub(1);
        if let Some(mut process) = self.process.take() {
            process.since = Instant::now();
            state.idle.push(process);
            if !state.swept {
                let inner = Arc::clone(self.inner);
                let thread = std::thread::Builder::new().name("tera-workers".to_owned());
                // Without the thread, workers live until the pool is dropped.
                state.swept = thread.spawn(move || sweep(&inner)).is_ok();
            }
            self.inner.put_down.notify_one();
        }
        drop(state);
        self.inner.freed.notify_one();
    }
}

/// Ends workers that had nothing to do for long, until there are none.
fn sweep(inner: &Inner) {
    let mut state = inner.state.lock();
    loop {
        // The oldest comes first.
        let Some(oldest) = state.idle.first().filter(|_| !state.closed) else {
            state.swept = false;
            return;
        };
        let until = oldest.since + inner.options.idle;
        if until <= Instant::now() {
            let process = state.idle.remove(0);
            // Others need not wait for it to be gone.
            parking_lot::MutexGuard::unlocked(&mut state, || drop(process));
        } else {
            // Another may have been taken or put down meanwhile: look again.
            inner.put_down.wait_until(&mut state, until);
        }
    }
}
