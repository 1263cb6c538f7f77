//! A queue of keys, each with the time at which it is due. Pure: the time is an argument.
//!
//! *Guarantees*: a key is handed out to one worker at a time; a key that is added while a worker has it is handed out
//! again afterwards; of several times for one key the earliest counts.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

/// See the module.
#[derive(Debug)]
pub struct Queue<K> {
    due: BTreeMap<K, Instant>,
    by_time: BTreeSet<(Instant, K)>,
    /// What a worker has, and when it is wanted again.
    running: BTreeMap<K, Option<Instant>>,
}

impl<K: Ord + Clone> Queue<K> {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            due: BTreeMap::new(),
            by_time: BTreeSet::new(),
            running: BTreeMap::new(),
        }
    }

    /// Wants `key` at `at`, or earlier if it was wanted earlier.
    pub fn add(&mut self, key: K, at: Instant) {
        if let Some(again) = self.running.get_mut(&key) {
            *again = Some(again.map_or(at, |earlier| earlier.min(at)));
            return;
        }
        match self.due.get(&key) {
            Some(earlier) if *earlier <= at => {}
            Some(later) => {
                self.by_time.remove(&(*later, key.clone()));
                self.insert(key, at);
            }
            None => self.insert(key, at),
        }
    }

    fn insert(&mut self, key: K, at: Instant) {
        self.by_time.insert((at, key.clone()));
        self.due.insert(key, at);
    }

    /// Takes out the key that has been due for longest.
    pub fn pop(&mut self, now: Instant) -> Option<K> {
        if self.by_time.first().is_none_or(|(at, _)| *at > now) {
            return None;
        }
        let (_, key) = self.by_time.pop_first()?;
        self.due.remove(&key);
        self.running.insert(key.clone(), None);
        Some(key)
    }

    /// A worker is done with `key` and wants it again at `next`, if at all.
    pub fn done(&mut self, key: &K, next: Option<Instant>) {
        let again = self.running.remove(key).flatten();
        if let Some(at) = [again, next].into_iter().flatten().min() {
            self.add(key.clone(), at);
        }
    }

    /// When the next key is due.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Forgets all keys that no worker has.
    pub fn clear(&mut self) {
        self.due.clear();
        self.by_time.clear();
    }

    /// How many keys are waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether no key is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }
}

impl<K: Ord + Clone> Default for Queue<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn keys_come_out_when_they_are_due_and_the_earliest_time_counts() {
        let t = Instant::now();
        let mut q = Queue::new();
        q.add("a", at(t, 5));
        q.add("b", at(t, 3));
        q.add("a", at(t, 1));
        q.add("b", at(t, 9));
        assert_eq!(q.len(), 2);
        assert_eq!(q.pop(t), None);
        assert_eq!(q.next_at(), Some(at(t, 1)));
        assert_eq!(q.pop(at(t, 4)), Some("a"));
        assert_eq!(q.pop(at(t, 4)), Some("b"));
        assert_eq!(q.pop(at(t, 99)), None);
    }

    #[test]
    fn a_key_has_one_worker_and_comes_back_when_it_was_wanted_meanwhile() {
        let t = Instant::now();
        let mut q = Queue::new();
        q.add("a", t);
        assert_eq!(q.pop(t), Some("a"));
        q.add("a", t);
        assert_eq!(q.pop(t), None, "another worker has it");
        q.done(&"a", Some(at(t, 30)));
        assert_eq!(q.pop(t), Some("a"), "it was wanted before the worker's own time");
        q.done(&"a", Some(at(t, 30)));
        assert_eq!(q.pop(t), None);
        assert_eq!(q.pop(at(t, 30)), Some("a"));
        q.done(&"a", None);
        assert!(q.is_empty());
    }
}
