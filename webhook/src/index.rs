//! What is known of the cluster: classes, parsed once per generation, and Connectors. No values of Secrets: the program
//! may not read one.
//!
//! [`Index`] is pure: `apply`, `delete`, `retain`. The watches feed it (`watch`), and decisions read it through
//! [`Known`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::core::ObjectMeta;
pub use patchbay_model::admission::{Known, KnownClass, KnownConnector};

/// Something that a decision looked at, for finding out whether it has changed since.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A class.
    Class(String),
    /// A Connector: namespace and name.
    Connector(String, String),
    /// All Connectors of a class.
    ConnectorsOf(String),
}

/// The revision of something that does not exist.
pub const ABSENT: u64 = 0;

/// See the module.
#[derive(Debug, Default)]
pub struct Index {
    /// Counts the changes; the revision of the newest one.
    revision: u64,
    classes: BTreeMap<String, Entry<KnownClass>>,
    connectors: BTreeMap<String, BTreeMap<String, Entry<KnownConnector>>>,
    /// Class name to its Connectors; a name that no Connector uses any more keeps its revision.
    members: BTreeMap<String, Members>,
}

#[derive(Debug)]
struct Entry<T> {
    revision: u64,
    value: Arc<T>,
}

#[derive(Debug, Default)]
struct Members {
    revision: u64,
    names: BTreeSet<(String, String)>,
}

impl Index {
    /// Whether the index holds this very spec of a class, so that it need not be parsed again.
    #[must_use]
    pub fn has_class(&self, metadata: &ObjectMeta) -> bool {
        let known = metadata.name.as_ref().and_then(|name| self.classes.get(name));
        known.is_some_and(|entry| entry.value.is_of(metadata))
    }

    /// A class was made or changed.
    pub fn apply_class(&mut self, class: KnownClass) {
        let revision = self.next_revision();
        self.classes.insert(
            class.name.clone(),
            Entry {
                revision,
                value: Arc::new(class),
            },
        );
    }

    /// A class was removed.
    pub fn delete_class(&mut self, name: &str) {
        self.next_revision();
        self.classes.remove(name);
    }

    /// All classes but these are gone.
    pub fn retain_classes(&mut self, live: &BTreeSet<String>) {
        self.next_revision();
        self.classes.retain(|name, _| live.contains(name));
    }

    /// Whether the index holds this very spec of a Connector.
    #[must_use]
    pub fn has_connector(&self, metadata: &ObjectMeta) -> bool {
        let (Some(namespace), Some(name)) = (&metadata.namespace, &metadata.name) else {
            return false;
        };
        let known = self.connectors.get(namespace).and_then(|names| names.get(name));
        known.is_some_and(|entry| entry.value.is_of(metadata))
    }

    /// A Connector was made or changed.
    pub fn apply_connector(&mut self, connector: KnownConnector) {
        let (namespace, name) = (connector.namespace.clone(), connector.name.clone());
        self.delete_connector(&namespace, &name);
        let revision = self.next_revision();
        let members = self.members.entry(connector.class_name.clone()).or_default();
        members.revision = revision;
        members.names.insert((namespace.clone(), name.clone()));
        let entry = Entry {
            revision,
            value: Arc::new(connector),
        };
        self.connectors.entry(namespace).or_default().insert(name, entry);
    }

    /// A Connector was removed.
    pub fn delete_connector(&mut self, namespace: &str, name: &str) {
        let Some(names) = self.connectors.get_mut(namespace) else {
            return;
        };
        let Some(entry) = names.remove(name) else { return };
        if names.is_empty() {
            self.connectors.remove(namespace);
        }
        let revision = self.next_revision();
        if let Some(members) = self.members.get_mut(&entry.value.class_name) {
            members.revision = revision;
            members.names.remove(&(namespace.to_owned(), name.to_owned()));
        }
    }

    /// All Connectors but these (namespace and name) are gone.
    pub fn retain_connectors(&mut self, live: &BTreeSet<(String, String)>) {
        let mut gone = Vec::new();
        for (namespace, names) in &self.connectors {
            gone.extend(
                names
                    .keys()
                    .map(|name| (namespace.clone(), name.clone()))
                    .filter(|key| !live.contains(key)),
            );
        }
        for (namespace, name) in gone {
            self.delete_connector(&namespace, &name);
        }
        self.members.retain(|_, members| !members.names.is_empty());
    }

    fn next_revision(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    /// When this was last changed; [`ABSENT`] if it does not exist.
    #[must_use]
    pub fn revision(&self, key: &Key) -> u64 {
        match key {
            Key::Class(name) => self.classes.get(name).map_or(ABSENT, |entry| entry.revision),
            Key::Connector(namespace, name) => self
                .connectors
                .get(namespace)
                .and_then(|names| names.get(name))
                .map_or(ABSENT, |entry| entry.revision),
            Key::ConnectorsOf(class) => self.members.get(class).map_or(ABSENT, |members| members.revision),
        }
    }

    /// How many classes and how many Connectors there are.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        (
            self.classes.len(),
            self.connectors.values().map(BTreeMap::len).sum(),
        )
    }
}

impl Known for Index {
    fn class(&self, name: &str) -> Option<Arc<KnownClass>> {
        self.classes.get(name).map(|entry| Arc::clone(&entry.value))
    }

    fn connector(&self, namespace: &str, name: &str) -> Option<Arc<KnownConnector>> {
        self.connectors
            .get(namespace)?
            .get(name)
            .map(|entry| Arc::clone(&entry.value))
    }

    fn connectors_of(&self, class: &str) -> Vec<Arc<KnownConnector>> {
        let Some(members) = self.members.get(class) else {
            return vec![];
        };
        members
            .names
            .iter()
            .filter_map(|(namespace, name)| self.connector(namespace, name))
            .collect()
    }

    fn class_names(&self, limit: usize) -> Vec<String> {
        self.classes.keys().take(limit).cloned().collect()
    }

    fn connector_names(&self, namespace: &str, limit: usize) -> Vec<String> {
        self.connectors
            .get(namespace)
            .map(|names| names.keys().take(limit).cloned().collect())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use patchbay_model::class;
    use serde_json::json;

    use super::*;
    use crate::testing::{GIT, connector, index, known_class, known_connector, yaml};

    #[test]
    fn a_status_update_is_recognised_by_its_generation() {
        let index = index();
        let mut object = yaml(GIT);
        let metadata = |object: &serde_json::Value| class::from_json(object).expect("a class").metadata;
        assert!(index.has_class(&metadata(&object)));
        object["metadata"]["generation"] = json!(2);
        assert!(!index.has_class(&metadata(&object)));
        object["metadata"]["generation"] = json!(1);
        object["metadata"]["uid"] = json!("made-again");
        assert!(!index.has_class(&metadata(&object)));
        object["metadata"]
            .as_object_mut()
            .unwrap()
            .shift_remove("generation");
        assert!(!index.has_class(&metadata(&object)));
    }

    #[test]
    fn revisions_change_with_what_they_stand_for() {
        let mut index = index();
        let keys = [
            Key::Class("git".to_owned()),
            Key::Connector("demo".to_owned(), "git-main".to_owned()),
            Key::ConnectorsOf("git".to_owned()),
        ];
        let revisions = |index: &Index| keys.clone().map(|key| index.revision(&key));
        let before = revisions(&index);
        assert!(!before.contains(&ABSENT));

        index.apply_connector(known_connector(&connector("demo", "third")));
        let after = revisions(&index);
        assert_eq!((after[0], after[1]), (before[0], before[1]));
        assert_ne!(after[2], before[2]);

        index.apply_class(known_class(&yaml(GIT)));
        assert_ne!(revisions(&index)[0], before[0]);

        index.delete_connector("demo", "git-main");
        assert_eq!(revisions(&index)[1], ABSENT);
        index.delete_class("git");
        assert_eq!(revisions(&index)[0], ABSENT);
    }

    #[test]
    fn a_connector_that_changes_its_class_moves() {
        let mut index = index();
        let mut object = connector("demo", "git-main");
        object["spec"]["connectorClassName"] = json!("nexus");
        index.apply_connector(known_connector(&object));
        let names = |class: &str| {
            index
                .connectors_of(class)
                .iter()
                .map(|it| it.name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names("git"), ["git-other", "private"]);
        assert_eq!(names("nexus"), ["git-main"]);
        assert_eq!(index.sizes(), (1, 3));
    }

    #[test]
    fn what_is_not_listed_any_more_is_gone() {
        let mut index = index();
        index.retain_connectors(&BTreeSet::from([("demo".to_owned(), "git-other".to_owned())]));
        assert_eq!(index.connector_names("demo", 10), ["git-other"]);
        assert_eq!(index.connector_names("team-b", 10), [""; 0]);
        assert_eq!(index.connectors_of("git").len(), 1);
        index.retain_classes(&BTreeSet::new());
        assert_eq!(index.class_names(10), [""; 0]);
        index.retain_connectors(&BTreeSet::new());
        assert_eq!(index.sizes(), (0, 0));
        assert_eq!(index.revision(&Key::ConnectorsOf("git".to_owned())), ABSENT);
    }

    #[test]
    fn names_are_in_order_and_bounded() {
        let index = index();
        assert_eq!(index.connector_names("demo", 1), ["git-main"]);
        assert_eq!(index.connector_names("demo", 10), ["git-main", "git-other"]);
        assert_eq!(index.connector_names("nowhere", 10), [""; 0]);
    }

    #[test]
    fn deleting_what_is_not_there_changes_nothing() {
        let mut index = Index::default();
        index.delete_connector("a", "b");
        index.delete_class("c");
        assert_eq!(index.sizes(), (0, 0));
    }
}
