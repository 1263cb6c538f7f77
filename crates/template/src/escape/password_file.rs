//! Files that hold nothing but logins: `.netrc` and `.pgpass`.

use super::{EscapeError, Escaped, LINE_BREAK, build, refuse};

/// A longer token does not fit into the line buffer of older curls, which then read another one.
const LONGEST_TOKEN: usize = 4000;

/// A login, password or host of a netrc file, as curl, git, Python's `netrc` and Go read it. They do not agree on
/// quotes and backslashes, so what would need some is refused.
///
/// *Errors*: nothing at all, white space, control characters, backslashes, a quote or `#` at the start, and more than
/// 4000 bytes.
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
    refuse(
        value.len() > LONGEST_TOKEN,
        format,
        "it has more than 4000 bytes, which some readers cut",
    )?;
    Ok(build(value, 1, |out, c| out.push(c)))
}

/// A field of a `.pgpass` file, as libpq (psql, pg_dump and most drivers) and Go's pgx read it.
///
/// A line that starts with `#` is a comment. A host never does, so `#` stays as it is: passwords do start with it.
///
/// *Errors*: nothing at all, which stands for no password; a star alone, which stands for anything; line breaks and
/// NUL; white space at the end, which pgx takes away.
pub fn pgpass_field(value: &str) -> Result<Escaped, EscapeError> {
    let format = "a pgpass file";
    refuse(value.is_empty(), format, "it is empty")?;
    refuse(value.contains(['\n', '\r', '\0']), format, LINE_BREAK)?;
    refuse(
        value == "*",
        format,
        "it is a star alone, which stands for anything",
    )?;
    refuse(
        value.ends_with(char::is_whitespace),
        format,
        "it ends with white space, which some readers take away",
    )?;
    Ok(build(value, 2, |out, c| {
        if matches!(c, ':' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }))
}
