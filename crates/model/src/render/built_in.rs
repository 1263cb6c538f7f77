//! Files that every volume has: the entries of servicebinding.io, by which client libraries find a connection, and the
//! certificates that sign the tool's certificate.

use patchbay_api::conditions::Reason;

use super::RenderConnector;
use super::error::RenderError;
use crate::secret::SecretData;
use crate::show;

/// All names. A volume lacks those that have no value.
pub const BUILT_IN_FILES: [&str; 6] = ["type", "provider", "host", "port", "uri", "ca.crt"];

const PROVIDER: &str = "patchbay";
const PEM_BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The built-in files of one Connector.
///
/// # Errors
/// The certificates are named and not there.
pub(super) fn files(connector: &RenderConnector<'_>) -> Result<Vec<(&'static str, Vec<u8>)>, RenderError> {
    let address = &connector.bound.address;
    let mut files = vec![
        ("type", connector.class.name.clone().into_bytes()),
        ("provider", PROVIDER.as_bytes().to_vec()),
        ("host", address.host.clone().into_bytes()),
        ("uri", address.text.clone().into_bytes()),
    ];
    if let Some(port) = address.port {
        files.push(("port", port.to_string().into_bytes()));
    }
    if let Some(name) = &connector.bound.ca_secret {
        files.push(("ca.crt", certificates(name, connector.ca)?));
    }
    Ok(files)
}

/// All PEM certificates of a Secret: of keys that end in `.crt` or `.pem`, and of values that hold one.
fn certificates(name: &str, secret: Option<&SecretData>) -> Result<Vec<u8>, RenderError> {
    let name = show::text(name);
    let Some(secret) = secret else {
        let message = format!(
            "spec.caCertSecretRef: the Secret {name} does not exist, or the Connector may not use it"
        );
        return Err(RenderError::new(Reason::SecretNotFound, message));
    };
    let mut bundle = Vec::new();
    for value in secret.data.values() {
        let bytes = value.expose();
        let is_pem = bytes.windows(PEM_BEGIN.len()).any(|window| window == PEM_BEGIN);
        // The Secret of a TLS server holds its key beside the certificate.
        let is_key = bytes.windows(11).any(|window| window == b"PRIVATE KEY");
        if is_pem && !is_key {
            bundle.extend_from_slice(bytes);
            if !bytes.ends_with(b"\n") {
                bundle.push(b'\n');
            }
        }
    }
    if bundle.is_empty() {
        let message = format!("spec.caCertSecretRef: the Secret {name} has no PEM certificate");
        return Err(RenderError::new(Reason::SecretKeyMissing, message));
    }
    Ok(bundle)
}
