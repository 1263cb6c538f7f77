//! Where things are on the node, and which paths of a request are believed. Pure.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use patchbay_api::names::DRIVER;

/// What the kernel allows for the path of a unix socket: `sun_path` is 108 bytes with its closing NUL.
pub const MAX_SOCKET_PATH: usize = 107;
/// CSI limits every string without a limit of its own to this many bytes.
pub const MAX_VOLUME_ID: usize = 128;
/// The kernel's limit for a path.
const MAX_PATH: usize = 4095;

/// Kubelet's folders, as far as the driver uses them.
#[derive(Clone, Debug)]
pub struct Paths {
    pods: PathBuf,
    plugin: PathBuf,
    registry: PathBuf,
}

/// Why kubelet's root folder can not be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathsError {
    /// Relative, or with `.` or `..` in it.
    #[error("the kubelet root {0:?} must be an absolute path without \".\", \"..\" and double slashes")]
    NotClean(PathBuf),
    /// A socket below it would have a path that the kernel does not take.
    #[error(
        "the socket path {path:?} has {length} bytes and the kernel takes at most {MAX_SOCKET_PATH}: \
         use a shorter kubelet root (--kubelet-root)"
    )]
    SocketPathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
    },
}

impl Paths {
    /// The folders below kubelet's root folder.
    ///
    /// # Errors
    /// [`PathsError`] when the root is not absolute and clean, or so long that a socket would not fit.
    pub fn new(kubelet_root: &Path) -> Result<Self, PathsError> {
        let root = kubelet_root.to_str().and_then(clean_absolute);
        let Some(root) = root else {
            return Err(PathsError::NotClean(kubelet_root.to_path_buf()));
        };
        let paths = Self {
            pods: root.join("pods"),
            plugin: root.join("plugins").join(DRIVER),
            registry: root.join("plugins_registry"),
        };
        for path in [paths.csi_socket(), paths.registration_socket()] {
            let length = path.as_os_str().len();
            if length > MAX_SOCKET_PATH {
                return Err(PathsError::SocketPathTooLong { path, length });
            }
        }
        Ok(paths)
    }

    /// The folder of all pods on the node.
    #[must_use]
    pub fn pods(&self) -> &Path {
        &self.pods
    }

    /// The driver's own folder.
    #[must_use]
    pub fn plugin(&self) -> &Path {
        &self.plugin
    }

    /// Where the driver serves CSI.
    #[must_use]
    pub fn csi_socket(&self) -> PathBuf {
        self.plugin.join("csi.sock")
    }

    /// Where kubelet finds out about the driver.
    #[must_use]
    pub fn registration_socket(&self) -> PathBuf {
        self.registry.join(format!("{DRIVER}-reg.sock"))
    }

    /// What the driver remembers of its volumes over a restart.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.plugin.join("volumes")
    }

    /// Reads the target path of a request.
    ///
    /// # Errors
    /// [`TargetError`] unless it is absolute, clean, and below the folder of a pod.
    pub fn target(&self, path: &str) -> Result<Target, TargetError> {
        if path.is_empty() {
            return Err(TargetError::Missing);
        }
        let clean = clean_absolute(path).ok_or(TargetError::NotClean)?;
        let relative = clean
            .strip_prefix(&self.pods)
            .map_err(|_| TargetError::Elsewhere(self.pods.clone()))?;
        let mut components = relative.components();
        let pod_uid = components
            .next()
            .and_then(|first| first.as_os_str().to_str())
            .map(str::to_owned);
        let (Some(pod_uid), Some(_), Some(parent), Some(name)) = (
            pod_uid,
            components.next(),
            relative.parent(),
            relative.file_name(),
        ) else {
            return Err(TargetError::Elsewhere(self.pods.clone()));
        };
        Ok(Target {
            pods: self.pods.clone(),
            parent: parent.to_path_buf(),
            name: PathBuf::from(name),
            path: clean.clone(),
            pod_uid,
        })
    }
}

/// A path that the driver may mount at: below the folder of one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Kubelet's folder of pods, from which the rest is resolved without following links.
    pub(crate) pods: PathBuf,
    /// The folder that holds the target, relative to `pods`.
    pub(crate) parent: PathBuf,
    /// The target's own name in that folder.
    pub(crate) name: PathBuf,
    path: PathBuf,
    pod_uid: String,
}

impl Target {
    /// The whole path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The pod whose folder it is in.
    #[must_use]
    pub fn pod_uid(&self) -> &str {
        &self.pod_uid
    }

    /// The folder of that pod.
    #[must_use]
    pub fn pod_folder(&self) -> PathBuf {
        self.pods.join(&self.pod_uid)
    }
}

/// Why a target path is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Empty.
    #[error("target_path is missing")]
    Missing,
    /// Relative, too long, or with `.`, `..`, NUL or a double slash.
    #[error("target_path must be an absolute path without \".\", \"..\", double slashes and NUL")]
    NotClean,
    /// Not below a pod's folder.
    #[error(
        "target_path must lie below the folder of a pod in {0:?}; is --kubelet-root the root of this kubelet?"
    )]
    Elsewhere(PathBuf),
}

/// The identity of a volume, as kubelet made it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VolumeId(String);

/// Why a volume id is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VolumeIdError {
    /// Empty.
    #[error("volume_id is missing")]
    Missing,
    /// Longer than [`MAX_VOLUME_ID`].
    #[error("volume_id has {0} bytes and may have {MAX_VOLUME_ID}")]
    TooLong(usize),
    /// Something that is not a visible ASCII character.
    #[error("volume_id may only have visible ASCII characters")]
    Characters,
}

impl VolumeId {
    /// Checks an id. It is never part of a path: files are named by its digest.
    ///
    /// # Errors
    /// [`VolumeIdError`] when it is empty, too long or has characters that would garble a log.
    pub fn parse(id: &str) -> Result<Self, VolumeIdError> {
        if id.is_empty() {
            return Err(VolumeIdError::Missing);
        }
        if id.len() > MAX_VOLUME_ID {
            return Err(VolumeIdError::TooLong(id.len()));
        }
        if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(VolumeIdError::Characters);
        }
        Ok(Self(id.to_owned()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VolumeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// `Some` when the text is an absolute path that is its own normal form.
///
/// `Path::components` forgives double slashes and inner `.`: comparing the rebuilt path with the text does not.
fn clean_absolute(text: &str) -> Option<PathBuf> {
    if text.len() > MAX_PATH || text.contains('\0') || !text.starts_with('/') {
        return None;
    }
    let path = Path::new(text);
    let plain = path
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let rebuilt: PathBuf = path.components().collect();
    (plain && rebuilt.as_os_str() == text).then_some(rebuilt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> Paths {
        Paths::new(Path::new("/var/lib/kubelet")).unwrap()
    }

    #[test]
    fn a_target_below_a_pod_is_taken() {
        let text = "/var/lib/kubelet/pods/uid-1/volumes/kubernetes.io~csi/patchbay-0a1b/mount";
        let target = paths().target(text).unwrap();
        assert_eq!(target.path(), Path::new(text));
        assert_eq!(target.pod_uid(), "uid-1");
        assert_eq!(
            target.parent,
            Path::new("uid-1/volumes/kubernetes.io~csi/patchbay-0a1b")
        );
        assert_eq!(target.name, Path::new("mount"));
        assert_eq!(target.pod_folder(), Path::new("/var/lib/kubelet/pods/uid-1"));
    }

    #[test]
    fn other_targets_are_refused() {
        let elsewhere = || TargetError::Elsewhere("/var/lib/kubelet/pods".into());
        for (path, want) in [
            ("", TargetError::Missing),
            ("pods/uid/mount", TargetError::NotClean),
            (
                "/var/lib/kubelet/pods/uid/../../../etc/mount",
                TargetError::NotClean,
            ),
            ("/var/lib/kubelet/pods/uid/./mount", TargetError::NotClean),
            ("/var/lib/kubelet/pods/uid//mount", TargetError::NotClean),
            ("/var/lib/kubelet/pods/uid/mount/", TargetError::NotClean),
            ("/var/lib/kubelet/pods/uid/mo\0unt", TargetError::NotClean),
            ("/etc", elsewhere()),
            ("/var/lib/kubelet/pods", elsewhere()),
            ("/var/lib/kubelet/pods/uid", elsewhere()),
            ("/var/lib/kubelet/podsuid/mount", elsewhere()),
            ("/var/lib/kubelet/plugins/x/mount", elsewhere()),
        ] {
            assert_eq!(paths().target(path), Err(want), "{path:?}");
        }
        let long = format!("/var/lib/kubelet/pods/uid/{}", "a/".repeat(3000));
        assert_eq!(paths().target(&long), Err(TargetError::NotClean));
    }

    #[test]
    fn a_long_kubelet_root_is_explained() {
        let root = format!("/{}", "k".repeat(90));
        let error = Paths::new(Path::new(&root)).unwrap_err();
        assert!(matches!(error, PathsError::SocketPathTooLong { length, .. } if length > MAX_SOCKET_PATH));
        assert!(error.to_string().contains("--kubelet-root"), "{error}");
        for root in ["", "var/lib", "/var//lib", "/var/../lib", "/var/lib/"] {
            assert_eq!(
                Paths::new(Path::new(root)).err(),
                Some(PathsError::NotClean(root.into())),
                "{root:?}"
            );
        }
    }

    #[test]
    fn volume_ids_are_bounded() {
        assert_eq!(
            VolumeId::parse("csi-0123abc").map(|id| id.to_string()),
            Ok("csi-0123abc".to_owned())
        );
        assert_eq!(VolumeId::parse(""), Err(VolumeIdError::Missing));
        assert_eq!(
            VolumeId::parse(&"a".repeat(129)),
            Err(VolumeIdError::TooLong(129))
        );
        for id in ["a b", "a\nb", "\u{e4}", "a\0"] {
            assert_eq!(VolumeId::parse(id), Err(VolumeIdError::Characters), "{id:?}");
        }
    }
}
