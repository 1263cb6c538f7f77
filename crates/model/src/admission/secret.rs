//! What Connectors want of Secrets. Admission cannot know, since nobody but the reconciler may read one; but where a
//! Secret stands in the files that are about to be applied, it can be told before.

use std::collections::BTreeSet;

use crate::class::Class;
use crate::connector::{self, Connector};
use crate::path::FieldPath;
use crate::violation::Warning;

/// A Secret that a Connector names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUse {
    /// The namespace of the Secret.
    pub namespace: String,
    /// The name of the Secret.
    pub name: String,
    /// The namespace and the name of the Connector.
    pub connector: (String, String),
    auth_type: String,
}

/// The Secret that a Connector's auth names. `None`: the Connector has none, or does not fit its class.
#[must_use]
pub fn secret_use(connector: &Connector, class: &Class) -> Option<SecretUse> {
    let auth = connector::check(connector, class).ok()?.value.auth?;
    let secret = auth.secret?;
    Some(SecretUse {
        namespace: secret.namespace,
        name: secret.name,
        connector: (connector.namespace.clone(), connector.name.clone()),
        auth_type: auth.type_name,
    })
}

impl SecretUse {
    /// What is wrong with the Secret, by its type and its keys. Its values are no business of anybody here.
    #[must_use]
    pub fn check(&self, class: &Class, type_: &str, keys: &BTreeSet<&str>) -> Option<Warning> {
        let problem = class
            .auth_type(&self.auth_type)?
            .check_secret(type_, keys.iter().copied())
            .err()?;
        let field = match &problem {
            crate::class::SecretProblem::Type { .. } => "type",
            crate::class::SecretProblem::Keys { .. } => "data",
        };
        let (namespace, name) = &self.connector;
        Some(Warning {
            path: FieldPath::new(field),
            message: format!("{problem}: Connector {namespace}/{name} will not be ready"),
        })
    }
}
