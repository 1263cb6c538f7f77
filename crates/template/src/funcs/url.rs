//! sprig's `urlParse` and `urlJoin`, which follow Go's `net/url` and not the rules of browsers.

use std::collections::BTreeMap;

use super::{Arguments, Function, fixed};
use crate::engine::meter::Failure;
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[fixed("urlParse", 1, url_parse), fixed("urlJoin", 1, url_join)];

fn url_parse(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let parts = parse(arguments.str(0)?).ok_or_else(|| Failure::message("the text is not a URL"))?;
    let mut entries = BTreeMap::new();
    let named: [(&str, Vec<u8>); 8] = [
        ("scheme", parts.scheme.into_bytes()),
        ("host", parts.host.clone()),
        ("hostname", hostname(&parts.host).to_vec()),
        ("path", parts.path),
        ("query", parts.query.into_bytes()),
        ("opaque", parts.opaque.into_bytes()),
        ("fragment", parts.fragment),
        (
            "userinfo",
            parts
                .user
                .map(|user| user.text())
                .unwrap_or_default()
                .into_bytes(),
        ),
    ];
    for (name, value) in named {
        entries.insert(name.to_owned(), arguments.give(value)?);
    }
    arguments.give_map(entries)
}

#[derive(Default)]
struct Parts {
    scheme: String,
    opaque: String,
    user: Option<User>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: String,
    fragment: Vec<u8>,
}

struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

impl User {
    fn text(&self) -> String {
        let name = escape(&self.name, Mode::User);
        match &self.password {
            Some(password) => format!("{name}:{}", escape(password, Mode::User)),
            None => name,
        }
    }
}

/// What part of a URL is escaped.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    User,
    Host,
    Path,
    Fragment,
}

/// Bytes that stand for themselves.
fn plain(byte: u8, mode: Mode) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'_' | b'.' | b'~')
        || match mode {
            Mode::User => matches!(byte, b'$' | b'&' | b'+' | b',' | b';' | b'='),
            Mode::Host => matches!(
                byte,
                b'!' | b'$'
                    | b'&'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b'+'
                    | b','
                    | b';'
                    | b'='
                    | b':'
                    | b'['
                    | b']'
                    | b'<'
                    | b'>'
                    | b'"'
            ),
            Mode::Path => matches!(byte, b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@'),
            Mode::Fragment => matches!(
                byte,
                b'$' | b'&'
                    | b'+'
                    | b','
                    | b'/'
                    | b':'
                    | b';'
                    | b'='
                    | b'?'
                    | b'@'
                    | b'!'
                    | b'('
                    | b')'
                    | b'*'
            ),
        }
}

fn escape(bytes: &[u8], mode: Mode) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if plain(*byte, mode) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn unescape(text: &str, mode: Mode) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let value = u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?;
            // Go lets a host escape only what is not ASCII.
            if mode == Mode::Host && value < 0x80 {
                return None;
            }
            out.push(value);
        } else if mode == Mode::Host && byte < 0x80 && !plain(byte, mode) {
            return None;
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

fn parse(text: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return None;
    }
    parts.fragment = unescape(fragment, Mode::Fragment)?;
    if text == "*" {
        parts.path = b"*".to_vec();
        return Some(parts);
    }
    let (scheme, rest) = split_scheme(text)?;
    parts.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    parts.query = query.to_owned();
    if !rest.starts_with('/') {
        if !parts.scheme.is_empty() {
            parts.opaque = rest.to_owned();
            return Some(parts);
        }
        if rest
            .split('/')
            .next()
            .is_some_and(|segment| segment.contains(':'))
        {
            return None;
        }
    }
    if (!parts.scheme.is_empty() || !rest.starts_with("///"))
        && let Some(after) = rest.strip_prefix("//")
    {
        let end = after.find('/').unwrap_or(after.len());
        let (authority, path) = after.split_at(end);
        (parts.user, parts.host) = parse_authority(authority)?;
        rest = path;
    }
    parts.path = unescape(rest, Mode::Path)?;
    Some(parts)
}

/// `None` where a colon comes first.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return None,
            b':' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => break,
        }
    }
    Some(("", text))
}

fn parse_authority(authority: &str) -> Option<(Option<User>, Vec<u8>)> {
    let Some((user, host)) = authority.rsplit_once('@') else {
        return Some((None, parse_host(authority)?));
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(allowed) {
        return None;
    }
    let user = match user.split_once(':') {
        Some((name, password)) => User {
            name: unescape(name, Mode::User)?,
            password: Some(unescape(password, Mode::User)?),
        },
        None => User {
            name: unescape(user, Mode::User)?,
            password: None,
        },
    };
    Some((Some(user), parse_host(host)?))
}

fn parse_host(host: &str) -> Option<Vec<u8>> {
    let port = if host.starts_with('[') {
        host.get(host.rfind(']')? + 1..)?
    } else {
        host.rfind(':')
            .and_then(|colon| host.get(colon..))
            .unwrap_or_default()
    };
    if !is_port(port.as_bytes()) {
        return None;
    }
    unescape(host, Mode::Host)
}

/// Nothing, or a colon with digits.
fn is_port(port: &[u8]) -> bool {
    match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn hostname(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|byte| *byte == b':');
    let name = match colon {
        Some(colon) if is_port(host.get(colon..).unwrap_or_default()) => host.get(..colon).unwrap_or(host),
        _ => host,
    };
    name.strip_prefix(b"[")
        .and_then(|inner| inner.strip_suffix(b"]"))
        .unwrap_or(name)
}

fn url_join(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let map = arguments.map(0)?;
    let part = |name: &'static str| match map.get(name) {
        None => Ok(""),
        Some(Value::Text(text)) => text
            .str()
            .ok_or_else(|| Failure::message("a part of the URL is not UTF-8")),
        Some(_) => Err(Failure::message(format!("the part {name} is not text"))),
    };
    let (scheme, host, path) = (part("scheme")?, part("host")?, part("path")?);
    let (query, opaque, fragment) = (part("query")?, part("opaque")?, part("fragment")?);
    let user = match part("userinfo")? {
        "" => None,
        text => {
            let parsed = parse_authority(&format!("{text}@host"));
            parsed
                .ok_or_else(|| Failure::message("the part userinfo has characters that must be escaped"))?
                .0
        }
    };
    let parts = Parts {
        scheme: scheme.to_owned(),
        opaque: opaque.to_owned(),
        user,
        host: host.into(),
        path: path.into(),
        query: query.to_owned(),
        fragment: fragment.into(),
    };
    arguments.give(join(&parts))
}

fn join(parts: &Parts) -> String {
    let mut out = String::new();
    if !parts.scheme.is_empty() {
        out.push_str(&parts.scheme);
        out.push(':');
    }
    if parts.opaque.is_empty() {
        push_place(&mut out, parts);
    } else {
        out.push_str(&parts.opaque);
    }
    if !parts.query.is_empty() {
        out.push('?');
        out.push_str(&parts.query);
    }
    if !parts.fragment.is_empty() {
        out.push('#');
        out.push_str(&escape(&parts.fragment, Mode::Fragment));
    }
    out
}

/// User, host and path.
fn push_place(out: &mut String, parts: &Parts) {
    let (has_host, has_user) = (!parts.host.is_empty(), parts.user.is_some());
    let has_authority = has_host || has_user || (!parts.scheme.is_empty() && !parts.path.is_empty());
    if has_authority {
        out.push_str("//");
    }
    if let Some(user) = &parts.user {
        out.push_str(&user.text());
        out.push('@');
    }
    out.push_str(&escape(&parts.host, Mode::Host));
    let path = if parts.path == b"*" {
        "*".to_owned()
    } else {
        escape(&parts.path, Mode::Path)
    };
    if !path.is_empty() && !path.starts_with('/') && has_host {
        out.push('/');
    }
    if out.is_empty()
        && path
            .split('/')
            .next()
            .is_some_and(|segment| segment.contains(':'))
    {
        out.push_str("./");
    }
    out.push_str(&path);
}
