//! What to do when a list or a watch ends: a table.

/// How a list or a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The server closed the watch, as it does when its time is over.
    Closed {
        /// Whether it lived for long enough to be an ordinary end.
        ordinary: bool,
    },
    /// No sign of life for too long.
    Silent,
    /// The resource version is too old, or makes no sense to this server: 410, or an object without a version.
    Expired,
    /// The server answered with another error.
    Refused,
    /// No answer, or a connection that broke.
    Broken,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// Start over with a list, or resume the watch where it was.
    pub(super) relist: bool,
    /// Wait before.
    pub(super) wait: bool,
}

/// After this many failures in a row to resume, a list is the surer way.
const MAX_RESUMES: u32 = 3;

/// The cause as a metric label.
pub(super) fn label(end: End) -> &'static str {
    match end {
        End::Closed { .. } => "closed",
        End::Silent => "silent",
        End::Expired => "expired",
        End::Refused => "refused",
        End::Broken => "broken",
    }
}

/// Decides. `failures` counts the ends in a row before this one that had to wait.
///
/// # Guarantees
/// A watch that ends at once, again and again, waits; so there is no busy loop whatever the server does.
pub(super) fn next(end: End, failures: u32) -> Next {
    match end {
        End::Closed { ordinary: true } => Next {
            relist: false,
            wait: false,
        },
        End::Expired => Next {
            relist: true,
            wait: failures > 0,
        },
        // The connection was dead, the server need not be.
        End::Silent => Next {
            relist: failures >= MAX_RESUMES,
            wait: failures > 0,
        },
        End::Refused => Next {
            relist: true,
            wait: true,
        },
        End::Closed { ordinary: false } | End::Broken => Next {
            relist: failures >= MAX_RESUMES,
            wait: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resumes_where_it_can_and_waits_where_it_must() {
        let line = |end, failures| {
            let next = next(end, failures);
            format!(
                "{}{}",
                if next.wait { "wait, " } else { "" },
                if next.relist { "list" } else { "resume" }
            )
        };
        for (end, failures, expected) in [
            (End::Closed { ordinary: true }, 0, "resume"),
            (End::Closed { ordinary: true }, 9, "resume"),
            (End::Closed { ordinary: false }, 0, "wait, resume"),
            (End::Closed { ordinary: false }, 3, "wait, list"),
            (End::Silent, 0, "resume"),
            (End::Silent, 1, "wait, resume"),
            (End::Silent, 3, "wait, list"),
            (End::Expired, 0, "list"),
            (End::Expired, 1, "wait, list"),
            (End::Refused, 0, "wait, list"),
            (End::Broken, 0, "wait, resume"),
            (End::Broken, 2, "wait, resume"),
            (End::Broken, 3, "wait, list"),
        ] {
            assert_eq!(line(end, failures), expected, "{end:?} after {failures} failures");
        }
    }
}
