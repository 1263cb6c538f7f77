//! Which authorities a probe trusts: the built-in ones or the operator's bundle, and those of the Connector.

use std::sync::Arc;

use patchbay_model::secret::SecretData;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::error::ProbeError;

/// More certificates than this in one Secret are not read.
const MAX_CA_CERTIFICATES: usize = 64;

/// The authorities that every probe trusts.
#[derive(Clone, Debug)]
pub struct Roots {
    store: RootCertStore,
    config: Arc<ClientConfig>,
}

/// The operator's bundle cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bundle holds no PEM certificate")]
pub struct NoCertificate;

impl Roots {
    /// The authorities that Mozilla trusts, as they were at build time.
    #[must_use]
    pub fn built_in() -> Self {
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
        let (added, _) = store.add_parsable_certificates(certificates(pem));
        if added == 0 {
            Err(NoCertificate)
        } else {
            Ok(Self::of(store))
        }
    }

    fn of(store: RootCertStore) -> Self {
        let config = Arc::new(client_config(store.clone()));
        Self { store, config }
    }

    /// The TLS configuration of one probe. With bundles of its own, those are trusted as well.
    ///
    /// # Errors
    /// Bundles are given, and there is no usable certificate in them.
    pub fn config(&self, own: Option<&[&[u8]]>) -> Result<Arc<ClientConfig>, ProbeError> {
        let Some(own) = own else {
            return Ok(self.config.clone());
        };
        let mut store = self.store.clone();
        let certificates = own
            .iter()
            .flat_map(|pem| certificates(pem))
            .take(MAX_CA_CERTIFICATES);
        let (added, _) = store.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(ProbeError::CaBundle);
        }
        Ok(Arc::new(client_config(store)))
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

fn client_config(store: RootCertStore) -> ClientConfig {
    let mut config = ClientConfig::builder()
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A probe opens one connection and closes it: there is nothing to resume.
    config.resumption = rustls::client::Resumption::disabled();
    config
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
