//! Lines and columns.

/// Where the lines of a source begin: counting from the start for each of thousands of places would be slow.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(starts).collect())
    }

    /// Line and column, from 1; columns in characters.
    pub(crate) fn place(&self, text: &str, at: usize) -> (usize, usize) {
        let line = self.0.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|line| self.0.get(line)).copied();
        let before = text.get(start.unwrap_or_default()..at).unwrap_or_default();
        (line.max(1), before.chars().count() + 1)
    }
}
