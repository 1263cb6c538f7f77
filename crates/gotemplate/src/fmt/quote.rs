//! Go's quoted strings and characters.

use super::printable::is_printable;
use super::text::decode;
use crate::Failure;

/// What is left as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// What can be printed.
    Printable,
    /// What can be printed and is ASCII.
    Ascii,
}

/// A short text on the stack.
pub(super) struct Short {
    bytes: [u8; 16],
    length: usize,
}

impl Short {
    const fn new() -> Self {
        Self {
            bytes: [0; 16],
            length: 0,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, text: &[u8]) {
        for byte in text {
            if let Some(place) = self.bytes.get_mut(self.length) {
                *place = *byte;
                self.length += 1;
            }
        }
    }

    /// The lowest `digits` digits in base 16.
    fn push_hex(&mut self, number: u32, digits: u32) {
        for digit in (0..digits).rev() {
            let four = (number >> (4 * digit)) & 15;
            self.push(&[char::from_digit(four, 16).map_or(b'0', |digit| digit as u8)]);
        }
    }
}

/// Gives a string in quotes, in pieces.
pub(super) fn text(
    text: &[u8],
    charset: Charset,
    give: &mut impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    give(b"\"")?;
    let mut rest = text;
    let mut plain = 0;
    loop {
        plain += ascii_that_stays(rest.get(plain..).unwrap_or_default());
        let Some((char, width)) = decode(rest.get(plain..).unwrap_or_default()) else {
            break;
        };
        if char.is_some_and(|char| stays(char, '"', charset)) {
            plain += width;
            continue;
        }
        let (before, after) = rest.split_at(plain);
        if !before.is_empty() {
            give(before)?;
        }
        let mut escaped = Short::new();
        match (char, after.first()) {
            (Some(char), _) => escape(&mut escaped, char, '"'),
            (None, byte) => {
                escaped.push(b"\\x");
                escaped.push_hex(byte.copied().unwrap_or_default().into(), 2);
            }
        }
        give(escaped.bytes())?;
        rest = after.get(width..).unwrap_or_default();
        plain = 0;
    }
    if !rest.is_empty() {
        give(rest)?;
    }
    give(b"\"")
}

/// How many bytes at the start stay as they are, whatever the charset.
fn ascii_that_stays(text: &[u8]) -> usize {
    let stays = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    text.iter().position(|byte| !stays(byte)).unwrap_or(text.len())
}

/// A character in quotes.
pub(super) fn character(char: char, charset: Charset) -> Short {
    let mut out = Short::new();
    out.push(b"'");
    if stays(char, '\'', charset) {
        out.push(char.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        escape(&mut out, char, '\'');
    }
    out.push(b"'");
    out
}

/// Whether a string can stand in backquotes: one line, no control character but the tab.
pub(super) fn can_backquote(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars()
            .all(|char| !matches!(char, '\u{feff}' | '`' | '\u{7f}') && (char >= ' ' || char == '\t'))
    })
}

#[inline]
fn stays(char: char, quote: char, charset: Charset) -> bool {
    if char == quote || char == '\\' {
        return false;
    }
    match charset {
        Charset::Printable => is_printable(char),
        Charset::Ascii => matches!(char, ' '..='~'),
    }
}

fn escape(out: &mut Short, char: char, quote: char) {
    let number = u32::from(char);
    match char {
        '\\' => out.push(b"\\\\"),
        _ if char == quote => {
            out.push(b"\\");
            out.push(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
        '\x07' => out.push(b"\\a"),
        '\x08' => out.push(b"\\b"),
        '\x0c' => out.push(b"\\f"),
        '\n' => out.push(b"\\n"),
        '\r' => out.push(b"\\r"),
        '\t' => out.push(b"\\t"),
        '\x0b' => out.push(b"\\v"),
        '\0'..' ' | '\x7f' => {
            out.push(b"\\x");
            out.push_hex(number, 2);
        }
        '\0'..='\u{ffff}' => {
            out.push(b"\\u");
            out.push_hex(number, 4);
        }
        _ => {
            out.push(b"\\U");
            out.push_hex(number, 8);
        }
    }
}
