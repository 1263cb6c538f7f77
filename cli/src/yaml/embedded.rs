//! A place in the text of a scalar, as a place in the file: block scalars are indented, folded ones broken anew, quoted
//! ones escaped.

use super::Style;

/// Where the character of a text (`line` and `column` from 1) is written. `at` is where the scalar begins in `source`.
/// `None` where the text has no such place.
///
/// A reader of YAML changes white space and escapes only, so that the text is found by walking along both.
#[must_use]
pub fn offset_in_text(
    source: &str,
    at: usize,
    style: Style,
    text: &str,
    line: usize,
    column: usize,
) -> Option<usize> {
    let wanted = offset(text, line, column)?;
    let mut walk = Walk::start(source, at, style)?;
    let mut behind = walk.at;
    for (index, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        let found = walk.next(c)?;
        match index.cmp(&wanted) {
            std::cmp::Ordering::Less => behind = walk.at,
            std::cmp::Ordering::Equal => return Some(found),
            // It is white space, which may be written in another way: right behind what stands before it.
            std::cmp::Ordering::Greater => return Some(behind),
        }
    }
    Some(behind)
}

/// The offset of a line and a column in a text, in bytes.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let mut start = 0;
    for _ in 1..line {
        start += text.get(start..)?.find('\n')? + 1;
    }
    let rest = text.get(start..)?;
    let in_line = rest.split('\n').next().unwrap_or_default();
    let end = in_line
        .char_indices()
        .nth(column.saturating_sub(1))
        .map_or(in_line.len(), |(at, _)| at);
    Some(start + end)
}

struct Walk<'a> {
    source: &'a str,
    at: usize,
    style: Style,
}

impl<'a> Walk<'a> {
    fn start(source: &'a str, at: usize, style: Style) -> Option<Self> {
        let rest = source.get(at..)?;
        let skipped = match style {
            Style::Plain => 0,
            Style::Single | Style::Double => rest.find(['"', '\'']).map_or(0, |quote| quote + 1),
            // The indicator, what follows it, and the end of that line.
            Style::Block if rest.starts_with(['|', '>']) => rest.find('\n')? + 1,
            Style::Block => 0,
        };
        Some(Self {
            source,
            at: at + skipped,
            style,
        })
    }

    /// Goes past the next character, which is `c`, and says where it was.
    fn next(&mut self, c: char) -> Option<usize> {
        loop {
            let at = self.at;
            let (read, length) = self.unit()?;
            self.at += length;
            match read {
                Some(read) if read == c => return Some(at),
                Some(read) if !read.is_whitespace() => return None,
                Some(_) | None => {}
            }
        }
    }

    /// The character that is written here, and how many bytes that takes. A broken line of quoted text is none.
    fn unit(&self) -> Option<(Option<char>, usize)> {
        let rest = self.source.get(self.at..)?;
        let c = rest.chars().next()?;
        match (self.style, c) {
            (Style::Single, '\'') => Some((Some(c), 2)),
            (Style::Double, '\\') => escape(rest),
            _ => Some((Some(c), c.len_utf8())),
        }
    }
}

fn escape(rest: &str) -> Option<(Option<char>, usize)> {
    let c = rest.chars().nth(1)?;
    let digits = match c {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => {
            let read = match c {
                'n' | 'N' | 'L' | 'P' => '\n',
                't' | '_' | ' ' | '\t' => ' ',
                'r' => '\r',
                '0' => '\0',
                'a' => '\u{7}',
                'b' => '\u{8}',
                'e' => '\u{1b}',
                'f' => '\u{c}',
                'v' => '\u{b}',
                '\n' | '\r' => return Some((None, 1 + c.len_utf8())),
                c => c,
            };
            return Some((Some(read), 1 + c.len_utf8()));
        }
    };
    let number = |from: usize| u32::from_str_radix(rest.get(from..from + digits)?, 16).ok();
    let first = number(2)?;
    if let Some(read) = char::from_u32(first) {
        return Some((Some(read), 2 + digits));
    }
    // JSON writes large characters as two escapes.
    let second = number(4 + digits)?;
    let joined = 0x1_0000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
    Some((char::from_u32(joined), 2 * (2 + digits)))
}
