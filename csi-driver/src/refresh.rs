//! What the broker sends of published volumes, put into them. Whatever goes wrong, a volume keeps its last good
//! files, except when the pod may no longer have them.

use std::sync::Arc;
use std::time::Duration;

use patchbay_proto::broker;
use patchbay_proto::broker::watch_response::Response;
use patchbay_runtime::clock;
use tokio::sync::OwnedMutexGuard;

use crate::broker::wire::{self, Files};
use crate::metrics::Updated;
use crate::publish::apply::ApplyError;
use crate::shared::{Shared, blocking};
use crate::volume::condition::{Problem, Said};
use crate::volume::files::{self, Previous, Written};
use crate::volume::paths::VolumeId;
use crate::volume::registry::Volume;

/// Somebody else writes to the volume for longer than this only when the kernel hangs.
const LOCK_DEADLINE: Duration = Duration::from_secs(10);

/// Takes one message of the stream.
pub async fn take(shared: &Arc<Shared>, answer: broker::WatchResponse) {
    match answer.response {
        Some(Response::Update(update)) => {
            if let Some(volume) = find(shared, &update.volume_id) {
                apply_update(shared, &volume, update).await;
            }
        }
        Some(Response::Revoked(revoked)) => {
            if let Some(volume) = find(shared, &revoked.volume_id) {
                apply_revoked(shared, &volume, &revoked).await;
            }
        }
        Some(Response::Stale(stale)) => {
            if let Some(volume) = find(shared, &stale.volume_id) {
                shared.metrics.updated(Updated::Stale, None);
                report_stale(
                    &volume,
                    wire::reason(&stale.reason),
                    wire::message(&stale.message),
                );
            }
        }
        Some(Response::Current(current)) => {
            if let Some(volume) = find(shared, &current.volume_id) {
                shared.metrics.updated(Updated::Unchanged, None);
                confirm(&volume, None);
            }
        }
        Some(Response::Heartbeat(_)) | None => {}
    }
}

/// A volume that was unpublished meanwhile, or that is none of ours: nothing to do.
fn find(shared: &Shared, id: &str) -> Option<Arc<Volume>> {
    shared.registry.get(&VolumeId::parse(id).ok()?)
}

async fn apply_update(shared: &Arc<Shared>, volume: &Arc<Volume>, update: broker::Update) {
    let started = clock::mono();
    let Files { files, version } = match wire::files(update.files) {
        Ok(files) => files,
        Err(error) => {
            shared.metrics.updated(Updated::Failed, None);
            return report_stale(volume, "InvalidAnswer".to_owned(), error.to_string());
        }
    };
    match write(shared, volume, files, Previous::Linger).await {
        Some(Ok(written)) => {
            let changed = written != Written::Unchanged;
            let took = started.elapsed();
            let result = if changed {
                Updated::Written
            } else {
                Updated::Unchanged
            };
            shared.metrics.updated(result, changed.then_some(took));
            confirm(volume, Some(version));
            if changed {
                volume.linger();
                shared.lingering.notify_one();
                let pod = &volume.record.pod;
                let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                tracing::info!(volume_id = %volume.record.id, namespace = pod.namespace, pod = pod.name, took_us, "new files");
            }
        }
        Some(Err(error)) => {
            shared.metrics.updated(Updated::Failed, None);
            report_stale(volume, error.reason().to_owned(), error.public());
            volume.retry();
        }
        None => {}
    }
}

async fn apply_revoked(shared: &Arc<Shared>, volume: &Arc<Volume>, revoked: &broker::Revoked) {
    let (reason, message) = (wire::reason(&revoked.reason), wire::message(&revoked.message));
    match write(shared, volume, Vec::new(), Previous::Remove).await {
        Some(Ok(_)) => {
            shared.metrics.updated(Updated::Revoked, None);
            volume.forget_version();
            let problem = Problem {
                since: clock::now(),
                reason,
                message,
            };
            if volume.report(Said::Revoked(problem.clone())) {
                log(
                    volume,
                    &problem,
                    "the volume was emptied: the pod may no longer have its files",
                );
            }
        }
        Some(Err(error)) => {
            // The files must go: the janitor asks the broker again soon, and the broker revokes again.
            shared.metrics.updated(Updated::Failed, None);
            report_stale(
                volume,
                error.reason().to_owned(),
                format!("not emptied: {}", error.public()),
            );
            volume.forget_version();
            volume.retry();
        }
        None => {}
    }
}

/// Writes while nobody else does. `None` when the volume was unpublished meanwhile, or is stuck.
async fn write(
    shared: &Arc<Shared>,
    volume: &Arc<Volume>,
    files: Vec<files::File>,
    previous: Previous,
) -> Option<Result<Written, ApplyError>> {
    let guard = lock(volume).await?;
    let known = shared.registry.get(&volume.record.id);
    if !known.is_some_and(|known| Arc::ptr_eq(&known, volume)) {
        return None;
    }
    let (shared, volume) = (Arc::clone(shared), Arc::clone(volume));
    Some(
        blocking(move || {
            let _guard = guard;
            let generation = files::generation(clock::now(), &patchbay_runtime::ids::random());
            shared.disk.write(&volume.record, &files, &generation, previous)
        })
        .await,
    )
}

/// The right to write to a volume. `None` when the one who has it hangs; the janitor asks the broker again.
pub async fn lock(volume: &Volume) -> Option<OwnedMutexGuard<()>> {
    let locked = tokio::time::timeout(LOCK_DEADLINE, Arc::clone(&volume.writing).lock_owned()).await;
    if locked.is_err() {
        tracing::error!(volume_id = %volume.record.id, "a write to the volume hangs");
        volume.retry();
    }
    locked.ok()
}

fn confirm(volume: &Volume, version: Option<String>) {
    if volume.confirm(version) {
        let pod = &volume.record.pod;
        tracing::info!(volume_id = %volume.record.id, namespace = pod.namespace, pod = pod.name, "the volume is fresh again");
    }
}

fn report_stale(volume: &Volume, reason: String, message: String) {
    let problem = Problem {
        since: clock::now(),
        reason,
        message,
    };
    if volume.report(Said::Stale(problem.clone())) {
        log(
            volume,
            &problem,
            "the volume is stale: it keeps its last good files",
        );
    }
}

fn log(volume: &Volume, problem: &Problem, what: &'static str) {
    let pod = &volume.record.pod;
    tracing::warn!(
        volume_id = %volume.record.id,
        namespace = pod.namespace,
        pod = pod.name,
        reason = problem.reason,
        why = problem.message,
        "{what}"
    );
}
