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
use tokio_util::sync::CancellationToken;

use super::authority::{Ca, CaError, Op, Params, PlaceFacts, Record, State, Union, plan};
use super::bundle::fingerprints;
use super::leaf::{self, Leaf, LeafError};
use super::publish::{CaBundle, Place};
use super::resolver::Resolver;
use super::store::{Store, Stored};
use crate::backoff::{Backoff, Policy};
use crate::client::{CallClass, CallError};
use crate::error::Chain;
use crate::metrics::Metrics;
use crate::readiness::Gate;
use crate::watch::{self, WatchMetrics};
use crate::{clock, ids};

/// Everything is looked at again this often, should a watch have missed something.
const RESYNC: Duration = Duration::from_secs(600);
/// The wall clock is asked this often whether the plan's time has come: a timer stands still while the machine sleeps.
const CLOCK: Duration = Duration::from_secs(60);
/// A plan is not acted upon when it is older: others may have moved on. Far below `Params::skew`.
const STALE: Duration = Duration::from_secs(60);

/// What a program that serves TLS asks for.
#[derive(Clone, Debug)]
pub struct ServingOptions {
    /// Where the Secret is: the program's own namespace.
    pub namespace: String,
    /// The Secret's name. It may exist and be empty (as the chart makes it).
    pub secret: String,
    /// DNS names or addresses of the leaf, such as `patchbay-webhook.patchbay-system.svc`.
    pub dns_names: Vec<String>,
    /// Whether the Secret may be created when it is not there.
    pub may_create: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Certificate {
    certificate: &'static str,
}

/// A serving certificate that keeps itself.
pub struct Serving<B> {
    options: ServingOptions,
    params: Params,
    store: Store,
    client: Client,
    publisher: B,
    resolver: Arc<Resolver>,
    expiry: Family<Certificate, Gauge>,
    leaf: Option<Leaf>,
    settled: Option<Union>,
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
        let expiry = Family::<Certificate, Gauge>::default();
        metrics.register(|registry| {
            let help = "When a certificate expires; alert when the leaf has less than an hour";
            registry.register("certificate_expiry_timestamp_seconds", help, expiry.clone());
        });
        Self {
            store: Store::new(
                client.clone(),
                &options.namespace,
                &options.secret,
                options.may_create,
            ),
            params: Params::default(),
            options,
            client,
            publisher,
            resolver: Resolver::new(),
            expiry,
            leaf: None,
            settled: None,
        }
    }

    /// Other times than the default ones.
    #[must_use]
    pub fn params(mut self, params: Params) -> Self {
        self.params = params;
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
        let mut backoff = Backoff::new(Policy::new(Duration::from_millis(200), Duration::from_secs(30)));
        loop {
            let mut listen = true;
            let until = match self.round(&gate).await {
                Ok(Then::At(until)) => {
                    backoff.reset();
                    until.min(clock::now() + RESYNC)
                }
                // Written, or another replica was faster: look again soon, but not in step with the others, and not
                // sooner because of our own writes.
                Ok(Then::Again) => {
                    listen = false;
                    clock::now() + backoff.fail(ids::unit())
                }
                Err(error) => {
                    let secret = &self.options.secret;
                    tracing::warn!(%secret, error = %Chain(&error), "could not maintain the serving certificate");
                    self.distrust_expired(&gate, &error);
                    clock::now() + backoff.fail(ids::unit())
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = reached(until) => {}
                Some(()) = changes.next(), if listen => {
                    // Several changes come together, and every replica sees them.
                    tokio::time::sleep(Duration::from_millis(50).mul_f64(1.0 + ids::unit())).await;
                }
            }
        }
    }

    /// Observes, plans, and carries the plan out.
    async fn round(&mut self, gate: &Gate) -> Result<Then, RoundError> {
        let began = clock::mono();
        // The order matters: see `State`.
        let places = self.publisher.observe().await?;
        let stored = self.store.read().await?;
        let now = clock::now();
        let mut state = self.state(&places, &stored.record);
        state.settled = state.settle(now);
        self.settled.clone_from(&state.settled);
        let ops = plan(now, &state, &self.params);
        let mut then = Then::At(now + RESYNC);
        let mut stored = Some(stored);
        for op in &ops {
            if clock::mono().duration_since(began) > STALE {
                return Ok(Then::Again);
            }
            if op.writes() {
                tracing::info!(secret = %self.options.secret, %op, "certificate authority");
            }
            match self.carry_out(op, now, &places, &mut stored).await {
                Ok(()) => {}
                Err(RoundError::Call(error)) if error.class() == CallClass::Conflict => {
                    return Ok(Then::Again);
                }
                Err(error) => return Err(error),
            }
            match op {
                Op::Wait { until } => then = Then::At(*until),
                op if op.writes() => then = Then::Again,
                _ => {}
            }
        }
        state.leaf = self.leaf.as_ref().map(|leaf| leaf.facts);
        self.show(gate, &state, &places);
        Ok(then)
    }

    fn state(&self, places: &[Place], record: &Record) -> State {
        State {
            current: record.current.as_ref().map(Ca::facts),
            next: record.next.as_ref().map(Ca::facts),
            previous: record.previous.as_ref().map(|(_, facts)| *facts),
            places: places
                .iter()
                .map(|place| PlaceFacts {
                    bundle: fingerprints(&place.bundle),
                })
                .collect(),
            settled: self.settled.clone(),
            leaf: self.leaf.as_ref().map(|leaf| leaf.facts),
        }
    }

    /// `stored` is taken by the operation that writes it, which is the last one of a plan.
    async fn carry_out(
        &mut self,
        op: &Op,
        now: Timestamp,
        places: &[Place],
        stored: &mut Option<Stored>,
    ) -> Result<(), RoundError> {
        let name = self.options.secret.clone();
        let params = self.params;
        match op {
            Op::Wait { .. } => {}
            Op::Publish { place } => {
                if let (Some(place), Some(stored)) = (places.get(*place), stored.as_ref()) {
                    self.publisher.publish(place, &stored.record.bundle_pem()).await?;
                }
            }
            Op::IssueLeaf => {
                if let Some(ca) = stored.as_ref().and_then(|stored| stored.record.current.as_ref()) {
                    self.adopt(ca, now)?;
                }
            }
            Op::CreateCurrent => {
                let ca = Ca::generate(&name, now, &params)?;
                self.write(stored, |record| Record {
                    current: Some(ca),
                    ..record
                })
                .await?;
            }
            Op::CreateNext => {
                let ca = Ca::generate(&name, now, &params)?;
                self.write(stored, |record| Record {
                    next: Some(ca),
                    ..record
                })
                .await?;
            }
            Op::SwitchToNext { previous_until } => {
                self.write(stored, |record| record.switched(*previous_until))
                    .await?;
            }
            Op::DropPrevious => {
                self.write(stored, |record| Record {
                    previous: None,
                    ..record
                })
                .await?
            }
        }
        Ok(())
    }

    async fn write(
        &self,
        stored: &mut Option<Stored>,
        change: impl FnOnce(Record) -> Record,
    ) -> Result<(), RoundError> {
        let Some(stored) = stored.take() else {
            return Ok(());
        };
        if stored.is_missing() && !self.options.may_create {
            return Err(RoundError::Missing(format!(
                "{}/{}",
                self.options.namespace, self.options.secret
            )));
        }
        Ok(self.store.write(stored, change).await?)
    }

    fn adopt(&mut self, ca: &Ca, now: Timestamp) -> Result<(), LeafError> {
        let leaf = leaf::issue(ca, &self.options.dns_names, now, &self.params)?;
        tracing::info!(ca = %leaf.facts.issuer, not_after = %leaf.facts.not_after, "serving with a new certificate");
        self.resolver.set(Arc::clone(&leaf.key));
        self.leaf = Some(leaf);
        Ok(())
    }

    /// Says what is: the gate and the metrics.
    fn show(&self, gate: &Gate, state: &State, places: &[Place]) {
        let expiry = |certificate, at: Option<Timestamp>| {
            let at = at.map_or(0, Timestamp::as_second);
            self.expiry.get_or_create(&Certificate { certificate }).set(at);
        };
        expiry("leaf", state.leaf.map(|leaf| leaf.not_after));
        expiry("ca", state.current.map(|ca| ca.not_after));
        match state.distrusting().and_then(|place| places.get(place)) {
            None if state.leaf.is_some() => gate.open(),
            None => gate.close("there is no serving certificate yet"),
            Some(place) => gate.close(format!(
                "the CA bundle in {} does not have this replica's CA yet",
                place.name
            )),
        }
    }

    /// A leaf that has expired is no good to anyone.
    fn distrust_expired(&self, gate: &Gate, error: &RoundError) {
        match &self.leaf {
            Some(leaf) if clock::now() < leaf.facts.not_after => {}
            Some(_) => gate.close("the serving certificate has expired"),
            None => gate.close(format!("there is no serving certificate: {}", Chain(error))),
        }
    }

    fn changes(&self) -> BoxStream<'static, ()> {
        let options = watch::Options::new("ca-secret").named(&self.options.secret);
        let gate = Gate::detached("ca-secret");
        let metrics = WatchMetrics::default();
        let namespace = &self.options.namespace;
        let secret =
            watch::guarded_in::<PartialObjectMeta<Secret>>(&self.client, namespace, options, gate, &metrics)
                .map(drop);
        stream::select(secret, self.publisher.changes()).boxed()
    }
}

/// Waits for the wall clock.
async fn reached(until: Timestamp) {
    loop {
        let left = Duration::try_from(until.duration_since(clock::now())).unwrap_or(Duration::ZERO);
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(CLOCK)).await;
    }
}
