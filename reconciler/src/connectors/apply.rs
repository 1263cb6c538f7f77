//! Observes, and does what [`super::plan`] says. No decisions here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Resource as _};
use parking_lot::Mutex;
use patchbay_api::connector::ConnectorStatus;
use patchbay_api::names::FIELD_MANAGER_RECONCILER;
use patchbay_api::{Connector, ConnectorClass};
use patchbay_model::call::Call;
use patchbay_model::render::{self, ProbeInput, RenderError};
use patchbay_runtime::client::CallError;
use patchbay_runtime::controller::{Controller, Next};
use patchbay_runtime::events::Recorder;
use patchbay_runtime::lease::WriteGuard;
use patchbay_runtime::{apply, clock, ids};

use super::bind::{authority, bind, credential};
use super::memory::{Fingerprint, Memory};
use super::plan::{Observed, Op, plan};
use crate::classes::address;
use crate::metrics::Metrics;
use crate::probes;
use crate::probes::verdict::{Kind, judge, unrendered};
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
    /// What is remembered of each Connector, by its UID: one that was made anew under the same name is another one.
    pub memory: Mutex<BTreeMap<Key, (Option<String>, Memory)>>,
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
        for _ in 0..ROUNDS {
            let Some(object) = self.world.look(|index| index.connector(key).cloned()) else {
                self.forget(key);
                return Ok(Next::AwaitChange);
            };
            let memory = self.recall(key, &object);
            let entry = self
                .world
                .look(|index| index.class(&object.spec.connector_class_name).cloned());
            let bound = bind(&object, entry.as_deref());
            let state = |key: &Key| self.world.look(|index| index.secret(key));
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
                memory: &memory,
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
        for op in plan(observed) {
            match op {
                Op::Probe(kind, fingerprint) => {
                    self.probe(key, kind, fingerprint, observed).await;
                    again = true;
                }
                Op::Adopt(kind, fingerprint, verdict, at) => {
                    self.remember(key, |memory| memory.adopt(kind, fingerprint, verdict, at));
                }
                Op::WriteStatus(status) => self.write(key, object, &status).await?,
                Op::Event(happening) => self.recorder.record(&object.object_ref(&()), *happening).await,
                Op::Requeue(at) => next = Next::At(at),
            }
        }
        Ok((next, again))
    }

    async fn probe(&self, key: &Key, kind: Kind, fingerprint: Fingerprint, observed: &Observed<'_>) {
        let start = clock::mono();
        let verdict = match request(kind, observed) {
            Ok(Some(plan)) => {
                let ca = observed.authority.as_ref().ok().and_then(|found| found.as_ref());
                let outcome = self.probes.call(&plan, ca.map(|secret| &secret.data)).await;
                judge(kind, &plan, &outcome, clock::now())
            }
            // The plan asks for a probe only where there is one.
            Ok(None) => return,
            Err(error) => unrendered(&error),
        };
        self.metrics
            .probed(kind.as_str(), verdict.reason, start.elapsed());
        let (now, dice) = (clock::mono(), ids::unit());
        self.remember(key, |memory| {
            memory.record(kind, fingerprint, verdict, now, self.interval, dice)
        });
    }

    async fn write(&self, key: &Key, object: &Connector, status: &ConnectorStatus) -> Result<(), CallError> {
        let api: Api<Connector> = Api::namespaced(self.client.clone(), &key.namespace);
        let version = apply::status(&self.guard, &api, object, FIELD_MANAGER_RECONCILER, status).await?;
        self.world
            .note(|index| index.note_connector_status(key, object, status, version));
        Ok(())
    }

    fn recall(&self, key: &Key, object: &Connector) -> Memory {
        let mut all = self.memory.lock();
        let (uid, memory) = all.entry(key.clone()).or_default();
        if *uid != object.metadata.uid {
            *uid = object.metadata.uid.clone();
            *memory = Memory::default();
        }
        memory.clone()
    }

    fn remember(&self, key: &Key, change: impl FnOnce(&mut Memory)) {
        if let Some((_, memory)) = self.memory.lock().get_mut(key) {
            change(memory);
        }
    }

    fn forget(&self, key: &Key) {
        self.memory.lock().remove(key);
    }
}

/// The request of a probe, from what was observed.
fn request(kind: Kind, observed: &Observed<'_>) -> Result<Option<Call>, RenderError> {
    let (Ok((class, bound)), Some(object)) = (&observed.bound, observed.class) else {
        return Ok(None);
    };
    let api_address = api_address(object);
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
        api_address: api_address.as_deref(),
    };
    match kind {
        Kind::Liveness => render::liveness_request(&input),
        Kind::Auth => render::auth_request(&input),
    }
}

fn api_address(class: &ConnectorClass) -> Option<String> {
    let api = class.spec.api.as_ref()?;
    address::resolve(api.ref_.as_ref(), api.uri.as_deref()).ok()
}
