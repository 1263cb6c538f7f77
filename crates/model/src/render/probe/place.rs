//! Which port a protocol is called at, and how the connection is protected, where only the address tells.

use crate::address::Address;
use crate::call::{Encryption, Protocol};

/// What an address says to a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The scheme is one of the protocol's own.
    pub(super) own: bool,
    /// How the connection is protected.
    pub(super) encryption: Encryption,
}

/// What the address says to `protocol`.
pub(super) fn told(protocol: Protocol, address: &Address) -> Told {
    use Encryption::{Plain, StartTls, Tls};
    let known = match (protocol, address.scheme.as_str()) {
        (Protocol::Postgres, "postgres" | "postgresql") | (Protocol::Mysql, "mysql" | "mariadb") => {
            Some(if wants_tls(address) { StartTls } else { Plain })
        }
        (Protocol::Redis, "redis" | "valkey") => Some(if wants_tls(address) { Tls } else { Plain }),
        (Protocol::Redis, "rediss" | "valkeys") => Some(Tls),
        (Protocol::Smtp, "smtp") => Some(match address.port {
            // The port of mail clients, where no server takes a password in plain text.
            Some(587) => StartTls,
            Some(465) => Tls,
            _ => Plain,
        }),
        (Protocol::Smtp, "submission") => Some(StartTls),
        (Protocol::Smtp, "smtps" | "submissions") => Some(Tls),
        (Protocol::Ldap, "ldap") => Some(Plain),
        (Protocol::Ldap, "ldaps") => Some(Tls),
        (Protocol::Kafka, "kafka") => Some(Plain),
        (Protocol::Kafka, "kafkas" | "kafka+ssl" | "kafka+tls") => Some(Tls),
        _ => None,
    };
    Told {
        own: known.is_some(),
        encryption: known.unwrap_or(Plain),
    }
}

/// Whether the query asks for TLS, in the words of the drivers: `sslmode=require`, `ssl-mode=VERIFY_CA`, `tls=true`.
fn wants_tls(address: &Address) -> bool {
    let query = address.query.as_deref().unwrap_or_default();
    query.split('&').any(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let word = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
        match word(key).as_str() {
            "sslmode" => matches!(
                word(value).as_str(),
                "require" | "required" | "verifyca" | "verifyfull" | "verifyidentity"
            ),
            "tls" | "ssl" | "usessl" => matches!(word(value).as_str(), "true" | "1"),
            _ => false,
        }
    })
}

/// The protocol's own port.
pub(super) const fn port(protocol: Protocol, encryption: Encryption) -> u16 {
    match (protocol, encryption) {
        (Protocol::Postgres, _) => 5432,
        (Protocol::Mysql, _) => 3306,
        (Protocol::Redis, _) => 6379,
        (Protocol::Smtp, Encryption::Plain) => 25,
        (Protocol::Smtp, Encryption::StartTls) => 587,
        (Protocol::Smtp, Encryption::Tls) => 465,
        (Protocol::Ldap, Encryption::Tls) => 636,
        (Protocol::Ldap, _) => 389,
        (Protocol::Kafka, Encryption::Tls) => 9093,
        (Protocol::Kafka, _) => 9092,
    }
}

/// The port of the address for a protocol that `own` says has the scheme. That of another scheme counts only where
/// somebody wrote it: its default would be the wrong one.
pub(super) fn written_port(address: &Address, own: bool) -> Option<u16> {
    let port = address.port?;
    let default = crate::address::default_port(&address.scheme);
    (own || default != Some(port)).then_some(port)
}

/// The first part of the path, as drivers take it for the name of the database.
pub(super) fn database(address: &Address) -> Option<String> {
    let first = address.path.trim_start_matches('/').split('/').next()?;
    (!first.is_empty()).then(|| decode(first))
}

/// Percent-decodes; what is not UTF-8 is replaced.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()));
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
