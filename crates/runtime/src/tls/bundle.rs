//! A bundle of CA certificates as a set: order, comments and duplicates in the PEM text do not count.

use std::collections::BTreeSet;
use std::fmt;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

/// Names a certificate: the SHA-256 of its DER form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a certificate's DER form.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// Of several certificates together; of one it is its own.
    #[must_use]
    pub fn of_all(certificates: &BTreeSet<Self>) -> Self {
        match certificates.first() {
            Some(only) if certificates.len() == 1 => *only,
            _ => Self(
                certificates
                    .iter()
                    .fold(Sha256::new(), |hash, one| hash.chain_update(one.0))
                    .finalize()
                    .into(),
            ),
        }
    }

    /// For simulations, which need many.
    #[cfg(test)]
    pub(super) fn numbered(number: u32) -> Self {
        Self::of(&number.to_be_bytes())
    }

    /// For tables in tests.
    #[cfg(test)]
    pub(super) const fn fake(byte: u8) -> Self {
        Self([byte; 32])
    }
}

impl fmt::Display for Fingerprint {
    /// The first eight hex digits: enough for a person to tell two apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The certificates of a PEM text. Blocks that are no certificates, and whatever does not parse, are left out.
#[must_use]
pub fn fingerprints(pem: &str) -> BTreeSet<Fingerprint> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .filter_map(Result::ok)
        .map(|certificate| Fingerprint::of(&certificate))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_whatever_the_text_looks_like() {
        let block = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        let (a, b) = (block("YQ=="), block("Yg=="));
        let both = BTreeSet::from([Fingerprint::of(b"a"), Fingerprint::of(b"b")]);
        assert_eq!(fingerprints(&format!("{a}{b}")), both);
        assert_eq!(fingerprints(&format!("# mine\n{b}\n\n{a}{a}")), both);
        assert_eq!(fingerprints(""), BTreeSet::new());
        assert_eq!(fingerprints("-----BEGIN CERTIFICATE-----\n!\n"), BTreeSet::new());
    }

    #[test]
    fn several_have_a_name_of_their_own() {
        let (a, b) = (Fingerprint::fake(1), Fingerprint::fake(2));
        let of = |all: &[Fingerprint]| Fingerprint::of_all(&all.iter().copied().collect());
        assert_eq!(of(&[a]), a);
        assert_eq!(of(&[a, b]), of(&[b, a]));
        assert!(of(&[a, b]) != a && of(&[a, b]) != b);
    }

    #[test]
    fn reads_as_eight_digits() {
        assert_eq!(Fingerprint::fake(0xab).to_string(), "abababab");
    }
}
