//! Finds the programs of a cluster. In this order: `KUBEBUILDER_ASSETS`, `PATH`, the cache, an official
//! download, a build from the Go module beside this crate. A cluster that exists already (`KUBECONFIG`) needs
//! only kubectl.

mod build;
mod cache;
mod download;
mod host;
mod kit;
mod packages;

use std::{fs, path::PathBuf};

pub(crate) use self::kit::{KUBE_PROGRAMS, Kit, Version};
pub(crate) use self::packages::{Package, install, search_folders};
use crate::{
    env::Env,
    error::{Doing as _, Result},
    say,
};

/// Older programs than this are passed over: the CSI driver is given its tokens in a field that Kubernetes
/// offers by default since then.
pub(crate) const OLDEST_KUBERNETES: Version = Version { major: 1, minor: 35 };

/// How much of Kubernetes is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// etcd, the API server and kubectl.
    ControlPlane,
    /// Everything that a node runs.
    Node,
    /// kubectl alone.
    Kubectl,
}

impl Wanted {
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::ControlPlane => &["kube-apiserver", "etcd", "kubectl"],
            Self::Node => &KUBE_PROGRAMS,
            Self::Kubectl => &["kubectl"],
        }
    }
}

/// Where the programs of Kubernetes are: one folder holds all that were wanted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The file of a program.
    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }
}

/// Finds Kubernetes, and makes it when it is not there. The first call on a machine may take minutes; it says
/// what it does.
///
/// # Errors
/// [`crate::Error::Capability`] when nothing offers the programs and they cannot be built.
pub(crate) fn kubernetes(env: &Env, wanted: Wanted) -> Result<Programs> {
    if let Some(folder) = host::assets(env, wanted).or_else(|| host::path(env, wanted)) {
        return Ok(Programs { folder });
    }
    Ok(Programs {
        folder: obtain(env, Kit::Kube)?,
    })
}

/// Finds CoreDNS, and makes it when it is not there.
///
/// # Errors
/// As [`kubernetes`].
pub(crate) fn coredns(env: &Env) -> Result<PathBuf> {
    Ok(obtain(env, Kit::CoreDns)?.join("coredns"))
}

/// Finds Helm (a `helm` 3 or newer on `PATH` first), and makes it when it is not there.
///
/// # Errors
/// As [`kubernetes`].
pub(crate) fn helm(env: &Env) -> Result<PathBuf> {
    match host::helm(env) {
        Some(path) => Ok(path),
        None => Ok(obtain(env, Kit::Helm)?.join("helm")),
    }
}

/// The folder of a kit in the cache; filled by download or build first when it is not there.
fn obtain(env: &Env, kit: Kit) -> Result<PathBuf> {
    cache::get(&env.cache_home(), kit, |folder| {
        match download::fetch(kit, folder, &download::curl) {
            Ok(()) => return Ok(()),
            Err(reason) => {
                say::line(format_args!(
                    "{} {}: {reason}; building from source",
                    kit.title(),
                    kit.version()
                ));
            }
        }
        // The download may have failed half way.
        fs::remove_dir_all(folder).at("empty", folder)?;
        fs::create_dir(folder).at("create", folder)?;
        build::build(env, kit, folder)
    })
}
