//! A Connector against its class, and its Secrets against both: the steps that conditions, probes and files share, so
//! that they can never disagree. Pure.

use std::sync::Arc;

use patchbay_api::Connector;
use patchbay_api::conditions::{Class as ErrorClass, Reason};
use patchbay_model::class::{Class, SecretProblem};
use patchbay_model::connector::{self, Bound};
use patchbay_model::{Violations, class};

use crate::sources::{ClassEntry, Key, SecretObject, SecretState};

/// Why a Connector cannot be used with its class.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// There is no such class.
    #[error("ConnectorClass \"{0}\" does not exist: create it, or correct spec.connectorClassName")]
    ClassNotFound(String),
    /// The class itself is broken.
    #[error("ConnectorClass \"{name}\" cannot be used: {violations}")]
    ClassInvalid {
        /// The class.
        name: String,
        /// What is wrong with it.
        violations: Violations,
    },
    /// The Connector breaks rules of its own, or does not fit the class (any more).
    #[error("{0}")]
    DoesNotFit(Violations),
}

impl BindError {
    /// The reason of the condition, event and metric.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::ClassNotFound(_) => Reason::ConnectorClassNotFound,
            Self::ClassInvalid { .. } => Reason::ConnectorClassInvalid,
            Self::DoesNotFit(_) => Reason::SchemaViolation,
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::ClassNotFound(_) => ErrorClass::Waiting,
            Self::ClassInvalid { .. } | Self::DoesNotFit(_) => ErrorClass::Invalid,
        }
    }
}

/// Checks a Connector against its class, as admission does.
///
/// # Errors
/// See [`BindError`].
pub fn bind<'a>(object: &Connector, entry: Option<&'a ClassEntry>) -> Result<(&'a Class, Bound), BindError> {
    let name = &object.spec.connector_class_name;
    let Some(entry) = entry else {
        return Err(BindError::ClassNotFound(name.clone()));
    };
    let class: &class::Class = match &entry.parsed {
        Ok(class) => class,
        Err(violations) => {
            return Err(BindError::ClassInvalid {
                name: name.clone(),
                violations: violations.clone(),
            });
        }
    };
    let connector = connector::parse(object).map_err(BindError::DoesNotFit)?.value;
    let bound = connector::check(&connector, class)
        .map_err(BindError::DoesNotFit)?
        .value;
    Ok((class, bound))
}

/// Why a Secret cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It does not exist, or it is in another namespace and nothing there lets this Connector use it: the two read the
    /// same.
    #[error("Secret \"{key}\" does not exist{}", if *.foreign { ", or its namespace does not let this Connector use it: put it into the Connector's namespace" } else { ": create it, or correct the reference" })]
    NotFound {
        /// The Secret.
        key: Key,
        /// It is in another namespace.
        foreign: bool,
    },
    /// The API server does not let us read it, or does not answer.
    #[error(
        "Secret \"{0}\" cannot be read: the API server does not answer, or does not let Patchbay read it"
    )]
    NotReadable(Key),
    /// It was not read yet.
    #[error("Secret \"{0}\" is being read")]
    Pending(Key),
    /// It has another type, or lacks keys.
    #[error("Secret \"{key}\": {problem}")]
    Unfit {
        /// The Secret.
        key: Key,
        /// What is wrong with it.
        problem: SecretProblem,
    },
}

impl SecretError {
    /// The reason of the condition, event and metric.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::NotFound { .. } => Reason::SecretNotFound,
            Self::NotReadable(_) => Reason::SecretNotReadable,
            Self::Pending(_) => Reason::Checking,
            Self::Unfit { problem, .. } => problem.reason(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::NotFound { .. } | Self::Unfit { .. } => ErrorClass::Waiting,
            Self::NotReadable(_) | Self::Pending(_) => ErrorClass::Transient,
        }
    }
}

/// The Secret with the credential of a Connector; `None` where it has none and needs none.
///
/// # Errors
/// See [`SecretError`].
pub fn credential(
    namespace: &str,
    class: &Class,
    bound: &Bound,
    state: impl FnOnce(&Key) -> SecretState,
) -> Result<Option<Arc<SecretObject>>, SecretError> {
    let Some(auth) = &bound.auth else { return Ok(None) };
    let Some(secret) = &auth.secret else {
        return Ok(None);
    };
    let key = Key::new(secret.namespace.clone(), secret.name.clone());
    let object = existing(namespace, &key, state)?;
    if let Some(auth_type) = class.auth_type(&auth.type_name) {
        let keys = object.data.data.keys().map(String::as_str);
        auth_type
            .check_secret(&object.data.type_, keys)
            .map_err(|problem| SecretError::Unfit { key, problem })?;
    }
    Ok(Some(object))
}

/// The Secret with the certificates that sign the tool's; `None` where the Connector names none.
///
/// # Errors
/// See [`SecretError`]; never [`SecretError::Unfit`].
pub fn authority(
    namespace: &str,
    bound: &Bound,
    state: impl FnOnce(&Key) -> SecretState,
) -> Result<Option<Arc<SecretObject>>, SecretError> {
    let Some(name) = &bound.ca_secret else {
        return Ok(None);
    };
    existing(namespace, &Key::new(namespace, name.clone()), state).map(Some)
}

fn existing(
    namespace: &str,
    key: &Key,
    state: impl FnOnce(&Key) -> SecretState,
) -> Result<Arc<SecretObject>, SecretError> {
    if key.namespace != namespace {
        return Err(SecretError::NotFound {
            key: key.clone(),
            foreign: true,
        });
    }
    match state(key) {
        SecretState::Present(object) => Ok(object),
        SecretState::Absent => Err(SecretError::NotFound {
            key: key.clone(),
            foreign: false,
        }),
        SecretState::NotReadable => Err(SecretError::NotReadable(key.clone())),
        SecretState::Unknown => Err(SecretError::Pending(key.clone())),
    }
}
