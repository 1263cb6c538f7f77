//! The index as several threads share it, and as one decision sees it.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use crate::index::{ABSENT, Index, Key, Known, KnownClass, KnownConnector};

/// An index that several threads use. Locks are held for a lookup or for one event, never while anything is decided.
#[derive(Debug, Default)]
pub struct SharedIndex {
    index: RwLock<Index>,
    /// Ticks with every change.
    changes: watch::Sender<()>,
}

impl SharedIndex {
    /// Changes the index and wakes those who wait for a change. `change` must be short: readers wait for it.
    pub fn write<T>(&self, change: impl FnOnce(&mut Index) -> T) -> T {
        let done = change(&mut self.index.write());
        self.changes.send_replace(());
        done
    }

    /// Looks something up. `look` must be short: the writer waits for it.
    pub fn read<T>(&self, look: impl FnOnce(&Index) -> T) -> T {
        look(&self.index.read())
    }

    /// Ticks with every change from now on.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Whether anything of this has changed since it was looked at.
    #[must_use]
    pub fn has_changed(&self, looked_at: &[LookedAt]) -> bool {
        self.read(|index| looked_at.iter().any(|at| index.revision(&at.key) != at.revision))
    }
}

/// Something that a decision looked at, and the revision that it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAt {
    key: Key,
    revision: u64,
}

impl LookedAt {
    /// Whether it was looked for and was not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.revision == ABSENT && !matches!(self.key, Key::ConnectorsOf(_))
    }
}

/// The index as one decision sees it.
#[derive(Debug)]
pub struct Seen<'a> {
    index: &'a SharedIndex,
    looked_at: Mutex<Vec<LookedAt>>,
}

impl<'a> Seen<'a> {
    /// Nothing is looked at yet.
    #[must_use]
    pub fn new(index: &'a SharedIndex) -> Self {
        Self {
            index,
            looked_at: Mutex::default(),
        }
    }

    /// What was looked at, and the revision it had.
    #[must_use]
    pub fn into_looked_at(self) -> Vec<LookedAt> {
        self.looked_at.into_inner()
    }

    fn note<T>(&self, key: Key, look: impl FnOnce(&Index) -> T) -> T {
        let (found, revision) = self.index.read(|index| (look(index), index.revision(&key)));
        self.looked_at.lock().push(LookedAt { key, revision });
        found
    }
}

impl Known for Seen<'_> {
    fn class(&self, name: &str) -> Option<Arc<KnownClass>> {
        self.note(Key::Class(name.to_owned()), |index| index.class(name))
    }

    fn connector(&self, namespace: &str, name: &str) -> Option<Arc<KnownConnector>> {
        self.note(Key::Connector(namespace.to_owned(), name.to_owned()), |index| {
            index.connector(namespace, name)
        })
    }

    fn connectors_of(&self, class: &str) -> Vec<Arc<KnownConnector>> {
        self.note(Key::ConnectorsOf(class.to_owned()), |index| {
            index.connectors_of(class)
        })
    }

    fn class_names(&self, limit: usize) -> Vec<String> {
        self.index.read(|index| index.class_names(limit))
    }

    fn connector_names(&self, namespace: &str, limit: usize) -> Vec<String> {
        self.index.read(|index| index.connector_names(namespace, limit))
    }
}
