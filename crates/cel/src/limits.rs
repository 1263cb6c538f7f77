//! How much an expression may cost.

/// What one run may use. All of it is counted, not timed: the same expression and data always come to the same end,
/// and the bounds on steps and bytes bound the time and the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Evaluated nodes, rounds of macros and bytes that are gone through (64 of them are a step).
    pub steps: u64,
    /// Bytes that all values made on the way may have together.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 100_000,
            bytes: 2 * 1024 * 1024,
        }
    }
}

/// The longest source that [`compile`](crate::compile) takes where the [`Env`](crate::Env) says nothing else.
pub const SOURCE_BYTES: usize = 1024;

/// Operators and calls inside one another; brackets may be half as many. Far above what people write, and below what a
/// stack of 512 KiB holds in a build without optimisation. A chain of `&&` or `||` is one level.
pub const MOST_LEVELS: usize = 64;

/// Problems that one compilation reports.
pub(crate) const MOST_PROBLEMS: usize = 20;
