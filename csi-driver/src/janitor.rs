//! What needs doing from time to time: sweeping replaced files, asking the broker again, clearing away what is left
//! of pods that are gone.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use patchbay_runtime::clock;
use patchbay_runtime::error::Chain;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::broker::outbox::Say;
use crate::refresh;
use crate::restore;
use crate::shared::{LINGER, Shared, blocking};

/// A revoked volume that could not be emptied is tried again well within the 60 s that a revocation may take.
const RETRY: Duration = Duration::from_secs(10);
/// Records of pods that are gone harm nobody.
const COLLECT: Duration = Duration::from_secs(300);
/// A reminder, for who missed the line that said it first.
const REMIND: Duration = Duration::from_secs(600);

/// Runs until `shutdown`.
///
/// # Errors
/// None; the type fits the supervisor.
pub async fn run(shared: Arc<Shared>, shutdown: CancellationToken) -> Result<(), Infallible> {
    let mut retry = every(RETRY);
    let mut collect = every(COLLECT);
    let mut remind = every(REMIND);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            () = shared.lingering.notified() => {
                tokio::time::sleep(LINGER).await;
                sweep(&shared).await;
            }
            _ = retry.tick() => ask_again(&shared),
            _ = collect.tick() => collect_gone(&shared).await,
            _ = remind.tick() => {
                let counts = shared.registry.counts(clock::now());
                if counts.stale > 0 {
                    tracing::warn!(
                        stale = counts.stale,
                        fresh = counts.fresh,
                        oldest_seconds = counts.oldest_stale_seconds,
                        connected = shared.registry.is_connected(),
                        "volumes are stale: they keep their last good files"
                    );
                }
            }
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Removes the generations that were replaced a moment ago.
async fn sweep(shared: &Arc<Shared>) {
    for volume in shared.registry.all() {
        if !volume.take_lingering() {
            continue;
        }
        let Some(guard) = refresh::lock(&volume).await else {
            continue;
        };
        let disk = shared.disk.clone();
        let id = volume.record.id.clone();
        let swept = blocking(move || {
            let _guard = guard;
            disk.sweep(&volume.record.target)
        });
        if let Err(error) = swept.await {
            // The next write to the volume sweeps as well.
            tracing::debug!(volume_id = %id, error = %Chain(&error), "could not sweep a volume");
        }
    }
}

fn ask_again(shared: &Shared) {
    for volume in shared.registry.all() {
        if volume.take_retry(clock::now()) {
            shared.outbox.put(volume.record.id.clone(), Say::Subscribe);
        }
    }
}

async fn collect_gone(shared: &Arc<Shared>) {
    let worker = Arc::clone(shared);
    let collected = blocking(move || {
        restore::collect(&worker.disk, &worker.paths, |record| {
            // A call for it is being worked on: kubelet has not forgotten it.
            worker.in_flight.enter(&record.id).is_none()
        })
    })
    .await;
    match collected {
        Ok(gone) => {
            for record in gone {
                shared.registry.remove(&record.id);
                shared.outbox.put(record.id.clone(), Say::Unsubscribe);
                tracing::info!(volume_id = %record.id, namespace = record.pod.namespace, pod = record.pod.name, "cleared away: the pod is gone");
            }
        }
        Err(error) => tracing::warn!(error = %Chain(&error), "could not look through the records"),
    }
}
