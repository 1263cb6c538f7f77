//! Mounts that are only written down: "mounted" is a plain folder. For tests that run without root.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use nix::errno::Errno;
use parking_lot::Mutex;

use super::files;
use super::mount::{MountError, Mounter, TargetState, TmpfsOptions, Usage};
use super::paths::Target;

/// Records what is done, and fails where it is told to.
#[derive(Debug, Default)]
pub(crate) struct RecordingMounter {
    mounts: Mutex<BTreeMap<PathBuf, usize>>,
    calls: Mutex<Vec<String>>,
    fail: Mutex<Option<(&'static str, Errno)>>,
}

impl RecordingMounter {
    /// What was done since the last time.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock())
    }

    /// The next such call fails.
    pub(crate) fn fail(&self, operation: &'static str, errno: Errno) {
        *self.fail.lock() = Some((operation, errno));
    }

    /// A restart of the node: mounts are gone, and what was in them.
    pub(crate) fn reboot(&self) {
        for (path, _) in std::mem::take(&mut *self.mounts.lock()) {
            fs::remove_dir_all(&path).unwrap();
            fs::create_dir(path).unwrap();
        }
    }

    fn call(&self, operation: &'static str, target: &Target) -> Result<(), MountError> {
        let failure = self.fail.lock().take_if(|(failing, _)| *failing == operation);
        if let Some((operation, errno)) = failure {
            return Err(MountError {
                operation,
                path: target.path().into(),
                errno,
            });
        }
        self.calls.lock().push(operation.to_owned());
        Ok(())
    }
}

fn io(target: &Target) -> impl Fn(std::io::Error) -> MountError {
    let path = target.path().to_path_buf();
    move |error| MountError {
        operation: "fake",
        path: path.clone(),
        errno: Errno::from_raw(error.raw_os_error().unwrap_or(0)),
    }
}

impl Mounter for RecordingMounter {
    fn observe(&self, target: &Target) -> Result<TargetState, MountError> {
        let Ok(found) = fs::symlink_metadata(target.path()) else {
            return Ok(TargetState::Absent);
        };
        if !found.is_dir() {
            return Ok(TargetState::NotAFolder);
        }
        let mounts = self.mounts.lock().get(target.path()).copied().unwrap_or(0);
        if mounts == 0 {
            let empty = fs::read_dir(target.path()).map_err(io(target))?.next().is_none();
            return Ok(TargetState::Folder { empty });
        }
        let root = fs::File::open(target.path()).map_err(io(target))?;
        let complete = files::is_complete(root.as_fd()).unwrap();
        Ok(TargetState::Ours { mounts, complete })
    }

    fn make_folder(&self, target: &Target) -> Result<(), MountError> {
        self.call("make folder", target)?;
        fs::create_dir(target.path()).map_err(io(target))
    }

    fn mount(&self, target: &Target, _options: &TmpfsOptions) -> Result<(), MountError> {
        self.call("mount", target)?;
        *self.mounts.lock().entry(target.path().to_path_buf()).or_default() += 1;
        Ok(())
    }

    fn unmount(&self, target: &Target) -> Result<(), MountError> {
        self.call("unmount", target)?;
        let mut mounts = self.mounts.lock();
        let left = mounts.get(target.path()).copied().unwrap_or(0).saturating_sub(1);
        if left > 0 {
            mounts.insert(target.path().to_path_buf(), left);
            return Ok(());
        }
        mounts.remove(target.path());
        fs::remove_dir_all(target.path()).map_err(io(target))?;
        fs::create_dir(target.path()).map_err(io(target))
    }

    fn remove_folder(&self, target: &Target) -> Result<(), MountError> {
        self.call("remove folder", target)?;
        fs::remove_dir(target.path()).map_err(io(target))
    }

    fn open(&self, target: &Target) -> Result<OwnedFd, MountError> {
        if !self.mounts.lock().contains_key(target.path()) {
            return Err(MountError {
                operation: "open",
                path: target.path().into(),
                errno: Errno::ENODEV,
            });
        }
        Ok(fs::File::open(target.path()).map_err(io(target))?.into())
    }

    fn usage(&self, _target: &Target) -> Result<Usage, MountError> {
        Ok(Usage {
            bytes: 4096,
            bytes_free: 4096,
            inodes: 1024,
            inodes_free: 1024,
        })
    }
}
