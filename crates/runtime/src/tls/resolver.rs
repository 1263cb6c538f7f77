//! The serving side: a certificate that can be exchanged while connections are being accepted.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::provider::provider;

/// Hands the current certificate to each handshake. Without one handshakes fail, and readiness says so.
#[derive(Default)]
pub struct Resolver {
    current: ArcSwapOption<CertifiedKey>,
}

impl Resolver {
    /// Without a certificate.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// New handshakes get this one; established connections are not touched.
    pub fn set(&self, key: Arc<CertifiedKey>) {
        self.current.store(Some(key));
    }

    /// Whether there is a certificate.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.current.load().is_some()
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("set", &self.is_set()).finish()
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current.load_full()
    }
}

/// What the two sides agree to speak inside the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpn {
    /// HTTP/2, else HTTP/1.1.
    Http,
    /// HTTP/2 only.
    Grpc,
}

impl Alpn {
    /// The protocol names, most wanted first.
    #[must_use]
    pub fn protocols(self) -> Vec<Vec<u8>> {
        match self {
            Self::Http => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Self::Grpc => vec![b"h2".to_vec()],
        }
    }
}

/// A server that serves what the resolver has: TLS 1.2 and 1.3, no client certificates, no session that outlives the
/// process.
#[must_use]
pub fn server_config(resolver: Arc<Resolver>, alpn: Alpn) -> Arc<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("ring has a cipher suite for each version");
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = alpn.protocols();
    Arc::new(config)
}
