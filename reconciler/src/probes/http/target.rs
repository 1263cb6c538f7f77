//! Where a probe goes: a URL taken apart, and what to do with a redirect. Pure.

use std::fmt;

use url::{Host, Url};

use crate::probes::net::host;

/// More redirects than this are a loop.
pub const MAX_REDIRECTS: usize = 5;

/// Where one request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    url: Url,
}

/// Why a URL cannot be probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not a URL at all.
    #[error("the address is not a URL")]
    NotAUrl,
    /// A scheme other than http and https.
    #[error("only http and https addresses can be probed")]
    Scheme,
    /// No host.
    #[error("the address has no host")]
    NoHost,
}

impl Target {
    /// Takes a URL apart. A user or password in it is dropped: credentials go into headers, and a URL is shown.
    ///
    /// # Errors
    /// See [`TargetError`].
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        Url::parse(url)
            .map_err(|_| TargetError::NotAUrl)
            .and_then(Self::of)
    }

    /// The target of a call: `path` is path and query.
    ///
    /// # Errors
    /// See [`TargetError`].
    pub fn new(scheme: &str, host: &Host<String>, port: u16, path: &str) -> Result<Self, TargetError> {
        Self::parse(&format!("{scheme}://{host}:{port}{path}"))
    }

    fn of(mut url: Url) -> Result<Self, TargetError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetError::Scheme);
        }
        if url.host().is_none() {
            return Err(TargetError::NoHost);
        }
        // As a host that is given by itself: in a redirect, too, one name is spelt in one way.
        let host = host::parse(url.host_str().unwrap_or_default()).map_err(|_| TargetError::NotAUrl)?;
        url.set_host(Some(&host.to_string()))
            .map_err(|_| TargetError::NotAUrl)?;
        // These fail for URLs without a host only, which were refused above.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        Ok(Self { url })
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host: a name that has to be resolved, or an address.
    #[must_use]
    pub fn host(&self) -> Host<String> {
        self.url
            .host()
            .map_or_else(|| Host::Domain(String::new()), |host| host.to_owned())
    }

    /// The port, the scheme's own where the URL has none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url
            .port_or_known_default()
            .unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// What goes into the `Host` header: the port only where it is not the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.host();
        self.url
            .port()
            .map_or_else(|| host.to_string(), |port| format!("{host}:{port}"))
    }

    /// Path and query.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        self.url.query().map_or_else(
            || self.url.path().to_owned(),
            |query| format!("{}?{query}", self.url.path()),
        )
    }

    fn same_origin(&self, other: &Self) -> bool {
        self.same_host(other) && self.url.scheme() == other.url.scheme() && self.port() == other.port()
    }

    fn same_host(&self, other: &Self) -> bool {
        self.url.host() == other.url.host()
    }
}

/// Shows host and port only: a path may have been made from a Secret.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host(), self.port())
    }
}

/// What to do with an answer that is a redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// Ask again there, with the same headers.
    Follow(Target),
    /// Ask again there, without the headers of the class: it is another port or scheme of the same host, where
    /// somebody else may listen.
    FollowWithoutHeaders(Target),
    /// Take the answer as it is.
    Stop(StopReason),
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The class says `disableRedirect`.
    Disabled,
    /// It leads to another host.
    OtherHost,
    /// It leads from https to http.
    Downgrade,
    /// There were too many before.
    TooMany,
    /// It leads nowhere: no or a bad `Location`.
    BadLocation,
}

impl StopReason {
    /// The rest of the sentence "answered 302, …".
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Disabled => "and the class does not let the probe follow redirects",
            Self::OtherHost => {
                "a redirect to another host, which a probe does not follow: put the final address into spec.address"
            }
            Self::Downgrade => "a redirect from https to http, which a probe does not follow",
            Self::TooMany => "and redirected too many times before",
            Self::BadLocation => "a redirect without a usable Location",
        }
    }
}

/// Whether `status` is a redirect that has a `Location`.
#[must_use]
pub const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Decides what to do with a redirect.
///
/// *Guarantees*: no request goes to another host, and none from https to http; headers of the class, which may carry
/// a credential, never leave the origin (scheme, host and port) that they were written for.
#[must_use]
pub fn redirect(from: &Target, location: Option<&str>, hops: usize, disabled: bool) -> Redirect {
    if disabled {
        return Redirect::Stop(StopReason::Disabled);
    }
    if hops >= MAX_REDIRECTS {
        return Redirect::Stop(StopReason::TooMany);
    }
    let to = location
        .and_then(|location| from.url.join(location).ok())
        .and_then(|url| Target::of(url).ok());
    let Some(to) = to else {
        return Redirect::Stop(StopReason::BadLocation);
    };
    if !from.same_host(&to) {
        return Redirect::Stop(StopReason::OtherHost);
    }
    if from.is_https() && !to.is_https() {
        return Redirect::Stop(StopReason::Downgrade);
    }
    if from.same_origin(&to) {
        Redirect::Follow(to)
    } else {
        Redirect::FollowWithoutHeaders(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_taken_apart() {
        for (url, https, host, port, authority, path) in [
            ("http://git.demo", false, "git.demo", 80, "git.demo", "/"),
            (
                "https://git.demo:8443/a/b?c=d#e",
                true,
                "git.demo",
                8443,
                "git.demo:8443",
                "/a/b?c=d",
            ),
            ("https://git.demo:443/", true, "git.demo", 443, "git.demo", "/"),
            (
                "http://user:pw@git.demo/x",
                false,
                "git.demo",
                80,
                "git.demo",
                "/x",
            ),
            ("http://[::1]:8080/", false, "[::1]", 8080, "[::1]:8080", "/"),
            // Other spellings of an address are one address: the policy sees what is called.
            ("http://0x7f.1/", false, "127.0.0.1", 80, "127.0.0.1", "/"),
            ("http://2130706433/", false, "127.0.0.1", 80, "127.0.0.1", "/"),
            ("http://017700000001/", false, "127.0.0.1", 80, "127.0.0.1", "/"),
        ] {
            let t = Target::parse(url).unwrap();
            assert_eq!(
                (
                    t.is_https(),
                    t.host().to_string().as_str(),
                    t.port(),
                    t.authority().as_str(),
                    t.path_and_query().as_str()
                ),
                (https, host, port, authority, path),
                "{url}"
            );
        }
        for (url, want) in [
            ("git.demo/x", TargetError::NotAUrl),
            ("ssh://git.demo", TargetError::Scheme),
            ("file:///etc/passwd", TargetError::Scheme),
            ("http://", TargetError::NotAUrl),
        ] {
            assert_eq!(Target::parse(url), Err(want), "{url}");
        }
    }

    #[test]
    fn a_target_is_shown_without_what_a_secret_may_have_made() {
        let t = Target::parse("https://u:canary@h/canary?token=canary#canary").unwrap();
        assert_eq!(t.to_string(), "h:443");
    }

    #[test]
    fn redirects() {
        use Redirect::Stop;
        let follow = |to: &str| Redirect::Follow(Target::parse(to).unwrap());
        let bare = |to: &str| Redirect::FollowWithoutHeaders(Target::parse(to).unwrap());
        for (from, location, want) in [
            ("http://h/a", Some("/b"), follow("http://h/b")),
            ("http://h/a/", Some("b"), follow("http://h/a/b")),
            ("http://h/a", Some("http://H:80/b"), follow("http://h/b")),
            ("http://h/a", Some("https://h/b"), bare("https://h/b")),
            ("http://h/a", Some("http://h:8080/b"), bare("http://h:8080/b")),
            ("https://h/a", Some("http://h/b"), Stop(StopReason::Downgrade)),
            ("http://h/a", Some("http://evil/b"), Stop(StopReason::OtherHost)),
            ("http://h/a", Some("//evil/b"), Stop(StopReason::OtherHost)),
            ("http://h/a", Some("http://h.evil/b"), Stop(StopReason::OtherHost)),
            ("http://h/a", Some("http://h@evil/b"), Stop(StopReason::OtherHost)),
            (
                "http://h/a",
                Some("file:///etc/passwd"),
                Stop(StopReason::BadLocation),
            ),
            ("http://h/a", Some("http://"), Stop(StopReason::BadLocation)),
            ("http://h/a", None, Stop(StopReason::BadLocation)),
        ] {
            assert_eq!(
                redirect(&Target::parse(from).unwrap(), location, 0, false),
                want,
                "{from} -> {location:?}"
            );
        }
        let h = Target::parse("http://h/a").unwrap();
        assert_eq!(redirect(&h, Some("/b"), 0, true), Stop(StopReason::Disabled));
        assert_eq!(
            redirect(&h, Some("/b"), MAX_REDIRECTS, false),
            Stop(StopReason::TooMany)
        );
    }
}
