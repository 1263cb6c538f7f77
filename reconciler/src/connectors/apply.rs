//! Observes, and does what [`super::plan`] says. No decisions here.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Resource as _};
use parking_lot::Mutex;
use patchbay_api::Connector;
use patchbay_api::connector::ConnectorStatus;
use patchbay_api::names::FIELD_MANAGER_RECONCILER;
use patchbay_model::call::Call;
use patchbay_model::class::Addressable;
use patchbay_model::render::{self, ProbeInput, RenderError};
use patchbay_model::secret::SecretData;
use patchbay_runtime::client::CallError;
use patchbay_runtime::controller::{Controller, Next, outside};
use patchbay_runtime::events::{Happening, Recorder};
use patchbay_runtime::lease::WriteGuard;
use patchbay_runtime::{apply, clock, ids};
use tokio::time::{Instant, timeout_at};

use super::bind::{authority, bind, credential};
use super::memory::{Fingerprint, Memory};
use super::plan::{Observed, Op, plan};
use super::probing::rhythm;
use crate::calls::key::key;
use crate::calls::share::{Calls, Found, Shared, Wants};
use crate::classes::address;
use crate::metrics::Metrics;
use crate::probes;
use crate::probes::schedule::Slot;
use crate::probes::verdict::{Kind, Verdict, ends_soon, judge, unrendered};
use crate::sources::{Key, Source, World};

/// How often a plan may ask for another look before it has to wait for the next change.
const ROUNDS: usize = 4;

/// The controller of Connectors.
#[expect(missing_debug_implementations, reason = "a client has none")]
pub struct Connectors {
    /// What is observed.
    pub world: World,
    /// For writing.
    pub client: kube::Client,
    /// For asking tools.
    pub probes: probes::Client,
    /// Between two probes.
    pub interval: Duration,
    /// What each write goes through.
    pub guard: WriteGuard,
    /// For events.
    pub recorder: Recorder,
    /// For metrics.
    pub metrics: Metrics,
    /// Calls that Connectors have in common.
    pub calls: Calls,
    /// Makes the keys of calls useless elsewhere.
    pub salt: [u8; 32],
    /// Where the periods of probes are counted from.
    pub origin: Instant,
    /// What is remembered of each Connector.
    pub kept: AllKept,
}

/// What is kept of all Connectors.
pub type AllKept = Arc<Mutex<BTreeMap<Key, Kept>>>;

/// What is kept of a Connector.
#[derive(Debug, Default)]
pub struct Kept {
    /// One that was made anew under the same name is another one.
    uid: Option<String>,
    /// When this process saw it first.
    noticed: Option<Instant>,
    memory: Memory,
    /// The calls of its probes, which live as long as somebody keeps them.
    calls: BTreeMap<Kind, Arc<Shared>>,
}

/// How many tools have a certificate that is past its end, ends soon, and ends later.
#[must_use]
pub fn certificates(all: &AllKept, now: Timestamp) -> [usize; 3] {
    let mut counts = [0; 3];
    for kept in all.lock().values() {
        let probed = kept.memory.liveness.as_ref().or(kept.memory.auth.as_ref());
        let Some(end) = probed.and_then(|probed| probed.standing.last().certificate_not_after) else {
            continue;
        };
        let [expired, soon, later] = &mut counts;
        *if end <= now {
            expired
        } else if ends_soon(end, now) {
            soon
        } else {
            later
        } += 1;
    }
    counts
}

impl Controller for Connectors {
    type Key = Key;
    type Source = Source;
    type Error = CallError;
    const NAME: &'static str = "connectors";

    fn all(&self) -> Vec<Key> {
        self.world.look(|index| index.connector_keys().cloned().collect())
    }

    fn affected(&self, changed: &BTreeSet<Source>) -> Vec<Key> {
        let keys: BTreeSet<Key> = self.world.look(|index| {
            changed
                .iter()
                .flat_map(|source| index.dependants(source))
                .collect()
        });
        keys.into_iter().collect()
    }

    async fn reconcile(&self, key: &Key) -> Result<Next, CallError> {
        let began = clock::mono();
        for _ in 0..ROUNDS {
            let Some(object) = self.world.look(|index| index.connector(key).cloned()) else {
                self.forget(key);
                return Ok(Next::AwaitChange);
            };
            let (memory, noticed) = self.recall(key, &object);
            let entry = self
                .world
                .look(|index| index.class(&object.spec.connector_class_name).cloned());
            let bound = bind(&object, entry.as_deref());
            let state = |key: &Key| self.world.look(|index| index.secret(key));
            let address = |place: &Addressable| self.world.look(|index| index.address(place));
            let observed = Observed {
                object: &object,
                class: entry.as_ref().map(|entry| &entry.object),
                credential: bound
                    .as_ref()
                    .map_or(Ok(None), |(c, b)| credential(&key.namespace, c, b, state)),
                authority: bound
                    .as_ref()
                    .map_or(Ok(None), |(_, b)| authority(&key.namespace, b, state)),
                bound,
                api: entry
                    .as_ref()
                    .and_then(|entry| address::api(&entry.object, address)),
                memory: &memory,
                noticed,
                began,
                now: clock::mono(),
                wall: Time(clock::now()),
                interval: self.interval,
                dice: ids::unit(),
            };
            let (next, again) = self.execute(key, &object, &observed).await?;
            if !again {
                return Ok(next);
            }
        }
        Ok(Next::At(clock::mono() + self.interval))
    }
}

impl Connectors {
    /// Carries a plan out. Says when to look again, and whether to plan again at once.
    async fn execute(
        &self,
        key: &Key,
        object: &Arc<Connector>,
        observed: &Observed<'_>,
    ) -> Result<(Next, bool), CallError> {
        let mut next = Next::AwaitChange;
        let mut again = false;
        let mut announcement = None;
        for op in plan(observed) {
            match op {
                Op::Announce(status, happened, at) => announcement = Some((status, happened, at)),
                Op::Probe(kind, of, wants) => {
                    let probing = self.probe(key, kind, of, wants, observed);
                    match announcement.take() {
                        Some(said) => self.meanwhile(key, object, probing, said).await?,
                        None => probing.await,
                    }
                    again = true;
                }
                Op::Adopt(kind, of, verdict, at, until) => {
                    self.remember(key, |kept| kept.memory.adopt(kind, of, &verdict, at, until));
                }
                Op::WriteStatus(status) => self.write(key, object, &status).await?,
                Op::Event(happening) => self.recorder.record(&object.object_ref(&()), *happening).await,
                Op::Requeue(at) => next = Next::At(at),
            }
        }
        Ok((next, again))
    }

    /// Probes, and announces the Connector when that takes too long.
    async fn meanwhile(
        &self,
        key: &Key,
        object: &Connector,
        probing: impl Future<Output = ()>,
        (status, happened, at): (Box<ConnectorStatus>, Vec<Happening>, Instant),
    ) -> Result<(), CallError> {
        let mut probing = pin!(probing);
        if timeout_at(at, probing.as_mut()).await.is_ok() {
            return Ok(());
        }
        self.write(key, object, &status).await?;
        for happening in happened {
            self.recorder.record(&object.object_ref(&()), happening).await;
        }
        probing.await;
        Ok(())
    }

    async fn probe(&self, name: &Key, kind: Kind, of: Fingerprint, wants: Wants, observed: &Observed<'_>) {
        let (found, phase) = match request(kind, observed) {
            Ok(Some(call)) => {
                let ca = observed.usable_authority().map(|secret| &secret.data);
                let shared = self.calls.get(key(&self.salt, kind, &call, ca));
                self.remember(name, |kept| {
                    kept.calls.insert(kind, shared.clone());
                });
                let found = outside(shared.ask(wants, || self.send(kind, &call, ca))).await;
                (found, shared.key().phase())
            }
            // The plan asks for a probe only where there is one.
            Ok(None) => return,
            Err(error) => (
                Found::unsent(unrendered(&error), clock::mono(), clock::now()),
                ids::unit(),
            ),
        };
        let rhythm = rhythm(observed, kind);
        let slot = Slot {
            origin: self.origin,
            phase,
        };
        self.remember(name, |kept| {
            kept.memory
                .record(kind, of, &found, rhythm, (slot, clock::mono()))
        });
    }

    async fn send(&self, kind: Kind, call: &Call, ca: Option<&SecretData>) -> (Instant, Timestamp, Verdict) {
        let (started, at) = (clock::mono(), clock::now());
        let outcome = self.probes.call(call, ca).await;
        let verdict = judge(kind, call, &outcome, at);
        self.metrics
            .probed(kind.as_str(), verdict.reason, started.elapsed());
        (started, at, verdict)
    }

    async fn write(&self, key: &Key, object: &Connector, status: &ConnectorStatus) -> Result<(), CallError> {
        let api: Api<Connector> = Api::namespaced(self.client.clone(), &key.namespace);
        let version = apply::status(&self.guard, &api, object, FIELD_MANAGER_RECONCILER, status).await?;
        self.world
            .note(|index| index.note_connector_status(key, object, status, version));
        Ok(())
    }

    /// What is remembered, and since when.
    fn recall(&self, key: &Key, object: &Connector) -> (Memory, Instant) {
        let mut all = self.kept.lock();
        let kept = all.entry(key.clone()).or_default();
        if kept.uid != object.metadata.uid {
            *kept = Kept {
                uid: object.metadata.uid.clone(),
                ..Kept::default()
            };
        }
        let noticed = *kept.noticed.get_or_insert_with(clock::mono);
        (kept.memory.clone(), noticed)
    }

    fn remember(&self, key: &Key, change: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.kept.lock().get_mut(key) {
            change(kept);
        }
    }

    fn forget(&self, key: &Key) {
        self.kept.lock().remove(key);
    }
}

/// The request of a probe, from what was observed.
fn request(kind: Kind, observed: &Observed<'_>) -> Result<Option<Call>, RenderError> {
    let Ok((class, bound)) = &observed.bound else {
        return Ok(None);
    };
    let api_address = observed.api.as_ref().and_then(|found| found.as_ref().ok());
    let input = ProbeInput {
        object: observed.object,
        class,
        bound,
        secret: observed
            .credential
            .as_ref()
            .ok()
            .and_then(|found| found.as_ref())
            .map(|secret| &secret.data),
        api_address: api_address.map(String::as_str),
    };
    match kind {
        Kind::Liveness => render::liveness_request(&input),
        Kind::Auth => render::auth_request(&input),
    }
}
