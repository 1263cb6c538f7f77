//! The credentials that a tool takes.

use std::collections::BTreeSet;

use patchbay_api::class::{AuthType as WireAuthType, ClassAuth};
use patchbay_api::conditions::Reason;

use super::deny_duplicate;
use crate::param::{Params, Purpose};
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

/// One way to authenticate.
#[derive(Clone, Debug)]
pub struct AuthType {
    /// Its name.
    pub name: String,
    /// The type of the Secret.
    pub secret_type: SecretType,
    /// A Connector may leave the Secret out.
    pub optional: bool,
    /// The declared keys of the Secret; may be empty where the type has known ones.
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

/// Types with known keys, for messages.
const KNOWN_TYPES: [&str; 5] = [
    "kubernetes.io/basic-auth",
    "kubernetes.io/ssh-auth",
    "kubernetes.io/tls",
    "kubernetes.io/dockerconfigjson",
    "Opaque",
];

impl SecretType {
    fn read(word: &str) -> Self {
        match word {
            "kubernetes.io/basic-auth" => Self::BasicAuth,
            "kubernetes.io/ssh-auth" => Self::SshAuth,
            "kubernetes.io/tls" => Self::Tls,
            "kubernetes.io/dockerconfigjson" => Self::DockerConfigJson,
            word if is_opaque(word) => Self::Opaque,
            word => Self::Custom(word.to_owned()),
        }
    }

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

    /// The keys that every Secret of this type has; none for `Opaque` and custom types.
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

/// Kubernetes' own spelling is `Opaque`; seed and older documentation print the other one.
fn is_opaque(word: &str) -> bool {
    word.eq_ignore_ascii_case("Opaque") || word.eq_ignore_ascii_case("kubernetes.io/opaque")
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
    #[error("the Secret lacks {}, which auth type {auth:?} needs", show::names(.missing))]
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
    /// The keys that a template may read.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<&str> {
        self.secret_type
            .known_keys()
            .iter()
            .copied()
            .chain(self.params.names())
            .collect()
    }

    /// Whether a Secret of this type with these keys fits. No value is looked at.
    ///
    /// # Errors
    /// The first of: another type, missing keys. A declared key with a default may be missing.
    pub fn check_secret<'a>(
        &self,
        type_: &str,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), SecretProblem> {
        let auth = || self.name.clone();
        // A Secret without a type is Opaque.
        let got = if type_.is_empty() {
            SecretType::Opaque
        } else {
            SecretType::read(type_)
        };
        if got != self.secret_type {
            let wanted = self.secret_type.as_str().to_owned();
            return Err(SecretProblem::Type {
                auth: auth(),
                wanted,
                got: got.as_str().to_owned(),
            });
        }
        let keys: BTreeSet<&str> = keys.into_iter().collect();
        let declared = self
            .params
            .iter()
            .filter(|p| p.default.is_none())
            .map(|p| p.name.as_str());
        let needed = self.secret_type.known_keys().iter().copied().chain(declared);
        let missing: BTreeSet<&str> = needed.filter(|key| !keys.contains(key)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(SecretProblem::Keys {
            auth: auth(),
            missing: missing.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// Reads `spec.auth`.
pub(super) fn read(auth: Option<&ClassAuth>, path: &FieldPath, report: &mut Report) -> Vec<AuthType> {
    let path = path.child("types");
    let mut types: Vec<AuthType> = Vec::new();
    for (i, wire) in auth
        .map(|a| a.types.as_slice())
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let at = path.index(i);
        if let Err(right) = name::key(&wire.name) {
            report.invalid(
                &at.child("name"),
                format!("got {}, {right}", show::text(&wire.name)),
            );
        }
        deny_duplicate(
            &wire.name,
            types.iter().map(|t| t.name.as_str()),
            &at.child("name"),
            report,
        );
        types.push(read_one(wire, &at, report));
    }
    types
}

fn read_one(wire: &WireAuthType, at: &FieldPath, report: &mut Report) -> AuthType {
    let path = at.child("secretType");
    let secret_type = SecretType::read(&wire.secret_type);
    if wire.secret_type.is_empty() {
        let message = format!(
            "is missing, wants {} or a type of your own",
            show::names(&KNOWN_TYPES)
        );
        report.deny(&path, ViolationKind::Required, message);
    } else if wire.secret_type.len() > 253
        || wire
            .secret_type
            .chars()
            .any(|c| c.is_whitespace() || c.is_control())
    {
        report.invalid(
            &path,
            format!(
                "got {}, which is no type of a Secret",
                show::text(&wire.secret_type)
            ),
        );
    } else if secret_type == SecretType::Opaque && wire.secret_type != "Opaque" {
        report.warn(
            &path,
            format!(
                "{} is taken as \"Opaque\", as Kubernetes spells it",
                show::text(&wire.secret_type)
            ),
        );
    }
    let why = "a value of a Secret is a string";
    let params = Params::declare(&wire.params, Purpose::Strings(why), &at.child("params"), report);
    if params.is_empty() && secret_type.known_keys().is_empty() && !wire.secret_type.is_empty() {
        let near = show::did_you_mean(&wire.secret_type, KNOWN_TYPES);
        let message = format!(
            "is missing: a Secret of type {} has no known keys, so the class has to declare them{near}",
            show::text(&wire.secret_type)
        );
        report.deny(&at.child("params"), ViolationKind::Required, message);
    }
    AuthType {
        name: wire.name.clone(),
        secret_type,
        optional: wire.optional,
        params,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn auth_type(wire: serde_json::Value) -> AuthType {
        let wire: WireAuthType = serde_json::from_value(wire).expect("an auth type");
        let mut report = Report::default();
        let read = read_one(&wire, &FieldPath::new("t"), &mut report);
        assert!(report.is_clean(), "{:?}", report.finish(()));
        read
    }

    #[test]
    fn a_secret_must_have_the_type_and_the_keys() {
        let basic = auth_type(json!({"name": "basicAuth", "secretType": "kubernetes.io/basic-auth"}));
        let pat = auth_type(
            json!({"name": "pat", "secretType": "kubernetes.io/opaque", "params": [
            {"name": "token"}, {"name": "user", "default": "x"}]}),
        );
        let both = auth_type(
            json!({"name": "b", "secretType": "kubernetes.io/basic-auth", "params": [{"name": "token"}]}),
        );
        for (auth, type_, keys, wanted) in [
            (
                &basic,
                "kubernetes.io/basic-auth",
                vec!["username", "password"],
                None,
            ),
            (
                &basic,
                "kubernetes.io/basic-auth",
                vec!["username", "password", "more"],
                None,
            ),
            (
                &basic,
                "kubernetes.io/basic-auth",
                vec!["password"],
                Some("the Secret lacks username, which"),
            ),
            (
                &basic,
                "kubernetes.io/basic-auth",
                vec![],
                Some("the Secret lacks password and username, which"),
            ),
            (
                &basic,
                "Opaque",
                vec!["username", "password"],
                Some("the Secret has type \"Opaque\", auth type"),
            ),
            (&pat, "Opaque", vec!["token"], None),
            (&pat, "", vec!["token"], None),
            (&pat, "Opaque", vec!["user"], Some("the Secret lacks token")),
            (
                &pat,
                "kubernetes.io/tls",
                vec!["token"],
                Some("has type \"kubernetes.io/tls\""),
            ),
            (
                &both,
                "kubernetes.io/basic-auth",
                vec!["username", "password"],
                Some("lacks token"),
            ),
        ] {
            let got = auth.check_secret(type_, keys.iter().copied());
            match wanted {
                None => assert_eq!(got, Ok(()), "{type_} {keys:?}"),
                Some(said) => {
                    let problem = got.expect_err("does not fit").to_string();
                    assert!(problem.contains(said), "{problem}");
                }
            }
        }
    }
}
