//! Who is let in.

use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

/// A credential file longer than this is no credential.
const MAX_FILE: u64 = 64 * 1024;

/// The users that are let in. Has no `Debug`: it holds passwords.
#[expect(
    missing_debug_implementations,
    reason = "it holds passwords, which nothing may print"
)]
pub struct Credentials {
    /// Lines `username:password`.
    lines: Vec<Zeroizing<Vec<u8>>>,
}

impl Credentials {
    /// From the text of a file with a line `username:password` for each user. Blank lines and lines that begin with
    /// `#` say nothing.
    #[must_use]
    pub fn from_lines(text: &[u8]) -> Self {
        let lines = text
            .split(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
            .map(|line| Zeroizing::new(line.to_vec()))
            .collect();
        Self { lines }
    }

    /// From the two values of a Secret of the type `kubernetes.io/basic-auth`. A line break at the end, which editors
    /// like to add, is not part of either.
    #[must_use]
    pub fn from_pair(username: &[u8], password: &[u8]) -> Self {
        let mut line = Zeroizing::new(Vec::with_capacity(username.len() + password.len() + 1));
        line.extend_from_slice(username.trim_ascii_end());
        line.push(b':');
        line.extend_from_slice(password.strip_suffix(b"\n").unwrap_or(password));
        Self { lines: vec![line] }
    }

    /// The user that the value of an `Authorization` header proves to be, if any.
    ///
    /// # Guarantees
    /// The time taken does not depend on how much of a password is right.
    #[must_use]
    pub fn user(&self, authorization: &[u8]) -> Option<String> {
        let (scheme, encoded) = authorization.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return None;
        }
        let given = Zeroizing::new(STANDARD.decode(encoded.trim_ascii()).ok()?);
        let known = self
            .lines
            .iter()
            .fold(false, |found, line| same(line, &given) | found);
        let name = given.split(|byte| *byte == b':').next()?;
        known.then(|| String::from_utf8_lossy(name).into_owned())
    }
}

/// Compares without stopping at the first difference.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}

/// Reads the credential as it is now: from a folder with `username` and `password`, or from a file of lines.
///
/// # Errors
/// When a file is missing, unreadable or absurdly long.
pub async fn read(path: &Path) -> io::Result<Credentials> {
    if tokio::fs::metadata(path).await?.is_dir() {
        let username = bounded(&path.join("username")).await?;
        let password = bounded(&path.join("password")).await?;
        return Ok(Credentials::from_pair(&username, &password));
    }
    Ok(Credentials::from_lines(&bounded(path).await?))
}

async fn bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::with_capacity(4096));
    tokio::fs::File::open(path)
        .await?
        .take(MAX_FILE + 1)
        .read_to_end(&mut text)
        .await?;
    if text.len() as u64 > MAX_FILE {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "the credential file is longer than 64 KiB",
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(pair: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(pair)).into_bytes()
    }

    #[test]
    fn only_the_right_pair_is_let_in() {
        let odd = Credentials::from_pair(b"ada", b"p:a ss\xc3\xa9\"'");
        let lines = Credentials::from_lines(b"# people\nada:one\r\n\ngrace:two\n");
        let trailing = Credentials::from_pair(b"ada\n", b"one\n");
        for (credentials, given, expected) in [
            (&odd, basic("ada:p:a ss\u{e9}\"'"), Some("ada")),
            (&odd, basic("ada:p"), None),
            (&odd, basic("ada"), None),
            (&odd, basic(""), None),
            (&odd, b"Basic".to_vec(), None),
            (&odd, b"Basic ***".to_vec(), None),
            (&odd, b"Bearer YWRhOm9uZQ==".to_vec(), None),
            (&lines, basic("ada:one"), Some("ada")),
            (&lines, basic("grace:two"), Some("grace")),
            (&lines, basic("grace:one"), None),
            (&lines, basic("# people"), None),
            (&lines, b"basic   YWRhOm9uZQ== ".to_vec(), Some("ada")),
            (&trailing, basic("ada:one"), Some("ada")),
        ] {
            let shown = String::from_utf8_lossy(&given).into_owned();
            assert_eq!(credentials.user(&given).as_deref(), expected, "{shown}");
        }
    }
}
