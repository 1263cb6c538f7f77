//! What the driver finds when it starts: the volumes that it, or the one before it, published.

use patchbay_runtime::clock;
use patchbay_runtime::error::Chain;

use crate::publish::apply::{ApplyError, Disk};
use crate::publish::plan::{self, Restore};
use crate::volume::mount::TargetState;
use crate::volume::paths::Paths;
use crate::volume::registry::{Registry, Volume};
use crate::volume::state::{Record, RecordError};

use std::sync::Arc;

/// Takes in what is remembered and still there, and clears away what is not. Runs before kubelet can call.
///
/// A record or a mount that makes trouble is logged and left: it must not keep the others from being served.
///
/// # Errors
/// [`RecordError`] when the folder of records itself can not be read.
pub fn restore(disk: &Disk, paths: &Paths, registry: &Registry) -> Result<(), RecordError> {
    let (mut adopted, mut cleared) = (0, 0);
    for loaded in disk.store().load(paths)? {
        let record = match loaded {
            Ok(record) => record,
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "passing over a record; kubelet's next call writes it anew");
                disk.store().discard(&error);
                continue;
            }
        };
        match one(disk, &record) {
            Ok(Restore::Adopt) => {
                registry.insert(Arc::new(Volume::restored(record, clock::now())));
                adopted += 1;
            }
            Ok(Restore::Await) => {}
            Ok(Restore::Clear(_)) => cleared += 1,
            Err(error) => {
                tracing::warn!(volume_id = %record.id, error = %Chain(&error), "could not restore a volume");
            }
        }
    }
    tracing::info!(adopted, cleared, "restored the volumes of this node");
    Ok(())
}

/// Clears away what is remembered of pods that are gone: kubelet asks for an unpublish, but not when it never learnt
/// of the volume.
///
/// # Errors
/// [`RecordError`] when the folder of records itself can not be read.
pub fn collect(
    disk: &Disk,
    paths: &Paths,
    is_known: impl Fn(&Record) -> bool,
) -> Result<Vec<Record>, RecordError> {
    let mut gone = Vec::new();
    for record in disk.store().load(paths)?.into_iter().flatten() {
        if is_there(&record) || is_known(&record) {
            continue;
        }
        match one(disk, &record) {
            Ok(Restore::Clear(_)) => gone.push(record),
            Ok(Restore::Adopt | Restore::Await) => {}
            Err(error) => {
                tracing::warn!(volume_id = %record.id, error = %Chain(&error), "could not clear a volume away");
            }
        }
    }
    Ok(gone)
}

fn one(disk: &Disk, record: &Record) -> Result<Restore, ApplyError> {
    let seen: TargetState = disk.mounter().observe(&record.target)?;
    let restore = plan::restore(&seen, is_there(record));
    if let Restore::Clear(steps) = &restore {
        for step in steps {
            disk.clear(*step, &record.id, &record.target)?;
        }
    }
    Ok(restore)
}

fn is_there(record: &Record) -> bool {
    record.target.pod_folder().exists()
}
