//! How much parsing and rendering may cost.

/// What one rendering may use. All of it is counted, not timed: the same template and data always give the same
/// answer, and the bounds on steps and bytes bound the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest output, in bytes.
    pub output_bytes: usize,
    /// Evaluated nodes, rounds of loops and calls of functions (dear functions count for more than one).
    pub steps: u64,
    /// Bytes that all values made on the way may have together.
    pub work_bytes: u64,
    /// Blocks, calls of `template` and parentheses inside one another while rendering, and levels of a value that is
    /// printed, compared or copied. More than 250 count as 250: that is what a stack of 2 MiB holds in a build without
    /// optimisation.
    pub depth: u32,
}

/// See [`Limits::depth`].
const MOST_LEVELS: u32 = 250;

impl Limits {
    /// The levels there may be.
    pub(crate) fn levels(&self) -> u32 {
        self.depth.min(MOST_LEVELS)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            output_bytes: 1024 * 1024,
            steps: 200_000,
            work_bytes: 8 * 1024 * 1024,
            depth: 100,
        }
    }
}
