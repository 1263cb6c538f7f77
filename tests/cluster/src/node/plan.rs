//! What a node is called and where everything of it is: decided once, before anything is made.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    error::{Error, Result},
    find::Programs,
};

/// The state of all nodes of the machine. A fixed place, because a node's network and processes are the
/// machine's too: whoever asks for a node by its name has to find the same one.
pub(crate) const HOME: &str = "/var/lib/patchbay-cluster";

/// Longest name: a socket's path has at most 107 characters, and CSI drivers need room for theirs.
const MAX_NAME: usize = 20;

/// The names that follow from a node's name, and no other knowledge: so that traces are found when every file
/// about the node is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Names {
    pub(crate) name: String,
}

impl Names {
    /// Checks a name given by a user.
    ///
    /// # Errors
    /// [`Error::Invalid`]: it becomes part of file, cgroup, and network names and the node's name.
    pub(crate) fn new(name: &str) -> Result<Self> {
        let fits = (1..=MAX_NAME).contains(&name.len());
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if fits && plain && !name.starts_with('-') && !name.ends_with('-') {
            return Ok(Self {
                name: name.to_owned(),
            });
        }
        Err(Error::Invalid(format!(
            "the cluster's name {name:?} will not do: use at most {MAX_NAME} lower-case letters, digits and inner dashes"
        )))
    }

    /// State folder.
    pub(crate) fn folder(&self) -> PathBuf {
        Path::new(HOME).join(&self.name)
    }

    /// Held while the node is started or removed.
    pub(crate) fn lock_file(&self) -> PathBuf {
        PathBuf::from(format!("/run/lock/patchbay-cluster-{}.lock", self.name))
    }

    /// Value of the variable that marks the node's processes.
    pub(crate) fn marker(&self) -> String {
        format!("node-{}", self.name)
    }

    /// Network namespace.
    pub(crate) fn netns(&self) -> String {
        format!("patchbay-{}", self.name)
    }

    /// The file by which processes enter the network namespace.
    pub(crate) fn netns_file(&self) -> PathBuf {
        Path::new("/run/netns").join(self.netns())
    }

    /// The host's end of the cable into the namespace. An interface's name has at most 15 characters.
    pub(crate) fn link(&self) -> String {
        let digest = hex::encode(Sha256::digest(&self.name));
        format!("pb{}", digest.get(..8).unwrap_or(&digest))
    }

    /// nftables table of the host that lets the node reach other machines.
    pub(crate) fn table(&self) -> String {
        format!("patchbay-{}", self.name)
    }

    /// Parent of all containers' cgroups, below the root of each hierarchy.
    pub(crate) fn cgroup(&self) -> String {
        format!("patchbay-{}", self.name)
    }
}

/// Addresses of a node. Each node has a slot of its own, so that several run side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Addresses {
    pub(crate) slot: u8,
}

impl Addresses {
    /// The host, seen from the node.
    pub(crate) fn host(self) -> String {
        format!("10.243.{}.1", self.slot)
    }

    /// The node.
    pub(crate) fn node_ip(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 243, self.slot, 2)
    }

    /// The same as text.
    pub(crate) fn node(self) -> String {
        self.node_ip().to_string()
    }

    /// The cable between the two.
    pub(crate) fn link_net(self) -> String {
        format!("10.243.{}.0/30", self.slot)
    }

    /// Pods.
    pub(crate) fn pod_net(self) -> String {
        format!("10.244.{}.0/24", self.slot)
    }

    /// Services.
    pub(crate) fn service_net(self) -> String {
        format!("10.96.{}.0/24", self.slot)
    }

    /// The Service `kubernetes`.
    pub(crate) fn api_service(self) -> String {
        format!("10.96.{}.1", self.slot)
    }

    /// The Service `kube-dns`.
    pub(crate) fn dns_service(self) -> String {
        format!("10.96.{}.10", self.slot)
    }
}

/// Port of the API server in the node's namespace.
pub(crate) const API_PORT: u16 = 6443;

/// A node as it is to be, or is; stored as `cluster.json` in its state folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) names: Names,
    pub(crate) addresses: Addresses,
    pub(crate) programs: Programs,
    pub(crate) coredns: PathBuf,
    /// Folders where the distribution's programs are.
    pub(crate) search: Vec<PathBuf>,
    /// containerd's snapshotter.
    pub(crate) snapshotter: String,
    /// kubelet's `syncFrequency`, as `1m`.
    pub(crate) sync_frequency: String,
    pub(crate) api_server_flags: Vec<String>,
    /// Name servers of the host that the node can reach.
    pub(crate) nameservers: Vec<String>,
}

impl Plan {
    pub(crate) fn folder(&self) -> PathBuf {
        self.names.folder()
    }

    /// A path in the state folder.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    /// The same as text.
    pub(crate) fn text(&self, path: &str) -> String {
        self.at(path).display().to_string()
    }

    /// The node's name in Kubernetes.
    pub(crate) fn node_name(&self) -> &str {
        &self.names.name
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}:{API_PORT}", self.addresses.node())
    }

    pub(crate) fn containerd_socket(&self) -> String {
        self.text("containerd.sock")
    }

    pub(crate) fn kubelet_root(&self) -> PathBuf {
        self.at("kubelet")
    }

    pub(crate) fn pod_logs(&self) -> PathBuf {
        self.at("pod-logs")
    }

    pub(crate) fn admin_kubeconfig(&self) -> PathBuf {
        self.at("admin.kubeconfig")
    }

    /// A program of the distribution by its full path; its bare name when it is not found.
    pub(crate) fn system(&self, program: &str) -> PathBuf {
        crate::process::find_in(&self.search, program).unwrap_or_else(|| program.into())
    }
}

/// overlayfs, except on overlayfs (inside of a container), where the kernel refuses it.
pub(crate) fn snapshotter(file_system: &str) -> &'static str {
    if file_system == "overlay" {
        "native"
    } else {
        "overlayfs"
    }
}

#[cfg(test)]
pub(crate) fn example() -> Plan {
    Plan {
        names: Names {
            name: "patchbay".into(),
        },
        addresses: Addresses { slot: 3 },
        programs: serde_json::from_value(serde_json::json!({"folder": "/cache"})).unwrap(),
        coredns: "/cache/coredns".into(),
        search: vec![],
        snapshotter: "overlayfs".into(),
        sync_frequency: "1m".into(),
        api_server_flags: vec!["--v=4".into()],
        nameservers: vec!["192.0.2.53".into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_will_do_and_that_will_not() {
        for name in ["patchbay", "a", "e2e-1", &"x".repeat(MAX_NAME)] {
            assert!(Names::new(name).is_ok(), "{name:?}");
        }
        for name in ["", "-a", "a-", "A", "a_b", "a/b", "..", &"x".repeat(MAX_NAME + 1)] {
            assert!(Names::new(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn interface_names_fit_and_differ() {
        let link = |name: &str| Names { name: name.into() }.link();
        assert!(link(&"x".repeat(MAX_NAME)).len() <= 15);
        assert_ne!(link("a"), link("b"));
    }

    #[test]
    fn two_slots_share_no_address() {
        let all = |slot| {
            let a = Addresses { slot };
            [
                a.host(),
                a.node(),
                a.link_net(),
                a.pod_net(),
                a.service_net(),
                a.api_service(),
                a.dns_service(),
            ]
        };
        assert!(all(0).iter().all(|address| !all(1).contains(address)));
    }

    #[test]
    fn sockets_fit_into_a_socket_address() {
        let mut plan = example();
        plan.names.name = "x".repeat(MAX_NAME);
        // The kernel's limit is 107 characters.
        for socket in [
            plan.containerd_socket(),
            plan.text("kubelet/plugins_registry/csi.patchbay.dev-reg.sock"),
        ] {
            assert!(socket.len() < 108, "{socket}");
        }
    }

    #[test]
    fn overlay_does_not_go_on_overlay() {
        for (file_system, want) in [("ext4", "overlayfs"), ("xfs", "overlayfs"), ("overlay", "native")] {
            assert_eq!(snapshotter(file_system), want);
        }
    }
}
