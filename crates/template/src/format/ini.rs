//! INI: what git, pip, npm and the like have in common.

use super::{Format, FormatError};

/// Blank lines, comments, sections, keys with or without a value, and lines that go on.
pub(super) fn check(text: &str) -> Result<(), FormatError> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some((offset, problem)) = problem(line.trim_end_matches(['\n', '\r'])) {
            return Err(FormatError::at(Format::Ini, text, at + offset, problem));
        }
        at += line.len();
    }
    Ok(())
}

/// What is wrong with a line, and where in it.
fn problem(line: &str) -> Option<(usize, &'static str)> {
    if let Some(at) = line.find(|c: char| c.is_control() && c != '\t') {
        return Some((at, "a control character does not belong here"));
    }
    let content = line.trim_start();
    let start = line.len() - content.len();
    match content.chars().next()? {
        '#' | ';' => None,
        '[' => section(content).map(|(at, problem)| (start + at, problem)),
        '=' | ':' => Some((start, "a key is missing before the sign")),
        _ => None,
    }
}

/// `[name]` or `[name "sub]section"]`, and a comment or a key after it, as git allows.
fn section(content: &str) -> Option<(usize, &'static str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in content.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted && at == 1 => return Some((at, "the section has no name")),
            ']' if !quoted => return None,
            _ => {}
        }
    }
    Some((0, "the section is not closed; it needs a ]"))
}
