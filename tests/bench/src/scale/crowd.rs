//! The objects: classes, Secrets and Connectors.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use patchbay_api::Connector;
use patchbay_cluster::ControlPlane;
use patchbay_runtime::client::{Options, client};
use serde_json::json;

use super::tools::{COUNT, Tools};

const CLASSES: usize = 40;
const SECRETS: usize = 200;
const NAMESPACE: &str = "crowd";
/// Objects that are made side by side.
const SIDE_BY_SIDE: usize = 16;
const RBAC: &str = include_str!("../../../../reconciler/it/rbac.yaml");
const CLASS: &str = r#"
apiVersion: patchbay.dev/v1alpha1
kind: ConnectorClass
metadata: {name: class-N}
spec:
  address: {name: address, type: string}
  auth:
    types:
    - {name: basicAuth, secretType: kubernetes.io/basic-auth}
  livenessProbe: {http: {path: /healthz}}
  authProbes:
  - authName: basicAuth
    probe:
      http:
        path: /user
        httpHeaders:
        - name: Authorization
          value: 'Basic {{ printf "%s:%s" .Secret.StringData.username .Secret.StringData.password | b64enc }}'
"#;

pub(crate) struct Crowd {
    client: Client,
    addresses: Vec<String>,
    size: usize,
}

impl Crowd {
    /// Makes all but the Connectors.
    pub(crate) fn prepare(cluster: &ControlPlane, tools: &Tools, size: usize) -> Result<Self> {
        let kubectl = cluster.client();
        let mut crds = String::new();
        for crd in patchbay_api::crd::all() {
            write!(crds, "---\n{}\n", serde_json::to_string(&crd)?)?;
        }
        kubectl.apply_ok(&crds)?;
        kubectl.run(&["wait", "--for=condition=Established", "crd", "--all"])?;
        kubectl.apply_ok(&RBAC.replace("SYSTEM", "patchbay-system"))?;
        kubectl.run(&["create", "namespace", NAMESPACE])?;
        let classes: String = (0..CLASSES).fold(String::new(), |mut all, n| {
            all.push_str("---");
            all.push_str(&CLASS.replace("class-N", &format!("class-{n}")));
            all
        });
        kubectl.apply_ok(&classes)?;
        let options = Options {
            kubeconfig: Some(cluster.kubeconfig_path().to_owned()),
            user_agent: "patchbay-bench",
            retry: true,
        };
        let client =
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(client(&options)))?;
        Ok(Self {
            client,
            addresses: tools.addresses.iter().map(|a| format!("http://{a}")).collect(),
            size,
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// How many Connectors.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// Makes Secrets and Connectors.
    pub(crate) async fn create(&self) -> Result<()> {
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), NAMESPACE);
        let making = (0..SECRETS).map(|n| {
            let secrets = secrets.clone();
            async move {
                let object = serde_json::from_value(json!({
                    "metadata": {"name": format!("secret-{n}")},
                    "type": "kubernetes.io/basic-auth",
                    // Each its own, so that no two Connectors ask the same of a tool.
                    "stringData": {"username": "probe", "password": format!("right-{n}")},
                }))?;
                secrets.create(&PostParams::default(), &object).await?;
                anyhow::Ok(())
            }
        });
        futures::stream::iter(making)
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect::<Vec<()>>()
            .await?;
        let connectors: Api<Connector> = Api::namespaced(self.client.clone(), NAMESPACE);
        let making = (0..self.size).map(|n| {
            let connectors = connectors.clone();
            async move {
                connectors
                    .create(&PostParams::default(), &self.connector(n)?)
                    .await?;
                anyhow::Ok(())
            }
        });
        futures::stream::iter(making)
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }

    /// Every pair of a tool and a Secret is different as long as there are enough of them, and so every call is.
    fn connector(&self, n: usize) -> Result<Connector> {
        let address = self.addresses.get((n / SECRETS) % COUNT).context("a tool")?;
        Ok(serde_json::from_value(json!({
            "apiVersion": "patchbay.dev/v1alpha1",
            "kind": "Connector",
            "metadata": {"name": name(n)},
            "spec": {
                "connectorClassName": format!("class-{}", n % CLASSES),
                "address": address,
                "auth": {"name": "basicAuth", "secretRef": {"name": format!("secret-{}", n % SECRETS)}},
            },
        }))?)
    }

    /// Names of the Connectors with a Secret.
    pub(crate) fn users_of(&self, secret: usize) -> Vec<String> {
        (0..self.size)
            .filter(|n| n % SECRETS == secret)
            .map(name)
            .collect()
    }

    pub(crate) async fn set_password(&self, secret: usize, password: &str) -> Result<()> {
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), NAMESPACE);
        let patch = Patch::Merge(json!({"stringData": {"password": password}}));
        secrets
            .patch(&format!("secret-{secret}"), &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }
}

fn name(n: usize) -> String {
    format!("connector-{n}")
}
