//! A certificate for 127.0.0.1 that both servers use.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

/// Makes a certificate and writes it as `tls.crt` and `tls.key`.
pub(crate) fn write(folder: &Path) -> Result<()> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    std::fs::write(folder.join("tls.crt"), made.cert.pem())?;
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem())?;
    Ok(())
}

/// Reads what [`write`] wrote.
pub(crate) fn read(folder: &Path) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let certificates =
        CertificateDer::pem_file_iter(folder.join("tls.crt"))?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(folder.join("tls.key"))?;
    Ok((certificates, key))
}

/// A client that trusts it. HTTP/1.1, one connection for each caller.
pub(crate) fn client(folder: &Path) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in read(folder)?.0 {
        roots.add(certificate)?;
    }
    let config = ClientConfig::builder_with_provider(patchbay_runtime::tls::provider())
        .with_safe_default_protocol_versions()
        .context("the TLS versions")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
