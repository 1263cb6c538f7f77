//! What a person who waits is told: one line at a time on standard error.
//!
//! Lines go past the test runner's capture on purpose: a first build takes minutes, and a test that seems to
//! hang is worse than a line too many.

use std::{
    fmt,
    io::Write as _,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Steps shorter than this are not announced.
const QUIET: Duration = Duration::from_secs(2);
/// Between two lines about the same step.
const EVERY: Duration = Duration::from_secs(10);

/// Prints one line.
pub fn line(text: impl fmt::Display) {
    // A closed standard error is no reason to stop.
    drop(writeln!(std::io::stderr().lock(), "cluster: {text}"));
}

/// Says what is going on while it takes longer than 2 s; ends when dropped.
#[derive(Debug)]
pub struct Progress {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    started: Instant,
}

impl Progress {
    /// Starts to watch a step, named as "building Kubernetes".
    pub fn start(what: impl Into<String>) -> Self {
        let (what, started) = (what.into(), Instant::now());
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("progress".into())
            .spawn(move || {
                let mut wait = QUIET;
                let mut said = false;
                while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(wait) {
                    line(format_args!("{what} ... {} s", started.elapsed().as_secs()));
                    (wait, said) = (EVERY, true);
                }
                if said {
                    line(format_args!(
                        "{what}: done after {} s",
                        started.elapsed().as_secs()
                    ));
                }
            });
        // Without a thread the step is only silent.
        Self {
            stop: Some(stop),
            thread: thread.ok(),
            started,
        }
    }

    /// How long the step has run.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic in the printing thread loses nothing but lines.
            drop(thread.join());
        }
    }
}
