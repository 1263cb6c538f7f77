//! The shell that feeds the index: one guarded watch per kind.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use patchbay_api::{Connector, ConnectorClass};
use patchbay_runtime::watch::Change;
use tokio_util::sync::CancellationToken;

use crate::index::{KnownClass, KnownConnector};
use crate::metrics::AdmissionMetrics;
use crate::shared::SharedIndex;

/// Takes the changes of classes in until `shutdown`.
///
/// # Errors
/// None; the type fits the supervisor of tasks.
pub async fn classes(
    mut changes: impl Stream<Item = Change<ConnectorClass>> + Unpin,
    index: Arc<SharedIndex>,
    metrics: AdmissionMetrics,
    shutdown: CancellationToken,
) -> Result<(), Infallible> {
    while let Some(Some(change)) = shutdown.run_until_cancelled(changes.next()).await {
        // Parsing a class takes its time: not on a thread that answers requests.
        let for_change = Arc::clone(&index);
        let applied = tokio::task::spawn_blocking(move || class_change(&for_change, change)).await;
        if applied.is_err() {
            tracing::error!("taking in a class panicked; please report it");
        }
        metrics.index(&index);
    }
    Ok(())
}

fn class_change(index: &SharedIndex, change: Change<ConnectorClass>) {
    match change {
        Change::Reset(classes) => {
            let live: BTreeSet<String> = classes
                .iter()
                .filter_map(|class| class.metadata.name.clone())
                .collect();
            for class in &classes {
                apply_class(index, class);
            }
            index.write(|index| index.retain_classes(&live));
        }
        Change::Applied(class) => apply_class(index, &class),
        Change::Deleted { name, .. } => index.write(|index| index.delete_class(&name)),
        Change::Invalid { name, error, .. } => {
            tracing::warn!(%name, %error, "a ConnectorClass cannot be read");
            index.write(|index| index.apply_class(KnownClass::unreadable(name)));
        }
    }
}

fn apply_class(index: &SharedIndex, class: &ConnectorClass) {
    if index.read(|index| index.has_class(&class.metadata)) {
        return;
    }
    if let Some(class) = KnownClass::read(class) {
        index.write(|index| index.apply_class(class));
    }
}

/// Takes the changes of Connectors in until `shutdown`.
///
/// # Errors
/// None; the type fits the supervisor of tasks.
pub async fn connectors(
    mut changes: impl Stream<Item = Change<Connector>> + Unpin,
    index: Arc<SharedIndex>,
    metrics: AdmissionMetrics,
    shutdown: CancellationToken,
) -> Result<(), Infallible> {
    while let Some(Some(change)) = shutdown.run_until_cancelled(changes.next()).await {
        connector_change(&index, change);
        metrics.index(&index);
    }
    Ok(())
}

fn connector_change(index: &SharedIndex, change: Change<Connector>) {
    match change {
        Change::Reset(connectors) => {
            let key = |object: &Connector| {
                Some((object.metadata.namespace.clone()?, object.metadata.name.clone()?))
            };
            let live: BTreeSet<(String, String)> = connectors.iter().filter_map(key).collect();
            for connector in &connectors {
                apply_connector(index, connector);
            }
            index.write(|index| index.retain_connectors(&live));
        }
        Change::Applied(connector) => apply_connector(index, &connector),
        Change::Deleted { namespace, name } => index.write(|index| index.delete_connector(&namespace, &name)),
        Change::Invalid {
            namespace,
            name,
            error,
        } => {
            tracing::warn!(ns = %namespace, %name, %error, "a Connector cannot be read");
            index.write(|index| index.apply_connector(KnownConnector::unreadable(namespace, name)));
        }
    }
}

fn apply_connector(index: &SharedIndex, connector: &Connector) {
    if index.read(|index| index.has_connector(&connector.metadata)) {
        return;
    }
    if let Some(connector) = KnownConnector::read(connector) {
        index.write(|index| index.apply_connector(connector));
    }
}
