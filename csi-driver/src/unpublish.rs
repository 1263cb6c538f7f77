//! `NodeUnpublishVolume`: the volume goes, whatever is there.

use std::sync::Arc;

use patchbay_proto::csi::NodeUnpublishVolumeRequest;
use patchbay_runtime::error::Chain;

use crate::broker::outbox::Say;
use crate::errors::Error;
use crate::publish::apply::ApplyError;
use crate::publish::plan;
use crate::refresh;
use crate::shared::{Shared, blocking};
use crate::volume::paths::{Target, VolumeId};

/// Works one call off, and counts it. A volume that is not there is gone already: that is success.
///
/// # Errors
/// [`Error`]; kubelet calls again.
pub async fn unpublish(shared: Arc<Shared>, request: NodeUnpublishVolumeRequest) -> Result<(), Error> {
    let result = run(&shared, &request).await;
    let code = result.as_ref().map_or_else(Error::code, |()| tonic::Code::Ok);
    shared.metrics.unpublished(code);
    let volume_id = request.volume_id.escape_debug();
    match &result {
        Ok(()) => tracing::info!(%volume_id, "unpublished"),
        Err(error) => {
            tracing::warn!(%volume_id, reason = error.reason(), error = %Chain(error), "a volume was not unpublished");
        }
    }
    result
}

async fn run(shared: &Arc<Shared>, request: &NodeUnpublishVolumeRequest) -> Result<(), Error> {
    let id = VolumeId::parse(&request.volume_id)?;
    let target = shared.paths.target(&request.target_path)?;
    let _entered = shared.in_flight.enter(&id).ok_or(Error::InFlight)?;
    let known = shared
        .registry
        .get(&id)
        .filter(|volume| volume.record.target == target);
    let guard = match &known {
        Some(volume) => {
            shared.registry.remove(&id);
            shared.outbox.put(id.clone(), Say::Unsubscribe);
            // A write that hangs does not keep the volume: what it writes into goes away.
            refresh::lock(volume).await
        }
        None => None,
    };
    let shared = Arc::clone(shared);
    blocking(move || {
        let _guard = guard;
        clear(&shared, &id, &target)
    })
    .await?;
    Ok(())
}

fn clear(shared: &Shared, id: &VolumeId, target: &Target) -> Result<(), ApplyError> {
    let seen = shared.disk.mounter().observe(target)?;
    for step in plan::unpublish(&seen) {
        shared.disk.clear(step, id, target)?;
    }
    Ok(())
}
