//! One control plane with the chart's objects, and two replicas of each program behind balancers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use patchbay_cluster::{ControlPlane, FaultProxy, Options};
use patchbay_runtime::client;
use patchbay_runtime::tls::Params;
use patchbay_runtime::tls::authority::{ROTATE, Record};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::balancer::Balancer;
use crate::chart::{self, SYSTEM};
use crate::node::Node;
use crate::replica::{Kind, Replica, Setup};

/// Where the Connector is, and the pod that mounts it.
pub(crate) const DEMO: &str = "certificates";

pub(crate) struct World {
    pub(crate) cluster: ControlPlane,
    pub(crate) admin: Client,
    /// Between the programs and the API server.
    pub(crate) proxy: FaultProxy,
    pub(crate) webhooks: Balancer,
    pub(crate) brokers: Balancer,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) tasks: JoinSet<()>,
}

impl World {
    /// `ahead`: by how much the clock of the second replica of each program is ahead.
    pub(crate) async fn start(params: Params, ahead: i64) -> Self {
        let cluster = tokio::task::spawn_blocking(|| ControlPlane::start(Options::default()).unwrap());
        let cluster = cluster.await.unwrap();
        let mut tasks = JoinSet::new();
        let (webhooks, brokers) = (
            Balancer::start(&mut tasks).await,
            Balancer::start(&mut tasks).await,
        );
        let proxy = cluster.fault_proxy().unwrap();
        let kubectl = cluster.client();
        kubectl.run(&["create", "namespace", SYSTEM]).unwrap();
        chart::apply(&cluster, "patchbay", webhooks.port);
        kubectl
            .run(&["wait", "--for=condition=Established", "crd", "--all"])
            .unwrap();
        let options = client::Options {
            kubeconfig: Some(cluster.kubeconfig_path().to_owned()),
            ..client::Options::default()
        };
        let admin = client::client(&options).await.unwrap();
        let mut world = Self {
            cluster,
            admin,
            proxy,
            webhooks,
            brokers,
            replicas: Vec::new(),
            tasks,
        };
        for kind in [Kind::Webhook, Kind::Broker] {
            for ahead in [0, ahead] {
                let kubeconfig = world.kubeconfig(kind);
                let setup = Setup {
                    kind,
                    kubeconfig,
                    params,
                    given: false,
                    ahead,
                };
                world
                    .replicas
                    .push(Replica::start(&setup, world.balancer(kind)).await);
            }
        }
        for replica in &world.replicas {
            replica.ready().await;
        }
        let demo = include_str!("demo.yaml");
        until("the webhook lets the objects pass", || async {
            world
                .cluster
                .client()
                .apply_ok(demo)
                .map(drop)
                .map_err(|error| error.to_string())
        })
        .await;
        world
    }

    pub(crate) async fn node(&mut self) -> Arc<Node> {
        Arc::new(Node::start(&self.admin, self.brokers.port, &mut self.tasks).await)
    }

    pub(crate) fn balancer(&self, kind: Kind) -> &Balancer {
        match kind {
            Kind::Webhook => &self.webhooks,
            Kind::Broker => &self.brokers,
        }
    }

    /// Of the service account that the chart binds the rights to.
    fn kubeconfig(&self, kind: Kind) -> PathBuf {
        let program = match kind {
            Kind::Webhook => "patchbay-webhook",
            Kind::Broker => "patchbay-reconciler",
        };
        let user = format!("system:serviceaccount:{SYSTEM}:{program}");
        let path = self.cluster.user_kubeconfig(&user, &[]).unwrap();
        let mut config: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        config["clusters"][0]["cluster"]["server"] = json!(format!("https://{}", self.proxy.address()));
        std::fs::write(&path, config.to_string()).unwrap();
        path
    }

    /// Replaces a replica as a Deployment does: the new one is ready before the old one ends.
    pub(crate) async fn replace(&mut self, index: usize, change: impl FnOnce(&mut Setup)) {
        let mut setup = self.replicas[index].setup.clone();
        change(&mut setup);
        let new = Replica::start(&setup, self.balancer(setup.kind)).await;
        new.ready().await;
        std::mem::replace(&mut self.replicas[index], new).stop().await;
    }

    fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.admin.clone(), SYSTEM)
    }

    /// What the Secret of the authority holds.
    pub(crate) async fn record(&self, kind: Kind) -> Record {
        let secret = self.secrets().get(&authority(kind)).await.unwrap();
        let data = secret.data.unwrap_or_default();
        Record::read(|key| data.get(key).map(|value| value.0.as_slice()))
    }

    pub(crate) async fn patch(&self, kind: Kind, patch: Value) {
        let patch = Patch::Merge(patch);
        self.secrets()
            .patch(&authority(kind), &PatchParams::default(), &patch)
            .await
            .unwrap();
    }

    /// As `kubectl annotate secret ... patchbay.dev/rotate=now`.
    pub(crate) async fn ask_to_rotate(&self, kind: Kind) {
        self.patch(kind, json!({"metadata": {"annotations": {(ROTATE): "now"}}}))
            .await;
    }

    /// Waits until the record is so.
    pub(crate) async fn until_record(&self, what: &str, kind: Kind, is_so: impl Fn(&Record) -> bool) {
        until(&format!("{}: {what}", kind.word()), || async {
            let record = self.record(kind).await;
            if is_so(&record) {
                Ok(())
            } else {
                Err(format!("{record:?}"))
            }
        })
        .await;
    }

    pub(crate) async fn stop(self, node: Arc<Node>) {
        node.context.tasks.drain(Duration::from_secs(10)).await.unwrap();
        for replica in self.replicas {
            replica.stop().await;
        }
        drop(node);
    }
}

fn authority(kind: Kind) -> String {
    format!("patchbay-{}-ca", kind.word())
}

/// Polls until it is so.
pub(crate) async fn until<T, F: Future<Output = Result<T, String>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(90);
    loop {
        match look().await {
            Ok(found) => return found,
            Err(last) => assert!(
                tokio::time::Instant::now() < deadline,
                "not in time: {what}; last: {last}"
            ),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
