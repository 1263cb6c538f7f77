//! The loop of a controller: changes and times go into the queue, a bounded number of keys is worked on side by side,
//! failures back off per key, and all of it only while this process is the leader.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::board::{Shared, State};
use super::metrics::{ControllerMetrics, Outcome};
use super::outside::Counter;
use super::queue::{Job, Limits, Urgency};
use super::retry::{Class, Failure, RECOVERY};
use super::{Changed, Controller, Feed, Listener, Next};
use crate::error::Chain;
use crate::lease::Leadership;
use crate::liveness::Liveness;
use crate::trace::TraceId;
use crate::{clock, ids};

/// The loop turns at least this often.
const TURN: Duration = Duration::from_secs(10);
/// A loop that did not turn for this long never will.
const STALLED: Duration = Duration::from_secs(120);
/// Every call has a deadline of its own, so work never takes this long; if it does, its key must not be lost.
const MAX_WORK: Duration = Duration::from_secs(120);

/// What a controller's loop works with.
#[derive(Debug)]
pub(super) struct Loop<F> {
    pub(super) feed: F,
    pub(super) leadership: Leadership,
    pub(super) limits: Limits,
    pub(super) metrics: ControllerMetrics,
    pub(super) liveness: Liveness,
    pub(super) shutdown: CancellationToken,
    /// What is running at the shutdown may take so long to end.
    pub(super) drain: Duration,
}

/// How a piece of work ended.
enum End<E> {
    Done(Next),
    Failed(E),
    Panicked,
    TooLong,
}

struct Ended<K, E> {
    job: Job<K>,
    took: Duration,
    end: End<E>,
}

type Working<'a, C> =
    FuturesUnordered<BoxFuture<'a, Ended<<C as Controller>::Key, <C as Controller>::Error>>>;

/// Runs a controller until the shutdown, beginning when all is known that there is.
pub(super) async fn run<C, F>(controller: C, mut setup: Loop<F>) -> Result<(), Infallible>
where
    C: Controller,
    F: Feed<Source = C::Source>,
{
    let listener = setup.feed.listen();
    let shared: Shared<C::Key> = Arc::new(Mutex::new(State::new()));
    setup.metrics.board(C::NAME, shared.clone());
    let shutdown = setup.shutdown.clone();
    if shutdown
        .run_until_cancelled(setup.feed.complete())
        .await
        .is_none()
    {
        return Ok(());
    }
    while shutdown
        .run_until_cancelled(setup.leadership.acquired())
        .await
        .is_some()
    {
        tracing::info!(controller = C::NAME, "leading");
        *shared.lock() = State::new();
        shared.lock().leading = true;
        let stopped = Leader {
            controller: &controller,
            shared: &shared,
            setup: &setup,
            outside: Arc::default(),
        }
        .lead(&listener)
        .await;
        *shared.lock() = State::new();
        if stopped {
            break;
        }
        tracing::info!(controller = C::NAME, "not leading any more");
    }
    Ok(())
}

struct Leader<'a, C: Controller, F> {
    controller: &'a C,
    shared: &'a Shared<C::Key>,
    setup: &'a Loop<F>,
    outside: Arc<Counter>,
}

impl<C: Controller, F: Feed<Source = C::Source>> Leader<'_, C, F> {
    /// Works until the leadership is lost, and then drops what is running; or until the shutdown (true), and then lets
    /// it end. Everything is looked at once: what changed before was another leader's.
    async fn lead(&self, listener: &Listener<C::Source>) -> bool {
        let mut leadership = self.setup.leadership.clone();
        let heartbeat = self.setup.liveness.heartbeat(C::NAME, STALLED);
        let mut working = Working::<C>::new();
        self.add(self.controller.all(), Urgency::Periodic);
        loop {
            heartbeat.beat();
            if !leadership.is_leader() {
                return false;
            }
            let next = self.hand_out(&mut working);
            tokio::select! {
                // In this order: at the end nothing new is begun, and changes, which are taken all at once, cannot
                // be kept waiting by work that ends all the time.
                biased;
                () = leadership.lost() => return false,
                () = self.setup.shutdown.cancelled() => break,
                changed = listener.changed() => {
                    let keys = match changed {
                        Changed::Everything => self.controller.all(),
                        Changed::Some(sources) => self.controller.affected(&sources),
                    };
                    self.add(keys, Urgency::Change);
                }
                Some(ended) = working.next() => self.settle(ended),
                () = self.outside.freed() => {}
                () = sleep_until(next) => {}
            }
        }
        let rest = async { while working.next().await.is_some() {} };
        tokio::select! {
            () = leadership.lost() => {}
            ended = timeout(self.setup.drain, rest) => {
                if ended.is_err() {
                    tracing::info!(controller = C::NAME, "work that was still running at the shutdown is dropped");
                }
            }
        }
        true
    }

    fn add(&self, keys: Vec<C::Key>, urgency: Urgency) {
        let now = clock::mono();
        let mut state = self.shared.lock();
        for key in keys {
            if state.queue.add(key, now, urgency) {
                self.setup.metrics.added(C::NAME);
            }
        }
    }

    /// Gives due keys to free workers; says when there may be more to give.
    fn hand_out<'w>(&'w self, working: &mut Working<'w, C>) -> Instant {
        let now = clock::mono();
        let mut state = self.shared.lock();
        // What waits outside will not ask the API server for a while.
        while state
            .breaker
            .admits(now, working.len().saturating_sub(self.outside.now()))
            && let Some(job) = state.queue.pop(now, self.setup.limits, self.outside.now())
        {
            let waited = now.saturating_duration_since(job.due);
            self.setup.metrics.took(C::NAME, waited);
            working.push(self.work(job).boxed());
        }
        let turn = now + TURN;
        let due = state
            .queue
            .next_at(self.setup.limits, self.outside.now())
            .unwrap_or(turn);
        let trial = state.breaker.until().unwrap_or(due);
        // While the API server is away and its one trial is under way, the trial's end wakes the loop.
        if state.breaker.is_open() && working.len() > self.outside.now() {
            return turn;
        }
        due.max(trial).min(turn)
    }

    async fn work(&self, job: Job<C::Key>) -> Ended<C::Key, C::Error> {
        let start = clock::mono();
        let span = tracing::info_span!("reconcile", controller = C::NAME, object = %job.key, trace_id = %TraceId::random());
        // Unwind safety: what one object's work leaves behind is the controller's memory of that object, which the
        // next look replaces; locks are not poisoned.
        let work = self.outside.clone().count(self.controller.reconcile(&job.key));
        let work = AssertUnwindSafe(work).catch_unwind();
        let end = match timeout(MAX_WORK, work.instrument(span)).await {
            Ok(Ok(Ok(next))) => End::Done(next),
            Ok(Ok(Err(error))) => End::Failed(error),
            Ok(Err(_panic)) => End::Panicked,
            Err(_) => End::TooLong,
        };
        let took = start.elapsed();
        Ended { job, took, end }
    }

    /// Notes how it went, and when the key is wanted again.
    fn settle(&self, ended: Ended<C::Key, C::Error>) {
        let Ended { job, took, end } = ended;
        let key = &job.key;
        let (class, outage, text, line) = match end {
            End::Done(next) => return self.succeeded(&job, next, took),
            End::Failed(error) => (
                error.class(),
                error.is_outage(),
                error.public(),
                Chain(&error).to_string(),
            ),
            End::Panicked => (
                Class::Panic,
                false,
                "a bug: the log has a line \"panic\"".to_owned(),
                "panic".to_owned(),
            ),
            End::TooLong => (
                Class::Transient,
                false,
                "took too long".to_owned(),
                "took too long".to_owned(),
            ),
        };
        self.setup.metrics.ended(C::NAME, outcome(class), took);
        let now = clock::mono();
        let mut state = self.shared.lock();
        if outage {
            state.breaker.failed(now, ids::unit());
        } else {
            Self::answered(&mut state, now);
        }
        let wait = state.failures.fail(key, class, outage, &text, now, ids::unit());
        let again = wait.map(|wait| (now + wait, job.urgency));
        state.queue.done(key, again);
        if again.is_some() {
            self.setup.metrics.retried(C::NAME);
        }
        drop(state);
        let wait_s = wait.map(|wait| wait.as_secs_f32());
        tracing::warn!(controller = C::NAME, object = %key, class = class.as_str(), error = %line, ?wait_s, "failed");
    }

    fn succeeded(&self, job: &Job<C::Key>, next: Next, took: Duration) {
        self.setup.metrics.ended(C::NAME, Outcome::Done, took);
        let now = clock::mono();
        let mut state = self.shared.lock();
        Self::answered(&mut state, now);
        if state.failures.succeed(&job.key) {
            tracing::info!(controller = C::NAME, object = %job.key, "in order again");
        }
        let next = match next {
            Next::AwaitChange => None,
            Next::At(at) => Some((at, Urgency::Periodic)),
        };
        state.queue.done(&job.key, next);
    }

    /// The API server answers: whatever failed while it did not is due again soon, spread a little.
    fn answered(state: &mut State<C::Key>, now: Instant) {
        if !state.breaker.answered() {
            return;
        }
        let outage = state.failures.iter().filter(|(_, failing)| failing.outage);
        let keys: Vec<C::Key> = outage.map(|(key, _)| key.clone()).collect();
        tracing::info!(
            controller = C::NAME,
            objects = keys.len(),
            "the API server answers again"
        );
        for key in keys {
            let at = now + RECOVERY.mul_f64(ids::unit());
            state.queue.add(key, at, Urgency::Change);
        }
    }
}

const fn outcome(class: Class) -> Outcome {
    match class {
        Class::Invalid => Outcome::Invalid,
        Class::Waiting => Outcome::Waiting,
        Class::Transient => Outcome::Transient,
        Class::Conflict => Outcome::Conflict,
        Class::Panic => Outcome::Panic,
    }
}

#[cfg(test)]
mod tests;
