//! A node: kubelet's folders, the driver in them, and kubelet's side of the socket.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use patchbay_csi_driver::broker::Patience;
use patchbay_csi_driver::program::{Args, assemble};
use patchbay_csi_driver::shared::Shared;
use patchbay_csi_driver::volume::mount::LinuxMounter;
use patchbay_csi_driver::volume::mountinfo::{self, Mount};
use patchbay_proto::csi::node_client::NodeClient;
use patchbay_proto::csi::volume_capability::{AccessType, MountVolume};
use patchbay_proto::csi::{
    NodeGetVolumeStatsRequest, NodeGetVolumeStatsResponse, NodePublishVolumeRequest,
    NodeUnpublishVolumeRequest, VolumeCapability,
};
use patchbay_runtime::Context;
use tokio::net::UnixStream;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::broker::Broker;

/// For what should happen at once.
const SOON: Duration = Duration::from_secs(15);

pub(crate) struct Node {
    root: tempfile::TempDir,
    args: Args,
    pub(crate) context: Context,
    pub(crate) shared: Arc<Shared>,
    pub(crate) csi: NodeClient<Channel>,
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + SOON;
    while !is_so() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "not within {SOON:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl Node {
    /// A node whose driver trusts and has reached the broker.
    pub(crate) async fn start(broker: &Broker) -> Self {
        let node = Self::start_without_ca(broker, 4 << 20).await;
        broker.write_ca(&node.args.broker_ca_file);
        node.is_connected().await;
        node
    }

    pub(crate) async fn start_without_ca(broker: &Broker, volume_size_limit: u64) -> Self {
        let root = tempfile::tempdir().unwrap();
        let args = Args {
            node_name: "node-1".into(),
            kubelet_root: root.path().into(),
            broker_endpoint: broker.endpoint(),
            broker_ca_file: root.path().join("ca.crt"),
            volume_size_limit,
            admin_address: "127.0.0.1:0".parse().unwrap(),
            patience: Patience {
                render: Duration::from_secs(3),
                silence: Duration::from_secs(3),
            },
        };
        let (context, shared) = Self::assemble(&args).await;
        let csi = NodeClient::new(channel(shared.paths.csi_socket()).await);
        Self {
            root,
            args,
            context,
            shared,
            csi,
        }
    }

    async fn assemble(args: &Args) -> (Context, Arc<Shared>) {
        let context = Context::new();
        let shared = assemble(args.clone(), &context, Arc::new(LinuxMounter::new()))
            .await
            .unwrap();
        (context, shared)
    }

    /// Stops the driver and starts another in its place.
    pub(crate) async fn restart(&mut self) {
        self.context.tasks.drain(Duration::from_secs(5)).await.unwrap();
        assert!(
            !self.shared.paths.csi_socket().exists(),
            "a socket that nobody serves"
        );
        (self.context, self.shared) = Self::assemble(&self.args).await;
        self.csi = NodeClient::new(channel(self.shared.paths.csi_socket()).await);
    }

    pub(crate) async fn is_connected(&self) {
        eventually("the stream to the broker stands", || {
            self.shared.registry.is_connected()
        })
        .await;
    }

    pub(crate) fn write_ca(&self, broker: &Broker) {
        broker.write_ca(&self.args.broker_ca_file);
    }

    pub(crate) fn target(&self, id: &str) -> PathBuf {
        self.root
            .path()
            .join(format!("pods/uid-1/volumes/kubernetes.io~csi/{id}/mount"))
    }

    /// What kubelet sends.
    pub(crate) fn request(&self, id: &str, token: &str) -> NodePublishVolumeRequest {
        let target = self.target(id);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let context = [
            ("csi.storage.k8s.io/ephemeral", "true"),
            ("csi.storage.k8s.io/pod.namespace", "team"),
            ("csi.storage.k8s.io/pod.name", "app-0"),
            ("csi.storage.k8s.io/pod.uid", "uid-1"),
            ("csi.storage.k8s.io/serviceAccount.name", "builder"),
            ("connectors", "git-main"),
        ];
        let tokens = format!(r#"{{"broker.patchbay.dev":{{"token":"{token}"}}}}"#);
        NodePublishVolumeRequest {
            volume_id: id.into(),
            target_path: target.to_str().unwrap().into(),
            readonly: true,
            volume_capability: Some(VolumeCapability {
                access_type: Some(AccessType::Mount(MountVolume::default())),
                access_mode: None,
            }),
            secrets: HashMap::from([("csi.storage.k8s.io/serviceAccount.tokens".to_owned(), tokens)]),
            volume_context: context
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            ..NodePublishVolumeRequest::default()
        }
    }

    pub(crate) async fn publish(&self, id: &str, token: &str) -> Result<(), Status> {
        self.send(self.request(id, token)).await
    }

    pub(crate) async fn send(&self, request: NodePublishVolumeRequest) -> Result<(), Status> {
        self.csi.clone().node_publish_volume(request).await.map(drop)
    }

    pub(crate) async fn unpublish(&self, id: &str) -> Result<(), Status> {
        let target_path = self.target(id).to_str().unwrap().to_owned();
        let request = NodeUnpublishVolumeRequest {
            volume_id: id.into(),
            target_path,
        };
        self.csi.clone().node_unpublish_volume(request).await.map(drop)
    }

    pub(crate) async fn stats(&self, id: &str) -> Result<NodeGetVolumeStatsResponse, Status> {
        let volume_path = self.target(id).to_str().unwrap().to_owned();
        let request = NodeGetVolumeStatsRequest {
            volume_id: id.into(),
            volume_path,
            ..Default::default()
        };
        self.csi
            .clone()
            .node_get_volume_stats(request)
            .await
            .map(tonic::Response::into_inner)
    }

    /// What a program in the pod can read.
    pub(crate) fn files(&self, id: &str) -> BTreeMap<String, String> {
        let Ok(entries) = fs::read_dir(self.target(id)) else {
            return BTreeMap::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| !name.starts_with(".."))
            .filter_map(|name| {
                fs::read_to_string(self.target(id).join(&name))
                    .ok()
                    .map(|content| (name, content))
            })
            .collect()
    }

    pub(crate) async fn has_files(&self, id: &str, pairs: &[(&str, &str)]) {
        let want: BTreeMap<_, _> = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        eventually(&format!("the files of {id} are {want:?}"), || {
            self.files(id) == want
        })
        .await;
    }

    /// Every mount below kubelet's folder.
    pub(crate) fn mounts(&self) -> Vec<Mount> {
        let table = fs::read("/proc/self/mountinfo").unwrap();
        mountinfo::parse(&table)
            .filter(|mount| mount.path.starts_with(self.root.path()))
            .collect()
    }

    /// How many volumes are remembered on the disk.
    pub(crate) fn records(&self) -> usize {
        let names = fs::read_dir(self.shared.paths.state())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        names
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .count()
    }

    /// Nothing of a volume is left on the node.
    pub(crate) fn is_gone(&self, id: &str) -> bool {
        !self.target(id).exists() && self.mounts().is_empty() && self.records() == 0
    }

    pub(crate) fn metric(&self, line: &str) -> bool {
        self.context
            .metrics
            .encode()
            .unwrap()
            .lines()
            .any(|got| got == line)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for mount in self.mounts().iter().rev() {
            // What is left is gone with the namespace.
            let _left = nix::mount::umount2(&mount.path, nix::mount::MntFlags::MNT_DETACH);
        }
    }
}

/// A connection to a unix socket.
pub(crate) async fn channel(socket: PathBuf) -> Channel {
    let connector = tower::service_fn(move |_: http::Uri| {
        let socket = socket.clone();
        async move { UnixStream::connect(socket).await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://localhost")
        .connect_with_connector(connector)
        .await
        .unwrap()
}

/// The options of a mount, as the kernel has them.
pub(crate) fn mount_line(path: &Path) -> String {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let mut lines = table.lines().filter(|line| line.contains(path.to_str().unwrap()));
    lines.next().unwrap_or_default().to_owned()
}
