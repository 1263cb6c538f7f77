//! Feeds the world from the watches of classes and Connectors.

use std::collections::BTreeSet;

use futures::StreamExt;
use patchbay_api::{Connector, ConnectorClass};
use patchbay_runtime::readiness::Gate;
use patchbay_runtime::watch::{self, Change, WatchMetrics};
use tokio_util::sync::CancellationToken;

use super::index::{Index, Sources};
use super::key::Key;
use super::world::World;

/// Follows the classes until the shutdown.
pub async fn classes(
    client: kube::Client,
    world: World,
    synced: Gate,
    metrics: WatchMetrics,
    shutdown: CancellationToken,
) -> Result<(), std::convert::Infallible> {
    let mut changes = watch::guarded::<ConnectorClass>(
        &client,
        watch::Options::new("connectorclasses").pulse(world.pulse()),
        synced,
        &metrics,
    );
    while let Some(Some(change)) = shutdown.run_until_cancelled(changes.next()).await {
        let complete = matches!(change, Change::Reset(_));
        world.change_addressables(|index| apply_class(index, change));
        if complete {
            world.classes_synced();
        }
    }
    Ok(())
}

/// Follows the Connectors until the shutdown.
pub async fn connectors(
    client: kube::Client,
    world: World,
    synced: Gate,
    metrics: WatchMetrics,
    shutdown: CancellationToken,
) -> Result<(), std::convert::Infallible> {
    let mut changes = watch::guarded::<Connector>(
        &client,
        watch::Options::new("connectors").pulse(world.pulse()),
        synced,
        &metrics,
    );
    while let Some(Some(change)) = shutdown.run_until_cancelled(changes.next()).await {
        let complete = matches!(change, Change::Reset(_));
        world.change_names(|index| apply_connector(index, change));
        if complete {
            world.connectors_synced();
        }
    }
    Ok(())
}

fn apply_class(index: &mut Index, change: Change<ConnectorClass>) -> Sources {
    match change {
        Change::Reset(list) => {
            let listed: BTreeSet<&String> = list.iter().filter_map(|o| o.metadata.name.as_ref()).collect();
            let gone: Vec<String> = index
                .class_names()
                .filter(|name| !listed.contains(name))
                .cloned()
                .collect();
            let mut changed = Sources::new();
            for name in gone {
                changed.extend(index.delete_class(&name));
            }
            for object in list {
                changed.extend(index.apply_class(object));
            }
            changed
        }
        Change::Applied(object) => index.apply_class(object),
        Change::Deleted { name, .. } => index.delete_class(&name),
        Change::Invalid { name, error, .. } => {
            // The last good one stays: it can only be read wrongly by us, and pods that use it must not suffer.
            tracing::warn!(class = %name, error, "the ConnectorClass cannot be read; the last good one stays in use");
            Sources::new()
        }
    }
}

fn apply_connector(index: &mut Index, change: Change<Connector>) -> Sources {
    match change {
        Change::Reset(list) => {
            let key = |o: &Connector| Some(Key::new(o.metadata.namespace.clone()?, o.metadata.name.clone()?));
            let listed: BTreeSet<Key> = list.iter().filter_map(key).collect();
            let gone: Vec<Key> = index
                .connector_keys()
                .filter(|key| !listed.contains(key))
                .cloned()
                .collect();
            let mut changed = Sources::new();
            for key in gone {
                changed.extend(index.delete_connector(&key));
            }
            for object in list {
                changed.extend(index.apply_connector(object));
            }
            changed
        }
        Change::Applied(object) => index.apply_connector(object),
        Change::Deleted { namespace, name } => index.delete_connector(&Key { namespace, name }),
        Change::Invalid {
            namespace,
            name,
            error,
        } => {
            tracing::warn!(connector = %format!("{namespace}/{name}"), error, "the Connector cannot be read; the last good one stays in use");
            Sources::new()
        }
    }
}
