//! `NodeGetVolumeStats`: how full a volume is, and whether its files are fresh.

use std::sync::Arc;

use patchbay_proto::csi::volume_usage::Unit;
use patchbay_proto::csi::{
    NodeGetVolumeStatsRequest, NodeGetVolumeStatsResponse, VolumeCondition, VolumeUsage,
};
use patchbay_runtime::clock;

use crate::errors::Error;
use crate::shared::{Shared, blocking};
use crate::volume::condition::Condition;
use crate::volume::mount::Usage;
use crate::volume::paths::VolumeId;

/// Answers one call.
///
/// # Errors
/// [`Error::NotPublished`] for a volume that is not at this path, [`Error::Request`] for a malformed question.
pub async fn stats(
    shared: Arc<Shared>,
    request: NodeGetVolumeStatsRequest,
) -> Result<NodeGetVolumeStatsResponse, Error> {
    let id = VolumeId::parse(&request.volume_id)?;
    // Any other path, even one that could be no target, is one at which the volume is not.
    if request.volume_path.is_empty() {
        return Err(Error::from(crate::volume::paths::TargetError::Missing));
    }
    let target = shared
        .paths
        .target(&request.volume_path)
        .map_err(|_| Error::NotPublished)?;
    let volume = shared
        .registry
        .get(&id)
        .filter(|volume| volume.record.target == target);
    let volume = volume.ok_or(Error::NotPublished)?;
    let disk = shared.disk.clone();
    let usage = blocking(move || disk.mounter().usage(&target)).await;
    let condition = match &usage {
        Ok(_) => shared.registry.condition(&volume, clock::now()),
        Err(_) => {
            return Ok(answer(
                &Usage::default(),
                true,
                "the volume is not mounted any more".to_owned(),
            ));
        }
    };
    let (abnormal, message) = describe(&condition);
    Ok(answer(&usage.unwrap_or_default(), abnormal, message))
}

fn describe(condition: &Condition) -> (bool, String) {
    match condition {
        Condition::Fresh => (false, "the files are current".to_owned()),
        Condition::Stale(problem) => {
            let text = format!(
                "the last good files since {}: {}: {}",
                problem.since, problem.reason, problem.message
            );
            (true, text)
        }
        Condition::Revoked(problem) => (
            true,
            format!(
                "emptied at {}: {}: {}",
                problem.since, problem.reason, problem.message
            ),
        ),
    }
}

fn answer(usage: &Usage, abnormal: bool, message: String) -> NodeGetVolumeStatsResponse {
    NodeGetVolumeStatsResponse {
        usage: vec![
            one(usage.bytes, usage.bytes_free, Unit::Bytes),
            one(usage.inodes, usage.inodes_free, Unit::Inodes),
        ],
        volume_condition: Some(VolumeCondition { abnormal, message }),
    }
}

fn one(total: u64, available: u64, unit: Unit) -> VolumeUsage {
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    VolumeUsage {
        available: signed(available),
        total: signed(total),
        used: signed(total.saturating_sub(available)),
        unit: unit.into(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::volume::condition::Problem;

    #[test]
    fn conditions_for_a_person() {
        let problem = Problem {
            since: Timestamp::from_second(1_700_000_000).unwrap(),
            reason: "SecretMissing".into(),
            message: "Secret team/git is not there".into(),
        };
        assert!(!describe(&Condition::Fresh).0);
        assert_eq!(
            describe(&Condition::Stale(problem.clone())),
            (
                true,
                "the last good files since 2023-11-14T22:13:20Z: SecretMissing: Secret team/git is not there"
                    .into()
            )
        );
        assert_eq!(
            describe(&Condition::Revoked(problem)),
            (
                true,
                "emptied at 2023-11-14T22:13:20Z: SecretMissing: Secret team/git is not there".into()
            )
        );
    }

    #[test]
    fn usage_adds_up() {
        let usage = Usage {
            bytes: 4096,
            bytes_free: 1024,
            inodes: 10,
            inodes_free: 7,
        };
        let answer = answer(&usage, false, String::new());
        let got: Vec<_> = answer
            .usage
            .iter()
            .map(|one| (one.total, one.available, one.used, one.unit))
            .collect();
        assert_eq!(
            got,
            [
                (4096, 1024, 3072, Unit::Bytes.into()),
                (10, 7, 3, Unit::Inodes.into())
            ]
        );
    }
}
