//! Mounts against the index: which Connector, which class, which volume.

use std::collections::BTreeMap;

use patchbay_api::names::VOLUME_PREFIX;
use patchbay_model::class::Class;
use patchbay_model::mounts::{Mount, MountTarget};
use patchbay_model::{FieldPath, ViolationKind, Warning, mounts, volume};
use sha2::{Digest, Sha256};

use super::Refusal;
use crate::index::Known;
use crate::review::{Outcome, Problems};
use crate::suggest;

/// A mount of which everything is known but its place in the containers.
#[derive(Debug)]
pub(crate) struct Resolved<'a> {
    /// Where it is written; for messages.
    pub(crate) field: &'a FieldPath,
    /// The name of its directory, and its name in messages.
    pub(crate) name: &'a str,
    pub(crate) class: Class,
    pub(crate) configurations: Vec<String>,
    /// The volume's name: the prefix and 8 hex digits of its attributes. Mounts of the same content share a volume.
    pub(crate) volume: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) mount_path: Option<&'a str>,
    pub(crate) containers: Option<&'a [String]>,
}

/// Looks every mount up.
///
/// # Errors
/// All that is wrong with all of them.
pub(crate) fn resolve<'a>(
    mounts: &'a [Mount],
    namespace: &str,
    known: &dyn Known,
) -> Result<(Vec<Resolved<'a>>, Vec<Warning>), Refusal> {
    let mut resolved = Vec::new();
    let mut warnings = Vec::new();
    let mut refusal = Refusal {
        outcome: Outcome::Invalid,
        problems: Problems::default(),
    };
    for mount in mounts {
        let Some(class) = class_of(mount, namespace, known, &mut refusal) else {
            continue;
        };
        match mounts::resolve(mount, &class) {
            Ok(source) => {
                warnings.extend(source.warnings);
                resolved.push(one(mount, class, &source.value));
            }
            Err(violations) => refusal.problems.extend(&violations),
        }
    }
    if refusal.problems.is_empty() {
        Ok((resolved, warnings))
    } else {
        Err(refusal)
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

fn class_of(mount: &Mount, namespace: &str, known: &dyn Known, refusal: &mut Refusal) -> Option<Class> {
    let MountTarget::Connector {
        name,
        namespace: other,
    } = &mount.target;
    if let Some(other) = other.as_deref().filter(|other| *other != namespace) {
        // What another namespace has is none of this one's business: the answer is the same whether it exists or not.
        let message = format!(
            "Connector {name:?} of namespace {other:?} does not exist, or is not shared with namespace {namespace:?}; \
             mount a Connector of the pod's own namespace"
        );
        refusal
            .problems
            .add(&mount.path, ViolationKind::NotFound, message);
        return None;
    }
    let Some(connector) = known.connector(namespace, name) else {
        refusal.outcome = Outcome::ConnectorNotFound;
        refusal.problems.add(
            &mount.path,
            ViolationKind::NotFound,
            connector_missing(namespace, name, known),
        );
        return None;
    };
    let class_name = &connector.class_name;
    if class_name.is_empty() {
        let message = format!("Connector {name:?} is stored in a form that cannot be read; apply it again");
        refusal.problems.add(&mount.path, ViolationKind::Invalid, message);
        return None;
    }
    let Some(class) = known.class(class_name) else {
        refusal.outcome = Outcome::ConnectorClassNotFound;
        let message = format!(
            "Connector {name:?} names ConnectorClass {class_name:?}, which does not exist; \
             create it, or see: kubectl get connectorclasses"
        );
        refusal
            .problems
            .add(&mount.path, ViolationKind::NotFound, message);
        return None;
    };
    match &class.class {
        Ok(class) => Some(class.clone()),
        Err(violations) => {
            let message = format!(
                "ConnectorClass {class_name:?} of Connector {name:?} breaks a rule and must be put right before anything \
                 of it can be mounted: {}",
                crate::validate::first(violations)
            );
            refusal.problems.add(&mount.path, ViolationKind::Invalid, message);
            None
        }
    }
}

fn connector_missing(namespace: &str, name: &str, known: &dyn Known) -> String {
    let names = known.connector_names(namespace, suggest::CANDIDATES);
    let hint = suggest::hint(name, &names);
    let hint = if hint.is_empty() {
        "there are none; create it first".to_owned()
    } else {
        hint
    };
    format!("Connector {name:?} does not exist in namespace {namespace:?}; {hint}")
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
