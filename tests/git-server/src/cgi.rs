//! The Common Gateway Interface, as far as `git http-backend` needs it: a request as variables, an answer as headers.

use std::ffi::OsString;
use std::path::Path;

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode, header};

/// The head of an answer is never longer than this.
pub const MAX_HEAD: usize = 16 * 1024;

/// A request that has been let in.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// GET, HEAD or POST.
    pub method: &'a Method,
    /// The decoded path.
    pub path: &'a str,
    /// The query, without its question mark.
    pub query: &'a str,
    /// The request's headers. Only some reach Git, and never `Authorization`.
    pub headers: &'a HeaderMap,
    /// The user whose password was right.
    pub user: &'a str,
}

/// The whole environment of `git http-backend`.
///
/// # Guarantees
/// Nothing of the server's own environment is in it but what `path_variable` says, and no credential is.
#[must_use]
pub fn environment(
    call: &Call<'_>,
    root: &Path,
    path_variable: Option<OsString>,
) -> Vec<(&'static str, OsString)> {
    let mut variables: Vec<(&'static str, OsString)> = vec![
        ("PATH", path_variable.unwrap_or_else(|| "/usr/bin:/bin".into())),
        ("GIT_PROJECT_ROOT", root.into()),
        ("GIT_HTTP_EXPORT_ALL", "1".into()),
        // The repositories may belong to another user than the server, for example on a mounted volume.
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_CONFIG_COUNT", "1".into()),
        ("GIT_CONFIG_KEY_0", "safe.directory".into()),
        ("GIT_CONFIG_VALUE_0", "*".into()),
        ("GATEWAY_INTERFACE", "CGI/1.1".into()),
        ("SERVER_PROTOCOL", "HTTP/1.1".into()),
        ("REQUEST_METHOD", call.method.as_str().into()),
        ("PATH_INFO", call.path.into()),
        ("QUERY_STRING", call.query.into()),
        ("REMOTE_USER", call.user.into()),
    ];
    let passed = [
        (header::CONTENT_TYPE, "CONTENT_TYPE"),
        (header::CONTENT_LENGTH, "CONTENT_LENGTH"),
        (header::CONTENT_ENCODING, "HTTP_CONTENT_ENCODING"),
        (header::ACCEPT, "HTTP_ACCEPT"),
        (HeaderName::from_static("git-protocol"), "GIT_PROTOCOL"),
    ];
    for (name, variable) in passed {
        if let Some(text) = call.headers.get(name).and_then(|value| value.to_str().ok()) {
            variables.push((variable, text.into()));
        }
    }
    variables
}

/// Why an answer of Git cannot be passed on.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HeadError {
    /// More than [`MAX_HEAD`] bytes without a blank line.
    #[error("the head of Git's answer is longer than {MAX_HEAD} bytes")]
    TooLong,
    /// Git ended before its headers did.
    #[error("Git ended before the head of its answer did")]
    Truncated,
    /// A line is no header.
    #[error("line {line} of the head of Git's answer is not a header")]
    Malformed {
        /// Counted from 1.
        line: usize,
    },
}

/// Where the body begins, when `seen` holds the whole head.
#[must_use]
pub fn body_start(seen: &[u8]) -> Option<usize> {
    let ends = |blank: &[u8]| {
        seen.windows(blank.len())
            .position(|window| window == blank)
            .map(|at| at + blank.len())
    };
    match (ends(b"\r\n\r\n"), ends(b"\n\n")) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Reads the head of an answer: everything before [`body_start`].
///
/// # Errors
/// [`HeadError::Malformed`] with the number of the first line that is no header.
pub fn head(text: &[u8]) -> Result<(StatusCode, HeaderMap), HeadError> {
    let mut status = StatusCode::OK;
    let mut headers = HeaderMap::new();
    let lines = text
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    for (number, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        let malformed = || HeadError::Malformed { line: number + 1 };
        let colon = line.iter().position(|byte| *byte == b':').ok_or_else(malformed)?;
        let (name, rest) = line.split_at_checked(colon).ok_or_else(malformed)?;
        let value = rest.strip_prefix(b":").unwrap_or(rest).trim_ascii();
        if name.eq_ignore_ascii_case(b"status") {
            let code = value.split(|byte| *byte == b' ').next().unwrap_or_default();
            status = StatusCode::from_bytes(code).map_err(|_| malformed())?;
            continue;
        }
        let name = HeaderName::from_bytes(name).map_err(|_| malformed())?;
        headers.append(name, HeaderValue::from_bytes(value).map_err(|_| malformed())?);
    }
    Ok((status, headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_becomes_variables_without_its_credential() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Basic c2VjcmV0"));
        headers.insert("content-encoding", HeaderValue::from_static("gzip"));
        headers.insert("git-protocol", HeaderValue::from_static("version=2"));
        headers.insert("proxy", HeaderValue::from_static("http://evil"));
        let call = Call {
            method: &Method::POST,
            path: "/a.git/git-upload-pack",
            query: "x=1",
            headers: &headers,
            user: "ada",
        };
        let variables = environment(&call, Path::new("/repos"), None);
        let get = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .and_then(|(_, value)| value.to_str())
        };
        assert_eq!(get("PATH_INFO"), Some("/a.git/git-upload-pack"));
        assert_eq!(get("QUERY_STRING"), Some("x=1"));
        assert_eq!(get("REMOTE_USER"), Some("ada"));
        assert_eq!(get("HTTP_CONTENT_ENCODING"), Some("gzip"));
        assert_eq!(get("GIT_PROTOCOL"), Some("version=2"));
        assert_eq!(get("HTTP_PROXY"), None);
        assert!(
            variables
                .iter()
                .all(|(_, value)| !value.to_string_lossy().contains("c2VjcmV0"))
        );
    }

    #[test]
    fn a_head_is_read() {
        let text = b"Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nbody";
        let start = body_start(text).expect("it has an end");
        assert_eq!(&text[start..], b"body");
        let (status, headers) = head(&text[..start]).expect("it is well formed");
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(
            headers.get("content-type").and_then(|v| v.to_str().ok()),
            Some("text/plain")
        );
        assert_eq!(
            head(b"Expires: 0\n\n").map(|(status, _)| status),
            Ok(StatusCode::OK)
        );
    }

    #[test]
    fn a_broken_head_is_refused_with_its_line() {
        assert_eq!(
            head(b"Expires: 0\nnonsense\n\n"),
            Err(HeadError::Malformed { line: 2 })
        );
        assert_eq!(head(b"Status: teapot\n\n"), Err(HeadError::Malformed { line: 1 }));
        assert_eq!(body_start(b"Expires: 0\r\n"), None);
    }
}
