//! What a request means: a health check, a refusal, or a call of Git.

use http::{HeaderMap, Method, StatusCode, header};
use percent_encoding::percent_decode_str;

/// What to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Answer that the server is there. Needs no password.
    Alive,
    /// Refuse, with this status and this sentence.
    Refuse(StatusCode, &'static str),
    /// Ask Git, once the password is checked.
    Git {
        /// The decoded path, which begins with a slash and stays below the root.
        path: String,
    },
}

/// Decides what a request means, from its line alone.
#[must_use]
pub fn route(method: &Method, path: &str) -> Route {
    if ![Method::GET, Method::HEAD, Method::POST].contains(method) {
        return Route::Refuse(
            StatusCode::METHOD_NOT_ALLOWED,
            "only GET, HEAD and POST are served\n",
        );
    }
    if method != Method::POST && ["/", "/healthz"].contains(&path) {
        return Route::Alive;
    }
    let Ok(decoded) = percent_decode_str(path).decode_utf8() else {
        return Route::Refuse(StatusCode::BAD_REQUEST, "the path is not UTF-8\n");
    };
    let stays = decoded.starts_with('/')
        && !decoded.contains('\0')
        && decoded
            .split('/')
            .skip(1)
            .all(|part| !part.is_empty() && !part.starts_with('.'));
    if !stays {
        return Route::Refuse(StatusCode::NOT_FOUND, "no such repository\n");
    }
    Route::Git {
        path: decoded.into_owned(),
    }
}

/// The declared length of the body, if it is declared and sensible.
#[must_use]
pub fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let git = |path: &str| Route::Git {
            path: path.to_owned(),
        };
        for (method, path, expected) in [
            (Method::GET, "/", Route::Alive),
            (Method::HEAD, "/healthz", Route::Alive),
            (Method::GET, "/demo.git/info/refs", git("/demo.git/info/refs")),
            (
                Method::POST,
                "/demo.git/git-upload-pack",
                git("/demo.git/git-upload-pack"),
            ),
            (
                Method::GET,
                "/a%20team/demo.git/HEAD",
                git("/a team/demo.git/HEAD"),
            ),
        ] {
            assert_eq!(route(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_path_cannot_leave_the_root() {
        for path in [
            "/../etc/passwd",
            "/demo.git/%2e%2e/x",
            "/a//b",
            "/.hidden/x",
            "/a/%00",
            "*",
            "//etc",
        ] {
            assert!(
                matches!(route(&Method::GET, path), Route::Refuse(StatusCode::NOT_FOUND, _)),
                "{path}"
            );
        }
        assert!(matches!(
            route(&Method::GET, "/%ff"),
            Route::Refuse(StatusCode::BAD_REQUEST, _)
        ));
        assert!(matches!(
            route(&Method::DELETE, "/demo.git"),
            Route::Refuse(StatusCode::METHOD_NOT_ALLOWED, _)
        ));
    }
}
