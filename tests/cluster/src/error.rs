//! What can go wrong while a cluster is started, used or removed.

use std::{fmt::Write as _, io, path::Path, time::Duration};

use crate::{env::Env, say};

/// An error of the harness. Every message is for the person at the terminal: what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine lacks something that cannot be worked around. One sentence that ends with what to do.
    #[error("{0}")]
    Capability(String),
    /// An argument, a file or a setting of the user is not usable.
    #[error("{0}")]
    Invalid(String),
    /// A file or process operation failed.
    #[error("{doing}: {source}")]
    Io {
        /// What was tried, as "write /path".
        doing: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A program ended with an error.
    #[error("`{command}` failed ({status}){output}")]
    Failed {
        /// The command line.
        command: String,
        /// Its exit status, or "timed out".
        status: String,
        /// The end of what it printed, on lines of its own, or nothing.
        output: String,
    },
    /// Something started but did not become ready in time, or died.
    #[error("{what} after {} s{detail}", after.as_secs())]
    NotReady {
        /// What is missing, as "the API server is not ready".
        what: String,
        /// How long was waited.
        after: Duration,
        /// The end of its log, on lines of its own, or nothing.
        detail: String,
    },
    /// Certificates could not be made.
    #[error("make a certificate for {subject}: {source}")]
    Certificate {
        /// Whom the certificate is for.
        subject: String,
        /// The library's answer.
        source: rcgen::Error,
    },
    /// After everything was tried, parts of a cluster are still there.
    #[error("these parts of cluster {name:?} could not be removed:\n  {}", parts.join("\n  "))]
    Leftovers {
        /// The cluster's name.
        name: String,
        /// One line for each part.
        parts: Vec<String>,
    },
}

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A capability that this machine lacks, with what to do about it.
    pub(crate) fn capability(sentence: impl Into<String>) -> Self {
        Self::Capability(sentence.into())
    }

    /// Whether the cause is a port that another process took between our choice and our use of it.
    pub(crate) fn is_port_taken(&self) -> bool {
        matches!(self, Self::NotReady { detail, .. } if detail.contains("address already in use"))
    }
}

/// For tests that need something which not every machine has: true when it is there. When it is not, says so
/// loudly (past the test runner's capture) and returns false, after which the test returns; under `CI=true` it
/// panics, because there nothing may be left out.
#[expect(clippy::panic, reason = "the failure of a test")]
pub fn capable(capability: Result<()>) -> bool {
    let Err(error) = capability else { return true };
    if Env::of_process().is_ci() {
        panic!("{error}");
    }
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    say::line(format_args!("SKIPPED: {test} did not run: {error}"));
    false
}

/// Adds what was tried to an [`io::Error`].
pub(crate) trait Doing<T> {
    /// Describes the operation, as "write /path".
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
    /// Describes an operation on a path.
    fn at(self, verb: &str, path: &Path) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Io {
            doing: what(),
            source,
        })
    }

    fn at(self, verb: &str, path: &Path) -> Result<T> {
        self.doing(|| format!("{verb} {}", path.display()))
    }
}

impl<T> Doing<T> for nix::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(io::Error::from).doing(what)
    }

    fn at(self, verb: &str, path: &Path) -> Result<T> {
        self.map_err(io::Error::from).at(verb, path)
    }
}

/// The last `lines` lines of a text, each indented on a line of its own, with a line break before the first;
/// empty for an empty text.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    all.iter()
        .skip(all.len().saturating_sub(lines))
        .fold(String::new(), |mut out, line| {
            // Writing to a String cannot fail.
            let _ = write!(out, "\n    {line}");
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_keeps_the_end_and_drops_blank_lines() {
        for (text, lines, want) in [
            ("", 3, ""),
            ("a\n\nb\nc\n", 2, "\n    b\n    c"),
            ("a", 5, "\n    a"),
        ] {
            assert_eq!(tail(text, lines), want, "{text:?}");
        }
    }

    #[test]
    fn only_a_taken_port_is_worth_another_try() {
        let error = |detail: &str| Error::NotReady {
            what: "x".into(),
            after: Duration::from_secs(1),
            detail: detail.into(),
        };
        assert!(error("\n    listen tcp 127.0.0.1:1: bind: address already in use").is_port_taken());
        assert!(!error("\n    permission denied").is_port_taken());
        assert!(!Error::Invalid("address already in use".into()).is_port_taken());
    }
}
