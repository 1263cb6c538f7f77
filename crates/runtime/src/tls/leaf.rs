//! A replica's own serving certificate: short, in memory, signed by the current CA.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::authority::{Ca, LeafFacts, Params};
use super::bundle::Fingerprint;
use super::provider::provider;

/// Why there is no leaf.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// A name is neither a DNS name nor an address.
    #[error("a certificate cannot carry the name {0:?}: give a DNS name or an IP address")]
    Name(String),
    /// The crypto library refused.
    #[error("could not make a key or a signature")]
    Crypto,
}

/// A leaf and what a plan needs to know of it.
pub struct Leaf {
    /// For the resolver.
    pub key: Arc<CertifiedKey>,
    /// For the plan.
    pub facts: LeafFacts,
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaf")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

/// Makes a leaf for these names (DNS names or IP addresses).
///
/// # Guarantees
/// It is valid for `params.leaf_life`, but no longer than its CA.
///
/// # Errors
/// See [`LeafError`].
pub fn issue(ca: &Ca, names: &[String], now: Timestamp, params: &Params) -> Result<Leaf, LeafError> {
    for name in names {
        CertificateParams::new([name.clone()]).map_err(|_| LeafError::Name(name.clone()))?;
    }
    let mut certificate = CertificateParams::new(names).map_err(|_| LeafError::Crypto)?;
    // The names are in the SAN; this is for people who look.
    certificate.distinguished_name = super::authority::common_name("patchbay");
    certificate.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    certificate.use_authority_key_identifier_extension = true;
    let not_before = (now - params.skew).max(ca.facts().not_before);
    let not_after = (now + params.leaf_life).min(ca.facts().not_after);
    super::authority::set_validity(&mut certificate, not_before, not_after);
    let key = Zeroizing::new(KeyPair::generate().map_err(|_| LeafError::Crypto)?);
    let issuer = ca.issuer().map_err(|_| LeafError::Crypto)?;
    let signed = certificate
        .signed_by(&*key, &issuer)
        .map_err(|_| LeafError::Crypto)?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let certified = CertifiedKey::from_der(vec![signed.der().clone()], private, &provider());
    let key = Arc::new(certified.map_err(|_| LeafError::Crypto)?);
    Ok(Leaf {
        key,
        facts: LeafFacts {
            certificate: Fingerprint::of(signed.der()),
            issuer: ca.facts().id,
            anchors: ca.facts().certificates,
            issued: now,
            not_before,
            not_after,
            given: false,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn lives_a_day_but_never_longer_than_its_ca() {
        let params = Params::default();
        let ca = Ca::generate("test", at(0), &params).unwrap();
        let names = [
            "patchbay-webhook.patchbay-system.svc".to_owned(),
            "127.0.0.1".to_owned(),
        ];
        let leaf = issue(&ca, &names, at(0), &params).unwrap();
        assert_eq!(
            (leaf.facts.not_before, leaf.facts.not_after),
            (at(-3600), at(24 * 3600))
        );
        let late = ca.facts().not_after - std::time::Duration::from_secs(60);
        assert_eq!(
            issue(&ca, &names, late, &params).unwrap().facts.not_after,
            ca.facts().not_after
        );
    }

    #[test]
    fn a_name_that_no_certificate_can_carry_is_named() {
        let params = Params::default();
        let ca = Ca::generate("test", at(0), &params).unwrap();
        let error = issue(&ca, &["ä".to_owned()], at(0), &params).unwrap_err();
        assert_eq!(error, LeafError::Name("ä".to_owned()));
    }
}
