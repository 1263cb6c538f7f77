//! Settings of tools, one per line: git, npm, Java, INI.

use super::{EscapeError, Escaped, LINE_BREAK, NUL, between, build, refuse};

/// A value of a git configuration file, in double quotes: `key = "…"`. For git.
///
/// *Errors*: NUL.
pub fn git_config_value(value: &str) -> Result<Escaped, EscapeError> {
    refuse(value.contains('\0'), "a git configuration", NUL)?;
    Ok(between("\"", value, 2, |out, c| match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        c => out.push(c),
    }))
}

/// The subsection of a git configuration, in double quotes: `[url "…"]`. For git.
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

/// A value of an INI file without quotes, as Python's `RawConfigParser` reads it (pip, twine, the AWS command line),
/// and as readers do that take away quotes or comments at the end of a line (the other AWS SDKs).
///
/// Not for git ([`git_config_value`]) or npm ([`npmrc_value`]). A reader that replaces `%(name)s`, as Python's
/// `ConfigParser` does, wants `%` doubled.
///
/// *Errors*: line breaks and other control characters but tab, white space around the value, a quote at its start, and
/// what readers take for a comment or for a line that goes on.
pub fn ini_value(value: &str) -> Result<Escaped, EscapeError> {
    let format = "an INI file";
    refuse(value.contains(breaks_line), format, LINE_BREAK)?;
    refuse(
        value.contains(|c: char| c.is_control() && c != '\t'),
        format,
        "it has a control character",
    )?;
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

/// A value of a Java properties file, as `java.util.Properties` reads it, from Latin-1 or UTF-8.
///
/// Spring and Gradle also replace `${…}` in what they read: that is their own language, and not escaped here.
pub fn properties_value(value: &str) -> Result<Escaped, EscapeError> {
    let last = value.len().saturating_sub(1);
    Ok(build_at(value, 6, |out, at, c| match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{c}' => out.push_str("\\f"),
        // Java drops it at the start, and other readers at the end.
        ' ' if at == 0 || at == last => out.push_str("\\u0020"),
        // After a key and a space these would be the separator.
        '=' | ':' | '#' | '!' if at == 0 => {
            out.push('\\');
            out.push(c);
        }
        c if c.is_ascii_graphic() || c == ' ' => out.push(c),
        // Readers take the file as Latin-1 or as UTF-8.
        c => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        }
    }))
}

/// As [`build`], with the place of each character in bytes.
fn build_at(value: &str, most_per_byte: usize, each: impl Fn(&mut String, usize, char)) -> Escaped {
    let mut out = Escaped::new(String::with_capacity(value.len().saturating_mul(most_per_byte)));
    for (at, c) in value.char_indices() {
        each(&mut out, at, c);
    }
    out
}

/// A value of an npmrc file, in double quotes, as npm, pnpm and Yarn 1 read it.
///
/// *Errors*: `${`, which npm replaces by the environment wherever it stands; white space around the value, which npm
/// takes away even between quotes; and the words `null` and `undefined`, which it reads as no value.
pub fn npmrc_value(value: &str) -> Result<Escaped, EscapeError> {
    let format = "an npmrc file";
    refuse(
        value.contains("${"),
        format,
        "it has ${, which npm replaces by a variable of the environment",
    )?;
    let space = |c: char| c.is_whitespace() || c == '\u{feff}';
    refuse(
        value.starts_with(space) || value.ends_with(space),
        format,
        "it starts or ends with white space, which npm takes away",
    )?;
    refuse(
        matches!(value, "null" | "undefined"),
        format,
        "it is null or undefined, which npm reads as no value",
    )?;
    super::json_string(value)
}
