use serde_json::{Value, json};

use super::{beyond_bounds, kinds, unknown_fields, wrong_names};

fn said(kind: &str, object: &Value) -> Vec<String> {
    unknown_fields(kind, object)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn kinds_are_those_of_the_crds() {
    assert_eq!(kinds().collect::<Vec<_>>(), ["Connector", "ConnectorClass"]);
}

#[test]
fn a_slip_is_named_with_what_was_meant() {
    let connector = json!({
        "apiVersion": "patchbay.dev/v1alpha1", "kind": "Connector", "Spec": {},
        "metadata": {"name": "a", "lables": {"any": "thing"}, "labels": {"any": "thing"},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "contoller": true}]},
        "spec": {
            "connectorClassName": "git", "adress": "x", "wholly-other": 1,
            "params": [{"name": "a", "value": {"free": {"to": "be"}}, "vlaue": 1}],
            "auth": {"name": "b", "secretRef": {"name": "s", "namspace": "n"}},
        },
    });
    assert_eq!(
        said("Connector", &connector),
        [
            "Spec: is not known; did you mean \"spec\"?",
            "metadata.lables: is not known; did you mean \"labels\"?",
            "metadata.ownerReferences[0].contoller: is not known; did you mean \"controller\"?",
            "spec.adress: is not known; did you mean \"address\"?",
            "spec[wholly-other]: is not known, spec has address, addressExtensions, auth, caCertSecretRef, \
             connectorClassName and params",
            "spec.params[0].vlaue: is not known; did you mean \"value\"?",
            "spec.auth.secretRef.namspace: is not known; did you mean \"namespace\"?",
        ]
    );
}

#[test]
fn what_is_free_is_not_looked_into() {
    let class = json!({
        "apiVersion": "patchbay.dev/v1alpha1", "kind": "ConnectorClass",
        "metadata": {"name": "git", "annotations": {"any": "thing"}, "managedFields": [{"fieldsV1": {"f:a": {}}}]},
        "spec": {
            "schema": {"properties": {"any": {}}},
            "params": [{"name": "a", "default": {"any": 1}, "properties": {"any": {"type": "string"}}}],
            "configurations": [{"name": "c", "data": {"any": "text"}, "env": {"ANY": "x"}, "format": {"any": "json"}}],
            "livenessProbe": {"http": {"path": "/", "httpHeaders": {"Any": "x"}}},
            "api": {"uri": "/", "openapi": {"any": 1}, "CACerts": "x"},
        },
        "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "R", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z"}]},
    });
    assert_eq!(said("ConnectorClass", &class), [""; 0]);
}

#[test]
fn what_has_another_type_is_for_others_to_say() {
    for spec in [
        json!("text"),
        json!([1]),
        json!(null),
        json!({"params": {"a": 1}, "auth": []}),
    ] {
        assert_eq!(said("Connector", &json!({"spec": spec})), [""; 0]);
    }
    assert_eq!(said("Pod", &json!({"any": 1})), [""; 0]);
}

#[test]
fn a_flood_is_cut() {
    let spec: serde_json::Map<String, Value> = (0..1000).map(|i| (format!("f{i}"), json!(1))).collect();
    assert_eq!(said("Connector", &json!({"spec": spec})).len(), 64);
}

#[test]
fn what_is_too_long_is_named() {
    let class = json!({
        "metadata": {"name": "git"},
        "spec": {
            "params": (0..65).map(|i| json!({"name": format!("p{i}")})).collect::<Vec<_>>(),
            "livenessProbe": {"http": {"path": "x".repeat(16385)}},
            "configurations": [{"name": "ä".repeat(253), "data": (0..65).map(|i| (format!("f{i}"), json!("x"))).collect::<serde_json::Map<_, _>>()}],
        },
    });
    let found: Vec<_> = beyond_bounds("ConnectorClass", &class)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "spec.params: got 65 items, wants at most 64",
            "spec.livenessProbe.http.path: got 16385 characters, wants at most 16384",
            "spec.configurations[0].data: got 65 items, wants at most 64",
        ]
    );
    assert_eq!(beyond_bounds("Pod", &class), []);
}

#[test]
fn names_are_those_of_kubernetes() {
    let said = |metadata: Value| -> Vec<String> {
        let object = json!({"metadata": metadata});
        wrong_names(&object).iter().map(ToString::to_string).collect()
    };
    assert_eq!(said(json!({"name": "git-main.x", "namespace": "demo"})), [""; 0]);
    assert_eq!(said(json!({"generateName": "git-"})), [""; 0]);
    assert_eq!(said(json!({"name": 5})), [""; 0]);
    assert_eq!(said(json!({})), ["metadata.name: is missing"]);
    let wrong = said(json!({"name": "Git_Main", "namespace": "a.b"}));
    assert!(
        wrong[0].starts_with("metadata.name: got \"Git_Main\", wants"),
        "{wrong:?}"
    );
    assert!(
        wrong[1].starts_with("metadata.namespace: got \"a.b\", wants"),
        "{wrong:?}"
    );
}
