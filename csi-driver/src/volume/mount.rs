//! The mounts: the only place that makes and removes them.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, open, openat, openat2, readlink};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, SFlag, fstat, fstatat, mkdirat};
use nix::sys::statfs::{TMPFS_MAGIC, fstatfs};
use nix::sys::statvfs::fstatvfs;
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::files;
use super::mountinfo::{self, FS_TYPE, SOURCE};
use super::paths::Target;

/// What is at a target path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Nothing, though the folder that would hold it may exist.
    Absent,
    /// A plain folder.
    Folder {
        /// Whether it holds nothing.
        empty: bool,
    },
    /// Something that can not be mounted on: a file or a link.
    NotAFolder,
    /// Our own tmpfs is on top.
    Ours {
        /// How many mounts are at the path, ours on top of others included.
        mounts: usize,
        /// Whether its files were written to the end at least once.
        complete: bool,
    },
    /// A mount that is not ours is on top.
    Foreign {
        /// Its kind.
        fs_type: String,
        /// How many mounts are at the path.
        mounts: usize,
    },
}

/// How to make the tmpfs of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TmpfsOptions {
    /// Its limit in bytes.
    pub size: u64,
    /// Its limit in files, folders and links.
    pub inodes: u64,
    /// The bits of its root folder.
    pub mode: u32,
    /// The group of its root folder.
    pub group: Option<u32>,
}

impl TmpfsOptions {
    /// The options as mount(2) takes them.
    #[must_use]
    pub fn data(&self, noswap: bool) -> String {
        let Self {
            size,
            inodes,
            mode,
            group,
        } = self;
        let group = group.map(|group| format!(",gid={group}")).unwrap_or_default();
        let noswap = if noswap { ",noswap" } else { "" };
        format!("size={size},nr_inodes={inodes},mode={mode:04o}{group}{noswap}")
    }
}

/// How full a volume is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes in all.
    pub bytes: u64,
    /// Bytes that are free.
    pub bytes_free: u64,
    /// Files, folders and links in all.
    pub inodes: u64,
    /// How many of them are free.
    pub inodes_free: u64,
}

/// A system call on a target that failed.
#[derive(Debug, thiserror::Error)]
#[error("{operation} {path:?} failed")]
pub struct MountError {
    /// What was tried, for a person.
    pub operation: &'static str,
    /// At which path.
    pub path: PathBuf,
    /// What the kernel said.
    #[source]
    pub errno: Errno,
}

/// What the driver does with mounts. One real implementation, and a recording one in tests.
pub trait Mounter: Send + Sync + 'static {
    /// Looks at a target.
    ///
    /// # Errors
    /// [`MountError`] when it can not be seen.
    fn observe(&self, target: &Target) -> Result<TargetState, MountError>;

    /// Makes the target's folder; its parent exists.
    ///
    /// # Errors
    /// [`MountError`]
    fn make_folder(&self, target: &Target) -> Result<(), MountError>;

    /// Mounts a tmpfs on the target's folder.
    ///
    /// # Errors
    /// [`MountError`]
    fn mount(&self, target: &Target, options: &TmpfsOptions) -> Result<(), MountError>;

    /// Removes the mount that is on top.
    ///
    /// # Errors
    /// [`MountError`]
    fn unmount(&self, target: &Target) -> Result<(), MountError>;

    /// Removes the target's folder, which is empty.
    ///
    /// # Errors
    /// [`MountError`]
    fn remove_folder(&self, target: &Target) -> Result<(), MountError>;

    /// The root folder of the mounted volume. Never a folder on a disk.
    ///
    /// # Errors
    /// [`MountError`] when the target is not a mounted tmpfs.
    fn open(&self, target: &Target) -> Result<OwnedFd, MountError>;

    /// How full the volume is.
    ///
    /// # Errors
    /// [`MountError`]
    fn usage(&self, target: &Target) -> Result<Usage, MountError>;
}

/// The kernel of this node.
#[derive(Debug, Default)]
pub struct LinuxMounter {
    /// Set once the kernel has refused `noswap` (before 6.4).
    without_noswap: AtomicBool,
}

impl LinuxMounter {
    /// The kernel of this node.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn mount_on(folder: BorrowedFd<'_>, data: &str) -> Result<(), Errno> {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        // By descriptor: between the check of the path and the mount nobody can put a link in its place.
        mount(
            Some(SOURCE),
            &by_descriptor(folder),
            Some(FS_TYPE),
            flags,
            Some(data),
        )
    }
}

impl Mounter for LinuxMounter {
    fn observe(&self, target: &Target) -> Result<TargetState, MountError> {
        let failed = |errno| MountError {
            operation: "looking at",
            path: target.path().into(),
            errno,
        };
        let parent = match open_parent(target) {
            Ok(parent) => parent,
            Err(Errno::ENOENT) => return Ok(TargetState::Absent),
            Err(errno) => return Err(failed(errno)),
        };
        let stat = match fstatat(&parent, &target.name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::ENOENT) => return Ok(TargetState::Absent),
            Err(errno) => return Err(failed(errno)),
        };
        if !is_folder(stat.st_mode) {
            return Ok(TargetState::NotAFolder);
        }
        let table = std::fs::read("/proc/self/mountinfo").map_err(|error| failed(errno_of(&error)))?;
        // The kernel's table has no links in its paths; kubelet's root may.
        let path =
            PathBuf::from(readlink(&by_descriptor(parent.as_fd())).map_err(failed)?).join(&target.name);
        let mounts: Vec<_> = mountinfo::parse(&table)
            .filter(|mount| mount.path == path)
            .collect();
        let Some(top) = mounts.last() else {
            let folder = open_folder(parent.as_fd(), &target.name).map_err(failed)?;
            return Ok(TargetState::Folder {
                empty: is_empty(folder).map_err(failed)?,
            });
        };
        if !top.is_ours() {
            return Ok(TargetState::Foreign {
                fs_type: top.fs_type.clone(),
                mounts: mounts.len(),
            });
        }
        let root = open_folder(parent.as_fd(), &target.name).map_err(failed)?;
        let complete = files::is_complete(root.as_fd()).unwrap_or(false);
        Ok(TargetState::Ours {
            mounts: mounts.len(),
            complete,
        })
    }

    fn make_folder(&self, target: &Target) -> Result<(), MountError> {
        let failed = |errno| MountError {
            operation: "making the folder",
            path: target.path().into(),
            errno,
        };
        let parent = open_parent(target).map_err(failed)?;
        match mkdirat(&parent, &target.name, Mode::from_bits_truncate(0o750)) {
            Ok(()) | Err(Errno::EEXIST) => Ok(()),
            Err(errno) => Err(failed(errno)),
        }
    }

    fn mount(&self, target: &Target, options: &TmpfsOptions) -> Result<(), MountError> {
        let failed = |errno| MountError {
            operation: "mounting a tmpfs on",
            path: target.path().into(),
            errno,
        };
        let folder = open_target(target).map_err(failed)?;
        if !self.without_noswap.load(Ordering::Relaxed) {
            match Self::mount_on(folder.as_fd(), &options.data(true)) {
                // EPERM: the option belongs to the first user namespace alone.
                Err(Errno::EINVAL | Errno::EPERM) => {}
                other => return other.map_err(failed),
            }
        }
        Self::mount_on(folder.as_fd(), &options.data(false)).map_err(failed)?;
        if !self.without_noswap.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "this kernel has no tmpfs option noswap (6.4 has it): files of volumes may be swapped out; \
                 turn swap off on the node or encrypt it"
            );
        }
        Ok(())
    }

    fn unmount(&self, target: &Target) -> Result<(), MountError> {
        let failed = |errno| MountError {
            operation: "unmounting",
            path: target.path().into(),
            errno,
        };
        let parent = open_parent(target).map_err(failed)?;
        let path = by_descriptor(parent.as_fd()).join(&target.name);
        match umount2(&path, MntFlags::UMOUNT_NOFOLLOW) {
            Err(Errno::EBUSY) => {
                // A process of the node has a file open. Its view lives on until it closes it; the pod is gone.
                tracing::warn!(path = %target.path().display(), "the volume is in use on the node: detaching it");
                umount2(&path, MntFlags::UMOUNT_NOFOLLOW | MntFlags::MNT_DETACH).map_err(failed)
            }
            Err(Errno::EINVAL | Errno::ENOENT) | Ok(()) => Ok(()),
            Err(errno) => Err(failed(errno)),
        }
    }

    fn remove_folder(&self, target: &Target) -> Result<(), MountError> {
        let failed = |errno| MountError {
            operation: "removing the folder",
            path: target.path().into(),
            errno,
        };
        let parent = match open_parent(target) {
            Ok(parent) => parent,
            Err(Errno::ENOENT) => return Ok(()),
            Err(errno) => return Err(failed(errno)),
        };
        match unlinkat(&parent, &target.name, UnlinkatFlags::RemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(errno) => Err(failed(errno)),
        }
    }

    fn open(&self, target: &Target) -> Result<OwnedFd, MountError> {
        let failed = |errno| MountError {
            operation: "opening",
            path: target.path().into(),
            errno,
        };
        let parent = open_parent(target).map_err(failed)?;
        let root = open_folder(parent.as_fd(), &target.name).map_err(failed)?;
        let mounted = fstat(&parent).map_err(failed)?.st_dev != fstat(&root).map_err(failed)?.st_dev;
        if !mounted || fstatfs(&root).map_err(failed)?.filesystem_type() != TMPFS_MAGIC {
            return Err(failed(Errno::ENODEV));
        }
        Ok(root)
    }

    fn usage(&self, target: &Target) -> Result<Usage, MountError> {
        let failed = |errno| MountError {
            operation: "measuring",
            path: target.path().into(),
            errno,
        };
        let stat = fstatvfs(self.open(target)?).map_err(failed)?;
        let size = stat.fragment_size();
        Ok(Usage {
            bytes: stat.blocks().saturating_mul(size),
            bytes_free: stat.blocks_available().saturating_mul(size),
            inodes: stat.files(),
            inodes_free: stat.files_available(),
        })
    }
}

/// The folder that holds the target. Below kubelet's folder of pods no link is followed: links there are not
/// kubelet's.
fn open_parent(target: &Target) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let pods = open(&target.pods, flags, Mode::empty())?;
    let how = OpenHow::new()
        .flags(flags)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS);
    openat2(&pods, &target.parent, how)
}

fn open_target(target: &Target) -> Result<OwnedFd, Errno> {
    open_folder(open_parent(target)?.as_fd(), &target.name)
}

fn open_folder(parent: BorrowedFd<'_>, name: &Path) -> Result<OwnedFd, Errno> {
    openat(
        parent,
        name,
        OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC,
        Mode::empty(),
    )
}

fn is_empty(folder: OwnedFd) -> Result<bool, Errno> {
    let mut listing = nix::dir::Dir::from_fd(folder)?;
    for entry in listing.iter() {
        if !matches!(entry?.file_name().to_bytes(), b"." | b"..") {
            return Ok(false);
        }
    }
    Ok(true)
}

fn by_descriptor(folder: BorrowedFd<'_>) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()))
}

fn is_folder(mode: u32) -> bool {
    SFlag::from_bits_truncate(mode) & SFlag::S_IFMT == SFlag::S_IFDIR
}

fn errno_of(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_options_are_written_as_the_kernel_reads_them() {
        let options = TmpfsOptions {
            size: 4096,
            inodes: 1024,
            mode: 0o750,
            group: Some(2000),
        };
        assert_eq!(
            options.data(true),
            "size=4096,nr_inodes=1024,mode=0750,gid=2000,noswap"
        );
        let options = TmpfsOptions {
            mode: 0o755,
            group: None,
            ..options
        };
        assert_eq!(options.data(false), "size=4096,nr_inodes=1024,mode=0755");
    }
}
