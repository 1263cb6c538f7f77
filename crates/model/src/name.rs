//! Names that Kubernetes, HTTP or a file system must take. Each check says what would be right.

/// Lower-case labels of at most 63 characters joined by dots, as names of most objects are.
pub(crate) fn dns_subdomain(name: &str) -> Result<(), &'static str> {
    const RIGHT: &str = "wants lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit, \
                         at most 253 characters";
    let good = !name.is_empty() && name.len() <= 253 && name.split('.').all(|label| is_label(label, 253));
    if good { Ok(()) } else { Err(RIGHT) }
}

/// One label, as names of namespaces and containers are.
pub(crate) fn dns_label(name: &str) -> Result<(), &'static str> {
    const RIGHT: &str = "wants lower-case letters, digits and '-', beginning and ending with a letter or digit, at most 63 characters";
    if is_label(name, 63) { Ok(()) } else { Err(RIGHT) }
}

fn is_label(label: &str, longest: usize) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !label.is_empty()
        && label.len() <= longest
        && label.chars().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// A key of a Secret, and so the name of a parameter that may become one.
pub(crate) fn key(name: &str) -> Result<(), &'static str> {
    const RIGHT: &str = "wants letters, digits, '-', '_' and '.', at most 253 characters";
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.len() <= 253 && name.chars().all(good) {
        Ok(())
    } else {
        Err(RIGHT)
    }
}

/// The name of a file in a volume: a key that is no path and is not one of the names that the volume's own
/// book-keeping takes.
pub(crate) fn file(name: &str) -> Result<(), &'static str> {
    const DOTS: &str = "wants a plain file name, which does not begin with '..' and is not '.'";
    const RIGHT: &str = "wants a plain file name: letters, digits, '-', '_' and '.', at most 253 characters";
    if name == "." || name.starts_with("..") {
        return Err(DOTS);
    }
    key(name).map_err(|_| RIGHT)
}

/// The name of an HTTP header.
pub(crate) fn header(name: &str) -> Result<(), &'static str> {
    const RIGHT: &str =
        "wants the name of an HTTP header: letters, digits and !#$%&'*+-.^_`|~, at most 256 characters";
    let good = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !name.is_empty() && name.len() <= 256 && name.chars().all(good) {
        Ok(())
    } else {
        Err(RIGHT)
    }
}

/// The name of an environment variable.
pub(crate) fn variable(name: &str) -> Result<(), &'static str> {
    const RIGHT: &str = "wants the name of a variable: letters, digits and '_', not beginning with a digit, at most 253 characters";
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins && name.len() <= 253 && name.chars().all(good) {
        Ok(())
    } else {
        Err(RIGHT)
    }
}

/// The host of an address, after normalisation: a name, or an IP literal without brackets.
pub(crate) fn host(host: &str) -> Result<(), &'static str> {
    const RIGHT: &str = "wants the name of a host or an IP address";
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let label = |l: &str| {
        !l.is_empty() && l.len() <= 63 && l.chars().all(inner) && !l.starts_with('-') && !l.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(label) {
        Ok(())
    } else {
        Err(RIGHT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> Result<(), &'static str>, good: &[&str], bad: &[&str]) {
        for name in good {
            assert_eq!(rule(name), Ok(()), "{name:?}");
        }
        for name in bad {
            assert!(rule(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_of_objects() {
        let long = "a".repeat(253);
        check(
            dns_subdomain,
            &["a", "git-main", "a.b-c.d1", &long],
            &["", "A", "-a", "a-", "a..b", ".a", "a_b", "a/b", "ä"],
        );
        check(dns_subdomain, &[], &[&"a".repeat(254)]);
        check(
            dns_label,
            &["a", "git-main", "1a"],
            &["", "a.b", "A", "-a", "a-", &"a".repeat(64)],
        );
    }

    #[test]
    fn names_of_files() {
        check(
            file,
            &[
                ".gitconfig",
                "config.json",
                "ca.crt",
                "a..b",
                "connector.status.proxyAddress",
                &"f".repeat(253),
            ],
            &[
                "",
                ".",
                "..",
                "..data",
                "..2026",
                "a/b",
                "/a",
                "a b",
                "!a",
                "a\0",
                "ä",
                &"f".repeat(254),
            ],
        );
    }

    #[test]
    fn names_of_headers_variables_and_hosts() {
        check(
            header,
            &["Authorization", "X-A_b", "!"],
            &["", "a b", "a:b", "a\r\n", "ä"],
        );
        check(
            variable,
            &["A", "_a1", "GIT_CONFIG_GLOBAL"],
            &["", "1A", "A-B", "A B", "A=B", "Ä"],
        );
        check(
            host,
            &[
                "git.example.com",
                "localhost",
                "10.0.0.1",
                "::1",
                "a_b.svc",
                "example.com.",
            ],
            &["", ".", "a..b", "-a", "a-", "a b", "a/b", "a%20b", "ä"],
        );
    }
}
