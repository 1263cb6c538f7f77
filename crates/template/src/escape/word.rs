//! One word of a command line, one part of a URL.

use super::{EscapeError, Escaped, NUL, between, build, refuse};

/// One word for a shell that reads commands (`sh`, `bash`, `dash`, `busybox ash`), in single quotes.
///
/// Not for `.env` files that are read by something other than a shell, such as `docker run --env-file`: those take the
/// quotes as part of the value.
///
/// *Errors*: NUL.
pub fn shell_quote(value: &str) -> Result<Escaped, EscapeError> {
    refuse(value.contains('\0'), "a shell", NUL)?;
    Ok(between("'", value, 4, |out, c| match c {
        '\'' => out.push_str("'\\''"),
        c => out.push(c),
    }))
}

/// The user or the password of a URL, as every reader of URLs takes it back: everything but letters, digits and
/// `-._~` is escaped.
///
/// *Errors*: control characters, which curl and git refuse in a URL, escaped or not.
pub fn url_userinfo(value: &str) -> Result<Escaped, EscapeError> {
    refuse(
        value.contains(|c: char| c.is_ascii_control()),
        "the user part of a URL",
        "it has a line break or another control character, which curl and git refuse there",
    )?;
    Ok(build(value, 3, |out, c| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') {
            out.push(c);
            return;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(half), 16).unwrap_or('0');
                out.push(digit.to_ascii_uppercase());
            }
        }
    }))
}
