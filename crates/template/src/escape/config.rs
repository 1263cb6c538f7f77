//! Files of tools: git, shells, netrc, npm, PostgreSQL, Java, INI; and the user part of URLs.

use super::{EscapeError, Escaped, between, build};

const LINE_BREAK: &str = "it has a line break or a NUL";

fn refuse(bad: bool, format: &'static str, problem: &'static str) -> Result<(), EscapeError> {
    if bad {
        Err(EscapeError { format, problem })
    } else {
        Ok(())
    }
}

/// A value of a git configuration file, in double quotes: `key = "…"`.
///
/// *Errors*: NUL.
pub fn git_config_value(value: &str) -> Result<Escaped, EscapeError> {
    refuse(value.contains('\0'), "a git configuration", "it has a NUL")?;
    Ok(between("\"", value, 2, |out, c| match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        c => out.push(c),
    }))
}

/// The subsection of a git configuration, in double quotes: `[url "…"]`.
///
/// *Errors*: line breaks and NUL.
pub fn git_config_subsection(value: &str) -> Result<Escaped, EscapeError> {
    refuse(
        value.contains(['\n', '\0']),
        "the header of a git configuration section",
        LINE_BREAK,
    )?;
    Ok(between("\"", value, 2, |out, c| {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }))
}

/// One word of a POSIX shell, in single quotes.
///
/// *Errors*: NUL.
pub fn shell_quote(value: &str) -> Result<Escaped, EscapeError> {
    refuse(value.contains('\0'), "a shell", "it has a NUL")?;
    Ok(between("'", value, 4, |out, c| match c {
        '\'' => out.push_str("'\\''"),
        c => out.push(c),
    }))
}

/// A login, password or host of a netrc file. Readers do not agree on quotes, so what would need some is refused.
///
/// *Errors*: white space, control characters, backslashes, a quote or `#` at the start, and nothing at all.
pub fn netrc_token(value: &str) -> Result<Escaped, EscapeError> {
    let format = "netrc";
    refuse(value.is_empty(), format, "it is empty")?;
    let space = |c: char| c.is_whitespace() || c.is_control();
    refuse(
        value.contains(space),
        format,
        "it has white space or a line break; use a credential helper instead",
    )?;
    refuse(
        value.contains('\\'),
        format,
        "it has a backslash, which readers take differently",
    )?;
    refuse(
        value.starts_with(['"', '#']),
        format,
        "it starts with a quote or #, which readers take differently",
    )?;
    Ok(build(value, 1, |out, c| out.push(c)))
}

/// The user or the password of a URL: everything but letters, digits and `-._~` is escaped.
pub fn url_userinfo(value: &str) -> Result<Escaped, EscapeError> {
    Ok(build(value, 3, |out, c| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') {
            out.push(c);
            return;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.push(
                    char::from_digit(u32::from(half), 16)
                        .unwrap_or('0')
                        .to_ascii_uppercase(),
                );
            }
        }
    }))
}

/// A value of an INI file without quotes, as Python's `configparser` and most others read it.
///
/// *Errors*: line breaks and NUL, white space or quotes around it, and what readers take for a comment or for a line
/// that goes on.
pub fn ini_value(value: &str) -> Result<Escaped, EscapeError> {
    let format = "an INI file";
    refuse(value.contains(breaks_line), format, LINE_BREAK)?;
    refuse(
        value.trim() != value,
        format,
        "it starts or ends with white space",
    )?;
    refuse(
        value.starts_with(['"', '\'']),
        format,
        "it starts with a quote, which some readers take away",
    )?;
    refuse(
        value.ends_with('\\'),
        format,
        "it ends with a backslash, which some readers take as a line that goes on",
    )?;
    let mut previous = ' ';
    let comment = value.chars().any(|c| {
        let starts = matches!(c, '#' | ';') && previous.is_whitespace();
        previous = c;
        starts
    });
    refuse(
        comment,
        format,
        "it has # or ; at the start of a word, which readers take as a comment",
    )?;
    Ok(build(value, 1, |out, c| out.push(c)))
}

/// What any reader may take for the end of a line.
fn breaks_line(c: char) -> bool {
    matches!(
        c,
        '\0' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// A value of a Java properties file.
pub fn properties_value(value: &str) -> Result<Escaped, EscapeError> {
    Ok(build(value, 6, |out, c| match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{c}' => out.push_str("\\f"),
        ' ' if out.is_empty() => out.push_str("\\ "),
        c if c.is_ascii_graphic() || c == ' ' => out.push(c),
        // Readers take the file as Latin-1.
        c => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        }
    }))
}

/// A value of an npmrc file, in double quotes.
///
/// *Errors*: `${`, which npm replaces by the environment wherever it stands.
pub fn npmrc_value(value: &str) -> Result<Escaped, EscapeError> {
    let problem = "it has ${, which npm replaces by a variable of the environment";
    refuse(value.contains("${"), "an npmrc file", problem)?;
    super::json_string(value)
}

/// A field of a `.pgpass` file.
///
/// *Errors*: line breaks and NUL.
pub fn pgpass_field(value: &str) -> Result<Escaped, EscapeError> {
    refuse(value.contains(['\n', '\r', '\0']), "a pgpass file", LINE_BREAK)?;
    Ok(build(value, 2, |out, c| {
        let comment = c == '#' && out.is_empty();
        // A star alone would stand for everything.
        if matches!(c, ':' | '\\') || comment || (c == '*' && value.len() == 1) {
            out.push('\\');
        }
        out.push(c);
    }))
}
