//! What is known: the classes and Connectors of the files, which are a part of the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use patchbay_model::admission::{Known, KnownClass, KnownConnector};
use patchbay_model::{class, connector};

use super::objects::{Object, Role};

/// The classes by name, and the Connectors by namespace and name.
#[derive(Debug, Default)]
pub(super) struct Files {
    classes: BTreeMap<String, Arc<KnownClass>>,
    connectors: BTreeMap<(String, String), Arc<KnownConnector>>,
}

impl Files {
    /// Of two objects with one name the later one holds, as it does when they are applied.
    pub(super) fn read(objects: &[Object]) -> Self {
        let mut files = Self::default();
        for object in objects {
            match object.role {
                Role::Ours("ConnectorClass") => files.add_class(object),
                Role::Ours("Connector") => files.add_connector(object),
                _ => {}
            }
        }
        files
    }

    fn add_class(&mut self, object: &Object) {
        let name = object.name.name.clone();
        let known = match class::from_json(&object.value) {
            Ok(class) => KnownClass::read(&class),
            Err(violations) => Some(KnownClass::broken(name.clone(), violations)),
        };
        if let Some(known) = known {
            self.classes.insert(name, Arc::new(known));
        }
    }

    fn add_connector(&mut self, object: &Object) {
        let key = (object.name.namespace.clone(), object.name.name.clone());
        let known = match connector::from_json(&object.value) {
            Ok(connector) => KnownConnector::read(&connector),
            Err(_) => Some(KnownConnector::unreadable(key.0.clone(), key.1.clone())),
        };
        if let Some(known) = known {
            self.connectors.insert(key, Arc::new(known));
        }
    }

    pub(super) fn connectors(&self) -> impl Iterator<Item = &Arc<KnownConnector>> {
        self.connectors.values()
    }
}

impl Known for Files {
    fn class(&self, name: &str) -> Option<Arc<KnownClass>> {
        self.classes.get(name).cloned()
    }

    fn connector(&self, namespace: &str, name: &str) -> Option<Arc<KnownConnector>> {
        self.connectors
            .get(&(namespace.to_owned(), name.to_owned()))
            .cloned()
    }

    fn connectors_of(&self, class: &str) -> Vec<Arc<KnownConnector>> {
        let of_class = |it: &&Arc<KnownConnector>| it.class_name == class;
        self.connectors.values().filter(of_class).cloned().collect()
    }

    fn class_names(&self, limit: usize) -> Vec<String> {
        self.classes.keys().take(limit).cloned().collect()
    }

    fn connector_names(&self, namespace: &str, limit: usize) -> Vec<String> {
        let here = self.connectors.keys().filter(|(other, _)| other == namespace);
        here.take(limit).map(|(_, name)| name.clone()).collect()
    }

    fn is_complete(&self) -> bool {
        false
    }
}
