//! Strings in double quotes: JSON, YAML and TOML. All three can hold all text.

use std::fmt::Write as _;

use super::{EscapeError, Escaped, between};

/// Text of a `String` cannot fail to be written.
fn push_code(out: &mut String, code: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(code);
    debug_assert!(written.is_ok(), "a String takes all text");
}

/// What all three formats write alike.
fn push_common(out: &mut String, c: char) -> bool {
    let escaped = match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => return false,
    };
    out.push_str(escaped);
    true
}

/// A JSON string with its quotes. For every reader of JSON, and for readers of JavaScript: the line separators U+2028
/// and U+2029 are escaped, which old ones took for the end of a line.
pub fn json_string(value: &str) -> Result<Escaped, EscapeError> {
    Ok(between("\"", value, 6, |out, c| match c {
        c if push_common(out, c) => {}
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        c if c < ' ' || matches!(c, '\u{7f}' | '\u{2028}' | '\u{2029}') => {
            push_code(out, format_args!("\\u{:04x}", u32::from(c)));
        }
        c => out.push(c),
    }))
}

/// A YAML scalar in double quotes, with them. For readers of YAML 1.1 and 1.2: what either takes for a line break, or
/// does not allow bare, is escaped.
pub fn yaml_string(value: &str) -> Result<Escaped, EscapeError> {
    Ok(between("\"", value, 6, |out, c| match c {
        c if push_common(out, c) => {}
        c if super::yaml::is_bare(c) => out.push(c),
        c => push_code(out, format_args!("\\u{:04X}", u32::from(c))),
    }))
}

/// A TOML basic string with its quotes.
pub fn toml_string(value: &str) -> Result<Escaped, EscapeError> {
    Ok(between("\"", value, 6, |out, c| match c {
        c if push_common(out, c) => {}
        c if c.is_control() => push_code(out, format_args!("\\u{:04X}", u32::from(c))),
        c => out.push(c),
    }))
}
