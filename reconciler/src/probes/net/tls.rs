//! Which authorities a probe trusts, and the handshake with a server.

use std::sync::Arc;

use patchbay_model::secret::SecretData;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::certificate::{CertificateProblem, TlsFacts};
use super::stream::{Link, Stream};
use super::trip::Trip;
use super::verify::Witness;
use super::{Way, certificate};
use crate::probes::error::{ProbeError, Stage};
use crate::probes::sniff::{Speaks, sniff};

/// More certificates than this in one Secret are not read.
const MAX_CA_CERTIFICATES: usize = 64;

/// The authorities that every probe trusts.
#[derive(Clone, Debug)]
pub struct Roots {
    store: Arc<RootCertStore>,
    trust: Trust,
}

/// How far a server is trusted: who may have signed its certificate.
#[derive(Clone, Debug)]
pub struct Trust {
    pub(super) verifier: Arc<WebPkiServerVerifier>,
    pub(super) provider: Arc<CryptoProvider>,
}

/// The operator's bundle cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bundle holds no PEM certificate")]
pub struct NoCertificate;

impl Roots {
    /// The authorities that Mozilla trusts, as they were at build time.
    ///
    /// # Errors
    /// There are none: this cannot happen.
    pub fn built_in() -> Result<Self, NoCertificate> {
        Self::of(RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        })
    }

    /// The operator's bundle instead of the built-in ones.
    ///
    /// # Errors
    /// There is no certificate in it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, NoCertificate> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates(pem));
        Self::of(store)
    }

    fn of(store: RootCertStore) -> Result<Self, NoCertificate> {
        let store = Arc::new(store);
        let trust = Trust::of(store.clone()).ok_or(NoCertificate)?;
        Ok(Self { store, trust })
    }

    /// What one probe trusts. With bundles of its own, those are trusted as well.
    ///
    /// # Errors
    /// Bundles are given, and there is no usable certificate in them.
    pub fn trust(&self, own: Option<&[&[u8]]>) -> Result<Trust, ProbeError> {
        let Some(own) = own else {
            return Ok(self.trust.clone());
        };
        let mut store = RootCertStore::clone(&self.store);
        let certificates = own
            .iter()
            .flat_map(|pem| certificates(pem))
            .take(MAX_CA_CERTIFICATES);
        let (added, _) = store.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(ProbeError::CaBundle);
        }
        Trust::of(Arc::new(store)).ok_or(ProbeError::CaBundle)
    }
}

impl Trust {
    fn of(store: Arc<RootCertStore>) -> Option<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(store, provider.clone())
            .build()
            .ok()?;
        Some(Self { verifier, provider })
    }
}

/// The values of a Secret that may hold certificates: keys that end in `.crt` or `.pem`, or text that looks like PEM.
#[must_use]
pub fn bundles(secret: &SecretData) -> Vec<&[u8]> {
    let pairs = secret.data.iter().map(|(key, value)| (key, value.expose()));
    pairs
        .filter(|(key, value)| may_hold_certificates(key, value))
        .map(|(_, value)| value)
        .collect()
}

/// How many certificates of a Secret could be trusted.
#[must_use]
pub fn usable_certificates(secret: &SecretData) -> usize {
    let all = bundles(secret);
    let found = all
        .iter()
        .flat_map(|pem| certificates(pem))
        .take(MAX_CA_CERTIFICATES);
    RootCertStore::empty().add_parsable_certificates(found).0
}

fn may_hold_certificates(key: &str, value: &[u8]) -> bool {
    const HEADER: &[u8] = b"-----BEGIN CERTIFICATE-----";
    key.ends_with(".crt")
        || key.ends_with(".pem")
        || value.windows(HEADER.len()).any(|window| window == HEADER)
}

fn certificates(pem: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).map_while(Result::ok)
}

/// Speaks TLS over a plain connection.
///
/// With `insecure` the certificate is looked at and not required to be good; whether it was is in the trip's facts.
pub(super) async fn handshake(
    link: Link,
    name: ServerName<'static>,
    insecure: bool,
    alpn: &[&[u8]],
    way: &Way<'_>,
    trip: &Trip,
) -> Result<Link, ProbeError> {
    let Link { stream, peer, slot } = link;
    let Stream::Plain(stream) = stream else {
        return Err(ProbeError::Internal);
    };
    let witness = Arc::new(Witness::new(way.trust.verifier.clone(), insecure));
    let config = config(way.trust, witness.clone(), alpn)?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let result = trip.run(Stage::Tls, connecting).await;
    let facts = witness.seen().map(|seen| {
        let problem = seen.problem.as_ref().map(certificate::problem);
        let facts = certificate::facts(&seen.leaf, problem, way.hidden, &way.host);
        Arc::new(facts)
    });
    if let Some(facts) = &facts {
        trip.saw(facts.clone());
    }
    match result? {
        Ok(stream) => Ok(Link {
            stream: Stream::Tls(Box::new(stream)),
            peer,
            slot,
        }),
        Err(error) => Err(failure(&error, facts.as_deref(), trip)),
    }
}

fn config(
    trust: &Trust,
    verifier: Arc<dyn ServerCertVerifier>,
    alpn: &[&[u8]],
) -> Result<ClientConfig, ProbeError> {
    let mut config = ClientConfig::builder_with_provider(trust.provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|_| ProbeError::Internal)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    // A probe opens one connection and closes it: there is nothing to resume.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

/// Why a handshake failed, when it was not for the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsProblem {
    /// What came back is not TLS, and perhaps this.
    NotTls(Option<Speaks>),
    /// The connection was closed in the middle.
    Closed,
    /// The other side wants a certificate of the client.
    WantsClientCertificate,
    /// The other side does not know the name.
    UnknownName,
    /// No version or cipher in common.
    NothingInCommon,
    /// The other side broke it off for another cause.
    Refused,
    /// Anything else.
    Other,
}

fn failure(error: &std::io::Error, facts: Option<&TlsFacts>, trip: &Trip) -> ProbeError {
    use rustls::{AlertDescription as A, InvalidMessage as M};
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if trip.ear().too_much() {
        return ProbeError::TooMuch;
    }
    match inner {
        Some(rustls::Error::InvalidCertificate(_)) => {
            let problem = facts.and_then(|facts| facts.problem);
            ProbeError::Certificate(problem.unwrap_or(CertificateProblem::Other))
        }
        Some(rustls::Error::AlertReceived(alert)) => ProbeError::Tls(match alert {
            A::CertificateRequired | A::NoCertificate | A::BadCertificate => {
                TlsProblem::WantsClientCertificate
            }
            A::UnrecognisedName => TlsProblem::UnknownName,
            A::ProtocolVersion | A::InsufficientSecurity => TlsProblem::NothingInCommon,
            _ => TlsProblem::Refused,
        }),
        Some(rustls::Error::PeerIncompatible(_)) => ProbeError::Tls(TlsProblem::NothingInCommon),
        Some(rustls::Error::InvalidMessage(
            M::HandshakePayloadTooLarge | M::CertificatePayloadTooLarge | M::MessageTooLarge,
        )) => ProbeError::TooMuch,
        Some(rustls::Error::InvalidMessage(_)) => match sniff(&trip.ear().first()) {
            Some(Speaks::Tls) => ProbeError::Tls(TlsProblem::Other),
            speaks => ProbeError::Tls(TlsProblem::NotTls(speaks)),
        },
        Some(_) => ProbeError::Tls(TlsProblem::Other),
        None => ProbeError::Tls(TlsProblem::Closed),
    }
}
