//! Answers of the API server, kept for a while: young ones spare it a question, older ones stand in while it does not
//! answer. Pure: the time is an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

/// Keeps the last answer to each question, at most a fixed number of them. When full, the oldest goes.
#[derive(Debug)]
pub struct LastGood<K, V> {
    answers: BTreeMap<K, (Instant, V)>,
    by_age: BTreeSet<(Instant, K)>,
    capacity: usize,
}

/// An answer and its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept<V> {
    /// The answer.
    pub value: V,
    /// How long ago the API server gave it.
    pub age: Duration,
}

impl<K: Ord + Clone, V: Clone> LastGood<K, V> {
    /// Empty.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self {
            answers: BTreeMap::new(),
            by_age: BTreeSet::new(),
            capacity,
        }
    }

    /// The last answer, however old.
    pub fn get(&self, question: &K, now: Instant) -> Option<Kept<V>> {
        self.answers.get(question).map(|(at, value)| Kept {
            value: value.clone(),
            age: now.saturating_duration_since(*at),
        })
    }

    /// Keeps an answer.
    pub fn put(&mut self, question: K, value: V, now: Instant) {
        if let Some((at, _)) = self.answers.insert(question.clone(), (now, value)) {
            self.by_age.remove(&(at, question.clone()));
        }
        self.by_age.insert((now, question));
        while self.answers.len() > self.capacity
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.answers.remove(&oldest);
        }
    }

    /// Drops answers that are older than `age`.
    pub fn expire(&mut self, age: Duration, now: Instant) {
        while let Some((at, _)) = self.by_age.first()
            && now.saturating_duration_since(*at) > age
            && let Some((_, question)) = self.by_age.pop_first()
        {
            self.answers.remove(&question);
        }
    }

    /// How many answers are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_answer_counts_and_the_oldest_goes_first() {
        let t = Instant::now();
        let s = Duration::from_secs;
        let mut kept = LastGood::new(2);
        kept.put("a", 1, t);
        kept.put("b", 2, t + s(1));
        kept.put("a", 3, t + s(2));
        assert_eq!(kept.get(&"a", t + s(5)), Some(Kept { value: 3, age: s(3) }));
        kept.put("c", 4, t + s(3));
        assert_eq!(kept.get(&"b", t + s(5)), None);
        assert_eq!(kept.len(), 2);
        kept.expire(s(2), t + s(5));
        assert_eq!(
            (
                kept.get(&"a", t + s(5)),
                kept.get(&"c", t + s(5)).map(|k| k.value)
            ),
            (None, Some(4))
        );
        kept.expire(s(0), t + s(9));
        assert!(kept.is_empty() && kept.by_age.is_empty());
    }
}
