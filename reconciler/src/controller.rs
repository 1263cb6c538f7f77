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

/// How many keys are worked on side by side.
#[derive(Clone, Copy, Debug)]
pub struct Concurrency(pub usize);

/// Runs a controller until the shutdown, beginning when the world is complete.
pub async fn run<R: Reconcile>(
    controller: R,
    world: World,
    mut leadership: Leadership,
    concurrency: Concurrency,
    metrics: Metrics,
    shutdown: CancellationToken,
) -> Result<(), std::convert::Infallible> {
    let listener = world.listen();
    if shutdown.run_until_cancelled(world.complete()).await.is_none() {
        return Ok(());
    }
    while shutdown
        .run_until_cancelled(leadership.acquired())
        .await
        .is_some()
    {
        tracing::info!(controller = R::NAME, "leading");
        let work = lead(&controller, &listener, leadership.clone(), concurrency, &metrics);
        if shutdown.run_until_cancelled(work).await.is_none() {
            break;
        }
        tracing::info!(controller = R::NAME, "not leading any more");
    }
    Ok(())
}

/// Works until the leadership is lost. Everything is looked at once: what changed before was another leader's.
async fn lead<R: Reconcile>(
    controller: &R,
    listener: &Listener,
    mut leadership: Leadership,
    concurrency: Concurrency,
    metrics: &Metrics,
) {
    let mut queue = Queue::new();
    let mut backoff = PerKey::new(Policy::new(Duration::from_millis(500), Duration::from_secs(60)));
    let mut working = FuturesUnordered::new();
    add_all(&mut queue, controller.all());
    loop {
        while working.len() < concurrency.0
            && let Some(key) = queue.pop(clock::mono())
        {
            working.push(async move {
                let start = clock::mono();
                let result = controller.reconcile(&key).await;
                (key, start.elapsed(), result)
            });
        }
        let free = working.len() < concurrency.0;
        let next = queue.next_at().filter(|_| free);
        tokio::select! {
            () = leadership.lost() => return,
            Some((key, took, result)) = working.next() => {
                let next = settle::<R>(&key, result, &mut backoff, metrics, took);
                queue.done(&key, next);
            }
            changed = listener.changed() => {
                let keys = match changed {
                    Changed::Everything => controller.all(),
                    Changed::Some(sources) => controller.affected(&sources),
                };
                add_all(&mut queue, keys);
            }
            () = sleep_until(next.unwrap_or_else(clock::mono)), if next.is_some() => {}
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
