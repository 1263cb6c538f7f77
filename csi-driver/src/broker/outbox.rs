//! What the stream to the broker has yet to say: at most one thing per volume, so it is bounded by the volumes.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::volume::paths::VolumeId;

/// What to say of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// Subscribe it, or renew its subscription.
    Subscribe,
    /// Give its subscription up.
    Unsubscribe,
}

/// What has yet to be said. A later word on a volume replaces an earlier one.
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: Mutex<BTreeMap<VolumeId, Say>>,
    news: Notify,
}

impl Outbox {
    /// Something to say, when the stream next takes a message.
    pub fn put(&self, id: VolumeId, say: Say) {
        self.waiting.lock().insert(id, say);
        self.news.notify_one();
    }

    /// A new stream: everything said before is void, and all of these are subscribed.
    pub fn restart(&self, ids: impl Iterator<Item = VolumeId>) {
        *self.waiting.lock() = ids.map(|id| (id, Say::Subscribe)).collect();
        self.news.notify_one();
    }

    /// The next thing to say.
    pub fn take(&self) -> Option<(VolumeId, Say)> {
        self.waiting.lock().pop_first()
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.lock().is_empty()
    }

    /// Waits for something to be put in.
    pub async fn news(&self) {
        self.news.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> VolumeId {
        VolumeId::parse(text).unwrap()
    }

    #[test]
    fn the_last_word_on_a_volume_counts() {
        let outbox = Outbox::default();
        outbox.put(id("b"), Say::Subscribe);
        outbox.put(id("a"), Say::Subscribe);
        outbox.put(id("b"), Say::Unsubscribe);
        assert_eq!(outbox.take(), Some((id("a"), Say::Subscribe)));
        assert_eq!(outbox.take(), Some((id("b"), Say::Unsubscribe)));
        assert_eq!(outbox.take(), None);
    }

    #[test]
    fn a_new_stream_starts_over() {
        let outbox = Outbox::default();
        outbox.put(id("gone"), Say::Unsubscribe);
        outbox.restart([id("a"), id("b")].into_iter());
        assert_eq!(outbox.take(), Some((id("a"), Say::Subscribe)));
        assert!(!outbox.is_empty());
        assert_eq!(outbox.take(), Some((id("b"), Say::Subscribe)));
        assert!(outbox.is_empty());
    }
}
