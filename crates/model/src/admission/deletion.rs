//! What admission says when an object is about to be deleted.
//!
//! A class with Connectors is protected: without it they are dead, and whoever deletes it rarely means them too. A
//! Connector in use is not, there is a warning: a namespace that is deleted, a chart that is uninstalled and a GitOps
//! tool that prunes must get through, the files that pods have stay as they are, and a Connector is made again with one
//! `kubectl apply`. A finalizer would hold up all of these, and for ever once Patchbay is gone.

use patchbay_api::names::{GROUP, VERSION};
use serde_json::Value;

use super::{Decision, Known, Review, Why, problem};
use crate::class;
use crate::path::FieldPath;
use crate::show;
use crate::violation::{ViolationKind, Warning};

/// So many dependants are named; the others are counted.
const NAMED: usize = 10;

/// Decides on the deletion of a ConnectorClass or a Connector; `review.object` is as it is stored. `None`: no kind of
/// these.
///
/// # Guarantees
/// A Connector may always be deleted, and so may anything that is being deleted already.
#[must_use]
pub fn deletion(review: &Review<'_>, known: &dyn Known) -> Option<Decision> {
    let deleting = review
        .object
        .pointer("/metadata/deletionTimestamp")
        .is_some_and(|time| !time.is_null());
    match (review.group, review.version, review.kind) {
        (GROUP, VERSION, "ConnectorClass" | "Connector") if deleting => Some(Decision::default()),
        (GROUP, VERSION, "ConnectorClass") => Some(of_class(review, known)),
        (GROUP, VERSION, "Connector") => Some(of_connector(review, known)),
        _ => None,
    }
}

fn of_class(review: &Review<'_>, known: &dyn Known) -> Decision {
    let connectors = known.connectors_of(review.name);
    if connectors.is_empty() {
        return Decision::default();
    }
    let names = connectors.iter().map(|c| format!("{}/{}", c.namespace, c.name));
    let (count, names) = (
        show::count(connectors.len(), "Connector"),
        listed(names, connectors.len()),
    );
    let path = FieldPath::new("metadata").child("name");
    let annotations = review.object.pointer("/metadata/annotations");
    let annotation = |name: &str| annotations.and_then(|all| all.get(name)).and_then(Value::as_str);
    if class::allows_breaking(annotation) {
        let message = format!("{count} lost the class and cannot be mounted or probed any more: {names}");
        return Decision::accepted(vec![Warning { path, message }]);
    }
    let message = format!(
        "the class has {count}: {names}; Connectors are deleted before their class{}",
        class::WAY_OUT
    );
    Decision::refused(Why::InUse, problem(&path, ViolationKind::Forbidden, message))
}

fn of_connector(review: &Review<'_>, known: &dyn Known) -> Decision {
    let path = FieldPath::new("metadata").child("name");
    let consequence = "the files they have stay as they are and are not refreshed any more, and new pods that name it \
                       are refused";
    let message = match known.users_of(review.namespace, review.name) {
        Some(users) if users.is_empty() => return Decision::default(),
        Some(users) => {
            let names = listed(users.iter().cloned(), users.len());
            format!("{} it ({names}): {consequence}", mounts(users.len()))
        }
        None => format!("if pods mount it, {consequence}"),
    };
    Decision::accepted(vec![Warning { path, message }])
}

fn mounts(pods: usize) -> String {
    let verb = if pods == 1 { "mounts" } else { "mount" };
    format!("{} {verb}", show::count(pods, "pod"))
}

/// The first names, and how many more there are.
fn listed(names: impl Iterator<Item = String>, count: usize) -> String {
    let mut shown: Vec<String> = names.take(NAMED).collect();
    if count > shown.len() {
        shown.push(format!("{} more", count - shown.len()));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::admission::{KnownClass, KnownConnector};
    use crate::connector;

    /// So many Connectors of every class, and the pods that use each of them.
    struct World(usize, Option<Vec<String>>);

    impl Known for World {
        fn class(&self, _: &str) -> Option<Arc<KnownClass>> {
            None
        }

        fn connector(&self, _: &str, _: &str) -> Option<Arc<KnownConnector>> {
            None
        }

        fn connectors_of(&self, class: &str) -> Vec<Arc<KnownConnector>> {
            let one = |number: usize| {
                let object = json!({
                    "apiVersion": "patchbay.dev/v1alpha1", "kind": "Connector",
                    "metadata": {"name": format!("c{number:02}"), "namespace": "team"},
                    "spec": {"connectorClassName": class, "address": "https://git.example.com"},
                });
                let object = connector::from_json(&object).expect("a Connector");
                Arc::new(KnownConnector::read(&object).expect("it has a name"))
            };
            (0..self.0).map(one).collect()
        }

        fn class_names(&self, _: usize) -> Vec<String> {
            vec![]
        }

        fn connector_names(&self, _: &str, _: usize) -> Vec<String> {
            vec![]
        }

        fn users_of(&self, _: &str, _: &str) -> Option<Vec<String>> {
            self.1.clone()
        }
    }

    fn decide(kind: &str, metadata: &Value, known: &World) -> Decision {
        let object = json!({ "metadata": metadata });
        let review = Review {
            group: GROUP,
            version: VERSION,
            kind,
            name: "git",
            namespace: "team",
            object: &object,
            old: None,
        };
        deletion(&review, known).expect("a kind of ours")
    }

    fn refusal(decision: &Decision) -> String {
        decision
            .refusal
            .as_ref()
            .map(|refusal| refusal.problems.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn a_class_with_connectors_is_protected() {
        assert_eq!(
            decide("ConnectorClass", &json!({}), &World(0, None)),
            Decision::default()
        );
        let one = decide("ConnectorClass", &json!({}), &World(1, None));
        assert_eq!(
            refusal(&one),
            "metadata.name: the class has 1 Connector: team/c00; Connectors are deleted before their class; if that is \
             meant, set the annotation patchbay.dev/allow-breaking: \"true\""
        );
        let many = refusal(&decide("ConnectorClass", &json!({}), &World(13, None)));
        assert!(
            many.contains("13 Connectors") && many.contains("team/c09, 3 more"),
            "{many}"
        );
    }

    #[test]
    fn the_annotation_of_the_stored_class_overrides() {
        let meant = json!({"annotations": {"patchbay.dev/allow-breaking": "true"}});
        let decision = decide("ConnectorClass", &meant, &World(2, None));
        assert!(decision.refusal.is_none());
        let warnings: Vec<String> = decision.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            warnings,
            [
                "metadata.name: 2 Connectors lost the class and cannot be mounted or probed any more: team/c00, team/c01"
            ]
        );
        let not_meant = json!({"annotations": {"patchbay.dev/allow-breaking": "false"}});
        assert!(
            decide("ConnectorClass", &not_meant, &World(2, None))
                .refusal
                .is_some()
        );
    }

    #[test]
    fn what_is_being_deleted_is_let_go() {
        let deleting = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
        for kind in ["ConnectorClass", "Connector"] {
            let decision = decide(kind, &deleting, &World(2, Some(vec!["team/pod".to_owned()])));
            assert_eq!(decision, Decision::default(), "{kind}");
        }
    }

    #[test]
    fn a_connector_in_use_is_deleted_with_a_warning() {
        for (users, wants) in [
            (Some(vec![]), None),
            (None, Some("metadata.name: if pods mount it, the files")),
            (
                Some(vec!["build-1".to_owned()]),
                Some("metadata.name: 1 pod mounts it (build-1): the files they have stay as they are"),
            ),
            (
                Some((0..12).map(|n| format!("p{n}")).collect()),
                Some("metadata.name: 12 pods mount it (p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, 2 more): "),
            ),
        ] {
            let decision = decide("Connector", &json!({}), &World(0, users));
            assert!(decision.refusal.is_none());
            let warning = decision.warnings.first().map(ToString::to_string);
            match wants {
                None => assert_eq!(warning, None),
                Some(wants) => assert!(
                    warning.as_deref().is_some_and(|w| w.starts_with(wants)),
                    "{warning:?}"
                ),
            }
        }
    }
}
