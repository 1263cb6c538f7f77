//! A URL's parts.

use std::net::Ipv6Addr;

use zeroize::Zeroize;

use super::escape::{Part, escape, unescape};

/// A URL taken apart. All but `opaque` and `query` are unescaped.
#[derive(Default)]
pub(super) struct Url {
    pub(super) scheme: Vec<u8>,
    pub(super) opaque: Vec<u8>,
    pub(super) user: Option<User>,
    pub(super) host: Vec<u8>,
    pub(super) path: Vec<u8>,
    pub(super) query: Vec<u8>,
    pub(super) fragment: Vec<u8>,
}

/// Who a URL logs in as.
pub(super) struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

/// Who logs in and with what may be a secret.
impl Drop for Url {
    fn drop(&mut self) {
        let parts = [
            &mut self.scheme,
            &mut self.opaque,
            &mut self.host,
            &mut self.path,
            &mut self.query,
            &mut self.fragment,
        ];
        parts.into_iter().for_each(Zeroize::zeroize);
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.name.zeroize();
        self.password.zeroize();
    }
}

impl User {
    /// Escaped.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = escape(&self.name, Part::Userinfo);
        if let Some(password) = &self.password {
            text.push(b':');
            text.extend(escape(password, Part::Userinfo));
        }
        text
    }
}

type Why = &'static str;

fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == at) {
        Some(place) => (
            text.get(..place).unwrap_or_default(),
            Some(text.get(place + 1..).unwrap_or_default()),
        ),
        None => (text, None),
    }
}

/// Takes a URL apart.
///
/// # Errors
/// It is none.
pub(super) fn parse(text: &[u8]) -> Result<Url, Why> {
    let (text, fragment) = cut(text, b'#');
    let mut url = parse_before_fragment(text)?;
    if let Some(fragment) = fragment {
        url.fragment = unescape(fragment, Part::Fragment)?;
    }
    Ok(url)
}

fn parse_before_fragment(text: &[u8]) -> Result<Url, Why> {
    if text.iter().any(u8::is_ascii_control) {
        return Err("is not a URL: it has an invalid control character");
    }
    let mut url = Url::default();
    if text == b"*" {
        url.path = text.to_vec();
        return Ok(url);
    }
    let (scheme, rest) = split_scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = cut(rest, b'?');
    url.query = query.unwrap_or_default().to_vec();
    if !rest.starts_with(b"/") {
        if !scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("is not a URL: its first path segment has a colon");
        }
    }
    let mut path = rest;
    if rest.starts_with(b"//") && (!scheme.is_empty() || !rest.starts_with(b"///")) {
        let authority = rest.get(2..).unwrap_or_default();
        let end = authority
            .iter()
            .position(|byte| *byte == b'/')
            .unwrap_or(authority.len());
        let (authority, after) = authority.split_at_checked(end).unwrap_or_default();
        path = after;
        (url.user, url.host) = parse_authority(&url.scheme, authority)?;
    }
    url.path = unescape(path, Part::Path)?;
    Ok(url)
}

/// Letters, digits, `+`, `-` and `.` up to a colon, a letter first.
fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), Why> {
    let end = text
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')));
    let begins = text.first().is_some_and(u8::is_ascii_alphabetic);
    match end.and_then(|end| text.split_at_checked(end)) {
        Some(([], [b':', ..])) => Err("is not a URL: the scheme before the colon is missing"),
        Some((scheme, [b':', rest @ ..])) if begins => Ok((scheme, rest)),
        _ => Ok((b"", text)),
    }
}

fn parse_authority(scheme: &[u8], authority: &[u8]) -> Result<(Option<User>, Vec<u8>), Why> {
    let Some(at) = authority.iter().rposition(|byte| *byte == b'@') else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, authority.get(at + 1..).unwrap_or_default())?;
    let userinfo = authority.get(..at).unwrap_or_default();
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !userinfo.iter().all(fits) {
        return Err("is not a URL: the part before the @ has an invalid character");
    }
    let (name, password) = cut(userinfo, b':');
    let user = User {
        name: unescape(name, Part::Userinfo)?,
        password: password
            .map(|password| unescape(password, Part::Userinfo))
            .transpose()?,
    };
    Ok((Some(user), host))
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, Why> {
    match host.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return parse_bracketed(host),
        Some(_) => return Err("is not a URL: the address in brackets is not at the beginning of the host"),
        None => {}
    }
    let first = host.iter().position(|byte| *byte == b':');
    let last = host.iter().rposition(|byte| *byte == b':');
    // Databases have URLs with several hosts.
    let strict = scheme == b"http" || scheme == b"https";
    if let Some(at) = if strict { first } else { last } {
        check_port(host.get(at..).unwrap_or_default())?;
    }
    unescape(host, Part::Host)
}

fn parse_bracketed(host: &[u8]) -> Result<Vec<u8>, Why> {
    let end = host
        .iter()
        .rposition(|byte| *byte == b']')
        .ok_or("is not a URL: the ] after the address is missing")?;
    let port = host.get(end + 1..).unwrap_or_default();
    check_port(port)?;
    let address = host.get(1..end).unwrap_or_default();
    let zone = address.windows(3).position(|bytes| bytes == b"%25");
    let address = match zone.and_then(|zone| address.split_at_checked(zone)) {
        Some((address, zone)) => {
            let mut whole = unescape(address, Part::Host)?;
            whole.extend(unescape(zone, Part::Zone)?);
            whole
        }
        None => unescape(address, Part::Host)?,
    };
    if !is_ipv6(&address) {
        return Err("is not a URL: what is in brackets is not an IPv6 address");
    }
    Ok([b"[", address.as_slice(), b"]", port].concat())
}

fn is_ipv6(text: &[u8]) -> bool {
    let (address, zone) = cut(text, b'%');
    let address = std::str::from_utf8(address).ok();
    zone.is_none_or(|zone| !zone.is_empty())
        && address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

fn check_port(port: &[u8]) -> Result<(), Why> {
    match port {
        [] => Ok(()),
        [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => Ok(()),
        _ => Err("is not a URL: the port after the host is not a number"),
    }
}

impl Url {
    /// The host without a port and brackets.
    pub(super) fn hostname(&self) -> &[u8] {
        let mut host = self.host.as_slice();
        let colon = host.iter().rposition(|byte| *byte == b':');
        if let Some((name, port)) = colon.and_then(|at| host.split_at_checked(at))
            && check_port(port).is_ok()
        {
            host = name;
        }
        match host {
            [b'[', inner @ .., b']'] => inner,
            host => host,
        }
    }

    /// The URL, escaped where it must be.
    pub(super) fn text(&self) -> Vec<u8> {
        // Never moves: an escape takes three bytes.
        let parts = [
            &self.scheme,
            &self.opaque,
            &self.host,
            &self.path,
            &self.query,
            &self.fragment,
        ];
        let user = self.user.as_ref().map(User::text).unwrap_or_default();
        let size = parts.iter().map(|part| part.len()).sum::<usize>() + user.len();
        let mut out = Vec::with_capacity(size * 3 + 16);
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.push_hierarchy(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escape(&self.fragment, Part::Fragment));
        }
        out
    }

    fn push_hierarchy(&self, out: &mut Vec<u8>) {
        if !self.host.is_empty() || self.user.is_some() || !(self.scheme.is_empty() || self.path.is_empty()) {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            out.extend(user.text());
            out.push(b'@');
        }
        out.extend(escape(&self.host, Part::Host));
        let path = if self.path == b"*" {
            b"*".to_vec()
        } else {
            escape(&self.path, Part::Path)
        };
        if !path.is_empty() && !path.starts_with(b"/") && !self.host.is_empty() {
            out.push(b'/');
        }
        // Else the colon would be taken for that of a scheme.
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(path);
    }
}
