use serde_json::{Value, json};

use super::*;

/// The schema of a kind as JSON.
fn schema(kind: &str) -> Value {
    let crd = all()
        .into_iter()
        .find(|crd| crd.spec.names.kind == kind)
        .expect("the kind");
    let schema = crd.spec.versions[0]
        .schema
        .clone()
        .and_then(|s| s.open_api_v3_schema)
        .expect("a schema");
    serde_json::to_value(schema).expect("JSON")
}

/// The schema of a field: `spec.authProbes[].params`.
fn field(kind: &str, path: &str) -> Value {
    let mut here = schema(kind);
    for name in path.split('.') {
        let (name, list) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
        here = here["properties"][name].clone();
        if list {
            here = here["items"].clone();
        }
        assert!(!here.is_null(), "{kind} has no {path}");
    }
    here
}

/// Every schema in a schema, with its path.
fn walk(path: &str, schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
    visit(path, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(&format!("{path}.{name}"), property, visit);
    }
    if schema["items"].is_object() {
        walk(&format!("{path}[]"), &schema["items"], visit);
    }
    if schema["additionalProperties"].is_object() {
        walk(&format!("{path}[*]"), &schema["additionalProperties"], visit);
    }
}

fn walk_all(mut visit: impl FnMut(&str, &Value)) {
    for kind in ["ConnectorClass", "Connector"] {
        walk(kind, &schema(kind), &mut visit);
    }
}

#[test]
fn every_kind_is_in_the_group_and_keeps_its_objects_at_uninstall() {
    for crd in all() {
        assert_eq!(crd.spec.group, crate::names::GROUP);
        assert_eq!(crd.spec.names.categories, Some(vec!["patchbay".to_owned()]));
        assert!(
            crd.spec
                .names
                .short_names
                .as_ref()
                .is_some_and(|names| names.len() == 1)
        );
        let annotations = crd.metadata.annotations.as_ref().expect("annotations");
        assert_eq!(
            annotations.get("helm.sh/resource-policy").map(String::as_str),
            Some("keep")
        );
        let version = &crd.spec.versions[0];
        assert_eq!(
            (version.name.as_str(), version.served, version.storage),
            (crate::names::VERSION, true, true)
        );
        assert!(version.subresources.as_ref().is_some_and(|s| s.status.is_some()));
    }
}

#[test]
fn columns_show_what_an_operator_looks_for() {
    let columns = |kind: &str| -> Vec<String> {
        let crd = all()
            .into_iter()
            .find(|crd| crd.spec.names.kind == kind)
            .expect("the kind");
        crd.spec.versions[0]
            .additional_printer_columns
            .iter()
            .flatten()
            .map(|c| c.name.clone())
            .collect()
    };
    assert_eq!(columns("ConnectorClass"), ["Ready", "Reason", "Age"]);
    assert_eq!(
        columns("Connector"),
        ["Class", "Address", "Ready", "Reason", "Age"]
    );
}

#[test]
fn schemas_are_structural() {
    const FORBIDDEN: [&str; 6] = ["$ref", "definitions", "oneOf", "anyOf", "allOf", "not"];
    walk_all(|path, schema| {
        let any = schema["x-kubernetes-preserve-unknown-fields"] == json!(true);
        assert!(schema["type"].is_string() || any, "{path} has no type");
        for keyword in FORBIDDEN {
            assert!(schema[keyword].is_null(), "{path} has {keyword}");
        }
        assert!(
            schema["properties"].is_null() || schema["additionalProperties"].is_null(),
            "{path} has properties and additionalProperties"
        );
    });
}

#[test]
fn nothing_is_stored_that_nobody_wrote() {
    let mut defaults = vec![];
    walk_all(|path, schema| {
        assert!(schema["nullable"].is_null(), "{path} is nullable");
        if !schema["default"].is_null() && !path.ends_with(".type") {
            defaults.push(format!("{path}={}", schema["default"]));
        }
    });
    assert_eq!(
        defaults,
        [
            "ConnectorClass.spec.authProbes[].probe.http.method=\"GET\"",
            "ConnectorClass.spec.livenessProbe.http.method=\"GET\"",
        ]
    );
    assert_eq!(
        field("ConnectorClass", "spec.params[].type")["default"],
        json!("string")
    );
}

#[test]
fn lists_of_named_things_are_maps_and_bounded() {
    for (kind, path, key) in [
        ("ConnectorClass", "spec.addressExtensions", "name"),
        ("ConnectorClass", "spec.params", "name"),
        ("ConnectorClass", "spec.auth.types", "name"),
        ("ConnectorClass", "spec.auth.types[].params", "name"),
        ("ConnectorClass", "spec.authProbes", "authName"),
        ("ConnectorClass", "spec.authProbes[].params", "name"),
        ("ConnectorClass", "spec.configurations", "name"),
        ("ConnectorClass", "spec.configurations[].params", "name"),
        ("ConnectorClass", "status.conditions", "type"),
        ("Connector", "spec.addressExtensions", "name"),
        ("Connector", "spec.params", "name"),
        ("Connector", "spec.auth.params", "name"),
        ("Connector", "status.conditions", "type"),
    ] {
        let list = field(kind, path);
        assert_eq!(list["x-kubernetes-list-type"], json!("map"), "{kind} {path}");
        assert_eq!(list["x-kubernetes-list-map-keys"], json!([key]), "{kind} {path}");
        let required = list["items"]["required"].as_array().cloned().unwrap_or_default();
        assert!(required.contains(&json!(key)), "{kind} {path}: {required:?}");
        assert!(
            list["maxItems"].is_number() || path.starts_with("status."),
            "{kind} {path}"
        );
    }
}

#[test]
fn rules_and_enums_are_where_nothing_else_would_say_it_better() {
    let mut rules = vec![];
    walk_all(|path, schema| {
        for rule in schema["x-kubernetes-validations"]
            .as_array()
            .into_iter()
            .flatten()
        {
            rules.push(format!(
                "{path}: {}",
                rule["message"].as_str().unwrap_or_default()
            ));
        }
    });
    assert_eq!(
        rules,
        [
            "ConnectorClass.spec.api: wants ref, uri or both",
            "ConnectorClass.spec.authProbes[].probe: wants exactly one of http, api, tcp, tls, grpc, postgres, mysql, redis, smtp, ldap and kafka",
            "ConnectorClass.spec.livenessProbe: wants exactly one of http, api, tcp, tls, grpc, postgres, mysql, redis, smtp, ldap and kafka",
            "ConnectorClass.spec.proxy: wants ref, uri or both",
            "Connector.spec.auth.secretRef: a credential is a Secret of v1: leave kind and apiVersion out",
        ]
    );
    let http = field("ConnectorClass", "spec.livenessProbe.http");
    assert_eq!(http["properties"]["method"]["enum"], json!(["GET", "POST"]));
    assert_eq!(http["properties"]["scheme"]["enum"], json!(["http", "https"]));
    // The webhook answers these with all that is wrong.
    for path in ["spec.address", "spec.auth.name", "spec.params[].value"] {
        let schema = field("Connector", path);
        assert!(
            schema["pattern"].is_null() && schema["enum"].is_null() && schema["format"].is_null(),
            "{path}"
        );
    }
}

#[test]
fn both_spellings_pass_the_schema() {
    for path in [
        "spec.livenessProbe.http.httpHeaders",
        "spec.configurations[].env",
        "spec.configurations[].format",
    ] {
        let schema = field("ConnectorClass", path);
        assert_eq!(
            schema["x-kubernetes-preserve-unknown-fields"],
            json!(true),
            "{path}"
        );
        assert!(schema["type"].is_null(), "{path}");
    }
}
