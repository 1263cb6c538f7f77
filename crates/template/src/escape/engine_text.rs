//! Quoting that the engine's own functions and verbs need, into its buffer.

use crate::engine::meter::Buffer;

/// A JSON string; also escapes the separators U+2028 and U+2029, and with `html` what HTML would read.
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
