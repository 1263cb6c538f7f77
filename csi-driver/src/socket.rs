//! Unix sockets that only root may use.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
use nix::sys::stat::{Mode, fchmod};
use tokio::net::UnixListener;

/// Kubelet has a handful of connections.
const BACKLOG: i32 = 64;

/// Why a socket can not be served.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Something that is not a socket is there, and is not ours to remove.
    #[error("{0:?} exists and is not a socket: move it away")]
    Occupied(PathBuf),
    /// A system call failed.
    #[error("{operation} {path:?} failed")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// A socket that is removed when it is dropped, so that kubelet does not call one that nobody serves.
#[derive(Debug)]
#[must_use]
pub struct Bound {
    path: PathBuf,
    file: FileId,
}

/// Tells a socket's file from a later one at the same path. The number alone may be given to the next file.
type FileId = (u64, i64, i64);

/// Listens on a path, for root alone. A socket that is there already was left by a driver that is gone.
///
/// # Errors
/// [`SocketError`]
pub fn listen_private(path: &Path) -> Result<(UnixListener, Bound), SocketError> {
    let failed = |operation: &'static str| {
        move |source| SocketError::Io {
            operation,
            path: path.to_path_buf(),
            source,
        }
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed("making the folder of"))?;
    }
    remove_stale(path)?;
    let errno = |operation| move |errno: nix::Error| failed(operation)(errno.into());
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let open = socket(AddressFamily::Unix, SockType::Stream, flags, None).map_err(errno("opening"))?;
    // The kernel gives the file the bits of the open socket: set before bind, there is no moment in which others
    // may connect.
    fchmod(&open, Mode::S_IRUSR | Mode::S_IWUSR).map_err(errno("restricting"))?;
    bind(open.as_raw_fd(), &UnixAddr::new(path).map_err(errno("naming"))?).map_err(errno("binding"))?;
    let backlog = Backlog::new(BACKLOG).map_err(errno("listening on"))?;
    listen(&open, backlog).map_err(errno("listening on"))?;
    let listener = UnixListener::from_std(open.into()).map_err(failed("serving"))?;
    let file = file_id(path).map_err(failed("looking at"))?;
    Ok((
        listener,
        Bound {
            path: path.to_path_buf(),
            file,
        },
    ))
}

fn remove_stale(path: &Path) -> Result<(), SocketError> {
    let failed = |operation, source| SocketError::Io {
        operation,
        path: path.to_path_buf(),
        source,
    };
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {
            std::fs::remove_file(path).map_err(|source| failed("removing", source))
        }
        Ok(_) => Err(SocketError::Occupied(path.to_path_buf())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(failed("looking at", source)),
    }
}

fn file_id(path: &Path) -> io::Result<FileId> {
    std::fs::symlink_metadata(path).map(|found| (found.ino(), found.ctime(), found.ctime_nsec()))
}

impl Drop for Bound {
    fn drop(&mut self) {
        // During a rolling update the next driver may have bound the path already: its socket stays.
        if file_id(&self.path).is_ok_and(|file| file == self.file) {
            drop(std::fs::remove_file(&self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_socket_is_private_and_replaces_a_stale_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/csi.sock");
        let (first, bound) = listen_private(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let (second, newer) = listen_private(&path).unwrap();
        drop((first, bound));
        assert!(
            path.exists(),
            "the older one must not remove the newer one's socket"
        );
        tokio::net::UnixStream::connect(&path).await.unwrap();
        drop((second, newer));
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_file_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("csi.sock");
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(listen_private(&path), Err(SocketError::Occupied(_))));
        assert!(path.exists());
        let link = folder.path().join("link.sock");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(listen_private(&link), Err(SocketError::Occupied(_))));
    }
}
