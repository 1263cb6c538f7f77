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

#[cfg(test)]
mod tests {
    use futures::stream;
    use patchbay_runtime::metrics::Metrics;
    use serde_json::json;

    use super::*;
    use crate::index::Known;
    use crate::testing::{GIT, connector, yaml};

    fn class(generation: i64) -> ConnectorClass {
        let mut object = yaml(GIT);
        object["metadata"]["generation"] = json!(generation);
        patchbay_model::class::from_json(&object).expect("a class")
    }

    fn object(namespace: &str, name: &str) -> Connector {
        patchbay_model::connector::from_json(&connector(namespace, name)).expect("a Connector")
    }

    /// What is known after these changes.
    async fn after(
        of_classes: Vec<Change<ConnectorClass>>,
        of_connectors: Vec<Change<Connector>>,
    ) -> Arc<SharedIndex> {
        let index = Arc::new(SharedIndex::default());
        let metrics = Metrics::new();
        let admission = AdmissionMetrics::register(&metrics);
        let shutdown = CancellationToken::new();
        let Ok(()) = classes(
            stream::iter(of_classes),
            Arc::clone(&index),
            admission.clone(),
            shutdown.clone(),
        )
        .await;
        let Ok(()) = connectors(
            stream::iter(of_connectors),
            Arc::clone(&index),
            admission,
            shutdown,
        )
        .await;
        let (class_count, connector_count) = index.read(crate::index::Index::sizes);
        let text = metrics.encode().expect("metrics");
        for (kind, count) in [("ConnectorClass", class_count), ("Connector", connector_count)] {
            let line = format!("patchbay_admission_index_objects{{kind=\"{kind}\"}} {count}\n");
            assert!(text.contains(&line), "{line}{text}");
        }
        index
    }

    #[tokio::test]
    async fn the_index_follows() {
        let gone = |namespace: &str, name: &str| Change::Deleted {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        let index = after(
            vec![
                Change::Reset(vec![class(1)]),
                Change::Applied(class(1)),
                Change::Applied(class(2)),
            ],
            vec![
                Change::Reset(vec![object("a", "one"), object("a", "two")]),
                Change::Applied(object("b", "three")),
                gone("a", "one"),
            ],
        )
        .await;
        let names = index.read(|index| {
            index
                .connectors_of("git")
                .iter()
                .map(|it| it.name.clone())
                .collect::<Vec<_>>()
        });
        assert_eq!(names, ["two", "three"]);
        assert!(
            index.read(|index| index.has_class(&class(2).metadata) && !index.has_class(&class(1).metadata))
        );
    }

    #[tokio::test]
    async fn a_new_list_replaces_the_old_one() {
        let index = after(
            vec![Change::Reset(vec![class(1)]), Change::Reset(vec![])],
            vec![
                Change::Reset(vec![object("a", "one")]),
                Change::Reset(vec![object("b", "two")]),
            ],
        )
        .await;
        assert_eq!(index.read(crate::index::Index::sizes), (0, 1));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_known_to_be_there() {
        let invalid =
            |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned(), "spec".to_owned());
        let (namespace, name, error) = invalid("a", "one");
        let of_connectors = vec![
            Change::Reset(vec![]),
            Change::Invalid {
                namespace,
                name,
                error,
            },
        ];
        let (namespace, name, error) = invalid("", "git");
        let of_classes = vec![
            Change::Applied(class(1)),
            Change::Invalid {
                namespace,
                name,
                error,
            },
        ];
        let index = after(of_classes, of_connectors).await;
        assert!(index.read(|index| index.class("git").is_some_and(|known| known.class.is_err())));
        assert!(index.read(|index| {
            index
                .connector("a", "one")
                .is_some_and(|known| known.connector.is_none())
        }));
    }

    #[tokio::test]
    async fn it_ends_with_the_program() {
        let shutdown = CancellationToken::new();
        shutdown.cancel();
        let metrics = AdmissionMetrics::register(&Metrics::new());
        let Ok(()) = connectors(stream::pending(), Arc::default(), metrics, shutdown).await;
    }
}
