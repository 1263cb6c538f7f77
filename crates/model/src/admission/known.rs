//! What decisions look up: classes and Connectors, parsed. No values of Secrets.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::class::{self, Class};
use crate::connector::{self, Connector};
use crate::path::FieldPath;
use crate::violation::{ViolationKind, Violations};

/// A class as it is stored.
#[derive(Debug)]
pub struct KnownClass {
    /// Its name.
    pub name: String,
    /// Parsed; or what is wrong with it, if it was stored before a rule of today.
    pub class: Result<Class, Violations>,
    version: Version,
}

impl KnownClass {
    /// Parses a class. This is the slow part: do it before an index is locked. `None` for an object without a name.
    #[must_use]
    pub fn read(object: &patchbay_api::ConnectorClass) -> Option<Self> {
        Some(Self {
            name: object.metadata.name.clone()?,
            class: class::parse(object).map(|checked| checked.value),
            version: Version::of(&object.metadata),
        })
    }

    /// A class that is there, but whose fields are of no form that is known.
    #[must_use]
    pub fn unreadable(name: String) -> Self {
        let message = "the class is stored in a form that cannot be read; apply it again";
        let class = Err(Violations::one(
            FieldPath::new("spec"),
            ViolationKind::Invalid,
            message,
        ));
        Self {
            name,
            class,
            version: Version::default(),
        }
    }

    /// A class that is there and breaks rules.
    #[must_use]
    pub fn broken(name: String, violations: Violations) -> Self {
        Self {
            name,
            class: Err(violations),
            version: Version::default(),
        }
    }

    /// Whether it was read from an object with this very spec. Without a generation nothing is known.
    #[must_use]
    pub fn is_of(&self, metadata: &ObjectMeta) -> bool {
        self.version.is(metadata)
    }
}

/// A Connector as it is stored.
#[derive(Debug)]
pub struct KnownConnector {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The class that it names; empty if it cannot be read.
    pub class_name: String,
    /// Parsed; `None` if it breaks a rule that needs no class.
    pub connector: Option<Connector>,
    version: Version,
}

impl KnownConnector {
    /// Parses a Connector. `None` for an object without a name or a namespace.
    #[must_use]
    pub fn read(object: &patchbay_api::Connector) -> Option<Self> {
        Some(Self {
            namespace: object.metadata.namespace.clone()?,
            name: object.metadata.name.clone()?,
            class_name: object.spec.connector_class_name.clone(),
            connector: connector::parse(object).ok().map(|checked| checked.value),
            version: Version::of(&object.metadata),
        })
    }

    /// A Connector that is there, but whose fields are of no form that is known. It names no class.
    #[must_use]
    pub fn unreadable(namespace: String, name: String) -> Self {
        Self {
            namespace,
            name,
            class_name: String::new(),
            connector: None,
            version: Version::default(),
        }
    }

    /// Whether it was read from an object with this very spec. Without a generation nothing is known.
    #[must_use]
    pub fn is_of(&self, metadata: &ObjectMeta) -> bool {
        self.version.is(metadata)
    }
}

/// Identifies a spec without comparing it: an update of the status changes neither part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Version {
    uid: Option<String>,
    generation: Option<i64>,
}

impl Version {
    fn of(metadata: &ObjectMeta) -> Self {
        Self {
            uid: metadata.uid.clone(),
            generation: metadata.generation,
        }
    }

    fn is(&self, metadata: &ObjectMeta) -> bool {
        self.generation.is_some() && *self == Self::of(metadata)
    }
}

/// What decisions look up. Every answer is a shared pointer, so that no lock is held while one is used.
pub trait Known {
    /// A class by name.
    fn class(&self, name: &str) -> Option<Arc<KnownClass>>;
    /// A Connector by namespace and name.
    fn connector(&self, namespace: &str, name: &str) -> Option<Arc<KnownConnector>>;
    /// The Connectors of a class, by namespace and name.
    fn connectors_of(&self, class: &str) -> Vec<Arc<KnownConnector>>;
    /// The names of all classes, in order, at most so many.
    fn class_names(&self, limit: usize) -> Vec<String>;
    /// The names of the Connectors of a namespace, in order, at most so many.
    fn connector_names(&self, namespace: &str, limit: usize) -> Vec<String>;
    /// The pods of a namespace that mount a Connector, by name. `None` where that is not known.
    fn users_of(&self, _namespace: &str, _connector: &str) -> Option<Vec<String>> {
        None
    }
    /// Whether what is not found does not exist, as in an index of the whole cluster. Of files it may exist elsewhere.
    fn is_complete(&self) -> bool {
        true
    }
}
