//! What can be chosen about a node, and what a machine needs for one.

use std::{path::PathBuf, time::Duration};

use crate::{
    env::Env,
    error::{Error, Result},
    find::Package,
};

/// What can be chosen about a node.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// Its name; nodes of different names run side by side.
    pub name: String,
    /// How often kubelet looks at each pod without a reason (`syncFrequency`), as `1m`, its default. Shorter
    /// means that CSI volumes are published again more often.
    pub sync_frequency: String,
    /// More flags for the API server; they come after ours and win.
    pub api_server_flags: Vec<String>,
    /// How long the node may take until it is ready.
    pub start_limit: Duration,
    /// The program `patchbay-cluster`, which removes a node of [`Node::start`] when its owner is killed. Found
    /// beside the running program when not given.
    pub program: Option<PathBuf>,
    /// The environment, from which the programs are found.
    pub env: Env,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            name: "patchbay".to_owned(),
            sync_frequency: "1m".to_owned(),
            api_server_flags: Vec::new(),
            start_limit: Duration::from_secs(180),
            program: None,
            env: Env::of_process(),
        }
    }
}

/// Debian packages without which there is no node.
pub(super) const PACKAGES: [Package; 7] = [
    Package {
        name: "containerd",
        shown_by: "containerd",
    },
    Package {
        name: "runc",
        shown_by: "runc",
    },
    Package {
        name: "containernetworking-plugins",
        shown_by: "/usr/lib/cni/ptp",
    },
    Package {
        name: "nftables",
        shown_by: "nft",
    },
    Package {
        name: "iproute2",
        shown_by: "ip",
    },
    Package {
        name: "busybox-static",
        shown_by: "busybox",
    },
    Package {
        name: "util-linux",
        shown_by: "nsenter",
    },
];

/// Whether a node can run here at all.
///
/// # Errors
/// [`Error::Capability`] with what to do.
pub fn can_run_node() -> Result<()> {
    if !nix::unistd::geteuid().is_root() {
        return Err(Error::capability(
            "a Kubernetes node needs root, for containers, mounts and networks: run this as root, or use a cluster of yours with KUBECONFIG and PATCHBAY_USE_KUBECONFIG=1.",
        ));
    }
    Ok(())
}

/// `patchbay-cluster` itself, or the one beside a test's binary (`target/debug/deps/it-...`).
pub(super) fn own_program() -> Option<PathBuf> {
    const NAME: &str = "patchbay-cluster";
    let me = std::env::current_exe().ok()?;
    let folders = me.ancestors().skip(1).take(2);
    folders
        .map(|folder| folder.join(NAME))
        .find(|path| path.is_file())
}
