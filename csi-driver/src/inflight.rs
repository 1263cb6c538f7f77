//! At most one call of kubelet per volume at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::volume::paths::VolumeId;

/// The volumes that a call is being worked on for. Clones share the set.
#[derive(Clone, Debug, Default)]
pub struct InFlight {
    ids: Arc<Mutex<BTreeSet<VolumeId>>>,
}

/// While it lives, no other call for its volume begins.
#[derive(Debug)]
#[must_use]
pub struct Entered {
    id: VolumeId,
    ids: Arc<Mutex<BTreeSet<VolumeId>>>,
}

impl InFlight {
    /// `None` when another call for this volume is being worked on.
    pub fn enter(&self, id: &VolumeId) -> Option<Entered> {
        let new = self.ids.lock().insert(id.clone());
        new.then(|| Entered {
            id: id.clone(),
            ids: Arc::clone(&self.ids),
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.ids.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_for_each_volume() {
        let calls = InFlight::default();
        let (a, b) = (VolumeId::parse("a").unwrap(), VolumeId::parse("b").unwrap());
        let first = calls.enter(&a);
        assert!(first.is_some() && calls.enter(&a).is_none() && calls.enter(&b).is_some());
        drop(first);
        assert!(calls.enter(&a).is_some());
    }
}
