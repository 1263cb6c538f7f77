//! Strings in double quotes: JSON, YAML, TOML and Go.

use super::{EscapeError, Escaped};
use crate::engine::meter::Buffer;

fn text_of(out: Buffer) -> Escaped {
    // Built of text, so always text.
    Escaped::new(String::from_utf8(out.take()).unwrap_or_default())
}

/// A JSON string with its quotes. JSON can hold all text.
pub fn json_string(value: &str) -> Result<Escaped, EscapeError> {
    let mut out = Buffer::default();
    push_json_string(&mut out, value, false);
    Ok(text_of(out))
}

/// Also escapes the separators U+2028 and U+2029, and with `html` what HTML would read.
pub(crate) fn push_json_string(out: &mut Buffer, value: &str, html: bool) {
    out.push(b"\"");
    for c in value.chars() {
        match c {
            '"' => out.push(b"\\\""),
            '\\' => out.push(b"\\\\"),
            '\n' => out.push(b"\\n"),
            '\r' => out.push(b"\\r"),
            '\t' => out.push(b"\\t"),
            '\u{8}' => out.push(b"\\b"),
            '\u{c}' => out.push(b"\\f"),
            '<' | '>' | '&' if html => out.push(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            '\u{2028}' | '\u{2029}' => out.push(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            c if c < ' ' => out.push(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            c => out.push(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b"\"");
}

/// A YAML scalar in double quotes, with them. YAML can hold all text this way.
pub fn yaml_string(value: &str) -> Result<Escaped, EscapeError> {
    let mut out = Buffer::default();
    push_yaml_string(&mut out, value);
    Ok(text_of(out))
}

pub(crate) fn push_yaml_string(out: &mut Buffer, value: &str) {
    out.push(b"\"");
    for c in value.chars() {
        match c {
            '"' => out.push(b"\\\""),
            '\\' => out.push(b"\\\\"),
            '\n' => out.push(b"\\n"),
            '\r' => out.push(b"\\r"),
            '\t' => out.push(b"\\t"),
            c if u32::from(c) > 0xffff && !is_printable(c) => {
                out.push(format!("\\U{:08X}", u32::from(c)).as_bytes());
            }
            c if c < ' ' || (!c.is_ascii_graphic() && c != ' ' && !is_printable(c)) => {
                out.push(format!("\\u{:04X}", u32::from(c)).as_bytes());
            }
            c => out.push(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b"\"");
}

/// A TOML basic string with its quotes. TOML can hold all text.
pub fn toml_string(value: &str) -> Result<Escaped, EscapeError> {
    let mut out = Buffer::default();
    out.push(b"\"");
    for c in value.chars() {
        match c {
            '"' => out.push(b"\\\""),
            '\\' => out.push(b"\\\\"),
            '\n' => out.push(b"\\n"),
            '\r' => out.push(b"\\r"),
            '\t' => out.push(b"\\t"),
            c if c.is_control() => out.push(format!("\\u{:04X}", u32::from(c)).as_bytes()),
            c => out.push(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b"\"");
    Ok(text_of(out))
}

/// Go's `%q`: bytes that are not UTF-8 as `\x..`.
pub(crate) fn go_quote(out: &mut Buffer, bytes: &[u8]) {
    go_quote_if(out, bytes, is_printable);
}

/// Go's `%+q`: only ASCII.
pub(crate) fn go_quote_ascii(out: &mut Buffer, bytes: &[u8]) {
    go_quote_if(out, bytes, |c| c.is_ascii() && is_printable(c));
}

fn go_quote_if(out: &mut Buffer, bytes: &[u8], stands: fn(char) -> bool) {
    out.push(b"\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push(b"\\\""),
                '\\' => out.push(b"\\\\"),
                '\u{7}' => out.push(b"\\a"),
                '\u{8}' => out.push(b"\\b"),
                '\u{c}' => out.push(b"\\f"),
                '\n' => out.push(b"\\n"),
                '\r' => out.push(b"\\r"),
                '\t' => out.push(b"\\t"),
                '\u{b}' => out.push(b"\\v"),
                c if stands(c) => out.push(c.encode_utf8(&mut [0; 4]).as_bytes()),
                c if u32::from(c) < 0x80 => out.push(format!("\\x{:02x}", u32::from(c)).as_bytes()),
                c if u32::from(c) < 0x10000 => out.push(format!("\\u{:04x}", u32::from(c)).as_bytes()),
                c => out.push(format!("\\U{:08x}", u32::from(c)).as_bytes()),
            }
        }
        for byte in chunk.invalid() {
            out.push(format!("\\x{byte:02x}").as_bytes());
        }
    }
    out.push(b"\"");
}

/// Letters, marks, digits, signs and the space.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    // Marks are escaped only at the start of text, so a letter goes before it.
    let text: String = ['a', c].into_iter().collect();
    text.escape_debug().nth(1) != Some('\\')
}
