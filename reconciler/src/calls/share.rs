//! Sends a call once for all who want it at the same time or shortly after each other.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use jiff::Timestamp;
use parking_lot::Mutex;
use patchbay_model::status::Status;
use tokio::time::Instant;

use super::key::CallKey;
use crate::probes::verdict::Verdict;

/// What a call found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it means.
    pub verdict: Verdict,
    /// When the call began.
    pub started: Instant,
    /// The same, for people.
    pub at: Timestamp,
    /// How many times in a row the credential was refused, this time included.
    pub refusals: u32,
}

impl Found {
    /// What can be said without a call.
    #[must_use]
    pub const fn unsent(verdict: Verdict, now: Instant, at: Timestamp) -> Self {
        Self {
            verdict,
            started: now,
            at,
            refusals: 0,
        }
    }
}

/// How old an answer may be that somebody else asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wants {
    /// A call that began then or later.
    pub since: Instant,
    /// The same for an answer that is not good. Who has just mended something wants to see that, and not what was
    /// found before.
    pub bad_since: Instant,
}

impl Wants {
    /// Whether an answer will do.
    #[must_use]
    pub fn takes(&self, found: &Found) -> bool {
        let since = if found.verdict.status == Status::True {
            self.since
        } else {
            self.bad_since
        };
        found.started >= since
    }
}

/// All calls that somebody is interested in. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    all: Arc<Mutex<BTreeMap<CallKey, Weak<Shared>>>>,
}

/// One call, shared by all who hold it. It is forgotten when nobody does.
#[derive(Debug)]
pub struct Shared {
    key: CallKey,
    all: Weak<Mutex<BTreeMap<CallKey, Weak<Self>>>>,
    /// Held while the call is made, so that others wait for it. A caller that gives up lets the next one try.
    last: tokio::sync::Mutex<Option<Found>>,
}

impl Calls {
    /// The call of this key.
    #[must_use]
    pub fn get(&self, key: CallKey) -> Arc<Shared> {
        let mut all = self.all.lock();
        if let Some(shared) = all.get(&key).and_then(Weak::upgrade) {
            return shared;
        }
        let shared = Arc::new(Shared {
            key,
            all: Arc::downgrade(&self.all),
            last: tokio::sync::Mutex::new(None),
        });
        all.insert(key, Arc::downgrade(&shared));
        shared
    }

    /// How many different calls there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.lock().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Shared {
    /// The key.
    #[must_use]
    pub fn key(&self) -> CallKey {
        self.key
    }

    /// Takes what somebody else found, if it is new enough, or else makes the call.
    ///
    /// *Guarantees*: of all who ask at one time one makes the call; one who gives up in the middle of it hinders nobody.
    pub async fn ask<F>(&self, wants: Wants, call: impl FnOnce() -> F) -> Found
    where
        F: Future<Output = (Instant, Timestamp, Verdict)>,
    {
        let mut last = self.last.lock().await;
        if let Some(found) = last.as_ref().filter(|found| wants.takes(found)) {
            return found.clone();
        }
        let (started, at, verdict) = call().await;
        let before = last.as_ref().map_or(0, |found| found.refusals);
        let refusals = if verdict.is_refusal() {
            before.saturating_add(1)
        } else {
            0
        };
        let found = Found {
            verdict,
            started,
            at,
            refusals,
        };
        *last = Some(found.clone());
        found
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let Some(all) = self.all.upgrade() else { return };
        let mut all = all.lock();
        // Another one of the same key may have come meanwhile.
        if all.get(&self.key).is_some_and(|kept| kept.strong_count() == 0) {
            all.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use futures::FutureExt;
    use futures::future::join_all;
    use patchbay_api::conditions::Reason;

    use super::*;
    use crate::calls::key::tests::some_key;
    use crate::testing::verdict;

    /// A tool that counts calls.
    #[derive(Default)]
    struct Tool {
        calls: AtomicU32,
        down: bool,
        refuses: bool,
    }

    impl Tool {
        async fn call(&self) -> (Instant, Timestamp, Verdict) {
            let started = Instant::now();
            self.calls.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
            let verdict = match (self.down, self.refuses) {
                (true, _) => verdict(Status::False, Reason::ConnectionFailed),
                (_, true) => verdict(Status::False, Reason::AuthenticationFailed),
                _ => verdict(Status::True, Reason::ProbeSucceeded),
            };
            (started, Timestamp::UNIX_EPOCH, verdict)
        }

        fn calls(&self) -> u32 {
            self.calls.load(Ordering::SeqCst)
        }
    }

    fn now() -> Wants {
        let now = Instant::now();
        Wants {
            since: now,
            bad_since: now,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_who_ask_at_once_are_one_call() {
        let (calls, tool) = (Calls::default(), Tool::default());
        let shared: Vec<_> = (0..1000).map(|_| calls.get(some_key(1))).collect();
        let wants = now();
        let found = join_all(shared.iter().map(|s| s.ask(wants, || tool.call()))).await;
        assert_eq!(tool.calls(), 1);
        assert!(found.iter().all(|f| f.verdict.status == Status::True));
        assert_eq!(calls.len(), 1);
        drop(shared);
        assert!(calls.is_empty(), "nobody is interested any more");
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_while_a_bad_answer_is_on_its_way_gets_a_new_one() {
        let (calls, tool) = (
            Calls::default(),
            Tool {
                down: true,
                ..Tool::default()
            },
        );
        let shared = calls.get(some_key(1));
        let early = now();
        let ask = |wants| shared.ask(wants, || tool.call());
        let late = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = now();
            join_all((0..100).map(|_| ask(now))).await
        };
        let (first, rest) = tokio::join!(ask(early), late);
        assert_eq!(tool.calls(), 2, "one for the first, and one for all the others");
        assert!(rest.iter().all(|found| found.started > first.started));
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_gives_up_hinders_nobody() {
        let (calls, tool) = (Calls::default(), Tool::default());
        let shared = calls.get(some_key(1));
        assert!(shared.ask(now(), || tool.call()).now_or_never().is_none());
        assert!(shared.ask(now(), || tool.call()).await.verdict.status == Status::True);
        assert_eq!(tool.calls(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_answer_is_taken_as_long_as_it_is_new_enough() {
        let (calls, tool) = (Calls::default(), Tool::default());
        let shared = calls.get(some_key(1));
        let first = shared.ask(now(), || tool.call()).await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        let wants = Wants {
            since: Instant::now() - Duration::from_secs(22),
            bad_since: Instant::now(),
        };
        assert_eq!(shared.ask(wants, || tool.call()).await, first);
        tokio::time::sleep(Duration::from_secs(3)).await;
        let wants = Wants {
            since: Instant::now() - Duration::from_secs(22),
            ..wants
        };
        assert_ne!(shared.ask(wants, || tool.call()).await, first);
        assert_eq!(tool.calls(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_in_a_row_are_counted_by_call_and_not_by_who_asks() {
        let calls = Calls::default();
        let mut tool = Tool {
            refuses: true,
            ..Tool::default()
        };
        let (a, b) = (calls.get(some_key(1)), calls.get(some_key(1)));
        assert_eq!(a.ask(now(), || tool.call()).await.refusals, 1);
        assert_eq!(b.ask(now(), || tool.call()).await.refusals, 2);
        let other = calls.get(some_key(2));
        assert_eq!(other.ask(now(), || tool.call()).await.refusals, 1);
        tool.refuses = false;
        assert_eq!(a.ask(now(), || tool.call()).await.refusals, 0);
    }
}
