//! A queue of keys, each with the time at which it is due and how urgent it is. Pure: the time is an argument.
//!
//! *Guarantees*
//! - A key is handed out to one worker at a time; one that is wanted while a worker has it is handed out again
//!   afterwards.
//! - Of several times for one key the earliest counts, and of several urgencies the higher.
//! - What changed goes before what is periodic, however much of that is due; but of [`TURN`] keys one is periodic when
//!   one is due, and within an urgency the one that has been due for longest comes first: nothing starves.
//! - Periodic work never takes all workers ([`Limits`]): a change does not wait for a slow tool.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

/// Of this many keys in a row one is periodic, when changes never end.
const TURN: u32 = 8;

/// Why a key is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Something changed: a person may be waiting.
    Change,
    /// It is time to look again.
    Periodic,
}

impl Urgency {
    /// For metrics and pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Periodic => "periodic",
        }
    }
}

/// How many keys are worked on side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    all: usize,
    periodic: usize,
    outside: usize,
}

impl Limits {
    /// So many workers, a quarter of them (at least one) for changes only; with a single worker everything shares it. As
    /// many keys as `outside` says may be waited for without a worker, and a quarter more for changes only.
    #[must_use]
    pub const fn new(workers: usize, outside: usize) -> Self {
        let all = if workers == 0 { 1 } else { workers };
        let reserved = if all < 4 { 1 } else { all / 4 };
        let periodic = if all == 1 { 1 } else { all - reserved };
        Self {
            all,
            periodic,
            outside,
        }
    }

    /// Whether there is a worker, for any key and for a periodic one.
    fn free(self, running: usize, periodic: usize, outside: usize) -> (bool, bool) {
        // Nearly all that waits outside is periodic; where it is not, a change has one worker less for a moment.
        let any = running.saturating_sub(outside) < self.all;
        let free = any && periodic.saturating_sub(outside) < self.periodic;
        (
            any && outside <= self.outside + self.outside / 4,
            free && outside <= self.outside,
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    at: Instant,
    urgency: Urgency,
}

impl Wanted {
    fn or(self, other: Self) -> Self {
        Self {
            at: self.at.min(other.at),
            urgency: self.urgency.min(other.urgency),
        }
    }
}

/// A key that a worker has.
#[derive(Clone, Copy, Debug)]
pub struct Running {
    /// Since when.
    pub since: Instant,
    /// Why.
    pub urgency: Urgency,
    again: Option<Wanted>,
}

/// A key for a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job<K> {
    /// The object.
    pub key: K,
    /// Why.
    pub urgency: Urgency,
    /// When it became due.
    pub due: Instant,
}

/// See the module.
#[derive(Debug)]
pub struct Queue<K> {
    waiting: BTreeMap<K, Wanted>,
    changes: BTreeSet<(Instant, K)>,
    periodic: BTreeSet<(Instant, K)>,
    running: BTreeMap<K, Running>,
    running_periodic: usize,
    changes_in_a_row: u32,
}

impl<K: Ord + Clone> Queue<K> {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiting: BTreeMap::new(),
            changes: BTreeSet::new(),
            periodic: BTreeSet::new(),
            running: BTreeMap::new(),
            running_periodic: 0,
            changes_in_a_row: 0,
        }
    }

    /// Wants `key` at `at`, or earlier if it was wanted earlier. Says whether it was not wanted before.
    pub fn add(&mut self, key: K, at: Instant, urgency: Urgency) -> bool {
        let wanted = Wanted { at, urgency };
        if let Some(running) = self.running.get_mut(&key) {
            let new = running.again.is_none();
            running.again = Some(running.again.map_or(wanted, |before| before.or(wanted)));
            return new;
        }
        let before = self.waiting.get(&key).copied();
        let wanted = before.map_or(wanted, |before| before.or(wanted));
        if before != Some(wanted) {
            if let Some(before) = before {
                self.lane(before.urgency).remove(&(before.at, key.clone()));
            }
            self.lane(wanted.urgency).insert((wanted.at, key.clone()));
            self.waiting.insert(key, wanted);
        }
        before.is_none()
    }

    fn lane(&mut self, urgency: Urgency) -> &mut BTreeSet<(Instant, K)> {
        match urgency {
            Urgency::Change => &mut self.changes,
            Urgency::Periodic => &mut self.periodic,
        }
    }

    /// Takes out the next key that is due, if a worker is free for it. So many of those that run wait `outside`.
    pub fn pop(&mut self, now: Instant, limits: Limits, outside: usize) -> Option<Job<K>> {
        let (any, periodic) = limits.free(self.running.len(), self.running_periodic, outside);
        if !any {
            return None;
        }
        let due = |lane: &BTreeSet<(Instant, K)>| lane.first().is_some_and(|(at, _)| *at <= now);
        let periodic = periodic && due(&self.periodic);
        let urgency = match (due(&self.changes), periodic) {
            (true, true) if self.changes_in_a_row + 1 >= TURN => Urgency::Periodic,
            (true, _) => Urgency::Change,
            (false, true) => Urgency::Periodic,
            (false, false) => return None,
        };
        let (due, key) = self.lane(urgency).pop_first()?;
        self.waiting.remove(&key);
        self.changes_in_a_row = match urgency {
            Urgency::Change => self.changes_in_a_row.saturating_add(1),
            Urgency::Periodic => 0,
        };
        self.running_periodic += usize::from(urgency == Urgency::Periodic);
        let running = Running {
            since: now,
            urgency,
            again: None,
        };
        self.running.insert(key.clone(), running);
        Some(Job { key, urgency, due })
    }

    /// A worker is done with `key` and wants it again at `next`, if at all.
    pub fn done(&mut self, key: &K, next: Option<(Instant, Urgency)>) {
        let Some(running) = self.running.remove(key) else {
            return;
        };
        self.running_periodic -= usize::from(running.urgency == Urgency::Periodic);
        if let Some(again) = running.again {
            self.add(key.clone(), again.at, again.urgency);
        }
        if let Some((at, urgency)) = next {
            self.add(key.clone(), at, urgency);
        }
    }

    /// When [`Queue::pop`] can next give something, as far as is known now.
    #[must_use]
    pub fn next_at(&self, limits: Limits, outside: usize) -> Option<Instant> {
        let (any, free) = limits.free(self.running.len(), self.running_periodic, outside);
        if !any {
            return None;
        }
        let first = |lane: &BTreeSet<(Instant, K)>| lane.first().map(|(at, _)| *at);
        let periodic = first(&self.periodic).filter(|_| free);
        [first(&self.changes), periodic].into_iter().flatten().min()
    }

    /// How many keys of an urgency are due and wait for a worker.
    #[must_use]
    pub fn due(&self, urgency: Urgency, now: Instant) -> usize {
        let lane = match urgency {
            Urgency::Change => &self.changes,
            Urgency::Periodic => &self.periodic,
        };
        lane.iter().take_while(|(at, _)| *at <= now).count()
    }

    /// How many keys wait, due or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no key waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The keys that workers have.
    pub fn running(&self) -> impl Iterator<Item = (&K, &Running)> {
        self.running.iter()
    }

    /// The keys that are not due yet, the next one first.
    pub fn delayed(&self, now: Instant) -> impl Iterator<Item = (Instant, &K)> {
        let mut lanes = [&self.changes, &self.periodic].map(|lane| {
            lane.iter()
                .skip_while(move |(at, _)| *at <= now)
                .map(|(at, key)| (*at, key))
                .peekable()
        });
        std::iter::from_fn(move || {
            let [changes, periodic] = &mut lanes;
            match (changes.peek(), periodic.peek()) {
                (Some(a), Some(b)) if a.0 > b.0 => periodic.next(),
                (Some(_), _) => changes.next(),
                (None, _) => periodic.next(),
            }
        })
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
    use Urgency::{Change, Periodic};

    const MANY: Limits = Limits::new(1000, 0);

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn pop<K: Ord + Clone>(q: &mut Queue<K>, now: Instant) -> Option<K> {
        q.pop(now, MANY, 0).map(|job| job.key)
    }

    #[test]
    fn keys_come_out_when_they_are_due_and_the_earliest_time_counts() {
        let t = Instant::now();
        let mut q = Queue::new();
        assert!(q.add("a", at(t, 5), Change));
        assert!(q.add("b", at(t, 3), Change));
        assert!(!q.add("a", at(t, 1), Change));
        assert!(!q.add("b", at(t, 9), Change));
        assert_eq!((q.len(), q.due(Change, at(t, 2))), (2, 1));
        assert_eq!(pop(&mut q, t), None);
        assert_eq!(q.next_at(MANY, 0), Some(at(t, 1)));
        assert_eq!(pop(&mut q, at(t, 4)), Some("a"));
        assert_eq!(pop(&mut q, at(t, 4)), Some("b"));
        assert_eq!(pop(&mut q, at(t, 99)), None);
    }

    #[test]
    fn a_key_has_one_worker_and_comes_back_when_it_was_wanted_meanwhile() {
        let t = Instant::now();
        let mut q = Queue::new();
        q.add("a", t, Change);
        assert_eq!(pop(&mut q, t), Some("a"));
        assert!(q.add("a", t, Change));
        assert!(!q.add("a", t, Periodic), "it is wanted already");
        assert_eq!(pop(&mut q, t), None, "another worker has it");
        q.done(&"a", Some((at(t, 30), Periodic)));
        assert_eq!(
            pop(&mut q, t),
            Some("a"),
            "it was wanted before the worker's own time"
        );
        q.done(&"a", Some((at(t, 30), Periodic)));
        assert_eq!(pop(&mut q, t), None);
        assert_eq!(pop(&mut q, at(t, 30)), Some("a"));
        q.done(&"a", None);
        q.done(&"a", None);
        assert!(q.is_empty() && q.running().next().is_none());
    }

    #[test]
    fn a_change_does_not_wait_for_ten_thousand_probes() {
        let t = Instant::now();
        let mut q = Queue::new();
        for key in 0..10_000 {
            q.add(key, t, Periodic);
        }
        let limits = Limits::new(32, 0);
        let mut handed = 0;
        while q.pop(at(t, 1), limits, 0).is_some() {
            handed += 1;
        }
        assert_eq!(handed, 24, "some workers are kept free");
        assert_eq!(q.next_at(limits, 0), None);
        // One that waits for its probe, and one that is new.
        q.add(9_999, at(t, 1), Change);
        q.add(77_777, at(t, 1), Change);
        assert_eq!(q.next_at(limits, 0), Some(t), "the earliest time counts");
        let next = |q: &mut Queue<i32>| q.pop(at(t, 1), limits, 0).map(|job| (job.key, job.urgency));
        assert_eq!(next(&mut q), Some((9_999, Change)));
        assert_eq!(next(&mut q), Some((77_777, Change)));
        assert_eq!(next(&mut q), None);
    }

    #[test]
    fn probes_do_not_starve_when_changes_never_end() {
        let t = Instant::now();
        let mut q = Queue::new();
        q.add(0, t, Periodic);
        for key in 1..100 {
            q.add(key, t, Change);
        }
        let order: Vec<i32> = std::iter::from_fn(|| pop(&mut q, t)).take(9).collect();
        assert_eq!(order, [1, 2, 3, 4, 5, 6, 7, 0, 8]);
    }

    #[test]
    fn a_single_worker_serves_everything() {
        let t = Instant::now();
        let mut q = Queue::new();
        q.add("a", t, Periodic);
        assert!(q.pop(t, Limits::new(0, 0), 0).is_some());
        q.add("b", t, Change);
        assert!(q.pop(t, Limits::new(1, 0), 0).is_none());
    }

    #[test]
    fn what_is_delayed_is_listed_in_the_order_of_time() {
        let t = Instant::now();
        let mut q = Queue::new();
        for (key, seconds, urgency) in [
            ("a", 3, Periodic),
            ("b", 1, Periodic),
            ("c", 2, Change),
            ("d", 0, Change),
        ] {
            q.add(key, at(t, seconds), urgency);
        }
        let delayed: Vec<_> = q.delayed(t).map(|(_, key)| *key).collect();
        assert_eq!(delayed, ["b", "c", "a"]);
    }
}
