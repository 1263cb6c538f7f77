//! The index behind a lock, with everyone told of changes.

use std::sync::Arc;

use parking_lot::RwLock;
use patchbay_runtime::controller::{Feed, Hub};
use patchbay_runtime::watch::Pulse;
use tokio::sync::{Notify, watch};

use super::Listener;
use super::index::{Index, Sources};
use super::key::Source;

/// What is observed. Clones share it.
#[derive(Clone, Default)]
pub struct World {
    shared: Arc<Shared>,
}

struct Shared {
    index: RwLock<Index>,
    hub: Hub<Source>,
    secrets_wanted: Notify,
    addressables_wanted: Notify,
    pulse: Pulse,
    synced: watch::Sender<Synced>,
}

/// Which lists were taken in completely at least once.
#[derive(Clone, Copy, Debug, Default)]
struct Synced {
    classes: bool,
    connectors: bool,
}

impl Default for Shared {
    fn default() -> Self {
        let synced = watch::Sender::new(Synced::default());
        Self {
            index: RwLock::default(),
            hub: Hub::default(),
            secrets_wanted: Notify::new(),
            addressables_wanted: Notify::new(),
            pulse: Pulse::default(),
            synced,
        }
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

impl World {
    /// Looks at the index. The lock is held as long as `look` runs: no rendering in there.
    pub fn look<T>(&self, look: impl FnOnce(&Index) -> T) -> T {
        look(&self.shared.index.read())
    }

    /// Changes the index, and tells every listener what changed.
    pub fn change(&self, change: impl FnOnce(&mut Index) -> Sources) {
        let changed = change(&mut self.shared.index.write());
        self.shared.hub.publish(&changed);
    }

    /// As [`World::change`], by an event that may change which Secrets are named.
    pub fn change_names(&self, change: impl FnOnce(&mut Index) -> Sources) {
        self.change(change);
        self.shared.secrets_wanted.notify_one();
    }

    /// As [`World::change`], by an event that may change which objects classes name.
    pub fn change_addressables(&self, change: impl FnOnce(&mut Index) -> Sources) {
        self.change(change);
        self.shared.addressables_wanted.notify_one();
    }

    /// Changes the index without telling anyone: what is noted here is known to be of our own making.
    pub fn note(&self, note: impl FnOnce(&mut Index)) {
        note(&mut self.shared.index.write());
    }

    /// All classes were taken in.
    pub fn classes_synced(&self) {
        self.synced(|synced| synced.classes = true);
    }

    /// All Connectors were taken in.
    pub fn connectors_synced(&self) {
        self.synced(|synced| synced.connectors = true);
    }

    fn synced(&self, note: impl FnOnce(&mut Synced)) {
        let before = self.is_complete();
        self.shared.synced.send_modify(note);
        if !before && self.is_complete() {
            // What was absent so far may only have been unknown.
            self.shared.hub.publish_everything();
        }
    }

    /// Whether what is absent here is absent in the cluster.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let synced = *self.shared.synced.borrow();
        synced.classes && synced.connectors
    }

    /// Waits until [`World::is_complete`].
    pub async fn complete(&self) {
        let mut synced = self.shared.synced.subscribe();
        // The sender lives as long as self does.
        drop(
            synced
                .wait_for(|synced| synced.classes && synced.connectors)
                .await,
        );
    }

    /// Begins to listen for changes.
    #[must_use]
    pub fn listen(&self) -> Listener {
        self.shared.hub.listen()
    }

    /// What the watches that feed this share.
    pub(super) fn pulse(&self) -> &Pulse {
        &self.shared.pulse
    }

    /// Waits until other Secrets may be named than before.
    pub(super) async fn secrets_renamed(&self) {
        self.shared.secrets_wanted.notified().await;
    }

    /// Waits until classes may name other objects than before.
    pub(super) async fn addressables_renamed(&self) {
        self.shared.addressables_wanted.notified().await;
    }
}

impl Feed for World {
    type Source = Source;

    fn listen(&self) -> Listener {
        Self::listen(self)
    }

    fn complete(&self) -> impl Future<Output = ()> + Send {
        Self::complete(self)
    }
}
