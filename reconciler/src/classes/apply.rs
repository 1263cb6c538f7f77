//! Does what [`super::plan`] says. No decisions here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Resource as _};
use parking_lot::Mutex;
use patchbay_api::names::FIELD_MANAGER_RECONCILER;
use patchbay_api::{ConnectorClass, ConnectorClassStatus};
use patchbay_model::class::Addressable;
use patchbay_runtime::client::CallError;
use patchbay_runtime::controller::{Controller, Next, outside};
use patchbay_runtime::events::Recorder;
use patchbay_runtime::lease::WriteGuard;
use patchbay_runtime::{apply, clock, ids};

use super::address;
use super::plan::{Endpoint, Memory, Observed, Op, plan};
use crate::metrics::Metrics;
use crate::probes;
use crate::probes::verdict::judge_reach;
use crate::sources::{ClassEntry, Source, World};

/// How often a plan may ask for another look before it has to wait for the next change.
const ROUNDS: usize = 4;

/// The controller of classes.
#[expect(missing_debug_implementations, reason = "a client has none")]
pub struct Classes {
    /// What is observed.
    pub world: World,
    /// For writing.
    pub client: kube::Client,
    /// For asking services.
    pub probes: probes::Client,
    /// Between two questions to a service.
    pub interval: Duration,
    /// What each write goes through.
    pub guard: WriteGuard,
    /// For events.
    pub recorder: Recorder,
    /// For metrics.
    pub metrics: Metrics,
    /// What is remembered of each class.
    pub memory: Mutex<BTreeMap<String, Memory>>,
}

impl Controller for Classes {
    type Key = String;
    type Source = Source;
    type Error = CallError;
    const NAME: &'static str = "connectorclasses";

    fn all(&self) -> Vec<String> {
        self.world.look(|index| index.class_names().cloned().collect())
    }

    fn affected(&self, changed: &BTreeSet<Source>) -> Vec<String> {
        let names: BTreeSet<String> = self.world.look(|index| {
            changed
                .iter()
                .flat_map(|source| index.dependent_classes(source))
                .collect()
        });
        names.into_iter().collect()
    }

    async fn reconcile(&self, name: &String) -> Result<Next, CallError> {
        for _ in 0..ROUNDS {
            let Some(entry) = self.world.look(|index| index.class(name).cloned()) else {
                self.memory.lock().remove(name);
                return Ok(Next::AwaitChange);
            };
            let memory = self.memory.lock().get(name).cloned().unwrap_or_default();
            let state = |place: &Addressable| self.world.look(|index| index.address(place));
            let ops = plan(&Observed {
                entry: &entry,
                api: address::api(&entry.object, state),
                proxy: address::proxy(&entry.object, state),
                memory: &memory,
                now: clock::mono(),
                wall: Time(clock::now()),
            });
            let mut next = Next::AwaitChange;
            let mut again = false;
            for op in ops {
                match op {
                    Op::Reach(endpoint, url) => {
                        self.reach(name, &entry, endpoint, url).await;
                        again = true;
                    }
                    Op::WriteStatus(status) => self.write(name, &entry, &status).await?,
                    Op::Event(happening) => {
                        self.recorder
                            .record(&entry.object.object_ref(&()), *happening)
                            .await
                    }
                    Op::Requeue(at) => next = Next::At(at),
                }
            }
            if !again {
                return Ok(next);
            }
        }
        Ok(Next::At(clock::mono() + self.interval))
    }
}

impl Classes {
    async fn reach(&self, name: &str, entry: &ClassEntry, endpoint: Endpoint, url: String) {
        let spec = &entry.object.spec;
        let ca_certs = match endpoint {
            Endpoint::Api => spec.api.as_ref().and_then(|api| api.ca_certs.as_deref()),
            Endpoint::Proxy => spec.proxy.as_ref().and_then(|proxy| proxy.ca_certs.as_deref()),
        };
        let start = clock::mono();
        let outcome = outside(self.probes.reach(&url, ca_certs)).await;
        let verdict = judge_reach(&url, &outcome, clock::now());
        self.metrics.probed("class", verdict.reason, start.elapsed());
        let mut memory = self.memory.lock();
        memory.entry(name.to_owned()).or_default().record(
            endpoint,
            url,
            verdict,
            clock::mono(),
            self.interval,
            ids::unit(),
        );
    }

    async fn write(
        &self,
        name: &str,
        entry: &ClassEntry,
        status: &ConnectorClassStatus,
    ) -> Result<(), CallError> {
        let api: Api<ConnectorClass> = Api::all(self.client.clone());
        let of = &entry.object;
        let version = apply::status(&self.guard, &api, of, FIELD_MANAGER_RECONCILER, status).await?;
        self.world
            .change(|index| index.note_class_status(name, of, status, version));
        Ok(())
    }
}
