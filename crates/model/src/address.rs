//! Addresses: URLs with a scheme and a host, and without a password.

use url::Url;

use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

/// The longest address, in bytes.
const LONGEST: usize = 2048;

/// A checked address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// As it was written.
    pub text: String,
    /// In lower case.
    pub scheme: String,
    /// In lower case, international names as ASCII; an IPv6 literal without brackets.
    pub host: String,
    /// The one that is written, or the scheme's own. 1 to 65535.
    pub port: Option<u16>,
    /// Begins with a slash, or is empty.
    pub path: String,
    /// Without the question mark.
    pub query: Option<String>,
}

impl Address {
    /// Whether two addresses name the same place: the case of scheme and host, the default port and a trailing slash
    /// do not count.
    #[must_use]
    pub fn same_place(&self, other: &Self) -> bool {
        let key = |a: &Self| {
            let path = a.path.trim_end_matches('/').to_owned();
            (
                a.scheme.clone(),
                a.host.trim_end_matches('.').to_owned(),
                a.port,
                path,
                a.query.clone(),
            )
        };
        key(self) == key(other)
    }

    /// Whether the scheme is `http` or `https`.
    #[must_use]
    pub fn is_http(&self) -> bool {
        matches!(self.scheme.as_str(), "http" | "https")
    }
}

/// Reads an address, noting what is wrong with it. `None` when it cannot be used.
pub(crate) fn read(text: &str, path: &FieldPath, report: &mut Report) -> Option<Address> {
    let address = match parse(text) {
        Ok(address) => address,
        Err((kind, message)) => {
            report.deny(path, kind, message);
            return None;
        }
    };
    let authority = authority(text);
    if authority.contains('@') {
        let message = "the user in the address is not used: credentials belong into spec.auth.secretRef";
        report.warn(path, message);
    }
    if text.contains('#') {
        report.warn(path, "the part after '#' is never sent to the tool");
    }
    Some(address)
}

fn parse(text: &str) -> Result<Address, (ViolationKind, String)> {
    let invalid = |problem: &str| {
        Err((
            ViolationKind::Invalid,
            format!("got {}, {problem}", show::text(text)),
        ))
    };
    if text.is_empty() {
        return Err((ViolationKind::Required, format!("got an empty address, {WANTED}")));
    }
    if text.len() > LONGEST {
        let message = format!("got {} bytes, wants at most {LONGEST}", text.len());
        return Err((ViolationKind::TooLong, message));
    }
    if let Some(bad) = text.chars().find(|c| !may_stand_in_url(*c)) {
        return invalid(&format!("an address cannot contain {bad:?}: {ENCODE}"));
    }
    if !text
        .split_once("://")
        .is_some_and(|(scheme, _)| is_scheme(scheme))
    {
        return invalid(&format!("{WANTED}{}", scheme_hint(text)));
    }
    if has_password(text) {
        return Err((ViolationKind::Forbidden, PASSWORD.to_owned()));
    }
    // The URL standard would take the first part of the path of `https:///path` for the host.
    if authority(text).rsplit('@').next().is_none_or(str::is_empty) {
        return invalid(NO_HOST);
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(url::ParseError::InvalidPort) => return invalid(PORT),
        Err(url::ParseError::EmptyHost) => return invalid(NO_HOST),
        Err(_) => return invalid("which is not a URL: the host is wrong"),
    };
    let host = host_of(&url);
    if host.is_empty() {
        return invalid(NO_HOST);
    }
    if let Err(right) = name::host(&host) {
        return invalid(&format!("the host is wrong: {right}"));
    }
    let port = url.port().or_else(|| default_port(url.scheme()));
    if port == Some(0) {
        return invalid(PORT);
    }
    Ok(Address {
        text: text.to_owned(),
        scheme: url.scheme().to_ascii_lowercase(),
        host,
        port,
        path: url.path().to_owned(),
        query: url.query().map(str::to_owned),
    })
}

/// What stands between `://` and the path.
fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Reads an address that must be `http` or `https`; `why` ends the sentence.
pub(crate) fn read_http(text: &str, path: &FieldPath, why: &str, report: &mut Report) -> Option<Address> {
    let address = read(text, path, report)?;
    require_http(&address, path, why, report).then_some(address)
}

/// Notes an address that is not `http` or `https`.
pub(crate) fn require_http(address: &Address, path: &FieldPath, why: &str, report: &mut Report) -> bool {
    if !address.is_http() {
        let message = format!(
            "got {}, wants http:// or https://: {why}",
            show::text(&address.text)
        );
        report.invalid(path, message);
    }
    address.is_http()
}

const WANTED: &str = "wants a URL with a scheme and a host such as https://git.example.com";
const NO_HOST: &str =
    "the host is missing, wants a URL with a scheme and a host such as https://git.example.com";
const PASSWORD: &str =
    "got a URL with a password: put the credential into a Secret and name it in spec.auth.secretRef";
const PORT: &str = "the port must be a number from 1 to 65535";
const ENCODE: &str = "write it as '%' and two hexadecimal digits";

/// What RFC 3986 lets stand in a URL, and letters and digits of other languages, which become ASCII.
fn may_stand_in_url(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "-._~:/?#[]@!$&'()*+,;=%".contains(c)
        || (!c.is_ascii() && c.is_alphanumeric())
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// What was probably meant by an address without `scheme://`.
fn scheme_hint(text: &str) -> String {
    let looks_like_host =
        text.contains('.') && !text.contains('@') && !text.starts_with('/') && !text.contains("//");
    if looks_like_host {
        format!("; did you mean {}?", show::text(&format!("https://{text}")))
    } else {
        String::new()
    }
}

/// Looks at the text itself as well: a URL that does not parse may still hold a password, also one with a slash in it.
fn has_password(text: &str) -> bool {
    let in_authority = authority(text)
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.contains(':'));
    in_authority || Url::parse(text).is_ok_and(|url| url.password().is_some())
}

fn host_of(url: &Url) -> String {
    match url.host() {
        Some(url::Host::Ipv6(ip)) => ip.to_string(),
        Some(host) => host.to_string().to_ascii_lowercase(),
        None => String::new(),
    }
}

/// The ports of schemes that tools use and that the URL standard does not know.
/// The port that a scheme means when none is written.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    let port = match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "ftp" => 21,
        "ssh" | "sftp" | "git+ssh" => 22,
        "smtp" => 25,
        "ldap" => 389,
        "submission" => 587,
        "smtps" | "submissions" => 465,
        "ldaps" => 636,
        "mssql" | "sqlserver" => 1433,
        "mysql" | "mariadb" => 3306,
        "nats" => 4222,
        "postgres" | "postgresql" => 5432,
        "amqp" => 5672,
        "amqps" => 5671,
        "redis" | "rediss" | "valkey" | "valkeys" => 6379,
        "kafka" => 9092,
        "kafkas" | "kafka+ssl" | "kafka+tls" => 9093,
        "git" => 9418,
        "mongodb" => 27017,
        _ => return None,
    };
    Some(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(text: &str) -> (Option<Address>, Vec<String>, Vec<String>) {
        let mut report = Report::default();
        let address = read(text, &FieldPath::new("spec.address"), &mut report);
        match report.finish(()) {
            Ok(checked) => (
                address,
                vec![],
                checked.warnings.iter().map(ToString::to_string).collect(),
            ),
            Err(violations) => (
                address,
                violations.iter().map(ToString::to_string).collect(),
                vec![],
            ),
        }
    }

    #[test]
    fn good_addresses_are_taken_apart() {
        for (text, scheme, host, port, path) in [
            (
                "https://git.example.com",
                "https",
                "git.example.com",
                Some(443),
                "/",
            ),
            (
                "HTTP://Git.Example.COM:8080/a/b/",
                "http",
                "git.example.com",
                Some(8080),
                "/a/b/",
            ),
            ("https://[::1]:8443/x", "https", "::1", Some(8443), "/x"),
            ("https://[2001:DB8::0:1]", "https", "2001:db8::1", Some(443), "/"),
            ("http://10.0.0.1", "http", "10.0.0.1", Some(80), "/"),
            // Another spelling of 127.0.0.1 must not slip past a policy.
            ("http://0x7f.1", "http", "127.0.0.1", Some(80), "/"),
            (
                "https://bücher.example",
                "https",
                "xn--bcher-kva.example",
                Some(443),
                "/",
            ),
            (
                "postgres://db.example.com/orders?sslmode=require",
                "postgres",
                "db.example.com",
                Some(5432),
                "/orders",
            ),
            (
                "ssh://git@git.example.com",
                "ssh",
                "git.example.com",
                Some(22),
                "",
            ),
            (
                "oci://Registry.Example.com:5000",
                "oci",
                "registry.example.com",
                Some(5000),
                "",
            ),
            ("unknown://host", "unknown", "host", None, ""),
            (
                "http://a_b.svc.cluster.local",
                "http",
                "a_b.svc.cluster.local",
                Some(80),
                "/",
            ),
            ("http://host:1", "http", "host", Some(1), "/"),
            ("http://host:65535", "http", "host", Some(65535), "/"),
        ] {
            let (address, violations, _) = read_one(text);
            assert_eq!(violations, [""; 0], "{text}");
            let address = address.unwrap_or_else(|| panic!("{text} is an address"));
            assert_eq!(
                (
                    address.scheme.as_str(),
                    address.host.as_str(),
                    address.port,
                    address.path.as_str()
                ),
                (scheme, host, port, path),
                "{text}"
            );
            assert_eq!(address.text, text);
        }
    }

    #[test]
    fn bad_addresses_are_refused_with_what_would_be_right() {
        for (text, said) in [
            ("", "got an empty address, wants a URL with a scheme and a host"),
            (
                "git.example.com",
                "wants a URL with a scheme and a host such as https://git.example.com; did you mean \"https://git.example.com\"?",
            ),
            (
                "git.example.com:8080/x",
                "did you mean \"https://git.example.com:8080/x\"?",
            ),
            ("git@github.com:org/repo", "wants a URL with a scheme"),
            ("/path", "wants a URL with a scheme"),
            ("http:/host", "wants a URL with a scheme"),
            ("http:host", "wants a URL with a scheme"),
            ("1http://host", "wants a URL with a scheme"),
            ("http://", "the host is missing"),
            ("https:///path", "the host is missing"),
            ("postgres:///db", "the host is missing"),
            ("http://host:0", "the port must be a number from 1 to 65535"),
            ("ssh://host:0", "the port must be a number from 1 to 65535"),
            ("http://host:65536", "the port must be a number from 1 to 65535"),
            ("http://host:port", "the port must be a number from 1 to 65535"),
            ("http://ho st", "cannot contain ' '"),
            (" http://host", "cannot contain ' '"),
            ("http://host\n", "cannot contain '\\n'"),
            ("http://host\t/x", "cannot contain '\\t'"),
            ("http:\\\\host", "cannot contain '\\\\'"),
            ("http://host/\"]", "cannot contain '\"'"),
            ("http://host/{{.x}}", "cannot contain '{'"),
            ("http://[::1", "not a URL"),
            ("http://-host", "the host is wrong"),
            ("oci://ho%20st", "the host is wrong"),
            ("http://a..b", "the host is wrong"),
            ("http://user:hunter2@host", "got a URL with a password"),
            ("http://user:@host", "got a URL with a password"),
            ("ssh://user:hunter2@host", "got a URL with a password"),
            ("http://user:hunter2@ho..st", "got a URL with a password"),
        ] {
            let (address, violations, _) = read_one(text);
            assert_eq!(address, None, "{text:?}");
            assert_eq!(violations.len(), 1, "{text:?}: {violations:?}");
            assert!(violations[0].contains(said), "{text:?}: {violations:?}");
            assert!(!violations[0].contains("hunter2"), "{violations:?}");
        }
        let (_, violations, _) = read_one(&format!("http://host/{}", "a".repeat(3000)));
        assert!(violations[0].contains("wants at most 2048"), "{violations:?}");
    }

    #[test]
    fn a_user_and_a_fragment_are_warned_about() {
        let (address, _, warnings) = read_one("http://me@host/#top");
        assert!(address.is_some());
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("spec.auth.secretRef"), "{warnings:?}");
    }

    #[test]
    fn two_spellings_of_a_place_are_the_same() {
        let place = |text: &str| read_one(text).0.unwrap_or_else(|| panic!("{text} is an address"));
        for (a, b, same) in [
            ("https://Host", "https://host/", true),
            ("https://host:443", "https://host", true),
            ("http://host/a/", "http://host/a", true),
            ("http://host.", "http://host", true),
            ("http://[::1]", "http://[0:0::1]:80/", true),
            ("http://bücher.example", "http://xn--bcher-kva.example", true),
            ("http://host", "https://host", false),
            ("http://host:80", "http://host:81", false),
            ("http://host/a", "http://host/b", false),
            ("http://host/?a", "http://host/", false),
        ] {
            assert_eq!(place(a).same_place(&place(b)), same, "{a} {b}");
        }
    }
}
