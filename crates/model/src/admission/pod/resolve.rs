//! Mounts against what is known: which Connector, which class, which volume.

use std::collections::BTreeMap;

use patchbay_api::names::VOLUME_PREFIX;
use sha2::{Digest, Sha256};

use crate::admission::{Known, Problems, Refusal, Why, first, suggest};
use crate::class::Class;
use crate::mounts::{self, Mount, MountTarget};
use crate::path::FieldPath;
use crate::violation::{ViolationKind, Warning};
use crate::volume;

/// A mount of which everything is known but its place in the containers.
#[derive(Debug)]
pub(super) struct Resolved<'a> {
    /// Where it is written; for messages.
    pub(super) field: &'a FieldPath,
    /// The name of its directory, and its name in messages.
    pub(super) name: &'a str,
    pub(super) class: Class,
    pub(super) configurations: Vec<String>,
    /// The volume's name: the prefix and 8 hex digits of its attributes. Mounts of the same content share a volume.
    pub(super) volume: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) mount_path: Option<&'a str>,
    pub(super) containers: Option<&'a [String]>,
}

/// All mounts that could be looked up.
pub(super) struct Found<'a> {
    pub(super) resolved: Vec<Resolved<'a>>,
    pub(super) warnings: Vec<Warning>,
    /// Whether all mounts are resolved. The others may be so elsewhere.
    pub(super) all: bool,
}

/// Looks every mount up.
///
/// # Errors
/// All that is wrong with all of them.
pub(super) fn resolve<'a>(
    mounts: &'a [Mount],
    namespace: &str,
    known: &dyn Known,
) -> Result<Found<'a>, Refusal> {
    let mut search = Search {
        namespace,
        known,
        warnings: vec![],
        refusal: Refusal::from(Problems::default()),
    };
    let mut resolved = Vec::new();
    for mount in mounts {
        let Some(class) = search.class_of(mount) else {
            continue;
        };
        match mounts::resolve(mount, &class) {
            Ok(source) => {
                search.warnings.extend(source.warnings);
                resolved.push(one(mount, class, &source.value));
            }
            Err(violations) => search.refusal.problems.extend(&violations),
        }
    }
    if search.refusal.problems.is_empty() {
        Ok(Found {
            all: resolved.len() == mounts.len(),
            resolved,
            warnings: search.warnings,
        })
    } else {
        Err(search.refusal)
    }
}

fn one<'a>(mount: &'a Mount, class: Class, source: &volume::VolumeSource) -> Resolved<'a> {
    let attributes = volume::attributes(source);
    Resolved {
        field: &mount.path,
        name: mount.target.name(),
        class,
        configurations: source.configurations.clone(),
        volume: volume_name(&attributes),
        attributes,
        mount_path: mount.mount_path.as_deref(),
        containers: mount.containers.as_deref(),
    }
}

struct Search<'k> {
    namespace: &'k str,
    known: &'k dyn Known,
    warnings: Vec<Warning>,
    refusal: Refusal,
}

impl Search<'_> {
    fn class_of(&mut self, mount: &Mount) -> Option<Class> {
        let MountTarget::Connector {
            name,
            namespace: other,
        } = &mount.target;
        let namespace = self.namespace;
        if let Some(other) = other.as_deref().filter(|other| *other != namespace) {
            // What another namespace has is none of this one's business: the answer is the same whether it exists or
            // not.
            let message = format!(
                "Connector {name:?} of namespace {other:?} does not exist, or is not shared with namespace \
                 {namespace:?}; mount a Connector of the pod's own namespace"
            );
            return self.deny(mount, ViolationKind::NotFound, message);
        }
        let Some(connector) = self.known.connector(namespace, name) else {
            return self.connector_missing(mount, name);
        };
        let class_name = &connector.class_name;
        if class_name.is_empty() {
            let message =
                format!("Connector {name:?} is stored in a form that cannot be read; apply it again");
            return self.deny(mount, ViolationKind::Invalid, message);
        }
        let Some(class) = self.known.class(class_name) else {
            return self.class_missing(mount, name, class_name);
        };
        match &class.class {
            Ok(class) => Some(class.clone()),
            Err(violations) => {
                let message = format!(
                    "ConnectorClass {class_name:?} of Connector {name:?} breaks a rule and must be put right before \
                     anything of it can be mounted: {}",
                    first(violations)
                );
                self.deny(mount, ViolationKind::Invalid, message)
            }
        }
    }

    fn deny(&mut self, mount: &Mount, kind: ViolationKind, message: String) -> Option<Class> {
        self.refusal.problems.add(&mount.path, kind, message);
        None
    }

    fn warn(&mut self, mount: &Mount, message: String) -> Option<Class> {
        self.warnings.push(Warning {
            path: mount.path.clone(),
            message,
        });
        None
    }

    fn connector_missing(&mut self, mount: &Mount, name: &str) -> Option<Class> {
        let namespace = self.namespace;
        let names = self.known.connector_names(namespace, suggest::CANDIDATES);
        if !self.known.is_complete() {
            let near = suggest::near(name, &names);
            let message = format!(
                "Connector {name:?} of namespace {namespace:?} is not among these objects{near}; the mount is not checked \
                 against it"
            );
            return self.warn(mount, message);
        }
        let hint = suggest::hint(name, &names);
        let hint = if hint.is_empty() {
            "there are none; create it first".to_owned()
        } else {
            hint
        };
        self.refusal.why = Why::ConnectorNotFound;
        let message = format!("Connector {name:?} does not exist in namespace {namespace:?}; {hint}");
        self.deny(mount, ViolationKind::NotFound, message)
    }

    fn class_missing(&mut self, mount: &Mount, name: &str, class_name: &str) -> Option<Class> {
        if !self.known.is_complete() {
            let message = format!(
                "ConnectorClass {class_name:?} of Connector {name:?} is not among these objects; the mount is not checked \
                 against it"
            );
            return self.warn(mount, message);
        }
        self.refusal.why = Why::ConnectorClassNotFound;
        let message = format!(
            "Connector {name:?} names ConnectorClass {class_name:?}, which does not exist; \
             create it, or see: kubectl get connectorclasses"
        );
        self.deny(mount, ViolationKind::NotFound, message)
    }
}

/// 32 bits: two different mounts of one pod that meet are told apart by their attributes, and refused.
fn volume_name(attributes: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for (name, value) in attributes {
        for part in [name, value] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    let mut hex = hex::encode(hash.finalize());
    hex.truncate(8);
    format!("{VOLUME_PREFIX}{hex}")
}
