//! The text of a file, and how a place in it is shown.

/// Characters of a line that are shown around a place.
const SHOWN: usize = 120;

/// A text that was read, under the name that messages give it.
#[derive(Debug)]
pub struct Source {
    /// As the user wrote it: a path, or `-` for standard input.
    pub name: String,
    /// All of it.
    pub text: String,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
}

/// A place in a text, from 1. Columns are in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Source {
    /// A text under a name.
    #[must_use]
    pub fn new(name: impl Into<String>, text: String) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self {
            name: name.into(),
            text,
            lines,
        }
    }

    /// The place of an offset in bytes. An offset past the end is the end.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        let end = offset.min(self.text.len());
        let before = self.text.as_bytes().get(start..end).unwrap_or_default();
        // Bytes that begin a character; an offset inside one is of that character.
        let column = before.iter().filter(|byte| !is_continuation(**byte)).count() + 1;
        Place { line, column }
    }

    /// A line, from 1, without its end.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let start = line.checked_sub(1).and_then(|index| self.lines.get(index));
        let Some(rest) = start.and_then(|start| self.text.get(*start..)) else {
            return "";
        };
        rest.lines().next().unwrap_or_default()
    }

    /// The line of a place with a caret below it, as people know it from compilers. Nothing of it can steer a terminal,
    /// and what looks like a password in an address is covered.
    #[must_use]
    pub fn excerpt(&self, place: Place) -> String {
        excerpt(self.line(place.line), place)
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// See [`Source::excerpt`].
#[must_use]
pub fn excerpt(line: &str, place: Place) -> String {
    let line: Vec<char> = covered(line).chars().collect();
    let caret = place.column.saturating_sub(1).min(line.len());
    let first = caret
        .saturating_sub(SHOWN / 2)
        .min(line.len().saturating_sub(SHOWN));
    let shown = line.get(first..).unwrap_or_default();
    let mut text = String::new();
    let mut indent = String::new();
    if first > 0 {
        text.push('…');
        indent.push(' ');
    }
    for (index, c) in shown.iter().take(SHOWN).enumerate() {
        let visible: &str = match c {
            '\t' => "    ",
            c if c.is_control() || is_invisible(*c) => "?",
            _ => {
                text.push(*c);
                if index < caret - first {
                    indent.push(' ');
                }
                continue;
            }
        };
        text.push_str(visible);
        if index < caret - first {
            indent.extend(visible.chars().map(|_| ' '));
        }
    }
    if shown.len() > SHOWN {
        text.push('…');
    }
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let text = text.trim_end();
    format!("{margin} |\n{number} | {text}\n{margin} | {indent}^\n")
}

/// Characters that change the order or the look of others.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The line with `user:password@` of addresses covered, character by character.
fn covered(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '}'))
            .unwrap_or(after.len());
        let (address, more) = after.split_at(end);
        match address
            .rsplit_once('@')
            .map(|(user, host)| (user.split_once(':'), host))
        {
            Some((Some((user, password)), host)) => {
                out.push_str(user);
                out.push(':');
                out.extend(password.chars().map(|_| '*'));
                out.push('@');
                out.push_str(host);
            }
            _ => out.push_str(address),
        }
        rest = more;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_characters() {
        let source = Source::new("f", "ab\nä→x\r\n\nlast".to_owned());
        for (offset, line, column) in [
            (0, 1, 1),
            (2, 1, 3),
            (3, 2, 1),
            (5, 2, 2),
            (8, 2, 3),
            (9, 2, 4),
            (11, 3, 1),
            (12, 4, 1),
            (16, 4, 5),
            (1000, 4, 5),
        ] {
            assert_eq!(source.place(offset), Place { line, column }, "{offset}");
        }
        assert_eq!(
            [source.line(0), source.line(2), source.line(3), source.line(9)],
            ["", "ä→x", "", ""]
        );
    }

    #[test]
    fn the_caret_stands_below() {
        let at = |line, column| Place { line, column };
        assert_eq!(
            excerpt("\tkey: value", at(7, 7)),
            "  |\n7 |     key: value\n  |          ^\n"
        );
        assert_eq!(excerpt("ab", at(12, 99)), "   |\n12 | ab\n   |   ^\n");
        assert_eq!(excerpt("", at(1, 1)), "  |\n1 | \n  | ^\n");
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let line = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let text = excerpt(&line, Place { line: 1, column: 501 });
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].chars().count() < SHOWN + 10, "{text}");
        let column = lines[2].chars().position(|c| c == '^').expect("a caret");
        assert_eq!(lines[1].chars().nth(column), Some('X'), "{text}");
    }

    #[test]
    fn nothing_steers_a_terminal_and_no_password_is_shown() {
        let text = excerpt("a: \u{1b}[31m\u{202e}x", Place { line: 1, column: 12 });
        assert!(text.contains("a: ?[31m?x"), "{text}");
        let line = "address: https://bob:hunter2@git.example.com/x and http://a@b";
        let text = excerpt(line, Place { line: 1, column: 10 });
        assert!(
            text.contains("https://bob:*******@git.example.com/x and http://a@b"),
            "{text}"
        );
    }
}
