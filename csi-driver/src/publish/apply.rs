//! Carries plans out. Decides nothing.

use std::os::fd::AsFd;
use std::sync::Arc;

use super::plan::{Build, Clear};
use crate::volume::files::{self, Access, File, Previous, WriteError, Written};
use crate::volume::mount::{MountError, Mounter, TmpfsOptions};
use crate::volume::paths::{Target, VolumeId};
use crate::volume::state::{Record, RecordError, Store};

/// Room for the links and two generations of the most files that a volume may have.
const INODES: u64 = 1024;

/// A step that failed.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The mount.
    #[error(transparent)]
    Mount(#[from] MountError),
    /// The record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The files.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl ApplyError {
    /// A bounded CamelCase word.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Mount(_) => "MountFailed",
            Self::Record(_) => "StateFailed",
            Self::Write(error) => error.reason(),
        }
    }

    /// For a person.
    #[must_use]
    pub fn public(&self) -> String {
        match self {
            Self::Write(error) => error.public(),
            Self::Mount(error) => format!("{error}: {}", error.errno.desc()),
            Self::Record(error) => patchbay_runtime::error::Chain(error).to_string(),
        }
    }
}

/// What the steps work on: the kernel's mounts and the folder of records.
#[derive(Clone)]
pub struct Disk {
    mounter: Arc<dyn Mounter>,
    store: Store,
    volume_size: u64,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Disk")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Disk {
    /// `volume_size` limits the tmpfs of one volume, in bytes.
    #[must_use]
    pub fn new(mounter: Arc<dyn Mounter>, store: Store, volume_size: u64) -> Self {
        Self {
            mounter,
            store,
            volume_size,
        }
    }

    /// The mounts, to look at.
    #[must_use]
    pub fn mounter(&self) -> &dyn Mounter {
        self.mounter.as_ref()
    }

    /// The records, to look at.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether the volume is mounted and its files are there: a handful of system calls, for every republish.
    #[must_use]
    pub fn is_live(&self, target: &Target) -> bool {
        let root = self.mounter.open(target);
        root.is_ok_and(|root| files::is_complete(root.as_fd()).unwrap_or(false))
    }

    /// Takes one step of building a volume that shall hold `files`.
    ///
    /// # Errors
    /// [`ApplyError`]
    pub fn build(
        &self,
        step: Build,
        record: &Record,
        files: &[File],
        generation: &str,
    ) -> Result<(), ApplyError> {
        match step {
            Build::Remember => self.store.save(record)?,
            Build::MakeFolder => self.mounter.make_folder(&record.target)?,
            Build::Mount => self.mounter.mount(&record.target, &self.tmpfs(record.access))?,
            Build::Write => drop(self.write(record, files, generation, Previous::Linger)?),
        }
        Ok(())
    }

    /// Takes one step of clearing a volume away.
    ///
    /// # Errors
    /// [`ApplyError`]
    pub fn clear(&self, step: Clear, id: &VolumeId, target: &Target) -> Result<(), ApplyError> {
        match step {
            Clear::Unmount => self.mounter.unmount(target)?,
            Clear::RemoveFolder => self.mounter.remove_folder(target)?,
            Clear::Forget => self.store.forget(id)?,
        }
        Ok(())
    }

    /// Makes a mounted volume hold exactly `files`.
    ///
    /// # Errors
    /// [`ApplyError`]; the volume then holds what it held before.
    pub fn write(
        &self,
        record: &Record,
        files: &[File],
        generation: &str,
        previous: Previous,
    ) -> Result<Written, ApplyError> {
        let root = self.mounter.open(&record.target)?;
        Ok(files::write(
            root.as_fd(),
            files,
            record.access,
            generation,
            previous,
        )?)
    }

    /// Removes the replaced generation of a volume.
    ///
    /// # Errors
    /// [`ApplyError`]
    pub fn sweep(&self, target: &Target) -> Result<(), ApplyError> {
        let root = self.mounter.open(target)?;
        Ok(files::sweep(root.as_fd())?)
    }

    fn tmpfs(&self, access: Access) -> TmpfsOptions {
        TmpfsOptions {
            size: self.volume_size,
            inodes: INODES,
            mode: access.folder_mode(),
            group: access.group,
        }
    }
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
