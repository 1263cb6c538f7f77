//! Quoted strings and characters to what they stand for, as Go's `strconv` reads them.

/// Without its quotes and escapes. `None` for an escape that is none.
pub(super) fn string(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    match bytes {
        [b'`', inner @ .., b'`'] => Some(inner.iter().copied().filter(|byte| *byte != b'\r').collect()),
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => Some(inner.to_vec()),
        [b'"', inner @ .., b'"'] => {
            let mut out = Vec::with_capacity(inner.len());
            let mut rest = inner;
            while let [first, ..] = rest {
                let (unit, tail) = match first {
                    b'\\' => escape(rest, b'"')?,
                    _ => (Unit::Byte(*first), rest.get(1..)?),
                };
                match unit {
                    Unit::Byte(byte) => out.push(byte),
                    Unit::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                rest = tail;
            }
            Some(out)
        }
        _ => None,
    }
}

/// What a constant in single quotes holds.
pub(super) enum Constant {
    Char(u32),
    /// More than one character.
    Several,
    /// Nothing, or an escape that is none.
    Invalid,
}

/// The code point in single quotes.
pub(super) fn character(text: &str) -> Constant {
    let read = || {
        let inner = text.strip_prefix('\'')?;
        match inner.bytes().next()? {
            b'\'' => None,
            b'\\' => {
                let (unit, tail) = escape(inner.as_bytes(), b'\'')?;
                let code = match unit {
                    Unit::Byte(byte) => byte.into(),
                    Unit::Char(c) => c.into(),
                };
                Some((code, tail))
            }
            _ => {
                let c = inner.chars().next()?;
                Some((c.into(), inner.as_bytes().get(c.len_utf8()..)?))
            }
        }
    };
    match read() {
        Some((code, b"'")) => Constant::Char(code),
        Some(_) => Constant::Several,
        None => Constant::Invalid,
    }
}

enum Unit {
    Byte(u8),
    Char(char),
}

/// One escape at the front, and what follows it.
fn escape(text: &[u8], quote: u8) -> Option<(Unit, &[u8])> {
    let (letter, rest) = match text {
        [b'\\', letter, rest @ ..] => (*letter, rest),
        _ => return None,
    };
    let byte = match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' => b'\\',
        b'\'' | b'"' if letter == quote => letter,
        b'x' => {
            let (code, rest) = digits(rest, 2, 16)?;
            return Some((Unit::Byte(u8::try_from(code).ok()?), rest));
        }
        b'u' | b'U' => {
            let (code, rest) = digits(rest, if letter == b'u' { 4 } else { 8 }, 16)?;
            return Some((Unit::Char(char::from_u32(code)?), rest));
        }
        b'0'..=b'7' => {
            let (code, rest) = digits(text.get(1..)?, 3, 8)?;
            return Some((Unit::Byte(u8::try_from(code).ok()?), rest));
        }
        _ => return None,
    };
    Some((Unit::Byte(byte), rest))
}

fn digits(text: &[u8], count: usize, radix: u32) -> Option<(u32, &[u8])> {
    let (head, tail) = text.split_at_checked(count)?;
    let code = head.iter().try_fold(0u32, |code, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        code.checked_mul(radix)?.checked_add(digit)
    })?;
    Some((code, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_as_go_reads_them() {
        for (text, wants) in [
            (r#""""#, Some(&b""[..])),
            (r#""a\"b""#, Some(b"a\"b")),
            (r#""\a\b\f\n\r\t\v\\""#, Some(b"\x07\x08\x0c\n\r\t\x0b\\")),
            (r#""\x41\101\377\xff""#, Some(b"AA\xff\xff")),
            (r#""\u00e9\U0001F600""#, Some("\u{e9}\u{1f600}".as_bytes())),
            ("\"\u{e9}\"", Some("\u{e9}".as_bytes())),
            (r#""\'""#, None),
            (r#""\q""#, None),
            (r#""\x4""#, None),
            (r#""\400""#, None),
            (r#""\18""#, None),
            (r#""\ud800""#, None),
            (r#""\U00110000""#, None),
            (r#""\UFFFFFFFF""#, None),
            ("`a\\n\r\n`", Some(b"a\\n\n")),
            ("``", Some(b"")),
        ] {
            assert_eq!(string(text).as_deref(), wants, "{text}");
        }
    }

    #[test]
    fn characters_are_read_as_go_reads_them() {
        for (text, wants) in [
            ("'a'", Some(97)),
            ("'\u{e9}'", Some(0xe9)),
            (r"'\''", Some(39)),
            (r"'\xff'", Some(255)),
            (r"'\377'", Some(255)),
            (r"'\u65e5'", Some(0x65e5)),
            ("''", None),
            ("'ab'", None),
            (r#"'\"'"#, None),
            ("'\"'", Some(34)),
        ] {
            let got = match character(text) {
                Constant::Char(code) => Some(code),
                Constant::Several | Constant::Invalid => None,
            };
            assert_eq!(got, wants, "{text}");
        }
    }
}
