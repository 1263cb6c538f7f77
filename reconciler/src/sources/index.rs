//! What is known of the cluster: classes, Connectors, the Secrets that Connectors name, and the addresses of objects that
//! classes name. Pure: events go in, names of what changed come out.
//!
//! Nothing here forgets on a failure: what a broken watch last delivered stays until the API server itself says
//! otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use patchbay_api::conditions::types;
use patchbay_api::connector::ConnectorSpec;
use patchbay_api::{Connector, ConnectorClass, ConnectorClassStatus, ConnectorStatus};
use patchbay_model::Violations;
use patchbay_model::class::{Addressable, Class, Location, locate};
use patchbay_model::path::FieldPath;
use patchbay_model::secret::SecretData;
use patchbay_runtime::controller::BackRefs;

use super::addressed::AddressState;
use super::key::{Key, Source};

/// A class and what the model makes of it.
#[derive(Debug)]
pub struct ClassEntry {
    /// The object.
    pub object: ConnectorClass,
    /// The object, checked and compiled.
    pub parsed: Result<Class, Violations>,
}

/// What is known of a Secret that a Connector names.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub enum SecretState {
    /// The API server has not been asked, or has not answered yet.
    Unknown,
    /// The API server refuses or cannot answer, and never said anything before.
    NotReadable,
    /// It does not exist.
    Absent,
    /// It exists.
    Present(Arc<SecretObject>),
}

/// A Secret.
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub struct SecretObject {
    /// Its type and data.
    pub data: SecretData,
    /// UID and resource version: equal for the same content.
    pub version: String,
}

/// See the module.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub struct Index {
    classes: BTreeMap<String, Arc<ClassEntry>>,
    connectors: BTreeMap<Key, Arc<Connector>>,
    secrets: BTreeMap<Key, SecretState>,
    addresses: BTreeMap<Addressable, AddressState>,
    /// From classes and Secrets to the Connectors that name them.
    refs: BackRefs<Source, Key>,
    /// From objects to the classes that name them for an address.
    places: BackRefs<Addressable, String>,
}

/// Names of what changed.
pub type Sources = BTreeSet<Source>;

impl Index {
    /// A class as the API server has it now.
    pub fn apply_class(&mut self, object: ConnectorClass) -> Sources {
        let Some(name) = object.metadata.name.clone() else {
            return Sources::new();
        };
        let before = self.classes.get(&name);
        let same = before.is_some_and(|b| {
            b.object.metadata.uid == object.metadata.uid
                && b.object.spec == object.spec
                && same_texts(&b.object.metadata, &object.metadata)
        });
        let changed = !same || before.is_some_and(|b| b.object.status != object.status);
        let parsed = match before {
            Some(before) if same => before.parsed.clone(),
            _ => patchbay_model::class::parse(&object).map(|checked| checked.value),
        };
        if !same {
            let named = named_addressables(&object);
            for place in &named {
                self.addresses
                    .entry(place.clone())
                    .or_insert(AddressState::Unknown);
            }
            let unnamed = self.places.set(&name, named);
            self.forget_addresses(&unnamed);
        }
        self.classes
            .insert(name.clone(), Arc::new(ClassEntry { object, parsed }));
        if changed {
            one(Source::Class(name))
        } else {
            Sources::new()
        }
    }

    /// A class that is gone.
    pub fn delete_class(&mut self, name: &str) -> Sources {
        let unnamed = self.places.remove(&name.to_owned());
        self.forget_addresses(&unnamed);
        self.classes
            .remove(name)
            .map(|_| one(Source::Class(name.to_owned())))
            .unwrap_or_default()
    }

    /// A Connector as the API server has it now.
    pub fn apply_connector(&mut self, object: Connector) -> Sources {
        let (Some(namespace), Some(name)) = (object.metadata.namespace.clone(), object.metadata.name.clone())
        else {
            return Sources::new();
        };
        let key = Key { namespace, name };
        let object = Arc::new(object);
        let before = self.connectors.insert(key.clone(), object.clone());
        if let Some(before) = &before
            && before.spec == object.spec
            && before.metadata.uid == object.metadata.uid
            && before.status == object.status
            && same_texts(&before.metadata, &object.metadata)
        {
            return Sources::new();
        }
        let mut sources = one(Source::Class(object.spec.connector_class_name.clone()));
        for secret in named_secrets(&key, &object.spec) {
            self.secrets.entry(secret.clone()).or_insert(SecretState::Unknown);
            sources.insert(Source::Secret(secret));
        }
        let unnamed = self.refs.set(&key, sources);
        self.forget(&unnamed);
        one(Source::Connector(key))
    }

    /// A Connector that is gone.
    pub fn delete_connector(&mut self, key: &Key) -> Sources {
        if self.connectors.remove(key).is_none() {
            return Sources::new();
        }
        let unnamed = self.refs.remove(key);
        self.forget(&unnamed);
        one(Source::Connector(key.clone()))
    }

    /// What is known of a Secret now. One that no Connector names is not kept; a failure does not replace knowledge.
    pub fn set_secret(&mut self, key: &Key, state: SecretState) -> Sources {
        let Some(before) = self.secrets.get_mut(key) else {
            return Sources::new();
        };
        let keep = match (&*before, &state) {
            (SecretState::Unknown, SecretState::Unknown)
            | (SecretState::Absent, SecretState::Absent)
            | (_, SecretState::Unknown) => true,
            (
                SecretState::Absent | SecretState::Present(_) | SecretState::NotReadable,
                SecretState::NotReadable,
            ) => true,
            (SecretState::Present(a), SecretState::Present(b)) => a.version == b.version,
            _ => false,
        };
        if keep {
            return Sources::new();
        }
        *before = state;
        one(Source::Secret(key.clone()))
    }

    /// What is known of an object's address now. One that no class names is not kept; a failure does not replace
    /// knowledge.
    pub fn set_address(&mut self, place: &Addressable, state: AddressState) -> Sources {
        match self.addresses.get_mut(place) {
            Some(before) if before.gives_way_to(&state) => {
                *before = state;
                one(Source::Addressable(Box::new(place.clone())))
            }
            _ => Sources::new(),
        }
    }

    /// Takes a status that was just written for what the API server has, until its watch says so itself. `of` is the
    /// object that it was decided on, `version` the resource version that it has now.
    ///
    /// *Guarantees*: if the watch has brought something else than `of` meanwhile, that counts.
    pub fn note_connector_status(
        &mut self,
        key: &Key,
        of: &Connector,
        status: &ConnectorStatus,
        version: Option<String>,
    ) {
        if let Some(object) = self.connectors.get_mut(key)
            && same_object(&object.metadata, &of.metadata)
        {
            let object = Arc::make_mut(object);
            object.status = Some(status.clone());
            object.metadata.resource_version = version;
        }
    }

    /// As [`Self::note_connector_status`], for a class. Its Connectors repeat a part of it, so it counts as a change.
    pub fn note_class_status(
        &mut self,
        name: &str,
        of: &ConnectorClass,
        status: &ConnectorClassStatus,
        version: Option<String>,
    ) -> Sources {
        let Some(entry) = self.classes.get_mut(name) else {
            return Sources::new();
        };
        if !same_object(&entry.object.metadata, &of.metadata) {
            return Sources::new();
        }
        let mut object = entry.object.clone();
        object.status = Some(status.clone());
        object.metadata.resource_version = version;
        *entry = Arc::new(ClassEntry {
            object,
            parsed: entry.parsed.clone(),
        });
        one(Source::Class(name.to_owned()))
    }

    /// A class.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&Arc<ClassEntry>> {
        self.classes.get(name)
    }

    /// A Connector.
    #[must_use]
    pub fn connector(&self, key: &Key) -> Option<&Arc<Connector>> {
        self.connectors.get(key)
    }

    /// A Secret that a Connector names.
    #[must_use]
    pub fn secret(&self, key: &Key) -> SecretState {
        self.secrets.get(key).cloned().unwrap_or(SecretState::Unknown)
    }

    /// What is known of the address of an object that a class names.
    #[must_use]
    pub fn address(&self, place: &Addressable) -> AddressState {
        self.addresses
            .get(place)
            .cloned()
            .unwrap_or(AddressState::Unknown)
    }

    /// Names of all classes.
    pub fn class_names(&self) -> impl Iterator<Item = &String> {
        self.classes.keys()
    }

    /// Keys of all Connectors.
    pub fn connector_keys(&self) -> impl Iterator<Item = &Key> {
        self.connectors.keys()
    }

    /// How many Connectors are ready, not ready, and neither.
    #[must_use]
    pub fn readiness(&self) -> [usize; 3] {
        let mut counts = [0; 3];
        for connector in self.connectors.values() {
            let conditions = connector
                .status
                .as_ref()
                .map(|status| status.conditions.as_slice())
                .unwrap_or_default();
            let ready = conditions
                .iter()
                .find(|c| c.type_ == types::READY)
                .map(|c| c.status.as_str());
            let [yes, no, unknown] = &mut counts;
            *match ready {
                Some("True") => yes,
                Some("False") => no,
                _ => unknown,
            } += 1;
        }
        counts
    }

    /// How many Secrets are there, are absent, cannot be read, and were not looked at yet.
    #[must_use]
    pub fn secret_states(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        let [present, absent, not_readable, unknown] = &mut counts;
        for state in self.secrets.values() {
            *match state {
                SecretState::Present(_) => &mut *present,
                SecretState::Absent => &mut *absent,
                SecretState::NotReadable => &mut *not_readable,
                SecretState::Unknown => &mut *unknown,
            } += 1;
        }
        counts
    }

    /// Secrets that Connectors name: those that are watched.
    #[must_use]
    pub fn wanted_secrets(&self) -> BTreeSet<Key> {
        let secret = |source: &Source| match source {
            Source::Secret(key) => Some(key.clone()),
            Source::Class(_) | Source::Connector(_) | Source::Addressable(_) => None,
        };
        self.refs.sources().filter_map(secret).collect()
    }

    /// Objects that classes name for an address: those that are watched.
    #[must_use]
    pub fn wanted_addressables(&self) -> BTreeSet<Addressable> {
        self.places.sources().cloned().collect()
    }

    /// Classes whose status depends on a source.
    #[must_use]
    pub fn dependent_classes(&self, source: &Source) -> Vec<String> {
        match source {
            Source::Class(name) => vec![name.clone()],
            Source::Addressable(place) => self.places.dependants(place).cloned().collect(),
            Source::Connector(_) | Source::Secret(_) => vec![],
        }
    }

    /// Connectors that depend on a source.
    #[must_use]
    pub fn dependants(&self, source: &Source) -> Vec<Key> {
        match source {
            Source::Connector(key) => vec![key.clone()],
            Source::Class(_) | Source::Secret(_) => self.refs.dependants(source).cloned().collect(),
            Source::Addressable(place) => {
                let classes = self.places.dependants(place).cloned().map(Source::Class);
                classes.flat_map(|class| self.dependants(&class)).collect()
            }
        }
    }

    /// The address of an object that no class names any more is not kept.
    fn forget_addresses(&mut self, unnamed: &BTreeSet<Addressable>) {
        for place in unnamed {
            self.addresses.remove(place);
        }
    }

    /// A Secret that no Connector names any more is not kept.
    fn forget(&mut self, unnamed: &Sources) {
        for source in unnamed {
            if let Source::Secret(key) = source {
                self.secrets.remove(key);
            }
        }
    }
}

/// The Secrets of its own namespace that a Connector names. One in another namespace would need a grant and is not
/// even looked at.
#[must_use]
pub fn named_secrets(key: &Key, spec: &ConnectorSpec) -> Vec<Key> {
    let credential = spec
        .auth
        .as_ref()
        .and_then(|auth| auth.secret_ref.as_ref())
        .filter(|secret| {
            secret
                .namespace
                .as_deref()
                .is_none_or(|namespace| namespace.is_empty() || namespace == key.namespace)
        });
    let names = [
        credential.map(|s| &s.name),
        spec.ca_cert_secret_ref.as_ref().map(|s| &s.name),
    ];
    // A name that cannot be one would make a bad field selector.
    names
        .into_iter()
        .flatten()
        .filter(|name| is_object_name(name))
        .map(|name| Key::new(key.namespace.clone(), name.clone()))
        .collect()
}

/// The objects whose status says where the API service and the proxy of a class are.
#[must_use]
pub fn named_addressables(class: &ConnectorClass) -> BTreeSet<Addressable> {
    let api = class.spec.api.as_ref().map(|api| (&api.ref_, &api.uri));
    let proxy = class.spec.proxy.as_ref().map(|proxy| (&proxy.ref_, &proxy.uri));
    [api, proxy]
        .into_iter()
        .flatten()
        .filter_map(|(ref_, uri)| locate(ref_.as_ref(), uri.as_deref(), &FieldPath::new("spec")).ok())
        .filter_map(|location| match location {
            Location::Addressable(object) => Some(object.place()),
            Location::Url(_) => None,
        })
        .collect()
}

fn is_object_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
}

/// Templates can read labels and annotations.
fn same_texts(
    a: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
    b: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
) -> bool {
    a.labels == b.labels && a.annotations == b.annotations
}

/// The same object in the same version.
fn same_object(
    a: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
    b: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
) -> bool {
    a.uid == b.uid && a.resource_version == b.resource_version
}

fn one(source: Source) -> Sources {
    Sources::from([source])
}

#[cfg(test)]
mod tests;
