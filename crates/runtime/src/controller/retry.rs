//! What a failure means for the next attempt. Pure: the time and the dice are arguments.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::backoff::Policy;
use crate::text::cut;

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The object is wrong: nothing helps but a change of it or of what it names.
    Invalid,
    /// Something else must happen first, and it may do so without being seen: look again, slowly.
    Waiting,
    /// It may work next time: soon, then less and less often.
    Transient,
    /// Somebody else was faster: look again at once, and only then as for [`Class::Transient`].
    Conflict,
    /// Our own mistake.
    Panic,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Invalid,
        Self::Waiting,
        Self::Transient,
        Self::Conflict,
        Self::Panic,
    ];

    /// For metrics and pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid",
            Self::Waiting => "Waiting",
            Self::Transient => "Transient",
            Self::Conflict => "Conflict",
            Self::Panic => "Panic",
        }
    }
}

/// An error that says what it means for the next attempt.
pub trait Failure: std::error::Error + Send + Sync {
    /// What to do about it.
    fn class(&self) -> Class;

    /// The text for the debug page: no values, nothing that came from a Secret.
    fn public(&self) -> String;

    /// Whether it says that what all objects need (the API server) is not there. Other objects then fail alike.
    fn is_outage(&self) -> bool {
        false
    }
}

/// A person has to act: a minute at first, then up to ten.
const WAITING: Policy = Policy::new(Duration::from_secs(60), Duration::from_secs(600));
/// A restart of something takes seconds; a minute is what a person accepts when they have mended it.
const TRANSIENT: Policy = Policy::new(Duration::from_millis(500), Duration::from_secs(60));
/// While the API server is away the [`Breaker`] bounds the attempts of all objects together, so each may come often.
const OUTAGE: Policy = Policy::new(Duration::from_millis(500), Duration::from_secs(2));
/// A panic comes again with the same input: leave it alone for longer.
const PANIC: Policy = Policy::new(Duration::from_secs(2), Duration::from_secs(600));

/// How long after the `before + 1`th failure in a row the object is tried again; `None`: when something changes.
#[must_use]
pub fn wait(class: Class, outage: bool, before: u32, dice: f64) -> Option<Duration> {
    match class {
        Class::Invalid => None,
        Class::Waiting => Some(WAITING.wait(before, dice)),
        Class::Conflict if before == 0 => Some(Duration::ZERO),
        Class::Conflict => Some(TRANSIENT.wait(before - 1, dice)),
        Class::Transient if outage => Some(OUTAGE.wait(before, dice)),
        Class::Transient => Some(TRANSIENT.wait(before, dice)),
        Class::Panic => Some(PANIC.wait(before, dice)),
    }
}

/// What is remembered of an object that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Of the last failure.
    pub class: Class,
    /// Failures in a row.
    pub count: u32,
    /// The last one says that the API server is away.
    pub outage: bool,
    /// The last one's public text, cut.
    pub text: String,
    /// When the last one was.
    pub at: Instant,
}

/// The objects that fail.
#[derive(Clone, Debug)]
pub struct Failures<K> {
    failing: BTreeMap<K, Failing>,
}

/// What is kept of a text.
const MAX_TEXT: usize = 200;

impl<K: Ord + Clone> Failures<K> {
    /// Nothing fails.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            failing: BTreeMap::new(),
        }
    }

    /// `key` failed: how long to wait, if it is to be tried again by itself.
    pub fn fail(
        &mut self,
        key: &K,
        class: Class,
        outage: bool,
        text: &str,
        now: Instant,
        dice: f64,
    ) -> Option<Duration> {
        let before = self.failing.get(key).map_or(0, |failing| failing.count);
        let failing = Failing {
            class,
            count: before.saturating_add(1),
            outage,
            text: cut(text, MAX_TEXT).to_owned(),
            at: now,
        };
        self.failing.insert(key.clone(), failing);
        wait(class, outage, before, dice)
    }

    /// `key` is in order, or gone. Says whether it was failing.
    pub fn succeed(&mut self, key: &K) -> bool {
        self.failing.remove(key).is_some()
    }

    /// What is remembered of an object.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&Failing> {
        self.failing.get(key)
    }

    /// All objects that fail.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Failing)> {
        self.failing.iter()
    }

    /// How many fail.
    #[must_use]
    pub fn len(&self) -> usize {
        self.failing.len()
    }

    /// Whether nothing fails.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.failing.is_empty()
    }
}

impl<K: Ord + Clone> Default for Failures<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// So many objects in a row that fail for the API server's sake mean that it is away.
const TRIP: u32 = 3;
/// Between two attempts while it is away.
const TRIALS: Policy = Policy::new(Duration::from_millis(200), Duration::from_secs(1));
/// After it is back, what failed meanwhile is tried again within this time.
pub const RECOVERY: Duration = Duration::from_secs(1);

/// While the API server is away, one object tries whether it is back, instead of all of them one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    failed: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// The API server is there.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            failed: 0,
            until: None,
        }
    }

    /// An attempt failed because the API server is away.
    pub fn failed(&mut self, now: Instant, dice: f64) {
        self.failed = self.failed.saturating_add(1);
        if self.failed >= TRIP {
            self.until = Some(now + TRIALS.wait(self.failed - TRIP, dice));
        }
    }

    /// An attempt did not fail for that reason. Says whether the API server is back after having been away.
    pub fn answered(&mut self) -> bool {
        let open = self.is_open();
        *self = Self::default();
        open
    }

    /// Whether the API server is thought to be away.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.until.is_some()
    }

    /// Whether another object may be worked on while `running` are.
    #[must_use]
    pub fn admits(&self, now: Instant, running: usize) -> bool {
        self.until.is_none_or(|until| now >= until && running == 0)
    }

    /// No attempt before this time.
    #[must_use]
    pub const fn until(&self) -> Option<Instant> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_decides_how_long_to_wait() {
        let s = Duration::from_secs_f64;
        for (class, outage, before, want) in [
            (Class::Invalid, false, 0, None),
            (Class::Invalid, false, 9, None),
            (Class::Waiting, false, 0, Some(s(60.0))),
            (Class::Waiting, false, 9, Some(s(600.0))),
            (Class::Transient, false, 0, Some(s(0.5))),
            (Class::Transient, false, 3, Some(s(4.0))),
            (Class::Transient, false, u32::MAX, Some(s(60.0))),
            (Class::Transient, true, u32::MAX, Some(s(2.0))),
            (Class::Conflict, false, 0, Some(s(0.0))),
            (Class::Conflict, false, 1, Some(s(0.5))),
            (Class::Conflict, false, u32::MAX, Some(s(60.0))),
            (Class::Panic, false, 0, Some(s(2.0))),
        ] {
            assert_eq!(
                wait(class, outage, before, 1.0),
                want,
                "{class:?} {outage} {before}"
            );
        }
    }

    #[test]
    fn failures_are_counted_per_object_and_end_with_a_success() {
        let (now, mut failures) = (Instant::now(), Failures::new());
        for want in [0.5, 1.0, 2.0] {
            let wait = failures.fail(&"a", Class::Transient, false, "x", now, 1.0);
            assert_eq!(wait, Some(Duration::from_secs_f64(want)));
        }
        failures.fail(&"b", Class::Invalid, false, &"ä".repeat(300), now, 1.0);
        assert_eq!(failures.get(&"b").unwrap().text.len(), MAX_TEXT);
        assert_eq!(failures.len(), 2);
        assert!(failures.succeed(&"a") && !failures.succeed(&"a"));
        let wait = failures.fail(&"a", Class::Transient, false, "x", now, 1.0);
        assert_eq!(wait, Some(Duration::from_secs_f64(0.5)));
    }

    #[test]
    fn while_the_api_server_is_away_one_object_tries() {
        let (start, mut breaker) = (Instant::now(), Breaker::default());
        assert!(breaker.admits(start, 31));
        breaker.failed(start, 1.0);
        breaker.failed(start, 1.0);
        assert!(
            !breaker.answered() && breaker.admits(start, 31),
            "two may fail for other reasons"
        );
        for _ in 0..3 {
            breaker.failed(start, 1.0);
        }
        let until = breaker.until().unwrap();
        assert_eq!(until, start + Duration::from_millis(200));
        assert!(!breaker.admits(start, 0) && !breaker.admits(until, 1) && breaker.admits(until, 0));
        for _ in 0..100 {
            breaker.failed(start, 1.0);
        }
        assert_eq!(breaker.until(), Some(start + Duration::from_secs(1)));
        assert!(breaker.answered());
        assert!(breaker.admits(start, 31) && !breaker.answered());
    }
}
