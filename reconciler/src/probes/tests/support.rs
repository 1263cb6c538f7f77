//! Servers and clients that the tests share.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use patchbay_cluster::Authority;
use patchbay_model::call::{
    Call, Encryption, Exchange, HttpCall, Login, Method, Protocol, Scheme, ServerCall, Success,
};
use patchbay_model::secret::{SecretBytes, SecretData};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::probes::Client;
use crate::probes::net::policy::Policy;
use crate::probes::net::resolve::{DnsProblem, Resolve};
use crate::probes::net::tls::Roots;
use crate::probes::verdict::{Kind, judge};

/// Answers each connection with the next text, and keeps what it was asked. After the last text it says nothing.
pub(super) struct Server {
    pub(super) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(super) async fn start(answers: &[&str], tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let seen = asked.clone();
        tasks.spawn(async move {
            let mut held = Vec::new();
            let mut answers = answers.into_iter();
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answers.next();
                match &tls {
                    None => held.push(converse(stream, answer, &seen).await),
                    Some(config) => {
                        if let Ok(stream) = TlsAcceptor::from(config.clone()).accept(stream).await {
                            drop(converse(stream, answer, &seen).await);
                        }
                    }
                }
            }
        });
        Self {
            port,
            asked,
            _tasks: tasks,
        }
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().clone()
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    answer: Option<String>,
    asked: &Mutex<Vec<String>>,
) -> Option<S> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    asked.lock().push(String::from_utf8(head).unwrap());
    match answer {
        Some(answer) => {
            // The client may have heard enough before the end.
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
            None
        }
        // Silent, but not closed.
        None => Some(stream),
    }
}

/// Every name is loopback, unless it is one of these.
#[derive(Default)]
pub(super) struct Names(pub(super) BTreeMap<&'static str, Vec<IpAddr>>);

impl Resolve for Names {
    fn resolve(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, DnsProblem>> {
        let found = self.0.get(name.as_str()).cloned();
        Box::pin(async move { Ok(found.unwrap_or_else(|| vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])) })
    }
}

pub(super) fn client(roots: Roots) -> Client {
    client_with(roots, Names::default(), Duration::from_secs(5))
}

pub(super) fn client_with(roots: Roots, names: Names, timeout: Duration) -> Client {
    patchbay_runtime::tls::install_provider();
    let policy = Policy {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        ..Policy::default()
    };
    Client::new(policy, roots, Arc::new(names), timeout)
}

pub(super) fn built_in() -> Roots {
    patchbay_runtime::tls::install_provider();
    Roots::built_in().unwrap()
}

pub(super) fn plan(scheme: Scheme, host: &str, port: u16) -> Call {
    let http = HttpCall {
        method: Method::Get,
        scheme,
        target: SecretBytes::new(b"/info/refs?service=git-upload-pack".to_vec()),
        headers: vec![(
            "authorization".to_owned(),
            SecretBytes::new(b"Basic canary".to_vec()),
        )],
        disable_redirect: false,
        success: Success::Http,
    };
    Call {
        host: host.to_owned(),
        port,
        timeout: None,
        exchange: Exchange::Http(http),
    }
}

pub(super) fn http(call: &mut Call) -> &mut HttpCall {
    match &mut call.exchange {
        Exchange::Http(http) => http,
        _ => panic!("not HTTP"),
    }
}

/// What a server does with each connection.
pub(super) struct Anything {
    pub(super) port: u16,
    /// Connections that were taken.
    pub(super) taken: Arc<Mutex<usize>>,
    _tasks: JoinSet<()>,
}

impl Anything {
    /// Takes connections, and does this with each, side by side.
    pub(super) async fn start<F, H>(handle: H) -> Self
    where
        H: Fn(TcpStream) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(0));
        let count = taken.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut all = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock() += 1;
                all.spawn(handle(stream));
            }
        });
        Self {
            port,
            taken,
            _tasks: tasks,
        }
    }
}

/// A call of another protocol.
pub(super) fn call(exchange: Exchange, port: u16) -> Call {
    Call {
        host: "git.demo".to_owned(),
        port,
        timeout: None,
        exchange,
    }
}

/// A call of a server's protocol.
pub(super) fn server_call(
    protocol: Protocol,
    encryption: Encryption,
    login: Option<(&str, &str)>,
    database: Option<&str>,
    port: u16,
) -> Call {
    let bytes = |text: &str| SecretBytes::new(text.as_bytes().to_vec());
    let server = ServerCall {
        protocol,
        encryption,
        login: login.map(|(username, password)| Login {
            username: bytes(username),
            password: bytes(password),
        }),
        database: database.map(str::to_owned),
    };
    call(Exchange::Server(server), port)
}

/// A certificate for TLS servers, and the Secret with the authority that signed it.
pub(super) fn tls(names: &[&str]) -> (Arc<ServerConfig>, SecretData) {
    patchbay_runtime::tls::install_provider();
    let authority = Authority::new("ours").unwrap();
    let pair = authority.server("tool", names).unwrap();
    (
        server_config(&pair.certificate, &pair.key),
        secret(authority.certificate()),
    )
}

/// The Secret with an authority.
pub(super) fn secret(certificate: &str) -> SecretData {
    let data = [(
        "ca.crt".to_owned(),
        SecretBytes::new(certificate.as_bytes().to_vec()),
    )];
    SecretData {
        type_: "Opaque".to_owned(),
        data: data.into(),
    }
}

pub(super) fn server_config(certificate: &str, key: &str) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes())
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    Arc::new(config.with_single_cert(chain, key).unwrap())
}

/// What a person reads of a call.
pub(super) async fn verdict(client: &Client, kind: Kind, call: &Call, ca: Option<&SecretData>) -> String {
    let outcome = client.call(call, ca).await;
    let verdict = judge(kind, call, &outcome, patchbay_runtime::clock::now());
    let shown = format!(
        "{} {} {}",
        verdict.status.as_str(),
        verdict.reason,
        verdict.message
    );
    shown.replace(&format!(":{}", call.port), ":PORT")
}
