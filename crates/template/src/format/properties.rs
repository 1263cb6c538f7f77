//! Java properties: keys and values, comments, lines that go on, `\u` escapes.

use std::collections::BTreeSet;

use super::{Format, FormatError, TWICE};

const BLANK: [char; 3] = [' ', '\t', '\u{c}'];

/// What `java.util.Properties` takes, without keys that are empty or there twice, which it takes silently.
pub(super) fn check(text: &str) -> Result<(), FormatError> {
    let mut keys = BTreeSet::new();
    let mut lines = Lines { text, at: 0 };
    while let Some((start, line)) = lines.next_logical() {
        let fail = |offset, problem| FormatError::at(Format::Properties, text, offset, problem);
        let mut key = String::new();
        let mut in_key = true;
        let mut chars = line.iter().copied();
        while let Some((at, c)) = chars.next() {
            let escaped = c == '\\';
            if in_key && !escaped && (matches!(c, '=' | ':') || BLANK.contains(&c)) {
                in_key = false;
            }
            if !escaped && c.is_control() && !BLANK.contains(&c) {
                return Err(fail(at, "a control character must be escaped"));
            }
            let meant = if escaped {
                unescape(&mut chars).map_err(|()| {
                    fail(
                        at,
                        "\\u wants four hexadecimal digits; a backslash is written as two",
                    )
                })?
            } else {
                Some(c)
            };
            if in_key {
                key.extend(meant);
            }
        }
        if key.is_empty() {
            return Err(fail(start, "a key is missing before the sign"));
        }
        if !keys.insert(key) {
            return Err(fail(start, TWICE));
        }
    }
    Ok(())
}

/// What follows a backslash. Halves of a pair of surrogates count as none: it does not matter for comparing keys that
/// have both.
fn unescape(chars: &mut impl Iterator<Item = (usize, char)>) -> Result<Option<char>, ()> {
    let Some((_, c)) = chars.next() else {
        return Ok(None);
    };
    if c != 'u' {
        return Ok(Some(c));
    }
    let mut code = 0;
    for _ in 0..4 {
        let digit = chars.next().and_then(|(_, c)| c.to_digit(16)).ok_or(())?;
        code = code * 16 + digit;
    }
    // Surrogates are kept apart from each other in the private area.
    Ok(char::from_u32(code).or_else(|| char::from_u32(code + 0xF_0000)))
}

/// Natural lines, joined where one ends in a backslash.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl Lines<'_> {
    /// The next line that is neither blank nor a comment: where it starts, and its characters with their places.
    fn next_logical(&mut self) -> Option<(usize, Vec<(usize, char)>)> {
        loop {
            let (start, end) = self.next_natural()?;
            let line = self.text.get(start..end).unwrap_or_default();
            if line.is_empty() || line.starts_with(['#', '!']) {
                continue;
            }
            let mut chars: Vec<(usize, char)> = Vec::new();
            let (mut start_of_part, mut end_of_part) = (start, end);
            loop {
                let part = self.text.get(start_of_part..end_of_part).unwrap_or_default();
                let goes_on = part.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
                let kept = if goes_on { part.len() - 1 } else { part.len() };
                let kept = part.get(..kept).unwrap_or_default();
                chars.extend(kept.char_indices().map(|(at, c)| (start_of_part + at, c)));
                match goes_on.then(|| self.next_natural()).flatten() {
                    Some(next) => (start_of_part, end_of_part) = next,
                    None => break,
                }
            }
            if !chars.is_empty() {
                return Some((start, chars));
            }
        }
    }

    /// The next line without the blanks before it and its end.
    fn next_natural(&mut self) -> Option<(usize, usize)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let blanks = rest.len() - rest.trim_start_matches(BLANK).len();
        let line = (self.at + blanks.min(length), self.at + length);
        let after = rest.get(length..).unwrap_or_default();
        let line_break = if after.starts_with("\r\n") {
            2
        } else {
            after.len().min(1)
        };
        self.at += length + line_break;
        Some(line)
    }
}
