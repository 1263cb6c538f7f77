//! Exponential back-off per key with full jitter. Pure: the random number is an argument.

use std::collections::BTreeMap;
use std::time::Duration;

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The bound of the first wait.
    pub base: Duration,
    /// No wait is longer.
    pub cap: Duration,
}

impl Policy {
    /// Doubling from `base` up to `cap`.
    #[must_use]
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap }
    }

    /// The wait after the `attempt`th failure in a row, counted from 0. `unit` is a random number in 0..1.
    ///
    /// # Guarantees
    /// Never more than the cap, and at least half the base. In between it is spread evenly up to
    /// `base * 2^attempt`, so that many clients that failed together do not come back together.
    #[must_use]
    pub fn wait(&self, attempt: u32, unit: f64) -> Duration {
        let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
        let bound = self.base.saturating_mul(factor).min(self.cap);
        let floor = (self.base / 2).min(bound);
        let unit = if unit.is_finite() {
            unit.clamp(0.0, 1.0)
        } else {
            1.0
        };
        floor + (bound - floor).mul_f64(unit)
    }
}

impl Default for Policy {
    /// 500 ms doubling to 60 s: quick enough for a restart of the API server, slow enough for one that is down.
    fn default() -> Self {
        Self::new(Duration::from_millis(500), Duration::from_secs(60))
    }
}

/// Back-off of one thing.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    policy: Policy,
    attempt: u32,
}

impl Backoff {
    /// Starts with no failures.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy, attempt: 0 }
    }

    /// One more failure: how long to wait. `unit` is a random number in 0..1, from [`crate::ids::unit`].
    #[must_use]
    pub fn fail(&mut self, unit: f64) -> Duration {
        let wait = self.policy.wait(self.attempt, unit);
        self.attempt = self.attempt.saturating_add(1);
        wait
    }

    /// A success: the next failure starts over.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    /// Failures in a row so far.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.attempt
    }
}

/// Back-off of many things, each by its key. A key without failures takes no memory.
#[derive(Clone, Debug)]
pub struct PerKey<K: Ord> {
    policy: Policy,
    attempts: BTreeMap<K, u32>,
}

impl<K: Ord> PerKey<K> {
    /// No failures of anything.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self {
            policy,
            attempts: BTreeMap::new(),
        }
    }

    /// One more failure of `key`: how long to wait.
    #[must_use]
    pub fn fail(&mut self, key: K, unit: f64) -> Duration {
        let attempt = self.attempts.entry(key).or_insert(0);
        let wait = self.policy.wait(*attempt, unit);
        *attempt = attempt.saturating_add(1);
        wait
    }

    /// A success of `key`, or it is gone.
    pub fn reset(&mut self, key: &K) {
        self.attempts.remove(key);
    }

    /// Failures of `key` in a row so far.
    #[must_use]
    pub fn failures(&self, key: &K) -> u32 {
        self.attempts.get(key).copied().unwrap_or(0)
    }

    /// How many keys are failing.
    #[must_use]
    pub fn len(&self) -> usize {
        self.attempts.len()
    }

    /// Whether nothing is failing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attempts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn doubles_up_to_the_cap_and_never_overflows() {
        let policy = Policy::new(SECOND, 60 * SECOND);
        for (attempt, least, most) in [
            (0, 0.5, 1.0),
            (1, 0.5, 2.0),
            (2, 0.5, 4.0),
            (5, 0.5, 32.0),
            (6, 0.5, 60.0),
            (31, 0.5, 60.0),
            (u32::MAX, 0.5, 60.0),
        ] {
            assert_eq!(
                policy.wait(attempt, 0.0).as_secs_f64(),
                least,
                "attempt {attempt}"
            );
            assert_eq!(policy.wait(attempt, 1.0).as_secs_f64(), most, "attempt {attempt}");
        }
        assert_eq!(policy.wait(3, f64::NAN), policy.wait(3, 1.0));
        assert_eq!(Policy::new(SECOND, SECOND / 4).wait(9, 1.0), SECOND / 4);
    }

    #[test]
    fn keys_fail_on_their_own() {
        let mut backoff = PerKey::new(Policy::new(SECOND, 60 * SECOND));
        assert_eq!(backoff.fail("a", 1.0), SECOND);
        assert_eq!(backoff.fail("a", 1.0), 2 * SECOND);
        assert_eq!(backoff.fail("b", 1.0), SECOND);
        assert_eq!(
            (backoff.failures(&"a"), backoff.failures(&"b"), backoff.len()),
            (2, 1, 2)
        );
        backoff.reset(&"a");
        assert_eq!(backoff.fail("a", 1.0), SECOND);
        backoff.reset(&"a");
        backoff.reset(&"b");
        assert!(backoff.is_empty());
    }

    #[test]
    fn one_thing_starts_over_after_a_success() {
        let mut backoff = Backoff::new(Policy::new(SECOND, 60 * SECOND));
        assert_eq!(
            (backoff.fail(1.0), backoff.fail(1.0), backoff.failures()),
            (SECOND, 2 * SECOND, 2)
        );
        backoff.reset();
        assert_eq!(backoff.fail(1.0), SECOND);
    }
}
