//! Watches that survive objects which do not parse, a silent API server, and restarts of it.
//!
//! A loop of our own over `list` and `watch`, because kube's `watcher` has no deadline on a list or on the start of a
//! watch, and hides the bookmarks by which a live watch can be told from a silent one.

mod engine;
mod guard;
mod metrics;
mod plan;
mod pulse;

use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use kube::core::{DynamicResourceScope, NamespaceResourceScope};
use kube::{Api, Client};
use tokio::sync::watch;

use crate::backoff::Policy;
use crate::readiness::Gate;
use engine::Engine;

pub use metrics::WatchMetrics;
pub use pulse::Pulse;

/// What happened to the objects of one kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<K> {
    /// The complete list: whatever is not in it is gone, or does not parse and follows as [`Change::Invalid`].
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

/// What to watch, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names the watch in metrics and logs: `connectors`.
    pub name: &'static str,
    /// A label selector, or empty.
    pub labels: String,
    /// A field selector such as `metadata.name=x`, or empty.
    pub fields: String,
    /// The API server ends a watch after this long (plus up to a quarter, so that replicas do not come together), and
    /// it is resumed where it ended.
    pub timeout: Duration,
    /// A watch without any sign of life for this long is broken. The API server sends a bookmark about once a minute.
    pub idle: Duration,
    /// A page of a list, or the start of a watch, takes no longer.
    pub deadline: Duration,
    /// Objects per page of a list.
    pub page: u32,
    /// How long to wait after a failure. Of the few watches that a program lives by, one must find out within seconds
    /// that the API server is back; of many, each waits longer and shares a pulse with those.
    pub backoff: Policy,
    /// Shared by the watches that wake each other.
    pub pulse: Pulse,
    /// Told of each refusal, see [`Options::telling_refusals`].
    pub refusals: Option<watch::Sender<Option<u16>>>,
}

impl Options {
    /// Everything of the kind.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            labels: String::new(),
            fields: String::new(),
            timeout: Duration::from_secs(240),
            idle: Duration::from_secs(90),
            deadline: Duration::from_secs(30),
            page: 500,
            backoff: Policy::new(Duration::from_millis(500), Duration::from_secs(3)),
            pulse: Pulse::default(),
            refusals: None,
        }
    }

    /// With a receiver of the code of each answer that refuses the watch: 403 where it is not allowed, 404 where there
    /// is no such kind. The watch goes on trying.
    #[must_use]
    pub fn telling_refusals(mut self) -> (Self, watch::Receiver<Option<u16>>) {
        let (sender, receiver) = watch::channel(None);
        self.refusals = Some(sender);
        (self, receiver)
    }

    /// For one of many: waits longer after a failure, and comes back when one of those that share the pulse does.
    #[must_use]
    pub fn one_of_many(mut self, pulse: &Pulse) -> Self {
        self.backoff = Policy::new(Duration::from_millis(500), Duration::from_secs(30));
        self.pulse = pulse.clone();
        self
    }

    /// With a pulse for others.
    #[must_use]
    pub fn pulse(mut self, pulse: &Pulse) -> Self {
        self.pulse = pulse.clone();
        self
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

    /// Only the object of this name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.fields(format!("metadata.name={name}"))
    }
}

/// An object of a kind that can be watched, also of one that is known only at run time.
pub trait Object:
    kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + Sync + 'static
{
}

impl<K> Object for K where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + Sync + 'static
{
}

/// A kind that can be watched: everything that derives `CustomResource`, the kinds of Kubernetes itself, and
/// `PartialObjectMeta<K>`, for which the API server sends the metadata only.
pub trait Watched: Object + kube::Resource<DynamicType = ()> {}

impl<K> Watched for K where K: Object + kube::Resource<DynamicType = ()> {}

/// Watches every namespace, or a cluster-scoped kind.
///
/// # Guarantees
/// - The stream never ends and never fails. After a failure it waits (with jitter, up to a cap), and resumes where it
///   was, or starts over with a [`Change::Reset`].
/// - An object that does not parse is reported as [`Change::Invalid`] and stops nothing else.
/// - `synced` is opened when the consumer asks for the next change after the first `Reset`: when it has taken the
///   whole list in. It stays open: during an outage the last state known is better than none.
/// - Objects come without `managedFields`.
///
/// # Caveats
/// A `Reset` holds every object at once. Dropping the stream ends the watch.
pub fn guarded<K: Watched>(
    client: &Client,
    options: Options,
    synced: Gate,
    metrics: &WatchMetrics,
) -> BoxStream<'static, Change<K>> {
    changes(Engine::new(Api::all(client.clone()), options, metrics), synced)
}

/// As [`guarded`], in one namespace.
pub fn guarded_in<K: Watched + kube::Resource<Scope = NamespaceResourceScope>>(
    client: &Client,
    namespace: &str,
    options: Options,
    synced: Gate,
    metrics: &WatchMetrics,
) -> BoxStream<'static, Change<K>> {
    changes(
        Engine::new(Api::namespaced(client.clone(), namespace), options, metrics),
        synced,
    )
}

/// As [`guarded_in`], for a kind that is known only at run time.
pub fn guarded_of<K: Object + kube::Resource<Scope = DynamicResourceScope>>(
    client: &Client,
    kind: &K::DynamicType,
    namespace: &str,
    options: Options,
    synced: Gate,
    metrics: &WatchMetrics,
) -> BoxStream<'static, Change<K>> {
    changes(
        Engine::new(
            Api::namespaced_with(client.clone(), namespace, kind),
            options,
            metrics,
        ),
        synced,
    )
}

/// Opens the gate when the consumer comes back for more after a `Reset`.
fn changes<K: Object>(engine: Engine<K>, synced: Gate) -> BoxStream<'static, Change<K>> {
    let state = (engine, synced, false);
    stream::unfold(state, |(mut engine, synced, taken_in)| async move {
        if taken_in {
            synced.open();
        }
        let change = engine.next().await;
        let is_reset = matches!(change, Change::Reset(_));
        Some((change, (engine, synced, is_reset)))
    })
    .boxed()
}

#[cfg(test)]
mod tests;
