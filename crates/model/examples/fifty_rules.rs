//! Measures the check of one Connector against a class with a schema of more than fifty rules.
//!
//! `cargo run --release -p patchbay-model --example fifty_rules`

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use patchbay_model::{class, connector};
use serde_json::{Value, json};

/// Each of these is a keyword with something to check.
const RULES: usize = 50;
const ROUNDS: u32 = 20_000;

fn main() {
    let schema = schema();
    assert!(rules(&schema) >= RULES, "only {} rules", rules(&schema));
    let class = json!({
        "apiVersion": "patchbay.dev/v1alpha1", "kind": "ConnectorClass", "metadata": {"name": "git"},
        "spec": {
            "address": {"name": "address"},
            "params": [
                {"name": "branch", "default": "main", "enum": ["main", "trunk"]},
                {"name": "depth", "type": "integer", "default": 50},
                {"name": "mirrors", "type": "array", "default": []},
                {"name": "proxy", "type": "object", "default": {}},
            ],
            "auth": {"types": [{"name": "basicAuth", "secretType": "kubernetes.io/basic-auth"}]},
            "schema": schema,
        },
    });
    let object = json!({
        "apiVersion": "patchbay.dev/v1alpha1", "kind": "Connector", "metadata": {"name": "main", "namespace": "dev"},
        "spec": {
            "connectorClassName": "git",
            "address": "https://git.example.com/team/repository",
            "auth": {"secretRef": {"name": "git-login"}},
            "params": [
                {"name": "branch", "value": "trunk"},
                {"name": "depth", "value": 10},
                {"name": "mirrors", "value": ["https://a.example.com", "https://b.example.com"]},
                {"name": "proxy", "value": {"host": "proxy.example.com", "port": 3128}},
            ],
        },
    });
    let class = class::from_json(&class).and_then(|class| class::parse(&class));
    let class = class.expect("the class reads").value;
    let read = connector::from_json(&object).expect("the Connector reads");
    let parsed = connector::parse(&read).expect("the Connector reads").value;
    connector::check(&parsed, &class).expect("the Connector fits");

    let mut wrong = object.clone();
    if let Some(port) = wrong.pointer_mut("/spec/params/3/value/port") {
        *port = json!("3128");
    }
    let wrong = connector::from_json(&wrong).and_then(|wrong| connector::parse(&wrong));
    let wrong = wrong.expect("the Connector reads").value;
    assert!(connector::check(&wrong, &class).is_err(), "a port is no text");

    report("check, nothing wrong", || {
        connector::check(&parsed, &class).is_ok()
    });
    report("check, one thing wrong", || {
        connector::check(&wrong, &class).is_ok()
    });
    report("read and check, as admission does", || {
        connector::admit(&read, Some(&class)).is_ok()
    });
}

fn report(what: &str, round: impl Fn() -> bool) {
    let (half, most) = measure(round);
    println!("{what}: half within {half:?}, 99 of 100 within {most:?}");
}

/// The median and the 99th percentile of one round.
fn measure(round: impl Fn() -> bool) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(round());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    (at(50), at(99))
}

/// How many keywords of a schema check something.
fn rules(schema: &Value) -> usize {
    const CHECKS: [&str; 22] = [
        "type",
        "enum",
        "const",
        "pattern",
        "format",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "uniqueItems",
        "required",
        "additionalProperties",
        "contains",
        "anyOf",
        "oneOf",
        "not",
        "maxProperties",
        "propertyNames",
        "dependentRequired",
        "multipleOf",
    ];
    match schema {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| usize::from(CHECKS.contains(&name.as_str())) + rules(value))
            .sum(),
        Value::Array(items) => items.iter().map(rules).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn schema() -> Value {
    let named = |name: &str, value: Value| json!({"not": {"properties": {"name": {"const": name}, "value": {"not": value}}, "required": ["name"]}});
    json!({
        "type": "object",
        "required": ["connectorClassName", "address"],
        "maxProperties": 8,
        "propertyNames": {"pattern": "^[a-z][A-Za-z]*$"},
        "properties": {
            "connectorClassName": {"type": "string", "const": "git"},
            "address": {"type": "string", "format": "uri", "pattern": "^https://", "maxLength": 2048, "not": {"pattern": "@"}},
            "auth": {
                "type": "object",
                "required": ["secretRef"],
                "properties": {"secretRef": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {"name": {"type": "string", "maxLength": 253, "pattern": "^[a-z0-9.-]+$"}},
                }},
            },
            "params": {
                "type": "array",
                "maxItems": 32,
                "uniqueItems": true,
                "contains": {"properties": {"name": {"const": "branch"}}},
                "items": {
                    "type": "object",
                    "required": ["name", "value"],
                    "additionalProperties": false,
                    "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 253}, "value": {}},
                    "allOf": [
                        named("branch", json!({"type": "string", "pattern": "^[a-z]+$"})),
                        named("depth", json!({"type": "integer", "minimum": 1, "maximum": 1000, "multipleOf": 5})),
                        named("mirrors", json!({"type": "array", "maxItems": 8, "items": {"type": "string", "format": "uri"}})),
                        named("proxy", json!({
                            "type": "object",
                            "properties": {"host": {"format": "hostname"}, "port": {"type": "integer", "minimum": 1}},
                        })),
                    ],
                },
            },
        },
    })
}
