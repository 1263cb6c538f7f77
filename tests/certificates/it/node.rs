//! A node: the CSI driver, kubelet's side of its socket, and kubelet's copy of the ConfigMap.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, ServiceAccount};
use kube::api::PostParams;
use kube::{Api, Client, ResourceExt as _};
use patchbay_csi_driver::broker::Patience;
use patchbay_csi_driver::program::{Args, assemble};
use patchbay_csi_driver::volume::mount::LinuxMounter;
use patchbay_proto::csi::node_client::NodeClient;
use patchbay_proto::csi::volume_capability::{AccessType, MountVolume};
use patchbay_proto::csi::{NodePublishVolumeRequest, NodeUnpublishVolumeRequest, VolumeCapability};
use patchbay_runtime::Context;
use serde_json::json;
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tonic::transport::{Channel, Endpoint};

use crate::chart::SYSTEM;
use crate::world::{DEMO, until};

/// How late kubelet's copy is. Far below the settling time.
const LATE: Duration = Duration::from_millis(300);

pub(crate) struct Node {
    pub(crate) root: tempfile::TempDir,
    pub(crate) context: Context,
    csi: NodeClient<Channel>,
    client: Client,
    uid: String,
}

impl Node {
    pub(crate) async fn start(client: &Client, broker: u16, tasks: &mut JoinSet<()>) -> Self {
        let root = tempfile::tempdir().unwrap();
        let ca = root.path().join("ca.crt");
        tasks.spawn(mirror(client.clone(), ca.clone()));
        let context = Context::new();
        let args = Args {
            node_name: "node-a".into(),
            kubelet_root: root.path().into(),
            broker_endpoint: format!("https://localhost:{broker}"),
            broker_ca_file: ca,
            volume_size_limit: 4 << 20,
            admin_address: "127.0.0.1:0".parse().unwrap(),
            patience: Patience::default(),
        };
        let shared = assemble(args, &context, Arc::new(LinuxMounter::new()))
            .await
            .unwrap();
        let csi = NodeClient::new(channel(shared.paths.csi_socket()).await);
        until("the driver has a stream to the broker", || async {
            shared
                .registry
                .is_connected()
                .then_some(())
                .ok_or_else(String::new)
        })
        .await;
        let pods: Api<Pod> = Api::namespaced(client.clone(), DEMO);
        let uid = pods.get("app").await.unwrap().uid().unwrap();
        Self {
            root,
            context,
            csi,
            client: client.clone(),
            uid,
        }
    }

    /// As kubelet asks for it: bound to the pod.
    async fn token(&self) -> String {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), DEMO);
        let request = json!({"metadata": {}, "spec": {
            "audiences": [patchbay_api::names::BROKER_AUDIENCE],
            "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "app", "uid": self.uid},
        }});
        let request: TokenRequest = serde_json::from_value(request).unwrap();
        let answer = accounts
            .create_token_request("default", &PostParams::default(), &request)
            .await
            .unwrap();
        answer.status.unwrap().token
    }

    fn target(&self, id: &str) -> PathBuf {
        self.root
            .path()
            .join(format!("pods/{}/volumes/kubernetes.io~csi/{id}/mount", self.uid))
    }

    /// Mounts a volume, reads the file in it, and unmounts it.
    pub(crate) async fn mount(&self, id: &str) -> Result<(), String> {
        let target = self.target(id);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        let context = [
            ("csi.storage.k8s.io/ephemeral", "true"),
            ("csi.storage.k8s.io/pod.namespace", DEMO),
            ("csi.storage.k8s.io/pod.name", "app"),
            ("csi.storage.k8s.io/pod.uid", self.uid.as_str()),
            ("csi.storage.k8s.io/serviceAccount.name", "default"),
            ("connectors", "git-main"),
            ("configuration.names", "gitconfig"),
        ];
        let audience = patchbay_api::names::BROKER_AUDIENCE;
        let tokens = json!({audience: {"token": self.token().await}}).to_string();
        let request = NodePublishVolumeRequest {
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
        };
        self.csi
            .clone()
            .node_publish_volume(request)
            .await
            .map_err(|status| status.to_string())?;
        let file = std::fs::read_to_string(target.join(".gitconfig")).map_err(|error| error.to_string())?;
        if !file.contains("password = secret-of-the-demo") {
            return Err(format!("the file holds {} bytes of something else", file.len()));
        }
        let request = NodeUnpublishVolumeRequest {
            volume_id: id.into(),
            target_path: target.to_str().unwrap().into(),
        };
        self.csi
            .clone()
            .node_unpublish_volume(request)
            .await
            .map_err(|status| status.to_string())?;
        Ok(())
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.root.path().join("ca.crt")
    }
}

/// Copies the ConfigMap to the file, as kubelet does. An empty one is not copied: kubelet would, and the driver would
/// keep what it has.
async fn mirror(client: Client, file: PathBuf) {
    let maps: Api<ConfigMap> = Api::namespaced(client, SYSTEM);
    loop {
        if let Ok(map) = maps.get("patchbay-broker-ca").await {
            let bundle = map.data.unwrap_or_default().remove("ca.crt").unwrap_or_default();
            write(&file, &bundle);
        }
        tokio::time::sleep(LATE).await;
    }
}

/// Never half a file.
pub(crate) fn write(file: &Path, bundle: &str) {
    let next = file.with_extension("next");
    std::fs::write(&next, bundle).unwrap();
    std::fs::rename(&next, file).unwrap();
}

async fn channel(socket: PathBuf) -> Channel {
    let connector = tower::service_fn(move |_: http::Uri| {
        let socket = socket.clone();
        async move { UnixStream::connect(socket).await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://localhost")
        .connect_with_connector(connector)
        .await
        .unwrap()
}
