//! Places in a source.

/// A stretch of the source: byte offsets, the end is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// A stretch. Sources are far shorter than 4 GiB; offsets beyond that are cut.
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let cut = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: cut(start),
            end: cut(end),
        }
    }

    /// From the start of this one to the end of the other.
    pub(crate) fn to(self, other: Self) -> Self {
        Self {
            start: self.start,
            end: other.end,
        }
    }

    /// Its text.
    pub(crate) fn text(self, source: &str) -> &str {
        source
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// Line and column of an offset as editors count them: from 1, columns in characters.
pub(crate) fn line_and_column(source: &str, offset: usize) -> (usize, usize) {
    let offset = (0..=offset.min(source.len()))
        .rev()
        .find(|at| source.is_char_boundary(*at))
        .unwrap_or(0);
    let before = source.get(..offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// A word of the source for a message: whole, but for one that nobody would read, and without control characters.
pub(crate) fn shortened(word: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = word
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if word.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let source = "a\nbé + x";
        assert_eq!(line_and_column(source, 0), (1, 1));
        assert_eq!(line_and_column(source, 5), (2, 3));
        assert_eq!(line_and_column(source, 4), (2, 2), "in the middle of a character");
        assert_eq!(line_and_column(source, 999).0, 2);
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened("a\u{7}b"), "a\u{fffd}b");
        assert_eq!(shortened(&"é".repeat(5000)), format!("{}…", "é".repeat(60)));
    }
}
