//! How a host may be spelt. Pure. Every spelling of an address becomes that address here, so that the policy judges what
//! is called; what could be read in two ways is refused.

use std::net::Ipv6Addr;

use url::Host;

/// The longest name of the DNS.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;
/// Wide digits and the like take three bytes each.
const MAX_INPUT: usize = 1024;

/// Why a host cannot be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// There is none.
    #[error("the address has no host")]
    Empty,
    /// Something in it does not belong into a host.
    #[error("the host has characters that no host name has")]
    Characters,
    /// It ends in a number as an address does, and is none.
    #[error("the host looks like an IP address and is none")]
    Number,
    /// It, or a part between two dots, is empty or too long.
    #[error("the host has an empty part, or is too long")]
    Labels,
}

/// Reads a host: a name, an address of version 4 in any spelling that browsers and C libraries know, or one of version
/// 6, with or without brackets. A name is given back in lower case, in ASCII, without the dot at its end.
///
/// *Guarantees*: what comes back as a name cannot be read as an address by anybody.
///
/// # Errors
/// See [`HostError`]. A percent sign is refused: it is an escape in URLs and a zone in addresses, and neither belongs
/// here.
pub fn parse(host: &str) -> Result<Host<String>, HostError> {
    if host.is_empty() {
        return Err(HostError::Empty);
    }
    if host.len() > MAX_INPUT {
        return Err(HostError::Labels);
    }
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if inner.is_some() || host.contains(':') {
        let text = inner.unwrap_or(host);
        let address: Ipv6Addr = text.parse().map_err(|_| HostError::Characters)?;
        return Ok(Host::Ipv6(address));
    }
    if host.chars().any(forbidden) {
        return Err(HostError::Characters);
    }
    match Host::parse(host) {
        Ok(Host::Domain(name)) => domain(&name),
        Ok(address) => Ok(address),
        Err(url::ParseError::InvalidIpv4Address) => Err(HostError::Number),
        Err(url::ParseError::EmptyHost) => Err(HostError::Empty),
        Err(_) => Err(HostError::Characters),
    }
}

fn forbidden(c: char) -> bool {
    c.is_control() || c.is_whitespace() || "%/\\?#@<>^|\"`{}[]$&'()*+,;=!~".contains(c)
}

fn domain(name: &str) -> Result<Host<String>, HostError> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let fits = |label: &str| !label.is_empty() && label.len() <= MAX_LABEL;
    if name.len() > MAX_NAME || !name.split('.').all(fits) {
        return Err(HostError::Labels);
    }
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.bytes().all(known) {
        Ok(Host::Domain(name.to_ascii_lowercase()))
    } else {
        Err(HostError::Characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for (host, want) in [
            ("git.demo", "git.demo"),
            ("GIT.Demo", "git.demo"),
            ("git.demo.", "git.demo"),
            ("_sip.demo", "_sip.demo"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("10.1.2.3", "10.1.2.3"),
            ("0x7f.1", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("017700000001", "127.0.0.1"),
            ("0", "0.0.0.0"),
            ("127.0.0.1.", "127.0.0.1"),
            ("127。0。0。1", "127.0.0.1"),
            ("１２７.０.０.１", "127.0.0.1"),
            ("①②⑦.⓪.⓪.①", "127.0.0.1"),
            ("::1", "[::1]"),
            ("[::1]", "[::1]"),
            ("::ffff:127.0.0.1", "[::ffff:7f00:1]"),
        ] {
            let got = parse(host).map(|host| host.to_string());
            assert_eq!(got.as_deref(), Ok(want), "{host}");
        }
        use HostError as E;
        for (host, want) in [
            ("", E::Empty),
            (".", E::Labels),
            ("a..b", E::Labels),
            ("git.demo..", E::Labels),
            (&"a".repeat(64), E::Labels),
            (&"a.".repeat(200), E::Labels),
            ("127.0.0.256", E::Number),
            ("1.2.3.4.5", E::Number),
            ("fe80::1%eth0", E::Characters),
            ("[fe80::1%25eth0]", E::Characters),
            ("[::1", E::Characters),
            ("127%2e0.0.1", E::Characters),
            ("user@git.demo", E::Characters),
            ("git.demo\\@evil", E::Characters),
            ("git.demo/x", E::Characters),
            ("git.demo#x", E::Characters),
            ("git demo", E::Characters),
            ("git\u{0}demo", E::Characters),
            ("git.demo\r\nx", E::Characters),
            ("$(x)", E::Characters),
        ] {
            assert_eq!(parse(host), Err(want), "{host}");
        }
    }
}
