//! Which objects depend on which sources: from a source that changed to the objects to look at again. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// References from objects (`K`) to sources (`S`), in both directions.
///
/// *Guarantees*: a source without dependants takes no memory.
#[derive(Clone, Debug)]
pub struct BackRefs<S, K> {
    names: BTreeMap<K, BTreeSet<S>>,
    dependants: BTreeMap<S, BTreeSet<K>>,
}

impl<S, K> Default for BackRefs<S, K> {
    fn default() -> Self {
        Self {
            names: BTreeMap::new(),
            dependants: BTreeMap::new(),
        }
    }
}

impl<S: Ord + Clone, K: Ord + Clone> BackRefs<S, K> {
    /// The object `key` depends on exactly these sources from now on. Returns the sources that nothing depends on any
    /// more.
    pub fn set(&mut self, key: &K, sources: BTreeSet<S>) -> BTreeSet<S> {
        let before = self.names.remove(key).unwrap_or_default();
        for source in sources.difference(&before) {
            self.dependants
                .entry(source.clone())
                .or_default()
                .insert(key.clone());
        }
        let mut orphans = BTreeSet::new();
        for source in before.difference(&sources) {
            if let Some(left) = self.dependants.get_mut(source) {
                left.remove(key);
                if left.is_empty() {
                    self.dependants.remove(source);
                    orphans.insert(source.clone());
                }
            }
        }
        if !sources.is_empty() {
            self.names.insert(key.clone(), sources);
        }
        orphans
    }

    /// The object is gone. Returns the sources that nothing depends on any more.
    pub fn remove(&mut self, key: &K) -> BTreeSet<S> {
        self.set(key, BTreeSet::new())
    }

    /// The objects that depend on `source`.
    pub fn dependants(&self, source: &S) -> impl Iterator<Item = &K> {
        self.dependants.get(source).into_iter().flatten()
    }

    /// All sources that something depends on.
    pub fn sources(&self) -> impl Iterator<Item = &S> {
        self.dependants.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&'static str]) -> BTreeSet<&'static str> {
        names.iter().copied().collect()
    }

    #[test]
    fn follows_references_both_ways_and_names_what_nobody_needs() {
        let mut refs = BackRefs::<&str, u8>::default();
        assert_eq!(refs.set(&1, set(&["a", "b"])), set(&[]));
        assert_eq!(refs.set(&2, set(&["b", "c"])), set(&[]));
        assert_eq!(refs.dependants(&"b").collect::<Vec<_>>(), [&1, &2]);
        assert_eq!(refs.set(&1, set(&["b", "d"])), set(&["a"]));
        assert_eq!(refs.dependants(&"a").count(), 0);
        assert_eq!(refs.remove(&2), set(&["c"]));
        assert_eq!(refs.sources().collect::<Vec<_>>(), [&"b", &"d"]);
        assert_eq!(refs.remove(&1), set(&["b", "d"]));
        assert_eq!(refs.remove(&1), set(&[]));
        assert!(refs.names.is_empty() && refs.dependants.is_empty());
    }
}
