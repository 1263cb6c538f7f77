//! Which calls are the same. Pure.

use patchbay_model::call::{Call, Exchange, HttpCall, Login, ServerCall, Success};
use patchbay_model::secret::{SecretBytes, SecretData};
use sha2::{Digest, Sha256};

use crate::probes::verdict::Kind;

/// Stands for a call: equal for equal calls of one process, and good for nothing else, since it is salted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey([u8; 32]);

impl CallKey {
    /// A number in 0..1 that is the same for the same call, and evenly spread over different ones.
    #[must_use]
    pub fn phase(&self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The key of a call, of the question that its answer is for, and of the authorities that it trusts.
///
/// *Guarantees*: calls that differ in anything that is sent, or in what an answer means, have different keys.
#[must_use]
pub fn key(salt: &[u8; 32], kind: Kind, call: &Call, authorities: Option<&SecretData>) -> CallKey {
    let mut hash = Parts(Sha256::new());
    hash.part(salt);
    hash.part(kind.as_str().as_bytes());
    hash.part(call.host.as_bytes());
    hash.part(&call.port.to_be_bytes());
    hash.part(&call.timeout.unwrap_or_default().as_millis().to_be_bytes());
    exchange(&mut hash, &call.exchange);
    if let Some(secret) = authorities {
        for (name, value) in &secret.data {
            hash.part(name.as_bytes());
            hash.secret(value);
        }
    }
    CallKey(hash.0.finalize().into())
}

fn exchange(hash: &mut Parts, exchange: &Exchange) {
    match exchange {
        Exchange::Http(call) => {
            hash.part(b"http");
            http(hash, call);
        }
        Exchange::Tcp => hash.part(b"tcp"),
        Exchange::Tls { server_name } => {
            hash.part(b"tls");
            hash.part(server_name.as_deref().unwrap_or_default().as_bytes());
        }
        Exchange::Grpc { service, tls } => {
            hash.part(b"grpc");
            hash.part(service.as_bytes());
            hash.part(&[u8::from(*tls)]);
        }
        Exchange::Server(call) => {
            hash.part(b"server");
            server(hash, call);
        }
    }
}

fn http(hash: &mut Parts, call: &HttpCall) {
    hash.part(call.method.as_str().as_bytes());
    hash.part(call.scheme.as_str().as_bytes());
    hash.secret(&call.target);
    hash.part(&[u8::from(call.disable_redirect)]);
    match &call.success {
        Success::Http => hash.part(b"200"),
        Success::Api => hash.part(b"api"),
        Success::Cel(program) => {
            hash.part(b"cel");
            hash.part(program.source().as_bytes());
        }
    }
    hash.part(&call.headers.len().to_be_bytes());
    for (name, value) in &call.headers {
        hash.part(name.as_bytes());
        hash.secret(value);
    }
}

fn server(hash: &mut Parts, call: &ServerCall) {
    hash.part(call.protocol.as_str().as_bytes());
    hash.part(format!("{:?}", call.encryption).as_bytes());
    hash.part(call.database.as_deref().unwrap_or_default().as_bytes());
    if let Some(Login { username, password }) = &call.login {
        hash.secret(username);
        hash.secret(password);
    }
}

/// Parts with their lengths, so that no two lists of parts are one text.
struct Parts(Sha256);

impl Parts {
    fn part(&mut self, bytes: &[u8]) {
        self.0.update(bytes.len().to_be_bytes());
        self.0.update(bytes);
    }

    fn secret(&mut self, bytes: &SecretBytes) {
        self.part(bytes.expose());
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use patchbay_model::call::{Encryption, Method, Protocol, Scheme};

    use super::*;

    const SALT: [u8; 32] = [7; 32];

    fn bytes(text: &str) -> SecretBytes {
        SecretBytes::new(text.as_bytes().to_vec())
    }

    fn get() -> HttpCall {
        HttpCall {
            method: Method::Get,
            scheme: Scheme::Https,
            target: bytes("/a"),
            headers: vec![("x".to_owned(), bytes("y"))],
            disable_redirect: false,
            success: Success::Http,
        }
    }

    fn call(exchange: Exchange) -> Call {
        Call {
            host: "git.demo".to_owned(),
            port: 443,
            timeout: None,
            exchange,
        }
    }

    fn with(edit: impl FnOnce(&mut HttpCall)) -> Call {
        let mut http = get();
        edit(&mut http);
        call(Exchange::Http(http))
    }

    fn postgres(password: &str, database: Option<&str>) -> Call {
        call(Exchange::Server(ServerCall {
            protocol: Protocol::Postgres,
            encryption: Encryption::Plain,
            login: Some(Login {
                username: bytes("u"),
                password: bytes(password),
            }),
            database: database.map(str::to_owned),
        }))
    }

    /// A key for the tests of others.
    pub(in crate::calls) fn some_key(n: u16) -> CallKey {
        let mut call = with(|_| ());
        call.port = n;
        key(&SALT, Kind::Auth, &call, None)
    }

    #[test]
    fn whatever_is_sent_tells_calls_apart() {
        let secret = SecretData {
            type_: "Opaque".to_owned(),
            data: BTreeMap::from([("ca.crt".to_owned(), bytes("pem"))]),
        };
        let of = |call: &Call| key(&SALT, Kind::Auth, call, None);
        assert_eq!(of(&with(|_| ())), of(&with(|_| ())));
        let mut other_port = with(|_| ());
        other_port.port = 8443;
        let mut other_host = with(|_| ());
        other_host.host = "git".to_owned();
        let keys = [
            of(&with(|_| ())),
            of(&other_port),
            of(&other_host),
            of(&with(|c| c.method = Method::Post)),
            of(&with(|c| c.scheme = Scheme::Http)),
            of(&with(|c| c.target = bytes("/b"))),
            of(&with(|c| c.disable_redirect = true)),
            of(&with(|c| c.success = Success::Api)),
            of(&with(|c| c.headers.clear())),
            of(&with(|c| c.headers = vec![("xy".to_owned(), bytes(""))])),
            of(&with(|c| c.headers = vec![("x".to_owned(), bytes("z"))])),
            of(&call(Exchange::Tcp)),
            of(&call(Exchange::Tls { server_name: None })),
            of(&postgres("a", None)),
            of(&postgres("b", None)),
            of(&postgres("a", Some("app"))),
            key(&SALT, Kind::Liveness, &with(|_| ()), None),
            key(&SALT, Kind::Auth, &with(|_| ()), Some(&secret)),
            key(&[8; 32], Kind::Auth, &with(|_| ()), None),
        ];
        let different: BTreeSet<CallKey> = keys.into_iter().collect();
        assert_eq!(different.len(), keys.len());
    }

    #[test]
    fn phases_are_spread_evenly() {
        let mut tenths = [0_u32; 10];
        for i in 0..10_000 {
            let target = format!("/{i}");
            let phase = key(&SALT, Kind::Auth, &with(|c| c.target = bytes(&target)), None).phase();
            assert!((0.0..1.0).contains(&phase));
            let tenth = tenths
                .iter_mut()
                .enumerate()
                .find(|(n, _)| phase < (*n as f64 + 1.0) / 10.0);
            *tenth.unwrap().1 += 1;
        }
        assert!(tenths.iter().all(|n| (850..1150).contains(n)), "{tenths:?}");
    }
}
