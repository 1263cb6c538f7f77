//! What to do so that a volume is there, or gone. Pure.

use std::fmt;

use crate::volume::mount::TargetState;

/// One step of building a volume. Each may be repeated, and after a crash behind any of them a new plan comes to the
/// same end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Writes down what the volume is.
    Remember,
    /// Makes the target's folder.
    MakeFolder,
    /// Mounts the tmpfs.
    Mount,
    /// Writes the files.
    Write,
}

/// One step of clearing a volume away. Each may be repeated too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// Removes the topmost mount.
    Unmount,
    /// Removes the target's folder.
    RemoveFolder,
    /// Forgets what was written down.
    Forget,
}

impl fmt::Display for Build {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Remember => "remember",
            Self::MakeFolder => "make folder",
            Self::Mount => "mount",
            Self::Write => "write",
        })
    }
}

impl fmt::Display for Clear {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unmount => "unmount",
            Self::RemoveFolder => "remove folder",
            Self::Forget => "forget",
        })
    }
}

/// What a call of `NodePublishVolume` comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publish {
    /// The volume is there with its files: nothing to do but to take the new token, and to write it down.
    Keep,
    /// The files must be fetched, then these steps taken.
    Build(Vec<Build>),
}

/// Why nothing can be mounted at the target.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Files that are not ours would be hidden, and the pod could never be removed.
    #[error(
        "the target folder holds files that are not of {}: move them away",
        patchbay_api::names::DRIVER
    )]
    NotEmpty,
    /// A file or a link.
    #[error("the target is not a folder: remove it")]
    NotAFolder,
    /// Another's mount.
    #[error("a file system of kind {0} that is not ours is mounted at the target: unmount it")]
    Foreign(String),
}

/// The way from what is there to a published volume.
///
/// *Guarantees:* never a second mount at one path. What the volume is is on the disk before anything is mounted, so
/// that no crash leaves a mount that nobody knows of.
///
/// # Errors
/// [`PlanError`] when something is in the way that is not ours to remove.
pub fn publish(seen: &TargetState) -> Result<Publish, PlanError> {
    use Build::{MakeFolder, Mount, Remember, Write};
    match seen {
        TargetState::Absent => Ok(Publish::Build(vec![Remember, MakeFolder, Mount, Write])),
        TargetState::Folder { empty: true } => Ok(Publish::Build(vec![Remember, Mount, Write])),
        TargetState::Folder { empty: false } => Err(PlanError::NotEmpty),
        TargetState::NotAFolder => Err(PlanError::NotAFolder),
        // A crash between the mount and the end of the first write.
        TargetState::Ours { complete: false, .. } => Ok(Publish::Build(vec![Remember, Write])),
        TargetState::Ours { complete: true, .. } => Ok(Publish::Keep),
        TargetState::Foreign { fs_type, .. } => Err(PlanError::Foreign(fs_type.clone())),
    }
}

/// The way from what is there to nothing. Also frees what a failed publish leaves.
///
/// Whatever is mounted at the target goes: kubelet says that the path is this volume's, and a pod whose volume stays
/// can never be removed. The record goes last: until then a restart knows of the volume.
#[must_use]
pub fn unpublish(seen: &TargetState) -> Vec<Clear> {
    let mounts = match seen {
        TargetState::Ours { mounts, .. } | TargetState::Foreign { mounts, .. } => *mounts,
        TargetState::Absent | TargetState::NotAFolder | TargetState::Folder { .. } => 0,
    };
    let mut steps = vec![Clear::Unmount; mounts];
    match seen {
        // What is not a folder was not made by us, and is not ours to remove.
        TargetState::Absent | TargetState::NotAFolder => {}
        TargetState::Folder { .. } | TargetState::Ours { .. } | TargetState::Foreign { .. } => {
            steps.push(Clear::RemoveFolder);
        }
    }
    steps.push(Clear::Forget);
    steps
}

/// What becomes of a remembered volume when the driver starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restore {
    /// It is published: its files are kept fresh again.
    Adopt,
    /// Its publishing was cut short: kubelet was not told that it is there, and calls again for it or against it.
    Await,
    /// Its pod or its mount is gone: these steps clear it away.
    Clear(Vec<Clear>),
}

/// What to do with a remembered volume, given whether the folder of its pod is still there.
#[must_use]
pub fn restore(seen: &TargetState, pod_is_there: bool) -> Restore {
    match seen {
        TargetState::Ours { complete, .. } if pod_is_there => {
            if *complete {
                Restore::Adopt
            } else {
                Restore::Await
            }
        }
        // After a restart of the node the tmpfs is gone and kubelet publishes anew.
        TargetState::Absent | TargetState::Folder { empty: true } | TargetState::Ours { .. } => {
            Restore::Clear(unpublish(seen))
        }
        TargetState::NotAFolder | TargetState::Folder { empty: false } | TargetState::Foreign { .. } => {
            Restore::Clear(vec![Clear::Forget])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(mounts: usize, complete: bool) -> TargetState {
        TargetState::Ours { mounts, complete }
    }

    fn foreign(mounts: usize) -> TargetState {
        TargetState::Foreign {
            fs_type: "ext4".into(),
            mounts,
        }
    }

    fn lines(steps: &[impl ToString]) -> String {
        steps
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn publishing() {
        for (seen, want) in [
            (TargetState::Absent, "remember, make folder, mount, write"),
            (TargetState::Folder { empty: true }, "remember, mount, write"),
            (ours(1, false), "remember, write"),
            (ours(2, false), "remember, write"),
            (ours(1, true), "keep"),
            (ours(2, true), "keep"),
            (
                TargetState::Folder { empty: false },
                "refused: the target folder holds files",
            ),
            (TargetState::NotAFolder, "refused: the target is not a folder"),
            (foreign(1), "refused: a file system of kind ext4"),
        ] {
            let got = match publish(&seen) {
                Ok(Publish::Keep) => "keep".to_owned(),
                Ok(Publish::Build(steps)) => lines(&steps),
                Err(error) => format!("refused: {error}"),
            };
            assert!(got.starts_with(want), "{seen:?}: {got}");
        }
    }

    #[test]
    fn unpublishing() {
        for (seen, want) in [
            (TargetState::Absent, "forget"),
            (TargetState::Folder { empty: true }, "remove folder, forget"),
            (TargetState::NotAFolder, "forget"),
            (ours(1, true), "unmount, remove folder, forget"),
            (ours(3, false), "unmount, unmount, unmount, remove folder, forget"),
            (foreign(2), "unmount, unmount, remove folder, forget"),
        ] {
            assert_eq!(lines(&unpublish(&seen)), want, "{seen:?}");
        }
    }

    #[test]
    fn restoring() {
        for (seen, pod_is_there, want) in [
            (ours(1, true), true, "adopt"),
            (ours(1, false), true, "await"),
            (ours(1, true), false, "unmount, remove folder, forget"),
            (TargetState::Absent, true, "forget"),
            (TargetState::Absent, false, "forget"),
            (TargetState::Folder { empty: true }, true, "remove folder, forget"),
            (TargetState::Folder { empty: false }, true, "forget"),
            (TargetState::NotAFolder, true, "forget"),
            (foreign(1), true, "forget"),
        ] {
            let got = match restore(&seen, pod_is_there) {
                Restore::Adopt => "adopt".to_owned(),
                Restore::Await => "await".to_owned(),
                Restore::Clear(steps) => lines(&steps),
            };
            assert_eq!(got, want, "{seen:?}");
        }
    }
}
