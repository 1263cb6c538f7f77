//! Where a class's API service or proxy is: `ref`, `uri`, or both, made into one URL. Pure.

use patchbay_api::class::EndpointRef;
use url::Url;

/// Why there is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing to make one from.
    #[error("neither ref nor uri is given: one of them is needed")]
    Empty,
    /// A `ref` of something that has no address we know.
    #[error("ref.kind must be Service: for anything else give uri")]
    Kind,
    /// A `ref` without a namespace, in an object that has none of its own.
    #[error("ref.name and ref.namespace must be given: a ConnectorClass has no namespace of its own")]
    Incomplete,
    /// A path and nothing to put it behind.
    #[error(
        "uri is a path, and there is no ref that it belongs to: give ref as well, or a uri with scheme and host"
    )]
    NothingToResolve,
    /// Not a URL.
    #[error("uri is not a URL: give a path such as \"/api\", or scheme, host and path")]
    NotAUrl,
    /// A scheme that is not HTTP.
    #[error("uri must begin with http:// or https://")]
    Scheme,
    /// A user or password in the URL, which everyone could read in the status.
    #[error("uri must not hold a user or password")]
    Userinfo,
    /// A path that is none.
    #[error("uri leads to another host than ref: begin it with one slash, or leave ref out")]
    OtherHost,
}

/// Makes the URL.
///
/// A Service is reached by https, as the format prints it: `git` in `default` is `https://git.default.svc`. A `uri`
/// with a scheme wins over `ref`; any other is resolved against it as RFC 3986 says, so `/api` and `api` are the same.
///
/// # Errors
/// See [`AddressError`].
pub fn resolve(endpoint: Option<&EndpointRef>, uri: Option<&str>) -> Result<String, AddressError> {
    let uri = uri.map(str::trim).filter(|uri| !uri.is_empty());
    let absolute = uri.map(Url::parse);
    if let (Some(text), Some(Ok(url))) = (uri, &absolute) {
        return match url.scheme() {
            "http" | "https" if has_userinfo(url) => Err(AddressError::Userinfo),
            "http" | "https" => Ok(text.to_owned()),
            _ => Err(AddressError::Scheme),
        };
    }
    let relative = match absolute {
        Some(Err(url::ParseError::RelativeUrlWithoutBase)) => uri,
        Some(_) => return Err(AddressError::NotAUrl),
        None => None,
    };
    match (endpoint, relative) {
        (None, None) => Err(AddressError::Empty),
        (None, Some(_)) => Err(AddressError::NothingToResolve),
        (Some(endpoint), None) => service(endpoint),
        (Some(endpoint), Some(path)) => {
            let base = Url::parse(&service(endpoint)?).map_err(|_| AddressError::Incomplete)?;
            let resolved = base.join(path).map_err(|_| AddressError::NotAUrl)?;
            if resolved.host() != base.host() || resolved.port() != base.port() || has_userinfo(&resolved) {
                return Err(AddressError::OtherHost);
            }
            Ok(resolved.into())
        }
    }
}

fn service(endpoint: &EndpointRef) -> Result<String, AddressError> {
    let group = endpoint.group.as_deref().unwrap_or_default();
    let version = endpoint.api_version.as_deref().unwrap_or("v1");
    if endpoint.kind != "Service" || !group.is_empty() || version != "v1" {
        return Err(AddressError::Kind);
    }
    let namespace = endpoint.namespace.as_deref().unwrap_or_default();
    if !is_label(&endpoint.name) || !is_label(namespace) {
        return Err(AddressError::Incomplete);
    }
    Ok(format!("https://{}.{namespace}.svc", endpoint.name))
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(edit: impl FnOnce(&mut EndpointRef)) -> Option<EndpointRef> {
        let mut endpoint = EndpointRef {
            kind: "Service".to_owned(),
            name: "git".to_owned(),
            namespace: Some("default".to_owned()),
            ..EndpointRef::default()
        };
        edit(&mut endpoint);
        Some(endpoint)
    }

    #[test]
    fn the_three_examples_of_the_format_and_their_neighbours() {
        for (endpoint, uri, want) in [
            // As printed.
            (git(|_| ()), None, "https://git.default.svc"),
            (
                None,
                Some("https://git.default.svc/api"),
                "https://git.default.svc/api",
            ),
            (git(|_| ()), Some("/api"), "https://git.default.svc/api"),
            // RFC 3986: a path without a slash is merged with the empty path of the base.
            (git(|_| ()), Some("api"), "https://git.default.svc/api"),
            (git(|_| ()), Some("/api/v4/"), "https://git.default.svc/api/v4/"),
            (git(|_| ()), Some("./api"), "https://git.default.svc/api"),
            (git(|_| ()), Some("../api"), "https://git.default.svc/api"),
            (git(|_| ()), Some("?v=4"), "https://git.default.svc/?v=4"),
            (git(|_| ()), Some(" "), "https://git.default.svc"),
            (
                git(|e| e.api_version = Some("v1".to_owned())),
                None,
                "https://git.default.svc",
            ),
            // A whole URL wins over the Service, and stays as it is written.
            (
                git(|_| ()),
                Some("https://git.example.com/api"),
                "https://git.example.com/api",
            ),
            (None, Some("http://git.example.com"), "http://git.example.com"),
            (
                None,
                Some("https://git.example.com:8443/a/"),
                "https://git.example.com:8443/a/",
            ),
        ] {
            assert_eq!(
                resolve(endpoint.as_ref(), uri).as_deref(),
                Ok(want),
                "{endpoint:?} {uri:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_resolved_is_explained() {
        use AddressError as E;
        for (endpoint, uri, want) in [
            (None, None, E::Empty),
            (None, Some("/api"), E::NothingToResolve),
            (None, Some("api"), E::NothingToResolve),
            (None, Some("ftp://git/api"), E::Scheme),
            (None, Some("git.default.svc:443"), E::Scheme),
            (None, Some("https://"), E::NotAUrl),
            (None, Some("https://user:pw@git/api"), E::Userinfo),
            (git(|e| e.kind = "Deployment".to_owned()), None, E::Kind),
            (
                git(|e| e.group = Some("serving.knative.dev".to_owned())),
                None,
                E::Kind,
            ),
            (git(|e| e.namespace = None), None, E::Incomplete),
            (git(|e| e.name = "git/evil".to_owned()), None, E::Incomplete),
            (git(|e| e.name = "evil.com#".to_owned()), None, E::Incomplete),
            (git(|_| ()), Some("//evil.example.com/api"), E::OtherHost),
            (git(|_| ()), Some("//u:p@git.default.svc/api"), E::OtherHost),
        ] {
            assert_eq!(resolve(endpoint.as_ref(), uri), Err(want), "{endpoint:?} {uri:?}");
        }
    }
}
