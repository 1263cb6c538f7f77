//! Places in a source.

use std::borrow::Cow;

/// A stretch of the source: byte offsets, the end is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// A stretch. Sources are far shorter than 4 GiB; offsets beyond that are cut.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let cut = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: cut(start),
            end: cut(end),
        }
    }

    /// Its text.
    #[must_use]
    pub fn text(self, source: &str) -> &str {
        source
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// Line and column as editors count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Place {
    /// The place of an offset.
    #[must_use]
    pub fn of(source: &str, offset: usize) -> Self {
        let offset = floor(source, offset);
        let before = source.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before.get(start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// A word of the template for a message: whole, but for one that nobody would read.
pub(crate) fn shortened(word: &str) -> Cow<'_, str> {
    const LONGEST: usize = 100;
    match word.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(word),
        Some((cut, _)) => Cow::Owned(format!("{}…", word.get(..cut).unwrap_or_default())),
    }
}

/// The last boundary between characters up to `offset`.
fn floor(source: &str, offset: usize) -> usize {
    (0..=offset.min(source.len()))
        .rev()
        .find(|at| source.is_char_boundary(*at))
        .unwrap_or(0)
}

/// The line of a span with a mark below what it covers:
///
/// ```text
/// user = {{ .user | trimsuffix "x" }}
///                   ^^^^^^^^^^
/// ```
///
/// The text is the template's own and never the data's. Long lines are cut around the mark.
#[must_use]
pub fn excerpt(source: &str, span: Span) -> String {
    const BEFORE: usize = 60;
    const WIDTH: usize = 120;
    let at = floor(source, span.start as usize);
    let start = source
        .get(..at)
        .unwrap_or_default()
        .rfind('\n')
        .map_or(0, |n| n + 1);
    let line = source.get(start..).unwrap_or_default();
    let line = line.split(['\n', '\r']).next().unwrap_or_default();
    let column = source.get(start..at).unwrap_or_default().chars().count();
    let covered = span.text(source).split('\n').next().unwrap_or_default();
    let skip = column.saturating_sub(BEFORE);
    let shown: String = line
        .chars()
        .skip(skip)
        .take(WIDTH)
        .map(|c| {
            if c == '\t' || !c.is_control() {
                c
            } else {
                '\u{fffd}'
            }
        })
        .collect();
    // Tabs stay tabs, so that the mark stands below what it means in every editor.
    let indent: String = shown
        .chars()
        .take(column - skip)
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    let room = WIDTH.saturating_sub(column - skip).max(1);
    let marks = "^".repeat(covered.chars().count().clamp(1, room));
    format!("{shown}\n{indent}{marks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let source = "a\nbé{{ x }}";
        assert_eq!(Place::of(source, 0), Place { line: 1, column: 1 });
        assert_eq!(Place::of(source, 5), Place { line: 2, column: 3 });
        assert_eq!(Place::of(source, 4), Place { line: 2, column: 2 });
        assert_eq!(Place::of(source, 999).line, 2);
    }

    #[test]
    fn the_mark_stands_below_what_it_means() {
        let source = "one\n\tuser = {{ .user | trimsuffix \"x\" }}\nthree";
        let at = source.find("trimsuffix").unwrap();
        let shown = excerpt(source, Span::new(at, at + 10));
        let mut lines = shown.lines();
        let (line, marks) = (lines.next().unwrap(), lines.next().unwrap());
        assert_eq!(line.find("trimsuffix"), marks.find('^'));
        assert_eq!(marks.trim(), "^^^^^^^^^^");
        assert!(marks.starts_with('\t'));
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"é".repeat(100)), "é".repeat(100));
        assert_eq!(shortened(&"é".repeat(5000)), format!("{}…", "é".repeat(100)));
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let source = format!("{}{{{{ x }}}}{}", "y".repeat(5000), "z".repeat(5000));
        let shown = excerpt(&source, Span::new(5000, 5007));
        assert!(shown.len() < 400);
        assert!(shown.contains("{{ x }}"));
    }
}
