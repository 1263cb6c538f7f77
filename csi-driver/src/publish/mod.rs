//! `NodePublishVolume`: parse, look, fetch, plan, apply.
//!
//! *Guarantees:* success is reported only when all files are complete and in place. A first publish that fails frees
//! everything that it made. A volume that is published stays so: whatever a later call runs into, kubelet is told
//! that all is well, because some kubelets answer an error there by removing the volume of a running pod.

pub mod apply;
pub mod parse;
pub mod plan;

use std::sync::Arc;

use patchbay_api::names::attributes::{POD_NAME, POD_NAMESPACE};
use patchbay_model::secret::SecretBytes;
use patchbay_proto::csi::NodePublishVolumeRequest;
use patchbay_runtime::error::Chain;
use patchbay_runtime::{clock, ids};
use tonic::Code;

use self::apply::ApplyError;
use self::parse::PublishRequest;
use self::plan::{Build, Publish};
use crate::broker::outbox::Say;
use crate::broker::wire::{self, Files};
use crate::errors::Error;
use crate::metrics::Published;
use crate::refresh;
use crate::shared::{Shared, blocking};
use crate::volume::files;
use crate::volume::mount::TargetState;
use crate::volume::paths::VolumeId;
use crate::volume::registry::Volume;
use crate::volume::state::Record;

/// Works one call off, and counts it.
///
/// # Errors
/// [`Error`], never for a volume that is published.
pub async fn publish(shared: Arc<Shared>, mut request: NodePublishVolumeRequest) -> Result<(), Error> {
    let started = clock::mono();
    let raw = Raw::of(&request);
    let parsed = parse::parse(&request, &shared.paths);
    parse::wipe(&mut request);
    drop(request);
    let result = match parsed {
        Ok(parsed) => run(&shared, parsed).await,
        Err(error) => Err(error.into()),
    };
    let masked = match &result {
        Ok(_) => None,
        Err(_) => raw.published(&shared).await,
    };
    let (outcome, code) = match &result {
        Ok(outcome) => (*outcome, Code::Ok),
        Err(error) if masked.is_some() => (Published::Masked, error.code()),
        Err(error) => (Published::Failed, error.code()),
    };
    shared.metrics.published(outcome, code, started.elapsed());
    let Err(error) = result else { return Ok(()) };
    match masked {
        Some(volume) => {
            if volume.masked(error.reason()) {
                raw.log(&error, "a refresh failed: the volume keeps its files");
            }
            Ok(())
        }
        None => {
            raw.log(&error, "a volume was not published");
            Err(error)
        }
    }
}

/// What a call said, unchecked: to find its volume, and for the log.
struct Raw {
    volume_id: String,
    target_path: String,
    namespace: String,
    pod: String,
}

impl Raw {
    fn of(request: &NodePublishVolumeRequest) -> Self {
        let fact = |key: &str| wire::message(request.volume_context.get(key).map_or("", String::as_str));
        Self {
            volume_id: request.volume_id.clone(),
            target_path: request.target_path.clone(),
            namespace: fact(POD_NAMESPACE),
            pod: fact(POD_NAME),
        }
    }

    /// The volume of a call that failed, when it is there nevertheless, with its files.
    async fn published(&self, shared: &Arc<Shared>) -> Option<Arc<Volume>> {
        let volume = shared.registry.get(&VolumeId::parse(&self.volume_id).ok()?)?;
        let same = volume.record.target.path().to_str() == Some(self.target_path.as_str());
        (same && is_live(shared, &volume.record).await).then_some(volume)
    }

    fn log(&self, error: &Error, what: &'static str) {
        tracing::warn!(
            volume_id = wire::message(&self.volume_id),
            namespace = self.namespace,
            pod = self.pod,
            reason = error.reason(),
            error = %Chain(error),
            "{what}"
        );
    }
}

async fn is_live(shared: &Arc<Shared>, record: &Record) -> bool {
    let (disk, target) = (shared.disk.clone(), record.target.clone());
    blocking(move || disk.is_live(&target)).await
}

async fn run(shared: &Arc<Shared>, request: PublishRequest) -> Result<Published, Error> {
    let record = &request.record;
    let _entered = shared.in_flight.enter(&record.id).ok_or(Error::InFlight)?;
    if let Some(volume) = shared.registry.get(&record.id) {
        let live = is_live(shared, &volume.record).await;
        match (volume.record.target == record.target, live) {
            // The way of nearly every call: kubelet calls again at each sync of the pod.
            (true, true) => return Ok(renew(shared, &volume, &request.token)),
            (false, true) => return Err(Error::ElsewherePublished),
            (_, false) => forget(shared, &volume).await,
        }
    }
    for warning in &request.warnings {
        tracing::warn!(volume_id = %record.id, namespace = record.pod.namespace, pod = record.pod.name, %warning, "unusual volume attributes");
    }
    match plan::publish(&observe(shared, record).await?)? {
        Publish::Keep => adopt(shared, request).await,
        Publish::Build(_) => build(shared, request).await,
    }
}

/// The volume is there. A new token renews its subscription.
fn renew(shared: &Shared, volume: &Volume, token: &SecretBytes) -> Published {
    if volume.renew(token) {
        shared.outbox.put(volume.record.id.clone(), Say::Subscribe);
    }
    Published::Kept
}

/// The volume's mount is gone, though kubelet asks for it: the node was restarted, or somebody unmounted it.
async fn forget(shared: &Shared, volume: &Volume) {
    shared.registry.remove(&volume.record.id);
    shared.outbox.put(volume.record.id.clone(), Say::Unsubscribe);
    // Nobody writes to it any more once the lock was free; the new one has a lock of its own.
    drop(refresh::lock(volume).await);
}

/// The volume is there, and the driver did not know: its records were lost.
async fn adopt(shared: &Arc<Shared>, request: PublishRequest) -> Result<Published, Error> {
    let PublishRequest { record, token, .. } = request;
    let (disk, remembered) = (shared.disk.clone(), record.clone());
    let saved = blocking(move || disk.build(Build::Remember, &remembered, &[], "")).await;
    if let Err(error) = saved {
        // Not kubelet's concern: it is published. After the next restart it is adopted again.
        tracing::warn!(volume_id = %record.id, error = %Chain(&error), "could not write down a volume");
    }
    take_in(shared, record, token, String::new());
    Ok(Published::Kept)
}

/// Fetches the files, and then makes the volume. While the files are fetched nothing is made, so there is nothing to
/// free when the broker refuses.
async fn build(shared: &Arc<Shared>, request: PublishRequest) -> Result<Published, Error> {
    let started = clock::mono();
    let PublishRequest { record, token, .. } = request;
    let answer = tokio::select! {
        answer = shared.renderer.render(&record, &token) => answer?,
        () = shared.shutdown.cancelled() => return Err(Error::Stopping),
    };
    let Files { files, version } = wire::files(answer.files)?;
    let (count, fetched) = (files.len(), started.elapsed());
    // Looked at again: the broker took its time.
    let steps = match plan::publish(&observe(shared, &record).await?)? {
        Publish::Keep => {
            return adopt(
                shared,
                PublishRequest {
                    record,
                    token,
                    warnings: Vec::new(),
                },
            )
            .await;
        }
        Publish::Build(steps) => steps,
    };
    let (worker, built) = (Arc::clone(shared), record.clone());
    let result = blocking(move || carry_out(&worker, &built, &steps, &files)).await;
    if let Err(error) = result {
        free(shared, &record).await;
        return Err(error.into());
    }
    let pod = &record.pod;
    tracing::info!(
        volume_id = %record.id,
        namespace = pod.namespace,
        pod = pod.name,
        files = count,
        fetch_ms = u64::try_from(fetched.as_millis()).unwrap_or(u64::MAX),
        took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "published"
    );
    take_in(shared, record, token, version);
    Ok(Published::New)
}

fn carry_out(
    shared: &Shared,
    record: &Record,
    steps: &[Build],
    files: &[files::File],
) -> Result<(), ApplyError> {
    let generation = files::generation(clock::now(), &ids::random());
    for step in steps {
        shared.disk.build(*step, record, files, &generation)?;
    }
    Ok(())
}

/// Clears away what a failed publish made: kubelet may never call again for this volume.
async fn free(shared: &Arc<Shared>, record: &Record) {
    let (shared, record) = (Arc::clone(shared), record.clone());
    let freed = blocking(move || -> Result<(), ApplyError> {
        let seen = shared.disk.mounter().observe(&record.target)?;
        for step in plan::unpublish(&seen) {
            shared.disk.clear(step, &record.id, &record.target)?;
        }
        Ok(())
    })
    .await;
    if let Err(error) = freed {
        tracing::error!(error = %Chain(&error), "could not free what a failed publish made; the record of it stays");
    }
}

async fn observe(shared: &Arc<Shared>, record: &Record) -> Result<TargetState, Error> {
    let (disk, target) = (shared.disk.clone(), record.target.clone());
    Ok(blocking(move || disk.mounter().observe(&target)).await?)
}

/// From here on the broker keeps the volume fresh.
fn take_in(shared: &Shared, record: Record, token: SecretBytes, version: String) {
    let id = record.id.clone();
    shared
        .registry
        .insert(Arc::new(Volume::published(record, token, version)));
    shared.outbox.put(id, Say::Subscribe);
}
