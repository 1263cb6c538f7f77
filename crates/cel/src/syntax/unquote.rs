//! Literals of strings and bytes.

/// What a literal stands for.
#[derive(Debug, PartialEq)]
pub(crate) enum Unquoted {
    String(String),
    Bytes(Vec<u8>),
}

/// What stands before and around a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Prefix {
    bytes: bool,
    raw: bool,
    quote: &'static str,
    length: usize,
}

/// Where something is wrong, counted from the start of the literal, and what.
type Wrong = (usize, &'static str);

/// Whether a literal begins here, and which.
pub(crate) fn prefix(rest: &str) -> Option<Prefix> {
    let mut at = 0;
    let letter = |at: usize, wanted: u8| {
        rest.as_bytes()
            .get(at)
            .is_some_and(|byte| byte.to_ascii_lowercase() == wanted)
    };
    let bytes = letter(at, b'b');
    at += usize::from(bytes);
    let raw = letter(at, b'r');
    at += usize::from(raw);
    let behind = rest.get(at..)?;
    let quote = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| behind.starts_with(quote))?;
    Some(Prefix {
        bytes,
        raw,
        quote,
        length: at + quote.len(),
    })
}

/// The literal at the start of the text: its length, and what it stands for.
///
/// # Errors
/// It is not closed, or an escape has no meaning.
pub(crate) fn unquote(rest: &str) -> Result<(usize, Unquoted), Wrong> {
    let prefix = prefix(rest).ok_or((0, "no text begins here"))?;
    let mut out = Vec::new();
    let mut at = prefix.length;
    loop {
        let behind = rest.get(at..).unwrap_or_default();
        if behind.starts_with(prefix.quote) {
            at += prefix.quote.len();
            break;
        }
        let Some(character) = behind.chars().next() else {
            return Err((0, "this text has no closing quotation mark"));
        };
        match character {
            '\\' if !prefix.raw => at += escape(behind, at, prefix.bytes, &mut out)?,
            '\n' | '\r' if prefix.quote.len() == 1 => {
                return Err((0, "this text has no closing quotation mark on its line"));
            }
            // Line breaks are the same on every system.
            '\r' => {
                out.push(b'\n');
                at += 1 + usize::from(behind.starts_with("\r\n"));
            }
            _ => {
                let mut buffer = [0; 4];
                out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                at += character.len_utf8();
            }
        }
    }
    if prefix.bytes {
        return Ok((at, Unquoted::Bytes(out)));
    }
    match String::from_utf8(out) {
        Ok(text) => Ok((at, Unquoted::String(text))),
        Err(_) => Err((0, "this text is not UTF-8")),
    }
}

/// Resolves the escape at the start of `behind`; returns how long it is.
fn escape(behind: &str, at: usize, bytes: bool, out: &mut Vec<u8>) -> Result<usize, Wrong> {
    let simple = |byte: u8, out: &mut Vec<u8>| {
        out.push(byte);
        Ok(2)
    };
    match behind.as_bytes().get(1) {
        Some(b'a') => simple(7, out),
        Some(b'b') => simple(8, out),
        Some(b'f') => simple(12, out),
        Some(b'n') => simple(b'\n', out),
        Some(b'r') => simple(b'\r', out),
        Some(b't') => simple(b'\t', out),
        Some(b'v') => simple(11, out),
        Some(byte @ (b'\\' | b'\'' | b'"' | b'`' | b'?')) => simple(*byte, out),
        Some(b'x' | b'X') => code(behind, at, 2, 16, 2, bytes, out),
        Some(b'0'..=b'3') => code(behind, at, 1, 8, 3, bytes, out),
        Some(b'u') if !bytes => code(behind, at, 2, 16, 4, bytes, out),
        Some(b'U') if !bytes => code(behind, at, 2, 16, 8, bytes, out),
        Some(b'u' | b'U') => Err((at, "bytes have no \\u; write \\x and two digits for each byte")),
        _ => Err((
            at,
            "this escape has no meaning; a backslash is written \\\\, or the text begins with r, as in r'\\d+'",
        )),
    }
}

/// An escape of `count` digits that begin at `from`.
fn code(
    behind: &str,
    at: usize,
    from: usize,
    radix: u32,
    count: usize,
    bytes: bool,
    out: &mut Vec<u8>,
) -> Result<usize, Wrong> {
    let digits = behind.get(from..from + count).unwrap_or_default();
    let valid = digits.len() == count && digits.chars().all(|c| c.is_digit(radix));
    let Some(number) = u32::from_str_radix(digits, radix).ok().filter(|_| valid) else {
        return Err((at, "this escape has too few digits"));
    };
    if bytes {
        out.push(u8::try_from(number).map_err(|_| (at, "this is more than a byte"))?);
    } else {
        let character = char::from_u32(number).ok_or((at, "there is no such character"))?;
        let mut buffer = [0; 4];
        out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    }
    Ok(from + count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read() {
        let string = |text: &str| Unquoted::String(text.to_owned());
        for (source, wants) in [
            ("'a'", string("a")),
            ("\"a'b\" + 1", string("a'b")),
            (
                r"'\a\b\f\n\r\t\v\\\'\?'",
                string("\u{7}\u{8}\u{c}\n\r\t\u{b}\\'?"),
            ),
            (r"'\x41\u00e9\U0001F600\101'", string("Aé😀A")),
            (r"r'\d'", string("\\d")),
            ("'''a'b\n\r\nc'''", string("a'b\n\nc")),
            (r#""""a"b\"""""#, string("a\"b\"")),
            ("''", string("")),
            (r"b'\xff\377é'", Unquoted::Bytes(vec![255, 255, 0xc3, 0xa9])),
            (r"bR'\x'", Unquoted::Bytes(b"\\x".to_vec())),
        ] {
            assert_eq!(unquote(source).map(|(_, text)| text), Ok(wants), "{source}");
        }
    }

    #[test]
    fn wrong_texts_are_refused() {
        for source in [
            "'a",
            "'a\nb'",
            "'''a'",
            r"'\d'",
            r"'\x4'",
            r"'\ud800'",
            r"b'\u0041'",
            r"'\400'",
            r"'\12'",
            "r'a\n'",
            r"'\U00110000'",
            r"'\x+1'",
        ] {
            assert!(unquote(source).is_err(), "{source}");
        }
    }
}
