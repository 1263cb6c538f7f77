//! Logs for the person who reads a failed test.

use crate::{ControlPlane, Node, say};

/// Something that has logs worth reading after a failure.
pub trait Logs {
    /// The ends of all logs, each under a line with its name.
    fn log_tails(&self, lines: usize) -> String;
}

impl Logs for ControlPlane {
    fn log_tails(&self, lines: usize) -> String {
        Self::log_tails(self, lines)
    }
}

impl Logs for Node {
    fn log_tails(&self, lines: usize) -> String {
        Self::log_tails(self, lines)
    }
}

/// Prints the ends of the cluster's logs when the current test panics. Keep the guard in a variable for as long
/// as the test runs: `let _logs = on_failure_dump(&cluster);`.
#[must_use = "the guard prints only while it lives"]
pub fn on_failure_dump<T: Logs>(cluster: &T) -> DumpGuard<'_, T> {
    DumpGuard(cluster)
}

/// See [`on_failure_dump`].
#[derive(Debug)]
pub struct DumpGuard<'a, T: Logs>(&'a T);

impl<T: Logs> Drop for DumpGuard<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say::line(format_args!(
                "the test failed; the ends of the cluster's logs:\n{}",
                self.0.log_tails(40)
            ));
        }
    }
}
