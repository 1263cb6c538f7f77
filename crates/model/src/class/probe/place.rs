//! Where a probe goes, instead of where the Connector's address leads.

use super::Host;
use crate::call::Encryption;
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

/// What a class says instead of the Connector's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// A name or a literal, an IPv6 one without brackets.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
}

/// Reads `host` and `port`.
pub(super) fn read_place(
    host: Option<&str>,
    port: Option<i64>,
    at: &FieldPath,
    report: &mut Report,
) -> Place {
    let host = host.filter(|host| !host.is_empty());
    Place {
        host: host.and_then(|host| read_host(host, &at.child("host"), report)),
        port: port.and_then(|port| read_port(port, &at.child("port"), report)),
    }
}

/// A host without a port.
pub(super) fn read_host(text: &str, at: &FieldPath, report: &mut Report) -> Option<String> {
    match parse_host(text) {
        Some(Host { name, port: None }) => Some(name),
        Some(Host { port: Some(_), .. }) => {
            let message = format!(
                "got {}, wants the host alone: the port has a field",
                show::text(text)
            );
            report.invalid(at, message);
            None
        }
        None => {
            let message = format!(
                "got {}, wants a host such as db.example.com or an IP address",
                show::text(text)
            );
            report.invalid(at, message);
            None
        }
    }
}

fn read_port(port: i64, at: &FieldPath, report: &mut Report) -> Option<u16> {
    let good = u16::try_from(port).ok().filter(|port| *port != 0);
    if good.is_none() {
        report.invalid(at, format!("got {port}, wants a port from 1 to 65535"));
    }
    good
}

/// A host with or without a port, as it is written in a URL.
pub(super) fn parse_host(text: &str) -> Option<Host> {
    // Without brackets, an address of IPv6 would be one with a port.
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return parse_host(&format!("[{text}]"));
    }
    // The URL parser knows ports, IPv6 literals and international names.
    let alone = !text.contains(['/', '?', '#', '@', '\\']) && !text.chars().any(char::is_whitespace);
    let url = alone
        .then(|| url::Url::parse(&format!("http://{text}")))
        .and_then(Result::ok)?;
    let name = match url.host()? {
        url::Host::Ipv6(ip) => ip.to_string(),
        other => other.to_string(),
    };
    if name::host(&name).is_err() || url.port() == Some(0) {
        return None;
    }
    // A written `:80` is the default of the URL parser's scheme, and so not in the URL any more.
    let port = text.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    Some(Host {
        name,
        port: port.filter(|_| !text.ends_with(']')),
    })
}

const WORDS: [(&str, Encryption); 3] = [
    ("none", Encryption::Plain),
    ("startTLS", Encryption::StartTls),
    ("direct", Encryption::Tls),
];

/// Reads `tls`, one of the words for what the protocol can do.
pub(super) fn read_tls(
    word: Option<&str>,
    allowed: &[Encryption],
    at: &FieldPath,
    report: &mut Report,
) -> Option<Encryption> {
    let word = word.filter(|word| !word.is_empty())?;
    let allowed = WORDS.iter().filter(|(_, e)| allowed.contains(e));
    let found = allowed.clone().find(|(w, _)| *w == word);
    if found.is_none() {
        let words: Vec<&str> = allowed.map(|(word, _)| *word).collect();
        let near = show::did_you_mean(word, words.iter().copied());
        let message = format!("got {}, wants {}{near}", show::text(word), words.join(" or "));
        report.deny(at, ViolationKind::NotSupported, message);
    }
    found.map(|(_, encryption)| *encryption)
}
