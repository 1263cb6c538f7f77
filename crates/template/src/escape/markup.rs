//! XML 1.0.

use super::{EscapeError, Escaped, build};

const FORMAT: &str = "XML";

/// What no XML document may hold, not even escaped.
fn check(value: &str) -> Result<(), EscapeError> {
    let allowed = |c: char| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if value.chars().all(allowed) {
        return Ok(());
    }
    Err(EscapeError {
        format: FORMAT,
        problem: "it has a control character, which XML does not allow in any form",
    })
}

/// Text between tags, for every reader of XML.
///
/// *Errors*: control characters other than tab and line breaks.
pub fn xml_text(value: &str) -> Result<Escaped, EscapeError> {
    check(value)?;
    Ok(build(value, 6, |out, c| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        // Readers turn a bare one into a line feed.
        '\r' => out.push_str("&#13;"),
        c if breaks_line(c) => push_reference(out, c),
        c => out.push(c),
    }))
}

/// Readers of XML 1.1 take these for line breaks, or refuse them bare.
fn breaks_line(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}')
}

fn push_reference(out: &mut String, c: char) {
    out.push_str("&#");
    out.push_str(&u32::from(c).to_string());
    out.push(';');
}

/// The value of an attribute, without its quotes; safe in both kinds. For every reader of XML.
///
/// *Errors*: control characters other than tab and line breaks.
pub fn xml_attr(value: &str) -> Result<Escaped, EscapeError> {
    check(value)?;
    Ok(build(value, 6, |out, c| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&apos;"),
        // Readers turn bare white space into spaces.
        '\t' => out.push_str("&#9;"),
        '\n' => out.push_str("&#10;"),
        '\r' => out.push_str("&#13;"),
        c if breaks_line(c) => push_reference(out, c),
        c => out.push(c),
    }))
}
