//! Keeps the authority, the published bundle and the leaf right: the shell around [`super::authority`].

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::core::PartialObjectMeta;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use self::options::{Clock, GivenOptions, ServingOptions};
use super::authority::{CaError, Record, Source, State, Union, Unready};
use super::leaf::{Leaf, LeafError};
use super::publish::{CaBundle, Place};
use super::resolver::Resolver;
use super::store::Store;
use crate::backoff::{Backoff, Policy};
use crate::client::CallError;
use crate::error::Chain;
use crate::metrics::Metrics;
use crate::readiness::Gate;
use crate::watch::{self, WatchMetrics};
use crate::{clock, ids};

mod options;
mod round;

/// Everything is looked at again this often, should a watch have missed something.
const RESYNC: Duration = Duration::from_secs(600);
/// The wall clock is asked this often whether the plan's time has come: a timer stands still while the machine sleeps.
const CLOCK: Duration = Duration::from_secs(60);
/// Between two looks, at first.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// A plan is not acted upon when it is older: others may have moved on. Far below `Params::skew`.
const STALE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Certificate {
    certificate: &'static str,
}

/// A serving certificate that keeps itself.
pub struct Serving<B> {
    options: ServingOptions,
    clock: Clock,
    store: Store,
    client: Client,
    publisher: B,
    resolver: Arc<Resolver>,
    expiry: Family<Certificate, Gauge>,
    maintained: Gauge,
    leaf: Option<Leaf>,
    settled: Option<Union>,
    /// What the Secret held when it was whole.
    remembered: Option<Record>,
    lost_since: Option<Duration>,
    started: Instant,
    /// When the API was last asked.
    confirmed: Timestamp,
    /// What was wrong with the given certificate, to say it once.
    complaint: Option<String>,
}

impl<B> fmt::Debug for Serving<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Why a round could not be finished.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("could not make a CA")]
    Ca(#[from] CaError),
    #[error("could not make a serving certificate")]
    Leaf(#[from] LeafError),
    #[error(
        "the Secret {0} does not exist; the chart makes it, so install the chart again or create it empty"
    )]
    Missing(String),
}

/// When to look again.
enum Then {
    Again,
    At(Timestamp),
}

impl<B: CaBundle> Serving<B> {
    /// Not running yet. `publisher` puts the bundle where the clients read it.
    #[must_use]
    pub fn new(client: Client, options: ServingOptions, publisher: B, metrics: &Metrics) -> Self {
        let (expiry, maintained) = (Family::<Certificate, Gauge>::default(), Gauge::default());
        metrics.register(|registry| {
            let help = "When a certificate expires: the leaf that is served, the CA that signed it; alert when the \
                        leaf has less than an hour";
            registry.register("certificate_expiry_timestamp_seconds", help, expiry.clone());
            let help = "When all that belongs to the serving certificate was last seen to be right; alert when that \
                        was more than an hour ago";
            registry.register("certificate_maintained_timestamp_seconds", help, maintained.clone());
        });
        Self {
            store: Store::new(
                client.clone(),
                &options.namespace,
                &options.secret,
                options.may_create,
            ),
            options,
            clock: Clock::default(),
            client,
            publisher,
            resolver: Resolver::new(),
            expiry,
            maintained,
            leaf: None,
            settled: None,
            remembered: None,
            lost_since: None,
            started: clock::mono(),
            confirmed: Timestamp::UNIX_EPOCH,
            complaint: None,
        }
    }

    /// Another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Hands out the leaf; for [`super::server_config`].
    #[must_use]
    pub fn resolver(&self) -> Arc<Resolver> {
        Arc::clone(&self.resolver)
    }

    /// Runs until `shutdown`. Opens `gate` while there is a leaf and the bundle that is really in the API trusts it.
    ///
    /// # Errors
    /// None: failures are logged and tried again; what is served meanwhile stays.
    pub async fn run(mut self, gate: Gate, shutdown: CancellationToken) -> Result<(), Infallible> {
        let mut changes = self.changes();
        let mut failing = Backoff::new(Policy::new(FIRST_WAIT, Duration::from_secs(30)));
        let mut writing = Backoff::new(Policy::new(FIRST_WAIT, Duration::from_secs(2)));
        loop {
            let mut listen = true;
            let now = self.clock.now();
            let until = match self.round(&gate).await {
                Ok(Then::At(until)) => {
                    failing.reset();
                    writing.reset();
                    until.min(now + RESYNC)
                }
                // Written, or another replica was faster: look again soon, but not in step with the others, and not
                // sooner because of our own writes. Nor much later, whatever failed before: there are more steps to come.
                Ok(Then::Again) => {
                    listen = false;
                    failing.reset();
                    now + writing.fail(ids::unit())
                }
                Err(error) => {
                    let secret = &self.options.secret;
                    tracing::warn!(%secret, error = %Chain(&error), "could not maintain the serving certificate");
                    self.distrust_expired(&gate, &error);
                    now + failing.fail(ids::unit())
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = reached(&self.clock, until) => {}
                Some(()) = changes.next(), if listen => {
                    // Several changes come together, and every replica sees them.
                    tokio::time::sleep(Duration::from_millis(50).mul_f64(1.0 + ids::unit())).await;
                }
            }
        }
    }

    /// Says what is: the gate and the metrics.
    fn show(&self, gate: &Gate, now: Timestamp, state: &State, places: &[Place]) {
        let expiry = |certificate, at: Option<Timestamp>| {
            let at = at.map_or(0, Timestamp::as_second);
            self.expiry.get_or_create(&Certificate { certificate }).set(at);
        };
        expiry("leaf", state.leaf.as_ref().map(|leaf| leaf.not_after));
        expiry("ca", state.current.as_ref().map(|ca| ca.not_after));
        match state.unready(now, self.options.params.settle) {
            None => gate.open(),
            Some(Unready::Lost | Unready::Early) if gate.is_open() => {}
            Some(Unready::Lost) => {
                gate.close("the CA is lost from its Secret; it is being put back or replaced")
            }
            Some(Unready::NoLeaf) => gate.close(self.without_leaf()),
            Some(Unready::Distrusted(place)) => {
                let place = places.get(place).map_or("", |place| place.name.as_str());
                gate.close(format!(
                    "the CA bundle in {place} does not have this replica's CA yet"
                ));
            }
            Some(Unready::Early) => gate.close(round::EARLY),
        }
    }

    fn without_leaf(&self) -> String {
        let given = &self.options.given;
        match (&self.complaint, given.source) {
            (Some(complaint), Source::Given) => complaint.clone(),
            _ => "there is no serving certificate yet".to_owned(),
        }
    }

    /// A leaf that has expired is no good to anyone; nor is a given one of a CA that clients may have dropped since.
    fn distrust_expired(&self, gate: &Gate, error: &RoundError) {
        let now = self.clock.now();
        let confirmed = self.confirmed + self.options.params.leaf_life;
        match &self.leaf {
            None => gate.close(format!("there is no serving certificate: {}", Chain(error))),
            Some(leaf) if now >= leaf.facts.not_after => gate.close("the serving certificate has expired"),
            Some(leaf) if leaf.facts.given && now >= confirmed => {
                gate.close("nobody knows whether clients still trust the serving certificate");
            }
            Some(_) => {}
        }
    }

    fn changes(&self) -> BoxStream<'static, ()> {
        let secret = self.watch("ca-secret", &self.options.secret);
        let given = match self.options.given.source {
            Source::Given => self.watch("tls-secret", &self.options.given.secret),
            Source::Own => stream::pending().boxed(),
        };
        stream::select(stream::select(secret, given), self.publisher.changes()).boxed()
    }

    /// Whenever a Secret may have changed. What is in it is not asked for.
    fn watch(&self, what: &'static str, name: &str) -> BoxStream<'static, ()> {
        let options = watch::Options::new(what).named(name);
        let (gate, metrics) = (Gate::detached(what), WatchMetrics::default());
        let namespace = &self.options.namespace;
        let changes =
            watch::guarded_in::<PartialObjectMeta<Secret>>(&self.client, namespace, options, gate, &metrics);
        changes.map(drop).boxed()
    }
}

/// Waits for the wall clock.
async fn reached(clock: &Clock, until: Timestamp) {
    loop {
        let left = Duration::try_from(until.duration_since(clock.now())).unwrap_or(Duration::ZERO);
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(CLOCK)).await;
    }
}
