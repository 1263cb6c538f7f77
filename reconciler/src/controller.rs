//! The loop that both controllers share: changes and times go into a queue, a bounded number of keys is worked on side
//! by side, failures back off per key, and all of it only while this process is the leader.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use patchbay_runtime::backoff::{PerKey, Policy};
use patchbay_runtime::client::CallError;
use patchbay_runtime::error::Chain;
use patchbay_runtime::lease::Leadership;
use patchbay_runtime::liveness::Liveness;
use patchbay_runtime::{clock, ids};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::metrics::{Metrics, Outcome};
use crate::queue::Queue;
use crate::sources::{Changed, Listener, Source, World};

/// What a controller does with a key.
pub trait Reconcile: Send + Sync {
    /// Names an object.
    type Key: Ord + Clone + Display + Send + Sync;

    /// For metrics and logs.
    const NAME: &'static str;

    /// Every key there is.
    fn all(&self) -> Vec<Self::Key>;

    /// Keys that a change of these sources is about.
    fn affected(&self, changed: &BTreeSet<Source>) -> Vec<Self::Key>;

    /// Looks at one object and does what is to be done; says when it wants to look again.
    fn reconcile(&self, key: &Self::Key) -> impl Future<Output = Result<Option<Instant>, CallError>> + Send;
}

/// What a controller works with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What is observed.
    pub world: World,
    /// Whether this process is the one to work.
    pub leadership: Leadership,
    /// How many keys are worked on side by side.
    pub concurrency: usize,
    /// For metrics.
    pub metrics: Metrics,
    /// For the promise that the loop turns.
    pub liveness: Liveness,
    /// The end.
    pub shutdown: CancellationToken,
}

/// The loop turns at least this often.
const TURN: Duration = Duration::from_secs(10);
/// A loop that did not turn for this long never will.
const STALLED: Duration = Duration::from_secs(120);

/// Runs a controller until the shutdown, beginning when the world is complete.
pub async fn run<R: Reconcile>(controller: R, mut setup: Setup) -> Result<(), std::convert::Infallible> {
    let listener = setup.world.listen();
    let shutdown = setup.shutdown.clone();
    if shutdown
        .run_until_cancelled(setup.world.complete())
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
        tracing::info!(controller = R::NAME, "leading");
        if shutdown
            .run_until_cancelled(lead(&controller, &listener, &setup))
            .await
            .is_none()
        {
            break;
        }
        tracing::info!(controller = R::NAME, "not leading any more");
    }
    Ok(())
}

/// Works until the leadership is lost. Everything is looked at once: what changed before was another leader's.
async fn lead<R: Reconcile>(controller: &R, listener: &Listener, setup: &Setup) {
    let mut leadership = setup.leadership.clone();
    let heartbeat = setup.liveness.heartbeat(R::NAME, STALLED);
    let mut queue = Queue::new();
    let mut backoff = PerKey::new(Policy::new(Duration::from_millis(500), Duration::from_secs(60)));
    let mut working = FuturesUnordered::new();
    add_all(&mut queue, controller.all());
    loop {
        while working.len() < setup.concurrency
            && let Some(key) = queue.pop(clock::mono())
        {
            working.push(async move {
                let start = clock::mono();
                let result = controller.reconcile(&key).await;
                (key, start.elapsed(), result)
            });
        }
        let free = working.len() < setup.concurrency;
        let turn = clock::mono() + TURN;
        let next = queue.next_at().filter(|_| free).map_or(turn, |at| at.min(turn));
        heartbeat.beat();
        tokio::select! {
            () = leadership.lost() => return,
            Some((key, took, result)) = working.next() => {
                let next = settle::<R>(&key, result, &mut backoff, &setup.metrics, took);
                queue.done(&key, next);
            }
            changed = listener.changed() => {
                let keys = match changed {
                    Changed::Everything => controller.all(),
                    Changed::Some(sources) => controller.affected(&sources),
                };
                add_all(&mut queue, keys);
            }
            () = sleep_until(next) => {}
        }
    }
}

fn add_all<K: Ord + Clone>(queue: &mut Queue<K>, keys: Vec<K>) {
    let now = clock::mono();
    for key in keys {
        queue.add(key, now);
    }
}

/// Notes how it went; says when the key is wanted again.
fn settle<R: Reconcile>(
    key: &R::Key,
    result: Result<Option<Instant>, CallError>,
    backoff: &mut PerKey<R::Key>,
    metrics: &Metrics,
    took: Duration,
) -> Option<Instant> {
    match result {
        Ok(next) => {
            metrics.reconciled(R::NAME, Outcome::Done, took);
            backoff.reset(key);
            next
        }
        Err(error) => {
            metrics.reconciled(R::NAME, Outcome::Failed, took);
            let wait = backoff.fail(key.clone(), ids::unit());
            tracing::warn!(controller = R::NAME, object = %key, error = %Chain(&error), wait_s = wait.as_secs_f32(), "will try again");
            Some(clock::mono() + wait)
        }
    }
}
