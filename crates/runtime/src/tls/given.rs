//! A serving certificate that somebody else keeps for us in a Secret of type `kubernetes.io/tls`, as cert-manager does.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;

use super::authority::{Ca, GivenFacts, LeafFacts, leaf_of};
use super::leaf::Leaf;
use super::provider::provider;

/// The keys of the Secret's data.
pub mod keys {
    /// The leaf and the certificates between it and the CA.
    pub const CERTIFICATE: &str = "tls.crt";
    /// The leaf's key.
    pub const KEY: &str = "tls.key";
    /// What clients are to trust.
    pub const CA: &str = "ca.crt";
}

/// Nobody's chain is longer, nor its text.
const MAX_BYTES: usize = 64 * 1024;
const MAX_CHAIN: usize = 10;

/// Why a given certificate is not served. What is served stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GivenError {
    /// A key of the Secret is empty or not there.
    #[error("its key {0} is missing")]
    Missing(&'static str),
    /// A value is larger than any certificate.
    #[error("its key {0} is larger than {MAX_BYTES} bytes")]
    TooLarge(&'static str),
    /// A value is not what it should be.
    #[error("its key {0} does not parse")]
    Malformed(&'static str),
    /// The private key is another certificate's, or of a kind that TLS does not know.
    #[error("tls.key does not belong to tls.crt")]
    Mismatch,
    /// It has expired.
    #[error("tls.crt expired at {0}; whoever keeps it has to renew it")]
    Expired(Timestamp),
    /// Clients that trust `ca.crt` would refuse it.
    #[error("clients that trust ca.crt refuse tls.crt for the name {name}: {why}")]
    Refused {
        /// The name that clients call.
        name: String,
        /// What is wrong.
        why: String,
    },
}

/// A certificate that can be served, and what clients must trust for it.
pub struct Given {
    key: Arc<CertifiedKey>,
    ca: Ca,
    facts: GivenFacts,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl Given {
    /// Reads the data of a Secret. It must be good for all of `names`: those that clients really call.
    ///
    /// # Errors
    /// [`GivenError`].
    pub fn read<'a>(
        get: impl Fn(&str) -> Option<&'a [u8]>,
        names: &[String],
        now: Timestamp,
    ) -> Result<Self, GivenError> {
        let part = |key: &'static str| match get(key) {
            None | Some([]) => Err(GivenError::Missing(key)),
            Some(bytes) if bytes.len() > MAX_BYTES => Err(GivenError::TooLarge(key)),
            Some(bytes) => Ok(bytes),
        };
        let chain = chain(part(keys::CERTIFICATE)?)?;
        let private =
            PrivateKeyDer::from_pem_slice(part(keys::KEY)?).map_err(|_| GivenError::Malformed(keys::KEY))?;
        let roots = std::str::from_utf8(part(keys::CA)?).map_err(|_| GivenError::Malformed(keys::CA))?;
        let ca = Ca::given(roots).map_err(|_| GivenError::Malformed(keys::CA))?;
        let leaf = chain.first().ok_or(GivenError::Malformed(keys::CERTIFICATE))?;
        let (certificate, not_after) = leaf_of(leaf).map_err(|_| GivenError::Malformed(keys::CERTIFICATE))?;
        if now >= not_after {
            return Err(GivenError::Expired(not_after));
        }
        verify(&chain, roots, names, now)?;
        let key = CertifiedKey::from_der(chain, private, &provider()).map_err(|_| GivenError::Mismatch)?;
        let facts = GivenFacts {
            ca: ca.facts(),
            certificate,
            not_after,
        };
        Ok(Self {
            key: Arc::new(key),
            ca,
            facts,
        })
    }

    /// What a plan needs to know.
    #[must_use]
    pub fn facts(&self) -> GivenFacts {
        self.facts.clone()
    }

    /// Its CA: certificates only.
    #[must_use]
    pub fn ca(&self) -> &Ca {
        &self.ca
    }

    /// For serving.
    #[must_use]
    pub fn leaf(&self, now: Timestamp) -> Leaf {
        Leaf {
            key: Arc::clone(&self.key),
            facts: LeafFacts {
                certificate: self.facts.certificate,
                issuer: self.facts.ca.id,
                anchors: self.facts.ca.certificates.clone(),
                issued: now,
                not_before: now,
                not_after: self.facts.not_after,
                given: true,
            },
        }
    }
}

fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, GivenError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).take(MAX_CHAIN + 1).collect();
    match chain {
        Ok(chain) if !chain.is_empty() && chain.len() <= MAX_CHAIN => Ok(chain),
        _ => Err(GivenError::Malformed(keys::CERTIFICATE)),
    }
}

/// As clients do, so that a certificate that they would refuse is never served.
fn verify(
    chain: &[CertificateDer<'_>],
    roots: &str,
    names: &[String],
    now: Timestamp,
) -> Result<(), GivenError> {
    let mut trusted = RootCertStore::empty();
    trusted
        .add_parsable_certificates(CertificateDer::pem_slice_iter(roots.as_bytes()).filter_map(Result::ok));
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(trusted), provider())
        .build()
        .map_err(|_| GivenError::Malformed(keys::CA))?;
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let (leaf, between) = chain
        .split_first()
        .ok_or(GivenError::Malformed(keys::CERTIFICATE))?;
    for name in names {
        let refused = |why: String| GivenError::Refused {
            name: name.clone(),
            why,
        };
        let server = ServerName::try_from(name.as_str()).map_err(|error| refused(error.to_string()))?;
        verifier
            .verify_server_cert(leaf, between, &server, &[], now)
            .map_err(|error| refused(error.to_string()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair};

    use super::*;
    use crate::tls::authority::{Params, set_validity};

    const NAME: &str = "patchbay-webhook.patchbay-system.svc";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn names() -> Vec<String> {
        vec![NAME.to_owned()]
    }

    struct Parts {
        certificate: String,
        key: String,
        ca: String,
    }

    impl Parts {
        fn read(&self, now: Timestamp) -> Result<Given, GivenError> {
            let get = |key: &str| match key {
                keys::CERTIFICATE => Some(self.certificate.as_bytes()),
                keys::KEY => Some(self.key.as_bytes()),
                keys::CA => Some(self.ca.as_bytes()),
                _ => None,
            };
            Given::read(get, &names(), now)
        }
    }

    fn parts(ca: &Ca, name: &str) -> Parts {
        let mut certificate = CertificateParams::new([name.to_owned()]).unwrap();
        set_validity(&mut certificate, at(0), at(3600));
        certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().unwrap();
        let signed = certificate.signed_by(&key, &ca.issuer().unwrap()).unwrap();
        Parts {
            certificate: signed.pem(),
            key: key.serialize_pem(),
            ca: ca.certificate_pem().to_owned(),
        }
    }

    fn ca() -> Ca {
        Ca::generate("given", at(0), &Params::default()).unwrap()
    }

    #[test]
    fn reads_what_cert_manager_writes() {
        let ca = ca();
        let given = parts(&ca, NAME).read(at(10)).unwrap();
        assert_eq!(given.facts().ca.id, ca.facts().id);
        assert!(!given.facts().ca.own);
        assert_eq!(given.facts().not_after, at(3600));
        let leaf = given.leaf(at(10)).facts;
        assert_eq!((leaf.issuer, leaf.given), (ca.facts().id, true));
    }

    #[test]
    fn a_certificate_that_signs_itself_is_its_own_ca() {
        let mut certificate = CertificateParams::new(names()).unwrap();
        certificate.is_ca = IsCa::NoCa;
        set_validity(&mut certificate, at(0), at(3600));
        let key = KeyPair::generate().unwrap();
        let pem = certificate.self_signed(&key).unwrap().pem();
        let parts = Parts {
            ca: pem.clone(),
            certificate: pem,
            key: key.serialize_pem(),
        };
        parts.read(at(10)).unwrap();
    }

    #[test]
    fn says_what_is_wrong_with_it() {
        let (one, other) = (ca(), ca());
        let good = || parts(&one, NAME);
        let large = "x".repeat(MAX_BYTES + 1);
        let many = good().certificate.repeat(MAX_CHAIN + 1);
        for (parts, want) in [
            (
                Parts {
                    ca: String::new(),
                    ..good()
                },
                "its key ca.crt is missing",
            ),
            (
                Parts { key: large, ..good() },
                "its key tls.key is larger than 65536 bytes",
            ),
            (
                Parts {
                    key: "x".to_owned(),
                    ..good()
                },
                "its key tls.key does not parse",
            ),
            (
                Parts {
                    certificate: "x".to_owned(),
                    ..good()
                },
                "its key tls.crt does not parse",
            ),
            (
                Parts {
                    certificate: many,
                    ..good()
                },
                "its key tls.crt does not parse",
            ),
            (
                Parts {
                    ca: "x".to_owned(),
                    ..good()
                },
                "its key ca.crt does not parse",
            ),
            (
                Parts {
                    key: parts(&one, NAME).key,
                    ..good()
                },
                "tls.key does not belong to tls.crt",
            ),
            (
                Parts {
                    ca: other.certificate_pem().to_owned(),
                    ..good()
                },
                "clients that trust ca.crt refuse tls.crt",
            ),
            (
                parts(&one, "other.example.com"),
                "for the name patchbay-webhook.patchbay-system.svc",
            ),
        ] {
            let error = parts.read(at(10)).unwrap_err().to_string();
            assert!(error.contains(want), "{want}: {error}");
        }
        let expired = good().read(at(3600)).unwrap_err();
        assert_eq!(expired, GivenError::Expired(at(3600)));
    }
}
