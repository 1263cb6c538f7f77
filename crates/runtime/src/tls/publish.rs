//! Where the bundle of CA certificates is published.

use kube::Client;

use crate::client::CallError;

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

    /// Writes the PEM text to a place, if it still has `place.version`; a conflict is an error of class Conflict.
    fn publish(&self, place: &Place, bundle: &str) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// A key of a ConfigMap: for clients that mount it. Verbs: get, list, watch, patch on that name.
#[derive(Clone)]
pub struct ConfigMapBundle {
    client: Client,
    namespace: String,
    name: String,
    key: String,
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
}

/// `clientConfig.caBundle` of every webhook of the named configurations. Verbs: get, list, watch, patch on those
/// names.
#[derive(Clone)]
pub struct WebhookBundle {
    client: Client,
    validating: Vec<String>,
    mutating: Vec<String>,
}

impl WebhookBundle {
    /// Names of ValidatingWebhookConfigurations and MutatingWebhookConfigurations, which the chart has made.
    #[must_use]
    pub fn new(client: Client, validating: Vec<String>, mutating: Vec<String>) -> Self {
        Self {
            client,
            validating,
            mutating,
        }
    }
}
