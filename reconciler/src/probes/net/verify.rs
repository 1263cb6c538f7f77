//! Checks a server's certificate as always, and remembers what it saw: a person wants to know which certificate it was.

use std::sync::Arc;

use parking_lot::Mutex;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

/// What the server showed.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Its certificate.
    pub(super) leaf: CertificateDer<'static>,
    /// Why it is not good.
    pub(super) problem: Option<Error>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Witness {
    verifier: Arc<WebPkiServerVerifier>,
    insecure: bool,
    seen: Mutex<Option<Seen>>,
}

impl Witness {
    /// With `insecure`, a certificate that is not good is remembered as such, and taken.
    pub(super) fn new(verifier: Arc<WebPkiServerVerifier>, insecure: bool) -> Self {
        Self {
            verifier,
            insecure,
            seen: Mutex::new(None),
        }
    }

    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen.lock().clone()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let result =
            self.verifier
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        *self.seen.lock() = Some(Seen {
            leaf: end_entity.clone().into_owned(),
            problem: result.as_ref().err().cloned(),
        });
        if self.insecure {
            return Ok(ServerCertVerified::assertion());
        }
        result
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
