//! One CA: its certificate and its key; or only the certificates, of a CA whose key somebody else has.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

use super::Params;
use super::facts::CaFacts;
use crate::ids;
use crate::text::cut;
use crate::tls::bundle::Fingerprint;

/// Why a CA cannot be used. Says nothing of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaError {
    /// The certificate does not parse.
    #[error("the certificate does not parse")]
    Certificate,
    /// The certificate is not a CA's.
    #[error("the certificate is not one of a CA")]
    NotCa,
    /// The key does not parse.
    #[error("the key does not parse")]
    Key,
    /// There are more certificates than anybody trusts.
    #[error("there are more than {MAX_CERTIFICATES} certificates")]
    TooMany,
    /// The key belongs to another certificate.
    #[error("the key does not belong to the certificate")]
    Mismatch,
    /// The crypto library refused to make a key or a signature.
    #[error("could not make a key or a signature")]
    Crypto,
}

/// Of a given CA.
const MAX_CERTIFICATES: usize = 16;

/// A CA. Has no text form but its certificate's. Clones share the key.
#[derive(Clone)]
pub struct Ca {
    certificate_pem: String,
    facts: CaFacts,
    key: Option<Key>,
}

#[derive(Clone)]
struct Key {
    certificate: CertificateDer<'static>,
    pair: Arc<Zeroizing<KeyPair>>,
}

impl fmt::Debug for Ca {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ca({})", self.facts.id)
    }
}

impl Ca {
    /// A new CA of its own, named after the program and with a random suffix, so that two of them never share a name.
    ///
    /// # Errors
    /// [`CaError::Crypto`].
    pub fn generate(program: &str, now: Timestamp, params: &Params) -> Result<Self, CaError> {
        let key = Zeroizing::new(KeyPair::generate().map_err(|_| CaError::Crypto)?);
        let mut suffix = ids::random();
        suffix.truncate(8);
        // A common name has at most 64 characters.
        let program = cut(program, 48);
        let mut certificate = CertificateParams::default();
        certificate.distinguished_name = common_name(&format!("{program} CA {suffix}"));
        certificate.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        certificate.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        set_validity(&mut certificate, now - params.skew, now + params.ca_life);
        let certificate = certificate.self_signed(&*key).map_err(|_| CaError::Crypto)?;
        Self::assemble(certificate.der().clone(), certificate.pem(), key)
    }

    /// A CA from the PEM texts that [`Self::certificate_pem`] and [`Self::key_pem`] gave.
    ///
    /// # Errors
    /// See [`CaError`].
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, CaError> {
        let certificate =
            CertificateDer::from_pem_slice(certificate_pem.as_bytes()).map_err(|_| CaError::Certificate)?;
        let key = Zeroizing::new(KeyPair::from_pem(key_pem).map_err(|_| CaError::Key)?);
        Self::assemble(certificate, certificate_pem.to_owned(), key)
    }

    /// The CA of a given certificate: all that `pem` holds is to be trusted. Whether it may sign is for those to
    /// judge who verify what it signed.
    ///
    /// # Errors
    /// See [`CaError`].
    pub fn given(pem: &str) -> Result<Self, CaError> {
        let mut facts: Option<CaFacts> = None;
        let mut text = String::new();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| CaError::Certificate)?;
            let (one, _) = read(&certificate, false)?;
            let mut all = facts.unwrap_or_else(|| one.clone());
            if all.certificates.insert(one.id) || text.is_empty() {
                text.push_str(&pem_of(&certificate));
            }
            if all.certificates.len() > MAX_CERTIFICATES {
                return Err(CaError::TooMany);
            }
            all.not_before = all.not_before.min(one.not_before);
            all.not_after = all.not_after.max(one.not_after);
            facts = Some(all);
        }
        let mut facts = facts.ok_or(CaError::Certificate)?;
        facts.id = Fingerprint::of_all(&facts.certificates);
        facts.own = false;
        Ok(Self {
            certificate_pem: text,
            facts,
            key: None,
        })
    }

    fn assemble(
        certificate: CertificateDer<'static>,
        certificate_pem: String,
        key: Zeroizing<KeyPair>,
    ) -> Result<Self, CaError> {
        let (facts, public_key) = read(&certificate, true)?;
        if public_key != key.public_key_raw() {
            return Err(CaError::Mismatch);
        }
        let key = Some(Key {
            certificate,
            pair: Arc::new(key),
        });
        Ok(Self {
            certificate_pem,
            facts,
            key,
        })
    }

    /// What a plan needs to know.
    #[must_use]
    pub fn facts(&self) -> CaFacts {
        self.facts.clone()
    }

    /// The certificate, or certificates.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The key, for the Secret and nothing else. None for a given CA.
    #[must_use]
    pub fn key_pem(&self) -> Option<Zeroizing<String>> {
        let key = self.key.as_ref()?;
        Some(Zeroizing::new(key.pair.serialize_pem()))
    }

    /// For signing leaves.
    pub(in crate::tls) fn issuer(&self) -> Result<Issuer<'static, &KeyPair>, CaError> {
        let key = self.key.as_ref().ok_or(CaError::Key)?;
        Issuer::from_ca_cert_der(&key.certificate, &**key.pair).map_err(|_| CaError::Certificate)
    }
}

/// Which certificate it is, and until when it is valid.
pub(in crate::tls) fn leaf_of(certificate: &CertificateDer<'_>) -> Result<(Fingerprint, Timestamp), CaError> {
    read(certificate, false).map(|(facts, _)| (facts.id, facts.not_after))
}

fn read(certificate: &CertificateDer<'_>, must_be_ca: bool) -> Result<(CaFacts, Vec<u8>), CaError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| CaError::Certificate)?;
    if must_be_ca && !parsed.is_ca() {
        return Err(CaError::NotCa);
    }
    let time = |at: x509_parser::time::ASN1Time| {
        Timestamp::from_second(at.timestamp()).map_err(|_| CaError::Certificate)
    };
    let id = Fingerprint::of(certificate);
    let facts = CaFacts {
        id,
        certificates: BTreeSet::from([id]),
        not_before: time(parsed.validity().not_before)?,
        not_after: time(parsed.validity().not_after)?,
        own: must_be_ca,
    };
    Ok((facts, parsed.public_key().subject_public_key.data.to_vec()))
}

/// A certificate as PEM, as everybody writes it.
fn pem_of(certificate: &CertificateDer<'_>) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let body: String = lines.map(|line| format!("{line}\n")).collect();
    format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
}

pub(in crate::tls) fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// rcgen speaks the dates of the crate `time`, which this crate does not depend on.
pub(in crate::tls) fn set_validity(certificate: &mut CertificateParams, from: Timestamp, until: Timestamp) {
    let epoch = date_time_ymd(1970, 1, 1);
    let seconds = |at: Timestamp| Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
    certificate.not_before = epoch + seconds(from);
    certificate.not_after = epoch + seconds(until);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn reads_back_what_it_wrote() {
        let params = Params::default();
        let ca = Ca::generate("patchbay-webhook", at(1_800_000_000), &params).unwrap();
        let read = Ca::from_pem(ca.certificate_pem(), &ca.key_pem().unwrap()).unwrap();
        assert_eq!(read.facts(), ca.facts());
        assert_eq!(ca.facts().not_before, at(1_800_000_000 - 3600));
        assert_eq!(ca.facts().not_after, at(1_800_000_000 + 365 * 24 * 3600));
        let given = Ca::given(ca.certificate_pem()).unwrap();
        assert_eq!(
            given.facts(),
            CaFacts {
                own: false,
                ..ca.facts()
            }
        );
        assert_eq!(
            given.certificate_pem().trim(),
            ca.certificate_pem().replace('\r', "").trim()
        );
    }

    #[test]
    fn says_what_is_wrong_with_it() {
        let params = Params::default();
        let (a, b) = (at(1_800_000_000), at(1_800_000_001));
        let a = Ca::generate("a", a, &params).unwrap();
        let b = Ca::generate("b", b, &params).unwrap();
        let error = |certificate: &str, key: &str| Ca::from_pem(certificate, key).unwrap_err();
        assert_eq!(
            error(a.certificate_pem(), &b.key_pem().unwrap()),
            CaError::Mismatch
        );
        assert_eq!(error("", &a.key_pem().unwrap()), CaError::Certificate);
        assert_eq!(error(a.certificate_pem(), "garbage"), CaError::Key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::default().self_signed(&key).unwrap();
        assert_eq!(error(&leaf.pem(), &key.serialize_pem()), CaError::NotCa);
    }
}
