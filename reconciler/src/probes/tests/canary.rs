//! A server that says again what it was sent, wherever it can: none of it reaches a person, a log or the debugging
//! output of a value.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use patchbay_model::call::{Encryption, Protocol, Scheme};
use patchbay_model::secret::SecretBytes;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tracing_subscriber::fmt::MakeWriter;

use super::support::{
    Anything, Names, Server, built_in, client, client_with, http, plan, secret, server_call, server_config,
};
use crate::probes::Client;
use crate::probes::net::policy::Policy;
use crate::probes::verdict::{Kind, judge};

const CANARY: &str = "canary-7f3a";

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A certificate with the canary in every place that it has, signed by itself.
fn chatty_certificate() -> (String, Arc<ServerConfig>) {
    patchbay_runtime::tls::install_provider();
    let names = [
        format!("{CANARY}.demo"),
        format!("a.{CANARY}.b.demo"),
        "git.demo".to_owned(),
        CANARY.to_owned(),
    ];
    let mut params = CertificateParams::new(names).unwrap();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, format!("Basic {CANARY}"));
    name.push(DnType::OrganizationName, CANARY);
    params.distinguished_name = name;
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let config = server_config(&certificate.pem(), &key.serialize_pem());
    (certificate.pem(), config)
}

fn call(scheme: Scheme, port: u16) -> patchbay_model::call::Call {
    let mut call = plan(scheme, "git.demo", port);
    http(&mut call).headers = vec![(
        "authorization".to_owned(),
        SecretBytes::new(format!("Bearer {CANARY}").into_bytes()),
    )];
    http(&mut call).target = SecretBytes::new(format!("/{CANARY}?token={CANARY}").into_bytes());
    call
}

#[tokio::test]
async fn nothing_that_was_sent_comes_out_again() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut seen = String::new();

    // In the reason phrase, headers, the redirect, the body.
    for status in ["200", "302", "400", "401", "403", "500", "999"] {
        let answer = format!(
            "HTTP/1.1 {status} {CANARY}\r\nlocation: http://{CANARY}.demo/{CANARY}\r\nwww-authenticate: {CANARY}\r\n\
             {CANARY}: x\r\ncontent-length: 11\r\n\r\n{CANARY}"
        );
        let server = Server::start(&[&answer], None).await;
        observe(
            &client(built_in()),
            &call(Scheme::Http, server.port),
            None,
            &mut seen,
        )
        .await;
    }
    // Without any protocol.
    let server = Server::start(&[CANARY], None).await;
    observe(
        &client(built_in()),
        &call(Scheme::Http, server.port),
        None,
        &mut seen,
    )
    .await;

    // In the certificate: not trusted, trusted, for another name, not verified.
    let (pem, config) = chatty_certificate();
    let answer = format!("HTTP/1.1 401 {CANARY}\r\ncontent-length: 0\r\n\r\n");
    let server = Server::start(&[answer.as_str(); 8], Some(config)).await;
    let trusted = secret(&pem);
    observe(
        &client(built_in()),
        &call(Scheme::Https, server.port),
        None,
        &mut seen,
    )
    .await;
    observe(
        &client(built_in()),
        &call(Scheme::Https, server.port),
        Some(&trusted),
        &mut seen,
    )
    .await;
    let mut other = call(Scheme::Https, server.port);
    other.host = "other.demo".to_owned();
    observe(&client(built_in()), &other, Some(&trusted), &mut seen).await;
    let policy = Policy {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        insecure: vec!["git.demo".parse().unwrap()],
        ..Policy::default()
    };
    let insecure = Client::new(
        policy,
        built_in(),
        Arc::new(Names::default()),
        Duration::from_secs(5),
    );
    observe(&insecure, &call(Scheme::Https, server.port), None, &mut seen).await;
    assert!(seen.contains("git.demo"), "the name that was called is shown");

    // In the errors of other protocols.
    for (protocol, says) in [
        (Protocol::Redis, format!("-ERR {CANARY}\r\n")),
        (Protocol::Redis, format!("-{CANARY}\r\n")),
        (
            Protocol::Smtp,
            format!("220 {CANARY}\r\n535 {CANARY}\r\n535 {CANARY}\r\n"),
        ),
        (
            Protocol::Postgres,
            format!("E\0\0\0\x1cC28P01\0M{CANARY}{CANARY}\0\0"),
        ),
        (Protocol::Mysql, format!("\x14\0\0\0\x0a{CANARY}{CANARY}")),
        (Protocol::Ldap, CANARY.to_owned()),
        (Protocol::Kafka, CANARY.to_owned()),
    ] {
        let server = Anything::start(move |mut stream| {
            let says = says.clone();
            async move {
                let mut asked = [0; 1024];
                let _said = stream.write_all(says.as_bytes()).await;
                while matches!(stream.read(&mut asked).await, Ok(1..)) {}
            }
        })
        .await;
        let client = client_with(built_in(), Names::default(), Duration::from_millis(500));
        let login = Some((CANARY, CANARY));
        let call = server_call(protocol, Encryption::Plain, login, None, server.port);
        observe(&client, &call, None, &mut seen).await;
    }

    let logged = String::from_utf8_lossy(&log.0.lock()).into_owned();
    assert!(!seen.contains(CANARY), "{seen}");
    assert!(!logged.contains(CANARY), "{logged}");
    assert!(seen.lines().count() > 30);
}

async fn observe(
    client: &Client,
    call: &patchbay_model::call::Call,
    ca: Option<&patchbay_model::secret::SecretData>,
    seen: &mut String,
) {
    let outcome = client.call(call, ca).await;
    writeln!(seen, "{outcome:?} {client:?}").unwrap();
    for kind in [Kind::Liveness, Kind::Auth] {
        let verdict = judge(kind, call, &outcome, patchbay_runtime::clock::now());
        writeln!(seen, "{verdict:?}").unwrap();
    }
}

/// What a server says when it hears TLS that it does not like must not be repeated either.
#[tokio::test]
async fn a_tls_server_that_breaks_off_is_told_apart() {
    let (_, config) = chatty_certificate();
    let server = Anything::start(move |stream| {
        let acceptor = TlsAcceptor::from(config.clone());
        async move {
            let _accepted = acceptor.accept(stream).await;
        }
    })
    .await;
    let mut seen = String::new();
    observe(
        &client(built_in()),
        &call(Scheme::Https, server.port),
        None,
        &mut seen,
    )
    .await;
    assert!(
        seen.contains("CertificateInvalid") && !seen.contains(CANARY),
        "{seen}"
    );
}
