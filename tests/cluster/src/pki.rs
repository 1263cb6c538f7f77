//! The cluster's certificates: one authority per cluster, short to make, gone with the state folder.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

use crate::error::{Doing as _, Error, Result};

/// A certificate and its key, both PEM.
#[derive(Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The private key, PKCS#8.
    pub key: String,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").finish_non_exhaustive()
    }
}

/// A certificate authority.
#[derive(Debug, Clone)]
pub struct Authority(Pair);

impl Authority {
    /// Makes a new authority.
    ///
    /// # Errors
    /// [`Error::Certificate`], which no input of ours causes.
    pub fn new(name: &str) -> Result<Self> {
        let fail = |source| Error::Certificate {
            subject: name.to_owned(),
            source,
        };
        let key = KeyPair::generate().map_err(fail)?;
        let mut params = params(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let certificate = params.self_signed(&key).map_err(fail)?;
        Ok(Self(Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }))
    }

    /// The authority's certificate, PEM.
    pub fn certificate(&self) -> &str {
        &self.0.certificate
    }

    /// A certificate by which a client shows that it is `user`, a member of `groups` (at most two).
    ///
    /// # Errors
    /// [`Error::Invalid`] for more groups, [`Error::Certificate`].
    pub fn client(&self, user: &str, groups: &[&str]) -> Result<Pair> {
        if groups.len() > 2 {
            return Err(Error::Invalid(format!(
                "user {user:?} has {} groups, but a certificate made here holds at most two: leave some out",
                groups.len()
            )));
        }
        let mut params = params(user, groups);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(user, params)
    }

    /// A certificate for a server with these names and addresses. It serves as a client's too, as kubelet's and
    /// etcd's have to.
    ///
    /// # Errors
    /// [`Error::Certificate`] when a name is no DNS name.
    pub fn server(&self, common_name: &str, names: &[&str]) -> Result<Pair> {
        let fail = |source| Error::Certificate {
            subject: common_name.to_owned(),
            source,
        };
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let alternatives = CertificateParams::new(names).map_err(fail)?.subject_alt_names;
        let mut params = params(common_name, &[]);
        params.subject_alt_names = alternatives;
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        self.sign(common_name, params)
    }

    fn sign(&self, subject: &str, mut params: CertificateParams) -> Result<Pair> {
        let fail = |source| Error::Certificate {
            subject: subject.to_owned(),
            source,
        };
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        params.use_authority_key_identifier_extension = true;
        let authority_key = KeyPair::from_pem(&self.0.key).map_err(fail)?;
        let issuer = Issuer::from_ca_cert_pem(&self.0.certificate, authority_key).map_err(fail)?;
        let key = KeyPair::generate().map_err(fail)?;
        let certificate = params.signed_by(&key, &issuer).map_err(fail)?;
        Ok(Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }

    /// Writes the authority into a folder.
    pub(crate) fn save(&self, folder: &Path) -> Result<()> {
        self.0.save(folder, "ca").map(drop)
    }

    /// Reads the authority that [`Self::save`] wrote.
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).at("read", &path)
        };
        Ok(Self(Pair {
            certificate: read("ca.crt")?,
            key: read("ca.key")?,
        }))
    }
}

impl Pair {
    /// Writes `<name>.crt` and `<name>.key` and returns their paths.
    pub(crate) fn save(&self, folder: &Path, name: &str) -> Result<(PathBuf, PathBuf)> {
        let certificate = folder.join(format!("{name}.crt"));
        let key = folder.join(format!("{name}.key"));
        write_private(&certificate, &self.certificate)?;
        write_private(&key, &self.key)?;
        Ok((certificate, key))
    }
}

/// A key pair for signing service-account tokens: the private and the public key, PEM.
///
/// # Errors
/// [`Error::Certificate`].
pub(crate) fn token_keys() -> Result<(String, String)> {
    let fail = |source| Error::Certificate {
        subject: "service-account tokens".to_owned(),
        source,
    };
    let key = KeyPair::generate().map_err(fail)?;
    Ok((key.serialize_pem(), key.public_key_pem()))
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .at("write", path)?;
    file.write_all(text.as_bytes()).at("write", path)
}

/// Kubernetes reads the user from the common name and the groups from the organizations.
fn params(common_name: &str, organizations: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    // The library keeps one value per type; the same type by its number (id-at-organizationName) is a second.
    let types = [DnType::OrganizationName, DnType::CustomDnType(vec![2, 5, 4, 10])];
    for (kind, organization) in types.into_iter().zip(organizations) {
        name.push(kind, *organization);
    }
    params.distinguished_name = name;
    // Fixed dates: the certificates live as long as their cluster, and no clock can be wrong about them.
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_groups_fit_and_three_are_refused() {
        let authority = Authority::new("test").unwrap();
        for groups in [&[][..], &["a"], &["a", "b"]] {
            assert!(authority.client("bob", groups).is_ok(), "{groups:?}");
        }
        let error = authority.client("bob", &["a", "b", "c"]).unwrap_err();
        assert!(error.to_string().contains("3 groups"), "{error}");
    }

    #[test]
    fn a_saved_authority_signs_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("test").unwrap();
        authority.save(folder.path()).unwrap();
        let loaded = Authority::load(folder.path()).unwrap();
        assert_eq!(loaded.certificate(), authority.certificate());
        let pair = loaded.server("server", &["localhost", "127.0.0.1"]).unwrap();
        assert!(pair.certificate.starts_with("-----BEGIN CERTIFICATE-----"));
        let (_, key) = pair.save(folder.path(), "server").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(key).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "keys are for their owner only");
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", Authority::new("test").unwrap());
        assert!(!shown.contains("PRIVATE"), "{shown}");
    }
}
