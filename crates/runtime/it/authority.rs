//! The certificate authority in a Secret: replicas that race, rotation under load, and what others break.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use patchbay_runtime::clock;
use patchbay_runtime::metrics::Metrics;
use patchbay_runtime::readiness::{Gate, Readiness};
use patchbay_runtime::serve::{Limits, https};
use patchbay_runtime::tasks::Supervisor;
use patchbay_runtime::tls::authority::{Ca, Params, Record, keys};
use patchbay_runtime::tls::bundle::fingerprints;
use patchbay_runtime::tls::{
    Alpn, CaBundle, ConfigMapBundle, GivenOptions, ReloadingRoots, Serving, ServingOptions, WebhookBundle,
    server_config,
};
use rustls::pki_types::ServerName;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

use crate::world::{apply, client, client_of, cluster, eventually, namespace};

/// A replica of a program that serves TLS.
struct Replica {
    address: SocketAddr,
    gate: Gate,
    readiness: Readiness,
    tasks: Supervisor,
}

impl Replica {
    async fn start(
        client: Client,
        namespace: &str,
        may_create: bool,
        publisher: impl CaBundle,
        params: Params,
    ) -> Self {
        let options = ServingOptions {
            namespace: namespace.to_owned(),
            secret: "ca".to_owned(),
            dns_names: vec!["localhost".to_owned()],
            may_create,
            given: GivenOptions::default(),
            params,
        };
        let serving = Serving::new(client, options, publisher, &Metrics::new());
        let (tasks, readiness) = (Supervisor::new(), Readiness::new());
        let gate = readiness.gate("certificate");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = server_config(serving.resolver(), Alpn::Http);
        tasks.spawn(
            "https",
            https(
                listener,
                config,
                axum::Router::new(),
                Limits::default(),
                tasks.shutdown(),
            ),
        );
        tasks.spawn("certificate", serving.run(gate.clone(), tasks.shutdown()));
        Self {
            address,
            gate,
            readiness,
            tasks,
        }
    }

    async fn ready(&self) {
        eventually("the replica is ready", || async {
            self.gate.is_open().then_some(())
        })
        .await;
    }

    async fn stop(self) {
        self.tasks.drain(Duration::from_secs(30)).await.unwrap();
    }
}

/// A client that trusts what is in the ConfigMap at this moment.
struct Trusting {
    maps: Api<ConfigMap>,
    file: tempfile::NamedTempFile,
    roots: Arc<ReloadingRoots>,
}

impl Trusting {
    fn new(client: &Client, namespace: &str) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        let roots = ReloadingRoots::new(file.path());
        Self {
            maps: Api::namespaced(client.clone(), namespace),
            file,
            roots,
        }
    }

    async fn read(&self) -> String {
        let data = self.maps.get("ca-bundle").await.unwrap().data.unwrap_or_default();
        let bundle = data.get("ca.crt").cloned().unwrap_or_default();
        if !bundle.is_empty() {
            // As the kubelet does: never a half-written file.
            let next = self.file.path().with_extension("next");
            std::fs::write(&next, &bundle).unwrap();
            std::fs::rename(&next, self.file.path()).unwrap();
            self.roots.reload().await.unwrap();
        }
        bundle
    }

    async fn connect(&self, replica: &Replica) -> std::io::Result<()> {
        connect(replica.address, &self.roots).await
    }
}

async fn connect(address: SocketAddr, roots: &Arc<ReloadingRoots>) -> std::io::Result<()> {
    let connector = TlsConnector::from(roots.client_config(&[b"h2"]));
    let stream = TcpStream::connect(address).await?;
    connector
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
        .map(drop)
}

/// A user with exactly the verbs that the documentation names, so that a verb too few shows here.
async fn restricted(namespace: &str, may_create: bool) -> Client {
    let create = if may_create {
        "- {apiGroups: [''], resources: [secrets], verbs: [create]}"
    } else {
        ""
    };
    apply(&format!(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: ca, namespace: {namespace}}}
rules:
- {{apiGroups: [''], resources: [secrets], resourceNames: [ca], verbs: [get, list, watch, update]}}
- {{apiGroups: [''], resources: [configmaps], resourceNames: [ca-bundle], verbs: [get, list, watch, patch]}}
{create}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: ca, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: ca}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {namespace}}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: ca-bundle, namespace: {namespace}}}
"
    ));
    client_of(&cluster().user_kubeconfig(namespace, &[]).unwrap()).await
}

fn publisher(client: &Client, namespace: &str) -> ConfigMapBundle {
    ConfigMapBundle::new(client.clone(), namespace, "ca-bundle", "ca.crt")
}

/// The Secret as the chart makes it, or with a CA in it.
fn secret(current: Option<&Ca>) -> Secret {
    let data = current.map(
        |ca| json!({(keys::CURRENT): ca.certificate_pem(), (keys::CURRENT_KEY): *ca.key_pem().unwrap()}),
    );
    serde_json::from_value(json!({"metadata": {"name": "ca"}, "type": "Opaque", "stringData": data})).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_agree_on_one_authority() {
    for (namespace_, exists) in [("ca-empty", true), ("ca-absent", false)] {
        namespace(namespace_);
        let user = restricted(namespace_, !exists).await;
        let admin = client().await;
        let secrets: Api<Secret> = Api::namespaced(admin.clone(), namespace_);
        if exists {
            secrets
                .create(&PostParams::default(), &secret(None))
                .await
                .unwrap();
        }
        let mut replicas = Vec::new();
        for _ in 0..3 {
            let publisher = publisher(&user, namespace_);
            replicas
                .push(Replica::start(user.clone(), namespace_, !exists, publisher, Params::default()).await);
        }
        for replica in &replicas {
            replica.ready().await;
        }
        let trusting = Trusting::new(&admin, namespace_);
        assert_eq!(
            fingerprints(&trusting.read().await).len(),
            1,
            "one CA, whoever won"
        );
        for replica in &replicas {
            trusting.connect(replica).await.unwrap();
        }
        let data = secrets.get("ca").await.unwrap().data.unwrap();
        assert_eq!(
            data.keys().collect::<Vec<_>>(),
            [keys::CURRENT, keys::CURRENT_KEY]
        );
        for replica in replicas {
            replica.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_secret_is_said_and_waited_for() {
    namespace("ca-missing");
    let user = restricted("ca-missing", false).await;
    let replica = Replica::start(
        user.clone(),
        "ca-missing",
        false,
        publisher(&user, "ca-missing"),
        Params::default(),
    )
    .await;
    let reason = || async {
        let report = replica.readiness.report();
        report[0]
            .closed
            .clone()
            .filter(|reason| reason.contains("the Secret ca-missing/ca does not exist"))
    };
    eventually("the reason", reason).await;
    let secrets: Api<Secret> = Api::namespaced(client().await, "ca-missing");
    secrets
        .create(&PostParams::default(), &secret(None))
        .await
        .unwrap();
    replica.ready().await;
    replica.stop().await;
}

/// Handshakes without end against every replica; the client reads the ConfigMap as often as it can.
struct Load {
    tasks: Supervisor,
    good: Arc<AtomicUsize>,
    bad: Arc<AtomicUsize>,
}

impl Load {
    fn start(trusting: Trusting, addresses: Vec<SocketAddr>) -> Self {
        let (tasks, good, bad) = (
            Supervisor::new(),
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicUsize::new(0)),
        );
        let (counts, shutdown, roots) = (
            (Arc::clone(&good), Arc::clone(&bad)),
            tasks.shutdown(),
            Arc::clone(&trusting.roots),
        );
        tasks.spawn("handshakes", async move {
            while !shutdown.is_cancelled() {
                for address in &addresses {
                    let outcome = connect(*address, &roots).await;
                    let count = if outcome.is_ok() { &counts.0 } else { &counts.1 };
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok::<_, std::convert::Infallible>(())
        });
        let shutdown = tasks.shutdown();
        tasks.spawn("bundle", async move {
            while !shutdown.is_cancelled() {
                trusting.read().await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok::<_, std::convert::Infallible>(())
        });
        Self { tasks, good, bad }
    }

    async fn stop(self) -> (usize, usize) {
        self.tasks.drain(Duration::from_secs(30)).await.unwrap();
        (
            self.good.load(Ordering::Relaxed),
            self.bad.load(Ordering::Relaxed),
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotation_with_two_replicas_fails_no_handshake() {
    namespace("ca-rotate");
    let user = restricted("ca-rotate", false).await;
    let admin = client().await;
    let secrets: Api<Secret> = Api::namespaced(admin.clone(), "ca-rotate");
    // A CA made 300 days ago: its successor is due. Clients here follow within a second.
    let params = Params {
        settle: Duration::from_secs(3),
        ..Params::default()
    };
    let made = clock::now() - Duration::from_secs(300 * 24 * 3600);
    let old = Ca::generate("old", made, &params).unwrap();
    let old_id = old.facts().id;
    secrets
        .create(&PostParams::default(), &secret(Some(&old)))
        .await
        .unwrap();

    let mut replicas = Vec::new();
    for _ in 0..2 {
        let publisher = publisher(&user, "ca-rotate");
        replicas.push(Replica::start(user.clone(), "ca-rotate", false, publisher, params).await);
    }
    for replica in &replicas {
        replica.ready().await;
    }
    let trusting = Trusting::new(&admin, "ca-rotate");
    trusting.read().await;
    let load = Load::start(trusting, replicas.iter().map(|replica| replica.address).collect());

    let stored = || async {
        let data = secrets.get("ca").await.unwrap().data.unwrap_or_default();
        Record::read(|key| data.get(key).map(|value| value.0.as_slice()))
    };
    let switched = || async { stored().await.current.filter(|ca| ca.facts().id != old_id) };
    let current = eventually("the switch", switched).await.facts().id;
    let record = stored().await;
    assert_eq!(
        record.previous.unwrap().1.ca.id,
        old_id,
        "the old one is still trusted"
    );
    assert!(record.next.is_none());

    // A day later: nothing that the old one signed is alive.
    let past = json!({"stringData": {(keys::PREVIOUS_UNTIL): clock::now().to_string()}});
    secrets
        .patch("ca", &PatchParams::default(), &Patch::Merge(past))
        .await
        .unwrap();
    let reader = Trusting::new(&admin, "ca-rotate");
    let only_new = || async { (fingerprints(&reader.read().await) == [current].into()).then_some(()) };
    eventually("the old one is gone from the bundle", only_new).await;
    for replica in &replicas {
        replica.ready().await;
        reader.connect(replica).await.unwrap();
    }
    let (good, bad) = load.stop().await;
    assert!(good > 100, "{good}");
    assert_eq!(bad, 0, "of {}", good + bad);
    for replica in replicas {
        replica.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_secret_is_replaced() {
    namespace("ca-damaged");
    let user = restricted("ca-damaged", false).await;
    let admin = client().await;
    let secrets: Api<Secret> = Api::namespaced(admin.clone(), "ca-damaged");
    let data = json!({"metadata": {"name": "ca"}, "stringData": {"ca.crt": "garbage", "ca.key": "x", "other": "kept"}});
    secrets
        .create(&PostParams::default(), &serde_json::from_value(data).unwrap())
        .await
        .unwrap();
    let replica = Replica::start(
        user.clone(),
        "ca-damaged",
        false,
        publisher(&user, "ca-damaged"),
        Params::default(),
    )
    .await;
    replica.ready().await;
    let trusting = Trusting::new(&admin, "ca-damaged");
    trusting.read().await;
    trusting.connect(&replica).await.unwrap();
    let data = secrets.get("ca").await.unwrap().data.unwrap();
    assert_eq!(data["other"].0, b"kept", "what is not ours stays");
    // Somebody empties the Secret while we run: the same authority is put back.
    let before = trusting.read().await;
    let empty = json!({"data": {"ca.crt": null, "ca.key": null}});
    secrets
        .patch("ca", &PatchParams::default(), &Patch::Merge(empty))
        .await
        .unwrap();
    let healed = || async {
        trusting.read().await;
        let whole = secrets
            .get("ca")
            .await
            .unwrap()
            .data
            .is_some_and(|data| data.contains_key("ca.key"));
        (whole && replica.gate.is_open() && trusting.connect(&replica).await.is_ok()).then_some(())
    };
    eventually("it heals", healed).await;
    assert_eq!(trusting.read().await, before);
    replica.stop().await;
}

const CONFIGURATIONS: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: runtime-it}
webhooks:
- {name: a.example.com, clientConfig: {url: 'https://localhost:1/a'}, sideEffects: None, admissionReviewVersions: [v1], rules: []}
- {name: b.example.com, clientConfig: {url: 'https://localhost:1/b'}, sideEffects: None, admissionReviewVersions: [v1], rules: []}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: runtime-it}
webhooks:
- {name: c.example.com, clientConfig: {url: 'https://localhost:1/c'}, sideEffects: None, admissionReviewVersions: [v1], rules: []}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: runtime-it}
rules:
- apiGroups: [admissionregistration.k8s.io]
  resources: [validatingwebhookconfigurations, mutatingwebhookconfigurations]
  resourceNames: [runtime-it]
  verbs: [get, list, watch, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: runtime-it}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: runtime-it}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: ca-webhooks}]
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bundle_of_webhooks_is_put_back_when_others_reset_it() {
    namespace("ca-webhooks");
    let user = restricted("ca-webhooks", true).await;
    apply(CONFIGURATIONS);
    let names = || vec!["runtime-it".to_owned()];
    let mut replicas = Vec::new();
    for _ in 0..2 {
        let publisher = WebhookBundle::new(user.clone(), names(), names());
        replicas.push(Replica::start(user.clone(), "ca-webhooks", true, publisher, Params::default()).await);
    }
    for replica in &replicas {
        replica.ready().await;
    }
    let admin = client().await;
    let validating: Api<ValidatingWebhookConfiguration> = Api::all(admin.clone());
    let mutating: Api<MutatingWebhookConfiguration> = Api::all(admin);
    let bundles = || async {
        let validating = validating.get("runtime-it").await.unwrap().webhooks.unwrap();
        let mutating = mutating.get("runtime-it").await.unwrap().webhooks.unwrap();
        let bundles = validating.into_iter().map(|webhook| webhook.client_config);
        let bundles: Vec<_> = bundles
            .chain(mutating.into_iter().map(|webhook| webhook.client_config))
            .collect();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        bundles
            .into_iter()
            .map(|config| config.ca_bundle.map(|bytes| text(bytes.0)).unwrap_or_default())
            .collect::<Vec<_>>()
    };
    let published = bundles().await;
    assert_eq!(published.len(), 3);
    assert!(
        published
            .iter()
            .all(|bundle| fingerprints(bundle).len() == 1 && *bundle == published[0])
    );

    // As a deployment tool does that knows only its own manifest.
    let reset = json!([{"op": "replace", "path": "/webhooks/1/clientConfig/caBundle", "value": ""}]);
    let reset = Patch::Json::<()>(serde_json::from_value(reset).unwrap());
    validating
        .patch("runtime-it", &PatchParams::default(), &reset)
        .await
        .unwrap();
    eventually("the bundle is back", || async {
        (bundles().await == published).then_some(())
    })
    .await;
    for replica in replicas {
        replica.ready().await;
        replica.stop().await;
    }
}
