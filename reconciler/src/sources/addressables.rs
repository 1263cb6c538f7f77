//! One watch per object that a class names for the address of its API service or proxy, and none for any other.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use futures::StreamExt;
use kube::core::ApiResource;
use patchbay_model::class::Addressable;
use patchbay_runtime::backoff::{Backoff, Policy};
use patchbay_runtime::error::Chain;
use patchbay_runtime::ids;
use patchbay_runtime::readiness::Gate;
use patchbay_runtime::tasks::Supervisor;
use patchbay_runtime::watch::{self, Change, WatchMetrics};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::addressed::{AddressState, Addressed};
use super::kinds::discover;
use super::world::World;

/// An object that the API server said nothing about for this long counts as not readable, until it does.
const FIRST_ANSWER: Duration = Duration::from_secs(10);
/// Between two looks for a kind that is not there: an operator that is being installed is found soon.
const LOOK: Policy = Policy::new(Duration::from_secs(1), Duration::from_secs(30));

/// What every watch needs.
#[derive(Clone)]
struct Shared {
    client: kube::Client,
    world: World,
    metrics: WatchMetrics,
    /// A gate is for those who wait for a watch; nobody waits for these.
    gate: Gate,
}

/// Keeps one watch per object that is named until the shutdown.
pub async fn follow(
    client: kube::Client,
    world: World,
    tasks: Supervisor,
    shutdown: CancellationToken,
) -> Result<(), Infallible> {
    let shared = Shared {
        client,
        world,
        metrics: WatchMetrics::default(),
        gate: Gate::detached("addressables"),
    };
    // Dropping a guard ends its watch.
    let mut running: BTreeMap<Addressable, DropGuard> = BTreeMap::new();
    loop {
        let wanted: BTreeSet<Addressable> = shared.world.look(super::Index::wanted_addressables);
        running.retain(|place, _| wanted.contains(place));
        for place in wanted {
            if running.contains_key(&place) {
                continue;
            }
            let stopped = shutdown.child_token();
            running.insert(place.clone(), stopped.clone().drop_guard());
            tasks.spawn_job("addressable", one(shared.clone(), place, stopped));
        }
        let renamed = shutdown.run_until_cancelled(shared.world.addressables_renamed());
        if renamed.await.is_none() {
            return Ok(());
        }
    }
}

/// Follows one object until `stopped`.
async fn one(shared: Shared, place: Addressable, stopped: CancellationToken) -> Result<(), Infallible> {
    let patience = async {
        tokio::time::sleep(FIRST_ANSWER).await;
        set(&shared, &place, AddressState::NotReadable);
        std::future::pending::<()>().await;
    };
    let work = async {
        tokio::select! {
            () = follow_one(&shared, &place) => {}
            () = patience => {}
        }
    };
    stopped.run_until_cancelled(work).await;
    Ok(())
}

/// Finds the kind and watches the object; finds the kind again when it is gone. Never ends.
async fn follow_one(shared: &Shared, place: &Addressable) {
    let mut backoff = Backoff::new(LOOK);
    loop {
        match discover(&shared.client, place).await {
            Ok(Ok(kind)) => {
                if watch_one(shared, place, &kind).await {
                    backoff.reset();
                }
            }
            Ok(Err(none)) => set(shared, place, AddressState::NoKind(none)),
            // What is known stays.
            Err(error) => {
                tracing::warn!(
                    object = %place.shown(),
                    error = %Chain(&error),
                    "cannot find out how to read the address of an object; trying again"
                );
                let wait = backoff.fail(ids::unit());
                shared.world.pulse().wait(wait, ids::unit()).await;
                continue;
            }
        }
        tokio::time::sleep(backoff.fail(ids::unit())).await;
    }
}

/// Watches the object until the API server says that there is no such kind. Whether it was there before.
async fn watch_one(shared: &Shared, place: &Addressable, kind: &ApiResource) -> bool {
    let (options, mut refusals) = watch::Options::new("addressables")
        .one_of_many(shared.world.pulse())
        .named(&place.name)
        .telling_refusals();
    let mut changes = watch::guarded_of::<Addressed>(
        &shared.client,
        kind,
        &place.namespace,
        options,
        shared.gate.clone(),
        &shared.metrics,
    );
    let mut was_there = false;
    loop {
        tokio::select! {
            change = changes.next() => {
                let Some(change) = change else { return was_there };
                was_there = true;
                if let Some(state) = state(change, place) {
                    set(shared, place, state);
                }
            }
            Ok(()) = refusals.changed() => {
                let code = *refusals.borrow_and_update();
                match code {
                    Some(404) => return was_there,
                    Some(403) => {
                        let resource = format!("{}.{}", kind.plural, kind.group);
                        set(shared, place, AddressState::Forbidden(resource));
                    }
                    _ => {}
                }
            }
        }
    }
}

fn set(shared: &Shared, place: &Addressable, state: AddressState) {
    shared.world.change(|index| index.set_address(place, state));
}

/// What a change means for the address; `None`: nothing.
fn state(change: Change<Addressed>, place: &Addressable) -> Option<AddressState> {
    let is_it =
        |object: &Addressed| kube::Resource::meta(object).name.as_deref() == Some(place.name.as_str());
    let said = |object: &Addressed| object.address(place.address.as_deref());
    match change {
        Change::Reset(list) => {
            let found = list.iter().find(|object| is_it(object));
            Some(found.map_or(AddressState::Absent, said))
        }
        Change::Applied(object) => is_it(&object).then(|| said(&object)),
        Change::Deleted { name, .. } => (name == place.name).then_some(AddressState::Absent),
        // Only metadata can be wrong: what is known stays.
        Change::Invalid { .. } => None,
    }
}
