//! The client side: trusted roots that are read again from a file while the process runs.
//!
//! The file is a ConfigMap that the kubelet projects: it changes by a swap of a symbolic link beside it, which a
//! watch of the file itself does not see. So it is simply read again on a timer; it is a few kilobytes.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use prometheus_client::metrics::gauge::Gauge;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_util::sync::CancellationToken;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::provider::provider;
use crate::error::Chain;
use crate::metrics::Metrics;

/// Nobody's bundle is larger; what is larger is not read.
const MAX_BYTES: u64 = 256 * 1024;

/// Why the roots could not be read. The roots read before stay in force.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The file cannot be read.
    #[error("could not read the CA bundle {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is larger than any bundle.
    #[error("the CA bundle {path} is larger than {MAX_BYTES} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file holds no certificate that can be a root. Before the first publication it is empty.
    #[error(
        "the CA bundle {path} holds no CA certificate; the broker has not published it yet, or it is damaged"
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Roots from a PEM file. Clones of the `Arc` share them.
pub struct ReloadingRoots {
    path: PathBuf,
    provider: Arc<CryptoProvider>,
    verifier: ArcSwapOption<WebPkiServerVerifier>,
    /// What the verifier was made from, to tell whether the file has changed.
    seen: Mutex<Option<Vec<u8>>>,
    /// When the last of them expires, in seconds; 0 when there are none.
    expiry: Gauge,
}

impl fmt::Debug for ReloadingRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReloadingRoots")
            .field("path", &self.path)
            .field("loaded", &self.is_loaded())
            .finish()
    }
}

impl ReloadingRoots {
    /// Roots from `path`, not read yet: until the first [`Self::reload`] no server is trusted.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Arc<Self> {
        Arc::new(Self {
            path: path.into(),
            provider: provider(),
            verifier: ArcSwapOption::empty(),
            seen: Mutex::new(None),
            expiry: Gauge::default(),
        })
    }

    /// Shows when the last of the roots expires, as `certificate` in `patchbay_certificate_expiry_timestamp_seconds`.
    pub fn register(&self, metrics: &Metrics, certificate: &'static str) {
        let help = "When the last certificate of the bundle that is trusted expires; 0 when there is no bundle. Alert \
                    when that is less than a week away";
        let gauge = self.expiry.clone();
        metrics.register(|registry| {
            let labelled = registry.sub_registry_with_label(("certificate".into(), certificate.into()));
            labelled.register("certificate_expiry_timestamp_seconds", help, gauge);
        });
    }

    /// Whether there are roots.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.verifier.load().is_some()
    }

    /// Reads the file again. True when the roots have changed. The next handshake uses the new ones; established
    /// connections go on.
    ///
    /// # Errors
    /// See [`RootsError`]; the roots read before stay in force.
    pub async fn reload(&self) -> Result<bool, RootsError> {
        let pem = self.read().await?;
        let mut seen = self.seen.lock();
        if seen.as_ref() == Some(&pem) {
            return Ok(false);
        }
        let mut roots = RootCertStore::empty();
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .filter_map(Result::ok)
            .collect();
        let expiry = certificates.iter().filter_map(expiry).max().unwrap_or(0);
        roots.add_parsable_certificates(certificates);
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
                .build()
                .map_err(|_no_roots| RootsError::Empty {
                    path: self.path.clone(),
                })?;
        self.verifier.store(Some(verifier));
        self.expiry.set(expiry);
        *seen = Some(pem);
        Ok(true)
    }

    /// Reads the file again every `interval` until `shutdown`. A failure is logged once until the file is good again.
    ///
    /// # Errors
    /// None; the type fits [`crate::tasks::Supervisor::spawn`].
    pub async fn run(
        self: Arc<Self>,
        interval: Duration,
        shutdown: CancellationToken,
    ) -> Result<(), std::convert::Infallible> {
        let mut failing = false;
        loop {
            let outcome = self.reload().await;
            match &outcome {
                Ok(true) => tracing::info!(path = %self.path.display(), "read the CA bundle"),
                Ok(false) => {}
                Err(error) if !failing => {
                    tracing::warn!(error = %Chain(error), "keeping the roots as they are")
                }
                Err(_) => {}
            }
            failing = outcome.is_err();
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(interval) => {}
            }
        }
    }

    /// A client whose roots are always these. Sessions are not resumed, so that a root that was dropped is of no use
    /// at once.
    #[must_use]
    pub fn client_config(self: &Arc<Self>, protocols: &[&[u8]]) -> Arc<ClientConfig> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .expect("ring has a cipher suite for each version");
        let verifier: Arc<dyn ServerCertVerifier> = Arc::new(Verifier(Arc::clone(self)));
        let mut config = builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        config.resumption = Resumption::disabled();
        Arc::new(config)
    }

    async fn read(&self) -> Result<Vec<u8>, RootsError> {
        let failed = |source| RootsError::Read {
            path: self.path.clone(),
            source,
        };
        let length = tokio::fs::metadata(&self.path).await.map_err(failed)?.len();
        if length > MAX_BYTES {
            return Err(RootsError::TooLarge {
                path: self.path.clone(),
            });
        }
        tokio::fs::read(&self.path).await.map_err(failed)
    }
}

/// In seconds.
fn expiry(certificate: &CertificateDer<'static>) -> Option<i64> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(parsed.validity().not_after.timestamp())
}

/// Asks the roots of the moment; all checking is webpki's.
#[derive(Debug)]
struct Verifier(Arc<ReloadingRoots>);

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.0.verifier.load_full() {
            Some(roots) => {
                roots.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(rustls::Error::General(format!(
                "no CA certificates were read from {} yet",
                self.0.path.display()
            ))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0
            .provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
