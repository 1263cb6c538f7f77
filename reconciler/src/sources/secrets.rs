//! One watch per Secret that a Connector names, and none for any other: the API server never sends us a Secret that
//! nobody asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::Secret;
use patchbay_model::secret::{SecretBytes, SecretData};
use patchbay_runtime::readiness::Gate;
use patchbay_runtime::tasks::Supervisor;
use patchbay_runtime::watch::{self, Change, WatchMetrics};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::index::{SecretObject, SecretState};
use super::key::Key;
use super::world::World;

/// A Secret that the API server said nothing about for this long counts as not readable, until it does.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// What every watch needs.
#[derive(Clone)]
struct Shared {
    client: kube::Client,
    world: World,
    metrics: WatchMetrics,
    /// A gate is for those who wait for a watch; nobody waits for these.
    gate: Gate,
}

/// Keeps one watch per wanted Secret until the shutdown.
pub async fn follow(
    client: kube::Client,
    world: World,
    tasks: Supervisor,
    shutdown: CancellationToken,
) -> Result<(), std::convert::Infallible> {
    // Metrics of a watch are told apart by its name, which would be a Secret's: there is a gauge of all instead.
    let shared = Shared {
        client,
        world,
        metrics: WatchMetrics::default(),
        gate: Gate::detached("secrets"),
    };
    // Dropping a guard ends its watch.
    let mut running: BTreeMap<Key, DropGuard> = BTreeMap::new();
    loop {
        let wanted = shared.world.look(super::Index::wanted_secrets);
        let (start, stop) = difference(&running.keys().cloned().collect(), &wanted);
        for key in stop {
            running.remove(&key);
        }
        for key in start {
            let stopped = shutdown.child_token();
            running.insert(key.clone(), stopped.clone().drop_guard());
            tasks.spawn_job("secret", one(shared.clone(), key, stopped));
        }
        let renamed = shutdown.run_until_cancelled(shared.world.secrets_renamed());
        if renamed.await.is_none() {
            return Ok(());
        }
    }
}

/// What to start and what to stop.
fn difference(running: &BTreeSet<Key>, wanted: &BTreeSet<Key>) -> (Vec<Key>, Vec<Key>) {
    (
        wanted.difference(running).cloned().collect(),
        running.difference(wanted).cloned().collect(),
    )
}

/// Follows one Secret until `stopped`.
async fn one(shared: Shared, key: Key, stopped: CancellationToken) -> Result<(), std::convert::Infallible> {
    let Shared {
        client,
        world,
        metrics,
        gate,
    } = shared;
    let options = watch::Options::new("secrets")
        .one_of_many(world.pulse())
        .fields(format!("metadata.name={}", key.name));
    let mut changes = watch::guarded_in::<Secret>(&client, &key.namespace, options, gate, &metrics);
    let set = |state: SecretState| world.change(|index| index.set_secret(&key, state));
    let work = async {
        let mut first = tokio::time::timeout(FIRST_ANSWER, changes.next()).await;
        if first.is_err() {
            set(SecretState::NotReadable);
            first = Ok(changes.next().await);
        }
        let mut next = first.ok().flatten();
        while let Some(change) = next {
            if let Some(state) = state(change, &key) {
                set(state);
            }
            next = changes.next().await;
        }
    };
    stopped.run_until_cancelled(work).await;
    Ok(())
}

/// What a change means for the Secret; `None`: nothing.
fn state(change: Change<Secret>, key: &Key) -> Option<SecretState> {
    match change {
        Change::Reset(list) => {
            let found = list
                .into_iter()
                .find(|secret| secret.metadata.name.as_deref() == Some(key.name.as_str()));
            Some(found.map_or(SecretState::Absent, |secret| {
                SecretState::Present(Arc::new(object(secret)))
            }))
        }
        Change::Applied(secret) => (secret.metadata.name.as_deref() == Some(key.name.as_str()))
            .then(|| SecretState::Present(Arc::new(object(secret)))),
        Change::Deleted { name, .. } => (name == key.name).then_some(SecretState::Absent),
        // The text of the error is not logged, although it should carry no value: this is a Secret.
        Change::Invalid { .. } => {
            tracing::warn!(secret = %key, "the Secret cannot be read; the last good one stays in use");
            Some(SecretState::NotReadable)
        }
    }
}

/// Takes the values over, without copying them, into memory that is wiped.
fn object(secret: Secret) -> SecretObject {
    let version = format!(
        "{}/{}",
        secret.metadata.uid.as_deref().unwrap_or_default(),
        secret.metadata.resource_version.as_deref().unwrap_or_default(),
    );
    let data = secret
        .data
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| (key, SecretBytes::new(value.0)));
    SecretObject {
        data: SecretData {
            type_: secret.type_.unwrap_or_else(|| "Opaque".to_owned()),
            data: data.collect(),
        },
        version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watches_follow_the_names() {
        let set = |names: &[&str]| {
            names
                .iter()
                .map(|name| Key::new("ns", *name))
                .collect::<BTreeSet<_>>()
        };
        let (start, stop) = difference(&set(&["a", "b"]), &set(&["b", "c"]));
        assert_eq!(
            (start, stop),
            (vec![Key::new("ns", "c")], vec![Key::new("ns", "a")])
        );
    }
}
