//! Tells every interested part which sources changed. Bounded: a listener that does not listen holds one set of
//! names, and a very long set becomes "everything". `S` names a source, such as a Secret.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// More changed sources than this are not told apart any more: whoever listens looks at everything once.
const MAX_DISTINCT: usize = 4096;

/// Where changes are published.
#[derive(Debug)]
pub struct Hub<S> {
    listeners: Mutex<Vec<Weak<Inbox<S>>>>,
}

impl<S> Default for Hub<S> {
    fn default() -> Self {
        Self {
            listeners: Mutex::default(),
        }
    }
}

/// Receives changes from the time it was made until it is dropped.
#[derive(Debug)]
pub struct Listener<S> {
    inbox: Arc<Inbox<S>>,
}

#[derive(Debug)]
struct Inbox<S> {
    changed: Mutex<Changed<S>>,
    wake: Notify,
}

/// What changed since the last look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed<S> {
    /// These.
    Some(BTreeSet<S>),
    /// So many that they were not kept apart.
    Everything,
}

impl<S> Default for Changed<S> {
    fn default() -> Self {
        Self::Some(BTreeSet::new())
    }
}

impl<S: Ord + Clone> Changed<S> {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Some(set) if set.is_empty())
    }

    fn add(&mut self, sources: &BTreeSet<S>) {
        let Self::Some(set) = self else { return };
        set.extend(sources.iter().cloned());
        if set.len() > MAX_DISTINCT {
            *self = Self::Everything;
        }
    }
}

impl<S: Ord + Clone> Hub<S> {
    /// Begins to listen.
    pub fn listen(&self) -> Listener<S> {
        let inbox = Arc::new(Inbox {
            changed: Mutex::default(),
            wake: Notify::new(),
        });
        let mut listeners = self.listeners.lock();
        // Before the list grows, those who left make room: the list is never longer than twice those who listen.
        if listeners.len() == listeners.capacity() {
            listeners.retain(|listener| listener.strong_count() > 0);
            let live = listeners.len();
            listeners.shrink_to(2 * live);
        }
        listeners.push(Arc::downgrade(&inbox));
        Listener { inbox }
    }

    /// Tells every listener. Never blocks on one.
    pub fn publish(&self, sources: &BTreeSet<S>) {
        if !sources.is_empty() {
            self.tell(|changed| changed.add(sources));
        }
    }

    /// Tells every listener that everything may have changed.
    pub fn publish_everything(&self) {
        self.tell(|changed| *changed = Changed::Everything);
    }

    fn tell(&self, add: impl Fn(&mut Changed<S>)) {
        self.listeners.lock().retain(|listener| {
            let Some(inbox) = listener.upgrade() else {
                return false;
            };
            add(&mut inbox.changed.lock());
            inbox.wake.notify_one();
            true
        });
    }
}

impl<S: Ord + Clone> Listener<S> {
    /// Waits until something changed, and takes it. Safe to cancel: what was not returned is returned next time.
    pub async fn changed(&self) -> Changed<S> {
        loop {
            let taken = std::mem::take(&mut *self.inbox.changed.lock());
            if !taken.is_empty() {
                return taken;
            }
            self.inbox.wake.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn changes_are_collected_until_somebody_looks() {
        let hub = Hub::<String>::default();
        let listener = hub.listen();
        assert_eq!(listener.changed().now_or_never(), None);
        hub.publish(&set(&["a"]));
        hub.publish(&set(&["b", "a"]));
        assert_eq!(
            listener.changed().now_or_never(),
            Some(Changed::Some(set(&["a", "b"])))
        );
        assert_eq!(listener.changed().now_or_never(), None);
    }

    #[test]
    fn a_listener_that_does_not_listen_holds_a_bounded_amount() {
        let hub = Hub::<String>::default();
        let listener = hub.listen();
        for i in 0..=MAX_DISTINCT {
            hub.publish(&set(&[&i.to_string()]));
        }
        assert_eq!(listener.changed().now_or_never(), Some(Changed::Everything));
        hub.publish(&set(&["a"]));
        assert_eq!(
            listener.changed().now_or_never(),
            Some(Changed::Some(set(&["a"])))
        );
    }

    #[test]
    fn a_dropped_listener_is_forgotten() {
        let hub = Hub::<String>::default();
        drop(hub.listen());
        hub.publish(&set(&["a"]));
        assert!(hub.listeners.lock().is_empty());
        // Without any change as well.
        let kept: Vec<Listener<String>> = (0..10).map(|_| hub.listen()).collect();
        for _ in 0..10_000 {
            drop(hub.listen());
        }
        assert!(hub.listeners.lock().len() < 64);
        hub.publish(&set(&["a"]));
        assert!(
            kept.iter()
                .all(|listener| listener.changed().now_or_never().is_some())
        );
    }
}
