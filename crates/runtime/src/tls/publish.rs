//! Where the bundle of CA certificates is published.

use std::fmt;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams};
use kube::core::PartialObjectMeta;
use kube::{Api, Client, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::client::{CallError, call};
use crate::readiness::Gate;
use crate::watch::{self, WatchMetrics, Watched};

/// Reading or writing one small object.
const DEADLINE: Duration = Duration::from_secs(10);

/// One place that holds the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// For people: `ConfigMap patchbay-system/patchbay-ca`.
    pub name: String,
    /// The PEM text that is there. Empty when there is none yet.
    pub bundle: String,
    /// The resourceVersion that a write must still find.
    pub version: String,
}

/// Where clients read the bundle: a ConfigMap, webhook configurations.
pub trait CaBundle: Send + Sync + 'static {
    /// Every place with what it holds, read from the API now. A place that does not exist is an error (NotFound):
    /// the chart makes them.
    fn observe(&self) -> impl Future<Output = Result<Vec<Place>, CallError>> + Send;

    /// Writes the PEM text to a place, if it still has `place.version`; else the error is of class Conflict.
    fn publish(&self, place: &Place, bundle: &str) -> impl Future<Output = Result<(), CallError>> + Send;

    /// Yields whenever a place may have changed. Only a hint: what counts is [`Self::observe`].
    fn changes(&self) -> BoxStream<'static, ()>;
}

/// A key of a ConfigMap: for clients that mount it. Verbs: get, list, watch, patch on that name.
#[derive(Clone)]
pub struct ConfigMapBundle {
    client: Client,
    namespace: String,
    name: String,
    key: String,
}

impl fmt::Debug for ConfigMapBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigMap {}/{}", self.namespace, self.name)
    }
}

impl ConfigMapBundle {
    /// The key `key` in `data` of the ConfigMap, which the chart has made.
    #[must_use]
    pub fn new(
        client: Client,
        namespace: impl Into<String>,
        name: impl Into<String>,
        key: impl Into<String>,
    ) -> Self {
        Self {
            client,
            namespace: namespace.into(),
            name: name.into(),
            key: key.into(),
        }
    }

    fn api(&self) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }
}

impl CaBundle for ConfigMapBundle {
    async fn observe(&self) -> Result<Vec<Place>, CallError> {
        let map = call(
            DEADLINE,
            "read the ConfigMap of the CA bundle",
            self.api().get(&self.name),
        )
        .await?;
        let bundle = map
            .data
            .as_ref()
            .and_then(|data| data.get(&self.key))
            .cloned()
            .unwrap_or_default();
        let version = map.resource_version().unwrap_or_default();
        Ok(vec![Place {
            name: format!("{self:?}"),
            bundle,
            version,
        }])
    }

    async fn publish(&self, place: &Place, bundle: &str) -> Result<(), CallError> {
        let patch = json!({"metadata": {"resourceVersion": place.version}, "data": {&self.key: bundle}});
        let patching = patch_object(self.api(), &self.name, Patch::Merge(patch));
        call(DEADLINE, "publish the CA bundle in the ConfigMap", patching).await
    }

    fn changes(&self) -> BoxStream<'static, ()> {
        let options = watch::Options::new("ca-bundle").named(&self.name);
        let gate = Gate::detached("ca-bundle");
        let metrics = WatchMetrics::default();
        let changes = watch::guarded_in::<PartialObjectMeta<ConfigMap>>(
            &self.client,
            &self.namespace,
            options,
            gate,
            &metrics,
        );
        changes.map(drop).boxed()
    }
}

/// `clientConfig.caBundle` of every webhook of the named configurations. Verbs: get, list, watch, patch on those
/// names.
#[derive(Clone)]
pub struct WebhookBundle {
    client: Client,
    validating: Vec<String>,
    mutating: Vec<String>,
}

impl fmt::Debug for WebhookBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            client: _,
            validating,
            mutating,
        } = self;
        f.debug_struct("WebhookBundle")
            .field("validating", validating)
            .field("mutating", mutating)
            .finish()
    }
}

const VALIDATING: &str = "ValidatingWebhookConfiguration ";
const MUTATING: &str = "MutatingWebhookConfiguration ";

impl WebhookBundle {
    /// Names of ValidatingWebhookConfigurations and MutatingWebhookConfigurations, which the chart has made. Every
    /// webhook in them is ours.
    #[must_use]
    pub fn new(client: Client, validating: Vec<String>, mutating: Vec<String>) -> Self {
        Self {
            client,
            validating,
            mutating,
        }
    }

    async fn read<K>(&self, what: &'static str, name: &str) -> Result<K, CallError>
    where
        K: Watched + kube::Resource<Scope = kube::core::ClusterResourceScope>,
    {
        call(DEADLINE, what, Api::all(self.client.clone()).get(name)).await
    }

    async fn write<K>(&self, name: &str, patch: Value) -> Result<(), CallError>
    where
        K: Watched + kube::Resource<Scope = kube::core::ClusterResourceScope>,
    {
        let what = "publish the CA bundle in the webhook configuration";
        let operations = serde_json::from_value(patch)
            .map_err(|error| CallError::new(what, kube::Error::SerdeError(error)))?;
        let patch = Patch::Json::<()>(operations);
        call(
            DEADLINE,
            what,
            patch_object(Api::<K>::all(self.client.clone()), name, patch),
        )
        .await
    }

    fn watch<K>(&self, name: &str) -> BoxStream<'static, ()>
    where
        K: Watched + kube::Resource<Scope = kube::core::ClusterResourceScope>,
    {
        let options = watch::Options::new("ca-bundle").named(name);
        let gate = Gate::detached("ca-bundle");
        let metrics = WatchMetrics::default();
        watch::guarded::<PartialObjectMeta<K>>(&self.client, options, gate, &metrics)
            .map(drop)
            .boxed()
    }
}

impl CaBundle for WebhookBundle {
    async fn observe(&self) -> Result<Vec<Place>, CallError> {
        let what = "read the webhook configuration";
        let mut places = Vec::new();
        for name in &self.validating {
            let object: ValidatingWebhookConfiguration = self.read(what, name).await?;
            let bundles = object
                .webhooks
                .iter()
                .flatten()
                .map(|webhook| webhook.client_config.ca_bundle.as_ref());
            let version = object.resource_version();
            places.push(place(
                format!("{VALIDATING}{name}"),
                version,
                &bundles.collect::<Vec<_>>(),
            ));
        }
        for name in &self.mutating {
            let object: MutatingWebhookConfiguration = self.read(what, name).await?;
            let bundles = object
                .webhooks
                .iter()
                .flatten()
                .map(|webhook| webhook.client_config.ca_bundle.as_ref());
            let version = object.resource_version();
            places.push(place(
                format!("{MUTATING}{name}"),
                version,
                &bundles.collect::<Vec<_>>(),
            ));
        }
        Ok(places)
    }

    async fn publish(&self, place: &Place, bundle: &str) -> Result<(), CallError> {
        let what = "read the webhook configuration";
        if let Some(name) = place.name.strip_prefix(VALIDATING) {
            let object: ValidatingWebhookConfiguration = self.read(what, name).await?;
            let count = object.webhooks.map_or(0, |webhooks| webhooks.len());
            return self
                .write::<ValidatingWebhookConfiguration>(name, patch(count, &place.version, bundle))
                .await;
        }
        let name = place.name.strip_prefix(MUTATING).unwrap_or(&place.name);
        let object: MutatingWebhookConfiguration = self.read(what, name).await?;
        let count = object.webhooks.map_or(0, |webhooks| webhooks.len());
        self.write::<MutatingWebhookConfiguration>(name, patch(count, &place.version, bundle))
            .await
    }

    fn changes(&self) -> BoxStream<'static, ()> {
        let validating = self
            .validating
            .iter()
            .map(|name| self.watch::<ValidatingWebhookConfiguration>(name));
        let mutating = self
            .mutating
            .iter()
            .map(|name| self.watch::<MutatingWebhookConfiguration>(name));
        stream::select_all(validating.chain(mutating)).boxed()
    }
}

/// The bundle that all webhooks of a configuration share; nothing when they differ, so that it is written anew.
fn place(name: String, version: Option<String>, bundles: &[Option<&ByteString>]) -> Place {
    let text = |bundle: &Option<&ByteString>| {
        bundle
            .map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned())
            .unwrap_or_default()
    };
    let first = bundles.first().map(text).unwrap_or_default();
    let same = bundles.iter().all(|bundle| text(bundle) == first);
    Place {
        name,
        bundle: if same { first } else { String::new() },
        version: version.unwrap_or_default(),
    }
}

/// Sets the bundle of each webhook, if the object still has the version: a version in a patch that is not the
/// object's own is a conflict.
fn patch(webhooks: usize, version: &str, bundle: &str) -> Value {
    let bundle = serde_json::to_value(ByteString(bundle.as_bytes().to_vec())).unwrap_or_default();
    let version = json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version});
    let bundles = (0..webhooks)
        .map(|index| json!({"op": "add", "path": format!("/webhooks/{index}/clientConfig/caBundle"), "value": bundle}));
    std::iter::once(version).chain(bundles).collect()
}

async fn patch_object<K, P>(api: Api<K>, name: &str, patch: Patch<P>) -> Result<(), kube::Error>
where
    K: Clone + DeserializeOwned + fmt::Debug,
    P: Serialize + fmt::Debug,
{
    api.patch(name, &PatchParams::default(), &patch).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_that_differ_read_as_nothing() {
        let (a, b) = (ByteString(b"a".to_vec()), ByteString(b"b".to_vec()));
        for (bundles, expected) in [
            (vec![], ""),
            (vec![None], ""),
            (vec![Some(&a), Some(&a)], "a"),
            (vec![Some(&a), Some(&b)], ""),
            (vec![Some(&a), None], ""),
        ] {
            assert_eq!(place("x".to_owned(), None, &bundles).bundle, expected);
        }
    }

    #[test]
    fn the_patch_names_the_version_and_every_webhook() {
        assert_eq!(
            patch(2, "7", "pem"),
            json!([
                {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"},
                {"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "cGVt"},
                {"op": "add", "path": "/webhooks/1/clientConfig/caBundle", "value": "cGVt"},
            ])
        );
    }
}
